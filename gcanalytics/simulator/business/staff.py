"""The people of one operating day: shifts, breaks, what each is doing, and the log of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import msgspec

from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization, User

AT_ONCE: Final = {"voice": 1, "callback": 1, "email": 1, "chat": 3, "message": 4}
"""Interactions of a medium that an agent can have at a time."""
WHOLE: Final = frozenset({"voice", "callback", "email"})
"""Media that take an agent's whole attention; of the others he can have several, mixed too."""
FLOOR_MEDIA: Final = ("voice", "callback", "chat")
"""What everybody takes who is not at the desk; callbacks here are those of callers who would not wait."""
_MINUTE: Final = 60_000


class AgentStatus(msgspec.Struct, frozen=True, gc=False):
    """What an agent shows at one moment.

    Attributes:
        routing_status: OFF_QUEUE, IDLE, INTERACTING (after-call work included), NOT_RESPONDING or
            COMMUNICATING (on something that no queue gave him).
        since_ms, presence_since_ms: when the two began, milliseconds since the epoch, UTC.
        system_presence: AVAILABLE, ON_QUEUE, BREAK, MEAL, MEETING, TRAINING, OFFLINE ...
        conversation_id: one that he is handling (the latest), None without any.
    """

    routing_status: str
    since_ms: int
    system_presence: str
    presence_id: str
    presence_since_ms: int
    on_queue: bool
    conversation_id: str | None = None


class Duty(msgspec.Struct, frozen=True):
    """One planned stretch of an agent's day: ``presence`` from ``start_ms`` for ``length_ms`` (0: open).

    ``until_ms``: what he takes on in this stretch must be done by then; 0, whenever it is done.
    """

    start_ms: int
    length_ms: int
    presence: str
    until_ms: int = 0


class Agent:
    """One agent on the floor of one day.

    Attributes:
        media: what he takes.
        whole, shared: interactions of his, from the alert to the end of the after-call work: those that take
            his whole attention, and the others (what is parked is not among them).
        until_ms: what he has taken on must be done by then; 0, whenever it is done.
        handling: ids of what he has answered and not finished; direct: no queue gave it to him.
        alerting: something is ringing at him; he gets nothing else meanwhile.
        absent: he let an alert ring out and has not come back.
        idle_since_ms: the longest idle agent gets the next interaction.
        due: presences that he will go to as soon as he has nothing to do, OFFLINE the last.
    """

    __slots__ = (
        "absent",
        "alerting",
        "direct",
        "due",
        "handling",
        "idle_since_ms",
        "log",
        "media",
        "organization",
        "presence",
        "shared",
        "until_ms",
        "user",
        "whole",
    )

    def __init__(self, user: User, organization: Organization) -> None:
        self.user = user
        self.organization = organization
        self.media = user.desk or FLOOR_MEDIA
        self.whole = 0
        self.shared = 0
        self.until_ms = 0
        self.handling: list[str] = []
        self.direct = False
        self.alerting = False
        self.absent = False
        self.idle_since_ms = 0
        self.presence = "OFFLINE"
        self.due: list[Duty] = []
        self.log: list[tuple[int, AgentStatus]] = []

    @property
    def free(self) -> bool:
        """He has nothing at all to do for an interaction."""
        return not (self.whole or self.shared or self.alerting)

    def ready(self, media: str) -> bool:
        """Whether an interaction of this medium may be offered to him now."""
        if self.presence != "ON_QUEUE" or self.absent or self.alerting or self.whole or self.due:
            return False
        if media not in self.media:
            return False
        return not self.shared if media in WHOLE else self.shared < AT_ONCE[media]

    def take(self, media: str) -> None:
        """One more interaction, from its alert on."""
        if media in WHOLE:
            self.whole += 1
        else:
            self.shared += 1

    def give_back(self, media: str, at_ms: int) -> None:
        """One interaction less."""
        if media in WHOLE:
            self.whole -= 1
        else:
            self.shared -= 1
        self.idle_since_ms = at_ms

    def begin(self, conversation_id: str, at_ms: int, *, direct: bool = False) -> None:
        """He has answered; ``direct``: no queue gave it to him."""
        self.handling.append(conversation_id)
        self.direct = direct
        self.note(at_ms)

    def end(self, conversation_id: str) -> None:
        """He has finished, after-call work included, or parked it."""
        self.handling.remove(conversation_id)
        self.direct = False

    def note(self, at_ms: int) -> None:
        """Write the log if anything that it shows has changed."""
        status = self._status()
        conversation_id = self.handling[-1] if self.handling else None
        before = None
        if self.log:
            last_ms, before = self.log[-1]
            at_ms = max(at_ms, last_ms)
        since = presence_since = at_ms
        if before is not None:
            if before.routing_status == status:
                since = before.since_ms
            if before.system_presence == self.presence:
                presence_since = before.presence_since_ms
            same = at_ms > max(since, presence_since) and before.conversation_id == conversation_id
            if same:
                return
        presence = self.organization.presence(self.presence)
        entry = AgentStatus(
            status,
            since,
            self.presence,
            presence.id,
            presence_since,
            self.presence == "ON_QUEUE",
            conversation_id,
        )
        self.log.append((at_ms, entry))

    def _status(self) -> str:
        if self.handling:
            return "COMMUNICATING" if self.direct else "INTERACTING"
        if self.presence != "ON_QUEUE":
            return "OFF_QUEUE"
        return "NOT_RESPONDING" if self.absent else "IDLE"


def duties(user: User, days: OperatingDays, number: int, source: random.Random) -> Iterator[Duty]:
    """An agent's planned day, in order: logging on, breaks, the end (OFFLINE); empty on a day off."""
    start_ms, end_ms = days.bounds(number)
    weekday = days.clock(start_ms)[0]
    if weekday in user.days_off or user.guest_desk or user.desk or not user.works:
        return
    begin = days.at_hour(number, user.shift[0])
    end = days.at_hour(number, user.shift[1])
    # The first crew is there when the day begins; the last one stays until its floor is empty.
    if begin <= start_ms:
        begin = start_ms + source.randrange(8_000)
    else:
        begin += source.randrange(-4 * _MINUTE, 3 * _MINUTE)
        yield Duty(begin - source.randrange(20_000, 90_000), 0, "AVAILABLE")
    end += source.randrange(10 * _MINUTE, 25 * _MINUTE) if end >= end_ms else source.randrange(6 * _MINUTE)
    yield Duty(begin, 0, "ON_QUEUE")
    shift = end - begin
    stagger = source.uniform(-0.07, 0.07)
    plan = [(0.24, 15, "BREAK"), (0.5, 30, "MEAL"), (0.77, 15, "BREAK")]
    if source.random() < 0.15:
        plan.append((0.37, 30, source.choice(["MEETING", "TRAINING"])))
    for share, minutes, presence in sorted(plan):
        length = int(minutes * _MINUTE * source.uniform(0.9, 1.15))
        yield Duty(begin + int(shift * (share + stagger)), length, presence)
    yield Duty(end, 0, "OFFLINE")
