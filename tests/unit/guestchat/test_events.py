"""The events of a chat: typed, in order, each once, also after a cut."""

from collections import deque
from typing import Any

import pytest

from gcanalytics.api import webchat
from gcanalytics.errors import AuthenticationError, IncompletePull, QueryError
from gcanalytics.guestchat import (
    Closing,
    GuestChat,
    Heartbeat,
    Joined,
    Left,
    MediaRequested,
    Member,
    MemberChange,
    Message,
    Typing,
)
from gcanalytics.guestchat.acdcalls import AcdCalls
from gcanalytics.transport.listener import Item, Overflow, StateChange

from .scripted_platform import (
    AGENT,
    ARGUMENTS,
    BASE,
    CHAT,
    GUEST,
    Platform,
    Stream,
    events,
    frame,
    heartbeat,
    message,
)


def test_events_come_typed_and_in_order(stream: Stream, chat: GuestChat) -> None:
    stream.said(1, GUEST)
    stream.event("typing-indicator", id="t1", sender={"id": AGENT}, timestamp="2019-06-18T16:59:02Z")
    stream.event("message", **message(2, AGENT, "member-join"))
    stream.said(3)
    stream.event("message", **message(4, AGENT, "member-leave"))
    own, typing, joined, other, left = events(chat)
    assert isinstance(own, Message)
    assert own.own
    assert isinstance(typing, Typing)
    assert (typing.member_id, typing.own) == (AGENT, False)
    assert joined == Joined(AGENT, joined.timestamp, "m2")
    assert isinstance(other, Message)
    assert (other.own, other.body, other.conversation_id) == (False, "word 3", CHAT)
    assert left == Left(AGENT, left.timestamp, "m4")


def test_a_member_change_gets_the_role_that_the_stream_lacks_asked_for_once(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    for state in ("ALERTING", "CONNECTED"):
        stream.event("member-change", member={"id": AGENT, "state": state}, timestamp="2019-06-18T16:59:09Z")
    stream.event("member-change", member={"id": GUEST, "state": "CONNECTED"})
    alerting, connected, own = events(chat)
    assert (alerting.role, alerting.state) == ("AGENT", "ALERTING")
    assert (connected.role, connected.state, connected.own) == ("AGENT", "CONNECTED", False)
    assert (own.role, own.own) == ("CUSTOMER", True)
    assert len(platform.requests("GET", f"{BASE}/members/{AGENT}")) == 1


def test_a_role_that_the_platform_does_not_tell_is_none(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    platform.answer("GET", f"{BASE}/members/{AGENT}", (404, {"message": "Not here.", "code": "not.found"}))
    stream.event("member-change", member={"id": AGENT, "state": "CONNECTED"})
    (change,) = events(chat)
    assert change == MemberChange(AGENT, "CONNECTED")


def test_the_guests_own_end_is_the_end_of_the_events(stream: Stream, chat: GuestChat) -> None:
    stream.event("member-change", member={"id": GUEST, "state": "DISCONNECTED"})
    stream.said(9)
    change, closing = events(chat)
    assert change.state == "DISCONNECTED"
    assert closing == Closing(final=True, reason="The guest's part in the chat has ended.")
    assert stream.stopped
    assert not chat.is_open
    assert events(chat) == []
    with pytest.raises(QueryError, match="over"):
        chat.send("Hello?")


def test_after_a_cut_what_was_missed_follows_each_once(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.said(1)
    stream.changed("reconnecting", attempt=1, reason="The connection was lost.")
    stream.changed("reconnecting", attempt=2, reason="The connection was lost.")
    stream.changed("open")
    stream.said(3)
    stream.said(4)
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1), message(2), message(3)]}))
    one, closing, *rest = events(chat)
    assert one.id == "m1"
    assert closing == Closing(final=False, reason="The connection was lost.")
    assert [each.id for each in rest] == ["m2", "m3", "m4"]


def test_each_cut_is_told_once(platform: Platform, stream: Stream, chat: GuestChat) -> None:
    for attempts in ([1, 2], [3]):
        for attempt in attempts:
            stream.changed("reconnecting", attempt=attempt, reason="The connection was lost.")
        stream.changed("open")
    assert events(chat) == [Closing(final=False, reason="The connection was lost.")] * 2


