"""The users' details query: every stretch of a routing status or presence, page by page. No HTTP here.

What a page holds follows the developer center's page of user status details: a status that spans days is
stored with its first and with its last day, comes once, and so pages may have fewer entries than asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import User
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.aggregates import dimension_test
from gcanalytics.simulator.queries.detail_counts import DEFAULT_SIZE, MOST_COUNTS, kind_of
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.queries.user_stretches import Kind, Statuses, Stretch, stretches
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.settings import Settings

FILTER_FIELDS = ("userFilters", "presenceFilters", "routingStatusFilters")
_FIELDS: dict[Kind, str] = {"presence": "primaryPresence", "routing": "routingStatus"}
_FILTERS: dict[Kind, str] = {"presence": "presenceFilters", "routing": "routingStatusFilters"}
_COUNTS: dict[Kind, str] = {"presence": "presenceAggregations", "routing": "routingStatusAggregations"}
_DIMENSIONS: dict[Kind, tuple[str, ...]] = {
    "presence": ("organizationPresenceId", "systemPresence"),
    "routing": ("routingStatus",),
}
_REACH_MS = 8 * DAY_MS
"""Rosters repeat weekly: no status of somebody who works lasts longer."""

Test = Callable[[dict[str, Any]], bool]
_encode = msgspec.json.Encoder(order="sorted").encode


class Entry(NamedTuple):
    """One stretch as a record has it: its dimensions, and no end where it goes on."""

    kind: Kind
    start_ms: int
    end_ms: int | None
    dims: dict[str, Any]

    def days(self) -> set[int]:
        """The UTC days that it is stored with."""
        return {at_ms // DAY_MS for at_ms in (self.start_ms, self.end_ms) if at_ms is not None}

    def body(self) -> dict[str, Any]:
        """Its JSON."""
        end = {} if self.end_ms is None else {"endTime": iso(self.end_ms)}
        return {"startTime": iso(self.start_ms), **end, **self.dims}


class Record(NamedTuple):
    """What is stored of a user, on one UTC day or (setting ``user_details_unit``) in all."""

    user_id: str
    entries: list[Entry]


@dataclass(frozen=True)
class UserDetailsQuery:
    """A checked query."""

    interval: Interval
    user_test: Test | None
    tests: Mapping[Kind, Test | None]
    counts: Sequence[tuple[Kind, str, int]]
    descending: bool
    key: bytes

    @classmethod
    def from_body(cls, body: Mapping[str, Any], interval: Interval) -> UserDetailsQuery:
        """A query from its checked body and interval.

        Raises:
            answers.Refusal: 400 for a filter or an aggregation that makes no sense.
        """
        if sum(len(body.get(name, ())) for name in _COUNTS.values()) > MOST_COUNTS:
            raise answers.bad_request(f"A query may have no more than {MOST_COUNTS} aggregations.")
        return cls(
            interval=interval,
            user_test=_all(body.get("userFilters", ())),
            tests={kind: _all(body.get(name, ())) for kind, name in _FILTERS.items()},
            counts=[_count(kind, each) for kind, name in _COUNTS.items() for each in body.get(name, ())],
            descending=body.get("order") == "desc",
            key=_encode({name: value for name, value in body.items() if name != "paging"}),
        )


def _all(each: Sequence[Mapping[str, Any]]) -> Test | None:
    """The test of a list of filters, which must all hold; None for none."""
    return filters.combined("and", [dimension_test(one) for one in each]) if each else None


def _count(kind: Kind, each: Mapping[str, Any]) -> tuple[Kind, str, int]:
    """Dimension and size of an aggregation; only terms of the kind's own dimensions can be counted."""
    allowed = _DIMENSIONS[kind]
    if kind_of(each) != "termFrequency" or "dimension" not in each:
        raise answers.refusal("bad.request")
    if each["dimension"] not in allowed:
        raise answers.invalid_value(each["dimension"], "dimension", ", ".join(allowed))
    size: int = each.get("size", DEFAULT_SIZE)
    if size < 1:
        raise answers.invalid_value(size, "size", "1 and above")
    return kind, each["dimension"], size


