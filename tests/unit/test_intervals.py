"""What people write, as two instants."""

import datetime as dt
import itertools
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.api.intervals import Interval, parse_duration, time_zone
from gcanalytics.errors import QueryError

NOW = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
WARSAW = "Europe/Warsaw"


def iso(value: Any, tz: str = "UTC", now: dt.datetime = NOW) -> str:
    return Interval.parse(value, tz=tz, now=now).iso().replace(":00.000Z", "Z")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-09", "2026-11-08T23:00Z/2026-11-09T23:00Z"),
        (dt.date(2026, 11, 9), "2026-11-08T23:00Z/2026-11-09T23:00Z"),
        ("yesterday", "2026-11-18T23:00Z/2026-11-19T23:00Z"),
        ("Today", "2026-11-19T23:00Z/2026-11-20T23:00Z"),
        ("last 7 days", "2026-11-12T23:00Z/2026-11-19T23:00Z"),
        ("last 1 week", "2026-11-12T23:00Z/2026-11-19T23:00Z"),
        ("last 24 hours", "2026-11-19T09:30Z/2026-11-20T09:30Z"),
        ("2026-11-01/2026-11-08", "2026-10-31T23:00Z/2026-11-07T23:00Z"),
        ("2026-11-09/P7D", "2026-11-08T23:00Z/2026-11-15T23:00Z"),
        ("P1W/2026-11-09", "2026-11-01T23:00Z/2026-11-08T23:00Z"),
        ("2026-10-25/P1D", "2026-10-24T22:00Z/2026-10-25T23:00Z"),  # 25 hours: the clocks go back
        ("2026-03-29", "2026-03-28T23:00Z/2026-03-29T22:00Z"),  # 23 hours
        ("2026-01-31/P1M", "2026-01-30T23:00Z/2026-02-27T23:00Z"),
        ("2026-11-09T08:00/PT30M", "2026-11-09T07:00Z/2026-11-09T07:30Z"),
        ("2026-11-09T08:00Z/2026-11-09T10:00+01:00", "2026-11-09T08:00Z/2026-11-09T09:00Z"),
        ("2026-11-09 / now", "2026-11-08T23:00Z/2026-11-20T09:30Z"),
        ("yesterday/today", "2026-11-18T23:00Z/2026-11-19T23:00Z"),
        ((dt.date(2026, 11, 1), "2026-11-08"), "2026-10-31T23:00Z/2026-11-07T23:00Z"),
        (["2026-11-09", "P2D"], "2026-11-08T23:00Z/2026-11-10T23:00Z"),
        (("2026-11-09", dt.timedelta(hours=6)), "2026-11-08T23:00Z/2026-11-09T05:00Z"),
        (
            (dt.datetime(2026, 11, 9, 8), dt.datetime(2026, 11, 9, 8, tzinfo=dt.UTC)),
            "2026-11-09T07:00Z/2026-11-09T08:00Z",
        ),
        (
            pd.Interval(pd.Timestamp("2026-11-09"), pd.Timestamp("2026-11-10"), closed="left"),
            "2026-11-08T23:00Z/2026-11-09T23:00Z",
        ),
        (pd.Period("2026-11", freq="M"), "2026-10-31T23:00Z/2026-11-30T23:00Z"),
        (
            (np.datetime64("2026-11-09"), np.datetime64("2026-11-09T06")),
            "2026-11-08T23:00Z/2026-11-09T05:00Z",
        ),
        (
            (pd.Timestamp("2026-11-09", tz="UTC"), pd.Timestamp("2026-11-10", tz="Asia/Tokyo")),
            "2026-11-09T00:00Z/2026-11-09T15:00Z",
        ),
    ],
)
def test_every_form_means_what_is_written(value: Any, expected: str) -> None:
    assert iso(value, WARSAW) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-11-08/2026-11-01", "reversed"),
        ("2026-11-08/2026-11-08", "empty"),
        ("2026-11-08/", "open"),
        ("../2026-11-08", "open"),
        (("2026-11-08", None), "open"),
        ("/", "open"),
        ("tomorrow-ish", "no interval"),
        ("", "no interval"),
        (None, "no interval"),
        (7, "no interval"),
        (dt.datetime(2026, 11, 9), "no interval"),
        (("2026-11-01",), "no interval"),
        ("2026-11-31", "makes no sense"),
        ("2026-13-01/2026-14-01", "no ISO date"),
        ("2026-11/2026-12", "no ISO date"),
        ("20261101/20261102", "not written like"),
        ("2026-11-01/P7X", "no ISO duration"),
        ("2026-11-01/P", "no ISO duration"),
        ("2026-11-01/PT", "no ISO duration"),
        ("2026-11-01/P0D", "no time at all"),
        ("P1D/P1D", "two durations"),
        ("2026-11-01/P9999999D", "makes no sense"),
        ("last 99999999999 days", "makes no sense"),
        (("2026-11-01", 5), "no date and no time"),
        ((pd.NaT, pd.Timestamp("2026-11-01")), "no date and no time"),
        ((np.datetime64("NaT", "ns"), "2026-11-01"), "no date and no time"),
        (pd.Interval(pd.Timestamp("2026-11-09"), pd.Timestamp("2026-11-10")), "closed='left'"),
        (pd.Interval(1, 2, closed="left"), "no date and no time"),
    ],
)
def test_what_is_no_interval_is_refused_in_words(value: Any, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        Interval.parse(value, now=NOW)


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(QueryError, match="2026-11-09/P7D"):
        Interval.parse("next year")


def test_an_unknown_zone_names_the_nearest() -> None:
    with pytest.raises(QueryError, match="Europe/Warsaw"):
        time_zone("Europe/Warsow")


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", 23),  # midnight is skipped
        ("Africa/Cairo", "2023-04-28", "2023-04-27T22:00Z", 23),
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30Z", 23.5),  # 23:30 to 00:30 is skipped
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", 25),  # midnight comes twice
        ("Asia/Kathmandu", "2026-11-01", "2026-10-31T18:15Z", 24),
    ],
)
def test_a_local_day_begins_with_its_first_instant(zone: str, day: str, start: str, hours: float) -> None:
    interval = Interval.parse(day, tz=zone)
    assert interval.iso().replace(":00.000Z", "Z").startswith(start)
    assert interval.duration == dt.timedelta(hours=hours)


