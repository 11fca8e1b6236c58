"""Results of the details query: which conversations a query finds now, in order, page by page. No HTTP here.

A settled conversation is judged once for each query; what still moves is judged again for each page.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.detail_counts import Counts
from gcanalytics.simulator.queries.detail_order import Found, Order
from gcanalytics.simulator.queries.detail_shift import Shifts, without
from gcanalytics.simulator.queries.divisions import Divisions, record_test
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records import details
from gcanalytics.simulator.settings import Settings

_QUERIES_KEPT = 64
_LATE_ARRIVALS_MS = 3_600_000
"""How long after its end a day is still asked for conversations outside the plan."""
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
    """A query that was asked before, and what is known of its answer."""

    interval: Interval
    test: filters.Test | None
    order: Order
    counts: Counts
    shifts: Shifts
    days: dict[int, _Day] = field(default_factory=dict)
    judged: dict[str, tuple[int, bool]] = field(default_factory=dict)


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
            query = self._new(body, interval, divisions, key)
        self._queries[key] = query
        self._queries.move_to_end(key)
        if len(self._queries) > _QUERIES_KEPT:
            self._queries.popitem(last=False)
        found = self._found(query, now_ms)
        everything = query.order.of(found, now_ms)
        first, last = (number - 1) * size, number * size
        absent: list[int] = []
        if self._settings.records_shift:
            absent = query.shifts.absent(everything, size, number, now_ms)
        shown = without(everything, absent, first, last)
        records = [details.encoded(each, now_ms, self._settings) for each in shown]
        return Page(records, len(everything) - len(absent), query.counts.of(found, now_ms))

    def _new(self, body: Mapping[str, Any], interval: Interval, divisions: Divisions, key: bytes) -> _Query:
        return _Query(
            interval,
            record_test(filters.compiled(body), divisions, self._settings.division_match),
            Order(body, self._record),
            Counts(body.get("aggregations", ()), self._record),
            Shifts(f"{self._seed}/{key.hex()}"),
        )

    def _found(self, query: _Query, now_ms: int) -> Found:
        """Everything that a query finds now; what has ended by start."""
        found = Found()
        for number in query.interval.utc_days():
            if number * DAY_MS > now_ms:
                break
            day = query.days.setdefault(number, _Day())
            self._update(query, day, number, now_ms)
            ended = []
            for each in day.pending:
                phase = each.phase(now_ms) if each.planned else None
                if self._holds(query, each, phase, now_ms):
                    if phase is None:
                        found.moving.append(each)
                    else:
                        ended.append(each)
                        found.phases += phase + 1
            found.ended += sorted([*day.settled, *ended], key=_by_start) if ended else day.settled
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
            day.settled += [each for each in settled if self._holds(query, each, each.phase(now_ms), now_ms)]
            for each in settled:
                query.judged.pop(each.id, None)
            day.settled.sort(key=_by_start)
        day.pending = still

    def _holds(self, query: _Query, conversation: Conversation, phase: int | None, now_ms: int) -> bool:
        if self._settings.interval_match == "overlap":
            lasted_to_ms = conversation.closed_ms if _is_over(conversation, now_ms) else now_ms
            if conversation.started_ms >= query.interval.end_ms or lasted_to_ms < query.interval.start_ms:
                return False
        if query.test is None:
            return True
        if phase is None:
            return query.test(self._record(conversation, now_ms))
        # What follows a conversation can take days; between its changes the judgement stands.
        judged = query.judged.get(conversation.id)
        if judged is None or judged[0] != phase:
            judged = query.judged[conversation.id] = phase, query.test(self._record(conversation, now_ms))
        return judged[1]

    def _record(self, conversation: Conversation, now_ms: int) -> dict[str, Any]:
        """The record; once it has ended read back from its kept JSON, which is quicker than made anew."""
        if not conversation.planned or conversation.phase(now_ms) is None:
            return details.record(conversation, now_ms, self._settings)
        record: dict[str, Any] = _decode(details.encoded(conversation, now_ms, self._settings, again=True))
        return record


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
