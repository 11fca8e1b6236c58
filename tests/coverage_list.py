"""What the simulator does not simulate: what of the contract no generated conversation carries.

    python tests/coverage_list.py            prints the list
    python tests/coverage_list.py --write    writes it into README.md, between its markers
    python tests/coverage_list.py --check    ends with status 1 where README.md says otherwise

The contract is the official SDK's, which is read, not imported: filter dimensions, metrics, fields of the
record models, values of their enums. Some days of one seed are looked at, each conversation also at the
instants of what follows it.
"""

from __future__ import annotations

import argparse
import functools
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contract.sdk import Sdk

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries import filters
from gcanalytics.simulator.queries.aggregates import Aggregates, AggregatesQuery
from gcanalytics.simulator.queries.contract import allowed_values, contract
from gcanalytics.simulator.queries.emission_days import EmissionDays
from gcanalytics.simulator.queries.observations import Observations
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- not simulated: tests/coverage_list.py --write -->", "<!-- end of not simulated -->"
ROOT = "AnalyticsConversationWithoutAttributes"
STATUS_ELSEWHERE = {"AnalyticsSurvey.surveyStatus": ("Survey", "status")}
"""Free text in the analytics model, an enum in the model of the thing itself."""

SETTINGS = Settings(short_abandon_s=5.0)
"""Short abandons are off by default; everything else is."""
NOW_MS = 1_794_996_000_000  # Wednesday, 2026-11-18T10:00:00Z
DAY_MS = 86_400_000
DAYS, SEED = 5, 7

Names = dict[str, set[str]]
"""Names by category."""

CONVERSATION_DIMENSIONS = "Dimensions of conversation filters"
SEGMENT_DIMENSIONS = "Dimensions of segment filters"
EVALUATION_DIMENSIONS = "Dimensions and metrics of evaluation filters"
SURVEY_DIMENSIONS = "Dimensions and metrics of survey filters"
RESOLUTION_DIMENSIONS = "Metrics of resolution filters"
AGGREGATE_DIMENSIONS = "Dimensions of aggregates"
DETAIL_METRICS = "Metrics of details"
AGGREGATE_METRICS = "Metrics of aggregates"
NOTIFICATION_METRICS = "Metrics of notifications"
OBSERVATION_METRICS = "Metrics of observations"
FIELDS = "Fields of records"
VALUES = "Values of "
_ITEMS = {
    EVALUATION_DIMENSIONS: ("evaluations", "EvaluationDetailQueryPredicate"),
    SURVEY_DIMENSIONS: ("surveys", "SurveyDetailQueryPredicate"),
    RESOLUTION_DIMENSIONS: ("resolutions", "ResolutionDetailQueryPredicate"),
}


@functools.cache
def sdk() -> Sdk:
    """The installed SDK.

    Raises:
        SystemExit: there is none.
    """
    return Sdk()


@functools.cache
def record_models() -> tuple[str, ...]:
    """The models that a record is made of."""
    return tuple(name for name in sdk().reached(ROOT) if name.startswith("Analytics"))


def enums(model: str) -> dict[str, set[str]]:
    """The fields of a model that have an enum, and its values."""
    return {name: set(field.enum) for name, field in sdk().fields(model).items() if field.enum}


def wanted() -> Names:
    """Everything of the contract that a conversation could carry."""
    places = contract()
    names: Names = {
        CONVERSATION_DIMENSIONS: set(places["conversationDimensions"]),
        SEGMENT_DIMENSIONS: set(places["segmentDimensions"]),
        AGGREGATE_DIMENSIONS: set(allowed_values("ConversationAggregateQueryPredicate", "dimension")),
        DETAIL_METRICS: set(allowed_values("ConversationDetailQueryPredicate", "metric")),
        AGGREGATE_METRICS: set(allowed_values("ConversationAggregationQuery", "metrics")),
        NOTIFICATION_METRICS: enums("ConversationMetricsTopicConversationMetricRecord")["metric"],
        OBSERVATION_METRICS: set(allowed_values("QueueObservationQuery", "metrics")),
    }
    for category, (_, predicate) in _ITEMS.items():
        fields = places["models"][predicate]
        names[category] = {
            value for field in ("dimension", "metric") for value in fields.get(field, {}).get("enum", ())
        }
    names[FIELDS] = {f"{name}.{field}" for name in record_models() for field in sdk().fields(name)}
    for name in record_models():
        for field, values in enums(name).items():
            names[f"{VALUES}{name}.{field}"] = values
    for place, (name, field) in STATUS_ELSEWHERE.items():
        names[VALUES + place] = enums(name)[field]
    return names


