"""The reducer of the live view: pictures merge without order and never backwards."""

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics.live.pictures import Conversation, milliseconds
from gcanalytics.live.state import LiveState

from .queue_pictures import (
    LIFE,
    OTHER,
    QUEUE,
    START_MS,
    TOPIC,
    agent,
    customer,
    fold,
    iso,
    live,
    party,
    picture,
    status_of,
)


@pytest.mark.parametrize("status", list(LIFE))
def test_each_moment_of_a_call_has_its_status(status: str) -> None:
    conversation = Conversation("c1")
    assert conversation.merge([msgspec.Raw(json.dumps(p).encode()) for p in LIFE[status]["participants"]])
    standing = conversation.view({QUEUE})
    assert standing is not None
    assert standing.status == status


def test_a_call_is_followed_from_its_wait_to_its_end() -> None:
    state = live()
    for status in ("waiting", "alerting", "interacting", "on hold", "interacting", "wrap-up"):
        fold(state, TOPIC, LIFE[status])
        assert status_of(state) == status
    row = state.rows["c1"]
    assert (row.media, row.direction, row.remote, row.user_id) == (
        "voice",
        "inbound",
        "tel:+4915112345678",
        "u1",
    )
    fold(state, TOPIC, LIFE["ended"])
    assert not state.rows
    over = state.ended["c1"].standing
    assert (over.outcome, over.offered_ms, over.answered_ms) == (
        "answered",
        START_MS + 5000,
        START_MS + 20_000,
    )
    assert [entry.text for entry in state.entries] == [
        "waiting", "alerting", "interacting", "on hold", "interacting", "wrap-up", "ended",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (picture(customer(40), party("acd", 5, 40)), "abandoned"),
        (picture(customer(), party("acd", 5, 40)), "left the queue"),
        (
            picture(
                customer(),
                party("acd", 5, 20),
                agent(20, 40, wrapupRequired=False),
                party("acd", 40, id="p2", queue=OTHER),
            ),
            "answered",
        ),
    ],
)
def test_a_conversation_leaves_the_queue_in_three_ways(last: dict[str, Any], outcome: str) -> None:
    state = live()
    fold(state, TOPIC, LIFE["waiting"])
    fold(state, TOPIC, last)
    assert not state.rows
    assert state.ended["c1"].standing.outcome == outcome


def test_what_happens_in_another_queue_is_not_shown() -> None:
    state = live()
    fold(state, TOPIC, picture(party("customer", 0, queue=OTHER), party("acd", 5, queue=OTHER)))
    assert not state.rows


def test_an_alert_that_bounces_leaves_the_customer_waiting() -> None:
    state = live()
    fold(state, TOPIC, LIFE["alerting"])
    bounced = agent(None, 12)
    fold(state, TOPIC, picture(customer(), party("acd", 5), bounced))
    assert status_of(state) == "waiting"
    assert state.rows["c1"].standing.since_ms == START_MS + 5000
    fold(state, TOPIC, picture(customer(), party("acd", 5), bounced, agent(None, id="p-2")))
    assert status_of(state) == "alerting"


def test_a_hold_ends_also_where_the_platform_takes_its_start_away() -> None:
    state = live()
    fold(state, TOPIC, LIFE["interacting"])
    fold(state, TOPIC, LIFE["on hold"])
    fold(state, TOPIC, LIFE["on hold"])
    fold(state, TOPIC, LIFE["interacting"])
    fold(state, TOPIC, LIFE["on hold"])  # a copy that came late
    assert status_of(state) == "interacting"
    again = agent(20, call={"held": True, "startHoldTime": iso(45)})
    fold(state, TOPIC, picture(customer(), party("acd", 5, 20), again))
    assert (state.rows["c1"].status, state.rows["c1"].standing.since_ms) == ("on hold", START_MS + 45_000)


KEYS = [
    *("id", "participants", "calls", "queueId", "purpose", "connectedTime", "afterCallWork", "state", "user"),
    *("group", "data", "interval", "metrics", "metric", "stats", "count", "routingStatus", "status"),
]
TOPICS = [
    TOPIC,
    f"v2.analytics.queues.{QUEUE}.observations",
    f"v2.routing.queues.{QUEUE}.users",
    "v2.users.u1.routingStatus",
    "v2.x",
]


def test_the_log_tells_when_something_happened_and_not_when_the_status_began() -> None:
    state = live()
    for status in ("interacting", "on hold", "interacting", "wrap-up"):
        fold(state, TOPIC, LIFE[status])
    assert [entry.at_ms - START_MS for entry in state.entries] == [20_000, 30_000, 30_000, 60_000]


_odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("oWaiting"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.sampled_from(TOPICS), _odd), max_size=6))
@settings(max_examples=150, deadline=None)
def test_no_event_of_any_shape_breaks_the_reducer(events: list[tuple[str, Any]]) -> None:
    state = live()
    for topic, body in events:
        fold(state, topic, body)
        state.tiles()
        state.ongoing()
    assert state.events == len(events)


