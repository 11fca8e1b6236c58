"""Measures on frames made by hand: every number below was worked out on paper."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics import measures
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames import schema

from .measured_rows import WORKED, at, frame, handling, leg, legs


def test_volume_counts_each_outcome_and_leaves_out_what_the_filter_does_not_cover() -> None:
    counts = measures.volume(legs(*WORKED))
    assert counts.to_dict("list") == {
        "queue": ["Billing", "Support"],
        "mediaType": ["voice", "voice"],
        "offered": [1, 7],
        "answered": [1, 3],
        "abandoned": [0, 2],
        "flow_out": [0, 1],
        "open": [0, 1],
    }
    assert counts.attrs["out_of_scope"] == 1


def test_by_time_each_number_stands_where_the_platform_emits_it() -> None:
    counts = measures.volume(legs(*WORKED), by=None, freq="30min")
    assert list(counts["start"]) == [at("10:00"), at("10:30")]
    assert list(counts["end"]) == [at("10:30"), at("11:00")]
    assert list(counts["offered"]) == [3, 5]
    assert list(counts["answered"]) == [2, 2]  # the one offered at 10:29:55 was answered at 10:30:15
    assert list(counts["abandoned"]) == [0, 2]
    assert list(counts["flow_out"]) == [0, 1]


def test_buckets_in_between_are_there_with_zeros() -> None:
    counts = measures.volume(
        legs(leg("10:00", "answered", 1.0), leg("11:40", "answered", 1.0)), by=None, freq="30min"
    )
    assert list(counts["offered"]) == [1, 0, 0, 1]


def test_service_level_takes_the_target_of_each_leg_and_keeps_what_it_is_made_of() -> None:
    level = measures.service_level(legs(*WORKED))
    assert list(level["numerator"]) == [1, 2]
    assert list(level["denominator"]) == [1, 5]
    assert list(level["service_level"]) == [1.0, 0.4]
    assert list(level["target"]) == [0.9, 0.8]
    assert measures.service_level(legs(*WORKED), by=None)["target"].isna().all()


@pytest.mark.parametrize(
    ("switches", "numerator", "denominator"),
    [
        ({}, 2, 5),
        ({"include_flow_outs": True}, 2, 6),
        ({"include_short_abandons": False}, 2, 4),
        ({"include_abandons": False}, 2, 3),
        ({"include_abandons": False, "include_flow_outs": True}, 2, 4),
        ({"threshold_s": 10}, 1, 5),
        ({"threshold_s": 0}, 0, 5),
        ({"threshold_s": 3600}, 3, 5),
    ],
)
def test_the_switches_of_the_service_level(
    switches: dict[str, Any], numerator: int, denominator: int
) -> None:
    level = measures.service_level(legs(*WORKED), **switches).set_index("queue").loc["Support"]
    assert (level["numerator"], level["denominator"]) == (numerator, denominator)


def test_a_leg_without_a_target_is_not_judged_and_said() -> None:
    level = measures.service_level(
        legs(leg("10:00", "answered", 1.0), leg("10:01", "answered", 1.0, sl_target_s=None)), by=None
    )
    assert level.loc[0, ["numerator", "denominator", "no_target"]].tolist() == [1, 1, 1]
    judged = measures.service_level(legs(leg("10:01", "answered", 1.0, sl_target_s=None)), threshold_s=5)
    assert judged.loc[0, ["numerator", "denominator", "no_target"]].tolist() == [1, 1, 0]


def test_no_denominator_gives_na_and_not_zero() -> None:
    only_open = legs(leg("10:00", "open", None))
    assert measures.service_level(only_open)["service_level"].isna().all()
    assert measures.asa(only_open)["asa_s"].isna().all()
    empty = measures.abandon_rate(schema.empty_frame("legs"), by=None)
    assert empty["offered"].tolist() == [0]
    assert empty["abandon_rate"].isna().all()


@pytest.mark.parametrize("by", [[["queue"]], [{"queue"}], 5])
def test_what_names_no_column_is_refused(by: Any) -> None:
    with pytest.raises(QueryError, match="name a column, a list of columns"):
        measures.volume(legs(*WORKED), by=by)


def test_asa_is_the_waits_of_the_answered_over_their_number() -> None:
    speed = measures.asa(legs(*WORKED)).set_index("queue")
    assert speed.loc["Support", "asa_s"] == pytest.approx((10 + 20 + 20.001) / 3)
    by_time = measures.asa(legs(*WORKED), by=None, freq="30min")
    assert list(by_time["asa_s"]) == [pytest.approx(25.0), pytest.approx(20.0005)]


def test_media_stand_apart_unless_they_are_added_up_on_purpose() -> None:
    offers = legs(leg("10:00", "answered", 10.0), leg("10:00", "answered", 7190.0, mediaType="email"))
    worked = frame(
        "handlings", [handling("10:10", 100, 0, 0), handling("12:10", 500, 0, 0, mediaType="email")]
    )
    measured = [
        (measures.volume, "offered"), (measures.asa, "asa_s"), (measures.service_level, "service_level"),
        (measures.abandon_rate, "abandon_rate"), (measures.wait_percentiles, "p50_s"),
    ]  # fmt: skip
    for measure, name in measured:
        table = measure(offers)
        assert table[["queue", "mediaType"]].to_numpy().tolist() == [
            ["Support", "email"],
            ["Support", "voice"],
        ]
        assert name in table
    assert measures.asa(offers)["asa_s"].tolist() == [7190.0, 10.0]
    assert measures.aht(worked)["aht_s"].tolist() == [500.0, 100.0]
    assert measures.transfer_rate(worked)["connected"].tolist() == [1, 1]
    assert measures.summary(offers, worked)[["asa_s", "aht_s"]].to_numpy().tolist() == [
        [7190.0, 500.0], [10.0, 100.0],
    ]  # fmt: skip
    assert measures.asa(offers, by="queue")["asa_s"].tolist() == [3600.0]


@pytest.mark.parametrize("by", ["agent", "userId", ["queue", "agent"]])
def test_an_abandon_belongs_to_no_agent_so_agents_have_no_abandon_rate(by: Any) -> None:
    ann = {"agent": "Ann", "userId": "ann"}
    offers = legs(leg("10:00", "answered", 5.0, **ann), leg("10:01", "abandoned", 9.0))
    worked = frame("handlings", [handling("10:10", 100, 0, 0)])
    for table in (measures.abandon_rate(offers, by), measures.summary(offers, worked, by)):
        assert table["abandoned"].tolist() == [0, 1]
        assert table["abandon_rate"].isna().all()
    assert measures.abandon_rate(offers)["abandon_rate"].tolist() == [0.5]


def test_sums_of_milliseconds_show_no_binary_fractions() -> None:
    offers = legs(*(leg("10:00", "answered", wait) for wait in (0.1, 0.2, 117.048)))
    assert measures.asa(offers)["wait_s"].tolist() == [117.348]
    worked = frame("handlings", [handling("10:10", 0.1, 0, 0), handling("10:11", 0.2, 0, 0)])
    assert measures.aht(worked)["handle_s"].tolist() == [0.3]
    assert measures.aht(worked, freq="h")["talk_s"].tolist() == [0.3]


def test_percentiles_interpolate_between_the_two_nearest_waits() -> None:
    waits = legs(
        *(leg("10:00", "answered", float(wait)) for wait in (0, 10, 20, 30, 40)), leg("10:00", "abandoned", 7)
    )
    table = measures.wait_percentiles(waits, by=None).set_index("outcome")
    assert table.loc["answered", ["legs", "p50_s", "p75_s", "p90_s", "p95_s", "max_s"]].tolist() == [
        5, 20.0, 30.0, 36.0, pytest.approx(38.0), 40.0,
    ]  # fmt: skip
    assert table.loc["abandoned", "p50_s"] == 7.0
    by_time = measures.wait_percentiles(waits, freq="h", percentiles=[0.5])
    assert by_time["end"].tolist() == [at("11:00")] * 2


def test_handle_time_parts_add_up_and_unfinished_handlings_wait() -> None:
    worked = frame(
        "handlings",
        [
            handling("10:10", 100, 20, 30),
            handling("10:40", 200, 0, 10),
            handling("10:41", 0, 0, 57, result="no_answer", agent="Bob", userId="bob"),  # ACW without talk
            handling(None, 50, 0, 0),
            handling("10:12", 500, 0, 0, in_scope=False),
        ],
    )
    total = measures.aht(worked, by=None).loc[0]
    assert (total["handled"], total["handle_s"]) == (3, 417.0)
    assert total["aht_s"] == pytest.approx(139.0)
    assert total["avg_talk_s"] + total["avg_hold_s"] + total["avg_acw_s"] == pytest.approx(139.0)
    assert total[["other_s", "avg_other_s"]].tolist() == [0.0, 0.0]
    assert list(measures.aht(worked, by="agent")["aht_s"]) == [180.0, 57.0]
    assert list(measures.aht(worked, by=None, freq="30min")["handled"]) == [1, 2]


def test_what_else_the_platform_counts_as_handling_is_a_part_of_its_own() -> None:
    # Of outbound calls it counts dialing and contacting too (Genesys' glossary, average handle time).
    called = handling("10:20", 60, 0, 10, result="outbound") | {"handle_s": 85.3}
    total = measures.aht(frame("handlings", [handling("10:10", 100, 20, 30), called]), by=None).loc[0]
    parts = ("talk", "hold", "acw", "other")
    assert total["other_s"] == 15.3
    assert total["avg_other_s"] == pytest.approx(7.65)
    assert sum(total[f"avg_{part}_s"] for part in parts) == pytest.approx(total["aht_s"])


def test_transfer_rate_is_of_those_who_were_connected() -> None:
    worked = frame(
        "handlings",
        [
            handling("10:10", 1, 0, 0, transfer="blind"),
            handling("10:11", 1, 0, 0, transfer="consult"),
            handling("10:12", 1, 0, 0, result="direct"),
            handling("10:13", 1, 0, 0, result="outbound"),
            handling("10:14", 0, 0, 0, result="no_answer"),
        ],
    )
    rate = measures.transfer_rate(worked).loc[0]
    assert rate[["connected", "transferred", "blind", "consult", "transfer_rate"]].tolist() == [
        4,
        2,
        1,
        1,
        0.5,
    ]


def test_the_summary_says_the_same_as_the_measures_one_by_one() -> None:
    worked = frame("handlings", [handling("10:10", 100, 20, 30), handling("10:31", 10, 0, 0)])
    offers = legs(*WORKED)
    ways: list[dict[str, Any]] = [
        {}, {"by": None}, {"by": ["queue", "mediaType"]}, {"by": None, "freq": "30min"},
    ]  # fmt: skip
    for options in ways:
        total = measures.summary(offers, worked, **options)
        for part, columns in (
            (measures.volume(offers, **options), ["offered", "answered", "abandoned", "flow_out", "open"]),
            (measures.service_level(offers, **options), ["numerator", "denominator", "service_level"]),
            (measures.asa(offers, **options), ["asa_s"]),
            (measures.abandon_rate(offers, **options), ["abandon_rate"]),
        ):
            pd.testing.assert_frame_equal(total[columns], part[columns])
    assert measures.summary(offers, worked, by=None)["aht_s"].tolist() == [80.0]


def test_queues_of_one_name_stay_two_rows() -> None:
    twins = legs(leg("10:00", "answered", 1.0, queueId="a"), leg("10:00", "answered", 1.0, queueId="b"))
    assert measures.volume(twins)["offered"].tolist() == [1, 1]
    assert measures.volume(twins, by=["queue", "queueId"])["queueId"].tolist() == ["a", "b"]


def test_rows_without_a_key_stay_in_the_total() -> None:
    counts = measures.volume(legs(*WORKED), by="agent")
    assert counts["offered"].sum() == 8
    assert counts["agent"].isna().all()


def test_an_interval_counts_only_what_happened_in_it() -> None:
    counts = measures.volume(legs(*WORKED), by=None, interval=(at("10:30"), at("11:00"))).loc[0]
    assert counts.tolist() == [5, 2, 2, 1, 1]


def test_rows_without_a_time_are_in_no_bucket_and_said() -> None:
    counts = measures.volume(legs(leg("10:00", "answered", 1.0), leg(None, "open", None)), by=None, freq="D")
    assert counts["offered"].sum() == 1
    assert counts.attrs["untimed"] == 2  # as an offer and as an open one


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        ({"by": "que"}, UnknownName, "queue"),
        ({"by": "divisionIds"}, QueryError, "list"),
        ({"freq": "7min"}, QueryError, "divide an hour"),
        ({"freq": "5h"}, QueryError, "divide"),
        ({"freq": "soon"}, QueryError, "width of a bucket"),
        ({"freq": "0min"}, QueryError, "width of a bucket"),
        ({"freq": "D", "tz": "Europe/Varsaw"}, UnknownName, "Europe/Warsaw"),
        ({"interval": "yesterday"}, QueryError, "ISO"),
        ({"interval": "2026-11-02/2026-11-01"}, QueryError, "reversed"),
        ({"interval": "2026-11-02/soon"}, QueryError, "interval"),
        ({"interval": pd.Interval(at("10:00"), at("11:00"))}, QueryError, "closed"),
        ({"pad": "much"}, QueryError, "pad"),
        ({"freq": "D", "pad": "-1D"}, QueryError, "pad"),
        ({"pad": 3600}, QueryError, "pad=3600"),  # pandas takes it for nanoseconds
        ({"pad": "3600"}, QueryError, "pad='3600'"),
        ({"pad": 1.5}, QueryError, "pad"),
    ],
)
def test_a_wrong_argument_is_named(call: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        measures.volume(legs(*WORKED), **call)


@pytest.mark.parametrize("table", ["interactions", "transfers", "segments", "handlings"])
def test_a_frame_of_another_table_is_named_with_the_right_one(table: str) -> None:
    wrong = schema.empty_frame(table)
    for measure in (measures.volume, measures.abandon_rate, measures.service_level, measures.asa):
        with pytest.raises(QueryError, match=r"no .*outcome.*not the legs") as refused:
            measure(wrong, by=None)
        assert "d.legs" in str(refused.value)
    with pytest.raises(QueryError, match="not the legs"):
        measures.wait_percentiles(wrong)
    with pytest.raises(QueryError, match="not the legs"):
        measures.summary(wrong, frame("handlings", []))
    for worked in (measures.aht, measures.transfer_rate):
        with pytest.raises(QueryError, match=r"no .*result.*not the handlings"):
            worked(schema.empty_frame("legs"), by=None)


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(QueryError, match=r"dict is no DataFrame.*d\.legs"):
        measures.volume({"outcome": []})


def test_a_column_named_twice_is_one_key() -> None:
    twice = measures.volume(legs(*WORKED), by=["queue", "queue"])
    pd.testing.assert_frame_equal(twice, measures.volume(legs(*WORKED), by="queue"))


def test_a_negative_threshold_or_percentile_is_refused() -> None:
    with pytest.raises(QueryError, match="threshold_s"):
        measures.service_level(legs(*WORKED), threshold_s=-1)
    with pytest.raises(QueryError, match="threshold_s='20'"):
        measures.service_level(legs(*WORKED), threshold_s="20")  # type: ignore[arg-type]
    wrong: list[Any] = [[95], 0.9, [], ["0.9"]]
    for percentiles in wrong:
        with pytest.raises(QueryError, match="percentiles"):
            measures.wait_percentiles(legs(*WORKED), percentiles=percentiles)


@pytest.mark.parametrize(
    "options", [{}, {"by": None, "freq": "30min"}, {"freq": "D"}, {"by": ["agent", "mediaType"]}]
)
def test_an_empty_pull_gives_the_same_columns_and_dtypes(options: dict[str, Any]) -> None:
    worked = frame("handlings", [handling("10:10", 1, 1, 1)])
    for measure, full in (
        (measures.volume, legs(*WORKED)),
        (measures.abandon_rate, legs(*WORKED)),
        (measures.service_level, legs(*WORKED)),
        (measures.asa, legs(*WORKED)),
        (measures.wait_percentiles, legs(*WORKED)),
        (measures.aht, worked),
        (measures.transfer_rate, worked),
    ):
        some, none = measure(full, **options), measure(full.iloc[:0], **options)
        assert some.dtypes.astype(str).to_dict() == none.dtypes.astype(str).to_dict(), measure.__name__
        assert len(none) == (1 if options == {"by": None} else 0)
    assert len(measures.summary(legs(), frame("handlings", []), **options)) == 0


OUTCOMES = st.sampled_from(["answered", "abandoned", "flow_out", "open"])
LEGS = st.lists(
    st.builds(
        lambda minute, outcome, wait, queue, scope: leg(
            f"2026-03-28T{minute // 60 % 24:02}:{minute % 60:02}"
            if minute < 1440
            else f"2026-03-29T{minute // 60 % 24:02}:{minute % 60:02}",
            outcome,
            None if outcome == "open" else wait,
            queue=queue,
            in_scope=scope,
        ),
        minute=st.integers(0, 2879),
        outcome=OUTCOMES,
        wait=st.integers(0, 7200).map(float),
        queue=st.sampled_from(["Support", "Billing", "Sales"]),
        scope=st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=15, deadline=None)
@given(
    rows=LEGS,
    freq=st.sampled_from(["15min", "h", "6h", "D", "W"]),
    tz=st.sampled_from(["UTC", "Europe/Warsaw", "Asia/Kathmandu"]),
)
def test_buckets_and_groups_partition_the_total(rows: list[dict[str, Any]], freq: str, tz: str) -> None:
    pulled = legs(*rows)
    columns = ["offered", "answered", "abandoned", "flow_out", "open"]
    total = measures.volume(pulled, by=None).loc[0, columns]
    inside = pulled[pulled["in_scope"]]
    assert total["offered"] == len(inside) == total[columns[1:]].sum()
    for by in (None, "queue", ["queue", "mediaType"]):
        table = measures.volume(pulled, by=by, freq=freq, tz=tz)
        assert (table[columns].sum() == total).all()
        assert (table["start"] < table["end"]).all()
        assert (measures.volume(pulled, by=by)[columns].sum() == total).all()
        level = measures.service_level(pulled, by=by, freq=freq, tz=tz)
        assert level["service_level"].dropna().between(0, 1).all()
        assert level["denominator"].sum() == total["answered"] + total["abandoned"]
    rate = measures.abandon_rate(pulled)["abandon_rate"].dropna()
    assert rate.between(0, 1).all()
