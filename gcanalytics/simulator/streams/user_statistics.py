"""An agent's numbers for ``v2.analytics.users.{id}.aggregates``: time in each status, and his own metrics.

The statuses of a half hour are those of the users' aggregates query over it, so the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.intervals import Interval
from gcanalytics.simulator.queries.user_aggregates import UserAggregates, UserAggregatesQuery
from gcanalytics.simulator.queries.user_stretches import Statuses
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.half_hours import HALF_HOUR_MS, HalfHours, Key, metrics_of, start_of

STATUSES: Final = "statuses"
"""In place of a medium: the group of a user's statuses, which has none."""
_METRICS: Final = ("tAgentRoutingStatus", "tOrganizationPresence", "tSystemPresence")


class UserStatistics:
    """Follows users and makes the bodies of their topic (StatEventUserTopicStatsNotification).

    Args:
        organization: the users.
        timeline: their statuses.
        settings: what the emission rules and the users' aggregates depend on.
    """

    def __init__(self, organization: Organization, timeline: Timeline, settings: Settings) -> None:
        self._settings = settings
        self._users = organization.users_by_id
        self._aggregates = UserAggregates(
            Statuses(timeline, organization), offline_time=settings.offline_time
        )
        self._emitted = HalfHours()
        self._since_ms = 0
        self._told_ms: dict[str, int] = {}
        self.seeded = False

    def seed(self, recent: Iterable[Conversation], now_ms: int) -> None:
        """Start to follow; ``recent`` is all that may have emitted anything since the half hour began."""
        self._emitted.clear(now_ms)
        self._since_ms = start_of(now_ms)
        self._told_ms.clear()
        for conversation in recent:
            self.follow(conversation, now_ms)
        self.seeded = True

    def hear(self, user_ids: Collection[str], now_ms: int) -> None:
        """Take note of whose statuses are told; those of a new listener's are told from this half hour on."""
        self._told_ms = {user_id: self._told_ms.get(user_id, now_ms) for user_id in user_ids}

    def follow(self, conversation: Conversation, at_ms: int) -> set[Key]:
        """Take in a change of a conversation; which users and media it has changed."""
        self._emitted.advance(at_ms)
        found = []
        for emission in emissions(conversation, at_ms, self._settings):
            user_id = emission.dims.get("userId")
            if isinstance(user_id, str):
                key = user_id, str(emission.dims["mediaType"])
                found.append((key, emission.at_ms, (emission.metric, emission.value)))
        return self._emitted.put(conversation.id, found, since_ms=self._since_ms)

    def body(self, key: Key, upto_ms: int) -> dict[str, Any] | None:
        """The next body of a group: a half hour that ended untold first, the running one last."""
        user_id, media = key
        if media == STATUSES:
            return self._statuses(user_id, upto_ms)
        untold = self._emitted.take(key)
        if untold is None:
            return None
        interval = f"{iso(untold.start_ms)}/{iso(untold.start_ms + HALF_HOUR_MS)}"
        return {
            "group": {"userId": user_id, "mediaType": media},
            "data": [{"interval": interval, "metrics": metrics_of(untold.values)}],
        }

    def waiting(self, key: Key, upto_ms: int) -> bool:
        """Whether another half hour of a group is still to be told."""
        if key[1] == STATUSES:
            return self._told_ms[key[0]] < start_of(upto_ms)
        return self._emitted.waiting(key)

    def _statuses(self, user_id: str, upto_ms: int) -> dict[str, Any] | None:
        """Time in each status in the half hour after the one that was told last, up to now."""
        start_ms = start_of(self._told_ms[user_id])
        end_ms = min(start_ms + HALF_HOUR_MS, upto_ms)
        self._told_ms[user_id] = end_ms
        interval = Interval(start_ms, start_ms + HALF_HOUR_MS)
        query = UserAggregatesQuery(
            interval=interval,
            buckets=(interval,),
            metrics=_METRICS,
            by_user=True,
            test=None,
            views=(),
        )
        asked = [user for user in [self._users[user_id]] if user.state == "active"]
        results = self._aggregates.results(query, end_ms, asked)["results"]
        return {"group": {"userId": user_id}, "data": results[0]["data"]} if results else None
