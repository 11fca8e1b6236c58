"""Two hundred chats at once over sockets that break: every message exactly once, in order, on both sides."""

import asyncio
import contextlib
import random
import re
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient

CHATS = 200
SAID = 4
DEADLINE_S = 150.0


class Listener:
    """A guest who reads his stream, opens it again when it breaks, and fetches what he missed."""

    def __init__(self, guest: Any) -> None:
        self.guest = guest
        self.heard: list[dict[str, Any]] = []
        self.known: set[str] = set()
        self.opened = 0
        self.changed = asyncio.Condition()

    async def listen(self) -> None:
        there = True
        while there:
            # The connection may break before it stands.
            with contextlib.suppress(aiohttp.ClientError):
                await self.guest.attach()
                self.opened += 1
                await self._missed()
                async for frame in self.guest.ws:
                    if frame.type is aiohttp.WSMsgType.TEXT and '"type":"message"' in frame.data:
                        await self._take([frame.json()["eventBody"]])
            _, me = await self.guest.call("GET", f"/members/{self.guest.member}")
            there = me.get("state") != "DISCONNECTED"
        await self._missed()

    async def _missed(self) -> None:
        while True:
            after = f"?after={self.heard[-1]['id']}" if self.heard else ""
            status, body = await self.guest.call("GET", f"/messages{after}")
            assert status == 200
            await self._take(body["entities"])
            if "next" not in body:
                return

    async def _take(self, messages: list[dict[str, Any]]) -> None:
        async with self.changed:
            new = [each for each in messages if each["id"] not in self.known]
            self.known |= {each["id"] for each in new}
            self.heard += new
            self.changed.notify_all()

    async def until(self, words: str) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: any(words in each["body"] for each in self.heard))


async def talked(scene: Any, on: Any, number: int) -> Listener:
    """A guest's whole chat: greeted, four things said without waiting, goodbye, the agent leaves."""
    guest = await scene.arrive(on, memberInfo={"displayName": f"Guest {number}"})
    listener = Listener(guest)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.listen())
        await listener.until("How can I help you?")
        for part in range(SAID):
            status, _ = await guest.say({"body": f"{number}, part {part}"})
            assert status == 200
        await listener.until(f'noted: "{number}, part {SAID - 1}')
        assert (await guest.say({"body": "Goodbye"}))[0] == 200
    return listener


async def break_sockets(on: Any, source: random.Random, broken: list[str]) -> None:
    """Every now and then some streams break, on the server's side or in the middle of the wire."""
    while True:
        await asyncio.sleep(0.05)
        guests = [each for each in on.platform.channels.registry if each.socket is not None]
        for channel in source.sample(guests, min(len(guests), 8)):
            if source.random() < 0.5:
                channel.socket.close(1001, "idle timeout")
                channel.socket = None
            else:
                channel.socket._abort()
            broken.append(channel.id)


async def let_time_pass(on: Any) -> None:
    """Business time runs four times as fast as this machine's."""
    while True:
        await asyncio.sleep(0.025)
        on.pass_real(0.1)


def test_two_hundred_chats_lose_and_repeat_nothing(scene: Any) -> None:
    broken: list[str] = []

    async def act(on: Any) -> None:
        # aiohttp's client has a hundred connections, unless told otherwise.
        on.client = TestClient(on.client.server, connector=aiohttp.TCPConnector(limit=0))
        noise = [
            asyncio.create_task(break_sockets(on, random.Random(11), broken)),
            asyncio.create_task(let_time_pass(on)),
        ]
        try:
            async with asyncio.timeout(DEADLINE_S):
                listeners = await asyncio.gather(*(talked(scene, on, number) for number in range(CHATS)))
        finally:
            for task in noise:
                task.cancel()
        assert len(broken) > CHATS
        assert sum(each.opened for each in listeners) > CHATS + len(broken) // 2
        for number, listener in enumerate(listeners):
            _, body = await listener.guest.call("GET", "/messages")
            assert "next" not in body
            kept = [each["id"] for each in body["entities"]]
            assert [each["id"] for each in listener.heard] == kept, "the guest's side"
            own = [f"{number}, part {part}" for part in range(SAID)]
            words = [each for each in body["entities"] if each["bodyType"] == "standard"]
            said = [each["body"] for each in words if each["sender"]["id"] == listener.guest.member]
            assert said == [*own, "Goodbye"]
            answers = [each["body"] for each in words if each["sender"]["id"] != listener.guest.member]
            noted = [found[1] for each in answers if (found := re.search(r'noted: "(.+?)"', each))]
            assert noted == own, "the agent's side"
            assert (len(answers), answers[-1]) == (SAID + 2, "You are welcome. Goodbye!")
        await on.client.session.close()

    scene.play(act, rate_per_minute=1_000_000, guest_absent_s=1e6)
