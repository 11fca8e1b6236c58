"""Whatever a query's body holds, the answer is a 200 or a 400."""

import asyncio
import copy
import random
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
INTERVAL = "2026-11-18T00:00Z/2026-11-19T00:00Z"
PREDICATES = [
    {"type": "dimension", "dimension": "queueId", "operator": "matches", "value": "x"},
    {"dimension": "segmentEnd", "value": "2026-11-18T00:00Z/2026-11-18T05:00Z"},
    {"metric": "tSegmentDuration", "range": {"gte": 10, "lt": 20}},
    {"property": "tier", "propertyType": "date", "value": "2026-11-18"},
]
DETAILS = {
    "interval": INTERVAL,
    "order": "desc",
    "orderBy": "segmentEnd",
    "paging": {"pageSize": 3, "pageNumber": 1},
    "segmentFilters": [
        {"type": "or", "predicates": PREDICATES, "clauses": [{"type": "and", "predicates": PREDICATES[:1]}]}
    ],
    "conversationFilters": [
        {
            "type": "or",
            "predicates": [
                {"dimension": "conversationStart", "range": {"gt": 1}},
                {"metric": "tTalk", "range": {"lte": 1e9}},
                {"dimension": "divisionId", "operator": "exists"},
            ],
        }
    ],
    "aggregations": [
        {"type": "termFrequency", "dimension": "queueId", "size": 3},
        {"type": "numericRange", "metric": "tTalk", "ranges": [{"lt": 9}, {"gte": 9}]},
    ],
    "evaluationFilters": [{"type": "or", "predicates": [{"metric": "oTotalScore", "operator": "notExists"}]}],
}
AGGREGATES = {
    "interval": INTERVAL,
    "granularity": "PT6H",
    "timeZone": "Europe/Warsaw",
    "groupBy": ["queueId", "requestedRoutingSkillId"],
    "metrics": ["nOffered", "tAnswered", "oServiceLevel"],
    "filter": {"type": "or", "predicates": [{"dimension": "mediaType", "value": "voice"}]},
    "views": [{"target": "tWait", "name": "v", "function": "rangeBound", "range": {"gte": 1, "lt": 100}}],
    "queryType": "topN",
    "sortMetric": {"name": "nOffered", "function": "sum"},
    "limit": 3,
}
OBSERVATIONS = {
    "filter": {"type": "or", "predicates": [{"dimension": "mediaType", "value": "voice"}]},
    "metrics": ["oWaiting", "oUserPresences", "oLongestWaiting"],
    "detailMetrics": ["oInteracting"],
}
ODD: list[Any] = [
    None, True, False, 0, -1, 1e308, 2**70, 0.5, "", "x", "2026-11-18", "P1D", "\ud7ff", "NaN",
    [], [None], [[]], {}, {"x": 1}, ["x"], [{}], {"type": "and"}, {"gte": "a"}, "P99999999Y",
    "PT1S", "9999-12-31",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a body."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, item in value.items():
            found += places(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*path, index))
    return found


def spoilt(body: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """A copy with one or two values replaced or taken out."""
    made = copy.deepcopy(body)
    for _ in range(draw.randint(1, 2)):
        path = draw.choice(places(made))
        holder = made
        for step in path[:-1]:
            holder = holder[step]
        if draw.random() < 0.2:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(draw.choice(ODD))
    return made


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v2/analytics/conversations/details/query", DETAILS),
        ("/api/v2/analytics/conversations/aggregates/query", AGGREGATES),
        ("/api/v2/analytics/queues/observations/query", OBSERVATIONS),
    ],
)
def test_a_spoilt_body_is_answered_or_refused(
    stage: Callable[..., Any], organization: Organization, path: str, body: dict[str, Any]
) -> None:
    settings = Settings(conversations_per_week=150)
    timeline = Timeline(organization, seed=3, settings=settings, days=1, start_ms=START_MS)
    draw = random.Random(path)

    async def run() -> set[int]:
        async with stage(timeline, rate_per_minute=10_000) as on:
            assert (await on.call("POST", path, json=body))[0] == 200
            statuses = set()
            for _ in range(400):
                asked = spoilt(body, draw)
                status, answer = await on.call("POST", path, json=asked)
                assert status in {200, 400}, (status, asked)
                assert status == 200 or answer["status"] == 400
                statuses.add(status)
            return statuses

    assert asyncio.run(run()) == {200, 400}
