"""Scripted faults: which requests they meet and what is left of the answer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator.rest.faults import Fault, Faults

QUEUES = "/api/v2/routing/queues?pageSize=2"
FAULTS = "/simulator/faults"


async def script(on: Any, *rules: dict[str, Any]) -> int:
    async with on.client.post(FAULTS, json=list(rules)) as answer:
        return int(answer.status)


async def fetched(on: Any) -> tuple[int, str, bytes, Any]:
    headers = {"Authorization": f"Bearer {on.token}"}
    async with on.client.get(QUEUES, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read(), answer.headers


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad.request"),
        (401, "bad.credentials"),
        (403, "not.authorized"),
        (429, "too.many.requests.retry.after"),
        (500, "internal.server.error"),
        (502, "internal.server.error"),
        (503, "service.unavailable"),
        (504, "request.timeout"),
    ],
)
def test_a_status_is_answered_in_the_platforms_shape(
    stage: Callable[..., Any], status: int, code: str
) -> None:
    async def run() -> None:
        async with stage() as on:
            assert await script(on, {"action": "status", "status": status, "retry_after": 2}) == 200
            answered, _, body, headers = await fetched(on)
            found = json.loads(body)
            assert (answered, found["status"], found["code"]) == (status, status, code)
            assert found["contextId"] == headers["ININ-Correlation-Id"]
            assert headers["Retry-After"] == "2"
            assert (await fetched(on))[0] == 200

    asyncio.run(run())


def test_without_retry_after_there_is_no_such_header(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            await script(on, {"action": "status", "status": 503})
            assert "Retry-After" not in (await fetched(on))[3]

    asyncio.run(run())


def test_the_body_of_a_whole_answer_is_spoilt(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            whole = (await fetched(on))[2]
            for action, expected in [
                ("empty", b""),
                ("half_body", whole[: len(whole) // 2]),
                ("double", whole * 2),
            ]:
                await script(on, {"action": action})
                assert (await fetched(on))[:3] == (200, "application/json", expected)
            await script(on, {"action": "html", "status": 502})
            status, kind, body, _ = await fetched(on)
            assert (status, kind) == (502, "text/html")
            assert body.startswith(b"<html>")

    asyncio.run(run())


@pytest.mark.parametrize("action", ["cut", "drop"])
def test_the_connection_ends_in_the_answer_or_before_it(stage: Callable[..., Any], action: str) -> None:
    async def run() -> None:
        async with stage() as on:
            await script(on, {"action": action})
            with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)) as caught:
                await fetched(on)
            cut = isinstance(caught.value, aiohttp.ClientPayloadError)
            assert cut is (action == "cut")
            assert (await fetched(on))[0] == 200

    asyncio.run(run())


def test_a_request_that_is_cut_was_executed_one_that_is_refused_was_not(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            path = "/api/v2/notifications/channels"
            match = {"method": "POST", "path_regex": "channels$"}
            await script(on, {"action": "status", "match": match}, {"action": "drop", "match": match})
            assert (await on.call("POST", path))[0] == 503
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await on.call("POST", path)
            _, body = await on.call("GET", path)
            assert len(body["entities"]) == 1

    asyncio.run(run())


def test_a_token_can_be_ended(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            await script(on, {"action": "end_tokens"})
            assert (await fetched(on))[0] == 401

    asyncio.run(run())


def test_sockets_can_be_closed_with_a_code(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            socket = await on.connect(await on.channel())
            await script(on, {"action": "close_sockets", "code": 4001})
            message = await socket.receive(10)
            while message.type is aiohttp.WSMsgType.TEXT:
                message = await socket.receive(10)
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4001)

    asyncio.run(run())


@pytest.mark.parametrize(
    "rule", [{"action": "explode"}, {"action": "cut", "colour": 1}, {"match": {"path_regex": "("}}, "cut"]
)
def test_a_rule_that_makes_no_sense_is_a_400(stage: Callable[..., Any], rule: Any) -> None:
    async def run() -> None:
        async with stage() as on:
            assert await script(on, rule) == 400

    asyncio.run(run())


def test_the_first_rule_that_matches_is_used_up_after_its_times() -> None:
    faults = Faults()
    faults.add(Fault.from_rule({"match": {"method": "POST", "path_regex": "/query"}, "times": 2, "skip": 1}))
    faults.add(Fault.from_rule({"action": "cut"}))
    requests = [
        ("POST", "/x/query"),
        ("GET", "/x"),
        ("POST", "/x/query"),
        ("POST", "/query?a=1"),
        ("GET", "/x"),
    ]
    found = [faults.take(*request) for request in requests]
    # The first POST is skipped by the first rule, so the second one takes it.
    assert [each.action if each else None for each in found] == ["cut", None, "status", "status", None]


def test_the_script_itself_is_never_met() -> None:
    faults = Faults()
    faults.add(Fault.from_rule({"action": "cut"}))
    assert faults.take("POST", FAULTS) is None
