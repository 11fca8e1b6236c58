"""The official Python SDK asks about people: aggregates, details, observations, activity, presences."""

from collections import defaultdict
from typing import Any

import pytest

from .sdk_calls import DAY, TODAY, Walker, predicate, raw

STATUSES = ["tAgentRoutingStatus", "tSystemPresence", "tOrganizationPresence"]


@pytest.fixture(scope="module")
def people(sdk: Any, client: Any) -> list[Any]:
    """The active users, as the SDK lists them."""
    return list(sdk.UsersApi(client).get_users(page_size=100).entities)


def users(sdk: Any, kind: str, *ids: str) -> Any:
    """A filter of several users, of the model family of ``kind``."""
    found = predicate(sdk, kind, "userId", ids[0])
    found.predicates += [predicate(sdk, kind, "userId", each).predicates[0] for each in ids[1:]]
    return found


def aggregation(sdk: Any, interval: str, ids: list[str], **fields: Any) -> Any:
    query = sdk.UserAggregationQuery()
    query.interval, query.metrics, query.group_by = interval, STATUSES, ["userId"]
    query.filter = users(sdk, "UserAggregateQuery", *ids)
    for name, value in fields.items():
        setattr(query, name, value)
    return query


def test_users_aggregates_add_up_to_their_buckets(
    sdk: Any, client: Any, people: list[Any], walk: Walker
) -> None:
    ids = [each.id for each in people]
    query = aggregation(sdk, DAY, ids, granularity="PT6H")
    answer = sdk.UsersApi(client).post_analytics_users_aggregates_query(query)
    result = walk(raw(client), "UserAggregateQueryResponse")
    assert result.problems == []
    assert result.seen["AggregateMetricData.qualifier"] > 100
    system = {own: name for name, found in answer.system_to_organization_mappings.items() for own in found}
    assert {each.group["userId"] for each in answer.results} == set(ids)
    for group in answer.results:
        for bucket in group.data:
            sums: dict[str, float] = defaultdict(float)
            for each in bucket.metrics:
                sums[each.metric] += each.stats.sum
                assert each.metric != "tOrganizationPresence" or each.qualifier in system
            assert sums == dict.fromkeys(STATUSES, 6 * 3_600_000)


def test_a_view_of_users_aggregates_is_understood(
    sdk: Any, client: Any, people: list[Any], walk: Walker
) -> None:
    view, bounds = sdk.UserAggregationView(), sdk.AggregationRange()
    bounds.lt = 60_000
    view.target, view.name, view.function, view.range = "tAgentRoutingStatus", "short", "rangeBound", bounds
    query = aggregation(sdk, DAY, [each.id for each in people], views=[view])
    sdk.AnalyticsApi(client).post_analytics_users_aggregates_query(query)
    result = walk(raw(client), "UserAggregateQueryResponse")
    assert result.problems == []
    assert result.seen["AggregateViewData.name"] > 0


def test_more_than_a_hundred_users_are_the_platforms_400(sdk: Any, client: Any, walk: Walker) -> None:
    query = aggregation(sdk, DAY, [f"user-{number}" for number in range(101)])
    with pytest.raises(sdk.rest.ApiException) as refused:
        sdk.UsersApi(client).post_analytics_users_aggregates_query(query)
    assert refused.value.status == 400


def test_users_details_are_walked_to_the_last_page(sdk: Any, client: Any, walk: Walker) -> None:
    query = sdk.UserDetailsQuery()
    query.interval, query.order = DAY, "asc"
    count = sdk.AnalyticsQueryAggregation()
    count.type, count.dimension = "termFrequency", "systemPresence"
    query.presence_aggregations = [count]
    seen: dict[str, int] = defaultdict(int)
    number = 1
    while True:
        query.paging = {"pageSize": 30, "pageNumber": number}
        page = sdk.UsersApi(client).post_analytics_users_details_query(query)
        result = walk(raw(client), "AnalyticsUserDetailsQueryResponse")
        assert result.problems == []
        if page.user_details is None:
            break
        for name, times in result.seen.items():
            seen[name] += times
        for detail in page.user_details:
            for one, next_one in zip(detail.routing_status, detail.routing_status[1:], strict=False):
                assert one.end_time == next_one.start_time
        number += 1
    assert number > 2
    assert seen["AnalyticsRoutingStatusRecord.routingStatus"] > 100
    assert seen["AnalyticsUserPresenceRecord.organizationPresenceId"] > 100


