"""One conversation as its event pictures tell it: merged without order, and what it is doing in our queues.

A picture is the ``eventBody`` of ``v2.routing.queues.{id}.conversations``: the whole conversation at every
change, without number or version. Merging therefore only ever adds: instants that are set stay set, states
go forward. Nothing here is shown or asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

__all__ = ["MEDIA", "Conversation", "Party", "Picture", "Standing", "Status", "Talk", "milliseconds"]

Status = Literal["waiting", "alerting", "interacting", "on hold", "wrap-up", "ended"]

# The array of a participant in which each medium has its sessions, the leading medium of a mixed one first.
MEDIA: Mapping[str, str] = {
    "calls": "voice",
    "callbacks": "callback",
    "chats": "chat",
    "emails": "email",
    "messages": "message",
    "internalMessages": "internalmessage",
    "videos": "video",
    "socialExpressions": "social",
    "screenshares": "screenshare",
    "cobrowsesessions": "cobrowse",
}
_PROGRESS = {
    "none": 0,
    "dialing": 1,
    "contacting": 1,
    "offering": 1,
    "alerting": 2,
    "disconnected": 4,
    "terminated": 5,
}
_CONNECTED = 3
_CUSTOMERS = {"customer", "external"}
_AGENTS = {"agent", "user"}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def milliseconds(value: object) -> int | None:
    """Milliseconds since the epoch of an ISO-8601 text (zone-less is UTC); None for anything else."""
    return _parsed(value) if isinstance(value, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _first(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else min(a, b)


def _last(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)


class Picture(msgspec.Struct):
    """The body of a conversation event, of which only the participants that changed are decoded."""

    id: str
    participants: list[msgspec.Raw] | None = None


@dataclass(slots=True)
class Talk:
    """One medium's session of a participant (a call, a chat ...). Instants are milliseconds, UTC."""

    media: str
    progress: int = 0
    connected_ms: int | None = None
    disconnected_ms: int | None = None
    hold_ms: int | None = None
    hold_over_ms: int = -1
    held: bool = False
    acw_start_ms: int | None = None
    acw_end_ms: int | None = None
    acw_pending: bool = False
    direction: str | None = None

    def merge(self, body: Mapping[str, Any]) -> None:
        """Add what one picture says."""
        get = body.get
        state = get("state")
        if isinstance(state, str):
            self.progress = max(self.progress, _PROGRESS.get(state, _CONNECTED))
        self.connected_ms = _first(self.connected_ms, milliseconds(get("connectedTime")))
        self.disconnected_ms = _last(self.disconnected_ms, milliseconds(get("disconnectedTime")))
        self.direction = self.direction or _text(get("direction"))
        self._merge_hold(get("held") is True, milliseconds(get("startHoldTime")))
        acw = get("afterCallWork")
        if acw and isinstance(acw, dict):
            self.acw_start_ms = _first(self.acw_start_ms, milliseconds(acw.get("startTime")))
            self.acw_end_ms = _last(self.acw_end_ms, milliseconds(acw.get("endTime")))
            self.acw_pending = self.acw_pending or acw.get("state") == "pending"
            if _text(acw.get("state")) in {"complete", "skipped"} and self.acw_end_ms is None:
                self.acw_end_ms = self.acw_start_ms or self.disconnected_ms or 0

    @property
    def latest_ms(self) -> int:
        """The latest instant that it names; 0 where it names none."""
        return max(
            self.connected_ms or 0,
            self.disconnected_ms or 0,
            self.hold_ms or 0,
            self.acw_start_ms or 0,
            self.acw_end_ms or 0,
        )

    def _merge_hold(self, held: bool, start_ms: int | None) -> None:
        """A hold goes on and off; its start tells a new hold from an old picture that came once more."""
        if held:
            if start_ms is None:
                self.held = True
            elif start_ms > self.hold_over_ms:
                self.hold_ms = _last(self.hold_ms, start_ms)
                self.held = True
            return
        over = start_ms if start_ms is not None else self.hold_ms
        if over is not None:
            self.hold_over_ms = max(self.hold_over_ms, over)
        if self.hold_ms is None or self.hold_ms <= self.hold_over_ms:
            self.held = False

    @property
    def over(self) -> bool:
        """Whether it was disconnected."""
        return self.disconnected_ms is not None or self.progress > _CONNECTED


