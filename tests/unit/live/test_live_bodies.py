"""What is read of a participant: typed where the platform keeps its word, and the rest all the same."""

import json
from typing import Any

import msgspec
import pytest

from gcanalytics.live.bodies import MEDIA, participant

from .queue_pictures import LIFE, TOPIC, agent, customer, fold, live, party, picture, status_of


def read(body: Any) -> Any:
    return participant(msgspec.Raw(json.dumps(body).encode()))


def test_sessions_come_by_medium_the_leading_one_first() -> None:
    body = {name: [{"id": name}] for name in reversed(list(MEDIA))}
    found = [(media, [session.id for session in array]) for media, array in read(body).sessions()]
    assert found == [(media, [name]) for name, media in MEDIA.items()]


@pytest.mark.parametrize("odd", [None, 5, "x", True, {}, {"id": "s"}, [5], ["x"], [[]], [None]], ids=repr)
def test_an_odd_value_in_the_place_of_sessions_leaves_the_rest(odd: Any) -> None:
    talking = agent(20)
    for array in MEDIA:
        if array != "calls":
            state = live()
            fold(state, TOPIC, picture(customer(), party("acd", 5, 20), {**talking, array: odd}))
            row = state.rows["c1"]
            assert (row.status, row.user_id, row.media) == ("interacting", "u1", "voice"), array
    state = live()
    beside = [*odd, *talking["calls"]] if isinstance(odd, list) else talking["calls"]
    fold(state, TOPIC, picture(customer(), party("acd", 5, 20), {**talking, "emails": 7, "calls": beside}))
    assert (status_of(state), state.unreadable) == ("interacting", 0)


@pytest.mark.parametrize("odd", [None, [], 5, "x", [{}]], ids=repr)
def test_a_participant_that_is_no_object_is_left_out(odd: Any) -> None:
    assert read(odd) is None
    state = live()
    body = LIFE["interacting"]
    fold(state, TOPIC, {**body, "participants": [odd, *body["participants"], odd]})
    assert (status_of(state), state.unreadable) == ("interacting", 0)


def test_a_session_without_an_id_is_known_by_its_place_whatever_stands_before_it() -> None:
    state = live()
    held = {"held": True, "startHoldTime": "2025-11-18T10:00:30Z"}
    for call in ({"state": "connected"}, {"state": "connected", **held}):
        body = {**agent(20), "calls": ["odd", call]}
        fold(state, TOPIC, picture(customer(), party("acd", 5, 20), body))
    assert status_of(state) == "on hold"
    assert len(state.conversations["c1"].parties["p-agent"].talks) == 1
