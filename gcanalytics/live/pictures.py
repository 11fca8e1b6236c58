"""One conversation as its event pictures tell it: merged without order, and what it is doing in our queues.

A picture is the ``eventBody`` of ``v2.routing.queues.{id}.conversations``: the whole conversation at every
change, without number or version. Merging therefore only ever adds: instants that are set stay set, states
go forward. Nothing here is shown or asked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from .bodies import MEDIA, ParticipantBody, SessionBody, participant
from .talks import CONNECTED, Talk, earlier, later, milliseconds, said

__all__ = ["MEDIA", "Conversation", "Party", "Picture", "Standing", "Status", "Talk", "milliseconds"]

Status = Literal["scheduled", "waiting", "alerting", "interacting", "on hold", "parked", "wrap-up", "ended"]

_LEADING = (*MEDIA.values(), None)
_RANKS = {media: rank for rank, media in enumerate(MEDIA.values())}
HANDOVER_MS = 1000
"""Who takes a customer over may be connected so much before the other's end."""
_CUSTOMERS = {"customer", "external"}
_AGENTS = {"agent", "user"}


class Picture(msgspec.Struct, gc=False):
    """The body of a conversation event, of which only the participants that changed are decoded."""

    id: str
    participants: list[msgspec.Raw] | None = None


