"""What participants, sessions, segments and flows have beside the course, in the details record.

What the recorded live call shows is as there: edgeId and protocolCallId on every session of a call,
remoteNameDisplayable, activeSkillIds, Q.850 code 16 where the customer hung up, SIP code 410 where a queue
passed the call on, languages and entry reason of flows. The rest is inferred from the models' descriptions.
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.business.aftermath import contacts, desks
from gcanalytics.simulator.business.aftermath.draws import derived_id
from gcanalytics.simulator.records.aftermath.journeys import from_portal, visitor
from gcanalytics.simulator.records.aftermath.letters import add_letter
from gcanalytics.simulator.records.aftermath.menus import add_menu
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant, Session

CUSTOMERS: Final = frozenset({"customer", "external"})
"""Purposes of those whom the company serves."""
_NORMAL_CLEARING: Final = 16
"""Q.850: the connection was ended by a user who hung up."""
_GONE: Final = 410
"""SIP: the queue's own leg is gone when the call is passed to an agent."""
_EDGES: Final = 3


def add_parties(record: dict[str, Any], seen: Picture, seed: int) -> None:
    """Add to each participant, and to its sessions and segments, what was known by then."""
    for participant, written in zip(seen.participants, record["participants"], strict=True):
        is_agent = participant.purpose == "agent"
        if is_agent:
            _agent(written, participant, seen, seed)
        elif participant.purpose in CUSTOMERS:
            _customer(written, seen)
        for number, session in enumerate(participant.sessions):
            told = written["sessions"][number]
            if session.media == "voice":
                _call(told, participant, session, seen)
            elif session.media != "chat":
                add_letter(told, participant, session, seen, seed)
            if session.skill_ids:
                told["activeSkillIds"] = list(session.skill_ids)
            if is_agent:
                _desk(told, participant, session, seen, seed)
                _after_work(told["segments"], participant, session, seen, seed)
            elif session.flow is not None:
                add_menu(told["flow"], participant, session, seen.conversation, seen.now_ms)
            elif participant.purpose in CUSTOMERS and from_portal(session):
                told |= visitor(seen)


def _customer(written: dict[str, Any], seen: Picture) -> None:
    contact_id = contacts.known_contact(seen.conversation)
    if contact_id is None:
        return
    written["externalContactId"] = contact_id
    company_id = contacts.company(seen.conversation)
    if company_id is not None:
        written["externalOrganizationId"] = company_id


def _agent(written: dict[str, Any], participant: Participant, seen: Picture, seed: int) -> None:
    conversation = seen.conversation
    team_id = desks.team_id(conversation.organization, participant.user_id or "")
    if team_id is not None:
        written["teamId"] = team_id
    if participant.connected_ms is None:
        return
    if desks.screen_recorded(participant.user_id or ""):
        written["screenRecording"] = True
    at_ms = desks.flag_ms(seed, participant.number, participant.connected_ms, participant.ended_ms)
    if at_ms is not None and at_ms <= seen.now_ms:
        written["flaggedReason"] = "general"


def _call(told: dict[str, Any], participant: Participant, session: Session, seen: Picture) -> None:
    conversation = seen.conversation
    told["edgeId"] = edge_id(conversation.organization.id, session)
    # Any id serves that is the session's own; this one is its session id read backwards in parts.
    text = session.id
    told["protocolCallId"] = f"{text[24:32]}-{text[9:13]}-4{text[20:23]}-8{text[1:4]}-{text[32:]}{text[:8]}"
    last = session.segments[-1]
    if participant.purpose in CUSTOMERS:
        told["remoteNameDisplayable"] = conversation.customer_name
        if last.disconnect == "endpoint":
            told["segments"][-1]["q850ResponseCodes"] = [_NORMAL_CLEARING]
        return
    told.setdefault("remote", conversation.customer_name)
    if participant.purpose == "acd" and participant.name is not None:
        told["remoteNameDisplayable"] = participant.name
        if last.disconnect == "transfer":
            told["segments"][-1]["sipResponseCodes"] = [_GONE]


def edge_id(organization_id: str, session: Session) -> str:
    """The edge that carries a session; there are three."""
    return _edges(organization_id)[int(session.id[:2], 16) % _EDGES]


_known_edges: dict[str, tuple[str, ...]] = {}


def _edges(organization_id: str) -> tuple[str, ...]:
    found = _known_edges.get(organization_id)
    if found is None:
        found = tuple(derived_id("edge", organization_id, str(number)) for number in range(_EDGES))
        _known_edges[organization_id] = found
    return found


def _desk(told: dict[str, Any], participant: Participant, session: Session, seen: Picture, seed: int) -> None:
    """What an agent has on his screen, and does there."""
    organization = seen.conversation.organization
    queue_id = session.queue_id or ""
    script_id = desks.script_id(organization, queue_id)
    if script_id is not None:
        told["scriptId"] = script_id
    assistant_id = desks.assistant_id(organization, queue_id)
    if assistant_id is not None:
        told["agentAssistantId"] = assistant_id
    if session.media == "voice" and session.connected_ms is not None:
        recorded = desks.snippet(
            organization, seed, participant.number, queue_id, session.connected_ms, session.ended_ms
        )
        if recorded is not None and recorded[0] <= seen.now_ms:
            told["snippetRecording"] = True
    talked = participant.connected_ms is not None and session is participant.session
    if talked and participant.acw_start_ms is None and session.disconnect in {"peer", "client"}:
        told["acwSkipped"] = not session.consult


def _after_work(
    segments: list[dict[str, Any]], participant: Participant, session: Session, seen: Picture, seed: int
) -> None:
    """What an agent noted in his after-call work; and whom a call that came straight to him asked for."""
    if session.requested_routing == "Direct" and participant.user_id is not None:
        segments[0]["requestedRoutingUserIds"] = [participant.user_id]
    if participant.wrap_up_code is None:
        return
    note = desks.note(seen.conversation.organization, seed, participant.number, participant.wrap_up_code)
    tags = desks.tags(seed, participant.number)
    if note is None and not tags:
        return
    for segment, part in zip(session.segments, segments, strict=True):
        if segment.wrap_up_code is not None:
            if note is not None:
                part["wrapUpNote"] = note
            if tags:
                part["wrapUpTags"] = tags
