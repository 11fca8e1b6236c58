"""The guest's notebook runs top to bottom, as it stands, on the simulated platform."""

import csv
from pathlib import Path

import pytest

from gcanalytics.simulator import Simulator

from .notebooks import ran, text_of


def test_the_guests_notebook_runs_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Agents that are quick, for a swarm waits for them; and a clock that is hours away from this machine's.
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:58:00Z"}
    with Simulator(seed=1, days=2, speed=10, settings=settings) as platform:
        cells = ran("07_guest_chat", platform, monkeypatch, tmp_path)
    shown = {name: text_of(cell) for name, cell in cells.items()}
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
    widget = cells["widget"]
    stays = "".join(output.get("data", {}).get("text/html", "") for output in widget["outputs"])
    assert ", over. Conversation" in stays
    assert "Hello, where is my order?" in stays
    assert not [out for out in widget["outputs"] if "application/vnd.jupyter.widget-view+json" in out["data"]]
    with (tmp_path / "guest_chat" / "transcript.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "Hello, where is my order?" in {row["body"] for row in rows}
