"""Chart of one conversation: who was on it, when, and doing what."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from gcanalytics.charts import canvas
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.measures.tally import completed

_SEGMENTS = {
    "interact": ("#0072B2", "interact"),
    "alert": ("#F0E442", "alert"),
    "hold": ("#E69F00", "hold"),
    "wrapup": ("#56B4E9", "wrap-up"),
    "ivr": ("#B8C2CC", "IVR"),
    "system": ("#D9DFE5", "system, delay"),
    "delay": ("#D9DFE5", "system, delay"),
    "dialing": ("#CC79A7", "dialing"),
    "contacting": ("#CC79A7", "contacting"),
    "callback": ("#009E73", "callback"),
    "scheduled": ("#A8D5C4", "scheduled"),
    "parked": ("#C9B3D6", "parked"),
    "voicemail": ("#009E73", "voicemail"),
    "monitoring": ("#7B8794", "monitoring"),
}
_OTHER = ("#7B8794", "other")
_WAITING = ("#D55E00", "waits in the queue")
_KEYS = ["participant_no", "session_no"]


@runtime_checkable
class Pull(Protocol):
    """The tables that a timeline is drawn from: a ``ConversationDetails``, or anything with these frames."""

    @property
    def segments(self) -> pd.DataFrame:
        """A row per segment of a session."""

    @property
    def participants(self) -> pd.DataFrame:
        """A row per participant."""

    @property
    def legs(self) -> pd.DataFrame:
        """A row per ACD offer."""

    @property
    def handlings(self) -> pd.DataFrame:
        """A row per agent session."""


def timeline(
    pull: Pull, conversation_id: str | None = None, *, tz: str | None = None, ax: Axes | None = None
) -> Axes:
    """One conversation along time: a lane per session, a bar per segment, from the customer down to the
    agents.

    The bar of a queue's session is coloured as waiting. A segment that has not ended reaches to the right
    edge and is hatched.

    Args:
        pull: the tables of a pull, such as a ``ConversationDetails``.
        conversation_id: which conversation; may be left out if the pull has only one.
        tz: zone of the clock; default the frames', else UTC.
        ax: axes to draw into, None for a new picture.

    Returns:
        The axes.

    Raises:
        QueryError: it is no pull, or one of several conversations of which none was named, or of none.
        UnknownName: the pull has no such conversation.
    """
    if not isinstance(pull, Pull):
        raise QueryError(
            f"{type(pull).__name__} is no pull.",
            hint="Give the pull itself: charts.timeline(d, conversation_id).",
        )
    segments = _of_one(pull.segments, conversation_id)
    chosen = str(segments["conversationId"].iloc[0])
    zone = str(tz or pull.legs.attrs.get("tz") or "UTC")
    people, legs, handlings = (
        completed(frame[frame["conversationId"] == chosen], table)
        for table, frame in (
            ("participants", pull.participants), ("legs", pull.legs), ("handlings", pull.handlings),
        )
    )  # fmt: skip
    started = segments[segments["segmentStart"].notna()]
    bars = _bars(started.merge(people[["participant_no", "purpose"]], how="left", on="participant_no"))
    names = _lane_names(segments, people, handlings, legs)
    lanes = bars[_KEYS].drop_duplicates().sort_values(_KEYS, ignore_index=True)
    ax = canvas.axes(ax, height=1.9 + 0.46 * max(3, len(lanes)))
    canvas.titles(
        ax, "One conversation, from its start to its end", _facts(chosen, bars, legs, handlings, zone)
    )
    if bars.empty:
        return canvas.nothing(ax)
    handles = _draw(ax, bars, lanes)
    labels = [names.get((row.participant_no, row.session_no), "") for row in lanes.itertuples()]
    ax.set_yticks(range(len(lanes)), [canvas.plain(label) for label in labels], color=canvas.INK)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    _frame(ax, bars, zone)
    canvas.legend(ax, handles, columns=8)
    return ax


def _of_one(segments: pd.DataFrame, conversation_id: str | None) -> pd.DataFrame:
    ids = segments["conversationId"].unique()
    if conversation_id is None:
        if len(ids) != 1:
            raise QueryError(
                f"This pull has {len(ids):,} conversations with segments; say which: conversation_id=..."
            )
        return completed(segments, "segments")
    found = segments[segments["conversationId"] == conversation_id]
    if found.empty:
        raise UnknownName(
            "conversation with segments in this pull",
            conversation_id,
            [],
            hint="d.interactions lists the pull's conversations by conversationId.",
        )
    return completed(found, "segments")


def _bars(segments: pd.DataFrame) -> pd.DataFrame:
    """The segments with their edges as numbers; an open one reaches to the last known instant."""
    last = pd.concat([segments["segmentStart"], segments["segmentEnd"]]).max()
    ends = segments["segmentEnd"].fillna(last)
    texts = {name: segments[name].astype("object").fillna("") for name in ("purpose", "segmentType")}
    return segments.assign(
        **texts,
        left=canvas.number(segments["segmentStart"]),
        right=canvas.number(ends),
        open=segments["segmentEnd"].isna(),
    )


def _lane_names(
    segments: pd.DataFrame, people: pd.DataFrame, handlings: pd.DataFrame, legs: pd.DataFrame
) -> dict[tuple[int, int], str]:
    """What each session is called: its purpose, and the agent, the queue or the participant's name."""
    sessions = segments[_KEYS].drop_duplicates()
    known = sessions.merge(people[["participant_no", "purpose", "participantName"]], how="left")
    for table, column in ((handlings, "agent"), (legs, "queue")):
        own = table[[*_KEYS, column]].drop_duplicates(_KEYS)
        known = known.merge(own, how="left", on=_KEYS)
    names = {}
    for row in known.itertuples():
        purpose = "participant" if pd.isna(row.purpose) else str(row.purpose)
        own_names = [name for name in (row.agent, row.queue, row.participantName) if not pd.isna(name)]
        shown = "" if purpose == "customer" or not own_names else f"  {own_names[0]}"
        names[(row.participant_no, row.session_no)] = {"acd": "queue"}.get(purpose, purpose) + shown
    return names


