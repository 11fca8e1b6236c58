"""Messages and e-mails: how they come in, and what an agent does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Call, Part, Visit
from gcanalytics.simulator.business.entrance import caller, language, member
from gcanalytics.simulator.business.ledger import Letter, planned_id
from gcanalytics.simulator.business.organization import Queue
from gcanalytics.simulator.business.staff import Agent

if TYPE_CHECKING:
    from gcanalytics.simulator.business.desk import Desk

_SECOND: Final = 1000
_HOUR: Final = 3_600_000
_SERVICES: Final = {
    "webmessaging": 50, "whatsapp": 20, "sms": 12, "facebook": 10, "open": 5, "instagram": 3,
}  # fmt: skip
"""The service that a message comes over, in the platform's spelling, and how often."""
_SUBJECTS: Final = ("Question about {}", "{}: please help", "Complaint about {}", "My {}", "{} again")
_LAST_WORDS_MS: Final = 80 * _SECOND
"""Left for the after-call work of one whose stretch at the desk ends."""
_LONGEST_MS: Final = 45 * 60 * _SECOND
_TRANSFERS: Final = 0.06
_PARKS: Final = 0.14
_MOST_TRANSFERS: Final = 2
_IDLE_MS: Final = 12 * _HOUR
"""A message in which nobody has written for so long is closed."""
_REOPENS: Final = 0.7
_MOST_REOPENS: Final = 3


