"""How long after the start of its conversation the last number of each medium came. It judges nothing."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

COUNTED_AT = {"legs": ("offered_at", "answered_at", "ended_at"), "handlings": ("handled_at",)}
"""The instants by which measures count a table's rows."""


def late_s(table: str, rows: Any, conversations: Any) -> dict[str, float]:
    """The longest time from the start of a conversation to a number of it, in seconds, by medium.

    Of rows in scope. A callback's voice session may come a day after its conversation began, a call's agent
    session minutes after it; so each medium is told by its own rows, not by whole conversations.

    Args:
        table: ``legs`` or ``handlings``.
        rows: its Arrow table.
        conversations: the pull's Arrow table of conversations.
    """
    rows = rows.filter(rows.column("in_scope"))
    places = pc.index_in(
        rows.column("conversationId"), value_set=conversations.column("conversationId").combine_chunks()
    )
    starts = conversations.column("conversationStart").cast(pa.int64()).take(places)
    times = [rows.column(name).cast(pa.int64()) for name in COUNTED_AT[table]]
    late = pc.subtract(pc.max_element_wise(*times), starts)
    media = rows.column("mediaType").cast(pa.string())
    found = pa.table({"medium": media, "late": late}).group_by("medium").aggregate([("late", "max")])
    pairs = zip(found.column("medium").to_pylist(), found.column("late_max").to_pylist(), strict=True)
    return {medium: max(late, 0) / 1000 for medium, late in pairs if medium is not None and late is not None}
