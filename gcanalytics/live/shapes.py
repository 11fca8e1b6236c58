"""The pieces of the live state: agents, conversations as shown, log lines, big numbers, REST snapshots.

Instants are milliseconds since the epoch, UTC, by the platform's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .pictures import Standing, Status

__all__ = ["Agent", "Connection", "Entry", "Gap", "Observed", "Row", "Snapshot", "Tiles", "Wait"]


@dataclass(slots=True)
class Agent:
    """A member of the queues: routing status and when it began."""

    user_id: str
    name: str | None = None
    status: str = "OFF_QUEUE"
    since_ms: int | None = None
    joined: dict[str, bool] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether he is activated in at least one watched queue."""
        return any(self.joined.values())


@dataclass(frozen=True, slots=True)
class Observed:
    """One conversation in a REST snapshot."""

    conversation_id: str
    status: Status
    queue_id: str
    media: str | None
    since_ms: int | None
    direction: str | None = None
    user_id: str | None = None
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The present by REST.

    Attributes:
        conversations: those that the platform listed.
        counts: (queue id, media type, metric) to count.
        truncated: (queue id, media type, metric) of which not all conversations were listed.
        agents: members with their routing status; None where they could not be read.
        statuses: routing status to number of agents, added over the queues.
    """

    conversations: tuple[Observed, ...] = ()
    counts: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    truncated: frozenset[tuple[str, str, str]] = frozenset()
    agents: tuple[Agent, ...] | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without events. The state was read anew at its end; what came and went in between is unknown.

    Attributes:
        began: machine's time of the loss (seconds since the epoch).
        ended: machine's time of the new snapshot.
        reason: why.
    """

    began: float
    ended: float
    reason: str


@dataclass(slots=True)
class Row:
    """One conversation as shown; its standing is the latest picture's, or the snapshot's before one came."""

    id: str
    standing: Standing
    media: str | None = None
    direction: str | None = None
    remote: str | None = None
    user_id: str | None = None
    agent_name: str | None = None
    ended_ms: int | None = None

    @property
    def status(self) -> Status:
        """What it is doing."""
        return self.standing.status


class Entry(NamedTuple):
    """One line of the event log.

    Attributes:
        at_ms: the platform's time.
        kind: conversation, agent, connection or note.
        text: a short sentence for connection and note; the status for the others.
    """

    at_ms: int
    kind: str
    text: str
    conversation_id: str | None = None
    queue_id: str | None = None
    media: str | None = None
    user_id: str | None = None
    agent_name: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Those who wait in one queue in one medium.

    Attributes:
        media, queue_id: None where they are not known.
        waiting: how many.
        longest_s: the longest of their waits, seconds; None where it is not known.
    """

    media: str | None
    queue_id: str | None
    waiting: int
    longest_s: float | None


@dataclass(frozen=True, slots=True)
class Tiles:
    """The big numbers.

    Attributes:
        waiting, alerting, interacting: conversations; interacting includes those on hold.
        wrap_up: conversations in after-call work.
        waits: who waits, by medium, calls first and e-mails last, and queue.
        agents: routing status to number of agents; None where it cannot be known.
        partial: whether the platform listed not all conversations, so that these are its counts.
    """

    waiting: int
    alerting: int
    interacting: int
    wrap_up: int
    waits: tuple[Wait, ...]
    agents: Mapping[str, int] | None
    partial: bool

    @property
    def on_queue(self) -> int | None:
        """Agents whose routing status is any but OFF_QUEUE."""
        if self.agents is None:
            return None
        return sum(count for status, count in self.agents.items() if status != "OFF_QUEUE")


Phase = Literal["connecting", "live", "stale", "reconnecting", "stopped", "failed"]


@dataclass(frozen=True)
class Connection:
    """How the session stands.

    Attributes:
        phase: connecting, live, stale (the socket is open, the present could not be read), reconnecting,
            stopped or failed.
        detail: why, in words; empty where there is nothing to say.
        retry_at: the session's clock (seconds) of the next attempt, or None.
        attempt: number of the coming attempt.
    """

    phase: Phase
    detail: str = ""
    retry_at: float | None = None
    attempt: int = 0
