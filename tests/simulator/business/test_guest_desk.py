"""The people of the guest desk over the days: each logs off and on again once, unless a guest needs him."""

import random
from itertools import pairwise

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import AgentStatus, Timeline
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
WEDNESDAY = 1_794_988_800_000  # 2026-11-18T08:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
AGENT, OTHER = ORGANIZATION.guest_desk[:2]


@pytest.fixture
def business() -> Timeline:
    return Timeline(ORGANIZATION, seed=1, settings=Settings(), days=7, start_ms=WEDNESDAY)


def told(business: Timeline, user_id: str = AGENT.id) -> list[tuple[int, AgentStatus]]:
    return business.statuses(user_id, business.floor_ms, WEDNESDAY)


def offs(business: Timeline, user_id: str = AGENT.id) -> list[int]:
    """When he has logged off."""
    return [at_ms for at_ms, each in told(business, user_id) if each.system_presence == "OFFLINE"]


def chat(business: Timeline, *events: tuple[int, str]) -> Conversation:
    """A guest's chat that the agent is alerted to, and what he makes of it."""
    one = Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="chat",
        started_ms=events[0][0],
        customer_name="Rita Echo",
        address="Rita Echo",
        events=[Event(at_ms, kind, 2, user_id=AGENT.id, code=ledger.HUNG_UP) for at_ms, kind in events],
    )
    business.add(one)
    return one


def test_each_logs_off_once_a_day_and_is_back_at_once(business: Timeline) -> None:
    days = WEDNESDAY - business.floor_ms
    for user in ORGANIZATION.guest_desk:
        log = told(business, user.id)
        assert [each.system_presence for _, each in log[:3]] == ["ON_QUEUE", "OFFLINE", "ON_QUEUE"]
        assert len(offs(business, user.id)) == days // DAY + 1
        for (at_ms, before), (next_ms, after) in pairwise(log):
            assert before.on_queue is not after.on_queue
            assert {before.routing_status, after.routing_status} == {"IDLE", "OFF_QUEUE"}
            assert next_ms - at_ms <= DAY
            if not before.on_queue:
                assert next_ms - at_ms <= MINUTE
            for since in (after.since_ms, after.presence_since_ms):
                assert since == next_ms
            assert business.agent(user.id, next_ms) == after
            assert business.agent(user.id, next_ms - 1) == before


def test_they_log_off_one_after_the_other(business: Timeline) -> None:
    instants = sorted(at_ms for user in ORGANIZATION.guest_desk for at_ms in offs(business, user.id))
    assert min(after - before for before, after in pairwise(instants)) >= 5 * MINUTE


def test_whoever_has_a_guest_stays(business: Timeline) -> None:
    first, second, *rest = offs(business)
    others = offs(business, OTHER.id)
    chat(
        business,
        (second - 3 * MINUTE, ledger.ALERTED),
        (second - 2 * MINUTE, ledger.ANSWERED),
        (second + 5 * MINUTE, ledger.AGENT_LEFT),
    )
    assert offs(business) == [first, *rest]
    assert offs(business, OTHER.id) == others
    stretch = business.agent(AGENT.id, second + HOUR)
    assert (stretch.routing_status, stretch.since_ms) == ("IDLE", second + 5 * MINUTE)
    assert stretch.presence_since_ms < second - HOUR, "his presence goes on from the day before"


@pytest.mark.parametrize("end", [ledger.NO_ANSWER, ledger.DECLINED, ledger.ALERT_WITHDRAWN])
def test_nobody_logs_off_while_it_rings(business: Timeline, end: str) -> None:
    first, second, *rest = offs(business)
    chat(business, (second - 1_000, ledger.ALERTED), (second + 9_000, end))
    assert offs(business) == [first, *rest]


def test_nobody_logs_off_while_he_is_not_responding(business: Timeline) -> None:
    first, second, *rest = offs(business)
    chat(business, (second - 15_000, ledger.ALERTED), (second - 5_000, ledger.NO_ANSWER))
    assert offs(business) == [first, *rest]


