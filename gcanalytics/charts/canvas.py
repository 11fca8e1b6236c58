"""What all charts share: an empty picture, its colours, titles and axes of time. It draws no numbers.

Pictures are made without pyplot: no global state, no window, no change of ``rcParams``, from any thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator
from matplotlib.transforms import ScaledTranslation

from gcanalytics.errors import QueryError, is_whole

# Okabe and Ito's palette: told apart with every common kind of colour blindness.
COLOURS = {
    "answered": "#0072B2",
    "abandoned": "#D55E00",
    "flow_out": "#E69F00",
    "open": "#999999",
    "talk": "#0072B2",
    "hold": "#E69F00",
    "acw": "#56B4E9",
    "other": "#999999",
}
INK = "#1F2933"
QUIET = "#616E7C"
GRID = "#DDE2E8"
HATCH = "////"
WORDS = {
    "answered": "answered",
    "abandoned": "abandoned",
    "flow_out": "flow-out",
    "open": "still open",
    "talk": "talk",
    "hold": "hold",
    "acw": "after-call work",
    "other": "dialing, other",
}
_ROUND_S = (
    1,
    2,
    5,
    10,
    15,
    20,
    30,
    60,
    120,
    180,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14400,
    28800,
    43200,
    86400,
)
_FEW = 3
"""So many media are named, more are counted."""
_DPI = 100
_SHARP = 2


class Picture(Figure):
    """A figure that shows itself in a notebook, although pyplot does not know it."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return _png(self)


class PictureAxes(Axes):
    """Axes that show their whole figure in a notebook, so that a chart as a cell's last line is seen."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return _png(self.figure.canvas.figure)


def _png(figure: Any) -> tuple[bytes, dict[str, int]]:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI * _SHARP)
    width, height = figure.get_size_inches() * _DPI
    return file.getvalue(), {"width": int(width), "height": int(height)}


def axes(ax: Axes | None, *, width: float = 10.0, height: float = 4.2) -> Axes:
    """The caller's axes, or those of a new picture of so many inches.

    Raises:
        QueryError: ``ax`` is something else, such as the array that ``plt.subplots(2)`` gives.
    """
    if ax is not None and not isinstance(ax, Axes):
        raise QueryError(
            f"ax= takes the Axes of matplotlib to draw into, not {type(ax).__name__}.",
            hint="Of figure, axes = plt.subplots(2) give ax=axes[0].",
        )
    if ax is None:
        figure = Picture(figsize=(width, height), dpi=_DPI, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        ax = figure.add_subplot(axes_class=PictureAxes)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(QUIET)
    ax.tick_params(colors=QUIET, labelsize=9, length=0)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def at_most(top: Any) -> int:
    """The ``top=`` of a chart.

    Raises:
        QueryError: it is no whole number above zero.
    """
    if not is_whole(top) or top < 1:
        raise QueryError(f"top={top!r:.80}: give how many to draw at most, 1 or more")
    return int(top)


def titles(ax: Axes, title: str, facts: Sequence[str]) -> None:
    """A title on the left, and under it, smaller, what the numbers are about."""
    lines = _lines([plain(fact) for fact in facts if fact])
    above = 14 + 13 * len(lines)
    ax.set_title(plain(title), loc="left", fontsize=13, fontweight="bold", color=INK, pad=above)
    ax.annotate(
        "\n".join(lines), xy=(0, 1), xycoords="axes fraction", xytext=(0, 8), textcoords="offset points",
        fontsize=9, color=QUIET, ha="left", va="bottom", linespacing=1.3, annotation_clip=False,
    )  # fmt: skip


def _lines(facts: Sequence[str], *, longest: int = 110) -> list[str]:
    lines: list[str] = []
    for fact in facts:
        if lines and len(lines[-1]) + len(fact) < longest:
            lines[-1] += f"  ·  {fact}"
        else:
            lines.append(fact)
    return lines


def plain(text: str) -> str:
    """The text as it is: a dollar sign in a queue's name must not start a formula."""
    return text.replace("$", r"\$")


def labels(ax: Axes, *, x: str | None = None, y: str | None = None) -> None:
    """The labels of the axes, with units."""
    if x is not None:
        ax.set_xlabel(plain(x), color=QUIET, fontsize=9)
    if y is not None:
        ax.set_ylabel(plain(y), color=QUIET, fontsize=9)


def legend(ax: Any, handles: Sequence[Any], *, columns: int = 6) -> None:
    """A legend without a frame below the axes, where it hides nothing; in rows that the picture holds."""
    if handles:
        columns = _columns([str(handle.get_label()) for handle in handles], columns, ax.figure)
        below = ScaledTranslation(0, -0.55, ax.figure.dpi_scale_trans)
        look = {"frameon": False, "fontsize": 9, "labelcolor": INK, "handlelength": 1.4, "columnspacing": 1.6}
        ax.legend(
            handles=list(handles), loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=0,
            ncols=columns, bbox_transform=ax.transAxes + below, **look,
        )  # fmt: skip


