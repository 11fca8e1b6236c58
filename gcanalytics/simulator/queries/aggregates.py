"""The aggregates query: emissions added up by group and time bucket. No HTTP here.

A metric counts whole in the bucket of its emit time, with the dimensions it had then (forum 18235 and the
developer center's description). The medium is always part of the group.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.contract import allowed_values
from gcanalytics.simulator.queries.emission_days import OWN, Dims, EmissionDays, Packed, unpacked
from gcanalytics.simulator.queries.intervals import Interval, Period
from gcanalytics.simulator.records.details import iso

SERVICE_LEVEL, SERVICE_TARGET = "oServiceLevel", "oServiceTarget"
_SERVICE_PARTS = ("tAnswered", "tAbandon", "nOverSla")
_SERVICE_DIMS = frozenset({"queueId", "mediaType"})
MOST_VIEWS = 10
MOST_BUCKETS = 50_000
"""The platform's own limit is unknown; this one keeps the simulator's answers finite."""

_MACHINES_ZONES = frozenset({"localtime", "posixrules"})
"""Files beside the time zones that are settings of the machine."""

Group = tuple[str | None, ...]
Stats = dict[Group, dict[int, dict[str, dict[str, Any]]]]
"""Group, number of the bucket, name of the metric or view: its statistics."""


@dataclass(frozen=True, eq=False)
class View:
    """The statistics of a metric's values from ``gte`` to below ``lt``, under a name;
    unbounded, the metric itself. A view is equal to itself alone: a million sums are kept by it."""

    name: str
    target: str
    gte: float = float("-inf")
    lt: float = float("inf")


@dataclass(frozen=True)
class AggregatesQuery:
    """A checked aggregates query.

    Attributes:
        interval: its interval.
        buckets: its parts.
        group_by: the dimensions of groups, ``mediaType`` always among them.
        metrics: names, in the order asked for.
        test: of a value's dimensions, or None.
        flatten: several values of a dimension make one group, joined by commas.
        views: its views.
        own: whether it groups or filters by a dimension that each conversation has to itself.
        top: None, or the sort of ``topN`` and ``bottomN``: metric, statistic, how many groups, descending.
    """

    interval: Interval
    buckets: Sequence[Interval]
    group_by: tuple[str, ...]
    metrics: tuple[str, ...]
    test: Callable[[Dims], bool] | None
    flatten: bool
    views: tuple[View, ...]
    own: bool
    top: tuple[str, str, int, bool] | None

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> AggregatesQuery:
        """A query from its checked body.

        Raises:
            answers.Refusal: 400 for what the contract cannot tell: dates, periods, zones, views.
        """
        interval = Interval.parse(body["interval"])
        buckets = buckets_of(body, interval)
        if not body["metrics"]:
            raise answers.refusal("bad.request")
        group_by = tuple(dict.fromkeys(["mediaType", *body.get("groupBy", ())]))
        return cls(
            interval=interval,
            buckets=buckets,
            group_by=group_by,
            metrics=tuple(dict.fromkeys(body["metrics"])),
            test=dimension_test(body["filter"]) if "filter" in body else None,
            flatten=body.get("flattenMultivaluedDimensions", False),
            views=views_of(body.get("views", ()), "ConversationAggregationQuery"),
            own=not OWN.isdisjoint({*group_by, *_filtered(body.get("filter", {}))}),
            top=_top(body),
        )


def buckets_of(body: Mapping[str, Any], interval: Interval) -> list[Interval]:
    """The parts of a query's interval by its granularity and time zone.

    Raises:
        answers.Refusal: 400 for a granularity or a zone that is none, or too many parts.
    """
    period = None
    if "granularity" in body:
        period = Period.parse(body["granularity"])
        if period is None:
            raise answers.invalid_value(body["granularity"], "granularity", "an ISO-8601 period")
    parts = interval.buckets(period, _zone(body.get("timeZone", "UTC")))
    buckets = list(itertools.islice(parts, MOST_BUCKETS + 1))
    if len(buckets) > MOST_BUCKETS:
        raise answers.bad_request(f"The granularity gives more than {MOST_BUCKETS} intervals.")
    return buckets


def dimension_test(each: Mapping[str, Any]) -> Callable[[Dims], bool]:
    """The test of a filter over dimensions by name."""

    def predicate(item: Mapping[str, Any]) -> Callable[[Dims], bool]:
        if item.get("type", "dimension") != "dimension" or "dimension" not in item:
            raise answers.refusal("bad.request")
        name = item["dimension"]
        return filters.predicate_test(item, lambda dims: _several(dims.get(name)))

    return filters.tree(each, predicate)


def _filtered(each: Mapping[str, Any]) -> Iterator[str]:
    """Dimensions that a filter looks at."""
    for part in (each, *each.get("clauses", ())):
        for predicate in part.get("predicates", ()):
            yield predicate.get("dimension", "")


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


def _zone(name: str) -> ZoneInfo:
    with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
        if name not in _MACHINES_ZONES:
            return ZoneInfo(name)
    raise answers.invalid_value(name, "timeZone", "names of the IANA time zone database")


def views_of(bodies: Sequence[Mapping[str, Any]], model: str) -> tuple[View, ...]:
    """Checked views: ten at most, of timers, under names that no metric has (developer center)."""
    if len(bodies) > MOST_VIEWS:
        raise answers.bad_request(f"A query may have no more than {MOST_VIEWS} views.")
    views: list[View] = []
    for body in bodies:
        if body["name"] in allowed_values(model, "metrics"):
            raise answers.bad_request(f"The view name {body['name']} is the name of a metric.")
        if not body["target"].startswith("t"):
            raise answers.bad_request("The target of a view must be a timer metric.")
        if any(view.name == body["name"] for view in views):
            raise answers.bad_request(f"There is more than one view {body['name']}.")
        bounds = body.get("range", {})
        gte, lt = bounds.get("gte", float("-inf")), bounds.get("lt", float("inf"))
        views.append(View(body["name"], body["target"], gte, lt))
    return tuple(views)


def _top(body: Mapping[str, Any]) -> tuple[str, str, int, bool] | None:
    """How ``topN`` and ``bottomN`` sort; "required when requesting multiple metrics" (official SDK)."""
    kind = body.get("queryType", "groupBy")
    if kind == "groupBy":
        return None
    metrics = set(body["metrics"])
    sort = body.get("sortMetric", {})
    name = sort.get("name") or (next(iter(metrics)) if len(metrics) == 1 else None)
    if name is None or name not in metrics:
        raise answers.missing("sortMetric.name")
    if body.get("limit", 0) < 1:
        raise answers.missing("limit")
    if name in (SERVICE_LEVEL, SERVICE_TARGET):
        raise answers.bad_request(f"Groups cannot be sorted by {name}.")
    return name, sort.get("function", "sum"), body["limit"], kind == "topN"


Key = tuple[Group, int, View]


class _Sums:
    """Statistics under construction: count, sum, least and greatest of each key."""

    def __init__(self) -> None:
        self.found: dict[Key, list[int]] = {}

    def add(self, key: Key, value: int) -> None:
        entry = self.found.get(key)
        if entry is None:
            self.found[key] = [1, value, value, value]
            return
        entry[0] += 1
        entry[1] += value
        if value < entry[2]:
            entry[2] = value
        if value > entry[3]:
            entry[3] = value

    def merge(self, key: Key, other: Sequence[int]) -> None:
        entry = self.found.get(key)
        if entry is None:
            self.found[key] = list(other)
        else:
            count, total, least, most = other
            entry[:] = [
                entry[0] + count,
                entry[1] + total,
                min(entry[2], least),
                max(entry[3], most),
            ]


class Aggregates:
    """Answers aggregates queries.

    Args:
        days: the emissions.
        organization: for the queues' targets.
        partial_groups: ``disjoint`` or ``rollup``.
    """

    def __init__(self, days: EmissionDays, organization: Organization, *, partial_groups: str) -> None:
        self._days = days
        self._organization = organization
        self._rollup = partial_groups == "rollup"

    def results(self, query: AggregatesQuery, now_ms: int) -> dict[str, Any]:
        """The response body of a query, as of ``now_ms``."""
        plain = [View(name, name) for name in query.metrics if name not in (SERVICE_LEVEL, SERVICE_TARGET)]
        sums = self._summed(query, [*plain, *query.views], query.group_by, now_ms)
        stats: Stats = {}
        for (group, bucket, view), entry in sums.found.items():
            stats.setdefault(group, {}).setdefault(bucket, {})[view.name] = _stats(view.target, entry)
        if len(plain) < len(query.metrics):
            self._add_service(query, now_ms, stats)
        groups = sorted(stats, key=lambda group: tuple(value or "" for value in group))
        if query.top is not None:
            groups = _top_groups(groups, sums, query.top)
        return {"results": [_container(query, group, stats[group]) for group in groups]}

    def _summed(
        self, query: AggregatesQuery, views: Iterable[View], group_by: Sequence[str], now_ms: int
    ) -> _Sums:
        """Metrics added up by group and bucket; a plain metric is a view without bounds."""
        sums = _Sums()
        groups = _Groups(group_by, query.test, flatten=query.flatten)
        starts = [bucket.start_ms for bucket in query.buckets]
        first, last = query.interval.start_ms, query.interval.end_ms
        wanted: dict[str, list[View]] = {}
        for view in views:
            wanted.setdefault(view.target, []).append(view)
        for metric, column in self._days.columns(query.interval, wanted, now_ms, own=query.own):
            for at_ms, value, dims in zip(column.at_ms, column.values, column.dims, strict=True):
                if not first <= at_ms < last:
                    continue
                bucket = bisect.bisect_right(starts, at_ms) - 1
                for group in groups.of(dims):
                    for view in wanted[metric]:
                        if view.gte <= value < view.lt:
                            sums.add((group, bucket, view), value)
        if self._rollup:
            _roll_up(sums)
        return sums

    def _add_service(
        self,
        query: AggregatesQuery,
        now_ms: int,
        stats: Stats,
    ) -> None:
        """oServiceLevel and oServiceTarget: they know queue and medium alone,
        so they stand in groups of these."""
        group_by = [name if name in _SERVICE_DIMS else "" for name in query.group_by]
        parts = [View(name, name) for name in _SERVICE_PARTS]
        sums = self._summed(query, parts, group_by, now_ms)
        for group, bucket in {(group, bucket) for group, bucket, _ in sums.found}:
            counts = [sums.found.get((group, bucket, part), (0, 0))[0] for part in parts]
            answered, abandoned, late = counts
            target = self._target(query.group_by, group)
            if not answered + abandoned:
                continue
            within, total = answered - late, answered + abandoned
            level = {"ratio": within / total, "numerator": within, "denominator": total}
            found = {SERVICE_LEVEL: level}
            if target is not None:
                level["target"] = target
                found[SERVICE_TARGET] = {"current": target}
            wanted = {name: each for name, each in found.items() if name in query.metrics}
            if wanted:
                stats.setdefault(group, {}).setdefault(bucket, {}).update(wanted)

    def _target(self, group_by: Sequence[str], group: Group) -> float | None:
        """A queue's target for a medium as a fraction; None where the group names no queue."""
        known = dict(zip(group_by, group, strict=True))
        queue = self._organization.queues_by_id.get(known.get("queueId") or "")
        level = queue.service_levels.get(known.get("mediaType") or "") if queue else None
        return level[0] if level else None


