"""What a guest may ask and do over REST: tokens, messages, members."""

import base64
from typing import Any

import pytest

from gcanalytics.simulator.guests.tokens import GuestTokens

PATH = "/api/v2/webchat/guest/conversations"


def test_tokens_are_checked(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest, other = await scene.arrive(on), await scene.arrive(on)
        head, body, signature = guest.jwt.split(".")
        forged = GuestTokens().sign({"conversationId": guest.id})
        none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        for bad in (
            "x",
            "a.b.c",
            forged,
            f"{head}.{body}.",
            f"{none}.{body}.",
            f"{head}.{body}x.{signature}",
        ):
            status, answer = await guest.call("GET", "/members", jwt=bad)
            assert (status, answer["code"]) == (401, "bad.credentials"), bad
        async with on.client.get(f"{PATH}/{guest.id}/members") as response:
            assert (response.status, (await response.json())["code"]) == (401, "authentication.required")
        async with on.client.get(
            f"{PATH}/{guest.id}/members", headers={"Authorization": guest.jwt}
        ) as response:
            assert response.status == 200, "the SDKs send the bare token"
            assert int(response.headers["inin-ratelimit-count"]) > 0
        status, answer = await guest.call("GET", "/members", jwt=other.jwt)
        assert (status, answer["code"]) == (403, "not.authorized")
        on.pass_real(1001)
        status, answer = await guest.call("GET", "/members")
        assert (status, answer["code"]) == (401, "credentials.expired")

    scene.play(act, token_life_s=1000.0, expired_token_code="credentials.expired")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "chat.error.notnull.createconversationmessagerequest.body"),
        ({"body": None}, "chat.error.notnull.createconversationmessagerequest.body"),
        ({"body": ""}, "chat.error.bad.request"),
        ({"body": 3}, "chat.error.bad.request"),
        ({"body": "x" * 4001}, "chat.error.bad.request"),
    ],
)
def test_bad_messages_are_refused(scene: Any, body: Any, code: str) -> None:
    async def act(on: Any) -> None:
        guest = await scene.arrive(on)
        await guest.attach()
        await guest.events_until("member-change")
        status, answer = await guest.say(body)
        assert (status, answer["code"]) == (400, code)
        assert (await guest.say({"body": "x" * 4000}))[0] == 200

    scene.play(act)


def test_only_the_guest_himself_can_act_and_only_while_he_is_there(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        _, members = await guest.call("GET", "/members")
        agent = next(one["id"] for one in members["entities"] if one["role"] == "AGENT")
        assert (await guest.call("DELETE", f"/members/{agent}"))[0] == 403
        status, body = await guest.call("POST", "/members/nobody/typing")
        assert (status, body["code"]) == (404, "not.found")
        status, body = await guest.call("POST", f"/members/{guest.member}/typing")
        assert (status, set(body)) == (200, {"id", "conversation", "sender", "timestamp"})
        await guest.call("DELETE", f"/members/{guest.member}")
        for method, path in (("DELETE", ""), ("POST", "/typing")):
            status, body = await guest.call(method, f"/members/{guest.member}{path}")
            assert (status, body["code"]) == (400, "chat.error.member.state")

    scene.play(act)


def test_members_are_listed_in_pages(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        _, body = await guest.call("GET", "/members")
        assert [one["role"] for one in body["entities"]] == ["CUSTOMER", "ACD", "AGENT"]
        assert (body["total"], body["pageCount"], body["pageSize"]) == (3, 1, 25)
        ada = body["entities"][0]
        assert (ada["displayName"], ada["customFields"]) == ("Ada", {"order": "4711"})
        assert {"joinDate", "email", "state"} <= set(ada)
        _, body = await guest.call("GET", "/members?excludeDisconnectedMembers=true")
        assert [one["role"] for one in body["entities"]] == ["CUSTOMER", "AGENT"]
        _, body = await guest.call("GET", "/members?pageSize=2&pageNumber=2")
        assert [one["role"] for one in body["entities"]] == ["AGENT"]
        assert "nextUri" not in body
        assert body["previousUri"].endswith("pageNumber=1")
        assert (await guest.call("GET", "/members?pageSize=0"))[0] == 400

    scene.play(act)


def test_messages_are_listed_both_ways_and_from_a_place(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.arrive(on)
        await guest.attach()
        await guest.events_until("member-change")
        sent = [(await guest.say({"body": f"message {n}"}))[1] for n in range(5)]
        _, body = await guest.call("GET", "/messages")
        assert [one["body"] for one in body["entities"]] == ["", *(f"message {n}" for n in range(5))]
        assert body["entities"][1] == sent[0]
        _, body = await guest.call("GET", f"/messages?after={sent[1]['id']}&maxResults=2")
        assert [one["body"] for one in body["entities"]] == ["message 2", "message 3"]
        _, body = await on.call("GET", body["next"], token=guest.jwt)
        assert [one["body"] for one in body["entities"]] == ["message 4"]
        assert "next" not in body
        _, body = await guest.call("GET", f"/messages?sortOrder=descending&before={sent[1]['id']}")
        assert [one["body"] for one in body["entities"]] == ["message 0", ""]
        between = f"after={sent[0]['id']}&before={sent[4]['id']}&maxResults=2"
        for order, words in (("ascending", ["message 3"]), ("descending", ["message 1"])):
            _, body = await guest.call("GET", f"/messages?{between}&sortOrder={order}")
            _, body = await on.call("GET", body["next"], token=guest.jwt)
            assert [one["body"] for one in body["entities"]] == words, "the next page goes beyond the bounds"
            assert "next" not in body
        assert (await guest.call("GET", f"/messages/{sent[3]['id']}"))[1] == sent[3]
        assert (await guest.call("GET", "/messages/none"))[0] == 404
        _, whole = await guest.call("GET", "/messages?after=&before=&sortOrder=&maxResults=")
        assert whole == (await guest.call("GET", "/messages"))[1], "the JavaScript SDK sends empty options"
        assert (await guest.call("GET", "/messages?maxResults=101"))[0] == 400
        assert (await guest.call("GET", "/messages?sortOrder=sideways"))[0] == 400

    scene.play(act)
