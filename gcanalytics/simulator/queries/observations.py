"""The queue observations query: what stands in queues at one moment,
counted from the timeline. No HTTP here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gcanalytics.simulator.business.organization import Organization, Queue
from gcanalytics.simulator.business.timeline import AgentStatus, Timeline
from gcanalytics.simulator.queries.aggregates import dimension_test
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.picture import Picture, picture
from gcanalytics.simulator.records.shapes import Participant
from gcanalytics.simulator.settings import Settings

MEDIA = ("voice", "callback", "chat", "email", "message")
WAITING, ALERTING, INTERACTING = "oWaiting", "oAlerting", "oInteracting"
LONGEST = {"oLongestWaiting": WAITING, "oLongestInteracting": INTERACTING}
_OFF_QUEUE = "OFF_QUEUE"
Item = TypeVar("Item")


@dataclass(frozen=True)
class Standing:
    """A conversation's place in a queue.

    Attributes:
        state: oWaiting, oAlerting or oInteracting; they exclude one another for a visit of a queue.
        since_ms: when this state began.
        participant: whose session it is: the agent's, or the queue's while it waits.
    """

    queue_id: str
    media: str
    state: str
    since_ms: int
    seen: Picture
    participant: Participant


@dataclass(frozen=True)
class Entry:
    """One entry of ``data``: a metric, perhaps with a qualifier, and what it counts."""

    metric: str
    count: int
    qualifier: str | None = None
    details: Sequence[tuple[int, Callable[[], dict[str, Any]]]] | None = None


def standings(seen: Picture) -> list[Standing]:
    """Where a conversation stands in queues; after-call work stands nowhere."""
    alerted = [
        each
        for each in seen.participants
        if each.purpose == "agent" and each.queue_id and each.session.state == "alerting"
    ]
    found = []
    for each in seen.participants:
        session = each.session
        if session.state == "scheduled":
            continue  # a callback waits for its time, not for an agent
        if each.purpose == "acd" and not session.over:
            agent = next((one for one in alerted if one.queue_id == each.queue_id), None)
            if agent is None:
                found.append(
                    _standing(seen, each, WAITING, max(session.started_ms, session.callback_due_ms or 0))
                )
            else:
                alerted.remove(agent)
                found.append(_standing(seen, agent, ALERTING, agent.session.started_ms))
        elif each.purpose == "agent" and each.queue_id and session.state == "connected":
            found.append(_standing(seen, each, INTERACTING, session.connected_ms or session.started_ms))
    # What is left was alerted without a visit of the queue: a transfer straight to an agent.
    found += [_standing(seen, each, ALERTING, each.session.started_ms) for each in alerted]
    return found


def _standing(seen: Picture, each: Participant, state: str, since_ms: int) -> Standing:
    return Standing(each.queue_id or "", each.session.media, state, since_ms, seen, each)


def addresses(each: Standing) -> dict[str, str]:
    """``addressFrom`` and ``addressTo`` of an e-mail or a message; nothing of other media."""
    letter = each.participant.session.letter
    if letter is not None:
        return {"addressFrom": letter.from_address, "addressTo": letter.to_address}
    if each.media == "message":
        return {"addressFrom": each.seen.conversation.address, "addressTo": each.seen.contact_address}
    return {}


def standing_now(timeline: Timeline, now_ms: int, settings: Settings) -> list[Standing]:
    """Where all conversations stand in queues."""
    return [
        each
        for conversation in timeline.ongoing(now_ms)
        for each in standings(picture(conversation, now_ms, settings))
    ]


def oldest_and_newest(entries: Sequence[Item], most: int) -> tuple[list[Item], bool]:
    """At most so many of entries in time order, the oldest and the newest half, and whether some are cut."""
    if len(entries) <= most:
        return list(entries), False
    newest = most // 2
    return [*entries[: most - newest], *entries[len(entries) - newest :]], True


class Observations:
    """Answers queue observations queries.

    Args:
        organization: queues and their members.
        timeline: what goes on.
        settings: ``observation_details_max``.
    """

    def __init__(self, organization: Organization, timeline: Timeline, settings: Settings) -> None:
        self._organization = organization
        self._timeline = timeline
        self._settings = settings

    def results(
        self, body: Mapping[str, Any], now_ms: int, divisions: frozenset[str] | None = None
    ) -> dict[str, Any]:
        """The response body of a checked query, over the queues of some divisions (None: of all).

        Groups of a queue and a medium have the metrics of conversations, zeros too; groups of a queue alone
        those of users, a qualifier with nobody left out (recorded tutorial response).

        Raises:
            answers.Refusal: 400 for a filter that makes no sense.
        """
        test = dimension_test(body["filter"])
        details = set(body.get("detailMetrics", ()))
        metrics = list(dict.fromkeys([*body["metrics"], *body.get("detailMetrics", ())]))
        groups: list[tuple[Queue, str | None]] = [
            (queue, media)
            for queue in self._organization.queues
            if divisions is None or queue.division_id in divisions
            for media in (None, *MEDIA)
        ]
        groups = [each for each in groups if test(_group(*each))]
        conversations = any(media for _, media in groups)
        standing = standing_now(self._timeline, now_ms, self._settings) if conversations else []
        results = []
        for queue, media in groups:
            if media is None:
                entries = self._of_users(queue, metrics, now_ms)
            else:
                here = [each for each in standing if each.queue_id == queue.id and each.media == media]
                entries = _of_conversations(here, metrics, now_ms)
            if entries:
                rendered = [self._rendered(each, details) for each in entries]
                results.append({"group": _group(queue, media), "data": rendered})
        answer: dict[str, Any] = {"results": results}
        if "oUserPresences" in metrics:
            answer = {"systemToOrganizationMappings": self._presence_ids()} | answer
        return answer

    def _presence_ids(self) -> dict[str, list[str]]:
        ids: dict[str, list[str]] = {}
        for presence in self._organization.presences:
            ids.setdefault(presence.system_presence, []).append(presence.id)
        return ids

    def _of_users(self, queue: Queue, metrics: Iterable[str], now_ms: int) -> list[Entry]:
        """Members of a queue: how many, how many on queue, their statuses and presences."""
        wanted = [name for name in metrics if name in USER_METRICS]
        if not wanted:
            return []
        users = self._organization.users_by_id
        members = [each for each in queue.member_ids if users[each].state == "active"]
        found = {each: self._timeline.agent(each, now_ms) for each in members}
        there = found
        if self._settings.queue_joins == "shift":
            # A member who is not activated in the queue is one of its members, and none of its agents.
            there = {each: status for each, status in found.items() if status.system_presence != "OFFLINE"}
        entries: list[Entry] = []
        for name in wanted:
            value = USER_METRICS[name]
            qualified: dict[str | None, list[str]] = {}
            for user_id, status in (found if name == MEMBERS else there).items():
                qualifier = value(status)
                if qualifier is not False:
                    qualified.setdefault(None if qualifier is True else str(qualifier), []).append(user_id)
            if name not in _QUALIFIED:
                qualified.setdefault(None, [])
            entries += [
                Entry(name, len(ids), qualifier, [_user_detail(name, each, found[each]) for each in ids])
                for qualifier, ids in sorted(qualified.items(), key=lambda item: item[0] or "")
            ]
        return entries

    def _rendered(self, entry: Entry, details: Collection[str]) -> dict[str, Any]:
        """JSON of an entry; details are the oldest and the newest where there are too many (official SDK)."""
        body: dict[str, Any] = {"metric": entry.metric}
        if entry.qualifier is not None:
            body["qualifier"] = entry.qualifier
        if entry.metric in LONGEST:
            return body | {"stats": {"calculatedMetricValue": entry.count}}
        body["stats"] = {"count": entry.count}
        if entry.metric not in details or not entry.details:
            return body  # the recorded tutorial response: with nobody there is no list
        shown = sorted(entry.details, key=lambda each: each[0])
        shown, truncated = oldest_and_newest(shown, self._settings.observation_details_max)
        return body | {"truncated": truncated, "observations": [make() for _, make in shown]}


MEMBERS = "oMemberUsers"
"""Counts also the members who are not activated in the queue."""
USER_METRICS: dict[str, Callable[[AgentStatus], str | bool]] = {
    "oActiveUsers": lambda _: True,
    MEMBERS: lambda _: True,
    "oOnQueueUsers": lambda status: status.routing_status != _OFF_QUEUE,
    "oOffQueueUsers": lambda status: status.routing_status == _OFF_QUEUE,
    "oUserRoutingStatuses": lambda status: status.routing_status,
    "oUserPresences": lambda status: status.presence_id,
}
"""What a member counts as: True unqualified, False not at all, or under a qualifier."""
_QUALIFIED = frozenset({"oUserRoutingStatuses", "oUserPresences"})


def _group(queue: Queue, media: str | None) -> dict[str, Any]:
    return {"queueId": queue.id} if media is None else {"queueId": queue.id, "mediaType": media}


def _of_conversations(here: Sequence[Standing], metrics: Iterable[str], now_ms: int) -> list[Entry]:
    """Counts of the three states, and how long the longest lasts (``calculatedMetricValue``, ms)."""
    counts = Counter(each.state for each in here)
    entries = []
    for name in metrics:
        if name in LONGEST:
            begun = [each.since_ms for each in here if each.state == LONGEST[name]]
            if begun:
                entries.append(Entry(name, now_ms - min(begun)))
        elif name in (WAITING, ALERTING, INTERACTING):
            found = [(each.since_ms, _conversation_detail(each)) for each in here if each.state == name]
            entries.append(Entry(name, counts[name], None, found))
    return entries


def _conversation_detail(each: Standing) -> Callable[[], dict[str, Any]]:
    def made() -> dict[str, Any]:
        session, conversation = each.participant.session, each.seen.conversation
        body: dict[str, Any] = {
            "observationDate": iso(each.since_ms),
            "conversationId": conversation.id,
            "sessionId": session.id,
            "routingPriority": conversation.priority,
            "participantName": conversation.customer_name,
            "direction": session.direction,
        }
        if each.participant.user_id:
            body["userId"] = each.participant.user_id
        if session.skill_ids:
            body["requestedRoutingSkillIds"] = list(session.skill_ids)
        if conversation.language_id:
            body["requestedLanguageId"] = conversation.language_id
        if session.requested_routing:
            body["requestedRoutings"] = [session.requested_routing]
        for name, value in (
            ("usedRouting", session.used_routing),
            ("ani", session.ani),
            ("dnis", session.dnis),
        ):
            if value:
                body[name] = value
        return body | addresses(each)

    return made


def _user_detail(metric: str, user_id: str, status: AgentStatus) -> tuple[int, Callable[[], dict[str, Any]]]:
    """A member since when he has what is counted: his presence, or his routing status."""
    since_ms = status.presence_since_ms if metric == "oUserPresences" else status.since_ms
    return since_ms, lambda: {"observationDate": iso(since_ms), "userId": user_id}
