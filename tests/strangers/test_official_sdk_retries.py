"""What the official SDK does with refusals: it repeats what tells it when, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def routing(sdk: Any, client: Any, simulator: Any) -> Iterator[Any]:
    yield sdk.RoutingApi(client)
    simulator.faults([])


def fault(status: int, times: int, **more: Any) -> dict[str, Any]:
    match = {"method": "GET", "path_regex": "^/api/v2/routing/queues"}
    return {"match": match, "action": "status", "status": status, "times": times} | more


@pytest.mark.parametrize("status", [413, 429, 503])
def test_it_repeats_a_refusal_that_tells_when_to_come_back(
    sdk: Any, routing: Any, simulator: Any, status: int
) -> None:
    simulator.faults([fault(status, 2, retry_after=0)])
    assert routing.get_routing_queues(page_size=1).total > 0
    assert simulator.faults() == [], "both refusals were met"


@pytest.mark.parametrize(
    ("status", "more"),
    [(413, {}), (429, {}), (503, {}), (500, {}), (502, {"retry_after": 0}), (504, {"retry_after": 0})],
)
def test_it_raises_every_other_refusal_at_once(
    sdk: Any, routing: Any, simulator: Any, status: int, more: dict[str, Any]
) -> None:
    simulator.faults([fault(status, 2, **more)])
    with pytest.raises(sdk.rest.ApiException) as refused:
        routing.get_routing_queues(page_size=1)
    assert refused.value.status == status
    (left,) = simulator.faults()
    # A rule's default is left out: it is met once more.
    assert left.get("times", 1) == 1


def test_it_never_renews_the_token_of_client_credentials(sdk: Any, simulator: Any) -> None:
    sdk.configuration.host = simulator.api
    mine = sdk.api_client.ApiClient()
    mine.get_client_credentials_token(simulator.client_id, simulator.client_secret)
    mine.access_token = "of-nobody"
    with pytest.raises(sdk.rest.ApiException) as refused:
        sdk.RoutingApi(mine).get_routing_queues(page_size=1)
    assert refused.value.status == 401
    mine.get_http_client().rest_client.pool_manager.clear()
