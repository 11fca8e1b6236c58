"""The fold of a conversation's events: what each does to participants, sessions and segments.

The metrics come from the rules in ``emission``, asked after each change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event, party_ids
from gcanalytics.simulator.business.organization import Flow
from gcanalytics.simulator.records import (
    emission_async,  # noqa: F401  # enters its rules
    fold_callbacks,
    fold_correspondence,
    fold_flows,
    fold_queues,
)
from gcanalytics.simulator.records.emission import BY_KIND, Choices, Context
from gcanalytics.simulator.records.shapes import Participant, Segment, Session

WRAP_UP_TIMEOUT: Final = "ININ-WRAP-UP-TIMEOUT"
"""The system's wrap-up code; in records only, in no list (a recorded live call)."""
SESSION_INACTIVE: Final = "error.ininedgecontrol.session.inactive"
"""errorCode of the after-call work of a bounced agent (a recorded live call)."""

_CUSTOMER_END: Final = {
    ledger.HUNG_UP: "endpoint",
    ledger.LET_GO: "peer",
    ledger.TIMED_OUT: "timeout",
    ledger.INACTIVE: "inactivity",
    ledger.EXPIRED: "system",
    ledger.CALL_ME_BACK: "endpoint",
    ledger.NOT_REACHED: "timeout",
}
_FIRST_SEGMENT: Final = {"voice": "system", "callback": "callback"}
CALLS: Final = frozenset(fold_callbacks.CALLS)
_AGENT_END: Final = {
    ledger.CUSTOMER_GONE: "peer",
    ledger.TIMED_OUT: "peer",
    ledger.HUNG_UP: "client",
    ledger.BLIND: "transfer",
    ledger.CONSULT: "consultTransfer",
    ledger.CONSULT_OVER: "peer",
}


