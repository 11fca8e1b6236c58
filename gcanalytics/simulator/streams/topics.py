"""Frames of the notification topics, made as business time passes and only for what somebody listens to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import AgentStatus, Change, Timeline
from gcanalytics.simulator.records import conversation_frames
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams import user_frames
from gcanalytics.simulator.streams.queue_statistics import HALF_HOUR_MS, Group, QueueStatistics
from gcanalytics.simulator.streams.registry import ChannelRegistry

STATISTICS_PERIOD_S: Final = 1.0
"""Least time between two frames of a queue's statistics, real seconds ("at most one per second", the
platform's page on analytics notifications)."""
_LONG_TALK_MS: Final = 4 * 60 * 60_000
_encode: Final = msgspec.json.Encoder().encode

Frame = tuple[str, str]
"""Key of a topic and the encoded body of an event."""


class Topics:
    """Publishes what changed since the last tick.

    Args:
        platform: its timeline and clock.
        registry: who listens.
    """

    def __init__(self, platform: Platform, registry: ChannelRegistry) -> None:
        self._platform = platform
        self._registry = registry
        self._seen_ms = platform.clock.now_ms() - 1
        self._maker = FrameMaker(platform.organization, platform.timeline, platform.settings)

    async def tick(self) -> None:
        """Publish every frame of the business time that passed since the last tick."""
        # A guest's events get the time of the moment they are added, so this millisecond may not be over.
        upto_ms = self._platform.clock.now_ms() - 1
        after_ms, self._seen_ms = self._seen_ms, max(upto_ms, self._seen_ms)
        heard = self._registry.heard()
        if not heard:
            self._maker.forget()
            return
        real = self._platform.clock.real()
        frames = await self._platform.run(self._maker.frames, after_ms, self._seen_ms, heard, real)
        for key, body in frames:
            self._registry.publish(key, body, str(uuid.uuid4()))


class FrameMaker:
    """Turns the timeline's changes into events. Runs on the timeline's thread.

    Args:
        organization: whose queues and users.
        timeline: what happens.
        settings: what the emission rules depend on.
    """

    def __init__(self, organization: Organization, timeline: Timeline, settings: Settings) -> None:
        self._organization = organization
        self._timeline = timeline
        self._settings = settings
        self._statistics = QueueStatistics(organization, settings)
        self._touched: set[Group] = set()
        self._sent_at: dict[Group, float] = {}
        self._statuses: dict[str, AgentStatus] = {}

    def forget(self) -> None:
        """Drop what is followed; nobody listens. The next frames start from the timeline again."""
        self._statistics.seeded = False
        self._touched.clear()
        self._statuses.clear()

    def frames(self, after_ms: int, upto_ms: int, heard: set[str], real: float) -> list[Frame]:
        """The events of a stretch of business time, in its order; a queue's statistics last.

        Args:
            after_ms: business time, exclusive.
            upto_ms: business time, inclusive.
            heard: keys of the topics that somebody listens to.
            real: real seconds, for the pace of statistics.
        """
        counted = any(key.startswith("v2.analytics.queues.") for key in heard)
        if not counted:
            self._statistics.seeded = False
        elif not self._statistics.seeded:
            self._seed(after_ms)
        found: list[Frame] = []
        done: set[tuple[str, int]] = set()
        for change in self._timeline.changes(after_ms, upto_ms):
            if change.conversation is not None and (change.conversation.id, change.at_ms) not in done:
                done.add((change.conversation.id, change.at_ms))
                found += self._conversation(change.conversation, change.at_ms, heard)
                if counted:
                    self._touched |= self._statistics.follow(change.conversation, change.at_ms)
            if change.user_id is not None:
                found += self._user(change, heard)
        return found + list(self._due(upto_ms, heard, real))

    def _seed(self, now_ms: int) -> None:
        half_ms = now_ms - now_ms % HALF_HOUR_MS
        ongoing = self._timeline.ongoing(now_ms)
        recent = self._timeline.conversations(half_ms - _LONG_TALK_MS, now_ms + 1)
        self._statistics.seed(ongoing, [each for each in recent if each.settled_ms >= half_ms], now_ms)
        self._touched.clear()

    def _conversation(self, conversation: Conversation, at_ms: int, heard: set[str]) -> Iterator[Frame]:
        """The full picture for every queue that it has touched, and the flat one of its medium."""
        seen = picture(conversation, at_ms, self._settings)
        stems = [f"v2.routing.queues.{queue_id}.conversations" for queue_id in seen.queue_ids]
        word = conversation_frames.FLAT_TOPIC[conversation.media]
        yield from _same_for_all([key for key in stems if key in heard], conversation_frames.full, seen)
        flat = [f"{stem}.{word}" for stem in stems]
        yield from _same_for_all([key for key in flat if key in heard], conversation_frames.flat, seen)

    def _user(self, change: Change, heard: set[str]) -> Iterator[Frame]:
        user = self._organization.users_by_id.get(change.user_id or "")
        if user is None:
            return
        stem = f"v2.users.{user.id}"
        member_keys = {queue_id: f"v2.routing.queues.{queue_id}.users" for queue_id in user.queue_ids}
        mine = heard & {
            f"{stem}.routingstatus",
            f"{stem}.presence",
            f"{stem}.activity",
            *member_keys.values(),
        }
        if not mine:
            return
        before = self._statuses.get(user.id) or self._timeline.agent(user.id, change.at_ms - 1)
        status = self._status(user.id, change.at_ms)
        routed = (before.routing_status, before.since_ms) != (status.routing_status, status.since_ms)
        moved = (before.presence_id, before.presence_since_ms) != (
            status.presence_id,
            status.presence_since_ms,
        )
        if routed and f"{stem}.routingstatus" in mine:
            yield f"{stem}.routingstatus", _text(user_frames.routing_status(user, status))
        if moved and f"{stem}.presence" in mine:
            yield f"{stem}.presence", _text(user_frames.presence(status))
        if (routed or moved) and f"{stem}.activity" in mine:
            yield f"{stem}.activity", _text(user_frames.activity(user, status))
        if status.on_queue and not before.on_queue:
            for queue_id, key in member_keys.items():
                if key in mine:
                    yield key, _text(user_frames.queue_member(queue_id, user))

    def _status(self, user_id: str, at_ms: int) -> AgentStatus:
        status = self._timeline.agent(user_id, at_ms)
        self._statuses[user_id] = status
        return status

    def _due(self, upto_ms: int, heard: set[str], real: float) -> Iterator[Frame]:
        """Statistics of the touched queues, each queue and medium at most once a second."""
        activity_due: set[str] = set()
        for group in sorted(self._touched):
            if real - self._sent_at.get(group, float("-inf")) < STATISTICS_PERIOD_S:
                continue
            self._touched.discard(group)
            self._sent_at[group] = real
            key = f"v2.analytics.queues.{group[0]}.observations"
            now = self._statistics.now(group, upto_ms)
            if now is not None:
                activity_due.add(group[0])
            if key in heard:
                half_hour = self._statistics.half_hour(group)
                yield from ((key, _text(body)) for body in (now, half_hour) if body is not None)
        for queue_id in sorted(activity_due):
            key = f"v2.analytics.queues.{queue_id}.activity"
            if key in heard:
                yield key, _text(self._statistics.activity(queue_id, upto_ms))


def _same_for_all(keys: list[str], make: Any, seen: Any) -> Iterator[Frame]:
    """One body for all of these topics; it is made only if there is one."""
    if keys:
        text = _text(make(seen))
        yield from ((key, text) for key in keys)


def _text(body: dict[str, Any]) -> str:
    return _encode(body).decode()
