"""Live conversations, events and gaps as DataFrames: rows of plain values in, typed frames out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from .schema import DTYPES

__all__ = ["CONVERSATIONS", "EVENTS", "GAPS", "frame"]

CONVERSATIONS: Mapping[str, str] = {
    "conversationId": "text",
    "status": "text",
    "since": "instant",
    "duration_s": "seconds",
    "queueId": "text",
    "queue": "text",
    "mediaType": "text",
    "direction": "text",
    "userId": "text",
    "agent": "text",
    "remote": "text",
    "offered_at": "instant",
    "answered_at": "instant",
    "ended_at": "instant",
    "wait_s": "seconds",
    "outcome": "text",
}
"""A row per conversation that the view has seen.

``status`` is waiting, alerting, interacting, on hold, parked (a message put aside until its customer writes
again), wrap-up, scheduled (a callback before its time) or ended; ``since`` when that began, and
``duration_s`` how long it has lasted by the platform's clock (of an ended one: from offer to end). ``remote``
is the customer's address, masked unless the view shows it. ``wait_s`` is from offer to answer, to the end
without one, or so far. ``outcome`` is answered, abandoned, left the queue, or unknown (during a gap).
"""

EVENTS: Mapping[str, str] = {
    "at": "instant",
    "kind": "text",
    "text": "text",
    "conversationId": "text",
    "queueId": "text",
    "queue": "text",
    "mediaType": "text",
    "userId": "text",
    "agent": "text",
}
"""A row per change, the oldest first.

``kind`` is conversation (``text``: its new status or how it ended), agent (``text``: the new routing status),
connection or note.
"""

GAPS: Mapping[str, str] = {"began": "instant", "ended": "instant", "seconds": "seconds", "reason": "text"}
"""A row per time without events, by this machine's clock; the state was read anew at its end."""


def frame(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A typed frame with just these columns, also without any row.

    Args:
        columns: names and kinds, such as ``CONVERSATIONS``.
        rows: instants as milliseconds since the epoch, seconds as numbers, all else as text; None or a
            missing key is null.
    """
    kept = list(rows)
    made = {}
    for name, kind in columns.items():
        values = [row.get(name) for row in kept]
        if kind == "instant":
            made[name] = pd.Series(
                pd.to_datetime(pd.array(values, dtype="Int64"), unit="ms", utc=True)
            ).astype(DTYPES[kind])
        elif kind == "seconds":
            made[name] = pd.Series(
                [float("nan") if value is None else value for value in values], dtype=DTYPES[kind]
            )
        else:
            made[name] = pd.Series(values, dtype=DTYPES[kind])
    return pd.DataFrame(made)
