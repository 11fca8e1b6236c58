"""Records of callbacks, told event by event."""

from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.records.conversation_frames import full
from gcanalytics.simulator.records.details import iso, record
from gcanalytics.simulator.records.flat_frames import flat
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.settings import Settings

from .told_events import (
    AGENT,
    CODE,
    HOUR,
    ORGANIZATION,
    OTHER,
    QUEUE,
    START,
    parts,
    told,
    values,
    ways,
)


def calls(at_ms: int, party: int, *, reached: bool) -> list[Event]:
    """An agent's call to the customer, of half a minute's ringing or a minute's talk."""
    events = [
        Event(at_ms, ledger.CALL_STARTED, party),
        Event(at_ms + 1_000, ledger.CALL_DIALLED, party),
    ]
    if not reached:
        return [*events, Event(at_ms + 31_000, ledger.CALL_FAILED, party)]
    return [
        *events,
        Event(at_ms + 9_000, ledger.CALL_CONNECTED, party),
        Event(at_ms + 69_000, ledger.CALL_ENDED, party, code=ledger.CUSTOMER_GONE),
    ]


@pytest.fixture(scope="module")
def callback() -> dict[str, Any]:
    """A callback for the next day; the customer answers the second call."""
    queue_id = QUEUE.id if QUEUE else None
    due = START + 20 * HOUR
    return told(
        "callback",
        [
            Event(START, ledger.ARRIVED, queue_id=queue_id),
            Event(START + 2, ledger.CALLBACK_QUEUED, 1, queue_id, amount_ms=20 * HOUR - 2),
            Event(due, ledger.OFFERED, 1, queue_id),
            Event(due + 100_000, ledger.ALERTED, 2, queue_id, AGENT.id, via=1),
            Event(due + 105_000, ledger.DEQUEUED, 1, queue_id, code=ledger.TAKEN),
            Event(due + 105_002, ledger.ANSWERED, 2, queue_id, AGENT.id, via=1),
            *calls(due + 110_000, 2, reached=False),
            *calls(due + 150_000, 2, reached=True),
            Event(due + 220_000, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP, after_work=True),
            Event(due + 220_004, ledger.CUSTOMER_LEFT, code=ledger.LET_GO),
            Event(due + 230_000, ledger.WRAPPED_UP, 2, code=CODE),
        ],
    )


def test_a_callback_waits_for_its_time_before_it_is_offered(callback: dict[str, Any]) -> None:
    [acd] = parts(callback, "acd")
    assert (acd["mediaType"], acd["direction"]) == ("callback", "outbound")
    assert ways(acd) == [("scheduled", None), ("interact", "transfer")]
    assert acd["callbackScheduledTime"] == iso(START + 20 * HOUR) == acd["segments"][1]["segmentStart"]
    assert acd["callbackNumbers"] == ["tel:+48999000001"]
    assert acd["callbackUserName"] == "Alina Fala"
    assert values(acd) == {"nCallbackScheduled": 1, "nOffered": 1, "tAcd": 105_000}


def test_who_calls_back_has_a_session_for_each_call(callback: dict[str, Any]) -> None:
    back, first, second = parts(callback, "agent")
    assert [each["mediaType"] for each in (back, first, second)] == ["callback", "voice", "voice"]
    assert ways(back) == [("alert", None), ("interact", "client"), ("wrapup", None)]
    assert ways(first) == [("contacting", None), ("dialing", "client")]
    assert ways(second) == [("contacting", None), ("dialing", None), ("interact", "peer")]
    _, lost, met = parts(callback, "customer")
    assert ways(lost) == [("dialing", "timeout")]
    assert ways(met) == [("dialing", None), ("interact", "endpoint")]
    assert first["peerId"] == lost["sessionId"]
    assert second["peerId"] == met["sessionId"]
    assert len({each["sessionId"] for each in (back, first, second, lost, met)}) == 5


def test_a_callback_has_neither_answer_nor_abandon(callback: dict[str, Any]) -> None:
    names = {
        name
        for purpose in ("customer", "acd", "agent")
        for s in parts(callback, purpose)
        for name in values(s)
    }
    assert not {"tAnswered", "tAbandon", "nOverSla"} & names


