"""What the view shows at one moment, as plain texts and numbers taken from a session. No HTML, no widget."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from .session import Session
from .shapes import Entry, Row, Tiles
from .waits import Limits, MediaWait, by_media

__all__ = ["Labels", "Line", "Screen", "clock_text", "duration_text", "masked", "rows_of", "take"]

ROWS = 50
LOG_LINES = 40
SKEW_S = 2.0


@dataclass(frozen=True)
class Labels:
    """What ids are called and how things are written.

    Attributes:
        queues: queue id to name.
        users: user id to name.
        tz: zone of all times shown.
        show_remote: whether customers' addresses are shown whole.
        limits: which waits are long.
    """

    queues: Mapping[str, str]
    users: Mapping[str, str] = field(default_factory=dict)
    tz: tzinfo | None = None
    show_remote: bool = False
    limits: Limits = field(default_factory=Limits)

    def agent(self, user_id: str | None, told: str | None = None) -> str | None:
        """The agent's name; the id where there is none."""
        if user_id is None:
            return told
        return self.users.get(user_id) or told or user_id

    def remote(self, text: str | None) -> str | None:
        """The customer's address as it may be shown."""
        return text if self.show_remote else masked(text)


@dataclass(frozen=True)
class Line:
    """One row of the table of conversations."""

    status: str
    duration_s: float | None
    media: str
    queue: str
    agent: str
    remote: str
    conversation_id: str
    severity: str


@dataclass(frozen=True)
class Screen:
    """One moment.

    Attributes:
        title: the queues' names.
        phase: word of the status pill.
        detail: why, in words.
        events, conversations, new: counts; ``new`` is the number of events since Pause.
        dropped, malformed: messages that were lost or could not be read.
        heard: time of the last message, or None.
        tiles: the big numbers.
        waits: who waits, a medium at a time, calls first and e-mails last.
        lines: conversations, those who wait first; ``more`` are left out.
        log: the newest events first.
        skew_s: platform's clock less the machine's, seconds; 0 where they agree.
        taken: time of this moment.
        partial: words on what is not known; empty if all is.
        known: whether the present was ever read; if not, zeros mean nothing.
    """

    title: str
    phase: str
    detail: str
    events: int
    conversations: int
    new: int
    dropped: int
    malformed: int
    heard: str | None
    tiles: Tiles
    waits: tuple[MediaWait, ...]
    lines: tuple[Line, ...]
    more: int
    log: tuple[str, ...]
    skew_s: float
    taken: str
    partial: str
    several_queues: bool
    known: bool = True

    @property
    def stale(self) -> bool:
        """Whether what is shown may be out of date."""
        return self.phase not in {"live", "paused"}


def take(session: Session, labels: Labels, *, paused_at: int | None = None, rows: bool = True) -> Screen:
    """The present moment of a session; takes its lock.

    Args:
        session: what is shown.
        labels: names, zone, limits.
        paused_at: number of events at the time of Pause, or None.
        rows: whether conversations and log are wanted too; they are most of the work.
    """
    connection = session.connection
    with session.lock:
        state = session.state
        now_ms = state.now_ms()
        tiles = state.tiles()
        ongoing = state.ongoing() if rows else []
        lines = tuple(_line(row, labels, now_ms) for row in ongoing[:ROWS])
        log = tuple(_log_line(entry, labels) for entry in _newest(state.entries)) if rows else ()
        seen = len(state.ended) + sum(one not in state.ended for one in state.rows)
        events = state.events
        skew_s = (now_ms / 1000 - time.time()) if state.counts or state.rows or state.ended else 0.0
    phase: str = connection.phase
    if paused_at is not None and phase == "live":
        phase = "paused"
    return Screen(
        ", ".join(labels.queues.values()),
        phase,
        _detail(session),
        events,
        seen,
        0 if paused_at is None else max(0, events - paused_at),
        session.dropped,
        session.malformed,
        None if session.silent_s is None else clock_text(time.time() - session.silent_s, labels.tz),
        tiles,
        by_media(tiles.waits, labels.limits),
        lines,
        len(ongoing) - len(lines),
        log,
        skew_s if abs(skew_s) > SKEW_S else 0.0,
        datetime.now(labels.tz).strftime("%Y-%m-%d %H:%M:%S"),
        _partial(tiles),
        len(labels.queues) > 1,
        session.known,
    )


def _newest(entries: Sequence[Entry]) -> list[Entry]:
    """The newest entries first, without copying a long deque whole."""
    return [entries[-1 - index] for index in range(min(LOG_LINES, len(entries)))]


def _detail(session: Session) -> str:
    connection = session.connection
    wait_s = session.retry_in_s
    if wait_s is None:
        return connection.detail
    return f"retry in {wait_s:.0f} s (attempt {connection.attempt}): {connection.detail}"


