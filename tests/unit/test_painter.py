"""The thread that paints a view: picture by picture, to an end that is left once."""

import logging
import threading
from collections.abc import Callable

import pytest

from gcanalytics.notebook.painter import Painter, Timetable

DEADLINE_S = 10.0


class View:
    """A view that keeps what its painter does; each picture is one item of a script."""

    def __init__(self, *script: float | Exception | None) -> None:
        self.script = list(script)
        self.painted = threading.Semaphore(0)
        self.left: list[threading.Thread] = []
        self.troubles: list[str] = []
        self.finishing: Callable[[], None] = lambda: None
        self.painter = Painter(
            self.paint, self.finish, self.troubles.append, what="a picture of nothing", pause_s=0.0
        )

    def paint(self) -> float | None:
        self.painted.release()
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def finish(self) -> None:
        self.left.append(threading.current_thread())
        self.finishing()


def test_it_paints_until_the_view_is_over_and_leaves_what_stays_on_its_own_thread() -> None:
    view = View(0.0, 0.0, None, 0.0)
    view.painter.start()
    view.painter.start()
    assert view.painter.wait(DEADLINE_S)
    assert view.script == [0.0]
    assert [thread.name for thread in view.left] == ["gcanalytics-paint"]
    view.painter.stop()
    assert len(view.left) == 1


def test_who_stops_it_has_what_stays_and_no_further_picture() -> None:
    view = View(3600.0, 3600.0)
    view.painter.start()
    assert view.painted.acquire(timeout=DEADLINE_S)
    view.painter.stop()
    assert (view.painter.finished, view.script) == (True, [3600.0])


def test_waking_it_brings_the_next_picture_at_once() -> None:
    view = View(3600.0, 3600.0)
    view.painter.start()
    assert view.painted.acquire(timeout=DEADLINE_S)
    view.painter.wake()
    assert view.painted.acquire(timeout=DEADLINE_S)
    view.painter.stop()


def test_it_can_be_stopped_before_it_began() -> None:
    view = View()
    assert not view.painter.started
    view.painter.stop()
    assert view.left == [threading.current_thread()]


def test_a_picture_that_fails_is_told_each_time_logged_once_a_kind_and_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    view = View(ValueError("odd"), ValueError("odd"), KeyError("odder"), None)
    with caplog.at_level(logging.ERROR, "gcanalytics.notebook.painter"):
        view.painter.start()
        assert view.painter.wait(DEADLINE_S)
    assert view.troubles == ["ValueError", "ValueError", "KeyError"]
    assert [record.getMessage() for record in caplog.records] == ["painting a picture of nothing failed"] * 2


def test_what_stays_may_be_left_by_somebody_who_stops_it_again() -> None:
    view = View(None)
    view.finishing = view.painter.stop
    view.painter.start()
    assert view.painter.wait(DEADLINE_S)
    assert len(view.left) == 1


def test_what_is_due_is_due_at_once_and_then_once_in_so_many_seconds() -> None:
    now = 0.0
    timetable = Timetable(lambda: now)
    assert timetable.is_due("table", 1.0)
    assert timetable.is_due("names", 60.0)
    now = 0.9
    assert not timetable.is_due("table", 1.0)
    now = 1.0
    assert timetable.is_due("table", 1.0)
    assert not timetable.is_due("names", 60.0)
    timetable.put_off("names", 5.0)
    now = 5.9
    assert not timetable.is_due("names", 60.0)
    now = 6.0
    assert timetable.is_due("names", 60.0)
