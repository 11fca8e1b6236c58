"""Legs: outcome, waits and agents of each ACD offer."""

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


def test_an_answered_call_after_a_bounce_is_the_answering_agents() -> None:
    found = Computed(
        conversation(
            customer(0, 400),
            acd(10, 22.411),
            bounced("u1", 12, 19),
            agent("u2", 20, 22.4, 390, 400, offered=9.989),
        )
    ).legs
    assert len(found) == 1
    assert row(found, "queue", "mediaType", "kind", "outcome", "agent", "userId") == [
        "Support",
        "voice",
        "customer",
        "answered",
        "Bob",
        "u2",
    ]
    assert row(found, "offered_at", "ended_at", "answered_at") == [when(10), when(22.411), when(22.4)]
    assert row(found, "wait_s", "no_answers", "agent_participant_no", "agent_session_no") == [12.411, 1, 3, 0]
    assert row(found, "sl_target_s", "sl_target", "short_abandon") == [20.0, 0.8, None]
    assert found["divisionIds"].tolist() == [["d"]]


def test_an_abandon_counts_when_the_customer_hung_up() -> None:
    ringing = part(
        "agent",
        [segment("alert", 25, 30, queueId="q1", disconnectType="peer")],
        [metric("tAlert", 5, 30)],
        user="u1",
    )
    found = Computed(conversation(customer(0, 30), acd(10, 30, "tAbandon", how="peer"), ringing)).legs
    assert row(found, "outcome", "wait_s", "ended_at", "answered_at", "userId") == [
        "abandoned",
        20.0,
        when(30),
        None,
        None,
    ]
    assert row(found, "short_abandon", "no_answers") == [False, 0]


def test_a_short_abandon_is_marked() -> None:
    offer = acd(10, 12, "tAbandon", how="peer")
    offer["sessions"][0]["metrics"].append(metric("tShortAbandon", 2, 12))
    assert Computed(conversation(customer(0, 12), offer)).legs["short_abandon"].tolist() == [True]


def test_a_flow_out_says_where_it_led() -> None:
    found = Computed(conversation(customer(0, 90), acd(10, 70, "tFlowOut", flowOutType="voicemail"))).legs
    assert row(found, "outcome", "wait_s", "ended_at", "flowOutType") == [
        "flow_out",
        60.0,
        when(70),
        "voicemail",
    ]


def test_an_offer_that_still_waits_is_open() -> None:
    found = Computed(conversation(customer(0, None), acd(10, None), end=None)).legs
    assert row(found, "outcome", "wait_s", "ended_at", "offered_at") == ["open", None, None, when(10)]


@pytest.mark.parametrize(
    ("how", "fields", "outcome"),
    [("peer", {}, "abandoned"), ("transfer", {}, "flow_out"), ("client", {"flowOutType": "acd"}, "flow_out")],
)
def test_without_metrics_the_end_of_the_session_tells(how: str, fields: dict[str, str], outcome: str) -> None:
    found = Computed(conversation(acd(10, 30, how=how, **fields))).legs
    assert row(found, "outcome", "wait_s") == [outcome, 20.0]


def test_a_callback_is_answered_by_the_first_agent_who_comes_on() -> None:
    offer = acd(10, 30, media="callback", direction="outbound")
    found = Computed(conversation(offer, agent("u1", 20, 30, 90, 95, media="callback", direction="outbound")))
    assert row(found.legs, "outcome", "answered_at", "agent") == ["answered", when(30), "Ann"]
    assert found.handlings["result"].tolist() == ["answered"]


def customer_called(dialled: float, reached: float | None = None, end: float = 60) -> dict[str, Any]:
    """A customer whom the platform itself rings up."""
    talk = [] if reached is None else [segment("interact", reached, end, queueId="q1")]
    dialing = segment("dialing", dialled, reached or end, queueId="q1")
    return part("customer", [dialing, *talk], direction="outbound")


@pytest.mark.parametrize("reached", [None, 50])
def test_a_callback_that_rings_the_customer_up_first_has_left_the_queue_with_it(
    reached: float | None,
) -> None:
    # As recorded of a live organisation: the offer ends where the dialing begins, and a second one follows.
    offer = acd(10, 40, media="callback", direction="outbound", how="client")
    again = [acd(51, 52), agent("u1", 51, 52, 200, 205, offered=51)] if reached else []
    found = Computed(conversation(offer, customer_called(40.1, reached, 200), *again))
    assert found.legs["outcome"].tolist() == ["flow_out", *(["answered"] if reached else [])]
    assert found.interactions[["answered", "abandoned"]].to_numpy().tolist() == [[bool(reached), False]]


def test_a_callback_that_nobody_called_is_abandoned() -> None:
    before = customer_called(1, 5, 9)
    offer = acd(10, 40, media="callback", direction="outbound", how="client")
    silent = part("customer", [], direction="outbound")
    assert Computed(conversation(before, offer, silent)).legs["outcome"].tolist() == ["abandoned"]
    again = [acd(50, 60, media="callback", direction="outbound"), customer_called(60.1)]
    found = Computed(conversation(offer, *again)).legs
    assert found["outcome"].tolist() == ["abandoned", "flow_out"]


