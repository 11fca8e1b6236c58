"""How and when conversations left one queue, as its live view has it and as the simulator's ledger says."""

import json
import random
from collections import Counter

import pytest

from gcanalytics.live.shapes import Row
from gcanalytics.live.state import LiveState
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records import conversation_frames
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
DAY = 86_400_000
VISITS = {ledger.QUEUED, ledger.OFFERED, ledger.CALLBACK_QUEUED}
OUTCOMES = {
    ledger.ABANDONED: "abandoned",
    ledger.EXPIRED: "abandoned",
    ledger.FLOWED_OUT: "left the queue",
}
A_SECOND = 1000
"""Records of the parties of one moment differ by some milliseconds."""


def unanswered(conversation: Conversation) -> dict[str, tuple[int, Event]]:
    """Queue to start and end of its last visit, of the queues in which nobody answered."""
    queues: dict[int, str] = {}
    begun: dict[int, int] = {}
    answered: set[str | None] = set()
    alerted: dict[int, str | None] = {}
    for event in conversation.events:
        if event.kind in VISITS:
            # A callback before its time does not wait yet.
            late_ms = event.amount_ms if event.kind == ledger.CALLBACK_QUEUED else None
            begun.setdefault(event.party, event.at_ms + (late_ms or 0))
            if event.queue_id:
                queues[event.party] = event.queue_id
        elif event.kind == ledger.ALERTED:
            alerted[event.party] = event.queue_id
        elif event.kind in {ledger.ANSWERED, ledger.CALL_DIALLED}:
            answered.add(alerted.get(event.party))
    ends = {event.party: event for event in conversation.events if event.kind == ledger.DEQUEUED}
    return {
        queue_id: (begun[party], ends[party])
        for party, queue_id in queues.items()
        if queue_id not in answered and party in ends
    }


def shown(conversation: Conversation, queue_id: str) -> Row:
    """The row of it in a view that watched the queue alone from before its start until after its end."""
    state = LiveState([queue_id], clock=lambda: 0.0, wall=lambda: 0.0)
    for at_ms in sorted({event.at_ms for event in conversation.events if event.kind != ledger.LATE_WRAP_UP}):
        body = conversation_frames.full(picture(conversation, at_ms))
        state.fold(f"v2.routing.queues.{queue_id}.conversations", json.dumps(body).encode())
    assert not state.rows
    return state.ended[conversation.id]


@pytest.mark.parametrize("seed", [2, 3])
def test_who_gave_up_and_who_flowed_out_is_told_apart_and_left_when_he_left(seed: int) -> None:
    business = Timeline(Organization.load(), seed=seed, settings=Settings(), days=4, start_ms=NOON)
    found = [
        (conversation, queue_id, begun_ms, end)
        for conversation in business.conversations(NOON - 2 * DAY, NOON - DAY)
        for queue_id, (begun_ms, end) in unanswered(conversation).items()
    ]
    random.Random(seed).shuffle(found)
    seen: Counter[tuple[str, str | None, bool]] = Counter()
    for conversation, queue_id, begun_ms, end in found:
        kind = conversation.media, end.code, end.queue_id is None
        if end.code not in OUTCOMES or seen[kind] == 15:
            continue
        seen[kind] += 1
        row = shown(conversation, queue_id)
        assert row.standing.outcome == OUTCOMES[end.code], conversation.id
        assert row.ended_ms == pytest.approx(end.at_ms, abs=A_SECOND), conversation.id
        assert row.standing.offered_ms is not None
        if row.standing.offered_ms >= begun_ms - A_SECOND:  # not for the second time there
            assert row.standing.offered_ms == pytest.approx(begun_ms, abs=A_SECOND)
    assert seen["voice", ledger.ABANDONED, False] == 15
    assert seen["chat", ledger.ABANDONED, False] == 15
    assert seen["message", ledger.ABANDONED, False] > 0
    assert seen["voice", ledger.FLOWED_OUT, False] >= 5  # to another queue
    assert seen["voice", ledger.FLOWED_OUT, True] >= 5  # to a mailbox
