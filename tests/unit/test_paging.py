"""The page loops against platforms made of a list, well-behaved and not."""

import _thread
import datetime as dt
import json
import random
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.api import conversations
from gcanalytics.api.intervals import Interval
from gcanalytics.api.paging import Pages
from gcanalytics.api.query import DetailsQuery, details_query
from gcanalytics.errors import ConnectionFailed, GenesysError, IncompletePull
from gcanalytics.transport.exchange import NoAnswer, Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import Trouble

DAY = Interval.parse("2026-11-09")
WEEK = Interval.parse("2026-11-02/P7D")
MONTH = Interval.parse("2026-10-01/P1M")


@dataclass
class Summary:
    ids: list[str]
    total_hits: int | None
    has_conversations: bool


def read(page: bytes) -> Summary:
    body = json.loads(page)
    found = body.get("conversations")
    return Summary([one["conversationId"] for one in found or []], body.get("totalHits"), found is not None)


class Platform:
    """Conversations that start evenly over a span; answers with whole UTC days, as the platform does."""

    def __init__(
        self, span: Interval, count: int, *, past: dict[str, Any] | None = None, size: int = 100
    ) -> None:
        step = (span.end_ms - span.start_ms) / max(count, 1)
        self.starts = [int(span.start_ms + (i + 0.5) * step) for i in range(count)]
        self.past = past or {}
        self.size = size
        self.asked: list[tuple[str, int]] = []
        self.most_at_once = 0
        self.lock = threading.Lock()
        self.now = 0

    def matching(self, interval: Interval) -> list[str]:
        days = interval.utc_days()
        first = days[0].start.replace(hour=0, minute=0, second=0, microsecond=0)
        last = (days[-1].end - dt.timedelta(milliseconds=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        span = Interval(first, last + dt.timedelta(days=1))
        return [f"c{i}" for i, at in enumerate(self.starts) if span.start_ms <= at < span.end_ms]

    def fetch(self, interval: Interval, number: int, stop: threading.Event) -> bytes:
        with self.lock:
            self.asked.append((interval.iso(), number))
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
        try:
            return self.page(interval, number)
        finally:
            with self.lock:
                self.now -= 1

    def page(self, interval: Interval, number: int) -> bytes:
        found = self.matching(interval)
        here = found[(number - 1) * self.size : number * self.size]
        if not here:
            return json.dumps(self.past).encode()
        return body(here, len(found))


def body(ids: list[str], hits: int | None) -> bytes:
    page: dict[str, Any] = {"conversations": [{"conversationId": one} for one in ids]}
    return json.dumps(page if hits is None else {**page, "totalHits": hits}).encode()


FILTERED = details_query(queue_ids=["q"])


def pages_of(
    fetch: Callable[[Interval, int, threading.Event], bytes],
    interval: Interval = DAY,
    *,
    size: int = 100,
    workers: int = 4,
    filtered: bool = True,
) -> Pages:
    asked = DetailsQuery(FILTERED.filters if filtered else {}, size)
    return Pages(fetch, read, query=asked, interval=interval, workers=workers)


def ids_of(pages: Pages) -> list[str]:
    return [one for page in pages for one in read(page).ids]


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


def test_a_page_of_known_conversations_is_asked_for_once_more() -> None:
    platform = Platform(DAY, 300)
    seen: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        seen.append(number)
        first_time = seen.count(number) == 1
        return platform.page(interval, 1 if number == 2 and first_time else number)

    pages = pages_of(fetch)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(300)}
    assert seen.count(2) == 2
    assert pages.tally.repeated_walks == 0


def test_a_platform_that_repeats_a_page_for_ever_ends_with_what_is_missing() -> None:
    platform = Platform(DAY, 300)
    pages = pages_of(lambda interval, number, _: platform.page(interval, 1 if number == 2 else number))
    assert len(set(ids_of(pages))) == 200
    assert (pages.tally.short_by, pages.tally.repeated_walks) == (100, 2)


def test_missing_conversations_are_looked_for_by_walking_again() -> None:
    platform = Platform(DAY, 250)
    walks: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        page = json.loads(platform.page(interval, number))
        if number == 1:
            walks.append(number)
            if len(walks) == 1:
                page["conversations"] = page["conversations"][1:]
        return json.dumps(page).encode()

    pages = pages_of(fetch)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(250)}
    assert (pages.tally.short_by, pages.tally.repeated_walks, pages.tally.conversations) == (0, 1, 250)


