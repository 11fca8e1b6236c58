"""Calls that agents make of themselves, on behalf of one of their queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Call, Part
from gcanalytics.simulator.business.entrance import caller, language
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.business.staff import Agent

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
_REACHED: Final = 0.7


class Outbound:
    """The outbound calls of one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random

    def call(self, call: Call, agent: Agent, at_ms: int) -> None:
        """An idle agent rings a customer up."""
        floor, queue = self._floor, call.queue
        call.direction = "outbound"
        call.language_id = language(self._random, queue)
        call.who = caller(self._random.randrange(60_000))
        floor.calls.append(call)
        agent.take("voice")
        agent.begin(call.id, at_ms, direct=True)
        part = Part(call, agent, call.party(), queue, "voice")
        call.write(at_ms, ledger.CUSTOMER_CALLED, queue_id=queue.id)
        call.write(at_ms, ledger.CALL_DIALLED, part.party, queue.id, agent.user.id)
        if self._random.random() >= _REACHED:
            end_ms = at_ms + self._random.randrange(15_000, 35_000)
            call.write(end_ms, ledger.CALL_FAILED, part.party)
            call.write(end_ms, ledger.CUSTOMER_LEFT, code=ledger.NOT_REACHED)
            call.events.append(Event(end_ms, ledger.AGENT_LEFT, part.party, code=ledger.HUNG_UP))
            floor.at(end_ms + 40, self._free, part, end_ms + 40)
            return
        talk_ms = at_ms + self._random.randrange(4_000, 20_000)
        call.write(talk_ms, ledger.CALL_CONNECTED, part.party)
        mean = queue.demand["voice"].talk_s * agent.user.care
        end_ms = talk_ms + 3_000 + int(floor.lognormal(mean, 0.6) * _SECOND)
        floor.at(end_ms, self._over, part, end_ms)

    def _over(self, part: Part, at_ms: int) -> None:
        if self._random.random() < 0.5:
            self._floor.after_work.leave(part, at_ms, ledger.HUNG_UP, share=0.9)
            part.call.write(at_ms + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)
        else:
            part.call.write(at_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
            self._floor.after_work.leave(part, at_ms + 3, ledger.CUSTOMER_GONE, share=0.9)

    def _free(self, part: Part, at_ms: int) -> None:
        part.agent.end(part.call.id)
        self._floor.freed(part.agent, "voice", at_ms)
