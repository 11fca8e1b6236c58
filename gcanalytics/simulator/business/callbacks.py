"""Callbacks: asked for in the queue or for a certain time, and the calls that agents make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Call, Part, Visit
from gcanalytics.simulator.business.entrance import caller, language, member
from gcanalytics.simulator.business.ledger import Event, planned_id
from gcanalytics.simulator.business.organization import Queue
from gcanalytics.simulator.business.staff import Agent

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
_MINUTE: Final = 60_000
_HOUR: Final = 3_600_000
_LAST_WORDS_MS: Final = 80 * _SECOND
_REACHED: Final = 0.76
_TRIES_AGAIN: Final = 0.45
_LONGEST_MS: Final = 12 * _MINUTE
_ROOM_MS: Final = 25 * _MINUTE
_ROOM_IN_THE_MORNING_MS: Final = 64 * _MINUTE
"""Before the end of a stretch of work in which a callback can still be due. A morning's stretch may be the
last chance, and whoever works in it alone: he may begin an e-mail of 45 minutes just before, and takes on
nothing more in the last 18."""


class Window(Protocol):
    """When somebody can call."""

    @property
    def start_ms(self) -> int:
        """From then."""

    @property
    def end_ms(self) -> int:
        """Until then."""

    @property
    def leftovers(self) -> bool:
        """Whether it is a stretch of a later morning."""


class Callbacks:
    """The callbacks of one floor or desk."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random

    def instead_of_waiting(self, visit: Visit, at_ms: int) -> None:
        """A caller leaves the line, hangs up and keeps his place."""
        call = visit.call
        call.write(at_ms, ledger.DEQUEUED, visit.party, visit.queue.id, code=ledger.CALL_ME_BACK)
        asked_ms = at_ms + self._random.randrange(9_000, 25_000)
        self._queue(call, visit.queue, asked_ms, asked_ms)
        call.write(asked_ms + 900, ledger.CUSTOMER_LEFT, code=ledger.CALL_ME_BACK)

    def arrive(self, at_ms: int, queue: Queue, windows: Sequence[Window]) -> None:
        """A customer asks on the portal to be called at a certain time, today or on a day to come."""
        floor = self._floor
        call = Call(planned_id(floor.ids.getrandbits(128), floor.number), "callback", queue, at_ms)
        call.language_id = language(self._random, queue)
        number = self._random.randrange(60_000)
        call.who = (member(floor.organization, number)[0], caller(number)[1])
        floor.calls.append(call)
        call.write(at_ms, ledger.ARRIVED, queue_id=queue.id)
        self._queue(call, queue, at_ms + 2, self._wished(at_ms, windows))

    def _wished(self, at_ms: int, windows: Sequence[Window]) -> int:
        earliest = at_ms + 40 * _MINUTE
        spans = [(max(each.start_ms, earliest), _last_ms(each)) for each in windows]
        fitting = [(first, last) for first, last in spans if last > first]
        if not fitting:
            return earliest
        # Who is there longer gets more of them.
        [span] = self._random.choices(fitting, [last - first for first, last in fitting])
        return int(self._random.uniform(*span))

    def _queue(self, call: Call, queue: Queue, at_ms: int, due_ms: int) -> None:
        visit = Visit(call, queue, call.party(), due_ms, "callback")
        ahead = due_ms - at_ms or None
        call.events.append(Event(at_ms, ledger.CALLBACK_QUEUED, visit.party, queue.id, amount_ms=ahead))
        self._floor.lines.expect(visit)

    # The agent.

    def answered(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        """An agent has taken it: he reads, and calls."""
        part = Part(visit.call, agent, party, visit.queue, "callback")
        agent.begin(part.call.id, at_ms)
        self._call(part, at_ms, self._random.randrange(2_000, 14_000), again=True)

    def _call(self, part: Part, at_ms: int, reads_ms: int, *, again: bool) -> None:
        call, party = part.call, part.party
        start_ms = at_ms + reads_ms
        dial_ms = start_ms + self._random.randrange(300, 1_600)
        call.write(start_ms, ledger.CALL_STARTED, party)
        call.write(dial_ms, ledger.CALL_DIALLED, party)
        if self._random.random() < _REACHED:
            talk_ms = dial_ms + self._random.randrange(3_000, 22_000)
            call.write(talk_ms, ledger.CALL_CONNECTED, party)
            self._talk(part, talk_ms)
            return
        failed_ms = dial_ms + self._random.randrange(18_000, 32_000)
        call.write(failed_ms, ledger.CALL_FAILED, party)
        if again and self._random.random() < _TRIES_AGAIN:
            self._call(part, failed_ms, self._random.randrange(5_000, 40_000), again=False)
            return
        self._done(part, failed_ms + self._random.randrange(800, 5_000))

    def _talk(self, part: Part, at_ms: int) -> None:
        demand = part.queue.demand.get("callback") or part.call.queue.demand["callback"]
        length = self._floor.lognormal(demand.talk_s * part.agent.user.care, 0.6) * _SECOND
        end_ms = at_ms + 3_000 + min(int(length), _LONGEST_MS)
        if part.agent.until_ms:
            end_ms = max(min(end_ms, part.agent.until_ms - _LAST_WORDS_MS), at_ms + 2_000)
        code = ledger.HUNG_UP if self._random.random() < 0.4 else ledger.CUSTOMER_GONE
        part.call.write(end_ms, ledger.CALL_ENDED, part.party, code=code)
        self._done(part, end_ms + self._random.randrange(300, 2_500))

    def _done(self, part: Part, at_ms: int) -> None:
        self._floor.at(at_ms, self._leave, part, at_ms)

    def _leave(self, part: Part, at_ms: int) -> None:
        self._floor.after_work.leave(part, at_ms, ledger.HUNG_UP, share=0.97)
        if part.call.media == "callback":
            part.call.write(at_ms + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)


def _last_ms(window: Window) -> int:
    """The latest instant of a stretch for which a callback is scheduled."""
    return window.end_ms - (_ROOM_IN_THE_MORNING_MS if window.leftovers else _ROOM_MS)
