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
_HOLDS: Final = 0.2
_GIVES_UP: Final = 0.03
"""How often the customer is put on hold, and of these how often he hangs up meanwhile."""
_PASSED_ON: Final = 0.05
_UNCALLED: Final = 0.5
"""How often a callback goes on to another queue, and of these how often before anybody has called."""
_MOST_TRANSFERS: Final = 2


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
        """An agent has taken it: he reads, and calls, or passes it on."""
        part = Part(visit.call, agent, party, visit.queue, "callback")
        agent.begin(part.call.id, at_ms)
        reads_ms = self._random.randrange(2_000, 14_000)
        draw = self._random.random()
        part.passes_on = draw < _PASSED_ON
        if draw < _PASSED_ON * _UNCALLED:
            self._floor.at(at_ms + reads_ms, self._read, part, at_ms + reads_ms)
            return
        self._call(part, at_ms, reads_ms, again=True)

    def _read(self, part: Part, at_ms: int) -> None:
        """It is for others to call, if there are any."""
        if not self._pass_on(part, at_ms):
            self._call(part, at_ms, _SECOND, again=True)

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
        part.passes_on = False
        self._done(part, failed_ms + self._random.randrange(800, 5_000))

    def _talk(self, part: Part, at_ms: int) -> None:
        demand = part.queue.demand.get("callback") or part.call.queue.demand["callback"]
        length = self._floor.lognormal(demand.talk_s * part.agent.user.care, 0.6) * _SECOND
        end_ms = at_ms + 3_000 + min(int(length), _LONGEST_MS)
        if part.agent.until_ms:
            end_ms = max(min(end_ms, part.agent.until_ms - _LAST_WORDS_MS), at_ms + 2_000)
        by_agent = self._random.random() < 0.4
        if self._random.random() < _HOLDS and self._hold(part, at_ms, end_ms):
            by_agent = False
        code = ledger.HUNG_UP if by_agent else ledger.CUSTOMER_GONE
        part.call.write(end_ms, ledger.CALL_ENDED, part.party, code=code)
        self._done(part, end_ms + self._random.randrange(300, 2_500))

    def _hold(self, part: Part, at_ms: int, end_ms: int) -> bool:
        """A hold within a call; whether the customer hangs up in it."""
        length = end_ms - at_ms
        held_ms = at_ms + int(length * self._random.uniform(0.1, 0.6))
        part.call.write(held_ms, ledger.HELD, part.party)
        if self._random.random() < _GIVES_UP:
            return True
        back_ms = held_ms + int((end_ms - held_ms) * self._random.uniform(0.1, 0.8))
        part.call.write(back_ms, ledger.RESUMED, part.party)
        return False

    def _done(self, part: Part, at_ms: int) -> None:
        self._floor.at(at_ms, self._leave, part, at_ms)

    def _leave(self, part: Part, at_ms: int) -> None:
        if part.passes_on and self._pass_on(part, at_ms):
            return
        self._floor.after_work.leave(part, at_ms, ledger.HUNG_UP, share=0.97)
        if part.call.media == "callback":
            part.call.write(at_ms + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)

    # Transfers.

    def _others(self, queue: Queue) -> list[Queue]:
        """Where a callback can be passed on to: queues with somebody there who calls back."""
        floor = self._floor
        return [
            each
            for each in floor.organization.queues
            if each is not queue
            and "callback" in each.demand
            and any(
                agent.presence != "OFFLINE" and "callback" in agent.media for agent in floor.members[each.id]
            )
        ]

    def _pass_on(self, part: Part, at_ms: int) -> bool:
        """The callback goes to another queue, one of whose agents calls; not at the end of a day."""
        call, others = part.call, self._others(part.queue)
        if not others or call.transfers >= _MOST_TRANSFERS or at_ms >= self._floor.end_ms:
            return False
        call.transfers += 1
        target = self._random.choice(others)
        call.write(at_ms, ledger.TRANSFERRED, part.party, target.id, code=ledger.BLIND)
        self._floor.after_work.leave(part, at_ms, ledger.BLIND, share=0.5, last=False)
        self._queue(call, target, at_ms + 21, at_ms + 21)
        return True


def _last_ms(window: Window) -> int:
    """The latest instant of a stretch for which a callback is scheduled."""
    return window.end_ms - (_ROOM_IN_THE_MORNING_MS if window.leftovers else _ROOM_MS)
