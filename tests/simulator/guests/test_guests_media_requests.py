"""Media requests: an agent asks for a look at the guest's screen, and the guest answers."""

from typing import Any

import pytest

DESK = "/simulator/desk"


async def asked(scene: Any, on: Any, **more: Any) -> tuple[Any, dict[str, Any]]:
    """A guest who was asked, and the event that told him."""
    guest = await scene.talk(on)
    assert (await guest.call("GET", "/mediarequests"))[1] == {"entities": []}
    status, _ = await on.call("POST", DESK, json=[{"action": "media_request", "chat": guest.id} | more])
    assert status == 200
    (event,) = await guest.events_until("message", bodyType="media-request")
    return guest, event["eventBody"]


@pytest.mark.parametrize(
    ("state", "said"),
    [("ACCEPTED", "I can see it"), ("DECLINED", "go on without"), ("ERRORED", "does not work for me")],
)
def test_the_guest_answers_once(scene: Any, state: str, said: str) -> None:
    async def act(on: Any) -> None:
        guest, event = await asked(scene, on, types=["cobrowse", "screenshare"])
        agent = (await guest.call("GET", "/members"))[1]["entities"][-1]
        assert (event["sender"]["id"], agent["role"]) == (agent["id"], "AGENT")
        path = f"/mediarequests/{event['body']}"
        status, pending = await guest.call("GET", path)
        assert status == 200
        assert (pending["id"], pending["state"]) == (event["body"], "PENDING")
        assert pending["types"] == ["cobrowse", "screenshare"]
        assert (await guest.call("GET", "/mediarequests"))[1] == {"entities": [pending]}
        status, answered = await guest.call("PATCH", path, json={"types": ["screenshare"], "state": state})
        assert (status, answered["state"]) == (200, state)
        assert ("communicationId" in answered) == ("securityKey" in answered) == (state == "ACCEPTED")
        assert (await guest.call("GET", path))[1] == answered
        again, body = await guest.call("PATCH", path, json={"state": "DECLINED"})
        assert (again, body["code"]) == (409, "request.conflict")
        on.pass_real(1.3)
        told = await guest.events_until("message", bodyType="standard")
        assert said in told[-1]["eventBody"]["body"]

    scene.play(act)


def test_what_was_accepted_may_fail(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest, event = await asked(scene, on)
        path = f"/mediarequests/{event['body']}"
        for state in ("ACCEPTED", "ERRORED"):
            assert (await guest.call("PATCH", path, json={"state": state}))[1]["state"] == state

    scene.play(act)


def test_a_guest_who_wants_to_show_his_screen_is_asked(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        await guest.say({"body": "May I show you my screen?"})
        on.pass_real(1.3)
        told = await guest.events_until("message", bodyType="media-request")
        _, body = await guest.call("GET", f"/mediarequests/{told[-1]['eventBody']['body']}")
        assert body["types"] == ["screenshare"]

    scene.play(act)


def test_nobody_waits_for_ever(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest, event = await asked(scene, on)
        on.pass_real(8)
        # Once he has his answer, all that was due has been done.
        await guest.say({"body": "Wait"})
        on.pass_real(2)
        await guest.events_until("message", bodyType="standard", sender=event["sender"])
        path = f"/mediarequests/{event['body']}"
        assert (await guest.call("GET", path))[1]["state"] == "TIMEDOUT"
        status, body = await guest.call("PATCH", path, json={"state": "ACCEPTED"})
        assert (status, body["code"]) == (409, "request.conflict")

    scene.play(act, guest_media_request_s=8.0)


@pytest.mark.parametrize(
    "direction",
    [{"action": "cancel_media_request"}, {"action": "transfer", "queue": "Sales"}, {"action": "leave"}],
)
def test_the_agent_takes_it_back_or_is_gone(scene: Any, direction: dict[str, Any]) -> None:
    async def act(on: Any) -> None:
        guest, event = await asked(scene, on)
        await on.call("POST", DESK, json=[direction | {"chat": guest.id}])
        _, body = await guest.call("GET", f"/mediarequests/{event['body']}")
        assert body["state"] == "CANCELLED"

    scene.play(act)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"state": "PENDING"}, "invalid.value"),
        ({"state": "TIMEDOUT"}, "invalid.value"),
        ({"state": "accepted"}, "invalid.value"),
        ({"state": {}}, "bad.request"),
        ({}, "bad.request"),
    ],
)
def test_a_guest_can_only_answer(scene: Any, sent: Any, code: str) -> None:
    async def act(on: Any) -> None:
        guest, event = await asked(scene, on)
        path = f"/mediarequests/{event['body']}"
        status, body = await guest.call("PATCH", path, json=sent)
        assert (status, body["code"]) == (400, code)
        assert (await guest.call("GET", path))[1]["state"] == "PENDING"

    scene.play(act)


def test_a_chat_that_is_over_takes_no_answer(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest, event = await asked(scene, on)
        await guest.call("DELETE", f"/members/{guest.member}")
        status, body = await guest.call(
            "PATCH", f"/mediarequests/{event['body']}", json={"state": "ACCEPTED"}
        )
        assert (status, body["code"]) == (400, "chat.error.conversation.state")

    scene.play(act)
