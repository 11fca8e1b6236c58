"""The view in a cell without a browser: widgets, buttons, Pause, Stop, what stays."""

import logging
import sys
import threading
from types import ModuleType
from typing import Any

import pytest

from gcanalytics.live import html, panel, screen
from gcanalytics.live.screen import Labels
from gcanalytics.live.shapes import Gap
from gcanalytics.live.view import LiveView
from gcanalytics.notebook import cell as notebook_cell

from .still_session import Cell, StillSession, feed, observed


def shown(view: LiveView) -> panel.Panel:
    view._ipython_display_()
    assert view._panel is not None
    return view._panel


def until(enough: Any) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if enough():
            return
        waiting.wait(0.01)
    raise AssertionError("never seen")


def test_showing_the_view_paints_at_once_and_then_only_what_changed(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        widgets = shown(view)
        assert "live" in widgets.regions["header"].value
        assert "c0000001" in widgets.regions["table"].value
        sent: list[str] = []
        widgets.regions["tiles"].observe(lambda change: sent.append(change["new"]), "value")
        until(lambda: len(view._history) > 0)
        assert sent == []
        with session.lock:
            feed(session, observed(1), observed(2))
        until(lambda: sent)
    assert cell.shown[0] is widgets.box


def test_counts_in_the_header_wait_for_the_table_and_news_of_the_connection_does_not(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    view = LiveView(session, labels)
    widgets = view._panel = panel.Panel(*[lambda: None] * 3, wake=lambda: None)
    view._paint(view._screen())
    session.state.events += 7
    view._paint(view._screen(), rows=False)
    assert "0 events" in widgets.regions["header"].value
    view._paint(view._screen())
    assert "7 events" in widgets.regions["header"].value
    for phase, detail in (("stale", "refused"), ("stale", "refused twice"), ("live", "")):
        session.phase(phase, detail)
        view._paint(view._screen(), rows=False)
        assert f">{phase}<" in widgets.regions["header"].value
        assert detail in widgets.regions["header"].value


def test_pause_holds_the_picture_and_resume_lets_it_go_on(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    with LiveView(session, labels) as view:
        widgets = shown(view)
        widgets.pause.click()
        until(lambda: widgets.pause.description == "Resume")
        held = widgets.regions["table"].value
        with session.lock:
            feed(session, observed(1))
            session.state.events += 3
        until(lambda: "3 new since Pause" in widgets.regions["header"].value)
        assert "paused" in widgets.regions["header"].value
        assert widgets.regions["table"].value == held
        widgets.pause.click()
        until(lambda: "c0000001" in widgets.regions["table"].value)
        assert widgets.pause.description == "Pause"


def test_the_stop_button_leaves_the_snapshot_in_the_widgets_place(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    ended: list[LiveView] = []
    view = LiveView(session, labels, on_stop=ended.append).start()
    widgets = shown(view)
    widgets.stop.click()
    assert view.wait(10)
    until(lambda: ended == [view])
    assert (0, "Live view of Support") in [
        (number, text[text.index("Live") :][:20]) for number, text in cell.updates if "Live view of" in text
    ]
    assert session.stops == 1
    view.stop()
    assert session.stops == 1
    view._ipython_display_()
    assert "Live view of Support" in cell.shown[-1].data
    assert not [t for t in threading.enumerate() if t.name == "gcanalytics-paint"]


def test_a_failed_session_ends_the_view_by_itself_and_says_why(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    view = LiveView(session, labels).start()
    shown(view)
    session.phase("failed", "no permission")
    session.over.set()
    until(lambda: any("no permission" in text for _, text in cell.updates))
    assert not view.live


def test_a_notebook_saved_without_stop_keeps_a_line_of_text(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        shown(view)
        number, line = cell.updates[0]
        assert cell.shown[number].data == ""
        assert "1 waiting" in line
        assert "saved without Stop" in line
    assert (number, "") in cell.updates


def test_a_second_display_shows_the_same_widgets_and_both_get_the_snapshot(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    view = LiveView(session, labels).start()
    widgets = shown(view)
    view._ipython_display_()
    assert [item for item in cell.shown if item is widgets.box] == [widgets.box, widgets.box]
    view.stop()
    assert len([text for _, text in cell.updates if "gca-snapshot" in text]) == 2


def test_a_fault_in_painting_is_shown_once_told_and_does_not_end_the_view(
    session: StillSession, labels: Labels, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LiveView(session, labels) as view:
        widgets = shown(view)
        monkeypatch.setattr(html, "table", lambda now: 1 / 0)
        until(lambda: "could not be painted (ZeroDivisionError)" in widgets.message.value)
        assert 'role="alert"' in widgets.message.value
        monkeypatch.undo()
        monkeypatch.setattr(notebook_cell, "display", cell.display)
        with session.lock:
            feed(session, observed(7))
        until(lambda: "c0000007" in widgets.regions["table"].value)
    told = [entry.text for entry in session.state.entries if "painting" in entry.text]
    assert len(told) == 1


def test_export_says_where_the_files_are_or_why_not(
    session: StillSession, labels: Labels, cell: Cell, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        widgets = shown(view)
        widgets.export.click()
        until(lambda: "Saved live_conversations_" in widgets.message.value)
        (tmp_path / "blocked").write_text("")
        monkeypatch.setattr(view, "export_csv", lambda: (_ for _ in ()).throw(OSError("disk full")))
        widgets.export.click()
        until(lambda: "Not saved: disk full" in widgets.message.value)
    assert len(list(tmp_path.glob("live_*.csv"))) == 2


def test_warnings_of_the_package_go_into_the_log_of_the_view(session: StillSession, labels: Labels) -> None:
    with LiveView(session, labels):
        logging.getLogger("gcanalytics.transport.listener").warning("a broken message")
    logging.getLogger("gcanalytics").info("after the end")
    assert [entry.text for entry in session.state.entries] == ["a broken message"]


def test_the_gaps_are_a_frame_and_in_the_snapshot(session: StillSession, labels: Labels, cell: Cell) -> None:
    session.gaps.append(Gap(1_794_999_600.0, 1_794_999_605.5, "cut"))
    view = LiveView(session, labels).start()
    assert view.gaps["seconds"].tolist() == [5.5]
    shown(view)
    view.stop()
    assert any("Without events: 1" in text for _, text in cell.updates)


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr("gcanalytics.live.view.current_cell", lambda: 7)


@pytest.mark.usefixtures("colab")
def test_in_colab_run_for_paints_from_its_own_thread_and_leaves_one_snapshot(
    session: StillSession, labels: Labels, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    painting: set[threading.Thread] = set()
    take = screen.take

    def noticed(*given: Any, **more: Any) -> Any:
        painting.add(threading.current_thread())
        feed(session, *(observed(number) for number in range(1, 2 + len(cell.updates))))
        return take(*given, **more)

    monkeypatch.setattr(screen, "take", noticed)
    view = LiveView(session, labels).run_for(0.2)
    *moving, last = [content for _, content in cell.updates]
    assert len(set(moving)) >= 3
    assert all("c0000001" in content and "<button" not in content for content in moving)
    assert "gca-snapshot" in last
    assert painting == {threading.current_thread()}
    assert session.stops == 1
    view._ipython_display_()  # the value of the same cell
    assert len(cell.shown) == 1
    monkeypatch.setattr("gcanalytics.live.view.current_cell", lambda: 8)
    view._ipython_display_()
    assert "gca-snapshot" in cell.shown[1].data


@pytest.mark.usefixtures("colab")
def test_in_colab_a_view_says_how_it_would_move(session: StillSession, labels: Labels, cell: Cell) -> None:
    feed(session, observed(1))
    with LiveView(session, labels) as view:
        view._ipython_display_()
        assert view._panel is None
        assert "c0000001" in cell.updates[-1][1]
        assert "run_for(60)" in cell.updates[-1][1]


def test_the_line_of_those_who_wait_begins_with_a_number_that_is_known(
    session: StillSession, labels: Labels, cell: Cell
) -> None:
    session.phase("connecting")
    with LiveView(session, labels) as view:
        shown(view)
        until(lambda: "connecting" in shown(view).regions["header"].value)
        feed(session, observed(1), observed(2))
        assert list(view._history) == []
        session.phase("live")
        until(lambda: view._history)
        assert list(view._history) == [(2, 0)]
