"""Interactions: one row for each conversation."""

import pandas as pd

from gcanalytics.frames import schema

from .conversation_shapes import Computed, acd, agent, bounced, conversation, customer, row, when


def test_a_conversation_with_a_transfer_in_one_row() -> None:
    found = Computed(
        conversation(
            customer(0, 400),
            acd(10, 20),
            bounced("u2", 11, 15),
            agent("u1", 16, 20, 100, 110, offered=10, how="transfer"),
            acd(100.25, 130.25, queue="q2"),
            agent("u2", 120, 130, 390, 400, offered=100.25, queue="q2", code="w9"),
        )
    ).interactions
    assert row(found, "mediaType", "direction", "started_at", "ended_at") == [
        "voice",
        "inbound",
        when(0),
        when(1000),
    ]
    assert row(found, "first_queue", "last_queue", "offers", "transfers") == ["Support", "Billing", 2, 1]
    assert row(found, "answered", "abandoned") == [True, False]
    assert row(found, "wait_s", "talk_s", "hold_s", "acw_s", "handle_s") == [39.75, 340.0, 0.0, 20.0, 360.0]
    assert found[["agents", "wrap_ups"]].iloc[0].tolist() == [["Ann", "Bob"], ["Done", "w9"]]


def test_seconds_are_of_whole_milliseconds() -> None:
    found = Computed(
        conversation(
            acd(10, 10.1),
            agent("u1", 10, 10.1, 10.2, 10.3, offered=10, how="transfer"),
            acd(20, 20.2),
            agent("u2", 20, 20.2, 20.4, 20.6, offered=20),
        )
    ).interactions
    assert row(found, "wait_s", "talk_s", "acw_s", "handle_s") == [0.3, 0.3, 0.3, 0.6]


def test_an_abandon_after_a_transfer_is_answered_and_abandoned() -> None:
    found = Computed(
        conversation(
            acd(10, 20),
            agent("u1", 16, 20, 100, offered=10, how="transfer"),
            acd(100, 160, "tAbandon", how="peer"),
        )
    ).interactions
    assert row(found, "answered", "abandoned", "handle_s") == [True, True, None]


def test_consults_are_no_offers_of_the_customer() -> None:
    asking = agent("u1", 15, 20, 200, offered=10, sessionId="a")
    found = Computed(
        conversation(acd(10, 20), asking, acd(100, 160, "tAbandon", queue="q2", peerId="a"))
    ).interactions
    assert row(found, "offers", "abandoned", "last_queue") == [1, False, "Support"]


def test_a_direct_call_is_answered_without_an_offer() -> None:
    found = Computed(
        conversation(customer(0, 50, queue=None), agent("u1", 5, 10, 50, 55, queue=None))
    ).interactions
    assert row(found, "answered", "offers", "first_queue", "wait_s") == [True, 0, None, 0.0]
    assert found["agents"].tolist() == [["Ann"]]


def test_every_conversation_has_a_row_whatever_it_lacks() -> None:
    found = Computed(
        conversation(), None, conversation(customer(0, None), acd(1, None), number=1, end=None)
    ).interactions
    assert found["conversationId"].tolist()[:2] == ["c0", "c1"]
    assert found["ended_at"].isna().tolist() == [False, True, True]
    assert found["answered"].tolist() == [False] * 3


def test_the_last_queue_is_the_last_in_time_whatever_the_order_of_the_record() -> None:
    later = acd(50, 60, "tAbandon", queue="q2", how="peer")
    earlier = acd(5, 10)
    first = agent("u1", 7, 10, 50, 55, offered=5, how="transfer")
    second = agent("u2", 51, 52, 53, 54, queue=None, code="w2")
    for order in ([earlier, first, later, second], [second, later, first, earlier]):
        found = Computed(conversation(customer(0, 60), *order)).interactions
        assert found[["agents", "wrap_ups"]].iloc[0].tolist() == [["Ann", "Bob"], ["Done", "w2"]]
        assert row(found, "first_queue", "last_queue", "answered", "abandoned") == [
            "Support",
            "Billing",
            True,
            True,
        ]


def test_no_conversations_make_an_empty_typed_table() -> None:
    pd.testing.assert_frame_equal(Computed().interactions, schema.empty_frame("interactions"))
