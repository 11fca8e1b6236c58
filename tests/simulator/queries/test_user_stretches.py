"""Stretches of statuses: nothing lost, nothing counted twice, whatever the changes and the buckets."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import AgentStatus, Timeline
from gcanalytics.simulator.queries.intervals import Interval, Period
from gcanalytics.simulator.queries.user_stretches import Kind, split, stretches, value_of
from gcanalytics.simulator.settings import Settings

HOUR = 3_600_000
KINDS: tuple[Kind, ...] = ("routing", "presence")
ORGANIZATION = Organization.load()


def status(routing: str, presence: str) -> AgentStatus:
    return AgentStatus(routing, 0, presence, f"id of {presence}", 0, presence == "ON_QUEUE")


STATUSES = st.builds(
    status,
    st.sampled_from(["OFF_QUEUE", "IDLE", "INTERACTING"]),
    st.sampled_from(["OFFLINE", "ON_QUEUE", "BREAK"]),
)


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[tuple[int, AgentStatus]], int]:
    """Changes in time order, some at the same instant, and an end at or after the last."""
    gaps = draw(st.lists(st.sampled_from([0, 0, 1, 7, 1000, HOUR]), min_size=1, max_size=12))
    at_ms, changes = draw(st.integers(-5, 5)), []
    for gap in gaps:
        at_ms += gap
        changes.append((at_ms, draw(STATUSES)))
    return changes, at_ms + draw(st.integers(0, 2 * HOUR))


def shown(changes: Sequence[tuple[int, AgentStatus]], at_ms: int) -> AgentStatus:
    return [each for since_ms, each in changes if since_ms <= at_ms][-1]


@given(courses(), st.sampled_from(KINDS))
def test_stretches_cover_the_time_once_with_what_was_shown(
    course: tuple[list[tuple[int, AgentStatus]], int], kind: Kind
) -> None:
    changes, end_ms = course
    found = list(stretches(kind, changes, end_ms))
    assert sum(each.end_ms - each.start_ms for each in found) == end_ms - changes[0][0]
    for each in found:
        assert each.start_ms < each.end_ms
        for at_ms in {each.start_ms, (each.start_ms + each.end_ms) // 2, each.end_ms - 1}:
            assert value_of(kind, shown(changes, at_ms)) == value_of(kind, each.status)
    for before, after in pairwise(found):
        assert before.end_ms == after.start_ms
        assert value_of(kind, before.status) != value_of(kind, after.status)


@given(courses(), st.sampled_from(KINDS), st.lists(st.integers(-10, 5 * HOUR), max_size=9, unique=True))
def test_buckets_get_each_millisecond_once(
    course: tuple[list[tuple[int, AgentStatus]], int], kind: Kind, edges: list[int]
) -> None:
    changes, end_ms = course
    found = list(stretches(kind, changes, end_ms))
    buckets = [Interval(*pair) for pair in pairwise(sorted(edges))]
    sums = [0] * len(buckets)
    for number, length_ms, each in split(found, buckets):
        assert length_ms > 0
        assert each in found
        sums[number] += length_ms
    for bucket, total in zip(buckets, sums, strict=True):
        assert total == max(0, min(bucket.end_ms, end_ms) - max(bucket.start_ms, changes[0][0]))


def timeline(clock: str, days: int, seed: int = 7) -> tuple[Timeline, int]:
    settings = Settings(clock_start=clock, conversations_per_week=6000)
    now_ms = settings.clock_start_ms() or 0
    return Timeline(ORGANIZATION, seed=seed, settings=settings, days=days, start_ms=now_ms), now_ms


@pytest.fixture(scope="module")
def business() -> Timeline:
    """Days around the change of clocks in Europe, 2026-10-25."""
    return timeline("2026-10-27T10:00:00Z", 4)[0]


@settings(max_examples=60, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_statuses_are_what_the_agent_shows_at_every_moment(business: Timeline, random: Random) -> None:
    user = random.choice(ORGANIZATION.users)
    start_ms = business.floor_ms + random.randrange(72 * HOUR)
    end_ms = start_ms + random.choice([1, HOUR, 30 * HOUR])
    changes = business.statuses(user.id, start_ms, end_ms)
    assert changes[0][0] == start_ms
    assert all(before[0] <= after[0] < end_ms for before, after in pairwise(changes))
    moments = [start_ms, end_ms - 1, *(random.randrange(start_ms, end_ms) for _ in range(20))]
    moments += [at_ms + step for at_ms, _ in changes[-6:] for step in (-1, 0)]
    # Four o'clock local, where one operating day follows the other.
    moments += [business.calendar.bounds(business.calendar.number_at(end_ms))[0] + step for step in (-1, 0)]
    for at_ms in moments:
        if start_ms <= at_ms < end_ms:
            agent = business.agent(user.id, at_ms)
            seen = shown(changes, at_ms)
            assert [value_of(kind, seen) for kind in KINDS] == [value_of(kind, agent) for kind in KINDS]


def test_the_quiet_hour_and_a_change_of_clocks_lose_nothing(business: Timeline) -> None:
    zone = ZoneInfo("Europe/Warsaw")
    # Two local days, the second of 25 hours, in local hours.
    whole = Interval.parse("2026-10-24T00:00:00+02:00/2026-10-26T00:00:00+01:00")
    buckets = list(whole.buckets(Period.parse("PT1H"), zone))
    assert len(buckets) == 49
    logged = 0
    for user in ORGANIZATION.users[:40]:
        changes = business.statuses(user.id, whole.start_ms, whole.end_ms)
        logged += len(changes) > 1
        for kind in KINDS:
            sums = [0] * len(buckets)
            for number, length_ms, _ in split(stretches(kind, changes, whole.end_ms), buckets):
                sums[number] += length_ms
            assert sums == [HOUR] * 49
    assert logged > 10


def test_a_guest_desk_agent_is_on_queue_around_the_clock_and_busy_with_guests() -> None:
    business, now_ms = timeline("2026-11-18T10:00:00Z", 2)
    agent = ORGANIZATION.guest_desk[0]
    for offset in (0, 5_000):
        chat = Conversation(
            ledger.random_id(),
            organization=ORGANIZATION,
            media="chat",
            started_ms=now_ms,
            customer_name="Rita Echo",
            address="Rita Echo",
        )
        business.add(chat)
        for at_ms, kind in ((1_000, ledger.ALERTED), (2_000, ledger.ANSWERED), (20_000, ledger.AGENT_LEFT)):
            chat.append(Event(now_ms + offset + at_ms, kind, 2, user_id=agent.id, code=ledger.HUNG_UP))
    span = Interval(now_ms - HOUR, now_ms + HOUR)
    changes = business.statuses(agent.id, span.start_ms, span.end_ms)
    found = [
        (each.start_ms - now_ms, each.end_ms - now_ms, each.status.routing_status)
        for each in stretches("routing", changes, span.end_ms)
    ]
    assert found == [(-HOUR, 2_000, "IDLE"), (2_000, 25_000, "INTERACTING"), (25_000, HOUR, "IDLE")]
    [presence] = stretches("presence", changes, span.end_ms)
    assert presence.status.system_presence == "ON_QUEUE"
    early = business.statuses(agent.id, span.start_ms, now_ms + 10_000)
    assert [at_ms for at_ms, _ in early if at_ms >= now_ms + 10_000] == []
