"""The guest's notebook runs top to bottom, as it stands, on the simulated platform."""

import csv
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gcanalytics.simulator import Simulator

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "07_guest_chat.ipynb"


def test_the_guests_notebook_runs_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Agents that are quick, for a swarm waits for them; and a clock that is hours away from this machine's.
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:58:00Z"}
    with Simulator(seed=1, days=2, speed=10, settings=settings) as platform:
        for name, value in platform.environment().items():
            monkeypatch.setenv(name, value)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        assert not [cell for cell in notebook.cells if cell.get("outputs")], "outputs are stored"
        done = NotebookClient(notebook, timeout=90, resources={"metadata": {"path": tmp_path}}).execute()
    shown = {cell["id"]: text_of(cell) for cell in done.cells if cell["cell_type"] == "code"}
    assert "<GuestChat" in shown["open"]
    assert "Ada: Hello, where is my order?" in shown["talk"]
    assert "Agent: " in shown["talk"]
    assert "interacting" in shown["seen"]
    assert "Hello, where is my order?" in shown["transcript"]
    assert "member-join" in shown["transcript"]
    assert "conversationId" in shown["history"]
    assert "Empty DataFrame" not in shown["history"]
    assert "completed" in shown["outcomes"]
    assert "Guest 20" in shown["swarm"]
    assert "conversation" in shown["stop"]
    # What stays in the widget's cell is a transcript in words, not a widget.
    (widget,) = [cell for cell in done.cells if cell["id"] == "widget"]
    stays = "".join(output.get("data", {}).get("text/html", "") for output in widget["outputs"])
    assert ", over. Conversation" in stays
    assert "Hello, where is my order?" in stays
    assert not [out for out in widget["outputs"] if "application/vnd.jupyter.widget-view+json" in out["data"]]
    with (tmp_path / "guest_chat" / "transcript.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "Hello, where is my order?" in {row["body"] for row in rows}


def text_of(cell: Any) -> str:
    """All text that a cell has shown."""
    parts = [
        output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell["outputs"]
    ]
    return "\n".join(parts)
