"""What goes on in queues at an instant, counted plainly from the ledger's events and the agents' statuses."""

from collections.abc import Iterable
from typing import Any

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.ledger import Conversation, Event, party_ids
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline

Row = dict[str, Any]
"""One thing that goes on, by dimension; beside the dimensions, ``state`` and ``since``."""


def standing(conversation: Conversation, now_ms: int) -> list[Row]:
    """Each place of a conversation in a queue."""
    events = [event for event in conversation.events if event.at_ms <= now_ms]
    by_party: dict[int, list[Event]] = {}
    for event in events:
        by_party.setdefault(event.party, []).append(event)
    visits = {party: mine for party, mine in by_party.items() if mine[0].kind in _VISITS}
    agents = {party: mine for party, mine in by_party.items() if mine[0].kind == says.ALERTED}
    found = [_handled(conversation, mine, visits) for mine in agents.values()]
    found += [_ringing_up(conversation, mine) for mine in by_party.values()]
    ringing = {mine[0].via for mine in agents.values() if mine[-1].kind == says.ALERTED}
    found += [_waiting(conversation, mine) for party, mine in visits.items() if party not in ringing]
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in found
        if row is not None and row["queueId"]
    ]


_VISITS = (says.QUEUED, says.CALLBACK_QUEUED)


def _waiting(conversation: Conversation, mine: list[Event]) -> Row | None:
    """An open visit of a queue, unless it is a callback whose time has not come."""
    begun = mine[0]
    kinds = {event.kind for event in mine}
    if says.DEQUEUED in kinds or (begun.amount_ms and says.OFFERED not in kinds):
        return None
    since = begun.at_ms + (begun.amount_ms or 0)
    row = _row(conversation, begun, _medium(conversation, begun), "oWaiting", since)
    skill = begun.code if begun.kind == says.QUEUED else None
    return row | {
        "requestedRoutingSkillId": skill,
        "activeRouting": "Standard",
        "requestedRouting": "Standard",
    }


def _handled(conversation: Conversation, mine: list[Event], visits: dict[int, list[Event]]) -> Row | None:
    """An agent who is alerted, or connected and has not parked it."""
    alerted, last = mine[0], [event for event in mine if event.kind in _TURNS][-1]
    visit = None if alerted.via is None else visits[alerted.via][0]
    routing = "Direct" if visit is None else "Standard"
    answered = next((event for event in mine if event.kind == says.ANSWERED), None)
    row = _row(conversation, alerted, _medium(conversation, visit), "oAlerting", alerted.at_ms) | {
        "requestedRouting": routing,
        "usedRouting": routing,
        "userId": alerted.user_id,
        "requestedRoutingSkillId": visit.code if visit and visit.kind == says.QUEUED else None,
    }
    if last.kind == says.ALERTED:
        return row | {"activeRouting": routing}
    if answered is None or last.kind in (says.PARKED, says.AGENT_LEFT):
        return None
    return row | {"state": "oInteracting", "since": answered.at_ms}


def _ringing_up(conversation: Conversation, mine: list[Event]) -> Row | None:
    """An agent who has rung a customer up himself and talks to him."""
    connected = next((event for event in mine if event.kind == says.CALL_CONNECTED), None)
    gone = any(event.kind == says.AGENT_LEFT for event in mine)
    if mine[0].kind != says.CALL_DIALLED or connected is None or gone:
        return None
    row = _row(conversation, mine[0], "voice", "oInteracting", connected.at_ms)
    return row | {
        "userId": mine[0].user_id,
        "ani": conversation.called_number,
        "dnis": conversation.address,
    }


_TURNS = (
    says.ALERTED, says.ANSWERED, says.NO_ANSWER, says.DECLINED, says.ALERT_WITHDRAWN, says.PARKED,
    says.UNPARKED, says.AGENT_LEFT,
)  # fmt: skip


def _medium(conversation: Conversation, visit: Event | None) -> str:
    return "callback" if visit is not None and visit.kind == says.CALLBACK_QUEUED else conversation.media


def _row(conversation: Conversation, begun: Event, media: str, state: str, since: int) -> Row:
    voice = media == "voice"
    addresses: tuple[str | None, str | None] = (None, None)
    if conversation.letter is not None:
        addresses = conversation.letter.from_address, conversation.letter.to_address
    elif media == "message":
        addresses = conversation.address, conversation.organization.name
    return {
        "state": state,
        "since": since,
        "conversationId": conversation.id,
        "direction": "outbound" if "callback" in (media, conversation.media) else conversation.direction,
        "mediaType": media,
        "participantName": conversation.customer_name,
        "queueId": begun.queue_id,
        "routingPriority": 0,
        "sessionId": party_ids(conversation.id, begun.party)[1],
        "ani": conversation.address if voice else None,
        "dnis": conversation.called_number if voice else None,
        "requestedLanguageId": conversation.language_id,
        "addressFrom": addresses[0],
        "addressTo": addresses[1],
    }


def all_standing(timeline: Timeline, now_ms: int) -> list[Row]:
    """Of all conversations that have started in the last days and are not over."""
    started = timeline.conversations(now_ms - 6 * 86_400_000, now_ms + 1)
    return [row for each in started if each.closed_ms >= now_ms for row in standing(each, now_ms)]


def members(organization: Organization, timeline: Timeline, now_ms: int) -> list[Row]:
    """Each active member of each queue."""
    rows = []
    for queue in organization.queues:
        for user_id in queue.member_ids:
            if organization.users_by_id[user_id].state == "active":
                status = timeline.agent(user_id, now_ms)
                rows.append(
                    {
                        "queueId": queue.id,
                        "userId": user_id,
                        "routingStatus": status.routing_status,
                        "organizationPresenceId": status.presence_id,
                        "systemPresence": status.system_presence,
                        "since": max(status.since_ms, status.presence_since_ms),
                    }
                )
    return rows


def counts_in(row: Row, metric: str) -> str | bool:
    """Whether a member counts in a metric, or under which qualifier."""
    if metric == "oUserRoutingStatuses":
        return str(row["routingStatus"])
    if metric == "oUserPresences":
        return str(row["organizationPresenceId"])
    if metric in ("oOnQueueUsers", "oOffQueueUsers"):
        return (row["routingStatus"] == "OFF_QUEUE") is (metric == "oOffQueueUsers")
    return True


def grouped(rows: Iterable[Row], names: list[str]) -> dict[tuple[tuple[str, str], ...], list[Row]]:
    """Rows by what they have of some dimensions."""
    groups: dict[tuple[tuple[str, str], ...], list[Row]] = {}
    for row in rows:
        key = tuple((name, str(row[name])) for name in names if name in row)
        groups.setdefault(key, []).append(row)
    return groups
