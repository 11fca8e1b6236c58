"""The official Python SDK, unmodified, works against the simulator, and knows all that it is told."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from gcanalytics.simulator import Simulator

from .sdk_calls import DAY, TODAY, Walker, details_query, predicate, raw


def test_client_credentials_give_the_sdk_a_token(client: Any) -> None:
    assert client.access_token


def test_a_wrong_secret_is_refused_with_the_recorded_body(sdk: Any, client: Any, simulator: Any) -> None:
    other = sdk.api_client.ApiClient(simulator.api)
    other.http_client = client.get_http_client()
    with pytest.raises(sdk.rest.ApiException) as refused:
        other.get_client_credentials_token(simulator.client_id, "not the secret")
    assert refused.value.status == 400
    assert json.loads(refused.value.body)["error"] == "invalid_client"


def test_a_refused_token_is_the_platforms_error(sdk: Any, client: Any, simulator: Any, walk: Walker) -> None:
    other = sdk.api_client.ApiClient(simulator.api)
    other.http_client = client.get_http_client()
    other.access_token = "nobody's token"
    with pytest.raises(sdk.rest.ApiException) as refused:
        sdk.RoutingApi(other).get_routing_queues()
    assert refused.value.status == 401
    body = json.loads(refused.value.body)
    assert walk(body, "ErrorBody").problems == []
    assert body["contextId"] == refused.value.headers["ININ-Correlation-Id"]


def test_queues_are_walked_to_the_last_page(sdk: Any, client: Any, simulator: Any, walk: Walker) -> None:
    api, found, number = sdk.RoutingApi(client), {}, 1
    while True:
        page = api.get_routing_queues(page_size=4, page_number=number)
        result = walk(raw(client), "QueueEntityListing")
        assert result.problems == []
        found.update({queue.name: queue.id for queue in page.entities})
        if page.next_uri is None:
            break
        number += 1
    assert found == simulator.queues
    assert number == page.page_count > 1
    assert result.seen["Queue.mediaSettings"]


@pytest.mark.parametrize(
    ("api", "method", "options", "model"),
    [
        ("UsersApi", "get_users", {"page_size": 500, "state": "any"}, "UserEntityListing"),
        ("RoutingApi", "get_routing_wrapupcodes", {"page_size": 100}, "WrapupCodeEntityListing"),
        ("RoutingApi", "get_routing_skills", {"page_size": 100}, "SkillEntityListing"),
        (
            "AuthorizationApi",
            "get_authorization_divisions",
            {"page_size": 100},
            "AuthzDivisionEntityListing",
        ),
        ("RoutingApi", "get_routing_languages", {"page_size": 100}, "LanguageEntityListing"),
        ("PresenceApi", "get_presence_definitions", {}, "OrganizationPresenceDefinitionEntityListing"),
    ],
)
def test_a_list_holds_no_key_and_no_value_that_the_sdk_lacks(
    sdk: Any, client: Any, walk: Walker, api: str, method: str, options: dict[str, Any], model: str
) -> None:
    page = getattr(getattr(sdk, api)(client), method)(**options)
    assert walk(raw(client), model).problems == []
    assert page.entities


@pytest.mark.parametrize(
    ("api", "method", "model"),
    [
        ("OrganizationApi", "get_organizations_me", "Organization"),
        ("RoutingApi", "get_routing_queue", "Queue"),
    ],
)
def test_a_single_thing_holds_no_key_and_no_value_that_the_sdk_lacks(
    sdk: Any, client: Any, simulator: Any, walk: Walker, api: str, method: str, model: str
) -> None:
    queue_id = next(iter(simulator.queues.values()))
    arguments = [queue_id] if model == "Queue" else []
    found = getattr(getattr(sdk, api)(client), method)(*arguments)
    assert walk(raw(client), model).problems == []
    assert found.id == (queue_id if arguments else simulator.organization_id)


@pytest.mark.parametrize("media_type", ["voice", "chat"])
def test_details_are_read_to_the_last_page(
    sdk: Any, client: Any, simulator: Any, analytics: Any, walk: Walker, media_type: str
) -> None:
    queue_id = busiest(sdk, analytics, media_type)
    filters = [
        predicate(sdk, "SegmentDetailQuery", "queueId", queue_id),
        predicate(sdk, "SegmentDetailQuery", "mediaType", media_type),
    ]
    seen: Counter[str] = Counter()
    ids, number = [], 1
    while True:
        answer = analytics.post_analytics_conversations_details_query(
            details_query(sdk, number, segment_filters=filters)
        )
        page = raw(client)
        result = walk(page, "AnalyticsConversationQueryResponse")
        assert result.problems == []
        seen += result.seen
        if answer.conversations is None:
            break
        if number == 1:
            total = answer.total_hits
            assert "outdated_sdk_version" not in answer.to_str()
        ids += [conversation.conversation_id for conversation in answer.conversations]
        number += 1
    assert "conversations" not in page
    # Records enter and leave a result while it is paged, so some ids come twice or not at all.
    assert abs(len(set(ids)) - total) <= number
    assert total > 20
    for field in ("name", "value", "emitDate"):
        assert seen[f"AnalyticsSessionMetric.{field}"] == seen["AnalyticsSessionMetric.name"] > 100
    assert seen["AnalyticsConversationSegment.wrapUpCode"]
    assert seen["AnalyticsConversationSegment.disconnectType"]


def busiest(sdk: Any, analytics: Any, media_type: str) -> str:
    """The queue with the most offers of a medium on the day, from the platform's own aggregates."""
    query = sdk.ConversationAggregationQuery()
    query.interval, query.metrics, query.group_by = DAY, ["nOffered"], ["queueId"]
    query.filter = predicate(sdk, "ConversationAggregateQuery", "mediaType", media_type)
    offers: dict[str, int] = {
        row.group["queueId"]: row.data[0].metrics[0].stats.count
        for row in analytics.post_analytics_conversations_aggregates_query(query).results
        if "queueId" in row.group
    }
    return max(offers, key=lambda queue_id: offers[queue_id])


