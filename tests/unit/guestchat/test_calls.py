"""Every call of a chat: its request, its typed result, the platform's whole answer, its refusals."""

import json
import pickle
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from gcanalytics import ApiResponse
from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    ConnectionFailed,
    DeliveryUnknown,
    PermissionDenied,
    QueryError,
)
from gcanalytics.guestchat import ChatResponse, GuestChat, Joined, MediaRequest, Message, Typing
from gcanalytics.guestchat.opening import StartArguments
from gcanalytics.transport.exchange import NoAnswer
from gcanalytics.transport.retry import Trouble

from .scripted_platform import AGENT, ARGUMENTS, BASE, GUEST, JWT, Platform, Stream, message

MEDIA = f"{BASE}/mediarequests"
ASKED = {
    "id": "r1", "name": "Screen", "types": ["COBROWSE", 7], "state": "PENDING", "communicationId": "c1",
    "securityKey": "hidden", "selfUri": "/somewhere",
}  # fmt: skip


@pytest.fixture
def played(platform: Platform) -> Platform:
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", (200, message(1, GUEST)))
    platform.answer(
        "POST",
        f"{BASE}/members/{GUEST}/typing",
        (200, {"id": "t1", "sender": {"id": GUEST}, "timestamp": "2019-06-18T16:59:02Z"}),
    )
    platform.answer("GET", f"{BASE}/messages/m7", (200, message(7, AGENT, "member-join")))
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": [message(1), message(2)], "next": "more"}))
    platform.answer(
        "GET", f"{BASE}/members", (200, {"entities": [{"id": AGENT, "role": "AGENT"}], "total": 1})
    )
    platform.answer("GET", MEDIA, (200, {"entities": [ASKED]}))
    platform.answer("GET", f"{MEDIA}/r1", (200, ASKED))
    platform.answer("PATCH", f"{MEDIA}/r1", (200, ASKED | {"state": "ACCEPTED"}))
    return platform


CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("send", lambda calls: calls.send("Hello!")),
    ("typing", lambda calls: calls.typing()),
    ("message", lambda calls: calls.message("m7")),
    ("messages", lambda calls: calls.messages()),
    ("member", lambda calls: calls.member(AGENT)),
    ("members", lambda calls: calls.members()),
    ("media_requests", lambda calls: calls.media_requests()),
    ("media_request", lambda calls: calls.media_request("r1")),
    ("accept_media_request", lambda calls: calls.accept_media_request("r1")),
    ("decline_media_request", lambda calls: calls.decline_media_request("r1")),
    ("fail_media_request", lambda calls: calls.fail_media_request("r1")),
    ("leave", lambda calls: calls.leave()),
]


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_every_call_gives_its_result_and_the_platforms_whole_answer(
    played: Platform, stream: Stream, name: str, call: Callable[[Any], Any]
) -> None:
    plain = call(GuestChat.start(**ARGUMENTS))
    answer = call(GuestChat.start(**ARGUMENTS).with_http_info)
    assert isinstance(answer, ChatResponse)
    assert issubclass(ChatResponse, ApiResponse)
    assert answer.body == (tuple(plain) if isinstance(plain, list) else plain)
    assert (answer.status, answer.reason) == (204 if name == "leave" else 200, "Words")
    assert (answer.correlation_id, answer.header("content-TYPE")) == ("d11bd3b3", "application/json")
    assert set(answer.headers) == {"ININ-Correlation-Id", "Content-Type"}
    assert answer.text == (json.dumps(answer.data) if answer.content else "")
    assert "word" not in repr(answer)


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_every_refusal_carries_the_platforms_code_and_correlation_id(
    played: Platform, chat: GuestChat, name: str, call: Callable[[Any], Any]
) -> None:
    refusal = (409, {"message": "Not now.", "code": "request.conflict", "status": 409})
    for asked in played.answers:
        played.answer(*asked, refusal)
    for calls in (chat, chat.with_http_info):
        with pytest.raises(ApiError, match=r"Not now\.") as refused:
            call(calls)
        error = refused.value
        assert (error.status, error.code, error.correlation_id) == (409, "request.conflict", "d11bd3b3")
        answer = error.response
        assert isinstance(answer, ApiResponse)
        assert (answer.status, answer.reason, answer.data) == (409, "Words", refusal[1])
        assert (answer.correlation_id, answer.header("content-TYPE")) == ("d11bd3b3", "application/json")
        assert set(answer.headers) == {"ININ-Correlation-Id", "Content-Type"}
        assert answer.text == json.dumps(refusal[1])


