"""The reducer of the live view: pictures merge without order, snapshots replace, numbers follow."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics.live.pictures import Conversation, milliseconds
from gcanalytics.live.shapes import Agent, Observed, Snapshot
from gcanalytics.live.state import LiveState

QUEUE, OTHER = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
TOPIC = f"v2.routing.queues.{QUEUE}.conversations"
START_MS = 1_763_460_000_000


def iso(second: float) -> str:
    moment = datetime.fromtimestamp(START_MS / 1000 + second, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def party(
    purpose: str, begin: float | None, end: float | None = None, *, queue: str | None = QUEUE, **more: Any
) -> dict[str, Any]:
    """A participant of a voice picture; without ``begin`` it is alerting."""
    state = "disconnected" if end is not None else "alerting" if begin is None else "connected"
    call: dict[str, Any] = {
        "id": f"s-{purpose}-{more.get('id', '')}",
        "state": state,
        "held": False,
        "direction": "inbound",
    }
    body: dict[str, Any] = {"id": f"p-{purpose}", "purpose": purpose, "wrapupRequired": purpose == "agent"}
    for name, at in (("connectedTime", begin), ("disconnectedTime", end)):
        if at is not None:
            call[name] = iso(at)
    for name, at in (("connectedTime", begin), ("endTime", end)):
        if at is not None:
            body[name] = iso(at)
    if queue:
        body["queueId"] = queue
    call.update(more.pop("call", {}))
    body.update(more)
    return {**body, "calls": [call], "chats": [], "emails": []}


def picture(*parties: dict[str, Any], id: str = "c1") -> dict[str, Any]:  # noqa: A002 - the platform's name
    return {"id": id, "participants": list(parties)}


def customer(end: float | None = None, **more: Any) -> dict[str, Any]:
    return party("customer", 0, end, address="tel:+4915112345678", **more)


def agent(begin: float | None, end: float | None = None, **more: Any) -> dict[str, Any]:
    return party("agent", begin, end, userId="u1", name="Ana <Ops>", **more)


LIFE = {
    "waiting": picture(customer(), party("acd", 5)),
    "alerting": picture(customer(), party("acd", 5), agent(None)),
    "interacting": picture(customer(), party("acd", 5, 20), agent(20)),
    "on hold": picture(
        customer(), party("acd", 5, 20), agent(20, call={"held": True, "startHoldTime": iso(30)})
    ),
    "wrap-up": picture(customer(60), party("acd", 5, 20), agent(20, 60, startAcwTime=iso(60))),
    "ended": picture(
        customer(60),
        party("acd", 5, 20),
        agent(20, 60, startAcwTime=iso(60), endAcwTime=iso(90), wrapup={"code": "x"}),
    ),
}


def fold(state: LiveState, topic: str, body: Any) -> None:
    state.fold(topic, json.dumps(body).encode())


def status_of(state: LiveState, conversation_id: str = "c1") -> str:
    return state.rows[conversation_id].status


def live(**clock: Any) -> LiveState:
    return LiveState([QUEUE], clock=clock.get("clock", lambda: 0.0), wall=clock.get("wall", lambda: 0.0))


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


def observed(conversation_id: str, status: Any = "waiting", since: float = 0, **more: Any) -> Observed:
    return Observed(conversation_id, status, QUEUE, "voice", START_MS + round(since * 1000), **more)


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


def test_who_waits_alone_in_a_quiet_queue_waits_by_the_machines_clock_until_an_event_comes() -> None:
    state = live(wall=lambda: START_MS / 1000 + 300)
    state.replace(Snapshot((observed("c1", since=0),)))
    assert state.tiles().longest_wait_s == 300.0
    fold(state, TOPIC, LIFE["waiting"])  # its first picture: it names no new instant of a known one
    assert state.tiles().longest_wait_s == 295.0
    status = {"id": "u1", "routingStatus": {"status": "IDLE", "startTime": iso(40)}}
    fold(state, "v2.users.u1.routingStatus", status)
    assert state.tiles().longest_wait_s == 295.0  # nobody that we know: no evidence
    state.replace_agents([Agent("u1", "Ana", "OFF_QUEUE", START_MS, {QUEUE: True})])
    fold(state, "v2.users.u1.routingStatus", status)
    assert state.tiles().longest_wait_s == 35.0  # the platform's clock is behind the machine's


def test_a_snapshot_ends_after_call_work_as_answered_for_it_lists_none() -> None:
    state = live()
    fold(state, TOPIC, LIFE["wrap-up"])
    state.replace(Snapshot())
    assert state.ended["c1"].standing.outcome == "answered"


def test_what_never_came_to_the_queue_is_forgotten_with_its_customer() -> None:
    state = live()
    fold(state, TOPIC, picture(customer()))
    assert list(state.conversations) == ["c1"]
    fold(state, TOPIC, picture(customer(30)))
    assert not state.conversations
    assert not state.ended


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
    assert (tiles.waiting, tiles.interacting, tiles.longest_wait_s) == (2, 1, 50.0)
    now[0] += 2.5
    assert state.tiles().longest_wait_s == 52.5
    assert [row.id for row in state.ongoing()] == ["c1", "c2", "c3"]


def test_an_empty_queue_has_zeros_and_no_longest_wait() -> None:
    tiles = live().tiles()
    assert (tiles.waiting, tiles.interacting, tiles.longest_wait_s, tiles.agents) == (0, 0, None, None)


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
