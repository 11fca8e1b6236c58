"""Queue performance and aggregates from the simulated platform, against the ledger behind it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from gcanalytics.client import Client, connect
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.simulator import Simulator
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

DAY = "2026-11-16"
DAY_MS = 86_400_000
START_MS = round(datetime(2026, 11, 16, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def gc(simulator: Any) -> Iterator[Client]:
    with connect(
        simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret, tz="UTC"
    ) as client:
        yield client


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    """The same course of business as that of the shared simulator."""
    settings = Settings(clock_start="2026-11-18T10:00:00Z")
    start_ms = settings.clock_start_ms() or 0
    return Timeline(Organization.load(), seed=7, settings=settings, days=10, start_ms=start_ms)


OUTCOMES = {
    ledger.ABANDONED: "Abandon",
    ledger.EXPIRED: "Abandon",
    ledger.FLOWED_OUT: "Flow-Out",
    ledger.CALL_ME_BACK: "Flow-Out",
}


def told(conversation: ledger.Conversation) -> Iterator[tuple[int, tuple[str, str], str, int]]:
    """When, in which queue and medium, which number of Queue Performance rose by how much, by the events.

    Callbacks have neither answers nor abandons; the calls made for them are calls of their queue.
    """
    queues: dict[int, tuple[str, str]] = {}
    worked: dict[int, tuple[str, str]] = {}
    offered: dict[int, int] = {}
    waited: dict[int, int] = {}
    for event in conversation.events:
        if event.kind in {ledger.QUEUED, ledger.CALLBACK_QUEUED}:
            media = "callback" if event.kind == ledger.CALLBACK_QUEUED else conversation.media
            queues[event.party] = (event.queue_id or "", media)
        elif event.kind == ledger.OFFERED:
            offered[event.party] = event.at_ms
            yield event.at_ms, queues[event.party], "Offered", 1
        elif event.kind == ledger.DEQUEUED:
            waited[event.party] = event.at_ms - offered[event.party]
            outcome = OUTCOMES.get(event.code or "")
            if outcome and queues[event.party][1] != "callback":
                yield event.at_ms, queues[event.party], outcome, 1
        elif event.kind == ledger.ALERTED and event.via is not None:
            worked[event.party] = queues[event.via]
        elif event.kind == ledger.CALL_DIALLED:
            queue_id = event.queue_id or worked[event.party][0]
            yield event.at_ms, (queue_id, "voice"), "Outbound", 1
        elif event.kind == ledger.ANSWERED and event.via is not None and queues[event.via][1] != "callback":
            yield event.at_ms, queues[event.via], "Answer", 1
            yield event.at_ms, queues[event.via], "waited", waited[event.via]


def visits(timeline: Timeline, width_ms: int) -> dict[tuple[str, str, int], dict[str, int]]:
    """Offers, answers, abandons, flow-outs and milliseconds waited by queue, medium and bucket of the day."""
    cells: dict[tuple[str, str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for conversation in timeline.conversations(START_MS - 5 * DAY_MS, START_MS + DAY_MS):
        for at, queue, name, amount in told(conversation):
            if START_MS <= at < START_MS + DAY_MS:
                cells[*queue, at - at % width_ms][name] += amount
    return cells


@pytest.mark.parametrize(("freq", "width_ms"), [("30min", 1_800_000), ("h", 3_600_000), (None, DAY_MS)])
def test_queue_performance_is_what_the_ledger_says(
    gc: Client, timeline: Timeline, freq: str | None, width_ms: int
) -> None:
    table = gc.queue_performance(DAY, freq=freq)
    cells = visits(timeline, width_ms)
    starts = table["start"] if freq else pd.Series(pd.Timestamp(DAY, tz="UTC"), index=table.index)
    seen = set()
    for row, start in zip(table.to_dict("records"), starts, strict=True):
        key = (row["queueId"], row["Media Type"], round(start.timestamp() * 1000))
        cell = cells.get(key, {})
        seen.add(key)
        for name in ("Offered", "Answer", "Abandon", "Flow-Out", "Outbound"):
            if key[1] == "callback" and name in {"Answer", "Abandon"}:
                assert pd.isna(row[name])
            else:
                assert row[name] == cell.get(name, 0), (name, key)
        if cell.get("Answer"):
            assert row["ASA"] == pytest.approx(cell["waited"] / 1000 / cell["Answer"])
        else:
            assert pd.isna(row["ASA"])
    assert not set(cells) - seen
    assert len(seen) == len(table)


def test_percentages_are_those_of_their_own_row(gc: Client) -> None:
    table = gc.queue_performance(DAY, queue=["Support", "Billing"], media_type="voice")
    assert table["Queue"].tolist() == ["Billing", "Support"]
    assert (table["Answer %"] - 100 * table["Answer"] / table["Offered"]).abs().max() < 1e-9
    level = 100 * (table["Answer"] - table["Over SLA"]) / (table["Answer"] + table["Abandon"])
    assert (table["Service Level %"] - level).abs().max() < 1e-9
    assert table["SL Denominator"].tolist() == (table["Answer"] + table["Abandon"]).tolist()


def test_a_local_day_has_its_own_buckets(gc: Client) -> None:
    table = gc.queue_performance(DAY, queue="Support", media_type="voice", freq="h", tz="Europe/Warsaw")
    assert len(table) == 24
    assert table["start"].iloc[0] == pd.Timestamp(DAY, tz="Europe/Warsaw")
    assert table["end"].iloc[-1] == pd.Timestamp("2026-11-17", tz="Europe/Warsaw")
    whole = gc.queue_performance(DAY, queue="Support", media_type="voice", tz="Europe/Warsaw")
    assert table["Offered"].sum() == whole["Offered"].iloc[0]


def test_one_request_makes_the_table(gc: Client) -> None:
    gc.directory.names()
    before = gc.rest.requests
    gc.queue_performance(DAY)
    assert gc.rest.requests == before + 1


def test_the_blueprints_aggregates_split_by_queue_and_user(gc: Client, timeline: Timeline) -> None:
    table = gc.conversation_aggregates(
        DAY,
        metrics=["nConnected", "nTransferred", "tAbandon"],
        group_by=["queueId", "userId"],
        granularity="PT12H",
        media_type="voice",
    )
    assert set(table["mediaType"]) == {"voice"}
    whole = table[table["missing_dims"].map(len) == 0]
    assert set(whole["metric"]) == {
        "nTransferred"
    }  # a user's number; those of customers and queues name none
    assert whole["agent"].notna().all()
    abandons = table[(table["metric"] == "tAbandon") & table["queueId"].notna()]
    assert abandons["missing_dims"].tolist() == [["userId"]] * len(abandons)
    cells = visits(timeline, DAY_MS)
    voice = {
        key[0]: cell["Abandon"] for key, cell in cells.items() if key[1] == "voice" and cell.get("Abandon")
    }
    assert abandons.groupby("queueId")["count"].sum().to_dict() == voice


def test_an_interval_without_business_gives_a_typed_empty_table(gc: Client) -> None:
    empty = gc.queue_performance("2026-10-01")
    full = gc.queue_performance(DAY)
    assert len(empty) == 0
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()


@pytest.mark.fixed_settings(reason="has these settings itself")
def test_either_kind_of_partial_group_gives_the_same_table(gc: Client) -> None:
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z", "partial_groups": "rollup"}
    with (
        Simulator(seed=7, days=10, settings=settings) as platform,
        connect(platform.api, client_id=platform.client_id, client_secret=platform.client_secret) as other,
    ):
        theirs = other.queue_performance(DAY, queue="Retention", freq="h")
    pd.testing.assert_frame_equal(theirs, gc.queue_performance(DAY, queue="Retention", freq="h"))


def test_wrong_words_cost_no_request(gc: Client) -> None:
    gc.directory.names()
    before = gc.rest.requests
    with pytest.raises(UnknownName, match="Support"):
        gc.queue_performance(DAY, queue="Suport")
    with pytest.raises(UnknownName, match="tAbandon"):
        gc.conversation_aggregates(DAY, metrics=["tAbandoned"])
    with pytest.raises(QueryError):
        gc.queue_performance("2026-11-17/2026-11-16")
    assert gc.rest.requests == before
