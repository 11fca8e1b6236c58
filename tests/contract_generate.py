"""Writes the simulator's contract.json from the official SDK: what requests may say, where dimensions live.

    python tests/contract_generate.py            writes the file
    python tests/contract_generate.py --check    ends with status 1 where the file differs

The SDK is read, not imported (that takes seconds). It knows no required fields and no values of lists: those
two tables stand here, from the descriptions of its models and of the developer center.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "gcanalytics" / "simulator" / "queries" / "contract.json"
REQUESTS = (
    "ConversationQuery",
    "ConversationAggregationQuery",
    "QueueObservationQuery",
    "UserActivityQuery",
    "UserAggregationQuery",
    "UserDetailsQuery",
    "UserObservationQuery",
)

REQUIRED = {
    "AggregationRange": [],
    "AnalyticsQueryAggregation": ["type"],
    "ConversationAggregationQuery": ["interval", "metrics"],
    "ConversationAggregationView": ["target", "name", "function"],
    "ConversationQuery": ["interval"],
    "PagingSpec": ["pageSize", "pageNumber"],
    "QueueObservationQuery": ["filter", "metrics"],
    "UserActivityQuery": ["metrics", "groupBy"],
    "UserActivityQueryMetric": ["metric"],
    "UserAggregationQuery": ["interval", "metrics"],
    "UserAggregationView": ["target", "name", "function"],
    "UserDetailsQuery": ["interval"],
    # The developer center's example of this query has no metrics.
    "UserObservationQuery": ["filter"],
}
FILTER_REQUIRED = ["type"]
CLAUSE_REQUIRED = ["type", "predicates"]

OBSERVATION_METRICS = [
    # The enum of the generated SDKs of other languages, and the two newer ones of its notification's model.
    "oActiveUsers",
    "oAlerting",
    "oInteracting",
    "oLongestInteracting",
    "oLongestWaiting",
    "oMemberUsers",
    "oOffQueueUsers",
    "oOnQueueUsers",
    "oUserPresences",
    "oUserRoutingStatuses",
    "oWaiting",
]
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "datetime": "string"}
_RECORD_LEVELS = {
    "segment": "AnalyticsConversationSegment",
    "session": "AnalyticsSession",
    "participant": "AnalyticsParticipantWithoutAttributes",
    "flow": "AnalyticsFlow",
    "outcome": "AnalyticsFlowOutcome",
}


class Models:
    """The SDK's model classes, read from its source files."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("PureCloudPlatformClientV2")
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit("the official SDK is not installed: pip install PureCloudPlatformClientV2")
        self._folder = Path(spec.submodule_search_locations[0]) / "models"
        self._read: dict[str, dict[str, dict[str, Any]]] = {}

    def fields(self, model: str) -> dict[str, dict[str, Any]]:
        """JSON name to ``{"type": ..., "enum": [...]}`` of a model, as the SDK writes them."""
        if model not in self._read:
            self._read[model] = self._parse(model)
        return self._read[model]

    def _parse(self, model: str) -> dict[str, dict[str, Any]]:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model).lower()
        tree = ast.parse((self._folder / f"{name}.py").read_text(encoding="utf-8"))
        types: dict[str, str] = {}
        names: dict[str, str] = {}
        enums: dict[str, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                if node.targets[0].attr == "swagger_types":
                    types = ast.literal_eval(node.value)
                elif node.targets[0].attr == "attribute_map":
                    names = ast.literal_eval(node.value)
            elif isinstance(node, ast.FunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == "allowed_values":
                        enums[node.name] = ast.literal_eval(inner.value)
        return {
            names[attribute]: {"type": kind, **({"enum": enums[attribute]} if attribute in enums else {})}
            for attribute, kind in types.items()
        }


def contract() -> dict[str, Any]:
    """The whole contract: ``models`` of requests, ``segmentDimensions``, ``metrics``."""
    models = Models()
    schemas: dict[str, Any] = {}
    waiting = list(REQUESTS)
    while waiting:
        model = waiting.pop()
        if model in schemas:
            continue
        schemas[model] = {
            name: _field(model, name, field) for name, field in sorted(models.fields(model).items())
        }
        waiting += [field["model"] for field in schemas[model].values() if "model" in field]
    aggregate = schemas["ConversationAggregationView"]["target"]["enum"]
    schemas["ConversationAggregationQuery"]["metrics"]["enum"] = aggregate
    dimensions = schemas["ConversationAggregateQueryPredicate"]["dimension"]["enum"]
    schemas["ConversationAggregationQuery"]["groupBy"]["enum"] = dimensions
    for name in ("metrics", "detailMetrics"):
        schemas["QueueObservationQuery"][name]["enum"] = OBSERVATION_METRICS
    _name_values_of_users(schemas)
    segment = schemas["SegmentDetailQueryPredicate"]["dimension"]["enum"]
    conversation = schemas["ConversationDetailQueryPredicate"]["dimension"]["enum"]
    record = {"conversation": "AnalyticsConversationWithoutAttributes"}
    return {
        "conversationDimensions": _places(models, conversation, record),
        "models": schemas,
        "segmentDimensions": _places(models, segment, _RECORD_LEVELS),
    }


def _name_values_of_users(schemas: dict[str, Any]) -> None:
    """The values of lists in queries about users, where the SDK names them beside."""
    metrics = schemas["UserActivityQueryMetric"]["metric"]["enum"]
    for name in ("metrics", "detailMetrics"):
        schemas["UserObservationQuery"][name]["enum"] = metrics
    grouped = schemas["UserActivityQueryPredicate"]["dimension"]["enum"]
    schemas["UserActivityQuery"]["groupBy"]["enum"] = grouped
    aggregation = schemas["UserAggregationQuery"]
    aggregation["metrics"]["enum"] = schemas["UserAggregationView"]["target"]["enum"]
    aggregation["groupBy"]["enum"] = schemas["UserAggregateQueryPredicate"]["dimension"]["enum"]


def _field(model: str, name: str, field: dict[str, Any]) -> dict[str, Any]:
    kind = field["type"]
    is_list = kind.startswith("list[")
    kind = kind[5:-1] if is_list else kind
    made: dict[str, Any] = {"type": _SCALARS[kind]} if kind in _SCALARS else {"model": kind}
    if "enum" in field:
        made["enum"] = sorted(field["enum"])
    if is_list:
        made["list"] = True
    required = REQUIRED.get(model, [])
    if model.endswith("QueryFilter"):
        required = FILTER_REQUIRED
    elif model.endswith("QueryClause"):
        required = CLAUSE_REQUIRED
    if name in required:
        made["required"] = True
    return made


def _places(models: Models, dimensions: Sequence[str], levels: dict[str, str]) -> dict[str, str | None]:
    """Dimension to ``level.field`` of the detail record; None where records have no such field."""
    places: dict[str, str | None] = {}
    for dimension in dimensions:
        found = [
            f"{level}.{name}"
            for level, model in levels.items()
            for name in (dimension, f"{dimension}s", f"{dimension}es")
            if name in models.fields(model)
        ]
        places[dimension] = found[0] if found else None
    return places


def rendered() -> str:
    """The text of the file: sorted, a line for each field."""
    found = contract()
    lines = []
    for section in sorted(found):
        entries = found[section]
        if section == "models":
            parts = []
            for model in sorted(entries):
                fields = [
                    f"   {json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in entries[model].items()
                ]
                parts.append(f"  {json.dumps(model)}: {{\n" + ",\n".join(fields) + "\n  }")
        else:
            parts = [f"  {json.dumps(key)}: {json.dumps(entries[key])}" for key in sorted(entries)]
        lines.append(f" {json.dumps(section)}: {{\n" + ",\n".join(parts) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the file, or compares it."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--check", action="store_true", help="compare, write nothing")
    text = rendered()
    if not options.parse_args(argv).check:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.name} is not what the installed SDK gives; run this without --check")
    return 1


if __name__ == "__main__":
    sys.exit(main())
