"""The golden call: the timings of one recorded live call, and what its record must then say.

The call was answered after one no-answer; the odd after-call work of the bounced agent is as recorded.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.records.details import encoded, iso, record
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings


def at(clock: str) -> int:
    """Milliseconds since the epoch of a time of the recorded day."""
    return round(datetime.fromisoformat(f"2024-04-29T{clock}+00:00").timestamp() * 1000)


ORGANIZATION = Organization.load()
QUEUE = next(queue for queue in ORGANIZATION.queues if queue.name == "Support")
assert QUEUE.flow is not None
FLOW = QUEUE.flow
FIRST, SECOND = (ORGANIZATION.users_by_id[user_id] for user_id in QUEUE.member_ids[:2])
CODE = QUEUE.wrapup_code_ids[0]
LATER = at("23:00:00")


def call() -> Conversation:
    events = [
        Event(at("17:30:43.077"), ledger.ARRIVED),
        Event(at("17:30:43.090"), ledger.MENU_ENTERED, 1, code=FLOW.id),
        Event(at("17:30:43.134"), ledger.MENU_OPENED, 1),
        Event(at("17:30:43.320"), ledger.CONNECTED),
        Event(at("17:30:43.322"), ledger.MENU_SPOKE, 1),
        Event(at("17:31:47.622"), ledger.MENU_LEFT, 1, QUEUE.id, code=ledger.TO_QUEUE),
        Event(at("17:31:47.638"), ledger.QUEUED, 2, QUEUE.id),
        Event(at("17:31:47.652"), ledger.OFFERED, 2, QUEUE.id),
        Event(at("17:31:47.956"), ledger.ALERTED, 3, QUEUE.id, FIRST.id, via=2),
        Event(at("17:31:55.377"), ledger.NO_ANSWER, 3),
        Event(at("17:31:55.626"), ledger.AFTER_WORK_STARTED, 3),
        Event(at("17:31:57.716"), ledger.ALERTED, 4, QUEUE.id, SECOND.id, via=2),
        Event(at("17:32:00.063"), ledger.DEQUEUED, 2, QUEUE.id, code=ledger.TAKEN),
        Event(at("17:32:00.080"), ledger.ANSWERED, 4, QUEUE.id, SECOND.id, via=2),
        Event(at("17:32:52.789"), ledger.AFTER_WORK_COUNTED, 3, amount_ms=57_000),
        Event(at("17:32:56.626"), ledger.WRAPPED_UP, 3, code=CODE),
        Event(at("17:38:14.971"), ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP),
        Event(at("17:38:14.974"), ledger.AGENT_LEFT, 4, code=ledger.CUSTOMER_GONE, after_work=True),
        Event(at("17:38:17.974"), ledger.WRAPPED_UP, 4, code=ledger.WRAP_UP_TIMEOUT),
    ]
    return Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="voice",
        started_ms=at("17:30:43.090"),
        customer_name="48999000001",
        address="tel:+48999000001",
        called_number=f"tel:{QUEUE.number}",
        events=events,
    )


def sessions(seen: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for participant in seen["participants"]:
        for session in participant["sessions"]:
            yield participant, session


# participant: (metric, value, emitDate), as recorded, by emitDate and then by name.
METRICS: list[tuple[str, list[tuple[str, int, str]]]] = [
    ("customer", [("nConnected", 1, "17:30:43.320"), ("tConnected", 451_651, "17:38:14.971")]),
    (
        "ivr",
        [
            ("nFlow", 1, "17:30:43.134"),
            ("tFlow", 64_300, "17:31:47.622"),
            ("tFlowExit", 64_300, "17:31:47.622"),
            ("tIvr", 64_488, "17:31:47.622"),
        ],
    ),
    ("acd", [("nOffered", 1, "17:31:47.652"), ("tAcd", 12_411, "17:32:00.063")]),
    (
        "agent",
        [
            ("nError", 1, "17:31:55.377"),
            ("tAlert", 7_421, "17:31:55.377"),
            ("tNotResponding", 7_421, "17:31:55.377"),
            ("tAcw", 57_000, "17:32:52.789"),
            ("tHandle", 57_000, "17:32:52.789"),
        ],
    ),
    (
        "agent",
        [
            ("tAlert", 2_364, "17:32:00.080"),
            ("tAnswered", 12_411, "17:32:00.080"),
            ("tTalk", 374_894, "17:38:14.974"),
            ("tTalkComplete", 374_894, "17:38:14.974"),
            ("tAcw", 3_000, "17:38:17.974"),
            ("tHandle", 377_894, "17:38:17.974"),
        ],
    ),
]

# (segmentType, start, end, disconnectType, has a queueId)
SEGMENTS: list[list[tuple[str, str, str, str | None, bool]]] = [
    [
        ("system", "17:30:43.077", "17:30:43.320", None, False),
        ("interact", "17:30:43.320", "17:38:14.971", "endpoint", True),
    ],
    [
        ("system", "17:30:43.090", "17:30:43.134", None, False),
        ("ivr", "17:30:43.134", "17:31:47.622", "transfer", False),
    ],
    [
        ("delay", "17:31:47.638", "17:31:47.652", None, True),
        ("interact", "17:31:47.652", "17:32:00.063", "transfer", True),
    ],
    [
        ("alert", "17:31:47.956", "17:31:55.377", "client", True),
        ("wrapup", "17:31:55.626", "17:32:56.626", "client", True),
    ],
    [
        ("alert", "17:31:57.716", "17:32:00.080", None, True),
        ("interact", "17:32:00.080", "17:38:14.974", "peer", True),
        ("wrapup", "17:38:14.974", "17:38:17.974", None, True),
    ],
]


def test_every_metric_is_the_recorded_one() -> None:
    found = [
        (
            participant["purpose"],
            [(each["name"], each["value"], each["emitDate"]) for each in session["metrics"]],
        )
        for participant, session in sessions(record(call(), LATER, Settings()))
    ]
    assert found == [
        (purpose, [(name, value, iso(at(clock))) for name, value, clock in metrics])
        for purpose, metrics in METRICS
    ]


def test_every_segment_is_the_recorded_one() -> None:
    found = [
        [
            (
                segment["segmentType"],
                segment["segmentStart"],
                segment["segmentEnd"],
                segment.get("disconnectType"),
                "queueId" in segment,
            )
            for segment in session["segments"]
        ]
        for _, session in sessions(record(call(), LATER, Settings()))
    ]
    assert found == [
        [
            (kind, iso(at(start)), iso(at(end)), disconnect, queue)
            for kind, start, end, disconnect, queue in each
        ]
        for each in SEGMENTS
    ]


def test_the_rest_of_the_record_is_as_recorded() -> None:
    seen = record(call(), LATER, Settings())
    customer, ivr, acd, first, second = (participant for participant, _ in sessions(seen))
    assert seen["conversationStart"] == "2024-04-29T17:30:43.090Z"
    assert seen["conversationEnd"] == "2024-04-29T17:38:17.974Z"
    assert acd["participantName"] == QUEUE.name
    assert acd["sessions"][0]["flowInType"] == "ivr"
    assert acd["sessions"][0]["flow"]["flowType"] == "INQUEUECALL"
    assert "participantName" not in first
    assert (first["userId"], second["userId"]) == (FIRST.id, SECOND.id)
    flow = ivr["sessions"][0]["flow"]
    assert (flow["flowType"], flow["entryType"], flow["exitReason"]) == ("INBOUNDCALL", "dnis", "TRANSFER")
    assert (flow["transferType"], flow["transferTargetAddress"]) == ("ACD", QUEUE.id)
    bounced = first["sessions"][0]["segments"][1]
    assert bounced["errorCode"] == "error.ininedgecontrol.session.inactive"
    assert bounced["wrapUpCode"] == CODE
    assert second["sessions"][0]["segments"][2]["wrapUpCode"] == "ININ-WRAP-UP-TIMEOUT"
    external = customer["sessions"][0]["sessionId"]
    assert "peerId" not in customer["sessions"][0]
    assert {each["sessions"][0]["peerId"] for each in (ivr, acd, first, second)} == {external}


@pytest.mark.parametrize(
    ("clock", "absent"),
    [
        ("17:31:50", {"tAcd", "tAlert", "tAnswered", "tConnected"}),
        ("17:33:00", {"tTalk", "tTalkComplete", "tConnected"}),
        ("17:38:15", {"tHandle_second"}),
    ],
)
def test_while_it_goes_on_nothing_later_shows(clock: str, absent: set[str]) -> None:
    seen = record(call(), at(clock), Settings())
    assert "conversationEnd" not in seen
    names = set()
    for participant, session in sessions(seen):
        for metric in session.get("metrics", []):
            assert metric["emitDate"] <= iso(at(clock))
            suffix = "_second" if participant.get("userId") == SECOND.id else ""
            names |= {metric["name"], metric["name"] + suffix}
        for segment in session["segments"]:
            assert segment.get("segmentEnd", "") <= iso(at(clock))
    assert not names & absent
    assert "null" not in encoded(call(), at(clock), Settings()).decode()


def test_a_live_segment_has_no_end_and_a_live_alert_no_connection() -> None:
    seen = record(call(), at("17:31:58"), Settings())
    last = seen["participants"][-1]["sessions"][0]
    assert [segment["segmentType"] for segment in last["segments"]] == ["alert"]
    assert "segmentEnd" not in last["segments"][0]
    assert "metrics" not in last


def test_emissions_carry_what_was_known_when_they_were_emitted() -> None:
    found = {(each.metric, each.value): each for each in emissions(call(), LATER, Settings())}
    connected = found["nConnected", 1]
    assert "queueId" not in connected.dims
    assert "userId" not in connected.dims
    offered = found["nOffered", 1]
    assert offered.dims["queueId"] == QUEUE.id
    assert "userId" not in offered.dims
    answered = found["tAnswered", 12_411]
    assert (answered.dims["queueId"], answered.dims["userId"]) == (QUEUE.id, SECOND.id)
    assert "wrapUpCode" not in answered.dims
    assert found["tHandle", 377_894].dims["wrapUpCode"] == "ININ-WRAP-UP-TIMEOUT"
    assert found["tWait", 12_411].at_ms == at("17:32:00.063")
    assert answered.at_ms == at("17:32:00.080")
