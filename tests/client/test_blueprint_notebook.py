"""The blueprint's notebook runs top to bottom, as it stands, on the simulated platform."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from gcanalytics.simulator import Simulator

from .notebooks import ran, text_of


@pytest.fixture
def platform() -> Iterator[Simulator]:
    """One in the middle of this machine's day: the notebook asks for the days before today."""
    noon = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}T11:00:00Z"
    with Simulator(seed=7, days=3, settings={"rate_per_minute": 100_000, "clock_start": noon}) as running:
        yield running


def test_the_blueprint_runs_top_to_bottom(
    platform: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = ran("03_blueprint", platform, monkeypatch, tmp_path)
    shown = {name: text_of(cell) for name, cell in cells.items()}
    assert "nTransferred" in shown["blueprint-06"]
    assert "waiting" in shown["blueprint-10"]
    assert "ApiResponse 200 OK" in shown["blueprint-12"]
    assert "Ada: Hello, where is my order?" in shown["blueprint-13"]
    assert "How can I help you?" in shown["blueprint-13"]
    assert "interacting" in shown["blueprint-15"]
    assert "Ada goes" in shown["blueprint-19"]
    assert "chat" in shown["blueprint-17"]