class Correspondence:
    """The messages and e-mails of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._random = desk.random
        self._reopened: dict[str, int] = {}

    def arrive(self, at_ms: int, queue: Queue, medium: str) -> None:
        """Somebody writes; at night too."""
        desk = self._desk
        call = Call(planned_id(desk.ids.getrandbits(128), desk.number), medium, queue, at_ms)
        call.language_id = language(self._random, queue)
        number = self._random.randrange(60_000)
        name = member(desk.organization, number)[0]
        if medium == "email":
            address = f"{name.lower().replace(' ', '.')}@customer.example"
            call.who = (name, address)
            call.letter = self._letter(queue, address)
        else:
            call.message_type = self._random.choices(list(_SERVICES), list(_SERVICES.values()))[0]
            by_number = call.message_type in {"sms", "whatsapp"}
            call.who = (name, caller(number)[1].removeprefix("tel:") if by_number else call.id)
        desk.calls.append(call)
        call.write(at_ms, ledger.ARRIVED, queue_id=queue.id)
        desk.lines.enqueue(call, queue, at_ms + 2)

    def _letter(self, queue: Queue, address: str) -> Letter:
        skills = [each.name for each in self._desk.organization.skills if each.id in queue.skill_ids]
        about = self._random.choice(skills or [queue.name]).lower()
        subject = self._random.choice(_SUBJECTS).format(about)
        cc = (f"family.{address}",) if self._random.random() < 0.12 else ()
        return Letter(subject[0].upper() + subject[1:], address, queue.email or "", cc)

    # The agent.

    def answered(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        """An agent has taken it, for the first time or again."""
        part = Part(visit.call, agent, party, visit.queue, visit.media)
        agent.begin(part.call.id, at_ms)
        self._work(part, at_ms)

    def _work(self, part: Part, at_ms: int) -> None:
        """Choose how this goes on, and write it down up to its end."""
        call, message = part.call, part.media == "message"
        demand = part.queue.demand.get(part.media) or call.queue.demand[part.media]
        length = self._desk.lognormal(demand.talk_s * part.agent.user.care, 0.7) * _SECOND
        end_ms = self._limited(part, at_ms, at_ms + 4_000 + min(int(length), _LONGEST_MS))
        draw = self._random.random()
        if draw < _TRANSFERS and self._pass_on(part, at_ms, end_ms):
            return
        if message:
            self._exchange(part, at_ms, end_ms)
            if draw < _TRANSFERS + _PARKS and self._park(part, end_ms):
                return
        elif draw < 0.9:
            call.write(end_ms - 200, ledger.AGENT_WROTE, part.party)
        self._desk.at(end_ms, self._finish, part, end_ms)

    @staticmethod
    def _limited(part: Part, at_ms: int, end_ms: int) -> int:
        """The end, if his stretch at the desk allows it; else its own end."""
        until_ms = part.agent.until_ms
        return max(min(end_ms, until_ms - _LAST_WORDS_MS), at_ms + 3_000) if until_ms else end_ms

    def _exchange(self, part: Part, start_ms: int, end_ms: int) -> None:
        """Agent and customer write in turn, the agent first."""
        span = end_ms - start_ms - 400
        moments = sorted(self._random.random() for _ in range(self._random.randrange(1, 7)))
        for turn, moment in enumerate(moments):
            at_ms = start_ms + 200 + int(span * moment)
            kind, party = (ledger.CUSTOMER_WROTE, 0) if turn % 2 else (ledger.AGENT_WROTE, part.party)
            part.call.write(at_ms, kind, party)

    def _finish(self, part: Part, at_ms: int) -> None:
        """Somebody leaves; of a message perhaps the agent alone, for the time being."""
        call, draw = part.call, self._random.random()
        leave = self._desk.after_work.leave
        if part.media == "email" or draw < 0.4:
            leave(part, at_ms, ledger.HUNG_UP, share=0.9)
            call.write(at_ms + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)
        elif draw < 0.58:
            call.write(at_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
            leave(part, at_ms + 3, ledger.CUSTOMER_GONE, share=0.85)
        elif draw < 0.68:
            call.write(at_ms, ledger.CUSTOMER_LEFT, code=ledger.INACTIVE)
            leave(part, at_ms + 3, ledger.CUSTOMER_GONE, share=0.85)
        else:
            leave(part, at_ms, ledger.HUNG_UP, share=0.9, last=False)
            self._go_idle(part, at_ms)

    # Transfers.

    def _pass_on(self, part: Part, at_ms: int, end_ms: int) -> bool:
        desk, call = self._desk, part.call
        others = [
            each
            for each in desk.organization.queues
            if each is not part.queue and part.media in each.demand and desk.staffed(each)
        ]
        given_ms = at_ms + (end_ms - at_ms) // 3
        if not others or call.transfers >= _MOST_TRANSFERS or given_ms >= desk.end_ms:
            return False
        call.transfers += 1
        desk.at(given_ms, self._passed_on, part, self._random.choice(others), given_ms)
        return True

    def _passed_on(self, part: Part, target: Queue, at_ms: int) -> None:
        part.call.write(at_ms, ledger.TRANSFERRED, part.party, target.id, code=ledger.BLIND)
        self._desk.after_work.leave(part, at_ms, ledger.BLIND, share=0.5, last=False)
        self._desk.lines.enqueue(part.call, target, at_ms + 21)

    # Parking.

    def _park(self, part: Part, at_ms: int) -> bool:
        """Put it aside until the customer answers, if the agent's stretch is long enough for that."""
        back_ms = at_ms + int(self._random.uniform(4, 70) * 60 * _SECOND)
        if back_ms > part.agent.until_ms - 2 * _HOUR:
            return False
        self._desk.at(at_ms, self._parked, part, back_ms, at_ms)
        return True

    def _parked(self, part: Part, back_ms: int, at_ms: int) -> None:
        part.call.write(at_ms, ledger.PARKED, part.party)
        part.agent.end(part.call.id)
        self._desk.freed(part.agent, part.media, at_ms)
        self._desk.at(back_ms, self._unparked, part, back_ms, back_ms)

    def _unparked(self, part: Part, asked_ms: int, at_ms: int) -> None:
        """The customer has answered: the agent takes it up as soon as he has a hand free."""
        agent = part.agent
        if at_ms == asked_ms:
            part.call.write(at_ms, ledger.CUSTOMER_WROTE)
        if not agent.ready(part.media):
            again_ms = at_ms + 20 * _SECOND
            if again_ms < agent.until_ms - 15 * 60 * _SECOND:
                self._desk.at(again_ms, self._unparked, part, asked_ms, again_ms)
                return
            # He has no hand free any more today, and lets it go as it lies there.
            part.call.write(at_ms, ledger.AGENT_LEFT, part.party, code=ledger.HUNG_UP)
            part.call.write(at_ms + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)
            return
        agent.take(part.media)
        agent.begin(part.call.id, at_ms)
        part.call.write(at_ms, ledger.UNPARKED, part.party)
        self._work(part, at_ms)

    # A message at rest.

    def _go_idle(self, part: Part, at_ms: int) -> None:
        """The agent has left, the customer has not: he writes again hours later, or no more."""
        call = part.call
        again_ms = at_ms + int(self._random.uniform(1, 9) * _HOUR)
        times = self._reopened.get(call.id, 0)
        if self._random.random() < _REOPENS and again_ms < self._desk.end_ms and times < _MOST_REOPENS:
            self._reopened[call.id] = times + 1
            call.write(again_ms, ledger.CUSTOMER_WROTE)
            self._desk.lines.enqueue(call, part.queue, again_ms + 2)
            return
        call.write(at_ms + _IDLE_MS, ledger.CUSTOMER_LEFT, code=ledger.INACTIVE)
