"""The notebook of agents runs top to bottom, as it stands, on a simulated platform."""

from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from gcanalytics.simulator import Simulator

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_agents.ipynb"
CHARTS = ("occupancy", "agent_status", "staffing")


def shown(cell: Any) -> set[str]:
    """The kinds of output that a cell has."""
    return {kind for output in cell["outputs"] for kind in output.get("data", {})}


def test_the_agents_run_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "outputs are stored"
    settings = {"conversations_per_week": 2500, "rate_per_minute": 100_000}
    with Simulator(seed=3, days=9, settings=settings) as platform:
        for name, value in platform.environment().items():
            monkeypatch.setenv(name, value)
        ran = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    code = [cell for cell in ran.cells if cell["cell_type"] == "code"]
    said = [output["text"] for cell in code for output in cell["outputs"] if output.get("name") == "stderr"]
    assert not said, "a cell warns"
    for chart in CHARTS:
        cells = [cell for cell in code if f"gca.charts.{chart}(" in cell["source"]]
        assert cells, chart
        assert all("image/png" in shown(cell) for cell in cells), chart
    files = {path.stem: pd.read_csv(path) for path in (tmp_path / "agents").iterdir()}
    assert set(files) == {"agents", "history", "presence_by_hour", "week"}
    assert files["agents"]["Logged In"].max() > 0
    assert {"routingStatus", "primaryPresence"} == set(files["history"]["kind"])
    assert {"tSystemPresence", "tAgentRoutingStatus"} < set(files["presence_by_hour"]["metric"])
    assert files["week"]["Answer"].sum() > 0