class UserDetails:
    """Answers the query.

    Args:
        statuses: the users' status logs.
        settings: ``interval_match``, ``user_details_unit`` and ``past_last_page``.

    Not thread-safe: one thread asks (`platform.Platform.run`).
    """

    def __init__(self, statuses: Statuses, settings: Settings) -> None:
        self._statuses = statuses
        self._settings = settings
        self._by_day = settings.user_details_unit == "user_day"
        self._kept: tuple[tuple[Any, ...], list[Record]] = ((), [])

    def page(
        self, query: UserDetailsQuery, users: Sequence[User], *, size: int, number: int, now_ms: int
    ) -> dict[str, Any]:
        """The response body of one page.

        Args:
            query: what is asked for.
            users: whose statuses may be seen.
            size: records a page.
            number: from 1.
            now_ms: business time; later things are not seen.
        """
        records = self._found(query, users, now_ms)
        total = len(records)
        seen: set[tuple[str, Kind, int]] = set()
        shown = [_once(record, seen) for record in records]
        if query.descending:
            shown.reverse()
        bodies = [_body(record) for record in shown[(number - 1) * size : number * size] if record.entries]
        if not bodies and number * size >= total:
            return {} if self._settings.past_last_page == "{}" else {"totalHits": total}
        body: dict[str, Any] = {"userDetails": bodies} if bodies else {}
        if query.counts:
            body["aggregations"] = [_counted(shown, *each) for each in query.counts]
        return body | {"totalHits": total}

    def _found(self, query: UserDetailsQuery, users: Sequence[User], now_ms: int) -> list[Record]:
        """What a query finds; the pages of one second of business are of one result."""
        key = (query.key, tuple(user.id for user in users), now_ms // 1000)
        if self._kept[0] != key:
            self._kept = key, list(self._records(query, users, now_ms))
        return self._kept[1]

    def _records(self, query: UserDetailsQuery, users: Sequence[User], now_ms: int) -> Iterator[Record]:
        """What is stored, by day and user."""
        chosen = [user for user in users if query.user_test is None or query.user_test({"userId": user.id})]
        entries = {user.id: self._entries(query, user, now_ms) for user in chosen}
        if not self._by_day:
            found = [Record(user_id, each) for user_id, each in entries.items()]
        else:
            days = query.interval.utc_days()
            found = [
                Record(user_id, [one for one in each if day in one.days()])
                for day in days
                for user_id, each in entries.items()
            ]
        wanted = [kind for kind, test in query.tests.items() if test is not None]
        for record in found:
            kinds = {each.kind for each in record.entries}
            if kinds and kinds.issuperset(wanted):
                yield record

    def _entries(self, query: UserDetailsQuery, user: User, now_ms: int) -> list[Entry]:
        """A user's stretches that lie in the query's days (or in its interval) and pass its filters."""
        days = query.interval.utc_days()
        touched = Interval(days.start * DAY_MS, days.stop * DAY_MS)
        if self._settings.interval_match == "overlap":
            touched = query.interval
        found = []
        for kind, each in self._whole(user, touched, now_ms):
            entry = _entry(kind, each, now_ms)
            test = query.tests[kind]
            if test is None or test(entry.dims):
                found.append(entry)
        return found

    def _whole(self, user: User, touched: Interval, now_ms: int) -> list[tuple[Kind, Stretch]]:
        """The stretches that touch an interval, with their true starts and ends.

        What had begun when the history begins is left out: nothing is stored of its start.
        """
        reach_ms = DAY_MS
        while True:
            around = Interval(touched.start_ms - reach_ms, touched.end_ms + reach_ms)
            changes = self._statuses.changes(user, around, now_ms)
            first_ms, last_ms = changes[0][0] if changes else 0, min(around.end_ms, now_ms)
            found = [
                (kind, each)
                for kind in _FIELDS
                for each in stretches(kind, changes, last_ms)
                if each.start_ms < touched.end_ms and each.end_ms > touched.start_ms
            ]
            cut = [(each.start_ms == around.start_ms, each.end_ms == around.end_ms) for _, each in found]
            # What spans all days is stored with none of them, so its ends are of no account.
            enough = {(False, False), (self._by_day, self._by_day)}
            if enough.issuperset(cut) or reach_ms >= _REACH_MS:
                return [(kind, each) for kind, each in found if each.start_ms > first_ms]
            reach_ms *= 2


def _entry(kind: Kind, each: Stretch, now_ms: int) -> Entry:
    status = each.status
    dims = (
        {"routingStatus": status.routing_status}
        if kind == "routing"
        else {"systemPresence": status.system_presence, "organizationPresenceId": status.presence_id}
    )
    return Entry(kind, each.start_ms, None if each.end_ms >= now_ms else each.end_ms, dims)


def _once(record: Record, seen: set[tuple[str, Kind, int]]) -> Record:
    """The record without the entries that an earlier one had."""
    fresh = [each for each in record.entries if (record.user_id, each.kind, each.start_ms) not in seen]
    seen.update((record.user_id, each.kind, each.start_ms) for each in fresh)
    return Record(record.user_id, fresh)


def _body(record: Record) -> dict[str, Any]:
    body: dict[str, Any] = {"userId": record.user_id}
    for kind, field in _FIELDS.items():
        rows = [each.body() for each in record.entries if each.kind == kind]
        if rows:
            body[field] = rows
    return body


def _counted(shown: Sequence[Record], kind: Kind, dimension: str, size: int) -> dict[str, Any]:
    """How many stretches have each value of a dimension."""
    found = [each.dims[dimension] for record in shown for each in record.entries if each.kind == kind]
    most = sorted(Counter(found).items(), key=lambda entry: (-entry[1], entry[0]))[:size]
    results = [{"count": count, "value": value} for value, count in most]
    return {"type": "termFrequency", "dimension": dimension, "count": len(found), "results": results}
