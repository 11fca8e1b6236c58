"""What a conversation looks like from outside at an instant, worked out from the ledger's business events.

A second hand's reading of the ledger for the oracles of the queries: nothing of ``simulator/records`` and
``simulator/queries`` is used, and nothing is shared with them but the ledger and the organisation.
"""

from collections.abc import Callable
from typing import Any

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Flow, Organization

from . import ledger_agents, ledger_beside, ledger_calls, ledger_followed, ledger_writing
from .ledger_shapes import Facts, Party, chain, first


def facts(conversation: Conversation, now_ms: int) -> Facts:
    """The facts as of ``now_ms``."""
    events = [event for event in conversation.events if event.at_ms <= now_ms]
    by_party: dict[int, list[Event]] = {}
    for event in events:
        by_party.setdefault(event.party, []).append(event)
    parties = []
    written = ledger_writing.measured(conversation, events)
    for number, mine in by_party.items():
        party = _MADE[mine[0].kind](conversation, mine, events)
        party.facts |= _everywhere(conversation, party)
        party.number = number
        party.measured += written.get(number, [])
        parties.append(party)
        if mine[0].kind == says.ALERTED:
            parties += ledger_calls.calls(conversation, mine, events)
    punctual = [event.at_ms for event in events if event.kind != says.LATE_WRAP_UP]
    ended = max(punctual) if _is_over(conversation, now_ms) else None
    own = {
        "conversationId": conversation.id,
        "conversationStart": conversation.started_ms,
        "conversationEnd": ended,
        "conversationInitiator": "agent" if conversation.direction == "outbound" else "customer",
        "customerParticipation": conversation.direction == "inbound"
        or any(event.kind == says.CALL_CONNECTED for event in events),
        "divisionId": _divisions(conversation.organization, events),
        "originatingDirection": conversation.direction,
    }
    ledger_beside.add(conversation, parties, own, now_ms)
    followed = ledger_followed.followed(conversation, now_ms)
    return Facts(conversation.id, conversation.started_ms, ended, own, parties, followed)


def _is_over(conversation: Conversation, now_ms: int) -> bool:
    if conversation.planned:
        return conversation.closed_ms <= now_ms
    return conversation.over(now_ms)


def _divisions(organization: Organization, events: list[Event]) -> list[str]:
    """Of every queue that was entered, a consult's too; before that, the organisation's first."""
    queues = [event.queue_id or "" for event in events if event.kind in ledger_agents.VISITS]
    return [organization.queues_by_id[each].division_id for each in queues] or [organization.divisions[0].id]


_PROVIDERS = {
    "voice": "Edge",
    "chat": "Webchat Provider",
    "message": "PureCloud Messaging",
    "email": "PureCloud Email",
    "callback": "PureCloud Callback",
}


def _everywhere(conversation: Conversation, party: Party) -> dict[str, Any]:
    """What each party of a medium has alike."""
    media = party.media
    outbound = "callback" in (media, conversation.media)
    found: dict[str, Any] = {
        "purpose": party.purpose,
        "mediaType": media,
        "direction": "outbound" if outbound else conversation.direction,
        "provider": _PROVIDERS[media],
        "conference": False,
    }
    if media == "voice":
        ends = [conversation.address, conversation.called_number]
        found["ani"], found["dnis"] = reversed(ends) if conversation.direction == "outbound" else ends
        found["sessionDnis"] = found["dnis"]
        found["recording"] = party.purpose in {"customer", "agent"}
    if media == "callback":
        return found | {"callbackNumber": conversation.address}
    if party.purpose != "customer":
        found["remote"] = conversation.customer_name
    if media == "voice":
        return found
    found["messageType"] = conversation.message_type
    letter = conversation.letter
    if letter is not None:
        found |= {"subject": letter.subject}
        found |= {"addressFrom": letter.from_address, "addressTo": letter.to_address}
    elif media == "message":
        found |= {"addressFrom": conversation.address, "addressTo": conversation.organization.name}
    return found


def _flow(flow: Flow | None) -> dict[str, Any]:
    return {} if flow is None else {"flowId": flow.id, "flowName": flow.name, "flowVersion": "3.0"}


def _flow_of(organization: Organization, kind: str) -> Flow | None:
    return next((flow for flow in organization.flows if flow.type == kind), None)


# One function a kind of party.


