"""The sockets of channels, on loopback, with a clock that the test moves."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.streams import sockets

Stages = Callable[..., AbstractAsyncContextManager[Any]]
CHANNELS = "/api/v2/notifications/channels"
HEARTBEAT = {"topicName": "channel.metadata", "eventBody": {"message": "WebSocket Heartbeat"}}
PONG = {"topicName": "channel.metadata", "eventBody": {"message": "pong"}}
WAIT_S = 10.0


def conversations(organization: Organization, n: int = 0) -> str:
    return f"v2.routing.queues.{organization.queues[n].id}.conversations"


async def frame(ws: aiohttp.ClientWebSocketResponse) -> Any:
    return await ws.receive_json(timeout=WAIT_S)


async def closing(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code with which the server closes, after whatever it still sends."""
    while True:
        message = await ws.receive(timeout=WAIT_S)
        if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}:
            return ws.close_code


async def nothing_waits(ws: aiohttp.ClientWebSocketResponse) -> None:
    """The next frame is the answer to a ping, so nothing was sent before."""
    await ws.send_json({"message": "ping"})
    assert await frame(ws) == PONG


def test_a_channel_names_its_socket_on_the_same_port(stage: Stages) -> None:
    async def play() -> None:
        async with stage() as on:
            status, body = await on.call("POST", CHANNELS)
            assert status == 200
            assert set(body) == {"connectUri", "id", "expires"}
            assert body["connectUri"] == f"ws://127.0.0.1:{on.client.port}/channels/{body['id']}"
            assert body["expires"].endswith("Z")
            async with aiohttp.ClientSession() as session, session.ws_connect(body["connectUri"]) as ws:
                await nothing_waits(ws)
            assert (await on.call("POST", CHANNELS, data=b"{}"))[0] == 200

    asyncio.run(play())


def test_the_server_beats_every_heartbeat(stage: Stages) -> None:
    async def play() -> None:
        async with stage(heartbeat_s=30.0) as on:
            ws = await on.connect(await on.channel())
            on.pass_real(29.9)
            on.platform.channels.streams.pulse()
            await nothing_waits(ws)
            on.pass_real(0.2)
            assert await frame(ws) == HEARTBEAT
            on.pass_real(30)
            assert await frame(ws) == HEARTBEAT

    asyncio.run(play())


def test_a_server_that_was_held_up_beats_once_and_goes_on(stage: Stages) -> None:
    async def play() -> None:
        async with stage(heartbeat_s=30.0) as on:
            ws = await on.connect(await on.channel())
            on.pass_real(95)
            on.platform.channels.streams.pulse()
            on.platform.channels.streams.pulse()
            assert await frame(ws) == HEARTBEAT
            await nothing_waits(ws)
            on.pass_real(30)
            assert await frame(ws) == HEARTBEAT

    asyncio.run(play())


def test_a_ping_is_answered_and_other_text_is_not(stage: Stages) -> None:
    async def play() -> None:
        async with stage() as on:
            ws = await on.connect(await on.channel())
            # The official command line keeps its socket alive with a time stamp a second.
            for text in ("2026-11-20 10:00:00", "[]", '"ping"', '{"message":"hello"}', "{"):
                await ws.send_str(text)
            for odd in ("[" * 100_000, '{"message":' * 20_000, "9" * 5000, "NaN", '{"message":["ping"]}'):
                await ws.send_str(odd)
            await ws.send_bytes(b"\xff")
            await nothing_waits(ws)

    asyncio.run(play())


def test_topics_are_subscribed_by_message_too(stage: Stages, organization: Organization) -> None:
    async def play() -> None:
        async with stage() as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            topic = conversations(organization)
            await ws.send_json({"message": "subscribe", "topics": [topic], "correlationId": "x"})
            assert await frame(ws) == {"result": "200", "status": "subscribed", "correlationId": "x"}
            _, body = await on.call("GET", f"{CHANNELS}/{channel}/subscriptions")
            assert [one["id"] for one in body["entities"]] == [topic]
            await ws.send_json({"message": "subscribe", "topics": ["v2.nothing"], "correlationId": "y"})
            refused = await frame(ws)
            assert (refused["result"], refused["status"]) == ("400", "failure")
            assert refused["message"]
            await ws.send_json({"message": "subscribe", "topics": "v2.nothing"})
            broken = await frame(ws)
            assert (broken["result"], broken["status"]) == ("400", "error")

    asyncio.run(play())


def test_a_second_connection_closes_the_first_with_its_code(stage: Stages) -> None:
    async def play() -> None:
        async with stage(close_codes=(4001, 4002, 4003)) as on:
            channel = await on.channel()
            first = await on.connect(channel)
            second = await on.connect(channel)
            assert await closing(first) == 4001
            await nothing_waits(second)

    asyncio.run(play())


def test_the_21st_channel_closes_a_connection_with_its_code(stage: Stages) -> None:
    async def play() -> None:
        async with stage(close_codes=(4001, 4002, 4003)) as on:
            channels = [await on.channel() for _ in range(20)]
            sockets = [await on.connect(channel) for channel in channels]
            await on.channel()
            assert await closing(sockets[0]) == 4002
            await nothing_waits(sockets[1])

    asyncio.run(play())


