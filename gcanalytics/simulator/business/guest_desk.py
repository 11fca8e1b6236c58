"""What the people of the guest desk show: on queue around the clock, and busy with guests' chats.

Their log is read off the ledgers of those chats; nobody writes it. Once a day each of them logs off and on
again, as everybody does, unless a guest holds him: so each of his stretches on queue has a beginning and an
end, and is in the users' details as in their aggregates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Presence
from gcanalytics.simulator.business.staff import AgentStatus

AWAY_MS: Final = 20_000
"""An agent who has let an alert ring out is not responding for so long (inferred)."""
_HANDOVER_MS: Final = 30_000
"""So long is somebody logged off, if no guest calls him back before."""
_STAGGER_MS: Final = 10 * 60_000
_TURNS: Final = 60
"""The people of the desk log off one after the other, so far apart."""

_BEGUN, _DONE, _MISSED, _BACK = "begun", "done", "missed", "back"
_RUNG, _SPARED, _OFF, _ON = "rung", "spared", "off", "on"
_ORDER: Final = (_DONE, _BACK, _SPARED, _ON, _RUNG, _BEGUN, _MISSED, _OFF)
"""Of what happens in one instant, the ends come first."""


class Mark(NamedTuple):
    """Something that may change what somebody shows, with the chat and the party that it is about."""

    at_ms: int
    kind: str
    conversation_id: str = ""
    party: int = 0


class Handovers(NamedTuple):
    """When somebody of the desk logs off, if no guest holds him: once in each operating day.

    Attributes:
        days: the calendar.
        first: the first operating day; on its first instant he came on queue.
        place: of him among the people of the desk.
    """

    days: OperatingDays
    first: int
    place: int

    def on(self, number: int) -> int:
        """The instant of a day."""
        return self.days.bounds(number)[0] + (1 + self.place % _TURNS) * _STAGGER_MS

    def between(self, after_ms: int, upto_ms: int) -> Iterator[int]:
        """Those in (after, upto]."""
        last = self.days.number_at(upto_ms)
        for number in range(max(self.days.number_at(after_ms), self.first), last + 1):
            if after_ms < self.on(number) <= upto_ms:
                yield self.on(number)

    def stir(self, after_ms: int, upto_ms: int) -> bool:
        """Whether he logs off or on again in (after, upto], as far as guests let him."""
        return any(True for _ in self.between(after_ms - _HANDOVER_MS - 1, upto_ms))


def status_log(
    conversations: Iterable[Conversation],
    user_id: str,
    handovers: Handovers,
    from_ms: int,
    until_ms: int,
    *,
    presences: tuple[Presence, Presence],
) -> list[tuple[int, AgentStatus]]:
    """What somebody of the desk shows at an instant, and each change of it up to another.

    The log begins at or before the first instant, where nothing that was before is of account any more.

    Args:
        conversations: guests' chats.
        user_id: whose log.
        handovers: when he logs off.
        from_ms: the first instant.
        until_ms: the last one.
        presences: ON_QUEUE and OFFLINE.
    """
    marks = sorted(
        (mark for each in conversations for mark in _marks(each, user_id, until_ms)), key=_place_of
    )
    begin_ms = handovers.days.bounds(handovers.first)[0]
    seen = _Seen()
    for number in range(handovers.days.number_at(from_ms), handovers.first - 1, -1):
        off_ms = handovers.on(number)
        if off_ms <= from_ms and _free_at(off_ms, marks):
            begin_ms, seen.off = off_ms, True
            break
    marks = [mark for mark in marks if mark.at_ms > begin_ms]
    for off_ms in handovers.between(begin_ms - 1, until_ms):
        marks += [Mark(off_ms, _OFF)] if off_ms > begin_ms else []
        marks += [Mark(off_ms + _HANDOVER_MS, _ON)] if off_ms + _HANDOVER_MS <= until_ms else []
    return list(_entries(seen, begin_ms, sorted(marks, key=_place_of), presences))


def _free_at(at_ms: int, marks: Iterable[Mark]) -> bool:
    """Whether no guest holds him, by marks in order."""
    seen = _Seen()
    for mark in marks:
        if mark.at_ms > at_ms:
            break
        seen.note(mark)
    return seen.free


def _place_of(mark: Mark) -> tuple[int, int]:
    return mark.at_ms, _ORDER.index(mark.kind)


def _entries(
    seen: _Seen, begin_ms: int, marks: Iterable[Mark], presences: tuple[Presence, Presence]
) -> Iterator[tuple[int, AgentStatus]]:
    """The entries of a log that begins with what has been seen of him."""
    was: AgentStatus | None = None
    for mark in (Mark(begin_ms, ""), *marks):
        seen.note(mark)
        presence = presences[seen.off]
        shown, latest = seen.status()
        begun_ms = moved_ms = mark.at_ms
        if was is not None:
            if (shown, latest, presence.id) == (was.routing_status, was.conversation_id, was.presence_id):
                continue
            begun_ms = was.since_ms if shown == was.routing_status else mark.at_ms
            moved_ms = was.presence_since_ms if presence.id == was.presence_id else mark.at_ms
        system = presence.system_presence
        was = AgentStatus(shown, begun_ms, system, presence.id, moved_ms, not seen.off, latest)
        yield mark.at_ms, was


class _Seen:
    """What has been noted of somebody so far: his chats, what rings at him, whether he is there."""

    def __init__(self) -> None:
        self.off = False
        self._handling: list[str] = []
        self._ringing: set[tuple[str, int]] = set()
        self._away = 0

    def note(self, mark: Mark) -> None:
        """One mark more."""
        chat = mark.conversation_id, mark.party
        match mark.kind:
            case "begun":
                self._ringing.discard(chat)
                self._handling.append(mark.conversation_id)
                self.off = False
            case "done":
                self._handling.remove(mark.conversation_id)
            case "missed":
                self._ringing.discard(chat)
                self._away += 1
            case "back":
                self._away -= 1
            case "rung":
                self._ringing.add(chat)
                self.off = False
            case "spared":
                self._ringing.discard(chat)
            case "off":
                self.off = self.free
            case "on":
                self.off = False

    @property
    def free(self) -> bool:
        """No guest holds him."""
        return not (self._handling or self._ringing or self._away)

    def status(self) -> tuple[str, str | None]:
        """Routing status, and the chat that he took last."""
        if self.off:
            return "OFF_QUEUE", None
        shown = "NOT_RESPONDING" if self._away else "INTERACTING" if self._handling else "IDLE"
        return shown, self._handling[-1] if self._handling else None


def _marks(conversation: Conversation, user_id: str, until_ms: int) -> Iterator[Mark]:
    """When a chat rings at somebody, when he takes it and is done with it, misses it and is back."""
    mine: set[int] = set()
    busy: set[int] = set()
    for event in conversation.events_until(until_ms):
        if event.user_id == user_id:
            mine.add(event.party)
        if event.party not in mine:
            continue
        chat = conversation.id, event.party
        if event.kind == ledger.ALERTED:
            yield Mark(event.at_ms, _RUNG, *chat)
        elif event.kind in {ledger.DECLINED, ledger.ALERT_WITHDRAWN}:
            yield Mark(event.at_ms, _SPARED, *chat)
        elif event.kind == ledger.ANSWERED:
            busy.add(event.party)
            yield Mark(event.at_ms, _BEGUN, *chat)
        elif event.party in busy and _done(event):
            busy.remove(event.party)
            yield Mark(event.at_ms, _DONE, *chat)
        back = back_ms(event)
        if back is not None:
            yield Mark(event.at_ms, _MISSED, *chat)
            if back <= until_ms:
                yield Mark(back, _BACK, *chat)


def back_ms(event: Event) -> int | None:
    """When an agent is back from an alert that he missed; None of any other event."""
    return event.at_ms + AWAY_MS if event.kind == ledger.NO_ANSWER else None


def _done(event: Event) -> bool:
    return event.kind == ledger.WRAPPED_UP or (event.kind == ledger.AGENT_LEFT and not event.after_work)