def test_an_unfiltered_page_of_today_has_running_conversations(
    sdk: Any, client: Any, analytics: Any, walk: Walker
) -> None:
    analytics.post_analytics_conversations_details_query(details_query(sdk, 1, interval=TODAY, order="desc"))
    page = raw(client)
    assert walk(page, "AnalyticsConversationQueryResponse").problems == []
    assert any("conversationEnd" not in conversation for conversation in page["conversations"])


def test_a_conversation_is_found_by_its_id(sdk: Any, client: Any, analytics: Any, walk: Walker) -> None:
    answer = analytics.post_analytics_conversations_details_query(details_query(sdk, 1))
    from_query = raw(client)["conversations"]
    first, second = (conversation.conversation_id for conversation in answer.conversations[:2])
    one = analytics.get_analytics_conversation_details(first)
    assert walk(raw(client), "AnalyticsConversationWithoutAttributes").problems == []
    assert one.conversation_id == first
    assert raw(client) == from_query[0]
    analytics.get_analytics_conversations_details(id=[first, second])
    both = raw(client)
    assert walk(both, "AnalyticsConversationWithoutAttributesMultiGetResponse").problems == []
    assert {each["conversationId"] for each in both["conversations"]} == {first, second}


def test_an_unknown_conversation_is_the_platforms_404(
    sdk: Any, client: Any, analytics: Any, walk: Walker
) -> None:
    with pytest.raises(sdk.rest.ApiException) as missing:
        analytics.get_analytics_conversation_details("00000000-0000-4000-8000-000000000000")
    assert missing.value.status == 404
    assert walk(json.loads(missing.value.body), "ErrorBody").problems == []


