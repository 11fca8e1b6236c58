"""Bodies of the conversation topics, made from a picture: the full shape and the flat shapes of one medium.

Field names and enums are the official SDK's (QueueConversationEventTopic... and its Call and Chat twins). The
shapes differ: the full one nests the communication in the participant, the flat ones put state, direction and
disconnectType on the participant itself.
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant, Session

DISCONNECT: Final = {
    "conferenceTransfer": "transfer.conference",
    "consultTransfer": "transfer.consult",
    "forwardTransfer": "transfer.forward",
    "noAnswerTransfer": "transfer.noanswer",
    "notAvailableTransfer": "transfer.notavailable",
    "dndTransfer": "transfer.dnd",
    "dndEndpoint": "endpoint.dnd",
    "transportFailure": "transport.failure",
}
"""Events spell these otherwise than the details records do; the rest is the same (enums of the SDK)."""

ALERT_TIMEOUT_S: Final = {"voice": 8, "chat": 30}
"""As the queues' media settings say; 8 s is in the recorded call."""
WRAP_UP_TIMEOUT_MS: Final = 60_000
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
_ARRAY_OF: Final = {"voice": "calls", "chat": "chats"}
FLAT_TOPIC: Final = {"voice": "calls", "chat": "chats"}
"""Last word of the topic that carries a medium's flat shape."""


def full(picture: Picture) -> dict[str, Any]:
    """Body of ``v2.routing.queues.{id}.conversations``: the whole conversation as it stands.

    Unset fields are left out, as in the platform's events; empty lists of other media are there.
    """
    conversation = picture.conversation
    body: dict[str, Any] = {
        "id": conversation.id,
        "participants": [_participant(picture, each) for each in picture.participants],
        "recentTransfers": [],
        "divisions": _divisions(picture),
        "securePause": False,
    }
    if conversation.media == "voice":
        body["maxParticipants"] = 20
        body["recordingState"] = "active" if _recorded(picture.customer.session) else "none"
        body["address"] = conversation.address
    return body


def flat(picture: Picture) -> dict[str, Any]:
    """Body of ``.conversations.calls`` or ``.conversations.chats``, by the conversation's medium."""
    conversation = picture.conversation
    body: dict[str, Any] = {
        "id": conversation.id,
        "participants": [_flat_participant(picture, each) for each in picture.participants],
        "otherMediaUris": [],
        "divisions": _divisions(picture),
    }
    if conversation.media == "voice":
        body["recordingState"] = "active" if _recorded(picture.customer.session) else "none"
        body["securePause"] = False
        body["maxParticipants"] = 20
        body["address"] = conversation.address
    return body


def _participant(picture: Picture, participant: Participant) -> dict[str, Any]:
    body = _common(picture, participant)
    body["mediaRoles"] = ["full"]
    if participant.user_id:
        body["userId"] = participant.user_id
    if participant.queue_id:
        body["queueId"] = participant.queue_id
    for name in _ARRAYS:
        body[name] = []
    make = _call if picture.conversation.media == "voice" else _chat
    body[_ARRAY_OF[picture.conversation.media]] = [
        make(picture, participant, session) for session in participant.sessions
    ]
    return body


def _common(picture: Picture, participant: Participant) -> dict[str, Any]:
    """What both shapes say of a participant under the same names."""
    body: dict[str, Any] = {
        "id": participant.id,
        "name": _name(picture, participant),
        "purpose": participant.purpose,
        "wrapupRequired": participant.wrapup_required,
        "attributes": dict(picture.conversation.attributes) if participant.purpose == "customer" else {},
    }
    _stamp(body, connectedTime=participant.connected_ms, endTime=participant.ended_ms)
    _stamp(body, startAcwTime=participant.acw_start_ms, endAcwTime=participant.acw_end_ms)
    if participant.address:
        body["address"] = participant.address
    if participant.purpose == "agent":
        body["wrapupPrompt"] = "timeout"
        body["wrapupTimeoutMs"] = WRAP_UP_TIMEOUT_MS
        body["alertingTimeoutMs"] = ALERT_TIMEOUT_S[picture.conversation.media] * 1000
    if participant.purpose in {"agent", "acd"} and participant.queue_id:
        body["conversationRoutingData"] = _routing(picture, participant)
    if participant.wrap_up_code and participant.acw_end_ms is not None:
        body["wrapup"] = _wrap_up(participant, participant.acw_end_ms)
    return body


def _call(picture: Picture, participant: Participant, session: Session) -> dict[str, Any]:
    conversation = picture.conversation
    recorded = _recorded(session)
    return {
        **_communication(picture, participant, session),
        "direction": session.direction,
        "recording": recorded,
        "recordingState": "active" if recorded else "none",
        "muted": False,
        "confined": False,
        "securePause": False,
        # "self" is the side of the contact center: the number that was called.
        "self": {"name": "", "addressNormalized": conversation.called_number or ""},
        "other": {"name": conversation.customer_name, "addressNormalized": conversation.address},
        "disconnectReasons": [],
    }


