"""The picture of a conversation at one moment: the fold of its events up to now.

Records and event frames are both made from it. It changes sessions and segments; the metrics come from the
rules in ``emission``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gcanalytics.simulator import ledger
from gcanalytics.simulator.emission import BY_KIND, Choices, Context
from gcanalytics.simulator.ledger import Conversation, Event, party_ids
from gcanalytics.simulator.organization import Flow
from gcanalytics.simulator.shapes import FlowPart, Participant, Segment, Session

WRAP_UP_TIMEOUT: Final = "ININ-WRAP-UP-TIMEOUT"
"""The system's wrap-up code; in records only, in no list (a recorded live call)."""
SESSION_INACTIVE: Final = "error.ininedgecontrol.session.inactive"
"""errorCode of the after-call work of a bounced agent (a recorded live call)."""

_CUSTOMER_END: Final = {
    ledger.HUNG_UP: "endpoint",
    ledger.LET_GO: "peer",
    ledger.TIMED_OUT: "timeout",
}
_AGENT_END: Final = {
    ledger.CUSTOMER_GONE: "peer",
    ledger.TIMED_OUT: "peer",
    ledger.HUNG_UP: "client",
    ledger.BLIND: "transfer",
    ledger.CONSULT: "consultTransfer",
    ledger.CONSULT_OVER: "peer",
}
_PROVIDERS: Final = {"voice": "Edge", "chat": "Webchat Provider"}


class Picture(msgspec.Struct):
    """A conversation as it can be seen at ``now_ms``.

    Attributes:
        participants: in the order of their appearance; the customer first.
        queue_ids: every queue that it has touched so far, in order.
        ended_ms: its end, None while anybody is connected or owes after-call work.
    """

    conversation: Conversation
    now_ms: int
    participants: list[Participant]
    queue_ids: list[str]
    ended_ms: int | None = None

    @property
    def customer(self) -> Participant:
        """The customer."""
        return self.participants[0]

    @property
    def division_ids(self) -> list[str]:
        """Divisions of the queues so far; before the first one, the organisation's first division."""
        organization = self.conversation.organization
        found = [organization.queues_by_id[each].division_id for each in self.queue_ids]
        return list(dict.fromkeys(found)) or [organization.divisions[0].id]

    @property
    def provider(self) -> str:
        """The provider of every session."""
        return _PROVIDERS[self.conversation.media]


def picture(conversation: Conversation, now_ms: int, choices: Choices | None = None) -> Picture:
    """The conversation as it can be seen at ``now_ms`` (milliseconds since the epoch, UTC).

    Args:
        conversation: the conversation; it must have started by then.
        now_ms: the moment.
        choices: the simulator's settings; None takes the platform's defaults.
    """
    return _Fold(conversation, choices).run(now_ms)