def test_what_could_not_be_read_after_a_cut_is_asked_for_again_and_comes_first(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    stream.said(3)
    failing = (500, {"message": "Sorry.", "code": "internal.server.error"})
    platform.answer("GET", f"{BASE}/messages", failing, (200, {"entities": [message(2)]}))
    assert events(chat) == [Closing(final=False, reason="The event stream was cut.")]
    stream.said(4)
    stream.now += 4.9
    assert events(chat) == []
    assert len(platform.requests("GET", f"{BASE}/messages")) == 1
    stream.now += 0.1
    assert [event.id for event in events(chat)] == ["m2", "m3", "m4"]


def test_what_was_missed_and_is_refused_is_an_error_and_is_not_lost(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    stream.said(3)
    ended = (401, {"message": "Ended.", "code": "credentials.expired", "status": 401})
    platform.answer("GET", f"{BASE}/messages", ended, (200, {"entities": [message(2), message(3)]}))
    found: list[Any] = []
    with pytest.raises(AuthenticationError, match=r"set_jwt\(\)") as refused:
        collect(chat, found)
    assert (refused.value.code, refused.value.correlation_id) == ("credentials.expired", "d11bd3b3")
    chat.set_jwt("another")
    collect(chat, found)
    assert [event.id for event in found if isinstance(event, Message)] == ["m2", "m3"]
    assert platform.asked[-1][0].headers["Authorization"] == "Bearer another"


def test_a_stream_lost_for_good_while_something_is_missed_ends_all_the_same(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.said(1)
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    stream.said(3)
    stream.changed("failed", reason="The event stream refused us.")
    platform.answer("GET", f"{BASE}/messages", (500, {"message": "Sorry.", "code": "internal.server.error"}))
    one, cut, three, end = events(chat)
    assert (one.id, cut.final, three.id, end.final) == ("m1", False, "m3", True)


@pytest.mark.parametrize("reachable", [True, False])
def test_a_stream_that_never_comes_back_loses_nothing_that_can_be_asked_for(
    platform: Platform, stream: Stream, chat: GuestChat, reachable: bool
) -> None:
    stream.changed("reconnecting", attempt=1, reason="The connection was lost.")
    stream.changed("failed", reason="The connection was lost.")
    answer = (200, {"entities": [message(1)]}) if reachable else (503, {"message": "Sorry."})
    platform.answer("GET", f"{BASE}/messages", answer)
    found = events(chat)
    assert [type(event) for event in found] == [Closing, *[Message] * reachable, Closing]
    assert found[-1] == Closing(final=True, reason="The connection was lost.", lost=True)


def test_what_was_said_before_the_guest_was_put_out_in_a_cut_comes_before_the_end(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    platform.answer("GET", f"{BASE}/members/{GUEST}", (200, {"id": GUEST, "state": "DISCONNECTED"}))
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1)]}))
    stream.changed("reconnecting", attempt=1, reason="The server closed the connection.")
    assert [type(event) for event in events(chat)] == [Closing, Message, Closing]


def test_who_came_and_went_in_a_cut_is_told_once(platform: Platform, stream: Stream, chat: GuestChat) -> None:
    stream.event("member-change", member={"id": "acd", "state": "CONNECTED"})
    platform.answer("GET", f"{BASE}/members/acd", (200, {"id": "acd", "role": "ACD"}))
    assert [event.state for event in events(chat)] == ["CONNECTED"]
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    stream.event("member-change", member={"id": AGENT, "state": "CONNECTED"})
    members = [
        {"id": GUEST, "role": "CUSTOMER", "state": "CONNECTED"},
        {"id": "acd", "role": "ACD", "state": "DISCONNECTED", "leaveDate": "2019-06-18T16:59:09Z"},
        {"id": AGENT, "role": "AGENT", "state": "CONNECTED"},
        {"id": "bounced", "role": "AGENT", "state": "DISCONNECTED"},
        {"id": "shy", "role": "WORKFLOW"},
    ]
    platform.answer("GET", f"{BASE}/members", (200, {"entities": members}))
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1)]}))
    cut, said, gone, come = events(chat)
    assert (cut.final, said.id) == (False, "m1")
    assert (gone.member_id, gone.state, gone.role) == ("acd", "DISCONNECTED", "ACD")
    assert gone.timestamp is not None
    assert come == MemberChange(AGENT, "CONNECTED", "AGENT")
    stream.event("member-change", member={"id": AGENT, "state": "DISCONNECTED"})
    assert [event.state for event in events(chat)] == ["DISCONNECTED"]


