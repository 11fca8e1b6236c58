"""Tables back to the JSON objects that they were made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from . import schema
from .assembly import PARENTS
from .links import parents

_KEYS = {
    "participants": "participants",
    "sessions": "sessions",
    "segments": "segments",
    "metrics": "metrics",
    "media_endpoint_stats": "mediaEndpointStats",
    "evaluations": "evaluations",
    "surveys": "surveys",
    "resolutions": "resolutions",
}
"""Under which key the rows of a table are a list in their parent."""


def to_records(arrow: Mapping[str, Any]) -> list[Any]:
    """The conversations of the tables as the API's JSON objects, in the tables' order.

    Equal to what the platform sent, with instants equal (written with milliseconds and ``Z``),
    12 = 12.0, null = absent = an empty list, and the order of lists kept.

    Args:
        arrow: the Arrow tables of the API, by name.
    """
    objects = {table: _objects(arrow[table], table) for table in schema.API_TABLES}
    for table, key in _KEYS.items():
        for parent, child in _pairs(objects, arrow, table):
            parent.setdefault(key, []).append(child)
    for parent, outcome in _pairs(objects, arrow, "flow_outcomes"):
        parent.setdefault("flow", {}).setdefault("outcomes", []).append(outcome)
    for table in schema.API_TABLES:
        _restore(objects[table], arrow[table].column("extra_json"))
    for parent, attribute in _pairs(objects, arrow, "attributes"):
        parent.setdefault("attributes", {})[attribute["name"]] = attribute.get("value")
    return objects["conversations"]


def _pairs(
    objects: dict[str, list[Any]], arrow: Mapping[str, Any], table: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    above = objects[PARENTS[table]]
    places = parents(arrow, table, PARENTS[table]).tolist()
    return ((above[place], child) for place, child in zip(places, objects[table], strict=True))


def _objects(table: Any, name: str) -> list[Any]:
    """A dict for each row, with the fields that have a value."""
    objects: list[Any] = [{} for _ in range(table.num_rows)]
    sources = {column.name: column.source for column in schema.api_fields(name)}
    outside = {column.name for column in schema.columns(name)} - set(sources)
    for label in table.column_names:
        if label in outside:
            continue
        inside, _, key = sources.get(label, label).rpartition(".")
        for place, value in _values(table.column(label)):
            target = objects[place].setdefault(inside, {}) if inside else objects[place]
            target[key] = value
    return objects


def _values(column: Any) -> Iterator[tuple[int, Any]]:
    """Place and value of each value that is not null."""
    places = np.flatnonzero(column.is_valid().to_numpy()).tolist()
    present = column.drop_null()
    if pa.types.is_timestamp(column.type):
        instants = present.cast(pa.int64()).to_numpy().view("datetime64[ms]")
        return zip(places, np.char.add(np.datetime_as_string(instants, unit="ms"), "Z").tolist(), strict=True)
    return zip(places, present.to_pylist(), strict=True)


def _restore(objects: list[Any], extra: Any) -> None:
    """Put back the fields that were kept as text."""
    for place, text in _values(extra):
        value, target = json.loads(text), objects[place]
        if not isinstance(value, dict):
            objects[place] = value
            continue
        flow = value.get("flow")
        if isinstance(flow, dict) and "flow" in target:
            value["flow"] = {**target["flow"], **flow}
        target.update(value)
