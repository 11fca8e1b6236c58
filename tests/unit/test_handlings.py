"""Handlings and transfers: what each agent did, and where conversations went."""

from typing import Any

import pandas as pd
import pytest

from gcanalytics.frames import schema
from gcanalytics.frames.scope import Scope

from .conversation_shapes import (
    Computed,
    acd,
    agent,
    bounced,
    conversation,
    customer,
    metric,
    part,
    row,
    segment,
    when,
)


def test_an_answered_offer_has_all_its_parts() -> None:
    found = Computed(conversation(acd(10, 22), agent("u1", 20, 22, 122, 130, offered=10))).handlings
    assert row(found, "agent", "queue", "result", "transfer") == ["Ann", "Support", "answered", "none"]
    assert row(found, "alerted_at", "connected_at", "ended_at", "handled_at") == [
        when(20),
        when(22),
        when(130),
        when(130),
    ]
    assert row(found, "alert_s", "talk_s", "hold_s", "acw_s", "handle_s") == [2.0, 100.0, 0.0, 8.0, 108.0]
    assert row(found, "wrapUpCode", "wrap_up", "leg_participant_no", "leg_session_no") == ["w1", "Done", 0, 0]


def test_repeated_talk_and_hold_are_summed_and_their_sums_not_added() -> None:
    parts = [
        metric("tTalk", 5, 30),
        metric("tHeld", 7, 40),
        metric("tTalk", 3, 50),
        metric("tTalkComplete", 8, 50),
        metric("tHeldComplete", 7, 40),
    ]
    one = part(
        "agent", [segment("interact", 22, 50, queueId="q1")], [metric("tAnswered", 12, 22), *parts], user="u1"
    )
    assert row(Computed(conversation(one)).handlings, "talk_s", "hold_s", "handle_s") == [8.0, 7.0, None]


def test_a_bounced_agent_has_no_answer_and_may_have_after_call_work() -> None:
    one = bounced("u1", 12, 19)
    one["sessions"][0]["segments"].append(
        segment("wrapup", 19, 80, queueId="q1", wrapUpCode="w9", disconnectType="client")
    )
    one["sessions"][0]["metrics"] += [metric("tAcw", 57, 76), metric("tHandle", 57, 76)]
    found = Computed(conversation(acd(10, 100, "tAbandon"), one)).handlings
    assert row(found, "result", "acw_s", "talk_s", "handle_s", "handled_at", "wrap_up") == [
        "no_answer",
        57.0,
        0.0,
        57.0,
        when(76),
        "w9",
    ]
    assert row(found, "connected_at", "leg_participant_no") == [None, 0]


def _alert(end: float | None, how: str | None = None, *metrics: dict[str, Any]) -> Any:
    fields = {"disconnectType": how} if how else {}
    return part("agent", [segment("alert", 12, end, queueId="q1", **fields)], [*metrics], user="u1")


@pytest.mark.parametrize(
    ("one", "result"),
    [
        (_alert(20, "client", metric("nAgentDeclined", 1, 20)), "declined"),
        (_alert(20, "client"), "no_answer"),
        (_alert(20, "peer", metric("tAlert", 8, 20)), "withdrawn"),
        (_alert(None), "open"),
        (agent("u1", 12, 20, 90, queue=None), "direct"),
        (agent("u1", 12, 20, 90, queue="q1", direction="outbound"), "outbound"),
        (part("agent", [segment("monitoring", 12, 20)], user="u1"), "monitoring"),
        (part("agent", [segment("interact", 12, 20)], user="u1", monitoredParticipantId="x"), "monitoring"),
    ],
)
def test_what_became_of_an_agents_session(one: Any, result: str) -> None:
    found = Computed(conversation(customer(0, 100), one)).handlings
    assert found["result"].tolist() == [result]


