"""The endpoint of queue observations and its body: dicts in and out, no frames, no names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gcanalytics.api.aggregates import results, where
from gcanalytics.transport.rest import Rest

if TYPE_CHECKING:
    from gcanalytics.contract.answers import QueueObservationQueryResponse
    from gcanalytics.contract.bodies import QueueObservationQuery

_PATH = "/api/v2/analytics/queues/observations/query"

MEDIA_METRICS = ("oWaiting", "oAlerting", "oInteracting")
"""Counts of conversations, of one queue and medium."""

USER_METRICS = (
    "oUserRoutingStatuses",
    "oUserPresences",
    "oOnQueueUsers",
    "oOffQueueUsers",
    "oActiveUsers",
    "oMemberUsers",
)
"""Counts of agents, of one queue, in the group without a medium."""

DETAIL_METRICS = MEDIA_METRICS
"""Metrics whose single observations are asked for too."""


def queue_observations(rest: Rest, body: QueueObservationQuery) -> QueueObservationQueryResponse:
    """The answer of ``POST /api/v2/analytics/queues/observations/query``.

    Permission ``analytics:queueObservation:view``. Metrics of agents come in the group without
    ``mediaType``, those of conversations in the groups with it (the real-time tutorial's recorded answer).
    A qualifier that counts nothing is omitted. The POST only reads, so it may be sent again.

    Args:
        rest: the connection.
        body: see `body`.

    Raises:
        GenesysError: the platform refused, did not answer, or answered no JSON object.
    """
    answer: QueueObservationQueryResponse = results(
        rest.request("POST", _PATH, json=dict(body), repeatable=True)
    )
    return answer


def body(
    queue_ids: Sequence[str],
    *,
    media_types: Sequence[str] | None = None,
    metrics: Sequence[str] = (*MEDIA_METRICS, *USER_METRICS),
    detail_metrics: Sequence[str] = DETAIL_METRICS,
) -> QueueObservationQuery:
    """The body of a queue observations query (the SDK's ``QueueObservationQuery``; it has no ``groupBy``).

    With ``media_types`` the filter asks for these media only, and the platform then gives no metric of
    agents.

    Args:
        queue_ids: ids of the queues.
        media_types: media asked for, None for all.
        metrics: what is counted.
        detail_metrics: of which the single observations are listed too.

    Raises:
        QueryError: no queue or no medium is named.
    """
    condition = where({"queueId": list(queue_ids), "mediaType": media_types})
    assert condition is not None  # there is a list of queues, and an empty one is refused
    made: QueueObservationQuery = {"filter": condition, "metrics": list(metrics)}
    if detail_metrics:
        made["detailMetrics"] = list(detail_metrics)
    return made
