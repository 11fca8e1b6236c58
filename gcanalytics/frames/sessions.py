"""What legs, handlings and interactions need to know of each session: times, sums of metrics, queue, ends.

One array a fact, one place a session, in the order of the sessions table. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .links import parents
from .tables import NEVER

CONNECTED = ("interact", "hold", "parked", "sharing", "monitoring", "coaching", "barging", "screenmonitoring")
"""Segment types in which the other side is there."""
WATCHING = ("monitoring", "coaching", "barging", "screenmonitoring")
"""Segment types of a supervisor who listens in."""
AGENTS = ("agent", "user")
"""Purposes of participants that are people of the organisation."""


class Sessions:
    """Facts of all sessions of a pull; instants are int64 milliseconds, ``NEVER`` where missing.

    Attributes:
        count: number of sessions.
        conversation: row of the conversation of each session.
        participant: row of the participant of each session.
        purpose: purpose of its participant; the other texts are columns of the record, None where absent.
        started: start of the earliest segment.
        ended: end of the latest segment; ``NEVER`` while one is open.
        left: the same without after-call work: when the connection ended.
        connected: start of the first segment in which the other side is there.
        alerted: start of the first alert.
        queue: queue of the first segment that has one.
        wrapup: last wrap-up code.
        watched: whether a supervisor listens in with it.
        interact: start of the first interact segment.
        scheduled: whether it is, or was, kept for a time to come (a callback).
        disconnect: last disconnect type before after-call work.
    """

    def __init__(self, arrow: Mapping[str, Any]) -> None:
        sessions, participants = arrow["sessions"], arrow["participants"]
        self.count = sessions.num_rows
        self.arrow = sessions
        self.conversation = parents(arrow, "sessions", "conversations")
        self.participant = parents(arrow, "sessions", "participants")
        places = pa.array(self.participant)
        self.purpose = participants.column("purpose").take(places).to_pylist()
        self.user = participants.column("userId").take(places).to_pylist()
        self.participant_id = participants.column("participantId").take(places)
        self.is_agent = np.isin(np.array(self.purpose, dtype=object), AGENTS)
        self.is_acd = np.array(self.purpose, dtype=object) == "acd"
        self.media = sessions.column("mediaType").to_pylist()
        self.direction = sessions.column("direction").to_pylist()
        self._read_segments(arrow)
        self._read_metrics(arrow)

    def _read_segments(self, arrow: Mapping[str, Any]) -> None:
        segments = arrow["segments"]
        rows = parents(arrow, "segments", "sessions")
        start, end = (
            _milliseconds(segments.column("segmentStart")),
            _milliseconds(segments.column("segmentEnd")),
        )
        kind = segments.column("segmentType")
        wrapup = _is(kind, ("wrapup",))
        self.started = _least(rows, start, self.count)
        self.ended = _greatest(rows, end, self.count)
        self.left = _greatest(rows[~wrapup], end[~wrapup], self.count)
        connected, alert = _is(kind, CONNECTED), _is(kind, ("alert",))
        self.connected = _least(rows[connected], start[connected], self.count)
        self.alerted = _least(rows[alert], start[alert], self.count)
        self.watched = _flagged(rows[_is(kind, WATCHING)], self.count)
        offered = _is(kind, ("interact",))
        self.interact = _least(rows[offered], start[offered], self.count)
        self.scheduled = _flagged(rows[_is(kind, ("scheduled",))], self.count)
        self.queue = first_texts(rows, segments.column("queueId"), self.count)
        self.wrapup = first_texts(rows, segments.column("wrapUpCode"), self.count, last=True)
        before = pc.if_else(
            pa.array(wrapup), pa.scalar(None, pa.large_string()), segments.column("disconnectType")
        )
        self.disconnect = first_texts(rows, before, self.count, last=True)

    def _read_metrics(self, arrow: Mapping[str, Any]) -> None:
        metrics = arrow["metrics"]
        self._metric_rows = parents(arrow, "metrics", "sessions")
        names = metrics.column("name").combine_chunks().dictionary_encode()
        self._names = {name: code for code, name in enumerate(names.dictionary.to_pylist())}
        self._codes = names.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        self._values = metrics.column("value").cast(pa.float64(), safe=False).fill_null(0.0).to_numpy()
        self._emitted = _milliseconds(metrics.column("emitDate"))

    def _metric(self, name: str) -> Any:
        return self._codes == self._names.get(name, -2)

    def has(self, name: str) -> Any:
        """Whether each session has the metric."""
        return _flagged(self._metric_rows[self._metric(name)], self.count)

    def seconds(self, name: str) -> Any:
        """The metric's milliseconds in each session, summed, as seconds; 0 where it has none."""
        of_it = self._metric(name)
        sums = np.bincount(self._metric_rows[of_it], weights=self._values[of_it], minlength=self.count)
        return sums / 1000

    def emitted(self, name: str, *, last: bool = False) -> Any:
        """When each session's first (or last) value of the metric was emitted."""
        of_it = self._metric(name)
        pick = _greatest if last else _least
        return pick(self._metric_rows[of_it], self._emitted[of_it], self.count)

    def emissions(self, name: str) -> list[tuple[int, int]]:
        """Session and time of every value of the metric, in the order of the table."""
        of_it = self._metric(name)
        return list(zip(self._metric_rows[of_it].tolist(), self._emitted[of_it].tolist(), strict=True))


def _milliseconds(column: Any) -> Any:
    return column.cast(pa.int64()).fill_null(NEVER).to_numpy()


def _is(column: Any, kinds: tuple[str, ...]) -> Any:
    return pc.is_in(column, value_set=pa.array(kinds, pa.large_string())).to_numpy()


def _least(rows: Any, values: Any, count: int) -> Any:
    found = np.full(count, NEVER)
    np.minimum.at(found, rows, values)
    return found


def _greatest(rows: Any, values: Any, count: int) -> Any:
    found = np.full(count, -1)
    np.maximum.at(found, rows, values)
    found[found < 0] = NEVER
    return found


def _flagged(rows: Any, count: int) -> Any:
    found = np.zeros(count, dtype=bool)
    found[rows] = True
    return found


def first_texts(rows: Any, column: Any, count: int, *, last: bool = False) -> list[str | None]:
    """The first (or last) text that is not null among each parent's rows."""
    there = np.flatnonzero(column.is_valid().to_numpy())
    order = there[::-1] if not last else there
    chosen = np.full(count, -1)
    chosen[rows[order]] = order  # of several, the last written one stays
    return column.take(pa.array(chosen, mask=chosen < 0)).to_pylist()  # type: ignore[no-any-return]


def key_columns(sessions: Sessions, rows: Any) -> dict[str, Any]:
    """The columns that name a session, for some sessions."""
    places = pa.array(rows)
    keys = ("conversationId", "participant_no", "session_no", "sessionId")
    found = {name: sessions.arrow.column(name).take(places) for name in keys}
    return {**found, "participantId": sessions.participant_id.take(places)}


def named(ids: Iterable[str | None], names: Mapping[str, str]) -> list[str | None]:
    """Names for ids; an id without a name stands for itself."""
    return [None if each is None else names.get(each, each) for each in ids]