def test_agents_belong_to_the_offer_of_their_queue_medium_and_time() -> None:
    found = Computed(
        conversation(
            customer(0, 300),
            acd(10, 20),
            agent("u1", 15, 20, 100, 105, offered=10, how="transfer"),
            acd(100, 130, queue="q2"),
            bounced("u1", 110, 115, queue="q2"),
            agent("u2", 125, 130, 200, 205, offered=100, queue="q2", how="transfer"),
            acd(200, 220),
            agent("u1", 210, 220, 290, 300, offered=200),
        )
    )
    assert found.legs[["queueId", "userId", "no_answers"]].to_numpy().tolist() == [
        ["q1", "u1", 0],
        ["q2", "u2", 1],
        ["q1", "u1", 0],
    ]
    assert found.handlings["leg_participant_no"].tolist() == [1, 3, 3, 6]


def test_of_two_offers_of_one_queue_the_later_one_gets_the_agent() -> None:
    found = Computed(conversation(acd(10, 50), acd(30, 50), agent("u1", 40, 50, 90, offered=30))).legs
    assert found["outcome"].tolist() == ["flow_out", "answered"]


def test_an_offer_made_while_an_agent_consults_is_a_consult() -> None:
    asking = agent(
        "u1",
        15,
        20,
        200,
        210,
        offered=10,
        how="consultTransfer",
        more=[metric("nConsult", 1, 100), metric("nConsultTransferred", 1, 200)],
    )
    found = Computed(
        conversation(
            customer(0, 300),
            acd(10, 20),
            asking,
            acd(101, 120, queue="q2"),
            agent("u2", 110, 120, 300, 305, offered=101, queue="q2"),
        )
    )
    assert found.legs["kind"].tolist() == ["customer", "consult"]


def test_a_blind_transfer_after_a_consult_given_up_is_no_consult() -> None:
    giving = agent(
        "u1",
        15,
        20,
        200,
        210,
        offered=10,
        how="transfer",
        more=[metric("nConsult", 1, 100), metric("nBlindTransferred", 1, 200)],
    )
    found = Computed(conversation(customer(0, 300), acd(10, 20), giving, acd(200.1, 220, queue="q2")))
    assert found.legs["kind"].tolist() == ["customer", "customer"]


def test_an_offer_whose_peer_is_an_agent_is_a_consult() -> None:
    asking = agent("u1", 15, 20, 200, offered=10, sessionId="a")
    found = Computed(
        conversation(acd(10, 20, sessionId="x", peerId="cust"), asking, acd(100, 110, queue="q2", peerId="a"))
    )
    assert found.legs["kind"].tolist() == ["customer", "consult"]


def test_legs_of_other_queues_are_out_of_scope() -> None:
    record = conversation(
        customer(0, 300),
        acd(10, 20),
        agent("u1", 15, 20, 100, 105, offered=10),
        acd(100, 130, "tAbandon", queue="q2"),
    )
    assert Computed(record, scope=Scope(queue_ids=frozenset({"q2"}))).legs["in_scope"].tolist() == [
        False,
        True,
    ]
    assert Computed(record, scope=Scope(user_ids=frozenset({"u1"}))).legs["in_scope"].tolist() == [
        True,
        False,
    ]
    assert Computed(record).legs["in_scope"].tolist() == [True, True]


def test_names_fall_back_to_ids() -> None:
    found = Computed(
        conversation(acd(10, 20, queue="q9"), agent("u9", 15, 20, 30, offered=10, queue="q9"))
    ).legs
    assert row(found, "queue", "agent") == ["q9", "u9"]


@pytest.mark.parametrize(
    "records", [[], [conversation()], [conversation(customer(0, 5))], [{"conversationId": "x"}], [None]]
)
def test_conversations_without_offers_have_no_legs(records: list[object]) -> None:
    pd.testing.assert_frame_equal(Computed(*records).legs, schema.empty_frame("legs"))


def test_dtypes_are_those_of_the_contract() -> None:
    found = Computed(conversation(acd(10, 20), agent("u1", 15, 20, 30, 35, offered=10)))
    for name in schema.COMPUTED_TABLES:
        frame = getattr(found, name)
        assert frame.dtypes.to_dict() == schema.empty_frame(name).dtypes.to_dict()


def test_a_value_beyond_all_sense_breaks_no_table() -> None:
    absurd = agent("u1", 12, 20, 30, 35, offered=10, more=[{"name": "tHeld", "value": 2**53 + 1}])
    found = Computed(conversation(customer(0, 40), acd(10, 20), absurd))
    assert found.handlings["hold_s"].tolist() == [(2**53 + 1) / 1000]
