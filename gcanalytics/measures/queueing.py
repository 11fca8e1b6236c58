"""Measures of legs: what became of the offers, how long people waited, who was answered in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from gcanalytics.errors import QueryError, is_number
from gcanalytics.measures.buckets import floor
from gcanalytics.measures.reach import Reach
from gcanalytics.measures.tally import EACH, By, Grouping, Part, completed, in_scope, ratio, shown, tally

OUTCOMES = ("answered", "abandoned", "flow_out", "open")

# The platform counts a metric when it is emitted: nOffered at the offer, tAnswered at the answer, tAbandon
# and tFlowOut at the end of the acd session (answers of Genesys' staff in forum
# thread 18235, and its FAQ on offered and answered counts that differ).
_COUNTED_AT = {
    "answered": "answered_at",
    "abandoned": "ended_at",
    "flow_out": "ended_at",
    "open": "offered_at",
}
_PERCENTILES = (0.5, 0.75, 0.9, 0.95)


def volume(
    legs: pd.DataFrame,
    by: By = EACH,
    *,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """Offers and what became of them: ``offered`` = ``answered`` + ``abandoned`` + ``flow_out`` + ``open``.

    By time each number stands where the platform has it: ``offered`` in the bucket of the offer, the others
    in that of the answer, the abandon or the flow-out. So the sum above holds over all buckets, not in
    each. A callback counts as answered when an agent took it: the platform gives it no ``tAnswered``, and its
    own numbers have no answer of it.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        by: a column or columns to group by (``"queue"``, ``"agent"``, ``"mediaType"``, ...), by default queue
            and medium, as the platform does it; None for one total. A name is grouped with its id: two
            queues of one name stay two rows.
        freq: width of the buckets (``"30min"``, ``"h"``, ``"D"``, ``"W"``, ``"MS"``, ``"PT30M"``); None: no
            time.
        tz: zone whose clock cuts the buckets; default the frame's (``attrs["tz"]``), else UTC.
        interval: count only what happened in it (``"start/end"``, a pair, a left-closed ``pd.Interval``);
            for a padded pull its own interval by default.
        pad: how far before the interval the pull reached, where the frame does not tell.

    Returns:
        A row per key and bucket: keys, then with ``freq`` ``start`` and ``end`` (datetime in ``tz``) and
        ``complete`` (boolean; False where conversations outside the pull can touch the bucket, NA where the
        pull's interval is not known), then the five counts (int64). ``attrs``: ``out_of_scope`` rows left
        out because the pull's filter does not cover them, ``untimed`` rows without a time.

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval`` or ``pad`` cannot be read.
    """
    legs = completed(legs, "legs")
    rows, out_of_scope = in_scope(legs)
    grouping = Grouping.of(legs, by, freq=freq, tz=tz, interval=interval, pad=pad)
    result = tally(outcome_parts(rows), grouping, reach=leg_reach(legs, freq))
    result.attrs["out_of_scope"] = out_of_scope
    return result


def outcome_parts(rows: pd.DataFrame) -> list[Part]:
    """The offers and each outcome, at the platform's time of counting."""
    parts = [Part(rows, "offered_at", {"offered": None})]
    for outcome in OUTCOMES:
        parts.append(Part(rows[rows["outcome"] == outcome], _COUNTED_AT[outcome], {outcome: None}))
    return parts


def leg_reach(legs: pd.DataFrame, freq: object) -> Reach | None:
    """How long after the start of its conversation a leg still counts; None without buckets."""
    times = ["offered_at", "answered_at", "ended_at"]
    return Reach.of(in_scope(legs)[0], legs.attrs, times[:1], times) if freq else None


def abandon_rate(
    legs: pd.DataFrame,
    by: By = EACH,
    *,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """Abandoned over offered, the platform's Abandon % as a fraction.

    Arguments and the columns of keys and time as for `volume`. By time both stand in their own bucket, as on
    the platform: a short bucket may hold more abandons than offers, and its rate exceeds 1. By agent there is
    no rate: the offers of an agent are those that he answered, and an abandon is nobody's.

    Returns:
        ``offered``, ``abandoned`` (int64) and ``abandon_rate`` (Float64, NA without an offer, and by agent).

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval`` or ``pad`` cannot be read.
    """
    counts = volume(legs, by, freq=freq, tz=tz, interval=interval, pad=pad)
    result = counts.drop(columns=["answered", "flow_out", "open"])
    result["abandon_rate"] = abandon_rates(result)
    return result


def abandon_rates(sums: pd.DataFrame) -> Any:
    """Abandoned over offered in each row; NA where rows are of agents, for an unanswered offer has none."""
    rates = ratio(sums["abandoned"], sums["offered"])
    return rates.mask(pd.Series(bool({"agent", "userId"} & set(sums.columns)), sums.index))


def service_level(
    legs: pd.DataFrame,
    by: By = EACH,
    *,
    threshold_s: float | None = None,
    include_flow_outs: bool = False,
    include_short_abandons: bool = True,
    include_abandons: bool = True,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """The share answered within the target: answered in time over (answered + abandoned).

    Genesys' own formula ("Configure the service level calculation"); its three switches are the
    organisation's and cannot be read through the API, so they are arguments here, with its defaults. Each leg
    stands in the bucket of its answer, abandon or flow-out. Other arguments as for `volume`.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        by: columns to group by, by default queue and medium; None for one total.
        threshold_s: target wait in seconds; None takes each leg's own ``sl_target_s`` (its queue's and
            medium's setting). A leg without one cannot be judged: it is left out and counted in
            ``no_target``.
        include_flow_outs: flow-outs count as not answered in time.
        include_short_abandons: abandons below the organisation's threshold count too.
        include_abandons: abandons count at all.
        freq: width of the buckets, None for no time.
        tz: zone whose clock cuts the buckets.
        interval: count only what happened in it.
        pad: how far before the interval the pull reached.

    Returns:
        Keys and time as for `volume`; ``numerator``, ``denominator``, ``no_target`` (int64),
        ``service_level`` (Float64, 0 to 1, NA without a denominator), ``target`` (Float64, the share aimed
        at, NA where the legs' differ or none is known).

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, ``freq``, ``interval`` or ``pad`` cannot be read, or
            ``threshold_s`` is negative.
    """
    legs = completed(legs, "legs")
    rows, out_of_scope = in_scope(legs)
    grouping = Grouping.of(legs, by, freq=freq, tz=tz, interval=interval, pad=pad)
    asked = judged(
        rows, flow_outs=include_flow_outs, short_abandons=include_short_abandons, abandons=include_abandons
    )
    result = tally(service_parts(asked, threshold_s), grouping, reach=leg_reach(legs, freq))
    result["service_level"] = ratio(result["numerator"], result["denominator"])
    result["target"] = _targets(result, rows, grouping) if threshold_s is None else _no_target(result)
    result.attrs["out_of_scope"] = out_of_scope
    return result


def service_parts(asked: pd.DataFrame, threshold_s: float | None) -> list[Part]:
    """The counts of the service level, of the legs that may stand in its denominator (with ``counted_at``).

    Raises:
        QueryError: ``threshold_s`` is no number, or negative.
    """
    if threshold_s is not None and not (is_number(threshold_s) and threshold_s >= 0):
        raise QueryError(f"threshold_s={threshold_s!r} is no wait; give seconds, 0 or more")
    aim_s = asked["sl_target_s"].astype("Float64")
    if threshold_s is not None:
        aim_s = pd.Series(threshold_s, index=asked.index, dtype="Float64")
    known = aim_s.notna()
    # Compared in whole milliseconds, the platform's unit: the binary fractions of seconds must not decide.
    wait_ms = (asked["wait_s"].astype("Float64") * 1000).round()
    in_time = (asked["outcome"] == "answered") & (wait_ms <= (aim_s * 1000).round()).fillna(False).astype(
        bool
    )
    return [
        Part(asked[known & in_time], "counted_at", {"numerator": None}),
        Part(asked[known], "counted_at", {"denominator": None}),
        Part(asked[~known], "counted_at", {"no_target": None}),
    ]


def judged(
    rows: pd.DataFrame, *, flow_outs: bool = False, short_abandons: bool = True, abandons: bool = True
) -> pd.DataFrame:
    """The legs that stand in the denominator of the service level, with ``counted_at``."""
    abandoned = rows["outcome"] == "abandoned"
    if not short_abandons:
        abandoned &= ~rows["short_abandon"].astype("boolean").fillna(False).astype(bool)
    wanted = rows["outcome"] == "answered"
    if abandons:
        wanted |= abandoned
    if flow_outs:
        wanted |= rows["outcome"] == "flow_out"
    asked = rows[wanted]
    answered = asked["outcome"] == "answered"
    return asked.assign(counted_at=asked["answered_at"].where(answered, asked["ended_at"]))


def _targets(result: pd.DataFrame, rows: pd.DataFrame, grouping: Grouping) -> Any:
    """The share aimed at in each row of the result: the one that all legs of its keys have, else NA."""
    targets = rows.assign(sl_target=rows["sl_target"].astype("Float64"))
    if not grouping.keys:
        single = targets["sl_target"].dropna().unique()
        return pd.Series(single[0] if len(single) == 1 else pd.NA, index=result.index, dtype="Float64")
    groups = targets.groupby(list(grouping.keys), dropna=False, sort=False)["sl_target"]
    found = groups.agg(["min", "max"]).reset_index()
    found["target"] = found["min"].mask(found["min"] != found["max"])
    joined = result[list(grouping.keys)].merge(found, how="left", on=list(grouping.keys))
    return joined["target"].astype("Float64").set_axis(result.index)


def _no_target(result: pd.DataFrame) -> Any:
    return pd.Series(pd.NA, index=result.index, dtype="Float64")


def asa(
    legs: pd.DataFrame,
    by: By = EACH,
    *,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """Average speed of answer: the waits of answered legs over their number, in the bucket of the answer.

    Arguments and the columns of keys and time as for `volume`.

    Returns:
        ``answered`` (int64), ``wait_s`` (their sum, float64 seconds), ``asa_s`` (Float64, NA without an
        answer).

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval`` or ``pad`` cannot be read.
    """
    legs = completed(legs, "legs")
    rows, out_of_scope = in_scope(legs)
    grouping = Grouping.of(legs, by, freq=freq, tz=tz, interval=interval, pad=pad)
    answered = rows[rows["outcome"] == "answered"]
    result = tally(
        [Part(answered, "answered_at", {"answered": None, "wait_s": "wait_s"})],
        grouping,
        reach=leg_reach(legs, freq),
    )
    result["asa_s"] = ratio(result["wait_s"], result["answered"])
    result.attrs["out_of_scope"] = out_of_scope
    return result


def wait_percentiles(
    legs: pd.DataFrame,
    by: By = EACH,
    *,
    percentiles: Sequence[float] = _PERCENTILES,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """How long people waited, by outcome: a row per key, bucket and outcome that has a leg.

    A percentile is the linear interpolation between the two nearest waits. Open legs still wait and are left
    out. Other arguments as for `volume`; unlike there, buckets without a leg have no row.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        by: columns to group by, by default queue and medium; None for one total.
        percentiles: fractions between 0 and 1; 0.9 makes the column ``p90_s``.
        freq: width of the buckets, None for no time.
        tz: zone whose clock cuts the buckets.
        interval: count only what happened in it.
        pad: how far before the interval the pull reached.

    Returns:
        Keys, time, ``outcome``, ``legs`` (int64), ``p50_s`` ... ``p95_s`` and ``max_s`` (Float64 seconds).

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, a percentile is outside 0 to 1, or ``freq``, ``interval``
            or ``pad`` cannot be read.
    """
    if not _are_fractions(percentiles):
        raise QueryError(f"percentiles={percentiles!r}: give fractions between 0 and 1, such as 0.9")
    legs = completed(legs, "legs")
    rows, out_of_scope = in_scope(legs)
    grouping = Grouping.of(legs, by, freq=freq, tz=tz, interval=interval, pad=pad)
    waited = judged(rows, flow_outs=True)
    untimed = int(waited["counted_at"].isna().sum()) if grouping.freq or grouping.interval else 0
    if grouping.interval:
        start, end = grouping.interval
        waited = waited[(waited["counted_at"] >= start) & (waited["counted_at"] < end)]
    groups = [*grouping.columns(waited), "outcome"]
    if grouping.freq:
        waited = waited[waited["counted_at"].notna()]
        waited = waited.assign(start=floor(waited["counted_at"], grouping.freq, grouping.tz))
        groups.append("start")
    waits = waited.groupby(groups, dropna=False, sort=True)["wait_s"]
    made = {"legs": waits.size().astype("int64")}
    for one in percentiles:
        made[f"p{one * 100:g}_s"] = waits.quantile(one).astype("Float64")
    made["max_s"] = waits.max().astype("Float64")
    result = pd.DataFrame(made).reset_index()
    result = _with_buckets(result, legs, grouping) if grouping.freq else result
    time = ["start", "end", "complete"] if grouping.freq else []
    result = result[[*grouping.keys, *time, "outcome", *made]]
    result.attrs = {"tz": grouping.tz, "untimed": untimed, "interval": shown(grouping)}
    result.attrs["out_of_scope"] = out_of_scope
    return result


def _are_fractions(values: Any) -> bool:
    return (
        isinstance(values, Sequence)
        and bool(values)
        and all(isinstance(one, int | float) and 0 <= one <= 1 for one in values)
    )


def _with_buckets(result: pd.DataFrame, legs: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """The result with the end of each bucket and whether it is complete, from the buckets of a `volume`."""
    media = tuple(key for key in grouping.keys if key == "mediaType")
    parts = outcome_parts(in_scope(legs)[0])
    counts = tally(parts, replace(grouping, keys=media), reach=leg_reach(legs, grouping.freq))
    return result.merge(counts[[*media, "start", "end", "complete"]], how="left", on=[*media, "start"])