class Fold:
    """Builds parties event by event.

    Attributes:
        parties: by the ledger's number, in the order of their appearance.
        queue_ids: queues touched so far, in order.
        last_ms: time of the last event but late wrap-ups.
        unanswered_ms: when the customer wrote what nobody has answered yet; answered_ms: when an agent wrote
            what the customer has not answered; replied: whether any agent has written.
    """

    def __init__(self, conversation: Conversation, choices: Choices | None) -> None:
        self.conversation = conversation
        self.organization = conversation.organization
        self._choices = choices
        self._plain = Context(self.organization, choices)
        self.parties: dict[int, Participant] = {}
        self.queue_ids: list[str] = []
        self.last_ms = conversation.started_ms
        self.unanswered_ms: int | None = None
        self.answered_ms: int | None = None
        self.replied = False

    def run(self, now_ms: int) -> None:
        """Fold every event up to now."""
        for event in self.conversation.events_until(now_ms):
            kind = event.kind
            participant = STEPS[kind](self, event)
            rules = BY_KIND.get(kind)
            if rules is not None:
                context = self._plain
                if kind == ledger.ANSWERED and event.via is not None:
                    context = Context(self.organization, self._choices, self.parties[event.via].session)
                elif kind in CALLS:
                    context = self.calling(participant)
                for emit in rules:
                    emit(participant.session, event, context)
            if kind != ledger.LATE_WRAP_UP:
                self.last_ms = event.at_ms

    @property
    def over(self) -> bool:
        """Nobody is connected any more or owes after-call work."""
        return bool(self.parties) and all(
            session.over for each in self.parties.values() for session in each.sessions
        )

    def calling(self, participant: Participant) -> Context:
        """What the rules may look at of an agent's call."""
        if not participant.calls:
            # A call of the agent's own: there is no other session.
            return Context(
                self.organization, self._choices, line=participant.session, far=self.parties[0].session
            )
        far = self.parties[0].calls
        return Context(
            self.organization, self._choices, line=participant.calls[-1], far=far[-1] if far else None
        )

    # Entering.

    def appear(self, event: Event, purpose: str, state: str, media: str | None = None) -> Participant:
        """A party enters, with its first session."""
        conversation = self.conversation
        participant_id, session_id = party_ids(conversation.id, event.party)
        first = self.parties.get(0)
        medium = media or conversation.media
        callback = "callback" in (medium, conversation.media)
        session = Session(
            id=session_id,
            media=medium,
            direction="outbound" if callback else conversation.direction,
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
        self._address(session)
        self.parties[event.party] = participant
        return participant

    def _address(self, session: Session) -> None:
        """Who is at the other end, in the words of the session's medium."""
        conversation = self.conversation
        if session.media == "voice" and conversation.direction == "outbound":
            session.ani = conversation.called_number
            session.dnis = session.session_dnis = conversation.address
        elif session.media == "voice":
            session.ani = conversation.address
            session.dnis = session.session_dnis = conversation.called_number
        elif session.media == "callback":
            session.callback_number = conversation.address
            session.callback_name = conversation.customer_name
        else:
            session.remote = conversation.customer_name if session.purpose != "customer" else None
            session.message_type = conversation.message_type
            session.letter = conversation.letter

    def _arrived(self, event: Event) -> Participant:
        participant = self.appear(event, "customer", "connected")
        participant.name = self.conversation.customer_name
        participant.address = self.conversation.address
        session = participant.session
        kind = _FIRST_SEGMENT.get(self.conversation.media, "interact")
        if self.conversation.media != "voice":
            participant.connected_ms = session.connected_ms = event.at_ms
            session.requested_routing = "Standard"
        if self.conversation.media in {"message", "email"}:
            session.wrote.append(event.at_ms)
            self.unanswered_ms = event.at_ms
        session.segments.append(self.segment(kind, event.at_ms, session))
        return participant

    def _connected(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        session.segments[-1].end_ms = event.at_ms
        session.segments.append(Segment("interact", event.at_ms))
        participant.connected_ms = session.connected_ms = event.at_ms
        return participant

    # The queue.

    def touch(self, queue_id: str) -> None:
        """The conversation comes to a queue."""
        if queue_id not in self.queue_ids:
            self.queue_ids.append(queue_id)

    # The agent.

    def _alerted(self, event: Event) -> Participant:
        visit = self.parties[event.via] if event.via is not None else None
        participant = self.appear(event, "agent", "alerting", visit.session.media if visit else None)
        session = participant.session
        participant.alerting_since_ms = event.at_ms
        participant.wrapup_required = True
        session.requested_routing = session.used_routing = "Standard"
        session.selected_agent_id = event.user_id
        if visit is not None:
            session.skill_ids = visit.session.skill_ids
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

    def _alert_over(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        self.finish(participant, event, "peer" if event.kind == ledger.ALERT_WITHDRAWN else "client")
        participant.alerting_since_ms = None
        participant.wrapup_required = False
        return participant

    def _answered(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        session.segments[-1].end_ms = event.at_ms
        session.segments.append(self.segment("interact", event.at_ms, session))
        session.state = "connected"
        participant.connected_ms = session.connected_ms = event.at_ms
        participant.alerting_since_ms = None
        return participant

    def _hold_changed(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        # Who calls back puts the call on hold, not the callback.
        line = participant.sessions[-1]
        self.part_over(participant.session, event.at_ms, line)
        line.held = event.kind == ledger.HELD
        line.segments.append(self.segment("hold" if line.held else "interact", event.at_ms, line))
        return participant

    def part_over(self, session: Session, at_ms: int, line: Session | None = None) -> None:
        """A stretch of talk, hold or parking ends: the session's own, or that of a call made for it."""
        part = (line or session).segments[-1]
        part.end_ms = at_ms
        session.part = part
        if part.kind == "hold":
            session.holds += 1
            session.held_ms += at_ms - part.start_ms
        elif part.kind == "parked":
            session.parked_ms += at_ms - part.start_ms
            session.park_over_ms = at_ms
        elif part.kind == "dialing":
            session.part = None
        else:
            session.talk_ms += at_ms - part.start_ms
            session.last_talk_ms = at_ms

    def _transferred(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        participant.session.destination = event.queue_id or event.user_id
        return participant

    def _unchanged(self, event: Event) -> Participant:
        return self.parties[event.party]

    def _agent_left(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        if session.media == "callback":
            # What it had of talk has been counted with its calls.
            session.part = None
            if event.code != ledger.BLIND:
                self.customer_done(event.at_ms)
        else:
            self.part_over(session, event.at_ms)
        session.held = False
        self.finish(participant, event, _AGENT_END[event.code or ledger.CUSTOMER_GONE])
        if event.after_work:
            self._after_work_started(event)
        else:
            participant.wrapup_required = False
        return participant

    def customer_done(self, at_ms: int) -> None:
        """Nobody will call the customer back any more."""
        customer = self.parties[0]
        if all(session.over for session in customer.sessions):
            customer.ended_ms = at_ms

    def _after_work_started(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        session.over = False
        session.state = "disconnected"
        participant.acw_start_ms = event.at_ms
        session.segments.append(self.segment("wrapup", event.at_ms, session))
        return participant

    def _after_work_counted(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        participant.session.acw_counted = True
        return participant

    def _wrapped_up(self, event: Event) -> Participant:
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

    def _late_wrap_up(self, event: Event) -> Participant:
        participant = self.parties[event.party]
        session = participant.session
        segment = self.segment("wrapup", event.at_ms - (event.amount_ms or 0), session)
        segment.end_ms = event.at_ms
        segment.wrap_up_code = participant.wrap_up_code = event.code
        segment.late = True
        session.segments.append(segment)
        return participant

    # The end.

    def _customer_left(self, event: Event) -> Participant:
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
        session.ended_ms = event.at_ms
        if event.code != ledger.CALL_ME_BACK or participant.purpose != "customer":
            participant.ended_ms = event.at_ms

    def segment(self, kind: str, start_ms: int, session: Session) -> Segment:
        """A segment that begins, with what the session knows."""
        letter, skill_ids = session.letter, session.skill_ids
        return Segment(
            kind,
            start_ms,
            queue_id=session.queue_id,
            skill_ids=skill_ids,
            language_id=self.conversation.language_for(skill_ids),
            subject=letter.subject if letter is not None else None,
        )

    def flow_of_type(self, kind: str) -> Flow | None:
        """The organisation's flow of a type, if it has one."""
        for flow in self.organization.flows:
            if flow.type == kind:
                return flow
        return None


STEPS: Final[dict[str, Callable[[Fold, Event], Participant]]] = {
    ledger.ARRIVED: Fold._arrived,
    ledger.CONNECTED: Fold._connected,
    ledger.CUSTOMER_LEFT: Fold._customer_left,
    ledger.ALERTED: Fold._alerted,
    ledger.NO_ANSWER: Fold._alert_over,
    ledger.DECLINED: Fold._alert_over,
    ledger.ALERT_WITHDRAWN: Fold._alert_over,
    ledger.ANSWERED: Fold._answered,
    ledger.HELD: Fold._hold_changed,
    ledger.RESUMED: Fold._hold_changed,
    ledger.CONSULT_STARTED: Fold._unchanged,
    ledger.CONSULT_CANCELLED: Fold._unchanged,
    ledger.TRANSFERRED: Fold._transferred,
    ledger.AGENT_LEFT: Fold._agent_left,
    ledger.AFTER_WORK_STARTED: Fold._after_work_started,
    ledger.AFTER_WORK_COUNTED: Fold._after_work_counted,
    ledger.WRAPPED_UP: Fold._wrapped_up,
    ledger.LATE_WRAP_UP: Fold._late_wrap_up,
    **fold_flows.STEPS,
    **fold_queues.STEPS,
    **fold_correspondence.STEPS,
    **fold_callbacks.STEPS,
}
