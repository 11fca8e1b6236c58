"""The fold's steps of a queue: a visit begins, is offered, and is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.records.shapes import FlowPart, Participant

if TYPE_CHECKING:
    from gcanalytics.simulator.records.fold import Fold

_QUEUE_END: Final = {ledger.ABANDONED: "peer", ledger.EXPIRED: "system"}


def _queued(fold: Fold, event: Event) -> Participant:
    participant = fold.appear(event, "acd", "connected")
    session = participant.session
    queue_id = event.queue_id or ""
    participant.name = fold.organization.queues_by_id[queue_id].name
    participant.connected_ms = session.connected_ms = event.at_ms
    session.requested_routing = "Standard"
    session.skill_ids = tuple(event.code.split(",")) if event.code else ()
    session.consult = event.via is not None
    fold.touch(queue_id)
    if not session.consult:
        customer = fold.parties[0]
        customer.queue_id = customer.session.queue_id = queue_id
        customer.session.segments[-1].queue_id = queue_id
        customer.session.requested_routing = "Standard"
    if session.media == "voice":
        by_agent = "agent" in [each.purpose for each in fold.parties.values()]
        session.flow_in_type = "agent" if by_agent else "ivr"
        flow = fold.flow_of_type("INQUEUECALL")
        session.flow = FlowPart(flow, entry_type="flow") if flow else None
        session.segments.append(fold.segment("delay", event.at_ms, session))
    return participant


def _offered(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    session = participant.session
    if session.segments:
        session.segments[-1].end_ms = event.at_ms
    session.segments.append(fold.segment("interact", event.at_ms, session))
    if session.state == "scheduled":
        session.state = "connected"
        participant.connected_ms = session.connected_ms = event.at_ms
    return participant


def _dequeued(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    session = participant.session
    session.acd_ms = event.at_ms - session.segments[-1].start_ms
    fold.finish(participant, event, _QUEUE_END.get(event.code or "", "transfer"))
    if session.media == "callback" and event.code == ledger.EXPIRED:
        fold.customer_done(event.at_ms)
    if event.code == ledger.CALL_ME_BACK:
        session.flow_out_type = "callback"
        if session.flow is not None:
            session.flow.exit_reason = "DISCONNECT"
            session.flow.issued_callback = True
    elif event.code == ledger.FLOWED_OUT:
        session.flow_out_type = "acd" if event.queue_id else "voicemail"
        if session.flow is not None:
            session.flow.exit_reason = "TRANSFER"
            session.flow.transfer_type = "ACD" if event.queue_id else "VOICEMAIL"
            session.flow.transfer_target_address = event.queue_id
    return participant


STEPS: Final[dict[str, Callable[[Fold, Event], Participant]]] = {
    ledger.QUEUED: _queued,
    ledger.OFFERED: _offered,
    ledger.DEQUEUED: _dequeued,
}
