"""The emission rules: which metric a session gets, with which value, when something happens to it.

One function a rule; the table that they form is ``TABLE``, complete in ``rules``. The fold of ``picture``
calls them after it has changed the session itself. The client knows nothing of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.records.shapes import Session


class Choices(Protocol):
    """The settings that rules depend on."""

    @property
    def short_abandon_s(self) -> float:
        """Waits below this are short abandons too; 0 switches the metric off."""


class Context(msgspec.Struct, frozen=True, gc=False):
    """What a rule may look at beside the session and the event.

    Attributes:
        visit: the visit of a queue that an answered agent was found by.
        line, far: the agent's and the customer's session of a call that the agent makes.
    """

    organization: Organization
    choices: Choices | None
    visit: Session | None = None
    line: Session | None = None
    far: Session | None = None


Emit = Callable[[Session, Event, Context], None]


@dataclass(frozen=True)
class Rule:
    """One emission rule.

    Attributes:
        name: what happens, in words.
        metrics: the metrics that it can emit.
        kinds: the ledger's events that it answers to.
        confidence: O official, V verified with the official SDK, 3 seen in live records, I inferred.
        source: where it is known from.
        setting: the simulator's setting that changes it, None without any.
        emit: the rule itself.
    """

    name: str
    metrics: tuple[str, ...]
    kinds: tuple[str, ...]
    confidence: str
    source: str
    setting: str | None
    emit: Emit


TABLE: Final[list[Rule]] = []
"""Every rule of this file and of those that enter theirs here (``emission_async``)."""
BY_KIND: Final[dict[str, tuple[Emit, ...]]] = {}

_CALL = "a recorded live call, answered after one no-answer"
_CHAT = "two recorded chats of the conversation-model-to-sql blueprint"


def rule(
    *kinds: str, metrics: tuple[str, ...], confidence: str, source: str, setting: str | None = None
) -> Callable[[Emit], Emit]:
    """Enter a function into the table; its docstring says what happens."""

    def enter(emit: Emit) -> Emit:
        name = (emit.__doc__ or "").strip().rstrip(".")
        TABLE.append(Rule(name, metrics, kinds, confidence, source, setting, emit))
        for kind in kinds:
            BY_KIND[kind] = (*BY_KIND.get(kind, ()), emit)
        return emit

    return enter


@rule(ledger.ARRIVED, metrics=("nConnected",), confidence="O", source=_CHAT)
def _chat_connected(session: Session, event: Event, _: Context) -> None:
    """A writer counts as connected from the start."""
    if session.media not in {"voice", "callback"}:
        session.add("nConnected", 1, event.at_ms)


@rule(ledger.CONNECTED, metrics=("nConnected",), confidence="3", source=_CALL)
def _caller_connected(session: Session, event: Event, _: Context) -> None:
    """A caller counts as connected at the end of his system segment."""
    session.add("nConnected", 1, event.at_ms)


@rule(ledger.CUSTOMER_LEFT, metrics=("tConnected",), confidence="3", source=_CALL)
def _customer_time(session: Session, event: Event, _: Context) -> None:
    """A caller's connected time comes with his end; chats carry none."""
    if session.media == "voice" and session.connected_ms is not None:
        session.add("tConnected", event.at_ms - session.connected_ms, event.at_ms)


@rule(ledger.MENU_OPENED, metrics=("nFlow",), confidence="3", source=_CALL)
def _flow_started(session: Session, event: Event, _: Context) -> None:
    """A flow counts when it starts."""
    session.add("nFlow", 1, event.at_ms)


@rule(
    ledger.MENU_LEFT,
    metrics=("tIvr", "tFlow", "tFlowExit", "tFlowDisconnect"),
    confidence="3",
    source=f"{_CALL}; tFlowDisconnect inferred from its name",
)
def _flow_ended(session: Session, event: Event, _: Context) -> None:
    """IVR and flow times come with the flow's end; the way out names a second flow time."""
    session.add("tIvr", event.at_ms - session.segments[-1].start_ms, event.at_ms)
    spoke_ms = session.flow_started_ms
    if spoke_ms is not None:
        session.add("tFlow", event.at_ms - spoke_ms, event.at_ms)
        way_out = "tFlowExit" if event.code == ledger.TO_QUEUE else "tFlowDisconnect"
        session.add(way_out, event.at_ms - spoke_ms, event.at_ms)


