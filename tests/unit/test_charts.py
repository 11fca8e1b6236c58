"""Charts: their data, labels and units, on small frames made by hand."""

import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from gcanalytics import charts
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames import schema

from .drawn_rows import FACTS, LEGS, at, frame, leg, legend, said

WORKED = [("Support", "Ann", 100.0), ("Support", "Bob", 300.0), ("Billing", "Ann", 60.0)]
HANDLINGS = frame(
    "handlings",
    [
        {"conversationId": "c1", "queue": queue, "queueId": queue, "agent": agent, "userId": agent,
         "result": "answered", "handled_at": at("10:30"), "talk_s": talk, "hold_s": 20.0, "acw_s": 40.0,
         "handle_s": talk + 60.0}
        for queue, agent, talk in WORKED
    ],
)  # fmt: skip


def segment(number: int, kind: str, start: str, end: str | None, conversation: str = "c1") -> dict[str, Any]:
    return {
        "conversationId": conversation, "participant_no": number, "segmentType": kind,
        "segmentStart": at(start), "segmentEnd": at(end),
    }  # fmt: skip


def participant(number: int, purpose: str, name: str | None) -> dict[str, Any]:
    return {
        "conversationId": "c1", "participant_no": number, "purpose": purpose, "participantName": name,
    }  # fmt: skip


PULL: Any = SimpleNamespace(
    segments=frame(
        "segments",
        [
            segment(0, "interact", "10:00", "10:20"),
            segment(1, "interact", "10:00", "10:02"),
            segment(2, "alert", "10:01", "10:02"),
            segment(2, "interact", "10:02", None),
            segment(0, "brandNew", "10:02", "10:02", "c2"),
        ],
    ),
    participants=frame(
        "participants",
        [
            participant(0, "customer", "+48 1234567"),
            participant(1, "acd", "Support"),
            participant(2, "agent", None),
        ],
    ),
    legs=frame("legs", [leg(1, "10:00", "answered", 120.0, participant_no=1)], tz="Europe/Warsaw"),
    handlings=frame("handlings", [{"conversationId": "c1", "participant_no": 2, "agent": "Ann $ Smith"}]),
)


def heights(ax: Any, name: str) -> Any:
    return sum(bar.get_height() for box in ax.containers if box.get_label() == name for bar in box)


def test_offered_stacks_the_outcomes_and_says_what_it_rests_on() -> None:
    ax = charts.offered(LEGS)
    assert heights(ax, "answered") == 4
    assert heights(ax, "abandoned") == 1
    assert heights(ax, "flow-out") == 1
    assert ax.get_ylabel() == "Interactions per 30 min"
    assert ax.get_xlabel() == "Time (Europe/Warsaw)"
    words = said(ax)
    assert "Offered interactions by outcome" in words
    assert "Support" in words
    assert "n = 6 offers" in words
    assert "1 out of scope left out" in words
    assert "16 Nov 2026" in words


def test_a_padded_pull_is_drawn_without_its_margin() -> None:
    margin = frame("legs", [leg(1, "09:00", "answered", 5.0), leg(2, "10:05", "answered", 7.0)])
    margin.attrs = FACTS | {"pad_s": 7200.0}
    assert "n = 1 offers" in said(charts.offered(margin))
    ax = charts.waits(margin)
    assert "n = 1 (1 answered)" in said(ax)
    assert sum(bar.get_height() for box in ax.containers for bar in box) == 1
    assert "n = 1 offers" in said(charts.heat_map(margin))


def test_incomplete_buckets_are_hatched_and_said() -> None:
    ax = charts.offered(LEGS)
    hatched = [bar for box in ax.containers for bar in box if bar.get_hatch()]
    assert hatched
    assert "incomplete" in legend(ax)
    assert "1 incomplete bucket hatched" in said(ax)
    padded = LEGS.copy()
    padded.attrs = FACTS | {"pad_s": 86400.0}
    assert "incomplete" not in legend(charts.offered(padded))
    unknown = LEGS.copy()
    unknown.attrs = {}
    assert "completeness not known" in said(charts.offered(unknown))


def test_buckets_outside_the_interval_are_not_drawn() -> None:
    late = frame("legs", [leg(1, "10:05", "answered", 10.0), leg(2, "11:59", "answered", 7200.0)], **FACTS)
    ax = charts.offered(late)
    assert heights(ax, "answered") == 1
    left, right = ax.get_xlim()
    assert round((right - left) * 24, 6) == 2


