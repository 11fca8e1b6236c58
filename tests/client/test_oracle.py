"""The oracle: measures on pulled data against the simulator's ledger.

Everything expected here is counted from business events in plain Python: neither records nor emission rules
nor the measures' own buckets take part. Padded pulls are compared in their complete buckets.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from gcanalytics import measures
from gcanalytics.client import Client, connect
from gcanalytics.details import ConversationDetails
from gcanalytics.frames.computed_tables import ComputedTables
from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope
from gcanalytics.frames.tables import to_frame
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records import details as records
from gcanalytics.simulator.settings import Settings

ZONE = "Europe/Warsaw"
MEDIA = ["voice", "chat", "message", "email", "callback"]
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)


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


def compare(table: pd.DataFrame, book: Book, columns: Sequence[str], within: tuple[int, int]) -> None:
    """The complete buckets of a table hold the book's numbers; every whole bucket of the time is complete.

    Args:
        table: what a measure gave.
        book: what the ledger has.
        columns: the numbers to compare.
        within: first and last start of the whole buckets of the interval.
    """
    complete = table[table["complete"].fillna(False).astype(bool)]
    found = {}
    for row in complete.to_dict("records"):
        key = tuple(None if pd.isna(row[name]) else row[name] for name in book.keys)
        found[(*key, round(row["start"].timestamp() * 1000))] = row
    for key, cell in book.cells.items():
        if within[0] <= key[-1] <= within[1] and any(cell[name] for name in columns):
            assert key in found, f"{key} is missing"
    for key, row in found.items():
        cell = book.cells.get(key, {})
        for name in columns:
            assert row[name] == pytest.approx(cell.get(name, 0), abs=1e-6), (name, key)


MEASURED: list[tuple[Any, str, list[str]]] = [
    (measures.volume, "legs", ["offered", "answered", "abandoned", "flow_out"]),
    (measures.service_level, "legs", ["numerator", "denominator"]),
    (measures.asa, "legs", ["answered", "wait_s"]),
    (measures.aht, "handlings", ["handled", "handle_s", "talk_s", "hold_s", "acw_s"]),
    (measures.transfer_rate, "handlings", ["connected", "transferred", "blind"]),
]


def check(frames: dict[str, pd.DataFrame], book: Book, start_ms: int, end_ms: int) -> None:
    """All measures of a pull, and the summary, say what the book says."""
    first = book.bucket(start_ms + book.width_ms - 1)
    within = (first, book.bucket(end_ms) - book.width_ms)
    assert first < within[1]
    for measure, table, columns in MEASURED:
        compare(measure(frames[table], by=list(book.keys), freq=book.freq), book, columns, within)
    total = measures.summary(frames["legs"], frames["handlings"], by=list(book.keys), freq=book.freq)
    columns = ["offered", "answered", "abandoned", "numerator", "denominator", "handled", "handle_s"]
    compare(total, book, columns, within)


def service_levels(organization: Organization) -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (queue.id, media): (share, wait_ms / 1000)
        for queue in organization.queues
        for media, (share, wait_ms) in queue.service_levels.items()
    }


def targets_ms(organization: Organization) -> dict[tuple[str, str], float]:
    return {key: wait_s * 1000 for key, (_, wait_s) in service_levels(organization).items()}


def pages(timeline: Timeline, settings: Settings, start_ms: int, end_ms: int, now_ms: int) -> Iterable[bytes]:
    found = timeline.conversations(start_ms, end_ms)
    for first in range(0, len(found), 100):
        rows = b",".join(records.encoded(one, now_ms, settings) for one in found[first : first + 100])
        yield b'{"conversations":[' + rows + b"]}"


def scopes(source: random.Random, organization: Organization) -> Scope:
    """A random filter: some queues, a medium, some agents, or nothing at all."""
    queues = source.sample([queue.id for queue in organization.queues], source.choice([1, 2, 4]))
    users = source.sample([user.id for user in organization.users], 30)
    return Scope(
        queue_ids=frozenset(queues) if source.random() < 0.6 else None,
        media_types=frozenset([source.choice(MEDIA)]) if source.random() < 0.4 else None,
        user_ids=frozenset(users) if source.random() < 0.2 else None,
    )


@pytest.mark.parametrize("seed", range(7))
def test_measures_say_what_the_ledger_says_over_random_seeds_and_filters(seed: int) -> None:
    source = random.Random(seed)
    organization = Organization.load()
    settings = Settings(
        conversations_per_week=source.choice([1500, 4000]), short_abandon_s=source.choice([0.0, 5.0])
    )
    now = NOW - timedelta(hours=source.randrange(200))
    start, end = now - timedelta(hours=30), now - timedelta(hours=source.choice([0, 3]))
    start_ms, end_ms, now_ms = (round(one.timestamp() * 1000) for one in (start, end, now))
    pad_ms = 96 * 3_600_000  # nothing lasts longer
    timeline = Timeline(organization, seed=seed, settings=settings, days=12, start_ms=now_ms)
    scope = scopes(source, organization)
    builder = Builder()
    for page in pages(timeline, settings, start_ms - pad_ms, end_ms, now_ms):
        builder.add(page)
    tables = builder.build(scope=scope, names=Names(service_levels=service_levels(organization)))
    computed = ComputedTables(tables)
    frames = {name: to_frame(getattr(computed, name), name) for name in ("legs", "handlings")}
    for frame in frames.values():
        frame.attrs = {"interval": f"{start.isoformat()}/{end.isoformat()}", "pad_s": pad_ms / 1000,
                       "pulled_at": now.isoformat(), "tz": ZONE}  # fmt: skip
    freq = source.choice(["30min", "h"])
    keys = source.choice([["queueId"], ["queueId", "mediaType"], ["userId"], []])
    everything = timeline.conversations(start_ms - 2 * pad_ms, end_ms)
    book = expected(everything, now_ms, scope, targets_ms(organization), freq=freq, keys=keys)
    check(frames, book, start_ms, end_ms)


# The same over the wire: transport, pull and filters take part too.

PULLED = datetime(2026, 11, 16, 23, tzinfo=UTC) - timedelta(days=1), datetime(2026, 11, 16, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    """The same course of business as that of the shared simulator."""
    settings = Settings(clock_start="2026-11-18T10:00:00Z")
    start_ms = settings.clock_start_ms() or 0
    return Timeline(Organization.load(), seed=7, settings=settings, days=10, start_ms=start_ms)


@pytest.fixture(scope="module")
def gc(simulator: Any) -> Iterator[Client]:
    with connect(
        simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret, tz=ZONE
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("filters", "freq", "keys"),
    [
        ({"queue": "Emergency"}, "30min", ["queueId"]),
        ({"queue": ["Billing", "Web Help"], "media_type": "chat"}, "h", ["queueId", "mediaType"]),
        ({"queue": "Retention", "direction": "inbound"}, "h", ["userId"]),
        ({"queue": ["Business Desk", "Sales"]}, "h", ["queueId", "mediaType"]),
    ],
)
def test_measures_of_a_pull_say_what_the_ledger_says(
    gc: Client, timeline: Timeline, filters: dict[str, Any], freq: str, keys: list[str]
) -> None:
    start, end = PULLED
    # Letters and callbacks may wait over a weekend; what is pulled of the other queues is over in hours.
    pad = "4D" if "Sales" in filters["queue"] else "12h"
    details = gc.conversation_details((start, end), pad=pad, progress=False, **filters)
    assert details.report.short_by == 0
    media = filters.get("media_type")
    scope = Scope(
        queue_ids=frozenset(gc.directory.queue_ids(filters["queue"])),
        media_types=None if media is None else frozenset([media]),
    )
    start_ms, end_ms = (round(one.timestamp() * 1000) for one in PULLED)
    everything = timeline.conversations(start_ms - 4 * 86_400_000, end_ms)
    book = expected(
        everything, end_ms + 86_400_000, scope, targets_ms(timeline.organization), freq=freq, keys=keys
    )
    check({"legs": details.legs, "handlings": details.handlings}, book, start_ms, end_ms)


QUEUES = ["Business Desk", "Web Help"]


@pytest.fixture(scope="module")
def padded(gc: Client) -> ConversationDetails:
    """A pull of a day of two queues, padded by the longest that anything lasts."""
    return gc.conversation_details("2026-11-16", queue=QUEUES, pad="4D", progress=False)


@pytest.mark.parametrize("freq", [None, "h"])
def test_queue_performance_says_what_the_measures_of_a_padded_pull_say(
    gc: Client, padded: ConversationDetails, freq: str | None
) -> None:
    keys = ["queueId", "mediaType"]
    summary = measures.summary(padded.legs, padded.handlings, by=keys, freq=freq)
    theirs = gc.queue_performance("2026-11-16", queue=QUEUES, freq=freq)
    theirs = theirs.rename(columns={"Media Type": "mediaType"})
    both = summary.merge(theirs, on=[*keys, *(["start"] if freq else [])], validate="1:1")
    assert len(both) == len(summary) == len(theirs) > 0
    callbacks = both[both["mediaType"] == "callback"]
    both = both[both["mediaType"] != "callback"]
    # The platform gives callbacks neither tAnswered nor tAbandon; what they have of numbers is ours too.
    assert callbacks["offered"].tolist() == callbacks["Offered"].tolist()
    assert callbacks["handled"].tolist() == callbacks["Handle"].tolist()
    assert callbacks["answered"].sum() > 0
    assert callbacks[["Answer", "Answer %", "Abandon", "Abandon %", "ASA"]].isna().all(axis=None)
    pairs = {
        "offered": "Offered", "answered": "Answer", "abandoned": "Abandon", "flow_out": "Flow-Out",
        "numerator": "SL Numerator", "denominator": "SL Denominator", "handled": "Handle",
    }  # fmt: skip
    for ours, name in pairs.items():
        assert both[ours].tolist() == both[name].tolist(), name
    quotients = [("asa_s", "ASA", 1), ("aht_s", "Avg Handle", 1), ("service_level", "Service Level %", 100)]
    for ours, name, factor in quotients:
        known = both[ours].notna()
        assert (known == both[name].notna()).all()
        assert ((both[ours] * factor - both[name])[known].abs() < 1e-6).all(), name
    waits = measures.wait_percentiles(padded.legs, by=keys)
    assert waits["legs"].sum() == summary[["answered", "abandoned", "flow_out"]].to_numpy().sum()
