"""Requests held against the contract that is generated from the official SDK."""

from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.queries import contract

QUERY: dict[str, Any] = {"interval": "2026-11-01T00:00Z/2026-11-02T00:00Z"}


def refused(model: str, body: object, **options: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        contract.checked(model, body, **options)
    assert caught.value.status == 400
    return caught.value


def predicate(**fields: Any) -> dict[str, Any]:
    return QUERY | {"segmentFilters": [{"type": "and", "predicates": [fields]}]}


def test_a_body_passes_with_its_nulls_left_out() -> None:
    body = QUERY | {"order": None, "paging": {"pageSize": 25.0, "pageNumber": 1}}
    assert contract.checked("ConversationQuery", body) == QUERY | {
        "paging": {"pageSize": 25, "pageNumber": 1}
    }


def test_numbers_and_booleans_serve_as_the_text_of_a_value() -> None:
    body = contract.checked("ConversationQuery", predicate(dimension="recording", value=True))
    assert body["segmentFilters"][0]["predicates"][0]["value"] == "true"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({}, "interval"),
        (QUERY | {"paging": {"pageSize": 25}}, "paging.pageNumber"),
        (QUERY | {"paging": {"pageSize": "x", "pageNumber": 1}}, "paging.pageSize"),
        (QUERY | {"paging": {"pageSize": True, "pageNumber": 1}}, "paging.pageSize"),
        (QUERY | {"paging": 3}, "paging"),
        (QUERY | {"segmentFilters": {}}, "segmentFilters"),
        (QUERY | {"segmentFilters": [{"predicates": []}]}, "segmentFilters[0].type"),
        (QUERY | {"interval": ["x"]}, "interval"),
    ],
)
def test_a_wrong_body_is_a_400_that_names_the_field(body: object, field: str) -> None:
    error = refused("ConversationQuery", body)
    assert (error.code, error.field) == ("bad.request", field)


def test_an_unknown_enum_value_is_told_with_those_that_exist() -> None:
    error = refused("ConversationQuery", QUERY | {"order": "sideways"})
    assert error.code == "invalid.value"
    assert error.message == (
        "Value [sideways] is not valid for field type [order]. Allowable values are: asc, desc, unordered"
    )
    assert refused("ConversationQuery", predicate(dimension="nope", value="x")).code == "invalid.value"
    assert refused("ConversationAggregationQuery", QUERY | {"metrics": ["tNope"]}).field == "metrics[0]"


def test_unknown_fields_are_ignored_or_refused_by_the_setting() -> None:
    body = QUERY | {"colour": "red"}
    assert contract.checked("ConversationQuery", body) == QUERY
    error = refused("ConversationQuery", body, unknown_fields="400")
    assert (error.status, error.code, error.field) == (400, "invalid.property", "colour")
    assert error.message == "Value [colour] is not a valid property for object [ConversationQuery]"


def test_every_dimension_of_a_filter_has_its_place_in_the_record() -> None:
    places = contract.contract()["segmentDimensions"]
    assert [name for name, place in places.items() if place is None] == [
        "canonicalExternalContactId",
        "scoredAgentId",
    ]
    assert places["queueId"] == "segment.queueId"
    assert places["flowOutcome"] == "outcome.flowOutcome"
    assert None not in contract.contract()["conversationDimensions"].values()
