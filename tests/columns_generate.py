"""Write the API's columns of the tables (gcanalytics/frames/columns.json) from the official SDK's models.

    python tests/columns_generate.py            # write the file
    python tests/columns_generate.py --check    # list what the installed SDK has and the file lacks

A field that the SDK no longer has stays in the file: an old record may still carry it.
"""

import ast
import importlib.util
import json
import re
import sys
from pathlib import Path

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


def _note(text: str) -> str:
    text = " ".join(text.split(":return:")[0].split())
    text = re.sub(r"^Gets the \S+ of this \S+ ?", "", text)
    text = re.sub(r" ?Date time is represented as an ISO-8601 string.*$", "", text)
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."


def _model(name: str) -> list[tuple[str, str, str]]:
    """JSON key, type and description of each field of a model, from its source: importing takes seconds."""
    spec = importlib.util.find_spec("PureCloudPlatformClientV2")
    assert spec is not None, "the official SDK is not installed"
    assert spec.origin is not None
    file = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() + ".py"
    source = (Path(spec.origin).parent / "models" / file).read_text(encoding="utf-8")
    types: dict[str, str] = {}
    keys: dict[str, str] = {}
    notes: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            if node.targets[0].attr in {"swagger_types", "attribute_map"}:
                found = ast.literal_eval(node.value)
                (types if node.targets[0].attr == "swagger_types" else keys).update(found)
        elif isinstance(node, ast.FunctionDef):
            notes.setdefault(node.name, _note(ast.get_docstring(node) or ""))
    return [(keys[name], kind, notes.get(name, "")) for name, kind in types.items()]


def _columns(table: str) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for key, model in MODELS[table]:
        for column, kind, note in _model(model):
            if kind not in KINDS:
                continue  # another table, or nested: kept in extra_json
            entry = {
                "name": column,
                "kind": OWN_KINDS.get(f"{table}.{column}", KINDS[kind]),
                "source": f"{key}.{column}" if key else "",
                "unit": UNITS.get(column, ""),
                "note": note,
            }
            assert column not in found, f"{table}.{column} twice"
            found[column] = {part: text for part, text in entry.items() if text}
    first = [found.pop(name) for name in LEADING[table]]
    return first + [found[name] for name in sorted(found)]


def missing() -> list[str]:
    """Columns that the installed SDK has and the file lacks."""
    old = json.loads(COLUMNS.read_text(encoding="utf-8")) if COLUMNS.exists() else {}
    return [
        f"{table}.{column['name']}"
        for table in MODELS
        for column in _columns(table)
        if column["name"] not in {known["name"] for known in old.get(table, [])}
    ]


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` print the names that it lacks and return how many."""
    if "--check" in arguments:
        lacking = missing()
        print("\n".join(lacking) if lacking else "The file has every field of the installed SDK.")
        return len(lacking)
    old = json.loads(COLUMNS.read_text(encoding="utf-8")) if COLUMNS.exists() else {}
    fresh = {table: _columns(table) for table in MODELS}
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