def _customer(conversation: Conversation, mine: list[Event], events: list[Event]) -> Party:
    arrived, connected, left = mine[0], first(mine, says.CONNECTED), first(mine, says.CUSTOMER_LEFT)
    party = Party("customer", conversation.media, {"participantName": conversation.customer_name})
    visits = [event for event in events if event.kind == says.QUEUED and event.via is None]
    if conversation.media == "voice":
        party.stretches = chain([("system", arrived), ("interact", connected)], left)
        since = connected
    else:
        callback = conversation.media == "callback"
        party.stretches = chain([("callback" if callback else "interact", arrived)], left)
        since = None if callback else arrived
    if conversation.media != "voice" or visits:
        party.facts["requestedRouting"] = "Standard"
    latest = party.stretches[-1]
    latest.queue = visits[-1].queue_id if visits else arrived.queue_id
    for event in events:
        # A callback that is passed on takes its customer along; a caller has hung up before it is.
        if event.kind == says.CALLBACK_QUEUED and (left is None or event.at_ms <= left.at_ms):
            latest.queue = event.queue_id
    offers = [
        event
        for event in events
        if event.kind == says.ALERTED and not ledger_agents.is_consult(event, events)
    ]
    if offers:
        party.facts["usedRouting"] = "Direct" if offers[-1].via is None else "Standard"
    due = [
        event.at_ms + event.amount_ms
        for event in events
        if event.amount_ms and event.kind in ledger_agents.VISITS
    ]
    party.facts["callbackScheduledTime"] = due[-1] if due else None
    if since is not None:
        party.measured.append(("nConnected", since.at_ms, 1))
    if left is not None:
        latest.disconnect = {
            says.HUNG_UP: "endpoint",
            says.CALL_ME_BACK: "endpoint",
            says.LET_GO: "peer",
            says.TIMED_OUT: "timeout",
            says.INACTIVE: "inactivity",
            says.EXPIRED: "system",
        }[left.code or ""]
        if conversation.media == "voice" and connected is not None:
            party.measured.append(("tConnected", left.at_ms, left.at_ms - connected.at_ms))
    return party


def _menu(conversation: Conversation, mine: list[Event], _: list[Event]) -> Party:
    organization = conversation.organization
    entered, opened = mine[0], first(mine, says.MENU_OPENED)
    spoke, left = first(mine, says.MENU_SPOKE), first(mine, says.MENU_LEFT)
    flow = next(each for each in organization.flows if each.id == entered.code)
    party = Party("ivr", conversation.media, {"participantName": flow.name, **_flow(flow)})
    party.stretches = chain([("system", entered), ("ivr", opened)], left)
    if opened is not None:
        party.measured.append(("nFlow", opened.at_ms, 1))
    if left is None:
        return party
    to_queue = left.code == says.TO_QUEUE
    ends = {says.TO_QUEUE: "transfer", says.CUSTOMER_GONE: "peer", says.CLOSED: "client"}
    party.stretches[-1].disconnect = ends[left.code or ""]
    party.facts["exitReason"] = "TRANSFER" if to_queue else "DISCONNECT"
    if to_queue:
        target = organization.queues_by_id[left.queue_id or ""]
        party.facts |= {
            "transferType": "ACD",
            "transferTargetAddress": target.id,
            "transferTargetName": target.name,
        }
    party.measured.append(("tIvr", left.at_ms, left.at_ms - party.stretches[-1].start))
    if spoke is not None:
        length = left.at_ms - spoke.at_ms
        way_out = "tFlowExit" if to_queue else "tFlowDisconnect"
        party.measured += [("tFlow", left.at_ms, length), (way_out, left.at_ms, length)]
    return party