class Carried:
    """Collects what records and emissions carry."""

    def __init__(self) -> None:
        self.names: Names = defaultdict(set)
        places = contract()
        self._enums = {
            name: [
                (field, self.names[f"{VALUES}{name}.{field}"]) for field in (*enums(name), *_free_texts(name))
            ]
            for name in record_models()
        }
        self._inside = {
            name: [
                (key, field.inner) for key, field in sdk().fields(name).items() if "Analytics" in field.type
            ]
            for name in record_models()
        }
        self._fields: dict[str, set[str]] = {name: set() for name in record_models()}
        self._open = {
            CONVERSATION_DIMENSIONS: set(places["conversationDimensions"]),
            SEGMENT_DIMENSIONS: set(places["segmentDimensions"]),
        }

    def record(self, found: Mapping[str, Any]) -> None:
        """Take in a whole record."""
        known = sum(map(len, self._fields.values()))
        self._object(found, ROOT)
        for category, (field, _) in _ITEMS.items():
            for item in found.get(field, ()):
                self.names[category].update(item)
        if sum(map(len, self._fields.values())) > known:
            self._dimensions(found)
        if "conversationEnd" in found:
            self.names[DETAIL_METRICS].add("tConversationDuration")

    def _dimensions(self, found: Mapping[str, Any]) -> None:
        """What filters read off a record; only one with a field that no earlier one had can tell more."""
        for category, names in self._open.items():
            for name in tuple(names):
                if any(value is not None for value in filters.dimension_values(name)(found)):
                    self.names[category].add(name)
                    names.remove(name)

    def _object(self, found: Mapping[str, Any], name: str) -> None:
        self._fields[name].update(found)
        for field, values in self._enums[name]:
            if field in found:
                values.add(found[field])
        for field, kind in self._inside[name]:
            value = found.get(field)
            if value is not None:
                for each in value if isinstance(value, list) else (value,):
                    self._object(each, kind)

    def emitted(self, conversation: Conversation, now_ms: int) -> None:
        """Take in what it has emitted: metric names and the dimensions of aggregates."""
        for each in emissions(conversation, now_ms, SETTINGS):
            self.names[DETAIL_METRICS].add(each.metric)
            self.names[NOTIFICATION_METRICS].add(each.metric)
            self.names[AGGREGATE_DIMENSIONS].update(each.dims)

    def finished(self) -> Names:
        """Everything taken in."""
        self.names[FIELDS] = {f"{name}.{field}" for name, fields in self._fields.items() for field in fields}
        return self.names


def _free_texts(name: str) -> Iterator[str]:
    return (place.partition(".")[2] for place in STATUS_ELSEWHERE if place.partition(".")[0] == name)


def instants(conversation: Conversation) -> Iterable[int]:
    """When to look at a conversation: now, and at each change of its evaluations and its survey."""
    after = conversation.afterwards
    found = {NOW_MS}
    if after is not None and (after.evaluations or after.survey):
        found.update(each for each in after.instants() if each <= NOW_MS)
    return sorted(found)


@functools.cache
def carried() -> Names:
    """What the sample carries; takes some seconds."""
    organization = Organization.load()
    timeline = Timeline(organization, seed=SEED, settings=SETTINGS, days=DAYS + 2, start_ms=NOW_MS)
    conversations = timeline.conversations(NOW_MS - DAYS * DAY_MS, NOW_MS)
    seen = Carried()
    for conversation in conversations:
        for at_ms in instants(conversation):
            seen.record(record(conversation, at_ms, SETTINGS))
        seen.emitted(conversation, NOW_MS)
    names = seen.finished()
    # The platform's aggregates count what was emitted, and a few metrics that only they know.
    names[AGGREGATE_METRICS] = names[NOTIFICATION_METRICS] | _aggregated(timeline)
    names[OBSERVATION_METRICS] = _observed(timeline)
    return names


