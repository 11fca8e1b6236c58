"""Scripted faults: which requests they meet and what is left of the answer."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, cast

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics.simulator.rest.bodies import read_body
from gcanalytics.simulator.rest.faults import Faults, rule_from
from gcanalytics.simulator.rest.spoiling import REPEAT_PAGE


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)


QUEUES = "/api/v2/routing/queues?pageSize=2"
FAULTS = "/simulator/faults"


async def script(on: Any, *rules: dict[str, Any]) -> int:
    async with on.client.post(FAULTS, json=list(rules)) as answer:
        return int(answer.status)


async def left(on: Any) -> Any:
    async with on.client.get(FAULTS) as answer:
        assert answer.status == 200
        return await answer.json()


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
        (413, "request.entity.too.large"),
        (415, "unsupported.media.type"),
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


def test_a_page_is_answered_with_the_one_before_it(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            path = "/api/v2/routing/queues?pageSize=2&pageNumber="
            pages = [(await on.call("GET", f"{path}{number}"))[1] for number in (1, 2, 3)]
            await script(
                on, {"action": "repeat_page", "times": 2, "match": {"path_regex": "pageNumber=[12]"}}
            )
            assert [(await on.call("GET", f"{path}{number}"))[1] for number in (1, 2, 3)] == [
                pages[0],
                pages[0],
                pages[2],
            ]

    asyncio.run(run())


def test_a_page_of_a_query_is_answered_with_the_one_before_it() -> None:
    class Asked:
        content_type = "application/json"

        def __init__(self, number: int) -> None:
            self.number = number

        async def read(self) -> bytes:
            paging = {"pageSize": 10, "pageNumber": self.number}
            return json.dumps({"interval": "2026-11-01/2026-11-02", "paging": paging}).encode()

    async def read(number: int) -> int:
        REPEAT_PAGE.set(True)
        body = await read_body(cast(Any, Asked(number)), "ConversationQuery")
        return int(body["paging"]["pageNumber"])

    assert [asyncio.run(read(number)) for number in (7, 2, 1)] == [6, 1, 1]


def test_a_short_page_lacks_records_and_says_nothing(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            path = "/api/v2/routing/queues?pageSize=5"
            whole = (await on.call("GET", path))[1]
            await script(on, {"action": "short_page", "records": 2})
            short = (await on.call("GET", path))[1]
            assert short["total"] == whole["total"]
            assert [one for one in whole["entities"] if one in short["entities"]] == short["entities"]
            assert len(short["entities"]) == 3

    asyncio.run(run())


def test_answers_that_look_right_and_are_not(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            whole = (await fetched(on))[2]
            await script(on, {"action": "content_type", "content_type": "text/plain"})
            assert (await fetched(on))[:3] == (200, "text/plain", whole)
            await script(on, {"action": "error_body", "status": 503})
            status, _, body, _ = await fetched(on)
            assert (status, json.loads(body)["code"]) == (200, "service.unavailable")
            await script(on, {"action": "trickle", "seconds": 0.05})
            assert (await fetched(on))[:3] == (200, "application/json", whole)
            await script(on, {"action": "gzip"})
            with pytest.raises((aiohttp.ClientPayloadError, aiohttp.http_exceptions.ContentEncodingError)):
                await fetched(on)

    asyncio.run(run())


def test_a_redirect_names_another_place_and_executes_nothing(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            await script(on, {"action": "redirect", "location": "https://elsewhere.example/x"})
            headers = {"Authorization": f"Bearer {on.token}"}
            async with on.client.get(QUEUES, headers=headers, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, "https://elsewhere.example/x")

    asyncio.run(run())


def test_a_reset_comes_before_the_request_is_executed(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            path = "/api/v2/notifications/channels"
            await script(on, {"action": "reset", "match": {"method": "POST"}})
            with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
                await on.call("POST", path)
            assert (await on.call("GET", path))[1]["entities"] == []

    asyncio.run(run())


def test_the_token_ends_in_the_middle(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            await script(on, {"action": "end_tokens", "skip": 1})
            assert [(await fetched(on))[0] for _ in range(3)] == [200, 401, 401]

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
    ("rules", "said"),
    [
        ([{"action": "explode"}], "action 'explode' is none of"),
        ([{"action": "cut", "colour": 1}], "colour"),
        ([{"match": {"path_regex": "("}}], "path_regex is no regular expression"),
        ([{"match": {"path": "/x"}}], "path"),
        ([{"match": None}], "object"),
        ([{"times": 0}], "times"),
        ([{"times": "twice"}], "times"),
        ([{"times": True}], "times"),
        ([{"skip": -1}], "skip"),
        ([{"status": 20}], "status"),
        ([{"status": 204}], "204 has no body"),
        ([{"retry_after": "soon"}], "retry_after"),
        ([{"delay_s": -1}], "delay_s"),
        ([{"action": "close_sockets", "code": 99}], "code"),
        ([{"action": "close_sockets", "code": "x"}], "code"),
        ([{"action": "close_sockets", "times": 2}], "close_sockets takes no times"),
        ([{"action": "silence_sockets", "seconds": "long"}], "seconds"),
        ([{"action": "redirect", "location": "x\r\nSet-Cookie: y"}], "location is no header"),
        ([{"action": "reset", "status": 500}], "reset takes no status"),
        ([{"action": "lose_frame", "match": {"path_regex": "x"}}], "lose_frame takes no match.path_regex"),
        ([{"action": "cut", "match": {"topic_regex": "x"}}], "cut takes no match.topic_regex"),
        ([{"action": "cut"}, {"action": 5}], "rule 2"),
        ("cut", "list"),
        (["cut"], "list"),
        (None, "list"),
    ],
)
def test_rules_that_make_no_sense_are_a_400_that_says_why_and_none_of_them_holds(
    stage: Callable[..., Any], rules: Any, said: str
) -> None:
    async def run() -> None:
        async with stage() as on:
            async with on.client.post(FAULTS, json=rules) as answer:
                assert answer.status == 400
                assert said in (await answer.json())["message"]
            assert await left(on) == []

    asyncio.run(run())


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9), _nested))
@settings(max_examples=200)
def test_no_json_at_all_is_more_than_a_wrong_rule(value: Any) -> None:
    names = ("action", "match", "times", "status", "seconds", "location")
    for sent in ({name: value} for name in names):
        with contextlib.suppress(ValueError):
            rule_from(sent)


def test_what_is_left_can_be_seen_and_scripted_again(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            rules = [
                {"match": {"method": "GET", "path_regex": "/routing"}, "times": 3, "retry_after": 2.0},
                {"action": "lose_frame", "match": {"topic_regex": "observations"}, "skip": 4},
            ]
            assert await script(on, *rules) == 200
            await fetched(on)
            assert await left(on) == [{**rules[0], "times": 2}, rules[1]]
            kept = await left(on)
            async with on.client.delete(FAULTS) as answer:
                assert answer.status == 204
            assert await left(on) == []
            assert await script(on, *kept) == 200
            assert await left(on) == kept

    asyncio.run(run())


def test_the_first_rule_that_matches_is_used_up_after_its_times() -> None:
    faults = Faults()
    faults.add(rule_from({"match": {"method": "POST", "path_regex": "/query"}, "times": 2, "skip": 1}))
    faults.add(rule_from({"action": "cut"}))
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
    faults.add(rule_from({"action": "cut"}))
    assert faults.take("POST", FAULTS) is None
