"""Buckets of local time over changes of clocks, checked against the clock itself."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics.errors import QueryError
from gcanalytics.measures.buckets import Freq, floor, spanning

ZONES = [
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Cairo",
]
FREQS = ["15min", "30min", "h", "2h", "6h", "12h", "D", "W", "MS"]


def buckets(day: str, end: str, freq: str, tz: str) -> list[str]:
    first, last = pd.Timestamp(day, tz=tz), pd.Timestamp(end, tz=tz)
    table = spanning(first.tz_convert("UTC"), last.tz_convert("UTC"), Freq.parse(freq), tz)
    return [
        f"{start:%d %H:%M%z}-{stop:%H:%M%z}" for start, stop in zip(table["start"], table["end"], strict=True)
    ]


def test_the_skipped_hour_has_no_bucket() -> None:
    assert buckets("2026-03-29T01:00", "2026-03-29T03:30", "h", "Europe/Warsaw") == [
        "29 01:00+0100-03:00+0200",
        "29 03:00+0200-04:00+0200",
    ]


def test_the_hour_that_comes_twice_has_two_buckets() -> None:
    assert buckets("2026-10-25T01:00", "2026-10-25T03:00", "h", "Europe/Warsaw") == [
        "25 01:00+0200-02:00+0200",
        "25 02:00+0200-02:00+0100",
        "25 02:00+0100-03:00+0100",
        "25 03:00+0100-04:00+0100",
    ]


def test_a_day_may_have_23_or_25_hours() -> None:
    spring = spanning(
        pd.Timestamp("2026-03-28", tz="UTC"),
        pd.Timestamp("2026-03-30", tz="UTC"),
        Freq.parse("D"),
        "Europe/Warsaw",
    )
    assert [hours.total_seconds() / 3600 for hours in spring["end"] - spring["start"]] == [24, 23, 24]
    autumn = spanning(
        pd.Timestamp("2026-10-24T12:00", tz="UTC"),
        pd.Timestamp("2026-10-25T12:00", tz="UTC"),
        Freq.parse("D"),
        "Europe/Warsaw",
    )
    assert [hours.total_seconds() / 3600 for hours in autumn["end"] - autumn["start"]] == [24, 25]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert buckets("2026-11-11", "2026-11-17", "W", "Europe/Warsaw")[0].startswith("09 00:00+0100")
    assert buckets("2026-02-11", "2026-04-01", "MS", "UTC") == [
        "01 00:00+0000-00:00+0000", "01 00:00+0000-00:00+0000", "01 00:00+0000-00:00+0000",
    ]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    moments=st.lists(
        st.datetimes(pd.Timestamp("2026-01-01").to_pydatetime(), pd.Timestamp("2026-12-31").to_pydatetime()),
        min_size=1,
        max_size=6,
    ),
    tz=st.sampled_from(ZONES),
    freq=st.sampled_from(FREQS),
)
def test_every_instant_lies_in_exactly_its_own_bucket(moments: list[object], tz: str, freq: str) -> None:
    width = Freq.parse(freq)
    instants = pd.Series(pd.to_datetime(moments, utc=True)).dt.as_unit("ms")
    starts = floor(instants, width, tz)
    assert (starts <= instants).all()
    for instant, start in zip(instants, starts, strict=True):
        table = spanning(instant, instant + pd.Timedelta(hours=30), width, tz)
        assert start in set(table["start"])
        assert table["start"].is_monotonic_increasing
        assert (table["end"][:-1].to_numpy() == table["start"][1:].to_numpy()).all()
        own = table[table["start"] == start].iloc[0]
        assert own["start"] <= instant < own["end"]


@pytest.mark.parametrize(
    ("text", "iso", "label"),
    [
        ("30min", "PT30M", "30 min"), ("15min", "PT15M", "15 min"), ("h", "PT1H", "hour"),
        ("60min", "PT1H", "hour"),
        ("12h", "PT12H", "12 h"), ("D", "P1D", "day"), ("24h", "P1D", "day"), ("W", "P1W", "week"),
        ("MS", "P1M", "month"), ("M", "P1M", "month"), ("PT12H", "PT12H", "12 h"),
        ("PT30M", "PT30M", "30 min"), ("pt1h30m", "PT90M", "90 min"),
        ("P1D", "P1D", "day"), ("P1W", "P1W", "week"), ("P1M", "P1M", "month"),
        ("P", None, None), ("P2W", None, None), ("2D", None, None), ("", None, None), ("P1DT12H", None, None),
    ],
)  # fmt: skip
def test_a_width_is_read_in_either_way_of_writing(text: str, iso: str | None, label: str | None) -> None:
    if iso is None:
        with pytest.raises(QueryError):
            Freq.parse(text)
    else:
        assert (Freq.parse(text).iso, Freq.parse(text).label) == (iso, label)


def test_a_timedelta_is_a_width_too() -> None:
    assert Freq.parse(pd.Timedelta(minutes=30)).iso == "PT30M"
