"""Scripted guests who open chats into a queue, one after the other, to see the queue work.

Meant for the simulator: on a real organisation the chats would reach real agents.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast
from urllib.parse import urlsplit

from gcanalytics.errors import (
    ApiError,
    ConfigurationError,
    ConnectionFailed,
    GenesysError,
    QueryError,
    is_number,
    is_whole,
)
from gcanalytics.guestchat import opening
from gcanalytics.guestchat.chat import GuestChat
from gcanalytics.guestchat.events import Closing, Event, MemberChange, Message
from gcanalytics.guestchat.opening import StartArguments
from gcanalytics.notebook.progress import progress_for
from gcanalytics.settings import hosts, is_loopback

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SWARM", "swarm"]

SWARM: Final[Mapping[str, str]] = {
    "guest": "ordinal",
    "name": "text",
    "conversationId": "text",
    "started_at": "instant",
    "time_to_agent_s": "seconds",
    "duration_s": "seconds",
    "sent": "ordinal",
    "received": "ordinal",
    "outcome": "text",
    "error": "text",
}
"""A row a guest, in the order of their coming: name and kind of each column.

``guest`` counts from 1. ``conversationId`` is null where no chat came about. ``started_at`` is when the guest
asked for the chat. ``time_to_agent_s``: seconds from the open chat to the first agent in it, null without
one. ``duration_s``: seconds from the open chat until the guest was out of it. All three are by this machine's
clock: on a simulator that runs ten times as fast, one second here is ten of its own.
``sent`` and ``received`` count the guest's messages and the others'. ``outcome`` is ``completed`` (all lines
said and answered), ``abandoned`` (no agent came in time), ``unanswered`` (an agent fell silent), ``ended``
(the other side ended it first) or ``failed``, whose ``error`` says why.
"""

SCRIPTS: Final[tuple[tuple[str, ...], ...]] = (
    ("Hello, where is my order?", "And when will it come?", "Thank you!"),
    ("Hi! My invoice looks wrong.", "It has the same item twice.", "Thanks for your help."),
    ("Good day, I cannot log in.", "I have tried a new password already."),
    ("Do you deliver at the weekend?",),
)
"""What guests say where the caller has no script of his own."""

_TICK_S: Final = 0.25  # how soon a guest hears that all shall stop
_MOST: Final = 200
GREETING_S: Final = 2.0
"""How long a guest lets an agent greet first; later, a greeting is taken for an answer."""

ENDING_S: Final = 2.0
"""How long a guest who is refused looks whether the chat has ended."""

Script = Sequence[str] | Callable[[int, random.Random], Sequence[str]]


class Chat(Protocol):
    """What a guest needs of a chat."""

    @property
    def conversation_id(self) -> str:
        """The chat's id."""

    def send(self, text: str) -> Message:
        """Say something."""

    def events(self, timeout_s: float | None = None) -> Iterator[Event]:
        """What happens."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


@dataclass
class Result:
    """How a guest fared; a row of ``SWARM``."""

    guest: int
    name: str
    started_at: int | None = None
    conversationId: str | None = None  # noqa: N815 - the column's name, which is the API's
    time_to_agent_s: float | None = None
    duration_s: float | None = None
    sent: int = 0
    received: int = 0
    outcome: str = "failed"
    error: str | None = None


class _Over(Exception):
    """A chat went another way than the script; its words are the outcome."""


class Guest:
    """One guest: opens a chat, waits for an agent, says its lines and waits for an answer to each.

    Args:
        number: which one, from 1.
        lines: what it says.
        start: opens the chat for a display name.
        patience_s: seconds that it waits for an agent.
        reply_s: seconds that it waits for each answer.
        stop: set when all shall leave.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        number: int,
        lines: Sequence[str],
        start: Callable[[str], Chat],
        *,
        patience_s: float,
        reply_s: float,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.result = Result(number, f"Guest {number}")
        self._lines = lines
        self._start = start
        self._patience_s = patience_s
        self._reply_s = reply_s
        self._stop = stop
        self._clock = clock

    def run(self) -> Result:
        """The whole visit; whatever happens, the chat is left at its end."""
        result = self.result
        if self._stop.is_set():
            return result
        result.started_at = int(datetime.now(UTC).timestamp() * 1000)
        opened = None
        try:
            with self._start(result.name) as chat:
                opened = self._clock()
                result.conversationId = chat.conversation_id
                self._talk(chat, opened)
            result.outcome = "completed"
        except _Over as over:
            result.outcome = str(over)
        except GenesysError as error:
            result.error = f"{type(error).__name__}: {error.message}"
        finally:
            if opened is not None:
                result.duration_s = self._clock() - opened
        return result

    def _talk(self, chat: Chat, opened: float) -> None:
        if not self._until(chat, _agent_is_there, self._patience_s):
            raise _Over("abandoned")
        self.result.time_to_agent_s = self._clock() - opened
        self._until(chat, _others_words, min(GREETING_S, self._reply_s))
        for line in self._lines:
            sent = self._said(chat, line)
            self.result.sent += 1
            if not self._until(chat, _answer_after(sent), self._reply_s):
                raise _Over("unanswered")

    def _said(self, chat: Chat, line: str) -> Message:
        try:
            return chat.send(line)
        except ApiError:
            # The other side may have ended the chat just before, and that is on its way.
            self._until(chat, lambda _: False, ENDING_S)
            raise

    def _until(self, chat: Chat, enough: Callable[[Event], bool], wait_s: float) -> bool:
        """Take events up to one that is enough; False where none comes in time."""
        deadline = self._clock() + wait_s
        while (left_s := deadline - self._clock()) > 0:
            for event in chat.events(timeout_s=min(_TICK_S, left_s)):
                if isinstance(event, Message) and not event.own:
                    self.result.received += 1
                if isinstance(event, Closing) and event.lost:
                    raise ConnectionFailed(event.reason)
                if isinstance(event, Closing) and event.final:
                    raise _Over("ended")
                if enough(event):
                    return True
                if self._stop.is_set() or self._clock() >= deadline:
                    break
            if self._stop.is_set():
                raise _Over("interrupted")
        return False


