"""Charts of waiting: the histogram of waits and the heat map of the week."""

from typing import Any

import pandas as pd
import pytest

from gcanalytics import charts

from .drawn_rows import FACTS, LEGS, frame, leg, legend, said


def test_waits_count_the_long_ones_in_the_last_bar() -> None:
    ax = charts.waits(LEGS, up_to_s=40)
    total = sum(bar.get_height() for box in ax.containers for bar in box)
    assert total == 5
    words = legend(ax)
    assert "longer than 0:40: 1" in words
    assert "median of the answered 0:12" in words
    assert "target 20 s" in words
    assert "n = 5 (4 answered, 1 abandoned)" in said(ax)
    assert "m:ss" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("value", "shown"),
    [("offered", "3"), ("abandon_rate", "33%"), ("service_level", "100%"), ("asa_s", "10")],
)
def test_the_heat_map_is_in_local_hours(value: str, shown: str) -> None:
    padded = LEGS.copy()
    padded.attrs = FACTS | {"pad_s": 86400.0}
    ax = charts.heat_map(padded, value=value)
    # 16 November 2026 is a Monday; 10:00 and 11:00 UTC are 11 and 12 in Warsaw.
    cells = {text.get_position(): text.get_text() for text in ax.texts if text.get_position()[1] == 0.5}
    assert set(cells) == {(11.5, 0.5), (12.5, 0.5)}
    assert shown in cells.values()
    assert ax.get_yticklabels()[0].get_text() == "Mon"
    assert ax.get_xlabel() == "Hour of the day (Europe/Warsaw)"


def test_the_heat_map_leaves_incomplete_hours_out_and_says_so() -> None:
    assert "1 incomplete left out" in said(charts.heat_map(LEGS))


def letters(*waits_h: float) -> pd.DataFrame:
    rows = [
        leg(number, "10:00", "answered", wait * 3600, mediaType="email", sl_target_s=86_400.0)
        for number, wait in enumerate(waits_h)
    ]
    return frame("legs", rows, tz="UTC")


def test_waits_of_days_are_told_in_hours_and_days() -> None:
    ax = charts.waits(letters(1, 5, 30, 60, 71))
    assert ax.get_ylabel() == "Interactions per 2 h"
    assert "h:mm:ss" in ax.get_xlabel()
    assert "target 1 day" in legend(ax)
    assert "median of the answered 30:00:00" in legend(ax)
    bars = [bar for box in ax.containers for bar in box]
    assert len(bars) <= 2 * 61
    assert sum(bar.get_height() for bar in bars) == 5
    assert "40.0% of n = 5 within 1 day" in said(charts.service_level(letters(1, 5, 30, 60, 71), freq="D"))


@pytest.mark.parametrize(
    ("wait_h", "shown", "unit"),
    [(0.25, "900", "seconds"), (2.0, "120", "minutes"), (40.0, "40", "hours"), (31.26, "31.3", "hours")],
)
def test_the_heat_map_tells_waits_in_a_unit_that_can_be_read(wait_h: float, shown: str, unit: str) -> None:
    ax = charts.heat_map(letters(wait_h), value="asa_s")
    cells = [text.get_text() for text in ax.texts if text.get_position()[1] % 1 == 0.5]
    assert cells == [shown]
    assert said(ax).rstrip().split("  ·  ")[-1].startswith(unit)


def test_the_heat_map_rounds_no_small_average_to_nothing() -> None:
    weeks = letters(1).copy()
    weeks.attrs = {"interval": "2026-11-16T00:00:00Z/2026-12-07T00:00:00Z", "tz": "UTC", "pad_s": 864_000.0}
    cells = {text.get_text() for text in charts.heat_map(weeks).texts if text.get_position()[1] % 1 == 0.5}
    assert cells == {"0", "0.3"}


def test_hours_of_rates_and_of_offers_are_the_same_without_an_interval() -> None:
    # Offered in one hour and answered in the next: the first hour has no wait, the second has both.
    rows = frame("legs", [leg(1, "10:59", "answered", 120.0), leg(2, "11:30", "answered", 60.0)], tz="UTC")
    mesh: Any = charts.heat_map(rows, value="asa_s").collections[0]
    cells = mesh.get_array().reshape(7, 24)
    assert cells[0].count() == 1
    assert cells[0, 11] == 90.0
