"""The official Python SDK on models of their own: counts of a query, members of a queue, one conversation."""

from typing import Any

from .sdk_calls import TODAY, Walker, details_query, raw


def test_counted_terms_come_with_the_page(sdk: Any, client: Any, analytics: Any, walk: Walker) -> None:
    count = sdk.AnalyticsQueryAggregation()
    count.type, count.dimension, count.size = "termFrequency", "mediaType", 10
    analytics.post_analytics_conversations_details_query(details_query(sdk, 1, aggregations=[count]))
    result = walk(raw(client), "AnalyticsConversationQueryResponse")
    assert result.problems == []
    assert result.seen["AggregationResultEntry.count"] >= 2


def test_ranges_of_a_metric_come_with_the_page(sdk: Any, client: Any, analytics: Any, walk: Walker) -> None:
    count, short, long = sdk.AnalyticsQueryAggregation(), sdk.AggregationRange(), sdk.AggregationRange()
    short.lt, long.gte = 60_000, 60_000
    count.type, count.metric, count.ranges = "numericRange", "tTalk", [short, long]
    answer = analytics.post_analytics_conversations_details_query(details_query(sdk, 1, aggregations=[count]))
    assert walk(raw(client), "AnalyticsConversationQueryResponse").problems == []
    [found] = answer.aggregations
    assert [each.count > 0 for each in found.results] == [True, True]


def test_members_of_a_queue_carry_their_routing_status(
    sdk: Any, client: Any, simulator: Any, walk: Walker
) -> None:
    queue_id = next(iter(simulator.queues.values()))
    page = sdk.RoutingApi(client).get_routing_queue_members(
        queue_id, page_size=100, expand=["routingStatus", "presence"]
    )
    result = walk(raw(client), "QueueMemberEntityListing")
    assert result.problems == []
    assert page.entities
    assert result.seen["QueueMember.routingStatus"] == len(page.entities)


def test_members_are_walked_to_the_last_page_by_the_next_uri_alone(
    sdk: Any, client: Any, simulator: Any, walk: Walker
) -> None:
    api, queue_id = sdk.RoutingApi(client), next(iter(simulator.queues.values()))
    whole = [each.id for each in api.get_routing_queue_members(queue_id, page_size=100).entities]
    found, number, more = [], 1, True
    while more:
        page = api.get_routing_queue_members(queue_id, page_size=3, page_number=number)
        assert walk(raw(client), "QueueMemberEntityListing").problems == []
        found += [each.id for each in page.entities]
        number, more = number + 1, page.next_uri is not None
    assert found == whole
    assert number > 3


def test_a_running_conversation_by_id_is_the_sdks_model(
    sdk: Any, client: Any, analytics: Any, walk: Walker
) -> None:
    answer = analytics.post_analytics_conversations_details_query(
        details_query(sdk, 1, interval=TODAY, order="desc")
    )
    api = sdk.ConversationsApi(client)
    queues = 0
    for conversation in answer.conversations[:20]:
        api.get_conversation(conversation.conversation_id)
        result = walk(raw(client), "Conversation")
        assert result.problems == []
        queues += result.seen["ConversationRoutingData.queue"]
    assert queues