def test_only_the_pages_that_told_another_count_are_asked_for_again_first() -> None:
    platform = Platform(DAY, 2000)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        if number in {7, 8} and asked.count(1) == 1:
            ids = [one for one in platform.matching(interval) if one != "c705"]
            return body(ids[(number - 1) * 100 : number * 100], 1999)
        return platform.page(interval, number)

    pages = pages_of(fetch)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(2000)}
    assert len(asked) <= 21 + 4
    assert {1, 7} <= set(asked[21:]) <= {1, 6, 7, 8}
    assert (pages.tally.repeated_walks, pages.tally.short_by) == (0, 0)
    assert pages.tally.read_again == 100 * (pages.tally.pages - 21) - 1


def test_a_record_that_leaves_for_good_hides_no_other() -> None:
    """The one behind it moves up, from a page still to be read to one that was read already."""
    platform = Platform(DAY, 950)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        left = [one for one in platform.matching(interval) if one != "c30" or len(asked) < 4]
        here = left[(number - 1) * 100 : number * 100]
        return body(here, len(left)) if here else b"{}"

    pages = pages_of(fetch, workers=1)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(950)}
    assert len(asked) <= 11 + 4
    assert pages.tally.short_by == 0


def test_a_record_that_leaves_while_another_enters_hides_no_other() -> None:
    platform = Platform(DAY, 950)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        found = [one for one in platform.matching(interval) if one != "c30" or len(asked) < 4]
        found += ["late"] if len(asked) > 6 else []
        here = found[(number - 1) * 100 : number * 100]
        return body(here, len(found)) if here else b"{}"

    pages = pages_of(fetch, workers=1)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(950)} | {"late"}
    assert pages.tally.short_by == 0


def test_a_short_page_is_not_excused_by_a_record_that_left() -> None:
    platform = Platform(DAY, 950)

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        page = json.loads(platform.page(interval, number) if number <= 10 else b"{}")
        if number == 3:
            del page["conversations"][50]
        if number == 10:
            page["totalHits"] = 949
        return json.dumps(page).encode()

    pages = pages_of(fetch)
    assert len(set(ids_of(pages))) == 949
    assert pages.tally.short_by == 1


def test_a_repeated_walk_ends_when_nothing_is_missing_any_more() -> None:
    platform = Platform(DAY, 2000)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        page = json.loads(platform.page(interval, number))
        if number == 2 and asked.count(2) == 1:
            page["conversations"].pop()
        return json.dumps(page).encode()

    pages = pages_of(fetch)
    assert len(set(ids_of(pages))) == 2000
    assert len(asked) < 21 + 10


def test_an_empty_list_past_the_promised_end_is_the_end() -> None:
    platform = Platform(DAY, 150, past={"conversations": []})
    assert len(ids_of(pages_of(platform.fetch))) == 150


def test_a_short_page_is_not_the_end() -> None:
    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        pages = [["a", "b"], [], ["c"]]
        return body(pages[number - 1], 3) if number <= 3 else b"{}"

    assert ids_of(pages_of(fetch, size=1)) == ["a", "b", "c"]


def test_results_without_total_hits_are_read_page_by_page() -> None:
    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return body([f"c{number}"], None) if number <= 7 else b"{}"

    assert ids_of(pages_of(fetch)) == [f"c{i}" for i in range(1, 8)]


def _crowded(
    per_ms: float, *, whole_day: bool, size: int = 100
) -> Callable[[Interval, int, threading.Event], bytes]:
    """A platform with so many results that only their number is ever made."""

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        length = 86_400_000 if whole_day else interval.end_ms - interval.start_ms
        hits = int(length * per_ms)
        here = min(size, hits - size * (number - 1))
        return body([f"{interval.start_ms}-{number}-{i}" for i in range(here)], hits) if here > 0 else b"{}"

    return fetch


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> int:
    """A platform that pages through a thousand results instead of a hundred thousand."""
    monkeypatch.setattr("gcanalytics.api.query.MAX_RESULTS", 1000)
    return 1000


def test_a_day_above_the_limit_is_halved_while_it_gets_smaller(reach: int) -> None:
    pages = pages_of(_crowded(1.5 * reach / 86_400_000, whole_day=False))
    assert len(set(ids_of(pages))) == 1500
    assert pages.tally.short_by == 0