def _facts(
    conversation_id: str, bars: pd.DataFrame, legs: pd.DataFrame, handlings: pd.DataFrame, zone: str
) -> list[str]:
    lasted = 0.0 if bars.empty else float(bars["right"].max() - bars["left"].min()) * 86_400
    when = ""
    if len(bars):
        edges = float(bars["left"].min()), float(bars["right"].max())
        start, end = (pd.Timestamp(round(edge * 86_400_000), unit="ms", tz="UTC") for edge in edges)
        when = canvas.period(start, max(end, start + pd.Timedelta(seconds=1)), zone)
    # A call that an agent made has no leg.
    media = pd.concat([legs["mediaType"], handlings["mediaType"]]).dropna().unique()
    waits = [
        f"{row.queue} {row.outcome.replace('_', '-')} after {canvas.minutes(row.wait_s)}"
        for row in legs[legs["wait_s"].notna()].itertuples()
    ]
    out = int((~bars["in_scope"].astype(bool)).sum()) if "in_scope" in bars.columns else 0
    return [
        " + ".join(media), when, f"{canvas.minutes(lasted)} long", *waits,
        f"n = {len(bars)} segments" + (f", {out} outside the pull's filter (paler)" if out else ""),
        f"conversation {conversation_id}",
    ]  # fmt: skip


def _draw(ax: Axes, bars: pd.DataFrame, lanes: pd.DataFrame) -> list[Any]:
    place = {(row.participant_no, row.session_no): index for index, row in enumerate(lanes.itertuples())}
    seen: dict[str, str] = {}
    span = bars["right"].max() - bars["left"].min() or 1 / 86_400
    for row in bars.itertuples():
        waiting = row.purpose == "acd" and row.segmentType == "interact"
        colour, words = _WAITING if waiting else _SEGMENTS.get(row.segmentType, _OTHER)
        seen.setdefault(words, colour)
        lane = place[(row.participant_no, row.session_no)]
        wide = max(row.right - row.left, span / 600)  # what took no time is still seen
        ax.barh(lane, wide, 0.56, row.left, color=colour, edgecolor="white", linewidth=0.6,
                hatch=canvas.HATCH if row.open else None, alpha=1.0 if row.in_scope else 0.45)  # fmt: skip
    return [Patch(facecolor=colour, label=words) for words, colour in seen.items()]


def _frame(ax: Axes, bars: pd.DataFrame, zone: str) -> None:
    first, last = float(bars["left"].min()), float(bars["right"].max())
    margin = max((last - first) * 0.02, 1 / 86_400)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=canvas.GRID, linewidth=0.8)
    start, end = (pd.Timestamp(one * 86_400, unit="s", tz="UTC") for one in (first - margin, last + margin))
    canvas.time_axis(ax, start, end, zone)
