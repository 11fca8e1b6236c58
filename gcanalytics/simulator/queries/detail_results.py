"""Results of the details query: which conversations a query finds now, in order, page by page. No HTTP here.

A settled conversation is judged once for each query; what still moves is judged again for each page.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.detail_counts import Count, Seen
from gcanalytics.simulator.queries.divisions import Divisions, record_test
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records import details
from gcanalytics.simulator.settings import Settings

_QUERIES_KEPT = 64
_LATE_ARRIVALS_MS = 3_600_000
"""How long after its end a day is still asked for conversations outside the plan."""
_MOVING_MS = 2 * DAY_MS
"""How old a conversation can be whose record still leaves and enters results."""
_LAST = "~"
"""Sorts after every instant."""
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True)
class Page:
    """One page: the records' JSON, how many conversations the query finds, and what was counted in them."""

    records: list[bytes]
    total_hits: int
    counts: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Day:
    """What a query found on one UTC day.

    Attributes:
        settled: found, and never to change; sorted.
        pending: what may still change.
        known: ids that are in either, or were judged and left out; only while the day can get new ones.
        whole: no conversation can start on it any more.
    """

    settled: list[Conversation] = field(default_factory=list)
    pending: list[Conversation] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    whole: bool = False


@dataclass
class _Query:
    """A query that was asked before: its test, its days, and how often its first page was asked for."""

    interval: Interval
    test: filters.Test | None
    counts: list[Count] = field(default_factory=list)
    counted: dict[str, list[Seen]] = field(default_factory=dict)
    days: dict[int, _Day] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    judged: dict[str, tuple[int, bool]] = field(default_factory=dict)
    walks: dict[int, int] = field(default_factory=dict)
    absent: dict[int, list[tuple[str, int, int]]] = field(default_factory=dict)


