"""The simulator's events against the official SDK's models of their topics: keys, types, enums."""

import json
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from contract.usage import TOPICS

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.flat_frames import FLAT_TOPIC
from gcanalytics.simulator.rest.access import Token as OAuthToken
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams import notices
from gcanalytics.simulator.streams.registry import Channel, ChannelRegistry
from gcanalytics.simulator.streams.subscriptions import KINDS
from gcanalytics.simulator.streams.topics import FrameMaker

from .sdk_calls import lost
from .walker import UNKNOWN

# A Wednesday, 11:10 in Warsaw.
START_MS = 1_794_996_600_000
SECONDS = 1800

FLAT = ("calls", "callbacks", "chats", "emails", "messages")
MODELS = {
    topic: model
    for topic, model in TOPICS.items()
    if topic.rpartition(".")[2] not in FLAT or topic.rpartition(".")[2] in FLAT_TOPIC.values()
}
EACH = 300
"""How many bodies of a topic are looked at."""


@pytest.fixture(scope="module")
def frames() -> dict[str, list[Any]]:
    """Bodies of half an hour by the pattern of their topic."""
    organization = Organization.load()
    timeline = Timeline(organization, seed=11, settings=Settings(), days=2, start_ms=START_MS)
    maker = FrameMaker(organization, timeline, Settings(queue_joins="shift"))
    patterns: dict[str, str] = {}
    for pattern in MODELS:
        subjects = organization.users if ".users.{id}" in pattern else organization.queues
        patterns |= {pattern.replace("{id}", subject.id).lower(): pattern for subject in subjects}
    found: dict[str, list[Any]] = {pattern: [] for pattern in MODELS}
    heard = set(patterns)
    for second in range(1, SECONDS):
        now_ms = START_MS + second * 1000
        full = False
        for key, body in maker.frames(now_ms - 1000, now_ms, heard, float(second)):
            found[patterns[key]].append(json.loads(body))
            full = full or len(found[patterns[key]]) >= EACH
        if full:
            # Nobody listens any more to what was heard often enough.
            heard = {key for key in heard if len(found[patterns[key]]) < EACH}
    for key, body in maker.frames(now_ms, now_ms + 6 * 3_600_000, _rare(patterns), SECONDS + 2.0):
        found[patterns[key]].append(json.loads(body))
    return found


def _rare(patterns: dict[str, str]) -> set[str]:
    """Topics that half an hour may be too short for."""
    return {key for key in patterns if key.endswith((".users", ".availability", ".conversations.callbacks"))}


def test_every_topic_that_carries_events_is_held_against_its_model() -> None:
    simulated = {f".{word}" for word in FLAT_TOPIC.values()}
    others = {f".{word}" for word in FLAT} - simulated
    for kind in KINDS:
        system = kind.pattern.startswith("v2.system.")
        assert (kind.pattern in MODELS) != (system or kind.pattern.endswith(tuple(others or {"?"})))


@pytest.mark.parametrize("pattern", MODELS)
def test_the_sdk_knows_every_key_type_and_enum_of_an_event(
    pattern: str, frames: dict[str, list[Any]], walk: Callable[[object, str], Any]
) -> None:
    bodies = frames[pattern]
    assert bodies
    problems: Counter[str] = Counter()
    for body in bodies[:EACH]:
        problems.update(walk(body, MODELS[pattern]).problems)
    assert not problems


@pytest.mark.parametrize("pattern", MODELS)
def test_the_sdk_makes_its_objects_of_an_event_and_loses_nothing(
    pattern: str, frames: dict[str, list[Any]], sdk: Any
) -> None:
    reader = sdk.api_client.ApiClient()
    for body in frames[pattern][:: EACH // 20]:
        answer = SimpleNamespace(data=json.dumps(body), getheader=lambda _: "application/json")
        given_back = reader.sanitize_for_serialization(reader.deserialize(answer, MODELS[pattern]))
        assert lost(body, given_back) == []
        assert UNKNOWN not in json.dumps(given_back)


@pytest.mark.parametrize("notice", [notices.closing, notices.replaced, notices.revoked])
def test_what_a_connection_is_told_about_itself_is_a_system_message(
    notice: Callable[[Channel], str], walk: Callable[[object, str], Any]
) -> None:
    registry = ChannelRegistry(life_s=100.0, close_codes=(1001, 1008, 1008))
    channel = registry.create("app", 0.0, token=OAuthToken("token", OAuthClient("app", "secret"), 1e9))
    told = json.loads(notice(channel))
    assert told["topicName"].startswith("v2.system.")
    assert walk(told["eventBody"], "SystemMessageSystemMessage").problems == []
