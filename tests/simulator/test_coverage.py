"""The README's list of what is not simulated says the truth, in both directions."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _loaded() -> Any:
    """The command's module; it imports its neighbours as a command does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tests"))
        return importlib.import_module("coverage_list")


coverage = _loaded()

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("PureCloudPlatformClientV2") is None, reason="the official SDK is not installed"
)


@pytest.fixture(scope="module")
def lacking() -> dict[str, list[str]]:
    found: dict[str, list[str]] = coverage.missing(coverage.wanted(), coverage.carried())
    return found


def test_the_readme_lists_exactly_what_no_conversation_carries(lacking: dict[str, list[str]]) -> None:
    text = coverage.README.read_text(encoding="utf-8")
    assert text == coverage.written(text, coverage.rendered(lacking)), "python tests/coverage_list.py --write"


def test_the_contracts_lists_are_whole() -> None:
    wanted = coverage.wanted()
    sizes = {
        coverage.CONVERSATION_DIMENSIONS: 11,
        coverage.SEGMENT_DIMENSIONS: 80,
        coverage.EVALUATION_DIMENSIONS: 18,
        coverage.SURVEY_DIMENSIONS: 12,
        coverage.RESOLUTION_DIMENSIONS: 1,
        coverage.DETAIL_METRICS: 88,
        coverage.AGGREGATE_METRICS: 82,
        coverage.NOTIFICATION_METRICS: 75,
        coverage.OBSERVATION_METRICS: 11,
    }
    for category, size in sizes.items():
        # The platform's newest SDK may have more, never fewer.
        assert len(wanted[category]) >= size, category
    assert "AnalyticsSession.mediaEndpointStats" in wanted[coverage.FIELDS]
    assert "AnalyticsMediaEndpointStat.minMos" in wanted[coverage.FIELDS]
    assert "wrapup" in wanted[coverage.VALUES + "AnalyticsConversationSegment.segmentType"]


RECORD = {
    "conversationId": "1",
    "conversationEnd": "2026-11-18T10:00:00.000Z",
    "evaluations": [{"formId": "7"}],
    "participants": [{"purpose": "customer", "sessions": [{"flow": {"exitReason": "TRANSFER"}}]}],
}


def test_what_a_record_carries_is_seen_at_every_level() -> None:
    seen = coverage.Carried()
    seen.record(RECORD)
    names = seen.finished()
    root = "AnalyticsConversationWithoutAttributes"
    assert names[coverage.FIELDS] == {
        f"{root}.conversationId",
        f"{root}.conversationEnd",
        f"{root}.evaluations",
        f"{root}.participants",
        "AnalyticsEvaluation.formId",
        "AnalyticsParticipantWithoutAttributes.purpose",
        "AnalyticsParticipantWithoutAttributes.sessions",
        "AnalyticsSession.flow",
        "AnalyticsFlow.exitReason",
    }
    assert names[coverage.CONVERSATION_DIMENSIONS] == {"conversationId", "conversationEnd"}
    assert names[coverage.EVALUATION_DIMENSIONS] == {"formId"}
    assert names[coverage.VALUES + "AnalyticsParticipantWithoutAttributes.purpose"] == {"customer"}


def test_what_is_carried_is_not_missing_and_the_other_way_round() -> None:
    wants = {coverage.FIELDS: {"A.x", "A.y"}, "Values of A.x": {"1", "2"}, "Values of A.y": {"3"}}
    has = {coverage.FIELDS: {"A.x"}, "Values of A.x": {"2"}, "Values of A.y": set()}
    assert coverage.missing(wants, has) == {coverage.FIELDS: ["A.y"], "Values of A.x": ["1"]}


def test_the_section_is_rewritten_between_its_markers_alone() -> None:
    text = f"before\n{coverage.BEGIN}\nold\n{coverage.END}\nafter\n"
    assert coverage.written(text, "new") == f"before\n{coverage.BEGIN}\nnew\n{coverage.END}\nafter\n"
    with pytest.raises(SystemExit):
        coverage.written("no markers", "new")
