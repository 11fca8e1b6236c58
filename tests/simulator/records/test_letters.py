"""What messages, e-mails and callbacks have beside their course: enclosures, arrivals, timeouts, sides."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from gcanalytics.simulator.business import correspondence, ledger
from gcanalytics.simulator.business.aftermath import letters
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.aftermath.letters import IDLE_MS
from gcanalytics.simulator.records.details import iso, record
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
SETTINGS = Settings()


@pytest.fixture(scope="module")
def conversations() -> Sequence[Conversation]:
    """Two days without voice and chat."""
    business = Timeline(Organization.load(), seed=17, settings=SETTINGS, days=3, start_ms=NOON)
    return business.lasting(NOON - 48 * HOUR, NOON)


def sessions(found: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for participant in found["participants"]:
        for session in participant["sessions"]:
            yield participant, session


def test_enclosures_are_the_customers_and_counted_at_his_end(conversations: Sequence[Conversation]) -> None:
    seen = Counter[tuple[str, int]]()
    for one in conversations:
        sent = 0 if one.message_type == "sms" else letters.enclosures(seed_of(one.id))
        expected = sent if one.media in {"message", "email"} else 0
        found = record(one, one.settled_ms, SETTINGS)
        told = [session["mediaCount"] for _, session in sessions(found) if "mediaCount" in session]
        assert told == [expected] * bool(expected)
        counted = [each for each in emissions(one, one.settled_ms, SETTINGS) if each.metric == "oMediaCount"]
        assert [each.value for each in counted] == told
        left = [event.at_ms for event in one.events if event.kind == ledger.CUSTOMER_LEFT]
        assert all(each.at_ms in left and each.dims["mediaCount"] == str(expected) for each in counted)
        seen[one.media, expected] += 1
    assert {number for medium, number in seen if medium == "message"} == {0, 1, 2, 3}
    assert {number for medium, number in seen if medium == "callback"} == {0}


def test_an_answers_status_is_that_of_the_last_one_so_far(conversations: Sequence[Conversation]) -> None:
    seen = Counter[str]()
    for one in conversations:
        wrote = [event for event in one.events if event.kind == ledger.AGENT_WROTE]
        for event in wrote[:2]:
            for at_ms in (event.at_ms, event.at_ms + 10_000):
                told = {
                    session["deliveryStatusChangeDate"]: session["deliveryStatus"]
                    for _, session in sessions(record(one, at_ms, SETTINGS))
                    if "deliveryStatus" in session
                }
                assert max(told) <= iso(at_ms)
                if at_ms == event.at_ms:
                    assert told[iso(at_ms)] == "Sent"
                seen.update(told.values())
        last = record(one, one.settled_ms, SETTINGS)
        seen.update(each["deliveryStatus"] for _, each in sessions(last) if "deliveryStatus" in each)
    assert seen.keys() == {"Sent", "DeliverySuccess", "Read", "DeliveryFailed"}


def test_only_services_with_receipts_tell_of_arrival() -> None:
    for service, best in ((None, "sent"), ("facebook", "sent"), ("sms", "delivered"), ("whatsapp", "read")):
        ends = Counter(
            letters.arrivals(seed, 3, service, NOON)[-1].state for seed in range(0, 10**16, 10**13)
        )
        assert ends.keys() == {best, "failed"}
        assert ends["failed"] < 50


def test_an_open_message_says_when_it_would_be_closed(conversations: Sequence[Conversation]) -> None:
    assert IDLE_MS == correspondence._IDLE_MS
    closed = 0
    for one in [each for each in conversations if each.media == "message"]:
        assert "inactivityTimeout" not in record(one, one.settled_ms, SETTINGS)
        for event in one.events:
            told = record(one, max(event.at_ms, one.started_ms), SETTINGS).get("inactivityTimeout")
            assert told is None or told > iso(event.at_ms)
        left = next(event for event in one.events if event.kind == ledger.CUSTOMER_LEFT)
        if left.code == ledger.INACTIVE and left is one.events[-1]:
            assert record(one, left.at_ms - 1, SETTINGS)["inactivityTimeout"] == iso(left.at_ms)
            closed += 1
    assert closed > 10


def test_each_side_of_an_email_has_its_own_address(conversations: Sequence[Conversation]) -> None:
    for one in [each for each in conversations if each.letter is not None]:
        assert one.letter is not None
        for participant, session in sessions(record(one, one.settled_ms, SETTINGS)):
            sides = [session["addressSelf"], session["addressOther"]]
            expected = [one.letter.to_address, one.letter.from_address]
            assert sides == (expected[::-1] if participant["purpose"] == "customer" else expected)


def test_callbacks_are_nobodys_own_and_never_dial_by_themselves(
    conversations: Sequence[Conversation],
) -> None:
    found = 0
    for one in [each for each in conversations if each.media == "callback"]:
        for _, session in sessions(record(one, one.settled_ms, SETTINGS)):
            mine = session["mediaType"] == "callback"
            assert session.get("timeoutSeconds") == (0 if mine else None)
            assert session.get("agentOwned") == (False if mine else None)
            found += mine
    assert found > 10


def test_who_clears_a_message_has_ended_it_on_the_portal(conversations: Sequence[Conversation]) -> None:
    found = 0
    for one in conversations:
        for participant, session in sessions(record(one, one.settled_ms, SETTINGS)):
            if "cleared" in session:
                assert (participant["purpose"], session["messageType"]) == ("customer", "webmessaging")
                assert session["segments"][-1]["disconnectType"] == "endpoint"
                found += 1
    assert found > 3
