"""The live session and view against the simulator: the present, events, gaps, refusals, ends."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from gcanalytics.client import Client
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames import events as frames
from gcanalytics.frames.schema import INSTANT, TEXT
from gcanalytics.live import LiveView, open_view, stop_views
from gcanalytics.settings import Settings
from gcanalytics.simulator import Simulator

from .threads_left import assert_no_thread_stays

DEADLINE_S = 20.0
pytestmark = pytest.mark.fixed_settings(
    "token_life_s", reason="a token's end closes the socket, a gap more; test_live_faults has short lives"
)
QUICK: dict[str, Any] = {"listener": {"delays": lambda attempt: 0.05}}


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-16T09:40:00Z", "heartbeat_s": 1.0}
    with Simulator(seed=1, speed=30, days=2, settings=settings) as running:
        yield running


@pytest.fixture
def client(platform: Simulator) -> Iterator[Client]:
    platform.faults([])
    with Client(Settings.resolve(environ=platform.environment()), tz="Europe/Warsaw") as connected:
        yield connected
    assert_no_thread_stays()


def until(enough: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait for a state of the platform, which nobody announces to a test."""
    deadline = time.monotonic() + deadline_s
    waiting = threading.Event()
    while not enough():
        assert time.monotonic() < deadline, f"never saw {what}"
        waiting.wait(0.02)


def test_the_view_knows_the_present_and_then_follows_events(client: Client) -> None:
    with client.live(["Support", "Billing"], **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        first = view.conversations
        assert len(first) > 3
        assert set(first["queue"]) <= {"Support", "Billing"}
        until(lambda: view.events["kind"].eq("conversation").sum() >= 20, "twenty changes")
        text = repr(view)
        assert text.startswith("Live view of Support, Billing: live, ")
        assert "\n" not in text
    assert not view.live
    statuses = set(view.events.loc[view.events["kind"] == "conversation", "text"])
    assert {"waiting", "interacting", "ended"} <= statuses


def test_the_frames_are_typed_and_their_numbers_fit_together(client: Client) -> None:
    with client.live("Support", **QUICK) as view:
        until(lambda: (view.conversations["status"] == "ended").sum() >= 3, "three ended conversations")
        conversations, events = view.conversations, view.events
    for table, contract in (
        (conversations, frames.CONVERSATIONS),
        (events, frames.EVENTS),
        (view.gaps, frames.GAPS),
    ):
        assert list(table.columns) == list(contract)
        for name, kind in contract.items():
            expected = {"instant": INSTANT, "text": TEXT, "seconds": "float64"}[kind]
            assert table[name].dtype == expected, name
    ended = conversations[conversations["status"] == "ended"]
    assert ended["ended_at"].notna().all()
    assert ended["outcome"].notna().all()
    answered = conversations.dropna(subset=["offered_at", "answered_at"])
    waits = (answered["answered_at"] - answered["offered_at"]).dt.total_seconds()
    assert (waits >= 0).all()
    assert waits.tolist() == pytest.approx(answered["wait_s"].tolist())
    assert conversations["conversationId"].is_unique
    assert not conversations["remote"].dropna().str.contains("+", regex=False).any()


def test_agents_by_routing_status_add_up_to_the_platforms_own_counts(
    client: Client, platform: Simulator
) -> None:
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        rest = client.rest
        queue_id = client.directory.queue_ids(["Support"])[0]
        agreed: set[frozenset[tuple[str, int]]] = set()

        def counted() -> dict[str, int]:
            body = {
                "filter": {"type": "and", "predicates": [{"dimension": "queueId", "value": queue_id}]},
                "metrics": ["oUserRoutingStatuses", "oInteracting"],
            }
            answer = rest.request("POST", "/api/v2/analytics/queues/observations/query", json=body).data
            return {
                datum["qualifier"]: datum["stats"]["count"]
                for result in answer["results"]
                for datum in result["data"]
                if datum["metric"] == "oUserRoutingStatuses" and datum["stats"]["count"]
            }

        def agree() -> bool:
            with platform.held():
                counts = counted()
                until(lambda: tiles_of(view).agents == counts, f"{counts} in the view")
            agreed.add(frozenset(counts.items()))
            return len(agreed) >= 3

        until(agree, "three different counts of agents", 3 * DEADLINE_S)


def tiles_of(view: LiveView) -> Any:
    with view._session.lock:
        return view._session.state.tiles()


def present(client: Client, queue_ids: list[str]) -> dict[str, Any]:
    """Ids and numbers of conversations that the platform gives for now, read without our snapshot's code."""
    named = {"oWaiting": "waiting", "oAlerting": "alerting", "oInteracting": "interacting"}
    body = {
        "filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": one} for one in queue_ids]},
        "metrics": list(named),
        "detailMetrics": list(named),
    }
    answer = client.rest.request("POST", "/api/v2/analytics/queues/observations/query", json=body).data
    listed: dict[str, Any] = {status: set() for status in named.values()}
    counts = dict.fromkeys(named.values(), 0)
    for result in answer["results"]:
        for datum in result["data"]:
            counts[named[datum["metric"]]] += datum["stats"]["count"]
            for entry in datum.get("observations", ()):
                listed[named[datum["metric"]]].add(entry["conversationId"])
    return {**listed, "counts": counts}