class _Fold:
    """Builds the picture event by event."""

    def __init__(self, conversation: Conversation, choices: Choices | None) -> None:
        self.conversation = conversation
        self.organization = conversation.organization
        self.choices = choices
        self.plain = Context(self.organization, choices, None)
        self.parties: dict[int, Participant] = {}
        self.queue_ids: list[str] = []
        self.last_ms = conversation.started_ms

    def run(self, now_ms: int) -> Picture:
        conversation = self.conversation
        for event in conversation.events_until(now_ms):
            participant = _STEPS[event.kind](self, event)
            context = self.plain
            if event.kind == ledger.ANSWERED and event.via is not None:
                context = Context(self.organization, self.choices, self.parties[event.via].session)
            for emit in BY_KIND.get(event.kind, ()):
                emit(participant.session, event, context)
            if event.kind != ledger.LATE_WRAP_UP:
                self.last_ms = event.at_ms
        participants = list(self.parties.values())
        over = bool(participants) and all(each.session.over for each in participants)
        if over and conversation.closed_ms <= now_ms:
            ended_ms = self.last_ms
        else:
            ended_ms = None
        return Picture(conversation, now_ms, participants, self.queue_ids, ended_ms)

    # Entering.

    def appear(self, event: Event, purpose: str, state: str) -> Participant:
        conversation = self.conversation
        participant_id, session_id = party_ids(conversation.id, event.party)
        first = self.parties.get(0)
        session = Session(
            id=session_id,
            media=conversation.media,
            direction=conversation.direction,
            purpose=purpose,
            state=state,
            started_ms=event.at_ms,
            peer_id=first.session.id if first else None,
            queue_id=event.queue_id,
            user_id=event.user_id,
        )
        participant = Participant(
            number=event.party,
            id=participant_id,
            purpose=purpose,
            session=session,
            user_id=event.user_id,
            queue_id=event.queue_id,
        )
        if conversation.media == "voice":
            session.ani = conversation.address
            session.dnis = session.session_dnis = conversation.called_number
        else:
            session.remote = conversation.customer_name if purpose != "customer" else None
        self.parties[event.party] = participant
        return participant

    def arrived(self, event: Event) -> Participant:
        participant = self.appear(event, "customer", "connected")
        participant.name = self.conversation.customer_name
        participant.address = self.conversation.address
        session = participant.session
        kind = "interact"
        if self.conversation.media == "voice":
            kind = "system"
        else:
            participant.connected_ms = session.connected_ms = event.at_ms
            session.requested_routing = "Standard"
        session.segments.append(Segment(kind, event.at_ms, queue_id=event.queue_id))
        return participant

    def connected(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        session.segments[-1].end_ms = event.at_ms
        session.segments.append(Segment("interact", event.at_ms))
        participant.connected_ms = session.connected_ms = event.at_ms
        return participant

    # The menu.

    def menu_entered(self, event: Event) -> Participant:
        participant = self.appear(event, "ivr", "connected")
        flow = next(each for each in self.organization.flows if each.id == event.code)
        participant.name = flow.name
        participant.connected_ms = participant.session.connected_ms = event.at_ms
        participant.session.flow = FlowPart(flow, entry_type="dnis")
        participant.session.segments.append(Segment("system", event.at_ms))
        return participant

    def menu_opened(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        participant.session.segments[-1].end_ms = event.at_ms
        participant.session.segments.append(Segment("ivr", event.at_ms))
        return participant

    def menu_spoke(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        participant.session.flow_started_ms = event.at_ms
        return participant

    def menu_left(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        ways = {ledger.TO_QUEUE: "transfer", ledger.CUSTOMER_GONE: "peer"}
        self.finish(participant, event, ways.get(event.code or "", "client"))
        if session.flow is not None:
            to_queue = event.code == ledger.TO_QUEUE
            session.flow.exit_reason = "TRANSFER" if to_queue else "DISCONNECT"
            if to_queue and event.queue_id:
                session.flow.transfer_type = "ACD"
                session.flow.transfer_target_address = event.queue_id
                session.flow.transfer_target_name = self.organization.queues_by_id[event.queue_id].name
        return participant

    # The queue.

    def queued(self, event: Event) -> Participant:
        participant = self.appear(event, "acd", "connected")
        session = participant.session
        queue_id = event.queue_id or ""
        participant.name = self.organization.queues_by_id[queue_id].name
        participant.connected_ms = session.connected_ms = event.at_ms
        session.requested_routing = "Standard"
        session.skill_id = event.code
        session.consult = event.via is not None
        if queue_id not in self.queue_ids:
            self.queue_ids.append(queue_id)
        if not session.consult:
            customer = self.parties[0]
            customer.queue_id = customer.session.queue_id = queue_id
            customer.session.segments[-1].queue_id = queue_id
            customer.session.requested_routing = "Standard"
        if self.conversation.media == "voice":
            session.flow_in_type = "agent" if self.agents() else "ivr"
            flow = self.flow_of_type("INQUEUECALL")
            session.flow = FlowPart(flow, entry_type="flow") if flow else None
            session.segments.append(self.segment("delay", event.at_ms, session))
        return participant

    def offered(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        if session.segments:
            session.segments[-1].end_ms = event.at_ms
        session.segments.append(self.segment("interact", event.at_ms, session))
        return participant

    def dequeued(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        session.acd_ms = event.at_ms - session.segments[-1].start_ms
        self.finish(participant, event, "peer" if event.code == ledger.ABANDONED else "transfer")
        if event.code == ledger.FLOWED_OUT:
            session.flow_out_type = "acd" if event.queue_id else "voicemail"
            if session.flow is not None:
                session.flow.exit_reason = "TRANSFER"
                session.flow.transfer_type = "ACD" if event.queue_id else "VOICEMAIL"
                session.flow.transfer_target_address = event.queue_id
        return participant

    # The agent.

    def alerted(self, event: Event) -> Participant:
        participant = self.appear(event, "agent", "alerting")
        session = participant.session
        participant.alerting_since_ms = event.at_ms
        participant.wrapup_required = True
        session.requested_routing = session.used_routing = "Standard"
        session.selected_agent_id = event.user_id
        visit = self.parties[event.via] if event.via is not None else None
        if visit is not None:
            session.skill_id = visit.session.skill_id
            session.consult = visit.session.consult
            visit.session.selected_agent_id = event.user_id
        else:
            session.requested_routing = session.used_routing = "Direct"
            session.consult = event.code == ledger.CONSULT
        if not session.consult:
            customer = self.parties[0].session
            customer.used_routing = session.used_routing
            customer.selected_agent_id = event.user_id
        session.segments.append(self.segment("alert", event.at_ms, session))
        return participant

    def alert_over(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        self.finish(participant, event, "peer" if event.kind == ledger.ALERT_WITHDRAWN else "client")
        participant.alerting_since_ms = None
        participant.wrapup_required = False
        return participant

    def answered(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        session.segments[-1].end_ms = event.at_ms
        session.segments.append(self.segment("interact", event.at_ms, session))
        session.state = "connected"
        participant.connected_ms = session.connected_ms = event.at_ms
        participant.alerting_since_ms = None
        return participant

    def hold_changed(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        self.part_over(session, event.at_ms)
        session.held = event.kind == ledger.HELD
        session.segments.append(self.segment("hold" if session.held else "interact", event.at_ms, session))
        return participant

    def part_over(self, session: Session, at_ms: int) -> None:
        part = session.segments[-1]
        part.end_ms = at_ms
        session.part = part
        if part.kind == "hold":
            session.held_ms += at_ms - part.start_ms
        else:
            session.talk_ms += at_ms - part.start_ms
            session.last_talk_ms = at_ms

    def transferred(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        participant.session.destination = event.queue_id or event.user_id
        return participant

    def consult_changed(self, event: Event) -> Participant:
        return self.parties[event.party]

    def agent_left(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        self.part_over(session, event.at_ms)
        session.held = False
        self.finish(participant, event, _AGENT_END[event.code or ledger.CUSTOMER_GONE])
        if event.after_work:
            self.open_after_work(participant, event.at_ms)
        return participant

    def open_after_work(self, participant: Participant, at_ms: int) -> Segment:
        session = participant.session
        session.over = False
        session.state = "disconnected"
        participant.acw_start_ms = at_ms
        segment = self.segment("wrapup", at_ms, session)
        session.segments.append(segment)
        return segment

    def after_work_started(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        self.open_after_work(participant, event.at_ms)
        return participant

    def after_work_counted(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        participant.session.acw_counted = True
        return participant

    def wrapped_up(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        segment = session.segments[-1]
        segment.end_ms = event.at_ms
        timed_out = event.code == ledger.WRAP_UP_TIMEOUT
        segment.wrap_up_code = participant.wrap_up_code = WRAP_UP_TIMEOUT if timed_out else event.code
        if session.connected_ms is None:
            segment.disconnect = "client"
            segment.error_code = SESSION_INACTIVE
        participant.acw_end_ms = event.at_ms
        participant.wrapup_required = False
        session.state = "terminated"
        session.over = True
        return participant

    def late_wrap_up(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        segment = self.segment("wrapup", event.at_ms - (event.amount_ms or 0), session)
        segment.end_ms = event.at_ms
        segment.wrap_up_code = participant.wrap_up_code = event.code
        segment.late = True
        session.segments.append(segment)
        return participant

    # The mailbox, the end.

    def voicemail_started(self, event: Event) -> Participant:
        participant = self.appear(event, "voicemail", "connected")
        session = participant.session
        participant.connected_ms = session.connected_ms = event.at_ms
        flow = self.flow_of_type("VOICEMAIL")
        session.flow = FlowPart(flow, entry_type="flow") if flow else None
        session.segments.append(self.segment("voicemail", event.at_ms, session))
        return participant

    def voicemail_left(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        self.finish(participant, event, "peer")
        return participant

    def customer_left(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        self.finish(participant, event, _CUSTOMER_END[event.code or ledger.HUNG_UP])
        return participant

    def finish(self, participant: Participant, event: Event, disconnect: str) -> None:
        """End the connection of a party; after-call work may still open again."""
        session = participant.session
        segment = session.segments[-1]
        segment.end_ms = event.at_ms
        segment.disconnect = session.disconnect = disconnect
        session.state = "terminated"
        session.over = True
        session.ended_ms = participant.ended_ms = event.at_ms

    def segment(self, kind: str, start_ms: int, session: Session) -> Segment:
        return Segment(
            kind,
            start_ms,
            queue_id=session.queue_id,
            skill_id=session.skill_id,
            language_id=self.conversation.language_id if session.skill_id else None,
        )

    def agents(self) -> list[Participant]:
        return [each for each in self.parties.values() if each.purpose == "agent"]

    def flow_of_type(self, kind: str) -> Flow | None:
        return next((flow for flow in self.organization.flows if flow.type == kind), None)


_STEPS: Final[dict[str, Callable[[_Fold, Event], Participant]]] = {
    ledger.ARRIVED: _Fold.arrived,
    ledger.CONNECTED: _Fold.connected,
    ledger.CUSTOMER_LEFT: _Fold.customer_left,
    ledger.MENU_ENTERED: _Fold.menu_entered,
    ledger.MENU_OPENED: _Fold.menu_opened,
    ledger.MENU_SPOKE: _Fold.menu_spoke,
    ledger.MENU_LEFT: _Fold.menu_left,
    ledger.QUEUED: _Fold.queued,
    ledger.OFFERED: _Fold.offered,
    ledger.DEQUEUED: _Fold.dequeued,
    ledger.ALERTED: _Fold.alerted,
    ledger.NO_ANSWER: _Fold.alert_over,
    ledger.DECLINED: _Fold.alert_over,
    ledger.ALERT_WITHDRAWN: _Fold.alert_over,
    ledger.ANSWERED: _Fold.answered,
    ledger.HELD: _Fold.hold_changed,
    ledger.RESUMED: _Fold.hold_changed,
    ledger.CONSULT_STARTED: _Fold.consult_changed,
    ledger.CONSULT_CANCELLED: _Fold.consult_changed,
    ledger.TRANSFERRED: _Fold.transferred,
    ledger.AGENT_LEFT: _Fold.agent_left,
    ledger.AFTER_WORK_STARTED: _Fold.after_work_started,
    ledger.AFTER_WORK_COUNTED: _Fold.after_work_counted,
    ledger.WRAPPED_UP: _Fold.wrapped_up,
    ledger.LATE_WRAP_UP: _Fold.late_wrap_up,
    ledger.VOICEMAIL_STARTED: _Fold.voicemail_started,
    ledger.VOICEMAIL_LEFT: _Fold.voicemail_left,
}
