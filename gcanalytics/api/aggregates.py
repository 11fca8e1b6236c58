"""The endpoint of conversation aggregates and its body: dicts in and out, no frames, no names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from gcanalytics.errors import QueryError
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest

if TYPE_CHECKING:
    from gcanalytics.contract.answers import ConversationAggregateQueryResponse
    from gcanalytics.contract.bodies import (
        ConversationAggregateQueryClause,
        ConversationAggregateQueryFilter,
        ConversationAggregateQueryPredicate,
        ConversationAggregationQuery,
    )

__all__ = ["Rest", "body", "conversation_aggregates", "results", "where"]

_PATH = "/api/v2/analytics/conversations/aggregates/query"


def conversation_aggregates(
    rest: Rest, body: ConversationAggregationQuery
) -> ConversationAggregateQueryResponse:
    """The answer of ``POST /api/v2/analytics/conversations/aggregates/query``.

    Permission ``analytics:conversationAggregate:view``. A metric without data is omitted, and a query without
    data has empty or no ``results`` (Genesys' page of conversation aggregates). The POST only reads, so it
    may be sent again.

    Args:
        rest: the connection.
        body: see `body`.

    Raises:
        GenesysError: the platform refused, did not answer, or answered no JSON object.
    """
    answer: ConversationAggregateQueryResponse = results(
        rest.request("POST", _PATH, json=dict(body), repeatable=True)
    )
    return answer


def results(response: ApiResponse, name: str = "results") -> Any:
    """The JSON object of an analytics answer, whose list is one or missing; the caller names its type.

    Args:
        response: the answer.
        name: the key of its list.

    Raises:
        ApiError: it is no object, or what stands under the key is no list.
    """
    answer = response.data
    if not isinstance(answer, dict) or not isinstance(answer.get(name, []), list | None):
        raise response.error(f"The platform's answer is no JSON object with a list of {name}.")
    return answer


def body(
    interval: str,
    metrics: Sequence[str],
    *,
    group_by: Sequence[str] = (),
    granularity: str | None = None,
    time_zone: str | None = None,
    condition: ConversationAggregateQueryFilter | None = None,
) -> ConversationAggregationQuery:
    """The body of an aggregates query (the SDK's ``ConversationAggregationQuery``).

    Args:
        interval: ISO ``start/end``.
        metrics: names of metrics.
        group_by: names of dimensions; the platform adds ``mediaType`` by itself.
        granularity: ISO duration of a bucket; None for one bucket, the whole interval.
        time_zone: IANA name of the zone whose clock cuts the buckets, UTC by default.
        condition: the filter, as `where` builds it.
    """
    made: ConversationAggregationQuery = {"interval": interval, "metrics": list(metrics)}
    if group_by:
        made["groupBy"] = list(group_by)
    if granularity:
        made["granularity"] = granularity
    if time_zone:
        made["timeZone"] = time_zone
    if condition:
        made["filter"] = condition
    return made


def where(
    wanted: Mapping[str, Sequence[str] | None], *, and_also: Mapping[str, Any] | None = None
) -> ConversationAggregateQueryFilter | None:
    """A filter: of each dimension one of the values; None where nothing is asked.

    Args:
        wanted: dimension to its values; None leaves it free.
        and_also: a filter in the platform's own form that must hold too.

    Raises:
        QueryError: an empty list, or ``and_also`` is nested too deeply to be joined (the platform takes two
            levels).
    """
    clauses = [_clause(dimension, values) for dimension, values in wanted.items() if values is not None]
    if not and_also:
        return {"type": "and", "clauses": clauses} if clauses else None
    theirs = cast("ConversationAggregateQueryFilter", dict(and_also))  # the platform judges what users write
    if not clauses:
        return theirs
    if theirs.get("type") == "and":
        joined: ConversationAggregateQueryFilter = {
            "type": "and",
            "clauses": [*clauses, *theirs.get("clauses", [])],
        }
        if predicates := theirs.get("predicates"):
            joined["predicates"] = list(predicates)
        return joined
    if theirs.get("clauses"):
        raise QueryError(
            "This filter of type 'or' has clauses of its own and cannot be joined with queue= or "
            "media_type=: put those into the filter, as dimensions queueId and mediaType"
        )
    return {"type": "and", "clauses": [*clauses, cast("ConversationAggregateQueryClause", theirs)]}


def _clause(dimension: str, values: Sequence[str]) -> ConversationAggregateQueryClause:
    if not values:
        raise QueryError(f"An empty list for {dimension} would match nothing; leave it out for all.")
    predicates: list[ConversationAggregateQueryPredicate] = [
        {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value}
        for value in values
    ]
    return {"type": "or", "predicates": predicates}
