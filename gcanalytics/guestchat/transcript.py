"""What a chat has heard so far: its words, its people, who types; and the words as a DataFrame.

Fed by the chat from whatever it reads; asks the platform nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gcanalytics.guestchat.events import (
    Closing,
    Event,
    Joined,
    MediaRequested,
    Member,
    MemberChange,
    Message,
    Said,
    Typing,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TRANSCRIPT", "Line", "Picture", "Record", "transcript"]

TRANSCRIPT: Final[Mapping[str, str]] = {
    "conversationId": "text",
    "time": "instant",
    "role": "text",
    "name": "text",
    "own": "yes",
    "body": "text",
    "body_type": "text",
    "member_id": "text",
    "message_id": "text",
}
"""A row a message, the oldest first, with the comings and goings: name and kind of each column.

``conversationId`` is the chat's, as in the history. ``time`` is the platform's (null where it told none).
``role`` (AGENT, CUSTOMER, WORKFLOW, ACD) and ``name`` are the sender's, null where nobody told them. ``own``:
whether this guest sent it. ``body_type`` is ``standard``, ``notice`` or ``media-request``, or ``member-join``
and ``member-leave``, whose ``body`` is null; ``member_id`` is then who came or went.
"""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

TYPING_S: Final = 6.0
"""How long somebody counts as typing: the platform tells the beginning and no end."""


@dataclass(frozen=True)
class Line:
    """One message, coming or going, with what is known of its sender."""

    time: datetime | None
    role: str | None
    name: str | None
    own: bool
    body: str | None
    body_type: str
    member_id: str
    message_id: str


@dataclass(frozen=True)
class Picture:
    """A chat at one moment.

    Attributes:
        lines: what was said, the oldest first.
        here: who is in the chat, the guest included.
        typing: names of the others who are typing.
        closing: how the stream ended or was cut, None while it flows.
    """

    lines: tuple[Line, ...]
    here: tuple[Member, ...]
    typing: tuple[str, ...]
    closing: Closing | None


class Record:
    """What is known of a chat; any thread may write and read it.

    Args:
        member_id: the guest's own id.
        clock: monotonic seconds.
    """

    def __init__(self, member_id: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._own = member_id
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, Said] = {}
        self._members: dict[str, Member] = {}
        self._met: set[str] = set()
        self._typing: dict[str, float] = {}
        self._closing: Closing | None = None

    def heard(self, event: Event) -> None:
        """An event of the stream."""
        with self._lock:
            if not isinstance(event, Closing):
                self._closing = self._closing if self._closing and self._closing.final else None
            if isinstance(event, Said):
                self._keep(event)
            elif isinstance(event, Typing) and not event.own:
                self._typing[event.member_id] = self._clock()
            elif isinstance(event, MemberChange):
                known = self._members.get(event.member_id, Member(event.member_id))
                self._members[event.member_id] = replace(
                    known, state=event.state, role=event.role or known.role
                )
            elif isinstance(event, Closing) and not (self._closing and self._closing.final):
                self._closing = event

    def read(self, said: Iterable[Event]) -> None:
        """Messages that were asked for, or the answer to one that was sent."""
        with self._lock:
            for each in said:
                if isinstance(each, Said):
                    self._keep(each)

    def met(self, members: Iterable[Member]) -> None:
        """Members that were asked for."""
        with self._lock:
            found = {member.id: member for member in members}
            self._members |= found
            self._met |= set(found)

    def strangers(self) -> bool:
        """Whether somebody spoke, came or was called who is none of the members that were asked for."""
        with self._lock:
            spoken = {_sender(each) for each in self._said.values()} | set(self._members)
            return bool(spoken - self._met - {""})

    def lines(self) -> tuple[Line, ...]:
        """What was said, the oldest first."""
        with self._lock:
            return self._lines()

    def picture(self) -> Picture:
        """The chat as it is now."""
        with self._lock:
            since = self._clock() - TYPING_S
            typing = [who for who, at in self._typing.items() if at > since and self._there(who)]
            return Picture(
                lines=self._lines(),
                here=tuple(each for each in self._members.values() if each.state == "CONNECTED"),
                typing=tuple(self._called(who) for who in typing),
                closing=self._closing,
            )

    def _there(self, member_id: str) -> bool:
        member = self._members.get(member_id)
        return member is None or member.state != "DISCONNECTED"

    def _called(self, member_id: str) -> str:
        member = self._members.get(member_id)
        return (member and (member.display_name or member.role)) or "Somebody"

    def _keep(self, event: Said) -> None:
        key = event.id if isinstance(event, Message) else event.message_id
        self._said[key or f"{type(event).__name__} {event.timestamp} {_sender(event)}"] = event
        self._typing.pop(_sender(event), None)

    def _lines(self) -> tuple[Line, ...]:
        return tuple(sorted((self._line(each) for each in self._said.values()), key=_when))

    def _line(self, each: Said) -> Line:
        who = _sender(each)
        member = self._members.get(who)
        role = member.role if member else None
        name = member.display_name if member else None
        own = who == self._own
        role = role or ("CUSTOMER" if own else None)
        if isinstance(each, Message):
            return Line(each.timestamp, role, name, own, each.body, each.body_type, who, each.id)
        if isinstance(each, MediaRequested):
            words = each.body or None
            return Line(each.timestamp, role, name, own, words, "media-request", who, each.message_id)
        kind = "member-join" if isinstance(each, Joined) else "member-leave"
        return Line(each.timestamp, role, name, own, None, kind, who, each.message_id)


def transcript(conversation_id: str, lines: Iterable[Line]) -> pd.DataFrame:
    """The lines as a typed DataFrame, see ``TRANSCRIPT``; typed also without any line.

    Args:
        conversation_id: the chat's id.
        lines: in their order.
    """
    from gcanalytics.frames.events import frame

    return frame(TRANSCRIPT, [_row(conversation_id, line) for line in lines])


def _row(conversation_id: str, line: Line) -> dict[str, Any]:
    at = line.time
    return {
        "conversationId": conversation_id,
        "time": None if at is None else (at - _EPOCH) // _MILLISECOND,
        "role": line.role,
        "name": line.name,
        "own": line.own,
        "body": line.body,
        "body_type": line.body_type,
        "member_id": line.member_id or None,
        "message_id": line.message_id or None,
    }


def _sender(each: Said) -> str:
    return each.sender_id if isinstance(each, Message) else each.member_id


def _when(line: Line) -> datetime:
    """For sorting, which keeps the order of equal times; what has none stands at the end."""
    return line.time or datetime.max.replace(tzinfo=UTC)
