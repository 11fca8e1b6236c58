"""What the ledger says of offers and of agents' work, counted from business events in plain Python.

Neither records nor emission rules nor the measures' own buckets take part.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gcanalytics.frames.scope import Scope
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event

ZONE = "Europe/Warsaw"


@dataclass
class Offer:
    """A visit of a queue: what became of it, and when (milliseconds)."""

    queue: str
    media: str
    offered: int
    outcome: str = "open"
    ended: int | None = None
    answered: int | None = None
    user: str | None = None

    @property
    def wait(self) -> int:
        return (self.ended or 0) - self.offered

    @property
    def direction(self) -> str:
        return "outbound" if self.media == "callback" else "inbound"


@dataclass
class Work:
    """An agent's part of a conversation: how long he worked on it (milliseconds)."""

    queue: str | None
    media: str
    user: str
    answered: int | None = None
    offered: bool = True
    talking_since: int | None = None
    holding_since: int | None = None
    left: int | None = None
    talk: int = 0
    hold: int = 0
    acw: int = 0
    handled: int | None = None
    transfer: str = "none"

    outbound: bool = False

    @property
    def direction(self) -> str:
        return "outbound" if self.outbound or self.media == "callback" else "inbound"

    def pause(self, at: int) -> None:
        if self.talking_since is not None:
            self.talk += at - self.talking_since
        if self.holding_since is not None:
            self.hold += at - self.holding_since
        self.talking_since = self.holding_since = None


OUTCOMES = {
    ledger.TAKEN: "answered",
    ledger.ABANDONED: "abandoned",
    ledger.EXPIRED: "abandoned",
    ledger.FLOWED_OUT: "flow_out",
    ledger.CALL_ME_BACK: "flow_out",
}


def told(conversation: Conversation, until_ms: int) -> tuple[list[Offer], list[Work]]:
    """What the events of one conversation say."""
    offers: dict[int, Offer] = {}
    works: dict[int, Work] = {}
    queues: dict[int, tuple[str, str]] = {}
    for event in conversation.events:
        if event.at_ms > until_ms:
            break
        if event.kind in {ledger.QUEUED, ledger.CALLBACK_QUEUED}:
            media = "callback" if event.kind == ledger.CALLBACK_QUEUED else conversation.media
            queues[event.party] = (event.queue_id or "", media)
        elif event.kind == ledger.OFFERED:
            offers[event.party] = Offer(*queues[event.party], event.at_ms)
        elif event.kind == ledger.DEQUEUED:
            offer = offers[event.party]
            offer.outcome = OUTCOMES[event.code or ""]
            offer.ended = event.at_ms
        elif event.kind == ledger.ALERTED:
            queue, media = (None, conversation.media) if event.via is None else queues[event.via]
            works[event.party] = Work(queue, media, event.user_id or "", offered=event.via is not None)
        elif event.kind == ledger.CALL_DIALLED and event.user_id is not None:
            works[event.party] = Work(event.queue_id, "voice", event.user_id, offered=False, outbound=True)
        elif event.kind == ledger.ANSWERED and event.via is not None:
            offers[event.via].answered, offers[event.via].user = event.at_ms, works[event.party].user
        if event.party in works:
            _work(works[event.party], event)
    return list(offers.values()), list(works.values())


def _work(work: Work, event: Event) -> None:
    at = event.at_ms
    if event.kind == ledger.ANSWERED:
        work.answered = at
        # Who has taken a callback talks only when the customer has answered his call.
        work.talking_since = None if work.media == "callback" else at
    elif event.kind in {ledger.CALL_CONNECTED, ledger.UNPARKED}:
        work.talking_since = at
        if work.outbound:
            work.answered = at
    elif event.kind in {ledger.CALL_ENDED, ledger.PARKED}:
        work.pause(at)
    elif event.kind == ledger.HELD:
        work.pause(at)
        work.holding_since = at
    elif event.kind == ledger.RESUMED:
        work.pause(at)
        work.talking_since = at
    elif event.kind == ledger.TRANSFERRED:
        work.transfer = "blind" if event.code == ledger.BLIND else "consult"
    elif event.kind == ledger.AGENT_LEFT:
        work.pause(at)
        work.left = at
        if not event.after_work and work.answered is not None:
            work.handled = at
    elif event.kind == ledger.AFTER_WORK_COUNTED:
        work.acw, work.handled = event.amount_ms or 0, at
    elif event.kind == ledger.WRAPPED_UP and work.handled is None:
        work.acw, work.handled = at - (work.left or 0), at


class Book:
    """Numbers by key and bucket, as the ledger has them."""

    def __init__(self, freq: str, keys: Sequence[str]) -> None:
        self.freq = freq
        self.keys = keys
        self.width_ms = {"30min": 1_800_000, "h": 3_600_000, "D": 86_400_000}[freq]
        self.cells: dict[tuple[Any, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, who: Offer | Work, at: int | None, **numbers: float) -> None:
        if at is None:
            return
        names = {"queueId": who.queue, "mediaType": who.media, "userId": who.user}
        cell = self.cells[(*(names[key] for key in self.keys), self.bucket(at))]
        for name, number in numbers.items():
            cell[name] += number

    def bucket(self, at: int) -> int:
        if self.freq == "D":
            day = datetime.fromtimestamp(at / 1000, ZoneInfo(ZONE)).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            return int(day.timestamp()) * 1000
        return at - at % self.width_ms


def expected(
    conversations: Iterable[Conversation],
    until_ms: int,
    scope: Scope,
    targets: dict[tuple[str, str], float],
    *,
    freq: str,
    keys: Sequence[str],
) -> Book:
    """All numbers of the measures, by the time at which the platform emits them."""
    book = Book(freq, keys)

    def covered(one: Offer | Work) -> bool:
        return scope.covers(
            queue_id=one.queue, user_id=one.user, media_type=one.media, direction=one.direction
        )

    for conversation in conversations:
        offers, works = told(conversation, until_ms)
        for offer in filter(covered, offers):
            book.add(offer, offer.offered, offered=1)
            if offer.outcome == "answered":
                in_time = offer.wait <= targets[offer.queue, offer.media]
                book.add(
                    offer,
                    offer.answered,
                    answered=1,
                    wait_s=offer.wait / 1000,
                    numerator=in_time,
                    denominator=1,
                )
            elif offer.outcome != "open":
                counts = {offer.outcome: 1} | ({"denominator": 1} if offer.outcome == "abandoned" else {})
                book.add(offer, offer.ended, **counts)
        for work in filter(covered, works):
            parts = {"talk_s": work.talk / 1000, "hold_s": work.hold / 1000, "acw_s": work.acw / 1000}
            book.add(work, work.handled, handled=1, handle_s=sum(parts.values()), **parts)
            if work.answered is not None:
                moved = {"transferred": int(work.transfer != "none"), "blind": int(work.transfer == "blind")}
                book.add(work, work.handled, connected=1, **moved)
    return book
