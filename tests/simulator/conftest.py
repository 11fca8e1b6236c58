"""A platform on loopback whose clock stands until the test moves it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import aiohttp.web
import pytest
from aiohttp.test_utils import TestClient, TestServer

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.clock import Clock
from gcanalytics.simulator.rest.oauth_clients import parsed_clients
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.server import build_app
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
DEADLINE_S = 10.0


class QuietTimeline:
    """Nothing happens, nobody works."""

    def changes(self, after_ms: int, upto_ms: int) -> list[Any]:
        return []

    def ongoing(self, now_ms: int) -> list[Any]:
        return []

    def conversations(self, start_ms: int, end_ms: int) -> list[Any]:
        return []

    def conversation(self, conversation_id: str) -> None:
        return None


@dataclass
class Stage:
    """A served platform, a client of it, and the hands of its clock."""

    platform: Platform
    client: "TestClient[Any, Any]"
    clock: dict[str, float]
    token: str

    def pass_real(self, seconds: float) -> None:
        """Let real time pass; business time goes along."""
        self.clock["now"] += seconds

    async def call(self, method: str, path: str, *, token: str | None = None, **more: Any) -> tuple[int, Any]:
        """Status and JSON body of a REST call with the stage's token."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.client.request(method, path, headers=headers, **more) as response:
            return response.status, await response.json() if await response.read() else None

    def token_of(self, client: str) -> str:
        """A new token of one of the further clients."""
        return self.platform.access.issue(self.platform.clients[client]).value

    async def channel(self, *topics: str, token: str | None = None) -> str:
        """Id of a new channel with these subscriptions."""
        status, body = await self.call("POST", "/api/v2/notifications/channels", token=token)
        assert status == 200, body
        if topics:
            path = f"/api/v2/notifications/channels/{body['id']}/subscriptions"
            status, answer = await self.call("POST", path, json=[{"id": one} for one in topics], token=token)
            assert status == 200, answer
        return str(body["id"])

    async def connect(self, channel: str) -> aiohttp.ClientWebSocketResponse:
        """The socket of a channel."""
        return await self.client.ws_connect(f"/channels/{channel}")


@pytest.fixture(scope="session")
def organization() -> Organization:
    return Organization.load()


@pytest.fixture
def stage(organization: Organization) -> Callable[..., AbstractAsyncContextManager[Stage]]:
    """``async with stage(timeline, clients={"reader": "*"}, channel_life_s=...) as on: ...``."""

    @asynccontextmanager
    async def opened(
        timeline: Any = None,
        start_ms: int = START_MS,
        clients: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> AsyncIterator[Stage]:
        hands = {"now": 1000.0}
        platform = Platform(
            organization,
            cast(Timeline, timeline or QuietTimeline()),
            settings=Settings(**settings),
            clock=Clock(start_ms, real=lambda: hands["now"]),
            clients=parsed_clients([f"{name}={may}" for name, may in (clients or {}).items()], organization),
        )
        try:
            async with TestClient(TestServer(build_app(platform))) as client:
                token = platform.access.issue(platform.client).value
                yield Stage(platform, client, hands, token)
        finally:
            platform.close()

    return opened
