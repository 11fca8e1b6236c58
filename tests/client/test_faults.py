"""The client under scripted faults: the same result as without them, or an error that says what is wrong."""

from collections.abc import Iterator
from typing import Any

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


def records(client: gca.Client) -> dict[str, Any]:
    """What a pull brings, by id."""
    details = client.conversation_details(INTERVAL, media_type="chat", page_size=40)
    assert details.report.pages > 10
    assert details.report.short_by == 0
    return {record["conversationId"]: record for record in details.to_records()}


@pytest.fixture(scope="module")
def undisturbed(simulator: Simulator) -> dict[str, Any]:
    with gca.connect(
        simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret
    ) as client:
        return records(client)


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 429, "retry_after": 0.05},
        {"action": "status", "status": 429},
        {"action": "status", "status": 503, "retry_after": 0.05},
        {"action": "status", "status": 503},
        {"action": "status", "status": 502},
        {"action": "status", "status": 504},
        {"action": "cut"},
        {"action": "drop"},
        {"action": "empty"},
        {"action": "html"},
        {"action": "half_body"},
        {"action": "double"},
        {"action": "delay", "delay_s": 0.2},
        {"action": "status", "status": 401},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_passing_fault_changes_nothing(
    gc: gca.Client, simulator: Simulator, undisturbed: dict[str, Any], fault: dict[str, Any]
) -> None:
    once = {"times": 1 if fault.get("status") in {401, 429} else 3, "skip": 2}
    simulator.faults([{**fault, **once, "match": QUERY}])
    assert records(gc) == undisturbed
    assert gc.rest.retries >= (fault["action"] != "delay")


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ({"action": "status", "status": 400}, errors.ApiError, 400),
        ({"action": "status", "status": 403}, errors.PermissionDenied, 403),
        ({"action": "status", "status": 500}, errors.ApiError, 500),
        ({"action": "status", "status": 429, "retry_after": 60}, errors.RateLimited, 429),
        ({"action": "html"}, errors.ApiError, 200),
        ({"action": "empty"}, errors.ApiError, 200),
        ({"action": "half_body"}, errors.ApiError, 200),
    ],
    ids=lambda value: str(value.get("status", value["action"])) if isinstance(value, dict) else "",
)
def test_a_lasting_fault_is_one_error_with_its_whereabouts(
    gc: gca.Client, simulator: Simulator, fault: dict[str, Any], kind: type[errors.ApiError], status: int
) -> None:
    simulator.faults([{**fault, "times": 1000, "skip": 1, "match": QUERY}])
    with pytest.raises(kind) as refused:
        gc.conversation_details(INTERVAL)
    error = refused.value
    assert (error.status, error.method) == (status, "POST")
    assert error.path == "/api/v2/analytics/conversations/details/query"
    assert error.correlation_id
    assert error.__cause__ is None
    assert simulator.client_secret not in str(error)


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
