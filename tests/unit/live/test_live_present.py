"""The present in the live state: snapshots, counts, agents, the clock."""

from typing import Any

import pytest

from gcanalytics.live.shapes import Agent, Observed, Snapshot
from gcanalytics.live.state import LiveState

from .queue_pictures import LIFE, OTHER, QUEUE, START_MS, TOPIC, fold, iso, live, observed, status_of


def test_a_snapshot_takes_the_place_of_all_and_ends_what_it_does_not_list() -> None:
    state = live()
    fold(state, TOPIC, LIFE["waiting"])
    fold(state, TOPIC, {**LIFE["waiting"], "id": "c2"})
    state.replace(Snapshot((observed("c2", "interacting", 30, user_id="u9"), observed("c3"))))
    assert {i: row.status for i, row in state.rows.items()} == {"c2": "interacting", "c3": "waiting"}
    assert state.rows["c2"].remote == "tel:+4915112345678"
    assert state.ended["c1"].standing.outcome == "unknown (during a gap)"


@pytest.mark.parametrize(
    ("told", "listed", "shown"),
    [
        ("ended", observed("c1", "interacting", 20), None),
        ("ended", observed("c1", "waiting", 120), "waiting"),
        ("interacting", observed("c1", "waiting", 5), "interacting"),
        ("on hold", observed("c1", "interacting", 20), "on hold"),
        ("interacting", observed("c1", "waiting", 50), "waiting"),
        ("alerting", observed("c1", "waiting", 5), "waiting"),
    ],
)
def test_a_snapshot_that_lags_behind_the_events_takes_nothing_back(
    told: str, listed: Observed, shown: str | None
) -> None:
    state = live()
    fold(state, TOPIC, LIFE["waiting"])
    fold(state, TOPIC, LIFE[told])
    state.replace(Snapshot((listed,)))
    assert {i: row.status for i, row in state.rows.items()} == ({"c1": shown} if shown else {})


def test_what_only_a_gap_ended_is_back_when_a_snapshot_lists_it() -> None:
    state = live()
    fold(state, TOPIC, LIFE["on hold"])
    state.replace(Snapshot())
    assert state.ended["c1"].standing.outcome == "unknown (during a gap)"
    state.replace(Snapshot((observed("c1", "interacting", 20),)))
    assert status_of(state) == "interacting"


def test_a_list_of_agents_that_lags_behind_the_events_takes_no_status_back() -> None:
    state = live()
    state.replace_agents([Agent("u1", "Ana", "IDLE", START_MS, {QUEUE: True})])
    status = {"id": "u1", "routingStatus": {"status": "INTERACTING", "startTime": iso(30)}}
    fold(state, "v2.users.u1.routingStatus", status)
    state.replace_agents([Agent("u1", "Ana", "IDLE", START_MS + 10_000, {QUEUE: True})])
    assert state.tiles().agents == {"INTERACTING": 1}
    state.replace_agents([Agent("u1", "Ana", "IDLE", START_MS + 50_000, {QUEUE: True})])
    assert state.tiles().agents == {"IDLE": 1}


def longest_s(state: LiveState) -> float | None:
    """The longest wait of the only medium of the only queue."""
    (wait,) = state.tiles().waits
    return wait.longest_s


def test_who_waits_alone_in_a_quiet_queue_waits_by_the_machines_clock_until_an_event_comes() -> None:
    state = live(wall=lambda: START_MS / 1000 + 300)
    state.replace(Snapshot((observed("c1", since=0),)))
    assert longest_s(state) == 300.0
    fold(state, TOPIC, LIFE["waiting"])  # its first picture: it names no new instant of a known one
    assert longest_s(state) == 295.0
    status = {"id": "u1", "routingStatus": {"status": "IDLE", "startTime": iso(40)}}
    fold(state, "v2.users.u1.routingStatus", status)
    assert longest_s(state) == 295.0  # nobody that we know: no evidence
    state.replace_agents([Agent("u1", "Ana", "OFF_QUEUE", START_MS, {QUEUE: True})])
    fold(state, "v2.users.u1.routingStatus", status)
    assert longest_s(state) == 35.0  # the platform's clock is behind the machine's


def test_a_snapshot_ends_after_call_work_as_answered_for_it_lists_none() -> None:
    state = live()
    fold(state, TOPIC, LIFE["wrap-up"])
    state.replace(Snapshot())
    assert state.ended["c1"].standing.outcome == "answered"


def test_events_buffered_since_before_the_snapshot_lead_to_the_right_end() -> None:
    state = live()
    state.replace(Snapshot((observed("c1", "interacting", 20, user_id="u1"),)))
    for status in ("waiting", "alerting", "interacting"):
        fold(state, TOPIC, LIFE[status])
    assert status_of(state) == "interacting"
    fold(state, TOPIC, LIFE["ended"])
    assert not state.rows


