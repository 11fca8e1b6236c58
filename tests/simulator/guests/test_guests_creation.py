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
        status, body = await on.call("POST", PATH, data=sent)
        assert (status, body["code"]) == (400, "bad.request")

    scene.play(act)


def test_lower_case_targets_and_queue_names_work(scene: Any) -> None:
    async def act(on: Any) -> None:
        target = {"targetType": "queue", "targetAddress": "support"}
        await scene.arrive(on, routingTarget=target)

    scene.play(act)
