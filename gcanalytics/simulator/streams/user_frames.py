"""Bodies of the users' topics, made from an agent's status. Field names are the official SDK's."""

from __future__ import annotations

from typing import Any

from gcanalytics.simulator.business.organization import User
from gcanalytics.simulator.business.timeline import AgentStatus
from gcanalytics.simulator.records.details import iso


def routing_status(user: User, status: AgentStatus) -> dict[str, Any]:
    """Body of ``v2.users.{id}.routingStatus`` (UserRoutingStatusUserRoutingStatus)."""
    return {"id": user.id, "routingStatus": _routing(status)}


def presence(status: AgentStatus) -> dict[str, Any]:
    """Body of ``v2.users.{id}.presence`` (PresenceEventUserPresence)."""
    return {
        "source": "PURECLOUD",
        "presenceDefinition": _definition(status),
        "primary": True,
        "message": "",
        "modifiedDate": iso(status.presence_since_ms),
    }


def activity(user: User, status: AgentStatus) -> dict[str, Any]:
    """Body of ``v2.users.{id}.activity``, as in the recording of the blog of 2021-06-01."""
    changed = iso(status.presence_since_ms)
    return {
        "id": user.id,
        "routingStatus": _routing(status),
        "presence": {"presenceDefinition": _definition(status), "modifiedDate": changed},
        "outOfOffice": {"active": False, "modifiedDate": changed},
        "activeQueueIds": list(user.queue_ids) if status.on_queue else [],
        "dateActiveQueuesChanged": changed,
    }


def queue_member(queue_id: str, user: User) -> dict[str, Any]:
    """Body of ``v2.routing.queues.{id}.users`` (QueueUserEventTopicQueueMember)."""
    return {
        "id": user.id,
        "user": {"id": user.id},
        "queueId": queue_id,
        "joined": True,
        "additionalProperties": {},
    }


def _routing(status: AgentStatus) -> dict[str, Any]:
    return {"status": status.routing_status, "startTime": iso(status.since_ms)}


def _definition(status: AgentStatus) -> dict[str, Any]:
    return {"id": status.presence_id, "systemPresence": status.system_presence}
