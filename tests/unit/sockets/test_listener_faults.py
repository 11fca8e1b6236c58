"""The listener under random faults, in injected time: no event is missing without a word."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.errors import ConnectionFailed
from gcanalytics.settings import Network
from gcanalytics.transport import listener as module
from gcanalytics.transport.listener import Doubt, Item, Listener, Message, StateChange
from gcanalytics.transport.reconnect import PING

HEARTBEAT_S = 30.0
BEAT = b'{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}'


@dataclass
class Platform:
    """Sends numbered events over one connection after the other, as a script says.

    A step is a word and a number: ``send`` n events at once; ``malformed``, the next one comes as half a
    text; ``twice``, the next one comes twice; ``swapped``, the next two change places; ``silent`` so many
    seconds, in which three events are lost; ``close``, three are lost until the next connection; ``refuse``,
    no connection once; ``beat``, a heartbeat after 30 s.
    """

    steps: list[tuple[str, float]]
    now: float = 0.0
    number: int = 0
    lost: set[int] = field(default_factory=set)
    pings: int = 0

    def event(self) -> bytes:
        self.number += 1
        return json.dumps({"topicName": "v2.a", "eventBody": {"n": self.number}}).encode()

    def lose(self, count: int) -> None:
        self.lost.update(range(self.number + 1, self.number + count + 1))
        self.number += count

    def open(self, *_: Any, **__: Any) -> "Platform":
        if self.steps and self.steps[0][0] == "refuse":
            self.steps.pop(0)
            raise ConnectionFailed("refused")
        return self

    def read(self, timeout_s: float) -> list[bytes]:
        if not self.steps:
            raise _Over
        word, count = self.steps.pop(0)
        match word:
            case "send":
                return [self.event() for _ in range(int(count))]
            case "twice":
                return [self.event()] * 2
            case "swapped":
                return [self.event(), self.event()][::-1]
            case "malformed":
                self.lost.add(self.number + 1)
                return [self.event()[:20], self.event()]
            case "beat":
                return self._pass(min(HEARTBEAT_S, timeout_s)) or [BEAT]
            case "silent":
                if count > timeout_s:  # the reader is told that time is up, and reads on
                    self.steps.insert(0, ("silent", count - timeout_s))
                    return self._pass(timeout_s)
                self.lose(3)
                return self._pass(count) or [self.event()]
        self.lose(3)
        raise ConnectionFailed("closed")

    def _pass(self, seconds: float) -> list[bytes]:
        self.now += seconds
        return []

    def send(self, text: str) -> None:
        assert text == PING
        self.pings += 1

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Over(Exception):
    """The script has ended."""


def run(steps: Sequence[tuple[str, float]]) -> tuple[Platform, list[Item]]:
    platform = Platform(list(steps))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "Stream", platform)
        listener = Listener(
            lambda: "ws://127.0.0.1/x",
            network=Network(),
            delays=lambda _: 0.0,
            clock=lambda: platform.now,
            gather_s=0.0,
        )
        with pytest.raises(_Over):
            listener._run()  # on the test's own thread: no time passes but the platform's
    return platform, listener.take(0.0)


STEPS = st.lists(
    st.tuples(st.just("send"), st.integers(1, 20))
    | st.tuples(st.sampled_from(["malformed", "twice", "swapped", "close", "refuse", "beat"]), st.just(1))
    | st.tuples(st.just("silent"), st.integers(38, 150)),
    max_size=30,
)


@given(STEPS)
def test_every_event_comes_or_it_is_said_that_some_may_be_missing(steps: list[tuple[str, float]]) -> None:
    platform, items = run([*steps, ("send", 1)])
    came = [item.body["n"] for item in items if isinstance(item, Message)]
    assert set(came) == set(range(1, platform.number + 1)) - platform.lost
    twice = sum(word == "twice" for word, _ in steps)
    assert len(came) - len(set(came)) == twice  # those that the platform sent twice, and no other
    # Nothing is lost between two messages without a word between them.
    before, said = 0, True
    for item in items:
        if not isinstance(item, Message):
            said = said or isinstance(item, Doubt) or (isinstance(item, StateChange) and item.state == "open")
            continue
        number = item.body["n"]
        between = platform.lost & set(range(before + 1, number))
        assert said or not between, f"{sorted(between)} are missing without a word before {number}"
        before, said = max(before, number), False


def test_a_silence_shorter_than_a_heartbeat_is_none() -> None:
    platform, items = run([("beat", 1), ("beat", 1), ("send", 2)])
    assert [type(item) for item in items] == [StateChange, Message, Message, StateChange]
    assert platform.pings == 0


def test_a_heartbeat_that_did_not_come_leaves_a_doubt() -> None:
    platform, items = run([("silent", 45), ("send", 1)])
    assert platform.pings == 1
    assert [item.reason for item in items if isinstance(item, Doubt)] == ["nothing was heard for 45 s"]


def test_two_heartbeats_that_did_not_come_end_the_connection() -> None:
    _, items = run([("silent", 75), ("send", 1)])
    assert "reconnecting" in [item.state for item in items if isinstance(item, StateChange)]


def test_many_unreadable_messages_are_one_doubt() -> None:
    _, items = run([("malformed", 1)] * 3 + [("send", 1)])
    assert sum(isinstance(item, Doubt) for item in items) == 3  # a readable one stands between them
    platform = Platform([])
    listener = Listener(platform.event, network=Network())  # type: ignore[arg-type]
    listener._hand_on([b"{", b"[", b"x"], 0.0)
    assert listener.take(0.0) == [Doubt("a message could not be read")]


class Pauses:
    """In the place of the event that stops a listener: notes the pauses, and stops it at the end."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.over = False

    def is_set(self) -> bool:
        return self.over

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def test_no_pause_follows_a_read_that_may_have_emptied_a_full_buffer() -> None:
    event = json.dumps({"topicName": "v2.a", "eventBody": {"text": "x" * 5000}}).encode()
    reads = [[event] * 100, [event] * 12, [event] * 9, [event] * 10, [event] * 2]
    after: list[int] = []
    pauses = Pauses()

    class Backlog:
        def read(self, timeout_s: float) -> list[bytes]:
            after.append(len(pauses.waits))
            pauses.over = len(after) > len(reads)
            return [] if pauses.over else reads[len(after) - 1]

    listener = Listener(lambda: "", network=Network(), gather_s=0.5)
    listener._stopping = pauses  # type: ignore[assignment]
    listener._read(Backlog())  # type: ignore[arg-type]
    assert after == [0, 0, 0, 1, 1, 2]
    assert pauses.waits == [0.5, 0.5]
    assert listener.received == sum(map(len, reads))
