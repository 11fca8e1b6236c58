"""How calls and chats come in: who it is, the telephone menu, and the way into the queue."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Call
from gcanalytics.simulator.business.ledger import planned_id
from gcanalytics.simulator.business.organization import Organization, Queue

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
_IVR_ABANDONS: Final = 0.035
_CALLS_OUT: Final = 0.03
"""Share of the calls of queues that look after their customers in which an agent rings one up."""


class Entrance:
    """The part of the floor's simulation that ends with a queue.

    Args:
        floor: the floor.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random

    def arrive(self, at_ms: int, queue: Queue, media: str) -> None:
        """Somebody calls or opens a chat, aiming at a queue."""
        floor = self._floor
        staffed = floor.staffed(queue) or at_ms < floor.start_ms + 60 * _SECOND
        if media == "chat" and not staffed:
            return  # the portal offers no chat while nobody is there
        call = Call(planned_id(floor.ids.getrandbits(128), floor.number), media, queue, at_ms)
        if media == "voice" and "callback" in queue.demand and self._random.random() < _CALLS_OUT:
            agent = floor.lines.idle(queue)
            if agent is not None:
                floor.outbound.call(call, agent, at_ms)
                return
        call.language_id = language(self._random, queue)
        number = self._random.randrange(60_000)
        call.who = caller(number) if media == "voice" else member(floor.organization, number)
        floor.calls.append(call)
        if media == "voice":
            self._menu(call, at_ms, staffed)
        else:
            call.write(at_ms, ledger.ARRIVED, queue_id=queue.id)
            self._floor.lines.enqueue(call, queue, at_ms + 2)

    def _menu(self, call: Call, at_ms: int, staffed: bool) -> None:
        party = call.party()
        call.write(at_ms - 13, ledger.ARRIVED)
        call.write(at_ms, ledger.MENU_ENTERED, party, code=call.queue.flow.id if call.queue.flow else None)
        call.write(at_ms + self._random.randrange(30, 60), ledger.MENU_OPENED, party)
        connected_ms = at_ms + self._random.randrange(180, 260)
        call.write(connected_ms, ledger.CONNECTED)
        call.write(connected_ms + 2, ledger.MENU_SPOKE, party)
        leave_ms = connected_ms + int(self._floor.lognormal(38, 0.45) * _SECOND)
        if self._random.random() < _IVR_ABANDONS:
            gone_ms = connected_ms + int((leave_ms - connected_ms) * self._random.uniform(0.1, 0.95)) + 500
            call.write(gone_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
            call.write(gone_ms + 4, ledger.MENU_LEFT, party, code=ledger.CUSTOMER_GONE)
        elif not staffed:
            call.write(leave_ms, ledger.MENU_LEFT, party, code=ledger.CLOSED)
            call.write(leave_ms + 5, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)
        else:
            call.write(leave_ms, ledger.MENU_LEFT, party, call.queue.id, code=ledger.TO_QUEUE)
            self._floor.lines.enqueue(call, call.queue, leave_ms + 16)


def language(source: random.Random, queue: Queue) -> str:
    """The language of one who comes to a queue."""
    return source.choices(queue.language_ids, cum_weights=queue.language_bounds)[0]


def caller(number: int) -> tuple[str, str]:
    """Name and address of a caller; the telephone numbers belong to no network."""
    digits = f"48999{number * 7 % 1_000_000:06d}"
    return digits, f"tel:+{digits}"


def member(organization: Organization, number: int) -> tuple[str, str]:
    """Name and address of a member of the customer portal."""
    first = organization.customer_first_names[number % len(organization.customer_first_names)]
    last = organization.customer_last_names[number // 37 % len(organization.customer_last_names)]
    return f"{first} {last}", f"{first} {last}"