def test_a_guest_calls_back_who_has_just_logged_off(business: Timeline) -> None:
    second = offs(business)[1]
    chat(
        business,
        (second + 4_000, ledger.ALERTED),
        (second + 6_000, ledger.ANSWERED),
        (second + MINUTE, ledger.AGENT_LEFT),
    )
    seen = [
        (at_ms - second, each.system_presence, each.routing_status, each.on_queue)
        for at_ms, each in business.statuses(AGENT.id, second, second + 2 * MINUTE)
    ]
    assert seen == [
        (0, "OFFLINE", "OFF_QUEUE", False),
        (4_000, "ON_QUEUE", "IDLE", True),
        (6_000, "ON_QUEUE", "INTERACTING", True),
        (MINUTE, "ON_QUEUE", "IDLE", True),
    ]
    assert business.agent(AGENT.id, second + 3_999).system_presence == "OFFLINE"


def test_the_log_of_a_moment_is_never_told_otherwise_later(business: Timeline) -> None:
    second = offs(business)[1]
    one = chat(business, (second - 40_000, ledger.ALERTED), (second - 35_000, ledger.ANSWERED))
    moments = [second + offset for offset in range(-45_000, 45_000, 1_000)]
    before = [business.agent(AGENT.id, at_ms) for at_ms in moments if at_ms < second - 10_000]
    one.append(Event(second - 10_000, ledger.AGENT_LEFT, 2, user_id=AGENT.id, code=ledger.HUNG_UP))
    after = [business.agent(AGENT.id, at_ms) for at_ms in moments]
    assert after[: len(before)] == before
    assert [each.on_queue for each in after].count(False) == 30


def test_every_change_of_theirs_is_told_at_its_instant(business: Timeline) -> None:
    second = offs(business)[1]
    chat(
        business,
        (second + 4_000, ledger.ALERTED),
        (second + 30_000, ledger.NO_ANSWER),
    )
    start_ms, end_ms = second - HOUR, second + HOUR
    expected = {
        (at_ms, user.id)
        for user in ORGANIZATION.guest_desk
        for at_ms, _ in business.statuses(user.id, start_ms, end_ms)[1:]
    }
    # In one look, and in many as a live stream takes them.
    cuts = [start_ms, second - 1, second, second + 20_000, second + 50_000, end_ms - 1]
    desk = {user.id for user in ORGANIZATION.guest_desk}
    found = [
        (each.at_ms, each.user_id)
        for after_ms, upto_ms in pairwise(cuts)
        for each in business.changes(after_ms, upto_ms)
        if each.user_id in desk
    ]
    assert set(found) == expected
    assert len(found) == len(expected) > 4


def test_a_moments_status_is_the_whole_logs_whatever_guests_do(business: Timeline) -> None:
    draw = random.Random("guests")
    at_handover = offs(business)
    ends = {
        ledger.ANSWERED: ((ledger.AGENT_LEFT, 40_000),),
        ledger.NO_ANSWER: (),
        ledger.DECLINED: (),
        ledger.ALERT_WITHDRAWN: (),
    }
    for _ in range(12):
        rung = draw.choice(at_handover) + draw.randrange(-60_000, 60_000)
        kind = draw.choice(list(ends))
        came = rung + draw.randrange(0, 40_000, 5_000)
        chat(business, (rung, ledger.ALERTED), (came, kind), *((came + ms, end) for end, ms in ends[kind]))
    log = told(business)
    assert {each.routing_status for _, each in log} == {"OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING"}
    moments = [at_ms for at_ms, _ in log] + [at_ms - 1 for at_ms, _ in log[1:]]
    for at_ms in moments:
        whole = [each for since_ms, each in log if since_ms <= at_ms][-1]
        assert business.agent(AGENT.id, at_ms) == whole
        part = business.statuses(AGENT.id, at_ms, at_ms + HOUR)
        assert part[1:] == [entry for entry in log if at_ms < entry[0] < at_ms + HOUR]