def test_a_supervisor_who_listens_in_is_nobodys_answer() -> None:
    watching = part("agent", [segment("monitoring", 15, 20, queueId="q1")], user="u2")
    found = Computed(conversation(acd(10, 18), watching, agent("u1", 14, 18, 60, offered=10)))
    assert found.legs["userId"].tolist() == ["u1"]
    assert found.handlings["result"].tolist() == ["monitoring", "answered"]


def test_a_blind_transfer_to_a_queue_goes_to_who_answers_there() -> None:
    giving = agent(
        "u1",
        15,
        20,
        100,
        110,
        offered=10,
        how="transfer",
        more=[metric("nTransferred", 1, 100), metric("nBlindTransferred", 1, 100)],
    )
    taking = agent("u2", 115, 120, 200, 205, offered=100.02, queue="q2")
    found = Computed(
        conversation(customer(0, 200), acd(10, 20), giving, acd(100.02, 120, queue="q2"), taking)
    )
    assert found.handlings["transfer"].tolist() == ["blind", "none"]
    assert row(found.transfers, "at", "kind", "from_queue", "agent") == [when(100), "blind", "Support", "Ann"]
    assert row(found.transfers, "to_queueId", "to_queue", "to_userId", "to_agent") == [
        "q2",
        "Billing",
        "u2",
        "Bob",
    ]


def test_a_blind_transfer_to_a_queue_where_nobody_answers_has_no_agent() -> None:
    giving = agent("u1", 15, 20, 100, 110, offered=10, how="transfer")
    found = Computed(conversation(acd(10, 20), giving, acd(100.02, 160, "tAbandon", queue="q2", how="peer")))
    assert row(found.transfers, "kind", "to_queue", "to_agent") == ["blind", "Billing", None]


def test_a_blind_transfer_to_an_agent_makes_no_offer() -> None:
    giving = agent(
        "u1", 15, 20, 100, 110, offered=10, how="transfer", more=[metric("nBlindTransferred", 1, 100)]
    )
    found = Computed(conversation(acd(10, 20), giving, agent("u2", 100.3, 110, 200, 205, queue=None)))
    assert row(found.transfers, "kind", "to_queue", "to_agent") == ["blind", None, "Bob"]
    assert found.handlings["result"].tolist() == ["answered", "direct"]
    assert len(found.legs) == 1


def test_a_consult_transfer_went_to_whom_the_agent_had_called_up() -> None:
    counts = [
        metric("nConsult", 1, 60),
        metric("nTransferred", 1, 100),
        metric("nConsultTransferred", 1, 100),
    ]
    giving = agent("u1", 15, 20, 100, 110, offered=10, how="consultTransfer", more=counts)
    to_queue = [acd(60.1, 70, queue="q2"), agent("u2", 65, 70, 200, 205, offered=60.1, queue="q2")]
    found = Computed(
        conversation(acd(10, 20), giving, *to_queue),
        conversation(acd(10, 20), giving, agent("u2", 60.2, 70, 200, queue=None), number=1),
    )
    assert found.transfers["kind"].tolist() == ["consult", "consult"]
    assert row(found.transfers, "to_queue", "to_agent") == ["Billing", "Bob"]
    assert row(found.transfers, "to_queue", "to_agent", place=1) == [None, "Bob"]


@pytest.mark.parametrize("place", ["callback", "call", "nowhere"])
@pytest.mark.parametrize("how", ["client", "transfer"])
def test_a_callback_that_is_passed_on_is_one_transfer_of_its_own_row(place: str, how: str) -> None:
    counts = [metric(name, 1, 99.9) for name in ("nTransferred", "nBlindTransferred")]
    outbound: dict[str, Any] = {"media": "callback", "direction": "outbound"}
    giving = agent("u1", 15, 20, 101, 110, how=how, more=counts if place == "callback" else [], **outbound)
    call = [segment("dialing", 22, 25, queueId="q1"), segment("interact", 25, 100, disconnectType="transfer")]
    line = part("agent", call, counts if place == "call" else [], direction="outbound")
    giving["sessions"] += line["sessions"]
    taking = agent("u2", 115, 120, 200, 205, offered=100.02, queue="q2")
    found = Computed(conversation(acd(10, 20, **outbound), giving, acd(100.02, 120, queue="q2"), taking))
    assert found.handlings["result"].tolist() == ["answered", "callback", "answered"]
    assert found.handlings["transfer"].tolist() == ["blind", "none", "none"]
    assert len(found.transfers) == 1
    assert row(found.transfers, "kind", "agent", "from_queue", "to_queue", "to_agent") == [
        "blind", "Ann", "Support", "Billing", "Bob",
    ]  # fmt: skip
    assert found.interactions["transfers"].tolist() == [1]


