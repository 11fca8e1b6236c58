"""Hundreds of random aggregates queries against plain sums over everything that was ever emitted."""

import calendar
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import LONGEST_DAYS, Timeline
from gcanalytics.simulator.queries.aggregates import Aggregates, AggregatesQuery
from gcanalytics.simulator.queries.contract import allowed_values, checked
from gcanalytics.simulator.queries.emission_days import EmissionDays
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.records.rules import Emission, emissions
from gcanalytics.simulator.settings import Settings

from .filter_oracle import holds, milliseconds
from .ledger_facts import facts

START_MS = (
    1_793_620_800_000  # 2026-11-02T12:00Z: clocks changed on the day before (America), a week ago (Europe)
)
DAY_MS = 86_400_000
SERVICE = ("oServiceLevel", "oServiceTarget")
SETTINGS = Settings(conversations_per_week=700)
QUERIES = 300
Group = tuple[str | None, ...]
Sums = dict[tuple[Group, int, str], list[int]]


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=24, settings=SETTINGS, days=12, start_ms=START_MS)


@pytest.fixture(scope="module")
def emitted(timeline: Timeline) -> dict[str, list[Emission]]:
    """Everything that every conversation since the beginning has emitted by now, by metric."""
    found: dict[str, list[Emission]] = {}
    for conversation in timeline.conversations(timeline.floor_ms, START_MS + 1):
        for each in emissions(conversation, START_MS, SETTINGS):
            found.setdefault(each.metric, []).append(each)
    return found


