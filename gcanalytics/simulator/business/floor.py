"""The floor of one operating day: its people, and the clock that its parts run by.

It is a discrete-event simulation, starts empty and is a pure function of organisation, seed and day. What
happens before the queue is in ``entrance``, waiting in ``lines``, the way to an agent in ``alerts``, what
happens once somebody has answered in ``handling`` and ``callbacks``. What waits over night is the ``desk``'s.
"""

from __future__ import annotations

import heapq
import math
import operator
import random
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import msgspec

from gcanalytics.simulator.business.after_work import AfterWork
from gcanalytics.simulator.business.aftermath import follow_up
from gcanalytics.simulator.business.alerts import Alerts
from gcanalytics.simulator.business.arrivals import arrivals
from gcanalytics.simulator.business.callbacks import Callbacks
from gcanalytics.simulator.business.calls import Call, Visit
from gcanalytics.simulator.business.entrance import Entrance
from gcanalytics.simulator.business.handling import Handling
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.lines import Lines
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization, Queue, User
from gcanalytics.simulator.business.outbound import Outbound
from gcanalytics.simulator.business.staff import Agent, AgentStatus, Duty, duties

_SECOND: Final = 1000
_CALLBACK_LIFE_MS: Final = 3 * 3600 * _SECOND
"""A callback that nobody has taken for so long is dropped."""


class Course(msgspec.Struct, frozen=True):
    """What shapes the course of business beside the organisation.

    Attributes:
        seed: the timeline's seed.
        per_week: interactions in an average week, all media together.
        late_share: share of conversations with a wrap-up hours to days later.
        no_answer_acw_share: share of bounced alerts that are followed by odd after-call work.
    """

    seed: int
    per_week: float
    late_share: float = 0.0
    no_answer_acw_share: float = 0.0