def test_a_day_that_a_zone_never_had_is_empty() -> None:
    with pytest.raises(QueryError, match="empty"):
        Interval.parse("2011-12-30", tz="Pacific/Apia")


ZONES = st.sampled_from(
    [
        "UTC",
        WARSAW,
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Asia/Gaza",
        "America/New_York",
        "Pacific/Apia",
    ]
)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2037, 12, 30))


@given(day=DAYS, zone=ZONES)
def test_local_days_follow_one_another_without_gap_or_overlap(day: dt.date, zone: str) -> None:
    if zone == "Pacific/Apia" and day.year == 2011 and day.month == 12:
        return
    today = Interval.parse(day, tz=zone)
    tomorrow = Interval.parse(day + dt.timedelta(days=1), tz=zone)
    assert today.end == tomorrow.start
    first = today.start.astimezone(ZoneInfo(zone))
    before = (today.start - dt.timedelta(milliseconds=1)).astimezone(ZoneInfo(zone))
    assert first.date() == day > before.date()


@given(day=DAYS, zone=ZONES, count=st.integers(1, 40))
def test_days_of_a_duration_are_the_calendars(day: dt.date, zone: str, count: int) -> None:
    if zone == "Pacific/Apia" and 2010 < day.year < 2013:
        return
    whole = Interval.parse(f"{day}/P{count}D", tz=zone)
    assert whole == Interval.parse((day, day + dt.timedelta(days=count)), tz=zone)


INSTANTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))


@given(a=INSTANTS, b=INSTANTS)
def test_cuts_cover_the_interval_and_stay_in_their_days(a: dt.datetime, b: dt.datetime) -> None:
    if abs(a - b) < dt.timedelta(milliseconds=2) or abs(a - b) > dt.timedelta(days=400):
        return
    whole = Interval.parse((min(a, b), max(a, b)))
    assert Interval.parse(whole.iso()) == whole
    for pieces in (whole.utc_days(), whole.chunks(7), list(whole.halves())):
        assert (pieces[0].start, pieces[-1].end) == (whole.start, whole.end)
        assert all(one.end == two.start for one, two in itertools.pairwise(pieces))
        assert all(piece.start < piece.end for piece in pieces)
    for piece in whole.utc_days():
        assert piece.start.date() == (piece.end - dt.timedelta(milliseconds=1)).date()
    for piece in whole.chunks(7):
        assert len(piece.utc_days()) <= 7


@given(micros=st.integers(0, 10**7))
def test_instants_are_rounded_up_to_whole_milliseconds(micros: int) -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
    interval = Interval.parse((start, start + dt.timedelta(hours=1)))
    assert interval.start_ms == -(-(1767225600_000_000 + micros) // 1000)


def test_a_fixed_offset_is_a_zone_under_its_own_name() -> None:
    assert time_zone(str(dt.timezone(dt.timedelta(hours=-5.5)))) == dt.timezone(dt.timedelta(hours=-5.5))


def test_padding_goes_in_front() -> None:
    padded = Interval.parse("2026-11-09").padded(dt.timedelta(days=1))
    assert iso(padded) == "2026-11-08T00:00Z/2026-11-10T00:00Z"


def test_durations_keep_months_days_and_seconds_apart() -> None:
    duration = parse_duration("p1y2m3w4dt5h6m7.5s")
    assert (duration.months, duration.days, duration.seconds) == (14, 25, 18367.5)
