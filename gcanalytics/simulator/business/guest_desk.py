"""What the people of the guest desk show: on queue around the clock, and busy with guests' chats.

Their log is read off the ledgers of those chats; nobody writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Presence
from gcanalytics.simulator.business.staff import AgentStatus

AWAY_MS: Final = 20_000
"""An agent who has let an alert ring out is not responding for so long (inferred)."""

_BEGUN, _DONE, _MISSED, _BACK = "begun", "done", "missed", "back"
_ORDER: Final = (_DONE, _BACK, _BEGUN, _MISSED)
"""Of what happens in one instant, the ends come first."""


def status_log(
    conversations: Iterable[Conversation], user_id: str, until_ms: int, *, since_ms: int, presence: Presence
) -> list[tuple[int, AgentStatus]]:
    """What somebody of the desk shows from ``since_ms`` on, and each change of it up to an instant.

    Args:
        conversations: guests' chats.
        user_id: whose log.
        until_ms: the last instant.
        since_ms: when he came on queue.
        presence: ON_QUEUE.
    """
    marks = [mark for each in conversations for mark in _marks(each, user_id, until_ms)]
    marks.sort(key=lambda mark: (mark[0], _ORDER.index(mark[1])))
    handling: list[str] = []
    away = 0
    log = [(since_ms, AgentStatus("IDLE", since_ms, "ON_QUEUE", presence.id, since_ms, True))]
    for at_ms, kind, conversation_id in marks:
        match kind:
            case "begun":
                handling.append(conversation_id)
            case "done":
                handling.remove(conversation_id)
            case "missed":
                away += 1
            case "back":
                away -= 1
        shown = "NOT_RESPONDING" if away else "INTERACTING" if handling else "IDLE"
        latest = handling[-1] if handling else None
        was = log[-1][1]
        if (shown, latest) == (was.routing_status, was.conversation_id):
            continue
        begun_ms = was.since_ms if shown == was.routing_status else at_ms
        log.append((at_ms, AgentStatus(shown, begun_ms, "ON_QUEUE", presence.id, since_ms, True, latest)))
    return log


def _marks(conversation: Conversation, user_id: str, until_ms: int) -> Iterator[tuple[int, str, str]]:
    """When somebody takes a chat and is done with it, misses an alert and is back."""
    mine: set[int] = set()
    busy: set[int] = set()
    for event in conversation.events_until(until_ms):
        if event.user_id == user_id:
            mine.add(event.party)
        if event.party not in mine:
            continue
        if event.kind == ledger.ANSWERED:
            busy.add(event.party)
            yield event.at_ms, _BEGUN, conversation.id
        elif event.party in busy and _done(event):
            busy.remove(event.party)
            yield event.at_ms, _DONE, conversation.id
        back = back_ms(event)
        if back is not None:
            yield event.at_ms, _MISSED, conversation.id
            if back <= until_ms:
                yield back, _BACK, conversation.id


def back_ms(event: Event) -> int | None:
    """When an agent is back from an alert that he missed; None of any other event."""
    return event.at_ms + AWAY_MS if event.kind == ledger.NO_ANSWER else None


def _done(event: Event) -> bool:
    return event.kind == ledger.WRAPPED_UP or (event.kind == ledger.AGENT_LEFT and not event.after_work)