@rule(ledger.OFFERED, metrics=("nOffered",), confidence="O", source=f"{_CALL}; {_CHAT}")
def _offered(session: Session, event: Event, _: Context) -> None:
    """An interaction is offered at the start of the queue's interact segment."""
    session.add("nOffered", 1, event.at_ms)


@rule(ledger.DEQUEUED, metrics=("tAcd",), confidence="O", source=f"{_CALL}; {_CHAT}")
def _queue_time(session: Session, event: Event, _: Context) -> None:
    """The time in the queue comes with its end, whatever the outcome."""
    session.add("tAcd", session.acd_ms or 0, event.at_ms)


@rule(
    ledger.DEQUEUED,
    metrics=("tAbandon", "tShortAbandon"),
    confidence="3",
    source="a recorded half hour: sums of tAbandon, tAcd and tWait agree",
    setting="short_abandon_s",
)
def _abandoned(session: Session, event: Event, context: Context) -> None:
    """An abandon has its wait on the queue's session, and a short one has it twice; a callback has none."""
    if event.code not in {ledger.ABANDONED, ledger.EXPIRED} or session.media == "callback":
        return
    wait = session.acd_ms or 0
    session.add("tAbandon", wait, event.at_ms)
    if context.choices is not None and wait < context.choices.short_abandon_s * 1000:
        session.add("tShortAbandon", wait, event.at_ms)


@rule(ledger.DEQUEUED, metrics=("tFlowOut",), confidence="I", source="Genesys help, metric definitions")
def _flowed_out(session: Session, event: Event, _: Context) -> None:
    """A flow-out has its wait as tFlowOut, and no tAbandon."""
    if event.code in {ledger.FLOWED_OUT, ledger.CALL_ME_BACK}:
        session.add("tFlowOut", session.acd_ms or 0, event.at_ms)


@rule(
    ledger.ANSWERED,
    ledger.NO_ANSWER,
    ledger.DECLINED,
    ledger.ALERT_WITHDRAWN,
    metrics=("tAlert",),
    confidence="O",
    source=f"{_CALL}; {_CHAT}",
)
def _alert_ended(session: Session, event: Event, _: Context) -> None:
    """An agent's alert time comes with the alert's end."""
    session.add("tAlert", event.at_ms - session.segments[0].start_ms, event.at_ms)


@rule(ledger.NO_ANSWER, metrics=("nError", "tNotResponding"), confidence="3", source=_CALL)
def _no_answer(session: Session, event: Event, _: Context) -> None:
    """A bounced alert is an error, and its length is time not responding."""
    session.add("nError", 1, event.at_ms)
    session.add("tNotResponding", event.at_ms - session.segments[0].start_ms, event.at_ms)


@rule(ledger.DECLINED, metrics=("nAgentDeclined",), confidence="I", source="the metric's name")
def _declined(session: Session, event: Event, _: Context) -> None:
    """A declined alert counts as such."""
    session.add("nAgentDeclined", 1, event.at_ms)


@rule(
    ledger.ANSWERED,
    metrics=("tAnswered", "nOverSla"),
    confidence="3",
    source=f"{_CALL}; nOverSla inferred from Genesys help, service level",
)
def _answered(session: Session, event: Event, context: Context) -> None:
    """The wait of an answered offer stands on the agent who answered, and whether it missed the target."""
    visit = context.visit
    if visit is None or visit.acd_ms is None or session.media == "callback":
        return
    session.add("tAnswered", visit.acd_ms, event.at_ms)
    queue = context.organization.queues_by_id.get(visit.queue_id or "")
    level = queue.service_levels.get(session.media) if queue else None
    if level and visit.acd_ms > level[1]:
        session.add("nOverSla", 1, event.at_ms)