def test_tiles_count_and_tell_the_longest_wait_by_the_platforms_clock() -> None:
    now = [100.0]
    state = live(clock=lambda: now[0])
    state.replace(
        Snapshot((observed("c1", since=0), observed("c2", since=40), observed("c3", "interacting", 50)))
    )
    tiles = state.tiles()
    assert (tiles.waiting, tiles.interacting, longest_s(state)) == (2, 1, 50.0)
    now[0] += 2.5
    assert longest_s(state) == 52.5
    assert [row.id for row in state.ongoing()] == ["c1", "c2", "c3"]


def test_an_empty_queue_has_zeros_and_no_longest_wait() -> None:
    tiles = live().tiles()
    assert (tiles.waiting, tiles.interacting, tiles.waits, tiles.agents) == (0, 0, (), None)


def test_a_truncated_snapshot_shows_the_platforms_counts() -> None:
    key = (QUEUE, "voice", "oWaiting")
    state = live()
    state.replace(Snapshot((observed("c1"),), {key: 120}, frozenset({key})))
    assert (state.tiles().waiting, state.tiles().partial) == (120, True)
    frame = {
        "group": {"queueId": QUEUE, "mediaType": "voice"},
        "data": [
            {"interval": f"{iso(9)}/{iso(9)}", "metrics": [{"metric": "oWaiting", "stats": {"count": 119}}]}
        ],
    }
    fold(state, f"v2.analytics.queues.{QUEUE}.observations", frame)
    assert state.tiles().waiting == 119


def test_half_hour_frames_are_no_counts_of_now() -> None:
    state = live()
    frame = {
        "group": {"queueId": QUEUE, "mediaType": "voice"},
        "data": [
            {"interval": f"{iso(0)}/{iso(1800)}", "metrics": [{"metric": "oWaiting", "stats": {"count": 5}}]}
        ],
    }
    fold(state, f"v2.analytics.queues.{QUEUE}.observations", frame)
    assert state.counted("oWaiting") == 0
    assert not state.differs()


def test_a_count_that_differs_from_the_conversations_is_noticed() -> None:
    state = live()
    state.replace(Snapshot((observed("c1"),), {(QUEUE, "voice", "oWaiting"): 1}))
    assert not state.differs()
    state.counts[QUEUE, "voice", "oWaiting"] = 2
    assert state.differs()


def test_agents_are_counted_by_routing_status_once_and_only_where_joined() -> None:
    state = LiveState([QUEUE, OTHER], clock=lambda: 0.0, wall=lambda: 0.0)
    state.replace(
        Snapshot(
            agents=(
                Agent("u1", "Ana", "IDLE", START_MS, {QUEUE: True, OTHER: True}),
                Agent("u2", "Ben", "OFF_QUEUE", START_MS, {QUEUE: True}),
                Agent("u3", "Chi", "INTERACTING", START_MS, {QUEUE: False}),
            )
        )
    )
    assert state.tiles().agents == {"IDLE": 1, "OFF_QUEUE": 1}
    assert state.tiles().on_queue == 1
    fold(
        state,
        "v2.users.U1.routingStatus",
        {"id": "u1", "routingStatus": {"status": "INTERACTING", "startTime": iso(30)}},
    )
    fold(
        state,
        "v2.users.u1.routingstatus",
        {"id": "u1", "routingStatus": {"status": "IDLE", "startTime": iso(10)}},
    )
    assert state.tiles().agents == {"INTERACTING": 1, "OFF_QUEUE": 1}
    fold(state, f"v2.routing.queues.{QUEUE}.users", {"id": "u3", "queueId": QUEUE, "joined": True})
    assert state.tiles().agents == {"INTERACTING": 2, "OFF_QUEUE": 1}
    assert state.entries[-1].text == "INTERACTING"


@pytest.mark.parametrize("odd", [[], {}, 5, None, "x", [[]], [{}]], ids=repr)
def test_an_odd_value_in_a_count_is_left_out(odd: Any) -> None:
    state = live()
    for metric in ({"metric": odd, "stats": {"count": 1}}, {"metric": "oWaiting", "stats": odd}):
        body = {
            "group": {"mediaType": "voice"},
            "data": [{"interval": f"{iso(1)}/{iso(1)}", "metrics": [metric]}],
        }
        fold(state, f"v2.analytics.queues.{QUEUE}.observations", body)
    fold(state, f"v2.analytics.queues.{QUEUE}.observations", {"group": odd, "data": odd})
    assert state.counted("oWaiting") == 0
