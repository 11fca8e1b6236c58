"""The one consumer of a chat's events: in order, each once, to a loop or to callbacks on a thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from gcanalytics.errors import GenesysError, QueryError
from gcanalytics.guestchat.calls import Standing
from gcanalytics.guestchat.events import Closing, Event, Heartbeat
from gcanalytics.guestchat.protocol import ChatProtocol
from gcanalytics.guestchat.transcript import Record

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 3600.0
_JOIN_S = 2.0
_LOOK_S = 0.2  # seconds between two looks whether the callbacks were stopped
_AGAIN_S = 5.0  # after an error of the platform, seconds until the thread asks again
Callback = Callable[[Event], object]


class EventCallback:
    """A callback that is told a chat's events; see :meth:`gcanalytics.GuestChat.on_event`."""

    def __init__(self, call: Callback, heartbeats: bool, stop: Callable[[EventCallback], None]) -> None:
        self.call = call
        self.heartbeats = heartbeats
        self.told = True
        self._stop = stop

    def stop(self) -> None:
        """Tell it no further event. Idempotent; may be called in the callback itself."""
        self._stop(self)

    def __repr__(self) -> str:
        what = getattr(self.call, "__qualname__", type(self.call).__name__)
        return f"<EventCallback of {what}, {'told every event' if self.told else 'stopped'}>"


class Intake:
    """Takes a chat's events out of its protocol.

    Args:
        protocol: the chat.
        standing: is told when the events are over.
        record: hears every event.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        protocol: ChatProtocol,
        standing: Standing,
        record: Record,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._protocol = protocol
        self._standing = standing
        self._record = record
        self._clock = clock
        self._pending: deque[Event] = deque()
        self._taking = threading.Lock()
        self._callbacks: list[EventCallback] = []
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._changing = threading.Lock()

    def next(self, timeout_s: float | None, *, heartbeats: bool) -> Event | None:
        """The next event; None where none came in time or none will.

        Raises:
            QueryError: callbacks take the events.
            ApiError: see :meth:`gcanalytics.guestchat.acdchat.AcdChat.take`.
        """
        if self._callbacks and threading.current_thread() is not self._thread:
            raise QueryError(
                "This chat's events go to callbacks; each event is given once.",
                hint="Stop the callbacks before asking for events().",
            )
        deadline = None if timeout_s is None else self._clock() + timeout_s
        while True:
            event = self._first(heartbeats)
            if event is not None or self._standing.over or self._standing.closed:
                return event
            left_s = _LONGEST_WAIT_S if deadline is None else deadline - self._clock()
            wait_s = min(max(0.0, left_s), _LONGEST_WAIT_S)
            self.take(wait_s, reading=True)
            if not self._pending and deadline is not None and self._clock() >= deadline:
                return None

    def _first(self, heartbeats: bool) -> Event | None:
        """The oldest event that waits; heartbeats that nobody asked for are dropped."""
        while True:
            try:
                event = self._pending.popleft()
            except IndexError:
                return None
            if heartbeats or not isinstance(event, Heartbeat):
                return event

    def take(self, wait_s: float, *, reading: bool = False) -> None:
        """Take in what happens next, for a reader and for a widget: one thread at a time.

        Both keep what they take for the reader; one whose turn comes late may have it already.
        """
        if not self._taking.acquire(timeout=wait_s):
            return
        try:
            if self._standing.over or self._standing.closed or (reading and self._pending):
                return
            for event in self._protocol.take(wait_s):
                self._record.heard(event)
                self._pending.append(event)
                if isinstance(event, Closing) and event.final:
                    self._standing.over, self._standing.lost = True, event.lost
        finally:
            self._taking.release()

    def tell(self, call: Callback, *, heartbeats: bool) -> EventCallback:
        """Tell a callback every event from now on; the first one starts the thread.

        Raises:
            QueryError: it cannot be called.
        """
        if not callable(call):
            raise QueryError(f"on_event() takes a function, not {type(call).__name__}.")
        told = EventCallback(call, heartbeats, self._forget)
        with self._changing:
            self._callbacks = [*self._callbacks, told]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gcanalytics-guest-chat", daemon=True)
                self._thread.start()
        return told

    def stop(self, timeout_s: float = _JOIN_S) -> None:
        """End the thread, waiting for it at most so many seconds."""
        self._stopped.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def _forget(self, told: EventCallback) -> None:
        told.told = False
        with self._changing:
            self._callbacks = [each for each in self._callbacks if each is not told]
            last = self._thread if not self._callbacks else None
        if last is not None and last is not threading.current_thread():
            last.join(_JOIN_S)  # it may hold an event, which goes back to the reader

    def _run(self) -> None:
        while self._has_work():
            try:
                event = self.next(_LOOK_S, heartbeats=True)
            except GenesysError as error:
                log.warning("guest chat: no events at the moment: %s", error.message)
                self._stopped.wait(_AGAIN_S)
                continue
            if event is not None:
                self._hand_out(event)

    def _has_work(self) -> bool:
        """Whether the thread goes on; where it does not, the next callback starts another one."""
        with self._changing:
            over = self._standing.over and not self._pending
            if self._callbacks and not (over or self._standing.closed or self._stopped.is_set()):
                return True
            self._thread = None
            for told in self._callbacks:
                told.told = False
            self._callbacks = []
            return False

    def _hand_out(self, event: Event) -> None:
        callbacks = self._callbacks
        if not callbacks:  # the last one was stopped meanwhile; events() shall have it
            self._pending.appendleft(event)
        for told in callbacks:
            if told.heartbeats or not isinstance(event, Heartbeat):
                try:
                    told.call(event)
                except Exception:
                    # The user's own code: the others, and the events behind, shall not suffer for it.
                    log.exception("guest chat: a callback failed")
