"""How an agent's part ends: he leaves, writes his wrap-up or does so days later, and is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Part
from gcanalytics.simulator.business.ledger import Event

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
WRAP_UP_TIMEOUT_MS: Final = 60_000
"""After-call work that nobody ends is ended by the system."""


class AfterWork:
    """The after-call work on one floor, of all media."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random

    def leave(self, part: Part, at_ms: int, code: str, *, share: float, last: bool = True) -> None:
        """The agent's connection ends; after-call work follows or not, then he is free.

        Args:
            part: who leaves what.
            at_ms: when.
            code: of the ledger's AGENT_LEFT.
            share: how often after-call work follows.
            last: whether nobody goes on after him; only then may the wrap-up come late.
        """
        call = part.call
        codes = part.queue.wrapup_code_ids
        late = last and bool(codes) and self._random.random() < self._floor.course.late_share
        after_work = not late and self._random.random() < share
        call.events.append(Event(at_ms, ledger.AGENT_LEFT, part.party, code=code, after_work=after_work))
        free_ms = at_ms + 40
        if after_work:
            free_ms = self._wrap_up(part, at_ms)
        elif late:
            # He skips it, and writes it hours to days later.
            late_ms = free_ms + int(self._random.uniform(1, 40) * 3_600_000)
            amount = self._random.randrange(5_000, 60_000)
            wrap_up = self._random.choice(codes)
            call.events.append(
                Event(late_ms, ledger.LATE_WRAP_UP, part.party, code=wrap_up, amount_ms=amount)
            )
        self._floor.at(free_ms, self._free, part, free_ms)

    def _wrap_up(self, part: Part, at_ms: int) -> int:
        """Write down the after-call work that begins now; its end."""
        demand = part.queue.demand.get(part.media) or part.call.queue.demand[part.media]
        codes = part.queue.wrapup_code_ids
        care = part.agent.user.care
        work_ms = int(self._floor.lognormal(demand.after_work_s * care, 0.75) * _SECOND)
        code = self._random.choice(codes) if codes else ledger.WRAP_UP_TIMEOUT
        if work_ms >= WRAP_UP_TIMEOUT_MS:
            work_ms, code = WRAP_UP_TIMEOUT_MS, ledger.WRAP_UP_TIMEOUT
        free_ms = at_ms + max(work_ms, 700)
        part.call.write(free_ms, ledger.WRAPPED_UP, part.party, code=code)
        return free_ms

    def _free(self, part: Part, at_ms: int) -> None:
        part.agent.end(part.call.id)
        self._floor.freed(part.agent, part.media, at_ms)
