"""The simulator's contract.json: what requests may say, and where dimensions live in a record.

The SDK knows no required fields and names no values of lists: those two tables stand here, from the
descriptions of its models and of the developer center.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .sdk import Field, Sdk

FILE = "gcanalytics/simulator/queries/contract.json"
REQUESTS = (
    "ConversationQuery",
    "ConversationAggregationQuery",
    "ConversationActivityQuery",
    "QueueObservationQuery",
    "RoutingActivityQuery",
    "UserActivityQuery",
    "UserAggregationQuery",
    "UserDetailsQuery",
    "UserObservationQuery",
)

REQUIRED = {
    "AggregationRange": [],
    "AnalyticsQueryAggregation": [],
    "ChannelTopic": ["id"],
    "ConversationActivityQuery": ["metrics", "groupBy"],
    "ConversationActivityQueryMetric": ["metric"],
    "ConversationAggregationQuery": ["interval", "metrics"],
    "ConversationAggregationView": ["target", "name", "function"],
    "ConversationQuery": ["interval"],
    "PagingSpec": ["pageSize", "pageNumber"],
    "QueueObservationQuery": ["filter", "metrics"],
    "RoutingActivityQuery": ["metrics", "groupBy"],
    "RoutingActivityQueryMetric": ["metric"],
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

# Where the SDK names the values of a list of texts: the same enum beside it. A queue's observations are those
# of conversations and of agents, which two activity queries share out.
LISTED: dict[str, tuple[str, ...]] = {
    "ConversationActivityQuery.groupBy": ("ConversationActivityQueryPredicate.dimension",),
    "ConversationAggregationQuery.groupBy": ("ConversationAggregateQueryPredicate.dimension",),
    "ConversationAggregationQuery.metrics": ("ConversationAggregationView.target",),
    "QueueObservationQuery.detailMetrics": (
        "ConversationActivityQueryMetric.metric",
        "RoutingActivityQueryMetric.metric",
    ),
    "QueueObservationQuery.metrics": (
        "ConversationActivityQueryMetric.metric",
        "RoutingActivityQueryMetric.metric",
    ),
    "RoutingActivityQuery.groupBy": ("RoutingActivityQueryPredicate.dimension",),
    "UserActivityQuery.groupBy": ("UserActivityQueryPredicate.dimension",),
    "UserAggregationQuery.groupBy": ("UserAggregateQueryPredicate.dimension",),
    "UserAggregationQuery.metrics": ("UserAggregationView.target",),
    "UserObservationQuery.detailMetrics": ("UserActivityQueryMetric.metric",),
    "UserObservationQuery.metrics": ("UserActivityQueryMetric.metric",),
}
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "datetime": "string"}
_RECORD_LEVELS = {
    "segment": "AnalyticsConversationSegment",
    "session": "AnalyticsSession",
    "participant": "AnalyticsParticipantWithoutAttributes",
    "flow": "AnalyticsFlow",
    "outcome": "AnalyticsFlowOutcome",
}


def contract(sdk: Sdk) -> dict[str, Any]:
    """The whole contract: ``models`` of requests, ``segmentDimensions``, ``conversationDimensions``."""
    segment = sdk.fields("SegmentDetailQueryPredicate")["dimension"].enum or ()
    conversation = sdk.fields("ConversationDetailQueryPredicate")["dimension"].enum or ()
    record = {"conversation": "AnalyticsConversationWithoutAttributes"}
    return {
        "conversationDimensions": _places(sdk, conversation, record),
        "models": {
            model: {
                name: _field(sdk, model, name, field) for name, field in sorted(sdk.fields(model).items())
            }
            for model in sdk.reached(*REQUESTS)
        },
        "segmentDimensions": _places(sdk, segment, _RECORD_LEVELS),
    }


def values(sdk: Sdk, model: str, name: str) -> list[str] | None:
    """What a field may hold, in the order of the alphabet, or None for anything."""
    enum = sdk.fields(model)[name].enum
    if enum is None and (sources := LISTED.get(f"{model}.{name}")):
        named = [sdk.fields(of)[field].enum or () for of, field in (each.split(".") for each in sources)]
        enum = tuple({value for each in named for value in each})
    return None if enum is None else sorted(enum)


def required(model: str) -> list[str]:
    """The fields that a model must have."""
    if model.endswith("QueryFilter"):
        return FILTER_REQUIRED
    if model.endswith("QueryClause"):
        return CLAUSE_REQUIRED
    return REQUIRED.get(model, [])


def _field(sdk: Sdk, model: str, name: str, field: Field) -> dict[str, Any]:
    kind = field.inner
    made: dict[str, Any] = {"type": _SCALARS[kind]} if kind in _SCALARS else {"model": kind}
    if (enum := values(sdk, model, name)) is not None:
        made["enum"] = enum
    if field.type.startswith("list["):
        made["list"] = True
    if name in required(model):
        made["required"] = True
    return made


def _places(sdk: Sdk, dimensions: Sequence[str], levels: dict[str, str]) -> dict[str, str | None]:
    """Dimension to ``level.field`` of the detail record; None where records have no such field."""
    places: dict[str, str | None] = {}
    for dimension in dimensions:
        found = [
            f"{level}.{name}"
            for level, model in levels.items()
            for name in (dimension, f"{dimension}s", f"{dimension}es")
            if name in sdk.fields(model)
        ]
        places[dimension] = found[0] if found else None
    return places


def rendered(sdk: Sdk) -> str:
    """The text of the file: sorted, a line for each field."""
    found = contract(sdk)
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
