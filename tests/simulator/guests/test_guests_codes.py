"""Every error code that the guest SDK's swagger documents: provoked here, or not simulated and why."""

import io
import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATH = "/api/v2/webchat/guest/conversations"
DESK = "/simulator/desk"
CREATION = "chat.error.notnull.createconversationrequest."
Answer = tuple[int, Any]
Act = Callable[[Any, Any], Awaitable[Answer]]


@dataclass(frozen=True)
class Cause:
    """What provokes a code, under which settings."""

    act: Act
    settings: dict[str, Any] = field(default_factory=dict)


def creating(**changes: Any) -> Act:
    async def act(scene: Any, on: Any) -> Answer:
        answer: Answer = await on.call("POST", PATH, json=scene.wanted(**changes))
        return answer

    return act


def to_deployment(name: str, **more: Any) -> Act:
    async def act(scene: Any, on: Any) -> Answer:
        found = next(one.id for one in scene.organization.deployments if one.name == name)
        return await creating(deploymentId=found, **more)(scene, on)

    return act


def target(**changes: Any) -> Act:
    return creating(routingTarget={"targetType": "QUEUE", "targetAddress": "Support"} | changes)


def journey(**context: Any) -> Act:
    return creating(journeyContext={"customer": {"id": "c", "idType": "cookie"}} | context)


def action(**changes: Any) -> Act:
    whole = {"id": "a", "actionMap": {"id": "m", "version": 3}}
    return journey(triggeringAction=whole | changes)


async def sitting(scene: Any, on: Any) -> Any:
    """A guest in the queue."""
    guest = await scene.arrive(on)
    await guest.attach()
    await guest.events_until("member-change")
    return guest


def saying(**message: Any) -> Act:
    async def act(scene: Any, on: Any) -> Answer:
        answer: Answer = await (await sitting(scene, on)).say(message)
        return answer

    return act


def asking(method: str, path: str, **more: Any) -> Act:
    async def act(scene: Any, on: Any) -> Answer:
        guest = await sitting(scene, on)
        answer: Answer = await guest.call(method, path.replace("{me}", guest.member), **more)
        return answer

    return act


def scripted(status: int) -> Act:
    async def act(scene: Any, on: Any) -> Answer:
        guest = await sitting(scene, on)
        rule = {"match": {"path_regex": "/typing$"}, "status": status}
        assert (await on.call("POST", "/simulator/faults", json=[rule]))[0] == 200
        answer: Answer = await guest.call("POST", f"/members/{guest.member}/typing")
        return answer

    return act


async def too_early(scene: Any, on: Any) -> Answer:
    answer: Answer = await (await scene.arrive(on)).say({"body": "Hello?"})
    return answer


async def after_leaving(scene: Any, on: Any) -> Answer:
    guest = await sitting(scene, on)
    assert (await guest.call("DELETE", f"/members/{guest.member}"))[0] == 204
    answer: Answer = await guest.say({"body": "Hello?"})
    return answer


async def answering(scene: Any, on: Any, *states: str) -> Answer:
    guest = await scene.talk(on)
    await on.call("POST", DESK, json=[{"action": "media_request"}])
    _, body = await guest.call("GET", "/mediarequests")
    path = f"/mediarequests/{body['entities'][0]['id']}"
    answer: Answer = (0, None)
    for state in states:
        answer = await guest.call("PATCH", path, json={"state": state})
    return answer


async def a_state_of_others(scene: Any, on: Any) -> Answer:
    return await answering(scene, on, "CANCELLED")


async def an_answer_too_many(scene: Any, on: Any) -> Answer:
    return await answering(scene, on, "DECLINED", "ACCEPTED")


async def without_token(scene: Any, on: Any) -> Answer:
    guest = await scene.arrive(on)
    async with on.client.get(f"{PATH}/{guest.id}/members") as response:
        return response.status, await response.json()


async def with_another_ones_token(scene: Any, on: Any) -> Answer:
    guest, other = await scene.arrive(on), await scene.arrive(on)
    answer: Answer = await guest.call("GET", "/members", jwt=other.jwt)
    return answer


async def after_the_tokens_life(scene: Any, on: Any) -> Answer:
    guest = await scene.arrive(on)
    on.pass_real(101)
    answer: Answer = await guest.call("GET", "/members")
    return answer


async def as_text(scene: Any, on: Any) -> Answer:
    async with on.client.post(PATH, data=json.dumps(scene.wanted())) as response:
        return response.status, await response.json()