def test_who_is_there_and_cannot_be_asked_after_a_cut_is_asked_again(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    there = (200, {"entities": [{"id": AGENT, "role": "AGENT", "state": "CONNECTED"}]})
    platform.answer("GET", f"{BASE}/members", (503, {"message": "Sorry."}), there)
    assert [type(event) for event in events(chat)] == [Closing]
    stream.now += 5
    assert events(chat) == [MemberChange(AGENT, "CONNECTED", "AGENT")]


def test_members_that_are_never_listed_hold_neither_events_nor_the_transcript_back(
    stream: Stream, chat: GuestChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(rest: Any, conversation_id: str, *, exclude_disconnected: bool) -> Any:
        agent = {"id": AGENT, "role": "AGENT", "state": "CONNECTED", "displayName": "Grace"}
        raise IncompletePull("The platform lists 1 of 2 entities.", found=[agent])

    monkeypatch.setattr(webchat, "all_members", short)
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    stream.said(3)
    assert [type(event) for event in events(chat)] == [Closing, MemberChange, Message]
    assert chat.transcript()["name"].tolist() == ["Grace"]
    with pytest.raises(IncompletePull) as told:
        chat.members()
    assert told.value.found == [Member(AGENT, "AGENT", "CONNECTED", "Grace")]


def test_a_request_for_a_medium_is_an_event(stream: Stream, chat: GuestChat) -> None:
    stream.event("message", **message(1, AGENT, "media-request"))
    (asked,) = events(chat)
    assert asked == MediaRequested(AGENT, "word 1", asked.timestamp, "m1")
    assert "word" not in repr(asked)


def test_heartbeats_are_events_where_they_are_asked_for(stream: Stream, chat: GuestChat) -> None:
    for number in (1, 2):
        stream.items.append(heartbeat())
        stream.said(number)
        found = list(chat.events(timeout_s=0, heartbeats=number == 2))
        assert [event for event in found if isinstance(event, Heartbeat)] == [
            Heartbeat("WebSocket Heartbeat")
        ] * (number - 1)
        assert isinstance(found[-1], Message)


def test_an_interrupt_while_something_is_asked_loses_no_event(
    platform: Platform, stream: Stream, chat: GuestChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.said(1)
    stream.event("member-change", member={"id": AGENT, "state": "CONNECTED"})
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    stream.said(3)
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1), message(2)]}))
    found: list[Any] = []
    member = AcdCalls.member

    def interrupted(calls: AcdCalls, member_id: str) -> Any:
        monkeypatch.setattr(AcdCalls, "member", member)
        raise KeyboardInterrupt

    for _interrupt in range(3):
        monkeypatch.setattr(AcdCalls, "member", interrupted)
        with pytest.raises(KeyboardInterrupt):
            collect(chat, found)
    collect(chat, found)
    assert [type(event) for event in found] == [Message, MemberChange, Closing, Message, Message]
    assert [event.id for event in found if isinstance(event, Message)] == ["m1", "m2", "m3"]


def collect(chat: GuestChat, found: list[Any]) -> None:
    """Put the events aside one by one, so that those before an interrupt are kept."""
    for event in chat.events(timeout_s=0):
        found.append(event)


def test_dropped_frames_are_read_again(platform: Platform, stream: Stream, chat: GuestChat) -> None:
    stream.items.append(Overflow(7))
    stream.said(2)
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1), message(2)]}))
    assert [event.id for event in events(chat)] == ["m1", "m2"]


def test_a_guest_put_out_during_a_cut_learns_it(platform: Platform, stream: Stream, chat: GuestChat) -> None:
    platform.answer("GET", f"{BASE}/members/{GUEST}", (200, {"id": GUEST, "state": "DISCONNECTED"}))
    stream.changed("reconnecting", attempt=1, reason="The server closed the connection.")
    assert [event.final for event in events(chat)] == [False, True]
    assert not chat.is_open


@pytest.mark.parametrize("code", ["chat.error.member.state", "chat.error.conversation.state"])
def test_a_platform_that_tells_a_guest_who_left_nothing_ends_the_events_too(
    platform: Platform, stream: Stream, chat: GuestChat, code: str
) -> None:
    platform.answer("GET", f"{BASE}/members/{GUEST}", (400, {"message": "Not now.", "code": code}))
    stream.changed("reconnecting", attempt=1, reason="The server closed the connection.")
    assert [event.final for event in events(chat)] == [False, True]


