"""What the newest official SDK has that ours lacks, and what it no longer has that we use.

A drift of what we use breaks something: a field that we send or read is gone or of another type, a value of
its enum is gone, an endpoint is gone or takes something else. All else is news, and no fault.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import columns, generate, requests, surface, usage, words
from .sdk import Sdk

Kind = str | list[str]

# Fields whose enums have a name of their own in the report.
_WORDS = {"dimension": "dimensions", "metric": "metrics", "target": "metrics"}


def _lists() -> dict[str, list[str]]:
    return defaultdict(list)


@dataclass
class Drift:
    """What has changed between two versions.

    Attributes:
        broken: a line for each thing that we use and that changed.
        gone: likewise of what we do not use.
        new: kind of news to its lines.
        words: kind of enum to its new values, and the fields that take each.
    """

    broken: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    new: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    words: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(_lists))

    def lines(self) -> Iterator[str]:
        """The report, one section after the other; nothing for a section without lines."""
        words = {
            kind: [f"{value} ({', '.join(places)})" for value, places in sorted(values.items())]
            for kind, values in self.words.items()
        }
        sections = {
            "Drift of what we use": self.broken,
            **{f"New {kind}": entries for kind, entries in sorted((self.new | words).items())},
            "Gone, and not used by us": self.gone,
        }
        for title, entries in sections.items():
            if entries:
                yield f"{title} ({len(entries)}):"
                yield from (f"  {entry}" for entry in entries)


def compare(known: Mapping[str, Any], sdk: Sdk) -> Drift:
    """What has changed since the surface that is known.

    Args:
        known: the content of surface.json.
        sdk: the newer version.
    """
    drift = Drift()
    now = surface.surface(sdk)
    _names(drift, "regions", set(known["regions"].items()), set(now["regions"].items()))
    _names(drift, "topics", set(known["topics"]), set(now["topics"]))
    _endpoints(drift, known["endpoints"], now["endpoints"])
    whole = set(usage.whole(sdk))
    for model in sorted({*known["models"], *now["models"]}):
        old, new = known["models"].get(model), now["models"].get(model)
        if new is None and model in sdk.models:
            new = surface.fields(sdk, model)  # nothing of ours leads to it any more, but it is there
        if old is None:
            drift.new["models"].append(f"{model}: {', '.join(new)}")
        elif new is None:
            drift.broken.append(f"model {model} is gone")
        else:
            _fields(drift, model, old, new, None if model in whole else usage.ALL_READ.get(model, ()))
    return drift


def _names(drift: Drift, kind: str, old: set[Any], new: set[Any]) -> None:
    def said(entry: Any) -> str:
        return entry if isinstance(entry, str) else " ".join(entry)

    drift.new[kind] += sorted(said(entry) for entry in new - old)
    used = {_topic(model) for model in usage.TOPICS.values()} if kind == "topics" else old
    for entry in sorted(old - new):
        (drift.broken if entry in used else drift.gone).append(f"{kind}: {said(entry)} is gone")


def _topic(model: str) -> str:
    return model.split("Topic")[0]


def _endpoints(drift: Drift, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    drift.new["endpoints"] += [f"{new[name]} ({name})" for name in sorted({*new} - {*old})]
    for name, signature in old.items():
        used = name in usage.ENDPOINTS
        if name not in new:
            (drift.broken if used else drift.gone).append(f"endpoint {signature} ({name}) is gone")
        elif new[name] != signature:
            _signature(drift, name, signature.split(), new[name].split())


def _signature(drift: Drift, name: str, old: Sequence[str], new: Sequence[str]) -> None:
    """Another method, path, body, answer or query parameter; a parameter more is news."""
    others = {"body", "answer", *usage.PARAMETERS}
    for part in old:
        if part not in new:
            used = name in usage.ENDPOINTS and (part.partition("=")[0] in others or "=" not in part)
            line = f"endpoint {name}: {part} is gone, now {' '.join(new)}"
            (drift.broken if used else drift.gone).append(line)
    keys = {part.partition("=")[0] for part in old}
    drift.new["query parameters"] += [
        f"{name}: {part}" for part in new if "=" in part and part.partition("=")[0] not in keys
    ]


def _fields(
    drift: Drift, model: str, old: Mapping[str, Kind], new: Mapping[str, Kind], used: Sequence[str] | None
) -> None:
    """The fields of one model; ``used`` names those that we use, None means all."""
    drift.new["fields"] += [f"{model}.{name}: {_said(new[name])}" for name in new if name not in old]
    for name, kind in old.items():
        place = f"{model}.{name}"
        breaks = drift.broken if used is None or name in used else drift.gone
        if name not in new:
            breaks.append(f"{place} is gone")
            continue
        now = new[name]
        if isinstance(kind, list) and isinstance(now, list):
            for value in now:
                if value not in kind:
                    drift.words[_WORDS.get(name, "values")][value].append(place)
            breaks += [f"{place}: the value {value} is gone" for value in kind if value not in now]
        elif isinstance(kind, list) and now == "str":
            drift.new["free texts"].append(f"{place} lists no values any more")
        elif kind == "str" and isinstance(now, list):
            drift.new["enums"].append(f"{place}: {_said(now)}")
        elif kind != now:
            breaks.append(f"{place} is now {_said(now)}, was {_said(kind)}")


def _said(kind: Kind) -> str:
    return kind if isinstance(kind, str) else "one of " + ", ".join(kind)


def unfounded(known: Mapping[str, Any], root: Path = generate.ROOT) -> list[str]:
    """Fields, words and columns of the package's own files that the known surface does not have.

    The surface speaks for the package only as long as the files were made together.
    """
    models = known["models"]
    found = []
    contract = json.loads((root / requests.FILE).read_text(encoding="utf-8"))
    for model, fields in contract["models"].items():
        found += [f"contract.json: {model}.{name}" for name in fields if name not in models.get(model, {})]
    vocabulary = json.loads((root / words.FILE).read_text(encoding="utf-8"))
    found += [f"vocabulary.json: {kind}" for kind in vocabulary if kind not in words.SOURCES]
    tables = json.loads((root / columns.FILE).read_text(encoding="utf-8"))
    for table, entries in tables.items():
        there = {name for _, model in columns.MODELS[table] for name in models.get(model, {})}
        retired = {entry["name"] for entry in columns.RETIRED.get(table, ())}
        found += [
            f"columns.json: {table}.{entry['name']}"
            for entry in entries
            if entry["name"] not in there | retired
        ]
    used = [*usage.SENDS.items(), *usage.ALL_READ.items()]
    return found + [
        f"usage.py: {model}.{name}"
        for model, names in used
        for name in names
        if name not in models.get(model, {})
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Print what differs; 1 where something that we use has changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sdk", type=Path, help="folder of the SDK's package; the installed one by default")
    options = parser.parse_args(argv)
    known = json.loads((generate.ROOT / surface.FILE).read_text(encoding="utf-8"))
    sdk = Sdk(options.sdk)
    drift = compare(known, sdk)
    drift.broken += [f"{entry} is not in {surface.FILE}: generate anew" for entry in unfounded(known)]
    lines = [*drift.lines()]
    print(f"The package knows the official SDK {known['sdk']}; this one is {sdk.version}.")
    print("\n".join(lines) if lines else "It has nothing that ours lacks, and lacks nothing that we use.")
    return int(bool(drift.broken))
