"""The tables' columns.json: the API's columns with kind, source, unit and note."""

from __future__ import annotations

import json
import re

from .sdk import Sdk

FILE = "gcanalytics/frames/columns.json"
KINDS = {
    "str": "text",
    "datetime": "instant",
    "bool": "flag",
    "int": "integer",
    "float": "number",
    "list[str]": "texts",
    "list[int]": "integers",
}
UNITS = {"timeoutSeconds": "s", "maxLatencyMs": "ms", "value": "ms (t*), count (n*, o*)"}
OWN_KINDS = {"metrics.value": "measure"}
# table: the SDK's models whose scalars are its columns; a prefix is the key the model stands under.
MODELS = {
    "conversations": [("", "AnalyticsConversation")],
    "participants": [("", "AnalyticsParticipant")],
    "sessions": [("", "AnalyticsSession"), ("flow", "AnalyticsFlow")],
    "segments": [("", "AnalyticsConversationSegment")],
    "metrics": [("", "AnalyticsSessionMetric")],
    "media_endpoint_stats": [("", "AnalyticsMediaEndpointStat")],
    "evaluations": [("", "AnalyticsEvaluation")],
    "surveys": [("", "AnalyticsSurvey")],
    "resolutions": [("", "AnalyticsResolution")],
    "flow_outcomes": [("", "AnalyticsFlowOutcome")],
}
# Columns whose fields newer SDKs lack and old records may carry: they stay, at the end of their table.
RETIRED: dict[str, list[dict[str, str]]] = {}
# First in the table; the rest follows in the order of the alphabet.
LEADING = {
    "conversations": ["conversationId", "conversationStart", "conversationEnd", "originatingDirection"],
    "participants": ["participantId", "purpose", "participantName", "userId"],
    "sessions": ["sessionId", "mediaType", "direction"],
    "segments": ["segmentType", "segmentStart", "segmentEnd", "queueId", "disconnectType", "wrapUpCode"],
    "metrics": ["name", "value", "emitDate"],
    "media_endpoint_stats": ["eventTime"],
    "evaluations": ["evaluationId", "eventTime"],
    "surveys": ["surveyId", "eventTime"],
    "resolutions": ["eventTime"],
    "flow_outcomes": ["flowOutcomeId", "flowOutcome", "flowOutcomeValue"],
}


def rendered(sdk: Sdk) -> str:
    """The text of the file: a line for each column."""
    tables = {table: [*_columns(sdk, table), *RETIRED.get(table, ())] for table in MODELS}
    lines = [
        f"  {json.dumps(table)}: [\n"
        + ",\n".join("    " + json.dumps(column, ensure_ascii=False) for column in columns)
        + "\n  ]"
        for table, columns in tables.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _columns(sdk: Sdk, table: str) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for key, model in MODELS[table]:
        for column, field in sdk.fields(model).items():
            if field.type not in KINDS:
                continue  # another table, or nested: kept in extra_json
            entry = {
                "name": column,
                "kind": OWN_KINDS.get(f"{table}.{column}", KINDS[field.type]),
                "source": f"{key}.{column}" if key else "",
                "unit": UNITS.get(column, ""),
                "note": _note(field.note),
            }
            assert column not in found, f"{table}.{column} twice"
            found[column] = {part: text for part, text in entry.items() if text}
    first = [found.pop(name) for name in LEADING[table]]
    return first + [found[name] for name in sorted(found)]


def _note(text: str) -> str:
    text = re.sub(r" ?Date time is represented as an ISO-8601 string.*$", "", text)
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."
