"""A background thread that keeps one event stream open and hands its messages on, in order.

It knows heartbeats, reconnects and the platform's system messages, and nothing of what topics mean.
Messages are taken out with ``take`` by one consumer; if the consumer is too slow, the oldest are dropped
and the loss is told in order, as ``Overflow``; where events may have been lost on the way, as ``Doubt``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from gcanalytics.errors import ConfigurationError, ConnectionFailed, GenesysError
from gcanalytics.transport.reconnect import (
    PING,
    SETTLED_S,
    asks_to_reconnect,
    backoff,
    is_fatal,
    is_system,
    watch,
)
from gcanalytics.transport.stream import Stream

if TYPE_CHECKING:
    from gcanalytics.settings import Network

log = logging.getLogger(__name__)

_T = TypeVar("_T")
__all__ = ["Doubt", "Item", "Listener", "Message", "Overflow", "State", "StateChange"]

State = Literal["connecting", "open", "reconnecting", "failed", "stopped"]


_MUCH = 3 << 14
"""Bytes of one read: three quarters of the window of a new connection's receive buffer."""


class _Envelope(msgspec.Struct):
    """The outermost object of a text frame; the body stays JSON until somebody wants it."""

    topic: str | None = msgspec.field(default=None, name="topicName")
    body: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="eventBody")
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    result: msgspec.Raw = msgspec.Raw(b"null")


_envelope = msgspec.json.Decoder(_Envelope)


class Message(msgspec.Struct, frozen=True, gc=False):
    """One event.

    Attributes:
        topic: the topic as it was subscribed.
        raw: the event's body as JSON.
        raw_metadata: CorrelationId and, for guest chats, the type; as JSON.
        received_at: the listener's clock (seconds) when it was read.
    """

    topic: str
    raw: msgspec.Raw
    raw_metadata: msgspec.Raw
    received_at: float = 0.0

    @property
    def body(self) -> Any:
        """The body, decoded anew at each use; None where it has none."""
        return _decoded(self.raw)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata, decoded anew at each use; empty where it has none."""
        read = _decoded(self.raw_metadata)
        return read if isinstance(read, dict) else {}


def _decoded(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


@dataclass(frozen=True, slots=True)
class StateChange:
    """The connection changed.

    Attributes:
        state: connecting, open, reconnecting, failed or stopped.
        attempt: number of the coming attempt, from 1, while reconnecting.
        retry_in_s: seconds until that attempt.
        reason: why, in words without any secret.
        error: the error behind ``failed``.
    """

    state: State
    attempt: int = 0
    retry_in_s: float = 0.0
    reason: str | None = None
    error: GenesysError | None = None


@dataclass(frozen=True, slots=True)
class Overflow:
    """Messages older than the next one were dropped, because nobody took them in time.

    Attributes:
        dropped: how many.
    """

    dropped: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Events may be missing before the next item, though the connection holds.

    Attributes:
        reason: why, in words.
    """

    reason: str


Item = Message | StateChange | Overflow | Doubt


@dataclass(frozen=True, slots=True)
class _End:
    """How a connection ended."""

    reason: str
    at_once: bool = False
    settled: bool = False


class _Reconnect(Exception):
    """The platform asked us to connect again."""