def test_a_callbacks_work_stands_on_the_callback_and_its_calls_on_the_calls(callback: dict[str, Any]) -> None:
    back, first, second = (values(each) for each in parts(callback, "agent"))
    assert back["nCallbackAttempts"] == 1
    assert back["tTalk"] == back["tTalkComplete"] == 60_000
    assert back["tHandle"] == 60_000 + back["tAcw"] == 70_000
    assert back["tCallbackNotReached"] == 31_000
    assert back["tCallbackConnect"] == 9_000
    # From the first call to the end of the after-call work.
    assert back["tActiveCallback"] == back["tActiveCallbackComplete"] == 120_000
    assert first == {"nOutbound": 1, "nOutboundAttempted": 1, "tContacting": 1_000, "tDialing": 30_000}
    assert second == {
        "nOutbound": 1,
        "nOutboundAttempted": 1,
        "nOutboundConnected": 1,
        "tContacting": 1_000,
        "tDialing": 8_000,
    }
    assert values(parts(callback, "customer")[2]) == {"nConnected": 1, "tConnected": 60_000}


def answered(at_ms: int, queue_id: str | None, visit: int, agent: int) -> list[Event]:
    """An offer of a callback that is taken six seconds later."""
    return [
        Event(at_ms, ledger.OFFERED, visit, queue_id),
        Event(at_ms + 1_000, ledger.ALERTED, agent, queue_id, AGENT.id, via=visit),
        Event(at_ms + 6_000, ledger.DEQUEUED, visit, queue_id, code=ledger.TAKEN),
        Event(at_ms + 6_002, ledger.ANSWERED, agent, queue_id, AGENT.id, via=visit),
    ]


def held(*stretches: tuple[int, int | None]) -> list[Event]:
    """A call of a callback at START + 30 s, whose talk lasts from + 39 s to + 99 s, and its holds."""
    found = calls(START + 30_000, 2, reached=True)
    for begin, end in stretches:
        found.append(Event(START + begin, ledger.HELD, 2))
        found += [Event(START + end, ledger.RESUMED, 2)] if end else []
    return found


def of_a_call(*events: Event) -> Conversation:
    queue_id = QUEUE.id if QUEUE else None
    start = [
        Event(START, ledger.ARRIVED, queue_id=queue_id),
        Event(START, ledger.CALLBACK_QUEUED, 1, queue_id),
    ]
    return Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="callback",
        started_ms=START,
        customer_name="Alina Fala",
        address="tel:+48999000001",
        events=[*start, *answered(START, queue_id, 1, 2), *events],
    )


def test_a_hold_of_a_callback_is_a_stretch_of_its_call_and_counts_with_the_callback() -> None:
    one = of_a_call(
        *held((49_000, 59_000), (69_000, 74_000)),
        Event(START + 100_000, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP, after_work=True),
        Event(START + 100_004, ledger.CUSTOMER_LEFT, code=ledger.LET_GO),
        Event(START + 110_000, ledger.WRAPPED_UP, 2, code=CODE),
    )
    back, line = parts(record(one, START + HOUR, Settings()), "agent")
    assert [kind for kind, _ in ways(line)] == [
        "contacting", "dialing", "interact", "hold", "interact", "hold", "interact",
    ]  # fmt: skip
    assert ways(back) == [("alert", None), ("interact", "client"), ("wrapup", None)]
    found = [(each["name"], each["value"]) for each in back["metrics"]]
    assert [value for name, value in found if name == "tTalk"] == [10_000, 10_000, 25_000]
    assert [value for name, value in found if name == "tHeld"] == [10_000, 5_000]
    assert values(back) | {
        "tTalkComplete": 45_000,
        "tHeldComplete": 15_000,
        "tAcw": 10_000,
        "tHandle": 70_000,
        "tActiveCallback": 80_000,
    } == values(back)
    assert not {"tTalk", "tHeld", "tHandle"} & values(line).keys()
    # Nobody who is on hold is gone: the customer's side of the call is one stretch.
    assert ways(parts(record(one, START + HOUR, Settings()), "customer")[1])[1:] == [("interact", "endpoint")]


def test_an_event_shows_the_hold_on_the_call() -> None:
    one = of_a_call(*held((49_000, 59_000)))
    for offset, on_hold in (
        (48_999, False),
        (49_000, True),
        (58_999, True),
        (59_000, False),
        (99_000, False),
    ):
        seen = picture(one, START + offset)
        [call] = full(seen)["participants"][2]["calls"]
        [callback] = full(seen)["participants"][2]["callbacks"]
        assert (call["held"], callback["held"]) == (on_hold, False), offset
        assert call.get("startHoldTime") == (iso(START + 49_000) if on_hold else None)
        assert flat(seen, "voice")["participants"][1]["held"] is on_hold


