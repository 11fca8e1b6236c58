"""The official Python SDK on answers with models of their own: members of a queue, one conversation now."""

from typing import Any

from .sdk_calls import TODAY, Walker, details_query, raw


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
