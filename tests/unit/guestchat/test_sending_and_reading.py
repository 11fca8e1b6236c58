"""What a guest says and reads: sent once or told as unknown, read to the end."""

import json
import threading
from typing import Any

import pytest

from gcanalytics.errors import DeliveryUnknown, IncompletePull, QueryError
from gcanalytics.guestchat import GuestChat, Message
from gcanalytics.transport.exchange import NoAnswer
from gcanalytics.transport.retry import RetryPolicy, Trouble

from .scripted_platform import AGENT, ARGUMENTS, BASE, GUEST, Answer, Platform, Stream, message


def test_a_sent_message_comes_back_typed(platform: Platform, chat: GuestChat) -> None:
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", (200, message(1, GUEST)))
    sent = chat.send("word 1")
    assert json.loads(platform.asked[-1][0].body or b"") == {"body": "word 1", "bodyType": "standard"}
    assert (sent.id, sent.body, sent.own) == ("m1", "word 1", True)
    assert sent.timestamp is not None
    assert sent.timestamp.isoformat() == "2019-06-18T16:59:01.277000+00:00"
    assert "word" not in repr(sent)


@pytest.mark.parametrize(
    ("text", "said"), [("", "some text"), (" \n", "some text"), ("x" * 4001, "4,000 characters"), (5, "text")]
)
def test_a_message_that_cannot_be_is_not_sent(
    platform: Platform, chat: GuestChat, text: Any, said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        chat.send(text)
    assert len(platform.asked) == 1


def test_four_thousand_characters_are_sent(platform: Platform, chat: GuestChat) -> None:
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", (200, message(1, GUEST)))
    assert chat.send("x" * 4000).id == "m1"


@pytest.mark.parametrize(
    "answer",
    [
        NoAnswer(Trouble.LOST, "No whole answer came"),
        (502, b"<html>"),
        (504, {"message": "The request timed out.", "code": "request.timeout"}),
        (200, b'{"id": "half'),
    ],
)
@pytest.mark.parametrize("retry", [None, RetryPolicy(max_time_s=600)])
def test_a_send_of_unknown_fate_says_so_and_is_not_sent_twice(
    platform: Platform, stream: Stream, answer: Answer, retry: RetryPolicy | None
) -> None:
    chat = GuestChat.start(**ARGUMENTS, retry=retry)
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", answer)
    with pytest.raises(DeliveryUnknown, match="may or may not"):
        chat.send("Hello!")
    assert len(platform.requests("POST", f"{BASE}/members/{GUEST}/messages")) == 1


def test_a_creation_of_unknown_fate_says_so(platform: Platform, stream: Stream) -> None:
    lost = NoAnswer(Trouble.LOST, "No whole answer came")
    platform.answer("POST", "/api/v2/webchat/guest/conversations", lost)
    with pytest.raises(DeliveryUnknown):
        GuestChat.start(**ARGUMENTS)


def test_messages_are_read_to_the_end(platform: Platform, chat: GuestChat) -> None:
    first = [{**message(0), "id": f"a{number}"} for number in range(100)]
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": first}), (200, {"entities": [message(1)]}))
    found = chat.messages()
    assert len(found) == 101
    assert [each.params.get("after") for each in platform.requests("GET", f"{BASE}/messages")] == [
        None,
        "a99",
    ]


def test_a_page_with_a_next_one_is_not_the_last_however_small(platform: Platform, chat: GuestChat) -> None:
    pages = [{"entities": [message(number)], "next": "more"} for number in range(3)]
    platform.answer("GET", f"{BASE}/messages", *((200, page) for page in pages), (200, {"entities": []}))
    assert [each.id for each in chat.messages() if isinstance(each, Message)] == ["m0", "m1", "m2"]


def test_members_that_a_page_repeats_or_never_brings_are_no_endless_list(
    platform: Platform, chat: GuestChat
) -> None:
    agent = {"id": AGENT, "role": "AGENT"}
    pages = {"pageCount": 10**9, "total": 1}
    platform.answer(
        "GET", f"{BASE}/members", (200, {"entities": [agent], **pages}), (200, {"entities": [], **pages})
    )
    assert [member.id for member in chat.members()] == [AGENT]
    platform.answer("GET", f"{BASE}/members", (200, {"entities": [agent], "pageCount": 1, "total": 2}))
    with pytest.raises(IncompletePull, match="lists 1 of 2 entities"):
        chat.members()


def test_a_page_that_repeats_itself_ends_the_reading(platform: Platform, chat: GuestChat) -> None:
    first = [{**message(0), "id": f"a{number}"} for number in range(100)]
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": first}))
    assert len(chat.messages()) == 100


def test_members_are_typed_and_their_names_are_in_no_repr(platform: Platform, chat: GuestChat) -> None:
    ada = {
        "id": GUEST, "displayName": "Ada", "role": "CUSTOMER", "state": "CONNECTED",
        "joinDate": "2019-06-18T16:59:09.689Z", "customFields": {"order": "17"}, "authenticatedGuest": True,
    }  # fmt: skip
    platform.answer(
        "GET",
        f"{BASE}/members",
        (200, {"entities": [ada], "pageCount": 2}),
        (200, {"entities": [{"id": AGENT, "role": "AGENT", "displayName": None, "newField": 1}]}),
    )
    guest, agent = chat.members()
    assert (guest.display_name, guest.role, guest.custom_fields) == ("Ada", "CUSTOMER", {"order": "17"})
    assert guest.authenticated
    assert (agent.id, agent.role, agent.display_name) == (AGENT, "AGENT", None)
    assert "Ada" not in repr(guest)


@pytest.mark.parametrize("timeout_s", [1e10, float("inf")])
def test_a_wait_may_be_longer_than_any_machine_waits(
    stream: Stream, chat: GuestChat, timeout_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.said(1)
    assert next(iter(chat.events(timeout_s=timeout_s))) is not None
    waits: list[float] = []

    def take(wait_s: float) -> list[Any]:
        waits.append(wait_s)
        chat.close()
        return []

    monkeypatch.setattr(chat._intake._protocol, "take", take)
    assert list(chat.events(timeout_s=timeout_s)) == []
    assert waits
    assert max(waits) <= threading.TIMEOUT_MAX
