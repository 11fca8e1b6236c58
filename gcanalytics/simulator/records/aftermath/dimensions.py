"""Dimensions that aggregates know of a value beside those of the course.

A session's values have what its participant and the session itself show in the details record, and what the
whole conversation does; what comes in the middle (a case, a flag, an end) stands only on what was emitted
from then on. All of it is inferred: the platform names the dimensions and says no more.
"""

from __future__ import annotations

from typing import Final

from gcanalytics.simulator.business.aftermath import contacts, desks
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.aftermath.menus import menu_visit
from gcanalytics.simulator.records.aftermath.journeys import from_portal, visitor
from gcanalytics.simulator.records.aftermath.letters import media_count
from gcanalytics.simulator.records.aftermath.parties import CUSTOMERS, edge_id
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant, Session

Dims = dict[str, str | list[str]]
Later = list[tuple[int, str, str]]
"""Instant, name and value of dimensions that come in the middle."""
_TRUE: Final = "true"


def beside_dims(seen: Picture, participant: Participant, session: Session) -> Dims:
    """What stands on every value of a participant's session."""
    conversation = seen.conversation
    dims: Dims = {"customerParticipation": _TRUE}
    if session.peer_id is not None:
        dims["peerId"] = session.peer_id
    if participant.purpose in {"acd", "agent"}:
        dims["routingPriority"] = str(conversation.priority)
    if participant.purpose in CUSTOMERS and from_portal(session):
        dims |= {name: _TRUE if value is True else str(value) for name, value in visitor(seen).items()}
    if not conversation.planned:
        return dims
    if session.media == "voice":
        dims["edgeId"] = edge_id(conversation.organization.id, session)
    if session.skill_ids:
        dims["activeSkillId"] = list(session.skill_ids)
    if participant.purpose == "acd":
        if session.flow_in_type is not None:
            dims["flowInType"] = session.flow_in_type
    elif participant.purpose == "agent":
        _of_agent(dims, seen, participant, session)
    elif participant.purpose in CUSTOMERS:
        _of_customer(dims, seen)
        count = media_count(session, seed_of(conversation.id))
        if count:
            dims["mediaCount"] = str(count)
    if session.media == "callback":
        dims["agentOwned"] = "false"
    return dims


def _of_agent(dims: Dims, seen: Picture, participant: Participant, session: Session) -> None:
    organization, user_id = seen.conversation.organization, participant.user_id or ""
    texts = {
        "teamId": desks.team_id(organization, user_id),
        "agentAssistantId": desks.assistant_id(organization, participant.queue_id or ""),
        "stationId": desks.station_id(user_id) if session.media == "voice" else None,
    }
    dims.update((name, value) for name, value in texts.items() if value is not None)


def _of_customer(dims: Dims, seen: Picture) -> None:
    conversation = seen.conversation
    texts = {
        "externalContactId": contacts.known_contact(conversation),
        "externalOrganizationId": contacts.company(conversation),
    }
    dims.update((name, value) for name, value in texts.items() if value is not None)


def later_dims(seen: Picture) -> Later:
    """What comes in the middle for a whole conversation: its case."""
    if not seen.conversation.planned:
        return []
    case = desks.case(seen.conversation, seed_of(seen.conversation.id))
    return [(case.at_ms, "externalTag", case.number)] if case is not None else []


def later_dims_of(seen: Picture, participant: Participant, session: Session) -> Later:
    """What comes in the middle for a participant's session: how it ends, where it goes, a flag."""
    found: Later = []
    if session.ended_ms is not None:
        if session.disconnect is not None:
            found.append((session.ended_ms, "disconnectType", session.disconnect))
        if session.flow_out_type is not None:
            found.append((session.ended_ms, "flowOutType", session.flow_out_type))
        if session.destination is not None:
            found.append((session.ended_ms, "destinationAddress", session.destination))
    found += [
        (part.start_ms, "errorCode", part.error_code)
        for part in session.segments
        if part.error_code is not None
    ]
    if not seen.conversation.planned:
        return found
    if participant.purpose == "ivr" and session.ended_ms is not None:
        visit = menu_visit(seen.conversation, participant.number)
        if visit is not None and visit.self_served():
            found.append((session.ended_ms, "selfServed", _TRUE))
    if participant.purpose == "agent" and participant.connected_ms is not None:
        seed = seed_of(seen.conversation.id)
        at_ms = desks.flag_ms(seed, participant.number, participant.connected_ms, participant.ended_ms)
        if at_ms is not None:
            found.append((at_ms, "flaggedReason", "general"))
        used = desks.articles(
            seen.conversation.organization, seed, participant.number, session.queue_id or ""
        )
        if used is not None and participant.ended_ms is not None:
            found.append((participant.ended_ms, "knowledgeBaseId", used))
    return found


class Known:
    """Which dimensions a value of a session has, by its emit time; equal ones share one dictionary.

    Args:
        later: what comes in the middle, in any order.
    """

    def __init__(self, later: Later) -> None:
        self._later = sorted(later)
        self._made: dict[tuple[int, int], Dims] = {}

    def at(self, dims: Dims, at_ms: int) -> Dims:
        """The dimensions with those that had come by then."""
        count = sum(each[0] <= at_ms for each in self._later)
        if not count:
            return dims
        found = self._made.get((id(dims), count))
        if found is None:
            found = dims | {name: value for _, name, value in self._later[:count]}
            self._made[id(dims), count] = found
        return found
