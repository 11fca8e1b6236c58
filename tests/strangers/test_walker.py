"""The walker must catch what it is there for, before it is believed about the simulator."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Walker = Callable[[object, str], Any]

PAGE: dict[str, Any] = {
    "totalHits": 1,
    "conversations": [
        {
            "conversationId": "32d2",
            "conversationStart": "2026-11-18T10:00:00.123Z",
            "originatingDirection": "inbound",
            "mediaStatsMinConversationMos": 4,
            "participants": [
                {
                    "purpose": "acd",
                    "sessions": [
                        {
                            "mediaType": "voice",
                            "recording": True,
                            "metrics": [
                                {"name": "nOffered", "value": 1, "emitDate": "2026-11-18T10:00:00.123Z"},
                                {"name": "tAcd", "value": 12411, "emitDate": "2026-11-18T10:00:12.534Z"},
                            ],
                        }
                    ],
                }
            ],
        }
    ],
}
PAGE_MODEL = "AnalyticsConversationQueryResponse"


def session(page: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = page["conversations"][0]["participants"][0]["sessions"][0]
    return found


def test_a_right_page_has_no_problem_and_every_field_was_seen(walk: Walker) -> None:
    result = walk(PAGE, PAGE_MODEL)
    assert result.problems == []
    assert result.seen["AnalyticsSessionMetric.emitDate"] == 2
    assert result.seen["AnalyticsConversationWithoutAttributes.originatingDirection"] == 1


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("mood", "sunny", "AnalyticsSession has no such key"),
        ("mediaType", "telepathy", "'telepathy' is not among the enum values of AnalyticsSession"),
        ("mediaType", "Voice", "'Voice' is spelt otherwise in AnalyticsSession"),
        ("recording", "yes", "'yes' is no bool"),
        ("mediaCount", True, "True is no int"),
        ("mediaCount", 2.0, "2.0 is no int"),
        ("ani", 48123, "48123 is no str"),
        ("ani", None, "is null"),
        ("callbackScheduledTime", "2026-11-18 at noon", "'2026-11-18 at noon' is no datetime"),
        ("callbackScheduledTime", "2026-11-18T12:00:00", "'2026-11-18T12:00:00' is no datetime"),
        ("requestedRoutings", "Standard", "'Standard' is no list"),
        ("flow", "main", "'main' is no AnalyticsFlow"),
    ],
)
def test_a_planted_fault_in_a_session_is_caught(walk: Walker, key: str, value: object, said: str) -> None:
    page = copy.deepcopy(PAGE)
    session(page)[key] = value
    where = f"{PAGE_MODEL}.conversations[].participants[].sessions[].{key}"
    assert walk(page, PAGE_MODEL).problems == [f"{where}: {said}"]


def test_a_metric_name_that_the_sdk_lacks_is_caught(walk: Walker) -> None:
    page = copy.deepcopy(PAGE)
    session(page)["metrics"][1]["name"] = "tNaps"
    (problem,) = walk(page, PAGE_MODEL).problems
    assert problem.endswith("'tNaps' is not among the enum values of ConversationDetailQueryPredicate")


def test_a_participants_attributes_are_caught_in_a_query_page(walk: Walker) -> None:
    page = copy.deepcopy(PAGE)
    page["conversations"][0]["participants"][0]["attributes"] = {"context.firstName": "Ada"}
    (problem,) = walk(page, PAGE_MODEL).problems
    assert problem.endswith("attributes: AnalyticsParticipantWithoutAttributes has no such key")


def test_maps_are_walked_through_to_their_values(walk: Walker) -> None:
    right = {"systemToOrganizationMappings": {"ON_QUEUE": ["e08e"]}}
    wrong = {"systemToOrganizationMappings": {"ON_QUEUE": [7]}}
    assert walk(right, "QueueObservationQueryResponse").problems == []
    assert walk(wrong, "QueueObservationQueryResponse").problems == [
        "QueueObservationQueryResponse.systemToOrganizationMappings.ON_QUEUE[]: 7 is no str"
    ]


def test_a_fault_that_repeats_is_said_once(walk: Walker) -> None:
    page = copy.deepcopy(PAGE)
    for metric in session(page)["metrics"]:
        metric["unit"] = "ms"
    assert len(walk(page, PAGE_MODEL).problems) == 1


def test_another_type_than_an_object_at_the_top_is_caught(walk: Walker) -> None:
    assert walk([], PAGE_MODEL).problems == [f"{PAGE_MODEL}: [] is no {PAGE_MODEL}"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("queue_observations_response_tutorial.json", "QueueObservationQueryResponse"),
        ("notification_channel_create_response.json", "Channel"),
        ("details_conversation_sqlblueprint_1.json", "AnalyticsConversation"),
        ("aggregates_response_tutorial.json", "ConversationAggregateQueryResponse"),
    ],
)
def test_a_recorded_payload_passes(walk: Walker, payloads: Path, name: str, kind: str) -> None:
    result = walk(json.loads((payloads / name).read_text(encoding="utf-8")), kind)
    assert result.problems == []
    assert result.seen
