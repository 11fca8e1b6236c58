"""Metrics of what happens beside the course, by rules of their own.

The rules are like those of ``emission``; they answer to no event of the ledger, but to what a caller does in
a menu and an agent on his desk. ``picture`` calls them once the course is folded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gcanalytics.simulator.business.aftermath import desks, letters
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.aftermath.menus import menu_visit
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.records.shapes import Participant

Emit = Callable[[Participant, Conversation, int, int], None]


@dataclass(frozen=True)
class BesideRule:
    """One emission rule for what happens beside the course.

    Attributes:
        name: what happens, in words.
        metrics: the metrics that it can emit.
        purpose: of the participants whose sessions get them.
        confidence, source, setting: as of ``emission.Rule``.
        emit: the rule: adds to a participant's session what was emitted by an instant (ms); it gets the
            conversation's seed (``draws.seed_of``) too.
    """

    name: str
    metrics: tuple[str, ...]
    purpose: str
    confidence: str
    source: str
    setting: str | None
    emit: Emit


_table: list[BesideRule] = []


def _rule(*metrics: str, purpose: str, confidence: str, source: str) -> Callable[[Emit], Emit]:
    def enter(emit: Emit) -> Emit:
        name = (emit.__doc__ or "").strip().rstrip(".")
        _table.append(BesideRule(name, metrics, purpose, confidence, source, None, emit))
        return emit

    return enter


@_rule(
    "nFlowMilestone",
    "nFlowOutcome",
    "nFlowOutcomeFailed",
    "tFlowOutcome",
    purpose="ivr",
    confidence="I",
    source="the metrics' names; flow outcomes of the official SDK's models",
)
def _menu(participant: Participant, conversation: Conversation, _: int, now_ms: int) -> None:
    """A milestone counts when it is passed; an outcome when it is reached, or fails as the caller leaves."""
    session = participant.session
    if session.flow is None:
        return
    visit = menu_visit(conversation, participant.number)
    if visit is None:
        return
    for milestone in visit.milestones:
        if milestone.at_ms <= now_ms:
            session.add("nFlowMilestone", 1, milestone.at_ms)
    for outcome in visit.outcomes:
        if outcome.ended_ms <= now_ms:
            session.add("nFlowOutcome", 1, outcome.ended_ms)
            if outcome.reached:
                session.add("tFlowOutcome", outcome.ended_ms - outcome.started_ms, outcome.ended_ms)
            else:
                session.add("nFlowOutcomeFailed", 1, outcome.ended_ms)


@_rule("tSnippetRecord", purpose="agent", confidence="I", source="the metric's name")
def _snippet(participant: Participant, conversation: Conversation, seed: int, now_ms: int) -> None:
    """A recorded snippet's length comes with its end, on the agent's session."""
    for session in participant.sessions:
        if session.media != "voice" or session.connected_ms is None or session.queue_id is None:
            continue
        recorded = desks.snippet(
            conversation.organization,
            seed,
            participant.number,
            session.queue_id,
            session.connected_ms,
            session.ended_ms,
        )
        if recorded is not None and recorded[1] <= now_ms:
            session.add("tSnippetRecord", recorded[1] - recorded[0], recorded[1])


@_rule("oMediaCount", purpose="customer", confidence="I", source="the metric's name")
def _enclosed(participant: Participant, _: Conversation, seed: int, now_ms: int) -> None:
    """What a customer enclosed is counted at the end of his session, as his messages are."""
    session = participant.session
    if session.media not in {"message", "email"} or session.ended_ms is None or session.ended_ms > now_ms:
        return
    count = letters.enclosures(seed)
    if count and session.message_type not in letters.NO_PICTURES:
        session.add("oMediaCount", count, session.ended_ms)


RULES: Final[tuple[BesideRule, ...]] = tuple(_table)
_BY_PURPOSE: Final = {
    purpose: tuple(each.emit for each in _table if each.purpose == purpose)
    for purpose in {each.purpose for each in _table}
}


def emit_beside(conversation: Conversation, participants: Sequence[Participant], now_ms: int) -> None:
    """Add to the sessions of a planned conversation what the rules have emitted by an instant."""
    if not conversation.planned:
        return
    seed = seed_of(conversation.id)
    for participant in participants:
        for emit in _BY_PURPOSE.get(participant.purpose, ()):
            emit(participant, conversation, seed, now_ms)
