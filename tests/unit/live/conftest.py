"""Fixtures of the live view's tests."""

from zoneinfo import ZoneInfo

import pytest

from gcanalytics.live.screen import Labels
from gcanalytics.notebook import cell as notebook_cell

from .still_session import EVIL, QUEUE, Cell, StillSession


@pytest.fixture(autouse=True)
def _quick_painter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("PAINT_S", 0.01), ("TABLE_S", 0.02)):
        monkeypatch.setattr(f"gcanalytics.live.view.{name}", seconds)


@pytest.fixture
def session() -> StillSession:
    return StillSession()


@pytest.fixture
def labels() -> Labels:
    return Labels({QUEUE: "Support"}, {"u1": f"Dee {EVIL}"}, ZoneInfo("Europe/Warsaw"))


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setattr(notebook_cell, "display", cell.display)
    return cell
