"""The live view of a client with fewer permissions and divisions: what it shows, what it says is missing."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gcanalytics.client import Client
from gcanalytics.errors import PermissionDenied
from gcanalytics.live import LiveView
from gcanalytics.settings import Settings
from gcanalytics.simulator import Simulator

from .threads_left import assert_no_thread_stays

DEADLINE_S = 20.0
QUICK: dict[str, Any] = {"listener": {"delays": lambda attempt: 0.05}}
QUEUE, NOW = "routing:queue:view", "analytics:queueObservation:view"
AGGREGATES = "analytics:conversationAggregate:view"
CLIENTS = {
    "queues": {"permissions": [QUEUE, "routing:wrapupCode:view"]},
    "readme": {"permissions": [QUEUE, "routing:wrapupCode:view", NOW, AGGREGATES]},
    "untold": {"permissions": [QUEUE, "routing:wrapupCode:view", NOW]},
    "now": {"permissions": [NOW, "routing:wrapupCode:view"]},
    "care": {"permissions": ["*"], "divisions": ["Customer Care"]},
}


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-16T09:40:00Z", "heartbeat_s": 1.0}
    with Simulator(seed=1, speed=30, days=2, settings=settings, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def connected(platform: Simulator) -> Iterator[Callable[[str], Client]]:
    platform.faults([])
    opened: list[Client] = []

    def connect(name: str) -> Client:
        opened.append(Client(Settings.resolve(environ=platform.environment(name)), tz="Europe/Warsaw"))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()
    assert_no_thread_stays()


def until(enough: Callable[[], Any], what: str) -> None:
    """Wait for a state of the platform, which nobody announces to a test."""
    deadline = time.monotonic() + DEADLINE_S
    waiting = threading.Event()
    while not enough():
        assert time.monotonic() < deadline, f"never saw {what}"
        waiting.wait(0.02)


def topics(view: LiveView) -> set[str]:
    """Last words of the topics that the view holds."""
    return {topic.rpartition(".")[2] for topic in view._session._topics}


def test_the_permissions_of_the_readme_are_enough(connected: Callable[[str], Client]) -> None:
    with connected("readme").live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        assert view._session.connection.detail == ""
        assert topics(view) == {"conversations", "users", "observations", "routingStatus"}
        assert not view._session._polling
        assert len(view.conversations) > 3


@pytest.mark.fixed_settings(
    "topic_permissions", reason="a topic that needs all of its permissions is refused"
)
def test_without_the_topic_of_statistics_the_view_counts_by_itself(
    connected: Callable[[str], Client],
) -> None:
    """The topic needs two permissions (announcement 7221), the snapshot one of them."""
    with connected("untold").live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        assert view._session.known
        assert topics(view) == {"conversations", "users", "routingStatus"}
        before = view._session.state.tiles()
        assert before.interacting > 0
        said = view.events.loc[view.events["kind"] == "note", "text"]
        assert said.tolist().count(f"no events of observations: the OAuth client lacks {AGGREGATES}") == 1
        until(lambda: view.events["kind"].eq("conversation").sum() >= 20, "twenty changes")


def test_without_observations_the_view_says_which_permission_is_missing_and_goes_on(
    connected: Callable[[str], Client],
) -> None:
    with connected("queues").live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        until(lambda: view._session.connection.phase == "live", "a live view")
        assert NOW in view._session.connection.detail
        assert topics(view) == {"conversations", "users", "routingStatus"}
        # What went on before is unknown, so a count would be a claim.
        assert "live, only what changes is known;" in repr(view)
        until(lambda: len(view.conversations), "conversations from events alone")
        assert view.events["text"].str.contains(NOW, regex=False).any()


def test_without_the_right_to_queues_a_name_is_refused_with_what_is_missing(
    connected: Callable[[str], Client],
) -> None:
    with pytest.raises(PermissionDenied) as refused:
        connected("now").live("Support", **QUICK)
    assert f"[{QUEUE}]" in str(refused.value)
    assert "Give the OAuth client a role" in str(refused.value)


def test_without_the_right_to_a_queues_topic_the_view_fails_and_names_it(
    connected: Callable[[str], Client], platform: Simulator
) -> None:
    with pytest.warns(UserWarning, match="names of queues cannot be read"):
        view = connected("now").live(platform.queues["Support"], **QUICK)
    assert view.wait(DEADLINE_S)
    failure = view._session.failure
    assert isinstance(failure, PermissionDenied)
    assert f"Give the OAuth client a role with {QUEUE}." in str(failure)
    assert "failed" in repr(view)
    view.stop()


def test_refused_user_topics_are_polled(connected: Callable[[str], Client], platform: Simulator) -> None:
    platform.faults([{"action": "refuse_topic", "match": {"topic_regex": r"^v2\.users\."}, "times": 10_000}])
    client = connected("readme")
    with client.live("Support", **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        assert view._session._polling
        assert topics(view) == {"conversations", "users", "observations"}
        assert view._session.state.tiles().agents
        said = view.events.loc[view.events["kind"] == "note", "text"]
        assert said.tolist() == ["no events of routingStatus: the platform refuses them"]
        before = client.rest.requests
        view._session._agents_due = 0.0
        until(lambda: client.rest.requests > before, "a poll")


def test_a_view_of_one_division_has_its_agents_alone(
    connected: Callable[[str], Client], platform: Simulator
) -> None:
    client = connected("care")
    mine = set(client.users()["id"])
    with client.live(["Support", "Web Help"], **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        until(lambda: view.events["kind"].eq("conversation").sum() >= 20, "twenty changes")
        assert view._session.connection.phase == "live"
        with view._session.lock:
            known = {user for user, agent in view._session.state.agents.items() if agent.name is not None}
        assert known
        assert known <= mine
        assert set(view.conversations["queue"]) <= {"Support", "Web Help"}
