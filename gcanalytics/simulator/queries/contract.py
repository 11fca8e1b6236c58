"""Holds requests against the contract: fields, types, enum values and what must be there.

``contract.json`` is generated from the official SDK by ``tests/contract_generate.py``.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

import msgspec

from gcanalytics.simulator import answers

_FILE = Path(__file__).with_name("contract.json")
_GREATEST = sys.float_info.max
"""What is beyond the platform's doubles is no number."""


@functools.cache
def contract() -> dict[str, Any]:
    """The contract: ``models``, ``segmentDimensions``, ``conversationDimensions``."""
    loaded: dict[str, Any] = msgspec.json.decode(_FILE.read_bytes())
    return loaded


def allowed_values(model: str, field: str) -> list[str]:
    """The enum of a field."""
    values: list[str] = contract()["models"][model][field]["enum"]
    return values


def checked(model: str, value: object, *, path: str = "", unknown_fields: str = "ignore") -> dict[str, Any]:
    """A JSON object as the model has it, the unknown and the null left out.

    Raises:
        answers.Refusal: 400; the field's name stands in the details.
    """
    if not isinstance(value, dict):
        raise _malformed(path)
    fields: dict[str, dict[str, Any]] = contract()["models"][model]
    kept: dict[str, Any] = {}
    for name, item in value.items():
        place = f"{path}.{name}" if path else name
        if name not in fields:
            # A clause inside a clause would be a third level; the official models end at two.
            if name == "clauses" and item and model.endswith("QueryClause"):
                raise _malformed(place)
            if unknown_fields == "400":
                raise _at(place, answers.invalid_property(name, model))
        elif item is not None:
            kept[name] = _field(fields[name], item, place, unknown_fields)
    for name, field in fields.items():
        if field.get("required") and name not in kept:
            raise _malformed(f"{path}.{name}" if path else name)
    return kept


def _field(field: dict[str, Any], value: object, path: str, unknown_fields: str) -> Any:
    if field.get("list"):
        if not isinstance(value, list):
            raise _malformed(path)
        return [_one(field, item, f"{path}[{i}]", unknown_fields) for i, item in enumerate(value)]
    return _one(field, value, path, unknown_fields)


def _one(field: dict[str, Any], value: object, path: str, unknown_fields: str) -> Any:
    if "model" in field:
        return checked(field["model"], value, path=path, unknown_fields=unknown_fields)
    scalar = _scalar(field["type"], value)
    if scalar is None:
        raise _malformed(path)
    if "enum" in field and scalar not in field["enum"]:
        name = path.rpartition(".")[2].partition("[")[0]
        raise _at(path, answers.invalid_value(value, name, ", ".join(field["enum"])))
    return scalar


def _scalar(kind: str, value: object) -> Any:
    """The value as a kind of the contract, coerced as the platform's Java reads JSON;
    None where it is none."""
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int | float) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -_GREATEST <= value <= _GREATEST:
        return None  # NaN as well
    if kind == "integer":
        return int(value) if value == int(value) else None
    return value


def _malformed(path: str) -> answers.Refusal:
    return _at(path, answers.refusal("bad.request"))


def _at(path: str, refused: answers.Refusal) -> answers.Refusal:
    refused.field = path
    return refused
