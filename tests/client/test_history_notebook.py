"""The notebook of a queue's history runs top to bottom, as it stands, on a simulated platform."""

from pathlib import Path

import pandas as pd
import pytest

from gcanalytics.simulator import Simulator

from .notebooks import check_charts, ran, warnings_of


def test_the_history_runs_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"conversations_per_week": 2500, "rate_per_minute": 100_000}
    with Simulator(seed=3, days=9, settings=settings) as platform:
        cells = ran("01_queue_history", platform, monkeypatch, tmp_path)
    assert not warnings_of(cells)
    check_charts(cells, ("offered", "service_level", "heat_map", "waits", "handle_time", "timeline"))
    legs = pd.read_csv(tmp_path / "queue_history" / "legs.csv")
    assert {"answered", "abandoned"} <= set(legs["outcome"])
