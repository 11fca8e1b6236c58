"""Who talked to the customer last: neither a colleague who was only asked, nor who called in vain."""

from collections import Counter
from collections.abc import Sequence

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath.handled import last_handled
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
ORGANIZATION = Organization.load()
FIRST, SECOND = ORGANIZATION.queues[:2]


@pytest.fixture(scope="module")
def conversations() -> Sequence[Conversation]:
    business = Timeline(ORGANIZATION, seed=11, settings=Settings(), days=3, start_ms=NOON)
    return business.conversations(NOON - 24 * HOUR, NOON)


def with_the_customer(conversation: Conversation) -> list[str]:
    """By the record: the agents who talked to the customer, in the order of their talks' ends."""
    found: list[tuple[str, str]] = []
    for participant in record(conversation, conversation.settled_ms, Settings())["participants"]:
        if participant["purpose"] != "agent" or conversation.direction == "outbound":
            continue
        sessions = participant["sessions"]
        names = {each["name"] for each in sessions[0].get("metrics", ())}
        talks = [
            part["segmentEnd"]
            for session in sessions
            for part in session["segments"]
            if part["segmentType"] in {"interact", "hold"}
        ]
        if "tTalkComplete" in names:
            found.append((max(talks), participant["userId"]))
    return [user_id for _, user_id in sorted(found)]


def test_who_is_evaluated_talked_to_the_customer_last(conversations: Sequence[Conversation]) -> None:
    seen: Counter[str] = Counter()
    for each in conversations:
        handled = last_handled(each)
        kinds = {event.kind for event in each.events}
        by_record = with_the_customer(each)
        consulted = ledger.CONSULT_STARTED in kinds
        if handled is None:
            assert not by_record, each.id
        elif not consulted:
            assert handled.user_id == by_record[-1], each.id
        else:
            assert handled.user_id in by_record, each.id
        in_vain = {ledger.CALL_FAILED} <= kinds and ledger.CALL_CONNECTED not in kinds
        seen["called in vain"] += in_vain and handled is None
        seen["consult"] += consulted
    assert min(seen["called in vain"], seen["consult"]) > 10


def told(*events: Event, media: str = "voice") -> Conversation:
    return Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media=media,
        started_ms=NOON,
        customer_name="x",
        address="x",
        planned=True,
        events=events,
    )


CONSULT = (
    Event(NOON, ledger.ANSWERED, 2, FIRST.id, "first", via=1),
    Event(NOON + 1_000, ledger.CONSULT_STARTED, 2),
    Event(NOON + 1_000, ledger.QUEUED, 3, SECOND.id, via=2),
    Event(NOON + 2_000, ledger.ALERTED, 4, SECOND.id, "second", via=3),
    Event(NOON + 3_000, ledger.ANSWERED, 4, SECOND.id, "second", via=3),
)
DIRECT = (
    CONSULT[0],
    CONSULT[1],
    Event(NOON + 2_000, ledger.ALERTED, 4, user_id="second", code=ledger.CONSULT),
    Event(NOON + 3_000, ledger.ANSWERED, 4, user_id="second"),
)


@pytest.mark.parametrize("asked", [CONSULT, DIRECT])
def test_a_colleague_who_was_only_asked_has_not_handled_it(asked: tuple[Event, ...]) -> None:
    handled = last_handled(told(*asked, Event(NOON + 9_000, ledger.CONSULT_CANCELLED, 2)))
    assert handled is not None
    assert (handled.user_id, handled.queue_id, handled.party) == ("first", FIRST.id, 2)


@pytest.mark.parametrize(("asked", "queue_id"), [(CONSULT, SECOND.id), (DIRECT, FIRST.id)])
def test_a_colleague_who_took_the_customer_over_has(asked: tuple[Event, ...], queue_id: str) -> None:
    handled = last_handled(told(*asked, Event(NOON + 9_000, ledger.TRANSFERRED, 2, code=ledger.CONSULT)))
    assert handled is not None
    assert (handled.user_id, handled.queue_id, handled.party) == ("second", queue_id, 4)


def test_who_called_in_vain_has_not_handled_it_and_who_was_heard_has() -> None:
    callback = (
        Event(NOON, ledger.CALLBACK_QUEUED, 1, FIRST.id),
        Event(NOON, ledger.OFFERED, 1, FIRST.id),
        Event(NOON + 1_000, ledger.ALERTED, 2, FIRST.id, "first", via=1),
        Event(NOON + 5_000, ledger.DEQUEUED, 1, FIRST.id, code=ledger.TAKEN),
        Event(NOON + 5_000, ledger.ANSWERED, 2, FIRST.id, "first", via=1),
        Event(NOON + 6_000, ledger.CALL_STARTED, 2),
    )
    assert last_handled(told(*callback, Event(NOON + 9_000, ledger.CALL_FAILED, 2), media="callback")) is None
    heard = last_handled(told(*callback, Event(NOON + 9_000, ledger.CALL_CONNECTED, 2), media="callback"))
    assert heard is not None
    assert (heard.user_id, heard.queue_id, heard.waited_ms) == ("first", FIRST.id, 5_000)
