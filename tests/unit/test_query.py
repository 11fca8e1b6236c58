"""Bodies of the details query."""

from typing import Any

import pytest

from gcanalytics.api.intervals import Interval
from gcanalytics.api.query import check_id, details_query
from gcanalytics.errors import QueryError, UnknownName

DAY = Interval.parse("2026-11-09")


def test_a_page_of_everything() -> None:
    query = details_query()
    assert query.body(DAY, 3) == {
        "interval": "2026-11-09T00:00:00.000Z/2026-11-10T00:00:00.000Z",
        "order": "asc",
        "orderBy": "conversationStart",
        "paging": {"pageSize": 100, "pageNumber": 3},
    }
    assert (query.max_days, query.last_page) == (7, 1000)


def test_keywords_stand_in_one_filter_so_that_they_hold_in_one_segment() -> None:
    query = details_query(
        queue_ids=["q1", "q2"], user_ids=["u"], media_types=["voice"], directions=["inbound"]
    )
    assert query.filters == {
        "segmentFilters": [
            {
                "type": "and",
                "clauses": [
                    {
                        "type": "or",
                        "predicates": [
                            {"type": "dimension", "dimension": "queueId", "value": "q1"},
                            {"type": "dimension", "dimension": "queueId", "value": "q2"},
                        ],
                    }
                ],
                "predicates": [
                    {"type": "dimension", "dimension": "userId", "value": "u"},
                    {"type": "dimension", "dimension": "mediaType", "value": "voice"},
                    {"type": "dimension", "dimension": "direction", "value": "inbound"},
                ],
            }
        ]
    }
    assert query.max_days == 31


def test_raw_filters_stand_beside_them_in_the_platforms_spelling() -> None:
    query = details_query(
        queue_ids=["q"],
        segment_filters={"type": "OR", "predicates": [{"dimension": "MEDIATYPE", "value": "Voice"}]},
        conversation_filters=[{"dimension": "conversationEnd", "operator": "exists"}],
    )
    assert query.filters["segmentFilters"][1] == {
        "type": "or",
        "predicates": [{"type": "dimension", "dimension": "mediaType", "value": "voice"}],
    }
    assert query.filters["conversationFilters"] == [
        {
            "type": "and",
            "predicates": [{"type": "dimension", "dimension": "conversationEnd", "operator": "exists"}],
        }
    ]


def test_clauses_metrics_properties_and_ranges_pass() -> None:
    predicate = {"type": "property", "property": "x", "propertyType": "integer", "range": {"gte": 3, "lt": 9}}
    metric = {"metric": "tSegmentDuration", "range": {"gt": 1000}}
    clause = {"type": "and", "predicates": [predicate, metric]}
    query = details_query(segment_filters=[{"type": "or", "clauses": [clause]}])
    assert query.filters["segmentFilters"][0]["clauses"][0]["predicates"][0] == predicate
    assert query.filters["segmentFilters"][0]["clauses"][0]["predicates"][1] == {**metric, "type": "metric"}


def test_numbers_and_flags_become_texts() -> None:
    query = details_query(segment_filters=[{"dimension": "conference", "value": True}])
    assert query.filters["segmentFilters"][0]["predicates"][0]["value"] == "true"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"page_size": 0}, "1 to 100"),
        ({"page_size": 101}, "1 to 100"),
        ({"page_size": "100"}, "1 to 100"),
        ({"page_size": True}, "1 to 100"),
        ({"queue_ids": []}, "match nothing"),
        ({"segment_filters": "voice"}, "is a filter or a list"),
        ({"segment_filters": ["voice"]}, "is no filter"),
        ({"segment_filters": {"type": "and", "predicates": []}}, "neither predicates nor clauses"),
        ({"segment_filters": {"predicates": [{"dimension": "ani", "value": "x"}]}}, '"and" or "or"'),
        ({"segment_filters": [{"value": "x"}]}, "one dimension, metric or property"),
        ({"segment_filters": [{"dimension": "ani", "metric": "tTalk"}]}, "one dimension, metric or property"),
        ({"segment_filters": [{"dimension": "ani"}]}, "a value or a range"),
        ({"segment_filters": [{"dimension": "ani", "value": "x", "range": {"gt": 1}}]}, "a value or a range"),
        ({"segment_filters": [{"dimension": "ani", "range": {"above": 1}}]}, "gt, gte, lt, lte"),
        ({"segment_filters": [{"dimension": "ani", "value": ["x"]}]}, "is a text"),
        ({"segment_filters": [{"dimension": "ani", "values": ["x"]}]}, "no key here"),
        ({"segment_filters": [{"dimension": ["ani", "dnis"], "value": "x"}]}, "is no segment dimension"),
        ({"segment_filters": [{"dimension": [], "value": "x"}]}, "is no segment dimension"),
        ({"segment_filters": [{"dimension": "ani", "operator": ["exists"]}]}, "is no operator"),
        ({"segment_filters": {"type": [], "predicates": []}}, "is no filter type"),
        ({"segment_filters": {"type": "and", "predicates": 5}}, "predicates of segmentFilters is a list"),
        ({"segment_filters": {"type": "and", "predicates": {"dimension": "ani"}}}, "is a list"),
        ({"segment_filters": {"type": "and", "clauses": "and"}}, "clauses of segmentFilters is a list"),
        ({"segment_filters": {"type": "and", "clauses": [5]}}, "holds 5, which is no filter"),
        ({"segment_filters": 5}, "is a filter or a list"),
        ({"resolution_filters": [{"dimension": "queueId", "value": "x"}]}, "knows no dimension"),
        ({"conversation_filters": [{"property": "x", "value": "x"}]}, "knows no properties"),
        (
            {
                "segment_filters": {
                    "type": "and",
                    "clauses": [{"type": "or", "clauses": [{"type": "and", "predicates": []}]}],
                }
            },
            "no key here",
        ),
    ],
)
def test_what_the_platform_would_refuse_is_refused_before(options: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        details_query(**options)


@pytest.mark.parametrize(
    ("options", "nearest"),
    [
        ({"segment_filters": [{"dimension": "queue", "value": "x"}]}, "queueId"),
        ({"conversation_filters": [{"metric": "tAbandoned", "range": {"gt": 0}}]}, "tAbandon"),
        ({"segment_filters": [{"dimension": "mediaType", "value": "voices"}]}, "voice"),
        ({"segment_filters": [{"dimension": "ani", "operator": "exist"}]}, "exists"),
    ],
)
def test_an_unknown_word_names_the_nearest(options: dict[str, Any], nearest: str) -> None:
    with pytest.raises(UnknownName) as wrong:
        details_query(**options)
    assert nearest in wrong.value.nearest


def test_unknown_words_pass_when_not_strict() -> None:
    new = [{"dimension": "mood", "value": "good"}, {"dimension": "mediaType", "value": "hologram"}]
    query = details_query(segment_filters=new, strict=False)
    assert [one["value"] for one in query.filters["segmentFilters"][0]["predicates"]] == ["good", "hologram"]


@pytest.mark.parametrize("value", ["", "a/b", "../users", "a b", "a?x=1", None, 3, "x" * 200, "%2e%2e"])
def test_what_is_no_id_never_gets_into_a_path(value: Any) -> None:
    with pytest.raises(QueryError, match="is no conversation id"):
        check_id("conversation", value)
    assert check_id("queue", " 4750-cd ") == "4750-cd"
