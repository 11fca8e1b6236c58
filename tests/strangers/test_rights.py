"""The official SDK with clients of fewer permissions and divisions: its own exception, and fewer things."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gcanalytics.simulator import Simulator

CLIENTS = {
    "queues": {"permissions": ["routing:queue:view"], "divisions": ["Customer Care"]},
    "nobody": {},
}


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    settings = {"clock_start": "2026-11-18T10:00:00Z", "unseen_by_id": "403"}
    with Simulator(seed=7, days=1, settings=settings, clients=CLIENTS) as running:
        yield running


@pytest.fixture(scope="module")
def connected(sdk: Any, platform: Simulator) -> Iterator[Callable[[str], Any]]:
    """An ApiClient of the SDK with a token of one of the clients."""
    opened: list[Any] = []

    def connect(name: str) -> Any:
        sdk.configuration.host = platform.api
        own = platform.clients[name]
        opened.append(sdk.api_client.ApiClient(platform.api))
        return opened[-1].get_client_credentials_token(own.client_id, own.client_secret)

    yield connect
    for client in opened:
        client.get_http_client().rest_client.pool_manager.clear()


def test_it_sees_the_queues_of_its_divisions(sdk: Any, connected: Callable[[str], Any]) -> None:
    found = sdk.RoutingApi(connected("queues")).get_routing_queues(page_size=100)
    assert {queue.name for queue in found.entities} == {"Support", "Billing", "Web Help"}
    assert found.total == 3
    assert {queue.division.name for queue in found.entities} == {"Customer Care"}


def test_a_missing_permission_is_its_exception_with_an_error_body(
    sdk: Any, connected: Callable[[str], Any], platform: Simulator, walk: Callable[[object, str], Any]
) -> None:
    routing = sdk.RoutingApi(connected("queues"))
    asked: list[tuple[Callable[[], Any], str, str]] = [
        (sdk.RoutingApi(connected("nobody")).get_routing_queues, "missing.any.permissions", "queue:view"),
        (routing.get_routing_wrapupcodes, "missing.permissions", "wrapupCode:view"),
        (lambda: routing.get_routing_queue(platform.queues["Sales"]), "missing.permissions", "queue:view:"),
    ]
    for ask, code, missing in asked:
        with pytest.raises(sdk.rest.ApiException) as refused:
            ask()
        assert refused.value.status == 403
        body = json.loads(refused.value.body)
        assert body["code"] == code
        assert missing in body["messageParams"]["permissions"]
        assert walk(body, "ErrorBody").problems == []
