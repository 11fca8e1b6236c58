"""The package genesys-notifications connects, subscribes and reads the simulator as it does the platform.

Its iterator is not used: version 1.3 hands coroutines to ``asyncio.wait``, which Python refuses.
"""

import asyncio
import json
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gcanalytics.simulator import Simulator
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams import notices
from gcanalytics.simulator.streams.registry import Channel, ChannelRegistry
from gcanalytics.simulator.streams.sockets import HEARTBEAT, PONG, Streams
from gcanalytics.simulator.streams.subscriptions import KINDS, OrganizationSubjects, Rights
from gcanalytics.simulator.streams.topics import FrameMaker

QUEUE = "a6230000-0000-4000-8000-00000000008b"
TOPIC = f"v2.routing.queues.{QUEUE}.conversations"


class Bearer:
    value = "token"
    expires = 1e9


@pytest.fixture(scope="module")
def package() -> Any:
    with warnings.catch_warnings():
        # It still imports names that websockets has moved.
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("genesys_notifications", reason="genesys-notifications is not installed")


@pytest.fixture
def reader(package: Any) -> Any:
    return package.Channel("ws://127.0.0.1:9", [TOPIC])


@pytest.fixture
def registry() -> ChannelRegistry:
    return ChannelRegistry(life_s=1000.0, close_codes=(1001, 1008, 1008))


@pytest.fixture
def channel(registry: ChannelRegistry) -> Channel:
    return registry.create("app", 0.0, token=Bearer(), rights=Rights())


@pytest.fixture
def streams(registry: ChannelRegistry) -> Streams:
    subjects = OrganizationSubjects(frozenset({QUEUE}), frozenset())
    return Streams(registry, subjects, heartbeat_s=30.0, clock=lambda: 0.0)


def subscribe(*topics: str) -> str:
    return json.dumps({"message": "subscribe", "topics": topics, "correlationId": "x"})


def test_it_keeps_heartbeats_pongs_and_confirmations_to_itself(
    reader: Any, streams: Streams, channel: Channel
) -> None:
    confirmed = streams.reply(channel, subscribe(TOPIC))
    assert confirmed is not None
    for text in (HEARTBEAT, PONG, confirmed):
        assert reader.process(json.loads(text)) is None


def test_it_raises_what_it_raises_on_the_platform(
    package: Any, reader: Any, streams: Streams, registry: ChannelRegistry, channel: Channel
) -> None:
    errors = package.exceptions
    with pytest.raises(errors.ChannelExpiring):
        reader.process(json.loads(notices.closing(channel)))
    with pytest.raises(errors.SubscriptionFailure):
        reader.process(json.loads(streams.reply(channel, subscribe("v2.nothing")) or ""))
    with pytest.raises(errors.SubscriptionFailure):
        reader.process(json.loads(streams.reply(channel, '{"message":"subscribe"}') or ""))
    registry.remove(channel, 1008, "gone")
    with pytest.raises(errors.ChannelFailure):
        reader.process(json.loads(streams.reply(channel, subscribe(TOPIC)) or ""))


def test_it_hands_on_an_event(
    reader: Any, registry: ChannelRegistry, streams: Streams, channel: Channel
) -> None:
    sent: list[str] = []

    class Wire:
        def offer(self, text: str) -> None:
            sent.append(text)

        def close(self, code: int, reason: str) -> None:
            raise AssertionError(code)

    streams.reply(channel, subscribe(TOPIC))
    registry.attach(channel, Wire(), 0.0)
    registry.publish(TOPIC, '{"id":"1"}', "c")
    assert reader.process(json.loads(sent[0]))["topicName"] == TOPIC


# A Wednesday, 11:50 in Warsaw, ten minutes before a full hour.
START_MS = 1_794_999_000_000


