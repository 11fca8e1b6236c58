"""A message whose answer was lost: looked for among the chat's messages, never sent twice."""

from typing import Any

import pytest

from gcanalytics.errors import DeliveryUnknown
from gcanalytics.guestchat import GuestChat
from gcanalytics.transport.exchange import NoAnswer
from gcanalytics.transport.retry import Trouble

from .scripted_platform import AGENT, BASE, GUEST, Answer, Platform, message

SEND = f"{BASE}/members/{GUEST}/messages"
MESSAGES = f"{BASE}/messages"
LOST = NoAnswer(Trouble.LOST, "No whole answer came")


def hello(number: int, sender: str = GUEST, kind: str = "standard") -> dict[str, Any]:
    return {**message(number, sender, kind), "body": "Hello!"}


def listed(*entities: dict[str, Any]) -> Answer:
    return 200, {"entities": entities}


def lose(platform: Platform, chat: GuestChat, *there: dict[str, Any]) -> Any:
    """Send with a lost answer, while so much is among the messages."""
    platform.answer("POST", SEND, LOST)
    platform.answer("GET", MESSAGES, listed(*there))
    return chat.with_http_info.send("Hello!")


def test_a_message_that_is_there_was_delivered(platform: Platform, chat: GuestChat) -> None:
    found = lose(platform, chat, message(1), hello(2, AGENT), hello(3))
    assert (found.body.id, found.body.own) == ("m3", True)
    assert (found.status, found.method, found.correlation_id) == (200, "GET", "d11bd3b3")
    assert len(platform.requests("POST", SEND)) == 1


def test_a_message_that_is_not_there_may_come_still(platform: Platform, chat: GuestChat) -> None:
    with pytest.raises(DeliveryUnknown, match="may come still") as unknown:
        lose(platform, chat, message(1), hello(2, AGENT), hello(3, GUEST, "member-join"))
    assert "Hello" not in str(unknown.value)
    assert len(platform.requests("POST", SEND)) == 1


def test_an_earlier_message_of_the_same_words_is_another_one(platform: Platform, chat: GuestChat) -> None:
    platform.answer("POST", SEND, (200, hello(1)))
    chat.send("Hello!")
    with pytest.raises(DeliveryUnknown):
        lose(platform, chat, hello(1))
    # One of the two lost ones has come, and nobody knows which.
    with pytest.raises(DeliveryUnknown, match="may be one that was sent before"):
        lose(platform, chat, hello(1), hello(2))
    assert lose(platform, chat, hello(1), hello(2), hello(3), hello(4)).body.id == "m4"
    # And these are accounted for now.
    with pytest.raises(DeliveryUnknown):
        lose(platform, chat, hello(1), hello(2), hello(3), hello(4))


def test_messages_that_cannot_be_asked_leave_the_fate_open(platform: Platform, chat: GuestChat) -> None:
    platform.answer("POST", SEND, (502, b"<html>"))
    platform.answer("GET", MESSAGES, NoAnswer(Trouble.UNREACHABLE, "nobody there"))
    with pytest.raises(DeliveryUnknown, match="could not be asked") as unknown:
        chat.send("Hello!")
    assert (unknown.value.status, unknown.value.correlation_id) == (502, "d11bd3b3")


def test_a_message_on_a_later_page_is_found(platform: Platform, chat: GuestChat) -> None:
    platform.answer("POST", SEND, LOST)
    first = [{**message(0), "id": f"a{number}"} for number in range(100)]
    platform.answer("GET", MESSAGES, listed(*first), listed(hello(1)))
    assert chat.send("Hello!").id == "m1"
