"""Intervals and periods of requests."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.queries.intervals import Interval, Period
from gcanalytics.simulator.records.details import iso


def rendered(interval: Interval) -> str:
    return f"{iso(interval.start_ms)}/{iso(interval.end_ms)}"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01T10:00:00.000Z/2026-11-01T12:00:00.000Z",
        "2026-11-01T11:00:00+01:00/2026-11-01T13:00:00+01:00",
        "2026-11-01T10:00/2026-11-01T12:00",
        "2026-11-01T10:00:00Z/PT2H",
    ],
)
def test_z_an_offset_nothing_and_a_period_are_read(text: str) -> None:
    assert rendered(Interval.parse(text)) == "2026-11-01T10:00:00.000Z/2026-11-01T12:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-01T10:00:00Z",
        "2026-11-01/x",
        "PT2H/2026-11-01",
        "2026-02-30/2026-03-02",
        "2026-11-01T25:00Z/2026-11-02",
        "0001-01-01T00:00+14:00/2026-11-01",
        "2026-11-01/9999-12-31T23:59-14:00",
        "2026-11-01/P" + "9" * 5000 + "D",
    ],
)
def test_what_is_no_interval_is_an_invalid_date(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        Interval.parse(text)
    assert caught.value.code == "invalid.date"
    assert caught.value.message == (
        "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ"
    )


@pytest.mark.parametrize("text", ["2026-11-02/2026-11-01", "2026-11-01/2026-11-01"])
def test_an_interval_without_length_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        Interval.parse(text)
    assert caught.value.code == "bad.request"


def test_an_end_at_midnight_does_not_touch_the_next_day() -> None:
    days = Interval.parse("2026-11-01T23:00Z/2026-11-03T00:00Z").utc_days()
    assert len(days) == 2
    assert len(Interval.parse("2026-11-01T23:00Z/2026-11-03T00:00:00.001Z").utc_days()) == 3


def test_a_month_is_one_of_the_intervals_own_offset() -> None:
    assert rendered(Interval.parse("2026-03-01T00:00+02:00/P1M")) == (
        "2026-02-28T22:00:00.000Z/2026-03-31T22:00:00.000Z"
    )


@pytest.mark.parametrize("text", ["P", "PT", "1D", "P0D", "PT0S", "P1H", "", "P٣D", "P" + "9" * 5000 + "D"])
def test_what_is_no_period_is_none(text: str) -> None:
    assert Period.parse(text) is None


def test_days_follow_the_wall_clock_of_the_zone() -> None:
    interval = Interval.parse("2026-10-24T00:00+02:00/2026-10-27T00:00+01:00")
    days = list(interval.buckets(Period.parse("P1D"), ZoneInfo("Europe/Warsaw")))
    assert [bucket.length_ms // 3_600_000 for bucket in days] == [24, 25, 24]


def test_hours_are_hours_when_the_clock_changes() -> None:
    interval = Interval.parse("2026-10-25T00:00+02:00/2026-10-26T00:00+01:00")
    hours = list(interval.buckets(Period.parse("PT1H"), ZoneInfo("Europe/Warsaw")))
    assert [bucket.length_ms for bucket in hours] == [3_600_000] * 25


def test_the_last_bucket_ends_with_the_interval() -> None:
    interval = Interval.parse("2026-11-01T10:15Z/2026-11-01T11:00Z")
    buckets = [rendered(each) for each in interval.buckets(Period.parse("PT30M"), ZoneInfo("UTC"))]
    assert buckets == [
        "2026-11-01T10:15:00.000Z/2026-11-01T10:45:00.000Z",
        "2026-11-01T10:45:00.000Z/2026-11-01T11:00:00.000Z",
    ]


def test_a_month_later_than_the_31st_is_the_months_last_day() -> None:
    month = Period.parse("P1M")
    assert month is not None
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert [month.after(start, times).day for times in (1, 2, 3)] == [28, 31, 30]


@pytest.mark.parametrize("text", ["P99999999Y", "P9999999999D", "PT9999999999999S"])
def test_a_period_beyond_the_calendar_ends_with_the_interval_or_is_no_date(text: str) -> None:
    interval = Interval.parse("2026-11-01/2026-11-03")
    assert list(interval.buckets(Period.parse(text), ZoneInfo("UTC"))) == [interval]
    with pytest.raises(Refusal):
        Interval.parse(f"2026-11-01/{text}")