def test_an_ongoing_status_has_no_end(sdk: Any, client: Any, people: list[Any], walk: Walker) -> None:
    query = sdk.UserDetailsQuery()
    query.interval, query.paging = TODAY, {"pageSize": 100, "pageNumber": 1}
    query.user_filters = [users(sdk, "UserDetailQuery", *(each.id for each in people[:40]))]
    page = sdk.AnalyticsApi(client).post_analytics_users_details_query(query)
    assert walk(raw(client), "AnalyticsUserDetailsQueryResponse").problems == []
    assert page.user_details
    for detail in page.user_details:
        ends = [each.end_time for each in detail.primary_presence]
        assert ends[-1] is None
        assert None not in ends[:-1]
        api = sdk.UsersApi(client)
        assert api.get_user_routingstatus(detail.user_id).status == detail.routing_status[-1].routing_status


def test_observations_and_activity_of_users(sdk: Any, client: Any, people: list[Any], walk: Walker) -> None:
    ids = [each.id for each in people[:20]]
    query = sdk.UserObservationQuery()
    query.filter = users(sdk, "UserObservationQuery", *ids)
    query.metrics = query.detail_metrics = ["oMemberQueues", "oActiveQueues"]
    answer = sdk.UsersApi(client).post_analytics_users_observations_query(query)
    assert walk(raw(client), "UserObservationQueryResponse").problems == []
    counts = {each.group["userId"]: each.data[0].stats.count for each in answer.results}
    assert set(counts) == set(ids)
    activity, metric = sdk.UserActivityQuery(), sdk.UserActivityQueryMetric()
    metric.metric, metric.details = "oMemberQueues", True
    activity.metrics, activity.group_by = [metric], ["userId"]
    activity.filter = users(sdk, "UserActivityQuery", *ids)
    found = sdk.UsersApi(client).post_analytics_users_activity_query(activity, page_size=100)
    result = walk(raw(client), "UserActivityResponse")
    assert result.problems == []
    assert result.seen["UserActivityEntityData.systemPresence"] > 0
    assert {each.group["userId"]: each.data[0].count for each in found.results} == {
        user: count for user, count in counts.items() if count
    }


def test_presences_and_queues_of_a_user(sdk: Any, client: Any, people: list[Any], walk: Walker) -> None:
    api, user = sdk.PresenceApi(client), people[0]
    presence = api.get_user_presence(user.id, "PURECLOUD")
    assert walk(raw(client), "UserPresence").problems == []
    assert api.get_user_presences_purecloud(user.id).presence_definition.id == presence.presence_definition.id
    definition = api.get_presence_definition(presence.presence_definition.id)
    assert walk(raw(client), "OrganizationPresenceDefinition").problems == []
    assert definition.system_presence == presence.presence_definition.system_presence
    bulk = api.get_users_presences_purecloud_bulk(id=[each.id for each in people[:5]])
    assert [each.user_id for each in bulk] == [each.id for each in people[:5]]
    assert walk(raw(client), "list[UcUserPresence]").problems == []
    queues = sdk.UsersApi(client).get_user_queues(user.id, page_size=100)
    assert walk(raw(client), "UserQueueEntityListing").problems == []
    assert queues.total == len(queues.entities)


def test_users_come_with_what_they_are_expanded_by(sdk: Any, client: Any, walk: Walker) -> None:
    expand = ["presence", "routingStatus", "skills", "languages"]
    page = sdk.UsersApi(client).get_users(page_size=100, expand=expand)
    result = walk(raw(client), "UserEntityListing")
    assert result.problems == []
    assert result.seen["User.presence"] == result.seen["User.routingStatus"] == len(page.entities)
    one = sdk.UsersApi(client).get_user(page.entities[0].id, expand=expand)
    assert walk(raw(client), "User").problems == []
    assert one.routing_status.status == page.entities[0].routing_status.status
