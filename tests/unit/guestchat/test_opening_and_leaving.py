"""How a chat begins and ends: what is sent to open it, what is refused, what leaving does."""

import json
import logging
import pickle
from collections import deque
from typing import Any

import pytest

from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    GenesysError,
    QueryError,
)
from gcanalytics.guestchat import Closing, GuestChat, MemberChange
from gcanalytics.transport.exchange import NoAnswer
from gcanalytics.transport.listener import State, StateChange
from gcanalytics.transport.retry import Trouble

from .scripted_platform import ARGUMENTS, BASE, CHAT, CREATED, GUEST, JWT, Platform, Stream, events


def test_a_chat_is_created_with_the_queues_name_and_what_the_guest_told(
    platform: Platform, stream: Stream
) -> None:
    GuestChat.start(
        **ARGUMENTS, first_name="Ada", last_name="L", email="ada@example.org", phone_number="+48 1",
        avatar_url="https://example.org/a.png", custom_fields={"order": "17", "note": ""},
        skills=["billing"], language="en", priority=3, member_auth_token="signed",
    )  # fmt: skip
    outgoing, base_url = platform.asked[0]
    assert base_url == "https://api.mypurecloud.ie"
    assert json.loads(outgoing.body or b"") == {
        "organizationId": "org",
        "deploymentId": "deployment",
        "routingTarget": {
            "targetType": "QUEUE", "targetAddress": "Support", "skills": ["billing"], "language": "en",
            "priority": 3,
        },
        "memberInfo": {
            "displayName": "Ada", "firstName": "Ada", "lastName": "L", "email": "ada@example.org",
            "phoneNumber": "+48 1", "avatarImageUrl": "https://example.org/a.png",
            "customFields": {"order": "17", "note": ""},
        },
        "memberAuthToken": "signed",
    }  # fmt: skip


def test_what_is_not_given_is_not_sent(platform: Platform, chat: GuestChat) -> None:
    assert json.loads(platform.asked[0][0].body or b"") == {
        "organizationId": "org",
        "deploymentId": "deployment",
        "routingTarget": {"targetType": "QUEUE", "targetAddress": "Support"},
        "memberInfo": {"displayName": "Ada"},
    }


