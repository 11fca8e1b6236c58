"""Aggregates: body, tidy and wide frames, and the Queue Performance columns, on answers made by hand."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gcanalytics import performance
from gcanalytics.api import aggregates as endpoint
from gcanalytics.errors import ApiError, QueryError, UnknownName
from gcanalytics.frames import aggregates as frames
from gcanalytics.frames.names import Names
from gcanalytics.frames.schema import INSTANT, TEXT
from gcanalytics.transport.response import ApiResponse

HALF_HOURS = [
    "2026-11-16T10:00:00.000Z/2026-11-16T10:30:00.000Z",
    "2026-11-16T10:30:00.000Z/2026-11-16T11:00:00.000Z",
]


class FakeRest:
    """Answers every request with one body, and remembers what was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def request(
        self, method: str, path: str, *, json: Any = None, repeatable: bool | None = None
    ) -> ApiResponse:
        self.asked.append({"method": method, "path": path, "body": json, "repeatable": repeatable})
        content = self.answer if isinstance(self.answer, bytes) else _bytes(self.answer)
        return ApiResponse(200, "OK", {"inin-correlation-id": "c-1"}, method, path, content)


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


class FakeDirectory:
    """Knows two queues and one agent."""

    def names(self) -> Names:
        return Names(queues={"q1": "Support", "q2": "Billing"}, users={"u1": "Ann"})

    def queue_ids(self, names: str | list[str]) -> list[str]:
        known = {"Support": "q1", "Billing": "q2"}
        names = [names] if isinstance(names, str) else names
        for name in names:
            if name not in known:
                raise UnknownName("queue", name, known)
        return [known[name] for name in names]


def metric(name: str, count: int | None = None, total: float | None = None, **stats: Any) -> dict[str, Any]:
    found = {"count": count, "sum": total} | stats
    return {"metric": name, "stats": {key: value for key, value in found.items() if value is not None}}


def group(metrics: list[dict[str, Any]], *, interval: str = HALF_HOURS[0], **keys: str) -> dict[str, Any]:
    return {"group": keys, "data": [{"interval": interval, "metrics": metrics}]}


ANSWER: Any = {
    "results": [
        group(
            [
                metric("nOffered", 10),
                metric("tAnswered", 8, 80_000, min=1000, max=30_000),
                metric("tAbandon", 1, 40_000),
                metric("tFlowOut", 1, 60_000),
                metric("nOverSla", 2),
                metric("oServiceLevel", numerator=6, denominator=9, ratio=0.6667, target=0.8),
                metric("tHandle", 5, 1_000_000),
                metric("tTalkComplete", 8, 640_000),
                metric("tHeldComplete", 2, 50_000),
                metric("nTransferred", 2),
                metric("nOutbound", 3),
            ],
            queueId="q1",
            mediaType="voice",
        ),
        group([metric("nOffered", 3)], queueId="unknown", mediaType="chat"),
        group([metric("nOffered", 4)], mediaType="voice"),
    ]
}


def performed(answer: Any = ANSWER, **options: Any) -> tuple[pd.DataFrame, FakeRest]:
    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory()
    span = "2026-11-16T10:00Z/2026-11-16T11:00Z"
    return performance.queue_performance(rest, directory, span, **options), rest


def aggregated(answer: Any = ANSWER, **options: Any) -> tuple[pd.DataFrame, FakeRest]:
    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory()
    span = "2026-11-16T10:00Z/2026-11-16T11:00Z"
    return performance.conversation_aggregates(
        rest, directory, span, **({"metrics": "nOffered"} | options)
    ), rest


def test_the_recorded_answer_becomes_a_row_per_metric(payloads: Path) -> None:
    answer = json.loads((payloads / "aggregates_response_tutorial.json").read_text())
    tidy = frames.aggregates(answer, group_by=["queueId"])
    assert tidy["metric"].tolist() == ["tTalk", "tAnswered", "nOffered"]
    assert tidy["mediaType"].unique().tolist() == ["chat"]
    assert tidy["count"].tolist() == [5, 5, 5]
    assert tidy["sum"].isna().tolist() == [False, False, True]
    assert tidy["min"].isna().all()  # this old recording has none
    assert tidy["start"].unique().tolist() == [pd.Timestamp("2016-03-28T15:07:00Z")]
    table = frames.aggregates_wide(tidy)
    assert table.loc[0, ["nOffered", "tTalk_count", "tTalk_sum", "tAnswered_max"]].tolist() == [
        5,
        5,
        3125952,
        9806,
    ]