def _agent_is_there(event: Event) -> bool:
    return isinstance(event, MemberChange) and event.role == "AGENT" and event.state == "CONNECTED"


def _others_words(event: Event) -> bool:
    return isinstance(event, Message) and not event.own


def _answer_after(sent: Message) -> Callable[[Event], bool]:
    """Somebody else's words after the guest's own have come back: a greeting before them answers nothing."""
    echoed = False

    def enough(event: Event) -> bool:
        nonlocal echoed
        if not isinstance(event, Message):
            return False
        echoed = echoed or event.id == sent.id
        return echoed and not event.own

    return enough


def swarm(
    n: int = 20,
    *,
    queue: str,
    rate: float = 60.0,
    script: Script | None = None,
    seed: int = 1,
    at_once: int = 50,
    patience_s: float = 120.0,
    reply_timeout_s: float = 60.0,
    real_organisation: bool = False,
    progress: bool | None = None,
    region: str | None = None,
    environ: Mapping[str, str] | None = None,
    **start: Any,
) -> pd.DataFrame:
    """Send scripted guests into a queue and wait until all are out again: a row a guest.

    ``gca.guestchat.swarm(20, **gc.web_chat, queue="Support")`` on a demo. Interrupting it (the kernel's
    interrupt, Ctrl+C) lets every guest leave first and then raises the KeyboardInterrupt.

    Args:
        n: number of guests, 1 to 1,000.
        queue: the queue's name.
        rate: guests a minute on the average; they come at random (exponential gaps), as callers do.
        script: what each says: a list of lines, or a function of the guest's number and a
            ``random.Random`` that gives one. By default small talk of a shop's customers.
        seed: the same seed gives the same gaps and the same lines.
        at_once: chats at a time, 1 to 200, each with two threads of this process; a guest beyond waits
            outside, before its ``started_at``.
        patience_s: seconds that a guest waits for an agent.
        reply_timeout_s: seconds that a guest waits for each answer.
        real_organisation: that the chats may reach another machine than this one. Real agents would be
            called; so it is refused unless said.
        progress: see :func:`gcanalytics.notebook.progress.progress_for`.
        region: see :meth:`GuestChat.start`.
        environ: see :meth:`GuestChat.start`.
        **start: further arguments of :meth:`GuestChat.start`: ``organization_id``, ``deployment_id``,
            ``skills``, ``retry`` ...

    Returns:
        Columns ``guest``, ``name``, ``conversationId``, ``started_at``, ``time_to_agent_s``, ``duration_s``,
        ``sent``, ``received``, ``outcome``, ``error``; see ``gcanalytics.guestchat.swarms.SWARM``.

    Raises:
        QueryError: an argument is empty, of a wrong kind or out of its range, or the script gives no line;
            no chat was opened.
        ConfigurationError: no region, organisation or deployment is given, or the region is not this
            machine and ``real_organisation`` is not said; no chat was opened.
    """
    _within("n", n, 1, 1000)
    _within("at_once", at_once, 1, _MOST)
    _above_zero(rate=rate, patience_s=patience_s, reply_timeout_s=reply_timeout_s)
    if "display_name" in start:
        raise QueryError("Guests have names of their own (Guest 1, Guest 2 ...); leave out display_name=.")
    region = _this_machine(region, environ, real_organisation)
    told: dict[str, Any] = {"queue": queue, "region": region, "environ": environ, **start}
    strange = sorted(told.keys() - StartArguments.__annotations__.keys())
    if strange:
        raise TypeError(f"swarm() and GuestChat.start() take no {', '.join(strange)}")
    opening.asked(cast("StartArguments", {"display_name": "Guest", **told}))
    random_ = random.Random(seed)
    gaps = [random_.expovariate(rate / 60.0) for _ in range(n)]
    lines = [_lines(script, number, random_) for number in range(1, n + 1)]
    stop = threading.Event()

    def opened(name: str) -> GuestChat:
        return GuestChat.start(display_name=name, **told)

    guests = [
        Guest(number, said, opened, patience_s=patience_s, reply_s=reply_timeout_s, stop=stop)
        for number, said in enumerate(lines, 1)
    ]
    _run(guests, gaps, stop, min(n, at_once), progress)
    from gcanalytics.frames.events import frame

    return frame(SWARM, [vars(guest.result) for guest in guests])


