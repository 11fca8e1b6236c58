"""What stood beside a conversation's course by an instant, worked out from contacts, menus and desks.

A second hand's reading, as `ledger_facts` is; it adds to the facts of parties and stretches.
"""

from collections.abc import Sequence
from typing import Any

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.aftermath import contacts, desks, letters
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.aftermath.menus import menu_visit
from gcanalytics.simulator.business.ledger import Conversation, Event

OF_PARTIES = frozenset(
    {
        "agentAssistantId",
        "agentOwned",
        "authenticated",
        "cleared",
        "deliveryStatus",
        "externalContactId",
        "externalOrganizationId",
        "flaggedReason",
        "flowOutcome",
        "flowOutcomeId",
        "flowOutcomeValue",
        "journeyActionId",
        "journeyActionMapId",
        "journeyCustomerId",
        "journeyCustomerIdType",
        "journeyCustomerSessionId",
        "mediaCount",
        "remoteNameDisplayable",
        "screenRecording",
        "scriptId",
        "snippetRecording",
        "teamId",
    }
)
OF_CONVERSATIONS = frozenset({"externalTag"})


def add(conversation: Conversation, parties: Sequence[Any], own: dict[str, Any], now_ms: int) -> None:
    """Add to a planned conversation's parties and to its own facts."""
    if not conversation.planned:
        return
    case = desks.case(conversation, seed_of(conversation.id))
    if case is not None and case.at_ms <= now_ms:
        own["externalTag"] = case.number
    for party in parties:
        number, voice = party.number, party.media == "voice"
        events = [event for event in conversation.events if event.party == number and event.at_ms <= now_ms]
        if party.media == "callback":
            party.facts["agentOwned"] = False
        elif party.media in ("message", "email"):
            _written(conversation, party, events, now_ms)
        if party.purpose == "customer":
            _customer(conversation, party)
        elif party.purpose == "ivr":
            _menu(conversation, number, party, now_ms)
        elif party.purpose == "agent":
            _agent(conversation, number, party, events, now_ms)
        elif party.purpose == "acd" and voice:
            party.facts["remoteNameDisplayable"] = party.facts["participantName"]
            if party.stretches[-1].disconnect == "transfer":
                party.stretches[-1].sip = 410


def _customer(conversation: Conversation, party: Any) -> None:
    facts = party.facts
    facts["externalContactId"] = contacts.known_contact(conversation)
    facts["externalOrganizationId"] = contacts.company(conversation)
    if party.media == "voice":
        facts["remoteNameDisplayable"] = conversation.customer_name
    if party.media == "chat" or facts.get("messageType") == "webmessaging":
        facts["authenticated"] = contacts.signed_in(conversation) or None
        journey = contacts.journey(conversation)
        if journey is not None:
            facts |= {
                "journeyActionId": journey.action_id,
                "journeyActionMapId": journey.action_map_id,
                "journeyCustomerId": journey.customer_id,
                "journeyCustomerIdType": "cookie",
                "journeyCustomerSessionId": journey.session_id,
            }


def _written(conversation: Conversation, party: Any, events: list[Event], now_ms: int) -> None:
    """Of a message or an e-mail: what the customer enclosed, and how the agent's last answer fared."""
    facts, seed = party.facts, seed_of(conversation.id)
    if party.purpose == "customer":
        count = 0 if conversation.message_type == "sms" else letters.enclosures(seed)
        left = next((event for event in events if event.kind == says.CUSTOMER_LEFT), None)
        facts["mediaCount"] = count or None
        if left is not None and count:
            party.measured.append(("oMediaCount", left.at_ms, count))
        on_portal = conversation.message_type == "webmessaging" and letters.clears(seed)
        if left is not None and left.code == says.HUNG_UP and on_portal:
            facts["cleared"] = True
    elif party.purpose == "agent":
        wrote = [event.at_ms for event in events if event.kind == says.AGENT_WROTE]
        if wrote:
            fares = letters.arrivals(seed, party.number, conversation.message_type, wrote[-1])
            until_ms = min(now_ms, conversation.closed_ms)
            state = [each.state for each in fares if each.at_ms <= until_ms][-1]
            words = {
                "sent": "Sent",
                "delivered": "DeliverySuccess",
                "read": "Read",
                "failed": "DeliveryFailed",
            }
            facts["deliveryStatus"] = words[state]


def _menu(conversation: Conversation, number: int, party: Any, now_ms: int) -> None:
    visit = menu_visit(conversation, number)
    if visit is None:
        return
    done = [each for each in visit.outcomes if each.ended_ms <= now_ms]
    values = ["SUCCESS" if each.reached else "FAILURE" for each in done]
    party.facts["flowOutcomeId"] = [each.id for each in done]
    party.facts["flowOutcomeValue"] = values
    party.facts["flowOutcome"] = [f"{each.id}:{value}" for each, value in zip(done, values, strict=True)]
    party.measured += [("nFlowMilestone", each.at_ms, 1) for each in visit.milestones if each.at_ms <= now_ms]
    for each in done:
        party.measured.append(("nFlowOutcome", each.ended_ms, 1))
        if each.reached:
            party.measured.append(("tFlowOutcome", each.ended_ms, each.ended_ms - each.started_ms))
        else:
            party.measured.append(("nFlowOutcomeFailed", each.ended_ms, 1))


def _agent(conversation: Conversation, number: int, party: Any, events: list[Event], now_ms: int) -> None:
    organization, seed, facts = conversation.organization, seed_of(conversation.id), party.facts
    user_id, queue_id = facts["userId"], party.stretches[0].queue
    facts["teamId"] = desks.team_id(organization, user_id)
    facts["scriptId"] = desks.script_id(organization, queue_id or "")
    facts["agentAssistantId"] = desks.assistant_id(organization, queue_id or "")
    for stretch in party.stretches:
        if stretch.wrap_up is not None:
            stretch.note = desks.note(organization, seed, number, stretch.wrap_up)
    connected = (says.ANSWERED, says.CALL_CONNECTED)
    answered = next((event.at_ms for event in events if event.kind in connected), None)
    if answered is None:
        return
    left = next((event.at_ms for event in events if event.kind == says.AGENT_LEFT), None)
    facts["screenRecording"] = desks.screen_recorded(user_id) or None
    flagged = desks.flag_ms(seed, number, answered, left)
    facts["flaggedReason"] = "general" if flagged is not None and flagged <= now_ms else None
    if party.media == "voice" and queue_id is not None:
        talked, ended = party.line or (answered, left)
        found = talked and desks.snippet(organization, seed, number, queue_id, talked, ended)
        if found and found[0] <= now_ms:
            facts["snippetRecording"] = True
            if found[1] <= now_ms:
                party.measured.append(("tSnippetRecord", found[1], found[1] - found[0]))
