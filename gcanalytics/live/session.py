"""A live session: subscribe, open the socket, read the present by REST, fold events, heal after gaps.

Two threads: the listener's, which connects and reads, and the session's, which folds and asks REST. Nobody
here paints; ``LiveState`` is read under ``lock``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from gcanalytics.api import channels
from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    GenesysError,
    IncompletePull,
    PermissionDenied,
    RateLimited,
)
from gcanalytics.transport.listener import Doubt, Item, Listener, Message, Overflow, StateChange
from gcanalytics.transport.reconnect import backoff

from . import snapshot
from .interruptible import Interruptible
from .shapes import Agent, Connection, Gap
from .state import LiveState

if TYPE_CHECKING:
    from gcanalytics.settings import Network
    from gcanalytics.transport.rest import Rest

__all__ = ["Connection", "Session"]

log = logging.getLogger(__name__)

GATHER_S = 0.1
AGENTS_EVERY_S = 5.0
DRIFT_S = 15.0
REREAD_EVERY_S = 60.0
REREAD_AT_MOST_EVERY_S = 2.0
CHORES_EVERY_S = 1.0


class Session:
    """Keeps a :class:`LiveState` up to date.

    Args:
        rest: the transport.
        network: for the socket.
        queues: queue id to name.
        clock: monotonic seconds.
        agents_every_s: pause between polls of the agents, where their topics are too many or refused;
            seconds, not less than 5.
        listener: further options of the listener.

    Attributes:
        state: the reducer; hold ``lock`` while reading it.
        ready: set once the first snapshot is in, or the session has failed.
        over: set once it is stopped or has failed.
        gaps: the times without events.
    """

    def __init__(
        self,
        rest: Rest,
        network: Network,
        queues: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        agents_every_s: float = AGENTS_EVERY_S,
        pace_s: float = 0.1,
        listener: Mapping[str, Any] | None = None,
    ) -> None:
        self.queues = dict(queues)
        self.state = LiveState(self.queues, clock=clock)
        self.lock = threading.RLock()
        self.ready = threading.Event()
        self.over = threading.Event()
        self.gaps: list[Gap] = []
        self._clock = clock
        self._stop = threading.Event()
        self._rest = cast("Rest", Interruptible(rest, self._stop))
        options = {"gather_s": GATHER_S, **(listener or {})}
        self._listener = Listener(self._connect_uri, network=network, clock=clock, **options)
        self._agents_every_s = max(AGENTS_EVERY_S, agents_every_s)
        self._pace_s = pace_s
        self._channel: channels.Channel | None = None
        self._topics: list[str] = []
        self._subscribing = threading.Lock()
        self._lost_kinds: set[str] = set()
        self._polling = False
        self._agents_due = 0.0
        self._renew_at = 0.0
        self._buffer: deque[Message] = deque(maxlen=10_000)
        self._snapshot_at: float | None = None
        self._failures = 0
        self._read_at: float | None = None
        self._denied = False
        self._agreed_at = 0.0
        self._chores_at = 0.0
        self._lost: tuple[float, str] | None = None
        self._connection = Connection("connecting")
        self._failure: GenesysError | None = None
        self._thread: threading.Thread | None = None

    @property
    def connection(self) -> Connection:
        """How the session stands."""
        return self._connection

    @property
    def known(self) -> bool:
        """Whether the present was ever read, so that a zero means none."""
        return self._read_at is not None and not self._denied

    @property
    def received(self) -> int:
        """Events received so far."""
        return self._listener.received

    @property
    def dropped(self) -> int:
        """Events dropped so far because they came faster than they could be folded."""
        return self._listener.dropped

    @property
    def malformed(self) -> int:
        """Messages so far that could not be read."""
        return self._listener.malformed + self.state.unreadable

    @property
    def silent_s(self) -> float | None:
        """Seconds since the last message of any kind; None before the first."""
        heard = self._listener.heard_at
        return None if heard is None else max(0.0, self._clock() - heard)

    @property
    def retry_in_s(self) -> float | None:
        """Seconds until the next attempt to connect or to read; None where none is planned."""
        retry_at = self._connection.retry_at
        return None if retry_at is None else max(0.0, retry_at - self._clock())

    @property
    def failure(self) -> GenesysError | None:
        """The error that ended the session, if one did."""
        return self._failure

    def start(self) -> None:
        """Start both threads. A second call does nothing."""
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._run, name="gcanalytics-live", daemon=True)
            self._listener.start()
            self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Close the socket and end both threads, waiting at most ``timeout_s`` for each. Idempotent."""
        self._stop.set()
        self._listener.stop(timeout_s)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        if self._connection.phase != "failed":
            self._connection = Connection("stopped")
        self.over.set()
        self.ready.set()

    # ---- on the listener's thread

    def _connect_uri(self) -> str:
        """The channel's address: of the one we have if it still takes our topics, else of a new one."""
        if self._channel is not None:
            try:
                self._subscribe(self._channel)
                return self._channel.connect_uri
            except (AuthenticationError, RateLimited):
                raise
            except ApiError as error:
                if error.status is None or error.status >= 500:
                    raise
                self._channel = None  # gone, or of a token that has ended
        self._topics = self._wanted_topics()
        channel = channels.create(self._rest)
        self._subscribe(channel)
        self._channel = channel
        return channel.connect_uri

    def _wanted_topics(self) -> list[str]:
        """The queues' topics, and the agents' where a channel has room for them."""
        members = self._agents()
        with self.lock:
            if members is not None:
                self.state.replace_agents(members)
        topics = []
        for queue_id in self.queues:
            topics.append(f"v2.routing.queues.{queue_id}.conversations")
            topics.append(f"v2.routing.queues.{queue_id}.users")
            topics.append(f"v2.analytics.queues.{queue_id}.observations")
        statuses = [f"v2.users.{agent.user_id}.routingStatus" for agent in members or ()]
        self._polling = members is not None and len(topics) + len(statuses) > channels.TOPICS_PER_CHANNEL
        return topics if self._polling else topics + statuses

    def _agents(self) -> tuple[Agent, ...] | None:
        def short(error: IncompletePull) -> None:
            with self.lock:
                self.state.note("note", f"agents may be missing: {error.message}")

        return snapshot.agents(self._rest, self.queues, on_short=short)

    def _subscribe(self, channel: channels.Channel, *, add: bool = False) -> None:
        """Subscribe; all but the queues' conversations may be refused."""
        with self._subscribing:  # the listener's thread and the session's both do this
            answers = channels.subscribe(
                self._rest, channel.id, self._topics, replace=not add, ignore_errors=True
            )
            channels.demand(
                answer for answer in answers if answer.topic.casefold().endswith(".conversations")
            )
            self._note_lost(channels.lost_kinds(answers))
            refused = {answer.topic.casefold() for answer in answers if not answer.permitted}
            self._polling = self._polling or any(topic.startswith("v2.users.") for topic in refused)
            self._topics = [topic for topic in self._topics if topic.casefold() not in refused]
            self._renew_at = self._clock() + channel.life_s / 2

    def _note_lost(self, kinds: Mapping[str, str]) -> None:
        """Say once what will not come; the view goes on without."""
        with self.lock:
            for word in kinds.keys() - self._lost_kinds:
                self._lost_kinds.add(word)
                self.state.note("note", f"no events of {word}: {kinds[word]}")

    # ---- on the session's thread

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and not self.over.is_set():
                self._take(self._listener.take(0.25))
                if self._snapshot_at is not None and self._clock() >= self._snapshot_at:
                    self._read_present()
                self._chores()
                self._stop.wait(self._pace_s)
        finally:
            if not self._stop.is_set() and not self.over.is_set():
                self._fail("The session ended unexpectedly; the log has the cause.")

    def _take(self, items: list[Item]) -> None:
        with self.lock:
            for item in items:
                if isinstance(item, StateChange):
                    self._changed(item)
                elif isinstance(item, Overflow):
                    self._doubt(f"{item.dropped} events dropped")
                elif isinstance(item, Doubt):
                    self._doubt(item.reason)
                elif self._snapshot_at is not None:
                    self._buffer.append(item)
                else:
                    self.state.fold(item.topic, item.raw)

    def _changed(self, change: StateChange) -> None:
        if change.state == "open":
            self._failures = 0
            self._connection = Connection("connecting", "reading the present")
            self._want_snapshot()
        elif change.state == "reconnecting":
            reason = change.reason or "the connection was lost"
            self._lost = self._lost or (time.time(), reason)
            self._snapshot_at = None
            retry_at = self._clock() + change.retry_in_s
            self._connection = Connection("reconnecting", reason, retry_at, change.attempt)
            self.state.note("connection", f"reconnecting (attempt {change.attempt}): {reason}")
        elif change.state == "failed":
            self._fail(change.reason or "failed", change.error)

    def _doubt(self, reason: str) -> None:
        """Events may be missing: a gap until the present is read again, every few seconds at most."""
        if self._snapshot_at is None:
            self.state.note("connection", f"{reason}; reading the present again")
            self._lost = self._lost or (time.time(), reason)
            self._want_snapshot()
            self._snapshot_at = max(self._clock(), (self._read_at or 0.0) + REREAD_AT_MOST_EVERY_S)

    def _fail(self, reason: str, error: GenesysError | None = None) -> None:
        self._failure = error
        with self.lock:
            self.state.note("connection", f"failed: {reason}")
        self._connection = Connection("failed", reason)
        self.over.set()
        self.ready.set()

    def _want_snapshot(self) -> None:
        if self._snapshot_at is None:
            self._buffer.clear()
            self._snapshot_at = self._clock()

    def _read_present(self) -> None:
        """Read the snapshot while events queue up, let it replace the state, then fold what came since."""
        try:
            present = snapshot.conversations(self._rest, list(self.queues))
            present = replace(present, agents=self._agents())
        except PermissionDenied as error:
            said = error.server_message or error.message
            with self.lock:
                self._denied = True
                self.state.note("note", f"only what changes from now on is shown: {said}")
                self._present(f"the present could not be read, a permission is missing: {said}")
            return
        except GenesysError as error:
            if self._stop.is_set():
                return
            if isinstance(error, AuthenticationError):
                self._listener.stop()
                self._fail(error.message, error)
                return
            self._failures += 1
            wait_s = backoff(self._failures)
            self._snapshot_at = self._clock() + wait_s
            detail = f"the present could not be read: {error.message}"
            self._connection = Connection("stale", detail, self._snapshot_at, self._failures)
            log.warning("live view: %s", detail)
            return
        with self.lock:
            self.state.replace(present)
            self._denied = False
            self._present("")

    def _present(self, detail: str) -> None:
        """The present is known again: fold what was buffered, note the end of a gap."""
        self._snapshot_at = None
        self._failures = 0
        self._read_at = self._agreed_at = self._clock()
        for message in self._buffer:
            self.state.fold(message.topic, message.raw)
        self._buffer.clear()
        if self._lost is not None:
            began, reason = self._lost
            self.gaps.append(Gap(began, time.time(), reason))
            self.state.note("connection", f"live again after a gap of {time.time() - began:.1f} s")
            self._lost = None
        elif not self.ready.is_set():
            self.state.note("connection", "live")
        self._connection = Connection("live", detail)
        self.ready.set()

    def _chores(self) -> None:
        """What is due between events; an error of REST here is no reason to stop watching."""
        now = self._clock()
        if self._connection.phase != "live" or now < self._chores_at:
            return
        self._chores_at = now + CHORES_EVERY_S
        with self.lock:
            if not self.state.differs():
                self._agreed_at = now
            strangers = {user_id for user_id, agent in self.state.agents.items() if agent.name is None}
            unknown = not self.state.agents_known
        if now - self._agreed_at >= DRIFT_S and now - (self._read_at or 0.0) >= REREAD_EVERY_S:
            with self.lock:
                self.state.note("note", "the platform counts otherwise than its events said; reading again")
                self._want_snapshot()
        try:
            if now >= self._renew_at and self._channel is not None:
                self._renew_at = now + 60
                self._subscribe(self._channel, add=True)
            if (self._polling or strangers or unknown) and now >= self._agents_due:
                self._agents_due = now + self._agents_every_s
                if unknown:
                    self._count_agents()
                else:
                    self._read_agents(strangers)
        except GenesysError as error:
            if not self._stop.is_set():
                log.warning("live view: %s", error.message)

    def _count_agents(self) -> None:
        """Where members may not be read, the queues' own counts of routing statuses are all there is."""
        present = snapshot.conversations(self._rest, list(self.queues))
        with self.lock:
            self.state.statuses = dict(present.statuses)

    def _read_agents(self, strangers: Collection[str]) -> None:
        members = self._agents()
        if members is None:
            self._polling = False
            return
        with self.lock:
            self.state.replace_agents(members)
        room = channels.TOPICS_PER_CHANNEL - len(self._topics)
        wanted = (f"v2.users.{user_id}.routingStatus" for user_id in strangers)
        new = [topic for topic in wanted if topic not in self._topics]
        if new and not self._polling and self._channel is not None:
            if len(new) <= room:
                self._topics += new
                self._subscribe(self._channel, add=True)
            else:
                self._polling = True
