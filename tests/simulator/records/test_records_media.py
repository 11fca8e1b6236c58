"""Records of messages, e-mails and calls of an agent's own, told event by event."""

from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Event
from gcanalytics.simulator.records.details import iso

from .told_events import (
    AGENT,
    CODE,
    HOUR,
    LETTER,
    OTHER,
    QUEUE,
    START,
    opening,
    parts,
    told,
    values,
    ways,
)


@pytest.fixture(scope="module")
def letter() -> dict[str, Any]:
    """An e-mail that is answered after an hour of work."""
    end = START + 65_004 + HOUR
    return told(
        "email",
        [
            Event(START, ledger.ARRIVED, queue_id=QUEUE.id if QUEUE else None),
            *opening(START + 2),
            Event(end - 100, ledger.AGENT_WROTE, 2),
            Event(end, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP, after_work=True),
            Event(end + 4, ledger.CUSTOMER_LEFT, code=ledger.LET_GO),
            Event(end + 9_000, ledger.WRAPPED_UP, 2, code=CODE),
        ],
        letter=LETTER,
    )


def test_an_email_has_customer_queue_and_agent_alone(letter: dict[str, Any]) -> None:
    assert [each["purpose"] for each in letter["participants"]] == ["customer", "acd", "agent"]
    assert [ways(*parts(letter, purpose)) for purpose in ("customer", "acd", "agent")] == [
        [("interact", "peer")],
        [("interact", "transfer")],
        [("alert", None), ("interact", "client"), ("wrapup", None)],
    ]


def test_an_email_has_its_addresses_on_each_session_and_its_subject_on_each_segment(
    letter: dict[str, Any],
) -> None:
    for purpose in ("customer", "acd", "agent"):
        [session] = parts(letter, purpose)
        assert session["mediaType"] == "email"
        assert session["addressFrom"] == LETTER.from_address
        assert session["addressTo"] == LETTER.to_address
        assert session["cc"] == list(LETTER.cc)
        assert {segment["subject"] for segment in session["segments"]} == {"My offer"}
        assert not {"ani", "dnis", "recording", "messageType"} & set(session)


def test_an_email_is_measured_like_any_interaction(letter: dict[str, Any]) -> None:
    customer, acd, agent = (values(*parts(letter, each)) for each in ("customer", "acd", "agent"))
    assert customer["nConnected"] == 1
    assert "tConnected" not in customer
    assert acd["nOffered"] == 1
    assert acd["tAcd"] == 65_000 - 2 + 2
    assert agent["tAnswered"] == acd["tAcd"]
    assert agent["tTalk"] == agent["tTalkComplete"] == HOUR
    assert agent["tHandle"] == HOUR + 9_000
    assert not {"tHeld", "tPark"} & set(agent)


@pytest.fixture(scope="module")
def message() -> dict[str, Any]:
    """A message that is parked, taken up, left at rest, and reopened five hours later."""
    parked, back, rest = START + 2 * 60_000, START + 40 * 60_000, START + 45 * 60_000
    again = rest + 5 * HOUR
    return told(
        "message",
        [
            Event(START, ledger.ARRIVED, queue_id=QUEUE.id if QUEUE else None),
            *opening(START + 2),
            Event(parked - 30_000, ledger.AGENT_WROTE, 2),
            Event(parked, ledger.PARKED, 2),
            Event(back, ledger.CUSTOMER_WROTE),
            Event(back, ledger.UNPARKED, 2),
            Event(back + 60_000, ledger.AGENT_WROTE, 2),
            Event(rest, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP, after_work=True),
            Event(rest + 3_000, ledger.WRAPPED_UP, 2, code=CODE),
            Event(again, ledger.CUSTOMER_WROTE),
            *opening(again + 2, 3, 4),
            Event(again + 120_000, ledger.AGENT_WROTE, 4),
            Event(again + 300_000, ledger.CUSTOMER_LEFT, code=ledger.INACTIVE),
            Event(again + 300_003, ledger.AGENT_LEFT, 4, code=ledger.CUSTOMER_GONE),
        ],
        message_type="whatsapp",
    )


def test_a_message_is_one_conversation_over_all_its_reopenings(message: dict[str, Any]) -> None:
    purposes = [each["purpose"] for each in message["participants"]]
    assert purposes == ["customer", "acd", "agent", "acd", "agent"]
    [customer] = parts(message, "customer")
    assert ways(customer) == [("interact", "inactivity")]
    assert message["conversationEnd"] == iso(START + 45 * 60_000 + 5 * HOUR + 300_003)
    for purpose in ("customer", "acd", "agent"):
        assert {session["messageType"] for session in parts(message, purpose)} == {"whatsapp"}


def test_parking_is_a_segment_of_its_own_and_no_talk(message: dict[str, Any]) -> None:
    first, second = parts(message, "agent")
    kinds = [each["segmentType"] for each in first["segments"]]
    assert kinds == ["alert", "interact", "parked", "interact", "wrapup"]
    found = values(first)
    assert found["tPark"] == found["tParkComplete"] == 38 * 60_000
    assert found["tTalkComplete"] == 45 * 60_000 - 65_004 - 38 * 60_000
    assert found["tHandle"] == found["tTalkComplete"] + 3_000
    assert not {"tPark", "tParkComplete"} & set(values(second))


def test_each_offer_of_a_message_is_answered_for_itself(message: dict[str, Any]) -> None:
    for visit, agent in zip(parts(message, "acd"), parts(message, "agent"), strict=True):
        assert values(visit)["nOffered"] == 1
        assert values(agent)["tAnswered"] == values(visit)["tAcd"] == 65_000


