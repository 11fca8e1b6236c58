"""Chats: the two recorded ones of the blueprint, and the ways in which a chat can end."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
QUEUE = next(queue for queue in ORGANIZATION.queues if queue.name == "Web Help")
AGENT = ORGANIZATION.users_by_id[QUEUE.member_ids[0]]
START = 1_700_000_000_000


def chat(events: list[Event], started_ms: int = START) -> Conversation:
    return Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="chat",
        started_ms=started_ms,
        customer_name="Alina Fala",
        address="Alina Fala",
        events=events,
    )


def opening(answered_ms: int | None = 11_000) -> list[Event]:
    events = [
        Event(START, ledger.ARRIVED, queue_id=QUEUE.id),
        Event(START + 2, ledger.QUEUED, 1, QUEUE.id),
        Event(START + 2, ledger.OFFERED, 1, QUEUE.id),
        Event(START + 150, ledger.ALERTED, 2, QUEUE.id, AGENT.id, via=1),
    ]
    if answered_ms is not None:
        events += [
            Event(START + answered_ms, ledger.DEQUEUED, 1, QUEUE.id, code=ledger.TAKEN),
            Event(START + answered_ms + 2, ledger.ANSWERED, 2, QUEUE.id, AGENT.id, via=1),
        ]
    return events


def session(seen: dict[str, Any], purpose: str) -> dict[str, Any]:
    (participant,) = (each for each in seen["participants"] if each["purpose"] == purpose)
    found: dict[str, Any] = participant["sessions"][0]
    return found


def values(part: dict[str, Any]) -> dict[str, int]:
    return {each["name"]: each["value"] for each in part.get("metrics", [])}


def ends(part: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each["segmentType"], each.get("disconnectType")) for each in part["segments"]]


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _replayed(recorded: dict[str, Any]) -> Conversation:
    """Business events with the timings of the recorded chat."""
    customer, acd, agent = (each["sessions"][0]["segments"] for each in recorded["participants"])
    alert, talk, hold = agent
    return chat(
        [
            Event(_ms(customer[0]["segmentStart"]), ledger.ARRIVED, queue_id=QUEUE.id),
            Event(_ms(acd[0]["segmentStart"]), ledger.QUEUED, 1, QUEUE.id),
            Event(_ms(acd[0]["segmentStart"]), ledger.OFFERED, 1, QUEUE.id),
            Event(_ms(alert["segmentStart"]), ledger.ALERTED, 2, QUEUE.id, AGENT.id, via=1),
            Event(_ms(acd[0]["segmentEnd"]), ledger.DEQUEUED, 1, QUEUE.id, code=ledger.TAKEN),
            Event(_ms(talk["segmentStart"]), ledger.ANSWERED, 2, QUEUE.id, AGENT.id, via=1),
            Event(_ms(hold["segmentStart"]), ledger.HELD, 2),
            Event(_ms(customer[0]["segmentEnd"]), ledger.CUSTOMER_LEFT, code=ledger.TIMED_OUT),
            Event(_ms(hold["segmentEnd"]), ledger.AGENT_LEFT, 2, code=ledger.TIMED_OUT),
        ],
        _ms(recorded["conversationStart"]),
    )


def test_the_recorded_chat_comes_back(payloads: Path) -> None:
    recorded = json.loads((payloads / "details_conversation_sqlblueprint_1.json").read_text())
    seen = record(_replayed(recorded), _ms(recorded["conversationEnd"]), Settings())
    for name in ("conversationStart", "conversationEnd", "originatingDirection"):
        assert seen[name] == recorded[name]
    for ours, theirs in zip(seen["participants"], recorded["participants"], strict=True):
        assert ours["purpose"] == theirs["purpose"]
        mine, recorded_session = ours["sessions"][0], theirs["sessions"][0]
        assert mine["metrics"] == recorded_session["metrics"]
        assert [_without_ids(each) for each in mine["segments"]] == [
            _without_ids(each) for each in recorded_session["segments"]
        ]
        assert set(mine) == set(recorded_session)


def _without_ids(segment: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in segment.items() if name != "queueId"} | {
        "queued": "queueId" in segment
    }


def test_the_recorded_unfinished_chat_has_talk_and_no_sum_of_it(payloads: Path) -> None:
    recorded = json.loads((payloads / "details_conversation_sqlblueprint_1.json").read_text())
    hold = recorded["participants"][2]["sessions"][0]["segments"][2]
    seen = record(_replayed(recorded), _ms(hold["segmentStart"]) + 1000, Settings())
    assert "conversationEnd" not in seen
    assert set(values(session(seen, "agent"))) == {"tAlert", "tAnswered", "tTalk"}


def test_the_agent_ends_the_chat_and_writes_a_wrap_up() -> None:
    code = QUEUE.wrapup_code_ids[0]
    seen = record(
        chat(
            [
                *opening(),
                Event(START + 60_000, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP, after_work=True),
                Event(START + 60_004, ledger.CUSTOMER_LEFT, code=ledger.LET_GO),
                Event(START + 75_000, ledger.WRAPPED_UP, 2, code=code),
            ]
        ),
        START + 80_000,
        Settings(),
    )
    agent = session(seen, "agent")
    assert ends(session(seen, "customer")) == [("interact", "peer")]
    assert ends(agent) == [("alert", None), ("interact", "client"), ("wrapup", None)]
    assert values(agent) == {
        "tAlert": 10_852,
        "tAnswered": 10_998,
        "tTalk": 48_998,
        "tTalkComplete": 48_998,
        "tAcw": 15_000,
        "tHandle": 63_998,
    }
    assert "tConnected" not in values(session(seen, "customer"))
    assert agent["segments"][2]["wrapUpCode"] == code


def test_a_guest_who_gives_up_leaves_an_abandon_and_an_alert() -> None:
    events = [
        *opening(answered_ms=None),
        Event(START + 9_000, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP),
        Event(START + 9_002, ledger.DEQUEUED, 1, QUEUE.id, code=ledger.ABANDONED),
        Event(START + 9_003, ledger.ALERT_WITHDRAWN, 2),
    ]
    seen = record(chat(events), START + 10_000, Settings())
    assert values(session(seen, "acd")) == {"nOffered": 1, "tAcd": 9_000, "tAbandon": 9_000}
    assert values(session(seen, "agent")) == {"tAlert": 8_853}
    assert ends(session(seen, "acd")) == [("interact", "peer")]
    assert ends(session(seen, "customer")) == [("interact", "endpoint")]
    assert seen["conversationEnd"].endswith("29.003Z")


@pytest.mark.parametrize(("threshold_s", "short"), [(0.0, False), (10.0, True), (5.0, False)])
def test_a_short_abandon_needs_a_threshold(threshold_s: float, short: bool) -> None:
    events = [
        *opening(answered_ms=None),
        Event(START + 9_002, ledger.DEQUEUED, 1, QUEUE.id, code=ledger.ABANDONED),
    ]
    seen = record(chat(events), START + 10_000, Settings(short_abandon_s=threshold_s))
    assert ("tShortAbandon" in values(session(seen, "acd"))) is short


def test_an_answer_after_the_target_is_over_the_service_level() -> None:
    target_ms = QUEUE.service_levels["chat"][1]
    in_time = record(chat(opening(target_ms + 2)), START + 400_000, Settings())
    late = record(chat(opening(target_ms + 3)), START + 400_000, Settings())
    assert "nOverSla" not in values(session(in_time, "agent"))
    assert values(session(late, "agent"))["nOverSla"] == 1


def test_events_may_be_written_out_of_order() -> None:
    events = opening()
    shuffled = chat([events[2], events[5], *events[:2], *events[3:5]])
    assert [event.at_ms for event in shuffled.events] == sorted(event.at_ms for event in events)
