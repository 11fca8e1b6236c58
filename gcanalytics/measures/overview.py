"""The one table that an analyst asks for first: volume, service level, ASA and AHT side by side."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gcanalytics.measures.handling import handled_part, handling_reach
from gcanalytics.measures.queueing import abandon_rates, judged, leg_reach, outcome_parts, service_parts
from gcanalytics.measures.tally import EACH, By, Grouping, Part, completed, in_scope, ratio, tally


def summary(
    legs: pd.DataFrame,
    handlings: pd.DataFrame,
    by: By = EACH,
    *,
    threshold_s: float | None = None,
    freq: str | pd.Timedelta | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
) -> pd.DataFrame:
    """Offered, answered, abandoned, service level, ASA and AHT: one row a key (and bucket).

    The same numbers as `volume`, `abandon_rate`, `service_level` (with its default switches), `asa` and `aht`
    give one by one. ``by`` must name columns that both frames have (``"queue"``, ``"agent"``,
    ``"mediaType"``). By agent, offers are those that he answered.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        handlings: a row per agent session, as ``details.handlings``.
        by: columns to group by, by default queue and medium; None for one total.
        threshold_s: target wait of the service level in seconds; None takes each leg's own.
        freq: width of the buckets, None for no time.
        tz: zone whose clock cuts the buckets.
        interval: count only what happened in it.
        pad: how far before the interval the pull reached.

    Returns:
        Keys and time as for `volume`; ``offered``, ``answered``, ``abandoned``, ``flow_out``, ``open``
        (int64), ``abandon_rate``, ``service_level`` (Float64, 0 to 1), ``asa_s``, ``aht_s`` (Float64
        seconds); then what they are made of: ``numerator``, ``denominator``, ``no_target`` of the service
        level, ``handled`` (int64), ``wait_s``, ``handle_s`` (float64 seconds). ``attrs["out_of_scope"]``:
        legs and handlings left out.

    Raises:
        UnknownName: ``by`` names no column or ``tz`` no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval``, ``pad`` or ``threshold_s``
            cannot be read.
    """
    legs, handlings = completed(legs, "legs"), completed(handlings, "handlings")
    offers, legs_out = in_scope(legs)
    worked, handlings_out = in_scope(handlings)
    grouping = Grouping.of(legs, by, freq=freq, tz=tz, interval=interval, pad=pad)
    Grouping.of(handlings, by)
    answered = offers[offers["outcome"] == "answered"]
    finished = handled_part(worked)
    parts = [
        *outcome_parts(offers),
        *service_parts(judged(offers), threshold_s),
        Part(answered, "answered_at", {"wait_s": "wait_s"}),
        Part(finished.rows, finished.at, {"handled": None, "handle_s": "handle_s"}),
    ]
    offered, handled = leg_reach(legs, freq), handling_reach(handlings, freq)
    reach = offered | handled if offered and handled else None
    sums = tally(parts, grouping, reach=reach)
    sums["abandon_rate"] = abandon_rates(sums)
    sums["service_level"] = ratio(sums["numerator"], sums["denominator"])
    sums["asa_s"] = ratio(sums["wait_s"], sums["answered"])
    sums["aht_s"] = ratio(sums["handle_s"], sums["handled"])
    made_of = ["numerator", "denominator", "no_target", "handled", "wait_s", "handle_s"]
    result = sums[[*[name for name in sums.columns if name not in made_of], *made_of]]
    result.attrs["out_of_scope"] = legs_out + handlings_out
    return result
