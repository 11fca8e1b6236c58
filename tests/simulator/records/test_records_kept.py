"""Records' JSON that is kept: as it is, packed, or not at all, it is the one of its phase."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import _Cache, encoded, record
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def some(organization: Organization) -> Sequence[Conversation]:
    choices = Settings(conversations_per_week=300)
    timeline = Timeline(organization, seed=1, settings=choices, days=1, start_ms=START_MS)
    return timeline.conversations(START_MS - 86_400_000, START_MS)[:30]


def content(conversation: Conversation, phase: int) -> bytes:
    return f"{conversation.id}/{phase}/".encode() * 20


def test_what_is_used_last_is_kept_and_what_was_used_before_is_packed(some: Sequence[Conversation]) -> None:
    cache = _Cache(recent_bytes=5 * len(content(some[0], 0)), packed_bytes=100_000)
    for each in some:
        cache.put(each, 0, content(each, 0), again=True)
    for _ in range(2):
        assert [cache.get(each, 0) for each in some] == [content(each, 0) for each in some]


def test_what_was_asked_for_only_once_is_not_packed(some: Sequence[Conversation]) -> None:
    cache = _Cache(recent_bytes=5 * len(content(some[0], 0)), packed_bytes=100_000)
    for each in some:
        cache.put(each, 0, content(each, 0))
    kept = [each for each in some if cache.get(each, 0) is not None]
    assert kept == list(some[-len(kept) :])
    assert 5 <= len(kept) < 10
    for each in some:
        if cache.get(each, 0) is None:
            cache.put(each, 0, content(each, 0))
    assert [cache.get(each, 0) for each in some] == [content(each, 0) for each in some]


def test_only_the_phase_asked_for_is_given(some: Sequence[Conversation]) -> None:
    cache = _Cache(recent_bytes=5 * len(content(some[0], 0)), packed_bytes=100_000)
    for phase in (0, 1):
        for each in some:
            assert cache.get(each, phase) is None
            cache.put(each, phase, content(each, phase), again=True)
        for each in some:
            assert cache.get(each, phase) == content(each, phase)
    assert [cache.get(each, 1) for each in some] == [content(each, 1) for each in some]


def test_what_finds_no_room_is_forgotten(some: Sequence[Conversation]) -> None:
    cache = _Cache(recent_bytes=2 * len(content(some[0], 0)), packed_bytes=400)
    for each in some:
        cache.put(each, 0, content(each, 0), again=True)
    kept = [each for each in some if cache.get(each, 0) is not None]
    assert 2 <= len(kept) < 10


def test_another_course_of_business_with_the_same_ids_has_its_own_records(organization: Organization) -> None:
    told: dict[str, list[Any]] = {}
    for late in (0.0, 0.3):
        choices = Settings(conversations_per_week=300, late_write_share=late)
        timeline = Timeline(organization, seed=1, settings=choices, days=1, start_ms=START_MS)
        for each in timeline.conversations(START_MS - 86_400_000, START_MS):
            far_ms = each.settled_ms + 400 * 86_400_000
            assert encoded(each, far_ms, choices) == encoded(each, far_ms, choices)
            written = msgspec.json.decode(encoded(each, far_ms, choices))
            assert written == record(each, far_ms, choices)
            told.setdefault(each.id, []).append(written)
    assert any(len(both) == 2 and both[0] != both[1] for both in told.values()), "ids are shared"