def _chat(picture: Picture, participant: Participant, session: Session) -> dict[str, Any]:
    return {**_communication(picture, participant, session), "roomId": room_id(picture.conversation.id)}


def _communication(picture: Picture, participant: Participant, session: Session) -> dict[str, Any]:
    """What calls and chats have in common."""
    body: dict[str, Any] = {
        "id": session.id,
        "state": session.state,
        "initialState": _initial(participant),
        "held": session.held,
        "provider": picture.provider,
        "afterCallWork": _after_call_work(participant),
        "afterCallWorkRequired": participant.purpose == "agent",
    }
    if session.peer_id:
        body["peerId"] = session.peer_id
    if session.disconnect and session.ended_ms is not None:
        body["disconnectType"] = DISCONNECT.get(session.disconnect, session.disconnect)
    if participant.purpose == "agent":
        body["queueMediaSettings"] = {"alertingTimeoutSeconds": ALERT_TIMEOUT_S[picture.conversation.media]}
    _stamp(body, connectedTime=session.connected_ms, disconnectedTime=session.ended_ms)
    _stamp(body, startHoldTime=session.segments[-1].start_ms if session.held else None)
    return body


def _flat_participant(picture: Picture, participant: Participant) -> dict[str, Any]:
    session = participant.session
    conversation = picture.conversation
    body = _common(picture, participant) | {
        "state": session.state,
        "initialState": _initial(participant),
        "direction": session.direction,
        "held": session.held,
        "provider": picture.provider,
        "mediaRoles": ["full"],
    }
    _stamp(body, startTime=session.started_ms)
    _stamp(body, startHoldTime=session.segments[-1].start_ms if session.held else None)
    if session.disconnect and session.ended_ms is not None:
        body["disconnectType"] = DISCONNECT.get(session.disconnect, session.disconnect)
    if session.peer_id:
        body["peer"] = session.peer_id
    if participant.user_id:
        body["user"] = {"id": participant.user_id, "name": _name(picture, participant)}
    if participant.queue_id:
        queue = conversation.organization.queues_by_id[participant.queue_id]
        body["queue"] = {"id": queue.id, "name": queue.name}
    if conversation.media == "voice":
        recorded = _recorded(session)
        body |= {"muted": False, "confined": False, "securePause": False, "recording": recorded}
        body |= {"recordingState": "active" if recorded else "none"}
        body |= {"ani": session.ani or "", "dnis": session.dnis or ""}
    else:
        body["roomId"] = room_id(conversation.id)
    return body


def room_id(conversation_id: str) -> str:
    """The chat room of a conversation, of the recorded form (``...@conference.<domain>``)."""
    return f"{conversation_id.replace('-', '')}@conference.simulator.example"


def _name(picture: Picture, participant: Participant) -> str:
    if participant.user_id:
        user = picture.conversation.organization.users_by_id.get(participant.user_id)
        if user is not None:
            return user.name
    return participant.name or ""


def _initial(participant: Participant) -> str:
    return "alerting" if participant.purpose == "agent" else "connected"


def _recorded(session: Session) -> bool:
    return (
        session.media == "voice" and session.state == "connected" and session.purpose in {"customer", "agent"}
    )


def _after_call_work(participant: Participant) -> dict[str, Any]:
    if participant.acw_start_ms is None:
        return {}
    body: dict[str, Any] = {"state": "pending" if participant.acw_end_ms is None else "complete"}
    _stamp(body, startTime=participant.acw_start_ms, endTime=participant.acw_end_ms)
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
    body: dict[str, Any] = {"queue": {"id": queue.id, "name": queue.name}, "priority": 0, "skills": []}
    if participant.session.skill_id:
        body["skills"] = [{"id": participant.session.skill_id}]
    if conversation.language_id:
        body["language"] = {"id": conversation.language_id}
    return body


def _divisions(picture: Picture) -> list[dict[str, Any]]:
    organization = picture.conversation.organization
    members: dict[str, list[dict[str, str]]] = {division_id: [] for division_id in picture.division_ids}
    for queue_id in picture.queue_ids:
        members[organization.queues_by_id[queue_id].division_id].append({"id": queue_id})
    return [{"division": {"id": division}, "entities": entities} for division, entities in members.items()]


def _stamp(body: dict[str, Any], **instants: int | None) -> None:
    """Add the instants that are known, as ISO texts."""
    body.update({name: iso(at_ms) for name, at_ms in instants.items() if at_ms is not None})
