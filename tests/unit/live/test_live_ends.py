"""When a conversation ended for our queues, though it goes on elsewhere and its events still come."""

from typing import Any

import pytest

from .queue_pictures import OTHER, QUEUE, START_MS, TOPIC, agent, customer, fold, live, party, picture


def elsewhere(begin: float, end: float | None = None) -> dict[str, Any]:
    return party("acd", begin, end, id="p2", queue=OTHER)


TALK_ELSEWHERE = party("agent", 100, 300, id="p3", queue=OTHER, userId="u9", wrapupRequired=False)


@pytest.mark.parametrize(
    ("ours", "outcome", "ended_s"),
    [
        ((party("acd", 5, 40),), "left the queue", 40),
        ((party("acd", 5, 20), agent(20, 40, wrapupRequired=False)), "answered", 40),
        ((party("acd", 5, 20), agent(20, 40, startAcwTime="x", wrapup={})), "answered", 40),
    ],
    ids=["flowed out", "handed on", "handed on and wrapped up"],
)
def test_what_left_the_queue_ended_when_it_left(
    ours: tuple[dict[str, Any], ...], outcome: str, ended_s: float
) -> None:
    state = live()
    fold(state, TOPIC, picture(customer(), party("acd", 5)))
    for more in (
        (customer(), *ours),
        (customer(), *ours, elsewhere(40)),
        (customer(), *ours, elsewhere(40, 100), {**TALK_ELSEWHERE, "endTime": None}),
        (customer(300), *ours, elsewhere(40, 100), TALK_ELSEWHERE),
    ):
        fold(state, TOPIC, picture(*more))
        row = state.ended["c1"]
        assert (row.standing.outcome, row.ended_ms) == (outcome, START_MS + round(ended_s * 1000))


def test_a_view_that_begins_behind_the_end_knows_it_too() -> None:
    state = live()
    ours = (party("acd", 5, 20), agent(20, 40, wrapupRequired=False))
    fold(state, TOPIC, picture(customer(300), *ours, elsewhere(40, 100), TALK_ELSEWHERE))
    row = state.ended["c1"]
    assert (row.ended_ms, row.standing.answered_ms) == (START_MS + 40_000, START_MS + 20_000)


def test_who_hangs_up_in_the_queue_abandoned_whoever_spoke_with_him_before() -> None:
    for before in (party("ivr", 0, 5, queue=None), party("agent", 0, 4, queue=OTHER, id="p9")):
        state = live()
        fold(state, TOPIC, picture(customer(), before, party("acd", 5)))
        fold(state, TOPIC, picture(customer(40), before, party("acd", 5, 40.002)))
        assert state.ended["c1"].standing.outcome == "abandoned"


@pytest.mark.parametrize(
    ("purpose", "queue"),
    [("acd", OTHER), ("agent", OTHER), ("agent", None), ("external", None), ("voicemail", QUEUE)],
)
def test_who_was_taken_up_elsewhere_did_not_abandon_our_queue(purpose: str, queue: str | None) -> None:
    state = live()
    taken_up = party(purpose, 39.99, 90, id="p2", queue=queue)
    fold(state, TOPIC, picture(customer(90), party("acd", 5, 40), taken_up))
    assert state.ended["c1"].standing.outcome == "left the queue"
