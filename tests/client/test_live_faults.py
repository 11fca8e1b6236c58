"""The live state under scripted faults of its socket and its requests: in the next quiet moment it equals a
fresh snapshot, and what may have been missed is listed as a gap.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gcanalytics.client import Client
from gcanalytics.live import LiveView
from gcanalytics.settings import Settings
from gcanalytics.simulator import Simulator

from .threads_left import assert_no_thread_stays

DEADLINE_S = 60.0
SETTLED_S = 4.0
QUEUES = ["Support", "Billing"]
MEDIA = {"voice", "chat"}  # in each of the two queues
OBSERVATIONS = "/api/v2/analytics/queues/observations/query"

pytestmark = pytest.mark.fixed_settings(
    "observation_details_max", reason="compares with the whole list of the platform"
)


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    settings = {"rate_per_minute": 1_000_000, "clock_start": "2026-11-16T09:40:00Z", "heartbeat_s": 0.4}
    with Simulator(seed=1, speed=20, days=2, settings=settings) as running:
        yield running


@pytest.fixture
def client(platform: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """One whose session looks for differences ten times as often as for people."""
    for name, seconds in (
        ("DRIFT_S", 0.5),
        ("REREAD_EVERY_S", 1.0),
        ("CHORES_EVERY_S", 0.1),
        ("REREAD_AT_MOST_EVERY_S", 0.2),
    ):
        monkeypatch.setattr(f"gcanalytics.live.session.{name}", seconds)
    platform.faults([])
    with Client(Settings.resolve(environ=platform.environment())) as connected:
        yield connected
    platform.faults([])
    assert_no_thread_stays()


@pytest.fixture
def view(client: Client) -> Iterator[LiveView]:
    quick = {"delays": lambda attempt: 0.05, "heartbeat_s": 0.5, "gather_s": 0.01}
    with client.live(QUEUES, pace_s=0.01, listener=quick) as opened:
        assert opened.wait_ready(DEADLINE_S)
        yield opened


def present(client: Client) -> dict[str, set[str]]:
    """Who waits and who is talked to by the platform's word, read without our snapshot's code."""
    named = {"oWaiting": "waiting", "oInteracting": "interacting"}
    ids = client.directory.queue_ids(QUEUES)
    predicates = [{"dimension": "queueId", "value": one} for one in ids]
    body = {
        "filter": {"type": "or", "predicates": predicates},
        "metrics": list(named),
        "detailMetrics": list(named),
    }
    found: dict[str, set[str]] = {"waiting": set(), "interacting": set()}
    for result in client.rest.request("POST", OBSERVATIONS, json=body, repeatable=True).data["results"]:
        if result["group"].get("mediaType") in MEDIA:
            for datum in result["data"]:
                listed = {one["conversationId"] for one in datum.get("observations", ())}
                found[named[datum["metric"]]] |= listed
    return found


def shown(view: LiveView) -> dict[str, set[str]]:
    words = {"waiting": {"waiting"}, "interacting": {"interacting", "on hold"}}
    with view._session.lock:
        rows = [row for row in view._session.state.rows.values() if row.media in MEDIA]
    return {name: {row.id for row in rows if row.status in statuses} for name, statuses in words.items()}


def until(enough: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    waiting = threading.Event()
    while not enough():
        assert time.monotonic() < deadline, f"never saw {what}"
        waiting.wait(0.02)


def agrees(platform: Simulator, client: Client, view: LiveView) -> bool:
    """Whether the view comes to show what the platform says, while business stands still.

    Not at once, though: a frame that was kept back comes only with the next one.
    """
    with platform.held():
        now = present(client)
        end = time.monotonic() + SETTLED_S
        waiting = threading.Event()
        while shown(view) != now or view._session.connection.phase != "live":
            if time.monotonic() > end:
                return False
            waiting.wait(0.02)
    return True


FRAMES = {"topic_regex": r"\.conversations$|routingStatus$"}
MISSED: dict[str, list[dict[str, Any]]] = {
    "closed": [{"action": "close_sockets", "code": 1001}],
    "closed for another reason": [{"action": "close_sockets", "code": 4999}],
    "silent for long": [{"action": "silence_sockets", "seconds": 2}],
    "silent for a heartbeat": [{"action": "silence_sockets", "seconds": 0.9}],
    "malformed": [{"action": "malformed_frame", "times": 3, "match": FRAMES}],
    "closed, and the snapshot fails": [
        {"action": "status", "status": 500, "times": 2, "match": {"path_regex": OBSERVATIONS}},
        {"action": "close_sockets"},
    ],
    "closed, and subscribing fails": [
        {"action": "cut", "times": 2, "match": {"path_regex": "subscriptions"}},
        {"action": "status", "status": 503, "times": 2, "match": {"path_regex": "subscriptions"}},
        {"action": "close_sockets"},
    ],
    "closed, and the snapshot says an error": [
        {"action": "error_body", "times": 9, "match": {"path_regex": OBSERVATIONS}},
        {"action": "close_sockets"},
    ],
    "the token ends": [{"action": "end_tokens"}],
}


@pytest.mark.parametrize("fault", MISSED)
def test_what_may_be_missed_is_a_gap_and_the_state_is_right_again(
    client: Client, platform: Simulator, view: LiveView, fault: str
) -> None:
    gaps = len(view.gaps)
    platform.faults(MISSED[fault])
    until(lambda: len(view.gaps) > gaps, "a gap")
    until(lambda: agrees(platform, client, view), "the platform's present")
    assert (view.gaps["seconds"] >= 0).all()
    assert view.gaps["reason"].str.len().gt(5).all()


@pytest.mark.parametrize("action", ["double_frame", "swap_frames"])
def test_what_comes_twice_or_too_early_changes_nothing(
    client: Client, platform: Simulator, view: LiveView, action: str
) -> None:
    platform.faults([{"action": action, "times": 30, "match": FRAMES}])
    until(lambda: not platform.faults(), "all faults")
    until(lambda: agrees(platform, client, view), "the platform's present")


def test_frames_that_nobody_knows_to_be_lost_are_missed_by_the_platforms_own_counts(
    client: Client, platform: Simulator, view: LiveView
) -> None:
    platform.faults([{"action": "lose_frame", "times": 20, "match": {"topic_regex": r"\.conversations$"}}])
    until(lambda: not platform.faults(), "all faults")
    until(lambda: agrees(platform, client, view), "the platform's present")


def test_a_refused_topic_of_agents_is_polled_instead(client: Client, platform: Simulator) -> None:
    platform.faults([{"action": "refuse_topic", "times": 5, "match": {"topic_regex": "routingStatus"}}])
    with client.live(QUEUES, listener={"heartbeat_s": 0.5}) as view:
        assert view.wait_ready(DEADLINE_S)
        assert view._session._polling
        until(lambda: agrees(platform, client, view), "the platform's present")


def test_a_refused_topic_of_conversations_ends_the_view_with_its_name(
    client: Client, platform: Simulator
) -> None:
    platform.faults([{"action": "refuse_topic", "match": {"topic_regex": r"\.conversations$"}}])
    view = client.live(QUEUES)
    assert view.wait(DEADLINE_S)
    assert "conversations" in str(view._session.failure)
    view.stop()


def test_short_lives_of_token_and_channel_are_gaps_and_nothing_else() -> None:
    settings = {
        "rate_per_minute": 1_000_000,
        "clock_start": "2026-11-16T09:40:00Z",
        "token_life_s": 3,
        "channel_life_s": 4,
    }
    quick = {"delays": lambda attempt: 0.05, "gather_s": 0.01}
    with (
        Simulator(seed=1, speed=20, days=2, settings=settings) as platform,
        Client(Settings.resolve(environ=platform.environment())) as client,
        client.live(QUEUES, pace_s=0.01, listener=quick) as view,
    ):
        assert view.wait_ready(DEADLINE_S)
        until(lambda: len(view.gaps) >= 2, "the ends of two tokens")
        until(lambda: agrees(platform, client, view), "the platform's present")