def _container(
    query: AggregatesQuery, group: Group, buckets: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    """One entry of ``results``: a group with its buckets; a metric without a value is left out."""
    data = []
    for number in sorted(buckets):
        bucket, found = query.buckets[number], buckets[number]
        entry: dict[str, Any] = {
            "interval": f"{iso(bucket.start_ms)}/{iso(bucket.end_ms)}",
            "metrics": [{"metric": name, "stats": found[name]} for name in query.metrics if name in found],
        }
        views = [{"name": view.name, "stats": found[view.name]} for view in query.views if view.name in found]
        data.append(entry | {"views": views} if views else entry)
    named = zip(query.group_by, group, strict=True)
    return {"group": {name: value for name, value in named if value is not None}, "data": data}


class _Groups:
    """The groups that a value counts in, by its dimensions, remembered for each set of them.

    Dimensions are told apart by identity, which is safe while the columns hold them.
    """

    def __init__(
        self, group_by: Sequence[str], test: Callable[[Dims], bool] | None, *, flatten: bool
    ) -> None:
        self._group_by = group_by
        self._test = test
        self._flatten = flatten
        self._known: dict[int, tuple[Packed, list[Group]]] = {}

    def of(self, packed: Packed) -> list[Group]:
        """Its groups; none where the filter leaves it out."""
        known = self._known.get(id(packed))
        if known is None:
            known = self._known[id(packed)] = packed, self._made(unpacked(packed))
        return known[1]

    def _made(self, dims: Dims) -> list[Group]:
        if self._test is not None and not self._test(dims):
            return []
        plain = tuple(map(dims.get, self._group_by))
        if not any(isinstance(value, tuple) for value in plain):
            return [plain]
        values: list[Sequence[str | None]] = []
        for value in plain:
            if not isinstance(value, tuple):
                values.append([value])
            elif self._flatten:
                values.append([",".join(value) or None])
            else:
                values.append(value or [None])
        return list(itertools.product(*values))


def _roll_up(sums: _Sums) -> None:
    """Counts each value in every coarser group that the result has anyway (setting ``partial_groups``)."""
    shapes = {tuple(value is None for value in group) for group, _, _ in sums.found}
    # Copies, because coarser groups grow while the finer ones are read.
    finer = [(key, list(entry)) for key, entry in sums.found.items()]
    for (group, bucket, view), entry in finer:
        here = tuple(value is None for value in group)
        for shape in shapes:
            if shape != here and all(gone or not was for was, gone in zip(here, shape, strict=True)):
                coarse = tuple(None if gone else value for value, gone in zip(group, shape, strict=True))
                sums.merge((coarse, bucket, view), entry)


def _stats(metric: str, entry: Sequence[int]) -> dict[str, Any]:
    """Timers have max, min, count and sum; everything else a count alone (recorded responses)."""
    count, total, least, most = entry
    if metric.startswith("t"):
        return {"max": most, "min": least, "count": count, "sum": total}
    return {"count": total}


def _top_groups(groups: Sequence[Group], sums: _Sums, top: tuple[str, str, int, bool]) -> list[Group]:
    """The groups with the greatest or least statistic of a metric over the whole interval."""
    name, function, limit, descending = top
    totals, whole = _Sums(), View(name, name)
    for (group, _, view), entry in sums.found.items():
        if view.name == name:
            totals.merge((group, 0, whole), entry)

    def rank(group: Group) -> float:
        count, total, least, most = totals.found[(group, 0, whole)]
        return {"count": count, "sum": total, "min": least, "max": most, "average": total / count}[function]

    ranked = [group for group in groups if (group, 0, whole) in totals.found]
    return sorted(ranked, key=rank, reverse=descending)[:limit]
