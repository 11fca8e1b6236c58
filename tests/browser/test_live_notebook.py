"""The live notebook as its user sees it, in JupyterLab and Chromium, on a simulated contact center."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator import Simulator

NOTEBOOK = "02_live_queue.ipynb"
PILL = ".gca-pill"
TILES = ".gca-tiles"
WAITING = ".gca-tile .gca-value"  # of the first tile
TABLE = ".gca-view table.gca-table tbody"
STEP_S = 40.0


def until(enough: Callable[[], Any], what: str, deadline_s: float = STEP_S) -> Any:
    deadline = time.monotonic() + deadline_s
    while not (seen := enough()):
        assert time.monotonic() < deadline, f"never saw {what}"
        time.sleep(0.05)  # a browser tells nobody what it has painted
    return seen


def live(notebook: Any) -> None:
    """Run the notebook up to its live view."""
    for cell in ("connect", "queue", "live"):
        notebook.run(cell)
    until(lambda: notebook.text(PILL) == "live", "a live view")


def moves(notebook: Any, selector: str = TILES) -> None:
    before = notebook.text(selector)
    until(lambda: notebook.text(selector) not in {before, ""}, f"a change of {selector}")


def test_the_view_moves_pauses_heals_and_leaves_a_snapshot(open_notebook: Any, platform: Simulator) -> None:
    notebook = open_notebook(NOTEBOOK)
    live(notebook)
    moves(notebook)
    moves(notebook, TABLE)
    until(lambda: notebook.text(WAITING) not in {"", "–", "0"}, "a waiting customer", 90)
    notebook.picture("moving", ".gca-view")

    notebook.click("Pause")
    until(lambda: notebook.text(PILL) == "paused", "the pause")
    until(lambda: notebook.button("Resume").count(), "the other button")
    held = notebook.text(TILES) + notebook.text(TABLE)
    header = notebook.text(".gca-head")
    until(
        lambda: int(re.findall(r"(\d+) new since Pause", notebook.text(".gca-head"))[0]) >= 10,
        "ten new events",
    )
    assert notebook.text(".gca-head") != header
    assert notebook.text(TILES) + notebook.text(TABLE) == held
    notebook.picture("paused", ".gca-view")
    notebook.click("Resume")
    until(lambda: notebook.text(TILES) + notebook.text(TABLE) != held, "a moving picture")

    platform.faults(
        [
            {"match": {"path_regex": "/subscriptions"}, "action": "delay", "delay_s": 2.0},
            {"action": "close_sockets", "code": 1001},
        ]
    )
    until(lambda: notebook.text(PILL) == "reconnecting", "the lost connection")
    until(lambda: notebook.page.locator(".gca-stale .gca-tiles").count(), "dimmed tiles")
    notebook.picture("reconnecting", ".gca-view")
    until(lambda: notebook.text(PILL) == "live", "the healed connection")
    until(lambda: "live again after a gap" in notebook.text(".gca-view .gca-log"), "the gap in the log")
    moves(notebook)

    notebook.click("Export CSV")
    until(lambda: "Saved live_conversations_" in notebook.text(".gca-view"), "the file's name")

    notebook.click("Stop")
    until(lambda: notebook.page.locator(".gca-snapshot").count(), "the snapshot")
    assert not notebook.page.locator(".gca-view").count()
    text = notebook.text(".gca-snapshot")
    for words in ("Live view of Support", "stopped", "Ongoing conversations", "Without events: "):
        assert words in text
    notebook.picture("stopped")
    for cell in ("conversations", "waits", "events", "stop"):
        notebook.run(cell)
    saved = notebook.save()
    outputs = json.dumps([cell.get("outputs") for cell in saved["cells"]])
    assert "Live view of Support" in outputs
    assert "widget-view" not in outputs
    assert not re.search(r"tel:|\+\d{6}", outputs)


def test_running_the_cell_again_leaves_one_view(open_notebook: Any) -> None:
    notebook = open_notebook(NOTEBOOK)
    live(notebook)
    notebook.run("live")
    until(lambda: notebook.text(PILL) == "live", "a live view")
    assert notebook.page.locator(".gca-view").count() == 1
    moves(notebook)
    notebook.run("stop")
    until(lambda: notebook.page.locator(".gca-snapshot").count() == 1, "one snapshot")


def test_a_narrow_page_shows_all_and_nothing_overflows(open_notebook: Any) -> None:
    notebook = open_notebook(NOTEBOOK, width=700, height=1400)
    live(notebook)
    moves(notebook, TABLE)
    notebook.picture("narrow", ".gca-view")
    outer, inner = notebook.page.eval_on_selector(".gca-view", "e => [e.clientWidth, e.scrollWidth]")
    assert inner <= outer + 1
    for label in ("Pause", "Stop", "Export CSV"):
        box = notebook.button(label).bounding_box()
        assert box is not None
        assert box["width"] > 50
    notebook.click("Stop")
    until(lambda: notebook.page.locator(".gca-snapshot").count(), "the snapshot")


def test_a_guests_chat_appears_and_ends_in_the_live_view(open_notebook: Any, platform: Simulator) -> None:
    pytest.importorskip("gcanalytics.guestchat.chat", reason="the guest chat client is not there")
    from gcanalytics.guestchat.chat import GuestChat

    notebook = open_notebook(NOTEBOOK)
    live(notebook)
    with GuestChat.start(
        region=platform.api,
        organization_id=platform.organization_id,
        deployment_id=platform.deployment_id,
        queue="Support",
        display_name="Grace Guest",
    ) as chat:
        row = f'.gca-view tr:has(td[title="{chat.conversation_id}"])'
        until(lambda: "chat" in notebook.text(row), "the guest's chat")
        until(lambda: "interacting" in notebook.text(row), "an agent in the chat")
        assert "G. G." in notebook.text(row)
        assert "Grace" not in notebook.text(".gca-view")
        notebook.picture("guest", ".gca-view")
    until(lambda: "interacting" not in notebook.text(row), "the end of the chat")
    notebook.click("Stop")
    until(lambda: notebook.page.locator(".gca-snapshot").count(), "the snapshot")
