"""A scene for guests: a platform with almost no business but theirs, and what guests do there."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

PATH = "/api/v2/webchat/guest/conversations"
# A Wednesday, 11:10 in Warsaw.
START_MS = 1_794_996_600_000
WAIT_S = 10.0


class Guest:
    """A guest at a stage."""

    def __init__(self, on: Any, created: dict[str, Any]) -> None:
        self.on = on
        self.id = created["id"]
        self.jwt = created["jwt"]
        self.uri = created["eventStreamUri"]
        self.member = created["member"]["id"]
        self.ws: aiohttp.ClientWebSocketResponse | None = None

    async def call(self, method: str, path: str, *, jwt: str | None = None, **more: Any) -> tuple[int, Any]:
        status, body = await self.on.call(method, f"{PATH}/{self.id}{path}", token=jwt or self.jwt, **more)
        return status, body

    async def say(self, body: Any) -> tuple[int, Any]:
        return await self.call("POST", f"/members/{self.member}/messages", json=body)

    async def attach(self) -> None:
        self.ws = await self.on.connect(self.uri.rpartition("/")[2])

    async def event(self) -> Any:
        assert self.ws is not None
        return await self.ws.receive_json(timeout=WAIT_S)

    async def events_until(self, kind: str, **body: Any) -> list[Any]:
        """Events up to the one of this type whose body has these members."""
        found = []
        while True:
            found.append(await self.event())
            last = found[-1]
            if last.get("metadata", {}).get("type") == kind and body.items() <= last["eventBody"].items():
                return found


class Scene:
    """Opens the stage and lets guests in."""

    def __init__(
        self, stage: Callable[..., AbstractAsyncContextManager[Any]], organization: Organization
    ) -> None:
        self.stage = stage
        self.organization = organization
        settings = Settings(conversations_per_week=1)
        self.timeline = Timeline(organization, seed=5, settings=settings, days=1, start_ms=START_MS)

    def play(self, act: Callable[[Any], Any], **settings: Any) -> None:
        """Run an act; at its end what was handed to the timeline is there."""

        async def run() -> None:
            async with self.stage(self.timeline, start_ms=START_MS, heartbeat_s=1e6, **settings) as on:
                await act(on)
                await on.platform.run(lambda: None)

        asyncio.run(run())

    def wanted(self, **changes: Any) -> dict[str, Any]:
        """The body of a creation that goes through."""
        usable = [one for one in self.organization.deployments if one.enabled and not one.requires_auth]
        body: dict[str, Any] = {
            "organizationId": self.organization.id,
            "deploymentId": usable[0].id,
            "routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "priority": 2},
            "memberInfo": {
                "displayName": "Ada",
                "firstName": "Ada",
                "email": "ada@example.com",
                "customFields": {"order": "4711"},
            },
        }
        return body | changes

    async def arrive(self, on: Any, **changes: Any) -> Guest:
        """A guest whose chat is created."""
        status, created = await on.call("POST", PATH, json=self.wanted(**changes))
        assert status == 200, created
        return Guest(on, created)

    async def talk(self, on: Any, **changes: Any) -> Guest:
        """A guest who has been greeted."""
        guest = await self.arrive(on, **changes)
        await guest.attach()
        await guest.events_until("member-change")
        on.pass_real(1.1)
        await self.alerting(guest)
        on.pass_real(2.1)
        await guest.events_until("message", bodyType="member-join")
        on.pass_real(0.6)
        await guest.events_until("message", bodyType="standard")
        return guest

    async def alerting(self, guest: Guest) -> str:
        """Id of the agent who is alerted."""
        while True:
            body = (await guest.event())["eventBody"]
            if body.get("member", {}).get("state") == "ALERTING":
                return str(body["member"]["id"])

    async def written(self, on: Any, guest: Guest) -> Conversation:
        """The guest's chat in the ledger, once the timeline's thread has taken it in."""
        conversation = await on.platform.run(self.timeline.conversation, guest.id)
        assert isinstance(conversation, Conversation)
        return conversation

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that no frame tells, with a deadline."""
        async with asyncio.timeout(WAIT_S):
            while not holds():
                await asyncio.sleep(0.01)


@pytest.fixture
def scene(stage: Callable[..., AbstractAsyncContextManager[Any]], organization: Organization) -> Scene:
    return Scene(stage, organization)
