"""Chart of work: handle time by its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gcanalytics import measures
from gcanalytics.charts import canvas
from gcanalytics.errors import QueryError

_PARTS = ("talk", "hold", "acw", "other")


def handle_time(
    handlings: pd.DataFrame,
    *,
    by: str = "queue",
    top: int = 20,
    tz: str | None = None,
    interval: Any = None,
    ax: Axes | None = None,
) -> Axes:
    """Average handle time: a bar per queue (or agent, or medium), made of talk, hold and after-call work.

    What else the platform counts as handling (dialing of outbound calls) is a part of its own, where any is.

    Args:
        handlings: a row per agent session, as ``details.handlings``.
        by: column of the bars: ``"queue"``, ``"agent"``, ``"mediaType"``, ``"wrap_up"`` ...
        top: so many bars at most, those with the most handlings; the subtitle says how many there are.
        tz: zone of a naive ``interval``; default the frame's, else UTC.
        interval: count only what was finished in it.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        UnknownName: ``by`` names no column.
        QueryError: the frame is another table's, ``by`` is no single column, ``top`` no number above zero,
            or ``interval`` cannot be read.
    """
    if not isinstance(by, str):
        raise QueryError(f"by={by!r:.80}: a bar each of one column's values; name that column")
    table = measures.aht(handlings, by=by, tz=tz, interval=interval)
    handled = int(table["handled"].sum())
    bars = (
        table.nlargest(canvas.at_most(top), "handled")
        .sort_values("aht_s", kind="stable")
        .reset_index(drop=True)
    )
    ax = canvas.axes(ax, height=1.7 + 0.42 * max(3, len(bars)))
    mean = canvas.minutes(float(table["handle_s"].sum()) / handled) if handled else ""
    several = _SEVERAL.get(by, f"{by}s")
    facts = [
        canvas.subject(handlings), f"n = {handled:,} handlings", f"{mean} on average" if mean else "",
        canvas.left_out(table), canvas.days(table),
        f"{len(bars)} of {len(table)} {several}, those with the most" if len(bars) < len(table) else "",
    ]  # fmt: skip
    canvas.titles(ax, f"Handle time by {_WORDS.get(by, by)}", facts)
    if not handled:
        return canvas.nothing(ax)
    parts = [part for part in _PARTS if part != "other" or bars["other_s"].any()]
    _bars(ax, bars, by, parts)
    longest = float(bars["aht_s"].max())
    canvas.labels(ax, x=f"Average per handling ({canvas.clock_unit(longest)})")
    canvas.clock_axis(ax, longest)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=canvas.GRID, linewidth=0.8)
    canvas.legend(ax, [canvas.patch(part) for part in parts])
    return ax


_WORDS = {"mediaType": "medium", "wrap_up": "wrap-up"}
_SEVERAL = {"mediaType": "media", "wrap_up": "wrap-ups"}


def _bars(ax: Axes, bars: pd.DataFrame, by: str, parts: Sequence[str]) -> None:
    places = np.arange(len(bars))
    left = np.zeros(len(bars))
    for part in parts:
        widths = bars[f"avg_{part}_s"].astype("float64").fillna(0.0).to_numpy()
        ax.barh(places, widths, 0.68, left, color=canvas.COLOURS[part], edgecolor="white", linewidth=0.6,
                label=canvas.WORDS[part])  # fmt: skip
        left = left + widths
    for place, row in zip(places, bars.itertuples(), strict=True):
        ax.annotate(f"{canvas.minutes(row.aht_s)}   n = {row.handled:,}", (float(row.aht_s), place), (6, 0),
                    textcoords="offset points", va="center", fontsize=9, color=canvas.INK)  # fmt: skip
    names = ["(none)" if pd.isna(name) else canvas.plain(str(name)) for name in bars[by]]
    ax.set_yticks(places, names, color=canvas.INK)
    ax.set_xlim(0, float(left.max()) * 1.18 if left.max() > 0 else 1.0)
    ax.set_ylim(-0.6, len(bars) - 0.4)