def test_each_side_of_a_message_counts_what_it_wrote(message: dict[str, Any]) -> None:
    [customer] = parts(message, "customer")
    assert values(customer)["oMessageCount"] == 3
    assert [values(each)["oMessageCount"] for each in parts(message, "agent")] == [2, 1]


def test_answers_have_their_times(message: dict[str, Any]) -> None:
    first, second = parts(message, "agent")
    rest, again = START + 45 * 60_000, START + 45 * 60_000 + 5 * HOUR
    waits = [each["value"] for each in first["metrics"] if each["name"] == "tAgentResponseTime"]
    # The first from when he took it, the second from the customer's message.
    assert waits == [90_000 - 65_004, 60_000]
    assert values(first)["tFirstResponse"] == 90_000
    assert values(first)["tAverageAgentResponseTime"] == sum(waits) // 2
    assert values(first)["oMessageTurn"] == 2
    assert values(second)["tAgentResponseTime"] == 120_000 - 65_004
    assert "tFirstResponse" not in values(second)
    [customer] = parts(message, "customer")
    answers = [40 * 60_000 - 90_000, again - START - 41 * 60_000]
    assert rest < again
    assert values(customer)["tAverageCustomerResponseTime"] == sum(answers) // 2


def test_a_transfer_to_another_division_shows_both() -> None:
    assert OTHER is not None
    events = [
        Event(START, ledger.ARRIVED, queue_id=QUEUE.id if QUEUE else None),
        *opening(START + 2),
        Event(START + HOUR, ledger.TRANSFERRED, 2, OTHER.id, code=ledger.BLIND),
        Event(START + HOUR, ledger.AGENT_LEFT, 2, code=ledger.BLIND),
        Event(START + HOUR + 21, ledger.QUEUED, 3, OTHER.id),
        Event(START + HOUR + 21, ledger.OFFERED, 3, OTHER.id),
        Event(START + 60 * HOUR, ledger.DEQUEUED, 3, OTHER.id, code=ledger.EXPIRED),
        Event(START + 60 * HOUR, ledger.CUSTOMER_LEFT, code=ledger.EXPIRED),
    ]
    seen = told("email", events, letter=LETTER)
    assert seen["divisionIds"] == [QUEUE.division_id if QUEUE else "", OTHER.division_id]
    first, second = parts(seen, "acd")
    assert ways(second) == [("interact", "system")]
    # The system's disconnect leaves the queue before an agent: an abandon (metric definitions).
    assert values(second)["tAbandon"] == values(second)["tAcd"]
    assert values(first)["tAcd"] != values(second)["tAcd"]
    assert values(*parts(seen, "agent"))["nBlindTransferred"] == 1


def dialled(*events: Event) -> dict[str, Any]:
    """A call of an agent's own."""
    queue_id = QUEUE.id if QUEUE else None
    start = [
        Event(START, ledger.CUSTOMER_CALLED, queue_id=queue_id),
        Event(START, ledger.CALL_DIALLED, 1, queue_id, AGENT.id),
    ]
    return told("voice", [*start, *events], direction="outbound", called_number="tel:+48990000130")


def test_a_call_of_an_agents_own_has_no_queue_and_no_flow() -> None:
    seen = dialled(
        Event(START + 8_000, ledger.CALL_CONNECTED, 1),
        Event(START + 68_000, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP),
        Event(START + 68_003, ledger.AGENT_LEFT, 1, code=ledger.CUSTOMER_GONE, after_work=True),
        Event(START + 75_000, ledger.WRAPPED_UP, 1, code=CODE),
    )
    assert [each["purpose"] for each in seen["participants"]] == ["customer", "agent"]
    assert (seen["originatingDirection"], seen["conversationInitiator"]) == ("outbound", "agent")
    assert seen["customerParticipation"] is True
    [customer], [agent] = parts(seen, "customer"), parts(seen, "agent")
    for session in (customer, agent):
        assert (session["direction"], session["dnis"]) == ("outbound", "tel:+48999000001")
        assert session["ani"] == "tel:+48990000130"
    assert ways(customer) == [("dialing", None), ("interact", "endpoint")]
    assert ways(agent) == [("dialing", None), ("interact", "peer"), ("wrapup", None)]
    assert values(customer) == {"nConnected": 1, "tConnected": 60_000}
    assert values(agent) == {
        "nOutbound": 1,
        "nOutboundAttempted": 1,
        "nOutboundConnected": 1,
        "tDialing": 8_000,
        "tTalk": 60_003,
        "tTalkComplete": 60_003,
        "tAcw": 6_997,
        "tHandle": 67_000,
    }


def test_a_call_that_reached_nobody_is_no_handling() -> None:
    seen = dialled(
        Event(START + 20_000, ledger.CALL_FAILED, 1),
        Event(START + 20_000, ledger.CUSTOMER_LEFT, code=ledger.NOT_REACHED),
        Event(START + 20_000, ledger.AGENT_LEFT, 1, code=ledger.HUNG_UP),
    )
    assert seen["customerParticipation"] is False
    [customer], [agent] = parts(seen, "customer"), parts(seen, "agent")
    assert ways(customer) == [("dialing", "timeout")]
    assert ways(agent) == [("dialing", "client")]
    assert values(customer) == {}
    assert values(agent) == {"nOutbound": 1, "nOutboundAttempted": 1, "tDialing": 20_000}
