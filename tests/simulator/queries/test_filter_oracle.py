"""A thousand random details queries: the answer is what a plain evaluation of the ledger gives, id by id, in
order, page by page."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import checked, contract
from gcanalytics.simulator.queries.detail_results import DetailResults
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.settings import Settings

from . import filter_oracle as oracle
from .drawn_queries import ORDERS, START_MS, TODAY, Draw
from .ledger_facts import facts
from .ledger_shapes import Facts

QUERIES = 1000
CHOICES: dict[str, Any] = {
    "conversations_per_week": 900,
    "records_shift": False,
    "late_write_share": 0.05,
    "no_answer_acw_share": 0.3,
}
QUERY = "/api/v2/analytics/conversations/details/query"


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=11, settings=Settings(**CHOICES), days=3, start_ms=START_MS)


@pytest.fixture(scope="module")
def known(timeline: Timeline) -> list[Facts]:
    """Everything that started from the day before yesterday on, as of now."""
    started = timeline.conversations(TODAY - 2 * DAY_MS, START_MS + 1)
    return [facts(each, START_MS) for each in started]


def expected(body: dict[str, Any], known: list[Facts], match: str) -> list[Facts]:
    """What a query finds by the ledger, in order."""
    start, end = (oracle.milliseconds(each) for each in body["interval"].split("/"))
    first, last = start // DAY_MS * DAY_MS, -(-end // DAY_MS) * DAY_MS
    there = [one for one in known if first <= one.started < last]
    if match == "overlap":
        there = [one for one in there if one.started < end and (one.ended or START_MS) >= start]
    return oracle.ordered(body, [one for one in there if oracle.finds(body, one)])


@pytest.mark.parametrize("part", range(4))
def test_random_queries_find_what_the_ledger_says(timeline: Timeline, known: list[Facts], part: int) -> None:
    draw = Draw(known, f"filters/{part}")
    matches = ("day", "overlap")
    results = {
        match: DetailResults(timeline, Settings(**CHOICES, interval_match=match), seed=1) for match in matches
    }
    answers: Counter[tuple[str, ...]] = Counter()
    for _ in range(QUERIES // 4):
        body, match = draw.body(), draw.random.choice(matches)
        query = checked("ConversationQuery", json.loads(json.dumps(body)))
        found = expected(body, known, match)
        size = draw.random.choice((100, 100, 25, 7))
        pages = -(-len(found) // size)
        for number in [*range(1, pages + 1), pages + 1]:
            page = results[match].page(
                query, Interval.parse(body["interval"]), size=size, number=number, now_ms=START_MS
            )
            ids = [json.loads(each)["conversationId"] for each in page.records]
            assert ids == [one.id for one in found[(number - 1) * size : number * size]], body
            assert page.total_hits == len(found), body
            assert page.counts == [oracle.counted(each, found) for each in body.get("aggregations", [])], body
        answers[tuple(one.id for one in found)] += 1
    assert len(answers) > QUERIES // 4 // 4, "the filters drawn tell conversations apart"
    assert answers[()] < QUERIES // 4 // 2, "and most of them find some"


def test_answers_follow_the_ledger_while_time_passes(timeline: Timeline, known: list[Facts]) -> None:
    """The same queries again and again: conversations begin, go on, end, and things follow for days."""
    draw = Draw(known, "filters/time")
    today = {"interval": f"{iso(TODAY)}/{iso(TODAY + DAY_MS)}"}
    bodies = [draw.body() | today | {"orderBy": by, "order": to} for by in ORDERS for to in ("asc", "desc")]
    bodies += [today | {"orderBy": by, "aggregations": [draw.count()]} for by in ORDERS]
    results = DetailResults(timeline, Settings(**CHOICES), seed=1)
    sizes = set()
    for minutes in (-90, -60, -59, 0, 1, 30, 31, 300, 900, 1500, 1501, 3000, 5000):
        now_ms = START_MS + minutes * 60_000
        started = timeline.conversations(TODAY - 2 * DAY_MS, now_ms + 1)
        seen = [facts(each, now_ms) for each in started]
        for body in bodies:
            found = expected(body, seen, "day")
            query, interval = checked("ConversationQuery", body), Interval.parse(body["interval"])
            page = results.page(query, interval, size=100, number=1, now_ms=now_ms)
            ids = [json.loads(each)["conversationId"] for each in page.records]
            assert ids == [one.id for one in found[:100]], (minutes, body)
            assert page.total_hits == len(found), (minutes, body)
            assert page.counts == [oracle.counted(each, found) for each in body.get("aggregations", [])]
            sizes.add(len(found))
    assert len(sizes) > 10


def test_random_queries_over_http_page_by_page(
    stage: Callable[..., Any], timeline: Timeline, known: list[Facts]
) -> None:
    draw = Draw(known, "filters/http")

    async def run() -> None:
        async with stage(timeline, rate_per_minute=10_000, **CHOICES) as on:
            for _ in range(60):
                body = draw.body()
                found = expected(body, known, "day")
                size = draw.random.choice((100, 25, 10))
                for number in range(1, -(-len(found) // size) + 2):
                    paging = {"pageSize": size, "pageNumber": number}
                    status, answer = await on.call("POST", QUERY, json=body | {"paging": paging})
                    here = found[(number - 1) * size : number * size]
                    assert status == 200, (body, answer)
                    ids = [each["conversationId"] for each in answer.get("conversations", [])]
                    assert ids == [one.id for one in here], body
                    assert answer.get("totalHits") == (len(found) if here else None)

    asyncio.run(run())


def test_every_dimension_of_the_contract_is_modelled_or_named_with_its_reason() -> None:
    every = {*contract()["conversationDimensions"], *contract()["segmentDimensions"]}
    modelled = {*oracle.OF_CONVERSATIONS, *oracle.OF_PARTIES, *oracle.OF_STRETCHES}
    assert modelled <= every
    assert set(oracle.NOT_MODELLED) <= every - modelled
    assert len(oracle.NOT_MODELLED) <= 3
