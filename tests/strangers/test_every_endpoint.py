"""Every endpoint of the contract through the official SDK: each answer is the SDK's model, nothing is lost.

The single endpoints have tests of their own; here none can be forgotten.
"""

import importlib.util
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from contract import usage
from contract.sdk import Sdk

from gcanalytics.simulator.rest import permissions

from .sdk_calls import DAY, TODAY, Walker, lost, raw
from .walker import UNKNOWN

if importlib.util.find_spec("PureCloudPlatformClientV2") is None:
    pytest.skip("the official SDK is not installed", allow_module_level=True)
SOURCES = Sdk()
REFUSED = {"get_users_me": "a token of client credentials belongs to no user"}
ENDPOINTS = sorted({*usage.ENDPOINTS} - {*REFUSED})


@dataclass
class Subjects:
    """Ids that the simulator knows, by the names of the SDK's parameters."""

    queue_id: str
    user_id: str
    conversation_id: str
    channel_id: str
    source_id: str
    definition_id: str


@pytest.fixture(scope="module")
def subjects(sdk: Any, client: Any, simulator: Any) -> Subjects:
    api = sdk.AnalyticsApi(client)
    api.post_analytics_conversations_details_query({"interval": DAY})
    conversation = raw(client)["conversations"][0]
    presences = sdk.PresenceApi(client).get_presence_definitions()
    return Subjects(
        queue_id=next(iter(simulator.queues.values())),
        user_id=sdk.UsersApi(client).get_users(page_size=1).entities[0].id,
        conversation_id=conversation["conversationId"],
        channel_id=sdk.NotificationsApi(client).post_notifications_channels().id,
        source_id="PURECLOUD",
        definition_id=presences.entities[0].id,
    )


def one_of(dimension: str, value: str) -> dict[str, Any]:
    return {"type": "or", "predicates": [{"type": "dimension", "dimension": dimension, "value": value}]}


# What is sent: each query with its filter, its groups and its details, so that the answer has all there is.
BODIES: dict[str, Callable[[Subjects], Any]] = {
    "post_analytics_conversations_activity_query": lambda known: {
        "metrics": [{"metric": "oInteracting", "details": True}, {"metric": "oWaiting"}],
        "groupBy": ["queueId"],
    },
    "post_analytics_conversations_aggregates_query": lambda known: {
        "interval": DAY,
        "groupBy": ["queueId", "userId"],
        "granularity": "PT12H",
        "metrics": ["nOffered", "tAnswered", "tHandle", "oServiceLevel"],
        "views": [{"target": "tHandle", "name": "short", "function": "rangeBound", "range": {"lt": 120_000}}],
    },
    "post_analytics_conversations_details_query": lambda known: {
        "interval": DAY,
        "paging": {"pageSize": 100, "pageNumber": 2},
        "segmentFilters": [one_of("queueId", known.queue_id)],
        "aggregations": [{"type": "termFrequency", "dimension": "disconnectType", "size": 5}],
    },
    "post_analytics_queues_observations_query": lambda known: {
        "filter": one_of("queueId", known.queue_id),
        "metrics": ["oWaiting", "oInteracting", "oUserRoutingStatuses", "oUserPresences"],
        "detailMetrics": ["oWaiting", "oInteracting"],
    },
    "post_analytics_routing_activity_query": lambda known: {
        "metrics": [{"metric": "oUserRoutingStatuses", "details": True}, {"metric": "oOnQueueUsers"}],
        "groupBy": ["queueId"],
    },
    "post_analytics_users_activity_query": lambda known: {
        "metrics": [{"metric": "oActiveQueues", "details": True}],
        "groupBy": ["userId"],
    },
    "post_analytics_users_aggregates_query": lambda known: {
        "interval": DAY,
        "metrics": ["tAgentRoutingStatus", "tSystemPresence", "tOrganizationPresence"],
        "groupBy": ["userId"],
        "filter": one_of("userId", known.user_id),
    },
    "post_analytics_users_details_query": lambda known: {
        "interval": DAY,
        "userFilters": [one_of("userId", known.user_id)],
    },
    "post_analytics_users_observations_query": lambda known: {
        "filter": one_of("userId", known.user_id),
        "metrics": ["oActiveQueues", "oMemberQueues"],
        "detailMetrics": ["oActiveQueues"],
    },
    "post_notifications_channel_subscriptions": lambda known: [{"id": f"v2.users.{known.user_id}.presence"}],
    "put_notifications_channel_subscriptions": lambda known: [
        {"id": f"v2.routing.queues.{known.queue_id}.conversations"}
    ],
}
# Query parameters beside the first page's.
OPTIONS: dict[str, Callable[[Subjects], dict[str, Any]]] = {
    "get_analytics_conversations_details": lambda known: {"id": [known.conversation_id]},
    "get_notifications_availabletopics": lambda known: {"expand": ["description", "requiresPermissions"]},
    "get_routing_queue_members": lambda known: {"expand": ["routingStatus", "presence"]},
    "get_user": lambda known: {"expand": ["routingStatus", "presence", "skills", "languages"]},
    "get_users": lambda known: {"page_size": 100, "state": "any"},
    "get_users_presence_bulk": lambda known: {"id": [known.user_id]},
}


