"""A chat taken up again: its token, what was missed, and its end."""

from typing import Any

import pytest

from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    DeliveryUnknown,
    PermissionDenied,
    QueryError,
)
from gcanalytics.guestchat import Closing, GuestChat, Message
from gcanalytics.transport.exchange import NoAnswer
from gcanalytics.transport.listener import StateChange
from gcanalytics.transport.retry import Trouble

from .scripted_platform import BASE, CHAT, CREATED, GUEST, JWT, Platform, Stream, events, message

TICKET: dict[str, Any] = {
    "jwt": JWT,
    "conversation_id": CHAT,
    "member_id": GUEST,
    "event_stream_uri": CREATED["eventStreamUri"],
    "region": "eu_west_1",
}


def said(platform: Platform, *numbers: int) -> None:
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(number) for number in numbers]}))


def test_nothing_is_created_and_what_was_said_comes_each_once(platform: Platform, stream: Stream) -> None:
    said(platform, 1, 2, 3)
    chat = GuestChat.resume(**TICKET)
    assert stream.uri == CREATED["eventStreamUri"]
    stream.said(3)
    stream.said(4)
    assert [event.id for event in events(chat)] == ["m1", "m2", "m3", "m4"]
    assert {each.method for each, _ in platform.asked} == {"GET"}
    assert {each.headers["Authorization"] for each, _ in platform.asked} == {f"Bearer {JWT}"}
    assert {base for _, base in platform.asked} == {"https://api.mypurecloud.ie"}
    assert (chat.conversation_id, chat.member_id, chat.is_open) == (CHAT, GUEST, True)
    assert chat.created.path == f"{BASE}/members/{GUEST}"


def test_only_what_was_said_after_the_last_message_seen_comes(platform: Platform, stream: Stream) -> None:
    said(platform, 2, 3)  # a platform that counts "after" differently does no harm
    chat = GuestChat.resume(**TICKET, after="m2")
    assert [event.id for event in events(chat)] == ["m3"]
    assert platform.requests("GET", f"{BASE}/messages")[-1].params["after"] == "m2"


def test_a_chat_that_was_left_gives_what_was_said_and_its_end(platform: Platform, stream: Stream) -> None:
    platform.answer("GET", f"{BASE}/members/{GUEST}", (200, {"id": GUEST, "state": "DISCONNECTED"}))
    said(platform, 1)
    stream.items.clear()  # no stream opens for it
    chat = GuestChat.resume(**TICKET)
    assert [type(event) for event in events(chat)] == [Message, Closing]
    assert not chat.is_open


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "bad.credentials", AuthenticationError),
        (401, "credentials.expired", AuthenticationError),
        (403, "not.authorized", PermissionDenied),
    ],
)
def test_a_token_that_is_not_good_is_told_at_once(
    platform: Platform, stream: Stream, status: int, code: str, kind: type[Exception]
) -> None:
    body = {"message": "No.", "code": code, "status": status}
    platform.answer("GET", f"{BASE}/members/{GUEST}", (status, body))
    with pytest.raises(kind, match=code):
        GuestChat.resume(**TICKET)
    assert [each.method for each, _ in platform.asked] == ["GET"]


def test_a_chat_that_was_left_says_so_at_once(platform: Platform, stream: Stream) -> None:
    said(platform, 1)
    platform.answer("GET", f"{BASE}/members/{GUEST}", (200, {"id": GUEST, "state": "DISCONNECTED"}))
    chat = GuestChat.resume(**TICKET)
    assert (chat.is_open, repr(chat)) == (False, f"<GuestChat {CHAT}, over>")
    with pytest.raises(QueryError, match="over"):
        chat.send("Hello?")
    chat.close()
    assert [each.method for each, _ in platform.asked] == ["GET"] * 2


@pytest.mark.parametrize("name", ["jwt", "conversation_id", "member_id", "event_stream_uri", "after"])
@pytest.mark.parametrize("wrong", ["", " ", 7])
def test_a_wrong_argument_is_refused_before_any_request(platform: Platform, name: str, wrong: Any) -> None:
    with pytest.raises(QueryError, match=f"{name}="):
        GuestChat.resume(**TICKET | {name: wrong})
    assert platform.asked == []


def test_a_region_is_needed(platform: Platform) -> None:
    with pytest.raises(ConfigurationError, match="No region"):
        GuestChat.resume(**TICKET | {"region": None}, environ={})


def test_a_chat_that_cannot_be_taken_up_is_not_left(platform: Platform, stream: Stream) -> None:
    said(platform, 1)
    stream.items.clear()
    stream.changed("failed", reason="nobody there")
    with pytest.raises(ConnectionFailed, match="nobody there"):
        GuestChat.resume(**TICKET)
    assert stream.stopped
    assert "DELETE" not in {each.method for each, _ in platform.asked}


def test_a_message_of_before_does_not_stand_in_for_a_lost_one(platform: Platform, stream: Stream) -> None:
    own = {**message(1, GUEST), "body": "Hello!"}
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [own]}))
    chat = GuestChat.resume(**TICKET)
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", NoAnswer(Trouble.LOST, "No whole answer"))
    with pytest.raises(DeliveryUnknown):
        chat.send("Hello!")


def test_the_token_stands_in_no_repr(platform: Platform, stream: Stream) -> None:
    said(platform, 1)
    stream.changed("open")
    chat = GuestChat.resume(**TICKET)
    assert JWT not in repr(chat) + repr(vars(chat)) + repr(vars(chat._protocol)) + repr(StateChange("open"))


def test_a_lost_chat_that_was_left_keeps_what_was_read(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.said(1)
    stream.changed("failed", reason="The event stream refused us.")
    events(chat)
    platform.answer("GET", f"{BASE}/messages", (400, {"code": "chat.error.member.state"}))
    platform.answer("GET", f"{BASE}/members", (400, {"code": "chat.error.member.state"}))
    with pytest.raises(ApiError):
        chat.transcript()
    chat.leave()
    assert chat.transcript()["body"].tolist() == ["word 1"]


def test_a_chat_that_is_closed_while_somebody_listens_is_not_lost(
    stream: Stream, chat: GuestChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed_meanwhile(wait_s: float) -> list[StateChange]:
        chat.close()  # by another thread, that is
        return [StateChange("stopped")]

    monkeypatch.setattr(stream, "take", closed_meanwhile)
    assert events(chat) == []
    assert chat._record.picture().closing is None


def test_a_stream_that_ends_once_the_guest_has_left_is_not_lost(stream: Stream, chat: GuestChat) -> None:
    chat.leave()
    stream.changed("failed", reason="The event stream refused us.")
    assert [event for event in events(chat) if isinstance(event, Closing) and event.lost] == []
    assert repr(chat) == f"<GuestChat {CHAT}, over>"