def shown(view: LiveView) -> dict[str, Any]:
    """The same of the view."""
    with view._session.lock:
        state = view._session.state
        tiles = state.tiles()
        ids = {
            status: {row.id for row in state.rows.values() if row.status in words}
            for status, words in {
                "waiting": {"waiting"},
                "alerting": {"alerting"},
                "interacting": {"interacting", "on hold"},
            }.items()
        }
    counts = {"waiting": tiles.waiting, "alerting": tiles.alerting, "interacting": tiles.interacting}
    return {**ids, "counts": counts}


@pytest.mark.fixed_settings("observation_details_max", reason="compares with lists that are whole")
def test_at_each_moment_the_view_shows_just_what_the_platform_counts(
    client: Client, platform: Simulator
) -> None:
    queues = ["Support", "Billing", "Sales"]
    queue_ids = client.directory.queue_ids(queues)
    agreed: list[dict[str, Any]] = []
    with client.live(queues, pace_s=0.01, listener={"gather_s": 0.01}) as view:
        assert view.wait_ready(DEADLINE_S)

        def moment() -> bool:
            """While business stands still, what has happened arrives, and then both must be the same."""
            with platform.held():
                now = present(client, queue_ids)
                until(lambda: shown(view) == now, f"{now} in the view")
            if now not in agreed:
                agreed.append(now)
            return len(agreed) >= 12

        until(moment, "twelve different moments", 3 * DEADLINE_S)
    assert any(moment["waiting"] for moment in agreed)
    assert all(moment["interacting"] for moment in agreed)


def test_a_cut_connection_heals_and_the_gap_is_listed(client: Client, platform: Simulator) -> None:
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        for _ in range(2):
            gaps = len(view.gaps)
            platform.faults([{"action": "close_sockets", "code": 1001}])
            until(lambda: len(view.gaps) > gaps, "the end of the gap")  # noqa: B023 - called at once
        until(lambda: view._session.connection.phase == "live", "a live view")
        texts = " / ".join(view.events.loc[view.events["kind"] == "connection", "text"])
        assert "reconnecting (attempt 1)" in texts
        assert "live again after a gap" in texts
        received = view._session.received
        until(lambda: view._session.received > received, "events after the gap")


def test_a_silent_connection_is_noticed_and_replaced(client: Client, platform: Simulator) -> None:
    with client.live("Support", listener={"delays": lambda attempt: 0.05, "heartbeat_s": 1.0}) as view:
        assert view.wait_ready(DEADLINE_S)
        platform.faults([{"action": "silence_sockets", "seconds": 5}])
        # A busy machine is silent for a heartbeat by itself, which is a gap of another reason.
        until(lambda: view.gaps["reason"].str.contains("Nothing was heard").any(), "a gap")


def test_a_failing_snapshot_is_said_and_asked_for_again(client: Client, platform: Simulator) -> None:
    fault = {"match": {"path_regex": "/observations/query"}, "times": 1, "action": "status", "status": 500}
    platform.faults([fault])
    with client.live("Support", **QUICK) as view:
        until(lambda: view._session.connection.phase == "stale", "a stale view")
        assert "could not be read" in repr(view._session.connection)
        until(lambda: view._session.connection.phase == "live", "a live view")
        assert len(view.conversations)


def test_without_the_right_to_observations_only_changes_are_shown(
    client: Client, platform: Simulator
) -> None:
    platform.faults(
        [{"match": {"path_regex": "/observations/query"}, "times": 50, "action": "status", "status": 403}]
    )
    with client.live("Support", **QUICK) as view:
        view._session.ready.wait(DEADLINE_S)
        assert view._session.connection.phase == "live"
        assert "permission is missing" in view._session.connection.detail
        until(lambda: len(view.conversations), "conversations from events alone")


def test_refused_subscriptions_end_the_view_with_words_and_without_retries(
    client: Client, platform: Simulator
) -> None:
    platform.faults(
        [{"match": {"path_regex": "/subscriptions"}, "times": 50, "action": "status", "status": 403}]
    )
    view = client.live("Support", **QUICK)
    assert view.wait(DEADLINE_S)
    assert not view.wait_ready(0)
    assert "failed" in repr(view)
    assert view._session.failure is not None
    assert view.events["text"].str.startswith("failed").any()
    view.stop()


