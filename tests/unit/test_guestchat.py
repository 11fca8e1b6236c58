"""The guest chat over a scripted platform: what is sent, what is given, what is refused."""

import json
import logging
import pickle
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import gcanalytics.guestchat.chat as chat_module
from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    DeliveryUnknown,
    GenesysError,
    QueryError,
    RateLimited,
)
from gcanalytics.guestchat import Closing, GuestChat, Joined, Left, MemberChange, Message, Typing
from gcanalytics.guestchat.acdchat import AcdChat
from gcanalytics.settings import Network
from gcanalytics.transport.exchange import NoAnswer, Outgoing
from gcanalytics.transport.listener import Item, Overflow, State, StateChange
from gcanalytics.transport.listener import Message as Frame
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy, Trouble

CHAT, GUEST, AGENT = "c4c2e5a6", "8dd184ac", "6408f799"
JWT = "eyJhbGciOi.secret.token"
BASE = f"/api/v2/webchat/guest/conversations/{CHAT}"
CREATED = {
    "id": CHAT,
    "jwt": JWT,
    "eventStreamUri": f"wss://streaming.mypurecloud.ie/{JWT}",
    "member": {"id": GUEST},
}
ARGUMENTS: dict[str, Any] = {
    "region": "eu_west_1",
    "organization_id": "org",
    "deployment_id": "deployment",
    "queue": "Support",
    "display_name": "Ada",
}

Answer = tuple[int, Any] | NoAnswer


