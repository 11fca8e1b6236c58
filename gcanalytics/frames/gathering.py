"""Whole conversations out of several sets of tables, joined in a wanted order. No files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from . import schema
from .copies import owners
from .settling import Shape, fitted

Ranked = tuple[Any, Any]
"""A table, and for each row the place of its conversation among those that are wanted (numpy)."""


def chosen(arrow: Mapping[str, Any], rows: Sequence[int] | Any, places: Any) -> dict[str, Ranked]:
    """Some conversations of a set of tables with all that belongs to them.

    Args:
        arrow: finished tables.
        rows: the wanted rows of ``conversations``.
        places: the place of each of them in the wanted order, numpy.
    """
    place_of = np.full(arrow["conversations"].num_rows, -1, dtype=np.int64)
    place_of[rows] = places
    made: dict[str, Ranked] = {}
    for table in schema.API_TABLES:
        found = arrow[table]
        own = place_of[owners(arrow, table)]
        if (own < 0).any():
            kept = np.flatnonzero(own >= 0)
            found, own = found.take(pa.array(kept)), own[kept]
        made[table] = found, own
    return made


def joined(parts: Sequence[Mapping[str, Ranked]], shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """Several such choices as one set of tables, in the wanted order."""
    made: dict[str, Any] = {}
    for table in schema.API_TABLES:
        shape = shapes[table]
        tables = [fitted(part[table][0], shape) for part in parts]
        joint = pa.concat_tables(tables) if tables else shape.schema.empty_table()
        own = np.concatenate([np.zeros(0, dtype=np.int64), *(part[table][1] for part in parts)])
        if (own[1:] < own[:-1]).any():
            joint = joint.take(pa.array(np.argsort(own, kind="stable")))
        made[table] = joint
    return made