class DetailResults:
    """Answers details queries.

    Args:
        timeline: where conversations come from.
        settings: ``interval_match``, ``records_shift`` and what records depend on.
        seed: seed of the shifting.

    Not thread-safe: one thread asks (`platform.Platform.run`).
    """

    def __init__(self, timeline: Timeline, settings: Settings, *, seed: int) -> None:
        self._timeline = timeline
        self._settings = settings
        self._seed = seed
        self._queries: OrderedDict[bytes, _Query] = OrderedDict()

    def page(
        self,
        body: Mapping[str, Any],
        interval: Interval,
        *,
        size: int,
        number: int,
        now_ms: int,
        divisions: Divisions = None,
    ) -> Page:
        """One page of a query.

        Args:
            body: the checked body; its filters, aggregations, order and orderBy count.
            interval: its interval.
            size: records a page.
            number: from 1.
            now_ms: business time; later things are not seen.
            divisions: what the asking client sees.

        Raises:
            answers.Refusal: 400 for a filter or an aggregation that makes no sense.
        """
        what = {name: value for name, value in body.items() if name != "paging"}
        key = _encode(what if divisions is None else [what, divisions])
        query = self._queries.get(key)
        if query is None:
            test = record_test(filters.compiled(body), divisions, self._settings.division_match)
            query = _Query(interval, test, [Count(each) for each in body.get("aggregations", ())])
        self._queries[key] = query
        self._queries.move_to_end(key)
        if len(self._queries) > _QUERIES_KEPT:
            self._queries.popitem(last=False)
        found = self._found(query, now_ms)
        found = self._ordered(query, found, body, now_ms)
        first, last = (number - 1) * size, number * size
        absent = self._absent(query, key, found, size, number, now_ms)
        total = len(found) - len(absent)
        shown = _without(found, absent, first, last)
        records = [details.encoded(each, now_ms, self._settings) for each in shown]
        return Page(records, total, self._counts(query, found, now_ms))

    def _found(self, query: _Query, now_ms: int) -> list[Conversation]:
        """Everything that a query finds now, by start."""
        found: list[Conversation] = []
        for number in query.interval.utc_days():
            if number * DAY_MS > now_ms:
                break
            day = query.days.setdefault(number, _Day())
            self._update(query, day, number, now_ms)
            live = [each for each in day.pending if self._holds(query, each, now_ms)]
            found += sorted([*day.settled, *live], key=_by_start) if live else day.settled
        return found

    def _update(self, query: _Query, day: _Day, number: int, now_ms: int) -> None:
        """Takes in what started since the last look, and judges for good what has settled since."""
        if not day.whole:
            start_ms, end_ms = number * DAY_MS, (number + 1) * DAY_MS
            started = self._timeline.conversations(start_ms, min(end_ms, now_ms + 1))
            if day.known:
                started = [each for each in started if each.id not in day.known]
            day.pending += started
            day.whole = now_ms >= end_ms + _LATE_ARRIVALS_MS
            if day.whole:
                day.known.clear()
            else:
                day.known.update(each.id for each in started)
        still: list[Conversation] = []
        settled: list[Conversation] = []
        for each in day.pending:
            (settled if _is_settled(each, now_ms) else still).append(each)
        if settled:
            day.settled += [each for each in settled if self._holds(query, each, now_ms)]
            for each in settled:
                query.judged.pop(each.id, None)
            day.settled.sort(key=_by_start)
        day.pending = still

    def _holds(self, query: _Query, conversation: Conversation, now_ms: int) -> bool:
        if self._settings.interval_match == "overlap":
            lasted_to_ms = conversation.closed_ms if _is_over(conversation, now_ms) else now_ms
            if conversation.started_ms >= query.interval.end_ms or lasted_to_ms < query.interval.start_ms:
                return False
        if query.test is None:
            return True
        phase = conversation.phase(now_ms) if conversation.planned else None
        if phase is None:
            return query.test(self._record(conversation, now_ms))
        # What follows a conversation can take days; between its changes the judgement stands.
        judged = query.judged.get(conversation.id)
        if judged is None or judged[0] != phase:
            judged = query.judged[conversation.id] = phase, query.test(self._record(conversation, now_ms))
        return judged[1]

    def _record(self, conversation: Conversation, now_ms: int) -> dict[str, Any]:
        """The record, read back from its kept JSON: four times as quick as made anew."""
        record: dict[str, Any] = _decode(details.encoded(conversation, now_ms, self._settings))
        return record

    def _counts(self, query: _Query, found: Sequence[Conversation], now_ms: int) -> list[dict[str, Any]]:
        """The query's counts over everything it finds; what has settled is read once."""
        if not query.counts:
            return []
        seen = []
        for each in found:
            known = query.counted.get(each.id)
            if known is None:
                record = self._record(each, now_ms)
                known = [count.seen(record) for count in query.counts]
                if _is_settled(each, now_ms):
                    query.counted[each.id] = known
            seen.append(known)
        return [count.result(each[i] for each in seen) for i, count in enumerate(query.counts)]

    def _ordered(
        self, query: _Query, found: list[Conversation], body: Mapping[str, Any], now_ms: int
    ) -> list[Conversation]:
        """In the order asked for; ``unordered`` is by start, as good as any."""
        by = body.get("orderBy", "conversationStart")
        if by != "conversationStart" and body.get("order") != "unordered":
            found = sorted(found, key=lambda each: (self._key(query, each, by, now_ms), each.id))
        return found[::-1] if body.get("order") == "desc" else found

    def _key(self, query: _Query, conversation: Conversation, by: str, now_ms: int) -> str:
        """What a conversation is sorted by; without an end, last."""
        known = query.keys.get(conversation.id)
        if known is not None:
            return known
        record = self._record(conversation, now_ms)
        if by == "conversationEnd":
            found = [str(record.get(by, _LAST))]
        else:
            found = [str(row.segment.get(by, _LAST)) for row in filters.rows(record)]
        key = min(found, default=_LAST) if by == "segmentStart" else max(found, default=_LAST)
        if _is_settled(conversation, now_ms):
            query.keys[conversation.id] = key
        return key

    def _absent(
        self, query: _Query, key: bytes, found: Sequence[Conversation], size: int, number: int, now_ms: int
    ) -> list[int]:
        """Positions that are missing from a result while this page is read (setting ``records_shift``).

        On the platform, records that are being written leave and enter a result while it is paged. Here a
        few of the last two days, drawn by seed and query, are absent for a stretch of pages of a query's
        first walk: the result moves by one at the stretch's start (a record is lost between two pages) and
        back at its end (one comes twice), and totalHits follows. The last page and each later walk see all.
        """
        if number == 1:
            query.walks[size] = query.walks.get(size, 0) + 1
        if not self._settings.records_shift or query.walks.get(size, 1) > 1:
            return []
        stretches = query.absent.get(size)
        if stretches is None:
            stretches = query.absent[size] = self._stretches(key, found, size, now_ms)
        gone = {each for each, first, last in stretches if first <= number <= last}
        return [i for i, each in enumerate(found) if each.id in gone] if gone else []

    def _stretches(
        self, key: bytes, found: Sequence[Conversation], size: int, now_ms: int
    ) -> list[tuple[str, int, int]]:
        """Which records are absent from which page to which; one for each 25 pages, and one more."""
        pages = -(-len(found) // size)
        moving = [each.id for each in found if each.started_ms >= now_ms - _MOVING_MS]
        if pages < 3 or not moving:
            return []
        draw = random.Random(f"{self._seed}/{key.hex()}/{size}")
        stretches = []
        for _ in range(min(8, 1 + pages // 25)):
            first = draw.randint(1, pages - 1)
            stretches.append((draw.choice(moving), first, draw.randint(first, pages - 1)))
        return stretches


def _is_settled(conversation: Conversation, now_ms: int) -> bool:
    """Whether nothing of it can change; what happens outside the plan may always go on."""
    return conversation.planned and conversation.settled_ms <= now_ms


def _is_over(conversation: Conversation, now_ms: int) -> bool:
    """Whether it has ended; a late wrap-up may still be to come."""
    if conversation.planned:
        return conversation.closed_ms <= now_ms
    return conversation.over(now_ms)


def _by_start(conversation: Conversation) -> tuple[int, str]:
    return conversation.started_ms, conversation.id


def _without(
    found: Sequence[Conversation], absent: Sequence[int], first: int, last: int
) -> list[Conversation]:
    """A slice of a result from which some positions are missing, ``absent`` sorted."""
    start, stop = first, last
    for position in absent:
        start += position <= start
        stop += position <= stop
    gone = set(absent)
    return [found[i] for i in range(start, min(stop, len(found))) if i not in gone]
