"""Frames of the users' topics that come from conversations and statistics, and of the jobs' availability."""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.availability import available_ms
from gcanalytics.simulator.queries.intervals import Interval
from gcanalytics.simulator.queries.user_aggregates import UserAggregates, UserAggregatesQuery
from gcanalytics.simulator.queries.user_stretches import Statuses
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.flat_frames import FLAT_TOPIC, media_of
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.half_hours import HALF_HOUR_MS, start_of
from gcanalytics.simulator.streams.topics import AVAILABILITY, FrameMaker

# A Wednesday, 11:10 in Warsaw.
START_MS = 1_794_996_600_000
HOUR_MS = 3_600_000
END_MS = START_MS + HOUR_MS


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=5, settings=Settings(), days=2, start_ms=START_MS)


def played(
    organization: Organization,
    timeline: Timeline,
    heard: set[str],
    *,
    end_ms: int = END_MS,
    step_ms: int = 1000,
    **settings: Any,
) -> list[tuple[int, str, Any]]:
    """(time of the tick, topic, body) of everything that is sent from the start on."""
    maker = FrameMaker(organization, timeline, Settings(**settings))
    found = []
    for now_ms in range(START_MS + step_ms, end_ms + 1, step_ms):
        frames = maker.frames(now_ms - step_ms, now_ms, heard, now_ms / 1000)
        found += [(now_ms, key, json.loads(body)) for key, body in frames]
    return found


def user_keys(organization: Organization, word: str, stem: str = "v2.users") -> set[str]:
    return {f"{stem}.{user.id}.{word}" for user in organization.users}


def test_every_change_is_told_to_everybody_who_has_or_had_a_part_in_it(
    organization: Organization, timeline: Timeline
) -> None:
    words = ["conversations", *(f"conversations.{word}" for word in FLAT_TOPIC.values())]
    heard = set().union(*(user_keys(organization, word) for word in words))
    end_ms = START_MS + HOUR_MS // 4
    told = Counter((key, body["id"]) for _, key, body in played(organization, timeline, heard, end_ms=end_ms))
    expected: Counter[tuple[str, str]] = Counter()
    seen = set()
    for change in timeline.changes(START_MS, end_ms):
        conversation = change.conversation
        if conversation is None or (conversation.id, change.at_ms) in seen:
            continue
        seen.add((conversation.id, change.at_ms))
        seen_then = picture(conversation, change.at_ms)
        users = {each.user_id for each in seen_then.participants} - {None}
        for user_id in users:
            expected[f"v2.users.{user_id}.conversations", conversation.id] += 1
            for media in media_of(seen_then):
                word = FLAT_TOPIC[media]
                expected[f"v2.users.{user_id}.conversations.{word}", conversation.id] += 1
    assert len(expected) > 200
    assert told == expected


@pytest.fixture(scope="module")
def aggregates(organization: Organization, timeline: Timeline) -> list[tuple[int, str, Any]]:
    """The frames of an hour and a bit over two ends of half hours, for every user."""
    heard = user_keys(organization, "aggregates", "v2.analytics.users")
    return played(organization, timeline, heard)


def latest(frames: list[tuple[int, str, Any]]) -> dict[tuple[str, str | None, str], tuple[int, Any]]:
    """The last metrics told, and when, by user, medium (None: statuses) and interval."""
    found = {}
    for now_ms, key, body in frames:
        group, (entry,) = body["group"], body["data"]
        assert key == f"v2.analytics.users.{group['userId']}.aggregates"
        found[group["userId"], group.get("mediaType"), entry["interval"]] = now_ms, entry["metrics"]
    return found


def test_a_finished_half_hour_of_statuses_is_the_one_of_the_aggregates_query(
    aggregates: Any, organization: Organization, timeline: Timeline
) -> None:
    half = Interval(start_of(START_MS) + HALF_HOUR_MS, start_of(START_MS) + 2 * HALF_HOUR_MS)
    assert half.end_ms < END_MS
    metrics = ("tAgentRoutingStatus", "tOrganizationPresence", "tSystemPresence")
    query = UserAggregatesQuery(half, (half,), metrics, True, None, ())
    statuses = Statuses(timeline, organization)
    asked = UserAggregates(statuses, offline_time="counted").results(query, END_MS)
    told = latest(aggregates)
    users = set()
    for result in asked["results"]:
        user_id = result["group"]["userId"]
        users.add(user_id)
        _, found = told[user_id, None, f"{iso(half.start_ms)}/{iso(half.end_ms)}"]
        assert found == result["data"][0]["metrics"]
        times = Counter[str]()
        for metric in found:
            times[metric["metric"]] += metric["stats"]["sum"]
        assert times == dict.fromkeys(metrics, HALF_HOUR_MS)
    assert users == {user.id for user in statuses.users}