def test_the_blueprints_aggregates(sdk: Any, client: Any, analytics: Any, walk: Walker) -> None:
    query = sdk.ConversationAggregationQuery()
    query.interval = "2026-11-16T00:00:00.000Z/2026-11-18T00:00:00.000Z"
    query.granularity = "PT12H"
    query.group_by = ["queueId", "userId"]
    query.metrics = ["nConnected", "nTransferred", "tAbandon"]
    query.filter = predicate(sdk, "ConversationAggregateQuery", "mediaType", "voice")
    answer = analytics.post_analytics_conversations_aggregates_query(query)
    assert walk(raw(client), "ConversationAggregateQueryResponse").problems == []
    cells = [
        (row.group, bucket.interval, metric) for row in answer.results for bucket in row.data
        for metric in bucket.metrics
    ]  # fmt: skip
    assert {metric.metric for *_, metric in cells} == {"nConnected", "nTransferred", "tAbandon"}
    assert {interval for _, interval, _ in cells} <= {
        "2026-11-16T00:00:00.000Z/2026-11-16T12:00:00.000Z",
        "2026-11-16T12:00:00.000Z/2026-11-17T00:00:00.000Z",
        "2026-11-17T00:00:00.000Z/2026-11-17T12:00:00.000Z",
        "2026-11-17T12:00:00.000Z/2026-11-18T00:00:00.000Z",
    }
    transferred = [group for group, _, metric in cells if metric.metric == "nTransferred"]
    assert all({"mediaType", "queueId", "userId"} <= set(group) for group in transferred)


def test_every_kind_of_statistic_is_one_the_sdk_knows(
    sdk: Any, client: Any, analytics: Any, walk: Walker
) -> None:
    query = sdk.ConversationAggregationQuery()
    query.interval, query.group_by = DAY, ["queueId"]
    query.metrics = [
        "nOffered", "nOverSla", "tAnswered", "tAbandon", "tFlowOut", "tWait", "tHandle", "tTalk",
        "tTalkComplete", "tHeld", "tHeldComplete", "tAcw", "tAlert", "tNotResponding", "nTransferred",
        "nBlindTransferred", "nConsult", "nConsultTransferred", "nError", "oServiceLevel", "oServiceTarget",
    ]  # fmt: skip
    answer = analytics.post_analytics_conversations_aggregates_query(query)
    result = walk(raw(client), "ConversationAggregateQueryResponse")
    assert result.problems == []
    assert "outdated_sdk_version" not in answer.to_str()
    given = {metric.metric for row in answer.results for bucket in row.data for metric in bucket.metrics}
    assert {"nOffered", "tAnswered", "tAbandon", "tWait", "oServiceLevel", "tHandle"} <= given
    for field in ("ratio", "numerator", "denominator", "target", "sum", "min", "max", "count"):
        assert result.seen[f"StatisticalSummary.{field}"], field


def test_a_queues_observations(sdk: Any, client: Any, analytics: Any, simulator: Any, walk: Walker) -> None:
    one = sdk.QueueObservationQueryPredicate()
    one.type, one.dimension, one.operator = "dimension", "queueId", "matches"
    one.value = next(iter(simulator.queues.values()))
    query = sdk.QueueObservationQuery()
    query.filter = sdk.QueueObservationQueryFilter()
    query.filter.type, query.filter.predicates = "or", [one]
    query.metrics = [
        "oWaiting", "oAlerting", "oInteracting", "oOnQueueUsers", "oOffQueueUsers", "oMemberUsers",
        "oActiveUsers", "oUserPresences", "oUserRoutingStatuses",
    ]  # fmt: skip
    query.detail_metrics = ["oWaiting", "oInteracting"]
    answer = analytics.post_analytics_queues_observations_query(query)
    result = walk(raw(client), "QueueObservationQueryResponse")
    assert result.problems == []
    assert "outdated_sdk_version" not in answer.to_str()
    qualified = {
        entry.qualifier for row in answer.results for entry in row.data
        if entry.metric == "oUserRoutingStatuses"
    }  # fmt: skip
    assert qualified <= {"OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING"}
    assert qualified
    assert result.seen["QueueObservationQueryResponse.systemToOrganizationMappings"]


@pytest.fixture
def channel(sdk: Any, client: Any, walk: Walker) -> Any:
    made = sdk.NotificationsApi(client).post_notifications_channels()
    assert walk(raw(client), "Channel").problems == []
    return made


def topics(sdk: Any, *names: str) -> list[Any]:
    made = []
    for name in names:
        topic = sdk.ChannelTopic()
        topic.id = name
        made.append(topic)
    return made


