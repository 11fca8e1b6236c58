"""Whatever comes to any route that is served, in its path, its query or its body: never a 500, never a hang.

The bodies of queries and of guests have tests of their own; here no route can be forgotten.
"""

import asyncio
import base64
import io
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
ANSWER_S = 20.0
"""Nobody waits so long; a route that hangs fails here."""
CHANNELS = "/api/v2/notifications/channels"
FORM = "application/x-www-form-urlencoded"
RAW = [
    b"", b"[]", b"{}", b"null", b"3", b'"x"', b"{", b"[", b"{} {}", b"\xff\xfe", b'[{"id":"\xff"}]',
    b'[{"id":"\\ud800"}]', b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"9" * 5000 + b"]", b"[NaN]",
    b"[1e999]", b"--x\r\n\r\n", b"a=\xff&grant_type=%ED%A0%80", b"&&==", b"\x00",
    b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--',
]  # fmt: skip
KINDS: list[dict[str, str]] = [
    {"Content-Type": "application/json"},
    {"Content-Type": "application/json; charset=nonsense"},
    {"Content-Type": FORM},
    {"Content-Type": f"{FORM}; charset=nonsense"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    {"Content-Type": FORM, "Content-Encoding": "gzip"},
]
WORDS = [
    "",
    "0",
    "-1",
    "1e3",
    "9" * 3000,
    "٣",
    "²",
    "%00",
    "%ff",
    "%ED%A0%80",
    "true",
    "*",
    "**",
    "a,b,,",
    ".",
]
NAMES = [
    "pageSize", "pageNumber", "sortOrder", "sortBy", "name", "id", "divisionId", "expand", "state", "joined",
    "routingStatus", "presence", "skills", "languages", "memberBy", "hasPeer", "includechannels",
    "deactivated", "ignoreErrors", "includePreview", "objectCount",
]  # fmt: skip
SUBJECTS: list[Any] = [
    None,
    True,
    0,
    1e308,
    "",
    "x",
    "x" * 300,
    "v2..",
    "v2.users.",
    "?",
    "a?b&c",
    "&",
    "\x00",
    [],
    {},
    ["x"],
]

Asked = Callable[..., Any]


def played(stage: Callable[..., Any], organization: Organization, act: Callable[..., Any]) -> None:
    timeline = Timeline(
        organization, seed=3, settings=Settings(conversations_per_week=150), days=1, start_ms=START_MS
    )

    async def run() -> None:
        async with stage(timeline, rate_per_minute=1_000_000) as on:
            await act(on)

    asyncio.run(run())


def routes(on: Any) -> list[tuple[str, str]]:
    """Method and path of every route; the socket's is asked for without an upgrade."""
    found = on.client.server.app.router.routes()
    return sorted({(route.method, route.resource.canonical) for route in found})


async def sent(on: Any, method: str, path: str, content: bytes | None = None, **headers: str) -> int:
    """The status of an answer that is the platform's, whatever it is."""
    headers = {"Authorization": f"Bearer {on.token}"} | headers
    if "Content-Encoding" in headers:
        headers["Connection"] = "close"  # a body that cannot be decoded ends its connection
    data = None if content is None else io.BytesIO(content)
    async with asyncio.timeout(ANSWER_S):
        async with on.client.request(method, path, data=data, headers=headers) as answer:
            body = await answer.read()
    shown = method, path[:300], (content or b"")[:60], headers, body[:300]
    assert answer.status < 500, shown
    if answer.status != 204 and method != "HEAD":
        assert answer.content_type == "application/json", shown
        found = json.loads(body)
        if answer.status >= 400:
            assert found.get("error") or (found["code"] and found["status"] == answer.status), shown
    return int(answer.status)


def filled(path: str, on: Any, word: str | None = None) -> str:
    """A route's path with things that exist, or with one word, in its places."""
    organization = on.platform.organization
    known = {
        "queue_id": organization.queues[0].id,
        "user_id": organization.users[0].id,
        "source_id": "PURECLOUD",
        "definition_id": organization.presences[0].id,
        "channel_id": on.fuzzed_channel,
    }
    return re.sub(r"{(\w+)}", lambda place: known.get(place[1], "x") if word is None else word, path)


@pytest.mark.parametrize("part", range(3))
def test_no_body_breaks_a_route(stage: Callable[..., Any], organization: Organization, part: int) -> None:
    statuses = set()

    async def act(on: Any) -> None:
        on.fuzzed_channel = await on.channel()
        changing = [each for each in routes(on) if each[0] not in {"GET", "HEAD"}]
        assert ("POST", "/oauth/token") in changing
        assert ("PUT", f"{CHANNELS}/{{channel_id}}/subscriptions") in changing
        drawn = itertools.product(changing, RAW, KINDS)
        for (method, path), content, headers in itertools.islice(drawn, part, None, 3):
            statuses.add(await sent(on, method, filled(path, on), content, **headers))

    played(stage, organization, act)
    assert {200, 400, 415} <= statuses


def test_no_query_and_no_path_breaks_a_route(stage: Callable[..., Any], organization: Organization) -> None:
    statuses = set()

    async def act(on: Any) -> None:
        on.fuzzed_channel = await on.channel()
        word = itertools.cycle(WORDS)
        for method, path in routes(on):
            if method in {"GET", "HEAD"}:
                for name in NAMES:
                    asked = f"{filled(path, on)}?{name}={next(word)}"
                    statuses.add(await sent(on, method, asked))
                every = "&".join(f"{name}={next(word)}" for name in NAMES)
                statuses.add(await sent(on, method, f"{filled(path, on)}?{every}"))
            for each in WORDS if "{" in path else ():
                content = b"[]" if method in {"POST", "PUT", "PATCH"} else None
                statuses.add(await sent(on, method, filled(path, on, each[:200]), content))

    played(stage, organization, act)
    assert {200, 400, 404} <= statuses


def test_no_subject_breaks_a_subscription(stage: Callable[..., Any], organization: Organization) -> None:
    async def act(on: Any) -> None:
        channel = await on.channel()
        path = f"{CHANNELS}/{channel}/subscriptions"
        bodies: list[Any] = [{"id": each} for each in SUBJECTS]
        for body in (*([each] for each in bodies), *([each, each] for each in SUBJECTS), bodies):
            for method, query in itertools.product(("POST", "PUT"), ("", "?ignoreErrors=true")):
                content = json.dumps(body).encode()
                status = await sent(on, method, path + query, content, **{"Content-Type": "application/json"})
                assert status in {200, 400, 403}, body
        assert (await on.call("GET", path)) == (200, {"entities": []})

    played(stage, organization, act)


def test_a_form_that_cannot_be_read_is_a_no_of_oauths_shape(
    stage: Callable[..., Any], organization: Organization
) -> None:
    async def act(on: Any) -> None:
        client = on.platform.client
        basic = base64.b64encode(f"{client.id}:{client.secret}".encode()).decode()
        for content, kind in ((b"a=\xff", FORM), (b"a=b", f"{FORM}; charset=nonsense")):
            headers = {"Content-Type": kind, "Authorization": f"Basic {basic}"}
            async with on.client.post("/oauth/token", data=content, headers=headers) as answer:
                assert (answer.status, (await answer.json())["error"]) == (400, "invalid_request")

    played(stage, organization, act)


def test_a_body_in_another_encoding_than_it_names_ends_its_connection(
    stage: Callable[..., Any], organization: Organization
) -> None:
    async def act(on: Any) -> None:
        channel = await on.channel()
        headers = {"Authorization": f"Bearer {on.token}", "Content-Type": "application/json"}
        headers["Content-Encoding"] = "gzip"
        for path in (f"{CHANNELS}/{channel}/subscriptions", "/simulator/faults", "/simulator/desk"):
            async with on.client.post(path, data=io.BytesIO(b"[]"), headers=headers) as answer:
                assert (answer.status, (await answer.json())["code"]) == (400, "bad.request")
                assert answer.headers["Connection"] == "close"

    played(stage, organization, act)