@dataclass(slots=True)
class Party:
    """One participant. Instants are milliseconds, UTC."""

    id: str
    purpose: str = ""
    user_id: str | None = None
    queue_id: str | None = None
    name: str | None = None
    address: str | None = None
    connected_ms: int | None = None
    ended_ms: int | None = None
    acw_start_ms: int | None = None
    acw_end_ms: int | None = None
    wrapup_required: bool = False
    wrapped_up: bool = False
    talks: dict[str, Talk] = field(default_factory=dict)

    def merge(self, body: Mapping[str, Any]) -> None:
        """Add what one picture says."""
        get = body.get
        self.purpose = self.purpose or _text(get("purpose")) or ""
        self.user_id = self.user_id or _text(get("userId"))
        self.queue_id = self.queue_id or _text(get("queueId"))
        self.name = self.name or _text(get("name"))
        self.address = self.address or _text(get("address"))
        self.connected_ms = _first(self.connected_ms, milliseconds(get("connectedTime")))
        self.ended_ms = _last(self.ended_ms, milliseconds(get("endTime")))
        self.acw_start_ms = _first(self.acw_start_ms, milliseconds(get("startAcwTime")))
        self.acw_end_ms = _last(self.acw_end_ms, milliseconds(get("endAcwTime")))
        self.wrapup_required = self.wrapup_required or get("wrapupRequired") is True
        self.wrapped_up = self.wrapped_up or isinstance(get("wrapup"), dict)
        for array, media in MEDIA.items():
            sessions = get(array)
            if sessions and isinstance(sessions, list):
                self._merge_sessions(media, sessions)

    def _merge_sessions(self, media: str, sessions: list[Any]) -> None:
        for position, session in enumerate(sessions):
            if isinstance(session, dict):
                key = _text(session.get("id")) or f"{media} {position}"
                talk = self.talks.get(key)
                if talk is None:
                    talk = self.talks[key] = Talk(media)
                talk.merge(session)

    @property
    def latest_ms(self) -> int:
        """The latest instant that it names; 0 where it names none."""
        own = max(self.connected_ms or 0, self.ended_ms or 0, self.acw_start_ms or 0, self.acw_end_ms or 0)
        return max([own, *(talk.latest_ms for talk in self.talks.values())])

    @property
    def over(self) -> bool:
        """Whether its connection has ended; after-call work may go on."""
        if self.ended_ms is not None:
            return True
        return bool(self.talks) and all(talk.over for talk in self.talks.values())

    @property
    def talking_since_ms(self) -> int | None:
        """When it was connected; None before."""
        moments = [talk.connected_ms for talk in self.talks.values() if talk.connected_ms is not None]
        if self.connected_ms is not None:
            return self.connected_ms
        return min(moments, default=None)

    @property
    def connected(self) -> bool:
        """Whether it is or was connected."""
        if self.talking_since_ms is not None:
            return True
        return any(talk.progress == _CONNECTED for talk in self.talks.values())

    @property
    def wrapping_up_since_ms(self) -> int | None:
        """Start of an after-call work that goes on; None otherwise."""
        if not self.over or self.wrapped_up or not self.connected:
            return None
        ends = [self.acw_end_ms, *(talk.acw_end_ms for talk in self.talks.values())]
        if any(end is not None for end in ends):
            return None
        starts = [self.acw_start_ms, *(talk.acw_start_ms for talk in self.talks.values())]
        pending = self.wrapup_required or any(talk.acw_pending for talk in self.talks.values())
        begun = min((start for start in starts if start is not None), default=None)
        if begun is None and pending:
            begun = _last(
                self.ended_ms, max((t.disconnected_ms or 0 for t in self.talks.values()), default=0)
            )
        return begun


