"""The creation of a guest's web chat: what it gives, and what is refused with which code."""

import base64
import json
from typing import Any

import pytest

PATH = "/api/v2/webchat/guest/conversations"


def test_a_creation_gives_what_is_recorded(scene: Any) -> None:
    async def act(on: Any) -> None:
        status, created = await on.call("POST", PATH, json=scene.wanted())
        assert status == 200
        assert set(created) == {"id", "jwt", "eventStreamUri", "member"}
        assert set(created["member"]) == {"id"}
        assert created["eventStreamUri"].startswith(f"ws://127.0.0.1:{on.client.port}/")
        claims = json.loads(base64.urlsafe_b64decode(created["jwt"].split(".")[1] + "=="))
        assert claims["conversationId"] == created["id"]

    scene.play(act)


def test_a_creation_needs_no_token_of_the_platform(scene: Any) -> None:
    async def act(on: Any) -> None:
        async with on.client.post(PATH, json=scene.wanted()) as response:
            assert response.status == 200
            assert "ININ-Correlation-Id" in response.headers

    scene.play(act)


def deployment(scene: Any, *, enabled: bool, requires_auth: bool) -> dict[str, Any]:
    wanted = (enabled, requires_auth)
    found = [one for one in scene.organization.deployments if (one.enabled, one.requires_auth) == wanted]
    return {"deploymentId": found[0].id}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"organizationId": "0"}, 404, "not.found"),
        ({"organizationId": None}, 404, "not.found"),
        ({"deploymentId": None}, 400, "chat.error.pattern.createconversationrequest.deploymentid"),
        ({"deploymentId": "0"}, 404, "not.found"),
        ({"memberAuthToken": "x"}, 400, "chat.deployment.bad.auth"),
        ({"routingTarget": None}, 400, "chat.error.notnull.createconversationrequest.routingtarget"),
        (
            {"routingTarget": {"targetType": "USER", "targetAddress": "Support"}},
            400,
            "chat.error.createconversationrequest.routingtarget",
        ),
        (
            {"routingTarget": {"targetType": "QUEUE"}},
            400,
            "chat.error.createconversationrequest.routingtarget",
        ),
        (
            {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Nowhere"}},
            400,
            "chat.error.invalid.queue",
        ),
        (
            {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Emergency"}},
            400,
            "chat.error.invalid.queue",
        ),
        ({"memberInfo": {}}, 400, "chat.error.notnull.createconversationrequest.memberinfo.displayname"),
        ({"memberInfo": {"displayName": "A", "customFields": []}}, 400, "bad.request"),
    ],
)
def test_a_creation_is_refused_with_the_platforms_code(
    scene: Any, changes: dict[str, Any], status: int, code: str
) -> None:
    async def act(on: Any) -> None:
        answer = await on.call("POST", PATH, json=scene.wanted(**changes))
        assert (answer[0], answer[1]["code"]) == (status, code)
        assert answer[1]["message"]

    scene.play(act)


def test_a_deployment_must_take_guests(scene: Any) -> None:
    async def act(on: Any) -> None:
        for code, changes in (
            ("chat.deployment.disabled", deployment(scene, enabled=False, requires_auth=False)),
            ("chat.deployment.require.auth", deployment(scene, enabled=True, requires_auth=True)),
        ):
            status, answer = await on.call("POST", PATH, json=scene.wanted(**changes))
            assert (status, answer["code"]) == (400, code)

    scene.play(act)


@pytest.mark.parametrize("sent", [b"", b"[]", b"{", b'"x"'])
def test_a_creation_must_be_an_object(scene: Any, sent: bytes) -> None:
    async def act(on: Any) -> None:
        json_type = {"Content-Type": "application/json"}
        async with on.client.post(PATH, data=sent, headers=json_type) as response:
            assert (response.status, (await response.json())["code"]) == (400, "bad.request")

    scene.play(act)


def test_lower_case_targets_and_queue_names_work(scene: Any) -> None:
    async def act(on: Any) -> None:
        target = {"targetType": "queue", "targetAddress": "support"}
        await scene.arrive(on, routingTarget=target)

    scene.play(act)


