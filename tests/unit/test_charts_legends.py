"""Legends lie inside their pictures, also the longest."""

from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics import charts
from gcanalytics.details import ConversationDetails
from gcanalytics.sample_week import sample


@pytest.fixture(scope="module")
def week() -> ConversationDetails:
    return sample()


def calls(week: ConversationDetails) -> Any:
    legs = week.legs
    return legs[(legs["queue"] == "Support") & (legs["mediaType"] == "voice")]


@pytest.mark.parametrize(
    "draw",
    [
        lambda week: charts.waits(calls(week)),
        lambda week: charts.waits(week.legs),
        lambda week: charts.offered(week.legs, freq="h"),
        lambda week: charts.service_level(calls(week), freq="h"),
        lambda week: charts.handle_time(week.handlings, by="agent"),
    ],
    ids=["waits with a target", "waits of all media", "offered", "service level", "handle time"],
)
def test_a_legend_is_whole(week: ConversationDetails, draw: Callable[[Any], Any]) -> None:
    axes = draw(week)
    figure = axes.figure
    figure.canvas.draw()
    box = axes.get_legend().get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
    assert box.y0 >= 0