@dataclass(slots=True)
class Conversation:
    """All that is known of one conversation.

    Attributes:
        id: conversationId.
        parties: its participants by id.
        latest_ms: the latest instant that any picture named.
    """

    id: str
    parties: dict[str, Party] = field(default_factory=dict)
    latest_ms: int = 0
    _merged: dict[int, bytes] = field(default_factory=dict)

    def merge(self, participants: Sequence[msgspec.Raw]) -> bool:
        """Add one picture; the order of pictures and how often each comes do not matter.

        Returns:
            Whether anything in it was not just what the picture before said.
        """
        news = False
        for position, raw in enumerate(participants):
            # Most of a picture is as it was: the same bytes at the same place need no second look.
            content = bytes(raw)
            if self._merged.get(position) == content:
                continue
            self._merged[position] = content
            news = True
            body = msgspec.json.decode(content)
            if isinstance(body, dict):
                key = _text(body.get("id")) or f"participant {position}"
                party = self.parties.setdefault(key, Party(key))
                party.merge(body)
                self.latest_ms = max(self.latest_ms, party.latest_ms)
        return news

    @property
    def gone(self) -> bool:
        """Whether every outside party has left."""
        outside = [party for party in self.parties.values() if party.purpose in _CUSTOMERS]
        return bool(outside) and all(party.over for party in outside)

    def forget_pictures(self) -> None:
        """Let go of the pictures' bytes; what they said stays."""
        self._merged.clear()

    @property
    def media(self) -> str | None:
        """The leading medium: of a call with a screen share, voice."""
        present = {talk.media for party in self.parties.values() for talk in party.talks.values()}
        return next((media for media in MEDIA.values() if media in present), None)

    @property
    def customer(self) -> Party | None:
        """The first outside party."""
        return next((party for party in self.parties.values() if party.purpose in _CUSTOMERS), None)

    @property
    def direction(self) -> str | None:
        """inbound or outbound, of the outside party's first session."""
        party = self.customer
        return (
            next((talk.direction for talk in party.talks.values() if talk.direction), None) if party else None
        )

    def view(self, queue_ids: Collection[str]) -> Standing | None:
        """What it is doing in the given queues; None as long as it has not come to any of them."""
        mine = [party for party in self.parties.values() if party.queue_id in queue_ids]
        acd = [party for party in mine if party.purpose == "acd"]
        # An agent without a queue was called or consulted directly: the platform counts him in no queue.
        agents = [party for party in mine if party.purpose in _AGENTS]
        gone = self.gone
        if not acd and not agents:
            return None
        standing = _doing(acd, agents, gone)
        standing.queue_id = next(
            (
                p.queue_id
                for p in (standing.agent, *reversed(acd), *mine)
                if p is not None and p.queue_id in queue_ids
            ),
            None,
        )
        offers = [party.talking_since_ms for party in acd if party.talking_since_ms is not None]
        answers = [p.talking_since_ms for p in agents if p.connected and p.talking_since_ms is not None]
        standing.offered_ms = min(offers, default=None)
        standing.answered_ms = min(answers, default=None)
        if standing.status == "ended":
            standing.agent = next((p for p in reversed(agents) if p.connected), None)
            standing.outcome = "answered" if answers else "abandoned" if gone else "left the queue"
            standing.gone = gone
            standing.since_ms = self.latest_ms
        return standing


@dataclass(slots=True)
class Standing:
    """What a conversation is doing in our queues. Instants are milliseconds, UTC.

    Attributes:
        status: waiting, alerting, interacting, on hold, wrap-up, or ended (for our queues).
        since_ms: when that began; for waiting and alerting, when the wait began.
        agent: the agent concerned; of an ended one the last who talked.
        queue_id: the queue concerned.
        offered_ms, answered_ms: start of the first wait, first answer.
        outcome: of an ended one: answered, abandoned, or left the queue (elsewhere by transfer or flow).
        gone: whether an ended one is over for the customer too.
    """

    status: Status
    since_ms: int | None = None
    agent: Party | None = None
    queue_id: str | None = None
    offered_ms: int | None = None
    answered_ms: int | None = None
    outcome: str | None = None
    gone: bool = False


def _doing(acd: list[Party], agents: list[Party], gone: bool) -> Standing:
    waiting_since = max((p.talking_since_ms or 0 for p in acd if not p.over), default=0) or None
    waiting = any(not party.over for party in acd)
    active = [party for party in agents if not party.over]
    # Also behind the customer's end: for a moment his agent is still connected, and counts as such.
    for party in active:
        if party.connected:
            held = [talk for talk in party.talks.values() if talk.held and not talk.over]
            if held:
                return Standing("on hold", held[0].hold_ms or party.talking_since_ms, party)
            return Standing("interacting", party.talking_since_ms, party)
    if not gone:
        if active:
            return Standing("alerting", waiting_since if waiting else None, active[-1])
        if waiting:
            return Standing("waiting", waiting_since)
    for party in agents:
        begun = party.wrapping_up_since_ms
        if begun is not None:
            return Standing("wrap-up", begun, party)
    return Standing("ended")