def test_the_running_half_hour_ends_at_the_last_change(aggregates: Any) -> None:
    running = f"{iso(start_of(END_MS))}/{iso(start_of(END_MS) + HALF_HOUR_MS)}"
    seen = 0
    for (_, media, interval), (now_ms, metrics) in latest(aggregates).items():
        if media is None and interval == running:
            seen += 1
            routed = sum(each["stats"]["sum"] for each in metrics if each["metric"] == "tAgentRoutingStatus")
            assert routed == now_ms - start_of(END_MS)
    assert seen > 10


def test_an_agents_own_metrics_are_what_he_emitted_in_the_half_hour(
    aggregates: Any, timeline: Timeline
) -> None:
    sums: dict[tuple[str, str | None, str], Counter[str]] = defaultdict(Counter)
    for conversation in timeline.conversations(START_MS - 5 * HOUR_MS, END_MS):
        for emission in emissions(conversation, END_MS, Settings()):
            user_id = emission.dims.get("userId")
            half_ms = start_of(emission.at_ms)
            if isinstance(user_id, str) and half_ms >= start_of(START_MS) and emission.at_ms < END_MS - 2000:
                interval = f"{iso(half_ms)}/{iso(half_ms + HALF_HOUR_MS)}"
                sums[user_id, str(emission.dims["mediaType"]), interval][emission.metric] += emission.value
    told = {key: found for key, (_, found) in latest(aggregates).items() if key[1] is not None}
    assert len(sums) > 50
    compared = 0
    for key, expected in sums.items():
        if key not in told or key[2].startswith(iso(start_of(END_MS))):
            # Nothing has changed there since the start, or it still moves.
            continue
        compared += 1
        stats = {metric["metric"]: metric["stats"] for metric in told[key]}
        assert {name: stat.get("sum", stat["count"]) for name, stat in stats.items()} == expected
    assert compared > 30


def test_statistics_of_a_user_come_at_most_once_a_second(
    organization: Organization, timeline: Timeline
) -> None:
    heard = user_keys(organization, "aggregates", "v2.analytics.users")
    times: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for now_ms, _, body in played(organization, timeline, heard, end_ms=START_MS + 60_000, step_ms=100):
        times[body["group"]["userId"], body["group"].get("mediaType")].append(now_ms)
    gaps = [later - earlier for each in times.values() for earlier, later in pairwise(each)]
    assert gaps
    assert min(gaps) >= 1000


def test_members_join_with_their_log_on_and_leave_with_their_log_off(
    organization: Organization, timeline: Timeline
) -> None:
    heard = {f"v2.routing.queues.{queue.id}.users" for queue in organization.queues}
    begin_ms, end_ms = START_MS, START_MS + 6 * HOUR_MS
    maker = FrameMaker(organization, timeline, Settings(queue_joins="shift"))
    joined: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for _, text in maker.frames(begin_ms, end_ms, heard, 0.0):
        body = json.loads(text)
        joined[body["queueId"], body["id"]].append(body["joined"])
    assert {each for told in joined.values() for each in told} == {True, False}
    for queue in organization.queues:
        for user_id in queue.member_ids:
            was = timeline.agent(user_id, begin_ms).system_presence != "OFFLINE"
            told = joined.get((queue.id, user_id), [])
            for each in told:
                assert each is not was, "told twice"
                was = each
            assert was == (timeline.agent(user_id, end_ms).system_presence != "OFFLINE")


def test_the_jobs_availability_moves_hour_by_hour(organization: Organization, timeline: Timeline) -> None:
    maker = FrameMaker(organization, timeline, Settings(job_lag_s=6 * 3600))
    told: list[str] = []
    now_ms = START_MS
    for step_ms in (1, 60_000, HOUR_MS, 3 * HOUR_MS, 1):
        frames = maker.frames(now_ms, now_ms + step_ms, {AVAILABILITY}, 0.0)
        now_ms += step_ms
        told += [json.loads(body)["dataAvailabilityDate"] for _, body in frames]
    first = available_ms(START_MS, 6 * 3600)
    assert told == [iso(first + number * HOUR_MS) for number in range(1, 5)]
    assert available_ms(now_ms, 6 * 3600) == first + 4 * HOUR_MS
    assert 6 * HOUR_MS <= START_MS - first < 7 * HOUR_MS
