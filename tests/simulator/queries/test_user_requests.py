"""Requests of the queries about users, held against the contract."""

from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.queries import contract

DAY = "2026-11-01T00:00Z/2026-11-02T00:00Z"
AGGREGATION = {"interval": DAY, "metrics": ["tSystemPresence"]}
DETAILS = {"interval": DAY}
ACTIVITY = {"metrics": [{"metric": "oMemberQueues"}], "groupBy": ["userId"]}


def one(dimension: str, value: Any = "x") -> dict[str, Any]:
    return {"type": "and", "predicates": [{"dimension": dimension, "value": value}]}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("UserAggregationQuery", AGGREGATION | {"groupBy": ["userId"], "filter": one("userId")}),
        ("UserDetailsQuery", DETAILS | {"presenceFilters": [one("systemPresence", "MEAL")]}),
        ("UserDetailsQuery", DETAILS | {"routingStatusFilters": [one("routingStatus", "IDLE")]}),
        ("UserObservationQuery", {"filter": one("userId")}),
        ("UserActivityQuery", ACTIVITY | {"filter": one("routingStatus")}),
    ],
)
def test_what_the_sdk_can_say_passes(model: str, body: dict[str, Any]) -> None:
    assert contract.checked(model, body) == body


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        ("UserAggregationQuery", {"interval": DAY}, "metrics"),
        ("UserAggregationQuery", AGGREGATION | {"metrics": ["tHandle"]}, "metrics[0]"),
        ("UserAggregationQuery", AGGREGATION | {"groupBy": ["queueId"]}, "groupBy[0]"),
        (
            "UserAggregationQuery",
            AGGREGATION | {"filter": one("queueId")},
            "filter.predicates[0].dimension",
        ),
        ("UserDetailsQuery", {}, "interval"),
        ("UserDetailsQuery", DETAILS | {"order": "up"}, "order"),
        (
            "UserDetailsQuery",
            DETAILS | {"presenceFilters": [one("routingStatus")]},
            "presenceFilters[0].predicates[0].dimension",
        ),
        ("UserObservationQuery", {"metrics": ["oMemberQueues"]}, "filter"),
        ("UserObservationQuery", {"filter": one("userId"), "metrics": ["oWaiting"]}, "metrics[0]"),
        ("UserActivityQuery", {"metrics": [{"metric": "oMemberQueues"}]}, "groupBy"),
        ("UserActivityQuery", ACTIVITY | {"metrics": [{"details": True}]}, "metrics[0].metric"),
    ],
)
def test_what_it_cannot_say_is_a_400_that_names_the_field(
    model: str, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        contract.checked(model, body)
    assert (caught.value.status, caught.value.field) == (400, field)
