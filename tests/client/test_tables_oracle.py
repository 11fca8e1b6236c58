"""The oracle of the computed tables: every row of legs, handlings, transfers and interactions, in all media.

What is expected is told by business events in plain Python; neither records nor emission rules take part.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from gcanalytics.details import ConversationDetails
from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.names import Names
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records import details as records
from gcanalytics.simulator.settings import Settings

NOW = datetime(2026, 11, 18, 10, 40, tzinfo=UTC)
ORGANIZATION = Organization.load()
USERS = {user.id: user.name for user in ORGANIZATION.users}
QUEUES = {queue.id: queue.name for queue in ORGANIZATION.queues}
OUTCOMES = {
    ledger.TAKEN: "answered",
    ledger.ABANDONED: "abandoned",
    ledger.EXPIRED: "abandoned",
    ledger.FLOWED_OUT: "flow_out",
    ledger.CALL_ME_BACK: "flow_out",
}
CODES = {ledger.WRAP_UP_TIMEOUT: "ININ-WRAP-UP-TIMEOUT"}


@dataclass
class Offer:
    """A visit of a queue; 0: its time has not come."""

    queue: str
    media: str
    consult: bool
    offered: int = 0
    ended: int | None = None
    outcome: str = "open"
    answered: int | None = None
    agent: str | None = None
    no_answers: int = 0


@dataclass
class Work:
    """An agent's part."""

    user: str
    queue: str | None
    media: str
    via: int | None
    alerted: int | None = None
    connected: int | None = None
    outbound: bool = False
    result: str = "open"
    since: int | None = None
    holding: bool = False
    spent: dict[str, int] = field(default_factory=lambda: {"talk": 0, "hold": 0, "parked": 0})
    left: int | None = None
    acw: int = 0
    handled: int | None = None
    calls: int = 0
    wrap_up: str | None = None
    transfer: str = "none"
    doing: str = "talk"

    def part(self, at: int, following: str | None) -> None:
        """What he did ends; what follows begins."""
        if self.since is not None:
            self.spent[self.doing] += at - self.since
        self.since, self.doing = (None, "talk") if following is None else (at, following)


@dataclass
class Story:
    """What the events of a conversation say, up to an instant."""

    conversation: Conversation
    offers: dict[int, Offer] = field(default_factory=dict)
    works: dict[int, Work] = field(default_factory=dict)
    passed: list[tuple[int, int, Event]] = field(default_factory=list)

    @classmethod
    def until(cls, conversation: Conversation, now_ms: int) -> "Story":
        story = cls(conversation)
        for event in conversation.events_until(now_ms):
            story.queue(event)
            story.agent(event)
        return story

    def queue(self, event: Event) -> None:
        offer = self.offers.get(event.party)
        if event.kind in {ledger.QUEUED, ledger.CALLBACK_QUEUED}:
            media = "callback" if event.kind == ledger.CALLBACK_QUEUED else self.conversation.media
            self.offers[event.party] = Offer(event.queue_id or "", media, event.via is not None)
        elif offer and event.kind == ledger.OFFERED:
            offer.offered = event.at_ms
        elif offer and event.kind == ledger.DEQUEUED:
            offer.outcome, offer.ended = OUTCOMES[event.code or ""], event.at_ms

    def agent(self, event: Event) -> None:
        if event.kind == ledger.ALERTED:
            via = None if event.via is None else self.offers[event.via]
            media = via.media if via else self.conversation.media
            queue = via.queue if via else None
            self.works[event.party] = Work(event.user_id or "", queue, media, event.via, alerted=event.at_ms)
        elif event.kind == ledger.CALL_DIALLED and event.party not in self.works:
            work = Work(event.user_id or "", event.queue_id, "voice", None, outbound=True)
            self.works[event.party] = work
            work.result = "outbound"
        if event.party in self.works:
            self.work(self.works[event.party], event)

    def work(self, work: Work, event: Event) -> None:
        at = event.at_ms
        if event.kind == ledger.ANSWERED:
            work.result, work.connected = ("direct" if work.via is None else "answered"), at
            if work.media != "callback":
                work.part(at, "talk")
            if work.via is not None:
                self.offers[work.via].answered, self.offers[work.via].agent = at, work.user
        elif event.kind in {ledger.NO_ANSWER, ledger.DECLINED}:
            work.result = {ledger.NO_ANSWER: "no_answer", ledger.DECLINED: "declined"}[event.kind]
            if work.via is not None:
                self.offers[work.via].no_answers += 1
        elif event.kind == ledger.ALERT_WITHDRAWN:
            work.result = "withdrawn"
        elif event.kind == ledger.CALL_STARTED:
            work.calls += 1
        elif event.kind in {ledger.CALL_CONNECTED, ledger.RESUMED, ledger.UNPARKED}:
            work.part(at, "talk")
            work.connected = work.connected or at
        elif event.kind in {ledger.HELD, ledger.PARKED}:
            work.part(at, "hold" if event.kind == ledger.HELD else "parked")
        elif event.kind == ledger.CALL_ENDED:
            work.part(at, None)
        elif event.kind == ledger.TRANSFERRED:
            work.transfer = "blind" if event.code == ledger.BLIND else "consult"
            self.passed.append((at, event.party, event))
        else:
            self.end_of_work(work, event)

    def end_of_work(self, work: Work, event: Event) -> None:
        at = event.at_ms
        if event.kind == ledger.AGENT_LEFT:
            work.part(at, None)
            work.left = at
            if not event.after_work and work.connected is not None:
                work.handled = at
        elif event.kind == ledger.AFTER_WORK_COUNTED:
            work.acw, work.handled = event.amount_ms or 0, at
        elif event.kind in {ledger.WRAPPED_UP, ledger.LATE_WRAP_UP}:
            work.wrap_up = CODES.get(event.code or "", event.code)
            if event.kind == ledger.WRAPPED_UP and work.handled is None:
                work.acw, work.handled = at - (work.left or 0), at


