"""Charts of agents: their words, numbers and units, also for nothing and for the wrong frame."""

from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from gcanalytics import charts
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames.schema import DTYPES, INSTANT, TEXT

DAY = "2026-11-16T00:00:00.000Z/2026-11-17T00:00:00.000Z"


def at(clock: str | None) -> Any:
    return pd.NaT if clock is None else pd.Timestamp(f"2026-11-16T{clock}Z")


def history(*rows: tuple[str, str, str, str, str | None, float], **attrs: Any) -> pd.DataFrame:
    """Agent, kind, status, start, end and seconds of each stretch."""
    names = ("agent", "kind", "status", "startTime", "endTime", "duration_s")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    made: dict[str, Any] = {name: pd.Series(list(columns[name]), dtype=TEXT) for name in names[:3]}
    for name in ("startTime", "endTime"):
        moments = pd.Series([at(clock) for clock in columns[name]], dtype="datetime64[ns, UTC]")
        made[name] = moments.astype(INSTANT)
    made["duration_s"] = pd.Series(list(columns["duration_s"]), dtype=DTYPES["number"])
    made["userId"] = made["agent"]
    frame = pd.DataFrame(made)
    frame.attrs = {"interval": DAY, "tz": "Europe/Warsaw", "complete": True} | attrs
    return frame


HISTORY = history(
    ("Ann $", "primaryPresence", "OFFLINE", "00:00", "08:00", 28800),
    ("Ann $", "primaryPresence", "ON_QUEUE", "08:00", "10:00", 7200),
    ("Ann $", "primaryPresence", "BREAK", "10:00", "10:30", 1800),
    ("Ann $", "primaryPresence", "IDLE", "10:30", "10:40", 600),
    ("Ann $", "routingStatus", "OFF_QUEUE", "00:00", "08:00", 28800),
    ("Ann $", "routingStatus", "IDLE", "08:00", "09:00", 3600),
    ("Ann $", "routingStatus", "INTERACTING", "09:00", "10:10", 4200),
    ("Bob", "routingStatus", "IDLE", "06:00", None, 3600),
    ("Bob", "routingStatus", "PONDERING", "05:00", "06:00", 3600),
)


def said(ax: Any) -> str:
    return "\n".join([ax.get_title(loc="left"), *(text.get_text() for text in ax.texts)])


def legend(ax: Any) -> list[str]:
    found = ax.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def hours(ax: Any, name: str) -> float:
    """Hours under the bars of a name."""
    boxes = [box for box in ax.containers if box.get_label() == name]
    return float(round(24 * sum(bar.get_width() for box in boxes for bar in box), 6))


def test_a_lane_has_routing_statuses_on_queue_and_presences_off_it() -> None:
    ax = charts.agent_status(HISTORY)
    assert legend(ax) == [
        "interacting", "idle, on queue", "break", "system away", "other",
    ]  # fmt: skip
    assert hours(ax, "interacting") == pytest.approx(7 / 6)
    assert hours(ax, "idle, on queue") == pytest.approx(2)  # Bob's goes on: for as long as it is known
    assert hours(ax, "break") == pytest.approx(0.5)
    assert hours(ax, "on queue") == 0
    # Over a break that began while the last conversation went on, the conversation is seen.
    kinds = [box.get_label() for box in ax.containers]
    assert kinds.index("interacting") > kinds.index("break")
    assert [text.get_text() for text in ax.get_yticklabels()] == [
        "Ann \\$",
        "Bob",
    ]  # the first to come on top
    assert ax.get_xlabel() == "Time (Europe/Warsaw)"
    assert "n = 6 stretches of 2 agents" in said(ax)
    assert "16 to 17 Nov 2026" in said(ax)  # local time: the UTC day reaches into the next


def test_lanes_are_cut_to_an_interval_and_to_the_longest() -> None:
    ax = charts.agent_status(HISTORY, interval=("2026-11-16T09:30Z", "2026-11-16T10:30Z"), tz="UTC")
    assert hours(ax, "interacting") == pytest.approx(2 / 3)
    assert hours(ax, "idle, on queue") == 0
    assert ax.get_xlabel() == "Time (UTC)"
    few = charts.agent_status(HISTORY, top=1)
    assert [text.get_text() for text in few.get_yticklabels()] == ["Ann \\$"]
    assert "1 of 2 agents" in said(few)


def test_a_history_that_is_not_complete_says_so() -> None:
    rows = ("Bob", "routingStatus", "IDLE", "06:00", None, 3600.0)
    assert "not complete" in said(charts.agent_status(history(rows, complete=False)))
    assert "not complete" not in said(charts.agent_status(HISTORY))