_second = st.integers(0, 3000).map(lambda tenths: tenths / 10)


@st.composite
def lives(draw: st.DrawFn, id: str = "c1") -> list[dict[str, Any]]:  # noqa: A002 - the platform's name
    """The pictures of one conversation in their order, each part appearing and ending at its time."""
    offered, waited, talked, worked = (draw(_second) for _ in range(4))
    answered, hung_up = offered + waited, offered + waited + talked
    held = draw(st.booleans())
    hold = {"startHoldTime": iso(answered + talked / 3)} if held else {}
    pictures = [picture(customer(), id=id), picture(customer(), party("acd", offered), id=id)]
    if draw(st.booleans()):
        pictures.append(picture(customer(answered), party("acd", offered, answered), id=id))
        return pictures
    over = party("acd", offered, answered)
    pictures.append(picture(customer(), party("acd", offered), agent(None), id=id))
    pictures.append(picture(customer(), over, agent(answered), id=id))
    if held:
        pictures.append(picture(customer(), over, agent(answered, call={"held": True, **hold}), id=id))
        pictures.append(picture(customer(), over, agent(answered, call=hold), id=id))
    ended = agent(answered, hung_up, startAcwTime=iso(hung_up), call=hold)
    pictures.append(picture(customer(hung_up), over, ended, id=id))
    if draw(st.booleans()):
        pictures.append(
            picture(
                customer(hung_up),
                over,
                {**ended, "endAcwTime": iso(hung_up + worked), "wrapup": {"code": "x"}},
                id=id,
            )
        )
    return pictures


def essence(state: LiveState) -> Any:
    rows = {
        i: (r.status, r.standing.since_ms, r.standing.queue_id, r.user_id, r.remote)
        for i, r in state.rows.items()
    }
    ended = {
        i: (r.standing.outcome, r.standing.offered_ms, r.standing.answered_ms, r.ended_ms)
        for i, r in state.ended.items()
        if i not in rows
    }
    tiles = state.tiles()
    return rows, ended, tiles.waiting, tiles.alerting, tiles.interacting, tiles.wrap_up


