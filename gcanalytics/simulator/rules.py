"""The emission rules as a table, and what they emit for one conversation, for the aggregates."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

import msgspec

from gcanalytics.simulator.emission import TABLE, Choices, Rule
from gcanalytics.simulator.ledger import Conversation
from gcanalytics.simulator.picture import Picture, picture
from gcanalytics.simulator.shapes import Metric, Participant

__all__ = ["RULES", "Choices", "Emission", "Rule", "emissions"]

RULES: Final[tuple[Rule, ...]] = TABLE
"""Every rule, with its confidence, source and setting."""

_CACHED_CONVERSATIONS: Final = 30_000


class Emission(msgspec.Struct, frozen=True, gc=False):
    """One value of one metric, emitted at ``at_ms``, with the dimensions known at that moment.

    ``dims`` is shared between emissions: do not change it. Values are texts, or lists of texts for
    dimensions with several values (divisionId, requestedRoutingSkillId, requestedRouting).
    """

    metric: str
    at_ms: int
    value: int
    dims: dict[str, str | list[str]]


def emissions(conversation: Conversation, now_ms: int, settings: Choices | None) -> list[Emission]:
    """Everything that a conversation has emitted by ``now_ms``, in no particular order.

    Beside the metrics of its record it has ``tWait``, which only aggregates know: the wait of each finished
    visit of a queue, equal to its tAcd (a recorded half hour). A metric carries what was known at its emit
    time: userId on agents only, queueId once a queue was entered (so a caller's nConnected has none),
    wrapUpCode on tAcw and tHandle. oServiceLevel is left to the reader: its numerator is the count of
    tAnswered less nOverSla, its denominator tAnswered and tAbandon.
    """
    final = conversation.settled_ms <= now_ms
    if final:
        cached = _cache.get(conversation)
        if cached is not None:
            return cached
    result = _emissions(picture(conversation, now_ms, settings))
    if final:
        _cache.put(conversation, result)
    return result


def _emissions(seen: Picture) -> list[Emission]:
    result = []
    for participant in seen.participants:
        session = participant.session
        if not session.metrics:
            continue
        dims = _dims(seen, participant)
        coded = dims
        if participant.wrap_up_code and not session.acw_counted:
            coded = {**dims, "wrapUpCode": participant.wrap_up_code}
        early = dims
        if participant.purpose == "customer" and session.media == "voice":
            early = {**dims, "divisionId": [seen.conversation.organization.divisions[0].id]}
            early.pop("queueId", None)
        for metric in session.metrics:
            known = _known(metric, dims, coded, early)
            result.append(Emission(metric.name, metric.emit_ms, metric.value, known))
            if metric.name == "tAcd":
                result.append(Emission("tWait", metric.emit_ms, metric.value, known))
    return result


def _known(
    metric: Metric,
    dims: dict[str, str | list[str]],
    coded: dict[str, str | list[str]],
    early: dict[str, str | list[str]],
) -> dict[str, str | list[str]]:
    if metric.name in {"tAcw", "tHandle"}:
        return coded
    return early if metric.name == "nConnected" else dims


def _dims(seen: Picture, participant: Participant) -> dict[str, str | list[str]]:
    conversation = seen.conversation
    organization = conversation.organization
    session = participant.session
    dims: dict[str, str | list[str]] = {
        "conversationId": conversation.id,
        "mediaType": session.media,
        "direction": session.direction,
        "originatingDirection": conversation.direction,
        "conversationInitiator": "customer",
        "purpose": participant.purpose,
        "provider": seen.provider,
        "sessionId": session.id,
    }
    texts = {
        "queueId": session.queue_id,
        "userId": session.user_id,
        "ani": session.ani,
        "dnis": session.dnis,
        "sessionDnis": session.session_dnis,
        "remote": session.remote,
        "participantName": participant.name,
        "usedRouting": session.used_routing,
        "selectedAgentId": session.selected_agent_id,
        "requestedLanguageId": conversation.language_id if session.skill_id else None,
    }
    dims.update((name, value) for name, value in texts.items() if value is not None)
    queue = organization.queues_by_id.get(session.queue_id or "")
    dims["divisionId"] = [queue.division_id if queue else organization.divisions[0].id]
    if session.skill_id:
        dims["requestedRoutingSkillId"] = [session.skill_id]
    if session.requested_routing:
        dims["requestedRouting"] = [session.requested_routing]
    if session.flow is not None and participant.purpose != "acd":
        flow = session.flow.flow
        dims.update(flowId=flow.id, flowName=flow.name, flowType=flow.type)
    return dims


class _Cache:
    """Emissions of settled conversations, the least used ones dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, list[Emission]]] = OrderedDict()

    def get(self, conversation: Conversation) -> list[Emission] | None:
        with self._lock:
            entry = self._kept.get(conversation.id)
            if entry is None or entry[0] != len(conversation.events):
                return None
            self._kept.move_to_end(conversation.id)
            return entry[1]

    def put(self, conversation: Conversation, result: list[Emission]) -> None:
        with self._lock:
            self._kept[conversation.id] = (len(conversation.events), result)
            while len(self._kept) > _CACHED_CONVERSATIONS:
                self._kept.popitem(last=False)


_cache: Final = _Cache()
