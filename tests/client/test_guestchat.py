"""A guest's chat on the simulated platform: talked through, seen in its queue, found in its history."""

from collections.abc import Iterator
from typing import Any

import pytest

from gcanalytics.client import connect, demo
from gcanalytics.errors import ApiError, AuthenticationError, DeliveryUnknown
from gcanalytics.guestchat import Closing, GuestChat, Joined, Left, MemberChange, Message
from gcanalytics.now import queue_observation_details
from gcanalytics.simulator import Simulator
from gcanalytics.simulator.business.organization import Organization

from .guests import DEADLINE_S, QUEUE, SETTINGS, analyst, is_answer, seen, settled, start, until

pytestmark = pytest.mark.fixed_settings("token_life_s", reason="a guest's token ends the chat with it")


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    """A platform of its own, whose agents are quick: ten business seconds in one."""
    with Simulator(seed=7, days=2, speed=10, settings=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def gc(platform: Simulator) -> Any:
    return analyst(platform)


def test_a_guest_and_an_agent_talk(platform: Simulator) -> None:
    with start(platform, custom_fields={"order": "17"}) as chat:
        assert (chat.created.status, chat.created.reason) == (200, "OK")
        assert chat.created.correlation_id
        sent = chat.send("Where is my order?")
        events = until(chat, is_answer)
        own = [event for event in events if isinstance(event, Message) and event.own]
        assert [(event.id, event.body) for event in own] == [(sent.id, "Where is my order?")]
        joined = [event for event in events if isinstance(event, MemberChange) and event.role == "AGENT"]
        assert [event.state for event in joined] == ["ALERTING", "CONNECTED"]
        assert joined[0].member_id in {event.member_id for event in events if isinstance(event, Joined)}
        chat.typing()
        asked = chat.send("Is it under way?")
        (*_, answer) = until(
            chat, lambda event: is_answer(event) and "under way" in getattr(event, "body", "")
        )
        assert isinstance(answer, Message)
        said = [message.id for message in chat.messages() if isinstance(message, Message)]
        assert said.index(sent.id) < said.index(asked.id) < said.index(answer.id)
        guest = next(member for member in chat.members() if member.id == chat.member_id)
        assert (guest.role, guest.display_name, guest.custom_fields) == ("CUSTOMER", "Ada", {"order": "17"})
        chat.leave()
        events = until(chat, lambda event: isinstance(event, Closing))
        assert any(isinstance(event, Left) for event in events)
        assert events[-1] == Closing(final=True, reason="The guest's part in the chat has ended.")


def test_the_chat_is_seen_in_its_queue_and_then_in_history(platform: Simulator, gc: Any) -> None:
    with start(platform, display_name="Grace") as chat:
        until(chat, is_answer)
        present = queue_observation_details(gc.rest, gc.directory, QUEUE, media_type="chat")
        mine = present[present["conversationId"] == chat.conversation_id]
        assert set(mine["metric"]) == {"oInteracting"}
    record = settled(gc, chat.conversation_id)
    (leg,) = record.legs.to_dict("records")
    assert (leg["queue"], leg["mediaType"], leg["outcome"]) == (QUEUE, "chat", "answered")
    (handling,) = record.handlings.to_dict("records")
    assert handling["result"] == "answered"
    assert handling["talk_s"] > 0
    day = gc.conversation_details("2026-11-18", queue=QUEUE, media_type="chat")
    assert chat.conversation_id in set(day.conversations["conversationId"])


def test_the_chat_is_seen_in_the_queues_live_view(platform: Simulator, gc: Any) -> None:
    with gc.live(QUEUE) as view:
        assert view.wait_ready(DEADLINE_S)
        with start(platform, display_name="Mallory <b>") as chat:
            until(chat, is_answer)
            row = seen(view, chat.conversation_id, status="interacting")
            assert (row["queue"], row["mediaType"]) == (QUEUE, "chat")
        row = seen(view, chat.conversation_id, status="ended")
        assert row["outcome"] == "answered"


def test_a_demo_tells_where_its_guests_chat() -> None:
    with demo(days=1) as gc, GuestChat.start(**gc.web_chat, queue=QUEUE, display_name="Ada") as chat:
        assert chat.created.status == 200


def test_another_process_finds_the_chat_by_the_environment(
    platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in platform.environment().items():
        monkeypatch.setenv(name, value)
    with connect() as gc, GuestChat.start(**gc.web_chat, queue=QUEUE, display_name="Ada") as chat:
        assert chat.created.status == 200
    with GuestChat.start(queue=QUEUE, display_name="Ada") as chat:
        assert chat.created.status == 200


def test_a_guest_who_gives_up_is_an_abandon(platform: Simulator, gc: Any) -> None:
    with start(platform) as chat:
        pass
    (leg,) = settled(gc, chat.conversation_id).legs.to_dict("records")
    assert leg["outcome"] == "abandoned"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"queue": "No such queue"}, "chat.error.invalid.queue"),
        ({"queue": "Emergency"}, "chat.error.invalid.queue"),  # it takes calls only
        ({"member_auth_token": "signed by nobody"}, "chat.deployment.bad.auth"),
        ({"organization_id": "00000000-0000-4000-8000-000000000000"}, "not.found"),
        ({"deployment_id": "00000000-0000-4000-8000-000000000000"}, "not.found"),
    ],
)
def test_a_chat_that_cannot_be_is_refused_with_the_platforms_code(
    platform: Simulator, other: dict[str, Any], code: str
) -> None:
    with pytest.raises(ApiError) as refused:
        start(platform, **other)
    assert refused.value.code == code
    assert refused.value.correlation_id
    assert refused.value.server_message


