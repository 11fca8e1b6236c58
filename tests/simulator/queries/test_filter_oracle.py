"""A thousand random details queries: the answer is what a plain evaluation of the ledger gives, id by id, in
order, page by page."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import allowed_values, checked, contract
from gcanalytics.simulator.queries.detail_results import DetailResults
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.settings import Settings

from . import filter_oracle as oracle
from .ledger_facts import Facts, facts

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a busy hour of a Wednesday
TODAY = START_MS - START_MS % DAY_MS
QUERIES = 1000
CHOICES: dict[str, Any] = {
    "conversations_per_week": 900,
    "records_shift": False,
    "late_write_share": 0.05,
    "no_answer_acw_share": 0.3,
}
ORDERS = ("conversationStart", "conversationEnd", "segmentStart", "segmentEnd")
QUERY = "/api/v2/analytics/conversations/details/query"


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=11, settings=Settings(**CHOICES), days=3, start_ms=START_MS)


@pytest.fixture(scope="module")
def known(timeline: Timeline) -> list[Facts]:
    """Everything that started from the day before yesterday on, as of now."""
    started = timeline.conversations(TODAY - 2 * DAY_MS, START_MS + 1)
    return [facts(each, START_MS) for each in started]


class Draw:
    """Draws queries: values that occur, values that do not, in any grammar that the platform has."""

    def __init__(self, known: list[Facts], seed: str) -> None:
        self.random = random.Random(seed)
        self._known = known
        self._witness = known[0]
        self._row = next(known[0].rows())
        self._occurring: dict[str, list[Any]] = {}
        for name in self.dimensions("conversationDimensions"):
            self._occurring[name] = _distinct(value for one in known for value in oracle.values_of(name, one))
        rows = [row for one in known for row in one.rows()]
        for name in self.dimensions("segmentDimensions"):
            self._occurring[name] = _distinct(value for row in rows for value in oracle.values_of(name, row))
        names = allowed_values("ConversationDetailQueryPredicate", "metric")
        self._totals = {
            name: sorted(total for one in known if (total := one.total(name)) is not None) for name in names
        }
        self._lengths = sorted(stretch.end - stretch.start for _, stretch in rows if stretch.end is not None)

    @staticmethod
    def dimensions(section: str) -> list[str]:
        return [name for name in contract()[section] if name not in oracle.NOT_MODELLED]

    def body(self) -> dict[str, Any]:
        """A query's body but its paging."""
        draw = self.random
        # Most values of a query are those of one conversation, and of one of its segments:
        # values of many exclude one another.
        self._witness = draw.choice(self._known)
        body: dict[str, Any] = {"interval": self._interval()}
        for name, predicate in (
            ("conversationFilters", self._of_conversation),
            ("segmentFilters", self._of_segment),
        ):
            if draw.random() < 0.6:
                body[name] = [self._filter(predicate) for _ in range(draw.choice((0, 1, 1, 1, 1, 2, 3)))]
        for name in ("evaluationFilters", "surveyFilters", "resolutionFilters"):
            if draw.random() < 0.05:
                body[name] = []
        if draw.random() < 0.6:
            body["order"] = draw.choice(("asc", "desc", "unordered"))
            body["orderBy"] = draw.choice(ORDERS)
        if draw.random() < 0.25:
            body["aggregations"] = [self._count() for _ in range(draw.randint(1, 2))]
        return body

    def _interval(self) -> str:
        draw = self.random
        day = self._witness.started // DAY_MS * DAY_MS if draw.random() < 0.8 else TODAY
        start = day + draw.choice((0, 0, draw.randrange(DAY_MS)))
        end = start + draw.choice((DAY_MS, DAY_MS, 2 * DAY_MS, draw.randrange(1, DAY_MS)))
        return f"{iso(start)}/{iso(end)}"

    def _filter(self, predicate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        draw = self.random
        made: dict[str, Any] = {"type": draw.choice(("and", "or"))}
        self._row = draw.choice(list(self._witness.rows()))
        if draw.random() < 0.9:
            made["predicates"] = [predicate() for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3)))]
        if draw.random() < 0.35:
            made["clauses"] = [
                {
                    "type": draw.choice(("and", "or")),
                    "predicates": [predicate() for _ in range(draw.choice((0, 1, 2, 3)))],
                }
                for _ in range(draw.randint(1, 2))
            ]
        return made

    def _of_conversation(self) -> dict[str, Any]:
        draw = self.random
        if draw.random() < 0.4:
            totals = self._totals
            often = [each for each in totals if totals[each]]
            name = draw.choice(often if draw.random() < 0.9 else list(totals))
            near = self._witness.total(name) if draw.random() < 0.6 else None
            return self._predicate("metric", name, totals[name] if near is None else [near])
        return self._dimension(self.dimensions("conversationDimensions"), self._witness)

    def _of_segment(self) -> dict[str, Any]:
        draw = self.random
        dice = draw.random()
        if dice < 0.08:
            return self._predicate("metric", "tSegmentDuration", self._lengths)
        if dice < 0.1:
            kind = draw.choice(allowed_values("SegmentDetailQueryPredicate", "propertyType"))
            value = "2026-11-18T00:00:00.000Z" if kind == "date" else "gold"
            return {"property": "tier", "propertyType": kind, "value": value}
        return self._dimension(self.dimensions("segmentDimensions"), self._row)

    def _dimension(self, names: list[str], witness: Any) -> dict[str, Any]:
        draw = self.random
        often = [name for name in names if self._occurring[name]]
        name = draw.choice(often if draw.random() < 0.93 else names)
        seen = oracle.values_of(name, witness) if draw.random() < 0.8 else []
        return self._predicate("dimension", name, seen or self._occurring[name])

    def _predicate(self, kind: str, name: str, occurring: list[Any]) -> dict[str, Any]:
        draw = self.random
        made: dict[str, Any] = {kind: name}
        if draw.random() < 0.3:
            made["type"] = kind
        if draw.random() < 0.2:
            made["operator"] = draw.choice(("exists", "notExists"))
            return made | draw.choice(({}, {"value": None}))
        if draw.random() < 0.3:
            made["operator"] = "matches"
        instants = name in oracle.DATES
        numbers = occurring and not isinstance(occurring[0], str | bool)
        if numbers and (draw.random() < 0.8 if kind == "metric" else instants and draw.random() < 0.4):
            return made | {"range": self._range(occurring)}
        if kind == "metric":
            return made | {"value": str(draw.choice([*occurring, 12]))}
        return made | {"value": self._instant(occurring) if instants else self._value(occurring)}

    def _range(self, occurring: list[Any]) -> dict[str, float]:
        draw = self.random
        first, last = sorted(draw.choice(occurring) for _ in range(2))
        made: dict[str, float] = {}
        if draw.random() < 0.7:
            made[draw.choice(("gt", "gte"))] = first
        if not made or draw.random() < 0.6:
            made[draw.choice(("lt", "lte"))] = draw.choice((last, last + 0.5))
        return made

    def _value(self, occurring: list[Any]) -> str:
        draw = self.random
        if not occurring or draw.random() < 0.08:
            return draw.choice(("nothing", "", "12", "0f3a11c6-7d1c-4f2b-9c2e-5b1d8a3e7f60"))
        text = str(draw.choice(occurring))
        return draw.choice((text, text, text.upper(), text.title()))

    def _instant(self, occurring: list[Any]) -> str:
        draw = self.random
        at_ms = draw.choice(occurring) if occurring else START_MS
        if draw.random() < 0.3:
            return iso(at_ms)
        if draw.random() < 0.3:
            return f"{iso(at_ms - 3_600_000)}/{iso(at_ms)}"  # half-open: without it
        return f"{iso(at_ms)}/{iso(at_ms + draw.choice((1, 3_600_000, DAY_MS)))}"

    def _count(self) -> dict[str, Any]:
        draw = self.random
        if draw.random() < 0.5:
            names = [name for name, totals in self._totals.items() if totals]
            name = draw.choice(names)
            middle = draw.choice(self._totals[name])
            return {"type": "numericRange", "metric": name, "ranges": [{"lt": middle}, {"gte": middle}, {}]}
        names = [name for name, values in self._occurring.items() if values and isinstance(values[0], str)]
        return {"type": "termFrequency", "dimension": draw.choice(names), "size": draw.choice((1, 3, 1000))}


def _distinct(values: Any) -> list[Any]:
    return sorted(set(values), key=str)


def expected(body: dict[str, Any], known: list[Facts], match: str) -> list[Facts]:
    """What a query finds by the ledger, in order."""
    start, end = (oracle.milliseconds(each) for each in body["interval"].split("/"))
    first, last = start // DAY_MS * DAY_MS, -(-end // DAY_MS) * DAY_MS
    there = [one for one in known if first <= one.started < last]
    if match == "overlap":
        there = [one for one in there if one.started < end and (one.ended is None or one.ended >= start)]
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
    assert len(answers) > QUERIES // 4 // 3, "the filters drawn tell conversations apart"
    assert answers[()] < QUERIES // 4 // 2, "and most of them find some"


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
