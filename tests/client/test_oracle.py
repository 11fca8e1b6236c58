"""The oracle: measures on pulled data against the simulator's ledger.

What is expected is counted from business events (``ledger_book``). Padded pulls are compared in their
complete buckets.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

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
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records import details as records
from gcanalytics.simulator.settings import Settings

from .ledger_book import ZONE, Book, expected

MEDIA = ["voice", "chat", "message", "email", "callback"]
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)


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
