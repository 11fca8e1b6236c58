"""The official SDK, imported once, and its client with a token of the simulator."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .walker import Walk


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The module PureCloudPlatformClientV2; its import takes seconds, so once a run."""
    with pytest.MonkeyPatch.context() as patch:
        # It reads ~/.genesyscloudpython/config and watches that folder.
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield importlib.import_module("PureCloudPlatformClientV2")


@pytest.fixture(scope="session")
def walk(sdk: Any) -> Callable[[object, str], Walk]:
    """``walk(json_value, "ModelName")``: the finished walk."""

    def walked(value: object, kind: str) -> Walk:
        result = Walk(sdk.models)
        result.value(value, kind, kind)
        return result

    return walked


@pytest.fixture(scope="module")
def client(sdk: Any, simulator: Any) -> Iterator[Any]:
    """An ``ApiClient`` of the SDK with a token of the simulator, as its README shows."""
    sdk.configuration.host = simulator.api
    api_client = sdk.api_client.ApiClient()
    yield api_client.get_client_credentials_token(simulator.client_id, simulator.client_secret)
    api_client.get_http_client().rest_client.pool_manager.clear()


@pytest.fixture
def analytics(sdk: Any, client: Any) -> Any:
    return sdk.AnalyticsApi(client)
