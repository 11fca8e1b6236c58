"""JSON of the guest chat endpoints and of the event stream, read into typed values. No network.

What is missing, null or of a wrong kind is left out, never an exception: the platform may add and omit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gcanalytics.guestchat.events import (
    Event,
    Heartbeat,
    Joined,
    Left,
    MediaRequest,
    MediaRequested,
    Member,
    MemberChange,
    Message,
    Said,
    Typing,
)


def message(source: Any, own_id: str) -> Message:
    """A message from a WebChatMessage, as an answer or as an event's body."""
    raw = _object(source)
    sender = _text(_object(raw.get("sender")).get("id"))
    return Message(
        id=_text(raw.get("id")),
        conversation_id=_text(_object(raw.get("conversation")).get("id")),
        sender_id=sender,
        body=_text(raw.get("body")),
        body_type=_text(raw.get("bodyType")) or "standard",
        timestamp=instant(raw.get("timestamp")),
        own=sender == own_id,
    )


def said(source: Any, own_id: str) -> Said:
    """A message, or what the platform sends in a message's clothes: coming, going, asking for a medium.

    ``member-join`` and ``member-leave`` are body types of messages whose sender is the member meant
    (seen in a third party's chat widget).
    """
    read = message(source, own_id)
    if read.body_type == "member-join":
        return Joined(read.sender_id, read.timestamp, read.id)
    if read.body_type == "member-leave":
        return Left(read.sender_id, read.timestamp, read.id)
    if read.body_type == "media-request":
        return MediaRequested(read.sender_id, read.body, read.timestamp, read.id)
    return read


def media_request(source: Any) -> MediaRequest:
    """A request from a WebChatGuestMediaRequest."""
    raw = _object(source)
    types = raw.get("types")
    return MediaRequest(
        id=_text(raw.get("id")),
        types=tuple(each for each in types if isinstance(each, str)) if isinstance(types, list) else (),
        state=_text(raw.get("state")) or None,
        name=_text(raw.get("name")) or None,
        communication_id=_text(raw.get("communicationId")) or None,
        security_key=_text(raw.get("securityKey")) or None,
    )


def typing(source: Any, own_id: str) -> Typing:
    """Somebody's typing from a WebChatTyping."""
    raw = _object(source)
    sender = _text(_object(raw.get("sender")).get("id"))
    return Typing(sender, sender == own_id, instant(raw.get("timestamp")))


def member(source: Any) -> Member:
    """A member from a WebChatMemberInfo."""
    raw = _object(source)
    custom = _object(raw.get("customFields"))
    return Member(
        id=_text(raw.get("id")),
        role=_text(raw.get("role")) or None,
        state=_text(raw.get("state")) or None,
        display_name=_text(raw.get("displayName")) or None,
        first_name=_text(raw.get("firstName")) or None,
        last_name=_text(raw.get("lastName")) or None,
        email=_text(raw.get("email")) or None,
        phone_number=_text(raw.get("phoneNumber")) or None,
        avatar_url=_text(raw.get("avatarImageUrl")) or None,
        joined_at=instant(raw.get("joinDate")),
        left_at=instant(raw.get("leaveDate")),
        authenticated=raw.get("authenticatedGuest") is True,
        custom_fields={name: value for name, value in custom.items() if isinstance(value, str)},
    )


def event(topic: str, body: Any, metadata: Any, own_id: str) -> Event | None:
    """The event of a frame of the stream; None for what this version does not know.

    Shapes recorded in 2019: the topic is ``v2.conversations.chats.<id>.messages`` or ``.members`` and
    ``metadata.type`` says ``message``, ``typing-indicator`` or ``member-change``; ``channel.metadata`` is the
    topic of heartbeats, as on every event stream of the platform.
    """
    body = _object(body)
    if topic.casefold() == "channel.metadata":
        return Heartbeat(_text(body.get("message")))
    kind = _text(_object(metadata).get("type")) or _guessed(topic.casefold(), body)
    if kind == "message":
        return said(body, own_id)
    if kind == "typing-indicator":
        return typing(body, own_id)
    if kind == "member-change":
        who = _object(body.get("member"))
        changed = _text(who.get("id"))
        return MemberChange(
            changed,
            _text(who.get("state")),
            _text(who.get("role")) or None,
            changed == own_id,
            instant(body.get("timestamp")),
        )
    return None


def _guessed(topic: str, body: dict[str, Any]) -> str:
    """The kind of a frame without ``metadata.type``, from its topic and its body."""
    if topic.startswith("v2.conversations.chats."):
        if topic.endswith(".members"):
            return "member-change"
        if topic.endswith(".messages"):
            return "message" if "bodyType" in body or "body" in body else "typing-indicator"
    return ""


def instant(value: Any) -> datetime | None:
    """An aware UTC datetime from ISO-8601 text (without an offset: UTC), or None."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
