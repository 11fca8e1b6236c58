"""The queries about users and their bodies: dicts in and out, no frames, no names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gcanalytics.api.aggregates import body, results, where
from gcanalytics.api.query import MAX_RESULTS
from gcanalytics.errors import IncompletePull
from gcanalytics.transport.rest import Rest

if TYPE_CHECKING:
    from gcanalytics.contract.answers import (
        AnalyticsUserDetail,
        AnalyticsUserDetailsQueryResponse,
        UserAggregateQueryResponse,
        UserObservationQueryResponse,
    )
    from gcanalytics.contract.bodies import UserAggregationQuery, UserDetailsQuery, UserObservationQuery

MOST_USERS = 100
"""Users that one query may name (Genesys' page of user status aggregates)."""

STATUS_METRICS = ("tAgentRoutingStatus", "tSystemPresence", "tOrganizationPresence")
"""All metrics of a users' aggregates query."""

OBSERVATION_METRICS = ("oMemberQueues", "oActiveQueues")
"""All metrics of a users' observations query."""

UNFILTERED_DAYS, FILTERED_DAYS = 7, 31
"""Longest intervals of a users' details query (Genesys' page of user status details)."""

PAGE_SIZE = 100
_AGGREGATES = "/api/v2/analytics/users/aggregates/query"
_DETAILS = "/api/v2/analytics/users/details/query"
_OBSERVATIONS = "/api/v2/analytics/users/observations/query"
_MOST_EMPTY = 5  # pages in a row that bring nothing although totalHits promises more


def chunks(user_ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in lists of as many as one query may name."""
    for start in range(0, len(user_ids), MOST_USERS):
        yield list(user_ids[start : start + MOST_USERS])


def user_aggregates(rest: Rest, body: UserAggregationQuery) -> UserAggregateQueryResponse:
    """The answer of ``POST /api/v2/analytics/users/aggregates/query``.

    Permission ``analytics:userAggregate:view``. Groups have the dimension ``userId`` alone, the statuses are
    qualifiers, and stats have a sum in milliseconds. ``systemToOrganizationMappings`` tells which of the
    organisation's presences stand for which system presence (Genesys' page of user status aggregates). The
    POST only reads, so it may be sent again.

    Args:
        rest: the connection.
        body: see `aggregates_body`.

    Raises:
        GenesysError: the platform refused, did not answer, or answered no JSON object.
    """
    answer: UserAggregateQueryResponse = results(
        rest.request("POST", _AGGREGATES, json=dict(body), repeatable=True)
    )
    return answer


def aggregates_body(
    interval: str,
    metrics: Sequence[str],
    user_ids: Sequence[str],
    *,
    granularity: str | None = None,
    time_zone: str | None = None,
) -> UserAggregationQuery:
    """The body of a users' aggregates query (the SDK's ``UserAggregationQuery``), grouped by user.

    Args:
        interval: ISO ``start/end``.
        metrics: some of `STATUS_METRICS`.
        user_ids: `MOST_USERS` at most.
        granularity: ISO duration of a bucket; None for one bucket, the whole interval.
        time_zone: IANA name of the zone whose clock cuts the buckets, UTC by default.
    """
    return body(
        interval,
        metrics,
        group_by=["userId"],
        granularity=granularity,
        time_zone=time_zone,
        condition=where({"userId": list(user_ids)}),
    )


def user_observations(rest: Rest, user_ids: Sequence[str]) -> UserObservationQueryResponse:
    """The answer of ``POST /api/v2/analytics/users/observations/query``.

    Permission ``analytics:userObservation:view``. A group has one user, and its metrics count his queues. The
    POST only reads, so it may be sent again.

    Args:
        rest: the connection.
        user_ids: whose.

    Raises:
        GenesysError: the platform refused, did not answer, or answered no JSON object.
    """
    condition = where({"userId": list(user_ids)})
    assert condition is not None
    query: UserObservationQuery = {"filter": condition, "metrics": list(OBSERVATION_METRICS)}
    answer: UserObservationQueryResponse = results(
        rest.request("POST", _OBSERVATIONS, json=dict(query), repeatable=True)
    )
    return answer


def user_details(rest: Rest, query: UserDetailsQuery) -> AnalyticsUserDetailsQueryResponse:
    """One page of ``POST /api/v2/analytics/users/details/query``.

    Permission ``analytics:userDetail:view``. The POST only reads, so it may be sent again.

    Args:
        rest: the connection.
        query: its body.

    Raises:
        GenesysError: the platform refused, did not answer, or answered no JSON object.
    """
    response = rest.request("POST", _DETAILS, json=dict(query), repeatable=True)
    page: AnalyticsUserDetailsQueryResponse = results(response, "userDetails")
    return page


Starts = frozenset[tuple[str, str]]
"""Kind and start of each stretch in a record."""


@dataclass
class DetailWalk:
    """What the pages of a users' details query brought.

    Attributes:
        records: in the order of the pages; one user may have several, and a status may come twice.
        pages: how many were read.
        total_hits: the platform's count of records at the end.
        moved: that count was another at the end than at the start, also when all pages were read again, or
            it promised many pages more than came.
        known: by user what tells his records apart.
    """

    records: list[AnalyticsUserDetail] = field(default_factory=list)
    pages: int = 0
    total_hits: int = 0
    moved: bool = False
    known: dict[str, set[Starts]] = field(default_factory=dict)

    @property
    def short_by(self) -> int:
        """How many records fewer than ``total_hits`` came; some may be taken out as repeated."""
        return max(0, self.total_hits - sum(map(len, self.known.values())))

    def take(self, records: list[AnalyticsUserDetail], seen: set[tuple[str, Starts]]) -> None:
        """Add a page.

        Args:
            records: of the page.
            seen: keys of the present reading. A record that an earlier one brought with less of its stretches
                is the same: a status has changed between the two.
        """
        self.records += records
        page = set(map(_key, records))
        for user, starts in page:
            mine = self.known.setdefault(user, set())
            if starts not in mine:
                mine -= {
                    one
                    for one in mine
                    if one < starts and (user, one) not in page and (user, one) not in seen
                }
                mine.add(starts)


def all_user_details(
    rest: Rest, interval: str, user_ids: Sequence[str] | None = None, *, page_size: int = PAGE_SIZE
) -> DetailWalk:
    """All pages of a users' details query.

    A page may have fewer records than asked for, and even none, without being the last: what a status that
    spans days repeats is taken out (Genesys' page of user status details). So the end is a page without
    new records that ``totalHits`` does not go beyond. A page of known records only is asked for once more.
    Where ``totalHits`` changed meanwhile, or promised more than came, all pages are read once more.

    Args:
        rest: the connection.
        interval: ISO ``start/end``; `UNFILTERED_DAYS` long at most, with users `FILTERED_DAYS`.
        user_ids: `MOST_USERS` at most; None for all users.
        page_size: records a page, `PAGE_SIZE` at most.

    Raises:
        IncompletePull: more records than the platform pages through.
        GenesysError: the platform refused or did not answer.
    """
    query: UserDetailsQuery = {"interval": interval, "order": "asc"}
    condition = where({"userId": None if user_ids is None else list(user_ids)})
    if condition is not None:
        query["userFilters"] = [condition]
    walk = DetailWalk()
    for _ in range(2):
        _walk(rest, query, walk, page_size)
        if not (walk.moved or walk.short_by):
            break
    return walk


def _walk(rest: Rest, query: UserDetailsQuery, walk: DetailWalk, size: int) -> None:
    """Reads the pages from the first to the last into the walk."""
    totals: list[int] = []
    seen: set[tuple[str, Starts]] = set()
    number = empty = 0

    def page() -> list[AnalyticsUserDetail]:
        query["paging"] = {"pageSize": size, "pageNumber": number}
        answer = user_details(rest, query)
        walk.pages += 1
        total = answer.get("totalHits")
        if isinstance(total, int) and not isinstance(total, bool):
            totals.append(total)
            walk.total_hits = total
        records = answer.get("userDetails") or []
        walk.take(records, seen)
        return records

    while empty < _MOST_EMPTY:
        number += 1
        if number * size > MAX_RESULTS:
            if totals and walk.total_hits <= MAX_RESULTS:
                break  # the page behind the last one cannot be asked for
            raise IncompletePull(
                f"{query['interval']} has more than {MAX_RESULTS:,} records of users, and the platform pages "
                "through no more.",
                hint="Ask for a shorter interval, or for some users.",
            )
        records = page()
        if records and seen.issuperset(map(_key, records)):
            records = page()
        old = len(seen)
        seen.update(map(_key, records))
        empty = 0 if records else empty + 1
        if len(seen) == old and number * size >= walk.total_hits:
            break
    walk.moved = empty >= _MOST_EMPTY or len(set(totals)) > 1


def _key(record: Any) -> tuple[str, Starts]:
    """A record by its user and the starts in it: an end may come between two readings."""
    if not isinstance(record, Mapping):
        return repr(record), frozenset()
    starts = frozenset(
        (kind, repr(one.get("startTime")))
        for kind in ("routingStatus", "primaryPresence")
        if isinstance(stretches := record.get(kind), list)
        for one in stretches
        if isinstance(one, Mapping)
    )
    return repr(record.get("userId")), starts
