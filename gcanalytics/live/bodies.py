"""What a conversation event says of one participant: the fields that the view reads, and no others.

A picture carries some 60 fields a participant; most of the work of decoding is making objects of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import compress
from typing import Any

import msgspec

__all__ = ["MEDIA", "ParticipantBody", "SessionBody", "participant"]

# The array of a participant in which each medium has its sessions, the leading medium of a mixed one first.
MEDIA: Mapping[str, str] = {
    "callbacks": "callback",
    "calls": "voice",
    "chats": "chat",
    "emails": "email",
    "messages": "message",
    "internalMessages": "internalmessage",
    "videos": "video",
    "socialExpressions": "social",
    "screenshares": "screenshare",
    "cobrowsesessions": "cobrowse",
}


class SessionBody(msgspec.Struct, gc=False):
    """One session: a call, a chat, a message, an e-mail, a callback. A value may be of any type."""

    id: Any = None
    state: Any = None
    direction: Any = None
    held: Any = None
    connected_time: Any = msgspec.field(default=None, name="connectedTime")
    disconnected_time: Any = msgspec.field(default=None, name="disconnectedTime")
    start_hold_time: Any = msgspec.field(default=None, name="startHoldTime")
    park_time: Any = msgspec.field(default=None, name="parkTime")
    resume_time: Any = msgspec.field(default=None, name="resumeTime")
    after_call_work: Any = msgspec.field(default=None, name="afterCallWork")


_Sessions = list[SessionBody | None] | None


class ParticipantBody(msgspec.Struct, gc=False):
    """One participant. A value may be of any type; in place of a session that is no object there is None."""

    id: Any = None
    purpose: Any = None
    user_id: Any = msgspec.field(default=None, name="userId")
    queue_id: Any = msgspec.field(default=None, name="queueId")
    name: Any = None
    address: Any = None
    connected_time: Any = msgspec.field(default=None, name="connectedTime")
    end_time: Any = msgspec.field(default=None, name="endTime")
    start_acw_time: Any = msgspec.field(default=None, name="startAcwTime")
    end_acw_time: Any = msgspec.field(default=None, name="endAcwTime")
    wrapup_required: Any = msgspec.field(default=None, name="wrapupRequired")
    wrapup: Any = None
    callbacks: _Sessions = None
    calls: _Sessions = None
    chats: _Sessions = None
    emails: _Sessions = None
    messages: _Sessions = None
    internal_messages: _Sessions = msgspec.field(default=None, name="internalMessages")
    videos: _Sessions = None
    social_expressions: _Sessions = msgspec.field(default=None, name="socialExpressions")
    screenshares: _Sessions = None
    cobrowsesessions: _Sessions = None

    def sessions(self) -> Iterator[tuple[str, _Sessions]]:
        """Its sessions by medium, of the media that it has, in the order of ``MEDIA``."""
        arrays = (
            self.callbacks,
            self.calls,
            self.chats,
            self.emails,
            self.messages,
            self.internal_messages,
            self.videos,
            self.social_expressions,
            self.screenshares,
            self.cobrowsesessions,
        )
        return compress(zip(_MEDIA, arrays, strict=True), arrays)


_MEDIA = tuple(MEDIA.values())
_quick = msgspec.json.Decoder(ParticipantBody).decode
_whole = msgspec.json.Decoder().decode


def participant(raw: msgspec.Raw) -> ParticipantBody | None:
    """One participant of a picture; None for anything but an object.

    Raises:
        msgspec.DecodeError: it is no JSON.
    """
    try:
        return _quick(raw)
    except msgspec.ValidationError:
        return _patient(_whole(raw))


def _patient(body: Any) -> ParticipantBody | None:
    """A participant in which something odd stands in the place of sessions: that alone is left out."""
    if not isinstance(body, dict):
        return None
    for name in MEDIA:
        array = body.get(name)
        body[name] = (
            [session if isinstance(session, dict) else None for session in array]
            if isinstance(array, list)
            else None
        )
    return msgspec.convert(body, ParticipantBody)
