"""Bodies of the users' topics, made from an agent's status. Field names are the official SDK's."""

from __future__ import annotations

from typing import Any

from gcanalytics.simulator.business.organization import User
from gcanalytics.simulator.business.timeline import AgentStatus
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.rest.directory import CREATED, logged_on


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


def activity(user: User, status: AgentStatus, queue_joins: str) -> dict[str, Any]:
    """Body of ``v2.users.{id}.activity``, as in the recording of the blog of 2021-06-01.

    There, somebody off queue has active queues since months: activation is not being on queue. With
    ``queue_joins`` as ``shift`` it lasts as long as he is logged on.
    """
    changed = iso(status.presence_since_ms)
    joins = queue_joins == "shift"
    return {
        "id": user.id,
        "routingStatus": _routing(status),
        "presence": {"presenceDefinition": _definition(status), "modifiedDate": changed},
        "outOfOffice": {"active": False, "modifiedDate": CREATED},
        "activeQueueIds": list(user.queue_ids) if logged_on(status) or not joins else [],
        "dateActiveQueuesChanged": changed if joins else CREATED,
    }


def queue_member(queue_id: str, user: User, *, joined: bool) -> dict[str, Any]:
    """Body of ``v2.routing.queues.{id}.users`` (QueueUserEventTopicQueueMember)."""
    return {
        "id": user.id,
        "user": {"id": user.id},
        "queueId": queue_id,
        "joined": joined,
        "additionalProperties": {},
    }


def _routing(status: AgentStatus) -> dict[str, Any]:
    return {"status": status.routing_status, "startTime": iso(status.since_ms)}


def _definition(status: AgentStatus) -> dict[str, Any]:
    return {"id": status.presence_id, "systemPresence": status.system_presence}
