"""Tokens, refusals, rate limits and the headers of every answer."""

import asyncio
import base64
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest

FORM = {"grant_type": "client_credentials"}
QUEUES = "/api/v2/routing/queues"


async def ask_token(
    on: Any, client_id: str, secret: str, form: dict[str, str] | None = None
) -> tuple[int, Any]:
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    async with on.client.post("/oauth/token", data=form or FORM, headers=headers) as answer:
        return answer.status, await answer.json()


async def get(on: Any, path: str, authorization: str | None) -> tuple[int, Any, Any]:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with on.client.get(path, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


def test_a_token_is_given_for_id_and_secret_and_opens_the_api(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            status, body = await ask_token(on, on.platform.client.id, on.platform.client.secret)
            assert status == 200
            assert set(body) == {"access_token", "token_type", "expires_in"}
            assert (body["token_type"], body["expires_in"]) == ("bearer", 86400)
            assert (await get(on, QUEUES, f"Bearer {body['access_token']}"))[0] == 200
            assert (await get(on, QUEUES, f"bearer {body['access_token']}"))[0] == 200

    asyncio.run(run())


def test_the_form_may_carry_id_and_secret_itself(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            form = FORM | {"client_id": on.platform.client.id, "client_secret": on.platform.client.secret}
            async with on.client.post("/oauth/token", data=form) as answer:
                assert answer.status == 200

    asyncio.run(run())


def test_refused_credentials_are_a_400_of_oauths_own_shape(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            client = on.platform.client
            for client_id, secret, words in [
                ("nobody", "x", "client not found"),
                (client.id, "wrong", "authentication failed"),
            ]:
                status, body = await ask_token(on, client_id, secret)
                assert status == 400
                expected = {"error": "invalid_client", "description": words, "error_description": words}
                assert body == expected
            status, body = await ask_token(on, client.id, client.secret, {"grant_type": "password"})
            assert (status, body["error"]) == (400, "unsupported_grant_type")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("authorization", "code", "message"),
    [
        (
            None,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        ),
        (
            "Basic eDp5",
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        ),
        ("Bearer nonsense", "bad.credentials", "Invalid login credentials."),
    ],
)
def test_a_request_without_a_good_token_is_a_401(
    stage: Callable[..., Any], authorization: str | None, code: str, message: str
) -> None:
    async def run() -> None:
        async with stage() as on:
            status, body, headers = await get(on, QUEUES, authorization)
            assert status == 401
            assert body == {
                "message": message,
                "code": code,
                "status": 401,
                "contextId": headers["inin-correlation-id"],
                "details": [],
                "errors": [],
            }
            assert "inin-ratelimit-count" not in headers

    asyncio.run(run())


@pytest.mark.parametrize("code", ["bad.credentials", "credentials.expired"])
def test_a_token_ends_after_its_life_with_the_code_of_the_setting(
    stage: Callable[..., Any], code: str
) -> None:
    async def run() -> None:
        async with stage(token_life_s=100, expired_token_code=code) as on:
            _, issued = await ask_token(on, on.platform.client.id, on.platform.client.secret)
            assert issued["expires_in"] == 100
            bearer = f"Bearer {issued['access_token']}"
            on.pass_real(99)
            assert (await get(on, QUEUES, bearer))[0] == 200
            on.pass_real(1)
            status, body, _ = await get(on, QUEUES, bearer)
            assert (status, body["code"]) == (401, code)

    asyncio.run(run())


def test_a_token_is_forgotten_with_its_request(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            # One connection carries both, so whatever outlives the first request is seen by the second.
            assert (await get(on, QUEUES, f"Bearer {on.token}"))[0] == 200
            status, _, headers = await get(on, QUEUES, None)
            assert status == 401
            assert "inin-ratelimit-count" not in headers

    asyncio.run(run())


def test_every_answer_carries_the_rate_limit_and_a_correlation_id(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage(rate_per_minute=180) as on:
            bearer = f"Bearer {on.token}"
            first = (await get(on, QUEUES, bearer))[2]
            on.pass_real(20)
            missing = (await get(on, "/api/v2/nothing", bearer))[2]
            names = ("inin-ratelimit-count", "inin-ratelimit-allowed", "inin-ratelimit-reset")
            # 61 at the start of a window, as in the recorded official answer.
            assert [first[name] for name in names] == ["1", "180", "61"]
            assert [missing[name] for name in names] == ["2", "180", "41"]
            assert uuid.UUID(first["ININ-Correlation-Id"]) != uuid.UUID(missing["ININ-Correlation-Id"])
            assert first["Cache-Control"] == "no-cache, no-store, must-revalidate"

    asyncio.run(run())


def test_above_the_rate_the_normalised_429_tells_when_to_come_back(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage(rate_per_minute=2) as on:
            bearer = f"Bearer {on.token}"
            other = f"Bearer {on.platform.access.issue(on.platform.client).value}"
            for _ in range(2):
                assert (await get(on, QUEUES, bearer))[0] == 200
            on.pass_real(18.5)
            status, body, headers = await get(on, QUEUES, bearer)
            assert status == 429
            assert headers["Retry-After"] == "42"
            assert body == {
                "message": "Rate limit exceeded the maximum. Retry the request in [42] seconds",
                "code": "too.many.requests.retry.after",
                "status": 429,
                "contextId": headers["inin-correlation-id"],
                "details": [],
                "errors": [],
            }
            assert (await get(on, QUEUES, other))[0] == 200, "the limit is a token's, not the client's"
            on.pass_real(42)
            assert (await get(on, QUEUES, bearer))[0] == 200

    asyncio.run(run())


def test_what_is_not_served_is_refused_in_the_platforms_shape(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            status, body = await on.call("GET", "/api/v2/users/me")
            assert (status, body["code"]) == (403, "not.authorized")
            status, body = await on.call("GET", "/api/v2/nothing")
            assert (status, body["code"]) == (404, "not.found")
            status, body = await on.call("PUT", QUEUES)
            assert (status, body["code"]) == (405, "method.not.allowed")
            query = "/api/v2/analytics/conversations/details/query"
            status, body = await on.call("POST", query, data=b"{}")
            assert (status, body["code"]) == (415, "unsupported.media.type")
            headers = {"Authorization": f"Bearer {on.token}", "Content-Type": "application/json"}
            big = io.BytesIO(b" " * 3_000_001)
            async with on.client.post(query, data=big, headers=headers) as answer:
                assert (answer.status, (await answer.json())["status"]) == (413, 413)

    asyncio.run(run())


def test_a_fault_of_the_simulator_itself_has_the_platforms_shape(
    stage: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with stage() as on:
            on.platform.sees_queue = None  # whatever asks for it breaks
            status, body, headers = await get(
                on, f"{QUEUES}/{on.platform.organization.queues[0].id}", f"Bearer {on.token}"
            )
            assert (status, body["code"]) == (500, "internal.server.error")
            assert body["contextId"] == headers["ININ-Correlation-Id"]

    asyncio.run(run())
    assert "no answer to GET" in caplog.text