class Platform:
    """Answers requests from a table of path suffixes, and remembers them."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], deque[Answer]] = {}
        self.asked: list[tuple[Outgoing, str]] = []

    def answer(self, method: str, path: str, *answers: Answer) -> None:
        """What comes back, one after the other; the last one for ever."""
        self.answers[method, path] = deque(answers)

    def __call__(self, base_url: str) -> Callable[[Outgoing], ApiResponse]:
        def exchange(outgoing: Outgoing) -> ApiResponse:
            self.asked.append((outgoing, base_url))
            waiting = self.answers[outgoing.method, outgoing.path]
            found = waiting.popleft() if len(waiting) > 1 else waiting[0]
            if isinstance(found, NoAnswer):
                raise found
            status, body = found
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = Headers({"ININ-Correlation-Id": "d11bd3b3", "Content-Type": "application/json"})
            return ApiResponse(status, "Words", headers, outgoing.method, outgoing.path, content)

        return exchange

    def requests(self, method: str, path: str) -> list[Outgoing]:
        return [each for each, _ in self.asked if (each.method, each.path) == (method, path)]


class Stream:
    """Stands in for the Listener: gives out what the test puts in."""

    def __init__(self, *at_start: Item) -> None:
        self.uri = ""
        self.items: deque[Item] = deque(at_start)
        self.stopped = False
        self._state = StateChange("connecting")

    def start(self) -> None:
        if self._state.state == "open":  # another chat of the same test
            self.items.appendleft(self._state)

    def stop(self, timeout_s: float = 2.0) -> None:
        self.stopped = True

    def take(self, timeout_s: float) -> list[Item]:
        items = list(self.items)
        self.items.clear()
        for item in items:
            if isinstance(item, StateChange):
                self._state = item
        return items

    @property
    def state(self) -> StateChange:
        return self._state

    def event(self, kind: str, **body: Any) -> None:
        topic = "members" if kind == "member-change" else "messages"
        self.items.append(frame(topic, {"conversation": {"id": CHAT}, **body}, type=kind))

    def said(self, number: int, sender: str = AGENT, **more: Any) -> None:
        self.event("message", **message(number, sender), **more)

    def changed(self, state: State, **more: Any) -> None:
        self.items.append(StateChange(state, **more))


def frame(topic: str, body: Any, **metadata: str) -> Frame:
    """An event as the listener hands it on."""
    raw, raw_metadata = (msgspec.Raw(msgspec.json.encode(each)) for each in (body, metadata))
    return Frame(f"v2.conversations.chats.{CHAT}.{topic}", raw, raw_metadata)


def message(number: int, sender: str = AGENT, kind: str = "standard") -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "sender": {"id": sender},
        "body": f"word {number}",
        "bodyType": kind,
        "timestamp": f"2019-06-18T16:59:{number:02}.277Z",
    }


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    made = Platform()
    made.answer("POST", "/api/v2/webchat/guest/conversations", (200, CREATED))
    made.answer("DELETE", f"{BASE}/members/{GUEST}", (204, b""))
    made.answer("GET", f"{BASE}/members/{GUEST}", (200, {"id": GUEST, "state": "CONNECTED"}))
    made.answer("GET", f"{BASE}/members/{AGENT}", (200, {"id": AGENT, "role": "AGENT", "state": "CONNECTED"}))
    made.answer("GET", f"{BASE}/messages", (200, {"entities": []}))

    def rest(base_url: str, **options: Any) -> Rest:
        return Rest(base_url, **options, exchange=made(base_url), sleep=lambda seconds: None)

    monkeypatch.setattr(chat_module, "Rest", rest)
    return made


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    made = Stream(StateChange("open"))

    def create(body: dict[str, Any], **options: Any) -> AcdChat:
        def listener(connect_uri: Callable[[], str], network: Network) -> Any:
            made.uri = connect_uri()
            return made

        return AcdChat.create(body, **options, make_listener=listener)

    monkeypatch.setattr(chat_module, "AcdChat", type("Created", (), {"create": staticmethod(create)}))
    return made


@pytest.fixture
def chat(platform: Platform, stream: Stream) -> GuestChat:
    return GuestChat.start(**ARGUMENTS)


def events(chat: GuestChat) -> list[Any]:
    return list(chat.events(timeout_s=0))


# ------------------------------------------------------------------------------------------ opening


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
    assert JWT not in str(refused.value)


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


def test_a_refused_creation_is_the_platforms_error(platform: Platform, stream: Stream) -> None:
    body = {"message": "The specified queue is not valid.", "code": "chat.error.invalid.queue", "status": 400}
    platform.answer("POST", "/api/v2/webchat/guest/conversations", (400, body))
    with pytest.raises(ApiError, match=r"chat\.error\.invalid\.queue") as refused:
        GuestChat.start(**ARGUMENTS)
    assert refused.value.status == 400
    assert refused.value.correlation_id == "d11bd3b3"


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


# ------------------------------------------------------------------------------------------ talking


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


def test_retries_are_off_unless_asked_for(platform: Platform, stream: Stream) -> None:
    busy = (429, {"message": "Rate limit exceeded", "code": "too.many.requests", "status": 429})
    path = f"{BASE}/members/{GUEST}/messages"
    chat = GuestChat.start(**ARGUMENTS)
    platform.answer("POST", path, busy, (200, message(1, GUEST)))
    with pytest.raises(RateLimited):
        chat.send("Hello!")
    assert len(platform.requests("POST", path)) == 1
    patient = GuestChat.start(**ARGUMENTS, retry=RetryPolicy(max_time_s=60))
    platform.answer("POST", path, busy, (200, message(1, GUEST)))
    assert patient.send("Hello!").id == "m1"


def test_messages_are_read_to_the_end(platform: Platform, chat: GuestChat) -> None:
    first = [{**message(0), "id": f"a{number}"} for number in range(100)]
    platform.answer("GET", f"{BASE}/messages", (200, {"entities": first}), (200, {"entities": [message(1)]}))
    found = chat.messages()
    assert len(found) == 101
    assert [each.params.get("after") for each in platform.requests("GET", f"{BASE}/messages")] == [
        None,
        "a99",
    ]


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


# ------------------------------------------------------------------------------------------- events


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


def test_what_could_not_be_read_after_a_cut_is_asked_for_again(
    platform: Platform, stream: Stream, chat: GuestChat
) -> None:
    stream.changed("reconnecting", attempt=1)
    stream.changed("open")
    failing = (500, {"message": "Sorry.", "code": "internal.server.error"})
    platform.answer("GET", f"{BASE}/messages", failing, (200, {"entities": [message(2)]}))
    closing, *rest = events(chat)
    stream.said(3)
    assert [event.id for event in [*rest, *events(chat)]] == ["m2", "m3"]
    assert closing == Closing(final=False, reason="The event stream was cut.")


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
    member = AcdChat.member

    def interrupted(protocol: AcdChat, member_id: str) -> Any:
        monkeypatch.setattr(AcdChat, "member", member)
        raise KeyboardInterrupt

    for _interrupt in range(3):
        monkeypatch.setattr(AcdChat, "member", interrupted)
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


def test_a_stream_lost_for_good_ends_the_events(stream: Stream, chat: GuestChat) -> None:
    stream.changed("failed", reason="The event stream refused us.")
    assert events(chat) == [Closing(final=True, reason="The event stream refused us.")]


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


# ---------------------------------------------------------------------------------------------- end


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
