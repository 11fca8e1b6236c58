"""Records and queries show evaluations, surveys and resolutions from their instants on, not before."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from gcanalytics.simulator.business.aftermath.evaluations import DONE
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.detail_results import DetailResults
from gcanalytics.simulator.queries.intervals import Interval
from gcanalytics.simulator.records.details import encoded, iso, record
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
SETTINGS = Settings()


@pytest.fixture(scope="module")
def business() -> Timeline:
    return Timeline(Organization.load(), seed=5, settings=SETTINGS, days=2, start_ms=NOON)


@pytest.fixture(scope="module")
def conversations(business: Timeline) -> Sequence[Conversation]:
    return business.conversations(NOON - 12 * HOUR, NOON)


def following(conversations: Sequence[Conversation]) -> list[Conversation]:
    return [one for one in conversations if one.afterwards and one.afterwards.evaluations]


def test_an_evaluation_is_in_the_record_from_its_instant_on(conversations: Sequence[Conversation]) -> None:
    for one in following(conversations):
        assert one.afterwards is not None
        for each in one.afterwards.evaluations:
            for step in each.steps:
                before, then = (record(one, step.at_ms - back, SETTINGS) for back in (1, 0))
                told = {entry["evaluationId"]: entry for entry in then["evaluations"]}[each.id]
                assert told["eventTime"] == iso(step.at_ms)
                assert told.get("oTotalScore") == step.score
                assert told["released"] == step.released
                assert told not in before.get("evaluations", [])


def test_a_kept_record_changes_with_what_follows(conversations: Sequence[Conversation]) -> None:
    for one in following(conversations)[:20]:
        assert one.afterwards is not None
        instants = [one.closed_ms, *one.afterwards.instants()]
        for at_ms in (*instants, *(each - 1 for each in instants), one.settled_ms + HOUR, *instants):
            assert json.loads(encoded(one, at_ms, SETTINGS)) == record(one, at_ms, SETTINGS)


def test_a_survey_has_scores_once_it_is_answered(conversations: Sequence[Conversation]) -> None:
    seen: dict[str, set[frozenset[str]]] = {}
    for one in conversations:
        if one.afterwards and one.afterwards.survey:
            for step in one.afterwards.survey.steps:
                [told] = record(one, step.at_ms, SETTINGS)["surveys"]
                seen.setdefault(told["surveyStatus"], set()).add(frozenset(told))
    scores = {"oSurveyTotalScore", "surveyCompletedDate", "surveyPartialResponse"}
    assert seen.keys() == {"Pending", "Sent", "InProgress", "Finished", "OptOut", "Error", "Expired"}
    for status, kinds in seen.items():
        for fields in kinds:
            assert (fields & scores) == (scores if status == "Finished" else set())


def test_resolutions_count_contacts_that_were_avoided(conversations: Sequence[Conversation]) -> None:
    told = {0: 0, 1: 0}
    for one in conversations:
        resolution = one.afterwards.resolution if one.afterwards else None
        shown = record(one, one.settled_ms, SETTINGS).get("resolutions")
        if resolution is None:
            assert shown is None
            continue
        assert shown is not None
        assert shown[0]["nNextContactAvoided"] == (0 if resolution.came_back else 1)
        assert shown[0]["userId"] == resolution.user_id
        assert "resolutions" not in record(one, resolution.at_ms - 1, SETTINGS)
        told[shown[0]["nNextContactAvoided"]] += 1
    assert 0 < told[0] < told[1]


def evaluation_query(**predicate: Any) -> dict[str, Any]:
    return {
        "interval": f"{iso(NOON - 12 * HOUR)}/{iso(NOON)}",
        "evaluationFilters": [{"type": "and", "predicates": [predicate]}],
    }


def found(results: DetailResults, body: dict[str, Any], now_ms: int) -> set[str]:
    interval = Interval.parse(body["interval"])
    page = results.page(body, interval, size=1000, number=1, now_ms=now_ms)
    return {json.loads(each)["conversationId"] for each in page.records}


def test_a_query_asked_again_finds_what_was_evaluated_since(business: Timeline) -> None:
    results = DetailResults(business, Settings(records_shift=False), seed=1)
    body = evaluation_query(dimension="evaluationStatus", value="Finished")
    # The query finds all of the UTC day that its interval touches.
    day = business.conversations(NOON - 12 * HOUR, NOON + 12 * HOUR)
    sizes = []
    for later_ms in (0, HOUR, 12 * HOUR, 40 * HOUR, 100 * HOUR, 300 * HOUR):
        now_ms = NOON + later_ms
        expected = {
            one.id
            for one in day
            if one.afterwards
            and any(
                (step := each.at(now_ms)) is not None and step.state == DONE
                for each in one.afterwards.evaluations
            )
        }
        assert found(results, body, now_ms) == expected
        sizes.append(len(expected))
    assert sizes[0] < sizes[2] < sizes[-1]


def test_scores_and_flags_of_evaluations_can_be_filtered(business: Timeline) -> None:
    results = DetailResults(business, Settings(records_shift=False), seed=1)
    late_ms = NOON + 400 * HOUR
    last = {
        one.id: [each.steps[-1] for each in one.afterwards.evaluations]
        for one in following(business.conversations(NOON - 12 * HOUR, NOON + 12 * HOUR))
        if one.afterwards
    }
    low = {key for key, steps in last.items() if any((step.score or 100) < 80 for step in steps)}
    assert found(results, evaluation_query(metric="oTotalScore", range={"lt": 80}), late_ms) == low
    rescored = {key for key, steps in last.items() if any(step.rescored for step in steps)}
    assert found(results, evaluation_query(dimension="rescored", value="true"), late_ms) == rescored
    assert low
