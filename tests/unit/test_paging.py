"""The page loops against platforms made of a list, well-behaved and not."""

import _thread
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gcanalytics.api.intervals import Interval
from gcanalytics.errors import ConnectionFailed

from .paged_platform import DAY, MONTH, WEEK, Platform, body, ids_of, pages_of


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 950])
@pytest.mark.parametrize("past", [{}, {"totalHits": 950}, {"totalHits": 0}])
def test_a_result_is_read_to_its_end_in_order(count: int, past: dict[str, Any]) -> None:
    platform = Platform(DAY, count, past={"totalHits": count} if past else {})
    pages = pages_of(platform.fetch)
    assert ids_of(pages) == [f"c{i}" for i in range(count)]
    assert (pages.tally.conversations, pages.tally.short_by, pages.tally.repeated_walks) == (count, 0, 0)
    assert pages.tally.total_hits_first == pages.tally.total_hits_last == count
    assert len(platform.asked) == len(set(platform.asked)) <= max(4, -(-count // 100) + 1)


def test_no_more_than_the_workers_ask_at_once() -> None:
    platform = Platform(DAY, 3000)
    ids_of(pages_of(platform.fetch, workers=3))
    assert platform.most_at_once <= 3


def test_the_workers_ask_at_the_same_time() -> None:
    platform = Platform(DAY, 2000)
    together = threading.Barrier(4)

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        if 2 <= number <= 5:
            together.wait(timeout=5)
        return platform.fetch(interval, number, stop)

    assert len(ids_of(pages_of(fetch))) == 2000


def test_the_first_pages_of_a_single_day_are_asked_for_at_once() -> None:
    platform = Platform(DAY, 150)
    together = threading.Barrier(4)

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        together.wait(timeout=5)
        return platform.fetch(interval, number, stop)

    assert len(ids_of(pages_of(fetch))) == 150
    assert sorted(number for _, number in platform.asked) == [1, 2, 3, 4]


def test_a_count_that_only_a_page_of_known_ids_told_is_not_forgotten() -> None:
    first = [f"c{i}" for i in range(6)]
    pages = [body(first, 6), body(["c5"], 7), b"{}", body(first, 7), body(["new"], 7), b"{}"]

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return pages.pop(0)

    walk = pages_of(fetch, size=6, workers=1)
    assert set(ids_of(walk)) == {*first, "new"}
    assert walk.tally.short_by == 0


def test_a_long_interval_is_cut_to_the_platforms_caps() -> None:
    platform = Platform(MONTH, 10)
    assert ids_of(pages_of(platform.fetch, MONTH, filtered=False)) == [f"c{i}" for i in range(10)]
    spans = {interval for interval, _ in platform.asked}
    assert len(spans) == 5
    platform = Platform(MONTH, 10)
    ids_of(pages_of(platform.fetch, MONTH))
    assert {interval for interval, _ in platform.asked} == {MONTH.iso()}


def test_many_results_are_asked_for_day_by_day() -> None:
    platform = Platform(WEEK, 7 * 350)
    pages = pages_of(platform.fetch, WEEK)
    assert ids_of(pages) == [f"c{i}" for i in range(7 * 350)]
    spans = {interval for interval, _ in platform.asked}
    assert spans == {WEEK.iso(), *(day.iso() for day in WEEK.utc_days())}
    assert len(platform.asked) == 1 + 7 * (4 + 1)
    assert pages.tally.total_hits_last == 7 * 350


def test_a_page_that_failed_past_the_end_is_nobodys_loss() -> None:
    platform = Platform(DAY, 250)

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        if number == 4:
            raise ConnectionFailed("gone")
        page = platform.fetch(interval, number, stop)
        return b"{}" if number == 3 else page.replace(b'"totalHits": 250', b'"totalHits": 200')

    pages = pages_of(fetch)
    assert len(ids_of(pages)) == 200


def test_a_page_that_failed_fails_the_pull_and_ends_the_others() -> None:
    platform = Platform(DAY, 950)
    stopped = threading.Event()

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        if number == 3:
            raise ConnectionFailed("gone")
        if number == 4 and stop.wait(5):
            stopped.set()
        return platform.fetch(interval, number, stop)

    with pytest.raises(ConnectionFailed, match="gone"):
        ids_of(pages_of(fetch))
    assert stopped.wait(5)


def test_leaving_the_loop_ends_the_requests() -> None:
    platform = Platform(DAY, 950)
    stopped = threading.Event()

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        if number > 2 and stop.wait(5):
            stopped.set()
        return platform.fetch(interval, number, stop)

    pages: Iterator[bytes] = iter(pages_of(fetch))
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    assert stopped.wait(5)


def test_ctrl_c_ends_a_pull_that_waits_for_an_answer() -> None:
    waiting, stopped = threading.Event(), threading.Event()

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        waiting.set()
        if stop.wait(10):
            stopped.set()
        return b"{}"

    def press() -> None:
        waiting.wait(5)
        _thread.interrupt_main()

    # A shell that starts the tests in the background has them ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=press, daemon=True).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            ids_of(pages_of(fetch))
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.wait(5)
