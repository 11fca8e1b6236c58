"""The present of some queues by REST, as a snapshot for the live state. Two reads, no state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from gcanalytics.api import observations
from gcanalytics.api.routing import queue_members
from gcanalytics.errors import IncompletePull, PermissionDenied

from .pictures import Status, milliseconds
from .shapes import Agent, Observed, Snapshot

if TYPE_CHECKING:
    from gcanalytics.contract.answers import (
        ObservationMetricData,
        ObservationValue,
        QueueMember,
        QueueObservationQueryResponse,
    )
    from gcanalytics.transport.rest import Rest

__all__ = ["agents", "conversations", "observed"]

T = TypeVar("T")

_STATUSES = "oUserRoutingStatuses"
_STATUS: dict[str, Status] = {"oWaiting": "waiting", "oAlerting": "alerting", "oInteracting": "interacting"}


def conversations(rest: Rest, queue_ids: Sequence[str]) -> Snapshot:
    """Who waits, alerts and talks now; of the agents only how many have which status. One request.

    Raises:
        PermissionDenied: ``analytics:queueObservation:view`` is missing. Also all errors of the transport.
    """
    metrics = (*observations.MEDIA_METRICS, _STATUSES)
    body = observations.body(queue_ids, metrics=metrics, detail_metrics=observations.MEDIA_METRICS)
    return observed(observations.queue_observations(rest, body))


def observed(answer: QueueObservationQueryResponse) -> Snapshot:
    """The snapshot in the answer of a queue observations query; what cannot be read is left out."""
    found: dict[str, Observed] = {}
    counts: dict[tuple[str, str, str], int] = {}
    truncated: set[tuple[str, str, str]] = set()
    statuses: dict[str, int] = {}
    for result in _dicts(answer.get("results")):
        group = result.get("group")
        queue_id, media = (
            (group.get("queueId"), group.get("mediaType")) if isinstance(group, dict) else (None, None)
        )
        if not isinstance(queue_id, str):
            continue
        for datum in _dicts(result.get("data")):
            metric, qualifier = datum.get("metric"), datum.get("qualifier")
            if metric == _STATUSES and isinstance(qualifier, str):
                statuses[qualifier] = statuses.get(qualifier, 0) + _count(datum)
            if not isinstance(metric, str) or metric not in _STATUS or not isinstance(media, str):
                continue
            counts[queue_id, media, metric] = _count(datum)
            listed = _dicts(datum.get("observations"))
            for entry in listed:
                one = _one(entry, _STATUS[metric], queue_id, media)
                if one is not None:
                    found[one.conversation_id] = one
            if datum.get("truncated") is True:
                truncated.add((queue_id, media, metric))
    return Snapshot(tuple(found.values()), counts, frozenset(truncated), statuses=statuses)


def _count(datum: ObservationMetricData) -> int:
    stats = datum.get("stats")
    count = stats.get("count") if isinstance(stats, dict) else None
    return int(count) if isinstance(count, int | float) else 0


def _one(entry: ObservationValue, status: Status, queue_id: str, media: str) -> Observed | None:
    conversation_id = entry.get("conversationId")
    if not isinstance(conversation_id, str):
        return None
    texts = {key: value for key, value in entry.items() if isinstance(value, str) and value}
    return Observed(
        conversation_id,
        status,
        queue_id,
        media,
        milliseconds(entry.get("observationDate")),
        texts.get("direction"),
        texts.get("userId"),
        texts.get("ani") or texts.get("addressFrom"),
    )


def agents(
    rest: Rest, queue_ids: Collection[str], *, on_short: Callable[[IncompletePull], None]
) -> tuple[Agent, ...] | None:
    """The queues' members with their routing statuses; None where the permission is missing.

    A request for each hundred members of each queue.

    Args:
        rest: the connection.
        queue_ids: the queues.
        on_short: told of a queue whose members the platform gave in part.

    Raises:
        GenesysError: all errors of the transport but a missing permission.
    """
    found: dict[str, Agent] = {}
    try:
        for queue_id in queue_ids:
            for member in _members(rest, queue_id, on_short):
                _add_member(found, queue_id, member)
    except PermissionDenied:
        return None
    return tuple(found.values())


def _members(rest: Rest, queue_id: str, on_short: Callable[[IncompletePull], None]) -> list[QueueMember]:
    try:
        return queue_members(rest, queue_id, expand=("routingStatus",))
    except IncompletePull as short:
        on_short(short)
        return short.found


def _add_member(found: dict[str, Agent], queue_id: str, member: QueueMember) -> None:
    user_id, user = member.get("id"), member.get("user")
    if not isinstance(user_id, str):
        return
    agent = found.setdefault(user_id, Agent(user_id))
    agent.joined[queue_id] = member.get("joined") is not False
    name = member.get("name") or (user.get("name") if isinstance(user, dict) else None)
    agent.name = name if isinstance(name, str) else agent.name or user_id
    told = member.get("routingStatus")
    if isinstance(told, dict) and isinstance(told.get("status"), str):
        agent.status, agent.since_ms = told["status"], milliseconds(told.get("startTime"))


def _dicts(value: list[T] | None) -> list[T]:
    """The objects in what should be a list of objects."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