def test_service_level_breaks_where_nobody_was_answered() -> None:
    ax = charts.service_level(LEGS, freq="30min")
    line: Any = ax.get_lines()[0]
    shares = list(line.get_ydata())
    assert shares[0] == 0.5  # 10 s is in time, 600 s is not
    assert shares[1] == 0.0
    assert shares[2:] == [1.0, 1.0]
    assert "60.0% of n = 5 within 20 s" in said(ax)
    assert "target 80%" in legend(ax)
    patient: Any = charts.service_level(LEGS, freq="30min", threshold_s=900).get_lines()[0]
    assert patient.get_ydata()[0] == 1.0
    gap = frame("legs", [leg(1, "10:05", "answered", 1.0), leg(2, "11:05", "answered", 1.0)])
    broken: Any = charts.service_level(gap, freq="30min").get_lines()[0]
    assert pd.isna(broken.get_ydata()[1])


def test_handle_time_stacks_its_parts() -> None:
    ax = charts.handle_time(HANDLINGS)
    widths = {str(box.get_label()): [bar.get_width() for bar in box] for box in ax.containers}
    assert widths == {"talk": [60.0, 200.0], "hold": [20.0, 20.0], "after-call work": [40.0, 40.0]}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Billing", "Support"]
    assert "4:20   n = 2" in said(ax)
    assert "n = 3 handlings" in said(ax)
    assert ax.get_xlabel() == "Average per handling (m:ss)"
    assert "1 of 2 agents" in said(charts.handle_time(HANDLINGS, by="agent", top=1))
    mixed = HANDLINGS.assign(mediaType=["voice", "voice", "email"])
    assert "1 of 2 media, those with the most" in said(charts.handle_time(mixed, by="mediaType", top=1))


def test_handle_time_shows_what_else_the_platform_counts() -> None:
    called = HANDLINGS.copy()
    called["handle_s"] += [15.0, 0.0, 0.0]
    ax = charts.handle_time(called)
    widths = {str(box.get_label()): [bar.get_width() for bar in box] for box in ax.containers}
    assert widths["dialing, other"] == [0.0, 7.5]
    assert "dialing, other" in legend(ax)
    assert "4:28   n = 2" in said(ax)
    assert "dialing, other" not in legend(charts.handle_time(HANDLINGS))


def test_a_chart_says_which_media_its_numbers_mix() -> None:
    call, mail = leg(1, "10:00", "answered", 5.0), leg(2, "10:00", "answered", 900.0, mediaType="email")
    calls, mixed = frame("legs", [call]), frame("legs", [call, mail])
    more = [leg(3, "10:00", "answered", 5.0, mediaType=medium) for medium in ("chat", "message")]
    many = frame("legs", [call, mail, *more])
    for chart in (charts.offered, charts.service_level, charts.waits, charts.heat_map):
        assert said(chart(calls)).split("\n")[1].startswith("Support, voice  ·")
        assert "Support, voice + email  ·" in said(chart(mixed))
        assert "Support, 4 media  ·" in said(chart(many))


def test_a_chart_without_an_axis_of_time_says_its_days_and_their_zone() -> None:
    assert "16 Nov 2026 (Europe/Warsaw)" in said(charts.waits(LEGS))
    worked = HANDLINGS.copy()
    worked.attrs = {"interval": "2026-11-16T23:00:00Z/2026-11-18T23:00:00Z", "tz": "Europe/Warsaw"}
    assert "17 to 18 Nov 2026 (Europe/Warsaw)" in said(charts.handle_time(worked))
    assert "16 to 18 Nov 2026 (UTC)" in said(charts.handle_time(worked, tz="UTC"))


def test_targets_of_what_is_out_of_scope_are_not_the_charts() -> None:
    elsewhere = leg(2, "10:00", "answered", 900.0, queue="Billing", sl_target_s=60.0, in_scope=False)
    legs = frame("legs", [leg(1, "10:00", "answered", 5.0), elsewhere])
    assert "within 20 s" in said(charts.service_level(legs))
    assert "target 20 s" in legend(charts.waits(legs, up_to_s=30))


