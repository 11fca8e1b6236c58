"""The client's vocabulary.json: the words that queries may hold."""

from __future__ import annotations

import json

from . import requests
from .sdk import Sdk

FILE = "gcanalytics/api/vocabulary.json"
# kind of word: the field whose values they are
SOURCES: dict[str, str] = {
    "conversation dimension": "ConversationDetailQueryPredicate.dimension",
    "conversation metric": "ConversationDetailQueryPredicate.metric",
    "segment dimension": "SegmentDetailQueryPredicate.dimension",
    "segment metric": "SegmentDetailQueryPredicate.metric",
    "evaluation dimension": "EvaluationDetailQueryPredicate.dimension",
    "evaluation metric": "EvaluationDetailQueryPredicate.metric",
    "survey dimension": "SurveyDetailQueryPredicate.dimension",
    "survey metric": "SurveyDetailQueryPredicate.metric",
    "resolution metric": "ResolutionDetailQueryPredicate.metric",
    "predicate type": "SegmentDetailQueryPredicate.type",
    "property type": "SegmentDetailQueryPredicate.propertyType",
    "operator": "SegmentDetailQueryPredicate.operator",
    "filter type": "SegmentDetailQueryFilter.type",
    "order": "ConversationQuery.order",
    "order by": "ConversationQuery.orderBy",
    "aggregate dimension": "ConversationAggregationQuery.groupBy",
    "aggregate metric": "ConversationAggregationQuery.metrics",
    "media type": "AnalyticsSession.mediaType",
    "direction": "AnalyticsSession.direction",
    "originating direction": "AnalyticsConversation.originatingDirection",
    "purpose": "AnalyticsParticipant.purpose",
    "segment type": "AnalyticsConversationSegment.segmentType",
    "disconnect type": "AnalyticsConversationSegment.disconnectType",
    "routing status": "RoutingStatus.status",
    "observation metric": "QueueObservationQuery.metrics",
    "system presence": "AnalyticsUserPresenceRecord.systemPresence",
    "user aggregate metric": "UserAggregationQuery.metrics",
    "user observation metric": "UserObservationQuery.metrics",
}
# Words that newer SDKs lack and older organisations may know: they stay, by kind.
RETIRED: dict[str, tuple[str, ...]] = {}


def words(sdk: Sdk, kind: str) -> list[str]:
    """The words of a kind in the order of the alphabet.

    Raises:
        LookupError: its field lists no values.
    """
    source = SOURCES[kind]
    listed = requests.values(sdk, *source.split("."))
    if listed is None:
        raise LookupError(f"{source} lists no values")
    return sorted({*listed, *RETIRED.get(kind, ())})


def rendered(sdk: Sdk) -> str:
    """The text of the file."""
    return json.dumps({kind: words(sdk, kind) for kind in SOURCES}, indent=1) + "\n"
