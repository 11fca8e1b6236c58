"""Business time that stands still: one moment for every question, and nothing of it is untold."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.clock import Clock
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.settings import Settings

Stages = Callable[..., AbstractAsyncContextManager[Any]]

CLOCK = "/simulator/clock"
# A Wednesday, 11:10 in Warsaw.
START_MS = 1_794_996_600_000


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=5, settings=Settings(), days=2, start_ms=START_MS)


def test_held_it_stands_and_then_goes_on_from_there() -> None:
    hands = {"now": 50.0}
    clock = Clock(1_000_000, speed=60, real=lambda: hands["now"])
    hands["now"] += 1
    assert (clock.now_ms(), clock.over_ms()) == (1_060_000, 1_059_999)
    clock.hold()
    hands["now"] += 10
    clock.hold()
    assert (clock.now_ms(), clock.over_ms(), clock.is_held) == (1_060_000, 1_060_000, True)
    clock.go_on()
    assert (clock.now_ms(), clock.is_held) == (1_060_001, False)
    hands["now"] += 1
    clock.go_on()
    assert clock.now_ms() == 1_120_001


def test_a_change_of_the_very_moment_is_told_while_it_stands(
    stage: Stages, organization: Organization, timeline: Timeline
) -> None:
    """A query counts it already, so a listener must hear of it without waiting for the next moment."""
    change = next(
        one
        for one in timeline.changes(START_MS + 1000, START_MS + 600_000)
        if one.conversation is not None and picture(one.conversation, one.at_ms).queue_ids
    )
    assert change.conversation is not None
    changed = change.conversation.id
    topics = [f"v2.routing.queues.{queue.id}.conversations" for queue in organization.queues]

    async def play() -> None:
        async with stage(timeline, start_ms=change.at_ms - 500, heartbeat_s=1e6) as on:
            ws = await on.connect(await on.channel(*topics))
            tick = on.platform.channels.topics.tick

            async def told() -> set[str]:
                await tick()
                await ws.send_json({"message": "ping"})
                found = set()
                while (frame := await ws.receive_json(timeout=10))["topicName"] != "channel.metadata":
                    found.add(frame["eventBody"]["id"])
                return found

            on.pass_real(0.5)
            assert changed not in await told()
            status, answer = await on.call("POST", CLOCK, json={"held": True})
            assert (status, answer) == (200, {"now": iso(change.at_ms), "held": True})
            on.pass_real(100)
            assert (await on.call("GET", CLOCK))[1] == answer
            assert changed in await told()
            assert await told() == set()
            status, answer = await on.call("POST", CLOCK, json={"held": False})
            assert (status, answer) == (200, {"now": iso(change.at_ms + 1), "held": False})

    asyncio.run(play())


def test_what_guests_do_meanwhile_is_seen_when_it_goes_on(stage: Stages, organization: Organization) -> None:
    settings = Settings(conversations_per_week=1)
    timeline = Timeline(organization, seed=5, settings=settings, days=1, start_ms=START_MS)
    deployment = next(one for one in organization.deployments if one.enabled and not one.requires_auth)
    support = next(queue for queue in organization.queues if queue.name == "Support")
    chat = {
        "organizationId": organization.id,
        "deploymentId": deployment.id,
        "routingTarget": {"targetType": "QUEUE", "targetAddress": support.name},
        "memberInfo": {"displayName": "Ada"},
    }
    query = {
        "filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": support.id}]},
        "metrics": ["oWaiting"],
        "detailMetrics": ["oWaiting"],
    }

    async def play() -> None:
        async with stage(timeline, start_ms=START_MS, heartbeat_s=1e6) as on:
            ws = await on.connect(await on.channel(f"v2.routing.queues.{support.id}.conversations"))
            await on.call("POST", CLOCK, json={"held": True})
            _, created = await on.call("POST", "/api/v2/webchat/guest/conversations", json=chat)
            guest = await on.connect(created["eventStreamUri"].rpartition("/")[2])
            await guest.receive_json(timeout=10)  # he is a member, so his chat was handed to the timeline

            async def waiting() -> set[str]:
                await on.platform.channels.topics.tick()
                status, answer = await on.call(
                    "POST", "/api/v2/analytics/queues/observations/query", json=query
                )
                assert status == 200, answer
                return {
                    one["conversationId"]
                    for result in answer.get("results", [])
                    for datum in result["data"]
                    for one in datum.get("observations", ())
                }

            assert created["id"] not in await waiting()
            await on.call("POST", CLOCK, json={"held": False})
            on.pass_real(0.1)
            assert created["id"] in await waiting()
            frame = await ws.receive_json(timeout=10)
            assert frame["eventBody"]["id"] == created["id"]

    asyncio.run(play())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"held": 1}', b'{"held": true, "x": 1}', b"\xff"])
def test_what_makes_no_sense_is_refused_and_changes_nothing(stage: Stages, body: bytes) -> None:
    async def play() -> None:
        async with stage() as on:
            async with on.client.post(CLOCK, data=body) as answer:
                assert answer.status == 400
                assert json.loads(await answer.read())["code"] == "bad.request"
            assert (await on.call("GET", CLOCK))[1]["held"] is False

    asyncio.run(play())
