"""Wrong arguments of the public functions: each is an error of ours that says which, and what to do."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gcanalytics as gca
from gcanalytics import charts, measures
from gcanalytics.client import Client
from gcanalytics.errors import ApiError, ConfigurationError, ConnectionFailed, QueryError, UnknownName
from gcanalytics.settings import Settings
from gcanalytics.transport.retry import RetryPolicy


@pytest.fixture(scope="module")
def d() -> gca.ConversationDetails:
    return gca.sample()


@pytest.mark.parametrize("options", [{"by": 3}, {"freq": 30}, {"freq": "0h"}, {"pad": "soon", "freq": "h"}])
@pytest.mark.parametrize("measure", ["volume", "abandon_rate", "service_level", "asa", "wait_percentiles"])
def test_a_measure_names_the_argument_that_it_cannot_read(
    d: gca.ConversationDetails, measure: str, options: dict[str, Any]
) -> None:
    wrong = str(next(iter(options.values())))
    with pytest.raises(QueryError, match=wrong):
        getattr(measures, measure)(d.legs, **options)


@pytest.mark.parametrize("tz", ["Nowhere/Land", 5])
def test_a_zone_that_is_none_is_named(d: gca.ConversationDetails, tz: Any) -> None:
    with pytest.raises(UnknownName, match=f"time zone '{tz}'") as wrong:
        measures.volume(d.legs, freq="D", tz=tz)
    assert "Europe/Warsaw" in str(wrong.value)


def test_a_zone_may_be_an_object(d: gca.ConversationDetails) -> None:
    zone: Any = zoneinfo.ZoneInfo("America/New_York")
    named = measures.volume(d.legs, freq="D", tz="America/New_York")
    pd.testing.assert_frame_equal(measures.volume(d.legs, freq="D", tz=zone), named)
    assert charts.offered(d.legs, freq="D", tz=zone).get_xlabel() == "Time (America/New_York)"


@pytest.mark.parametrize("threshold_s", [True, "20", -1, float("nan"), pd.Timedelta("20s")])
def test_a_threshold_is_a_number_of_seconds(d: gca.ConversationDetails, threshold_s: Any) -> None:
    with pytest.raises(QueryError, match=r"threshold_s=.*give seconds"):
        measures.service_level(d.legs, threshold_s=threshold_s)


NOTHING: Any = None
WRONG_CHARTS: dict[str, tuple[Callable[[Any], object], str]] = {
    "axes in an array": (lambda d: charts.offered(d.legs, ax=["left", "right"]), r"ax=axes\[0\]"),  # type: ignore[arg-type]
    "no bars": (lambda d: charts.handle_time(d.handlings, top=0), "top=0"),
    "bars of text": (lambda d: charts.handle_time(d.handlings, top="x"), "top='x'"),  # type: ignore[arg-type]
    "bars of nothing": (lambda d: charts.handle_time(d.handlings, by=NOTHING), "by=None.*name that column"),
    "an axis to nowhere": (lambda d: charts.waits(d.legs, up_to_s=-1), "up_to_s=-1"),
    "another heat": (lambda d: charts.heat_map(d.legs, value="aht"), "There are 'offered', 'abandon_rate'"),
    "no such conversation": (lambda d: d.timeline("nobody's"), r"d\.interactions"),
    "an id of no text": (lambda d: d.timeline(3), "no conversation .* 3"),
    "a history of legs": (lambda d: charts.agent_status(d.legs), "status history.* without duration_s"),
    "a table of nothing": (lambda _: charts.occupancy(NOTHING), "not NoneType"),
}


@pytest.mark.parametrize("case", WRONG_CHARTS)
def test_a_chart_says_what_it_cannot_draw(d: gca.ConversationDetails, case: str) -> None:
    call, words = WRONG_CHARTS[case]
    with pytest.raises(QueryError, match=words):
        call(d)


@pytest.mark.parametrize("frame", [None, "d.legs", [1, 2]])
def test_only_a_frame_is_written_or_made_wide(frame: Any, tmp_path: Path) -> None:
    for write in (gca.to_csv, gca.to_parquet):
        with pytest.raises(QueryError, match=rf"DataFrame, not {type(frame).__name__}"):
            write(frame, tmp_path / "x")
    with pytest.raises(QueryError, match="no table of aggregates"):
        gca.aggregates_wide(frame)
    assert not list(tmp_path.iterdir())


def test_a_pull_is_no_frame_but_has_a_way_of_its_own(d: gca.ConversationDetails, tmp_path: Path) -> None:
    whole: Any = d
    with pytest.raises(QueryError, match=r"d\.to_csv\(folder\)"):
        gca.to_csv(whole, tmp_path / "x.csv")
    with pytest.raises(QueryError, match="conversation_aggregates"):
        gca.aggregates_wide(d.legs)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("queue,offered\n")
    with pytest.raises(QueryError, match=r"x\.parquet.* is no Parquet file"):
        gca.read_parquet(tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        (
            [{"message": "Too many", "code": "too.many.requests", "status": 429}],
            "it has code, message, status",
        ),
        ([b'{"message": "Too many", "status": 429}'], "it has message, status"),
        ([{"conversations": 3}], "a list, not int"),
        ([b'{"conversations": {}, "totalHits": 1}'], "a list, not dict"),
    ],
)
def test_what_is_no_page_does_not_become_an_empty_pull(pages: list[Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ApiError, match=words):
        gca.ConversationDetails.from_pages(pages)
    with pytest.raises(ApiError, match=words):
        gca.pages_to_parquet(pages, tmp_path / "out")


@pytest.mark.parametrize("page", [{"conversations": []}, b"{}", "{}", None])
def test_a_single_page_is_no_list_of_pages(page: Any) -> None:
    with pytest.raises(QueryError, match=r"as \[page\]"):
        gca.ConversationDetails.from_pages(page)


@pytest.mark.parametrize(
    "page", [{}, b"{}", {"aggregations": []}, {"totalHits": 0}, [], {"conversations": None}]
)
def test_a_page_past_the_end_is_a_page(page: Any) -> None:
    assert len(gca.ConversationDetails.from_pages([page]).conversations) == 0


SETTINGS = Settings("http://127.0.0.1:9", "http://127.0.0.1:9", access_token="t")


@pytest.mark.parametrize(
    ("tz", "name"),
    [
        ("Europe/Warsaw", "Europe/Warsaw"),
        (zoneinfo.ZoneInfo("Asia/Kolkata"), "Asia/Kolkata"),
        (dt.UTC, "UTC"),
        (dt.timezone(dt.timedelta(hours=2)), "Etc/GMT-2"),
        (dt.timezone(dt.timedelta(hours=-5)), "Etc/GMT+5"),
    ],
)
def test_a_clients_zone_has_a_name_that_every_method_can_use(tz: Any, name: str) -> None:
    assert Client(SETTINGS, tz=tz).tz == name
    zoneinfo.ZoneInfo(name)


class Nameless(dt.tzinfo):
    """A zone that no database has."""

    def utcoffset(self, when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(hours=1)

    def dst(self, when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta()

    def tzname(self, when: dt.datetime | None) -> str:
        return "HERE"


@pytest.mark.parametrize("tz", [dt.timezone(dt.timedelta(hours=5.5)), Nameless()])
def test_a_zone_without_a_name_is_refused_where_it_is_given(tz: Any) -> None:
    with pytest.raises(QueryError, match="no name in the tz database"):
        Client(SETTINGS, tz=tz)
    with (
        Client(SETTINGS, retry=RetryPolicy.off()) as gc,
        pytest.raises(QueryError, match="no name in the tz database"),
    ):
        gc.queue_performance("yesterday", tz=tz)


def test_a_closed_client_opens_no_view() -> None:
    gc = Client(SETTINGS)
    gc.close()
    with pytest.raises(ConnectionFailed, match="was closed"):
        gc.live("Support")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"queue": 5}, "5 is no queue"),
        ({"queue": None}, "None is no queue"),
        ({"media_type": "voice"}, "no option media_type=.*show_remote"),
        ({"warn_wait_s": "60"}, "warn_wait_s and alarm_wait_s"),
    ],
)
def test_a_live_view_refuses_wrong_arguments_before_any_request(options: dict[str, Any], words: str) -> None:
    with Client(SETTINGS, retry=RetryPolicy.off()) as gc, pytest.raises(QueryError, match=words):
        gc.live(**{"queue": "Support", **options})
    assert gc.rest.requests == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": None}, "a text, not NoneType"),
        ({"method": None}, "no HTTP method 'NONE'.*GET"),
        ({"params": 3}, "a dict of query parameters, not int"),
    ],
)
def test_any_request_refuses_wrong_arguments_before_it_is_sent(options: dict[str, Any], words: str) -> None:
    with Client(SETTINGS, retry=RetryPolicy.off()) as gc, pytest.raises(QueryError, match=words):
        gc.request(**{"method": "GET", "path": "/api/v2/users/me", **options})
    assert gc.rest.requests == 0


@pytest.mark.parametrize(
    ("filter", "words"),  # the API's own word
    [
        (3, "filter=3 is no filter"),
        ({"type": "and"}, "neither predicates nor clauses"),
        ({"type": "and", "predicates": 3}, "predicates of the aggregates query is a list"),
        ({"type": "and", "clauses": ["x"]}, "which is no filter"),
        ({"type": "xor", "predicates": []}, "no filter type 'xor'"),
        ({"dimension": "wrapupCode", "value": "x"}, None),
        ({"dimension": "wrapping", "value": "x"}, "no aggregate dimension 'wrapping'"),
        ({"type": "and", "predicates": [{"dimension": "direction", "value": "up"}]}, "no direction 'up'"),
        ({"type": "and", "predicates": [{"metric": "tTalk", "value": "x"}]}, "knows no metric"),
    ],
)
def test_a_filter_of_aggregates_is_read_before_any_request(filter: Any, words: str | None) -> None:  # noqa: A002
    with Client(SETTINGS, retry=RetryPolicy.off()) as gc:
        with pytest.raises((QueryError, ConnectionFailed), match=words) as wrong:
            gc.conversation_aggregates("yesterday", metrics=["nOffered"], filter=filter)
        assert (gc.rest.requests == 0) == isinstance(wrong.value, QueryError) == (words is not None)


def test_a_refusal_offers_strict_only_where_there_is_such_an_argument() -> None:
    with Client(SETTINGS, retry=RetryPolicy.off()) as gc:
        for call in (gc.queue_performance, gc.agent_performance):
            with pytest.raises(UnknownName, match="media type 'phone'") as wrong:
                call("yesterday", media_type="phone")
            assert "strict" not in str(wrong.value)
            assert "'voice'" in str(wrong.value)
        with pytest.raises(UnknownName, match="strict=False"):
            gc.conversation_aggregates("yesterday", metrics=["nOffered"], media_type="phone")


@pytest.mark.parametrize("options", [{"tz": "Nowhere/Land"}, {"seed": "x"}, {"days": 0}])
def test_a_demo_says_in_a_line_what_is_wrong(options: dict[str, Any]) -> None:
    with pytest.raises((QueryError, ConfigurationError)) as wrong:
        gca.demo(**options)
    assert len(str(wrong.value).splitlines()) == 1
    assert "usage" not in str(wrong.value)
