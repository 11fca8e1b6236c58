"""The surface.json beside this file: what the official SDK knew about our part of the platform when the
generated files were made. The drift command compares the newest SDK with it.
"""

from __future__ import annotations

import json
from typing import Any

from . import usage
from .sdk import Field, Sdk

FILE = "tests/contract/surface.json"


def surface(sdk: Sdk) -> dict[str, Any]:
    """The SDK's version, regions, topics, our endpoints and those beside them, and the models that we send or
    read: field to its type, or for a text with an enum to its values.
    """
    return {
        "sdk": sdk.version,
        "regions": dict(sorted(sdk.regions.items())),
        "topics": usage.topics(sdk),
        "endpoints": endpoints(sdk),
        "models": {model: fields(sdk, model) for model in usage.models(sdk)},
    }


def endpoints(sdk: Sdk) -> dict[str, str]:
    """Operation to method and path; of those that we use also what is sent and what comes back."""
    found = {}
    for name, each in usage.neighbours(sdk).items():
        found[name] = f"{each.method} {each.path}"
        if name in usage.ENDPOINTS:
            query = "".join(f" {key}={kind}" for key, kind in each.query)
            found[name] += f"{query} body={each.body} answer={each.answer}"
    return found


def fields(sdk: Sdk, model: str) -> dict[str, str | list[str]]:
    """Field to its type, or for a text with an enum to its values."""
    return {name: _kind(field) for name, field in sorted(sdk.fields(model).items())}


def _kind(field: Field) -> str | list[str]:
    return sorted(field.enum) if field.enum is not None and field.type == "str" else field.type


def rendered(sdk: Sdk) -> str:
    """The text of the file: a line for each endpoint and model."""
    sections = []
    for name, entries in surface(sdk).items():
        if isinstance(entries, dict):
            lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items())
            sections.append(f" {json.dumps(name)}: {{\n{lines}\n }}")
        elif isinstance(entries, list):
            lines = ",\n".join(f"  {json.dumps(entry)}" for entry in entries)
            sections.append(f" {json.dumps(name)}: [\n{lines}\n ]")
        else:
            sections.append(f" {json.dumps(name)}: {json.dumps(entries)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"
