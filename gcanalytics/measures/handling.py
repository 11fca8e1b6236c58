"""Measures of handlings: how long agents worked on a contact, in which parts, and how many they passed on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gcanalytics.measures.reach import Reach
from gcanalytics.measures.tally import EACH, By, Grouping, Part, completed, in_scope, ratio, tally

PARTS = ("talk", "hold", "acw", "other")
_MEASURED = PARTS[:-1]
_WORKED = ("answered", "direct", "outbound")


def aht(
    handlings: pd.DataFrame,
    by: By = EACH,
    *,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """Average handle time with its parts, of finished handlings, in the bucket of their end (``handled_at``).

    A handling is finished when the platform gave it a ``tHandle``; a bounced agent can have one, with
    after-call work alone. All averages are over the same number, ``handled``, so that the parts add up to
    ``aht_s``: talk, hold, after-call work and ``other``, what else the platform counted (of outbound calls
    also dialing and contacting: Genesys' glossary, "average handle time").

    Args:
        handlings: a row per agent session, as ``details.handlings``.
        by: columns to group by (``"queue"``, ``"agent"``, ``"mediaType"``, ...), by default queue and
            medium; None for one total.
        freq: width of the buckets (``"30min"``, ``"D"``, ...), None for no time.
        tz: zone whose clock cuts the buckets; default the frame's, else UTC.
        interval: count only what was finished in it.
        pad: how far before the interval the pull reached, where the frame does not tell.

    Returns:
        Keys and time as for `volume`; ``handled`` (int64); the sums ``handle_s``, ``talk_s``, ``hold_s``,
        ``acw_s``, ``other_s`` (float64 seconds); ``aht_s``, ``avg_talk_s``, ``avg_hold_s``, ``avg_acw_s``,
        ``avg_other_s`` (Float64, NA where nothing was handled). ``attrs["out_of_scope"]`` tells the rows
        left out.

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval`` or ``pad`` cannot be read.
    """
    handlings = completed(handlings, "handlings")
    rows, out_of_scope = in_scope(handlings)
    grouping = Grouping.of(handlings, by, freq=freq, tz=tz, interval=interval, pad=pad)
    result = tally([handled_part(rows)], grouping, reach=handling_reach(handlings, freq))
    known = result[[f"{part}_s" for part in _MEASURED]].sum(axis=1)
    result["other_s"] = (result["handle_s"] - known).round(3) + 0.0  # the platform's unit is a millisecond
    result["aht_s"] = ratio(result["handle_s"], result["handled"])
    for part in PARTS:
        result[f"avg_{part}_s"] = ratio(result[f"{part}_s"], result["handled"])
    result.attrs["out_of_scope"] = out_of_scope
    return result


def handled_part(rows: pd.DataFrame) -> Part:
    """The finished handlings with their times."""
    sums: dict[str, str | None] = {"handled": None}
    sums |= {f"{part}_s": f"{part}_s" for part in ("handle", *_MEASURED)}
    return Part(rows[rows["handle_s"].notna()], "handled_at", sums)


def transfer_rate(
    handlings: pd.DataFrame,
    by: By = EACH,
    *,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """The share of contacts that the agent who had them passed on, blind or after a consultation.

    Of handlings with a conversation (answered, direct or outbound), by the giving queue or agent. By time in
    the bucket of ``handled_at``; those not finished yet are in none (``attrs["untimed"]``). Arguments as
    for `aht`.

    Returns:
        Keys and time as for `volume`; ``connected``, ``transferred``, ``blind``, ``consult`` (int64;
        transferred = blind + consult), ``transfer_rate`` (Float64, 0 to 1, NA where nobody was connected).

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval`` or ``pad`` cannot be read.
    """
    handlings = completed(handlings, "handlings")
    rows, out_of_scope = in_scope(handlings)
    grouping = Grouping.of(handlings, by, freq=freq, tz=tz, interval=interval, pad=pad)
    worked = rows[rows["result"].isin(_WORKED)]
    passed = worked[worked["transfer"].isin(["blind", "consult"])]
    parts = [
        Part(worked, "handled_at", {"connected": None}),
        Part(passed, "handled_at", {"transferred": None}),
        Part(passed[passed["transfer"] == "blind"], "handled_at", {"blind": None}),
        Part(passed[passed["transfer"] == "consult"], "handled_at", {"consult": None}),
    ]
    result = tally(parts, grouping, reach=handling_reach(handlings, freq))
    result["transfer_rate"] = ratio(result["transferred"], result["connected"])
    result.attrs["out_of_scope"] = out_of_scope
    return result


def handling_reach(handlings: pd.DataFrame, freq: object) -> Reach | None:
    """How long after the start of its conversation a handling still counts; None without buckets."""
    # Not ended_at: a wrap-up that was written days later has no number of its own.
    times = ["alerted_at", "connected_at", "handled_at"]
    return Reach.of(in_scope(handlings)[0], handlings.attrs, times, times) if freq else None
