"""The users' aggregates query against the agents' logs themselves."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import checked
from gcanalytics.simulator.queries.user_aggregates import UserAggregates, UserAggregatesQuery
from gcanalytics.simulator.queries.user_stretches import Statuses
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
SETTINGS = Settings(clock_start="2026-11-18T10:17:05Z", conversations_per_week=6000)
NOW = SETTINGS.clock_start_ms() or 0
HOUR = 3_600_000
METRICS = ["tAgentRoutingStatus", "tSystemPresence", "tOrganizationPresence"]
TODAY = "2026-11-18T00:00:00+01:00/2026-11-19T00:00:00+01:00"
MIDNIGHT = 1_794_956_400_000

Sums = dict[tuple[str | None, str, str, str], int]


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return Timeline(ORGANIZATION, seed=3, settings=SETTINGS, days=4, start_ms=NOW)


def asked(timeline: Timeline, *, offline_time: str = "counted", **fields: Any) -> dict[str, Any]:
    body = {"interval": TODAY, "metrics": METRICS, "groupBy": ["userId"]} | fields
    query = UserAggregatesQuery.from_body(checked("UserAggregationQuery", body))
    engine = UserAggregates(Statuses(timeline, ORGANIZATION), offline_time=offline_time)
    return engine.results(query, NOW)


def users(*ids: str) -> dict[str, Any]:
    return {"type": "or", "predicates": [{"dimension": "userId", "value": each} for each in ids]}


def sums(answer: Mapping[str, Any]) -> Sums:
    return {
        (entry["group"].get("userId"), piece["interval"], metric["metric"], metric["qualifier"]): metric[
            "stats"
        ]["sum"]
        for entry in answer["results"]
        for piece in entry["data"]
        for metric in piece["metrics"]
    }


def agents() -> list[str]:
    return [user.id for user in ORGANIZATION.users if user.state == "active" and not user.guest_desk][:30]


def test_every_sum_is_the_time_in_the_agents_log(timeline: Timeline) -> None:
    answer = asked(timeline, filter=users(*agents()))
    expected: Sums = defaultdict(int)
    for user_id in agents():
        changes = timeline.statuses(user_id, MIDNIGHT, NOW)
        ends = [at_ms for at_ms, _ in changes[1:]] + [NOW]
        for (at_ms, status), end_ms in zip(changes, ends, strict=True):
            for metric, value in zip(
                METRICS, (status.routing_status, status.system_presence, status.presence_id), strict=True
            ):
                key = user_id, "2026-11-17T23:00:00.000Z/2026-11-18T23:00:00.000Z", metric, value
                expected[key] += end_ms - at_ms
    assert sums(answer) == {key: length for key, length in expected.items() if length}
    assert {key[3] for key in sums(answer)} >= {"INTERACTING", "IDLE", "NOT_RESPONDING", "MEAL", "OFFLINE"}


def test_the_statuses_of_a_bucket_add_up_to_it(timeline: Timeline) -> None:
    answer = asked(timeline, granularity="PT30M", timeZone="Europe/Warsaw", filter=users(*agents()))
    totals: dict[tuple[str | None, str, str], int] = defaultdict(int)
    for (user_id, interval, metric, _), length in sums(answer).items():
        totals[user_id, interval, metric] += length
    intervals = sorted({interval for _, interval, _ in totals})
    assert len(intervals) == 23  # from local midnight to the half hour of 11:17
    assert len(totals) == len(agents()) * 23 * 3
    for (_, interval, _), total in totals.items():
        running = interval == intervals[-1]
        assert total == (NOW - MIDNIGHT - 22 * HOUR // 2 if running else HOUR // 2)


def test_finer_buckets_add_up_to_the_whole(timeline: Timeline) -> None:
    whole = sums(asked(timeline, filter=users(*agents())))
    fine: dict[tuple[str | None, str, str], int] = defaultdict(int)
    for (user_id, _, metric, qualifier), length in sums(
        asked(timeline, filter=users(*agents()), granularity="PT7M")
    ).items():
        fine[user_id, metric, qualifier] += length
    assert fine == {(key[0], *key[2:]): length for key, length in whole.items()}


def test_without_a_group_all_users_are_one(timeline: Timeline) -> None:
    answer = asked(timeline, groupBy=[])
    assert [entry["group"] for entry in answer["results"]] == [{}]
    by_user: dict[tuple[str, str], int] = defaultdict(int)
    for (_, _, metric, qualifier), length in sums(asked(timeline)).items():
        by_user[metric, qualifier] += length
    assert {key[2:]: length for key, length in sums(answer).items()} == by_user


def test_time_offline_can_be_left_out(timeline: Timeline) -> None:
    counted, left_out = sums(asked(timeline)), sums(asked(timeline, offline_time="left_out"))
    offline = next(each.id for each in ORGANIZATION.presences if each.system_presence == "OFFLINE")
    assert not [key for key in left_out if key[3] in ("OFFLINE", offline)]
    for key, length in left_out.items():
        if key[2:] != ("tAgentRoutingStatus", "OFF_QUEUE"):
            assert counted[key] == length
    logged_on = {key[0] for key in counted if key[2] == "tSystemPresence" and key[3] != "OFFLINE"}
    assert {key[0] for key in left_out} == logged_on
    totals: dict[tuple[str | None, str], int] = defaultdict(int)
    for key, length in left_out.items():
        totals[key[0], key[2]] += length
    for user_id in logged_on:
        assert len({totals[user_id, metric] for metric in METRICS}) == 1


def test_organization_presences_stand_for_system_presences(timeline: Timeline) -> None:
    answer = asked(timeline)
    mapping = answer["systemToOrganizationMappings"]
    assert set(mapping) == {each.system_presence for each in ORGANIZATION.presences}
    system = {own: name for name, ids in mapping.items() for own in ids}
    assert len(system) == len(ORGANIZATION.presences)
    own: dict[tuple[str | None, str], int] = defaultdict(int)
    for key, length in sums(answer).items():
        if key[2] == "tOrganizationPresence":
            own[key[0], system[key[3]]] += length
    assert own == {(key[0], key[3]): each for key, each in sums(answer).items() if key[2] == METRICS[1]}


def test_a_view_has_the_stretches_of_its_range(timeline: Timeline) -> None:
    view = {
        "name": "short",
        "target": "tAgentRoutingStatus",
        "function": "rangeBound",
        "range": {"lt": 60000},
    }
    user_id = max(agents(), key=lambda each: len(timeline.statuses(each, MIDNIGHT, NOW)))
    answer = asked(timeline, filter=users(user_id), views=[view])
    changes = timeline.statuses(user_id, MIDNIGHT, NOW)
    runs = [
        changes[0],
        *(now for was, now in pairwise(changes) if was[1].routing_status != now[1].routing_status),
    ]
    ends = [at_ms for at_ms, _ in runs[1:]] + [NOW]
    lengths = [end_ms - at_ms for (at_ms, _), end_ms in zip(runs, ends, strict=True)]
    [data] = answer["results"][0]["data"]
    assert data["views"] == [
        {"name": "short", "stats": {"sum": sum(each for each in lengths if each < 60000)}}
    ]


def test_what_lies_ahead_and_before_all_history_is_empty(timeline: Timeline) -> None:
    for interval in ("2026-11-20T00:00Z/P1D", "2025-11-20T00:00Z/P1D"):
        answer = asked(timeline, interval=interval)
        assert answer["results"] == []
        assert answer["systemToOrganizationMappings"]


@pytest.mark.parametrize(
    "fields",
    [
        {"filter": users(*(f"u{number}" for number in range(101)))},
        {
            "filter": {
                "type": "or",
                "clauses": [users(*map(str, range(60))), users(*map(str, range(60)))],
            }
        },
        {"granularity": "half an hour"},
        {"timeZone": "Mars/Olympus"},
        {"interval": "today"},
        {"metrics": []},
        {"filter": {"type": "or", "predicates": [{"operator": "matches", "value": "x"}]}},
        {"views": [{"name": "tSystemPresence", "target": "tSystemPresence", "function": "rangeBound"}]},
    ],
)
def test_what_makes_no_sense_is_a_400(timeline: Timeline, fields: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        asked(timeline, **fields)
    assert caught.value.status == 400


def test_a_hundred_users_pass(timeline: Timeline) -> None:
    ids = [user.id for user in ORGANIZATION.users if user.state == "active"][:100]
    assert len(asked(timeline, filter=users(*ids))["results"]) == 100