def test_it_hands_on_the_frames_of_every_topic(package: Any, registry: ChannelRegistry) -> None:
    organization = Organization.load()
    timeline = Timeline(organization, seed=5, settings=Settings(), days=2, start_ms=START_MS)
    maker = FrameMaker(organization, timeline, Settings())
    patterns: dict[str, str] = {}
    for kind in KINDS:
        subjects = organization.users if kind.subject == "user" else organization.queues
        patterns |= {kind.pattern.replace("{id}", one.id).lower(): kind.pattern for one in subjects}
    media = {media for queue in organization.queues for media in queue.media}
    words = {"callback": "callbacks", "email": "emails", "message": "messages"}
    absent = tuple(f".{word}" for medium, word in words.items() if medium not in media)
    due = {kind.pattern for kind in KINDS if not kind.pattern.startswith("v2.system.")}
    due = {pattern for pattern in due if not pattern.endswith(absent)}
    reader = package.Channel("ws://127.0.0.1:9", [])
    minute = 0
    while due and minute < 180:  # callbacks are rare
        now_ms = START_MS + minute * 60_000
        for key, body in maker.frames(now_ms, now_ms + 60_000, set(patterns), minute * 60.0):
            message = json.loads(notices.frame(key, body, "c"))
            assert reader.process(message) is message
            due.discard(patterns[key])
        minute += 1
    assert not due


@pytest.fixture(scope="module")
def hasty() -> Iterator[Simulator]:
    """A platform whose business runs fast, so that events come quickly."""
    with Simulator(seed=7, days=1, speed=30, settings={"clock_start": "2026-11-18T10:00:00Z"}) as running:
        yield running


def new_channel(simulator: Simulator) -> str:
    """Address of a new channel, over plain REST."""
    form = {"grant_type": "client_credentials", "client_id": simulator.client_id}
    form |= {"client_secret": simulator.client_secret}
    with urllib.request.urlopen(
        f"{simulator.api}/oauth/token", urllib.parse.urlencode(form).encode(), timeout=30
    ) as answer:
        token = json.load(answer)["access_token"]
    request = urllib.request.Request(
        f"{simulator.api}/api/v2/notifications/channels",
        data=b"{}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["connectUri"])


@contextmanager
def as_the_package_expects() -> Iterator[None]:
    """The library underneath has moved names that the package uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


async def events(channel: Any, enough: int) -> list[Any]:
    """What its reader hands on of the next frames, as its own iterator would."""
    found: list[Any] = []
    while len(found) < enough:
        async with asyncio.timeout(60):
            message = channel.process(json.loads(await channel._connection.recv()))
        if message is not None:
            found.append(message)
    return found


def test_it_connects_subscribes_extends_and_rolls_over(package: Any, hasty: Simulator) -> None:
    topics = [f"v2.routing.queues.{queue_id}.conversations" for queue_id in hasty.queues.values()]
    topics += [f"v2.analytics.queues.{queue_id}.observations" for queue_id in hasty.queues.values()]

    async def play() -> None:
        channel = package.Channel(new_channel(hasty), topics)
        await channel
        assert channel.connected
        for message in await events(channel, 5):
            assert message["topicName"] in topics
            assert message["eventBody"]
        await channel.extend()
        await events(channel, 2)
        # The subscriptions stay with the channel. (The library underneath stops reading when 16 events wait,
        # and its close then lasts as long as it waits for an answer.)
        channel._connection.close_timeout = 0.2
        await channel.reconnect()
        await events(channel, 2)
        channel._connection.close_timeout = 0.2
        await channel.rollover(new_channel(hasty))
        assert {message["topicName"] for message in await events(channel, 5)} <= set(topics)
        channel._expiretrigger.cancel()
        channel._connection.close_timeout = 0.2
        await channel.close()

    with as_the_package_expects():
        asyncio.run(play())


def test_it_fails_as_it_does_on_the_platform(package: Any, hasty: Simulator) -> None:
    errors = package.exceptions

    async def play() -> None:
        channel = package.Channel(new_channel(hasty), ["v2.routing.queues.nowhere.conversations"])
        await channel
        with pytest.raises(errors.SubscriptionFailure):
            await events(channel, 1)
        channel._expiretrigger.cancel()
        await channel.close()

    with as_the_package_expects():
        asyncio.run(play())
