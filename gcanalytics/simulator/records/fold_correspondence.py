"""The fold's steps of messages and e-mails: writing and parking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.records.shapes import Participant

if TYPE_CHECKING:
    from gcanalytics.simulator.records.fold import Fold


def _customer_wrote(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    session = participant.session
    session.wrote.append(event.at_ms)
    if fold.answered_ms is not None:
        session.responses.append(event.at_ms - fold.answered_ms)
        fold.answered_ms = None
    if fold.unanswered_ms is None:
        fold.unanswered_ms = event.at_ms
    return participant


def _agent_wrote(fold: Fold, event: Event) -> Participant:
    """A reply counts from the message that it answers, or from when the agent took it."""
    participant = fold.parties[event.party]
    session = participant.session
    session.wrote.append(event.at_ms)
    session.first_response_ms = None if fold.replied else event.at_ms - fold.conversation.started_ms
    session.responded = fold.unanswered_ms is not None
    if fold.unanswered_ms is not None:
        session.responses.append(event.at_ms - max(fold.unanswered_ms, session.connected_ms or 0))
    fold.replied, fold.unanswered_ms, fold.answered_ms = True, None, event.at_ms
    return participant


def _parked(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    session = participant.session
    fold.part_over(session, event.at_ms)
    session.state = "parked"
    session.park_since_ms = event.at_ms
    session.segments.append(fold.segment("parked", event.at_ms, session))
    return participant


def _unparked(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    session = participant.session
    fold.part_over(session, event.at_ms)
    session.state = "connected"
    session.segments.append(fold.segment("interact", event.at_ms, session))
    return participant


STEPS: Final[dict[str, Callable[[Fold, Event], Participant]]] = {
    ledger.CUSTOMER_WROTE: _customer_wrote,
    ledger.AGENT_WROTE: _agent_wrote,
    ledger.PARKED: _parked,
    ledger.UNPARKED: _unparked,
}