def _nothing(known: Subjects) -> dict[str, Any]:
    return {}


def call(sdk: Any, client: Any, name: str, known: Subjects) -> Any:
    """The SDK's object for an operation, with the ids and the body that its signature asks for."""
    method = getattr(getattr(sdk, SOURCES.endpoints[name].api)(client), name)
    given = {
        parameter: BODIES[name](known) if parameter == "body" else getattr(known, parameter)
        for parameter in inspect.signature(method).parameters
        if parameter != "kwargs"
    }
    made: Any = method(**given, **OPTIONS.get(name, _nothing)(known))
    return made


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_answer_is_the_sdks_model_and_nothing_of_it_is_lost(
    sdk: Any, client: Any, subjects: Subjects, walk: Walker, name: str
) -> None:
    made = call(sdk, client, name, subjects)
    kind = SOURCES.endpoints[name].answer
    if kind is None:
        assert made is None
        assert client.last_response.status in {200, 202, 204}
        return
    answer = raw(client)
    found = walk(answer, kind)
    assert found.problems == []
    assert found.seen, "an empty answer shows nothing"
    given_back = client.sanitize_for_serialization(made)
    assert lost(answer, given_back) == []
    assert UNKNOWN not in json.dumps(given_back)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_refused_is_refused_in_the_platforms_form(
    sdk: Any, client: Any, subjects: Subjects, walk: Walker, name: str
) -> None:
    with pytest.raises(sdk.rest.ApiException) as refused:
        call(sdk, client, name, subjects)
    assert refused.value.status == 403
    assert walk(json.loads(refused.value.body), "ErrorBody").problems == []


def test_the_simulator_serves_the_endpoints_that_the_contract_names_and_no_other() -> None:
    ours = {
        (SOURCES.endpoints[name].method, SOURCES.endpoints[name].path): name
        for name in (*usage.ENDPOINTS, *usage.LATER)
    }
    assert {*permissions.ENDPOINTS} == {*ours}


@pytest.mark.parametrize("name", sorted(usage.LATER))
def test_a_job_is_a_later_piece_of_work(sdk: Any, client: Any, name: str) -> None:
    method = getattr(getattr(sdk, SOURCES.endpoints[name].api)(client), name)
    needed = [each for each in inspect.signature(method).parameters if each != "kwargs"]
    with pytest.raises(sdk.rest.ApiException) as missing:
        method(*[{"interval": TODAY} if each == "body" else "unknown" for each in needed])
    assert missing.value.status in {404, 405}