@rule(
    ledger.HELD,
    ledger.RESUMED,
    ledger.PARKED,
    ledger.UNPARKED,
    ledger.CALL_ENDED,
    ledger.AGENT_LEFT,
    metrics=("tTalk", "tHeld", "tPark"),
    confidence="3",
    source=f"{_CHAT}; a recorded session with 21 talk and 20 hold parts; tPark inferred from its name",
)
def _part_ended(session: Session, event: Event, _: Context) -> None:
    """Each part of talk, hold and parking has its own value at its own end."""
    part = session.part
    if part is None:
        return
    session.add(
        {"hold": "tHeld", "parked": "tPark"}.get(part.kind, "tTalk"), event.at_ms - part.start_ms, event.at_ms
    )


@rule(
    ledger.AGENT_LEFT,
    metrics=("tTalkComplete", "tHeldComplete", "tParkComplete"),
    confidence="3",
    source=f"{_CHAT} (talk: dated to the last part's end); a recorded session with many parts",
)
def _parts_complete(session: Session, event: Event, _: Context) -> None:
    """The sums of talk, hold and parking are known at the agent's end; talk's is dated to its last part."""
    if session.last_talk_ms is not None:
        session.add("tTalkComplete", session.talk_ms, session.last_talk_ms)
    if session.holds:
        session.add("tHeldComplete", session.held_ms, event.at_ms)
    if session.park_since_ms is not None:
        session.add("tParkComplete", session.parked_ms, event.at_ms)


@rule(ledger.AGENT_LEFT, metrics=("nError",), confidence="O", source=_CHAT)
def _customer_vanished(session: Session, event: Event, _: Context) -> None:
    """A chat whose customer timed out is an error on the agent's session."""
    if event.code == ledger.TIMED_OUT:
        session.add("nError", 1, event.at_ms)


@rule(ledger.AGENT_LEFT, metrics=("tHandle",), confidence="O", source=_CHAT)
def _handled_without_after_work(session: Session, event: Event, _: Context) -> None:
    """Without after-call work the handle time comes with the agent's end."""
    if not event.after_work and session.connected_ms is not None:
        session.add("tHandle", session.talk_ms + session.held_ms, event.at_ms)


@rule(
    ledger.WRAPPED_UP,
    ledger.AFTER_WORK_COUNTED,
    metrics=("tAcw", "tHandle"),
    confidence="3",
    source=_CALL,
    setting="no_answer_acw_share",
)
def _after_work(session: Session, event: Event, _: Context) -> None:
    """After-call work and handle time come with the wrap-up, or a little before it on a bounced agent."""
    counted = event.kind == ledger.AFTER_WORK_COUNTED
    if not counted and session.acw_counted:
        return
    acw = event.amount_ms if counted else event.at_ms - session.segments[-1].start_ms
    session.add("tAcw", acw or 0, event.at_ms)
    session.add("tHandle", session.talk_ms + session.held_ms + (acw or 0), event.at_ms)


@rule(ledger.CONSULT_STARTED, metrics=("nConsult",), confidence="3", source="forum 18235")
def _consulted(session: Session, event: Event, _: Context) -> None:
    """A consult counts on the consulting agent at its start."""
    session.add("nConsult", 1, event.at_ms)


@rule(
    ledger.TRANSFERRED,
    metrics=("nTransferred", "nBlindTransferred", "nConsultTransferred"),
    confidence="I",
    source="Genesys help, metric definitions",
)
def _transferred(session: Session, event: Event, _: Context) -> None:
    """A transfer counts on the giving agent when it is done."""
    kind = "nBlindTransferred" if event.code == ledger.BLIND else "nConsultTransferred"
    session.add("nTransferred", 1, event.at_ms)
    session.add(kind, 1, event.at_ms)


@rule(ledger.VOICEMAIL_LEFT, metrics=("tVoicemail",), confidence="I", source="the metric's name")
def _voicemail(session: Session, event: Event, _: Context) -> None:
    """A message's length comes with its end."""
    session.add("tVoicemail", event.at_ms - session.started_ms, event.at_ms)
