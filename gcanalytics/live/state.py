"""What is happening in the watched queues: a reducer of snapshots and events, without any input or output.

``replace`` sets everything from a REST snapshot, ``fold`` adds one event. Events may come twice or late;
the conversations end up the same. Instants are milliseconds since the epoch, UTC, by the platform's clock.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from . import tiles
from .pictures import Conversation, Party, Picture, Standing, Status, milliseconds
from .shapes import Agent, Entry, Observed, Row, Snapshot, Tiles

if TYPE_CHECKING:
    from gcanalytics.contract import events

__all__ = ["LiveState"]

T = TypeVar("T")

EVENTS_KEPT = 20_000
ENDED_KEPT = 10_000
JUST_NOW_MS = 10_000
_picture = msgspec.json.Decoder(Picture)
_object = msgspec.json.Decoder(dict[str, Any])
_COUNTED: Mapping[str, Status] = {
    "oWaiting": "waiting",
    "oInteracting": "interacting",
    "oAlerting": "alerting",
}


class LiveState:
    """The reducer. Not thread-safe: its owner holds a lock around every call.

    Args:
        queue_ids: the watched queues.
        clock: monotonic seconds, to let the platform's clock run on between its messages.
        wall: the machine's seconds since the epoch, trusted until an event tells the platform's time.
    """

    def __init__(
        self,
        queue_ids: Collection[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.queue_ids = frozenset(queue_ids)
        self.conversations: dict[str, Conversation] = {}
        self.rows: dict[str, Row] = {}
        self.ended: dict[str, Row] = {}
        self.agents: dict[str, Agent] = {}
        self.agents_known = False
        self.statuses: dict[str, int] = {}
        self.counts: dict[tuple[str, str, str], int] = {}
        self.truncated: frozenset[tuple[str, str, str]] = frozenset()
        self.entries: deque[Entry] = deque(maxlen=EVENTS_KEPT)
        self.events = 0
        self.unreadable = 0
        self._clock = clock
        self._wall = wall
        self._named_ms = 0
        self._named_at = 0.0
        self._told = False
        self._folded: bytes | msgspec.Raw = b""

    # ---- the platform's clock

    def now_ms(self) -> int:
        """The platform's time: the latest instant that it named, running on.

        A snapshot names instants that may all be long past, so until an event tells of a change of now, it
        is the machine's time where that is later: who waits alone has not just come.
        """
        running_ms = self._running_ms()
        return running_ms if self._told else max(running_ms, round(self._wall() * 1000))

    def _running_ms(self) -> int:
        return self._named_ms + round((self._clock() - self._named_at) * 1000) if self._named_ms else 0

    def _saw(self, at_ms: int | None, *, just_now: bool = False) -> None:
        if at_ms:
            self._told = self._told or just_now
            if at_ms > self._named_ms and at_ms > self._running_ms():
                self._named_ms, self._named_at = at_ms, self._clock()

    # ---- snapshots

    def replace(self, snapshot: Snapshot) -> None:
        """Let a REST snapshot take the place of all that was known; what it does not list is over."""
        listed = {observed.conversation_id for observed in snapshot.conversations}
        for row in [row for row in self.rows.values() if row.id not in listed]:
            # After-call work is no observation, so it is not listed: its conversation was answered.
            self._finish(row.id, "answered" if row.status == "wrap-up" else "unknown (during a gap)")
        self._told = False  # the machine may have slept, and its monotonic clock with it
        self._folded = b""
        for observed in snapshot.conversations:
            self._saw(observed.since_ms)
            self._observe(observed)
        self.counts = dict(snapshot.counts)
        self.truncated = snapshot.truncated
        self.statuses = dict(snapshot.statuses)
        if snapshot.agents is not None:
            self.replace_agents(snapshot.agents)

    def replace_agents(self, agents: Collection[Agent]) -> None:
        """Set the agents and their routing statuses; a status that an event told of later stays."""
        for agent in agents:
            known = self.agents.get(agent.user_id)
            if known is not None and (known.since_ms or 0) > (agent.since_ms or 0):
                agent.status, agent.since_ms = known.status, known.since_ms
        self.agents = {agent.user_id: agent for agent in agents}
        self.agents_known = True
        for agent in agents:
            self._saw(agent.since_ms)

    def _observe(self, observed: Observed) -> None:
        """Take over one observation, unless its conversation's events already told of something later."""
        row = self.rows.get(observed.conversation_id)
        conversation = self.conversations.get(observed.conversation_id)
        told = conversation.view(self.queue_ids) if conversation is not None else None
        later = told is not None and (told.since_ms or 0) > (observed.since_ms or 0)
        if told is not None and later and (row is not None or told.status == "ended"):
            return
        known = row.standing if row is not None else Standing(observed.status)
        party = Party("", user_id=observed.user_id) if observed.user_id else None
        standing = Standing(
            observed.status, observed.since_ms, party, observed.queue_id, known.offered_ms, known.answered_ms
        )
        if observed.status == "waiting":
            standing.offered_ms = standing.offered_ms or observed.since_ms
        elif observed.status == "interacting":
            standing.answered_ms = standing.answered_ms or observed.since_ms
        self.rows[observed.conversation_id] = Row(
            observed.conversation_id,
            standing,
            observed.media or (row.media if row else None),
            observed.direction or (row.direction if row else None),
            observed.remote or (row.remote if row else None),
            observed.user_id,
        )

    # ---- events

    def fold(self, topic: str, raw: bytes | msgspec.Raw) -> None:
        """Add one event; a topic or a body that cannot be read is counted and left out.

        Args:
            topic: the topic, in any case.
            raw: the event's body as JSON.
        """
        self.events += 1
        kind, subject = _topic(topic)
        try:
            if kind == "conversations":
                # Each queue that the conversation has come to gets the event, mostly one after the other.
                if raw != self._folded:
                    self._fold_conversation(_picture.decode(raw))
                    self._folded = raw
                return
            body: Any = _object.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.unreadable += 1
            return
        if kind == "observations":
            self._fold_observations(body, subject)
        elif kind == "users":
            self._fold_member(body, subject)
        elif kind == "routingStatus":
            self._fold_status(body, subject)
        else:
            self.unreadable += 1

    def _fold_conversation(self, picture: Picture) -> None:
        conversation_id = picture.id
        conversation = self.conversations.get(conversation_id)
        if conversation is None:
            conversation = self.conversations[conversation_id] = Conversation(conversation_id)
        before_ms = conversation.latest_ms
        if not conversation.merge(picture.participants or ()):
            return
        self._saw(conversation.latest_ms, just_now=0 < before_ms < conversation.latest_ms)
        standing = conversation.view(self.queue_ids)
        if standing is None:
            if conversation.gone:  # it never came to our queues, and never will
                del self.conversations[conversation_id]
            return
        row = self.rows.get(conversation_id)
        if standing.status == "ended":
            self._end(conversation, standing, row)
            return
        before = row.standing if row is not None else None
        self.rows[conversation_id] = new = self._row(conversation, standing, row)
        self.ended.pop(conversation_id, None)  # a message that was at rest is taken up again
        if before is None or _says(before) != _says(standing):
            self._log(new, standing.status, after_ms=before.since_ms if before is not None else None)

    def _end(self, conversation: Conversation, standing: Standing, row: Row | None) -> None:
        """The conversation is over for our queues; what was learned late corrects the row that is kept."""
        known = self.ended.get(conversation.id)
        if row is None and known is not None:
            late = self._row(conversation, standing, known)
            late.ended_ms = standing.since_ms
            self.ended[conversation.id] = late
            return
        self.rows[conversation.id] = self._row(conversation, standing, row)
        self._finish(conversation.id, standing.outcome or "ended")

    def _row(self, conversation: Conversation, standing: Standing, row: Row | None) -> Row:
        if row is not None:
            standing.offered_ms = standing.offered_ms or row.standing.offered_ms
            standing.since_ms = standing.since_ms or row.standing.since_ms
        customer, agent = conversation.customer, standing.agent
        return Row(
            conversation.id,
            standing,
            conversation.media or (row.media if row else None),
            conversation.direction or (row.direction if row else None),
            (customer.address or customer.name if customer else None) or (row.remote if row else None),
            agent.user_id if agent else None,
            agent.name if agent else None,
        )

    def _finish(self, conversation_id: str, outcome: str) -> None:
        row = self.rows.pop(conversation_id)
        row.ended_ms = row.standing.since_ms if row.standing.status == "ended" else self.now_ms()
        row.standing.status, row.standing.outcome = "ended", outcome
        elsewhere = "ended" if row.standing.gone else "left the queue"
        self._log(row, elsewhere if outcome == "answered" else outcome)
        # Kept with what was merged: a picture that comes late must not open the conversation again.
        if conversation_id in self.conversations:
            self.conversations[conversation_id].forget_pictures()
        self.ended.pop(conversation_id, None)
        self.ended[conversation_id] = row
        while len(self.ended) > ENDED_KEPT:
            oldest = next(iter(self.ended))
            del self.ended[oldest]
            if oldest not in self.rows:
                self.conversations.pop(oldest, None)

    def _fold_observations(self, body: events.StatEventQueueTopicStatsNotification, queue_id: str) -> None:
        """Counts of now come with an interval of no length; the frames of half hours are not for us."""
        media = _group(body).get("mediaType")
        for datum in _dicts(body.get("data")):
            start, _, end = str(datum.get("interval", "")).partition("/")
            if start != end:
                continue
            self._saw(milliseconds(end), just_now=True)
            for metric in _dicts(datum.get("metrics")):
                name, stats = metric.get("metric"), metric.get("stats")
                count = stats.get("count", 0) if isinstance(stats, dict) else None
                known = isinstance(name, str) and name in _COUNTED and isinstance(media, str)
                if known and isinstance(count, int | float):
                    self.counts[queue_id, str(media), str(name)] = int(count)

    def _fold_member(self, body: events.QueueUserEventTopicQueueMember, queue_id: str) -> None:
        user = body.get("user")
        user_id = body.get("id") or (user.get("id") if isinstance(user, dict) else None)
        if isinstance(user_id, str):
            agent = self.agents.setdefault(user_id, Agent(user_id))
            agent.joined[queue_id] = body.get("joined") is True

    def _fold_status(self, body: events.UserRoutingStatusUserRoutingStatus, user_id: str) -> None:
        told = body.get("routingStatus")
        status = told.get("status") if isinstance(told, dict) else None
        agent = self.agents.get(user_id)
        if not isinstance(told, dict) or not isinstance(status, str) or agent is None:
            return
        since = milliseconds(told.get("startTime"))
        self._saw(since, just_now=True)
        if agent.since_ms is not None and since is not None and since < agent.since_ms:
            return  # an older status that came late
        if agent.status != status and agent.counts:
            self.entries.append(Entry(self.now_ms(), "agent", status, user_id=user_id, agent_name=agent.name))
        agent.status, agent.since_ms = status, since

    # ---- log

    def note(self, kind: str, text: str) -> None:
        """Add a line about the connection, or a note."""
        self.entries.append(Entry(self.now_ms(), kind, text))

    def _log(self, row: Row, text: str, *, after_ms: int | None = None) -> None:
        """Add a line, at the instant that the platform names for it where it names one.

        A status may have begun long ago: back from a hold, the talk counts from the answer.
        """
        now_ms, since_ms = self.now_ms(), row.standing.since_ms or 0
        fresh = since_ms > (after_ms or 0) and 0 <= now_ms - since_ms <= JUST_NOW_MS
        entry = Entry(
            since_ms if fresh else now_ms,
            "conversation",
            text,
            row.id,
            row.standing.queue_id,
            row.media,
            row.user_id,
            row.agent_name,
        )
        self.entries.append(entry)

    # ---- what is shown

    def tiles(self) -> Tiles:
        """The big numbers: of the conversations, or the platform's where it listed not all of them."""
        agents: dict[str, int] = {}
        for agent in self.agents.values():
            if agent.counts:
                agents[agent.status] = agents.get(agent.status, 0) + 1
        return tiles.taken(
            self.rows.values(),
            counts=self.counts,
            truncated=self.truncated,
            agents=agents if self.agents_known else self.statuses or None,
            now_ms=self.now_ms(),
        )

    def counted(self, metric: str) -> int:
        """The platform's own latest count of a metric over the watched queues and all media."""
        return sum(count for (_, _, name), count in self.counts.items() if name == metric)

    def differs(self) -> bool:
        """Whether the platform's own counts say something else than the conversations that we know."""
        shown = self.tiles()
        counted = self.counted("oWaiting"), self.counted("oInteracting")
        return not shown.partial and bool(self.counts) and ((shown.waiting, shown.interacting) != counted)

    def ongoing(self) -> list[Row]:
        """The conversations that go on: those who wait first, see :func:`tiles.by_need`."""
        return tiles.by_need(self.rows.values())


@lru_cache(maxsize=4096)
def _topic(topic: str) -> tuple[str, str]:
    """What a topic is about, and the queue or user of it; the platform takes topics in any case."""
    parts = topic.split(".")
    if len(parts) == 5 and [part.casefold() for part in parts[:3]] == ["v2", "routing", "queues"]:
        return parts[4].casefold(), parts[3].casefold()
    if len(parts) == 5 and [part.casefold() for part in parts[:3]] == ["v2", "analytics", "queues"]:
        return parts[4].casefold(), parts[3].casefold()
    if len(parts) == 4 and parts[1].casefold() == "users" and parts[3].casefold() == "routingstatus":
        return "routingStatus", parts[2].casefold()
    return "", ""


def _says(standing: Standing) -> tuple[str, str | None, str | None]:
    return standing.status, standing.queue_id, standing.agent.user_id if standing.agent else None


def _group(body: events.StatEventQueueTopicStatsNotification) -> Mapping[str, Any]:
    group = body.get("group")
    return group if isinstance(group, dict) else {}


def _dicts(value: list[T] | None) -> list[T]:
    """The objects in what should be a list of objects."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
