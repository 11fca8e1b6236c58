"""Scripted faults of frames and topics: what is sent in a frame's place, which topic is refused."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp

from gcanalytics.simulator.rest.faults import Faults, rule_from
from gcanalytics.simulator.streams.scripted import FrameFaults

FAULTS = "/simulator/faults"


def event(number: int, topic: str = "v2.routing.queues.q.conversations") -> str:
    return json.dumps({"topicName": topic, "eventBody": {"number": number}})


def sent(rules: list[dict[str, Any]], frames: list[str]) -> list[str]:
    faults = Faults()
    for rule in rules:
        faults.add(rule_from(rule))
    spoilt = FrameFaults(faults)
    return [one for frame in frames for one in spoilt(frame)]


def test_frames_are_lost_doubled_swapped_and_cut_and_then_pass_again() -> None:
    one, two, three = event(1), event(2), event(3)
    frames = [one, two, three]
    assert sent([{"action": "lose_frame"}], frames) == [two, three]
    assert sent([{"action": "double_frame", "skip": 1}], frames) == [one, two, two, three]
    assert sent([{"action": "swap_frames"}], frames) == [two, one, three]
    assert sent([{"action": "swap_frames", "times": 2}], frames) == [three, one, two]
    cut = sent([{"action": "malformed_frame"}], frames)
    assert (one.startswith(cut[0]), len(cut[0]), cut[1:]) == (True, len(one) // 2, [two, three])


def test_only_frames_of_the_topic_are_meant() -> None:
    beat = event(0, "channel.metadata")
    rule = {"action": "lose_frame", "times": 9, "match": {"topic_regex": r"QUEUES\..*\.conversations$"}}
    assert sent([rule], [beat, event(1), "{}", beat]) == [beat, "{}", beat]


def test_a_connection_gets_its_spoilt_frames(stage: Callable[..., Any]) -> None:
    async def play() -> None:
        async with stage() as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            async with on.client.post(FAULTS, json=[{"action": "double_frame"}]) as answer:
                assert answer.status == 200
            socket = on.platform.channels.registry.find(channel).socket
            for number in (1, 2):
                socket.offer(event(number))
            read = [(await ws.receive(10)).data for _ in range(3)]
            assert read == [event(1), event(1), event(2)]

    asyncio.run(play())


def test_a_topic_is_refused_as_often_as_the_script_says(stage: Callable[..., Any]) -> None:
    async def play() -> None:
        async with stage() as on:
            queues = [queue.id for queue in on.platform.organization.queues[:2]]
            topics = [{"id": f"v2.routing.queues.{one}.conversations"} for one in queues]
            channel = await on.channel()
            path = f"/api/v2/notifications/channels/{channel}/subscriptions"
            rule = {"action": "refuse_topic", "times": 3, "match": {"topic_regex": queues[1]}}
            async with on.client.post(FAULTS, json=[rule]) as answer:
                assert answer.status == 200
            assert (await on.call("PUT", path, json=topics))[0] == 403
            status, body = await on.call("PUT", path + "?ignoreErrors=true", json=topics)
            assert (status, [one["state"] for one in body["entities"]]) == (200, ["Permitted", "Rejected"])
            ws = await on.connect(channel)
            await ws.send_json({"message": "subscribe", "topics": [one["id"] for one in topics]})
            message = await ws.receive(10)
            assert message.type is aiohttp.WSMsgType.TEXT
            assert json.loads(message.data)["result"] == "400"
            status, body = await on.call("PUT", path, json=topics)
            assert [one["state"] for one in body["entities"]] == ["Permitted"] * 2

    asyncio.run(play())