def test_who_hangs_up_on_hold_ends_it() -> None:
    one = of_a_call(*held((89_000, None)), Event(START + 100_000, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP))
    back, line = parts(record(one, START + HOUR, Settings()), "agent")
    assert ways(line)[-1] == ("hold", "peer")
    assert (values(back)["tTalkComplete"], values(back)["tHeldComplete"]) == (50_000, 10_000)
    [complete] = [each for each in back["metrics"] if each["name"] == "tTalkComplete"]
    assert complete["emitDate"] == iso(START + 89_000)


def test_a_callback_that_is_passed_on_is_called_by_the_other_queue() -> None:
    assert OTHER is not None
    given = START + 20_000
    one = of_a_call(
        Event(given, ledger.TRANSFERRED, 2, OTHER.id, code=ledger.BLIND),
        Event(given, ledger.AGENT_LEFT, 2, code=ledger.BLIND),
        Event(given + 21, ledger.CALLBACK_QUEUED, 3, OTHER.id),
        *answered(given + 21, OTHER.id, 3, 4),
        *calls(given + 30_000, 4, reached=True),
        Event(given + 100_000, ledger.AGENT_LEFT, 4, code=ledger.HUNG_UP),
        Event(given + 100_004, ledger.CUSTOMER_LEFT, code=ledger.LET_GO),
    )
    seen = record(one, START + HOUR, Settings())
    first, second = parts(seen, "acd")
    assert [each["mediaType"] for each in (first, second)] == ["callback", "callback"]
    assert "callbackScheduledTime" not in second
    passed, back, line = parts(seen, "agent")
    assert ways(passed) == [("alert", None), ("interact", "transfer")]
    assert passed["destinationAddresses"] == [OTHER.id]
    assert values(passed) == {"tAlert": 5_002, "nTransferred": 1, "nBlindTransferred": 1, "tHandle": 0}
    assert values(back)["tTalk"] == 60_000
    customer, call = parts(seen, "customer")
    for session in (customer, call, back, line):
        assert {part["queueId"] for part in session["segments"]} == {OTHER.id}
    # He is expected between the two: nobody has left.
    between = full(picture(one, given + 10))["participants"][0]
    assert "endTime" not in between
    assert seen["divisionIds"] == list(dict.fromkeys([QUEUE.division_id if QUEUE else "", OTHER.division_id]))


def test_who_would_rather_be_called_back_flows_out_of_the_queue() -> None:
    queue_id = QUEUE.id if QUEUE else None
    asked = START + 60_000
    seen = told(
        "voice",
        [
            Event(START - 13, ledger.ARRIVED),
            Event(START + 200, ledger.CONNECTED),
            Event(START + 300, ledger.QUEUED, 1, queue_id),
            Event(START + 310, ledger.OFFERED, 1, queue_id),
            Event(asked, ledger.DEQUEUED, 1, queue_id, code=ledger.CALL_ME_BACK),
            Event(asked + 10_000, ledger.CALLBACK_QUEUED, 2, queue_id),
            Event(asked + 10_000, ledger.OFFERED, 2, queue_id),
            Event(asked + 10_900, ledger.CUSTOMER_LEFT, code=ledger.CALL_ME_BACK),
            Event(asked + 300_000, ledger.ALERTED, 3, queue_id, AGENT.id, via=2),
            Event(asked + 305_000, ledger.DEQUEUED, 2, queue_id, code=ledger.TAKEN),
            Event(asked + 305_002, ledger.ANSWERED, 3, queue_id, AGENT.id, via=2),
            *calls(asked + 310_000, 3, reached=True),
            Event(asked + 380_000, ledger.AGENT_LEFT, 3, code=ledger.HUNG_UP),
        ],
        called_number="tel:+48990000130",
    )
    queued, kept = parts(seen, "acd")
    assert (queued["mediaType"], queued["flowOutType"]) == ("voice", "callback")
    assert queued["flow"]["issuedCallback"] is True
    assert values(queued)["tFlowOut"] == values(queued)["tAcd"]
    assert "tAbandon" not in values(queued)
    assert (kept["mediaType"], kept["direction"]) == ("callback", "outbound")
    assert "callbackScheduledTime" not in kept
    incoming, outgoing = parts(seen, "customer")
    assert [each["direction"] for each in (incoming, outgoing)] == ["inbound", "outbound"]
    assert ways(incoming)[-1] == ("interact", "endpoint")
    assert seen["originatingDirection"] == "inbound"
    assert seen["conversationEnd"] == iso(asked + 380_000)
