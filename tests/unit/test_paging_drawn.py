"""Records that shift and faults at random: a result is whole, says what it lacks, or is an error."""

import json
import random
import threading

from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.api import conversations
from gcanalytics.api.intervals import Interval
from gcanalytics.api.paging import Pages
from gcanalytics.api.query import DetailsQuery
from gcanalytics.errors import GenesysError
from gcanalytics.transport.exchange import NoAnswer, Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import Trouble

from .paged_platform import DAY, FILTERED, Platform, body, ids_of, pages_of, read


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