async def too_large(scene: Any, on: Any) -> Answer:
    guest = await sitting(scene, on)
    path = f"{PATH}/{guest.id}/members/{guest.member}/messages"
    headers = {"Authorization": guest.jwt, "Content-Type": "application/json"}
    content = io.BytesIO(b'{"body": "%s"}' % (b"x" * 3_000_001))
    async with on.client.post(path, data=content, headers=headers) as response:
        return response.status, await response.json()


async def too_often(scene: Any, on: Any) -> Answer:
    guest, other = await scene.arrive(on), await scene.arrive(on)
    for _ in range(3):
        assert (await guest.call("GET", "/members"))[0] == 200
    refused: Answer = await guest.call("GET", "/members")
    assert (await other.call("GET", "/members"))[0] == 200, "each token has its own minute"
    on.pass_real(62)
    assert (await guest.call("GET", "/members"))[0] == 200
    return refused


PROVOKED: dict[tuple[int, str], Cause] = {
    (400, "bad.request"): Cause(creating(memberInfo="Ada")),
    (400, "chat.deployment.bad.auth"): Cause(to_deployment("Signed-in customers", memberAuthToken="x")),
    (400, "chat.deployment.disabled"): Cause(to_deployment("Old shop window")),
    (400, "chat.deployment.require.auth"): Cause(to_deployment("Signed-in customers")),
    (400, "chat.error.bad.request"): Cause(saying(body="x" * 4001)),
    (400, "chat.error.conversation.state"): Cause(too_early),
    (400, "chat.error.createconversationrequest.routingtarget"): Cause(target(targetType="USER")),
    (400, "chat.error.invalid.queue"): Cause(target(targetAddress="Nowhere")),
    (400, "chat.error.member.state"): Cause(after_leaving),
    (400, "chat.error.notnull.createconversationmessagerequest.body"): Cause(saying()),
    (400, f"{CREATION}journeycontext.customer"): Cause(creating(journeyContext={})),
    (400, f"{CREATION}journeycontext.customer.customerid"): Cause(journey(customer={"idType": "cookie"})),
    (400, f"{CREATION}journeycontext.customer.customeridtype"): Cause(journey(customer={"id": "c"})),
    (400, f"{CREATION}journeycontext.customersession.sessionid"): Cause(
        journey(customerSession={"type": "web"})
    ),
    (400, f"{CREATION}journeycontext.customersession.sessionidtype"): Cause(
        journey(customerSession={"id": "s"})
    ),
    (400, f"{CREATION}journeycontext.triggeringaction.actionid"): Cause(action(id=None)),
    (400, f"{CREATION}journeycontext.triggeringaction.actionmapid"): Cause(action(actionMap=None)),
    (400, f"{CREATION}journeycontext.triggeringaction.actionmapversion"): Cause(
        action(actionMap={"id": "m"})
    ),
    (400, f"{CREATION}memberinfo.displayname"): Cause(creating(memberInfo={})),
    (400, f"{CREATION}routingtarget"): Cause(creating(routingTarget=None)),
    (400, "chat.error.pattern.createconversationrequest.deploymentid"): Cause(creating(deploymentId=None)),
    (400, "invalid.property"): Cause(creating(colour="red"), {"unknown_request_fields": "400"}),
    (400, "invalid.query.param.value"): Cause(asking("GET", "/messages?sortOrder=sideways")),
    (400, "invalid.value"): Cause(a_state_of_others),
    (401, "authentication.required"): Cause(without_token),
    (401, "bad.credentials"): Cause(asking("GET", "/members", jwt="wrong")),
    (401, "credentials.expired"): Cause(
        after_the_tokens_life, {"token_life_s": 100.0, "expired_token_code": "credentials.expired"}
    ),
    (403, "not.authorized"): Cause(with_another_ones_token),
    (404, "chat.error.not.found"): Cause(asking("GET", "/mediarequests/none")),
    (404, "not.found"): Cause(creating(organizationId="none")),
    (408, "client.timeout"): Cause(scripted(408)),
    (409, "request.conflict"): Cause(an_answer_too_many),
    (413, "request.entity.too.large"): Cause(too_large),
    (415, "unsupported.media.type"): Cause(as_text),
    (429, "too.many.requests.retry.after"): Cause(too_often, {"rate_per_minute": 3}),
    (500, "internal.server.error"): Cause(scripted(500)),
    (503, "service.unavailable"): Cause(scripted(503)),
    (504, "request.timeout"): Cause(scripted(504)),
}

