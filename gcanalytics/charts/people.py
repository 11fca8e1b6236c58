"""Charts of agents: what each did when, how occupied each was, how many were there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from gcanalytics.charts import canvas
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.measures.buckets import zone
from gcanalytics.measures.coverage import bounds

# Okabe and Ito's palette, its green made lighter for waiting; greys for what is neither work nor a break.
_STATUSES = {
    "INTERACTING": ("#0072B2", "interacting"),
    "COMMUNICATING": ("#56B4E9", "communicating"),
    "IDLE": ("#8FD1BD", "idle, on queue"),
    "NOT_RESPONDING": ("#D55E00", "not responding"),
    "ON_QUEUE": ("#8FD1BD", "on queue"),
    "AVAILABLE": ("#B8C2CC", "available"),
    "BREAK": ("#F0E442", "break"),
    "MEAL": ("#E69F00", "meal"),
    "MEETING": ("#CC79A7", "meeting"),
    "TRAINING": ("#8A5A83", "training"),
    "BUSY": ("#616E7C", "busy"),
    "AWAY": ("#9AA5B1", "away"),
    "SYSTEM_AWAY": ("#D9DFE5", "system away"),
}
"""Status to its colour and its word, in the order of legends; SYSTEM_AWAY is the system presence IDLE."""
_OTHER = ("#323F4B", "other")
_IN_A_ROW = 7
_ROUTING, _PRESENCE = "routingStatus", "primaryPresence"
_UNDRAWN = {(_PRESENCE, "OFFLINE"), (_PRESENCE, "ON_QUEUE"), (_ROUTING, "OFF_QUEUE")}
"""On queue it is the routing status that tells what somebody does, off queue his presence."""
_HISTORY = ("agent", "kind", "status", "startTime", "endTime", "duration_s", "userId")
_PERFORMANCE = ("Agent", "Interacting", "Communicating", "Idle", "userId")
_METRICS = {"tSystemPresence": "presence", "tAgentRoutingStatus": "routing status"}
_SUMS = ("userId", "start", "end", "metric", "qualifier", "sum")


def agent_status(
    history: pd.DataFrame,
    *,
    top: int = 25,
    tz: str | None = None,
    interval: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """What agents did along time: a lane each, a bar per stretch of a status.

    On queue a bar is the routing status (interacting, idle, not responding, communicating), else the
    presence (break, meal ...); a gap is time offline. Who goes on break while still in a conversation is
    shown interacting until it ends. The first to come stand at the top.

    Args:
        history: a row per stretch, as ``gc.user_status_history`` gives it.
        top: so many agents at most, those who were there longest; the subtitle says how many there are.
        tz: zone of the hours; default the frame's, else UTC.
        interval: the time that is drawn; default the frame's own.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        UnknownName: ``tz`` is no zone.
        QueryError: the frame is no status history, ``top`` no number above zero, or ``interval`` cannot be
            read.
    """
    _check(history, _HISTORY, "status history: gc.user_status_history(...)")
    name = zone(tz or str(history.attrs.get("tz") or "UTC"))
    span = bounds(interval if interval is not None else history.attrs.get("interval"), name)
    rows = _drawn(history, span)
    there = rows.groupby(["userId", "agent"], sort=False)["seconds"].sum()
    chosen = there.nlargest(canvas.at_most(top)).index
    lanes = rows[rows["userId"].isin(chosen.get_level_values("userId"))]
    order = lanes.groupby(["agent", "userId"])["from"].min().sort_values(kind="stable").index[::-1]
    ax = canvas.axes(ax, height=1.8 + 0.24 * max(4, len(order)))
    if span is None and len(lanes):
        span = lanes["from"].min(), lanes["to"].max()
    facts = [
        f"n = {len(lanes):,} stretches of {len(order)} agents",
        canvas.period(*span, name) if span else "",
        f"{len(order)} of {len(there)} agents, those who were there longest"
        if len(order) < len(there)
        else "",
        "not complete" if history.attrs.get("complete") is False else "",
    ]
    canvas.titles(ax, "What agents did", facts)
    if lanes.empty or span is None:
        return canvas.nothing(ax)
    _draw_lanes(ax, lanes, [user_id for _, user_id in order])
    ax.set_yticks(range(len(order)), [canvas.plain(agent) for agent, _ in order], color=canvas.INK)
    ax.set_ylim(-0.6, len(order) - 0.4)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=canvas.GRID, linewidth=0.8)
    canvas.time_axis(ax, *span, name)
    _legend(ax, lanes["look"])
    return ax


def _check(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    if not isinstance(frame, pd.DataFrame) or not set(columns) <= set(frame.columns):
        got = (
            f"a frame without {', '.join(sorted(set(columns) - set(frame.columns)))}"
            if isinstance(frame, pd.DataFrame)
            else f"{type(frame).__name__}"
        )
        raise QueryError(f"This chart draws a {what}, not {got}.")


def _drawn(history: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp] | None) -> pd.DataFrame:
    """The stretches that get a bar, cut to the interval, with ``from``, ``to``, ``seconds`` and ``look``."""
    pairs = zip(history["kind"], history["status"], strict=True)
    shown = [pair not in _UNDRAWN and not pd.isna(pair[1]) for pair in pairs]
    rows = history[pd.Series(shown, history.index, dtype=bool) & history["startTime"].notna()].copy()
    # What goes on has no end, but a length: from where its frame begins up to when it was asked for.
    own = bounds(history.attrs.get("interval"), "UTC")
    counted = rows["startTime"] if own is None else rows["startTime"].clip(lower=own[0])
    length = pd.to_timedelta(rows["duration_s"].astype("float64"), unit="s")
    end = rows["endTime"].fillna((counted + length).dt.as_unit("ms"))
    rows["from"] = rows["startTime"] if span is None else rows["startTime"].clip(lower=span[0])
    rows["to"] = end if span is None else end.clip(upper=span[1])
    rows["seconds"] = (rows["to"] - rows["from"]).dt.total_seconds()
    away = (rows["kind"] == _PRESENCE) & (rows["status"] == "IDLE")
    rows["look"] = rows["status"].where(~away, "SYSTEM_AWAY")
    return rows[rows["seconds"] > 0]


def _draw_lanes(ax: Axes, lanes: pd.DataFrame, order: Sequence[str]) -> None:
    """Bars of presences first, those of routing statuses over them."""
    places = {user_id: place for place, user_id in enumerate(order)}
    for kind in (_PRESENCE, _ROUTING):
        for look in _in_order(lanes.loc[lanes["kind"] == kind, "look"]):
            rows = lanes[(lanes["kind"] == kind) & (lanes["look"] == look)]
            left = canvas.number(rows["from"])
            colour, word = _STATUSES.get(look, _OTHER)
            ax.barh(
                [places[each] for each in rows["userId"]], canvas.number(rows["to"]) - left, 0.74, left,
                color=colour, linewidth=0, label=word,
            )  # fmt: skip


def _in_order(looks: Iterable[str]) -> list[str]:
    """Those that there are, in the order of the legend, unknown ones last."""
    found = set(looks)
    return [*(name for name in _STATUSES if name in found), *sorted(found - set(_STATUSES))]


def _legend(ax: Axes, looks: Iterable[str]) -> None:
    """A legend of what is drawn, in one row or in two of like length."""
    shown = dict.fromkeys(_STATUSES.get(name, _OTHER) for name in _in_order(looks))
    patches = [Patch(facecolor=colour, label=word) for colour, word in shown]
    canvas.legend(ax, patches, columns=len(patches) if len(patches) <= _IN_A_ROW else -(-len(patches) // 2))


def occupancy(performance: pd.DataFrame, *, top: int = 25, ax: Axes | None = None) -> Axes:
    """How much of their time on queue agents interacted: a bar each, with the share and the hours.

    Occupancy is interacting over interacting, communicating and idle (see
    ``performance.agent_performance``); of several buckets the times are added up first.

    Args:
        performance: as ``gc.agent_performance`` gives it (not by media: statuses belong to no medium).
        top: so many agents at most, those with the most time; the subtitle says how many there are.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        QueryError: the frame has no times in statuses, or ``top`` is no number above zero.
    """
    _check(performance, _PERFORMANCE, "table of agents' statuses: gc.agent_performance(...), not by media")
    parts = ["Interacting", "Communicating", "Idle"]
    sums = performance.groupby(["Agent", "userId"], as_index=False)[parts].sum()
    sums[parts] = sums[parts].astype("float64")
    sums["on"] = sums[parts].sum(axis=1)
    sums = sums[sums["on"] > 0]
    bars = sums.nlargest(canvas.at_most(top), "on").assign(
        share=lambda each: each["Interacting"] / each["on"]
    )
    bars = bars.sort_values("share", kind="stable", ignore_index=True)
    ax = canvas.axes(ax, height=1.8 + 0.26 * max(4, len(bars)))
    whole = float(sums["on"].sum())
    facts = [
        f"n = {len(sums):,} agents",
        f"{sums['Interacting'].sum() / whole:.0%} of {whole / 3600:,.0f} hours" if whole else "",
        canvas.days(performance),
        f"{len(bars)} of {len(sums)} agents, those with the most time" if len(bars) < len(sums) else "",
    ]
    canvas.titles(ax, "Occupancy: time on queue spent interacting", facts)
    if bars.empty:
        return canvas.nothing(ax)
    left = np.zeros(len(bars))
    for part, look in zip(parts, ("INTERACTING", "COMMUNICATING", "IDLE"), strict=True):
        widths = (bars[part] / bars["on"]).to_numpy()
        colour, word = _STATUSES[look]
        ax.barh(bars.index, widths, 0.72, left, color=colour, linewidth=0, label=word)
        left = left + widths
    for place, row in bars.iterrows():
        ax.annotate(f"{row['share']:.0%}  of {row['on'] / 3600:.1f} h", (1.0, float(place)), (6, 0),
                    textcoords="offset points", va="center", fontsize=9, color=canvas.INK)  # fmt: skip
    ax.set_yticks(bars.index, [canvas.plain(each) for each in bars["Agent"]], color=canvas.INK)
    ax.set_xlim(0, 1.14)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    ax.set_ylim(-0.6, len(bars) - 0.4)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=canvas.GRID, linewidth=0.8)
    canvas.labels(ax, x="Share of interacting, communicating and idle time")
    canvas.legend(ax, ax.get_legend_handles_labels()[0])
    return ax


def staffing(
    sums: pd.DataFrame, *, metric: str = "tSystemPresence", tz: str | None = None, ax: Axes | None = None
) -> Axes:
    """How many agents were there along time, on average in each bucket, by what they did.

    Time offline (OFFLINE, OFF_QUEUE) is left out. In a bucket that still runs the average is over its past.

    Args:
        sums: as ``gc.user_aggregates(..., granularity=...)`` gives it.
        metric: ``"tSystemPresence"`` or ``"tAgentRoutingStatus"``.
        tz: zone of the hours; default the frame's, else UTC.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        UnknownName: ``tz`` is no zone, or there is no such ``metric`` to draw.
        QueryError: the frame has no sums of statuses.
    """
    if metric not in _METRICS:
        raise UnknownName("metric of statuses", metric, _METRICS)
    _check(sums, _SUMS, "sums of statuses: gc.user_aggregates(..., granularity='PT1H')")
    name = zone(tz or str(sums.attrs.get("tz") or "UTC"))
    rows = sums[(sums["metric"] == metric) & ~sums["qualifier"].isin(["OFFLINE", "OFF_QUEUE"])]
    rows = rows[rows["sum"] > 0]
    ax = canvas.axes(ax)
    agents = rows["userId"].nunique()
    what = _METRICS[metric]
    canvas.titles(ax, f"Agents by {what}", [f"n = {agents:,} agents", canvas.days(sums, name)])
    if rows.empty:
        return canvas.nothing(ax)
    counts = _averages(rows, sums.attrs.get("asked_at"))
    bottom = np.zeros(len(counts))
    left = canvas.number(counts["start"])
    wide = canvas.number(counts["end"]) - left
    statuses = [column for column in counts.columns if column not in ("start", "end")]
    looks = {"SYSTEM_AWAY" if what == "presence" and one == "IDLE" else one: one for one in statuses}
    for look in _in_order(looks):
        heights = counts[looks[look]].to_numpy()
        colour, word = _STATUSES.get(look, _OTHER)
        ax.bar(left, heights, wide, bottom, align="edge", color=colour, edgecolor="white",
               linewidth=0.4 if len(left) < 120 else 0, label=word)  # fmt: skip
        bottom = bottom + heights
    canvas.labels(ax, y="Agents on average")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    canvas.time_axis(ax, counts["start"].iloc[0], counts["end"].iloc[-1], name)
    _legend(ax, looks)
    return ax


def _averages(rows: pd.DataFrame, asked_at: Any) -> pd.DataFrame:
    """Agents on average by bucket and status: their time over the bucket's, as far as it had come."""
    table = rows.pivot_table(index=["start", "end"], columns="qualifier", values="sum", aggfunc="sum")
    table = table.astype("float64").fillna(0.0).rename_axis(columns=None).reset_index()
    past = table["end"] if asked_at is None else table["end"].clip(upper=pd.Timestamp(asked_at))
    past = past.where(past > table["start"], table["end"])  # the clocks disagree
    length = (past - table["start"]).dt.total_seconds() * 1000
    statuses = [column for column in table.columns if column not in ("start", "end")]
    table[statuses] = table[statuses].div(length, axis=0)
    return table