def _visit(conversation: Conversation, mine: list[Event], _: list[Event]) -> Party:
    organization = conversation.organization
    queued, offered, left = mine[0], first(mine, says.OFFERED), first(mine, says.DEQUEUED)
    queue = organization.queues_by_id[queued.queue_id or ""]
    callback = queued.kind == says.CALLBACK_QUEUED
    media = "callback" if callback else conversation.media
    party = Party("acd", media, {"participantName": queue.name, "requestedRouting": "Standard"})
    voice = media == "voice"
    before: list[tuple[str, Event | None]] = [("delay", queued)] if voice else []
    if callback and queued.amount_ms:
        before = [("scheduled", queued)]
        party.facts["callbackScheduledTime"] = queued.at_ms + queued.amount_ms
        party.measured.append(("nCallbackScheduled", queued.at_ms, 1))
    party.stretches = chain([*before, ("interact", offered)], left)
    ledger_agents.asks_for(conversation, party, queue.id, None if callback else queued.code)
    if voice:
        party.facts |= _flow(_flow_of(organization, "INQUEUECALL"))
    if offered is not None:
        party.measured.append(("nOffered", offered.at_ms, 1))
    if left is None:
        return party
    wait = left.at_ms - party.stretches[-1].start
    party.measured.append(("tAcd", left.at_ms, wait))
    ends = {says.ABANDONED: "peer", says.EXPIRED: "system"}
    party.stretches[-1].disconnect = ends.get(left.code or "", "transfer")
    if left.code in ends and not callback:
        party.measured.append(("tAbandon", left.at_ms, wait))
    elif left.code == says.CALL_ME_BACK:
        party.measured.append(("tFlowOut", left.at_ms, wait))
        party.facts |= {"flowOutType": "callback", "exitReason": "DISCONNECT"}
    elif left.code == says.FLOWED_OUT:
        party.measured.append(("tFlowOut", left.at_ms, wait))
        party.facts["flowOutType"] = "acd" if left.queue_id else "voicemail"
        if voice:
            party.facts |= {
                "exitReason": "TRANSFER",
                "transferType": "ACD" if left.queue_id else "VOICEMAIL",
                "transferTargetAddress": left.queue_id,
            }
    return party


def _rung_up(conversation: Conversation, mine: list[Event], events: list[Event]) -> Party:
    """The customer of a call that an agent makes of himself."""
    connected, left = first(events, says.CALL_CONNECTED), first(mine, says.CUSTOMER_LEFT)
    party = Party("customer", "voice", {"participantName": conversation.customer_name})
    party.stretches = chain([("dialing", mine[0]), ("interact", connected)], left)
    ledger_agents.asks_for(conversation, party, mine[0].queue_id, None)
    if connected is not None:
        party.measured.append(("nConnected", connected.at_ms, 1))
    if left is not None:
        ends = {says.HUNG_UP: "endpoint", says.LET_GO: "peer", says.NOT_REACHED: "timeout"}
        party.stretches[-1].disconnect = ends[left.code or ""]
        if connected is not None:
            party.measured.append(("tConnected", left.at_ms, left.at_ms - connected.at_ms))
    return party


def _ringing_up(conversation: Conversation, mine: list[Event], _: list[Event]) -> Party:
    """The agent who makes it."""
    dialled, connected = mine[0], first(mine, says.CALL_CONNECTED)
    failed, left = first(mine, says.CALL_FAILED), first(mine, says.AGENT_LEFT)
    party = Party("agent", "voice", {"userId": dialled.user_id})
    party.measured += [("nOutbound", dialled.at_ms, 1), ("nOutboundAttempted", dialled.at_ms, 1)]
    party.stretches = chain([("dialing", dialled)], connected or left)
    rang = connected or failed
    if rang is not None:
        party.measured.append(("tDialing", rang.at_ms, rang.at_ms - dialled.at_ms))
    if connected is not None:
        party.measured.append(("nOutboundConnected", connected.at_ms, 1))
        ledger_agents.talk(party, connected, mine)
    elif left is not None:
        party.stretches[-1].disconnect = "client"
    ledger_agents.after_work(party, mine, connected)
    ledger_agents.asks_for(conversation, party, dialled.queue_id, None)
    return party


def _mailbox(conversation: Conversation, mine: list[Event], _: list[Event]) -> Party:
    started, left = mine[0], first(mine, says.VOICEMAIL_LEFT)
    organization = conversation.organization
    party = Party("voicemail", conversation.media, _flow(_flow_of(organization, "VOICEMAIL")))
    party.stretches = chain([("voicemail", started)], left)
    party.stretches[0].queue = started.queue_id
    if left is not None:
        party.stretches[0].disconnect = "peer"
        party.measured.append(("tVoicemail", left.at_ms, left.at_ms - started.at_ms))
    return party


_MADE: dict[str, Callable[[Conversation, list[Event], list[Event]], Party]] = {
    says.ARRIVED: _customer,
    says.MENU_ENTERED: _menu,
    says.QUEUED: _visit,
    says.CALLBACK_QUEUED: _visit,
    says.ALERTED: ledger_agents.agent,
    says.CUSTOMER_CALLED: _rung_up,
    says.CALL_DIALLED: _ringing_up,
    says.VOICEMAIL_STARTED: _mailbox,
}