def test_agents_are_polled_where_their_topics_have_no_room(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gcanalytics.api.channels.TOPICS_PER_CHANNEL", 3)
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        assert view._session._polling
        assert len(view._session._topics) == 3
        before = client.rest.requests
        view._session._agents_due = 0.0
        until(lambda: client.rest.requests > before, "a poll")
        assert view._session.state.tiles().agents


def test_without_the_right_to_members_the_queues_own_counts_of_agents_are_shown(
    client: Client, platform: Simulator
) -> None:
    platform.faults([{"match": {"path_regex": "/members"}, "times": 50, "action": "status", "status": 403}])
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        first = view._session.state.tiles().agents
        assert first
        assert first["INTERACTING"] > 0
        view._session._agents_due = 0.0
        until(lambda: view._session.state.tiles().agents != first, "other counts")


@pytest.mark.fixed_settings("channel_life_s", reason="reckons with the half of a day's life")
def test_a_channel_is_subscribed_again_before_its_end(client: Client) -> None:
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        session = view._session
        assert session._renew_at - time.monotonic() == pytest.approx(43_200, rel=0.01)
        session._renew_at = 0.0
        until(lambda: session._renew_at > time.monotonic() + 40_000, "a new subscription")
        assert session.connection.phase == "live"


def test_a_channel_that_is_gone_is_replaced_by_a_new_one(client: Client, platform: Simulator) -> None:
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        before = view._session._channel
        rule = {"match": {"method": "PUT", "path_regex": "/subscriptions"}, "action": "status", "status": 404}
        platform.faults([rule, {"action": "close_sockets", "code": 1008}])
        until(lambda: len(view.gaps), "the end of the gap")
        assert view._session._channel is not before


def test_a_second_view_of_the_same_queues_ends_the_first(client: Client) -> None:
    first = client.live(["Support", "Billing"], **QUICK)
    other = client.live("Sales", **QUICK)
    second = client.live(["Billing", "Support"], **QUICK)
    try:
        assert not first.live
        assert other.live
        assert second.live
    finally:
        other.stop()
        second.stop()
    first.stop()


def test_the_end_of_a_client_stops_its_own_views_and_no_others(client: Client, platform: Simulator) -> None:
    with Client(Settings.resolve(environ=platform.environment())) as other:
        theirs = other.live("Sales", **QUICK)
        own = client.live("Support", **QUICK)
        client.close()
        assert not own.live
        assert theirs.live
    assert not theirs.live


def test_all_views_can_be_stopped_at_once(client: Client) -> None:
    view = client.live("Support", **QUICK)
    stop_views()
    assert not view.live


def test_run_for_ends_by_itself_and_stop_is_quick_and_idempotent(client: Client) -> None:
    view = client.live("Support", **QUICK)
    assert view.wait(0.01) is False
    began = time.monotonic()
    assert view.run_for(0.2) is view
    view.stop()
    assert time.monotonic() - began < DEADLINE_S
    assert view.wait(0)


def test_export_writes_what_the_frames_hold(client: Client, tmp_path: Any) -> None:
    with client.live("Support", **QUICK) as view:
        until(lambda: len(view.conversations) > 2, "some conversations")
    paths = view.export_csv(tmp_path / "out")
    read = pd.read_csv(paths["conversations"])
    assert list(read["conversationId"]) == list(view.conversations["conversationId"])
    assert pd.to_datetime(read["since"].dropna(), format="ISO8601", utc=True).tolist() == [
        stamp for stamp in view.conversations["since"] if not pd.isna(stamp)
    ]


def test_bad_arguments_are_refused_before_any_channel_is_made(client: Client) -> None:
    with pytest.raises(UnknownName, match="Support"):
        client.live("Suport")
    with pytest.raises(UnknownName, match="00000000-0000-4000-8000-000000000000"):
        client.live("00000000-0000-4000-8000-000000000000")
    with pytest.raises(QueryError):
        client.live([])
    with pytest.raises(QueryError):
        client.live("Support", warn_wait_s=100, alarm_wait_s=50)
    with pytest.raises(QueryError):
        open_view(client.rest, client.directory, None, "Support", snapshot="all")  # type: ignore[arg-type]


def test_no_secret_and_no_channel_is_in_any_text(client: Client, platform: Simulator) -> None:
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        platform.faults([{"action": "close_sockets", "code": 1001}])
        until(lambda: len(view.gaps), "the end of the gap")
        said = repr(view) + view.events.to_csv() + view.gaps.to_csv() + repr(view._session._channel)
    for secret in (platform.client_secret, "Bearer", "streaming-0"):
        assert secret not in said
