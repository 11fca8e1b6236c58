"""A queue's numbers for the notification topics: what stands now, and what the half hour has brought so far.

It follows the timeline's changes instead of counting everything again. Queries over REST count themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.queries.observations import ALERTING, INTERACTING, WAITING, standings
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.emission import Choices
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.records.rules import Emission, emissions
from gcanalytics.simulator.streams.half_hours import HALF_HOUR_MS, HalfHours, Key, metrics_of, start_of

STATES: Final = (WAITING, ALERTING, INTERACTING)

Group = Key
"""Queue id and media type."""


class Place(NamedTuple):
    """One conversation's place in a queue: which of the three states it counts for, and since when (ms)."""

    group: Group
    state: str
    since_ms: int


class QueueStatistics:
    """Follows some queues and makes the bodies of ``.observations`` and ``.activity``.

    Args:
        organization: for the queues' targets.
        settings: what the emission rules depend on.
    """

    def __init__(self, organization: Organization, settings: Choices | None) -> None:
        self._organization = organization
        self._settings = settings
        self._standing: dict[str, list[Place]] = {}
        self._emitted = HalfHours()
        self._since_ms = 0
        self._sent: dict[Group, dict[str, int]] = {}
        self.seeded = False

    def seed(self, ongoing: Iterable[Conversation], recent: Iterable[Conversation], now_ms: int) -> None:
        """Start to follow: what goes on now, and what could have counted in the running half hour.

        Args:
            ongoing: every conversation that is not over.
            recent: those, and all that may have emitted anything since the half hour began.
            now_ms: business time.
        """
        self._standing.clear()
        self._sent.clear()
        self._emitted.clear(now_ms)
        self._since_ms = start_of(now_ms)
        for conversation in ongoing:
            self._place(conversation, now_ms)
        for conversation in recent:
            self._collect(conversation, now_ms)
        for group in self.groups():
            self._sent[group] = self._counts(group)
        self.seeded = True

    def groups(self) -> list[Group]:
        """Every queue with each of its media."""
        return [(queue.id, media) for queue in self._organization.queues for media in queue.media]

    def follow(self, conversation: Conversation, at_ms: int) -> set[Group]:
        """Take in a change of a conversation; which queues and media it may have touched."""
        self._emitted.advance(at_ms)
        before = {place.group for place in self._standing.get(conversation.id, [])}
        touched = self._place(conversation, at_ms)
        return before | touched | self._collect(conversation, at_ms)

    def _place(self, conversation: Conversation, now_ms: int) -> set[Group]:
        seen = picture(conversation, now_ms, self._settings)
        found = [Place((one.queue_id, one.media), one.state, one.since_ms) for one in standings(seen)]
        if found:
            self._standing[conversation.id] = found
        else:
            self._standing.pop(conversation.id, None)
        return {place.group for place in found}

    def _collect(self, conversation: Conversation, now_ms: int) -> set[Group]:
        """Replace what a conversation has emitted lately; which queues have changed by it."""
        emitted = emissions(conversation, now_ms, self._settings)
        return self._emitted.put(conversation.id, _in_queues(emitted), since_ms=self._since_ms)

    def _counts(self, group: Group) -> dict[str, int]:
        counts = dict.fromkeys(STATES, 0)
        for found in self._standing.values():
            for place in found:
                if place.group == group:
                    counts[place.state] += 1
        return counts

    def now(self, group: Group, at_ms: int) -> dict[str, Any] | None:
        """The first flavour of ``.observations``: counts at this moment that changed since the last time.

        Its interval has no length and it holds counts alone (a recorded frame of 2024-12-30 and its twin).
        None where nothing changed.
        """
        counts = self._counts(group)
        before = self._sent.get(group, {})
        changed = [name for name in STATES if counts[name] != before.get(name)]
        if not changed:
            return None
        self._sent[group] = counts
        metrics = [{"metric": name, "stats": {"count": counts[name]}} for name in changed]
        return _notification(group, at_ms, at_ms, metrics)

    def half_hour(self, group: Group) -> dict[str, Any] | None:
        """The second flavour: what was emitted since a half hour began; None where nothing is new.

        The half hour before comes first where its last changes were not told; then the running one waits.
        """
        untold = self._emitted.take(group)
        if untold is None:
            return None
        metrics = metrics_of(untold.values)
        level = self._service_level(group, untold.values)
        if level is not None:
            metrics.append({"metric": "oServiceLevel", "stats": level})
        return _notification(group, untold.start_ms, untold.start_ms + HALF_HOUR_MS, metrics)

    def waiting(self, group: Group) -> bool:
        """Whether another half hour of a group is still to be told."""
        return self._emitted.waiting(group)

    def _service_level(self, group: Group, values: dict[str, list[int]]) -> dict[str, float] | None:
        answered, abandoned = len(values.get("tAnswered", [])), len(values.get("tAbandon", []))
        level = self._organization.queues_by_id[group[0]].service_levels.get(group[1])
        if level is None or not answered + abandoned:
            return None
        within = answered - sum(values.get("nOverSla", []))
        total = answered + abandoned
        return {"ratio": within / total, "numerator": within, "denominator": total, "target": level[0]}

    def activity(self, queue_id: str, now_ms: int) -> dict[str, Any]:
        """Body of ``.activity``: per medium the three counts and the longest wait and talk, in ms."""
        results = []
        for media in self._organization.queues_by_id[queue_id].media:
            group = (queue_id, media)
            entries = [{"metric": name, "count": count} for name, count in self._counts(group).items()]
            for name, state in (("oLongestWaiting", WAITING), ("oLongestInteracting", INTERACTING)):
                since_ms = self._since(group, state)
                if since_ms is not None:
                    entries.append({"metric": name, "calculatedMetricValue": now_ms - since_ms})
            results.append({"mediaType": media, "data": entries})
        return {"results": results}

    def _since(self, group: Group, state: str) -> int | None:
        return min(
            (
                place.since_ms
                for found in self._standing.values()
                for place in found
                if place.group == group and place.state == state
            ),
            default=None,
        )


def _notification(group: Group, start_ms: int, end_ms: int, metrics: Collection[Any]) -> dict[str, Any]:
    return {
        "group": {"queueId": group[0], "mediaType": group[1]},
        "data": [{"interval": f"{iso(start_ms)}/{iso(end_ms)}", "metrics": list(metrics)}],
    }


def _in_queues(emitted: Iterable[Emission]) -> Iterable[tuple[Group, int, tuple[str, int]]]:
    """Group, time and value of what was emitted in queues; a recorded half hour has no ``o*`` counts."""
    for emission in emitted:
        queue_id = emission.dims.get("queueId")
        if isinstance(queue_id, str) and not emission.metric.startswith("o"):
            yield (
                (queue_id, str(emission.dims["mediaType"])),
                emission.at_ms,
                (emission.metric, emission.value),
            )
