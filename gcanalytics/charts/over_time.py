"""Charts along time: offers by outcome, and the service level."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from gcanalytics import measures
from gcanalytics.charts import canvas
from gcanalytics.measures.buckets import Freq
from gcanalytics.measures.tally import completed, in_scope

_STACK = ("answered", "abandoned", "flow_out", "open")


def offered(
    legs: pd.DataFrame,
    *,
    freq: str | pd.Timedelta = "30min",
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """Offers per interval of time: bars split by outcome, and a line of what was offered.

    Each number stands where the platform counts it (see ``measures.volume``), so a bar can differ from the
    line: what is offered in one half hour may be answered in the next. Buckets that conversations outside
    the pull can touch are hatched; buckets outside the interval asked for are not drawn.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        freq: width of the buckets.
        tz: zone whose clock cuts the buckets; default the frame's, else UTC.
        interval: count only what happened in it.
        pad: how far before the interval the pull reached, where the frame does not tell.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        UnknownName: ``tz`` is no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval`` or ``pad`` cannot be read.
    """
    legs = completed(legs, "legs")
    counts = _asked_for(measures.volume(legs, by=None, freq=freq, tz=tz, interval=interval, pad=pad))
    width = Freq.parse(freq).label
    ax = canvas.axes(ax)
    total = int(counts["offered"].sum())
    zone = counts.attrs["tz"]
    facts = [
        canvas.subject(legs),
        f"n = {total:,} offers",
        canvas.left_out(counts),
        _when(counts),
        f"per {width}",
    ]
    canvas.titles(ax, "Offered interactions by outcome", [*facts, _incomplete(counts)])
    drawn = [name for name in _STACK if counts[name].any()]
    if not total and not drawn:
        return canvas.nothing(ax)
    _stack(ax, counts, drawn)
    line = _steps(ax, counts)
    canvas.labels(ax, y=f"Interactions per {width}")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    ax.set_ylim(0, 1.06 * max(counts["offered"].max(), counts[drawn].sum(axis=1).max()))
    canvas.time_axis(ax, counts["start"].iloc[0], counts["end"].iloc[-1], zone)
    hatched = [canvas.incomplete_patch()] if (~counts["complete"].fillna(True).astype(bool)).any() else []
    canvas.legend(ax, [line, *(canvas.patch(name) for name in drawn), *hatched])
    return ax


def _asked_for(table: pd.DataFrame) -> pd.DataFrame:
    """The buckets that touch the interval asked for; all where it is not known."""
    known = table.attrs.get("interval")
    if not known:
        return table
    start, end = (pd.Timestamp(one) for one in known.split("/"))
    return table[(table["end"] > start) & (table["start"] < end)].reset_index(drop=True)


def _when(table: pd.DataFrame) -> str:
    """The days that are drawn; the zone stands at the axis."""
    if table.empty:
        return ""
    return canvas.period(table["start"].iloc[0], table["end"].iloc[-1], table.attrs["tz"])


def _incomplete(table: pd.DataFrame) -> str:
    if not table.empty and table["complete"].isna().all():
        return "completeness not known"
    count = int((~table["complete"].fillna(True).astype(bool)).sum())
    return f"{count} incomplete {'bucket' if count == 1 else 'buckets'} hatched" if count else ""


def _stack(ax: Axes, counts: pd.DataFrame, names: list[str]) -> None:
    left = canvas.number(counts["start"])
    wide = canvas.number(counts["end"]) - left
    complete = counts["complete"].fillna(True).astype(bool).to_numpy()
    bottom = counts[names].mul(0).sum(axis=1).to_numpy().astype(float)
    for name in names:
        heights = counts[name].to_numpy().astype(float)
        for chosen, hatch, strength in ((complete, None, 1.0), (~complete, canvas.HATCH, 0.55)):
            ax.bar(
                left[chosen], heights[chosen], wide[chosen], bottom[chosen], align="edge",
                label=canvas.WORDS[name], color=canvas.COLOURS[name], hatch=hatch, alpha=strength,
                edgecolor="white", linewidth=0.4 if len(left) < 120 else 0,
            )  # fmt: skip
        bottom = bottom + heights


def _steps(ax: Axes, counts: pd.DataFrame) -> Any:
    edges = [*canvas.number(counts["start"]), canvas.number(counts["end"].iloc[-1])]
    ax.stairs(counts["offered"].to_numpy(), edges, baseline=None, color=canvas.INK, linewidth=1.1)
    return Line2D([], [], color=canvas.INK, linewidth=1.1, label="offered")


def service_level(
    legs: pd.DataFrame,
    *,
    freq: str | pd.Timedelta = "h",
    threshold_s: float | None = None,
    include_flow_outs: bool = False,
    include_short_abandons: bool = True,
    include_abandons: bool = True,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """The service level over time, with the target, and below it how many contacts each point rests on.

    A bucket without an answer or an abandon has no service level: the line breaks there. The number in the
    subtitle is that of the whole time, from its own numerator and denominator. The dashed line is the share
    that the queue aims at, where all legs have the same. Incomplete buckets are hatched.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        freq: width of the buckets.
        threshold_s: target wait in seconds; None takes each leg's own.
        include_flow_outs: see ``measures.service_level``.
        include_short_abandons: see there.
        include_abandons: see there.
        tz: zone whose clock cuts the buckets; default the frame's, else UTC.
        interval: count only what happened in it.
        pad: how far before the interval the pull reached, where the frame does not tell.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes; the counts are drawn on a second scale of the same axes.

    Raises:
        UnknownName: ``tz`` is no zone.
        QueryError: the frame is another table's, or ``freq``, ``interval``, ``pad`` or ``threshold_s``
            cannot be read.
    """
    legs = completed(legs, "legs")
    level = _asked_for(
        measures.service_level(
            legs,
            by=None,
            freq=freq,
            tz=tz,
            interval=interval,
            pad=pad,
            threshold_s=threshold_s,
            include_flow_outs=include_flow_outs,
            include_short_abandons=include_short_abandons,
            include_abandons=include_abandons,
        )
    )
    ax = canvas.axes(ax)
    total, missing = int(level["denominator"].sum()), int(level["no_target"].sum())
    share = f"{level['numerator'].sum() / total:.1%}" if total else "no answer or abandon"
    within = _within(legs, threshold_s)
    facts = [
        canvas.subject(legs), f"{share} of n = {total:,}{within}", canvas.left_out(level),
        f"{missing:,} without a target left out" if missing else "",
        _when(level), f"per {Freq.parse(freq).label}", _incomplete(level),
    ]  # fmt: skip
    canvas.titles(ax, "Service level", facts)
    if not total:
        return canvas.nothing(ax)
    handles = _level_line(ax, level)
    canvas.time_axis(ax, level["start"].iloc[0], level["end"].iloc[-1], level.attrs["tz"])
    canvas.labels(ax, y="Answered within the target")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_ylim(0, 1.03)
    canvas.legend(ax, handles)
    return ax


def _within(legs: pd.DataFrame, threshold_s: float | None) -> str:
    targets = in_scope(legs)[0]["sl_target_s"].dropna().unique() if threshold_s is None else [threshold_s]
    return f" within {canvas.span(float(targets[0]))}" if len(targets) == 1 else " within their targets"


def _level_line(ax: Axes, level: pd.DataFrame) -> list[Any]:
    left, right = canvas.number(level["start"]), canvas.number(level["end"])
    middle = (left + right) / 2
    counts = ax.twinx()
    counts.bar(left, level["denominator"], right - left, align="edge", color=canvas.GRID, zorder=0)
    counts.set_ylim(0, max(1, int(level["denominator"].max())) * 4)
    counts.set_axis_off()
    ax.set_zorder(counts.get_zorder() + 1)
    ax.patch.set_visible(False)
    shares = level["service_level"].astype("float64").to_numpy()
    few = len(level) <= 100
    colour = canvas.COLOURS["answered"]
    (line,) = ax.plot(middle, shares, color=colour, linewidth=1.8, marker="o" if few else ".", markersize=4,
                      label="service level")  # fmt: skip
    handles: list[Any] = [line]
    targets = level["target"].dropna().unique()
    if len(targets) == 1:
        colour = canvas.COLOURS["abandoned"]
        handles.append(ax.axhline(float(targets[0]), color=colour, linewidth=1.2, linestyle="--",
                                  label=f"target {targets[0]:.0%}"))  # fmt: skip
    most = int(level["denominator"].max())
    handles.append(Patch(facecolor=canvas.GRID, label=f"contacts, up to {most:,}"))
    unsure = ~level["complete"].fillna(True).astype(bool).to_numpy()
    for start, end in zip(left[unsure], right[unsure], strict=True):
        ax.axvspan(start, end, facecolor="none", edgecolor=canvas.QUIET, hatch=canvas.HATCH, alpha=0.25)
    return [*handles, canvas.incomplete_patch()] if unsure.any() else handles
