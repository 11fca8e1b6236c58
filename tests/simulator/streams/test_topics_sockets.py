"""Events on sockets: who gets them, in which envelope, and from when on."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

Stages = Callable[..., AbstractAsyncContextManager[Any]]

# A Wednesday, 11:10 in Warsaw.
START_MS = 1_794_996_600_000


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=5, settings=Settings(), days=2, start_ms=START_MS)


def test_one_event_is_one_frame_for_all_who_listen(
    stage: Stages, organization: Organization, timeline: Timeline
) -> None:
    queue = organization.queues[0].id

    async def play() -> None:
        async with stage(timeline, start_ms=START_MS, heartbeat_s=1e6) as on:
            plain = await on.connect(await on.channel(f"v2.routing.queues.{queue}.conversations"))
            loud = await on.connect(await on.channel(f"V2.ROUTING.QUEUES.{queue}.Conversations".upper()))
            on.pass_real(120)
            first, second = await plain.receive_json(timeout=10), await loud.receive_json(timeout=10)
            assert list(first) == ["topicName", "version", "eventBody", "metadata"]
            assert first["topicName"] == f"v2.routing.queues.{queue}.conversations"
            assert second["topicName"] == first["topicName"].upper()
            assert first["version"] == "2"
            assert first["metadata"] == second["metadata"]
            assert set(first["metadata"]) == {"CorrelationId"}
            assert first["eventBody"] == second["eventBody"]

    asyncio.run(play())


def test_business_time_before_a_subscription_is_not_told(
    stage: Stages, organization: Organization, timeline: Timeline
) -> None:
    topics = [f"v2.routing.queues.{queue.id}.conversations" for queue in organization.queues]

    async def play() -> None:
        async with stage(timeline, start_ms=START_MS, heartbeat_s=1e6) as on:
            on.pass_real(600)
            await on.platform.channels.topics.tick()
            ws = await on.connect(await on.channel(*topics))
            await on.platform.channels.topics.tick()
            await ws.send_json({"message": "ping"})
            assert (await ws.receive_json(timeout=10))["eventBody"] == {"message": "pong"}

    asyncio.run(play())