def test_a_partial_group_says_which_dimensions_it_lacks() -> None:
    whole = group([metric("nConnected", 2)], mediaType="voice", queueId="q1", userId="u1")
    answer: Any = {"results": [group([metric("nConnected", 7)], mediaType="voice"), whole]}
    tidy = frames.aggregates(answer, group_by=["queueId", "userId"])
    assert list(tidy.columns[:3]) == ["queueId", "userId", "mediaType"]
    assert tidy["missing_dims"].tolist() == [["queueId", "userId"], []]
    assert frames.aggregates_wide(tidy)["nConnected"].tolist() == [7, 2]  # two rows: nothing is added up


def test_an_empty_answer_gives_the_same_columns_and_dtypes() -> None:
    full = frames.aggregates(ANSWER, group_by=["queueId"])
    nothings: list[Any] = [{}, {"results": []}, {"results": None}]
    for nothing in nothings:
        empty = frames.aggregates(nothing, group_by=["queueId"])
        assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
        assert len(frames.aggregates_wide(empty)) == 0
    assert full["queueId"].dtype == TEXT
    assert full["start"].dtype == INSTANT
    assert str(full["count"].dtype) == "Int64"


def test_qualifiers_and_views_have_rows_of_their_own() -> None:
    piece: Any = {
        "interval": HALF_HOURS[0],
        "metrics": [{"metric": "oUser", "qualifier": "IDLE", "stats": {"count": 3, "sum": 6}}],
        "views": [{"name": "short", "stats": {"count": 2}}],
    }
    tidy = frames.aggregates({"results": [{"group": {"mediaType": "voice"}, "data": [piece]}]})
    assert tidy[["metric", "is_view"]].to_numpy().tolist() == [["oUser", False], ["short", True]]
    assert {"oUser[IDLE]_count", "oUser[IDLE]_sum", "short"} <= set(frames.aggregates_wide(tidy).columns)


@pytest.mark.parametrize(
    "stats",
    [{"count": "many"}, {"count": 2.5}, {"count": True}, {"sum": [1]}, {"p50": 4}, "none", [1], 7],
)
def test_what_has_no_column_stays_verbatim(stats: Any) -> None:
    odd: Any = {"metric": "tTalk", "stats": stats}
    tidy = frames.aggregates({"results": [{"group": {}, "data": [{"interval": "x", "metrics": [odd]}]}]})
    assert tidy.loc[0, "metric"] == "tTalk"
    assert json.loads(tidy.loc[0, "extra_json"])["stats"] == stats
    assert tidy["start"].isna().all()


@pytest.mark.parametrize(
    "answer",
    [
        {
            "results": [
                None,
                3,
                {"group": None, "data": None},
                {"group": {"queueId": 5}, "data": [None, {"metrics": None}]},
            ]
        }
    ],
)
def test_a_misshapen_answer_is_no_exception(answer: Any) -> None:
    assert len(frames.aggregates(answer)) == 0


@pytest.mark.parametrize("answer", [[], "text", 3, {"results": {}}, b"<html>", b"null"])
def test_an_answer_of_another_shape_is_an_error_of_ours(answer: Any) -> None:
    rest: Any = FakeRest(answer)
    with pytest.raises(ApiError) as caught:
        endpoint.conversation_aggregates(rest, endpoint.body("2026-11-09/2026-11-10", ["nOffered"]))
    assert (caught.value.path, caught.value.correlation_id) == (
        "/api/v2/analytics/conversations/aggregates/query", "c-1",
    )  # fmt: skip


