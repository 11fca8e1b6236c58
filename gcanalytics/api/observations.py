"""The endpoint of queue observations and its body: dicts in and out, no frames, no names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gcanalytics.api.aggregates import results, where
from gcanalytics.transport.rest import Rest

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


def queue_observations(rest: Rest, body: Mapping[str, Any]) -> dict[str, Any]:
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
    return results(rest.request("POST", _PATH, json=dict(body), repeatable=True))


def body(
    queue_ids: Sequence[str],
    *,
    media_types: Sequence[str] | None = None,
    metrics: Sequence[str] = (*MEDIA_METRICS, *USER_METRICS),
    detail_metrics: Sequence[str] = DETAIL_METRICS,
) -> dict[str, Any]:
    """The body of a queue observations query (the SDK's ``QueueObservationQuery``; it has no ``groupBy``).

    With ``media_types`` the filter asks for these media only, and the platform then gives no metric of
    agents.

    Args:
        queue_ids: ids of the queues.
        media_types: media asked for, None for all.
        metrics: what is counted.
        detail_metrics: of which the single observations are listed too.
    """
    made: dict[str, Any] = {
        "filter": where({"queueId": list(queue_ids), "mediaType": media_types}),
        "metrics": list(metrics),
    }
    if detail_metrics:
        made["detailMetrics"] = list(detail_metrics)
    return made