def test_a_refusal_of_unknown_fate_carries_the_platforms_whole_answer_and_no_token(
    platform: Platform, chat: GuestChat
) -> None:
    words = {"message": f"{JWT} waited too long.", "code": "request.timeout", "status": 504}
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", (504, words))
    with pytest.raises(DeliveryUnknown) as unknown:
        chat.send("Hello!")
    error = pickle.loads(pickle.dumps(unknown.value))
    assert error.response.status == 504
    assert error.response.text == json.dumps(words).replace(JWT, "…")
    assert JWT not in f"{error} {error!r} {vars(error)} {error.response.headers}"
    platform.answer("POST", f"{BASE}/members/{GUEST}/messages", NoAnswer(Trouble.UNREACHABLE, "Nobody"))
    with pytest.raises(ConnectionFailed) as failed:
        chat.send("Hello!")
    assert failed.value.response is None


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_nothing_is_asked_in_a_chat_that_was_closed_here(
    played: Platform, chat: GuestChat, name: str, call: Callable[[Any], Any]
) -> None:
    chat.close()
    played.asked.clear()
    for calls in (chat, chat.with_http_info) if name != "leave" else (chat.with_http_info,):
        with pytest.raises(QueryError, match="over"):
            call(calls)
    assert played.asked == []


def test_a_start_gives_the_answer_and_the_chat_in_it(platform: Platform, stream: Stream) -> None:
    answer = GuestChat.with_http_info.start(**ARGUMENTS)
    assert (answer.status, answer.reason, answer.correlation_id) == (200, "Words", "d11bd3b3")
    assert isinstance(answer.body, GuestChat)
    assert answer.body.is_open
    assert answer.data["id"] == answer.body.conversation_id
    assert answer.data["jwt"] not in repr(answer)


def test_a_start_with_its_answer_takes_what_a_start_takes() -> None:
    told = {name: hint for name, hint in get_type_hints(GuestChat.start).items() if name != "return"}
    assert get_type_hints(StartArguments) == told


def test_results_are_typed(played: Platform, chat: GuestChat) -> None:
    assert chat.typing() == Typing(GUEST, True, chat.typing().timestamp)
    assert isinstance(chat.message("m7"), Joined)
    assert [each.id for each in chat.messages() if isinstance(each, Message)] == ["m1", "m2"]
    assert chat.member().id == GUEST
    assert chat.member(AGENT).role == "AGENT"
    (asked,) = chat.media_requests()
    assert asked == MediaRequest("r1", ("COBROWSE",), "PENDING", "Screen", "c1", "hidden")
    assert "hidden" not in repr(asked)


def test_a_message_may_be_a_notice(played: Platform, chat: GuestChat) -> None:
    chat.send("Back soon.", body_type="notice")
    assert json.loads(played.asked[-1][0].body or b"") == {"body": "Back soon.", "bodyType": "notice"}
    with pytest.raises(QueryError, match=r"no body type 'notices'.*'notice'"):
        chat.send("Back soon.", body_type="notices")


def test_pages_are_asked_for_as_told(played: Platform, chat: GuestChat) -> None:
    page = chat.with_http_info.messages(after="m0", before="m9", newest_first=True, max_results=2)
    assert played.asked[-1][0].params == {
        "after": "m0", "before": "m9", "sortOrder": "descending", "maxResults": 2,
    }  # fmt: skip
    assert page.data["next"] == "more"
    chat.messages(after="m0", before="m9")
    assert played.requests("GET", f"{BASE}/messages")[1].params == {
        "after": "m0", "before": "m9", "sortOrder": "ascending", "maxResults": 100,
    }  # fmt: skip
    chat.with_http_info.members(page_number=2, page_size=5, present_only=True)
    assert played.asked[-1][0].params == {
        "pageSize": 5, "pageNumber": 2, "excludeDisconnectedMembers": "true",
    }  # fmt: skip
    chat.members()
    assert played.asked[-1][0].params == {"pageSize": 100, "pageNumber": 1}


@pytest.mark.parametrize(
    "call",
    [
        lambda calls: calls.message(""),
        lambda calls: calls.messages(after=5),
        lambda calls: calls.messages(before=" "),
        lambda calls: calls.messages(max_results=101),
        lambda calls: calls.messages(max_results=True),
        lambda calls: calls.member(7),
        lambda calls: calls.members(page_number=0),
        lambda calls: calls.members(page_size="ten"),
        lambda calls: calls.media_request(None),
        lambda calls: calls.accept_media_request(""),
    ],
)
def test_a_wrong_argument_is_not_sent(played: Platform, chat: GuestChat, call: Callable[[Any], Any]) -> None:
    played.asked.clear()
    with pytest.raises(QueryError):
        call(chat.with_http_info)
    assert played.asked == []


