"""Every call of the official SDK's NotificationsApi, against the simulator."""

from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.streams.subscriptions import KINDS

Walker = Callable[[object, str], Any]


@pytest.fixture
def api(sdk: Any, client: Any) -> Any:
    return sdk.NotificationsApi(client)


def topic(sdk: Any, name: str) -> Any:
    made = sdk.ChannelTopic()
    made.id = name
    return made


def queue_topic(simulator: Any, name: str = "Support") -> str:
    return f"v2.routing.queues.{simulator.queues[name]}.conversations"


def test_the_table_of_topics_is_the_sdks(sdk: Any, api: Any) -> None:
    expand = ["description", "enforced", "visibility", "transports", "requiresPermissions"]
    expand += ["permissionDetails", "topicParameters"]
    listed = api.get_notifications_availabletopics(expand=expand, include_preview=True).entities
    assert [each.id for each in listed] == [kind.pattern for kind in KINDS]
    for each in listed:
        assert each.description
        assert each.visibility == "Public"
        assert each.transports == ["Websocket"]
        assert each.enforced is bool(each.requires_permissions)
        for detail in each.permission_details or []:
            assert detail.type.startswith("requires")
            assert detail.permissions == each.requires_permissions


def test_channels_are_made_found_and_listed(sdk: Any, api: Any, simulator: Any) -> None:
    made = api.post_notifications_channels()
    assert made.connect_uri.endswith(f"/channels/{made.id}")
    api.head_notifications_channel(made.id)
    with pytest.raises(sdk.rest.ApiException) as unknown:
        api.head_notifications_channel("streaming-0-abcdefghijklmnopqrstuvwxyz")
    assert unknown.value.status == 404
    for which in ("token", "oauthclient"):
        assert made.id in {each.id for each in api.get_notifications_channels(includechannels=which).entities}
    other = sdk.api_client.ApiClient(simulator.api)
    other.http_client = api.api_client.get_http_client()
    other.get_client_credentials_token(simulator.client_id, simulator.client_secret)
    theirs = sdk.NotificationsApi(other).get_notifications_channels(includechannels="oauthclient").entities
    masked = {each.id for each in theirs}
    assert made.id not in masked
    assert made.id[:12] in {each[:12] for each in masked}


def test_subscriptions_are_added_replaced_and_dropped(sdk: Any, api: Any, simulator: Any) -> None:
    channel = api.post_notifications_channels().id
    first, second = queue_topic(simulator), queue_topic(simulator, "Billing").upper()

    def subscribed() -> set[str]:
        return {each.id for each in api.get_notifications_channel_subscriptions(channel).entities}

    answered = api.post_notifications_channel_subscriptions(channel, [topic(sdk, first)]).entities
    assert [(each.id, each.state) for each in answered] == [(first, "Permitted")]
    api.post_notifications_channel_subscriptions(channel, [topic(sdk, second)])
    assert subscribed() == {first, second}
    api.put_notifications_channel_subscriptions(channel, [topic(sdk, second)])
    assert subscribed() == {second}
    api.delete_notifications_channel_subscriptions(channel)
    assert subscribed() == set()


def test_one_bad_topic_refuses_all_unless_errors_are_ignored(sdk: Any, api: Any, simulator: Any) -> None:
    channel = api.post_notifications_channels().id
    both = [topic(sdk, queue_topic(simulator)), topic(sdk, "v2.routing.queues.nowhere.conversations")]
    for call in (api.post_notifications_channel_subscriptions, api.put_notifications_channel_subscriptions):
        with pytest.raises(sdk.rest.ApiException) as refused:
            call(channel, both)
        assert refused.value.status == 403
    assert api.get_notifications_channel_subscriptions(channel).entities == []
    answered = api.post_notifications_channel_subscriptions(channel, both, ignore_errors=True).entities
    assert [each.state for each in answered] == ["Permitted", "Rejected"]
    assert answered[1].rejection_reason
    assert answered[1].missing_permissions == []
