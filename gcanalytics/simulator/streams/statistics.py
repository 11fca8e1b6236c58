"""The statistics topics of queues and users: who is followed, what changed, and when it may be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.half_hours import start_of
from gcanalytics.simulator.streams.pace import Pace
from gcanalytics.simulator.streams.queue_statistics import QueueStatistics
from gcanalytics.simulator.streams.user_statistics import STATUSES, UserStatistics

ACTIVITY: Final = "activity"
"""In place of a medium: a queue with all of its media."""
_QUEUES: Final = "v2.analytics.queues."
_USERS: Final = "v2.analytics.users."

Event = tuple[str, dict[str, Any]]
"""Key of a topic and the body of an event."""


class Statistics:
    """Follows queues and users while somebody listens. Runs on the timeline's thread.

    Args:
        organization: whose queues and users.
        timeline: what happens.
        settings: what the emission rules depend on.
    """

    def __init__(self, organization: Organization, timeline: Timeline, settings: Settings) -> None:
        self._timeline = timeline
        self._queues = QueueStatistics(organization, settings)
        self._users = UserStatistics(organization, timeline, settings)
        self._queue_pace, self._activity_pace, self._user_pace = Pace(), Pace(), Pace()
        self._heard: frozenset[str] = frozenset()

    def forget(self) -> None:
        """Drop what is followed; nobody listens. The next frames start from the timeline again."""
        self._queues.seeded = self._users.seeded = False
        for pace in (self._queue_pace, self._activity_pace, self._user_pace):
            pace.clear()

    def begin(self, heard: set[str], after_ms: int) -> None:
        """Before a stretch of business time is followed: start with what stood at ``after_ms``, once.

        Args:
            heard: keys of the topics that somebody listens to.
            after_ms: business time, milliseconds.
        """
        queues = any(key.startswith(_QUEUES) for key in heard)
        users = frozenset(key.split(".")[3] for key in heard if key.startswith(_USERS))
        recent = None
        if not queues:
            self._queues.seeded = False
            self._queue_pace.clear()
            self._activity_pace.clear()
        elif not self._queues.seeded:
            recent = self._recent(after_ms)
            self._queues.seed(self._timeline.ongoing(after_ms), recent, after_ms)
            self._queue_pace.clear()
            self._activity_pace.clear()
        if not users:
            self._users.seeded = False
            self._user_pace.clear()
        elif not self._users.seeded:
            self._users.seed(self._recent(after_ms) if recent is None else recent, after_ms)
            self._user_pace.clear()
        self._users.hear(users, after_ms)
        self._heard = users

    def _recent(self, now_ms: int) -> list[Conversation]:
        return self._timeline.recent(start_of(now_ms), now_ms)

    def follow(self, conversation: Conversation, at_ms: int) -> None:
        """Take in a change of a conversation."""
        if self._queues.seeded:
            self._queue_pace.touch(self._queues.follow(conversation, at_ms))
        if self._users.seeded:
            self._user_pace.touch(
                key for key in self._users.follow(conversation, at_ms) if key[0] in self._heard
            )

    def status_changed(self, user_id: str) -> None:
        """Take in a change of a user's status."""
        if user_id in self._heard:
            self._user_pace.touch([(user_id, STATUSES)])

    def due(self, after_ms: int, upto_ms: int, heard: set[str], real: float) -> Iterator[Event]:
        """What may be told at the end of a stretch of business time.

        Args:
            after_ms: its start (ms, exclusive); with the end of a half hour in it all statuses are told.
            upto_ms: its end (ms, inclusive).
            heard: keys of the topics that somebody listens to.
            real: real seconds, for the pace.
        """
        if start_of(after_ms) != start_of(upto_ms):
            self._user_pace.touch((user_id, STATUSES) for user_id in self._heard)
        yield from self._of_queues(upto_ms, heard, real)
        yield from self._of_users(upto_ms, real)

    def _of_queues(self, upto_ms: int, heard: set[str], real: float) -> Iterator[Event]:
        for group in self._queue_pace.due(real):
            key = f"{_QUEUES}{group[0]}.observations"
            now = self._queues.now(group, upto_ms)
            if now is not None:
                self._activity_pace.touch([(group[0], ACTIVITY)])
            if key in heard:
                half_hour = self._queues.half_hour(group)
                yield from ((key, body) for body in (now, half_hour) if body is not None)
                if self._queues.waiting(group):
                    self._queue_pace.touch([group])
        # It has all media of a queue, each of which changes in its own second.
        for queue_id, _ in self._activity_pace.due(real):
            key = f"{_QUEUES}{queue_id}.activity"
            if key in heard:
                yield key, self._queues.activity(queue_id, upto_ms)

    def _of_users(self, upto_ms: int, real: float) -> Iterator[Event]:
        for key in self._user_pace.due(real):
            if key[0] not in self._heard:
                continue
            body = self._users.body(key, upto_ms)
            if body is not None:
                yield f"{_USERS}{key[0]}.aggregates", body
            if self._users.waiting(key, upto_ms):
                self._user_pace.touch([key])
