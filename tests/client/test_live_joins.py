"""The live view where members leave their queues with their shift, sockets are closed without a word, and a
topic with several permissions needs one of them: the other values of the simulator's settings."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gcanalytics.client import Client
from gcanalytics.live import LiveView
from gcanalytics.settings import Settings
from gcanalytics.simulator import Simulator

DEADLINE_S = 30.0
QUICK: dict[str, Any] = {"listener": {"delays": lambda attempt: 0.05}}
QUEUES = ["Support", "Billing"]
CLIENTS = {"one": {"permissions": ["routing:*:view", "analytics:queueObservation:view"]}}


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    settings = {
        "rate_per_minute": 100_000,
        # Two minutes before the early shifts end in Warsaw.
        "clock_start": "2026-11-16T12:58:00Z",
        "queue_joins": "shift",
        "system_notices": False,
        "topic_permissions": "any",
        "combined_topics": "once",
        "heartbeat_s": 1.0,
    }
    with Simulator(seed=1, speed=60, days=2, settings=settings, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def client(platform: Simulator) -> Iterator[Client]:
    with Client(Settings.resolve(environ=platform.environment("one")), tz="Europe/Warsaw") as connected:
        yield connected


def until(enough: Callable[[], Any], what: str) -> None:
    """Wait for a state of the platform, which nobody announces to a test."""
    deadline = time.monotonic() + DEADLINE_S
    waiting = threading.Event()
    while not enough():
        assert time.monotonic() < deadline, f"never saw {what}"
        waiting.wait(0.05)


def shown(view: LiveView) -> set[str]:
    """Agents who are activated in a queue, as the view has it."""
    with view._session.lock:
        return {user_id for user_id, agent in view._session.state.agents.items() if agent.counts}


def listed(client: Client, queue_ids: list[str]) -> set[str]:
    """The same, by REST."""
    found = set()
    for queue_id in queue_ids:
        path = f"/api/v2/routing/queues/{queue_id}/members"
        body = client.request("GET", path, params={"pageSize": 100, "joined": True}).data
        found |= {member["id"] for member in body["entities"] if member["joined"]}
    return found


@pytest.mark.fixed_settings(
    "token_life_s", "channel_life_s", reason="an end of the socket reads the present anew"
)
def test_who_logs_off_is_counted_no_longer(client: Client) -> None:
    queue_ids = client.directory.queue_ids(QUEUES)
    first = listed(client, queue_ids)
    with client.live(QUEUES, **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        topics = {topic.rpartition(".")[2] for topic in view._session._topics}
        assert topics == {"conversations", "users", "observations", "routingStatus"}
        # By events alone: nothing is read again meanwhile.
        reads = view._session._read_at
        until(lambda: first - shown(view), "somebody who left")
        until(lambda: shown(view) == listed(client, queue_ids), "the same agents")
        assert view._session._read_at == reads


def test_a_close_without_a_word_heals(client: Client, platform: Simulator) -> None:
    with client.live(QUEUES, **QUICK) as view:
        assert view.wait_ready(DEADLINE_S)
        platform.faults([{"action": "close_sockets", "code": 1008}])
        until(lambda: len(view.gaps), "a gap")
        until(lambda: view._session.connection.phase == "live", "a live view again")


def test_queues_tell_how_many_members_are_joined(client: Client) -> None:
    queues = client.queues(refresh=True).set_index("name")
    assert (queues["joinedMemberCount"] <= queues["memberCount"]).all()
    assert queues["joinedMemberCount"].sum() < queues["memberCount"].sum()
