"""The lines before the agents: who waits in which queue, for whom, how long, and how he leaves unanswered."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Call, Consult, Visit
from gcanalytics.simulator.business.organization import Queue
from gcanalytics.simulator.business.staff import Agent

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
_FLOW_OUTS: Final = 0.3
_CALL_ME_BACK: Final = 0.25
_FIRST: Final = {"callback": 0, "voice": 0, "chat": 0, "message": 1, "email": 2}
"""What an agent gets first; of equals, who has waited longest."""


class Lines:
    """The waiting of one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random
        self._waiting: dict[tuple[str, str], list[Visit]] = {}
        self._coming = 0

    @property
    def busy(self) -> bool:
        """Whether anybody waits, or is due to be called back."""
        return self._coming > 0 or any(self._waiting.values())

    def expect(self, visit: Visit) -> None:
        """A visit that begins to wait only later."""
        self._coming += 1
        self._floor.at(visit.since_ms, self._due, visit)

    def _due(self, visit: Visit) -> None:
        self._coming -= 1
        self.offer(visit)

    def enqueue(self, call: Call, queue: Queue, at_ms: int, *, consult: Consult | None = None) -> None:
        """A call reaches a queue at an instant that may lie ahead."""
        self._floor.at(at_ms, self._enqueued, call, queue, at_ms, consult)

    def _enqueued(self, call: Call, queue: Queue, at_ms: int, consult: Consult | None) -> None:
        visit = Visit(call, queue, call.party(), at_ms, call.media)
        visit.consult = consult
        self._floor.requirements(visit)
        via = consult.party if consult else None
        call.write(at_ms, ledger.QUEUED, visit.party, queue.id, code=visit.skill_id, via=via)
        if call.media == "voice":
            visit.since_ms = at_ms + self._random.randrange(8, 20)
        self.offer(visit)

    def offer(self, visit: Visit) -> None:
        """From now on the visit waits for an agent, as long as its patience lasts."""
        floor, since_ms = self._floor, visit.since_ms
        visit.call.write(since_ms, ledger.OFFERED, visit.party, visit.queue.id)
        gone_ms = floor.gives_up(visit)
        if gone_ms is not None:
            floor.at(gone_ms, self._lose_patience, visit, gone_ms)
        if visit.media == "voice" and not visit.consult:
            if visit.queue.overflow_id and self._random.random() < _FLOW_OUTS:
                flow_out_ms = since_ms + self._random.randrange(100_000, 240_000)
                floor.at(flow_out_ms, self._flow_out, visit, flow_out_ms)
            elif "callback" in visit.queue.demand and self._random.random() < _CALL_ME_BACK:
                ask_ms = since_ms + self._random.randrange(45_000, 200_000)
                floor.at(ask_ms, self._call_me_back, visit, ask_ms)
        floor.at(since_ms, self.wait, visit, since_ms)

    def wait(self, visit: Visit, at_ms: int) -> None:
        """Offer a visit to the longest idle agent who can take it, or let it wait."""
        if visit.state != "waiting":
            return
        agent = self._free_agent(visit)
        if agent is not None:
            self._floor.alerts.alert(visit, agent, at_ms)
            return
        waiting = self._waiting.setdefault((visit.queue.id, visit.media), [])
        bisect.insort(waiting, visit, key=lambda each: each.since_ms)

    def _free_agent(self, visit: Visit) -> Agent | None:
        best = None
        for agent in self._floor.members[visit.queue.id]:
            if agent.presence != "ON_QUEUE" or agent.alerting or agent.whole:
                continue  # most are; `ready` says the same, and more
            longer = best is None or agent.idle_since_ms < best.idle_since_ms
            if longer and agent.ready(visit.media) and self._suits(agent, visit):
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

    def idle(self, queue: Queue) -> Agent | None:
        """The longest idle agent of a queue who could take a call now."""
        ready = [agent for agent in self._floor.members[queue.id] if agent.ready("voice")]
        return min(ready, key=lambda each: (each.idle_since_ms, each.user.id), default=None)

    def look_for_work(self, agent: Agent, at_ms: int) -> None:
        """An agent who may be free takes who has waited longest, if anybody has."""
        found: Visit | None = None
        rank = 0
        for queue_id in agent.user.queue_ids:
            for media in agent.media:
                waiting = self._waiting.get((queue_id, media))
                if not waiting or not agent.ready(media):
                    continue
                visit = next((each for each in waiting if self._suits(agent, each)), None)
                if visit is None:
                    continue
                if found is None or (_FIRST[media], visit.since_ms) < (rank, found.since_ms):
                    found, rank = visit, _FIRST[media]
        if found is not None:
            self._leave_line(found)
            self._floor.alerts.alert(found, agent, at_ms)

    def _leave_line(self, visit: Visit) -> None:
        waiting = self._waiting.get((visit.queue.id, visit.media), [])
        if visit in waiting:
            waiting.remove(visit)

    # Ways out without an answer.

    def _lose_patience(self, visit: Visit, at_ms: int) -> None:
        if visit.state == "over":
            return
        if visit.state == "alerting" and at_ms < visit.alert_ms + 50:
            # An alert is on its way to an agent; nobody leaves before it is there.
            self._floor.at(visit.alert_ms + 50, self._lose_patience, visit, visit.alert_ms + 50)
            return
        if visit.media == "callback":
            self._expired(visit, at_ms)
            return
        self._given_up(visit, at_ms, ledger.ABANDONED)
        if visit.consult:
            self._floor.handling.consult_given_up(visit.call, visit.consult, at_ms + 3)
        else:
            visit.call.write(at_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)

    def close(self, at_ms: int) -> None:
        """Whoever still waits is disconnected by the system."""
        for waiting in self._waiting.values():
            for visit in list(waiting):
                self._expired(visit, at_ms)

    def _expired(self, visit: Visit, at_ms: int) -> None:
        self._given_up(visit, at_ms, ledger.EXPIRED)
        if visit.media == visit.call.media:
            # Who asked in the queue to be called back has hung up long ago.
            visit.call.write(at_ms, ledger.CUSTOMER_LEFT, code=ledger.EXPIRED)

    def _given_up(self, visit: Visit, at_ms: int, code: str) -> None:
        call = visit.call
        self._leave_line(visit)
        call.write(at_ms + 2, ledger.DEQUEUED, visit.party, visit.queue.id, code=code)
        if visit.state == "alerting" and visit.agent is not None:
            call.write(at_ms + 3, ledger.ALERT_WITHDRAWN, visit.agent_party)
            visit.agent.alerting = False
            self._floor.at(at_ms + 3, self._floor.freed, visit.agent, visit.media, at_ms + 3)
        visit.state = "over"

    def _flow_out(self, visit: Visit, at_ms: int) -> None:
        if visit.state != "waiting":
            return
        call, queue = visit.call, visit.queue
        target = self._floor.organization.queues_by_id[queue.overflow_id or ""]
        visit.state = "over"
        self._leave_line(visit)
        if self._random.random() < 0.5 and self._floor.staffed(target):
            call.write(at_ms, ledger.DEQUEUED, visit.party, target.id, code=ledger.FLOWED_OUT)
            self.enqueue(call, target, at_ms + 18)
            return
        call.write(at_ms, ledger.DEQUEUED, visit.party, code=ledger.FLOWED_OUT)
        party = call.party()
        call.write(at_ms + 18, ledger.VOICEMAIL_STARTED, party, queue.id)
        end_ms = at_ms + 18 + self._random.randrange(12_000, 75_000)
        call.write(end_ms, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP)
        call.write(end_ms + 3, ledger.VOICEMAIL_LEFT, party)

    def _call_me_back(self, visit: Visit, at_ms: int) -> None:
        """The caller would rather be called back than wait; his place in the queue is kept for him."""
        if visit.state != "waiting":
            return
        visit.state = "over"
        self._leave_line(visit)
        self._floor.callbacks.instead_of_waiting(visit, at_ms)