class Draw:
    """Draws queries."""

    def __init__(self, emitted: dict[str, list[Emission]]) -> None:
        self.random = random.Random("aggregates")
        known = set(allowed_values("ConversationAggregationQuery", "metrics"))
        self._metrics = sorted(set(emitted) & known)
        self._values: dict[str, list[str]] = {}
        for each in itertools.chain.from_iterable(emitted.values()):
            for name, value in each.dims.items():
                self._values.setdefault(name, []).extend(several(value))
        known = set(allowed_values("ConversationAggregationQuery", "groupBy"))
        self._values = {name: sorted(set(values)) for name, values in self._values.items() if name in known}
        self._never = sorted(known - set(self._values))

    def body(self) -> dict[str, Any]:
        draw = self.random
        start = START_MS - draw.randrange(9 * DAY_MS)
        if draw.random() < 0.5:
            start -= start % 1_800_000
        end = start + draw.choice((60_000, 3_600_000, DAY_MS, DAY_MS, 3 * DAY_MS, 8 * DAY_MS))
        body: dict[str, Any] = {
            "interval": f"{iso(start)}/{iso(end)}",
            "metrics": draw.sample([*self._metrics, *SERVICE, "tBarging"], draw.randint(1, 8)),
        }
        if draw.random() < 0.8:
            body["groupBy"] = [self._dimension() for _ in range(draw.randint(1, 3))]
        if draw.random() < 0.5:
            body["granularity"] = draw.choice(("PT1H", "PT12H", "P1D", "P2D", "P1DT6H", "PT90M", "P1M"))
            body["timeZone"] = draw.choice(
                ("UTC", "Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
            )
        if draw.random() < 0.3:
            body["filter"] = self._filter()
        if draw.random() < 0.3:
            body["views"] = [self._view(f"view{number}") for number in range(draw.randint(1, 3))]
        if draw.random() < 0.2:
            body["flattenMultivaluedDimensions"] = draw.random() < 0.5
        if draw.random() < 0.1:
            body["alternateTimeDimension"] = "eventTime"
        sortable = allowed_values("ConversationAggregationSort", "name")
        plain = [name for name in body["metrics"] if name in sortable and name not in SERVICE]
        if plain and draw.random() < 0.2:
            functions = allowed_values("ConversationAggregationSort", "function")
            sort = {"name": draw.choice(plain), "function": draw.choice(functions)}
            body |= {"queryType": draw.choice(("topN", "bottomN")), "limit": draw.randint(1, 5)}
            body["sortMetric"] = sort
        return body

    def _dimension(self) -> str:
        return self.random.choice(self._never if self.random.random() < 0.05 else list(self._values))

    def _filter(self) -> dict[str, Any]:
        draw = self.random

        def predicate() -> dict[str, Any]:
            name = self._dimension()
            if draw.random() < 0.25:
                return {"dimension": name, "operator": draw.choice(("exists", "notExists"))}
            values = self._values.get(name, ["nothing"])
            return {"dimension": name, "value": draw.choice((*values[:40], "nothing")).upper()}

        made: dict[str, Any] = {"type": draw.choice(("and", "or", "or"))}
        made["predicates"] = [predicate() for _ in range(draw.randint(1, 3))]
        if draw.random() < 0.3:
            made["clauses"] = [{"type": draw.choice(("and", "or")), "predicates": [predicate(), predicate()]}]
        return made

    def _view(self, name: str) -> dict[str, Any]:
        draw = self.random
        target = draw.choice([each for each in self._metrics if each.startswith("t")])
        limits: dict[str, float] = {
            "gte": draw.choice((0, 5_000, 20_000)),
            "lt": draw.choice((10_000, 60_000.5)),
        }
        for limit in draw.sample(list(limits), draw.randint(0, 1)):
            del limits[limit]
        return {"target": target, "name": name, "function": "rangeBound", "range": limits}


def several(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def starts(start: int, end: int, body: dict[str, Any]) -> list[int]:
    """Where buckets begin: so many months and days later on the zone's clock, then so much time."""
    if "granularity" not in body:
        return [start]
    months, days, hours = {
        "PT1H": (0, 0, 1.0), "PT12H": (0, 0, 12.0), "P1D": (0, 1, 0.0), "P2D": (0, 2, 0.0),
        "P1DT6H": (0, 1, 6.0), "PT90M": (0, 0, 1.5), "P1M": (1, 0, 0.0),
    }[body["granularity"]]  # fmt: skip
    local = datetime.fromtimestamp(start / 1000, UTC).astimezone(ZoneInfo(body["timeZone"]))
    found: list[int] = []
    for times in itertools.count():
        moment = local + timedelta(days=days * times)
        month = moment.month - 1 + months * times
        year, month = moment.year + month // 12, month % 12 + 1
        day = min(moment.day, calendar.monthrange(year, month)[1])
        moment = moment.replace(year=year, month=month, day=day)
        at = round((moment.timestamp() + hours * 3600 * times) * 1000)
        if at >= end:
            return found
        found.append(at)
    return found


def groups(dims: dict[str, Any], names: list[str], *, flatten: bool) -> Iterator[Group]:
    values: list[list[str | None]] = []
    for name in names:
        value = dims.get(name)
        if isinstance(value, list):
            values.append([",".join(value)] if flatten else list(value))
        else:
            values.append([value])
    yield from itertools.product(*values)


def summed(
    body: dict[str, Any], emitted: dict[str, list[Emission]], views: list[dict[str, Any]], names: list[str]
) -> Sums:
    """The values of each group, bucket and view; a metric is a view of all its values."""
    start, end = (milliseconds(each) for each in body["interval"].split("/"))
    begins = starts(start, end, body)
    found: Sums = {}
    for view in views:
        limits = view.get("range", {})
        for each in emitted.get(view["target"], []):
            if not start <= each.at_ms < end or not holds(
                body.get("filter", {"type": "and"}), dict(each.dims)
            ):
                continue
            if not limits.get("gte", 0) <= each.value < limits.get("lt", float("inf")):
                continue
            bucket = sum(begin <= each.at_ms for begin in begins) - 1
            flatten = body.get("flattenMultivaluedDimensions", False)
            for group in groups(dict(each.dims), names, flatten=flatten):
                found.setdefault((group, bucket, view["name"]), []).append(each.value)
    return found


def rolled_up(sums: Sums) -> Sums:
    """Each value also in every coarser group that is there anyway."""
    shapes = {tuple(value is not None for value in group) for group, _, _ in sums}
    found: Sums = {}
    for (group, bucket, name), values in sums.items():
        for shape in shapes:
            if all(value is not None for value, there in zip(group, shape, strict=True) if there):
                coarse = tuple(value if there else None for value, there in zip(group, shape, strict=True))
                found.setdefault((coarse, bucket, name), []).extend(values)
    return found


def statistics(metric: str, values: list[int]) -> dict[str, Any]:
    if metric.startswith("t"):
        return {"max": max(values), "min": min(values), "count": len(values), "sum": sum(values)}
    return {"count": sum(values)}


def service(
    body: dict[str, Any],
    emitted: dict[str, list[Emission]],
    names: list[str],
    organization: Organization,
    rollup: bool,
) -> dict[tuple[Group, int], dict[str, dict[str, Any]]]:
    """The service level of each queue and medium that the grouping tells apart."""
    known = [name if name in ("queueId", "mediaType") else "" for name in names]
    parts = [{"target": name, "name": name} for name in ("tAnswered", "tAbandon", "nOverSla")]
    sums = summed(body, emitted, parts, known)
    sums = rolled_up(sums) if rollup else sums
    found: dict[tuple[Group, int], dict[str, dict[str, Any]]] = {}
    for group, bucket in {key[:2] for key in sums}:
        answered, abandoned, late = (len(sums.get((group, bucket, each["name"]), [])) for each in parts)
        if answered + abandoned == 0:
            continue
        level = {"ratio": (answered - late) / (answered + abandoned)}
        level |= {"numerator": answered - late, "denominator": answered + abandoned}
        found[group, bucket] = {"oServiceLevel": level}
        place = dict(zip(names, group, strict=True))
        queue = organization.queues_by_id.get(place.get("queueId") or "")
        if queue is not None:
            target = queue.service_levels[place["mediaType"] or ""][0]
            level["target"] = target
            found[group, bucket]["oServiceTarget"] = {"current": target}
    return found


def expected(
    body: dict[str, Any], emitted: dict[str, list[Emission]], organization: Organization, *, rollup: bool
) -> list[Any]:
    """Each group's named dimensions, and per bucket's start the statistics of metrics and views."""
    names = list(dict.fromkeys(["mediaType", *body.get("groupBy", [])]))
    plain = [{"target": name, "name": name} for name in body["metrics"] if name not in SERVICE]
    views = body.get("views", [])
    sums = summed(body, emitted, [*plain, *views], names)
    sums = rolled_up(sums) if rollup else sums
    targets = {each["name"]: each["target"] for each in [*plain, *views]}
    stats: dict[Group, dict[int, dict[str, Any]]] = {}
    for (group, bucket, name), values in sums.items():
        stats.setdefault(group, {}).setdefault(bucket, {})[name] = statistics(targets[name], values)
    if set(SERVICE) & set(body["metrics"]):
        for (group, bucket), levels in service(body, emitted, names, organization, rollup).items():
            wanted = {name: each for name, each in levels.items() if name in body["metrics"]}
            if wanted:
                stats.setdefault(group, {}).setdefault(bucket, {}).update(wanted)
    order = sorted(stats, key=lambda group: [value or "" for value in group])
    if body.get("queryType", "groupBy") != "groupBy":
        order = best(body, sums, order)
    return [
        ({name: value for name, value in zip(names, group, strict=True) if value is not None}, stats[group])
        for group in order
    ]


def best(body: dict[str, Any], sums: Sums, order: list[Group]) -> list[Group]:
    sort, descending = body["sortMetric"], body["queryType"] == "topN"
    ranks: dict[Group, float] = {}
    for group in order:
        values = [
            value
            for (other, _, name), found in sums.items()
            if (other, name) == (group, sort["name"])
            for value in found
        ]
        if values:
            function = sort["function"]
            of: dict[str, Callable[[list[int]], float]] = {
                "count": len,
                "sum": sum,
                "min": min,
                "max": max,
                "average": lambda found: sum(found) / len(found),
            }
            ranks[group] = of[function](values)
    ranked = sorted(ranks, key=lambda group: -ranks[group] if descending else ranks[group])
    return ranked[: body["limit"]]


def flat(results: list[dict[str, Any]], body: dict[str, Any]) -> list[Any]:
    """The same of a response; its buckets are checked against the interval and the zone."""
    start, end = (milliseconds(each) for each in body["interval"].split("/"))
    begins = [*starts(start, end, body), end]
    found = []
    for result in results:
        buckets: dict[int, dict[str, Any]] = {}
        for data in result["data"]:
            first, last = (milliseconds(each) for each in data["interval"].split("/"))
            number = begins.index(first)
            assert last == begins[number + 1]
            values = {each["metric"]: each["stats"] for each in data["metrics"]}
            order = [name for name in dict.fromkeys(body["metrics"]) if name in values]
            assert list(values) == order
            views = {each["name"]: each["stats"] for each in data.get("views", [])}
            assert views or "views" not in data
            buckets[number] = values | views
        assert list(buckets) == sorted(buckets)
        found.append((result["group"], buckets))
    return found


@pytest.mark.parametrize("partial_groups", ["disjoint", "rollup"])
def test_random_queries_are_plain_sums(
    timeline: Timeline,
    organization: Organization,
    emitted: dict[str, list[Emission]],
    partial_groups: str,
) -> None:
    engine = Aggregates(EmissionDays(timeline, SETTINGS), organization, partial_groups=partial_groups)
    draw = Draw(emitted)
    draw.random.seed(partial_groups)
    full = 0
    for _ in range(QUERIES // 2):
        body = draw.body()
        query = AggregatesQuery.from_body(checked("ConversationAggregationQuery", body))
        found = flat(engine.results(query, START_MS)["results"], body)
        wanted = expected(body, emitted, organization, rollup=partial_groups == "rollup")
        assert found == wanted, body
        full += bool(found)
    assert full > QUERIES // 4


def test_everything_emitted_is_what_the_second_hand_measures(timeline: Timeline) -> None:
    """Metric by metric, instant by instant, of every medium; a finished wait is a tWait besides."""
    seen: Counter[str] = Counter()
    for conversation in timeline.conversations(START_MS - 6 * DAY_MS, START_MS + 1):
        found = Counter(
            (each.metric, each.at_ms, each.value) for each in emissions(conversation, START_MS, SETTINGS)
        )
        measured = [one for party in facts(conversation, START_MS).parties for one in party.measured]
        measured += [("tWait", at_ms, value) for name, at_ms, value in measured if name == "tAcd"]
        assert found == Counter(measured), conversation
        seen.update(name for name, _, _ in measured)
    assert len(seen) > 50


def test_a_day_holds_what_conversations_of_days_before_emit_on_it(
    timeline: Timeline, organization: Organization, emitted: dict[str, list[Emission]]
) -> None:
    known = set(allowed_values("ConversationAggregationQuery", "metrics"))
    late = 0
    for back in range(1, 8):
        start = START_MS - START_MS % DAY_MS - back * DAY_MS
        interval = f"{iso(start)}/{iso(start + DAY_MS)}"
        body = {"interval": interval, "metrics": sorted(set(emitted) & known), "groupBy": ["queueId"]}
        # A new engine for each day: nothing that another day has brought is there.
        engine = Aggregates(EmissionDays(timeline, SETTINGS), organization, partial_groups="disjoint")
        query = AggregatesQuery.from_body(checked("ConversationAggregationQuery", body))
        found = flat(engine.results(query, START_MS)["results"], body)
        assert found == expected(body, emitted, organization, rollup=False)
        for conversation in timeline.conversations(timeline.floor_ms, start - DAY_MS):
            if conversation.closed_ms >= start:
                late += sum(
                    start <= each.at_ms < start + DAY_MS
                    for each in emissions(conversation, START_MS, SETTINGS)
                )
    assert late > 10, "there are conversations that emit on the second day after their start and later"


def test_a_guests_chat_of_three_days_counts_where_it_ends(organization: Organization) -> None:
    timeline = Timeline(organization, seed=1, settings=SETTINGS, days=5, start_ms=START_MS)
    queue = organization.queues[0]
    begun = START_MS - 3 * DAY_MS
    chat = Conversation(
        "11111111-2222-4333-8444-555555555555",
        organization=organization,
        media="chat",
        started_ms=begun,
        customer_name="Guest",
        address="guest",
        events=[
            Event(begun, ledger.ARRIVED, queue_id=queue.id),
            Event(begun + 1, ledger.QUEUED, 1, queue.id),
            Event(begun + 2, ledger.OFFERED, 1, queue.id),
            Event(begun + 3, ledger.ALERTED, 2, queue.id, organization.users[0].id, via=1),
            Event(begun + 4, ledger.DEQUEUED, 1, queue.id, code=ledger.TAKEN),
            Event(begun + 5, ledger.ANSWERED, 2, queue.id, organization.users[0].id, via=1),
            Event(START_MS - 5, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP),
            Event(START_MS - 4, ledger.AGENT_LEFT, 2, code=ledger.CUSTOMER_GONE),
        ],
    )
    timeline.add(chat)
    only = {"type": "and", "predicates": [{"dimension": "conversationId", "value": chat.id}]}
    body = {"interval": "2026-11-02/2026-11-03", "metrics": ["tHandle", "nOffered"], "filter": only}
    engine = Aggregates(EmissionDays(timeline, SETTINGS), organization, partial_groups="disjoint")
    query = AggregatesQuery.from_body(checked("ConversationAggregationQuery", body))
    [result] = engine.results(query, START_MS)["results"]
    [metric] = result["data"][0]["metrics"]
    assert (metric["metric"], metric["stats"]["sum"]) == ("tHandle", 3 * DAY_MS - 9)


def test_no_conversation_outlasts_the_days_that_are_looked_back(timeline: Timeline) -> None:
    """What an interval's sums are made from: brief ones of the day before, lasting ones of some days more."""
    end_ms = START_MS + 5 * DAY_MS
    for found, most in ((timeline.brief, 1), (timeline.lasting, LONGEST_DAYS)):
        days = [
            each.closed_ms // DAY_MS - each.started_ms // DAY_MS for each in found(timeline.floor_ms, end_ms)
        ]
        assert max(days) <= most
        assert max(days) >= most - 2
