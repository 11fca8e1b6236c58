"""The live view over messages, e-mails and callbacks: what it shows is what the simulator's ledger says."""

import json
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from gcanalytics.live.state import LiveState
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records import conversation_frames
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
DAY = 86_400_000
QUEUES = [queue.id for queue in ORGANIZATION.queues]


@pytest.fixture(scope="module")
def conversations() -> Sequence[Conversation]:
    """Of a day and a bit: all that comes to the desk, and the callers who asked to be called back."""
    business = Timeline(ORGANIZATION, seed=2, settings=Settings(), days=4, start_ms=NOON)
    found = business.conversations(NOON - 2 * DAY, NOON - DAY)
    callback = {ledger.CALLBACK_QUEUED}
    return [
        each
        for each in found
        if each.media not in {"voice", "chat"} or callback & {event.kind for event in each.events}
    ]


GONE = {ledger.AGENT_LEFT, ledger.WRAPPED_UP, ledger.NO_ANSWER, ledger.DECLINED, ledger.ALERT_WITHDRAWN}


def told(conversation: Conversation, now_ms: int) -> str:
    """What the ledger says that a conversation is doing."""
    visits: dict[int, str] = {}
    agents: dict[int, str] = {}
    callbacks: set[int | None] = set()
    gone = False
    for event in conversation.events_until(now_ms):
        kind, party = event.kind, event.party
        if kind == ledger.CALLBACK_QUEUED:
            callbacks.add(party)
            visits[party] = "scheduled" if event.amount_ms else "waiting"
        elif kind in {ledger.QUEUED, ledger.OFFERED}:
            visits[party] = "waiting"
        elif kind == ledger.DEQUEUED:
            visits.pop(party)
        elif kind == ledger.ALERTED:
            agents[party] = "alerting"
            if event.via in callbacks:
                callbacks.add(party)
        elif kind in {ledger.ANSWERED, ledger.UNPARKED, ledger.RESUMED, ledger.CALL_ENDED}:
            agents[party] = "interacting"
        elif kind == ledger.HELD:
            agents[party] = "on hold"
        elif kind == ledger.PARKED:
            agents[party] = "parked"
        elif kind == ledger.AGENT_LEFT and event.after_work:
            agents[party] = "wrap-up"
        elif kind in GONE:
            agents.pop(party)
        elif kind == ledger.CUSTOMER_LEFT:
            gone = True
    open_callback = any(each in callbacks for each in visits) or any(
        party in callbacks and doing != "wrap-up" for party, doing in agents.items()
    )
    found = set(agents.values()) | (set(visits.values()) if not gone or open_callback else set())
    if gone and not open_callback:
        found.discard("alerting")
    order = ("interacting", "on hold", "parked", "alerting", "waiting", "scheduled", "wrap-up")
    return next((each for each in order if each in found), "ended")


def test_the_view_shows_what_the_ledger_says_at_every_change(conversations: Sequence[Conversation]) -> None:
    shown: Counter[tuple[str, str]] = Counter()
    for conversation in conversations:
        if conversation.media == "voice":
            continue  # holds and consults have their own tests
        state = LiveState(QUEUES)
        for now_ms in sorted(
            {event.at_ms for event in conversation.events if event.kind != ledger.LATE_WRAP_UP}
        ):
            body = conversation_frames.full(picture(conversation, now_ms))
            state.fold(f"v2.routing.queues.{QUEUES[0]}.conversations", json.dumps(body).encode())
            row = state.rows.get(conversation.id) or state.ended.get(conversation.id)
            if row is None:
                continue
            assert row.status == told(conversation, now_ms), (conversation.id, now_ms)
            assert (conversation.id in state.rows) is not (conversation.id in state.ended)
            shown[str(row.media), row.status] += 1
    for media in ("message", "email", "callback"):
        for status in ("waiting", "alerting", "interacting", "wrap-up", "ended"):
            assert shown[media, status] > 0, (media, status)
    assert shown["message", "parked"] > 0
    assert shown["callback", "on hold"] > 0
    assert shown["callback", "scheduled"] > 0


def test_pictures_out_of_order_end_in_the_same_place(conversations: Sequence[Conversation]) -> None:
    source = random.Random(4)
    for conversation in source.sample(list(conversations), 80):
        moments = sorted({event.at_ms for event in conversation.events})
        last = conversation.closed_ms
        bodies = [
            conversation_frames.full(picture(conversation, now_ms)) for now_ms in moments if now_ms <= last
        ]
        source.shuffle(bodies)
        state = LiveState(QUEUES)
        for body in [*bodies, bodies[0]]:
            state.fold(f"v2.routing.queues.{QUEUES[0]}.conversations", json.dumps(body).encode())
        assert not state.rows
        assert list(state.ended) == [conversation.id]


def test_who_is_to_be_called_back_is_not_gone_when_he_hangs_up(conversations: Sequence[Conversation]) -> None:
    found = 0
    for conversation in conversations:
        if conversation.media != "voice":
            continue
        asked = next(event for event in conversation.events if event.kind == ledger.CALLBACK_QUEUED)
        taken = [event for event in conversation.events if event.kind == ledger.DEQUEUED][-1]
        left = next(event for event in conversation.events if event.kind == ledger.CUSTOMER_LEFT)
        if not asked.at_ms < left.at_ms < taken.at_ms:
            continue
        state = LiveState(QUEUES)
        body = conversation_frames.full(picture(conversation, left.at_ms))
        state.fold(f"v2.routing.queues.{QUEUES[0]}.conversations", json.dumps(body).encode())
        row = state.rows[conversation.id]
        assert row.media == "callback"
        assert row.status in {"waiting", "alerting"}
        found += 1
    assert found > 3
