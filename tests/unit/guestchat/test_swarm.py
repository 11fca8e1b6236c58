"""Scripted guests: their gaps, their talk, their outcomes, and where they may go."""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self

import pytest

from gcanalytics.errors import ApiError, ConfigurationError, ConnectionFailed, QueryError
from gcanalytics.frames.schema import DTYPES
from gcanalytics.guestchat import Closing, Event, MemberChange, Message, swarm, swarms
from gcanalytics.guestchat.swarms import SCRIPTS, SWARM, Guest

HERE: dict[str, Any] = {
    "region": "http://127.0.0.1:9",
    "organization_id": "o",
    "deployment_id": "d",
    "queue": "Support",
}
AGENT_IN = MemberChange("a", "CONNECTED", "AGENT")
WELCOME = Message("r0", "c1", "a", "Welcome!")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Chat:
    """A chat whose other side is a list: each entry is given out, or waited for in vain where it is None."""

    conversation_id = "c1"

    def __init__(self, clock: Clock, *coming: Event | None, answers: bool = True) -> None:
        self.clock = clock
        self.coming = deque(coming)
        self.answers = answers
        self.said: list[str] = []
        self.left = False

    def send(self, text: str) -> Message:
        self.said.append(text)
        number = len(self.said)
        sent = Message(f"m{number}", "c1", "g", text, own=True)
        self.coming.append(sent)
        if self.answers:
            self.coming.append(Message(f"r{number}", "c1", "a", "I see."))
        return sent

    def events(self, timeout_s: float | None = None) -> Iterator[Event]:
        while self.coming and (event := self.coming.popleft()) is not None:
            self.clock.now += 1.0
            yield event
        self.clock.now += timeout_s or 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.left = True


def visit(chat: Chat, *lines: str, stop: threading.Event | None = None) -> swarms.Result:
    guest = Guest(
        1,
        lines,
        lambda name: chat,
        patience_s=30,
        reply_s=20,
        stop=stop or threading.Event(),
        clock=chat.clock,
    )
    return guest.run()


def test_a_guest_says_its_lines_and_waits_for_each_answer() -> None:
    chat = Chat(Clock(), MemberChange("a", "ALERTING", "AGENT"), None, AGENT_IN)
    found = visit(chat, "Hello", "Bye")
    assert (found.outcome, found.sent, found.received, found.error) == ("completed", 2, 2, None)
    assert found.time_to_agent_s == 2.25
    assert found.duration_s == 6.25 + swarms.GREETING_S
    assert chat.said == ["Hello", "Bye"]
    assert chat.left


def test_a_greeting_is_waited_for_and_no_answer() -> None:
    chat = Chat(Clock(), AGENT_IN, WELCOME, answers=False)
    found = visit(chat, "Hello")
    assert (found.outcome, found.received, found.duration_s) == ("unanswered", 1, 22.0)
    chat = Chat(Clock(), AGENT_IN, WELCOME)
    found = visit(chat, "Hello")
    assert (found.outcome, found.sent, found.received, found.duration_s) == ("completed", 1, 2, 4.0)


@pytest.mark.parametrize(
    ("coming", "answers", "outcome", "duration_s"),
    [
        ((), True, "abandoned", 30.0),
        ((AGENT_IN,), False, "unanswered", 23.0),
        ((Closing(True, "over"),), True, "ended", 1.0),
        ((Closing(False, "cut"), AGENT_IN), True, "completed", 6.0),
    ],
)
def test_a_chat_that_goes_another_way_says_which(
    coming: tuple[Event, ...], answers: bool, outcome: str, duration_s: float
) -> None:
    chat = Chat(Clock(), *coming, answers=answers)
    found = visit(chat, "Hello")
    assert (found.outcome, found.duration_s) == (outcome, duration_s)
    assert chat.left


@pytest.mark.parametrize(
    ("coming", "outcome", "error"),
    [
        ((Closing(True, "over"),), "ended", None),
        ((), "failed", "ApiError: 400 Bad Request"),
    ],
)
def test_a_line_refused_since_the_chat_has_ended_is_an_end(
    coming: tuple[Event, ...], outcome: str, error: str | None
) -> None:
    class Ended(Chat):
        def send(self, text: str) -> Message:
            self.coming.extend(coming)
            raise ApiError("400 Bad Request", status=400, code="chat.error.conversation.state")

    chat = Ended(Clock(), AGENT_IN, WELCOME)
    found = visit(chat, "Hello")
    assert (found.outcome, found.error, found.sent) == (outcome, error, 0)
    assert chat.left


def test_a_lost_stream_is_an_error_of_its_row() -> None:
    chat = Chat(Clock(), AGENT_IN, Closing(True, "The connection was lost.", lost=True))
    found = visit(chat, "Hello")
    assert (found.outcome, found.error) == ("failed", "ConnectionFailed: The connection was lost.")
    assert chat.left


def test_a_refusal_is_an_error_of_its_row() -> None:
    def refused(name: str) -> Chat:
        raise ConnectionFailed("Nobody there.")

    found = Guest(1, ["Hello"], refused, patience_s=1, reply_s=1, stop=threading.Event()).run()
    assert (found.outcome, found.error) == ("failed", "ConnectionFailed: Nobody there.")
    assert found.conversationId is None
    assert found.duration_s is None


