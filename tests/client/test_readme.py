"""What the README shows runs as it stands, top to bottom, in an empty folder."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gcanalytics as gca
from gcanalytics.client import embedded

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SMALL = {"rate_per_minute": 100_000, "conversations_per_week": 700}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All names of the README's examples after they ran, on a small simulated contact center."""
    names: dict[str, Any] = {"__name__": "readme"}
    folder = tmp_path_factory.mktemp("readme")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "_SETTINGS", SMALL)
        patch.chdir(folder)
        try:
            for number, block in enumerate(BLOCKS):
                exec(compile(block, f"README.md, example {number + 1}", "exec"), names)
            yield names, folder
        finally:
            if "gc" in names:
                names["gc"].close()


def test_every_example_runs(shown: Any) -> None:
    names, folder = shown
    assert len(BLOCKS) == 3
    assert len(names["d"].legs) > 50
    assert gca.ConversationDetails.from_parquet(folder / "out").report.interval == names["d"].report.interval
    assert (folder / "out" / "legs.csv").exists()
    assert (folder / "half_a_year" / "segments.parquet").is_dir()
    assert isinstance(names["event"], gca.guestchat.Message)
    assert "Where is my order?" in set(names["chat"].transcript()["body"])


def test_the_summary_that_it_prints_has_the_columns_of_a_summary(shown: Any) -> None:
    names, _ = shown
    (printed,) = re.findall(r"its first columns\):\n\n```\n(.*?)```", README, re.DOTALL)
    header, *rows = printed.splitlines()
    figures: pd.DataFrame = gca.measures.summary(names["d"].legs, names["d"].handlings, by="queue")
    assert header.split() == list(figures.columns[: len(header.split())])
    assert [row.split()[1] for row in rows] == list(figures["queue"])
