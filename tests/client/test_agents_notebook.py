"""The notebook of agents runs top to bottom, as it stands, on a simulated platform."""

from pathlib import Path

import pandas as pd
import pytest

from gcanalytics.simulator import Simulator

from .notebooks import check_charts, ran, warnings_of


def test_the_agents_run_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"conversations_per_week": 2500, "rate_per_minute": 100_000}
    with Simulator(seed=3, days=9, settings=settings) as platform:
        cells = ran("05_agents", platform, monkeypatch, tmp_path)
    assert not warnings_of(cells)
    check_charts(cells, ("occupancy", "agent_status", "staffing"))
    files = {path.stem: pd.read_csv(path) for path in (tmp_path / "agents").iterdir()}
    assert set(files) == {"agents", "history", "presence_by_hour", "week"}
    assert files["agents"]["Logged In"].max() > 0
    assert {"routingStatus", "primaryPresence"} == set(files["history"]["kind"])
    assert {"tSystemPresence", "tAgentRoutingStatus"} < set(files["presence_by_hour"]["metric"])
    assert files["week"]["Answer"].sum() > 0
