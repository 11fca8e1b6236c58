"""The fold's steps of messages and e-mails: writing and parking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.records.shapes import Participant

if TYPE_CHECKING:
    from gcanalytics.simulator.records.fold import Fold


def _wrote(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    participant.session.wrote.append(event.at_ms)
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
    ledger.CUSTOMER_WROTE: _wrote,
    ledger.AGENT_WROTE: _wrote,
    ledger.PARKED: _parked,
    ledger.UNPARKED: _unparked,
}
