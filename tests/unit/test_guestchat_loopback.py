"""The guest chat over real HTTP and a real socket, against a few routes written for this test alone."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from gcanalytics.guestchat import Closing, GuestChat, Message

DEADLINE_S = 10.0
CHAT, GUEST, AGENT, JWT = "c4c2e5a6", "8dd184ac", "6408f799", "eyJhbGciOi.loop.back"


class Desk:
    """A platform with one chat: keeps what was said, tells it on the socket, and can hang up."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.upgrades = 0
        self.seen = threading.Semaphore(0)
        self.lose_answers = False
        self.loop = asyncio.new_event_loop()
        self.api = ""

    def app(self) -> web.Application:
        base = "/api/v2/webchat/guest/conversations"
        app = web.Application()
        app.router.add_post(base, self.create)
        app.router.add_get(f"{base}/{CHAT}/messages", self.list)
        app.router.add_post(f"{base}/{CHAT}/members/{GUEST}/messages", self.take)
        app.router.add_get(f"{base}/{CHAT}/members/{GUEST}", self.guest)
        app.router.add_get(f"{base}/{CHAT}/members", self.members)
        app.router.add_delete(f"{base}/{CHAT}/members/{GUEST}", self.leave)
        app.router.add_get("/stream", self.stream)
        return app

    async def create(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("Authorization"))
        uri = f"{self.api.replace('http', 'ws')}/stream"
        return web.json_response(
            {"id": CHAT, "jwt": JWT, "eventStreamUri": uri, "member": {"id": GUEST}},
            headers={"ININ-Correlation-Id": "loop"},
        )

    async def list(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("Authorization"))
        return web.json_response({"entities": self.said})

    async def take(self, request: web.Request) -> web.Response:
        message = await self.say(GUEST, (await request.json())["body"])
        if self.lose_answers:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(message)

    async def guest(self, request: web.Request) -> web.Response:
        return web.json_response({"id": GUEST, "state": "CONNECTED"})

    async def members(self, request: web.Request) -> web.Response:
        return web.json_response({"entities": [{"id": GUEST, "state": "CONNECTED"}]})

    async def leave(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        self.upgrades += 1
        await socket.prepare(request)
        self.sockets.append(socket)
        self.seen.release()
        async for _ in socket:
            pass
        return socket

    async def say(self, sender: str, body: str, *, aloud: bool = True) -> dict[str, Any]:
        message = {
            "id": f"m{len(self.said) + 1}", "conversation": {"id": CHAT}, "sender": {"id": sender},
            "body": body, "bodyType": "standard", "timestamp": "2019-06-18T16:59:22.277Z",
        }  # fmt: skip
        self.said.append(message)
        topic = f"v2.conversations.chats.{CHAT}.messages"
        for socket in self.sockets if aloud else []:
            if not socket.closed:
                await socket.send_json(
                    {
                        "topicName": topic,
                        "version": "2",
                        "eventBody": message,
                        "metadata": {"type": "message"},
                    }
                )
        return message

    async def hang_up(self) -> None:
        await self.sockets[-1].close(code=1001)

    def do(self, work: Any) -> Any:
        """Run a coroutine on the server's thread and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(DEADLINE_S)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    thread = threading.Thread(target=made.loop.run_forever, daemon=True)
    thread.start()
    runner = web.AppRunner(made.app(), shutdown_timeout=0.5)

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        made.api = f"http://{host}:{port}"

    made.do(start())
    yield made
    made.do(runner.cleanup())
    made.loop.call_soon_threadsafe(made.loop.stop)
    thread.join(DEADLINE_S)
    made.loop.close()


def opened(desk: Desk) -> GuestChat:
    return GuestChat.start(
        region=desk.api, organization_id="org", deployment_id="d", queue="Support", display_name="Ada"
    )


def upto(chat: GuestChat, message_id: str) -> list[Any]:
    """The events of a chat up to a message."""
    found = []
    for event in chat.events(timeout_s=DEADLINE_S):
        found.append(event)
        if isinstance(event, Message) and event.id == message_id:
            return found
    raise AssertionError(f"{message_id} never came")


def test_a_guest_hears_itself_and_the_agent(desk: Desk) -> None:
    with opened(desk) as chat:
        assert desk.upgrades == 1  # the stream was open before start() returned
        assert desk.seen.acquire(timeout=DEADLINE_S)
        sent = chat.send("Dzień dobry ☕")
        desk.do(desk.say(AGENT, "Hello!"))
        own, agents = upto(chat, "m2")
        assert (own.id, own.body, own.own) == (sent.id, "Dzień dobry ☕", True)
        assert (agents.body, agents.own) == ("Hello!", False)
        assert [each.own for each in chat.messages() if isinstance(each, Message)] == [True, False]
    assert desk.tokens == [None, f"Bearer {JWT}"]
    assert chat.created.correlation_id == "loop"


def test_what_is_said_while_the_stream_is_cut_comes_once_and_in_order(desk: Desk) -> None:
    with opened(desk) as chat:
        assert desk.seen.acquire(timeout=DEADLINE_S)
        desk.do(desk.say(AGENT, "one"))
        upto(chat, "m1")
        desk.do(desk.hang_up())
        desk.do(desk.say(AGENT, "two", aloud=False))
        assert desk.seen.acquire(timeout=DEADLINE_S)
        desk.do(desk.say(AGENT, "three"))
        closing, two, three = upto(chat, "m3")
        assert isinstance(closing, Closing)
        assert not closing.final
        assert (two.body, three.body) == ("two", "three")


def test_a_message_whose_answer_was_lost_is_found_and_there_once(desk: Desk) -> None:
    with opened(desk) as chat:
        desk.lose_answers = True
        sent = chat.with_http_info.send("Are you there?")
        assert (sent.body.id, sent.method) == ("m1", "GET")
        assert [each.body for each in chat.messages() if isinstance(each, Message)] == ["Are you there?"]
