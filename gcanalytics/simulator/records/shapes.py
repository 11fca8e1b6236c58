"""What a conversation looks like from outside at one moment: participants, sessions, segments, metrics.

Instants are milliseconds since the epoch, UTC; None is "not yet" or "does not apply". The words are the
platform's, in the spelling of the details records; nothing here is computed. Nothing points back to what it
is part of, so that the collector of cycles has nothing to look for (``gc=False``).
"""

from __future__ import annotations

import msgspec

from gcanalytics.simulator.business.ledger import Letter
from gcanalytics.simulator.business.organization import Flow


class Metric(msgspec.Struct, gc=False):
    """A measured value of a session: milliseconds for ``t``, a count for ``n``; known from ``emit_ms`` on."""

    name: str
    value: int
    emit_ms: int


class Segment(msgspec.Struct, gc=False):
    """One stretch of a session."""

    kind: str
    start_ms: int
    end_ms: int | None = None
    queue_id: str | None = None
    disconnect: str | None = None
    wrap_up_code: str | None = None
    error_code: str | None = None
    subject: str | None = None
    skill_ids: tuple[str, ...] = ()
    language_id: str | None = None
    late: bool = False


class FlowPart(msgspec.Struct, gc=False):
    """The flow object of a session."""

    flow: Flow
    entry_type: str | None = None
    exit_reason: str | None = None
    transfer_type: str | None = None
    transfer_target_address: str | None = None
    transfer_target_name: str | None = None
    issued_callback: bool = False


class Session(msgspec.Struct, gc=False):
    """One participant's part in the interaction.

    Attributes:
        state: as in conversation events: alerting, connected, parked, scheduled, contacting, dialing,
            disconnected, terminated (its work is done).
        connected_ms: when it was connected (an agent: when he answered).
        disconnect: the last disconnectType, in the details spelling.
        peer_id: id of the customer's session; None on the customer's own.
        talk_ms, held_ms, parked_ms: so far, whole parts only; acd_ms: length of a finished visit of a queue.
        part: the last finished stretch of talk, hold or parking; holds: how many of them were holds.
        wrote: instants of what its side has written (messages, e-mails).
        responses: how long its side took to answer, each time; responded: whether the last was an answer.
        first_response_ms: from the conversation's start to the first thing that any agent wrote, if that
            was the last thing that this session's agent wrote.
        callback_due_ms: the time for which a callback was scheduled; called_ms: its first call.
        park_since_ms, park_over_ms: begin and end of its last parking.
        acw_counted: its after-call work was counted before its form was closed.
        over: nothing will happen to it any more but a late wrap-up.
    """

    id: str
    media: str
    direction: str
    purpose: str
    state: str
    started_ms: int
    queue_id: str | None = None
    user_id: str | None = None
    connected_ms: int | None = None
    ended_ms: int | None = None
    held: bool = False
    disconnect: str | None = None
    peer_id: str | None = None
    ani: str | None = None
    dnis: str | None = None
    session_dnis: str | None = None
    remote: str | None = None
    requested_routing: str | None = None
    used_routing: str | None = None
    selected_agent_id: str | None = None
    flow: FlowPart | None = None
    flow_in_type: str | None = None
    flow_out_type: str | None = None
    skill_ids: tuple[str, ...] = ()
    consult: bool = False
    destination: str | None = None
    talk_ms: int = 0
    held_ms: int = 0
    parked_ms: int = 0
    last_talk_ms: int | None = None
    acd_ms: int | None = None
    flow_started_ms: int | None = None
    part: Segment | None = None
    holds: int = 0
    acw_counted: bool = False
    over: bool = False
    message_type: str | None = None
    letter: Letter | None = None
    callback_number: str | None = None
    callback_name: str | None = None
    callback_due_ms: int | None = None
    called_ms: int | None = None
    park_since_ms: int | None = None
    park_over_ms: int | None = None
    wrote: list[int] = msgspec.field(default_factory=list)
    responses: list[int] = msgspec.field(default_factory=list)
    responded: bool = False
    first_response_ms: int | None = None
    segments: list[Segment] = msgspec.field(default_factory=list)
    metrics: list[Metric] = msgspec.field(default_factory=list)

    def add(self, name: str, value: int, emit_ms: int) -> None:
        """Add a metric."""
        self.metrics.append(Metric(name, value, emit_ms))

    def metric(self, name: str) -> int | None:
        """The sum of the metric's values so far, None without any."""
        values = [metric.value for metric in self.metrics if metric.name == name]
        return sum(values) if values else None


class Participant(msgspec.Struct, gc=False):
    """One party of a conversation; each alert of an agent is a participant of its own.

    Who calls a customer back has a session for the callback and one more for each call; so has the customer.

    Attributes:
        number: the party's number in the ledger; positions in a record may differ.
        purpose: customer, ivr, acd, agent or voicemail.
        session: the first one; an agent's is that of what he was offered, with his after-call work.
        calls: the sessions after it.
        name: of the customer, the flow or the queue; None for agents, as in real records.
        connected_ms: start of its connection (an agent: when he answered, None before).
        ended_ms: end of its connection; its after-call work may go on.
        acw_start_ms, acw_end_ms, wrap_up_code: the after-call work.
        alerting_since_ms: while an agent is being alerted.
    """

    number: int
    id: str
    purpose: str
    session: Session
    name: str | None = None
    user_id: str | None = None
    queue_id: str | None = None
    address: str | None = None
    connected_ms: int | None = None
    ended_ms: int | None = None
    wrapup_required: bool = False
    acw_start_ms: int | None = None
    acw_end_ms: int | None = None
    wrap_up_code: str | None = None
    alerting_since_ms: int | None = None
    calls: list[Session] = msgspec.field(default_factory=list)

    @property
    def sessions(self) -> list[Session]:
        """All its sessions."""
        return [self.session, *self.calls]
