"""The activity queries of conversations and of routing: what goes on now, by group. No HTTP here.

Request and response follow the official SDK's models; a group by is required, by queue for routing (developer
center). That pages are pages of groups, in the order of their values, and that an entity is a conversation or
a user, is inferred.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.aggregates import dimension_test
from gcanalytics.simulator.queries.observations import (
    INTERACTING,
    LONGEST,
    MEMBERS,
    USER_METRICS,
    WAITING,
    Standing,
    addresses,
    oldest_and_newest,
    standing_now,
)
from gcanalytics.simulator.queries.user_stretches import JOINED, NOT_JOINED, OFFLINE
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.settings import Settings

Group = tuple[str | None, ...]
_LISTS: Final = {
    "requestedRouting": "requestedRoutings",
    "requestedRoutingSkillId": "requestedRoutingSkillIds",
}
"""Dimensions with several values, and the fields of an entity that hold them."""


@dataclass(frozen=True)
class Going:
    """One thing that goes on: a conversation's place in a queue, or a member of a queue.

    Attributes:
        entity_id: what it is counted as.
        since_ms: how long it has been so.
        dims: dimension to its value, a tuple where it has several.
        metrics: what it counts in, each with its qualifier or None.
        stands_for: the metric that its entity names, None where entities name none.
    """

    entity_id: str
    since_ms: int
    dims: Mapping[str, Any]
    metrics: Mapping[str, str | None]
    stands_for: str | None = None

    def entity(self) -> dict[str, Any]:
        """The entity of the response."""
        body: dict[str, Any] = {"activityDate": iso(self.since_ms)}
        if self.stands_for is not None:
            body["metric"] = self.stands_for
        for name, value in self.dims.items():
            body[_LISTS.get(name, name)] = list(value) if isinstance(value, tuple) else value
        return body


class Activity:
    """Answers both queries.

    Args:
        organization: queues and their members.
        timeline: what goes on.
        settings: ``observation_details_max`` and ``queue_joins``.
    """

    def __init__(self, organization: Organization, timeline: Timeline, settings: Settings) -> None:
        self._organization = organization
        self._timeline = timeline
        self._settings = settings

    def conversations(
        self,
        body: Mapping[str, Any],
        now_ms: int,
        *,
        size: int,
        number: int,
        divisions: frozenset[str] | None = None,
    ) -> dict[str, Any]:
        """The response body of a page of a conversation activity query.

        Args:
            body: the checked body.
            now_ms: business time.
            size: groups a page.
            number: from 1.
            divisions: what the asking client sees; None for all.

        Raises:
            answers.Refusal: 400 without metrics or grouping, or for a filter that makes no sense.
        """
        queues = self._queue_ids(divisions)
        going = (
            _going(each)
            for each in standing_now(self._timeline, now_ms, self._settings)
            if each.queue_id in queues
        )
        return self._answer(body, going, now_ms, size, number, "conversationId")

    def routing(
        self,
        body: Mapping[str, Any],
        now_ms: int,
        *,
        size: int,
        number: int,
        divisions: frozenset[str] | None = None,
    ) -> dict[str, Any]:
        """The same of a routing activity query: members of queues, their statuses and presences."""
        if "queueId" not in body.get("groupBy", ()):
            raise answers.missing("groupBy")
        going = self._members(self._queue_ids(divisions), now_ms)
        return self._answer(body, going, now_ms, size, number, "userId")

    def _queue_ids(self, divisions: frozenset[str] | None) -> set[str]:
        return {
            queue.id
            for queue in self._organization.queues
            if divisions is None or queue.division_id in divisions
        }

    def _members(self, queue_ids: set[str], now_ms: int) -> Iterator[Going]:
        users = self._organization.users_by_id
        for queue in self._organization.queues:
            for user_id in queue.member_ids if queue.id in queue_ids else ():
                if users[user_id].state != "active":
                    continue
                status = self._timeline.agent(user_id, now_ms)
                joined = self._settings.queue_joins == "kept" or status.system_presence != OFFLINE
                counts = {name: value(status) for name, value in USER_METRICS.items()}
                dims = {
                    "organizationPresenceId": status.presence_id,
                    "presenceDate": iso(status.presence_since_ms),
                    "queueId": queue.id,
                    "queueMembershipStatus": JOINED if joined else NOT_JOINED,
                    "routingStatus": status.routing_status,
                    "routingStatusDate": iso(status.since_ms),
                    "systemPresence": status.system_presence,
                    "userId": user_id,
                }
                metrics = {
                    name: None if qualifier is True else str(qualifier)
                    for name, qualifier in counts.items()
                    # As in observations: who is not activated in a queue is its member, and no more.
                    if qualifier is not False and (joined or name == MEMBERS)
                }
                yield Going(user_id, max(status.since_ms, status.presence_since_ms), dims, metrics)

    def _answer(
        self,
        body: Mapping[str, Any],
        going: Iterable[Going],
        now_ms: int,
        size: int,
        number: int,
        entity: str,
    ) -> dict[str, Any]:
        for name in ("metrics", "groupBy"):
            if not body.get(name):
                raise answers.missing(name)
        test = dimension_test(body["filter"]) if "filter" in body else None
        group_by = list(dict.fromkeys(body["groupBy"]))
        groups: dict[Group, list[Going]] = {}
        for each in going:
            if test is None or test(dict(each.dims)):
                for group in _groups(group_by, each.dims):
                    groups.setdefault(group, []).append(each)
        order = sorted(groups, key=lambda group: tuple(value or "" for value in group))
        if body.get("order") == "desc":
            order.reverse()
        shown = order[(number - 1) * size : number * size]
        metrics = each_once(body["metrics"])
        results = [self._result(group_by, group, groups[group], metrics, now_ms) for group in shown]
        return {"results": results, "entityIdDimension": entity}

    def _result(
        self,
        group_by: Sequence[str],
        group: Group,
        going: Sequence[Going],
        metrics: Sequence[Mapping[str, Any]],
        now_ms: int,
    ) -> dict[str, Any]:
        """A group with its metrics, and its entities where a metric asks for details."""
        detailed = {LONGEST.get(each["metric"], each["metric"]) for each in metrics if each.get("details")}
        found = [each for each in going if not detailed.isdisjoint(each.metrics)]
        entities, truncated = oldest_and_newest(
            sorted(found, key=lambda each: (each.since_ms, each.entity_id)),
            self._settings.observation_details_max,
        )
        data = []
        for each in metrics:
            shown = entities if each.get("details") else None
            data += list(_entries(each["metric"], going, shown, now_ms))
        named = {name: value for name, value in zip(group_by, group, strict=True) if value is not None}
        body: dict[str, Any] = {"group": named, "data": data}
        if detailed:
            body |= {"truncated": truncated, "entities": [each.entity() for each in entities]}
        return body


def each_once(metrics: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The metrics that are asked for; one that is asked for twice comes once, with details if either wants
    them."""
    details: dict[str, bool] = {}
    for each in metrics:
        details[each["metric"]] = details.get(each["metric"], False) or each.get("details", False)
    return [{"metric": name, "details": wanted} for name, wanted in details.items()]