def _partial(tiles: Tiles) -> str:
    return (
        "The platform lists only a part of the conversations; waiting and interacting are its counts."
        if tiles.partial
        else ""
    )


def _line(row: Row, labels: Labels, now_ms: int) -> Line:
    since = row.standing.since_ms
    duration_s = None if since is None else max(0.0, (now_ms - since) / 1000)
    return Line(
        row.status,
        duration_s,
        row.media or "–",
        labels.queues.get(row.standing.queue_id or "", "–"),
        labels.agent(row.user_id, row.agent_name) or "–",
        labels.remote(row.remote) or "–",
        row.id,
        labels.limits.severity(duration_s, row.standing.queue_id, row.media)
        if row.status in {"waiting", "alerting"}
        else "",
    )


def _log_line(entry: Entry, labels: Labels) -> str:
    when = clock_text(entry.at_ms / 1000, labels.tz)
    agent = labels.agent(entry.user_id, entry.agent_name)
    if entry.kind == "conversation":
        return " ".join(
            filter(None, (when, (entry.conversation_id or "")[:8], entry.media, entry.text, agent))
        )
    if entry.kind == "agent":
        return f"{when} {agent} is {entry.text.replace('_', ' ').lower()}"
    return f"{when} {entry.text}"


def clock_text(moment_s: float, tz: tzinfo | None) -> str:
    """hh:mm:ss of seconds since the epoch in a zone."""
    return datetime.fromtimestamp(moment_s, tz).strftime("%H:%M:%S")


def duration_text(seconds: float | None) -> str:
    """mm:ss, from an hour on h:mm:ss, from a day on with days and without seconds; a dash for None."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24}:{minutes:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def masked(text: str | None) -> str | None:
    """An address or name of which only so much is left that two can be told apart.

    Of a number the last three digits, of an e-mail address the first letter and the domain, of a name the
    initials.
    """
    if not text:
        return None
    bare = text.partition(":")[2] if text.lower().startswith(("tel:", "sip:", "mailto:")) else text
    name, at, domain = bare.partition("@")
    if at:
        return f"{name[:1]}…@{domain}" if not name.lstrip("+").isdigit() else f"…{name[-3:]}"
    digits = [character for character in bare if character.isdigit()]
    if len(digits) >= 5:
        return f"…{''.join(digits[-3:])}"
    return " ".join(f"{part[0]}." for part in bare.split()) or None


def rows_of(
    session: Session, labels: Labels
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """All conversations, events and gaps as rows for ``frames.events``; takes the session's lock."""
    with session.lock:
        state = session.state
        now_ms = state.now_ms()
        ended = [row for row in state.ended.values() if row.id not in state.rows]
        conversations = [_conversation(row, labels, now_ms) for row in (*state.ongoing(), *reversed(ended))]
        events = [_event(entry, labels) for entry in state.entries]
    gaps = [
        {
            "began": round(gap.began * 1000),
            "ended": round(gap.ended * 1000),
            "seconds": gap.ended - gap.began,
            "reason": gap.reason,
        }
        for gap in session.gaps
    ]
    return conversations, events, gaps


def _conversation(row: Row, labels: Labels, now_ms: int) -> dict[str, Any]:
    standing = row.standing
    begun = standing.offered_ms if row.ended_ms is not None else standing.since_ms
    until = row.ended_ms if row.ended_ms is not None else now_ms
    waited_until = standing.answered_ms if standing.answered_ms is not None else until
    return {
        "conversationId": row.id,
        "status": row.status,
        "since": row.ended_ms if row.ended_ms is not None else standing.since_ms,
        "duration_s": None if begun is None else max(0.0, (until - begun) / 1000),
        "queueId": standing.queue_id,
        "queue": labels.queues.get(standing.queue_id or "", standing.queue_id),
        "mediaType": row.media,
        "direction": row.direction,
        "userId": row.user_id,
        "agent": labels.agent(row.user_id, row.agent_name),
        "remote": labels.remote(row.remote),
        "offered_at": standing.offered_ms,
        "answered_at": standing.answered_ms,
        "ended_at": row.ended_ms,
        "wait_s": None
        if standing.offered_ms is None
        else max(0.0, (waited_until - standing.offered_ms) / 1000),
        "outcome": standing.outcome,
    }


def _event(entry: Entry, labels: Labels) -> dict[str, Any]:
    return {
        "at": entry.at_ms,
        "kind": entry.kind,
        "text": entry.text,
        "conversationId": entry.conversation_id,
        "queueId": entry.queue_id,
        "queue": labels.queues.get(entry.queue_id or "", entry.queue_id),
        "mediaType": entry.media,
        "userId": entry.user_id,
        "agent": labels.agent(entry.user_id, entry.agent_name),
    }
