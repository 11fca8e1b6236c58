"""The fold's steps of flows: the menu before the queue, and the mailbox behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.records.shapes import FlowPart, Participant, Segment

if TYPE_CHECKING:
    from gcanalytics.simulator.records.fold import Fold


def _menu_entered(fold: Fold, event: Event) -> Participant:
    participant = fold.appear(event, "ivr", "connected")
    flow = next(each for each in fold.organization.flows if each.id == event.code)
    participant.name = flow.name
    participant.connected_ms = participant.session.connected_ms = event.at_ms
    participant.session.flow = FlowPart(flow, entry_type="dnis")
    participant.session.segments.append(Segment("system", event.at_ms))
    return participant


def _menu_opened(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    participant.session.segments[-1].end_ms = event.at_ms
    participant.session.segments.append(Segment("ivr", event.at_ms))
    return participant


def _menu_spoke(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    participant.session.flow_started_ms = event.at_ms
    return participant


def _menu_left(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    session = participant.session
    ways = {ledger.TO_QUEUE: "transfer", ledger.CUSTOMER_GONE: "peer"}
    fold.finish(participant, event, ways.get(event.code or "", "client"))
    if session.flow is not None:
        to_queue = event.code == ledger.TO_QUEUE
        session.flow.exit_reason = "TRANSFER" if to_queue else "DISCONNECT"
        if to_queue and event.queue_id:
            session.flow.transfer_type = "ACD"
            session.flow.transfer_target_address = event.queue_id
            session.flow.transfer_target_name = fold.organization.queues_by_id[event.queue_id].name
    return participant


def _voicemail_started(fold: Fold, event: Event) -> Participant:
    participant = fold.appear(event, "voicemail", "connected")
    session = participant.session
    participant.connected_ms = session.connected_ms = event.at_ms
    flow = fold.flow_of_type("VOICEMAIL")
    session.flow = FlowPart(flow, entry_type="flow") if flow else None
    session.segments.append(fold.segment("voicemail", event.at_ms, session))
    return participant


def _voicemail_left(fold: Fold, event: Event) -> Participant:
    participant = fold.parties[event.party]
    fold.finish(participant, event, "peer")
    return participant


STEPS: Final[dict[str, Callable[[Fold, Event], Participant]]] = {
    ledger.MENU_ENTERED: _menu_entered,
    ledger.MENU_OPENED: _menu_opened,
    ledger.MENU_SPOKE: _menu_spoke,
    ledger.MENU_LEFT: _menu_left,
    ledger.VOICEMAIL_STARTED: _voicemail_started,
    ledger.VOICEMAIL_LEFT: _voicemail_left,
}
