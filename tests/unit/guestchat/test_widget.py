"""A chat's widget in a cell without a browser: what it shows, what its guest does, what stays."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gcanalytics.errors import AuthenticationError, ConnectionFailed, QueryError, RateLimited
from gcanalytics.guestchat import (
    Closing,
    Event,
    GuestChat,
    Joined,
    Member,
    MemberChange,
    Message,
    Typing,
    widget_panel,
)
from gcanalytics.guestchat import widget as widget_module
from gcanalytics.guestchat import widget_html as html
from gcanalytics.guestchat.transcript import Record
from gcanalytics.guestchat.widget import ChatWidget
from gcanalytics.notebook import cell as notebook_cell

from ..live.still_session import Cell, Outline
from .scripted_platform import AGENT, CHAT, GUEST

EVIL = "<img src=x onerror=\"alert(1)\"><script>alert('x')</script>&"
TZ = ZoneInfo("Europe/Warsaw")
AT = datetime(2026, 11, 18, 10, 0, 5, tzinfo=UTC)


class Chat:
    """A chat that the test feeds."""

    conversation_id, member_id = CHAT, GUEST

    def __init__(self) -> None:
        self.is_open = True
        self.record = Record(GUEST)
        self.coming: deque[Event] = deque()
        self.calls: list[str] = []
        self.refuse = False
        self.deaf = False
        self.readings_refused = 0
        self.taken = 0
        self.people = [Member(GUEST, "CUSTOMER", "CONNECTED", "Ada")]

    def take(self, wait_s: float) -> None:
        self.taken += 1
        if self.deaf:
            raise AuthenticationError("The token has ended.", status=401)
        while self.coming:
            self.record.heard(self.coming.popleft())

    def send(self, text: str) -> Message:
        self.calls.append(text)
        if self.refuse:
            raise ConnectionFailed("The platform is away.")
        sent = Message(f"s{len(self.calls)}", CHAT, GUEST, text, timestamp=AT, own=True)
        self.record.read([sent])
        return sent

    def typing(self) -> None:
        self.calls.append("(typing)")

    def messages(self) -> list[Event]:
        self.calls.append("(messages)")
        if self.readings_refused:
            self.readings_refused -= 1
            raise RateLimited("Too many requests.", status=429)
        return []

    def members(self) -> list[Member]:
        self.calls.append("(members)")
        self.record.met(self.people)
        return self.people

    def leave(self) -> None:
        self.calls.append("(leave)")
        self.is_open = False
        self.coming.append(Closing(True, "The guest left."))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (
        ("PAINT_S", 0.01),
        ("SAVED_S", 0.0),
        ("SETTLE_S", 0.01),
        ("NAMES_S", 0.0),
        ("AGAIN_S", 0.0),
    ):
        monkeypatch.setattr(widget_module, name, seconds)


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    cell = Cell()
    monkeypatch.setattr(notebook_cell, "display", cell.display)
    return cell


@pytest.fixture
def talk() -> Chat:
    return Chat()


@pytest.fixture
def widget(talk: Chat, cell: Cell) -> Iterator[ChatWidget]:
    made = ChatWidget(talk, talk.record, talk.take, tz=TZ)
    yield made
    made.stop()


def shown(widget: ChatWidget) -> widget_panel.Panel:
    widget._ipython_display_()
    assert widget._panel is not None
    return widget._panel


def until(enough: Callable[[], Any]) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if enough():
            return
        waiting.wait(0.01)
    raise AssertionError("never seen")


def press_enter(panel: widget_panel.Panel) -> None:
    panel.text._handle_custom_msg({"event": "submit"}, [])


def test_what_happens_is_painted_with_names_asked_for(widget: ChatWidget, talk: Chat) -> None:
    panel = shown(widget)
    assert "waiting for an agent" in panel.regions["header"].value
    talk.people = [*talk.people, Member(AGENT, "AGENT", "CONNECTED", "Grace")]
    talk.coming += [MemberChange(AGENT, "CONNECTED", "AGENT"), Joined(AGENT, AT, "j1")]
    until(lambda: "Grace" in panel.regions["header"].value)
    assert "talking" in panel.regions["header"].value
    assert "Ada</bdi> (the guest)" in panel.regions["header"].value
    talk.coming.append(Typing(AGENT))
    until(lambda: "Grace</bdi> is typing" in panel.regions["typing"].value)
    talk.coming.append(Message("m1", CHAT, AGENT, "Good day!", timestamp=AT))
    until(lambda: "Good day!" in panel.regions["talk"].value)
    until(lambda: "typing …" not in panel.regions["typing"].value)
    assert "11:00:05" in panel.regions["talk"].value


def test_enter_and_the_button_send_what_is_written_and_empty_the_line(widget: ChatWidget, talk: Chat) -> None:
    panel = shown(widget)
    panel.text.value = "Hello"
    press_enter(panel)
    until(lambda: "Hello" in talk.calls)
    until(lambda: panel.text.value == "")
    panel.text.value = "Anybody there?"
    panel.send.click()
    until(lambda: "Anybody there?" in talk.calls)
    until(lambda: "Anybody there?" in panel.regions["talk"].value)


def test_an_empty_line_sends_nothing(widget: ChatWidget, talk: Chat) -> None:
    panel = shown(widget)
    panel.text.value = "   "
    press_enter(panel)
    until(lambda: widget._send_asked is None)
    assert set(talk.calls) <= {"(members)", "(messages)"}


def test_writing_shows_the_agent_that_the_guest_types_but_not_with_each_letter(
    widget: ChatWidget, talk: Chat
) -> None:
    panel = shown(widget)
    for length in range(1, 6):
        panel.text.value = "Hello"[:length]
        until(lambda: "(typing)" in talk.calls)
    press_enter(panel)
    until(lambda: "Hello" in talk.calls)
    assert talk.calls.count("(typing)") == 1


def test_what_could_not_be_sent_is_said_and_not_lost(widget: ChatWidget, talk: Chat) -> None:
    panel = shown(widget)
    talk.refuse = True
    panel.text.value = "Hello"
    press_enter(panel)
    until(lambda: "The platform is away." in panel.message.value)
    assert 'role="alert"' in panel.message.value
    assert panel.text.value == "Hello"
    assert talk.calls.count("Hello") == 1
    talk.refuse = False
    press_enter(panel)
    until(lambda: panel.message.value == "")


def test_what_is_written_while_something_could_not_be_sent_is_not_lost_either(
    widget: ChatWidget, talk: Chat
) -> None:
    panel = shown(widget)
    send = talk.send

    def slow(text: str) -> Message:
        panel.text.value = "And my"  # on its way from the browser meanwhile
        return send(text)

    talk.send = slow  # type: ignore[method-assign]
    talk.refuse = True
    panel.text.value = "Where is my order?"
    press_enter(panel)
    until(lambda: panel.message.value)
    assert panel.text.value == "Where is my order? And my"


def test_what_was_said_before_is_asked_for_again_where_it_was_refused(widget: ChatWidget, talk: Chat) -> None:
    talk.readings_refused = 2
    panel = shown(widget)
    until(lambda: "(members)" in talk.calls)
    assert talk.calls.count("(messages)") == 3
    until(lambda: panel.message.value == "")


def test_a_guest_who_hears_nothing_can_send_and_leave(
    widget: ChatWidget, talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget_module, "GRACE_S", 0.01)
    talk.deaf = True
    panel = shown(widget)
    until(lambda: "The token has ended." in panel.message.value)
    panel.text.value = "Hello"
    press_enter(panel)
    until(lambda: "Hello" in talk.calls)
    talk.deaf = False
    until(lambda: panel.message.value == "")
    talk.deaf = True
    panel.end_chat.click()
    until(lambda: not widget.live)
    assert "(leave)" in talk.calls


def test_a_guest_who_is_refused_is_not_asked_for_all_the_time(
    widget: ChatWidget, talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget_module, "AGAIN_S", 3600.0)
    talk.deaf, talk.readings_refused = True, 10
    panel = shown(widget)
    until(lambda: "(messages)" in talk.calls)
    for words in ("Hello", "Anybody there?", "Hello again"):
        panel.text.value = words
        press_enter(panel)
        until(partial(talk.calls.count, words))
    assert talk.taken == 1
    assert talk.calls.count("(messages)") == 1


def test_end_chat_leaves_and_puts_the_transcript_in_its_place(
    widget: ChatWidget, talk: Chat, cell: Cell
) -> None:
    panel = shown(widget)
    talk.coming.append(Message("m1", CHAT, AGENT, "Good day!", timestamp=AT))
    until(lambda: "Good day!" in panel.regions["talk"].value)
    panel.end_chat.click()
    until(lambda: not widget.live)
    assert "(leave)" in talk.calls
    content = dict(cell.updates)[0]
    assert "Good day!" in content
    assert "Guest chat</strong> of 2026-11-18, over." in content
    assert Outline(content).text.count("Grace") == 0
    assert dict(cell.updates)[1] == "", "the line for a saved notebook stays"


def test_a_lost_stream_is_not_shown_as_the_end_of_the_chat(
    widget: ChatWidget, talk: Chat, cell: Cell
) -> None:
    shown(widget)
    talk.coming.append(Closing(True, "The connection was lost.", lost=True))
    talk.is_open = False
    until(lambda: not widget.live)
    content = Outline(dict(cell.updates)[0]).text
    assert "its event stream is lost (The connection was lost.)" in content
    assert ", over" not in content
    assert repr(widget) == "<ChatWidget: stream lost, 0 lines>"


def test_stop_leaves_the_transcript_and_the_chat_goes_on(widget: ChatWidget, talk: Chat, cell: Cell) -> None:
    shown(widget)
    widget.stop()
    widget.stop()
    assert talk.is_open
    assert "Nothing was said." in dict(cell.updates)[0]
    widget._ipython_display_()
    assert "Nothing was said." in cell.shown[-1].data


def test_a_notebook_saved_meanwhile_has_a_line_that_keeps_up(
    widget: ChatWidget, talk: Chat, cell: Cell
) -> None:
    shown(widget)
    until(lambda: [text for number, text in cell.updates if number == 1 and "so far: 0." in text])
    talk.coming.append(Message("m1", CHAT, AGENT, "Good day!", timestamp=AT))
    until(lambda: "so far: 1." in cell.updates[-1][1])
    count = len(cell.updates)
    before = talk.taken
    until(lambda: talk.taken > before + 3)
    assert len(cell.updates) == count, "it is sent again unchanged"


def test_a_fault_in_painting_shows_itself_and_does_not_end_it(
    widget: ChatWidget, talk: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = shown(widget)
    take, broken = talk.take, threading.Event()

    def faulty(wait_s: float) -> None:
        if not broken.is_set():
            broken.set()
            raise ValueError("odd")
        take(wait_s)

    monkeypatch.setattr(widget, "_take", faulty)
    until(lambda: "could not be shown (ValueError)" in panel.message.value)
    talk.coming.append(Message("m1", CHAT, AGENT, "Good day!", timestamp=AT))
    until(lambda: "Good day!" in panel.regions["talk"].value)


def hostile() -> Record:
    record = Record(GUEST)
    record.met([Member(AGENT, EVIL, "CONNECTED", EVIL), Member(GUEST, "CUSTOMER", "CONNECTED", EVIL)])
    record.heard(Joined(AGENT, AT, "j"))
    for number, kind in enumerate(("standard", "notice", EVIL)):
        record.heard(Message(f"m{number}", EVIL, AGENT, EVIL, kind, AT))
    record.heard(Typing(AGENT))
    record.heard(Closing(False, EVIL))
    return record


def test_hostile_names_and_words_are_text_everywhere() -> None:
    picture = hostile().picture()
    word = html.state(picture, is_open=True)
    record = hostile()
    record.heard(Typing(AGENT))
    for content in (
        html.header(picture, word, conversation_id=EVIL, own_id=GUEST, zone=EVIL),
        html.talk(picture.lines, TZ),
        html.typing(record.picture().typing),
        html.saved(3, EVIL, EVIL),
        html.snapshot(picture, TZ, conversation_id=EVIL, reason=EVIL, zone=EVIL),
    ):
        outline = Outline(content)
        assert {"img", "script"}.isdisjoint(tag for tag, _ in outline.tags)
        assert not [name for _, attributes in outline.tags for name in attributes if name.startswith("on")]
        assert EVIL in outline.text


def test_a_long_chat_shows_its_newest_lines_and_says_so() -> None:
    record = Record(GUEST)
    for number in range(html.LINES + 5):
        record.heard(Message(f"m{number}", CHAT, AGENT, f"word {number}.", timestamp=AT))
    shown = Outline(html.talk(record.lines(), TZ)).text
    assert "5 earlier lines" in shown
    assert "word 4." not in shown
    assert f"word {html.LINES + 4}." in shown


def test_a_zone_that_is_none_is_refused(chat: GuestChat) -> None:
    with pytest.raises(QueryError, match="There is no time zone 'Warsaw'"):
        chat.widget(tz="Warsaw")


def test_a_chat_has_one_widget_and_its_end_ends_it(chat: GuestChat, cell: Cell) -> None:
    first = chat.widget()
    shown(first)
    second = chat.widget(tz="Europe/Warsaw")
    shown(second)
    assert (first.live, second.live) == (False, True)
    chat.close()
    assert not second.live
