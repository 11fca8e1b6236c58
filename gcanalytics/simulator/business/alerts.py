"""From the offer to the answer: alerts that are answered, ring out, or are declined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.calls import Visit
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.business.staff import Agent

if TYPE_CHECKING:
    from gcanalytics.simulator.business.floor import Floor

_SECOND: Final = 1000
ALERT_TIMEOUT_MS: Final = {
    "voice": 8_000, "callback": 30_000, "chat": 30_000, "message": 30_000, "email": 30_000,
}  # fmt: skip
_ANSWER_S: Final = {"voice": 3.2, "callback": 6.0, "chat": 6.5, "message": 7.5, "email": 9.0}
_DECLINES: Final = 0.004


class Alerts:
    """The alerts of one floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._random = floor.random

    def alert(self, visit: Visit, agent: Agent, at_ms: int) -> None:
        """Offer a visit to an agent."""
        call, media = visit.call, visit.media
        visit.state = "alerting"
        visit.agent = agent
        visit.alert_ms = alert_ms = at_ms + self._random.randrange(110, 320)
        visit.agent_party = party = call.party()
        agent.take(media)
        agent.alerting = True
        call.write(alert_ms, ledger.ALERTED, party, visit.queue.id, agent.user.id, via=visit.party)
        dice = self._random.random()
        if dice < agent.user.misses:
            end_ms = alert_ms + ALERT_TIMEOUT_MS[media] - self._random.randrange(900)
            self._floor.at(end_ms, self._rang_out, visit, agent, party, end_ms)
        elif dice < agent.user.misses + _DECLINES:
            end_ms = alert_ms + self._random.randrange(900, 5_000)
            self._floor.at(end_ms, self._declined, visit, agent, party, end_ms)
        else:
            delay = min(self._floor.lognormal(_ANSWER_S[media], 0.5) * _SECOND, ALERT_TIMEOUT_MS[media] - 700)
            end_ms = alert_ms + int(delay) + 300
            self._floor.at(end_ms, self._answered, visit, agent, party, end_ms)

    def _rang_out(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        if visit.state != "alerting" or visit.agent is not agent:
            return
        call = visit.call
        call.write(at_ms, ledger.NO_ANSWER, party)
        agent.alerting = False
        agent.absent = True
        agent.give_back(visit.media, at_ms)
        agent.note(at_ms)
        back_ms = at_ms + self._random.randrange(15_000, 240_000)
        if visit.media == "voice" and self._random.random() < self._floor.course.no_answer_acw_share:
            back_ms = max(back_ms, self._odd_after_work(visit, party, at_ms))
        self._floor.at(back_ms, self._present_again, agent, back_ms)
        self._offer_again(visit, agent, at_ms)

    def _odd_after_work(self, visit: Visit, party: int, at_ms: int) -> int:
        """After-call work of an agent who never answered, counted before its form is closed; its end."""
        start_ms = at_ms + 249
        work_ms = int(self._floor.lognormal(45, 0.4)) * _SECOND
        write = visit.call.events.append
        write(Event(start_ms, ledger.AFTER_WORK_STARTED, party))
        write(Event(start_ms + work_ms + 163, ledger.AFTER_WORK_COUNTED, party, amount_ms=work_ms))
        code = self._random.choice(visit.queue.wrapup_code_ids)
        visit.call.write(start_ms + work_ms + 4_000, ledger.WRAPPED_UP, party, code=code)
        return start_ms + work_ms + 4_000

    def _declined(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        if visit.state != "alerting" or visit.agent is not agent:
            return
        visit.call.write(at_ms, ledger.DECLINED, party)
        self._offer_again(visit, agent, at_ms)
        agent.alerting = False
        self._floor.freed(agent, visit.media, at_ms)

    def _offer_again(self, visit: Visit, agent: Agent, at_ms: int) -> None:
        visit.state = "waiting"
        visit.agent = None
        if self._floor.avoids and visit.media != "callback":
            visit.tried.add(agent.user.id)
        again_ms = at_ms + self._random.randrange(300, 2_600)
        self._floor.at(again_ms, self._floor.lines.wait, visit, again_ms)

    def _present_again(self, agent: Agent, at_ms: int) -> None:
        if agent.absent:
            agent.absent = False
            agent.idle_since_ms = at_ms
            self._floor.after_alert(agent, at_ms)

    def _answered(self, visit: Visit, agent: Agent, party: int, at_ms: int) -> None:
        if visit.state != "alerting" or visit.agent is not agent:
            return
        call = visit.call
        visit.state = "over"
        talk_ms = at_ms + (17 if visit.media == "voice" else 2)
        call.write(at_ms, ledger.DEQUEUED, visit.party, visit.queue.id, code=ledger.TAKEN)
        call.write(talk_ms, ledger.ANSWERED, party, visit.queue.id, agent.user.id, via=visit.party)
        agent.alerting = False
        self._floor.trades[visit.media].answered(visit, agent, party, talk_ms)
