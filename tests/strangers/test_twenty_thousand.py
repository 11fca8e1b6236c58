"""Twenty thousand conversations of all media have no key, type or word that the official SDK lacks."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import requests

from gcanalytics.contract.bodies import ConversationQuery

from .quick import QuickWalk
from .sdk_calls import lost
from .test_walker import PAGE, PAGE_MODEL, session
from .walker import UNKNOWN, Walk

CONVERSATIONS = 20_000
TODAY = datetime(2026, 11, 18, tzinfo=UTC)
DAYS = 9
MEDIA = ("voice", "chat", "message", "email", "callback")
OF_EACH = 200
EVERY = 20
"""Of so many pages one goes through the SDK itself, which takes a hundred times as long."""


@dataclass
class Walked:
    """What a walk over the last days saw; of its pages some are kept."""

    walk: QuickWalk
    problems: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    media: Counter[str] = field(default_factory=Counter)
    pages: list[bytes] = field(default_factory=list)


def pages(simulator: Any, token: str) -> Iterator[bytes]:
    """Every page of the last days as the platform sends them: today's, then the oldest day's and so on."""
    with requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {token}"
        for back in (0, *range(DAYS, 0, -1)):
            day = TODAY - timedelta(days=back)
            interval = f"{day:%Y-%m-%dT%H:%M:%SZ}/{day + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
            number, more = 0, True
            while more:
                number += 1
                query: ConversationQuery = {
                    "interval": interval,
                    "paging": {"pageSize": 100, "pageNumber": number},
                }
                path = "/api/v2/analytics/conversations/details/query"
                answer = http.post(simulator.api + path, json=query, timeout=60)
                answer.raise_for_status()
                more = b'"conversations"' in answer.content
                if more:
                    yield answer.content


@pytest.fixture(scope="module")
def walked(sdk: Any, simulator: Any, client: Any) -> Walked:
    found = Walked(QuickWalk(sdk.models))
    for number, content in enumerate(pages(simulator, client.access_token)):
        page = msgspec.json.decode(content)
        found.problems.update(found.walk.problems(page, PAGE_MODEL))
        fresh = {each["conversationId"]: each for each in page["conversations"]}
        for one in fresh.keys() - found.ids:
            found.media.update(
                {s["mediaType"] for part in fresh[one]["participants"] for s in part["sessions"]}
            )
        found.ids |= fresh.keys()
        if number % EVERY == 0:
            found.pages.append(content)
        if len(found.ids) >= CONVERSATIONS:
            break
    return found


def test_no_key_type_or_word_is_one_that_the_sdk_lacks(walked: Walked) -> None:
    assert walked.problems == {}
    assert len(walked.ids) >= CONVERSATIONS
    assert [media for media in MEDIA if walked.media[media] < OF_EACH] == []
    met = walked.walk.fields
    assert {"segments", "metrics", "flow"} <= met["AnalyticsSession"]
    assert {"evaluations", "surveys", "resolutions"} <= met["AnalyticsConversationWithoutAttributes"]
    assert len(walked.walk.words["AnalyticsSessionMetric.name"]) > 20


def test_the_sdk_makes_its_objects_of_them_and_loses_nothing(client: Any, walked: Walked) -> None:
    assert len(walked.pages) * 100 >= CONVERSATIONS / EVERY
    for content in walked.pages:
        answer = SimpleNamespace(data=content, getheader=lambda _: "application/json")
        made = client.deserialize(answer, PAGE_MODEL)
        given_back = client.sanitize_for_serialization(made)
        assert lost(json.loads(content), given_back) == []
        assert UNKNOWN not in json.dumps(given_back)


# --- the quick walk catches what the slow one catches ---------------------------------------------------


def spoilt(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    page = copy.deepcopy(PAGE)
    change(page)
    return page


FAULTS: list[Callable[[dict[str, Any]], object]] = [
    lambda page: session(page).update(mood="sunny"),
    lambda page: session(page).update(mediaType="telepathy"),
    lambda page: session(page).update(mediaType="Voice"),
    lambda page: session(page).update(mediaType=None),
    lambda page: session(page).update(mediaType=["voice"]),
    lambda page: session(page).update(recording="yes"),
    lambda page: session(page).update(mediaCount=True),
    lambda page: session(page).update(mediaCount=2.0),
    lambda page: session(page).update(ani=48123),
    lambda page: session(page).update(ani=None),
    lambda page: session(page).update(callbackScheduledTime="2026-13-18T12:00:00Z"),
    lambda page: session(page).update(callbackScheduledTime="2026-11-18T12:00:00"),
    lambda page: session(page).update(requestedRoutings="Standard"),
    lambda page: session(page).update(requestedRoutings=[1]),
    lambda page: session(page).update(flow="main"),
    lambda page: session(page).update(flow={"flowType": "SIDEWAYS"}),
    lambda page: session(page)["metrics"][1].update(name="tNaps"),
    lambda page: session(page)["metrics"].append(None),
    lambda page: page["conversations"][0]["participants"][0].update(attributes={"a": "b"}),
    lambda page: page["conversations"][0].update(mediaStatsMinConversationMos="good"),
    lambda page: page.update(totalHits="1"),
]  # fmt: skip


@pytest.mark.parametrize("fault", range(len(FAULTS)))
def test_the_quick_walk_says_of_a_fault_what_the_slow_one_says(sdk: Any, fault: int) -> None:
    page = spoilt(FAULTS[fault])
    slow, quick = Walk(sdk.models), QuickWalk(sdk.models)
    slow.value(page, PAGE_MODEL, PAGE_MODEL)
    assert quick.problems(PAGE, PAGE_MODEL) == []
    assert quick.problems(page, PAGE_MODEL) == slow.problems != []


def test_a_loss_in_the_sdks_objects_would_be_seen() -> None:
    sent = {"at": "2026-11-18T10:00:00.000Z", "n": 1, "list": [{"a": "x"}]}
    assert lost(sent, sent | {"at": "2026-11-18T10:00:00+00:00", "n": 1.0}) == []
    assert lost(sent, {"at": "2026-11-18T10:00:01+00:00", "list": [{}], "new": 1}) == [
        ".n is gone",
        ".new came from nowhere",
        ".at: '2026-11-18T10:00:00.000Z' became '2026-11-18T10:00:01+00:00'",
        ".list[].a is gone",
    ]
