"""What a guest gets wrong, on the simulated platform: its code in our error, nothing twice, nothing lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gcanalytics.errors import ApiError, AuthenticationError, ConnectionFailed, PermissionDenied, QueryError
from gcanalytics.guestchat import (
    Closing,
    Event,
    GuestChat,
    Joined,
    Left,
    MediaRequested,
    MemberChange,
    Message,
    RetryPolicy,
)
from gcanalytics.guestchat.acdchat import AcdChat
from gcanalytics.guestchat.creation import creation, guest
from gcanalytics.settings import Network
from gcanalytics.simulator import Simulator
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy as Policy

from .guests import DEADLINE_S, SETTINGS, is_answer, place, start, until

pytestmark = pytest.mark.fixed_settings("token_life_s", reason="a guest's token ends the chat with it")


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    with Simulator(seed=7, days=1, speed=10, settings=SETTINGS) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults_left(platform: Simulator) -> Iterator[None]:
    yield
    platform.faults([])
    platform.desk([])


def ticket(platform: Simulator, chat: GuestChat) -> dict[str, Any]:
    """What takes a chat up again, from the answer to its creation."""
    created = chat.created.data
    return {
        "region": platform.api,
        "jwt": created["jwt"],
        "conversation_id": created["id"],
        "member_id": created["member"]["id"],
        "event_stream_uri": created["eventStreamUri"],
    }


def is_end(event: Event) -> bool:
    return isinstance(event, Closing) and event.final


def said(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Message | Joined | Left | MediaRequested)]


def not_opened(platform: Simulator) -> AcdChat:
    """A chat whose event stream was never opened."""
    told = place(platform)
    body = creation(
        organization_id=told["organization_id"], deployment_id=told["deployment_id"], queue=told["queue"],
        member=guest(display_name="Ada"),
    )  # fmt: skip
    network = Network()
    return AcdChat.create(
        body,
        make_rest=lambda auth: Rest(platform.api, auth=auth, network=network, retry=Policy.off()),
        network=network,
    )


def test_a_message_before_the_event_stream_is_open_is_too_early(platform: Simulator) -> None:
    protocol = not_opened(platform)
    chat = GuestChat(protocol)
    with pytest.raises(ApiError, match="not begun yet") as refused:
        chat.send("Hello?")
    assert refused.value.code == "chat.error.conversation.state"
    assert refused.value.correlation_id
    protocol.connect(DEADLINE_S)
    chat.send("Hello!")
    assert [each.body for each in chat.messages() if isinstance(each, Message) and each.own] == ["Hello!"]
    chat.close()


def test_a_message_after_the_agent_has_ended_the_chat_is_refused(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        platform.desk([{"action": "leave", "chat": chat.conversation_id}])
        left = until(chat, lambda event: isinstance(event, Left))[-1]
        assert isinstance(left, Left)
        assert left.member_id != chat.member_id
        with pytest.raises(ApiError) as refused:
            chat.send("Are you there?")
        assert refused.value.code in {"chat.error.conversation.state", "chat.error.member.state"}
        assert refused.value.hint


def test_a_guest_who_left_through_another_door_is_told(platform: Simulator) -> None:
    with start(platform) as chat:
        other = GuestChat.resume(**ticket(platform, chat))
        other.leave()
        with pytest.raises(ApiError, match="open another one") as refused:
            chat.send("Hello?")
        assert refused.value.code == "chat.error.member.state"
        assert is_end(until(chat, is_end)[-1])
        with pytest.raises(QueryError, match="over"):
            chat.send("Hello?")
        chat.leave()
        other.close()


@pytest.mark.parametrize(("text", "said"), [("", "some text"), ("x" * 4001, "4,000")])
def test_a_message_that_cannot_be_is_not_sent_and_one_of_4000_is(
    platform: Simulator, text: str, said: str
) -> None:
    with start(platform) as chat:
        with pytest.raises(QueryError, match=said):
            chat.send(text)
        assert len(chat.send("x" * 4000).body) == 4000
        assert [len(each.body) for each in chat.messages() if isinstance(each, Message) and each.own] == [
            4000
        ]


def test_a_wrong_token_is_refused_and_the_right_one_goes_on(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        chat.set_jwt("eyJhbGciOi.not.signed")
        with pytest.raises(AuthenticationError, match=r"set_jwt\(\)") as refused:
            chat.send("Hello?")
        assert refused.value.code == "bad.credentials"
        assert refused.value.correlation_id
        chat.set_jwt(chat.created.data["jwt"])
        chat.send("Hello!")
        own = [each.body for each in chat.messages() if isinstance(each, Message) and each.own]
        assert own == ["Hello!"]


def test_the_token_of_another_chat_is_refused(platform: Simulator) -> None:
    with start(platform) as mine, start(platform) as other:
        mine.set_jwt(other.created.data["jwt"])
        for call in (mine.messages, mine.members, mine.typing, lambda: mine.send("Hello?")):
            with pytest.raises(PermissionDenied, match="not this chat's") as refused:
                call()
            assert refused.value.code == "not.authorized"
        with pytest.raises(PermissionDenied):
            GuestChat.resume(**ticket(platform, mine) | {"jwt": other.created.data["jwt"]})
        mine.set_jwt(mine.created.data["jwt"])
        assert not [each for each in mine.messages() if isinstance(each, Message) and each.own]


def test_what_is_missed_with_an_ended_token_is_told_and_not_lost(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        chat.set_jwt("eyJhbGciOi.not.signed")
        platform.desk([{"action": "quiet", "chat": chat.conversation_id}])
        platform.faults([{"action": "close_sockets", "code": 1001}])
        with pytest.raises(AuthenticationError):
            until(chat, is_end)
        platform.desk([{"action": "say", "chat": chat.conversation_id, "text": "Still here"}])
        chat.set_jwt(chat.created.data["jwt"])
        found = until(chat, is_answer)
        assert [event.body for event in found if isinstance(event, Message)] == ["Still here"]


def test_an_ended_token_is_told(platform: Simulator) -> None:
    with start(platform) as chat:
        assert chat.members()
        platform.faults([{"action": "end_tokens"}])
        with pytest.raises(AuthenticationError, match="has ended") as refused:
            chat.members()
        assert refused.value.correlation_id


def test_a_socket_that_never_opens_gives_the_chat_up(platform: Simulator) -> None:
    platform.faults(
        [{"match": {"path_regex": "^/channels/"}, "times": 1000, "action": "status", "status": 503}]
    )
    with pytest.raises(ConnectionFailed, match=r"did not open in 2 s\. .*answered with an error"):
        start(platform, open_timeout_s=2.0)


def test_a_creation_refused_by_the_rate_limit_is_tried_again_only_on_demand(platform: Simulator) -> None:
    busy = {"match": {"method": "POST", "path_regex": "/conversations$"}, "status": 429, "retry_after": 0}
    platform.faults([busy])
    with pytest.raises(ApiError, match="429"):
        start(platform)
    platform.faults([busy])
    with start(platform, retry=RetryPolicy(max_time_s=10)) as chat:
        assert chat.is_open


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (lambda chat: chat.message("00000000-0000-4000-8000-000000000000"), "chat.error.not.found"),
        (lambda chat: chat.member("00000000-0000-4000-8000-000000000000"), "chat.error.not.found"),
        (lambda chat: chat.media_request("00000000-0000-4000-8000-000000000000"), "chat.error.not.found"),
        (
            lambda chat: chat.accept_media_request("00000000-0000-4000-8000-000000000000"),
            "chat.error.not.found",
        ),
    ],
)
def test_what_is_not_there_is_not_found(
    platform: Simulator, what: Callable[[GuestChat], Any], code: str
) -> None:
    with start(platform) as chat:
        with pytest.raises(ApiError) as refused:
            what(chat)
        assert (refused.value.status, refused.value.code) == (404, code)
        assert refused.value.correlation_id


def test_media_requests_are_told_listed_and_answered(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        wanted = {"action": "media_request", "chat": chat.conversation_id, "types": ["COBROWSE"]}
        for answer, state in (
            (chat.accept_media_request, "ACCEPTED"),
            (chat.decline_media_request, "DECLINED"),
        ):
            platform.desk([wanted])
            asked = until(chat, lambda event: isinstance(event, MediaRequested))[-1]
            assert isinstance(asked, MediaRequested)
            (pending,) = [each for each in chat.media_requests() if each.state == "PENDING"]
            assert chat.media_request(pending.id) == pending
            assert asked.member_id != chat.member_id
            assert answer(pending.id).state == state
            assert chat.media_request(pending.id).state == state
            with pytest.raises(ApiError) as refused:
                chat.decline_media_request(pending.id)
            assert refused.value.correlation_id
        accepted = next(each for each in chat.media_requests() if each.state == "ACCEPTED")
        assert accepted.security_key
        assert chat.fail_media_request(accepted.id).state == "ERRORED"


def test_a_chat_is_taken_up_where_it_was_left(platform: Simulator) -> None:
    chat = start(platform)
    first = until(chat, is_answer)
    told = ticket(platform, chat)
    chat._protocol.disconnect()  # as if the process had died
    platform.desk([{"action": "say", "chat": chat.conversation_id, "text": "Are you still there?"}])
    last = first[-1]
    assert isinstance(last, Message)
    with GuestChat.resume(**told, after=last.id) as again:
        found = until(again, is_answer)
        assert [event.body for event in found if isinstance(event, Message)] == ["Are you still there?"]
        sent = again.send("Yes, I am.")
        until(again, is_answer)
        assert sent in again.messages()
    with GuestChat.resume(**told) as over:
        everything = list(over.events(timeout_s=DEADLINE_S))
        assert said(everything) == over.messages()
        assert is_end(everything[-1])
        assert not over.is_open


def test_pages_of_messages_and_members_are_whole(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        sent = [chat.send(f"part {number}") for number in range(5)]
        everything = chat.messages()
        page = chat.with_http_info.messages(after=sent[0].id, before=sent[4].id, max_results=2)
        assert list(page.body) == [each for each in everything if each in sent[1:3]]
        assert page.data["next"]
        newest = chat.with_http_info.messages(newest_first=True, max_results=1)
        assert newest.body[0] in chat.messages(after=sent[3].id)
        members = chat.members()
        single = [chat.with_http_info.members(page_number=n + 1, page_size=1) for n in range(len(members))]
        assert [answer.body[0].id for answer in single] == [member.id for member in members]
        present = chat.members(present_only=True)
        assert {member.id for member in members} > {member.id for member in present}
        assert all(member.state != "DISCONNECTED" for member in present)


def test_callbacks_hear_the_chat(platform: Simulator) -> None:
    heard: list[Event] = []
    with start(platform) as chat:
        chat.on_event(heard.append)
        chat.send("Hello?")
        chat.leave()
        thread = chat._intake._thread
        if thread is not None:
            thread.join(DEADLINE_S)
        assert is_end(heard[-1])
        kept = chat.messages()
        assert said(heard) == kept[: len(said(heard))]
        assert any(isinstance(each, MemberChange) and each.own for each in heard)