def performance(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    names = ("Interacting", "Communicating", "Idle")
    made: dict[str, Any] = {"Agent": pd.Series([row[0] for row in rows], dtype=TEXT)}
    for place, name in enumerate(names, 1):
        made[name] = pd.Series([row[place] for row in rows], dtype=DTYPES["number"])
    frame = pd.DataFrame(made | {"userId": made["Agent"]})
    frame.attrs = {"interval": DAY, "tz": "UTC"}
    return frame


PERFORMANCE = performance(
    ("Ann", 3600, 0, 3600), ("Bob", 1800, 0, 0), ("Bob", 0, 1800, 0), ("Cid", 0, 0, 0), ("Dan", 0, 0, 36)
)


def test_occupancy_is_a_quotient_of_summed_times() -> None:
    ax = charts.occupancy(PERFORMANCE)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["Dan", "Ann", "Bob"]
    notes = [text.get_text() for text in ax.texts]
    assert {"50%  of 2.0 h", "50%  of 1.0 h", "0%  of 0.0 h"} <= set(notes)
    assert legend(ax) == ["interacting", "communicating", "idle, on queue"]
    assert "n = 3 agents" in said(ax)
    assert "50% of 3 hours" in said(ax)
    assert "1 of 3 agents, those with the most time" in said(charts.occupancy(PERFORMANCE, top=1))


def sums(*rows: tuple[str, str, str, str, str, float], **attrs: Any) -> pd.DataFrame:
    """User, start, end, metric, qualifier and milliseconds."""
    names = ("userId", "start", "end", "metric", "qualifier", "sum")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    made: dict[str, Any] = {}
    for name in names:
        values = list(columns[name])
        if name in ("start", "end"):
            moments = pd.Series([at(clock) for clock in values], dtype="datetime64[ns, UTC]")
            made[name] = moments.astype(INSTANT)
        else:
            made[name] = pd.Series(values, dtype=DTYPES["number"] if name == "sum" else TEXT)
    frame = pd.DataFrame(made)
    frame.attrs = {"interval": DAY, "tz": "Europe/Warsaw"} | attrs
    return frame


HALF = 1_800_000
SUMS = sums(
    ("u1", "10:00", "11:00", "tSystemPresence", "ON_QUEUE", 2 * HALF),
    ("u2", "10:00", "11:00", "tSystemPresence", "ON_QUEUE", HALF),
    ("u2", "10:00", "11:00", "tSystemPresence", "IDLE", HALF),
    ("u1", "11:00", "12:00", "tSystemPresence", "ON_QUEUE", HALF),
    ("u3", "10:00", "11:00", "tSystemPresence", "OFFLINE", 2 * HALF),
    ("u1", "10:00", "11:00", "tAgentRoutingStatus", "IDLE", HALF),
    ("u1", "10:00", "11:00", "tAgentRoutingStatus", "OFF_QUEUE", HALF),
    asked_at="2026-11-16T11:30:00+00:00",
)


def heights(ax: Any, name: str) -> list[float]:
    return [bar.get_height() for box in ax.containers if box.get_label() == name for bar in box]


def test_staffing_is_agents_on_average() -> None:
    ax = charts.staffing(SUMS)
    assert heights(ax, "on queue") == [1.5, 1.0]  # the second hour is half over
    assert heights(ax, "system away") == [0.5, 0.0]
    assert legend(ax) == ["on queue", "system away"]
    assert ax.get_ylabel() == "Agents on average"
    assert "n = 2 agents" in said(ax)
    routing = charts.staffing(SUMS, metric="tAgentRoutingStatus")
    assert heights(routing, "idle, on queue") == [0.5]
    assert "routing status" in said(routing)
    assert "(Asia/Tokyo)" in said(charts.staffing(SUMS, tz="Asia/Tokyo"))


CHARTS = [
    (charts.agent_status, HISTORY, history()),
    (charts.occupancy, PERFORMANCE, performance()),
    (charts.staffing, SUMS, sums()),
]


@pytest.mark.parametrize(("chart", "full", "empty"), CHARTS)
def test_each_chart_draws_alone_into_given_axes_and_when_empty(chart: Any, full: Any, empty: Any) -> None:
    assert chart(full).figure.canvas.print_figure is not None
    figure = Figure()
    ax = figure.add_subplot()
    assert chart(full, ax=ax) is ax
    assert "No data" in said(chart(empty))


@pytest.mark.parametrize("chart", [charts.agent_status, charts.occupancy, charts.staffing])
def test_a_frame_of_another_kind_is_refused(chart: Any) -> None:
    for wrong in (pd.DataFrame({"x": [1]}), "frame"):
        with pytest.raises(QueryError, match="gc\\."):
            chart(wrong)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownName):
        charts.agent_status(HISTORY, tz="Mars/Olympus")
    with pytest.raises(UnknownName):
        charts.staffing(SUMS, tz="Mars/Olympus")


def test_only_presences_and_routing_statuses_are_drawn() -> None:
    with pytest.raises(UnknownName, match="tSystemPresence"):
        charts.staffing(SUMS, metric="tSystemPresense")
    with pytest.raises(UnknownName):
        charts.staffing(SUMS, metric="tOrganizationPresence")
