"""Channels and subscriptions over REST, on loopback, with a clock that the test moves."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.streams import registry, subscriptions

Stages = Callable[..., AbstractAsyncContextManager[Any]]
CHANNELS = "/api/v2/notifications/channels"


def conversations(organization: Organization, n: int = 0) -> str:
    return f"v2.routing.queues.{organization.queues[n].id}.conversations"


def test_only_a_bearer_gets_channels(stage: Stages) -> None:
    async def play() -> None:
        async with stage() as on:
            for method, path in (("POST", CHANNELS), ("GET", CHANNELS)):
                status, body = await on.call(method, path, token="wrong")
                assert (status, body["code"]) == (401, "bad.credentials")

    asyncio.run(play())


def test_head_tells_whether_a_channel_lives(stage: Stages) -> None:
    async def play() -> None:
        async with stage(channel_life_s=100.0) as on:
            channel = await on.channel()
            assert (await on.call("HEAD", f"{CHANNELS}/{channel}"))[0] == 200
            assert (await on.call("HEAD", f"{CHANNELS}/streaming-0-none"))[0] == 404
            on.pass_real(101)
            on.platform.channels.streams.pulse()
            assert (await on.call("HEAD", f"{CHANNELS}/{channel}"))[0] == 404

    asyncio.run(play())


def test_subscriptions_are_added_replaced_listed_and_dropped(
    stage: Stages, organization: Organization
) -> None:
    first, second = conversations(organization), conversations(organization, 1)

    async def play() -> None:
        async with stage() as on:
            path = f"{CHANNELS}/{await on.channel(first)}/subscriptions"
            status, body = await on.call("POST", path, json=[{"id": second.upper()}])
            assert status == 200
            assert [(one["id"], one["state"]) for one in body["entities"]] == [(second.upper(), "Permitted")]
            _, body = await on.call("GET", path)
            assert [one["id"] for one in body["entities"]] == [first, second.upper()]
            await on.call("PUT", path, json=[{"id": second}])
            _, body = await on.call("GET", path)
            assert [one["id"] for one in body["entities"]] == [second]
            assert (await on.call("DELETE", path))[0] == 200
            assert await on.call("GET", path) == (200, {"entities": []})

    asyncio.run(play())


@pytest.mark.parametrize(
    ("bad", "status", "code", "words"),
    [
        (
            "v2.routing.queues.nobody.conversations",
            403,
            "notification.unauthorized.topic",
            "Not authorized for this topic.",
        ),
        ("v2.weather", 400, "notification.invalid.topic", "The subscription topic is not valid."),
        ("x" * 200, 400, "notification.invalid.topic", "The subscription topic is not valid."),
    ],
)
def test_one_bad_topic_refuses_the_whole_request(
    stage: Stages, organization: Organization, bad: str, status: int, code: str, words: str
) -> None:
    good = conversations(organization)

    async def play() -> None:
        async with stage() as on:
            path = f"{CHANNELS}/{await on.channel()}/subscriptions"
            for query in ("", "?ignoreErrors=false"):
                answer = await on.call("POST", path + query, json=[{"id": good}, {"id": bad}])
                assert (answer[0], answer[1]["code"], answer[1]["message"]) == (status, code, words)
            assert await on.call("GET", path) == (200, {"entities": []})
            found, body = await on.call("POST", f"{path}?ignoreErrors=true", json=[{"id": good}, {"id": bad}])
            assert found == 200
            assert [one["state"] for one in body["entities"]] == ["Permitted", "Rejected"]
            assert body["entities"][1]["rejectionReason"]
            assert [one["id"] for one in (await on.call("GET", path))[1]["entities"]] == [good]

    asyncio.run(play())


@pytest.mark.parametrize("sent", [b"", b"{", b"{}", b"[1]", b'[{"id":3}]', b'[{"name":"x"}]', b'[{"id":""}]'])
def test_a_malformed_subscription_is_a_400(stage: Stages, sent: bytes) -> None:
    async def play() -> None:
        async with stage() as on:
            path = f"{CHANNELS}/{await on.channel()}/subscriptions"
            headers = {"Authorization": f"Bearer {on.token}", "Content-Type": "application/json"}
            async with on.client.post(path, data=sent, headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (400, "bad.request")
            assert (await on.call("POST", path, data=b"[]"))[0] == 415

    asyncio.run(play())


def test_more_topics_than_a_channel_may_have_are_a_400(stage: Stages, organization: Organization) -> None:
    kinds = [kind.pattern for kind in subscriptions.KINDS if kind.subject == "user"]
    names = [kind.replace("{id}", user.id) for kind in kinds for user in organization.users]
    topics = [{"id": name} for name in names[:1001]]
    assert len(topics) == 1001

    async def play() -> None:
        async with stage() as on:
            channel = await on.channel()
            path = f"{CHANNELS}/{channel}/subscriptions"
            for method in ("POST", "PUT"):
                status, body = await on.call(method, path, json=topics)
                assert (status, body["code"]) == (400, "notification.subscription.too.many.subscriptions")
                assert await on.call("GET", path) == (200, {"entities": []})
            status, body = await on.call("POST", path, json=topics[:1000])
            assert (status, len(body["entities"])) == (200, 1000)
            assert (await on.call("POST", path, json=topics[999:]))[0] == 400
            assert (await on.call("POST", path, json=topics[:1000]))[0] == 200, "the same ones are no more"
            ws = await on.connect(channel)
            await ws.send_json({"message": "subscribe", "topics": [topics[1000]["id"]]})
            answer = await ws.receive_json(timeout=10)
            assert (answer["result"], answer["status"]) == ("400", "failure")
            _, body = await on.call("GET", path)
            assert [each["id"] for each in body["entities"]] == names[:1000]

    asyncio.run(play())


def test_other_clients_channels_do_not_exist_and_other_tokens_ids_are_masked(stage: Stages) -> None:
    async def play() -> None:
        async with stage() as on:
            platform = on.platform
            stranger = platform.access.issue(OAuthClient("stranger", "secret")).value
            later = platform.access.issue(platform.client).value
            mine = await on.channel()
            status, _ = await on.call("GET", f"{CHANNELS}/{mine}/subscriptions", token=stranger)
            assert status == 404
            assert await on.call("GET", CHANNELS, token=later) == (200, {"entities": []})
            _, body = await on.call("GET", f"{CHANNELS}?includechannels=oauthclient", token=later)
            assert "*" in body["entities"][0]["id"]
            _, body = await on.call("GET", CHANNELS)
            assert [one["id"] for one in body["entities"]] == [mine]

    asyncio.run(play())


def test_available_topics_tell_what_is_expanded(stage: Stages) -> None:
    path = "/api/v2/notifications/availabletopics"
    whole = "description,enforced,visibility,transports,requiresPermissions,permissionDetails,topicParameters"

    async def play(**settings: Any) -> tuple[Any, Any, Any]:
        async with stage(**settings) as on:
            _, plain = await on.call("GET", path)
            _, two = await on.call("GET", f"{path}?expand=description&expand=requiresPermissions")
            _, every = await on.call("GET", f"{path}?expand={whole}")
            return plain["entities"], two["entities"], every["entities"]

    plain, two, every = asyncio.run(play())
    assert {"id": "v2.routing.queues.{id}.conversations"} in plain
    assert [one["id"] for one in plain] == [kind.pattern for kind in subscriptions.KINDS]
    assert set(two[0]) == {"id", "description", "requiresPermissions"}
    by_id = {one["id"]: one for one in every}
    observations = by_id["v2.analytics.queues.{id}.observations"]
    assert observations["requiresPermissions"] == [
        "analytics:queueObservation:view",
        "analytics:conversationAggregate:view",
    ]
    assert observations["permissionDetails"][0]["type"] == "requiresDivisionPermissions"
    assert observations["topicParameters"] == ["id"]
    presence = by_id["v2.users.{id}.presence"]
    assert (presence["enforced"], presence["requiresPermissions"]) == (False, [])
    assert "permissionDetails" not in presence
    _, _, either = asyncio.run(play(topic_permissions="any"))
    found = next(one for one in either if one["id"] == "v2.analytics.queues.{id}.observations")
    assert found["permissionDetails"][0]["type"] == "requiresAnyDivisionPermissions"


def test_the_contracts_topics_are_all_there() -> None:
    contract = {
        "v2.routing.queues.{id}.conversations",
        *(
            f"v2.routing.queues.{{id}}.conversations.{word}"
            for word in ("calls", "chats", "messages", "emails", "callbacks")
        ),
        "v2.routing.queues.{id}.users",
        "v2.analytics.queues.{id}.observations",
        "v2.analytics.queues.{id}.activity",
        "v2.analytics.conversations.details.jobs.availability",
        "v2.users.{id}.routingStatus",
        "v2.users.{id}.presence",
        "v2.users.{id}.activity",
        "v2.analytics.users.{id}.aggregates",
    }
    assert contract <= {kind.pattern for kind in subscriptions.KINDS}


def test_the_21st_channel_takes_the_place_of_one_that_nobody_listens_to(stage: Stages) -> None:
    async def play() -> None:
        async with stage(close_codes=(4001, 4002, 4003)) as on:
            channels = []
            for _ in range(registry.CHANNELS_PER_OWNER):
                channels.append(await on.channel())
                on.pass_real(1)
            sockets = [await on.connect(channel) for channel in (channels[0], *channels[2:])]
            newest = await on.channel()
            for channel, status in zip([*channels, newest], [200, 404, *[200] * 19], strict=True):
                assert (await on.call("HEAD", f"{CHANNELS}/{channel}"))[0] == status
            # With somebody listening to each, the one that was used longest ago goes.
            sockets.append(await on.connect(newest))
            on.pass_real(1)
            await on.channel()
            message = await sockets[0].receive(timeout=10)
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4002)
            assert (await on.call("HEAD", f"{CHANNELS}/{channels[0]}"))[0] == 404

    asyncio.run(play())


def test_channels_and_subscriptions_count_against_the_rate_and_messages_on_a_socket_do_not(
    stage: Stages, organization: Organization
) -> None:
    async def play() -> None:
        async with stage(rate_per_minute=3) as on:
            channel = await on.channel(conversations(organization))
            ws = await on.connect(channel)
            for number in range(5):
                topics = [conversations(organization, number)]
                await ws.send_json({"message": "subscribe", "topics": topics})
                assert (await ws.receive_json(timeout=10))["result"] == "200"
            assert (await on.call("GET", CHANNELS))[0] == 200
            status, body = await on.call("GET", f"{CHANNELS}/{channel}/subscriptions")
            assert (status, body["code"]) == (429, "too.many.requests.retry.after")

    asyncio.run(play())
