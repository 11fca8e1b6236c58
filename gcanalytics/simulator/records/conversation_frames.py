"""Bodies of the full conversation topic, made from a picture.

Field names and enums are the official SDK's (QueueConversationEventTopic...). A participant's sessions are in
the array of their medium (``communications``); the flat shapes of one medium are in ``flat_frames``.
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.records.aftermath.attributes import attributes
from gcanalytics.simulator.records.communications import (
    ALERT_TIMEOUT_S,
    ARRAY_OF,
    WRAP_UP_TIMEOUT_MS,
    communication,
    party_name,
    recorded,
    stamp,
)
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant

_ARRAYS: Final = (
    "calls",
    "callbacks",
    "chats",
    "cobrowsesessions",
    "emails",
    "messages",
    "screenshares",
    "socialExpressions",
    "videos",
)


def full(picture: Picture) -> dict[str, Any]:
    """Body of ``v2.routing.queues.{id}.conversations``: the whole conversation as it stands.

    Unset fields are left out, as in the platform's events; empty lists of other media are there.
    """
    conversation = picture.conversation
    body: dict[str, Any] = {
        "id": conversation.id,
        "participants": [_participant(picture, each) for each in picture.participants],
        "recentTransfers": [],
        "divisions": divisions(picture),
        "securePause": False,
    }
    if conversation.media == "voice":
        body["maxParticipants"] = 20
        body["recordingState"] = "active" if recorded(picture.customer.session) else "none"
    if conversation.media in {"voice", "email"}:
        body["address"] = conversation.address
    return body


def _participant(picture: Picture, participant: Participant) -> dict[str, Any]:
    body = common(picture, participant)
    body["mediaRoles"] = ["full"]
    if participant.user_id:
        body["userId"] = participant.user_id
    if participant.queue_id:
        body["queueId"] = participant.queue_id
    for name in _ARRAYS:
        body[name] = []
    for session in participant.sessions:
        body[ARRAY_OF[session.media]].append(communication(picture, participant, session))
    return body


def common(picture: Picture, participant: Participant) -> dict[str, Any]:
    """What both shapes say of a participant under the same names."""
    body: dict[str, Any] = {
        "id": participant.id,
        "name": party_name(picture, participant),
        "purpose": participant.purpose,
        "wrapupRequired": participant.wrapup_required,
        "attributes": attributes(picture, participant),
    }
    stamp(body, connectedTime=participant.connected_ms, endTime=participant.ended_ms)
    stamp(body, startAcwTime=participant.acw_start_ms, endAcwTime=participant.acw_end_ms)
    if participant.address:
        body["address"] = participant.address
    if participant.purpose == "agent":
        body["wrapupPrompt"] = "timeout"
        body["wrapupTimeoutMs"] = WRAP_UP_TIMEOUT_MS
        body["alertingTimeoutMs"] = ALERT_TIMEOUT_S[participant.session.media] * 1000
    if participant.purpose in {"agent", "acd"} and participant.queue_id:
        body["conversationRoutingData"] = _routing(picture, participant)
    if participant.wrap_up_code and participant.acw_end_ms is not None:
        body["wrapup"] = _wrap_up(participant, participant.acw_end_ms)
    return body


def _wrap_up(participant: Participant, end_ms: int) -> dict[str, Any]:
    started_ms = participant.acw_start_ms if participant.acw_start_ms is not None else end_ms
    return {
        "code": participant.wrap_up_code,
        "durationSeconds": (end_ms - started_ms) // 1000,
        "endTime": iso(end_ms),
    }


def _routing(picture: Picture, participant: Participant) -> dict[str, Any]:
    conversation = picture.conversation
    queue = conversation.organization.queues_by_id[participant.queue_id or ""]
    body: dict[str, Any] = {
        "queue": {"id": queue.id, "name": queue.name},
        "priority": conversation.priority,
        "skills": [{"id": skill_id} for skill_id in participant.session.skill_ids],
    }
    if conversation.language_id:
        body["language"] = {"id": conversation.language_id}
    return body


def divisions(picture: Picture) -> list[dict[str, Any]]:
    """The divisions of the queues that it has touched, with these."""
    organization = picture.conversation.organization
    members: dict[str, list[dict[str, str]]] = {division_id: [] for division_id in picture.division_ids}
    for queue_id in picture.queue_ids:
        members[organization.queues_by_id[queue_id].division_id].append({"id": queue_id})
    return [{"division": {"id": division}, "entities": entities} for division, entities in members.items()]
