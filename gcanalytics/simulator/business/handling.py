"""What an agent does with a call or a chat from his answer on: talk, holds, transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Call, Consult, Part, Visit
from gcanalytics.simulator.business.organization import Queue
from gcanalytics.simulator.business.staff import Agent

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
_BLIND_TO_QUEUE: Final = 0.05
_BLIND_TO_AGENT: Final = 0.012
_CONSULTS: Final = 0.045
_MOST_TRANSFERS: Final = 3


class Handling:
    """The part of the floor's simulation that begins with an answer."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random

    def answered(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        """An agent has answered an offer of a queue, or another agent's consult to that queue."""
        call, queue = visit.call, visit.queue
        agent.begin(call.id, at_ms)
        if visit.consult is not None:
            self._consulting(call, visit.consult, agent, party, queue, at_ms, to_queue=True)
            return
        self._talk(call, agent, party, queue, at_ms)

    def _talk(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int) -> None:
        """Choose how this handling goes on, and write it down up to its end or its transfer."""
        draw = self._random.random()
        length = self._talk_length(call, agent, queue)
        if call.transfers >= _MOST_TRANSFERS:
            draw = 1.0
        voice = call.media == "voice"
        if draw < _BLIND_TO_QUEUE:
            step = self._blind_to_queue
        elif voice and draw < _BLIND_TO_QUEUE + _BLIND_TO_AGENT:
            step = self._blind_to_agent
        elif voice and draw < _BLIND_TO_QUEUE + _BLIND_TO_AGENT + _CONSULTS:
            step = self._consult
        else:
            self._finish(call, agent, party, queue, at_ms, length)
            return
        there_ms = self._parts(call, party, at_ms, int(length * self._random.uniform(0.2, 0.7)) + 4_000)
        self._floor.at(there_ms, step, call, agent, party, queue, there_ms)

    def _talk_length(self, call: Call, agent: Agent, queue: Queue) -> int:
        demand = queue.demand.get(call.media) or call.queue.demand[call.media]
        mean = demand.talk_s * agent.user.care
        return int(self._floor.lognormal(mean, 0.65) * _SECOND) + 3_000

    # Talk and hold.

    def _parts(self, call: Call, party: int, at_ms: int, length: int) -> int:
        """Talk for so many milliseconds, with holds between; the instant after the last talk."""
        draw = self._random.random()
        likely = 0.24 if call.media == "voice" else 0.06
        holds = 0 if draw > likely else 1 + int(draw < likely / 3) + int(draw < likely / 8)
        cuts = sorted(self._random.uniform(0.1, 0.95) for _ in range(holds))
        moment, talked = at_ms, 0
        for cut in cuts:
            part = max(int(length * cut) - talked, 400)
            talked += part
            moment += part
            call.write(moment, ledger.HELD, party)
            moment += int(self._floor.lognormal(42, 0.7) * _SECOND) + 1_000
            call.write(moment, ledger.RESUMED, party)
        return moment + max(length - talked, 600)

    def _finish(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int, length: int) -> None:
        """Talk to the end, and let somebody leave."""
        end_ms = self._parts(call, party, at_ms, length)
        draw = self._random.random()
        if draw < 0.02:
            # He gives up on hold: the last part is a hold, and no talk follows.
            call.write(end_ms, ledger.HELD, party)
            end_ms += int(self._floor.lognormal(95, 0.5) * _SECOND)
            draw = 0.7
        if call.media == "chat" and draw > 0.94:
            call.write(end_ms, ledger.CUSTOMER_LEFT, code=ledger.TIMED_OUT)
            self._leave(call, agent, party, queue, end_ms + 3, ledger.TIMED_OUT)
        elif draw < 0.36:
            self._leave(call, agent, party, queue, end_ms, ledger.HUNG_UP)
            call.write(end_ms + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO)
        else:
            call.write(end_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
            self._leave(call, agent, party, queue, end_ms + 3, ledger.CUSTOMER_GONE)

    def _leave(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int, code: str) -> None:
        """The agent's connection ends; after-call work follows or not, then he is free."""
        last = code not in {ledger.BLIND, ledger.CONSULT, ledger.CONSULT_OVER}
        share = 0.96 if call.media == "voice" else 0.8
        part = Part(call, agent, party, queue, call.media)
        self._floor.after_work.leave(part, at_ms, code, share=share, last=last)

    # Blind transfers.

    def _blind_to_queue(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int) -> None:
        target = self._other_queue(call, queue)
        if target is None:
            self._finish(call, agent, party, queue, at_ms, 20_000)
            return
        call.transfers += 1
        call.write(at_ms, ledger.TRANSFERRED, party, target.id, code=ledger.BLIND)
        self._leave(call, agent, party, queue, at_ms, ledger.BLIND)
        self._floor.lines.enqueue(call, target, at_ms + 21)

    def _other_queue(self, call: Call, queue: Queue) -> Queue | None:
        floor = self._floor
        others = [
            each
            for each in floor.organization.queues
            if each is not queue and call.media in each.demand and floor.staffed(each)
        ]
        return self._random.choice(others) if others else None

    def _blind_to_agent(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int) -> None:
        target = self._idle_colleague(agent)
        if target is None:
            self._finish(call, agent, party, queue, at_ms, 20_000)
            return
        call.transfers += 1
        call.write(at_ms, ledger.TRANSFERRED, party, user_id=target.user.id, code=ledger.BLIND)
        self._leave(call, agent, party, queue, at_ms, ledger.BLIND)
        target_party, answer_ms = self._ring(call, target, at_ms, ledger.BLIND)
        self._floor.at(answer_ms, self._direct_answer, call, target, target_party, queue, answer_ms)

    def _direct_answer(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int) -> None:
        agent.alerting = False
        call.write(at_ms, ledger.ANSWERED, party, user_id=agent.user.id)
        agent.begin(call.id, at_ms, direct=True)
        self._finish(call, agent, party, queue, at_ms, self._talk_length(call, agent, queue))

    def _idle_colleague(self, agent: Agent) -> Agent | None:
        idle = [each for each in self._floor.agents.values() if each is not agent and each.ready("voice")]
        return min(idle, key=lambda each: (each.idle_since_ms, each.user.id)) if idle else None

    def _ring(self, call: Call, target: Agent, at_ms: int, code: str) -> tuple[int, int]:
        """Alert an agent directly; his party and when he answers (a colleague's call is not missed)."""
        party = call.party()
        alert_ms = at_ms + self._random.randrange(150, 400)
        target.take(call.media)
        target.alerting = True
        call.write(alert_ms, ledger.ALERTED, party, user_id=target.user.id, code=code)
        return party, alert_ms + 600 + int(self._floor.lognormal(2.8, 0.4) * _SECOND)

    # Consults.

    def _consult(self, call: Call, agent: Agent, party: int, queue: Queue, at_ms: int) -> None:
        to_queue = self._random.random() < 0.65
        target_queue = self._other_queue(call, queue) if to_queue else None
        colleague = None if to_queue else self._idle_colleague(agent)
        if target_queue is None and colleague is None:
            self._finish(call, agent, party, queue, at_ms, 20_000)
            return
        consult = Consult(agent, party, queue)
        call.write(at_ms, ledger.HELD, party)
        start_ms = at_ms + self._random.randrange(700, 2_500)
        call.write(start_ms, ledger.CONSULT_STARTED, party)
        if target_queue is not None:
            self._floor.lines.enqueue(call, target_queue, start_ms + 25, consult=consult)
        elif colleague is not None:
            target_party, answer_ms = self._ring(call, colleague, start_ms, ledger.CONSULT)
            self._floor.at(
                answer_ms, self._consult_answer, call, consult, colleague, target_party, queue, answer_ms
            )

    def _consult_answer(
        self, call: Call, consult: Consult, target: Agent, party: int, queue: Queue, at_ms: int
    ) -> None:
        target.alerting = False
        call.write(at_ms, ledger.ANSWERED, party, user_id=target.user.id)
        target.begin(call.id, at_ms, direct=True)
        self._consulting(call, consult, target, party, queue, at_ms, to_queue=False)

    def _consulting(
        self,
        call: Call,
        consult: Consult,
        target: Agent,
        party: int,
        queue: Queue,
        at_ms: int,
        *,
        to_queue: bool,
    ) -> None:
        """Two agents talk; then the customer goes over, comes back to the first one, or has hung up."""
        done_ms = at_ms + int(self._floor.lognormal(38, 0.6) * _SECOND) + 2_000
        draw = self._random.random()
        if draw > 0.95:
            call.write(done_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
            self._leave(call, consult.agent, consult.party, consult.queue, done_ms + 3, ledger.CUSTOMER_GONE)
            self._leave(call, target, party, queue, done_ms + 5, ledger.CONSULT_OVER)
            return
        if draw < 0.7:
            call.transfers += 1
            queue_id, user_id = (queue.id, None) if to_queue else (None, target.user.id)
            call.write(done_ms, ledger.TRANSFERRED, consult.party, queue_id, user_id, ledger.CONSULT)
            self._leave(call, consult.agent, consult.party, consult.queue, done_ms, ledger.CONSULT)
            length = self._talk_length(call, target, queue)
            self._finish(call, target, party, queue, done_ms, length)
            return
        self._leave(call, target, party, queue, done_ms, ledger.CONSULT_OVER)
        self.consult_given_up(call, consult, done_ms)

    def consult_given_up(self, call: Call, consult: Consult, at_ms: int) -> None:
        """The consulting agent goes back to the customer."""
        call.write(at_ms, ledger.CONSULT_CANCELLED, consult.party)
        back_ms = at_ms + self._random.randrange(400, 1_500)
        call.write(back_ms, ledger.RESUMED, consult.party)
        length = self._talk_length(call, consult.agent, consult.queue) // 2
        self._finish(call, consult.agent, consult.party, consult.queue, back_ms, length)
