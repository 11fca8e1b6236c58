"""The live notebook from top to bottom without a browser, as nbclient and papermill run it."""

import json
from pathlib import Path

import pytest

from gcanalytics.simulator import Simulator

from .notebooks import ran, warnings_of


def test_it_runs_unattended_and_keeps_the_snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The platform's clock starts now, so that it has a yesterday.
    with Simulator(seed=1, speed=30, days=3, settings={"rate_per_minute": 100_000}) as platform:
        cells = ran("02_live_queue", platform, monkeypatch, tmp_path)
    outputs = {name: json.dumps(cell["outputs"]) for name, cell in cells.items()}
    assert "Live view of " in outputs["live"]
    assert "stopped" in outputs["live"]
    assert "widget-view" not in outputs["live"]
    assert "Live view of " in outputs["collect"]
    assert "wait_s" in outputs["conversations"]
    assert not warnings_of(cells)