@pytest.mark.parametrize(
    ("kind", "code"),
    [("enabled", "chat.deployment.disabled"), ("requires_auth", "chat.deployment.require.auth")],
)
def test_a_deployment_says_whom_it_takes(platform: Simulator, kind: str, code: str) -> None:
    wanted = kind == "requires_auth"
    deployment = next(one for one in Organization.load().deployments if getattr(one, kind) is wanted)
    with pytest.raises(ApiError) as refused:
        start(platform, deployment_id=deployment.id)
    assert refused.value.code == code


def test_what_is_said_while_the_stream_is_cut_comes_once_and_in_order(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        platform.faults([{"action": "close_sockets", "code": 1001}])
        sent = [chat.send(f"part {number}").id for number in range(5)]
        last = chat.send("And now?")
        events = until(chat, lambda event: is_answer(event) and "And now" in getattr(event, "body", ""))
        own = [event.id for event in events if isinstance(event, Message) and event.own]
        assert own == [*sent, last.id]
        assert [event.final for event in events if isinstance(event, Closing)] == [False]


def test_a_message_whose_answer_was_lost_is_found_and_was_sent_once(platform: Simulator) -> None:
    with start(platform) as chat:
        until(chat, is_answer)
        match = {"method": "POST", "path_regex": "/messages$"}
        platform.faults([{"match": match, "times": 1, "action": "half_body"}])
        assert chat.send("Hello?").body == "Hello?"
        platform.faults([{"match": match, "times": 1, "action": "status", "status": 502}])
        with pytest.raises(DeliveryUnknown) as unknown:
            chat.send("Never arrived")
        assert "arrived" not in str(unknown.value)
        said = [each.body for each in chat.messages() if isinstance(each, Message) and each.own]
        assert said == ["Hello?"]


def test_the_token_of_one_chat_opens_no_other(platform: Simulator) -> None:
    with start(platform) as mine, start(platform) as other:
        mine._asking.conversation_id = other.conversation_id
        with pytest.raises(ApiError) as refused:
            mine.messages()
        assert refused.value.status == 403
        assert not isinstance(refused.value, AuthenticationError)
        mine._asking.conversation_id = mine.created.data["id"]
