"""The floor of one operating day: queues, free agents, alerts, abandons; a discrete-event simulation.

It starts empty and is a pure function of organisation, seed and day. What happens before the queue is in
``entrance``, what happens once somebody has answered in ``handling``.
"""

from __future__ import annotations

import bisect
import heapq
import math
import random
from collections.abc import Callable
from typing import Any, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath import follow_up
from gcanalytics.simulator.business.arrivals import arrivals
from gcanalytics.simulator.business.calls import Call, Consult, Visit
from gcanalytics.simulator.business.entrance import Entrance
from gcanalytics.simulator.business.handling import Handling
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization, Queue, User
from gcanalytics.simulator.business.staff import Agent, AgentStatus, Duty, duties

_SECOND: Final = 1000
ALERT_TIMEOUT_MS: Final = {"voice": 8_000, "chat": 30_000}
_ANSWER_S: Final = {"voice": 3.2, "chat": 6.5}
_DECLINES: Final = 0.004
_FLOW_OUTS: Final = 0.3


class Floor:
    """The simulation of one operating day; ``run`` it once.

    Args:
        organization: who works and what for.
        days: the calendar.
        number: the operating day.
        seed: the timeline's seed.
        per_week: interactions in an average week.
        late_share: share of conversations with a wrap-up hours to days later.
        no_answer_acw_share: share of bounced alerts that are followed by odd after-call work.
    """

    def __init__(
        self,
        organization: Organization,
        days: OperatingDays,
        number: int,
        *,
        seed: int,
        per_week: float,
        late_share: float,
        no_answer_acw_share: float,
    ) -> None:
        self.organization = organization
        self.days = days
        self.number = number
        self.start_ms, self.end_ms = days.bounds(number)
        self.late_share = late_share
        self.no_answer_acw_share = no_answer_acw_share
        text = f"{organization.id}/{seed}/{number}"
        self.random = random.Random(f"{text}/floor")
        self._seed = text
        self._per_week = per_week
        self._steps: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._step_no = 0
        self.agents: dict[str, Agent] = {}
        self.members: dict[str, list[Agent]] = {queue.id: [] for queue in organization.queues}
        self._waiting: dict[tuple[str, str], list[Visit]] = {}
        self.calls: list[Call] = []
        self.entrance = Entrance(self, random.Random(f"{text}/ids"))
        self.handling = Handling(self)

    def run(self) -> tuple[list[Conversation], dict[str, list[tuple[int, AgentStatus]]]]:
        """The day's conversations, sorted by start and id, and each agent's log."""
        for user in self.organization.users:
            self._plan_duties(user)
        for at_ms, queue, medium in arrivals(
            self.organization, self.days, self.number, seed=self._seed, per_week=self._per_week
        ):
            self.at(at_ms, self.entrance.arrive, at_ms, queue, medium)
        steps = self._steps
        while steps:
            _, _, step, arguments = heapq.heappop(steps)
            step(*arguments)
        conversations = [self._conversation(call) for call in self.calls]
        conversations.sort(key=lambda each: (each.started_ms, each.id))
        follow_up(conversations, self.end_ms)
        return conversations, {agent.user.id: agent.log for agent in self.agents.values() if agent.log}

    def at(self, at_ms: int, step: Callable[..., None], *arguments: Any) -> None:
        """Do something at an instant; equal instants in the order of these calls."""
        self._step_no += 1
        heapq.heappush(self._steps, (at_ms, self._step_no, step, arguments))

    def lognormal(self, mean: float, sigma: float) -> float:
        """A random duration of this mean, in the mean's unit."""
        return self.random.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)

    def _conversation(self, call: Call) -> Conversation:
        voice = call.media == "voice"
        return Conversation(
            call.id,
            organization=self.organization,
            media=call.media,
            started_ms=call.started_ms,
            customer_name=call.who[0],
            address=call.who[1],
            called_number=f"tel:{call.queue.number}" if voice and call.queue.number else None,
            language_id=call.language_id,
            planned=True,
            events=call.events,
        )

    # People.

    def _plan_duties(self, user: User) -> None:
        source = random.Random(f"{self._seed}/shift/{user.id}")
        planned = list(duties(user, self.days, self.number, source))
        if not planned:
            return
        agent = self.agents[user.id] = Agent(user, self.organization)
        for queue_id in user.queue_ids:
            self.members[queue_id].append(agent)
        for duty in planned:
            self.at(duty.start_ms, self._call_to_duty, agent, duty, duty.start_ms)

    def _call_to_duty(self, agent: Agent, duty: Duty, at_ms: int) -> None:
        if agent.free:
            self._go(agent, duty, at_ms)
        else:
            agent.due.append(duty)

    def _go(self, agent: Agent, duty: Duty, at_ms: int) -> None:
        if duty.presence == "OFFLINE" and any(self._waiting.values()) and at_ms >= self.end_ms:
            # The last crew stays until nobody waits; the next day begins with an empty floor.
            self.at(at_ms + 30 * _SECOND, self._call_to_duty, agent, duty, at_ms + 30 * _SECOND)
            return
        agent.absent = False
        agent.presence = duty.presence
        agent.note(at_ms)
        if duty.length_ms:
            self.at(at_ms + duty.length_ms, self._come_back, agent, duty.presence, at_ms + duty.length_ms)
        elif duty.presence == "ON_QUEUE":
            agent.idle_since_ms = at_ms
            self._look_for_work(agent, at_ms)

    def _come_back(self, agent: Agent, presence: str, at_ms: int) -> None:
        if agent.presence == presence:
            self._go(agent, self._next_duty(agent) or Duty(at_ms, 0, "ON_QUEUE"), at_ms)

    def _next_duty(self, agent: Agent) -> Duty | None:
        if not agent.due:
            return None
        last = agent.due[-1]
        if last.presence == "OFFLINE":
            agent.due.clear()
            return last
        return agent.due.pop(0)

    def freed(self, agent: Agent, media: str, at_ms: int) -> None:
        """An agent is done with an interaction: after its after-call work, or it never came to him."""
        agent.give_back(media, at_ms)
        self._after_alert(agent, at_ms)

    def _after_alert(self, agent: Agent, at_ms: int) -> None:
        agent.note(at_ms)
        if agent.free:
            duty = self._next_duty(agent)
            if duty is not None:
                self._go(agent, duty, at_ms)
                return
        self._look_for_work(agent, at_ms)

    def staffed(self, queue: Queue) -> bool:
        """Whether anybody of the queue is at work."""
        return any(agent.presence != "OFFLINE" for agent in self.members[queue.id])

    # The queue.

    def enqueue(self, call: Call, queue: Queue, at_ms: int, consult: Consult | None = None) -> None:
        """A call reaches a queue at an instant that may lie ahead."""
        self.at(at_ms, self._enqueued, call, queue, at_ms, consult)

    def _enqueued(self, call: Call, queue: Queue, at_ms: int, consult: Consult | None) -> None:
        visit = Visit(call, queue, call.party(), at_ms)
        visit.consult = consult
        self._requirements(visit)
        via = consult.party if consult else None
        call.write(at_ms, ledger.QUEUED, visit.party, queue.id, code=visit.skill_id, via=via)
        if call.media == "voice":
            visit.since_ms = at_ms + self.random.randrange(8, 20)
        call.write(visit.since_ms, ledger.OFFERED, visit.party, queue.id)
        demand = queue.demand[call.media]
        patience = self.random.expovariate(1 / demand.patience_s) + 4
        if consult:
            patience = self.random.uniform(30, 120)
        elif self.random.random() < 0.06:
            patience = self.random.uniform(1.5, 8)
        gone_ms = visit.since_ms + int(patience * _SECOND)
        self.at(gone_ms, self._lose_patience, visit, gone_ms)
        if queue.overflow_id and call.media == "voice" and not consult and self.random.random() < _FLOW_OUTS:
            flow_out_ms = visit.since_ms + self.random.randrange(100_000, 240_000)
            self.at(flow_out_ms, self._flow_out, visit, flow_out_ms)
        self.at(visit.since_ms, self._wait, visit, visit.since_ms)

    def _requirements(self, visit: Visit) -> None:
        """Skill and language asked for; what nobody at work has is not asked for."""
        queue = visit.queue
        there = [agent for agent in self.members[queue.id] if agent.presence != "OFFLINE"]
        if queue.skill_ids:
            skill_id = self.random.choice(queue.skill_ids)
            if any(skill_id in agent.user.skill_ids for agent in there):
                visit.skill_id = skill_id
        if any(visit.call.language_id in agent.user.language_ids for agent in there):
            visit.language_id = visit.call.language_id

    def _wait(self, visit: Visit, at_ms: int) -> None:
        """Offer a visit to the longest idle agent who can take it, or let it wait."""
        if visit.state != "waiting":
            return
        agent = self._free_agent(visit)
        if agent is not None:
            self._alert(visit, agent, at_ms)
            return
        waiting = self._waiting.setdefault((visit.queue.id, visit.call.media), [])
        bisect.insort(waiting, visit, key=lambda each: each.since_ms)

    def _free_agent(self, visit: Visit) -> Agent | None:
        best = None
        media = visit.call.media
        for agent in self.members[visit.queue.id]:
            longer = best is None or agent.idle_since_ms < best.idle_since_ms
            if longer and agent.ready(media) and self._suits(agent, visit):
                best = agent
        return best

    @staticmethod
    def _suits(agent: Agent, visit: Visit) -> bool:
        user = agent.user
        return (
            (visit.skill_id is None or visit.skill_id in user.skill_ids)
            and (visit.language_id is None or visit.language_id in user.language_ids)
            and user.id not in visit.tried
            and (visit.consult is None or visit.consult.agent is not agent)
        )

    def _look_for_work(self, agent: Agent, at_ms: int) -> None:
        found: Visit | None = None
        for queue_id in agent.user.queue_ids:
            for media in ("voice", "chat"):
                waiting = self._waiting.get((queue_id, media))
                if not waiting or not agent.ready(media):
                    continue
                visit = next((each for each in waiting if self._suits(agent, each)), None)
                if visit is not None and (found is None or visit.since_ms < found.since_ms):
                    found = visit
        if found is not None:
            self._leave_line(found)
            self._alert(found, agent, at_ms)

    def _leave_line(self, visit: Visit) -> None:
        waiting = self._waiting.get((visit.queue.id, visit.call.media), [])
        if visit in waiting:
            waiting.remove(visit)

    def _lose_patience(self, visit: Visit, at_ms: int) -> None:
        if visit.state == "over":
            return
        if visit.state == "alerting" and at_ms < visit.alert_ms + 50:
            # An alert is on its way to an agent; nobody leaves before it is there.
            self.at(visit.alert_ms + 50, self._lose_patience, visit, visit.alert_ms + 50)
            return
        call = visit.call
        self._leave_line(visit)
        call.write(at_ms + 2, ledger.DEQUEUED, visit.party, visit.queue.id, code=ledger.ABANDONED)
        if visit.state == "alerting" and visit.agent is not None:
            call.write(at_ms + 3, ledger.ALERT_WITHDRAWN, visit.agent_party)
            visit.agent.alerting = False
            self.at(at_ms + 3, self.freed, visit.agent, call.media, at_ms + 3)
        visit.state = "over"
        if visit.consult:
            self.handling.consult_given_up(call, visit.consult, at_ms + 3)
        else:
            call.write(at_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)

    def _flow_out(self, visit: Visit, at_ms: int) -> None:
        if visit.state != "waiting":
            return
        call, queue = visit.call, visit.queue
        target = self.organization.queues_by_id[queue.overflow_id or ""]
        visit.state = "over"
        self._leave_line(visit)
        if self.random.random() < 0.5 and self.staffed(target):
            call.write(at_ms, ledger.DEQUEUED, visit.party, target.id, code=ledger.FLOWED_OUT)
            self.enqueue(call, target, at_ms + 18)
            return
        call.write(at_ms, ledger.DEQUEUED, visit.party, code=ledger.FLOWED_OUT)
        party = call.party()
        call.write(at_ms + 18, ledger.VOICEMAIL_STARTED, party, queue.id)
        end_ms = at_ms + 18 + self.random.randrange(12_000, 75_000)
        call.write(end_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
        call.write(end_ms + 3, ledger.VOICEMAIL_LEFT, party)

    # The alert.

    def _alert(self, visit: Visit, agent: Agent, at_ms: int) -> None:
        call, media = visit.call, visit.call.media
        visit.state = "alerting"
        visit.agent = agent
        visit.alert_ms = alert_ms = at_ms + self.random.randrange(110, 320)
        visit.agent_party = party = call.party()
        agent.take(media)
        agent.alerting = True
        call.write(alert_ms, ledger.ALERTED, party, visit.queue.id, agent.user.id, via=visit.party)
        dice = self.random.random()
        if dice < agent.user.misses:
            end_ms = alert_ms + ALERT_TIMEOUT_MS[media] - self.random.randrange(900)
            self.at(end_ms, self._rang_out, visit, agent, party, end_ms)
        elif dice < agent.user.misses + _DECLINES:
            end_ms = alert_ms + self.random.randrange(900, 5_000)
            self.at(end_ms, self._declined, visit, agent, party, end_ms)
        else:
            delay = min(self.lognormal(_ANSWER_S[media], 0.5) * _SECOND, ALERT_TIMEOUT_MS[media] - 700)
            end_ms = alert_ms + int(delay) + 300
            self.at(end_ms, self._answered, visit, agent, party, end_ms)

    def _rang_out(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        if visit.state != "alerting" or visit.agent is not agent:
            return
        call = visit.call
        call.write(at_ms, ledger.NO_ANSWER, party)
        agent.alerting = False
        agent.absent = True
        agent.give_back(call.media, at_ms)
        agent.note(at_ms)
        back_ms = at_ms + self.random.randrange(15_000, 240_000)
        if call.media == "voice" and self.random.random() < self.no_answer_acw_share:
            back_ms = max(back_ms, self._odd_after_work(visit, party, at_ms))
        self.at(back_ms, self._present_again, agent, back_ms)
        self._offer_again(visit, agent, at_ms)

    def _odd_after_work(self, visit: Visit, party: int, at_ms: int) -> int:
        """After-call work of an agent who never answered, counted before its form is closed; its end."""
        start_ms = at_ms + 249
        work_ms = int(self.lognormal(45, 0.4)) * _SECOND
        write = visit.call.events.append
        write(Event(start_ms, ledger.AFTER_WORK_STARTED, party))
        write(Event(start_ms + work_ms + 163, ledger.AFTER_WORK_COUNTED, party, amount_ms=work_ms))
        code = self.random.choice(visit.queue.wrapup_code_ids)
        visit.call.write(start_ms + work_ms + 4_000, ledger.WRAPPED_UP, party, code=code)
        return start_ms + work_ms + 4_000

    def _declined(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        if visit.state != "alerting" or visit.agent is not agent:
            return
        visit.call.write(at_ms, ledger.DECLINED, party)
        self._offer_again(visit, agent, at_ms)
        agent.alerting = False
        self.freed(agent, visit.call.media, at_ms)

    def _offer_again(self, visit: Visit, agent: Agent, at_ms: int) -> None:
        visit.state = "waiting"
        visit.agent = None
        visit.tried.add(agent.user.id)
        again_ms = at_ms + self.random.randrange(300, 2_600)
        self.at(again_ms, self._wait, visit, again_ms)

    def _present_again(self, agent: Agent, at_ms: int) -> None:
        if agent.absent:
            agent.absent = False
            agent.idle_since_ms = at_ms
            self._after_alert(agent, at_ms)

    def _answered(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        if visit.state != "alerting" or visit.agent is not agent:
            return
        call = visit.call
        visit.state = "over"
        talk_ms = at_ms + (17 if call.media == "voice" else 2)
        call.write(at_ms, ledger.DEQUEUED, visit.party, visit.queue.id, code=ledger.TAKEN)
        call.write(talk_ms, ledger.ANSWERED, party, visit.queue.id, agent.user.id, via=visit.party)
        agent.alerting = False
        self.handling.answered(call, agent, party, visit.queue, talk_ms, visit.consult)