def test_a_connection_is_warned_then_closed_when_its_channel_ends(stage: Stages) -> None:
    async def play() -> None:
        async with stage(channel_life_s=86_400.0, heartbeat_s=1e6) as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            on.pass_real(86_400 - 60)
            warning = await frame(ws)
            assert warning["topicName"] == "v2.system.socket_closing"
            assert warning["eventBody"]["channelId"] == channel
            on.pass_real(60)
            assert await closing(ws) == 1008

    asyncio.run(play())


def test_subscribing_again_lengthens_a_channels_life(stage: Stages, organization: Organization) -> None:
    async def play() -> None:
        async with stage(channel_life_s=1000.0, heartbeat_s=1e6, token_life_s=1e6) as on:
            topic = conversations(organization)
            ws = await on.connect(await on.channel(topic))
            on.pass_real(900)
            await ws.send_json({"message": "subscribe", "topics": [topic]})
            assert (await frame(ws))["result"] == "200"
            on.pass_real(900)
            on.platform.channels.streams.pulse()
            await nothing_waits(ws)

    asyncio.run(play())


def test_the_tokens_end_closes_the_connection(stage: Stages) -> None:
    async def play() -> None:
        async with stage(close_codes=(4001, 4002, 4003), heartbeat_s=1e6) as on:
            ws = await on.connect(await on.channel())
            on.platform.access.end_tokens()
            assert await closing(ws) == 4003

    asyncio.run(play())


def test_subscribing_with_a_newer_token_carries_the_channel_over(
    stage: Stages, organization: Organization
) -> None:
    async def play() -> None:
        async with stage(token_life_s=1000.0, heartbeat_s=1e6) as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            on.pass_real(900)
            newer = on.platform.access.issue(on.platform.client).value
            path = f"{CHANNELS}/{channel}/subscriptions"
            await on.call("PUT", path, json=[{"id": conversations(organization)}], token=newer)
            on.pass_real(200)
            on.platform.channels.streams.pulse()
            await nothing_waits(ws)

    asyncio.run(play())


def test_a_channel_that_is_gone_says_404_on_its_socket(stage: Stages) -> None:
    async def play() -> None:
        async with stage(channel_life_s=100.0) as on:
            channel = await on.channel()
            on.pass_real(101)
            on.platform.channels.streams.pulse()
            ws = await on.connect(channel)
            assert (await frame(ws))["result"] == "404"
            assert await closing(ws) == 1008
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await on.connect("streaming-0-never")
            assert refused.value.status == 404

    asyncio.run(play())


def test_close_all_closes_and_the_channel_can_be_used_again(stage: Stages) -> None:
    async def play() -> None:
        async with stage() as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            assert on.platform.channels.close_all(1012) == 1
            assert await closing(ws) == 1012
            await nothing_waits(await on.connect(channel))

    asyncio.run(play())


def test_a_silent_server_sends_nothing(stage: Stages, organization: Organization) -> None:
    async def play() -> None:
        async with stage(heartbeat_s=10.0) as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            on.platform.channels.silence(60)
            await ws.send_json({"message": "subscribe", "topics": [conversations(organization)]})
            async with asyncio.timeout(WAIT_S):
                path = f"{CHANNELS}/{channel}/subscriptions"
                while not (await on.call("GET", path))[1]["entities"]:
                    pass
            for _ in range(5):
                on.pass_real(10)
                on.platform.channels.streams.pulse()
            on.pass_real(10.1)
            on.platform.channels.streams.pulse()
            assert await frame(ws) == HEARTBEAT
            await nothing_waits(ws)

    asyncio.run(play())


def test_a_reader_that_falls_behind_is_cut_off(stage: Stages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "BYTES_HELD", 100_000)

    async def play() -> None:
        async with stage() as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            socket = on.platform.channels.registry.find(channel).socket
            socket.offer(json.dumps({"x": "y" * 99_000}))
            socket.offer(json.dumps({"x": "y" * 99_000}))
            assert await closing(ws) == 1006
            await nothing_waits(await on.connect(channel))

    asyncio.run(play())


def test_scripted_faults_close_and_silence_sockets(stage: Stages) -> None:
    async def play() -> None:
        async with stage(heartbeat_s=10.0) as on:
            channel = await on.channel()
            ws = await on.connect(channel)
            rule: dict[str, Any] = {"action": "close_sockets", "code": 1012}
            assert (await on.call("POST", "/simulator/faults", json=[rule]))[0] == 200
            assert await closing(ws) == 1012
            ws = await on.connect(channel)
            rule = {"action": "silence_sockets", "seconds": 30}
            assert (await on.call("POST", "/simulator/faults", json=[rule]))[0] == 200
            on.pass_real(15)
            on.platform.channels.streams.pulse()
            await ws.send_json({"message": "ping"})
            on.pass_real(20)
            assert await frame(ws) in (HEARTBEAT, PONG)

    asyncio.run(play())


def test_broken_work_is_logged_and_closes_the_sockets(
    stage: Stages, organization: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def changes(self, after_ms: int, upto_ms: int) -> list[Any]:
            raise ZeroDivisionError

    async def play() -> None:
        async with stage(Broken()) as on:
            ws = await on.connect(await on.channel(conversations(organization)))
            assert await closing(ws) == 1011

    asyncio.run(play())
    assert "work in the background has ended" in caplog.text
