"""A call on the floor of a day, its visits of queues, and who consults about it."""

from __future__ import annotations

from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.business.organization import Queue
from gcanalytics.simulator.business.staff import Agent


class Call:
    """An interaction on the floor, voice or chat, with the events written so far."""

    __slots__ = ("events", "id", "language_id", "media", "parties", "queue", "started_ms", "transfers", "who")

    def __init__(self, conversation_id: str, media: str, queue: Queue, started_ms: int) -> None:
        self.id = conversation_id
        self.media = media
        self.queue = queue
        self.started_ms = started_ms
        self.language_id: str | None = None
        self.who = ("", "")
        self.parties = 1
        self.transfers = 0
        self.events: list[Event] = []

    def party(self) -> int:
        """The number of the next party."""
        self.parties += 1
        return self.parties - 1

    def write(
        self,
        at_ms: int,
        kind: str,
        party: int = 0,
        queue_id: str | None = None,
        user_id: str | None = None,
        code: str | None = None,
        via: int | None = None,
    ) -> None:
        """Write down an event."""
        self.events.append(Event(at_ms, kind, party, queue_id, user_id, code, via))


class Consult:
    """Who consults: the agent, his party, and what he does then."""

    __slots__ = ("agent", "party")

    def __init__(self, agent: Agent, party: int) -> None:
        self.agent = agent
        self.party = party


class Visit:
    """A call's stay in a queue.

    Attributes:
        state: ``waiting``, ``alerting`` or ``over``.
        tried: agents who let it ring out or declined.
        consult: what to do when a consulting agent's visit is answered or given up; None for a customer's.
    """

    __slots__ = (
        "agent",
        "agent_party",
        "alert_ms",
        "call",
        "consult",
        "language_id",
        "party",
        "queue",
        "since_ms",
        "skill_id",
        "state",
        "tried",
    )

    def __init__(self, call: Call, queue: Queue, party: int, since_ms: int) -> None:
        self.call = call
        self.queue = queue
        self.party = party
        self.since_ms = since_ms
        self.skill_id: str | None = None
        self.language_id: str | None = None
        self.state = "waiting"
        self.tried: set[str] = set()
        self.agent: Agent | None = None
        self.agent_party = 0
        self.alert_ms = 0
        self.consult: Consult | None = None