def test_queue_performance_has_the_columns_of_the_web_interface() -> None:
    table, _ = performed()
    row = table[table["Queue"] == "Support"].iloc[0]
    expected = {
        "Media Type": "voice", "Offered": 10, "Answer": 8, "Answer %": 80.0, "Abandon": 1, "Abandon %": 10.0,
        "Flow-Out": 1, "Flow-Out %": 10.0, "Service Level %": pytest.approx(600 / 9),
        "Service Level Target %": 80.0,
        "Over SLA": 2, "ASA": 10.0, "Avg Abandon": 40.0, "Handle": 5, "Avg Handle": 200.0, "Avg Talk": 80.0,
        "Hold": 2, "Avg Hold": 25.0, "ACW": 0, "Outbound": 3, "Transfer": 2, "Transfer %": 25.0,
        "SL Numerator": 6, "SL Denominator": 9, "queueId": "q1",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert pd.isna(row["Avg ACW"])


def test_queue_performance_is_one_request_and_says_what_has_no_queue() -> None:
    table, rest = performed(
        queue=["Support", "Billing"], media_type="voice", freq="30min", tz="Europe/Warsaw"
    )
    (asked,) = rest.asked
    assert (asked["method"], asked["repeatable"]) == ("POST", True)
    body = asked["body"]
    assert (body["granularity"], body["timeZone"], body["groupBy"]) == ("PT30M", "Europe/Warsaw", ["queueId"])
    clauses = body["filter"]["clauses"]
    assert [{one["value"] for one in clause["predicates"]} for clause in clauses] == [{"q1", "q2"}, {"voice"}]
    assert [clause["type"] for clause in clauses] == ["or", "or"]
    assert table.attrs["without_queue"] == 1
    assert "unknown" in table["Queue"].tolist()  # an id without a name stays an id


def test_a_bucket_that_the_platform_leaves_out_is_a_row_of_zeros() -> None:
    table, _ = performed(freq="30min", tz="Europe/Warsaw")
    support = table[table["Queue"] == "Support"]
    assert support["start"].tolist() == [pd.Timestamp("2026-11-16T10:00Z"), pd.Timestamp("2026-11-16T10:30Z")]
    assert support["end"].tolist() == [pd.Timestamp("2026-11-16T10:30Z"), pd.Timestamp("2026-11-16T11:00Z")]
    assert str(support["start"].dtype) == "datetime64[ms, Europe/Warsaw]"
    assert support["Offered"].tolist() == [10, 0]
    assert support["Answer %"].isna().tolist() == [False, True]


# As a live organisation answered: an offered callback has a wait and neither an answer nor an abandon.
CALLBACKS: list[dict[str, Any]] = [
    metric("nOffered", 143), metric("tWait", 143, 55_173_891), metric("tFlowOut", 3, 9_000),
    metric("tHandle", 120, 24_000_000), metric("nTransferred", 2),
]  # fmt: skip
UNTOLD = ["Answer", "Answer %", "Abandon", "Abandon %", "Short Abandon", "Over SLA", "ASA", "Avg Abandon",
          "SL Numerator", "SL Denominator", "Service Level %", "Transfer %"]  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"freq": "30min"}])
def test_what_the_platform_does_not_tell_of_callbacks_is_missing_and_not_zero(
    options: dict[str, Any],
) -> None:
    answer = {"results": [*ANSWER["results"], group(CALLBACKS, queueId="q1", mediaType="callback")]}
    table, _ = performed(answer, **options)
    callbacks = table[table["Media Type"] == "callback"]
    assert len(callbacks) == (2 if options else 1)
    assert callbacks[UNTOLD].isna().all(axis=None)
    row = callbacks.iloc[0]
    assert row[["Offered", "Flow-Out", "Handle", "Transfer"]].tolist() == [143, 3, 120, 2]
    assert row["Avg Wait"] == pytest.approx(55_173.891 / 143)
    others = table[table["Media Type"] != "callback"]
    pd.testing.assert_frame_equal(others.reset_index(drop=True), performed(**options)[0])


def test_what_a_platform_does_tell_of_callbacks_is_shown() -> None:
    told = [*CALLBACKS, metric("tAnswered", 100, 400_000)]
    answer = {"results": [group(told, queueId="q1", mediaType="callback")]}
    row = performed(answer, freq="30min")[0].iloc[0]
    assert row[["Answer", "Abandon", "ASA"]].tolist() == [100, 0, 4.0]
    assert row["Answer %"] == pytest.approx(100 * 100 / 143)


def test_weeks_that_the_platform_cuts_from_another_day_are_left_as_they_came() -> None:
    week = "2026-10-20T00:00:00.000Z/2026-10-27T00:00:00.000Z"
    answer: Any = {
        "results": [group([metric("nOffered", 7)], interval=week, queueId="q1", mediaType="voice")]
    }
    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory()
    table = performance.queue_performance(rest, directory, "2026-10-20/2026-10-27", freq="W")
    assert table[["Offered"]].to_numpy().tolist() == [[7]]