class Trade(Protocol):
    """Those who know what to do with an answered interaction of their media."""

    def answered(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        """An agent has answered the offer of a visit."""


class Floor:
    """The simulation of one operating day; ``run`` it once.

    Args:
        organization: who works and what for.
        days: the calendar.
        number: the operating day.
        course: what else shapes it.
    """

    name = "floor"
    media: tuple[str, ...] = ("voice", "chat")
    """What comes in here."""
    avoids = True
    """Whether a visit is not offered again to an agent who did not answer it."""

    def __init__(self, organization: Organization, days: OperatingDays, number: int, course: Course) -> None:
        self.organization = organization
        self.days = days
        self.number = number
        self.course = course
        self.start_ms, self.end_ms = days.bounds(number)
        self.seed = f"{organization.id}/{course.seed}/{number}"
        self.random = random.Random(f"{self.seed}/{self.name}")
        self.ids = random.Random(f"{self.seed}/{self.name} ids")
        self._steps: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._step_no = 0
        self.agents: dict[str, Agent] = {}
        self.members: dict[str, list[Agent]] = {queue.id: [] for queue in organization.queues}
        self.calls: list[Call] = []
        self.lines = Lines(self)
        self.alerts = Alerts(self)
        self.after_work = AfterWork(self)
        self.callbacks = Callbacks(self)
        self.trades: dict[str, Trade] = {"callback": self.callbacks}
        self._open()

    def _open(self) -> None:
        """Set up what only this kind of floor has."""
        self.entrance = Entrance(self)
        self.handling = Handling(self)
        self.outbound = Outbound(self)
        self.trades |= {"voice": self.handling, "chat": self.handling}

    def run(self) -> tuple[list[Conversation], dict[str, list[tuple[int, AgentStatus]]]]:
        """The day's conversations, sorted by start and id, and each agent's log."""
        for user in self.organization.users:
            self._plan_duties(user)
        for at_ms, queue, medium in arrivals(
            self.organization,
            self.days,
            self.number,
            seed=self.seed,
            per_week=self.course.per_week,
            media=self.media,
        ):
            self.at(at_ms, self.arrive, at_ms, queue, medium)
        steps = self._steps
        while steps:
            _, _, step, arguments = heapq.heappop(steps)
            step(*arguments)
        conversations = [call.conversation(self.organization) for call in self.calls]
        conversations.sort(key=operator.attrgetter("started_ms", "id"))
        follow_up(conversations, self.end_ms)
        return conversations, {agent.user.id: agent.log for agent in self.agents.values() if agent.log}

    def arrive(self, at_ms: int, queue: Queue, medium: str) -> None:
        """Somebody gets in touch, aiming at a queue."""
        self.entrance.arrive(at_ms, queue, medium)

    def at(self, at_ms: int, step: Callable[..., None], *arguments: Any) -> None:
        """Do something at an instant; equal instants in the order of these calls."""
        self._step_no += 1
        heapq.heappush(self._steps, (at_ms, self._step_no, step, arguments))

    def lognormal(self, mean: float, sigma: float) -> float:
        """A random duration of this mean, in the mean's unit."""
        return self.random.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)

    # People.

    def _plan_duties(self, user: User) -> None:
        source = random.Random(f"{self.seed}/shift/{user.id}")
        planned = list(self.planned(user, source))
        if not planned:
            return
        agent = self.agents[user.id] = Agent(user, self.organization)
        for queue_id in user.queue_ids:
            self.members[queue_id].append(agent)
        for duty in planned:
            self.at(duty.start_ms, self._call_to_duty, agent, duty, duty.start_ms)

    def planned(self, user: User, source: random.Random) -> Iterator[Duty]:
        """When somebody works here, in order."""
        return duties(user, self.days, self.number, source)

    def stays(self, at_ms: int, /) -> bool:
        """Whether nobody goes home yet: the last crew stays until nobody waits."""
        return at_ms >= self.end_ms and self.lines.busy

    def _call_to_duty(self, agent: Agent, duty: Duty, at_ms: int) -> None:
        if agent.free:
            self._go(agent, duty, at_ms)
        else:
            agent.due.append(duty)

    def _go(self, agent: Agent, duty: Duty, at_ms: int) -> None:
        if duty.presence == "OFFLINE" and self.stays(at_ms):
            self.at(at_ms + 30 * _SECOND, self._call_to_duty, agent, duty, at_ms + 30 * _SECOND)
            return
        agent.absent = False
        agent.presence = duty.presence
        agent.until_ms = duty.until_ms or agent.until_ms
        agent.note(at_ms)
        if duty.length_ms:
            self.at(at_ms + duty.length_ms, self._come_back, agent, duty.presence, at_ms + duty.length_ms)
        elif duty.presence == "ON_QUEUE":
            agent.idle_since_ms = at_ms
            self.lines.look_for_work(agent, at_ms)

    def _come_back(self, agent: Agent, presence: str, at_ms: int) -> None:
        if agent.presence == presence:
            self._go(agent, self._next_duty(agent) or Duty(at_ms, 0, "ON_QUEUE"), at_ms)

    def _next_duty(self, agent: Agent) -> Duty | None:
        if not agent.due:
            return None
        last = agent.due[-1]
        if last.presence in {"OFFLINE", "AVAILABLE"}:
            agent.due.clear()
            return last
        return agent.due.pop(0)

    def freed(self, agent: Agent, media: str, at_ms: int) -> None:
        """An agent is done with an interaction: after its after-call work, or it never came to him."""
        agent.give_back(media, at_ms)
        self.after_alert(agent, at_ms)

    def after_alert(self, agent: Agent, at_ms: int) -> None:
        """An agent may be free now: for what he is due for, or for the next interaction."""
        agent.note(at_ms)
        if agent.free:
            duty = self._next_duty(agent)
            if duty is not None:
                self._go(agent, duty, at_ms)
                return
        self.lines.look_for_work(agent, at_ms)

    def staffed(self, queue: Queue) -> bool:
        """Whether anybody of the queue is at work."""
        return any(agent.presence != "OFFLINE" for agent in self.members[queue.id])

    # What visitors are like.

    def requirements(self, visit: Visit) -> None:
        """Skill and language asked for; what nobody at work has is not asked for."""
        queue = visit.queue
        members, language_id = self.members[queue.id], visit.call.language_id
        if queue.skill_ids:
            skill_id = self.random.choice(queue.skill_ids)
            for agent in members:
                if skill_id in agent.user.skill_ids and agent.presence != "OFFLINE":
                    visit.skill_id = skill_id
                    break
        for agent in members:
            if language_id in agent.user.language_ids and agent.presence != "OFFLINE":
                visit.language_id = language_id
                break

    def gives_up(self, visit: Visit) -> int | None:
        """When a visit's patience ends, or that of the system with a callback; None, never."""
        if visit.media == "callback":
            return visit.since_ms + _CALLBACK_LIFE_MS
        patience = self.random.expovariate(1 / visit.queue.demand[visit.media].patience_s) + 4
        if visit.consult:
            patience = self.random.uniform(30, 120)
        elif self.random.random() < 0.06:
            patience = self.random.uniform(1.5, 8)
        return visit.since_ms + int(patience * _SECOND)
