"""The queries about users and their bodies: dicts in and out, no frames, no names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gcanalytics.api.aggregates import body, results, where
from gcanalytics.transport.rest import Rest

if TYPE_CHECKING:
    from gcanalytics.contract.answers import UserAggregateQueryResponse
    from gcanalytics.contract.bodies import UserAggregationQuery

MOST_USERS = 100
"""Users that one query may name (Genesys' page of user status aggregates)."""

STATUS_METRICS = ("tAgentRoutingStatus", "tSystemPresence", "tOrganizationPresence")
"""All metrics of a users' aggregates query."""

_AGGREGATES = "/api/v2/analytics/users/aggregates/query"


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
