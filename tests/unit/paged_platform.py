"""A platform whose results are paged, for tests of the page loops; what it was asked for stands in it."""

import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gcanalytics.api.intervals import Interval
from gcanalytics.api.paging import Pages
from gcanalytics.api.query import DetailsQuery, details_query

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