@dataclass(slots=True)
class Party:
    """One participant. Instants are milliseconds, UTC.

    Attributes:
        over: whether its connection has ended; after-call work may go on.
        connected: whether it is or was connected.
        talking_since_ms: when it was connected; None before.
        latest_ms: the latest instant that it names; 0 where it names none.
        direction: inbound or outbound, of its first session that has one.
        rank: place in ``MEDIA`` of its leading medium.
        to_call: whether it has or is a callback that is not done.
    """

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
    # Looked at far more often than changed.
    over: bool = False
    connected: bool = False
    talking_since_ms: int | None = None
    latest_ms: int = 0
    direction: str | None = None
    rank: int = len(MEDIA)
    to_call: bool = False

    def merge(self, body: ParticipantBody) -> None:
        """Add what one picture says."""
        # What is set stays; most of what may be there is not: a look is cheaper than a call.
        if not self.purpose and (text := body.purpose) is not None:
            self.purpose = said(text) or ""
        if self.user_id is None and (text := body.user_id) is not None:
            self.user_id = said(text)
        if self.queue_id is None and (text := body.queue_id) is not None:
            self.queue_id = said(text)
        if self.name is None and (text := body.name) is not None:
            self.name = said(text)
        if self.address is None and (text := body.address) is not None:
            self.address = said(text)
        if (at := body.connected_time) is not None:
            self.connected_ms = earlier(self.connected_ms, milliseconds(at))
        if (at := body.end_time) is not None:
            self.ended_ms = later(self.ended_ms, milliseconds(at))
        if (at := body.start_acw_time) is not None:
            self.acw_start_ms = earlier(self.acw_start_ms, milliseconds(at))
        if (at := body.end_acw_time) is not None:
            self.acw_end_ms = later(self.acw_end_ms, milliseconds(at))
        self.wrapup_required = self.wrapup_required or body.wrapup_required is True
        self.wrapped_up = self.wrapped_up or isinstance(body.wrapup, dict)
        for media, sessions in body.sessions():
            self._merge_sessions(media, sessions)
        self._settle()

    def _merge_sessions(self, media: str, sessions: Sequence[SessionBody | None] | None) -> None:
        for position, session in enumerate(sessions or ()):
            if session is not None:
                key = said(session.id) or f"{media} {position}"
                talk = self.talks.get(key)
                if talk is None:
                    talk = self.talks[key] = Talk(media)
                talk.merge(session)

    def _settle(self) -> None:
        """Draw the conclusions of what was merged."""
        since, latest = (
            None,
            max(self.connected_ms or 0, self.ended_ms or 0, self.acw_start_ms or 0, self.acw_end_ms or 0),
        )
        going_on = now_connected = to_call = False
        direction, rank = None, len(MEDIA)
        for talk in self.talks.values():
            since = earlier(since, talk.connected_ms)
            if (own := talk.latest_ms) > latest:
                latest = own
            going_on = going_on or not talk.over
            to_call = to_call or (talk.media == "callback" and not talk.over)
            now_connected = now_connected or talk.progress == CONNECTED
            direction = direction or talk.direction
            if (own := _RANKS[talk.media]) < rank:
                rank = own
        self.talking_since_ms = since if self.connected_ms is None else self.connected_ms
        self.connected = now_connected or self.talking_since_ms is not None
        self.over = self.ended_ms is not None or (bool(self.talks) and not going_on)
        self.latest_ms, self.direction, self.rank = latest, direction, rank
        self.to_call = to_call

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
            begun = later(
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
        customer: the first outside party.
        gone: whether every outside party has left, and none of them is to be called back.
        media: the leading medium: of a call with a screen share, voice; of a call that calls back, callback.
    """

    id: str
    parties: dict[str, Party] = field(default_factory=dict)
    latest_ms: int = 0
    customer: Party | None = None
    gone: bool = False
    media: str | None = None
    _merged: dict[int, msgspec.Raw] = field(default_factory=dict)

    def merge(self, participants: Sequence[msgspec.Raw]) -> bool:
        """Add one picture; the order of pictures and how often each comes do not matter.

        Returns:
            Whether anything in it was not just what the picture before said.
        """
        news = False
        merged = self._merged
        for position, raw in enumerate(participants):
            # Most of a picture is as it was: the same bytes at the same place need no second look.
            if merged.get(position) == raw:
                continue
            merged[position] = raw.copy()  # else it would hold the whole picture
            news = True
            body = participant(raw)
            if body is not None:
                key = said(body.id) or f"participant {position}"
                party = self.parties.get(key)
                if party is None:
                    party = self.parties[key] = Party(key)
                party.merge(body)
                self.latest_ms = max(self.latest_ms, party.latest_ms)
        if news:
            self._settle()
        return news

    def _settle(self) -> None:
        """Draw the conclusions of what was merged."""
        customer, staying, rank = None, False, len(MEDIA)
        for party in self.parties.values():
            staying = staying or party.to_call
            if party.rank < rank:
                rank = party.rank
            if party.purpose in _CUSTOMERS:
                customer = customer or party
                staying = staying or not party.over
        self.customer = customer
        self.gone = customer is not None and not staying
        self.media = _LEADING[rank]

    def forget_pictures(self) -> None:
        """Let go of the pictures' bytes; what they said stays."""
        self._merged.clear()

    @property
    def direction(self) -> str | None:
        """inbound or outbound, of the outside party's first session."""
        return self.customer.direction if self.customer else None

    def view(self, queue_ids: Collection[str]) -> Standing | None:
        """What it is doing in the given queues; None as long as it has not come to any of them."""
        first: Party | None = None
        acd, agents = [], []
        for party in self.parties.values():
            if party.queue_id in queue_ids:
                first = first or party
                if party.purpose == "acd":
                    acd.append(party)
                # An agent without a queue was called or consulted directly: the platform counts him in none.
                elif party.purpose in _AGENTS:
                    agents.append(party)
        if first is None or not (acd or agents):
            return None
        standing = _doing(acd, agents, self.gone)
        standing.queue_id = (standing.agent or (acd[-1] if acd else first)).queue_id
        standing.offered_ms = _earliest(acd)
        standing.answered_ms = _earliest(agents)
        if standing.status == "ended":
            standing.agent = next((p for p in reversed(agents) if p.connected), None)
            # Not the conversation's own end: it may go on elsewhere, and our queues are told of that too.
            end_ms = max(party.latest_ms for party in (*acd, *agents))
            if standing.answered_ms is not None:
                standing.outcome = "answered"
            else:
                handed_over_ms = max(end_ms - HANDOVER_MS, standing.offered_ms or 0)
                went_on = not self.gone or self._went_on(handed_over_ms, (*acd, *agents))
                standing.outcome = "left the queue" if went_on else "abandoned"
            standing.gone = self.gone
            standing.since_ms = end_ms or self.latest_ms
        return standing

    def _went_on(self, from_ms: int, ours: Collection[Party]) -> bool:
        """Whether somebody else took the customer up, from an instant on: another queue, a mailbox."""
        return any(
            party.talking_since_ms is not None and party.talking_since_ms >= from_ms
            for party in self.parties.values()
            if party is not self.customer and all(party is not own for own in ours)
        )


def _earliest(parties: list[Party]) -> int | None:
    """When the first of them was connected; None where nobody was."""
    first = None
    for party in parties:
        first = earlier(first, party.talking_since_ms)
    return first


@dataclass(slots=True)
class Standing:
    """What a conversation is doing in our queues. Instants are milliseconds, UTC.

    Attributes:
        status: scheduled (a callback before its time), waiting, alerting, interacting, on hold, parked,
            wrap-up, or ended (for our queues).
        since_ms: when that began; for waiting and alerting, when the wait began; of an ended one, the last
            that was done in our queues.
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
    alerting: Party | None = None
    for party in agents:
        if not party.over:
            # Also behind the customer's end: for a moment his agent is still connected, and counts as such.
            if party.connected:
                return _talking(party)
            alerting = party
    if not gone:
        coming = waiting = False
        since_ms = 0
        for party in acd:
            if not party.over:
                coming = True
                if party.connected:
                    waiting = True
                    since_ms = max(since_ms, party.talking_since_ms or 0)
        if alerting is not None:
            return Standing("alerting", since_ms or None, alerting)
        if waiting:
            return Standing("waiting", since_ms or None)
        if coming:
            return Standing("scheduled")
    for party in agents:
        begun = party.wrapping_up_since_ms
        if begun is not None:
            return Standing("wrap-up", begun, party)
    return Standing("ended")


def _talking(agent: Party) -> Standing:
    """What a connected agent is doing."""
    parked: Talk | None = None
    for talk in agent.talks.values():
        if not talk.over:
            if talk.held:
                return Standing("on hold", talk.hold_ms or agent.talking_since_ms, agent)
            if parked is None and talk.parked:
                parked = talk
    if parked is not None:
        return Standing("parked", parked.parked_ms, agent)
    return Standing("interacting", agent.talking_since_ms, agent)
