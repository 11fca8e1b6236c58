"""Counts beside the pages of a details query, held against counting the records by hand."""

from collections import Counter
from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.detail_counts import Count
from gcanalytics.simulator.queries.detail_results import DetailResults, Page
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
CHOICES = Settings(conversations_per_week=1500, records_shift=False)
YESTERDAY = Interval(START_MS - START_MS % DAY_MS - DAY_MS, START_MS - START_MS % DAY_MS)
TODAY = Interval(YESTERDAY.end_ms, YESTERDAY.end_ms + DAY_MS)


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return Timeline(Organization.load(), seed=4, settings=CHOICES, days=2, start_ms=START_MS)


def asked(
    timeline: Timeline, *counts: dict[str, Any], interval: Interval = YESTERDAY, **more: Any
) -> tuple[Page, DetailResults]:
    results = DetailResults(timeline, CHOICES, seed=1)
    body = {"aggregations": list(counts), **more}
    return results.page(body, interval, size=10, number=1, now_ms=START_MS), results


def records(timeline: Timeline, interval: Interval = YESTERDAY) -> list[dict[str, Any]]:
    found = timeline.conversations(interval.start_ms, min(interval.end_ms, START_MS + 1))
    return [record(each, START_MS, CHOICES) for each in found]


def sessions(each: dict[str, Any]) -> list[dict[str, Any]]:
    return [session for one in each["participants"] for session in one["sessions"]]


def test_a_term_counts_each_conversation_that_has_it_once(timeline: Timeline) -> None:
    page, _ = asked(timeline, {"type": "termFrequency", "dimension": "queueId", "size": 100})
    by_hand: Counter[str] = Counter()
    visits = having = 0
    for each in records(timeline):
        queues = [part["queueId"] for one in sessions(each) for part in one["segments"] if "queueId" in part]
        visits += len(queues)
        having += bool(queues)
        by_hand.update(set(queues))
    [found] = page.counts
    assert {entry["value"]: entry["count"] for entry in found["results"]} == by_hand
    assert found["count"] == having < sum(by_hand.values()) < visits
    assert (found["type"], found["dimension"], "metric" in found) == ("termFrequency", "queueId", False)


def test_terms_come_most_frequent_first_and_no_more_than_asked_for(timeline: Timeline) -> None:
    whole, _ = asked(timeline, {"type": "termFrequency", "dimension": "wrapUpCode", "size": 100})
    page, _ = asked(timeline, {"type": "termFrequency", "dimension": "wrapUpCode", "size": 3})
    counts = [entry["count"] for entry in whole.counts[0]["results"]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) > 3
    assert page.counts[0]["results"] == whole.counts[0]["results"][:3]
    assert page.counts[0]["count"] == whole.counts[0]["count"]


def test_ranges_count_the_metric_of_whole_conversations(timeline: Timeline) -> None:
    ranges = [{"lt": 30_000}, {"gte": 30_000, "lt": 240_000}, {"gte": 240_000}, {}]
    page, _ = asked(timeline, {"type": "numericRange", "metric": "tTalk", "ranges": ranges})
    talks = []
    for each in records(timeline):
        metrics = [metric for one in sessions(each) for metric in one.get("metrics", ())]
        values = [metric["value"] for metric in metrics if metric["name"] == "tTalk"]
        talks += [sum(values)] if values else []
    [found] = page.counts
    assert found["count"] == len(talks)
    assert [{k: v for k, v in entry.items() if k != "count"} for entry in found["results"]] == ranges
    assert [entry["count"] for entry in found["results"]] == [
        sum(talk < 30_000 for talk in talks),
        sum(30_000 <= talk < 240_000 for talk in talks),
        sum(talk >= 240_000 for talk in talks),
        len(talks),
    ]


def test_only_what_the_filters_leave_is_counted_whatever_the_page(timeline: Timeline) -> None:
    chat = {"type": "or", "predicates": [{"dimension": "mediaType", "value": "chat"}]}
    count = {"type": "termFrequency", "dimension": "mediaType"}
    page, results = asked(timeline, count, segmentFilters=[chat])
    assert page.counts[0]["results"] == [{"count": page.total_hits, "value": "chat"}]
    body = {"aggregations": [count], "segmentFilters": [chat]}
    second = results.page(body, YESTERDAY, size=10, number=2, now_ms=START_MS)
    assert second.records
    assert second.counts == page.counts


def test_what_moves_is_counted_as_it_is_now(timeline: Timeline) -> None:
    count = {"type": "termFrequency", "dimension": "conversationEnd", "size": 10_000}
    page, results = asked(timeline, count, interval=TODAY)
    ended = sum("conversationEnd" in each for each in records(timeline, TODAY))
    assert page.counts[0]["count"] == ended < page.total_hits
    later = results.page({"aggregations": [count]}, TODAY, size=10, number=1, now_ms=START_MS + 600_000)
    assert later.counts[0]["count"] > ended


def test_the_type_of_an_aggregation_is_inferred_from_its_subject(timeline: Timeline) -> None:
    terms = {"dimension": "queueId", "size": 5}
    ranges = {"metric": "tTalk", "ranges": [{"lt": 30_000}]}
    page, _ = asked(timeline, terms, ranges)
    whole, _ = asked(timeline, {"type": "termFrequency"} | terms, {"type": "numericRange"} | ranges)
    assert page.counts == whole.counts
    assert [each["type"] for each in page.counts] == ["termFrequency", "numericRange"]


def test_without_an_aggregation_nothing_is_counted(timeline: Timeline) -> None:
    assert asked(timeline)[0].counts == []


@pytest.mark.parametrize(
    ("each", "code"),
    [
        ({}, "bad.request"),
        ({"size": 3}, "bad.request"),
        ({"dimension": "queueId", "metric": "tTalk", "ranges": [{"lt": 1}]}, "bad.request"),
        ({"type": "termFrequency"}, "bad.request"),
        ({"type": "termFrequency", "metric": "tTalk"}, "bad.request"),
        ({"type": "termFrequency", "dimension": "queue"}, "invalid.value"),
        ({"type": "termFrequency", "dimension": "queueId", "size": 0}, "invalid.value"),
        ({"type": "numericRange", "metric": "tTalk"}, "bad.request"),
        ({"type": "numericRange", "metric": "tTalk", "ranges": []}, "bad.request"),
        ({"type": "numericRange", "metric": "tTalking", "ranges": [{"lt": 1}]}, "invalid.value"),
    ],
)
def test_a_count_of_nothing_is_refused(each: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        Count(each)
    assert (refused.value.status, refused.value.code) == (400, code)
