"""The listening thread: order, heartbeats, reconnects, overflow, ends. And the pure decisions behind it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    GenesysError,
    PermissionDenied,
)
from gcanalytics.settings import Network
from gcanalytics.transport.listener import Item, Listener, Message, Overflow, StateChange
from gcanalytics.transport.reconnect import asks_to_reconnect, backoff, is_fatal, watch

DEADLINE_S = 10.0


def hold(peer: Any) -> None:
    peer.shake_hands()
    peer.until_gone()


def events(*numbers: int, then: Callable[[Any], None] | None = None) -> Callable[[Any], None]:
    def script(peer: Any) -> None:
        peer.shake_hands()
        for number in numbers:
            peer.event("v2.a", {"n": number})
        (then or Listening.until_gone)(peer)

    return script


class Listening:
    """A listener and all that it has given out."""

    def __init__(self, connect_uri: str | Callable[[], str], **chosen: Any) -> None:
        uri = connect_uri if callable(connect_uri) else lambda: connect_uri
        options: dict[str, Any] = {
            "delays": lambda attempt: 0.0,
            "gather_s": 0.0,
            "network": Network(),
        } | chosen
        self.listener = Listener(uri, **options)
        self.items: list[Item] = []

    @staticmethod
    def until_gone(peer: Any) -> None:
        peer.until_gone()

    def until(self, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not enough():
            assert time.monotonic() < deadline, f"only saw {self.items}"
            self.items += self.listener.take(0.2)

    @property
    def numbers(self) -> list[int]:
        return [item.body["n"] for item in self.items if isinstance(item, Message)]

    @property
    def states(self) -> list[str]:
        return [item.state for item in self.items if isinstance(item, StateChange)]


@contextmanager
def listening(connect_uri: str | Callable[[], str], **options: Any) -> Iterator[Listening]:
    running = Listening(connect_uri, **options)
    running.listener.start()
    try:
        yield running
    finally:
        running.listener.stop()


def test_events_come_out_in_order_behind_the_opening(serve: Any) -> None:
    with listening(serve(events(*range(200))).uri) as seen:
        seen.until(lambda: len(seen.numbers) == 200)
    assert seen.numbers == list(range(200))
    assert seen.states[:2] == ["connecting", "open"]
    assert seen.listener.received == 200


def test_on_open_runs_before_the_first_message_is_given_out(serve: Any) -> None:
    order: list[str] = []
    with listening(serve(events(1)).uri, on_open=lambda: order.append("open")) as seen:
        seen.until(lambda: seen.numbers == [1])
        order.append("message")
    assert order == ["open", "message"]


def test_a_cut_connection_is_told_and_opened_again(serve: Any) -> None:
    server = serve(events(1, then=lambda peer: None), events(2, then=lambda peer: None), events(3))
    with listening(server.uri) as seen:
        seen.until(lambda: seen.numbers == [1, 2, 3])
    assert seen.states == ["connecting", "open", "reconnecting", "open", "reconnecting", "open"]
    attempts = [item.attempt for item in seen.items if isinstance(item, StateChange) and item.attempt]
    assert attempts == [1, 2]


def test_a_series_of_attempts_waits_as_delays_say_and_the_consumer_sees_it(serve: Any) -> None:
    asked: list[int] = []

    def delays(attempt: int) -> float:
        asked.append(attempt)
        return 0.001 * attempt

    server = serve(lambda peer: peer.shake_hands("503 Unavailable"), lambda peer: None, hold)
    with listening(server.uri, delays=delays) as seen:
        seen.until(lambda: "open" in seen.states)
    assert asked == [1, 2]
    waits = [item.retry_in_s for item in seen.items if isinstance(item, StateChange) and item.attempt]
    assert waits == [0.001, 0.002]


def test_a_connection_that_lived_ends_the_series_of_attempts(serve: Any) -> None:
    now = [0.0]
    asked: list[int] = []

    def long_lived(peer: Any) -> None:
        peer.shake_hands()
        peer.event("v2.a", {"n": 1})
        peer.receive()

    def delays(attempt: int) -> float:
        asked.append(attempt)
        return 0.0

    server = serve(lambda peer: None, long_lived, events(2))
    with listening(server.uri, delays=delays, clock=lambda: now[0]) as seen:
        seen.until(lambda: seen.numbers == [1])
        now[0] += 3600
        stream = seen.listener._stream  # the clock is ours, so is the waking
        assert stream is not None
        stream.wake()
        seen.until(lambda: seen.numbers == [1, 2])
    assert asked == [1, 1]


@pytest.mark.parametrize("topic", ["v2.system.socket_closing", "v2.system.no_longer_subscribed.x"])
def test_the_announced_end_is_followed_by_a_new_connection_without_delay(serve: Any, topic: str) -> None:
    server = serve(events(1, then=lambda peer: (peer.event(topic), peer.until_gone())[0]), events(2))
    with listening(server.uri, delays=lambda attempt: 60.0) as seen:
        seen.until(lambda: seen.numbers == [1, 2])
    assert "reconnecting" in seen.states
    assert not server.errors


def test_a_server_that_announces_its_end_at_every_turn_is_not_hammered(serve: Any) -> None:
    server = serve(events(then=lambda peer: (peer.event("v2.system.socket_closing"), peer.until_gone())[0]))
    with listening(server.uri, delays=lambda attempt: 60.0) as seen:
        seen.until(lambda: seen.states.count("reconnecting") == 2)
    assert server.connections == 2


def test_silence_brings_a_ping_and_then_a_new_connection(serve: Any) -> None:
    pings: list[bytes] = []

    def silent(peer: Any) -> None:
        peer.shake_hands()
        pings.append(peer.receive()[1])
        peer.until_gone()

    with listening(serve(silent, events(1)).uri, heartbeat_s=0.1) as seen:
        seen.until(lambda: seen.numbers == [1])
    assert pings == [b'{"message":"ping"}']
    assert "Nothing was heard" in str(
        next(i for i in seen.items if isinstance(i, StateChange) and i.attempt).reason
    )


def test_heartbeats_and_pongs_keep_a_quiet_connection_and_are_not_given_out(serve: Any) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.heartbeat()
        for _ in range(3):
            assert peer.receive() == (1, b'{"message":"ping"}')
            peer.event("channel.metadata", {"message": "pong"})
        peer.event("v2.a", {"n": 1})
        peer.until_gone()

    server = serve(script)
    with listening(server.uri, heartbeat_s=0.2) as seen:
        seen.until(lambda: seen.numbers == [1])
    assert server.connections == 1
    assert seen.listener.heard_at is not None


def test_heartbeats_are_given_out_in_their_place_where_they_are_asked_for(serve: Any) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.event("v2.a", {"n": 1})
        peer.heartbeat()
        peer.event("v2.system.something", {})
        peer.event("v2.a", {"n": 2})
        peer.until_gone()

    with listening(serve(script).uri, heartbeats=True) as seen:
        seen.until(lambda: len([item for item in seen.items if isinstance(item, Message)]) == 3)
    told = [item.topic for item in seen.items if isinstance(item, Message)]
    assert told == ["v2.a", "channel.metadata", "v2.a"]


def test_broken_messages_are_counted_and_the_rest_goes_on(
    serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.text('{"topicName": "v2.a", "eventBody": {"n": ')
        peer.text(b'{"topicName": "v2.a", "eventBody": {"n": "\xff\xfe"}}')
        peer.text("[]")
        peer.text('{"result":"200","status":"subscribed"}')
        peer.text('{"topicName": 7}')
        peer.event("v2.a", {"n": 1})
        peer.event("v2.a", {"n": 1})
        peer.until_gone()

    with caplog.at_level(logging.WARNING), listening(serve(script).uri) as seen:
        seen.until(lambda: seen.numbers == [1, 1])
    assert seen.listener.malformed == 4
    assert "v2.a" not in caplog.text


def test_a_consumer_that_sleeps_loses_the_oldest_and_is_told_how_many(serve: Any) -> None:
    with listening(serve(events(*range(100))).uri, queue_size=10) as seen:
        deadline = time.monotonic() + DEADLINE_S
        while seen.listener.received < 100:
            assert time.monotonic() < deadline
            seen.listener._stopping.wait(0.01)
        seen.until(lambda: len(seen.numbers) == 10)
    assert seen.numbers == list(range(90, 100))
    assert seen.items[0] == Overflow(90)
    assert "open" in seen.states
    assert seen.listener.dropped == 90


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationError("no"),
        PermissionDenied("no", status=403),
        ConfigurationError("no"),
        ApiError("no", status=400),
    ],
)
def test_what_no_retry_can_heal_fails_at_once(error: GenesysError) -> None:
    calls: list[int] = []

    def connect_uri() -> str:
        calls.append(1)
        raise error

    with listening(connect_uri) as seen:
        seen.until(lambda: "failed" in seen.states)
    assert calls == [1]
    assert seen.listener.state.error is error
    assert seen.listener.take(60) == []


def test_a_refused_handshake_fails_and_is_not_tried_again(serve: Any) -> None:
    server = serve(lambda peer: peer.shake_hands("401 Unauthorized"))
    with listening(server.uri) as seen:
        seen.until(lambda: "failed" in seen.states)
    assert server.connections == 1


def test_a_fault_in_the_callback_is_seen_and_not_lost_with_the_thread() -> None:
    def connect_uri() -> str:
        raise ZeroDivisionError("mine")

    with listening(connect_uri) as seen:
        seen.until(lambda: "failed" in seen.states)
    assert "ZeroDivisionError" in str(seen.listener.state.reason)


def test_attempts_end_where_a_limit_is_set() -> None:
    def connect_uri() -> str:
        raise ConnectionFailed("no answer")

    with listening(connect_uri, give_up_after=2) as seen:
        seen.until(lambda: "failed" in seen.states)
    assert seen.states == ["connecting", "reconnecting", "reconnecting", "failed"]


@pytest.mark.parametrize("waiting", ["for a message", "before an attempt"])
def test_stop_is_quick_and_idempotent_and_the_last_word(serve: Any, waiting: str) -> None:
    server = serve(hold if waiting == "for a message" else lambda peer: None)
    running = Listening(server.uri, delays=lambda attempt: 3600.0)
    running.listener.start()
    running.listener.start()
    running.until(lambda: ("open" if waiting == "for a message" else "reconnecting") in running.states)
    began = time.monotonic()
    running.listener.stop()
    running.listener.stop()
    assert time.monotonic() - began < DEADLINE_S  # and no heartbeat or hour later
    running.until(lambda: "stopped" in running.states)
    assert not [t for t in threading.enumerate() if t.name == "gcanalytics-listener"]
    with pytest.raises(RuntimeError):
        running.listener.start()


def test_stop_before_start_is_fine() -> None:
    listener = Listener(lambda: "", network=Network())
    listener.stop()
    assert listener.state.state == "stopped"


@pytest.mark.parametrize(
    ("silent_s", "pinged", "action", "wait_s"),
    [
        (0.0, False, "wait", 37.5),
        (37.4, False, "wait", 0.1),
        (37.5, False, "ping", 0.0),
        (37.5, True, "wait", 22.5),
        (60.0, True, "dead", 0.0),
        (60.0, False, "dead", 0.0),
    ],
)
def test_the_watch_over_silence(silent_s: float, pinged: bool, action: str, wait_s: float) -> None:
    did, waits = watch(silent_s, heartbeat_s=30.0, pinged=pinged)
    assert did == action
    assert waits == pytest.approx(wait_s)


def test_backoff_doubles_up_to_a_minute_and_is_never_the_same() -> None:
    for attempt, longest in [(1, 1), (2, 2), (3, 4), (7, 60), (5000, 60)]:
        drawn = [backoff(attempt) for _ in range(200)]
        assert longest / 2 <= min(drawn) < max(drawn) <= longest


@pytest.mark.parametrize(
    ("error", "fatal"),
    [
        (ApiError("x", status=404), False),
        (ApiError("x", status=429), False),
        (ApiError("x", status=503), False),
        (ApiError("x"), False),
        (ConnectionFailed("x"), False),
        (ApiError("x", status=400), True),
        (AuthenticationError("x", status=401), True),
        (OSError(), False),
    ],
)
def test_which_errors_are_fatal(error: Exception, fatal: bool) -> None:
    assert is_fatal(error) is fatal


@pytest.mark.parametrize(
    ("envelope", "asks"),
    [
        ({"topicName": "v2.system.socket_closing"}, True),
        ({"topicName": "V2.System.Socket_Closing", "eventBody": {"reason": "x"}}, True),
        ({"topicName": "v2.system.token_revoked.1"}, True),
        ({"result": "404", "message": "gone"}, True),
        ({"result": "400", "status": "error"}, False),
        ({"topicName": "v2.users.1.presence"}, False),
        ({}, False),
    ],
)
def test_which_messages_ask_for_a_new_connection(envelope: dict[str, Any], asks: bool) -> None:
    assert bool(asks_to_reconnect(envelope.get("topicName"), envelope.get("result"))) is asks
