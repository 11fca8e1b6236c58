"""The emission rules as a table, and what they emit for one conversation, for the aggregates."""

from __future__ import annotations

from typing import Final

import msgspec

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.records.aftermath.dimensions import (
    Known,
    Later,
    beside_dims,
    later_dims,
    later_dims_of,
)
from gcanalytics.simulator.records.aftermath.emitted import RULES as BESIDE
from gcanalytics.simulator.records.aftermath.emitted import BesideRule
from gcanalytics.simulator.records.emission import TABLE, Choices, Rule
from gcanalytics.simulator.records.picture import PROVIDERS, Picture, picture
from gcanalytics.simulator.records.shapes import Participant, Session

__all__ = ["RULES", "Choices", "Emission", "Rule", "emissions"]

RULES: Final[tuple[Rule | BesideRule, ...]] = (*TABLE, *BESIDE)
"""Every rule, with its confidence, source and setting."""


Dims = dict[str, str | list[str]]
_EARLY: Final = frozenset({"nConnected", "nOffered", "nCallbackScheduled"})
_CODED: Final = frozenset({"tAcw", "tHandle"})


class Emission(msgspec.Struct, frozen=True, gc=False):
    """One value of one metric, emitted at ``at_ms``, with the dimensions known at that moment.

    ``dims`` is shared between emissions: do not change it. Values are texts, or lists of texts for
    dimensions with several values (divisionId, requestedRoutingSkillId, requestedRouting).
    """

    metric: str
    at_ms: int
    value: int
    dims: Dims


def emissions(conversation: Conversation, now_ms: int, settings: Choices | None) -> list[Emission]:
    """Everything that a conversation has emitted by ``now_ms``, in no particular order.

    Beside the metrics of its record it has ``tWait``, which only aggregates know: the wait of each finished
    visit of a queue, equal to its tAcd (a recorded half hour). A metric carries what was known at its emit
    time: userId on agents only, queueId once a queue was entered (so a caller's nConnected has none),
    wrapUpCode on tAcw and tHandle. oServiceLevel is left to the reader: its numerator is the count of
    tAnswered less nOverSla, its denominator tAnswered and tAbandon.
    """
    result: list[Emission] = []
    seen = picture(conversation, now_ms, settings)
    later = later_dims(seen)
    for participant in seen.participants:
        for session in participant.sessions:
            if session.metrics:
                _of_session(seen, participant, session, later, result)
    return result


def _of_session(
    seen: Picture, participant: Participant, session: Session, later: Later, result: list[Emission]
) -> None:
    dims = _dims(seen, participant, session)
    early = _at_the_start(seen, participant, session, dims)
    coded = dims
    if participant.acw_end_ms is not None and not session.acw_counted:
        coded = {**dims, "wrapUpCode": participant.wrap_up_code or ""}
    beside = Known([*later, *later_dims_of(seen, participant, session)])
    for metric in session.metrics:
        known = early if metric.name in _EARLY else coded if metric.name in _CODED else dims
        known = beside.at(known, metric.emit_ms)
        result.append(Emission(metric.name, metric.emit_ms, metric.value, known))
        if metric.name == "tAcd":
            result.append(Emission("tWait", metric.emit_ms, metric.value, known))


def _at_the_start(seen: Picture, participant: Participant, session: Session, dims: Dims) -> Dims:
    """What was known of a customer or a visit of a queue when it began."""
    if participant.purpose not in {"customer", "acd"} or session is not participant.session:
        return dims
    later = {"usedRouting", "selectedAgentId"}
    organization = seen.conversation.organization
    if participant.purpose == "customer":
        # A caller is in no queue yet; a chat aims at one from the start, and may leave it for others.
        if session.media == "voice" and session.direction == "inbound":
            later |= {"queueId", "requestedRouting"}
            dims = {**dims, "divisionId": [organization.divisions[0].id]}
        elif seen.queue_ids:
            first = organization.queues_by_id[seen.queue_ids[0]]
            dims = {**dims, "queueId": first.id, "divisionId": [first.division_id]}
    return {name: value for name, value in dims.items() if name not in later}


def _dims(seen: Picture, participant: Participant, session: Session) -> Dims:
    conversation = seen.conversation
    organization = conversation.organization
    dims: Dims = {
        "conversationId": conversation.id,
        "mediaType": session.media,
        "direction": session.direction,
        "originatingDirection": conversation.direction,
        "conversationInitiator": conversation.initiator,
        "purpose": participant.purpose,
        "provider": PROVIDERS[session.media],
        "sessionId": session.id,
    }
    texts = {
        "queueId": session.queue_id,
        "userId": session.user_id,
        "ani": session.ani,
        "dnis": session.dnis,
        "sessionDnis": session.session_dnis,
        "remote": session.remote,
        "messageType": session.message_type,
        "participantName": participant.name,
        "usedRouting": session.used_routing,
        "selectedAgentId": session.selected_agent_id,
        "requestedLanguageId": conversation.language_for(session.skill_ids),
    }
    dims.update((name, value) for name, value in texts.items() if value is not None)
    if session.letter is not None:
        dims.update(addressFrom=session.letter.from_address, addressTo=session.letter.to_address)
    queue = organization.queues_by_id.get(session.queue_id or "")
    dims["divisionId"] = [queue.division_id if queue else organization.divisions[0].id]
    if session.skill_ids:
        dims["requestedRoutingSkillId"] = list(session.skill_ids)
    if session.requested_routing:
        dims["requestedRouting"] = [session.requested_routing]
    if session.flow is not None and participant.purpose != "acd":
        flow = session.flow.flow
        dims.update(flowId=flow.id, flowName=flow.name, flowType=flow.type)
    dims.update(beside_dims(seen, participant, session))
    return dims
