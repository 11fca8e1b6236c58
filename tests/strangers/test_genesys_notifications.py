"""The package genesys-notifications reads the simulator's control frames as it reads the platform's.

Only its reader of messages is used: version 1.3 hands coroutines to ``asyncio.wait``, which Python refuses.
"""

import json
import warnings
from typing import Any

import pytest

from gcanalytics.simulator.streams import notices
from gcanalytics.simulator.streams.registry import Channel, ChannelRegistry
from gcanalytics.simulator.streams.sockets import HEARTBEAT, PONG, Streams
from gcanalytics.simulator.streams.subscriptions import OrganizationSubjects, Rights

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
