"""Charts of waiting: how long people waited, and in which hours of the week."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gcanalytics import measures
from gcanalytics.charts import canvas
from gcanalytics.errors import QueryError, UnknownName, is_number
from gcanalytics.measures.queueing import judged
from gcanalytics.measures.tally import Grouping, completed, in_scope

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)


def waits(
    legs: pd.DataFrame, *, up_to_s: float | None = None, interval: Any = None, ax: Axes | None = None
) -> Axes:
    """How long people waited: a histogram, the answered above the abandoned, with median and 90th percentile.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        up_to_s: end of the axis in seconds; None ends at the 95th percentile. Longer waits are counted in the
            last, hatched bar.
        interval: only waits that ended in it.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        QueryError: the frame is another table's, ``up_to_s`` is no time above zero, or ``interval`` cannot
            be read.
    """
    if up_to_s is not None and not (is_number(up_to_s) and 0 < up_to_s < float("inf")):
        raise QueryError(f"up_to_s={up_to_s!r:.80} is no end of the axis; give seconds, above 0")
    legs = completed(legs, "legs")
    table = measures.wait_percentiles(legs, by=None, percentiles=[0.5, 0.9], interval=interval)
    rows = _ended(legs, interval)
    names = ("answered", "abandoned")
    waited = {name: rows.loc[rows["outcome"] == name, "wait_s"].dropna() for name in names}
    ax = canvas.axes(ax)
    counts = [f"{len(values):,} {name}" for name, values in waited.items() if len(values)]
    number = sum(len(values) for values in waited.values())
    facts = [canvas.subject(legs), f"n = {number:,}" + (f" ({', '.join(counts)})" if counts else "")]
    canvas.titles(ax, "How long people waited", [*facts, canvas.left_out(table), canvas.days(table)])
    if not number:
        return canvas.nothing(ax)
    every = pd.concat(list(waited.values()))
    top, step = _axis(float(every.quantile(0.95)) if up_to_s is None else up_to_s)
    handles = _histogram(ax, waited, top, step)
    handles += _marks(ax, table, legs, top)
    canvas.labels(
        ax,
        x=f"Wait until the answer or the abandon ({canvas.clock_unit(top)})",
        y=f"Interactions {_per(step)}",
    )
    canvas.clock_axis(ax, top)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    ax.set_xlim(0, top + step)
    canvas.legend(ax, handles)
    return ax


def _ended(legs: pd.DataFrame, interval: Any) -> pd.DataFrame:
    rows = judged(in_scope(legs)[0])
    span = Grouping.of(legs, None, interval=interval).interval
    return rows if span is None else rows[(rows["counted_at"] >= span[0]) & (rows["counted_at"] < span[1])]


def _axis(top_s: float) -> tuple[float, float]:
    """End of the axis and width of a bar, so that 20 to 60 bars of a round width are seen."""
    step = next((one for one in _STEPS_S if top_s / one <= 60), _STEPS_S[-1])
    return max(step, float(np.ceil(top_s / step)) * step), float(step)


def _per(step: float) -> str:
    return {1.0: "per second", 60.0: "per minute", 3600.0: "per hour"}.get(step) or f"per {canvas.span(step)}"


def _histogram(ax: Axes, waited: dict[str, Any], top: float, step: float) -> list[Any]:
    edges = np.arange(0, top + step / 2, step)
    bottom, beyond = np.zeros(len(edges) - 1), 0.0
    handles: list[Any] = []
    longer = sum(int((values > top).sum()) for values in waited.values())
    for name, values in waited.items():
        if not len(values):
            continue
        heights, _ = np.histogram(values[values <= top], bins=edges)
        colour = canvas.COLOURS[name]
        over = int((values > top).sum())
        look: dict[str, Any] = {"align": "edge", "color": colour, "edgecolor": "white", "linewidth": 0.4}
        ax.bar(edges[:-1], heights, step, bottom, **look)
        ax.bar(top, over, step, beyond, hatch=canvas.HATCH, alpha=0.55, **look)
        bottom, beyond = bottom + heights, beyond + over
        handles.append(canvas.patch(name))
    if longer:
        handles.append(Patch(facecolor="white", edgecolor=canvas.QUIET, hatch=canvas.HATCH, linewidth=0.5,
                             label=f"longer than {canvas.minutes(top)}: {longer:,}"))  # fmt: skip
    return handles


def _marks(ax: Axes, table: pd.DataFrame, legs: pd.DataFrame, top: float) -> list[Any]:
    handles = []
    answered = table[table["outcome"] == "answered"]
    if len(answered):
        for column, words, style in (("p50_s", "median", "-"), ("p90_s", "90th percentile", ":")):
            value = float(answered[column].iloc[0])
            if value <= top:
                label = f"{words} of the answered {canvas.minutes(value)}"
                handles.append(
                    ax.axvline(value, color=canvas.INK, linewidth=1.3, linestyle=style, label=label)
                )
    targets = in_scope(legs)[0]["sl_target_s"].dropna().unique()
    if len(targets) == 1 and float(targets[0]) <= top:
        label = f"target {canvas.span(float(targets[0]))}"
        handles.append(ax.axvline(float(targets[0]), color=canvas.COLOURS["abandoned"], linewidth=1.3,
                                  linestyle="--", label=label))  # fmt: skip
    return handles


_VALUES = {
    "offered": ("Offered interactions", "on average per hour", canvas.short),
    "abandon_rate": ("Abandon rate", "abandoned of offered", "{:.0%}".format),
    "service_level": ("Service level", "answered within the target", "{:.0%}".format),
    "asa_s": ("Average speed of answer", "seconds", canvas.short),
}
_UNITS = (("hours", 3600, 60_000), ("minutes", 60, 1000))
"""A unit of time, its seconds, and from how many seconds on it is taken."""


def heat_map(
    legs: pd.DataFrame,
    *,
    value: str = "offered",
    threshold_s: float | None = None,
    tz: str | None = None,
    interval: Any = None,
    pad: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """A number for each hour of the week: weekdays down, hours across, in local time.

    Offers are the average over the hours of that kind in the pull; rates are quotients of their sums. Only
    complete hours count where the pull's interval is known; an hour of the week that has none is grey.

    Args:
        legs: a row per ACD offer, as ``details.legs``.
        value: ``"offered"``, ``"abandon_rate"``, ``"service_level"`` or ``"asa_s"``.
        threshold_s: target wait of the service level; None takes each leg's own.
        tz: zone of weekdays and hours; default the frame's, else UTC.
        interval: count only what happened in it.
        pad: how far before the interval the pull reached, where the frame does not tell.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        UnknownName: there is no such ``value`` or zone.
        QueryError: the frame is another table's, or ``interval``, ``pad`` or ``threshold_s`` cannot be read.
    """
    if value not in _VALUES:
        raise UnknownName("value of the heat map", value, _VALUES)
    legs = completed(legs, "legs")
    hours, zone = _hours(legs, threshold_s, tz, interval, pad)
    kept = hours[hours["complete"].fillna(True).astype(bool)]
    cells = _cells(kept, value)
    ax = canvas.axes(ax, height=3.6)
    title, unit, form = _VALUES[value]
    if value == "asa_s":
        cells, unit = _readable(cells, unit)
    partly = len(hours) - len(kept)
    facts = [
        canvas.subject(legs), f"n = {int(kept['offered'].sum()):,} offers", canvas.left_out(hours),
        f"{len(kept):,} hours" + (f", {partly} incomplete left out" if partly else ""), zone,
    ]  # fmt: skip
    canvas.titles(ax, f"{title} by weekday and hour", [*facts, unit])
    if not hours["offered"].any():
        return canvas.nothing(ax)
    _paint(ax, cells, form)
    canvas.labels(ax, x=f"Hour of the day ({zone})")
    return ax


def _hours(
    legs: pd.DataFrame, threshold_s: float | None, tz: str | None, interval: Any, pad: Any
) -> tuple[pd.DataFrame, str]:
    options: dict[str, Any] = {"by": None, "freq": "h", "tz": tz, "interval": interval, "pad": pad}
    hours = measures.volume(legs, **options)
    level = measures.service_level(legs, threshold_s=threshold_s, **options)
    speed = measures.asa(legs, **options)
    # Each measure begins with its own first hour where the pull's interval is not known.
    starts = pd.Index(hours["start"])
    more = {"numerator": level, "denominator": level, "wait_s": speed}
    hours = hours.assign(
        **{
            name: table.set_index("start")[name].reindex(starts, fill_value=0).to_numpy()
            for name, table in more.items()
        }
    )
    return hours, str(hours.attrs["tz"])


def _cells(hours: pd.DataFrame, value: str) -> Any:
    """Seven rows of 24 numbers, NaN where no hour of the pull is of that kind or nothing can be divided."""
    parts = {
        "offered": ("offered", None),
        "abandon_rate": ("abandoned", "offered"),
        "service_level": ("numerator", "denominator"),
        "asa_s": ("wait_s", "answered"),
    }
    above, below = parts[value]
    clock = hours["start"].dt
    groups = hours.groupby([clock.day_of_week.rename("day"), clock.hour.rename("hour")])
    sums = groups[above].sum() / (groups.size() if below is None else groups[below].sum().replace(0, np.nan))
    whole = pd.MultiIndex.from_product([range(7), range(24)], names=["day", "hour"])
    return sums.reindex(whole).to_numpy(dtype="float64").reshape(7, 24)


def _readable(cells: Any, unit: str) -> tuple[Any, str]:
    """Seconds as they are, or minutes or hours where there are too many to be read at a glance."""
    longest = np.nanmax(cells) if np.isfinite(cells).any() else 0.0
    for name, length, from_s in _UNITS:
        if longest >= from_s:
            return cells / length, name
    return cells, unit


def _paint(ax: Axes, cells: Any, form: Callable[[float], str]) -> None:
    shades = colormaps["Blues"].with_extremes(bad="#ECEFF3")
    largest = np.nanmax(cells) if np.isfinite(cells).any() else 1.0
    mesh = ax.pcolormesh(np.arange(25), np.arange(8), np.ma.masked_invalid(cells), cmap=shades, vmin=0,
                         vmax=largest or 1.0, edgecolors="white", linewidth=1.2)  # fmt: skip
    for (day, hour), number in np.ndenumerate(cells):
        if np.isfinite(number):
            dark = number > 0.55 * (largest or 1.0)
            ax.text(hour + 0.5, day + 0.5, form(number), ha="center", va="center", fontsize=7.5,
                    color="white" if dark else canvas.INK)  # fmt: skip
    ax.set_ylim(7, 0)
    ax.set_xlim(0, 24)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_yticks(np.arange(7) + 0.5, _DAYS)
    ax.set_xticks(np.arange(24) + 0.5, [f"{hour:02}" for hour in range(24)])
    figure: Any = ax.get_figure()
    bar = figure.colorbar(mesh, ax=ax, pad=0.01, aspect=18)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=canvas.QUIET, labelsize=8, length=0)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda number, _: form(number)))
