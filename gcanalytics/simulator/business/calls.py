"""A call on the floor of a day, its visits of queues, and who consults about it."""

from __future__ import annotations

from gcanalytics.simulator.business.ledger import Conversation, Event, Letter
from gcanalytics.simulator.business.organization import Organization, Queue
from gcanalytics.simulator.business.staff import Agent


class Call:
    """An interaction on the floor, of any medium, with the events written so far.

    Attributes:
        who: name and address of the customer.
        message_type: the service of a message; letter: what an e-mail says on its outside.
    """

    __slots__ = (
        "direction",
        "events",
        "id",
        "language_id",
        "letter",
        "media",
        "message_type",
        "parties",
        "queue",
        "started_ms",
        "transfers",
        "who",
    )

    def __init__(self, conversation_id: str, media: str, queue: Queue, started_ms: int) -> None:
        self.id = conversation_id
        self.media = media
        self.queue = queue
        self.started_ms = started_ms
        self.direction = "inbound"
        self.language_id: str | None = None
        self.message_type: str | None = None
        self.letter: Letter | None = None
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

    def conversation(self, organization: Organization) -> Conversation:
        """The ledger's page of it."""
        voice = self.media == "voice"
        return Conversation(
            self.id,
            organization=organization,
            media=self.media,
            started_ms=self.started_ms,
            customer_name=self.who[0],
            address=self.who[1],
            called_number=f"tel:{self.queue.number}" if voice and self.queue.number else None,
            language_id=self.language_id,
            direction=self.direction,
            planned=True,
            message_type=self.message_type,
            letter=self.letter,
            events=self.events,
        )


class Consult:
    """Who consults: the agent, his party, and the queue that he has the call from."""

    __slots__ = ("agent", "party", "queue")

    def __init__(self, agent: Agent, party: int, queue: Queue) -> None:
        self.agent = agent
        self.party = party
        self.queue = queue


class Part:
    """An agent's part in a call, from his answer on.

    Attributes:
        media: what he was offered.
        passes_on: he passes a callback on when he is done with it, if there is where to.
    """

    __slots__ = ("agent", "call", "media", "party", "passes_on", "queue")

    def __init__(self, call: Call, agent: Agent, party: int, queue: Queue, media: str) -> None:
        self.call = call
        self.agent = agent
        self.party = party
        self.queue = queue
        self.media = media
        self.passes_on = False


class Visit:
    """A call's stay in a queue.

    Attributes:
        media: what an agent gets offered; of a caller who wants to be called back it is not the call's.
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
        "media",
        "party",
        "queue",
        "since_ms",
        "skill_id",
        "state",
        "tried",
    )

    def __init__(self, call: Call, queue: Queue, party: int, since_ms: int, media: str) -> None:
        self.call = call
        self.queue = queue
        self.party = party
        self.since_ms = since_ms
        self.media = media
        self.skill_id: str | None = None
        self.language_id: str | None = None
        self.state = "waiting"
        self.tried: set[str] = set()
        self.agent: Agent | None = None
        self.agent_party = 0
        self.alert_ms = 0
        self.consult: Consult | None = None
