"""Agent performance from the simulated platform, against the ledger and the agents' status logs behind it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from gcanalytics.client import Client, connect
from gcanalytics.errors import UnknownName
from gcanalytics.performance import agent_performance
from gcanalytics.simulator import Simulator
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

DAY = "2026-11-16"
CLOCK = "2026-11-18T10:00:00Z"
QUIET = 4000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS = round(datetime(2026, 11, 16, tzinfo=UTC).timestamp() * 1000)
NOW_MS = START_MS + 2 * DAY_MS + 10 * HOUR_MS
STATUSES = {
    "INTERACTING": "Interacting",
    "IDLE": "Idle",
    "NOT_RESPONDING": "Not Responding",
    "COMMUNICATING": "Communicating",
}
PRESENCES = {"ON_QUEUE": "On Queue", "AVAILABLE": "Available", "BREAK": "Break", "MEAL": "Meal",
             "MEETING": "Meeting", "TRAINING": "Training"}  # fmt: skip
ORGANIZATION = Organization.load()

Cells = dict[tuple[str, int], dict[str, int]]


@contextmanager
def platform(**settings: Any) -> Iterator[Client]:
    """A client of a quiet simulated platform."""
    quiet = {"rate_per_minute": 100_000, "clock_start": CLOCK, "conversations_per_week": QUIET} | settings
    with (
        Simulator(seed=7, days=4, settings=quiet) as running,
        connect(running.api, client_id=running.client_id, client_secret=running.client_secret) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def gc() -> Iterator[Client]:
    with platform() as client:
        yield client


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    """The same course of business as that of `platform`."""
    settings = Settings(clock_start=CLOCK, conversations_per_week=QUIET)
    start_ms = settings.clock_start_ms() or 0
    return Timeline(ORGANIZATION, seed=7, settings=settings, days=4, start_ms=start_ms)


def told(conversation: ledger.Conversation) -> Iterator[tuple[int, str, str, str]]:
    """When, for which agent and medium, which number of Agent Performance rose by one, by the events."""
    agents: dict[int, tuple[str, str]] = {}
    media: dict[int, str] = {}
    counted: set[int] = set()
    connected: set[int] = set()
    held: set[int] = set()
    for event in conversation.events:
        party = event.party
        if event.kind == ledger.CALLBACK_QUEUED:
            media[party] = "callback"
        elif event.kind == ledger.ALERTED:
            medium = media.get(-1 if event.via is None else event.via, conversation.media)
            agents[party] = event.user_id or "", medium
        elif event.kind == ledger.CALL_DIALLED and event.user_id is not None:
            agents[party] = event.user_id, "voice"
        elif event.kind in {ledger.CALL_CONNECTED, ledger.ANSWERED}:
            connected.add(party)
        elif event.kind == ledger.HELD:
            held.add(party)
        elif event.kind == ledger.AFTER_WORK_COUNTED:
            counted.add(party)
        if party not in agents:
            continue
        for name in rising(event, connected=party in connected, held=party in held, counted=party in counted):
            user, medium = agents[party]
            yield event.at_ms, user, "voice" if name == "Outbound" else medium, name


def rising(event: ledger.Event, *, connected: bool, held: bool, counted: bool) -> list[str]:
    """The numbers that an event of an agent raises."""
    transfer = "Blind Transfer" if event.code == ledger.BLIND else "Consult Transfer"
    left = ["Hold"] if held else []
    return {
        ledger.CALL_DIALLED: ["Outbound"],
        ledger.ANSWERED: ["Alert", *(["Answer"] if event.via is not None else [])],
        ledger.NO_ANSWER: ["Alert", "Alert - No Answer"],
        ledger.DECLINED: ["Alert", "Declined"],
        ledger.ALERT_WITHDRAWN: ["Alert"],
        ledger.CONSULT_STARTED: ["Consult"],
        ledger.TRANSFERRED: ["Transfer", transfer],
        ledger.AGENT_LEFT: left if event.after_work or not connected else [*left, "Handle"],
        ledger.AFTER_WORK_COUNTED: ["Handle", "ACW"],
        ledger.WRAPPED_UP: [] if counted else ["Handle", "ACW"],
    }.get(event.kind, [])


def numbers(timeline: Timeline, width_ms: int) -> dict[tuple[str, str, int], dict[str, int]]:
    """By agent, medium and bucket of the day."""
    cells: dict[tuple[str, str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for conversation in timeline.conversations(START_MS - 4 * DAY_MS, START_MS + DAY_MS):
        for at, user, medium, name in told(conversation):
            if START_MS <= at < START_MS + DAY_MS:
                cells[user, medium, at - at % width_ms][name] += 1
    return cells


def times(timeline: Timeline, start_ms: int, end_ms: int, width_ms: int) -> Cells:
    """Milliseconds in statuses of every agent who was logged in, by their logs."""
    cells: Cells = defaultdict(lambda: defaultdict(int))
    for user in ORGANIZATION.users:
        changes = timeline.statuses(user.id, start_ms, end_ms)
        ends = [at for at, _ in changes[1:]] + [end_ms]
        for (at, status), end in zip(changes, ends, strict=True):
            while at < end:
                bucket = at - (at - start_ms) % width_ms
                until = min(end, bucket + width_ms)
                cell = cells[user.id, bucket]
                cell[STATUSES.get(status.routing_status, "Off")] += until - at
                cell[PRESENCES.get(status.system_presence, "Offline")] += until - at
                at = until
    on = {key[0] for key, cell in cells.items() if set(cell) - {"Offline", "Off"}}
    return {key: cell for key, cell in cells.items() if key[0] in on}


def keyed(table: pd.DataFrame, start_ms: int) -> dict[tuple[str, int], dict[str, Any]]:
    starts = (
        table["start"] if "start" in table else [pd.Timestamp(start_ms, unit="ms", tz="UTC")] * len(table)
    )
    rows = zip(table.to_dict("records"), starts, strict=True)
    return {(str(row["userId"]), round(start.timestamp() * 1000)): dict(row) for row, start in rows}


COUNTED = (
    "Answer", "Handle", "Hold", "ACW", "Alert", "Alert - No Answer", "Declined", "Outbound", "Transfer",
    "Blind Transfer", "Consult", "Consult Transfer",
)  # fmt: skip


@pytest.mark.parametrize(("freq", "width_ms"), [("h", HOUR_MS), (None, DAY_MS)])
def test_numbers_of_interactions_are_what_the_ledger_says(
    gc: Client, timeline: Timeline, freq: str | None, width_ms: int
) -> None:
    table = gc.agent_performance(DAY, freq=freq, by_media=True)
    cells = numbers(timeline, width_ms)
    assert {key[1] for key in cells} == {"voice", "chat", "message", "email", "callback"}
    starts = table["start"] if freq else [pd.Timestamp(START_MS, unit="ms", tz="UTC")] * len(table)
    seen = set()
    for row, start in zip(table.to_dict("records"), starts, strict=True):
        key = (row["userId"], row["Media Type"], round(start.timestamp() * 1000))
        seen.add(key)
        names = COUNTED[1:] if key[1] == "callback" else COUNTED
        assert pd.isna(row["Answer"]) == (key[1] == "callback")
        found, cell = {name: row[name] for name in names}, cells.get(key, {})
        assert found == {name: cell.get(name, 0) for name in names}, key
    assert set(cells) <= seen


@pytest.mark.parametrize(("freq", "width_ms"), [("h", HOUR_MS), (None, DAY_MS)])
def test_times_in_statuses_are_those_of_the_logs(
    gc: Client, timeline: Timeline, freq: str | None, width_ms: int
) -> None:
    rows = keyed(gc.agent_performance(DAY, freq=freq), START_MS)
    cells = times(timeline, START_MS, START_MS + DAY_MS, width_ms)
    assert {key for key, row in rows.items() if row["Logged In"]} == {
        key for key, cell in cells.items() if set(cell) - {"Offline", "Off"}
    }
    for key, row in rows.items():
        cell = cells.get(key, {})
        for name in (*STATUSES.values(), *PRESENCES.values()):
            assert row[name] == pytest.approx(cell.get(name, 0) / 1000), (name, key)
        on = sum(cell.get(name, 0) for name in ("Interacting", "Communicating", "Idle"))
        if on:
            assert row["Occupancy %"] == pytest.approx(100 * cell.get("Interacting", 0) / on)
        else:
            assert pd.isna(row["Occupancy %"])
        logged_in = sum(cell.get(name, 0) for name in PRESENCES.values())
        assert row["Logged In"] == pytest.approx(logged_in / 1000)
        assert row["Off Queue"] == pytest.approx((logged_in - cell.get("On Queue", 0)) / 1000)


def test_what_goes_on_counts_up_to_now(gc: Client) -> None:
    now = datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(minutes=5)
    table = agent_performance(gc.rest, gc.directory, "2026-11-18", freq="h", now=now)
    assert not table.attrs["complete"]
    running = table[~table["complete"]]
    assert set(running["start"]) == {pd.Timestamp("2026-11-18T10:00Z")} == {table["start"].max()}
    assert 0 < running["Logged In"].max() < 3600
    assert table.loc[table["complete"], "Logged In"].max() == 3600.0


def test_agents_of_a_queue_are_those_who_did_something_there(gc: Client) -> None:
    everybody = gc.agent_performance(DAY).set_index("userId")
    support = gc.agent_performance(DAY, queue="Support").set_index("userId")
    queue = gc.queue_performance(DAY, queue="Support")
    assert 0 < len(support) < len(everybody)
    for name in ("Answer", "Alert - No Answer", "Transfer"):
        assert support[name].sum() == queue[name].sum()
    statuses = ["Logged In", "On Queue", "Interacting", "Occupancy %"]
    pd.testing.assert_frame_equal(support[statuses], everybody.loc[support.index, statuses])


@pytest.mark.parametrize("freq", [None, "6h"])
def test_rows_by_media_are_those_of_each_medium_alone(gc: Client, freq: str | None) -> None:
    gc.directory.names()
    before = gc.rest.requests
    table = gc.agent_performance(DAY, by_media=True, freq=freq)
    assert gc.rest.requests == before + 1
    assert set(table["Media Type"]) == {"voice", "chat", "message", "email", "callback"}
    for medium, rows in table.groupby("Media Type"):
        alone = gc.agent_performance(DAY, media_type=medium, freq=freq)[rows.columns.drop("Media Type")]
        own = rows.drop(columns="Media Type").reset_index(drop=True)
        own.attrs = alone.attrs = {}
        if medium == "callback":
            assert own[["Answer", "ASA", "Transfer %"]].isna().all(axis=None)
            own, alone = own.drop(columns="Answer"), alone.drop(columns="Answer")
        pd.testing.assert_frame_equal(own, alone)
    whole = gc.agent_performance(DAY)
    assert whole["Answer"].sum() == table["Answer"].sum()
    assert whole["Handle"].sum() == table["Handle"].sum()


def test_named_agents_have_a_row_whatever_they_did(gc: Client) -> None:
    busy = gc.agent_performance(DAY)["Agent"].iloc[0]
    away = next(user.name for user in ORGANIZATION.users if user.state == "inactive")
    before = gc.rest.requests
    table = gc.agent_performance(DAY, user=[busy, away]).set_index("Agent")
    assert gc.rest.requests == before + 2
    assert table.loc[away, ["Answer", "Transfer"]].tolist() == [0, 0]
    assert table.loc[away, ["Logged In", "Occupancy %", "ASA"]].isna().all()
    assert table.attrs["without_status"] == 1
    assert table.loc[busy, "Logged In"] > 0
    hours = gc.agent_performance(DAY, user=[busy, away], freq="h")
    assert hours.groupby("Agent").size().to_dict() == {busy: 24, away: 24}


def test_two_requests_a_hundred_agents(gc: Client) -> None:
    listed = len(gc.directory.names().users)
    before = gc.rest.requests
    gc.agent_performance(DAY)
    assert gc.rest.requests == before + 1 + -(-listed // 100)


def test_a_local_day_of_changed_clocks_is_whole() -> None:
    with platform(clock_start="2026-10-27T10:00:00Z") as client:
        table = client.agent_performance("2026-10-25", freq="h", tz="Europe/Warsaw")
        whole = client.agent_performance("2026-10-25", tz="Europe/Warsaw")
    assert set(table.groupby("userId").size()) == {25}
    names = ["Answer", "Handle", "Logged In", "Interacting", "Idle", "Meal"]
    pd.testing.assert_frame_equal(
        table.groupby("userId")[names].sum(), whole.set_index("userId")[names].sort_index()
    )


@pytest.mark.fixed_settings(
    "offline_time", "partial_groups", "queue_joins", reason="has these settings itself"
)
def test_the_table_is_the_same_under_other_settings(gc: Client) -> None:
    with platform(offline_time="left_out", partial_groups="rollup", queue_joins="shift") as other:
        asked: list[dict[str, Any]] = [{"freq": "h"}, {"queue": "Support"}, {"by_media": True}]
        for options in asked:
            theirs = other.agent_performance(DAY, **options)
            assert len(theirs)
            pd.testing.assert_frame_equal(theirs, gc.agent_performance(DAY, **options))


def test_wrong_words_cost_no_request(gc: Client) -> None:
    gc.directory.names()
    before = gc.rest.requests
    name = ORGANIZATION.users[0].name
    with pytest.raises(UnknownName, match=name):
        gc.agent_performance(DAY, user=name[:-1] + "x")
    with pytest.raises(UnknownName, match="Support"):
        gc.agent_performance(DAY, queue="Suport")
    assert gc.rest.requests == before