def test_the_creation_carries_no_token_and_all_else_the_chats_own(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    chat.messages()
    assert "Authorization" not in platform.asked[0][0].headers
    assert platform.asked[1][0].headers["Authorization"] == f"Bearer {JWT}"
    assert stream.uri == CREATED["eventStreamUri"]


def test_the_creations_answer_is_kept_as_it_came(chat: GuestChat) -> None:
    assert (chat.created.status, chat.created.reason) == (200, "Words")
    assert chat.created.correlation_id == "d11bd3b3"
    assert chat.created.header("CONTENT-TYPE") == "application/json"
    assert json.loads(chat.created.text) == CREATED
    assert (chat.conversation_id, chat.member_id) == (CHAT, GUEST)


def test_the_token_stands_in_no_repr_no_log_and_no_error(
    platform: Platform, stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    platform.answer("POST", f"{BASE}/members/{GUEST}/typing", (400, {"message": f"bad {JWT}", "code": "x"}))
    chat = GuestChat.start(**ARGUMENTS)
    with pytest.raises(ApiError) as refused:
        chat.typing()
    texts = [
        str(refused.value), repr(refused.value), str(pickle.loads(pickle.dumps(refused.value))),
        repr(chat), repr(chat.created), repr(vars(chat)), repr(vars(chat._protocol)), caplog.text,
    ]  # fmt: skip
    assert not [text for text in texts if JWT in text]
    assert refused.value.code == "x"


@pytest.mark.parametrize("lacking", ["id", "jwt", "eventStreamUri", "member"])
def test_an_answer_without_what_a_chat_needs_is_an_error(
    platform: Platform, stream: Stream, lacking: str
) -> None:
    body = {name: value for name, value in CREATED.items() if name != lacking}
    platform.answer("POST", "/api/v2/webchat/guest/conversations", (200, body))
    with pytest.raises(ApiError, match=f"lacks {lacking}") as refused:
        GuestChat.start(**ARGUMENTS)
    assert refused.value.correlation_id == "d11bd3b3"
    assert JWT not in f"{refused.value} {refused.value.response and refused.value.response.text}"


def test_half_an_answer_with_a_chats_token_is_an_error_without_it(platform: Platform, stream: Stream) -> None:
    half = json.dumps(CREATED).encode()[:-1]
    assert JWT.encode() in half
    platform.answer("POST", "/api/v2/webchat/guest/conversations", (200, half))
    with pytest.raises(GenesysError) as refused:
        GuestChat.start(**ARGUMENTS)
    assert refused.value.response is not None
    assert JWT not in f"{refused.value} {refused.value.response.text}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"queue": " "}, "queue= must not be empty"),
        ({"queue": ["Support"]}, "queue= takes a text, not list"),
        ({"organization_id": ""}, "organization_id= must not be empty"),
        ({"deployment_id": 7}, "deployment_id= takes a text, not int"),
        ({"display_name": ""}, "display_name= must not be empty"),
        ({"email": 5}, "email= takes a text, not int"),
        ({"custom_fields": {"order": 17}}, "custom_fields"),
        ({"custom_fields": "order 17"}, "custom_fields= takes names and their texts"),
        ({"skills": "billing"}, "skills= takes a list"),
        ({"skills": 5}, "skills= takes a list"),
        ({"priority": "high"}, "priority= takes a whole number"),
        ({"member_auth_token": ""}, "member_auth_token= must not be empty"),
        ({"open_timeout_s": "long"}, "open_timeout_s= takes seconds"),
        ({"open_timeout_s": None}, "open_timeout_s= takes seconds"),
        ({"open_timeout_s": -1}, "open_timeout_s= takes seconds"),
        ({"open_timeout_s": float("nan")}, "open_timeout_s= takes seconds"),
    ],
)
def test_a_wrong_argument_is_refused_before_any_request(
    platform: Platform, stream: Stream, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        GuestChat.start(**ARGUMENTS | wrong)
    assert platform.asked == []


def test_a_region_is_a_name_a_domain_or_a_url(platform: Platform, stream: Stream) -> None:
    for region in ("eu-central-1", "mypurecloud.de", "https://api.mypurecloud.de"):
        platform.asked.clear()
        GuestChat.start(**ARGUMENTS | {"region": region})
        assert platform.asked[0][1] == "https://api.mypurecloud.de"


def test_singapore_is_not_sydney_as_in_the_guest_sdk(platform: Platform, stream: Stream) -> None:
    GuestChat.start(**ARGUMENTS | {"region": "ap_southeast_1"})
    assert platform.asked[0][1] == "https://api.apse1.pure.cloud"


def test_the_region_may_come_from_the_environment(platform: Platform, stream: Stream) -> None:
    GuestChat.start(**ARGUMENTS | {"region": None}, environ={"GENESYSCLOUD_REGION": "us-west-2"})
    assert platform.asked[0][1] == "https://api.usw2.pure.cloud"
    with pytest.raises(ConfigurationError, match="No region"):
        GuestChat.start(**ARGUMENTS | {"region": None}, environ={})
    with pytest.raises(ConfigurationError, match="atlantis"):
        GuestChat.start(**ARGUMENTS | {"region": "atlantis"})


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (400, "chat.error.invalid.queue", "exact name"),
        (400, "chat.deployment.disabled", "enable the deployment"),
        (404, "not.found", "organization_id="),
        (400, "chat.deployment.require.auth", "member_auth_token="),
        (400, "chat.deployment.bad.auth", "member_auth_token="),
        (403, "origin.not.allowed", "from here"),
    ],
)
def test_a_refused_creation_is_the_platforms_error_and_says_what_to_do(
    platform: Platform, stream: Stream, status: int, code: str, hint: str
) -> None:
    body = {"message": "Not so.", "code": code, "status": status}
    platform.answer("POST", "/api/v2/webchat/guest/conversations", (status, body))
    with pytest.raises(ApiError, match=code) as refused:
        GuestChat.start(**ARGUMENTS)
    assert (refused.value.status, refused.value.server_message) == (status, "Not so.")
    assert refused.value.correlation_id == "d11bd3b3"
    assert hint in (refused.value.hint or "")
    assert len(platform.asked) == 1


