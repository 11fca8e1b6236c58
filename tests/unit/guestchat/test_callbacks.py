"""Events told to callbacks: in order, each once, on a thread of the chat's own."""

import threading
from typing import Any

import pytest

from gcanalytics.errors import QueryError
from gcanalytics.guestchat import Closing, GuestChat, Heartbeat, Message

from .scripted_platform import Platform, Stream, events, heartbeat

DEADLINE_S = 10.0


class Told:
    """A callback that remembers what it was told and by which thread."""

    def __init__(self, enough: int) -> None:
        self.events: list[Any] = []
        self.threads: set[str] = set()
        self.done = threading.Event()
        self._enough = enough

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        self.threads.add(threading.current_thread().name)
        if len(self.events) >= self._enough:
            self.done.set()

    def ids(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Message)]


def test_every_callback_is_told_every_event_in_order_on_one_thread(stream: Stream, chat: GuestChat) -> None:
    told = [Told(3), Told(3)]
    for number in (1, 2, 3):
        stream.said(number)
    lock = threading.Event()
    chat.on_event(lambda event: lock.wait(DEADLINE_S))
    for each in told:
        chat.on_event(each)
    lock.set()
    stream.said(4)
    stream.said(5)
    stream.said(6)
    for each in told:
        assert each.done.wait(DEADLINE_S)
        assert each.ids() == sorted(each.ids())
        assert each.ids()[-1] == "m6"
        assert each.threads == {"gcanalytics-guest-chat"}


def test_a_callback_that_fails_is_logged_and_harms_nobody(
    stream: Stream, chat: GuestChat, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(event: Any) -> None:
        raise ZeroDivisionError

    chat.on_event(failing)
    told = Told(2)
    chat.on_event(told)
    stream.said(1)
    stream.said(2)
    assert told.done.wait(DEADLINE_S)
    assert "a callback failed" in caplog.text


def test_a_callback_that_was_stopped_is_told_no_more_and_the_rest_is_for_events(
    stream: Stream, chat: GuestChat
) -> None:
    told = Told(1)
    handle = chat.on_event(told)
    with pytest.raises(QueryError, match="go to callbacks"):
        events(chat)
    stream.said(1)
    assert told.done.wait(DEADLINE_S)
    handle.stop()
    handle.stop()
    stream.said(2)
    assert [event.id for event in events(chat)] == ["m2"]
    assert told.ids() == ["m1"]


def test_a_callback_may_stop_itself_and_close_the_chat(stream: Stream, chat: GuestChat) -> None:
    done = threading.Event()

    def once(event: Any) -> None:
        handle.stop()
        chat.close()
        done.set()

    handle = chat.on_event(once)
    stream.said(1)
    assert done.wait(DEADLINE_S)
    assert not chat.is_open


def test_heartbeats_are_told_where_they_are_asked_for(stream: Stream, chat: GuestChat) -> None:
    quiet, curious = Told(1), Told(2)
    chat.on_event(quiet)
    chat.on_event(curious, heartbeats=True)
    stream.put(heartbeat())
    stream.said(1)
    assert curious.done.wait(DEADLINE_S)
    assert quiet.done.wait(DEADLINE_S)
    assert [type(event) for event in curious.events] == [Heartbeat, Message]
    assert [type(event) for event in quiet.events] == [Message]


def test_the_thread_ends_with_the_chat(stream: Stream, chat: GuestChat) -> None:
    told = Told(1)
    chat.on_event(told)
    stream.changed("failed", reason="nobody there")
    assert told.done.wait(DEADLINE_S)
    assert told.events == [Closing(final=True, reason="nobody there", lost=True)]
    thread = chat._intake._thread
    if thread is not None:
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
    assert events(chat) == []


def test_closing_the_chat_ends_the_thread(platform: Platform, stream: Stream, chat: GuestChat) -> None:
    chat.on_event(Told(1))
    thread = chat._intake._thread
    assert thread is not None
    chat.close()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_a_callback_says_whether_it_is_told(chat: GuestChat) -> None:
    told = chat.on_event(print)
    assert repr(told) == "<EventCallback of print, told every event>"
    told.stop()
    assert repr(told) == "<EventCallback of print, stopped>"
    other = chat.on_event(Told(1))
    chat.close()
    assert repr(other) == "<EventCallback of Told, stopped>"


def test_a_callback_is_a_function(chat: GuestChat) -> None:
    with pytest.raises(QueryError, match="takes a function, not str"):
        chat.on_event("print")  # type: ignore[arg-type]
