"""Which buckets of a pull are complete: never one that a conversation outside the pull can touch."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gcanalytics as gca
from gcanalytics import measures
from gcanalytics.details import ConversationDetails

from .conversation_shapes import acd, agent, conversation, customer
from .measured_rows import DAY, WORKED, at, frame, handling, leg, legs


@pytest.mark.parametrize(
    "interval", [f"{DAY}T10:00Z/{DAY}T12:00Z", pd.Interval(at("10:00"), at("12:00"), closed="left")]
)
def test_an_unpadded_pull_is_complete_only_after_its_longest_conversation(interval: Any) -> None:
    pulled = legs(leg("10:05", "answered", 40 * 60.0), leg("11:50", "abandoned", 20 * 60.0))
    counts = measures.volume(pulled, by=None, freq="30min", interval=interval)
    assert list(counts["complete"]) == [False, False, True, True]  # 40 minutes reach into the second bucket


def test_a_padded_pull_counts_its_interval_alone_and_is_complete() -> None:
    facts = {"interval": f"{DAY}T10:00:00Z/{DAY}T12:00:00Z", "pad_s": 86400.0, "tz": "UTC"}
    pulled = legs(leg("09:40", "answered", 60 * 60.0), leg("11:50", "abandoned", 20 * 60.0), **facts)
    counts = measures.volume(pulled, by=None, freq="30min")
    assert [start.strftime("%H:%M") for start in counts["start"]] == [
        "10:00", "10:30", "11:00", "11:30",
    ]  # fmt: skip
    assert list(counts["complete"]) == [True] * 4
    assert list(counts["offered"]) == [0, 0, 0, 1]
    assert list(counts["answered"]) == [0, 1, 0, 0]  # offered in the margin, answered at 10:40
    assert measures.volume(pulled, by=None).loc[0].tolist() == [1, 1, 0, 0, 0]


def test_what_happened_after_the_pull_is_not_complete() -> None:
    facts = {"interval": f"{DAY}T10:00:00Z/{DAY}T12:00:00Z", "pad_s": 3600.0, "pulled_at": at("11:10")}
    counts = measures.volume(legs(leg("10:05", "answered", 4.0), **facts), by=None, freq="30min")
    assert list(counts["complete"]) == [True, True, False, False]


def test_a_conversation_longer_than_its_legs_decides_which_buckets_are_complete() -> None:
    rows = legs(*WORKED, interval=f"{DAY}T10:00:00Z/{DAY}T12:00:00Z", longest_s=3_000.0)
    table = measures.volume(rows, by=None, freq="30min")
    assert table["complete"].tolist() == [False, False, True, True]


def test_no_bucket_of_a_pull_that_is_short_is_complete() -> None:
    interval = f"{DAY}T00:00:00Z/{DAY}T12:00:00Z"
    for short_by, complete in ((0, {True}), (3, {False})):
        rows = legs(*WORKED, interval=interval, pad_s=86400.0, short_by=short_by)
        assert set(measures.volume(rows, freq="h")["complete"]) == complete


def test_a_bucket_that_the_interval_cuts_is_not_complete() -> None:
    facts = {"interval": f"{DAY}T10:15:00Z/{DAY}T11:15:00Z", "pad_s": 3600.0}
    counts = measures.volume(legs(leg("10:20", "answered", 4.0), **facts), by=None, freq="30min")
    assert list(counts["complete"]) == [False, True, False]


def test_without_an_interval_nothing_is_known_about_completeness() -> None:
    assert measures.volume(legs(*WORKED), freq="D")["complete"].isna().all()


# A call and an e-mail of a pull whose e-mails take two hours: nothing of the e-mails outside it can be in
# its calls.
MIXED = (
    leg("10:05", "answered", 5 * 60.0),
    leg("10:10", "answered", 2 * 3600.0, mediaType="email"),
    leg("13:20", "abandoned", 60.0, queue="Billing"),
)
FACTS = {
    "interval": f"{DAY}T10:00:00Z/{DAY}T14:00:00Z",
    "longest_s": 7300.0,
    "late_s": {"voice": 1000.0, "email": 7300.0},
}


def hours_complete(table: pd.DataFrame) -> list[bool]:
    return list(table["complete"])


def test_rows_of_calls_are_judged_by_calls() -> None:
    mixed = legs(*MIXED, **FACTS)
    calls = mixed[mixed["mediaType"] == "voice"]
    late = [False, False, False, True]  # 7,300 s reach into the third hour
    assert hours_complete(measures.volume(mixed, by=None, freq="h")) == late
    assert hours_complete(measures.volume(calls, by=None, freq="h")) == [False, True, True, True]


def test_by_medium_each_row_is_judged_by_its_own() -> None:
    mixed = legs(*MIXED, **FACTS)
    worked = frame("handlings", [handling("10:40", 60, 0, 0), handling("12:20", 60, 0, 0, mediaType="email")])
    worked.attrs.update(FACTS)
    expected = {"voice": [False, True, True, True], "email": [False, False, False, True]}
    for table in (
        measures.volume(mixed, by="mediaType", freq="h"),
        measures.service_level(mixed, by="mediaType", freq="h"),
        measures.asa(mixed, by="mediaType", freq="h"),
        measures.aht(worked, by="mediaType", freq="h"),
        measures.transfer_rate(worked, by="mediaType", freq="h"),
        measures.summary(mixed, worked, by="mediaType", freq="h"),
    ):
        for medium, complete in expected.items():
            assert hours_complete(table[table["mediaType"] == medium]) == complete
    waits = measures.wait_percentiles(mixed, by="mediaType", freq="h").set_index(["mediaType", "start"])
    assert not waits.loc[("email", at("12:00")), "complete"]
    assert waits.loc[("voice", at("13:00")), "complete"]


def test_a_queue_is_judged_by_all_media_of_the_frame() -> None:
    table = measures.volume(legs(*MIXED, **FACTS), by="queue", freq="h")
    # No e-mail of Billing is in the pull; one that came before it may still end in its first hours.
    billing = table[table["queue"] == "Billing"]
    assert hours_complete(billing) == [False, False, False, True]


def test_the_figures_of_a_summary_are_judged_by_legs_and_handlings_together() -> None:
    facts = {"interval": FACTS["interval"], "longest_s": 9000.0}
    calls = legs(leg("10:05", "answered", 60.0), **facts, late_s={"voice": 60.0})
    worked = frame("handlings", [handling("10:40", 60, 0, 0)])
    worked.attrs.update(facts, late_s={"voice": 4000.0})
    table = measures.summary(calls, worked, by=None, freq="h")
    assert hours_complete(table) == [False, False, True, True]


def test_a_frame_that_tells_nothing_of_a_medium_is_judged_by_the_longest_conversation() -> None:
    facts = {**FACTS, "late_s": {"email": 7300.0}}
    calls = legs(leg("10:05", "answered", 60.0), **facts)
    assert hours_complete(measures.volume(calls, by=None, freq="h")) == [False, False, False, True]
    nameless = legs(leg("10:05", "answered", 60.0, mediaType=None), **FACTS)
    assert hours_complete(measures.volume(nameless, by="mediaType", freq="h")) == [False] * 3 + [True]
    nothing = legs(**FACTS)
    assert hours_complete(measures.volume(nothing, by=None, freq="h")) == [False] * 3 + [True]


def test_a_frame_tells_how_late_each_medium_counts() -> None:
    call = conversation(customer(0, 30), acd(10, 20), agent("u1", 15, 20, 30, 35, offered=10))
    pull = ConversationDetails.from_pages([{"conversations": [call], "totalHits": 1}])
    start = pull.conversations["conversationStart"].iloc[0]
    one = pull.legs.iloc[0]
    last = max(one["offered_at"], one["answered_at"], one["ended_at"])
    assert pull.legs.attrs["late_s"] == {"voice": (last - start).total_seconds()}
    handled = pull.handlings.iloc[0]["handled_at"]
    assert pull.handlings.attrs["late_s"] == {"voice": (handled - start).total_seconds()}
    assert pull.compact().legs.attrs["late_s"] == pull.legs.attrs["late_s"]
    assert "late_s" not in pull.sessions.attrs


def test_calls_of_the_sample_week_are_not_hatched_for_its_emails() -> None:
    week = gca.sample()
    assert {"voice", "email"} <= set(week.legs["mediaType"])
    late = week.legs.attrs["late_s"]
    assert late["voice"] < 3600 < late["email"]
    calls = week.legs[week.legs["mediaType"] == "voice"]
    whole = measures.volume(week.legs, by=None, freq="h")["complete"]
    assert measures.volume(calls, by=None, freq="h")["complete"].sum() > whole.sum()


_START, _END = at("10:00"), at("18:00")
_SLOWEST_S = {"voice": 3600, "callback": 3 * 3600, "email": 5 * 3600}


def _world(values: list[tuple[int, str, str, float, str]]) -> list[dict[str, Any]]:
    """Legs around the pull, and of each medium one in it that takes longest."""
    slowest = [(0, medium, "answered", 1.0, "Support") for medium in _SLOWEST_S]
    rows = []
    for minute, medium, outcome, share, queue in [*values, *slowest]:
        wait = None if outcome == "open" else float(int(share * _SLOWEST_S[medium]))
        row = leg(None, outcome, None, queue=queue, mediaType=medium)
        begin = _START + pd.Timedelta(minutes=minute)
        end = begin + pd.Timedelta(seconds=wait) if wait is not None else pd.NaT
        answered = end if outcome == "answered" else pd.NaT
        rows.append(
            row | {"offered_at": begin, "ended_at": end, "answered_at": answered, "wait_s": wait or 0}
        )
    return rows


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(
        st.tuples(
            st.integers(-360, 479),
            st.sampled_from(sorted(_SLOWEST_S)),
            st.sampled_from(["answered", "abandoned", "flow_out", "open"]),
            st.floats(0, 1),
            st.sampled_from(["Support", "Billing"]),
        ),
        max_size=20,
    ),
    by=st.sampled_from([None, "mediaType", "queue", ["queue", "mediaType"]]),
    media=st.sets(st.sampled_from(sorted(_SLOWEST_S)), min_size=1),
    pad=st.sampled_from([0, 30, 240]),
)
def test_no_complete_bucket_changes_with_what_is_outside_the_pull(
    values: list[tuple[int, str, str, float, str]], by: Any, media: set[str], pad: int
) -> None:
    world = legs(*_world(values))
    world = world[world["mediaType"].isin(media)].reset_index(drop=True)
    margin = pd.Timedelta(minutes=pad)
    pulled = world[world["offered_at"] >= _START - margin].reset_index(drop=True)
    pulled.attrs = {
        "interval": f"{_START.isoformat()}/{_END.isoformat()}",
        "pad_s": pad * 60.0,
        "late_s": {medium: float(late) for medium, late in _SLOWEST_S.items()},
        "longest_s": float(max(_SLOWEST_S.values())),
    }
    keys = ["mediaType"] if by == "mediaType" else [] if by is None else [by] if isinstance(by, str) else by
    known = measures.volume(pulled, by=by, freq="h")
    full = measures.volume(world, by=by, freq="h", interval=(_START, _END))
    both = known.merge(full, on=[*keys, "start"], suffixes=("", "_full"))
    complete = both[both["complete"].astype(bool)]
    for name in ("offered", "answered", "abandoned", "flow_out", "open"):
        assert (complete[name] == complete[f"{name}_full"]).all()
    # Not hatched without need: the last hour is out of reach of the slowest of all.
    assert complete["start"].max() == _END - pd.Timedelta(hours=1)