class Listener:
    """Keeps a socket open on a daemon thread; ``take`` gives out what has arrived.

    ``connect_uri`` and ``on_open`` run on the listener's thread. The consumer may be any one thread.
    :meth:`stop` is idempotent and quick; the thread ends with the process in any case.
    """

    def __init__(
        self,
        connect_uri: Callable[[], str],
        *,
        network: Network,
        on_open: Callable[[], None] | None = None,
        queue_size: int = 10_000,
        heartbeat_s: float = 30.0,
        delays: Callable[[int], float] = backoff,
        clock: Callable[[], float] = time.monotonic,
        gather_s: float = 0.05,
        give_up_after: int | None = None,
        heartbeats: bool = False,
    ) -> None:
        """A listener at rest; nothing is opened before :meth:`start`.

        Args:
            connect_uri: asked for the address before every connection; it may create a new channel. An error
                that :func:`is_fatal` ends the listener as ``failed``, any other is retried.
            network: certificate checks and proxy.
            on_open: called after each handshake, before the first message is given out.
            queue_size: most messages that wait for the consumer; beyond it the oldest are dropped.
            heartbeat_s: the platform's heartbeat, seconds.
            delays: seconds to wait before attempt n (from 1).
            clock: monotonic seconds.
            gather_s: pause after each small read (see ``_MUCH``), seconds, so that a busy stream is read in
                few, big wake-ups.
            give_up_after: attempts in a row before ``failed``; None tries for ever.
            heartbeats: whether ``channel.metadata`` is handed on as a message too.
        """
        self._connect_uri = connect_uri
        self._network = network
        self._on_open = on_open
        self._size = queue_size
        self._heartbeat_s = heartbeat_s
        self._delays = delays
        self._clock = clock
        self._gather_s = gather_s
        self._give_up_after = give_up_after
        self._heartbeats = heartbeats
        self._ready = threading.Condition()
        self._items: deque[Item] = deque()
        self._waiting_messages = 0
        self._lost = 0
        self._dropped = 0
        self._malformed = 0
        self._received = 0
        self._heard_at: float | None = None
        self._change = StateChange("connecting")
        self._stopping = threading.Event()
        self._stream: Stream | None = None
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> StateChange:
        """The latest state of the connection."""
        return self._change

    @property
    def received(self) -> int:
        """Messages read so far, heartbeats not counted."""
        return self._received

    @property
    def dropped(self) -> int:
        """Messages dropped so far because the consumer was too slow."""
        return self._dropped

    @property
    def malformed(self) -> int:
        """Messages so far that could not be read, and were left out."""
        return self._malformed

    @property
    def heard_at(self) -> float | None:
        """The clock (seconds) at the last message of any kind, heartbeats included; None before the first."""
        return self._heard_at

    def start(self) -> None:
        """Start listening. A second call does nothing.

        Raises:
            RuntimeError: it was stopped before; make a new one.
        """
        if self._stopping.is_set():
            raise RuntimeError("this listener was stopped; make a new one")
        if self._thread is None:
            self._put([StateChange("connecting")])
            self._thread = threading.Thread(target=self._run, name="gcanalytics-listener", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Close the socket and end the thread, waiting for it at most ``timeout_s`` seconds."""
        self._stopping.set()
        stream = self._stream
        if stream is not None:
            stream.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        self._finish(StateChange("stopped"))

    def take(self, timeout_s: float) -> list[Item]:
        """All that has arrived, in order; waits up to ``timeout_s`` seconds for the first item."""
        with self._ready:
            if not self._items and self._change.state not in {"failed", "stopped"}:
                self._ready.wait(timeout_s)
            items = list(self._items)
            self._items.clear()
            self._waiting_messages = 0
            if self._lost:
                items.insert(0, Overflow(self._lost))
                self._lost = 0
            return items

    def _put(self, items: list[Item]) -> None:
        with self._ready:
            if self._change.state in {"failed", "stopped"}:
                return
            for item in items:
                if isinstance(item, Doubt) and self._items and self._items[-1] == item:
                    continue
                if isinstance(item, StateChange):
                    self._change = item
                elif isinstance(item, Message):
                    self._waiting_messages += 1
                self._items.append(item)
            while self._waiting_messages > self._size:
                self._drop_oldest()
            self._ready.notify_all()

    def _drop_oldest(self) -> None:
        for index, item in enumerate(self._items):
            if isinstance(item, Message):
                del self._items[index]
                break
        self._waiting_messages -= 1
        self._lost += 1
        self._dropped += 1

    def _finish(self, change: StateChange) -> None:
        """The last word: nothing is put behind ``failed`` or ``stopped``."""
        self._put([change])

    def _run(self) -> None:
        attempt = 0
        try:
            while not self._stopping.is_set():
                end = self._one_connection()
                if end is None or self._stopping.is_set():
                    return
                attempt = 0 if end.settled else attempt
                delay = 0.0 if end.at_once and attempt == 0 else self._delays(attempt + 1)
                attempt += 1
                if self._give_up_after is not None and attempt > self._give_up_after:
                    self._finish(StateChange("failed", reason=end.reason, error=ConnectionFailed(end.reason)))
                    return
                log.info("event stream: %s Attempt %d in %.1f s.", end.reason, attempt, delay)
                self._put([StateChange("reconnecting", attempt, delay, end.reason)])
                self._stopping.wait(delay)
        finally:
            if not self._stopping.is_set():
                self._finish(StateChange("failed", reason="The listening thread ended unexpectedly."))

    def _one_connection(self) -> _End | None:
        """Connect and read to the end of the connection; None where there is no use in another one."""
        opened_at: float | None = None
        try:
            uri = _from_caller(self._connect_uri, "connect_uri")
            self._stream = stream = Stream.open(uri, network=self._network)
            opened_at = self._clock()
            if self._on_open is not None:
                _from_caller(self._on_open, "on_open")
            self._put([StateChange("open")])
            self._read(stream)
            return None
        except _Reconnect as asked:
            return _End(str(asked), at_once=True, settled=self._settled(opened_at))
        except GenesysError as error:
            if is_fatal(error):
                log.warning("event stream failed: %s", error.message)
                self._finish(StateChange("failed", reason=error.message, error=error))
                return None
            return _End(error.message, settled=self._settled(opened_at))
        finally:
            if self._stream is not None:
                self._stream.close()
                self._stream = None

    def _settled(self, opened_at: float | None) -> bool:
        return opened_at is not None and self._clock() - opened_at >= SETTLED_S

    def _read(self, stream: Stream) -> None:
        heard = self._clock()
        pinged = False
        while not self._stopping.is_set():
            action, wait_s = watch(self._clock() - heard, heartbeat_s=self._heartbeat_s, pinged=pinged)
            if action == "dead":
                raise ConnectionFailed(f"Nothing was heard for {2 * self._heartbeat_s:g} s.")
            if action == "ping":
                stream.send(PING)
                pinged = True
                continue
            raw = stream.read(wait_s)
            if not raw:
                continue
            if pinged:  # a heartbeat was due before: what should have come with it may be lost
                self._put([Doubt(f"nothing was heard for {self._clock() - heard:.0f} s")])
            heard, pinged = self._clock(), False
            self._heard_at = heard
            self._hand_on(raw, heard)
            # A big read may have emptied a full buffer: with a pause after each of those, the system takes
            # the buffer for big enough, and no more than it holds comes through in each pause.
            if sum(map(len, raw)) < _MUCH:
                self._stopping.wait(self._gather_s)

    def _hand_on(self, raw: list[bytes], now: float) -> None:
        """Decode, keep the platform's own messages to ourselves, hand on the rest."""
        messages: list[Item] = []
        asked: str | None = None
        for text in raw:
            try:
                # The socket's library does not check UTF-8, and a body that stays JSON is not looked into.
                if not text.isascii():
                    str(text, "utf-8")
                envelope = _envelope.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._malformed += 1
                log.warning("event stream: left out a message of %d bytes that is no event", len(text))
                messages.append(Doubt("a message could not be read"))
                continue
            topic = envelope.topic
            system = topic is None or is_system(topic)
            if system:
                asked = asked or asks_to_reconnect(topic, _decoded(envelope.result))
            if topic is not None and (not system or self._is_heartbeat(topic)):
                messages.append(Message(topic, envelope.body, envelope.metadata, now))
        self._received += sum(isinstance(item, Message) for item in messages)
        if messages:
            self._put(messages)
        if asked:
            raise _Reconnect(asked)

    def _is_heartbeat(self, topic: str) -> bool:
        return self._heartbeats and topic.casefold() == "channel.metadata"


def _from_caller(callback: Callable[[], _T], name: str) -> _T:
    """Call back; what goes wrong there ends the listener as ``failed`` and is not lost with the thread."""
    try:
        return callback()
    except GenesysError:
        raise
    except Exception as error:
        log.exception("%s failed", name)
        raise ConfigurationError(f"{name} failed: {type(error).__name__}: {error}") from error