def test_a_bucket_that_has_not_begun_has_no_row_and_one_that_runs_is_not_complete() -> None:
    now = dt.datetime(2026, 11, 16, 10, 10, tzinfo=dt.UTC)
    table, _ = performed(freq="15min", now=now)
    support = table[table["Queue"] == "Support"]
    assert support["start"].tolist() == [pd.Timestamp("2026-11-16T10:00Z")]
    table, _ = performed(freq="30min", now=now + dt.timedelta(minutes=30))
    support = table[table["Queue"] == "Support"]
    assert support["complete"].tolist() == [True, False]
    assert table.attrs["complete"] is False
    assert performed()[0].attrs["complete"] is True


def test_queue_performance_of_nothing_is_typed() -> None:
    for options in ({}, {"freq": "30min"}):
        full, _ = performed(**options)
        empty, _ = performed({"results": []}, **options)
        assert len(empty) == 0
        assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()


def test_aggregates_carry_names_beside_ids() -> None:
    answer: Any = {"results": [group([metric("nOffered", 1)], queueId="q1", userId="u1", mediaType="voice")]}
    table, rest = aggregated(answer, group_by=["queueId", "userId"], granularity="PT12H", tz="Europe/Warsaw")
    assert table.loc[0, ["queueId", "queue", "userId", "agent"]].tolist() == ["q1", "Support", "u1", "Ann"]
    assert rest.asked[0]["body"]["granularity"] == "PT12H"
    assert str(table["start"].dtype) == "datetime64[ms, Europe/Warsaw]"


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"metrics": "nOfered"}, UnknownName, "nOffered"),
        ({"metrics": []}, QueryError, "metrics="),
        ({"group_by": ["queue"]}, UnknownName, "queueId"),
        ({"granularity": "PT7M"}, QueryError, "divide"),
        ({"queue": "Suport"}, UnknownName, "Support"),
        ({"media_type": "phone"}, UnknownName, "phone"),
        ({"media_type": []}, QueryError, "empty list"),
        ({"media_type": 5}, QueryError, "5 is no media type"),
        ({"metrics": 5}, QueryError, "5 is no aggregate metric"),
    ],
)
def test_wrong_words_are_refused_before_any_request(
    options: dict[str, Any], error: type[Exception], says: str
) -> None:
    rest: Any = FakeRest(ANSWER)
    directory: Any = FakeDirectory()
    with pytest.raises(error, match=says):
        performance.conversation_aggregates(
            rest, directory, "2026-11-16", **({"metrics": "nOffered"} | options)
        )
    assert rest.asked == []


def test_strict_false_lets_new_words_through() -> None:
    _, rest = aggregated(metrics=["nBrandNew"], group_by="newDimension", granularity="PT7M", strict=False)
    body = rest.asked[0]["body"]
    assert (body["metrics"], body["groupBy"], body["granularity"]) == (
        ["nBrandNew"],
        ["newDimension"],
        "PT7M",
    )


PREDICATE = {"type": "dimension", "dimension": "direction", "operator": "matches", "value": "inbound"}


@pytest.mark.parametrize(
    ("given", "clauses", "predicates"),
    [
        ({"type": "and", "predicates": [PREDICATE]}, 1, 1),
        ({"type": "or", "predicates": [PREDICATE]}, 2, 0),
        ({"type": "and", "clauses": [{"type": "or", "predicates": [PREDICATE]}]}, 2, 0),
    ],
)
def test_a_filter_of_ones_own_is_joined(given: dict[str, Any], clauses: int, predicates: int) -> None:
    joined = endpoint.where({"queueId": ["q1"]}, and_also=given)
    assert joined is not None
    assert (joined["type"], len(joined["clauses"]), len(joined.get("predicates", []))) == (
        "and",
        clauses,
        predicates,
    )
    assert endpoint.where({"queueId": None}, and_also=given) == given


def test_a_filter_nested_too_deeply_is_refused() -> None:
    deep = {"type": "or", "clauses": [{"type": "and", "predicates": [PREDICATE]}]}
    with pytest.raises(QueryError, match="queueId"):
        endpoint.where({"queueId": ["q1"]}, and_also=deep)
