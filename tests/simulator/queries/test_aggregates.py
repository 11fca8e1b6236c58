"""The aggregates query against plain sums over the ledger's emissions, and the shapes that are recorded."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries import contract
from gcanalytics.simulator.queries.aggregates import Aggregates, AggregatesQuery, _Groups
from gcanalytics.simulator.queries.emission_days import EmissionDays
from gcanalytics.simulator.queries.intervals import Interval
from gcanalytics.simulator.records.rules import Emission, emissions
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z
DAY_MS = 86_400_000
PATH = "/api/v2/analytics/conversations/aggregates/query"
INTERVAL = "2026-11-17T06:00:00.000Z/2026-11-18T06:00:00.000Z"
METRICS = ["nOffered", "tAnswered", "tAbandon", "tHandle", "nConnected", "nTransferred", "tWait", "tAcd"]
SETTINGS = Settings(conversations_per_week=4000)


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=3, settings=SETTINGS, days=4, start_ms=START_MS)


@pytest.fixture(scope="module")
def emitted(timeline: Timeline) -> list[Emission]:
    """Everything emitted by now by conversations of the last three days."""
    found = timeline.conversations(START_MS - 3 * DAY_MS, START_MS + 1)
    return [each for one in found for each in emissions(one, START_MS, SETTINGS)]


@pytest.fixture(scope="module")
def engine(timeline: Timeline, organization: Organization) -> Callable[..., list[dict[str, Any]]]:
    days = EmissionDays(timeline, SETTINGS)

    def results(
        partial_groups: str = "disjoint", now_ms: int = START_MS, **body: Any
    ) -> list[dict[str, Any]]:
        query = contract.checked(
            "ConversationAggregationQuery", {"interval": INTERVAL, "metrics": METRICS} | body
        )
        aggregates = Aggregates(days, organization, partial_groups=partial_groups)
        answer = aggregates.results(AggregatesQuery.from_body(query), now_ms)
        assert list(answer) == ["results"]
        return list(answer["results"])

    return results


def flat(results: list[dict[str, Any]]) -> dict[tuple[Any, str, str], dict[str, Any]]:
    """(group, interval, metric) to stats."""
    return {
        (tuple(sorted(entry["group"].items())), data["interval"], metric["metric"]): metric["stats"]
        for entry in results
        for data in entry["data"]
        for metric in data["metrics"]
    }


def plain(
    emitted: list[Emission],
    group_by: list[str],
    start_of: Callable[[int], str],
    keep: Callable[[Emission], bool] = lambda _: True,
) -> dict[tuple[Any, str, str], dict[str, Any]]:
    """The same, the naive way."""
    interval = Interval.parse(INTERVAL)
    values: dict[tuple[Any, str, str], list[int]] = defaultdict(list)
    for each in emitted:
        if each.metric in METRICS and interval.start_ms <= each.at_ms < interval.end_ms and keep(each):
            group = {name: each.dims[name] for name in ["mediaType", *group_by] if name in each.dims}
            values[tuple(sorted(group.items())), start_of(each.at_ms), each.metric].append(each.value)
    return {
        key: {"count": sum(found)}
        if key[2].startswith("n")
        else {"count": len(found), "sum": sum(found), "min": min(found), "max": max(found)}
        for key, found in values.items()
    }


def whole(_: int) -> str:
    return INTERVAL


def half_hour(at_ms: int) -> str:
    from gcanalytics.simulator.records.details import iso

    start = at_ms - at_ms % 1_800_000
    return f"{iso(start)}/{iso(start + 1_800_000)}"


@pytest.mark.parametrize(
    "group_by",
    [
        [],
        ["queueId"],
        ["queueId", "userId"],
        ["wrapUpCode", "direction"],
        ["conversationId"],
        ["ani", "userId"],
    ],
)
def test_sums_by_group_are_those_of_the_ledger(
    engine: Any, emitted: list[Emission], group_by: list[str]
) -> None:
    expected = plain(emitted, group_by, whole)
    assert flat(engine(groupBy=group_by)) == expected
    assert len(expected) > len(METRICS)


def test_sums_by_half_hour_are_those_of_the_emit_times(engine: Any, emitted: list[Emission]) -> None:
    assert flat(engine(groupBy=["queueId"], granularity="PT30M")) == plain(emitted, ["queueId"], half_hour)


def test_a_filter_looks_at_the_dimensions_of_each_value(
    engine: Any, emitted: list[Emission], organization: Organization
) -> None:
    first, second = (queue.id for queue in organization.queues[:2])
    queues = {
        "type": "or",
        "predicates": [{"dimension": "queueId", "value": each} for each in (first, second)],
    }
    voice = {"type": "and", "predicates": [{"dimension": "mediaType", "value": "VOICE"}], "clauses": [queues]}
    expected = plain(
        emitted,
        ["userId"],
        whole,
        lambda each: each.dims["mediaType"] == "voice" and each.dims.get("queueId") in {first, second},
    )
    assert flat(engine(groupBy=["userId"], filter=voice)) == expected


@pytest.mark.parametrize("place", ["predicates", "clauses"])
def test_a_filter_finds_one_conversation(engine: Any, emitted: list[Emission], place: str) -> None:
    inside = Interval.parse(INTERVAL)
    handled = [
        each for each in emitted if each.metric == "tHandle" and inside.start_ms <= each.at_ms < inside.end_ms
    ]
    wanted = str(handled[0].dims["conversationId"])
    one = {"type": "or", "predicates": [{"dimension": "conversationId", "value": wanted}]}
    test = one if place == "predicates" else {"type": "and", "clauses": [one]}
    expected = plain(emitted, [], whole, lambda each: each.dims["conversationId"] == wanted)
    assert expected
    assert flat(engine(filter=test)) == expected


def test_the_medium_is_in_every_group_and_a_missing_dimension_makes_a_partial_one(engine: Any) -> None:
    shapes = {tuple(sorted(entry["group"])) for entry in engine(groupBy=["queueId", "userId"])}
    # A transfer straight to an agent knows no queue.
    assert shapes == {
        ("mediaType",),
        ("mediaType", "queueId"),
        ("mediaType", "userId"),
        ("mediaType", "queueId", "userId"),
    }


def test_rolled_up_groups_hold_the_finer_ones_in_addition(engine: Any, emitted: list[Emission]) -> None:
    results = flat(engine(partial_groups="rollup", groupBy=["queueId", "userId"]))
    expected = plain(emitted, [], whole)
    for group_by in (["queueId"], ["userId"], ["queueId", "userId"]):
        full = len(group_by) + 1
        expected |= {
            key: each for key, each in plain(emitted, group_by, whole).items() if len(key[0]) == full
        }
    assert results == expected


def test_days_follow_the_time_zone_asked_for(engine: Any) -> None:
    results = engine(
        interval="2026-11-16T23:00:00Z/2026-11-18T23:00:00Z",
        granularity="P1D",
        timeZone="Europe/Warsaw",
        metrics=["nOffered"],
    )
    intervals = {data["interval"] for entry in results for data in entry["data"]}
    assert intervals == {
        "2026-11-16T23:00:00.000Z/2026-11-17T23:00:00.000Z",
        "2026-11-17T23:00:00.000Z/2026-11-18T23:00:00.000Z",
    }


def test_the_service_level_stands_in_groups_of_queue_and_medium(
    engine: Any, emitted: list[Emission], organization: Organization
) -> None:
    metrics = ["oServiceLevel", "oServiceTarget", "tAnswered"]
    results = flat(engine(metrics=metrics, groupBy=["queueId", "userId"]))
    counts = plain(emitted, ["queueId"], whole)
    late: dict[Any, int] = defaultdict(int)
    interval = Interval.parse(INTERVAL)
    for each in emitted:
        if each.metric == "nOverSla" and interval.start_ms <= each.at_ms < interval.end_ms:
            late[each.dims["queueId"], each.dims["mediaType"]] += 1
    seen = 0
    for (group, _, metric), stats in results.items():
        if metric == "tAnswered":
            continue
        known = dict(group)
        assert set(known) == {"queueId", "mediaType"}
        target = organization.queues_by_id[known["queueId"]].service_levels[known["mediaType"]][0]
        if metric == "oServiceTarget":
            assert stats == {"current": target}
            continue
        answered = counts[group, INTERVAL, "tAnswered"]["count"]
        abandoned = counts.get((group, INTERVAL, "tAbandon"), {"count": 0})["count"]
        within = answered - late[known["queueId"], known["mediaType"]]
        assert stats == {
            "ratio": within / (answered + abandoned),
            "numerator": within,
            "denominator": answered + abandoned,
            "target": target,
        }
        seen += 1
    assert seen > 3


def test_without_a_queue_in_the_group_a_service_level_has_no_target(engine: Any) -> None:
    stats = flat(engine(metrics=["oServiceLevel", "oServiceTarget"]))
    assert {key[2] for key in stats} == {"oServiceLevel"}
    assert all(set(each) == {"ratio", "numerator", "denominator"} for each in stats.values())


def test_a_view_is_a_timer_within_bounds(engine: Any, emitted: list[Emission]) -> None:
    view = {"target": "tWait", "name": "short", "function": "rangeBound", "range": {"gte": 0, "lt": 20_000}}
    results = engine(metrics=["nOffered"], groupBy=["queueId"], views=[view])
    expected = plain(emitted, ["queueId"], whole, lambda each: each.metric == "tWait" and each.value < 20_000)
    found = {
        (tuple(sorted(entry["group"].items())), data["interval"], "tWait"): data["views"][0]["stats"]
        for entry in results
        for data in entry["data"]
        if "views" in data
    }
    assert found == expected


def test_the_top_groups_are_those_with_the_most(engine: Any) -> None:
    results = engine(
        groupBy=["userId"],
        metrics=["tHandle"],
        queryType="topN",
        sortMetric={"name": "tHandle", "function": "count"},
        limit=3,
    )
    counts = [entry["data"][0]["metrics"][0]["stats"]["count"] for entry in results]
    everybody = engine(groupBy=["userId"], metrics=["tHandle"])
    most = sorted((entry["data"][0]["metrics"][0]["stats"]["count"] for entry in everybody), reverse=True)
    assert counts == most[:3]


def test_of_one_metric_the_top_groups_need_no_name_to_sort_by(engine: Any) -> None:
    body = {"groupBy": ["queueId"], "metrics": ["tAcd"], "queryType": "bottomN", "limit": 2}
    sort = {"name": "tAcd", "function": "sum"}
    assert engine(**body) == engine(**body, sortMetric=sort)
    assert engine(**body, sortMetric={"function": "max"}) == engine(
        **body, sortMetric=sort | {"function": "max"}
    )
    assert len(engine(**body)) == 2


@pytest.mark.parametrize(
    ("flatten", "expected"),
    [
        (False, [("voice", "a", "x"), ("voice", "a", "y"), ("voice", "b", "x"), ("voice", "b", "y")]),
        (True, [("voice", "a,b", "x,y")]),
    ],
)
def test_several_values_of_a_dimension_make_several_groups_or_one(
    flatten: bool, expected: list[tuple[str, ...]]
) -> None:
    names = ("mediaType", "requestedRoutingSkillId", "divisionId")
    groups = _Groups(names, None, flatten=flatten)
    packed = (("mediaType", "requestedRoutingSkillId", "divisionId"), "voice", ("a", "b"), ("x", "y"))
    assert groups.of(packed) == expected
    assert groups.of((("mediaType", "divisionId"), "voice", ())) == [("voice", None, None)]


def test_what_has_no_value_is_left_out_and_nothing_is_an_empty_list(engine: Any) -> None:
    assert engine(metrics=["tBarging"]) == []
    assert engine(interval="2027-01-01T00:00Z/2027-01-02T00:00Z") == []


def test_an_interval_of_ages_holds_what_there_is(engine: Any) -> None:
    ages = "0001-01-01/9999-12-31"
    assert flat(engine(interval=ages, metrics=["nOffered"], granularity="P1Y"))


def test_what_goes_on_counts_as_far_as_it_is_known(engine: Any, timeline: Timeline) -> None:
    today = "2026-11-18T00:00Z/2026-11-19T00:00Z"
    [stats] = [
        each
        for key, each in flat(engine(interval=today, metrics=["nOffered"], now_ms=START_MS + 60_000)).items()
        if dict(key[0]) == {"mediaType": "voice"}
    ]
    expected = sum(
        each.metric == "nOffered" and each.at_ms >= START_MS - START_MS % DAY_MS
        for one in timeline.conversations(START_MS - DAY_MS, START_MS + 60_001)
        if one.media == "voice"
        for each in emissions(one, START_MS + 60_000, SETTINGS)
    )
    assert stats == {"count": expected}


VIEW = {"target": "tWait", "name": "x", "function": "rangeBound"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"granularity": "hourly"}, "invalid.value"),
        ({"timeZone": "Mars/Base"}, "invalid.value"),
        ({"timeZone": "localtime"}, "invalid.value"),
        ({"timeZone": "../UTC"}, "invalid.value"),
        ({"granularity": "PT1S"}, "bad.request"),
        ({"interval": "2026-11-18/9999-12-31", "granularity": "PT1S"}, "bad.request"),
        ({"metrics": []}, "bad.request"),
        ({"metrics": ["tNope"]}, "invalid.value"),
        ({"groupBy": ["colour"]}, "invalid.value"),
        ({"views": [VIEW | {"name": "tTalk"}]}, "bad.request"),
        ({"views": [VIEW | {"target": "nOffered"}]}, "bad.request"),
        ({"views": [VIEW | {"name": f"v{i}"} for i in range(11)]}, "bad.request"),
        ({"views": [VIEW, VIEW | {"target": "tTalk"}]}, "bad.request"),
        ({"views": [VIEW | {"target": "x"}]}, "invalid.value"),
        ({"queryType": "topN"}, "bad.request"),
        ({"queryType": "topN", "limit": 1, "sortMetric": {"name": "tTalk"}}, "bad.request"),
        ({"queryType": "topN", "limit": 1, "metrics": ["tTalk", "tHeld"]}, "bad.request"),
        ({"queryType": "topN", "limit": 1, "metrics": ["oServiceLevel"]}, "bad.request"),
        ({"filter": {"type": "and", "predicates": [{"value": "x"}]}}, "bad.request"),
    ],
)
def test_a_query_that_makes_no_sense_is_a_400(engine: Any, body: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        engine(**body)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_the_blueprints_query_is_answered_over_http(
    stage: Callable[..., Any], timeline: Timeline, engine: Any
) -> None:
    body = {
        "interval": INTERVAL,
        "granularity": "PT12H",
        "groupBy": ["queueId", "userId"],
        "metrics": ["nConnected", "nTransferred", "tAbandon"],
        "filter": {"type": "and", "predicates": [{"dimension": "mediaType", "value": "voice"}]},
    }

    async def run() -> tuple[int, Any]:
        async with stage(timeline) as on:
            answer: tuple[int, Any] = await on.call("POST", PATH, json=body)
            return answer

    status, answer = asyncio.run(run())
    assert status == 200
    assert answer["results"] == engine(**body)
    assert len({data["interval"] for entry in answer["results"] for data in entry["data"]}) == 2


def test_two_days_of_25_000_a_week_by_queue_and_half_hour_are_quick(organization: Organization) -> None:
    timeline = Timeline(organization, seed=3, settings=Settings(), days=4, start_ms=START_MS)
    aggregates = Aggregates(EmissionDays(timeline, Settings()), organization, partial_groups="disjoint")
    body = {
        "interval": "2026-11-16T00:00Z/2026-11-18T00:00Z",
        "granularity": "PT30M",
        "groupBy": ["queueId"],
        "metrics": ["nOffered", "tAnswered", "tAbandon", "tHandle", "oServiceLevel"],
    }
    query = AggregatesQuery.from_body(contract.checked("ConversationAggregationQuery", body))
    aggregates.results(query, START_MS)
    started = time.process_time()
    assert aggregates.results(query, START_MS)["results"]
    assert time.process_time() - started < 2 * 2 / 7