@pytest.mark.parametrize("target", ["outside", "queue"])
def test_who_consults_in_a_callback_and_passes_it_on_is_not_his_own_receiver(target: str) -> None:
    counts = [
        metric("nConsult", 1, 60),
        metric("nTransferred", 1, 99.9),
        metric("nConsultTransferred", 1, 99.9),
    ]
    outbound: dict[str, Any] = {"media": "callback", "direction": "outbound"}
    giving = agent("u1", 15, 20, 101, 110, how="client", **outbound)
    call = [segment("dialing", 22, 25, queueId="q1"), segment("interact", 25, 100, disconnectType="client")]
    giving["sessions"] += part("agent", call, counts, direction="outbound")["sessions"]
    taking = [acd(60.1, 70, queue="q2"), agent("u2", 65, 70, 200, 205, offered=60.1, queue="q2")]
    found = Computed(conversation(acd(10, 20, **outbound), giving, *(taking if target == "queue" else [])))
    assert len(found.transfers) == 1
    told = ["Billing", "Bob"] if target == "queue" else [None, None]
    assert row(found.transfers, "kind", "agent", "to_queue", "to_agent") == ["consult", "Ann", *told]


def test_an_agent_who_calls_twice_for_a_callback_is_not_his_own_receiver() -> None:
    outbound: dict[str, Any] = {"media": "callback", "direction": "outbound"}
    giving = agent("u1", 15, 20, 101, 110, how="client", **outbound)
    for begins, ends, how in ((22, 40, "transfer"), (41, 100, "peer")):
        call = [
            segment("dialing", begins, begins + 3, queueId="q1"),
            segment("interact", begins + 3, ends, disconnectType=how),
        ]
        giving["sessions"] += part("agent", call, direction="outbound")["sessions"]
    found = Computed(conversation(acd(10, 20, **outbound), giving)).transfers
    assert row(found, "kind", "to_queueId", "to_userId") == ["blind", None, None]


def test_a_transfer_to_the_outside_has_no_receiver() -> None:
    found = Computed(
        conversation(acd(10, 20), agent("u1", 15, 20, 100, offered=10, how="transfer"))
    ).transfers
    assert row(found, "kind", "to_queueId", "to_userId") == ["blind", None, None]


def test_handlings_and_transfers_are_judged_by_the_pulls_filters() -> None:
    giving = agent("u1", 15, 20, 100, 110, offered=10, how="transfer")
    record = conversation(
        acd(10, 20), giving, acd(100, 120, queue="q2"), agent("u2", 110, 120, 200, offered=100, queue="q2")
    )
    found = Computed(record, scope=Scope(queue_ids=frozenset({"q2"})))
    assert found.handlings["in_scope"].tolist() == [False, True]
    assert found.transfers["in_scope"].tolist() == [False]


@pytest.mark.parametrize("name", ["handlings", "transfers"])
@pytest.mark.parametrize(
    "records", [[], [conversation()], [conversation(customer(0, 5), {"purpose": "agent"})], [None]]
)
def test_conversations_without_agents_have_neither(records: list[Any], name: str) -> None:
    pd.testing.assert_frame_equal(getattr(Computed(*records), name), schema.empty_frame(name))