@pytest.fixture(scope="module", params=[(3, 1500, 96), (5, 24_000, 24)], ids=["four days", "a busy day"])
def pulled(request: pytest.FixtureRequest) -> tuple[list[Story], ConversationDetails]:
    """What the ledger says of all that began in the last hours, and the tables of its records."""
    seed, volume, hours = request.param
    settings = Settings(conversations_per_week=volume)
    now_ms = round(NOW.timestamp() * 1000)
    timeline = Timeline(ORGANIZATION, seed=seed, settings=settings, days=8, start_ms=now_ms)
    found = timeline.conversations(now_ms - hours * 3_600_000, now_ms)
    builder = Builder()
    for first in range(0, len(found), 100):
        rows = b",".join(records.encoded(one, now_ms, settings) for one in found[first : first + 100])
        builder.add(b'{"conversations":[' + rows + b"]}")
    names = Names(queues=QUEUES, users=USERS)
    return [Story.until(one, now_ms) for one in found], ConversationDetails(builder.build(), names=names)


def moment(at: Any) -> int | None:
    return None if pd.isna(at) else round(at.timestamp() * 1000)


def seconds(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 3)


def text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def compare(found: Iterable[tuple[Any, ...]], wanted: Iterable[tuple[Any, ...]]) -> None:
    """Both lists hold the same rows."""
    theirs, ours = sorted(found, key=repr), sorted(wanted, key=repr)
    assert theirs, "nothing to compare"
    assert len(theirs) == len(ours)
    for one, other in zip(theirs, ours, strict=True):
        assert one == other


def test_what_is_compared_has_all_there_is(pulled: tuple[list[Story], ConversationDetails]) -> None:
    stories, details = pulled
    legs, handlings = details.legs, details.handlings
    assert set(legs["mediaType"]) == {"voice", "chat", "message", "email", "callback"}
    assert set(legs["kind"]) == {"customer", "consult"}
    results = {"answered", "direct", "outbound", "callback", "no_answer", "declined", "withdrawn"}
    assert results <= set(handlings["result"])
    assert set(details.transfers["kind"]) == {"blind", "consult"}
    if len(stories) > 1000:
        assert set(legs["outcome"]) == {"answered", "abandoned", "flow_out", "open"}


def test_every_leg_is_what_the_ledger_says(pulled: tuple[list[Story], ConversationDetails]) -> None:
    stories, details = pulled
    compare(
        (
            (
                row.conversationId, moment(row.offered_at), row.queue, row.mediaType, row.kind, row.outcome,
                moment(row.ended_at), seconds(row.wait_s), moment(row.answered_at), text(row.agent),
                row.no_answers,
            )
            for row in details.legs.itertuples()
        ),
        (
            (
                story.conversation.id, offer.offered, QUEUES[offer.queue], offer.media,
                "consult" if offer.consult else "customer", offer.outcome, offer.ended,
                None if offer.ended is None else (offer.ended - offer.offered) / 1000,
                offer.answered, USERS.get(offer.agent or ""), offer.no_answers,
            )
            for story in stories
            for offer in story.offers.values()
            if offer.offered
        ),
    )  # fmt: skip