def test_a_guest_with_signed_data_is_authenticated(scene: Any) -> None:
    async def act(on: Any) -> None:
        asks = deployment(scene, enabled=True, requires_auth=True)
        status, signed = await on.call("POST", "/simulator/signeddata", json={"data": {"customer": 7}})
        assert status == 200
        plain = await scene.arrive(on)
        for changes in (asks, {}):
            guest = await scene.arrive(on, memberAuthToken=signed["token"], **changes)
            _, member = await guest.call("GET", f"/members/{guest.member}")
            assert member["authenticatedGuest"] is True
        _, member = await plain.call("GET", f"/members/{plain.member}")
        assert member["authenticatedGuest"] is False
        head, body, signature = signed["token"].split(".")
        for bad in ("x", plain.jwt, f"{head}.{body}x.{signature}"):
            for changes in (asks, {}):
                sent = scene.wanted(memberAuthToken=bad, **changes)
                status, answer = await on.call("POST", PATH, json=sent)
                assert (status, answer["code"]) == (400, "chat.deployment.bad.auth")
        status, _ = await plain.call("GET", "/members", jwt=signed["token"])
        assert status == 401, "signed data are no guest's token"
        on.pass_real(3601)
        status, answer = await on.call("POST", PATH, json=scene.wanted(memberAuthToken=signed["token"]))
        assert (status, answer["code"]) == (400, "chat.deployment.bad.auth")

    scene.play(act)


@pytest.mark.parametrize("sent", [{"life_s": 0}, {"life_s": "long"}, {"data": []}, [], {"colour": "red"}])
def test_what_cannot_be_signed_is_refused(scene: Any, sent: Any) -> None:
    async def act(on: Any) -> None:
        status, body = await on.call("POST", "/simulator/signeddata", json=sent)
        assert (status, body["code"]) == (400, "bad.request")

    scene.play(act)


def test_what_a_guest_tells_is_shown_again(scene: Any) -> None:
    async def act(on: Any) -> None:
        told = {
            "displayName": "Ada",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": "ada@example.com",
            "phoneNumber": "+48990000001",
            "avatarImageUrl": "https://example.com/ada.png",
            "customFields": {"order": "4711", "urgent": "true"},
        }
        sent = told | {"customFields": {"order": 4711, "urgent": True}}
        guest = await scene.arrive(on, memberInfo=sent)
        _, member = await guest.call("GET", f"/members/{guest.member}")
        assert {name: member[name] for name in told} == told

    scene.play(act)


JOURNEY = {
    "customer": {"id": "c", "idType": "cookie"},
    "customerSession": {"id": "s", "type": "web"},
    "triggeringAction": {"id": "a", "actionMap": {"id": "m", "version": 3}},
}


def test_a_whole_journey_and_a_journey_of_a_customer_pass(scene: Any) -> None:
    async def act(on: Any) -> None:
        await scene.arrive(on, journeyContext=JOURNEY)
        await scene.arrive(on, journeyContext={"customer": JOURNEY["customer"]})

    scene.play(act)


def test_unknown_fields_are_refused_under_the_setting(scene: Any) -> None:
    async def act(on: Any) -> None:
        assert (await on.call("POST", PATH, json=scene.wanted()))[0] == 200
        status, body = await on.call("POST", PATH, json=scene.wanted(colour="red"))
        assert (status, body["code"]) == (400, "invalid.property")
        guest = await scene.talk(on)
        status, body = await guest.say({"body": "Hi", "mood": "good"})
        assert (status, body["code"]) == (400, "invalid.property")
        assert body["message"].endswith(
            "[mood] is not a valid property for object [CreateWebChatMessageRequest]"
        )
        assert (await guest.say({"body": "Hi", "bodyType": "standard"}))[0] == 200
        await on.call("POST", "/simulator/desk", json=[{"action": "media_request"}])
        _, listed = await guest.call("GET", "/mediarequests")
        request = listed["entities"][0]
        answer = {**request, "state": "ACCEPTED"}
        asked = f"/mediarequests/{request['id']}"
        status, body = await guest.call("PATCH", asked, json={**answer, "mood": "good"})
        assert (status, body["code"]) == (400, "invalid.property")
        assert (await guest.call("PATCH", asked, json=answer))[0] == 200

    scene.play(act, unknown_request_fields="400")


@pytest.mark.parametrize(
    "changes",
    [
        {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "priority": "high"}},
        {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "priority": True}},
        {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "priority": 2**31}},
        {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "skills": "Internet"}},
        {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "skills": [1]}},
        {"routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "language": []}},
        {"routingTarget": "Support"},
        {"memberInfo": "Ada"},
        {"memberInfo": {"displayName": ["Ada"]}},
        {"memberInfo": {"displayName": "Ada", "email": {}}},
        {"memberInfo": {"displayName": "Ada", "customFields": {"order": []}}},
        {"memberAuthToken": {}},
        {"journeyContext": "cookie"},
        {"journeyContext": {"customer": "c"}},
        {"journeyContext": JOURNEY | {"triggeringAction": {"id": "a", "actionMap": []}}},
    ],
)
def test_fields_of_another_kind_are_refused(scene: Any, changes: dict[str, Any]) -> None:
    async def act(on: Any) -> None:
        status, body = await on.call("POST", PATH, json=scene.wanted(**changes))
        assert (status, body["code"]) == (400, "bad.request")

    scene.play(act)