_NO_PERMISSIONS = "a guest has no permissions, scopes, policies or addresses that could be lacking"
_PARTS = "the simulated platform is one process: no part of it can be lost or late alone"
NOT_SIMULATED: dict[tuple[int, str], str] = {
    (400, "chat.error.invalid.flow"): "chats are routed to queues only, as the contract's targetType says",
    (400, "client.failed.request"): "a connection that ended within its request has nobody to read an answer",
    (400, "constraint.validation"): "its text is a blank, and no field with such a constraint is known",
    (400, "invalid.date"): "no parameter and no field of a request is a date",
    (400, "response.entity.too.large"): "a page has 100 messages of 4,000 characters at most",
    (401, "ip.not.authorized"): _NO_PERMISSIONS,
    (403, "app.not.authorized.for.scope"): _NO_PERMISSIONS,
    (403, "authz.policy.denied"): _NO_PERMISSIONS,
    (403, "missing.any.division.permissions"): _NO_PERMISSIONS,
    (403, "missing.any.permissions"): _NO_PERMISSIONS,
    (403, "missing.division.permission"): _NO_PERMISSIONS,
    (403, "missing.permissions"): _NO_PERMISSIONS,
    (403, "origin.not.allowed"): "deployments know no origins",
    (429, "too.many.requests"): "the older form, which the announcement of 2021-11-10 ended",
    (500, "caht.error"): _PARTS,
    (500, "chat.error"): _PARTS,
    (500, "chat.error.internal"): _PARTS,
    (503, "chat.error.service.unavailable"): _PARTS,
    (504, "authentication.request.timeout"): _PARTS,
    (504, "chat.error.service.timeout"): _PARTS,
}


@pytest.fixture(scope="module")
def documented() -> dict[tuple[int, str], set[str]]:
    """Status and code of each documented error, with its texts."""
    folder = os.environ.get("GCANALYTICS_PAYLOADS")
    if not folder:
        pytest.skip("GCANALYTICS_PAYLOADS is unset: the documented codes are not here")
    listed = json.loads((Path(folder) / "guest_error_codes_from_swagger.json").read_text(encoding="utf-8"))
    found: dict[tuple[int, str], set[str]] = {}
    for statuses in listed.values():
        for status, codes in statuses.items():
            for code, text in codes.items():
                found.setdefault((int(status), code), set()).add(text)
    return found


def test_each_documented_code_is_provoked_or_explained(documented: dict[tuple[int, str], set[str]]) -> None:
    assert PROVOKED.keys() | NOT_SIMULATED.keys() == documented.keys()
    assert not PROVOKED.keys() & NOT_SIMULATED.keys()


@pytest.mark.parametrize(("status", "code"), PROVOKED)
def test_a_cause_has_its_code(scene: Any, request: pytest.FixtureRequest, status: int, code: str) -> None:
    cause = PROVOKED[status, code]

    async def act(on: Any) -> None:
        found, body = await cause.act(scene, on)
        assert (found, body["code"], body["status"]) == (status, code, status)
        assert re.fullmatch(r"[0-9a-f-]{36}", body["contextId"])
        texts = request.getfixturevalue("documented")[status, code]
        patterns = [".+".join(re.escape(part) for part in text.split("%s")) for text in texts]
        assert any(re.fullmatch(pattern, body["message"]) for pattern in patterns), body["message"]

    scene.play(act, **cause.settings)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/members/none", "The web chat conversation member was not found."),
        ("/messages/none", "The web chat conversation message was not found."),
        ("/mediarequests/none", "The media request was not found."),
    ],
)
def test_what_is_not_found_is_named(scene: Any, path: str, text: str) -> None:
    async def act(on: Any) -> None:
        status, body = await asking("GET", path)(scene, on)
        assert (status, body["code"], body["message"]) == (404, "chat.error.not.found", text)

    scene.play(act)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/members/{me}"),
        ("DELETE", "/members"),
        ("GET", "/members/{me}/typing"),
        ("POST", "/messages"),
        ("DELETE", "/mediarequests/x"),
    ],
)
def test_another_method_is_not_allowed(scene: Any, method: str, path: str) -> None:
    async def act(on: Any) -> None:
        status, body = await asking(method, path)(scene, on)
        assert (status, body["code"]) == (405, "method.not.allowed")

    scene.play(act)


def test_ended_tokens_end_guests_too(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await sitting(scene, on)
        assert (await on.call("POST", "/simulator/faults", json=[{"action": "end_tokens"}]))[0] == 200
        status, body = await guest.call("GET", "/members")
        assert (status, body["code"]) == (401, "bad.credentials")
        async with on.client.get("/api/v2/users", headers={"Authorization": f"Bearer {guest.jwt}"}) as answer:
            assert answer.status == 401, "a guest's token opens nothing else"

    scene.play(act)
