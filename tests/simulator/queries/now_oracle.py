"""What goes on in queues at an instant, counted plainly from the ledger's events and the agents' statuses."""

from collections.abc import Iterable
from typing import Any

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.ledger import Conversation, party_ids
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline

Row = dict[str, Any]
"""One thing that goes on, by dimension; beside the dimensions, ``state`` and ``since``."""


def standing(conversation: Conversation, now_ms: int) -> list[Row]:
    """Each place of a conversation in a queue."""
    visits: dict[int, Row] = {}
    alerts: dict[int, Row] = {}
    talks: dict[int, Row] = {}
    via: dict[int, int | None] = {}
    skills: dict[int, str | None] = {}
    for event in conversation.events:
        if event.at_ms > now_ms:
            break
        party = event.party
        if event.kind == says.QUEUED:
            skills[party] = event.code
            visits[party] = _row(conversation, party, event.at_ms, "oWaiting", event.queue_id, event.code)
            visits[party] |= {"activeRouting": "Standard", "requestedRouting": "Standard"}
        elif event.kind == says.DEQUEUED:
            del visits[party]
        elif event.kind == says.ALERTED:
            via[party] = event.via
            skill = None if event.via is None else skills[event.via]
            routing = "Direct" if event.via is None else "Standard"
            row = _row(conversation, party, event.at_ms, "oAlerting", event.queue_id, skill)
            row |= {"activeRouting": routing, "requestedRouting": routing, "usedRouting": routing}
            alerts[party] = row | {"userId": event.user_id}
        elif event.kind in (says.NO_ANSWER, says.DECLINED, says.ALERT_WITHDRAWN):
            alerts.pop(party, None)
        elif event.kind == says.ANSWERED:
            talks[party] = alerts.pop(party) | {"state": "oInteracting", "since": event.at_ms}
            del talks[party]["activeRouting"]
        elif event.kind == says.AGENT_LEFT:
            talks.pop(party, None)
    rung = {via[party] for party in alerts}
    waiting = [row for party, row in visits.items() if party not in rung]
    found = [*waiting, *alerts.values(), *talks.values()]
    return [{k: v for k, v in row.items() if v is not None} for row in found if row["queueId"]]


def _row(
    conversation: Conversation, party: int, at_ms: int, state: str, queue_id: str | None, skill: str | None
) -> Row:
    voice = conversation.media == "voice"
    return {
        "state": state,
        "since": at_ms,
        "conversationId": conversation.id,
        "direction": conversation.direction,
        "mediaType": conversation.media,
        "participantName": conversation.customer_name,
        "queueId": queue_id,
        "routingPriority": 0,
        "sessionId": party_ids(conversation.id, party)[1],
        "ani": conversation.address if voice else None,
        "dnis": conversation.called_number if voice else None,
        "requestedLanguageId": conversation.language_id,
        "requestedRoutingSkillId": skill,
    }


def all_standing(timeline: Timeline, now_ms: int) -> list[Row]:
    """Of all conversations that have started in the last days and are not over."""
    started = timeline.conversations(now_ms - 3 * 86_400_000, now_ms + 1)
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