def _aggregated(timeline: Timeline) -> set[str]:
    """Metrics to which an aggregates query over the sample's last hours has an answer."""
    metrics = allowed_values("ConversationAggregationQuery", "metrics")
    query = AggregatesQuery.from_body(
        {
            "interval": f"{iso(NOW_MS - DAY_MS // 4)}/{iso(NOW_MS)}",
            "metrics": metrics,
            "groupBy": ["queueId"],
        }
    )
    days = EmissionDays(timeline, SETTINGS)
    results = Aggregates(days, timeline.organization, partial_groups="disjoint").results(query, NOW_MS)
    return {
        metric["metric"]
        for result in results["results"]
        for data in result["data"]
        for metric in data["metrics"]
    }


def _observed(timeline: Timeline) -> set[str]:
    """Metrics to which an observations query has an answer, at some moment of a busy quarter of an hour."""
    observations = Observations(timeline.organization, timeline, SETTINGS)
    body = {
        "metrics": allowed_values("QueueObservationQuery", "metrics"),
        "filter": {
            "type": "or",
            "predicates": [
                {"dimension": "queueId", "value": queue.id} for queue in timeline.organization.queues
            ],
        },
    }
    found: set[str] = set()
    for minute in range(15):
        answer = observations.results(body, NOW_MS - minute * 60_000)
        found |= {each["metric"] for result in answer["results"] for each in result["data"]}
    return found


def missing(wants: Names, has: Names) -> dict[str, list[str]]:
    """What is wanted and not carried, by category; of a field that is not carried, no values."""
    fields = wants[FIELDS] & has[FIELDS]
    return {
        category: sorted(names - has[category], key=str.lower)
        for category, names in wants.items()
        if names - has[category]
        and (not category.startswith(VALUES) or category.removeprefix(VALUES) in fields)
    }


_METRICS = (DETAIL_METRICS, AGGREGATE_METRICS, NOTIFICATION_METRICS)


def rendered(lacking: Mapping[str, Sequence[str]]) -> str:
    """The list as it stands in the README."""
    lines = ["<details><summary>Not simulated: what no generated conversation carries</summary>", ""]
    metrics = sorted({name for each in _METRICS for name in lacking.get(each, ())}, key=str.lower)
    lines += _line(
        "Metrics of details, aggregates and notifications", [_told(each, lacking) for each in metrics]
    )
    for category in lacking:
        if category not in _METRICS and category != FIELDS and not category.startswith(VALUES):
            lines += _line(category, lacking[category])
    by_model: dict[str, list[str]] = {}
    for place in lacking.get(FIELDS, ()):
        name, _, field = place.partition(".")
        by_model.setdefault(name, []).append(field)
    for name in by_model:
        lines += _line(f"Fields of `{name}`", by_model[name])
    for category in lacking:
        if category.startswith(VALUES):
            lines += _line(f"{VALUES}`{category.removeprefix(VALUES)}`", lacking[category])
    return "\n".join([*lines, "", "</details>"])


def _line(title: str, names: Sequence[str]) -> list[str]:
    text = f"- {title}: " + ", ".join(f"`{name}`" for name in names) + "."
    return textwrap.wrap(text, 125, subsequent_indent="  ", break_on_hyphens=False) if names else []


def _told(metric: str, lacking: Mapping[str, Sequence[str]]) -> str:
    """A metric's name, and where alone it is missing if other places have it."""
    there = [each for each in _METRICS if metric in wanted()[each]]
    lacks = [each for each in there if metric in lacking.get(each, ())]
    if there == lacks:
        return metric
    return metric + " (" + ", ".join(each.removeprefix("Metrics of ") for each in lacks) + ")"


def written(text: str, section: str) -> str:
    """A README's text with the section between its markers."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"README.md lacks the markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{section}\n{END}{after}"


def main(argv: Sequence[str] | None = None) -> int:
    """Prints, writes or compares the list."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--write", action="store_true", help="write it into README.md")
    options.add_argument("--check", action="store_true", help="compare it with README.md")
    chosen = options.parse_args(argv)
    section = rendered(missing(wanted(), carried()))
    if not chosen.write and not chosen.check:
        print(section)
        return 0
    text = README.read_text(encoding="utf-8")
    new = written(text, section)
    if chosen.write:
        README.write_text(new, encoding="utf-8")
        return 0
    if text == new:
        return 0
    print("README.md lists something else as not simulated; run python tests/coverage_list.py --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