def test_every_handling_is_what_the_ledger_says(pulled: tuple[list[Story], ConversationDetails]) -> None:
    stories, details = pulled
    handlings = details.handlings
    own = handlings[handlings["result"] != "callback"]
    compare(
        (
            (
                row.conversationId, row.agent, text(row.queue), row.mediaType, row.result,
                moment(row.alerted_at), moment(row.connected_at) if row.mediaType != "callback" else None,
                moment(row.handled_at), seconds(row.talk_s), seconds(row.hold_s), seconds(row.acw_s),
                seconds(row.handle_s), row.transfer, text(row.wrapUpCode),
            )
            for row in own.itertuples()
        ),
        (
            (
                story.conversation.id, USERS[work.user], QUEUES.get(work.queue or ""), work.media,
                work.result, work.alerted, work.connected if work.media != "callback" else None, work.handled,
                work.spent["talk"] / 1000, work.spent["hold"] / 1000, work.acw / 1000,
                None if work.handled is None
                else round((work.spent["talk"] + work.spent["hold"] + work.acw) / 1000, 3),
                work.transfer, work.wrap_up,
            )
            for story in stories
            for work in story.works.values()
        ),
    )  # fmt: skip
    calls = handlings[handlings["result"] == "callback"]
    assert len(calls) == sum(work.calls for story in stories for work in story.works.values())
    assert not calls[["talk_s", "hold_s", "acw_s"]].to_numpy().any()
    assert calls["handle_s"].isna().all()
    assert set(calls["transfer"]) <= {"none"}


def test_every_transfer_is_what_the_ledger_says(pulled: tuple[list[Story], ConversationDetails]) -> None:
    stories, details = pulled
    compare(
        (
            (row.conversationId, moment(row.at), row.kind, text(row.from_queue), row.agent,
             text(row.to_queue), text(row.to_agent))
            for row in details.transfers.itertuples()
        ),
        (wanted for story in stories for wanted in transfers(story)),
    )  # fmt: skip


def transfers(story: Story) -> Iterable[tuple[Any, ...]]:
    """Each transfer: when, how, from whom, to which queue, and who took it there."""
    for at, party, event in story.passed:
        work = story.works[party]
        taker = event.user_id
        if event.queue_id is not None:
            later = [one for one in story.offers.values() if one.offered]
            if event.code == ledger.BLIND:
                fitting = [one for one in later if one.offered >= at and not one.consult]
                visit = min(fitting, key=lambda one: one.offered, default=None)
            else:
                fitting = [one for one in later if one.offered <= at and one.consult]
                visit = max(fitting, key=lambda one: one.offered, default=None)
            taker = visit.agent if visit else None
        yield (
            story.conversation.id, at, "blind" if event.code == ledger.BLIND else "consult",
            QUEUES.get(work.queue or ""), USERS[work.user], QUEUES.get(event.queue_id or ""),
            USERS.get(taker or ""),
        )  # fmt: skip


def test_every_interaction_is_what_the_ledger_says(pulled: tuple[list[Story], ConversationDetails]) -> None:
    stories, details = pulled
    compare(
        (
            (
                row.conversationId, row.mediaType, row.direction, text(row.first_queue), text(row.last_queue),
                tuple(row.agents), row.offers, row.answered, row.abandoned, seconds(row.wait_s),
                seconds(row.talk_s), seconds(row.hold_s), seconds(row.acw_s), seconds(row.handle_s),
                row.transfers, moment(row.started_at),
            )
            for row in details.interactions.itertuples()
        ),
        map(interaction, stories),
    )  # fmt: skip


def interaction(story: Story) -> tuple[Any, ...]:
    """One conversation."""
    conversation = story.conversation
    offers = sorted(
        (one for one in story.offers.values() if one.offered and not one.consult),
        key=lambda one: one.offered,
    )
    works = list(story.works.values())
    had = sorted((one for one in works if one.connected is not None), key=lambda one: one.connected or 0)
    passed = [one.queue for one in offers] or [one.queue for one in works if one.queue] or [""]
    handled = [one for one in works if one.handled is not None]

    def total(kind: str) -> float:
        return round(sum(one.spent[kind] for one in works) / 1000, 3)

    return (
        conversation.id, conversation.media, conversation.direction, QUEUES.get(passed[0]),
        QUEUES.get(passed[-1]), tuple(dict.fromkeys(USERS[one.user] for one in had)), len(offers),
        any(one.outcome == "answered" for one in offers) if offers else bool(had),
        bool(offers) and offers[-1].outcome == "abandoned",
        round(sum(one.ended - one.offered for one in offers if one.ended) / 1000, 3),
        total("talk"), total("hold"), round(sum(one.acw for one in works) / 1000, 3),
        round(sum(one.spent["talk"] + one.spent["hold"] + one.acw for one in handled) / 1000, 3) if handled
        else None,
        len(story.passed), conversation.started_ms,
    )  # fmt: skip
