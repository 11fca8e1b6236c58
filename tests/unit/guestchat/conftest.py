"""A chat of the scripted platform."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

import gcanalytics.guestchat.opening as opening_module
from gcanalytics.guestchat import GuestChat
from gcanalytics.guestchat.acdchat import AcdChat
from gcanalytics.settings import Network
from gcanalytics.transport.listener import StateChange
from gcanalytics.transport.rest import Rest

from .scripted_platform import AGENT, ARGUMENTS, BASE, CREATED, GUEST, Platform, Stream


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    made = Platform()
    made.answer("POST", "/api/v2/webchat/guest/conversations", (200, CREATED))
    made.answer("DELETE", f"{BASE}/members/{GUEST}", (204, b""))
    made.answer("GET", f"{BASE}/members/{GUEST}", (200, {"id": GUEST, "state": "CONNECTED"}))
    made.answer("GET", f"{BASE}/members/{AGENT}", (200, {"id": AGENT, "role": "AGENT", "state": "CONNECTED"}))
    made.answer("GET", f"{BASE}/messages", (200, {"entities": []}))
    made.answer("GET", f"{BASE}/members", (200, {"entities": []}))

    def rest(base_url: str, **options: Any) -> Rest:
        return Rest(base_url, **options, exchange=made(base_url), sleep=made.wait, clock=made.clock)

    monkeypatch.setattr(opening_module, "Rest", rest)
    return made


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    made = Stream(StateChange("open"))

    def listener(connect_uri: Callable[[], str], network: Network) -> Any:
        made.uri = connect_uri()
        return made

    class Scripted:
        """Chats that listen to the script, by the script's clock."""

        create = staticmethod(partial(AcdChat.create, make_listener=listener, clock=made.clock))
        resume = staticmethod(partial(AcdChat.resume, make_listener=listener, clock=made.clock))

    monkeypatch.setattr(opening_module, "AcdChat", Scripted)
    return made


@pytest.fixture
def chat(platform: Platform, stream: Stream) -> Iterator[GuestChat]:
    with GuestChat.start(**ARGUMENTS) as made:
        yield made