@given(lives("c1"), lives("c2"), st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_duplicates_and_any_order_lead_to_the_same_state(
    first: list[Any], second: list[Any], seed: int
) -> None:
    straight, mixed = live(), live()
    for body in first + second:
        fold(straight, TOPIC, body)
    shuffled = (first + second) * 2
    random.Random(seed).shuffle(shuffled)
    for body in shuffled:
        fold(mixed, TOPIC, body)
    assert essence(mixed) == essence(straight)


@given(lives(), st.data())
@settings(max_examples=100, deadline=None)
def test_an_old_picture_never_takes_anything_back(pictures: list[Any], data: st.DataObject) -> None:
    state = live()
    for body in pictures:
        fold(state, TOPIC, body)
    before = essence(state)
    fold(state, TOPIC, data.draw(st.sampled_from(pictures)))
    assert essence(state) == before


@given(lives(), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_what_is_concluded_from_pictures_is_what_their_parts_say(pictures: list[Any], seed: int) -> None:
    random.Random(seed).shuffle(pictures)
    conversation = Conversation("c1")
    for body in pictures:
        conversation.merge([msgspec.Raw(json.dumps(each).encode()) for each in body["participants"]])
        for each in conversation.parties.values():
            talks = list(each.talks.values())
            instants = (each.connected_ms, each.ended_ms, each.acw_start_ms, each.acw_end_ms)
            begun = [talk.connected_ms for talk in talks if talk.connected_ms is not None]
            assert each.over == (each.ended_ms is not None or all(talk.over for talk in talks))
            assert each.talking_since_ms == (each.connected_ms or min(begun, default=None))
            assert each.latest_ms == max([at or 0 for at in instants] + [talk.latest_ms for talk in talks])
            assert each.direction == "inbound"
        outside = [each for each in conversation.parties.values() if each.purpose == "customer"]
        assert conversation.gone == all(each.over for each in outside)
        assert conversation.customer is outside[0]
        assert conversation.media == "voice"


def test_the_same_event_of_two_queues_is_counted_twice_and_told_once() -> None:
    state = live()
    for topic in (TOPIC, TOPIC.replace(QUEUE, OTHER)):
        fold(state, topic, LIFE["waiting"])
    assert state.events == 2
    assert [entry.text for entry in state.entries] == ["waiting"]


def test_a_conversation_that_comes_back_by_transfer_waits_anew_and_is_one() -> None:
    state = live()
    fold(state, TOPIC, picture(customer(), party("acd", 5, 20), agent(20, wrapupRequired=False)))
    away = agent(20, 40, wrapupRequired=False)
    elsewhere = party("acd", 40, id="p2", queue=OTHER)
    fold(state, TOPIC, picture(customer(), party("acd", 5, 20), away, elsewhere))
    assert not state.rows
    assert state.ended["c1"].user_id == "u1"
    elsewhere = party("acd", 40, 50, id="p2", queue=OTHER)
    back = party("acd", 50, id="p3")
    fold(state, TOPIC, picture(customer(), party("acd", 5, 20), away, elsewhere, back))
    row = state.rows["c1"]
    assert (row.status, row.standing.since_ms, row.user_id) == ("waiting", START_MS + 50_000, None)
    assert [entry.text for entry in state.entries] == ["interacting", "left the queue", "waiting"]
    gone = party("acd", 50, 70, id="p3")
    fold(state, TOPIC, picture(customer(70), party("acd", 5, 20), away, elsewhere, gone))
    assert not state.rows
    assert list(state.ended) == ["c1"]


def test_a_conversation_of_two_watched_queues_is_one_and_in_the_queue_it_moved_to() -> None:
    state = LiveState([QUEUE, OTHER], clock=lambda: 0.0, wall=lambda: 0.0)
    moved = picture(customer(), party("acd", 5, 30), party("acd", 30, id="p2", queue=OTHER))
    for body in (LIFE["waiting"], moved, moved, LIFE["waiting"]):
        for queue_id in (QUEUE, OTHER):
            fold(state, f"v2.routing.queues.{queue_id}.conversations", body)
    row = state.rows["c1"]
    assert (row.standing.queue_id, row.standing.since_ms) == (OTHER, START_MS + 30_000)
    assert [entry.text for entry in state.entries] == ["waiting", "waiting"]
    assert state.tiles().waiting == 1


def test_who_is_handed_on_to_an_agent_directly_has_left_the_queue() -> None:
    state = live()
    consulted = party("agent", 30, id="p2", queue=None, userId="u2")
    both = (customer(), party("acd", 5, 20), agent(20, wrapupRequired=False), consulted)
    fold(state, TOPIC, picture(*both))
    assert (status_of(state), state.rows["c1"].user_id) == ("interacting", "u1")
    handed_on = (customer(), party("acd", 5, 20), agent(20, 40, wrapupRequired=False), consulted)
    fold(state, TOPIC, picture(*handed_on))
    assert not state.rows
    assert (state.ended["c1"].standing.outcome, state.entries[-1].text) == ("answered", "left the queue")


def test_an_ended_conversation_keeps_the_agent_who_talked() -> None:
    state = live()
    fold(state, TOPIC, LIFE["interacting"])
    fold(state, TOPIC, LIFE["ended"])
    assert state.ended["c1"].user_id == "u1"
    bounced = picture(customer(30), party("acd", 5, 30), agent(None, 12), id="c2")
    fold(state, TOPIC, {**LIFE["alerting"], "id": "c2"})
    fold(state, TOPIC, bounced)
    assert (state.ended["c2"].standing.outcome, state.ended["c2"].user_id) == ("abandoned", None)


@pytest.mark.parametrize("participants", [None, []])
def test_a_picture_without_participants_changes_nothing(participants: Any) -> None:
    state = live()
    fold(state, TOPIC, LIFE["waiting"])
    fold(state, TOPIC, {"id": "c1", "participants": participants})
    assert status_of(state) == "waiting"
    assert state.unreadable == 0


def test_what_never_came_to_the_queue_is_forgotten_with_its_customer() -> None:
    state = live()
    fold(state, TOPIC, picture(customer()))
    assert list(state.conversations) == ["c1"]
    fold(state, TOPIC, picture(customer(30)))
    assert not state.conversations
    assert not state.ended


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gcanalytics.live.state.ENDED_KEPT", 5)
    state = live()
    for number in range(20):
        fold(state, TOPIC, {**LIFE["waiting"], "id": f"c{number}"})
        fold(state, TOPIC, {**LIFE["ended"], "id": f"c{number}"})
    assert len(state.ended) == len(state.conversations) == 5


@pytest.mark.parametrize(
    "text", ["2026-11-18T10:00:00.123Z", "2026-11-18T11:00:00.123+01:00", "2026-11-18T10:00:00.123"]
)
def test_instants_are_read_in_every_accepted_form(text: str) -> None:
    assert milliseconds(text) == 1_763_460_000_123 + 365 * 86_400_000


@pytest.mark.parametrize("value", [None, "", "soon", 5, {}])
def test_what_is_no_instant_is_none(value: Any) -> None:
    assert milliseconds(value) is None


@pytest.mark.parametrize("odd", [[], {}, 5, None, "x", [[]], [{}], {"state": []}], ids=repr)
@pytest.mark.parametrize("place", ["state", "held", "afterCallWork", "connectedTime", "id", "direction"])
def test_an_odd_value_in_a_session_changes_nothing_else(place: str, odd: Any) -> None:
    state = live()
    fold(state, TOPIC, picture(customer(call={place: odd}), party("acd", 5)))
    assert status_of(state) == "waiting"
