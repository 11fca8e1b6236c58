"""Two hundred guests at once, whose streams break at random: every message once, in order, on both sides."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gcanalytics.guestchat import Closing, Event, GuestChat, Joined, Left, MemberChange, Message
from gcanalytics.simulator import Simulator

from .guests import SETTINGS, is_answer, start

pytestmark = pytest.mark.fixed_settings("token_life_s", reason="a guest's token ends the chat with it")
GUESTS = 200
LINES = 4
DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    with Simulator(seed=7, days=1, speed=10, settings=SETTINGS) as running:
        yield running


class Guest:
    """Says its lines, listens all the while, and leaves when it has heard an answer to the last."""

    def __init__(self, platform: Simulator, number: int) -> None:
        self.random = random.Random(number)
        self.name = f"Guest {number}"
        self.heard: list[Event] = []
        self.sent: list[str] = []
        self.events_at_cut = 0
        self._platform = platform
        self.chat: GuestChat | None = None

    def open(self) -> None:
        self.chat = start(
            self._platform,
            display_name=self.name,
            open_timeout_s=DEADLINE_S,
            timeout_s=(DEADLINE_S, DEADLINE_S),
        )

    def talk(self) -> list[Any]:
        """The whole visit; the messages that the platform has of it."""
        assert self.chat is not None
        self._listen(is_answer)  # the greeting
        for number in range(LINES):
            self.sent.append(self.chat.send(f"{self.name}, line {number}?").id)
            if self.random.random() < 0.5:
                self._listen(None, self.random.random())
        last = f"line {LINES - 1}?"
        self._listen(lambda event: is_answer(event) and last in event.body)
        self.chat.leave()
        self._listen(lambda event: isinstance(event, Closing) and event.final)
        said = self.chat.messages()
        self.chat.close()
        return said

    def _listen(self, enough: Any, for_s: float | None = None) -> None:
        assert self.chat is not None
        if enough is not None and any(enough(event) for event in self.heard):
            return
        end = time.monotonic() + (DEADLINE_S if for_s is None else for_s)
        while (left_s := end - time.monotonic()) > 0:
            for event in self.chat.events(timeout_s=left_s):
                self.heard.append(event)
                if enough is not None and enough(event):
                    return
                if time.monotonic() > end:
                    break
        if enough is not None:
            raise AssertionError(f"{self.name} waited in vain after {len(self.heard)} events")

    @property
    def events(self) -> int:
        """How much was heard, cuts apart."""
        return sum(not isinstance(each, Closing) for each in list(self.heard))

    def cut(self) -> None:
        """Break its connection as a network does, without a word."""
        self.events_at_cut = self.events
        protocol: Any = self.chat and self.chat._protocol
        stream = protocol and protocol._listener._stream
        if stream is not None:
            try:
                stream._inbox._sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed already


def break_streams(platform: Simulator, guests: list[Guest], done: threading.Event) -> int:
    """Cut connections at random until all is said: one by one from here, now and then all from there.

    Who has heard nothing since his last cut is spared, or a slow machine would never get anywhere.
    """
    chance = random.Random(200)
    rounds = last = 0
    while not done.wait(0.1):
        rounds += 1
        moved = [guest for guest in guests if guest.events > guest.events_at_cut]
        for guest in chance.sample(moved, min(8, len(moved))):
            guest.cut()
        if rounds - last >= 20 and len(moved) > GUESTS / 2:
            last = rounds
            platform.faults([{"action": "close_sockets", "code": chance.choice([1001, 1011, 1012])}])
    return rounds


def test_every_message_comes_once_and_in_order_on_both_sides(platform: Simulator) -> None:
    guests = [Guest(platform, number) for number in range(GUESTS)]
    done = threading.Event()
    with ThreadPoolExecutor(GUESTS + 1) as pool:
        list(pool.map(Guest.open, guests))
        breaking = pool.submit(break_streams, platform, guests, done)
        try:
            kept = list(pool.map(Guest.talk, guests))
        finally:
            done.set()
        assert breaking.result() > 0
    for guest, said in zip(guests, kept, strict=True):
        heard = [each for each in guest.heard if isinstance(each, Message | Joined | Left)]
        assert heard == said[: len(heard)]
        assert any(isinstance(each, Left) and each.member_id == said[0].member_id for each in heard)
        own = [each.id for each in said if isinstance(each, Message) and each.own]
        assert own == guest.sent
        assert any(
            isinstance(each, MemberChange) and each.role == "AGENT" and each.state == "CONNECTED"
            for each in guest.heard
        )
        ids = [each.id if isinstance(each, Message) else each.message_id for each in said]
        assert len(set(ids)) == len(ids)
        answers = [each.body for each in heard if isinstance(each, Message) and not each.own]
        order = [number for answer in answers for number in range(LINES) if f"line {number}?" in answer]
        assert order == list(range(LINES))
        assert all(guest.name in answer for answer in answers)
    cuts = sum(isinstance(each, Closing) and not each.final for guest in guests for each in guest.heard)
    assert cuts > GUESTS / 2