def test_a_day_that_no_halving_makes_smaller_is_named() -> None:
    with pytest.raises(IncompletePull, match=r"2026-11-09 \(UTC\) has 150,000 results, .* through 100,000 "):
        ids_of(pages_of(_crowded(150_000 / 86_400_000, whole_day=True)))


@pytest.mark.parametrize(("size", "count"), [(100, 1000), (100, 901), (60, 960)])
def test_a_result_that_fills_the_last_page_is_whole_without_one_behind_it(
    reach: int, size: int, count: int
) -> None:
    platform = Platform(DAY, count, size=size)
    pages = pages_of(platform.fetch, size=size)
    assert len(set(ids_of(pages))) == count
    assert (pages.tally.short_by, pages.tally.repeated_walks) == (0, 0)
    assert max(number for _, number in platform.asked) == reach // size


def test_a_day_beyond_what_small_pages_reach_is_halved(reach: int) -> None:
    pages = pages_of(_crowded(980 / 86_400_000, whole_day=False, size=60), size=60)
    assert len(set(ids_of(pages))) == 980
    with pytest.raises(IncompletePull, match=r"980 results, .* through 960 "):
        ids_of(pages_of(_crowded(980 / 86_400_000, whole_day=True, size=60), size=60))


def test_a_result_that_never_ends_is_an_error(reach: int) -> None:
    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return body([f"c{number}"], 5)

    with pytest.raises(IncompletePull, match="2026-11-09"):
        ids_of(pages_of(fetch, size=100))


@given(
    count=st.integers(0, 60),
    seed=st.integers(0, 10**6),
    size=st.integers(1, 9),
    workers=st.integers(1, 5),
    churn=st.floats(0, 0.4),
)
def test_records_that_shift_between_pages_are_found_or_counted_as_missing(
    count: int, seed: int, size: int, workers: int, churn: float
) -> None:
    rng = random.Random(seed)
    lock = threading.Lock()
    hidden: set[int] = set()

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        with lock:
            hidden.clear()
            hidden.update(i for i in range(count) if rng.random() < churn / 4)
            found = [f"c{i}" for i in range(count) if i not in hidden]
            here = found[(number - 1) * size : number * size]
            return body(here, len(found)) if here else b"{}"

    pages = pages_of(fetch, size=size, workers=workers)
    seen = set(ids_of(pages))
    tally = pages.tally
    assert len(seen) == tally.conversations
    assert len(seen) + tally.short_by >= tally.total_hits_last
    assert tally.repeated_walks <= 2


FAULTS: list[ApiResponse | NoAnswer] = [
    NoAnswer(Trouble.LOST, "cut"),
    NoAnswer(Trouble.UNREACHABLE, "refused"),
    *(
        ApiResponse(status, "", Headers({"Retry-After": "0"}), "POST", "/x")
        for status in (429, 503, 502, 504)
    ),
    *(
        ApiResponse(200, "", Headers(), "POST", "/x", junk)
        for junk in (b"", b"<html>", b'{"conversations": [{"c')
    ),
    ApiResponse(500, "", Headers(), "POST", "/x", b"{}"),
]


@given(faults=st.lists(st.sampled_from([None, None, None, *FAULTS]), max_size=60), count=st.integers(0, 300))
def test_under_any_faults_a_result_is_whole_or_an_error(
    faults: list[ApiResponse | NoAnswer | None], count: int
) -> None:
    platform = Platform(DAY, count, size=20)
    pending = iter(faults)
    lock = threading.Lock()

    def exchange(outgoing: Outgoing) -> ApiResponse:
        with lock:
            fault = next(pending, None)
        if isinstance(fault, NoAnswer):
            raise fault
        if fault is not None:
            return fault
        number = json.loads(outgoing.body or b"")["paging"]["pageNumber"]
        return ApiResponse(200, "", Headers(), "POST", "/x", platform.page(DAY, number))

    rest = Rest("https://api.example", exchange=exchange, sleep=lambda _: None)
    query = DetailsQuery(FILTERED.filters, 20)

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return conversations.details_query(rest, query.body(interval, number), stop=stop)

    try:
        seen = ids_of(Pages(fetch, read, query=query, interval=DAY))
    except GenesysError:
        assert any(fault is not None for fault in faults)
    else:
        assert seen == [f"c{i}" for i in range(count)]
