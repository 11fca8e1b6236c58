"""Whatever a guest sends, the answer is a 200 or a refusal that the platform documents for it; no 500."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATH = "/api/v2/webchat/guest/conversations"
DESK = "/simulator/desk"
ODD: list[Any] = [
    None, True, 0, -1, 2**63, 10**5000, 1e308, float("nan"), float("inf"), "", "x", "\x00", "\ud7ff",
    "\ud800", "9" * 5000, [], [None], [[]], {}, {"id": 1}, {"x": None}, ["x"], [{}], {"version": 10**400},
]  # fmt: skip
RAW = [
    b"",
    b"[]",
    b"{",
    b'"x"',
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"body":"\\ud800"}',
    b"NaN",
    b"{}" * 3,
]
QUERIES = [
    "/members?pageSize={}", "/members?pageNumber={}", "/members?excludeDisconnectedMembers={}",
    "/messages?maxResults={}", "/messages?sortOrder={}", "/messages?after={}&before={}", "/messages/{}",
    "/members/{}", "/mediarequests/{}",
]  # fmt: skip
# A request line of more than 8,190 bytes is refused below the platform.
WORDS = ["", "0", "-1", "٣", "²", "1e3", "x" * 3000, "9" * 3000, "%00", "%ff", "true", "a%2Fb"]
WHOLE: dict[str, Any] = {
    "routingTarget": {"skills": ["Internet"], "language": "Polish", "priority": 1},
    "memberInfo": {"firstName": "A", "email": "a@b.c", "customFields": {"a": "b"}},
    "memberAuthToken": "x.y.z",
    "journeyContext": {
        "customer": {"id": "c", "idType": "t"},
        "customerSession": {"id": "s", "type": "t"},
        "triggeringAction": {"id": "a", "actionMap": {"id": "m", "version": 1}},
    },
}


def places(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for name, item in value.items():
            found += places(item, (*path, name))
    return found


def replaced(body: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return {**body, path[0]: replaced(body[path[0]], path[1:], value)}


def encoded(value: Any) -> bytes:
    """JSON of anything: numbers of any length, NaN, half a surrogate pair."""
    if isinstance(value, dict):
        return b"{%s}" % b",".join(
            json.dumps(name).encode() + b":" + encoded(each) for name, each in value.items()
        )
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**4000:
        return b"1" + b"0" * 5000
    return json.dumps(value).encode()


DRAWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 10_000), st.sampled_from(ODD), st.sampled_from(WORDS)),
    min_size=20,
    max_size=60,
)


OPERATIONS = [
    (re.compile(f"{method} {path.replace('{}', '[^/?]+')}(?:[?].*)?", re.DOTALL), f"{method} {path}")
    for method, path in (
        ("POST", PATH),
        ("GET", f"{PATH}/{{}}/members"),
        ("GET", f"{PATH}/{{}}/members/{{}}"),
        ("DELETE", f"{PATH}/{{}}/members/{{}}"),
        ("POST", f"{PATH}/{{}}/members/{{}}/messages"),
        ("POST", f"{PATH}/{{}}/members/{{}}/typing"),
        ("GET", f"{PATH}/{{}}/messages"),
        ("GET", f"{PATH}/{{}}/messages/{{}}"),
        ("GET", f"{PATH}/{{}}/mediarequests"),
        ("GET", f"{PATH}/{{}}/mediarequests/{{}}"),
        ("PATCH", f"{PATH}/{{}}/mediarequests/{{}}"),
    )
]


@pytest.fixture(scope="module")
def documented() -> dict[str, set[tuple[int, str]]]:
    """Status and code of each error that the swagger has for an operation; empty where it is not here."""
    folder = os.environ.get("GCANALYTICS_PAYLOADS")
    if not folder:
        return {}
    listed = json.loads((Path(folder) / "guest_error_codes_from_swagger.json").read_text(encoding="utf-8"))
    return {
        re.sub(r"{\w+}", "{}", operation): {
            (int(status), code) for status, codes in statuses.items() for code in codes
        }
        for operation, statuses in listed.items()
    }


def check_documented(
    documented: dict[str, set[tuple[int, str]]], method: str, path: str, status: int, code: str
) -> None:
    operation = next((name for shape, name in OPERATIONS if shape.fullmatch(f"{method} {path}")), None)
    if documented and operation is not None:  # else it was asked for something that is no operation
        assert (status, code) in documented[operation], (method, path)


def test_who_is_not_there_is_refused_as_the_operation_documents(
    scene: Any, documented: dict[str, set[tuple[int, str]]]
) -> None:
    if not documented:
        pytest.skip("GCANALYTICS_PAYLOADS is unset: the documented codes are not here")

    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        for method, path in (("POST", "/messages"), ("POST", "/typing"), ("DELETE", ""), ("GET", "")):
            status, body = await guest.call(method, f"/members/nobody{path}", json={"body": "Hi"})
            assert status == 404
            check_documented(documented, method, f"{PATH}/{guest.id}/members/nobody{path}", 404, body["code"])

    scene.play(act)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draws=DRAWS)
def test_no_request_of_a_guest_breaks_the_platform(
    scene: Any, documented: dict[str, set[tuple[int, str]]], draws: list[tuple[int, int, Any, str]]
) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        await on.call("POST", DESK, json=[{"action": "media_request"}])
        _, body = await guest.call("GET", "/mediarequests")
        one = f"{PATH}/{guest.id}"
        asked = f"{one}/mediarequests/{body['entities'][0]['id']}"
        said = f"{one}/members/{guest.member}/messages"
        creation = scene.wanted()
        creation |= {name: {**creation.get(name, {}), **part} if isinstance(part, dict) else part
                     for name, part in WHOLE.items()}  # fmt: skip
        bodies = [("POST", PATH, creation), ("POST", said, {"body": "Hi", "bodyType": "standard"})]
        bodies += [("PATCH", asked, {"types": ["screenshare"], "state": "ACCEPTED"})]
        headers = {"Authorization": f"Bearer {guest.jwt}", "Content-Type": "application/json"}
        for kind, number, odd, word in draws:
            if kind < 3:
                method, path, whole = bodies[kind]
                where = places(whole)
                content = encoded(replaced(whole, where[number % len(where)], odd))
            elif kind == 3:
                method, path, _ = bodies[number % 3]
                content = RAW[number % len(RAW)]
            else:
                method, path, content = "GET", one + QUERIES[number % len(QUERIES)].replace("{}", word), b""
            async with on.client.request(method, path, data=content or None, headers=headers) as response:
                answer = await response.json()
                assert response.status < 500, (method, path, content[:200], answer)
                if response.status != 200:
                    check_documented(documented, method, path, response.status, answer["code"])

    scene.play(act, rate_per_minute=1_000_000)
