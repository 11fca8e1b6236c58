"""Users' status history, aggregates and observations from the simulated platform, against its logs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from gcanalytics.client import Client, connect
from gcanalytics.errors import PermissionDenied
from gcanalytics.performance import user_status_history
from gcanalytics.simulator import Simulator
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings
from gcanalytics.transport.retry import RetryPolicy

CLOCK = "2026-11-18T10:00:00Z"
QUIET = 2000
WEEK = "2026-11-10/P7D"
NOW = datetime.fromisoformat(CLOCK)
DAY_MS = 86_400_000
ORGANIZATION = Organization.load()


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    """The same course of business as that of `platform`."""
    settings = Settings(clock_start=CLOCK, conversations_per_week=QUIET)
    start_ms = settings.clock_start_ms() or 0
    return Timeline(ORGANIZATION, seed=7, settings=settings, days=10, start_ms=start_ms)


def quiet(**settings: Any) -> Simulator:
    """A quiet simulated platform whose business time stands: statuses of the week are still open, and end."""
    more = {"rate_per_minute": 100_000, "clock_start": CLOCK, "conversations_per_week": QUIET} | settings
    return Simulator(seed=7, days=10, speed=1e-6, settings=more)


def client_of(running: Simulator) -> Client:
    retry = RetryPolicy(max_time_s=30, first_wait_s=0.01, longest_wait_s=0.05)
    return connect(running.api, client_id=running.client_id, client_secret=running.client_secret, retry=retry)


@contextmanager
def platform(**settings: Any) -> Iterator[Client]:
    """A client of a quiet simulated platform."""
    with quiet(**settings) as running, client_of(running) as client:
        yield client


def ms(moment: Any) -> int:
    seconds: float = pd.Timestamp(moment).timestamp()
    return round(seconds * 1000)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with quiet() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def gc(running: Simulator) -> Iterator[Client]:
    with client_of(running) as client:
        yield client


@pytest.fixture(scope="module")
def undisturbed(gc: Client) -> pd.DataFrame:
    return gc.user_status_history(WEEK)


@pytest.fixture
def faults(running: Simulator) -> Iterator[Callable[..., None]]:
    """Scripts a fault of the pages of users' details; none is left behind."""

    def script(**fault: Any) -> None:
        running.faults([{**fault, "match": {"path_regex": "users/details/query"}}])

    yield script
    assert running.faults([]) == []


def runs(timeline: Timeline, start: str, end: str) -> set[tuple[str, str, int, int]]:
    """User, routing status, begin and end of each stretch between two instants, cut at them, by the logs."""
    found = set()
    for user in ORGANIZATION.users:
        if user.state == "active":
            since: tuple[int, str] | None = None
            for at, status in [*timeline.statuses(user.id, ms(start), ms(end)), (ms(end), None)]:
                value = None if status is None else status.routing_status
                if since is not None and since[1] != value and since[0] < at:
                    found.add((user.id, since[1], since[0], at))
                if since is None or since[1] != value:
                    since = (at, value or "")
    return found


@pytest.mark.fixed_settings(
    "user_details_unit", "interval_match", "past_last_page", reason="has these settings itself"
)
@pytest.mark.parametrize(
    "settings",
    [{}, {"user_details_unit": "user", "interval_match": "overlap", "past_last_page": "totalHits"}],
    ids=["by day", "by user"],
)
def test_the_history_is_what_the_logs_say(gc: Client, timeline: Timeline, settings: dict[str, str]) -> None:
    start, end = "2026-11-16T05:00Z", "2026-11-17T19:30Z"
    with platform(**settings) as client:
        table = client.user_status_history((start, end))
    assert table.attrs["complete"]
    routing = table[table["kind"] == "routingStatus"]
    last = routing["endTime"].fillna(pd.Timestamp(end)).clip(upper=pd.Timestamp(end))
    first = routing["startTime"].clip(lower=pd.Timestamp(start))
    told = {
        (user, status, ms(begin), ms(over))
        for user, status, begin, over in zip(routing["userId"], routing["status"], first, last, strict=True)
    }
    # What spans all the UTC days of the interval is stored with none of them.
    whole = {run for run in runs(timeline, start, end) if (run[2], run[3]) == (ms(start), ms(end))}
    assert told >= runs(timeline, start, end) - whole
    assert told <= runs(timeline, start, end)
    assert len(routing) == len(told)
    assert (routing["duration_s"] - (last - first).dt.total_seconds()).abs().max() == 0


