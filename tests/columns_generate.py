"""Write the API's columns of the tables (gcanalytics/frames/columns.json) from the official SDK's models.

    python tests/columns_generate.py            # write the file
    python tests/columns_generate.py --check    # list what the installed SDK has and the file lacks

A field that the SDK no longer has stays in the file: an old record may still carry it.
"""

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

COLUMNS = Path(__file__).parents[1] / "gcanalytics" / "frames" / "columns.json"
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


def _note(model: Any, attribute: str) -> str:
    text = " ".join((getattr(type(model), attribute).__doc__ or "").split(":return:")[0].split())
    text = re.sub(r"^Gets the \S+ of this \S+ ?", "", text)
    text = re.sub(r" ?Date time is represented as an ISO-8601 string.*$", "", text)
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."


def _columns(table: str) -> list[dict[str, str]]:
    sdk = importlib.import_module("PureCloudPlatformClientV2")
    found: dict[str, dict[str, str]] = {}
    for key, name in MODELS[table]:
        model = getattr(sdk, name)()
        for attribute, kind in model.swagger_types.items():
            if kind not in KINDS:
                continue  # another table, or nested: kept in extra_json
            column = model.attribute_map[attribute]
            entry = {
                "name": column,
                "kind": OWN_KINDS.get(f"{table}.{column}", KINDS[kind]),
                "source": f"{key}.{column}" if key else "",
                "unit": UNITS.get(column, ""),
                "note": _note(model, attribute),
            }
            assert column not in found, f"{table}.{column} twice"
            found[column] = {part: text for part, text in entry.items() if text}
    first = [found.pop(name) for name in LEADING[table]]
    return first + [found[name] for name in sorted(found)]


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` print the names that it lacks and return how many."""
    fresh = {table: _columns(table) for table in MODELS}
    old = json.loads(COLUMNS.read_text(encoding="utf-8")) if COLUMNS.exists() else {}
    missing = [
        f"{table}.{column['name']}"
        for table, columns in fresh.items()
        for column in columns
        if column["name"] not in {known["name"] for known in old.get(table, [])}
    ]
    if "--check" in arguments:
        print("\n".join(missing) if missing else "The file has every field of the installed SDK.")
        return len(missing)
    for table, columns in fresh.items():
        names = {column["name"] for column in columns}
        columns += [column for column in old.get(table, []) if column["name"] not in names]
    lines = [
        f"  {json.dumps(table)}: [\n"
        + ",\n".join("    " + json.dumps(column, ensure_ascii=False) for column in columns)
        + "\n  ]"
        for table, columns in fresh.items()
    ]
    COLUMNS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
