"""A platform and an event stream that play what a test puts in, and remember what they were asked."""

import json
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from gcanalytics.guestchat import GuestChat
from gcanalytics.transport.exchange import NoAnswer, Outgoing
from gcanalytics.transport.listener import Item, State, StateChange
from gcanalytics.transport.listener import Message as Frame
from gcanalytics.transport.response import ApiResponse, Headers

CHAT, GUEST, AGENT = "c4c2e5a6", "8dd184ac", "6408f799"
JWT = "eyJhbGciOi.secret.token"
BASE = f"/api/v2/webchat/guest/conversations/{CHAT}"
CREATED = {
    "id": CHAT,
    "jwt": JWT,
    "eventStreamUri": f"wss://streaming.mypurecloud.ie/{JWT}",
    "member": {"id": GUEST},
}
ARGUMENTS: dict[str, Any] = {
    "region": "eu_west_1",
    "organization_id": "org",
    "deployment_id": "deployment",
    "queue": "Support",
    "display_name": "Ada",
}

Answer = tuple[int, Any] | NoAnswer


class Platform:
    """Answers requests from a table of path suffixes, and remembers them."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], deque[Answer]] = {}
        self.asked: list[tuple[Outgoing, str]] = []
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        """Stands in for sleeping."""
        self.waits.append(round(seconds, 6))

    def clock(self) -> float:
        """Seconds; they pass by waiting alone."""
        return 100.0 + sum(self.waits)

    def answer(self, method: str, path: str, *answers: Answer) -> None:
        """What comes back, one after the other; the last one for ever."""
        self.answers[method, path] = deque(answers)

    def __call__(self, base_url: str) -> Callable[[Outgoing], ApiResponse]:
        def exchange(outgoing: Outgoing) -> ApiResponse:
            self.asked.append((outgoing, base_url))
            waiting = self.answers[outgoing.method, outgoing.path]
            found = waiting.popleft() if len(waiting) > 1 else waiting[0]
            if isinstance(found, NoAnswer):
                raise found
            status, body = found
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = Headers({"ININ-Correlation-Id": "d11bd3b3", "Content-Type": "application/json"})
            return ApiResponse(status, "Words", headers, outgoing.method, outgoing.path, content)

        return exchange

    def requests(self, method: str, path: str) -> list[Outgoing]:
        return [each for each, _ in self.asked if (each.method, each.path) == (method, path)]


class Stream:
    """Stands in for the Listener: gives out what the test puts in."""

    def __init__(self, *at_start: Item) -> None:
        self.uri = ""
        self.items: deque[Item] = deque(at_start)
        self.stopped = False
        self.now = 100.0
        self._arrived = threading.Event()
        self._state = StateChange("connecting")

    def clock(self) -> float:
        """Seconds; they pass where the test says so."""
        return self.now

    def start(self) -> None:
        if self._state.state == "open":  # another chat of the same test
            self.items.appendleft(self._state)

    def stop(self, timeout_s: float = 2.0) -> None:
        self.stopped = True
        self._arrived.set()

    def put(self, item: Item) -> None:
        """An item arrives; who waits for one is woken."""
        self.items.append(item)
        self._arrived.set()

    def take(self, timeout_s: float) -> list[Item]:
        if not self.items and not self.stopped:
            self._arrived.wait(timeout_s)
        self._arrived.clear()
        items = list(self.items)
        self.items.clear()
        for item in items:
            if isinstance(item, StateChange):
                self._state = item
        return items

    @property
    def state(self) -> StateChange:
        return self._state

    def event(self, kind: str, **body: Any) -> None:
        topic = "members" if kind == "member-change" else "messages"
        self.put(frame(topic, {"conversation": {"id": CHAT}, **body}, type=kind))

    def said(self, number: int, sender: str = AGENT, **more: Any) -> None:
        self.event("message", **message(number, sender), **more)

    def changed(self, state: State, **more: Any) -> None:
        self.put(StateChange(state, **more))


def frame(topic: str, body: Any, **metadata: str) -> Frame:
    """An event as the listener hands it on."""
    raw, raw_metadata = (msgspec.Raw(msgspec.json.encode(each)) for each in (body, metadata))
    return Frame(f"v2.conversations.chats.{CHAT}.{topic}", raw, raw_metadata)


def heartbeat() -> Frame:
    """A heartbeat as the listener hands it on."""
    raw = msgspec.Raw(msgspec.json.encode({"message": "WebSocket Heartbeat"}))
    return Frame("channel.metadata", raw, msgspec.Raw(b"null"))


def message(number: int, sender: str = AGENT, kind: str = "standard") -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "sender": {"id": sender},
        "body": f"word {number}",
        "bodyType": kind,
        "timestamp": f"2019-06-18T16:59:{number:02}.277Z",
    }


def events(chat: GuestChat) -> list[Any]:
    return list(chat.events(timeout_s=0))
