"""Events on sockets: who gets them, in which envelope, and from when on."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.flat_frames import FLAT_TOPIC
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.subscriptions import TOPICS_PER_CHANNEL
from gcanalytics.simulator.streams.topics import AVAILABILITY, FrameMaker

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


FLAT = tuple(FLAT_TOPIC.values())
WORDS = {
    "v2.routing.queues": ("conversations", "users", *(f"conversations.{word}" for word in FLAT)),
    "v2.analytics.queues": ("observations", "activity"),
    "v2.analytics.users": ("aggregates",),
    "v2.users": (
        "routingStatus",
        "presence",
        "activity",
        "conversations",
        *(f"conversations.{word}" for word in FLAT),
    ),
}
STATISTICS = (".observations", ".aggregates")
BEFORE_THE_HOUR_MS = START_MS + 40 * 60_000
MINUTES = 14
"""To the next full hour of UTC and a little beyond."""


def topics_of(organization: Organization) -> dict[str, list[str]]:
    """Every topic that carries events, by its stem."""
    found = {AVAILABILITY: [AVAILABILITY]}
    for stem, words in WORDS.items():
        subjects = organization.users if stem.endswith("users") else organization.queues
        found[stem] = [f"{stem}.{subject.id}.{word}" for subject in subjects for word in words]
    return found


async def read_all(ws: aiohttp.ClientWebSocketResponse) -> list[Any]:
    """Everything that was sent before the answer to a ping, without heartbeats."""
    await ws.send_json({"message": "ping"})
    frames: list[Any] = []
    while True:
        frame = await ws.receive_json(timeout=10)
        if frame["topicName"] == "channel.metadata":
            if frame["eventBody"]["message"] == "pong":
                return frames
        else:
            frames.append(frame)


def test_every_topic_comes_over_its_socket_whole_in_order_and_once(
    stage: Stages, organization: Organization, timeline: Timeline
) -> None:
    topics = topics_of(organization)
    got: dict[str, list[Any]] = {name: [] for names in topics.values() for name in names}

    async def play() -> None:
        async with stage(timeline, start_ms=BEFORE_THE_HOUR_MS, rate_per_minute=10_000) as on:
            sockets = []
            for names in topics.values():
                for first in range(0, len(names), TOPICS_PER_CHANNEL):
                    channel = await on.channel(*names[first : first + TOPICS_PER_CHANNEL])
                    sockets.append(await on.connect(channel))
            for minute in range(MINUTES):
                on.pass_real(60.1 if minute % 2 else 59.9)
                await on.platform.channels.topics.tick()
                for ws in sockets:
                    for frame in await read_all(ws):
                        assert list(frame) == ["topicName", "version", "eventBody", "metadata"]
                        got[frame["topicName"]].append(frame["eventBody"])

    asyncio.run(play())
    maker = FrameMaker(organization, timeline, Settings())
    # The last millisecond is not over yet.
    end_ms = BEFORE_THE_HOUR_MS + sum(60_100 if minute % 2 else 59_900 for minute in range(MINUTES)) - 1
    spelt = {name.lower(): name for name in got}
    expected: dict[str, list[Any]] = {name: [] for name in got}
    for key, body in maker.frames(BEFORE_THE_HOUR_MS - 1, end_ms, set(spelt), 0.0):
        expected[spelt[key]].append(json.loads(body))
    for name, bodies in got.items():
        if name.endswith(STATISTICS) or name.startswith("v2.analytics.queues"):
            # Paced by real time; the half hours' own tests hold them.
            assert all(one != other for one, other in pairwise(bodies))
        else:
            assert bodies == expected[name], name
    for stem, words in WORDS.items():
        for word in words:
            assert any(
                bodies for name, bodies in got.items() if name.startswith(stem) and name.endswith(word)
            )
    assert len(got[AVAILABILITY]) == 1
