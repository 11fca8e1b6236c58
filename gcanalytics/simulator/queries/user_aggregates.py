"""The users' aggregates query: time in routing statuses and presences, by user and time bucket. No HTTP here.

Every status counts in each bucket with the time that it had there, so the statuses of a bucket add up to it
exactly. Stats have a sum alone (public clients' fixtures), in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import User
from gcanalytics.simulator.queries.aggregates import View, buckets_of, dimension_test, views_of
from gcanalytics.simulator.queries.intervals import Interval
from gcanalytics.simulator.queries.user_stretches import OFFLINE, Kind, Statuses, Stretch, split, stretches
from gcanalytics.simulator.records.details import iso

MOST_USERS = 100
"""Predicates of a query ("no more than 100 userId predicates", the developer center)."""
MOST_CELLS = 500_000
"""Users times intervals of a query; the platform's own limit of the granularity is unknown, this one keeps
the simulator's answers finite. A month of half hours of 300 users is below it."""
_KINDS: dict[str, Kind] = {
    "tAgentRoutingStatus": "routing",
    "tOrganizationPresence": "presence",
    "tSystemPresence": "presence",
}
_VIEW = ""
Test = Callable[[dict[str, Any]], bool]
Cell = dict[tuple[str, str], int]
"""Metric and qualifier, or ``_VIEW`` and name of a view: milliseconds."""


@dataclass(frozen=True)
class UserAggregatesQuery:
    """A checked query; ``by_user`` tells whether it groups."""

    interval: Interval
    buckets: Sequence[Interval]
    metrics: tuple[str, ...]
    by_user: bool
    test: Test | None
    views: tuple[View, ...]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> UserAggregatesQuery:
        """A query from its checked body.

        Raises:
            answers.Refusal: 400 for what the contract cannot tell: dates, periods, zones, too many users.
        """
        interval = Interval.parse(body["interval"])
        buckets = buckets_of(body, interval)
        if not body["metrics"]:
            raise answers.refusal("bad.request")
        return cls(
            interval=interval,
            buckets=buckets,
            metrics=tuple(dict.fromkeys(body["metrics"])),
            by_user="userId" in body.get("groupBy", ()),
            test=user_test(body["filter"]) if "filter" in body else None,
            views=views_of(body.get("views", ()), "UserAggregationQuery"),
        )


def user_test(each: Mapping[str, Any]) -> Test:
    """The test of a filter over a user's dimensions.

    Raises:
        answers.Refusal: 400 for more than 100 predicates, or one that names nothing.
    """
    parts = (each, *each.get("clauses", ()))
    if sum(len(part.get("predicates", ())) for part in parts) > MOST_USERS:
        raise answers.bad_request(f"A query may have no more than {MOST_USERS} userId predicates.")
    return dimension_test(each)


def _qualifier(metric: str, stretch: Stretch) -> str:
    if metric == "tAgentRoutingStatus":
        return stretch.status.routing_status
    if metric == "tSystemPresence":
        return stretch.status.system_presence
    return stretch.status.presence_id


class UserAggregates:
    """Answers the query.

    Args:
        statuses: the users' status logs.
        offline_time: ``counted`` or ``left_out``.
    """

    def __init__(self, statuses: Statuses, *, offline_time: str) -> None:
        self._statuses = statuses
        self._offline = offline_time == "counted"

    def results(
        self, query: UserAggregatesQuery, now_ms: int, users: Sequence[User] | None = None
    ) -> dict[str, Any]:
        """The response body of a query, as of ``now_ms``.

        Args:
            query: what is asked for.
            now_ms: business time; later things are not seen.
            users: whose statuses may be seen; None for all who have any.

        Raises:
            answers.Refusal: 400 for more users times intervals than can be answered.
        """
        seen = self._statuses.users if users is None else users
        chosen = [user for user in seen if query.test is None or query.test({"userId": user.id})]
        if len(chosen) * len(query.buckets) > MOST_CELLS:
            raise answers.bad_request(f"The query gives more than {MOST_CELLS} intervals of users.")
        groups: dict[str | None, dict[int, Cell]] = {}
        for user in chosen:
            cells = groups.setdefault(user.id if query.by_user else None, {})
            self._count(query, user, now_ms, cells)
        return {
            "systemToOrganizationMappings": self._statuses.presence_ids(),
            "results": [
                {
                    "group": {} if user_id is None else {"userId": user_id},
                    "data": [_bucket(query, number, cells[number]) for number in sorted(cells)],
                }
                for user_id, cells in groups.items()
                if cells
            ],
        }

    def _count(self, query: UserAggregatesQuery, user: User, now_ms: int, cells: dict[int, Cell]) -> None:
        """Adds a user's time to the cells of the buckets."""
        changes = self._statuses.changes(user, query.interval, now_ms)
        end_ms = min(query.interval.end_ms, now_ms)
        targets = dict.fromkeys([*query.metrics, *(view.target for view in query.views)])
        for metric in targets:
            found = stretches(_KINDS[metric], changes, end_ms)
            if not self._offline:
                found = _logged_on(found, stretches("presence", changes, end_ms))
            for number, length_ms, stretch in split(found, query.buckets):
                cell = cells.setdefault(number, {})
                if metric in query.metrics:
                    key = metric, _qualifier(metric, stretch)
                    cell[key] = cell.get(key, 0) + length_ms
                for view in query.views:
                    if view.target == metric and view.gte <= length_ms < view.lt:
                        cell[_VIEW, view.name] = cell.get((_VIEW, view.name), 0) + length_ms


def _logged_on(found: Iterator[Stretch], presences: Iterator[Stretch]) -> Iterator[Stretch]:
    """The parts of stretches that lie in presences other than OFFLINE."""
    on = (each for each in presences if each.status.system_presence != OFFLINE)
    spans = [Interval(each.start_ms, each.end_ms) for each in on]
    for number, length_ms, each in split(found, spans):
        start_ms = max(each.start_ms, spans[number].start_ms)
        yield Stretch(start_ms, start_ms + length_ms, each.status)


def _bucket(query: UserAggregatesQuery, number: int, cell: Cell) -> dict[str, Any]:
    """One entry of ``data``; a status without time is left out."""
    bucket = query.buckets[number]
    entry: dict[str, Any] = {
        "interval": f"{iso(bucket.start_ms)}/{iso(bucket.end_ms)}",
        "metrics": [
            {"metric": metric, "qualifier": qualifier, "stats": {"sum": cell[metric, qualifier]}}
            for wanted in query.metrics
            for metric, qualifier in sorted(key for key in cell if key[0] == wanted)
        ],
    }
    views = [
        {"name": view.name, "stats": {"sum": cell[_VIEW, view.name]}}
        for view in query.views
        if (_VIEW, view.name) in cell
    ]
    return entry | {"views": views} if views else entry