def test_an_id_cannot_lead_elsewhere(platform: Platform, chat: GuestChat) -> None:
    platform.answer("GET", f"{BASE}/messages/..%2F..%2Fmembers%3F", (404, {"message": "No.", "code": "x"}))
    with pytest.raises(ApiError):
        chat.message("../../members?")


def test_media_requests_are_answered(played: Platform, chat: GuestChat) -> None:
    assert chat.accept_media_request("r1").state == "ACCEPTED"
    assert json.loads(played.asked[-1][0].body or b"") == {"state": "ACCEPTED"}
    chat.decline_media_request("r1")
    assert json.loads(played.asked[-1][0].body or b"") == {"state": "DECLINED"}
    chat.fail_media_request("r1")
    assert json.loads(played.asked[-1][0].body or b"") == {"state": "ERRORED"}


@pytest.mark.parametrize("now", ["ACCEPTED", "PENDING", None])
def test_a_lost_answer_to_a_media_request_is_looked_up(
    played: Platform, chat: GuestChat, now: str | None
) -> None:
    played.answer("PATCH", f"{MEDIA}/r1", NoAnswer(Trouble.LOST, "No whole answer came"))
    played.answer("GET", f"{MEDIA}/r1", (200, ASKED | {"state": now}) if now else (500, {"message": "No."}))
    if now == "ACCEPTED":
        assert chat.accept_media_request("r1").state == "ACCEPTED"
    else:
        with pytest.raises(DeliveryUnknown):
            chat.accept_media_request("r1")
    assert len(played.requests("PATCH", f"{MEDIA}/r1")) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind", "hint"),
    [
        (401, "bad.credentials", AuthenticationError, "set_jwt"),
        (401, "credentials.expired", AuthenticationError, "set_jwt"),
        (403, "not.authorized", PermissionDenied, "not this chat's"),
        (400, "chat.error.member.state", ApiError, "open another one"),
        (400, "chat.error.conversation.state", ApiError, "not begun yet"),
    ],
)
def test_a_refusal_says_what_a_guest_can_do(
    platform: Platform, chat: GuestChat, status: int, code: str, kind: type[ApiError], hint: str
) -> None:
    platform.answer(
        "POST",
        f"{BASE}/members/{GUEST}/messages",
        (status, {"message": "No.", "code": code, "status": status}),
    )
    with pytest.raises(kind, match=hint) as refused:
        chat.send("Hello!")
    assert refused.value.code == code
    assert len(platform.requests("POST", f"{BASE}/members/{GUEST}/messages")) == 1


def test_another_token_is_used_from_the_next_request_on(played: Platform, chat: GuestChat) -> None:
    chat.set_jwt("another.token")
    chat.messages()
    assert played.asked[-1][0].headers["Authorization"] == "Bearer another.token"
    for wrong in ("", 7, None):
        with pytest.raises(QueryError, match="jwt="):
            chat.set_jwt(wrong)  # type: ignore[arg-type]
    chat.messages()
    assert played.asked[-1][0].headers["Authorization"] == "Bearer another.token"


def test_a_journey_is_told_and_checked(platform: Platform, stream: Stream) -> None:
    journey = {
        "customer": {"id": "17", "idType": "cookie"},
        "customerSession": {"id": "s", "type": "web"},
        "triggeringAction": {"id": "a", "actionMap": {"id": "m", "version": 2}},
    }
    GuestChat.start(**ARGUMENTS, journey_context=journey)
    assert json.loads(platform.asked[0][0].body or b"")["journeyContext"] == journey
    platform.asked.clear()
    for wrong, said in [
        ({"costumer": {}}, "no property of journey_context 'costumer'.*'customer'"),
        ({"customer": {"idtype": "x"}}, "no property of journey_context.customer 'idtype'"),
        ({"customer": "17"}, "journey_context.customer= takes properties"),
        ({"customer": {"id": 17}}, "journey_context.customer.id takes str, not int"),
        ({"triggeringAction": {"actionMap": {"version": True}}}, "version takes int, not bool"),
        ("web", "journey_context= takes properties"),
    ]:
        with pytest.raises(QueryError, match=said):
            GuestChat.start(**ARGUMENTS | {"journey_context": wrong})
    assert platform.asked == []
