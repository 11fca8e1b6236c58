"""Frames of the notification topics, made as business time passes and only for what somebody listens to."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization, User
from gcanalytics.simulator.business.timeline import AgentStatus, Change, Timeline
from gcanalytics.simulator.queries.availability import STEP_MS, available_ms
from gcanalytics.simulator.records import conversation_frames, flat_frames
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.picture import Picture, picture
from gcanalytics.simulator.rest.directory import logged_on
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams import user_frames
from gcanalytics.simulator.streams.registry import ChannelRegistry
from gcanalytics.simulator.streams.statistics import Statistics

AVAILABILITY: Final = "v2.analytics.conversations.details.jobs.availability"
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
        self._seen_ms = platform.clock.over_ms()
        self._maker = FrameMaker(platform.organization, platform.timeline, platform.settings)

    async def tick(self) -> None:
        """Publish every frame of the business time that passed since the last tick."""
        # A guest's events get the time of the moment they are added, so this millisecond may not be over.
        upto_ms = self._platform.clock.over_ms()
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
        self._statistics = Statistics(organization, timeline, settings)
        self._statuses: dict[str, AgentStatus] = {}

    def forget(self) -> None:
        """Drop what is followed; nobody listens. The next frames start from the timeline again."""
        self._statistics.forget()
        self._statuses.clear()

    def frames(self, after_ms: int, upto_ms: int, heard: set[str], real: float) -> list[Frame]:
        """The events of a stretch of business time, in its order; statistics last.

        Args:
            after_ms: business time, exclusive.
            upto_ms: business time, inclusive.
            heard: keys of the topics that somebody listens to.
            real: real seconds, for the pace of statistics.
        """
        self._statistics.begin(heard, after_ms)
        found: list[Frame] = []
        done: set[tuple[str, int]] = set()
        for change in self._timeline.changes(after_ms, upto_ms):
            if change.conversation is not None and (change.conversation.id, change.at_ms) not in done:
                done.add((change.conversation.id, change.at_ms))
                found += self._conversation(change.conversation, change.at_ms, heard)
                self._statistics.follow(change.conversation, change.at_ms)
            if change.user_id is not None:
                found += self._user(change, heard)
                self._statistics.status_changed(change.user_id)
        if AVAILABILITY in heard:
            found += self._availability(after_ms, upto_ms)
        due = self._statistics.due(after_ms, upto_ms, heard, real)
        return found + [(key, _text(body)) for key, body in due]

    def _conversation(self, conversation: Conversation, at_ms: int, heard: set[str]) -> Iterator[Frame]:
        """The full picture for every queue and user that it has touched, and the flat ones of its media."""
        seen = picture(conversation, at_ms, self._settings)
        stems = [f"v2.routing.queues.{queue_id}.conversations" for queue_id in seen.queue_ids]
        stems += [f"v2.users.{user_id}.conversations" for user_id in _users(seen)]
        yield from _same_for_all([key for key in stems if key in heard], conversation_frames.full, seen)
        for media in flat_frames.media_of(seen):
            flat = [f"{stem}.{flat_frames.FLAT_TOPIC[media]}" for stem in stems]
            make = functools.partial(flat_frames.flat, media=media)
            yield from _same_for_all([key for key in flat if key in heard], make, seen)

    def _user(self, change: Change, heard: set[str]) -> Iterator[Frame]:
        user = self._organization.users_by_id.get(change.user_id or "")
        if user is None:
            return
        stem = f"v2.users.{user.id}"
        members = {f"v2.routing.queues.{queue_id}.users": queue_id for queue_id in user.queue_ids}
        mine = heard & {f"{stem}.routingstatus", f"{stem}.presence", f"{stem}.activity", *members}
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
            yield f"{stem}.activity", _text(user_frames.activity(user, status, self._settings.queue_joins))
        yield from self._membership(user, members, mine, before, status)

    def _membership(
        self,
        user: User,
        members: dict[str, str],
        mine: set[str],
        before: AgentStatus,
        status: AgentStatus,
    ) -> Iterator[Frame]:
        """What members' queues are told: that he joined or left, or, where he never leaves, that he came."""
        if self._settings.queue_joins == "shift":
            was, joined = logged_on(before), logged_on(status)
            told = was != joined
        else:
            joined, told = True, status.on_queue and not before.on_queue
        if told:
            for key, queue_id in members.items():
                if key in mine:
                    yield key, _text(user_frames.queue_member(queue_id, user, joined=joined))

    def _status(self, user_id: str, at_ms: int) -> AgentStatus:
        status = self._timeline.agent(user_id, at_ms)
        self._statuses[user_id] = status
        return status

    def _availability(self, after_ms: int, upto_ms: int) -> Iterator[Frame]:
        """Each step of the date up to which jobs have data."""
        lag_s = self._settings.job_lag_s
        at_ms, last_ms = available_ms(after_ms, lag_s), available_ms(upto_ms, lag_s)
        while at_ms < last_ms:
            at_ms += STEP_MS
            yield AVAILABILITY, _text({"dataAvailabilityDate": iso(at_ms)})


def _users(seen: Picture) -> list[str]:
    """The users who have or had a part in a conversation, each once."""
    return list(dict.fromkeys(each.user_id for each in seen.participants if each.user_id))


def _same_for_all(keys: list[str], make: Any, seen: Any) -> Iterator[Frame]:
    """One body for all of these topics; it is made only if there is one."""
    if keys:
        text = _text(make(seen))
        yield from ((key, text) for key in keys)


def _text(body: dict[str, Any]) -> str:
    return _encode(body).decode()