def test_who_is_stopped_leaves() -> None:
    stop = threading.Event()

    class Stopping(Chat):
        def events(self, timeout_s: float | None = None) -> Iterator[Event]:
            stop.set()
            yield from super().events(timeout_s)

    chat = Stopping(Clock())
    assert visit(chat, "Hello", stop=stop).outcome == "interrupted"
    assert chat.left
    late = Chat(Clock())
    visit(late, "Hello", stop=stop)
    assert not late.left, "a chat was opened after all"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"n": 0}, "n= is a whole number from 1 to 1,000"),
        ({"n": True}, "n= is a whole number"),
        ({"at_once": 201}, "at_once="),
        ({"rate": 0}, "rate= must be a number above zero"),
        ({"patience_s": -1}, "patience_s="),
        ({"script": "Hello"}, "a list of lines"),
        ({"script": []}, "guest 1 needs lines"),
        ({"script": ["Hello", " "]}, "guest 1 needs lines"),
        ({"display_name": "Ada"}, "names of their own"),
        ({"rate": "fast"}, "rate= must be a number above zero"),
        ({"rate": float("nan")}, "rate= must be a number above zero"),
        ({"patience_s": None}, "patience_s= must be a number above zero"),
        ({"script": 5}, "a list of lines"),
        ({"script": lambda number, random_: None}, "a list of lines"),
        ({"queue": " "}, "queue= must not be empty"),
        ({"skills": "Internet"}, "skills= takes a list"),
        ({"open_timeout_s": "long"}, "open_timeout_s="),
    ],
)
def test_wrong_arguments_are_refused_before_any_chat(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        swarm(**{"n": 2, **HERE, **wrong})


def test_an_argument_that_a_chat_does_not_take_is_refused_before_any_chat() -> None:
    with pytest.raises(TypeError, match="colour"):
        swarm(2, **HERE, colour="red")
    with pytest.raises(ConfigurationError, match="RetryPolicy"):
        swarm(2, **HERE, retry=10)


@pytest.mark.parametrize("region", ["eu_west_1", "mypurecloud.ie", "https://gateway.example"])
def test_real_agents_are_called_only_by_somebody_who_says_so(region: str) -> None:
    with pytest.raises(ConfigurationError, match="would call real agents"):
        swarm(1, **{**HERE, "region": region})
    assert swarms._this_machine(region, {}, True) == region


def test_a_region_of_the_environment_is_judged_too() -> None:
    with pytest.raises(ConfigurationError, match="would call real agents"):
        swarms._this_machine(None, {"GENESYSCLOUD_REGION": "eu_west_1"}, False)
    with pytest.raises(ConfigurationError, match="No region"):
        swarms._this_machine(None, {}, True)


@pytest.mark.parametrize("lacking", ["organization_id", "deployment_id"])
def test_a_place_that_nobody_names_is_said_once_and_not_in_each_row(lacking: str) -> None:
    with pytest.raises(ConfigurationError, match=f"No {lacking}"):
        swarm(2, environ={}, **{name: value for name, value in HERE.items() if name != lacking})


@pytest.mark.parametrize("region", ["http://127.0.0.1:8080", "http://localhost:80", "http://[::1]:80"])
def test_this_machine_needs_no_such_word(region: str) -> None:
    assert swarms._this_machine(region, {}, False) == region


def started(monkeypatch: pytest.MonkeyPatch, make: Callable[[str], Any]) -> None:
    class Starting:
        @staticmethod
        def start(*, display_name: str, **other: Any) -> Any:
            return make(display_name)

    monkeypatch.setattr(swarms, "GuestChat", Starting)


def test_a_swarm_is_a_typed_row_a_guest_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    chats: dict[str, Chat] = {}
    started(monkeypatch, lambda name: chats.setdefault(name, Chat(Clock(), AGENT_IN, WELCOME)))
    table = swarm(6, rate=1e6, script=lambda number, _: ["Hi"] * number, at_once=3, **HERE)
    assert {name: table[name].dtype for name in table} == {n: DTYPES[kind] for n, kind in SWARM.items()}
    assert table["guest"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["sent"].tolist() == [1, 2, 3, 4, 5, 6]
    assert set(table["outcome"]) == {"completed"}
    assert table["error"].isna().all()
    assert all(chat.left for chat in chats.values())


def test_no_more_chat_at_once_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = threading.Lock()
    count, most = 0, 0

    class Counted(Chat):
        def __enter__(self) -> Self:
            nonlocal count, most
            with lock:
                count += 1
                most = max(most, count)
            return self

        def __exit__(self, *exc: object) -> None:
            nonlocal count
            with lock:
                count -= 1

    started(monkeypatch, lambda name: Counted(Clock(), AGENT_IN, WELCOME))
    swarm(20, rate=1e6, at_once=2, **HERE)
    assert 1 <= most <= 2


def test_an_interrupt_lets_all_leave_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.Event()
    chats: list[Chat] = []

    class Waiting(Chat):
        def events(self, timeout_s: float | None = None) -> Iterator[Event]:
            inside.set()
            threading.Event().wait(0.01)
            return iter(())

    def make(name: str) -> Chat:
        chats.append(Waiting(Clock()))
        return chats[-1]

    class Interrupted:
        def update(self, done: int, expected: int | None, waiting_s: float = 0.0) -> None:
            if inside.wait(5):
                raise KeyboardInterrupt

        def close(self, summary: str | None) -> None:
            assert summary is None

    started(monkeypatch, make)
    monkeypatch.setattr(swarms, "progress_for", lambda *_, **__: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        swarm(3, rate=1e6, **HERE)
    assert chats
    assert all(chat.left for chat in chats)


def test_the_same_seed_says_the_same() -> None:
    def lines(seed: int) -> list[list[str]]:
        random_ = random.Random(seed)
        return [swarms._lines(None, number, random_) for number in range(1, 21)]

    assert lines(1) == lines(1)
    assert lines(1) != lines(2)
    assert {tuple(each) for each in lines(1)} <= set(SCRIPTS)