def test_the_timeline_has_a_lane_per_session() -> None:
    ax = charts.timeline(PULL, "c1")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        "customer",
        "queue  Support",
        r"agent  Ann \$ Smith",
    ]
    assert legend(ax) == ["interact", "waits in the queue", "alert"]
    assert "20:00 long" in said(ax)
    assert "Support answered after 2:00" in said(ax)
    assert "1234567" not in said(ax)
    minutes = [round(bar.get_width() * 1440, 3) for box in ax.containers for bar in box]
    assert minutes == [20.0, 2.0, 1.0, 18.0]  # the open one reaches to the end
    assert [bool(bar.get_hatch()) for box in ax.containers for bar in box] == [False, False, False, True]
    assert "other" in legend(charts.timeline(PULL, "c2"))


def test_a_timeline_of_days_says_which_and_of_a_call_without_an_offer_its_medium() -> None:
    letter = {"conversationId": "c1", "participant_no": 0, "segmentType": "interact"}
    ends = {"segmentStart": at("10:00"), "segmentEnd": pd.Timestamp("2026-11-18T09:00Z")}
    handling = {"conversationId": "c1", "participant_no": 2, "agent": "Ann", "mediaType": "email"}
    pull: Any = SimpleNamespace(
        segments=frame("segments", [letter | ends]),
        participants=PULL.participants,
        legs=frame("legs", [], tz="Europe/Warsaw"),
        handlings=frame("handlings", [handling]),
    )
    words = said(charts.timeline(pull))
    assert "email  ·  16 to 18 Nov 2026  ·  47:00:00 long" in words
    assert "voice  ·  16 Nov 2026  ·" in said(charts.timeline(PULL, "c1"))
    parts = [segment(0, "scheduled", "10:00", "10:30"), segment(1, "parked", "10:30", "10:40")]
    pull.segments = frame("segments", parts)
    assert legend(charts.timeline(pull)) == ["scheduled", "parked"]


def test_a_timeline_needs_one_conversation() -> None:
    with pytest.raises(QueryError, match="2 conversations"):
        charts.timeline(PULL)
    with pytest.raises(UnknownName):
        charts.timeline(PULL, "c9")


def test_an_unknown_value_is_refused() -> None:
    with pytest.raises(UnknownName, match="offered"):
        charts.heat_map(LEGS, value="offerd")


DRAWN: list[tuple[str, Any, Any]] = [
    ("offered", charts.offered, LEGS),
    ("service_level", charts.service_level, LEGS),
    ("waits", charts.waits, LEGS),
    ("heat_map", charts.heat_map, LEGS),
    ("handle_time", charts.handle_time, HANDLINGS),
]


@pytest.mark.parametrize(("name", "chart", "table"), DRAWN, ids=[name for name, _, _ in DRAWN])
def test_each_chart_draws_headless_alone_or_into_given_axes_and_when_empty(
    name: str, chart: Any, table: pd.DataFrame
) -> None:
    before = dict(mpl.rcParams)
    shown, size = chart(table)._repr_png_()
    assert shown.startswith(b"\x89PNG")
    assert size["width"] == 1000
    figure = Figure()
    mine = figure.add_subplot()
    assert chart(table, ax=mine) is mine
    figure.savefig(os.devnull, format="png")
    empty = chart(table.iloc[:0])
    assert "No data" in said(empty)
    empty.figure.savefig(os.devnull, format="png")
    assert dict(mpl.rcParams) == before


def test_charts_draw_off_the_main_thread() -> None:
    pictures: list[bytes] = []

    def draw() -> None:
        chart: Any = charts.timeline(PULL, "c1")
        pictures.append(chart._repr_png_()[0])

    thread = threading.Thread(target=draw)
    thread.start()
    thread.join(timeout=30)
    assert pictures
    assert pictures[0].startswith(b"\x89PNG")


def test_no_chart_needs_pyplot() -> None:
    code = "import sys, gcanalytics.charts; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("chart", [charts.offered, charts.service_level, charts.waits, charts.heat_map])
def test_a_frame_of_another_table_is_named_with_the_right_one(chart: Any) -> None:
    with pytest.raises(QueryError, match="not the legs"):
        chart(schema.empty_frame("interactions"))
    with pytest.raises(QueryError, match="not the handlings"):
        charts.handle_time(schema.empty_frame("legs"))
    with pytest.raises(QueryError, match="DataFrame is no pull"):
        charts.timeline(schema.empty_frame("segments"))
