"""Faults that last, and of what must not be repeated; `test_fault_suite` has those of reading."""

from collections.abc import Iterator

import pytest

import gcanalytics.client as gca
from gcanalytics import errors
from gcanalytics.simulator import Simulator
from gcanalytics.transport.retry import RetryPolicy

INTERVAL = "2026-11-16T08:00/2026-11-16T20:00"
QUERY = {"method": "POST", "path_regex": "/details/query"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """One of its own: faults of a shared one would hit other tests."""
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z"}
    with Simulator(seed=5, days=3, settings=settings) as running:
        yield running


@pytest.fixture
def gc(simulator: Simulator) -> Iterator[gca.Client]:
    quick = RetryPolicy(max_time_s=30, first_wait_s=0.01, longest_wait_s=0.05)
    with gca.connect(
        simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret, retry=quick
    ) as client:
        yield client
    simulator.faults([])


def test_a_connection_that_stays_cut_is_an_error(gc: gca.Client, simulator: Simulator) -> None:
    gc = gca.connect(
        simulator.api,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        retry=RetryPolicy(max_time_s=0.2, first_wait_s=0.01),
    )
    simulator.faults([{"action": "cut", "times": 1000, "match": QUERY}])
    with pytest.raises(errors.ConnectionFailed, match="cut"):
        gc.conversation_details(INTERVAL)
    gc.close()


def test_a_write_whose_answer_is_lost_is_sent_once(gc: gca.Client, simulator: Simulator) -> None:
    simulator.faults([{"action": "drop", "times": 9, "match": {"path_regex": "notifications/channels"}}])
    before = gc.rest.requests
    with pytest.raises(errors.DeliveryUnknown):
        gc.request("POST", "/api/v2/notifications/channels", json={})
    assert gc.rest.requests == before + 1


def test_a_login_that_fails_for_a_moment_changes_nothing(simulator: Simulator) -> None:
    simulator.faults([{"action": "status", "status": 503, "times": 2, "match": {"path_regex": "oauth"}}])
    gc = gca.connect(simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret)
    assert len(gc.queues()) >= 6
    gc.close()