def test_organisation_and_deployment_may_come_from_the_environment(
    platform: Platform, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCANALYTICS_ORGANIZATION_ID", "my org")
    monkeypatch.setenv("GCANALYTICS_DEPLOYMENT_ID", "my deployment")
    GuestChat.start(**ARGUMENTS | {"organization_id": None, "deployment_id": None})
    body = json.loads(platform.asked[0][0].body or b"")
    assert (body["organizationId"], body["deploymentId"]) == ("my org", "my deployment")
    monkeypatch.delenv("GCANALYTICS_DEPLOYMENT_ID")
    with pytest.raises(ConfigurationError, match=r"No deployment_id.*\n.*set GCANALYTICS_DEPLOYMENT_ID"):
        GuestChat.start(**ARGUMENTS | {"deployment_id": None})


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_a_stream_that_never_opens_gives_the_chat_up(
    platform: Platform, stream: Stream, state: State
) -> None:
    stream.items = deque([StateChange("connecting"), StateChange(state, reason="nobody there")])
    with pytest.raises(ConnectionFailed, match=r"did not open in 10 s\. nobody there"):
        GuestChat.start(**ARGUMENTS)
    assert platform.requests("DELETE", f"{BASE}/members/{GUEST}")
    assert stream.stopped


def test_a_refused_stream_says_so(platform: Platform, stream: Stream) -> None:
    refusal = AuthenticationError("The event stream refused us.", status=401)
    stream.items = deque([StateChange("failed", reason=refusal.message, error=refusal)])
    with pytest.raises(AuthenticationError, match="refused us"):
        GuestChat.start(**ARGUMENTS)


def test_a_stream_that_is_slow_to_open_is_given_up_in_time(platform: Platform, stream: Stream) -> None:
    stream.items.clear()
    with pytest.raises(ConnectionFailed, match="did not open in 0 s"):
        GuestChat.start(**ARGUMENTS, open_timeout_s=0)


def test_leaving_a_with_block_leaves_the_chat_once(platform: Platform, stream: Stream) -> None:
    with GuestChat.start(**ARGUMENTS) as chat:
        assert chat.is_open
    chat.close()
    chat.leave()
    assert len(platform.requests("DELETE", f"{BASE}/members/{GUEST}")) == 1
    assert stream.stopped
    assert repr(chat) == f"<GuestChat {CHAT}, over>"
    for action in (lambda: chat.send("Hello?"), chat.typing, chat.messages, chat.members):
        with pytest.raises(QueryError, match="over"):
            action()


def test_a_chat_that_was_left_can_still_be_read(platform: Platform, stream: Stream, chat: GuestChat) -> None:
    chat.leave()
    stream.event("member-change", member={"id": GUEST, "state": "DISCONNECTED"})
    assert [type(event) for event in events(chat)] == [MemberChange, Closing]


@pytest.mark.parametrize("code", ["chat.error.member.state", "chat.error.conversation.state"])
def test_leaving_a_chat_that_is_over_already_is_no_error(
    platform: Platform, stream: Stream, chat: GuestChat, code: str
) -> None:
    platform.answer("DELETE", f"{BASE}/members/{GUEST}", (400, {"message": "Not now.", "code": code}))
    chat.leave()
    assert not chat.is_open


def test_closing_raises_nothing_when_the_platform_is_away(
    platform: Platform, stream: Stream, chat: GuestChat, caplog: pytest.LogCaptureFixture
) -> None:
    away = NoAnswer(Trouble.UNREACHABLE, "api.mypurecloud.ie refuses the connection")
    platform.answer("DELETE", f"{BASE}/members/{GUEST}", away)
    chat.close()
    assert stream.stopped
    assert "could not be left" in caplog.text


def test_leaving_says_when_the_platform_is_away(platform: Platform, chat: GuestChat) -> None:
    away = NoAnswer(Trouble.UNREACHABLE, "api.mypurecloud.ie refuses the connection")
    platform.answer("DELETE", f"{BASE}/members/{GUEST}", away)
    with pytest.raises(GenesysError, match="refuses the connection"):
        chat.leave()
    assert chat.is_open