def test_history_and_aggregates_agree(gc: Client) -> None:
    day = "2026-11-16"
    history = gc.user_status_history(day)
    sums = gc.user_aggregates(day)
    # An agent who was logged in that day has all of its stretches.
    on = history[(history["kind"] == "primaryPresence") & (history["status"] != "OFFLINE")]["userId"].unique()
    assert len(on) > 50
    # A platform may leave out time offline, and with it time off queue.
    history = history[~history["status"].isin(["OFFLINE", "OFF_QUEUE"])]
    sums = sums[~sums["qualifier"].isin(["OFFLINE", "OFF_QUEUE"])]
    for kind, metric in (("routingStatus", "tAgentRoutingStatus"), ("primaryPresence", "tSystemPresence")):
        ours = history[(history["kind"] == kind) & history["userId"].isin(on)]
        theirs = sums[(sums["metric"] == metric) & sums["userId"].isin(on)]
        pd.testing.assert_series_equal(
            ours.groupby(["userId", "status"])["duration_s"].sum(),
            (theirs.groupby(["userId", "qualifier"])["sum"].sum() / 1000).rename("duration_s"),
            check_names=False,
        )
    own = sums[sums["metric"] == "tOrganizationPresence"]
    assert set(own["presence"]) <= set(gc.presences()["name"])


def test_a_long_time_of_one_agent_and_today(gc: Client, running: Simulator) -> None:
    name = next(user.name for user in ORGANIZATION.users if user.state == "active" and user.queue_ids)
    with running.held() as now:
        table = user_status_history(gc.rest, gc.directory, "2026-11-09/P10D", user=name, now=now)
    assert table["agent"].unique().tolist() == [name]
    assert not table.attrs["complete"]
    assert table.groupby("kind")["is_open"].sum().tolist() == [1, 1]
    for _, stretches in table.groupby("kind"):
        assert (stretches["startTime"].iloc[1:].array == stretches["endTime"].iloc[:-1].array).all()
    ends = table["endTime"].fillna(pd.Timestamp(now))
    assert ((ends - table["startTime"]).dt.total_seconds() >= table["duration_s"] - 0.001).all()


FAULTS: list[dict[str, Any]] = [
    {"action": "repeat_page", "skip": 3},
    {"action": "short_page"},
    {"action": "short_page", "records": 40, "skip": 2},
    {"action": "empty", "skip": 1},
    {"action": "cut", "skip": 4},
    {"action": "html"},
    {"action": "status", "status": 503, "retry_after": 0.05, "times": 2},
]


@pytest.mark.fixed_settings(
    "user_details_unit",
    reason="a page holds whole users then, and the faults lie beyond the last of few pages",
)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["action"])
def test_a_passing_fault_of_a_page_changes_no_history(
    gc: Client,
    running: Simulator,
    faults: Callable[..., None],
    undisturbed: pd.DataFrame,
    fault: dict[str, Any],
) -> None:
    faults(**{"times": 1, **fault})
    found = gc.user_status_history(WEEK)
    assert running.faults() == []
    pd.testing.assert_frame_equal(found, undisturbed)
    told, expected = found.attrs, undisturbed.attrs
    assert told["pages"] >= expected["pages"] > 6
    assert told | {"pages": 0} == expected | {"pages": 0}


def test_records_that_never_come_are_said(
    gc: Client, faults: Callable[..., None], undisturbed: pd.DataFrame
) -> None:
    faults(action="short_page", times=1000)
    short = gc.user_status_history(WEEK)
    assert undisturbed.attrs["short_by"] == 0
    assert short.attrs["short_by"] == (undisturbed.attrs["pages"] - 1)  # one of each page with records
    assert len(short) < len(undisturbed)


def test_observations_count_queues_of_agents(gc: Client) -> None:
    table = gc.user_observations()
    user = max(ORGANIZATION.users, key=lambda each: len(each.queue_ids))
    assert table[table["userId"] == user.id]["count"].tolist() == [len(user.queue_ids)] * 2
    assert len(gc.user_observations(user.name)) == 2


def test_names_of_presences_that_may_not_be_read_stay_ids() -> None:
    settings = {"clock_start": CLOCK, "conversations_per_week": QUIET}
    may = ["analytics:userAggregate:view", "routing:queue:view", "routing:wrapupCode:view"]
    with Simulator(seed=7, days=3, settings=settings, clients={"times": {"permissions": may}}) as running:
        one = running.clients["times"]
        with connect(running.api, client_id=one.client_id, client_secret=one.client_secret) as limited:
            with pytest.warns(UserWarning, match="presence:presenceDefinition:view"):
                table = limited.user_aggregates("2026-11-17", metrics="tOrganizationPresence")
            assert (table["presence"] == table["qualifier"]).all()
            with pytest.raises(PermissionDenied, match="userDetail"):
                limited.user_status_history("2026-11-17")
