"""The emission rules of messages, e-mails and callbacks; no complete record of theirs is known."""

from __future__ import annotations

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.records.emission import Context, rule
from gcanalytics.simulator.records.shapes import Session

_NAME = "the metric's name"
_ACTIVE = "Genesys help, metric definitions: contacting, dialing, talk, hold, after-call work"


@rule(ledger.CUSTOMER_LEFT, ledger.AGENT_LEFT, metrics=("oMessageCount",), confidence="I", source=_NAME)
def _messages(session: Session, event: Event, _: Context) -> None:
    """Each side of a message has the number of what it wrote."""
    if session.media == "message" and session.wrote:
        session.add("oMessageCount", len(session.wrote), event.at_ms)


@rule(ledger.AGENT_WROTE, metrics=("tAgentResponseTime", "tFirstResponse"), confidence="I", source=_NAME)
def _responded(session: Session, event: Event, _: Context) -> None:
    """An agent's answer has its time, and the first one of all the time since the customer's first word."""
    if session.responded:
        session.add("tAgentResponseTime", session.responses[-1], event.at_ms)
    if session.first_response_ms is not None:
        session.add("tFirstResponse", session.first_response_ms, event.at_ms)


@rule(
    ledger.CUSTOMER_LEFT,
    ledger.AGENT_LEFT,
    metrics=("tAverageAgentResponseTime", "tAverageCustomerResponseTime", "oMessageTurn"),
    confidence="I",
    source=_NAME,
)
def _average_response(session: Session, event: Event, _: Context) -> None:
    """Each side's average time of answering comes with its end, and how often the agent has answered."""
    if session.media != "message" or not session.responses:
        return
    agent = event.kind == ledger.AGENT_LEFT
    name = "tAverageAgentResponseTime" if agent else "tAverageCustomerResponseTime"
    session.add(name, sum(session.responses) // len(session.responses), event.at_ms)
    if agent:
        session.add("oMessageTurn", len(session.responses), event.at_ms)


@rule(ledger.CALLBACK_QUEUED, metrics=("nCallbackScheduled",), confidence="I", source=_NAME)
def _scheduled(session: Session, event: Event, _: Context) -> None:
    """A callback for a certain time counts when it is asked for."""
    if event.amount_ms:
        session.add("nCallbackScheduled", 1, event.at_ms)


@rule(
    ledger.CALL_STARTED,
    metrics=("nCallbackAttempts",),
    confidence="I",
    source=_NAME,
)
def _attempted(session: Session, event: Event, _: Context) -> None:
    """Each call of a callback is an attempt."""
    session.add("nCallbackAttempts", 1, event.at_ms)


@rule(
    ledger.CALL_DIALLED,
    metrics=("nOutbound", "nOutboundAttempted", "tContacting"),
    confidence="I",
    source=_NAME,
)
def _dialled(_: Session, event: Event, context: Context) -> None:
    """An agent's call counts when the number is dialled."""
    if context.line is None:
        return
    context.line.add("nOutbound", 1, event.at_ms)
    context.line.add("nOutboundAttempted", 1, event.at_ms)
    if context.line.segments[0].kind == "contacting":
        context.line.add("tContacting", event.at_ms - context.line.started_ms, event.at_ms)


@rule(
    ledger.CALL_CONNECTED,
    ledger.CALL_FAILED,
    metrics=("tDialing", "nOutboundConnected", "nConnected", "tCallbackConnect", "tCallbackNotReached"),
    confidence="I",
    source=_NAME,
)
def _rang(session: Session, event: Event, context: Context) -> None:
    """Dialing ends with the customer's answer or without it."""
    if context.line is None or context.far is None:
        return
    dialled_ms = context.far.started_ms
    context.line.add("tDialing", event.at_ms - dialled_ms, event.at_ms)
    if event.kind == ledger.CALL_CONNECTED:
        context.line.add("nOutboundConnected", 1, event.at_ms)
        context.far.add("nConnected", 1, event.at_ms)
        if session.media == "callback":
            session.add("tCallbackConnect", event.at_ms - context.line.started_ms, event.at_ms)
    elif session.media == "callback":
        session.add("tCallbackNotReached", event.at_ms - context.line.started_ms, event.at_ms)


@rule(ledger.CALL_ENDED, metrics=("tConnected",), confidence="I", source=_NAME)
def _call_time(_: Session, event: Event, context: Context) -> None:
    """The customer's connected time of a call comes with its end."""
    if context.far is not None and context.far.connected_ms is not None:
        context.far.add("tConnected", event.at_ms - context.far.connected_ms, event.at_ms)


@rule(
    ledger.WRAPPED_UP,
    ledger.AGENT_LEFT,
    metrics=("tActiveCallback", "tActiveCallbackComplete"),
    confidence="I",
    source=_ACTIVE,
)
def _active(session: Session, event: Event, _: Context) -> None:
    """A callback's active time: from its first call to the end of the after-call work."""
    if session.media != "callback" or event.after_work or session.called_ms is None:
        return
    session.add("tActiveCallback", event.at_ms - session.called_ms, event.at_ms)
    session.add("tActiveCallbackComplete", event.at_ms - session.called_ms, event.at_ms)