def _entries(
    metric: str, going: Sequence[Going], shown: Sequence[Going] | None, now_ms: int
) -> Iterator[dict[str, Any]]:
    """The entries of one metric: one for each qualifier, of an unqualified metric a zero too."""
    if metric in LONGEST:
        begun = [each.since_ms for each in going if LONGEST[metric] in each.metrics]
        if begun:
            yield {"metric": metric, "calculatedMetricValue": now_ms - min(begun)}
        return
    qualified: dict[str | None, int] = {}
    for each in going:
        if metric in each.metrics:
            qualifier = each.metrics[metric]
            qualified[qualifier] = qualified.get(qualifier, 0) + 1
    if metric not in _QUALIFIED:
        qualified.setdefault(None, 0)
    for qualifier in sorted(qualified, key=lambda each: each or ""):
        entry: dict[str, Any] = {"metric": metric, "count": qualified[qualifier]}
        if qualifier is not None:
            entry["qualifier"] = qualifier
        if shown is not None:
            of_entry = [each for each in shown if each.metrics.get(metric, _NOT_THERE) == qualifier]
            entry["entityIds"] = list(dict.fromkeys(each.entity_id for each in of_entry))
        yield entry


_QUALIFIED: Final = frozenset({"oUserRoutingStatuses", "oUserPresences"})
_NOT_THERE: Final = "no such metric"


def _groups(group_by: Sequence[str], dims: Mapping[str, Any]) -> Iterator[Group]:
    """The groups of a thing: of several values, each has its own."""
    values = [dims.get(name) for name in group_by]
    lists = [(value or (None,)) if isinstance(value, tuple) else (value,) for value in values]
    for group in itertools.product(*lists):
        yield tuple(None if value is None else str(value) for value in group)


def _going(each: Standing) -> Going:
    session, conversation = each.participant.session, each.seen.conversation
    dims: dict[str, Any] = {
        "conversationId": conversation.id,
        "direction": session.direction,
        "mediaType": each.media,
        "participantName": conversation.customer_name,
        "queueId": each.queue_id,
        "routingPriority": conversation.priority,
        "sessionId": session.id,
    }
    texts = {
        "activeRouting": session.requested_routing if each.state != INTERACTING else None,
        "ani": session.ani,
        "dnis": session.dnis,
        "requestedLanguageId": conversation.language_id,
        "usedRouting": session.used_routing if each.state != WAITING else None,
        "userId": each.participant.user_id,
    }
    dims |= addresses(each) | {name: value for name, value in texts.items() if value is not None}
    if session.requested_routing:
        dims["requestedRouting"] = (session.requested_routing,)
    if session.skill_ids:
        dims["requestedRoutingSkillId"] = session.skill_ids
    return Going(conversation.id, each.since_ms, dims, {each.state: None}, each.state)
