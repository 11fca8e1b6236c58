"""The blueprint's notebook runs top to bottom, as it stands, on the simulated platform."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gcanalytics.simulator import Simulator

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_blueprint.ipynb"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """One in the middle of this machine's day: the notebook asks for the days before today."""
    noon = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}T11:00:00Z"
    with Simulator(seed=7, days=3, settings={"rate_per_minute": 100_000, "clock_start": noon}) as running:
        yield running


def test_the_blueprint_runs_top_to_bottom(simulator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not [cell for cell in notebook.cells if cell.get("outputs")], "outputs are stored"
    with_outputs = NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": NOTEBOOK.parent}}
    ).execute()
    shown = {cell["id"]: text_of(cell) for cell in with_outputs.cells if cell["cell_type"] == "code"}
    assert "nTransferred" in shown["blueprint-06"]
    assert "waiting" in shown["blueprint-10"]
    assert "ApiResponse 200 OK" in shown["blueprint-12"]
    assert "Ada: Hello, where is my order?" in shown["blueprint-13"]
    assert "How can I help you?" in shown["blueprint-13"]
    assert "interacting" in shown["blueprint-15"]
    assert "Ada goes" in shown["blueprint-19"]
    assert "chat" in shown["blueprint-17"]


def text_of(cell: Any) -> str:
    """All text that a cell has shown."""
    parts = [
        output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell["outputs"]
    ]
    return "\n".join(parts)
