"""The fold's steps of callbacks: the wait for their time, and the calls that agents make.

Who is called back gets a session of his own for each call, and so does the agent: the callback is one
session, a call another. Holds are stretches of the call; talk and hold are counted with the callback, whose
after-call work and handle time stand there too. A callback that is passed on goes to a queue as a callback,
and one of its agents calls. A call that an agent makes of himself is the one session of both, and ends as any
call does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event, party_ids
from gcanalytics.simulator.records.shapes import Participant, Segment, Session

if TYPE_CHECKING:
    from gcanalytics.simulator.records.fold import Fold

_FAILED: Final = "timeout"
"""disconnectType of a call that the customer did not answer (inferred)."""


def _queued(fold: Fold, event: Event) -> Participant:
    participant = fold.appear(event, "acd", "connected", "callback")
    session = participant.session
    queue_id = event.queue_id or ""
    participant.name = fold.organization.queues_by_id[queue_id].name
    session.requested_routing = "Standard"
    fold.touch(queue_id)
    _move(fold.parties[0], queue_id)
    if not event.amount_ms:
        participant.connected_ms = session.connected_ms = event.at_ms
    else:
        session.state = "scheduled"
        session.callback_due_ms = event.at_ms + event.amount_ms
        fold.parties[0].session.callback_due_ms = session.callback_due_ms
        session.segments.append(fold.segment("scheduled", event.at_ms, session))
    return participant


def _move(customer: Participant, queue_id: str) -> None:
    """The customer belongs to another queue from now on; a call of his that is over stays where it was."""
    customer.queue_id = queue_id
    if not customer.session.over:
        customer.session.queue_id = customer.session.segments[-1].queue_id = queue_id


def _customer_called(fold: Fold, event: Event) -> Participant:
    participant = fold.appear(event, "customer", "dialing")
    participant.name = fold.conversation.customer_name
    participant.address = fold.conversation.address
    participant.session.segments.append(fold.segment("dialing", event.at_ms, participant.session))
    if event.queue_id:
        fold.touch(event.queue_id)
    return participant


def _line(fold: Fold, participant: Participant, event: Event, kind: str) -> Session:
    """One more session of a participant: a call to the customer."""
    number = len(participant.calls) + 1
    conversation = fold.conversation
    session = Session(
        id=party_ids(conversation.id, participant.number, number)[1],
        media="voice",
        direction="outbound",
        purpose=participant.purpose,
        state=kind,
        started_ms=event.at_ms,
        peer_id=fold.parties[0].session.id if participant.number else None,
        queue_id=participant.queue_id,
        user_id=participant.user_id,
        dnis=conversation.address,
        session_dnis=conversation.address,
    )
    session.segments.append(Segment(kind, event.at_ms, queue_id=participant.queue_id))
    participant.calls.append(session)
    return session


def _call_started(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    _line(fold, participant, event, "contacting")
    session = participant.session
    session.called_ms = event.at_ms if session.called_ms is None else session.called_ms
    return participant


def _call_dialled(fold: Fold, event: Event) -> Participant:
    participant = fold.parties.get(event.party)
    if participant is None:
        participant = fold.appear(event, "agent", "dialing")
        participant.wrapup_required = True
        participant.session.segments.append(fold.segment("dialing", event.at_ms, participant.session))
        return participant
    _next(participant.calls[-1], event, "dialing")
    far = _line(fold, fold.parties[0], event, "dialing")
    participant.calls[-1].peer_id = far.id
    return participant


def _call_connected(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    for party in (participant, fold.parties[0]):
        session = party.sessions[-1]
        _next(session, event, "interact")
        session.state = "connected"
        session.connected_ms = event.at_ms
        if session is party.session:
            party.connected_ms = event.at_ms
    return participant


def _call_failed(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    if not participant.calls:
        return participant
    _end(participant.calls[-1], event, "client")
    _end(fold.parties[0].calls[-1], event, _FAILED)
    return participant


def _call_ended(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    by_agent = event.code == ledger.HUNG_UP
    line = participant.calls[-1]
    fold.part_over(participant.session, event.at_ms, line)
    line.held = False
    _end(line, event, "client" if by_agent else "peer")
    _end(fold.parties[0].calls[-1], event, "peer" if by_agent else "endpoint")
    return participant


def _next(session: Session, event: Event, kind: str) -> None:
    session.segments[-1].end_ms = event.at_ms
    session.segments.append(Segment(kind, event.at_ms, queue_id=session.queue_id))
    session.state = kind


def _end(session: Session, event: Event, disconnect: str) -> None:
    segment = session.segments[-1]
    segment.end_ms = session.ended_ms = event.at_ms
    segment.disconnect = session.disconnect = disconnect
    session.state = "terminated"
    session.over = True


CALLS: Final[dict[str, Callable[[Fold, Event], Participant]]] = {
    ledger.CALL_STARTED: _call_started,
    ledger.CALL_DIALLED: _call_dialled,
    ledger.CALL_CONNECTED: _call_connected,
    ledger.CALL_FAILED: _call_failed,
    ledger.CALL_ENDED: _call_ended,
}
STEPS: Final[dict[str, Callable[[Fold, Event], Participant]]] = {
    ledger.CALLBACK_QUEUED: _queued,
    ledger.CUSTOMER_CALLED: _customer_called,
    **CALLS,
}