def test_a_guest_who_left_here_is_not_asked_about(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    away = (403, {"message": "No.", "code": "not.authorized"})
    for path in (f"members/{GUEST}", "members", "messages"):
        platform.answer("GET", f"{BASE}/{path}", away)
    chat.leave()
    stream.changed("reconnecting", attempt=1, reason="The server closed the connection.")
    assert [event.final for event in events(chat)] == [False, True]


def test_a_stream_lost_for_good_ends_the_events(stream: Stream, chat: GuestChat) -> None:
    stream.changed("failed", reason="The event stream refused us.")
    assert events(chat) == [Closing(final=True, reason="The event stream refused us.", lost=True)]
    assert not chat.is_open


def test_a_guest_whose_stream_is_lost_is_told_how_to_go_on_and_can_leave(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.changed("failed", reason="The event stream refused us.")
    events(chat)
    with pytest.raises(QueryError, match=r"stream is lost.*\n.*GuestChat\.resume"):
        chat.send("Hello?")
    assert repr(chat) == f"<GuestChat {CHAT}, stream lost>"
    chat.close()
    assert repr(chat) == f"<GuestChat {CHAT}, over>"
    assert len(platform.requests("DELETE", f"{BASE}/members/{GUEST}")) == 1
    chat.leave()
    assert len(platform.requests("DELETE", f"{BASE}/members/{GUEST}")) == 1


def test_unknown_events_and_odd_bodies_are_left_out(stream: Stream, chat: GuestChat) -> None:
    stream.items.append(frame("mood", {"mood": "sunny"}, type="mood-change"))
    stream.items.append(frame("messages", None, type="message"))
    stream.items.append(frame("messages", {"sender": 5, "timestamp": "noon"}))
    stream.said(1)
    found = events(chat)
    assert [event.id for event in found if isinstance(event, Message)] == ["", "m1"]
    assert [event.timestamp for event in found if isinstance(event, Typing)] == [None]


def test_an_iteration_can_be_left_and_begun_again(stream: Stream, chat: GuestChat) -> None:
    for number in range(1, 4):
        stream.said(number)
    for event in chat.events(timeout_s=0):
        assert isinstance(event, Message)
        assert event.id == "m1"
        break
    assert [event.id for event in events(chat)] == ["m2", "m3"]


def test_an_iteration_ends_after_so_long_without_an_event(platform: Platform, stream: Stream) -> None:
    now = [100.0]

    def take(timeout_s: float) -> list[Item]:
        waits.append(timeout_s)
        now[0] += timeout_s
        return []

    waits: list[float] = []
    opened = GuestChat.start(**ARGUMENTS)
    patient = GuestChat(opened._protocol, clock=lambda: now[0])
    stream.take = take  # type: ignore[method-assign]
    assert list(patient.events(timeout_s=5)) == []
    assert waits == [5.0]


@pytest.mark.parametrize("wrong", ["5", -1, float("nan"), True])
def test_a_wait_that_is_none_is_refused_before_it_begins(chat: GuestChat, wrong: Any) -> None:
    with pytest.raises(QueryError, match="timeout_s= takes seconds"):
        chat.events(timeout_s=wrong)


def test_a_quiet_hour_is_waited_for_and_not_asked_through(platform: Platform, stream: Stream) -> None:
    now = [100.0]

    def take(timeout_s: float) -> list[Item]:
        waits.append(timeout_s)
        now[0] += timeout_s
        return [StateChange("stopped")] if len(waits) == 3 else []

    waits: list[float] = []
    opened = GuestChat.start(**ARGUMENTS)
    patient = GuestChat(opened._protocol, clock=lambda: now[0])
    stream.take = take  # type: ignore[method-assign]
    assert [type(event) for event in patient.events()] == [Closing]
    assert min(waits) > 0


def test_attempts_before_the_stream_first_opened_are_no_events(platform: Platform, stream: Stream) -> None:
    stream.items = deque(
        [StateChange("connecting"), StateChange("reconnecting", attempt=1), StateChange("open")]
    )
    stream.said(1)
    chat = GuestChat.start(**ARGUMENTS)
    assert [event.id for event in events(chat)] == ["m1"]
    assert not platform.requests("GET", f"{BASE}/messages")