def _run(
    guests: Sequence[Guest], gaps: Sequence[float], stop: threading.Event, at_once: int, progress: bool | None
) -> None:
    """Let the guests in one after the other, and wait for them; whatever happens, all leave."""
    line = progress_for(progress, doing="Guests chatting", unit="guests")
    summary = None
    due = time.monotonic()
    visits: list[Future[Result]] = []

    def out() -> int:
        return sum(visit.done() for visit in visits)

    pool = ThreadPoolExecutor(at_once, thread_name_prefix="gcanalytics-guest")
    try:
        for guest, gap in zip(guests, gaps, strict=True):
            due += gap
            while (left_s := due - time.monotonic()) > 0:
                stop.wait(min(left_s, _TICK_S))
                line.update(out(), len(guests))
            visits.append(pool.submit(guest.run))
        while out() < len(visits):
            stop.wait(_TICK_S)
            line.update(out(), len(guests))
        for visit in visits:
            visit.result()
        done = sum(guest.result.outcome == "completed" for guest in guests)
        summary = f"{len(guests):,} guests, {done:,} of them served."
    finally:
        stop.set()
        pool.shutdown(wait=True)
        line.close(summary)


def _lines(script: Script | None, number: int, random_: random.Random) -> list[str]:
    """What a guest says; checked before anybody comes."""
    if script is None:
        return list(random_.choice(SCRIPTS))
    found = script(number, random_) if callable(script) else script
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise QueryError(f"script= takes a list of lines, not {type(found).__name__}.")
    lines = list(found)
    if not lines or not all(isinstance(line, str) and line.strip() for line in lines):
        raise QueryError(f"The script of guest {number} needs lines, and none may be empty.")
    return lines


def _above_zero(**given: object) -> None:
    for name, value in given.items():
        if not is_number(value) or not value > 0:
            raise QueryError(f"{name}= must be a number above zero, not {value!r}.")


def _within(name: str, value: object, least: int, most: int) -> None:
    if not is_whole(value) or not least <= value <= most:
        raise QueryError(f"{name}= is a whole number from {least:,} to {most:,}, not {value!r}.")


def _this_machine(region: str | None, environ: Mapping[str, str] | None, real: bool) -> str:
    """The region, unless it is another machine and nobody has said that it may be."""
    found = opening.resolved("region", region, environ)
    host = urlsplit(hosts(found)[0]).hostname or ""
    if real is not True and not is_loopback(host):
        raise ConfigurationError(
            f"A swarm of guests would call real agents at {host}.",
            hint="Use the simulator (gca.demo().web_chat), or say real_organisation=True if that is meant.",
        )
    return found
