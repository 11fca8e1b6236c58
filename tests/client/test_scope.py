"""Which rows a filter covers, judged again in plain Python on the raw records of simulated days."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gcanalytics.details import ConversationDetails
from gcanalytics.frames.scope import Scope
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records import details as records
from gcanalytics.simulator.settings import Settings

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
Key = tuple[str, int, int]


@pytest.fixture(scope="module")
def raw() -> list[dict[str, Any]]:
    """Every seventh record of two days, the second of which is going on."""
    settings = Settings.from_pairs(["clock_start=2026-11-18T10:00:00Z"])
    now_ms = int(NOW.timestamp() * 1000)
    timeline = Timeline(Organization.load(), seed=11, settings=settings, days=2, start_ms=now_ms)
    start_ms = int((NOW - timedelta(days=1)).timestamp() * 1000)
    ended = timeline.conversations(start_ms, now_ms)[::7]
    found = {one.id: one for one in (*ended, *timeline.ongoing(now_ms))}
    return [records.record(one, now_ms, settings) for one in found.values()]


def _filters(raw: list[dict[str, Any]], count: int) -> Iterator[Scope]:
    chance = random.Random(3)
    queues: set[str] = set()
    users: set[str] = set()
    for _, part, _, segments in _sessions(raw):
        users |= {part["userId"]} if "userId" in part else set()
        queues |= {segment["queueId"] for segment in segments if "queueId" in segment}

    def some(values: set[str], most: int, often: float) -> frozenset[str] | None:
        if chance.random() > often:
            return None
        return frozenset(chance.sample(sorted(values), chance.randint(1, most)))

    for _ in range(count):
        yield Scope(
            queue_ids=some(queues, 3, 0.6),
            user_ids=some(users, 8, 0.5),
            media_types=some({"voice", "chat"}, 1, 0.3),
            directions=some({"inbound", "outbound"}, 1, 0.3),
        )


def _sessions(raw: list[dict[str, Any]]) -> Iterator[tuple[Key, Any, Any, Any]]:
    for record in raw:
        for i, part in enumerate(record["participants"]):
            for j, session in enumerate(part["sessions"]):
                yield (record["conversationId"], i, j), part, session, session["segments"]


def _matcher(scope: Scope) -> Callable[[Any, Any, Any], bool]:
    """Whether a participant, a session of it and one of its queues satisfy all filters at once."""

    def matches(user: Any, session: Any, queue: Any) -> bool:
        return (
            (scope.user_ids is None or user in scope.user_ids)
            and (scope.media_types is None or session.get("mediaType") in scope.media_types)
            and (scope.directions is None or session.get("direction") in scope.directions)
            and (scope.queue_ids is None or queue in scope.queue_ids)
        )

    return matches


def _covered(raw: list[dict[str, Any]], scope: Scope) -> tuple[set[str], set[Key], set[Key], set[Key]]:
    """Conversations, sessions, handlings and legs that the filter covers."""
    matches = _matcher(scope)
    conversations: set[str] = set()
    sessions: set[Key] = set()
    handlings: set[Key] = set()
    legs: set[Key] = set()
    for key, part, session, segments in _sessions(raw):
        if any(matches(part.get("userId"), session, segment.get("queueId")) for segment in segments):
            conversations.add(key[0])
            sessions.add(key)
            if part["purpose"] == "agent":
                handlings.add(key)
    for record in raw:
        for i, part in enumerate(record["participants"]):
            for j, session in enumerate(part["sessions"]):
                # A callback is offered when its time has come.
                if part["purpose"] == "acd" and _offered(session):
                    queue = next(one["queueId"] for one in session["segments"] if "queueId" in one)
                    if matches(_answered_by(record, session, queue), session, queue):
                        legs.add((record["conversationId"], i, j))
    return conversations, sessions, handlings, legs


def _offered(session: Any) -> bool:
    return any(one["name"] == "nOffered" for one in session.get("metrics", ()))


def _answered_by(record: dict[str, Any], offer: Any, queue: str) -> Any:
    """The user whose tAnswered says the same wait as the offer's tAcd; of a callback, who had it on."""
    for part in record["participants"] if offer["mediaType"] == "callback" else ():
        if part["purpose"] == "agent" and any(
            session["mediaType"] == "callback"
            and any(one["segmentType"] == "interact" for one in session["segments"])
            for session in part["sessions"]
        ):
            return part.get("userId")
    waits = {one["value"] for one in offer.get("metrics", ()) if one["name"] == "tAcd"}
    for part in record["participants"]:
        for session in part["sessions"]:
            if any(one.get("queueId") == queue for one in session["segments"]):
                for one in session.get("metrics", ()):
                    if one["name"] == "tAnswered" and one["value"] in waits:
                        return part.get("userId")
    return None


def _keys(frame: Any) -> set[Key]:
    rows = frame[frame["in_scope"]]
    return set(zip(rows["conversationId"], rows["participant_no"], rows["session_no"], strict=True))


def test_rows_in_scope_are_those_that_the_filter_itself_would_have_matched(raw: list[dict[str, Any]]) -> None:
    told = 0
    for scope in _filters(raw, 25):
        pull = ConversationDetails.from_pages([raw], scope=scope)
        conversations, sessions, handlings, legs = _covered(raw, scope)
        assert set(pull.conversations.loc[pull.conversations["in_scope"], "conversationId"]) == conversations
        assert _keys(pull.sessions) == sessions, scope
        assert _keys(pull.handlings) == handlings, scope
        assert _keys(pull.legs) == legs, scope
        told += len(legs) + len(handlings)
    assert told > 1000