def _columns(labels: Sequence[str], most: int, figure: Any) -> int:
    """So many columns at most that a legend of these labels is not wider than the picture."""
    wide = figure.bbox.width / figure.dpi * 72  # points
    for columns in range(min(most, len(labels)), 1, -1):
        rows = -(-len(labels) // columns)
        # Matplotlib fills columns from above. A label's letters are 5.2 points wide on average, its mark 34.
        longest = [max(map(len, labels[start : start + rows])) for start in range(0, len(labels), rows)]
        if sum(34 + 5.2 * length for length in longest) <= wide:
            return columns
    return 1


def patch(name: str) -> Patch:
    """The legend's patch of an outcome or a part of handle time."""
    return Patch(facecolor=COLOURS[name], label=WORDS[name])


def incomplete_patch() -> Patch:
    """The legend's patch of buckets that are not complete."""
    return Patch(facecolor="white", edgecolor=QUIET, hatch=HATCH, label="incomplete", linewidth=0.5)


def time_axis(ax: Axes, start: pd.Timestamp, end: pd.Timestamp, tz: str) -> None:
    """An x axis of local time from ``start`` to ``end``; its zone stands in the label."""
    zone = ZoneInfo(tz)
    locator = mdates.AutoDateLocator(tz=zone, minticks=4, maxticks=12)
    ax.xaxis.set_major_locator(locator)
    near = ["%Y", "%b", "%a %d", "%H:%M", "%H:%M", "%S.%f"]
    edges = ["", "%Y", "%d %b", "%a %d", "%H:%M", "%H:%M"]
    # The dates stand in the subtitle: the formatter's own offset names the last tick's day alone.
    ax.xaxis.set_major_formatter(
        mdates.ConciseDateFormatter(locator, tz=zone, formats=near, zero_formats=edges, show_offset=False)
    )
    ax.set_xlim(number(start), number(end))
    labels(ax, x=f"Time ({tz})")


def period(start: pd.Timestamp, end: pd.Timestamp, tz: str) -> str:
    """The days from ``start`` to the exclusive ``end`` in words: ``12 Nov 2026`` or ``9 to 15 Nov 2026``."""
    first = start.tz_convert(tz)
    last = (end - pd.Timedelta(milliseconds=1)).tz_convert(tz)
    to = f"{last.day} {last:%b %Y}"
    if first.date() == last.date():
        return to
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {to}"
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first.year}'} to {to}"


def days(table: pd.DataFrame, tz: str | None = None) -> str:
    """The days of the interval that a measure is about, and their zone; empty where it is not known."""
    known = table.attrs.get("interval")
    if not known:
        return ""
    start, end = (pd.Timestamp(one) for one in str(known).split("/"))
    zone = tz or str(table.attrs["tz"])
    return f"{period(start, end, zone)} ({zone})"


def clock_axis(ax: Axes, top_s: float) -> None:
    """An x axis of durations from zero, with ticks at round times (``m:ss``)."""
    step = next((one for one in _ROUND_S if top_s / one <= 10), _ROUND_S[-1])
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: minutes(seconds)))


def number(moment: Any) -> Any:
    """An instant, or a Series of them, as matplotlib counts time: days since 1970."""
    if isinstance(moment, pd.Series):
        return moment.dt.tz_convert("UTC").dt.as_unit("ms").astype("int64").to_numpy() / 86_400_000
    return pd.Timestamp(moment).timestamp() / 86_400


def nothing(ax: Axes, words: str = "No data") -> Axes:
    """Say in the middle of the axes that there is nothing to draw."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=QUIET, fontsize=12)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    return ax


def minutes(seconds: float) -> str:
    """``m:ss``, and ``h:mm:ss`` from an hour on."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def span(seconds: float) -> str:
    """A length of time in its largest whole unit: ``20 s``, ``5 min``, ``4 h``, ``1 day``."""
    for unit, length in (("day", 86_400), ("h", 3600), ("min", 60)):
        if seconds > 90 and seconds % length == 0:
            count = int(seconds // length)
            return f"{count} {unit}s" if unit == "day" and count > 1 else f"{count} {unit}"
    return f"{seconds:g} s"


def clock_unit(top_s: float) -> str:
    """How `clock_axis` writes durations up to this one."""
    return "h:mm:ss" if top_s >= 3600 else "m:ss"


def short(value: float) -> str:
    """A number that fits into a small cell: one decimal at most, none from 100 on."""
    return f"{round(value, 1 if abs(value) < 100 else 0):g}"


def subject(frame: pd.DataFrame) -> str:
    """What the rows are of: the queue by name if there is one, else how many there are; the same of media, of
    which a few are named."""
    if "in_scope" in frame.columns:
        frame = frame[frame["in_scope"].astype(bool)]
    said = []
    for column, several, named in (("queue", "queues", 1), ("mediaType", "media", _FEW)):
        names = [] if column not in frame.columns else [str(name) for name in frame[column].dropna().unique()]
        if names:
            said.append(" + ".join(names) if len(names) <= named else f"{len(names)} {several}")
    return ", ".join(said)


def left_out(table: pd.DataFrame) -> str:
    """How many rows a measure left out because the pull's filter does not cover them; empty for none."""
    count = int(table.attrs.get("out_of_scope") or 0)
    return f"{count:,} out of scope left out" if count else ""