def test_subscriptions_are_set_added_read_and_removed(
    sdk: Any, client: Any, simulator: Any, channel: Any, walk: Walker
) -> None:
    api = sdk.NotificationsApi(client)
    first, second, third = (
        f"v2.routing.queues.{queue_id}.conversations" for queue_id in list(simulator.queues.values())[:3]
    )

    def subscribed() -> set[str]:
        listing = api.get_notifications_channel_subscriptions(channel.id)
        assert walk(raw(client), "ChannelTopicEntityListing").problems == []
        return {topic.id for topic in listing.entities or []}

    api.put_notifications_channel_subscriptions(channel.id, topics(sdk, first))
    assert walk(raw(client), "ChannelTopicEntityListing").problems == []
    assert subscribed() == {first}
    api.post_notifications_channel_subscriptions(channel.id, topics(sdk, second))
    assert subscribed() == {first, second}
    api.put_notifications_channel_subscriptions(channel.id, topics(sdk, third))
    assert subscribed() == {third}
    api.delete_notifications_channel_subscriptions(channel.id)
    assert subscribed() == set()
    assert channel.id in {each.id for each in api.get_notifications_channels().entities}
    assert walk(raw(client), "ChannelEntityListing").problems == []


# The model behind each topic, as the SDK's notificationMappings.json names it.
TOPICS = {
    "v2.routing.queues.{}.conversations": "QueueConversationEventTopicConversation",
    "v2.routing.queues.{}.conversations.calls": "QueueConversationCallEventTopicCallConversation",
    "v2.routing.queues.{}.conversations.chats": "QueueConversationChatEventTopicChatConversation",
    "v2.analytics.queues.{}.observations": "StatEventQueueTopicStatsNotification",
    "v2.users.{}.routingStatus": "UserRoutingStatusUserRoutingStatus",
    "v2.users.{}.presence": "PresenceEventUserPresence",
    "v2.users.{}.activity": "AgentActivityChangedTopicAgentActivity",
}


def test_the_frames_of_every_topic_are_the_sdks_models(sdk: Any, client: Any, walk: Walker) -> None:
    wanted, problems = set(TOPICS.values()), set()
    seen: Counter[str] = Counter()
    with Simulator(seed=7, days=2, speed=60, settings={"clock_start": "2026-11-18T10:00:00Z"}) as hasty:
        uri, kinds = subscribed_to_all(sdk, client, hasty)
        for frame in frames(uri, within_s=60):
            assert set(frame) == {"topicName", "version", "eventBody", "metadata"}
            kind = kinds[frame["topicName"]]
            result = walk(frame["eventBody"], kind)
            problems |= set(result.problems)
            seen += result.seen
            wanted.discard(kind)
            if not wanted and seen["QueueConversationEventTopicParticipant.purpose"] > 100:
                break
    assert problems == set()
    assert wanted == set()
    assert seen["QueueConversationEventTopicCall.state"]
    assert seen["QueueConversationEventTopicChat.state"]


def subscribed_to_all(sdk: Any, client: Any, simulator: Any) -> tuple[str, dict[str, str]]:
    """A channel with all topics of all queues and users: its address, and the model of each topic."""
    connected = sdk.api_client.ApiClient(simulator.api)
    connected.http_client = client.get_http_client()
    connected.get_client_credentials_token(simulator.client_id, simulator.client_secret)
    users = sdk.UsersApi(connected).get_users(page_size=100).entities
    kinds = {}
    for topic, kind in TOPICS.items():
        of_users = topic.startswith("v2.users.")
        for one in [user.id for user in users] if of_users else simulator.queues.values():
            kinds[topic.format(one)] = kind
    api = sdk.NotificationsApi(connected)
    channel = api.post_notifications_channels()
    api.put_notifications_channel_subscriptions(channel.id, topics(sdk, *kinds))
    return channel.connect_uri, kinds


def frames(uri: str, *, within_s: float) -> Iterator[dict[str, Any]]:
    """The frames of a socket that are not about the channel itself, for so many seconds."""
    deadline = time.monotonic() + within_s
    socket = websocket.create_connection(uri, timeout=within_s)
    try:
        while time.monotonic() < deadline:
            frame = json.loads(socket.recv())
            if frame["topicName"] != "channel.metadata":
                yield frame
    finally:
        socket.close()
