"""Write the words that queries may hold (gcanalytics/api/vocabulary.json) from the official SDK's models.

    python tests/vocabulary_generate.py            # write the file
    python tests/vocabulary_generate.py --check    # list what the installed SDK has and the file lacks

A word that the SDK no longer has stays in the file: an older organisation may still know it.
"""

import ast
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

VOCABULARY = Path(__file__).parents[1] / "gcanalytics" / "api" / "vocabulary.json"
# kind of word: (model of the SDK, property whose setter lists the allowed values)
SOURCES: dict[str, tuple[str, str]] = {
    "conversation dimension": ("ConversationDetailQueryPredicate", "dimension"),
    "conversation metric": ("ConversationDetailQueryPredicate", "metric"),
    "segment dimension": ("SegmentDetailQueryPredicate", "dimension"),
    "segment metric": ("SegmentDetailQueryPredicate", "metric"),
    "evaluation dimension": ("EvaluationDetailQueryPredicate", "dimension"),
    "evaluation metric": ("EvaluationDetailQueryPredicate", "metric"),
    "survey dimension": ("SurveyDetailQueryPredicate", "dimension"),
    "survey metric": ("SurveyDetailQueryPredicate", "metric"),
    "resolution metric": ("ResolutionDetailQueryPredicate", "metric"),
    "predicate type": ("SegmentDetailQueryPredicate", "type"),
    "property type": ("SegmentDetailQueryPredicate", "property_type"),
    "operator": ("SegmentDetailQueryPredicate", "operator"),
    "filter type": ("SegmentDetailQueryFilter", "type"),
    "order": ("ConversationQuery", "order"),
    "order by": ("ConversationQuery", "order_by"),
    "aggregate dimension": ("ConversationAggregateQueryPredicate", "dimension"),
    "aggregate metric": ("ConversationAggregationView", "target"),
    "media type": ("AnalyticsSession", "media_type"),
    "direction": ("AnalyticsSession", "direction"),
    "originating direction": ("AnalyticsConversation", "originating_direction"),
    "purpose": ("AnalyticsParticipant", "purpose"),
    "segment type": ("AnalyticsConversationSegment", "segment_type"),
    "disconnect type": ("AnalyticsConversationSegment", "disconnect_type"),
    "routing status": ("RoutingStatus", "status"),
}

# The SDK names no values for queue observations; the API's own enum does (older generated SDKs list it),
# and the longest waits stand in its newer notifications.
OBSERVATION_METRICS = [
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


def allowed(model: str, name: str) -> list[str]:
    """The values that a property's setter in the SDK accepts."""
    import PureCloudPlatformClientV2 as sdk  # noqa: N813 - the SDK's own name is a mouthful; seconds to import

    setter: Any = inspect.getattr_static(getattr(sdk, model), name).fset
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(setter)))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "allowed_values":
            return [value for value in ast.literal_eval(node.value) if value != "outdated_sdk_version"]
    raise LookupError(f"{model}.{name} lists no values")


def main(arguments: list[str]) -> int:
    """Write or compare; 1 where the file lacks something."""
    stored = json.loads(VOCABULARY.read_text(encoding="utf-8")) if VOCABULARY.exists() else {}
    found = {kind: allowed(*source) for kind, source in SOURCES.items()}
    found["observation metric"] = OBSERVATION_METRICS
    missing = {kind: sorted({*words} - {*stored.get(kind, [])}) for kind, words in found.items()}
    if "--check" in arguments:
        for kind, words in missing.items():
            if words:
                print(f"{kind}: {', '.join(words)}")
        return int(any(missing.values()))
    merged = {kind: sorted({*words, *stored.get(kind, [])}) for kind, words in found.items()}
    VOCABULARY.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
