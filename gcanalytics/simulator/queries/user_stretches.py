"""Stretches of agents' statuses, read from the timeline: the one source of all queries about users. No HTTP.

A stretch is the time from one change of a routing status, or of a presence, to the next. Zero-length ones
are left out; what goes on now ends now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from gcanalytics.simulator.business.organization import Organization, User
from gcanalytics.simulator.business.timeline import AgentStatus, Timeline
from gcanalytics.simulator.queries.intervals import Interval

Kind = Literal["routing", "presence"]
OFFLINE = "OFFLINE"
JOINED, NOT_JOINED = "Joined", "NotJoined"
"""Statuses of a membership; their words are in no source."""


class Stretch(NamedTuple):
    """One value of one status from ``start_ms`` to ``end_ms``.

    Attributes:
        status: the first look at it; its routing status, or its presence, is the stretch's.
    """

    start_ms: int
    end_ms: int
    status: AgentStatus


def value_of(kind: Kind, status: AgentStatus) -> str:
    """What tells one stretch from the next: the routing status, or the id of the presence."""
    return status.routing_status if kind == "routing" else status.presence_id


def stretches(kind: Kind, changes: Sequence[tuple[int, AgentStatus]], end_ms: int) -> Iterator[Stretch]:
    """The stretches from the first change to ``end_ms``; together as long as that time.

    Args:
        kind: which of the two statuses.
        changes: instants and what is shown from each on, in time order (`Timeline.statuses`).
        end_ms: where the last one ends.
    """
    begun: tuple[int, AgentStatus] | None = None
    for position, (at_ms, status) in enumerate(changes):
        if position + 1 < len(changes) and changes[position + 1][0] <= at_ms:
            continue  # replaced at the same instant
        if begun is not None and value_of(kind, begun[1]) == value_of(kind, status):
            continue
        if begun is not None:
            yield Stretch(begun[0], at_ms, begun[1])
        begun = at_ms, status
    if begun is not None and begun[0] < end_ms:
        yield Stretch(begun[0], end_ms, begun[1])


def split(found: Iterable[Stretch], buckets: Sequence[Interval]) -> Iterator[tuple[int, int, Stretch]]:
    """Number of a bucket, milliseconds of a stretch in it, and the stretch; for each that it touches.

    Args:
        found: stretches in time order, one after the other.
        buckets: in time order, without an overlap.
    """
    number = 0
    for each in found:
        while number < len(buckets) and buckets[number].end_ms <= each.start_ms:
            number += 1
        for place in range(number, len(buckets)):
            bucket = buckets[place]
            if bucket.start_ms >= each.end_ms:
                break
            yield place, min(each.end_ms, bucket.end_ms) - max(each.start_ms, bucket.start_ms), each


class Statuses:
    """The status logs of users, cut to what can be known.

    Args:
        timeline: where statuses come from.
        organization: who there is.
    """

    def __init__(self, timeline: Timeline, organization: Organization) -> None:
        self._timeline = timeline
        self._organization = organization

    @property
    def users(self) -> list[User]:
        """Users who can have statuses: the active ones, by id."""
        active = (user for user in self._organization.users if user.state == "active")
        return sorted(active, key=lambda user: user.id)

    def changes(self, user: User, interval: Interval, now_ms: int) -> list[tuple[int, AgentStatus]]:
        """A user's statuses in an interval, up to now and no further back than the history goes."""
        start_ms = max(interval.start_ms, self._timeline.floor_ms)
        end_ms = min(interval.end_ms, now_ms)
        return self._timeline.statuses(user.id, start_ms, end_ms) if start_ms < end_ms else []

    def presence_ids(self) -> dict[str, list[str]]:
        """System presences and the organization's own presences that stand for each."""
        ids: dict[str, list[str]] = {}
        for presence in self._organization.presences:
            ids.setdefault(presence.system_presence, []).append(presence.id)
        return ids
