"""What becomes of a request that a scripted fault meets: refused, executed late, answered with rubbish."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.faults import Rule

REPEAT_PAGE: ContextVar[bool] = ContextVar("repeat_page", default=False)
"""Whether the request being answered gets the page before the one that it asks for."""

_HTML = b"<html><head><title>Sorry</title></head><body><h1>We will be back soon</h1></body></html>"
_NO_GZIP = b"\x1f\x8b\x08\x00this was never compressed"
_LEFT_ALONE = frozenset({"delay", "status", "end_tokens", "repeat_page"})
_PIECES = 20
_STATUS_CODES = {
    400: "bad.request",
    401: "bad.credentials",
    403: "not.authorized",
    404: "not.found",
    405: "method.not.allowed",
    408: "client.timeout",
    409: "request.conflict",
    415: "unsupported.media.type",
    500: "internal.server.error",
    503: "service.unavailable",
    504: "request.timeout",
}
# The template of the platform's OpenAPI; the number is no fact but the scripted refusal's own.
_TOO_LARGE = "The request is over the size limit. Maximum bytes: 3000000"


async def before(
    rule: Rule, request: web.Request, *, end_tokens: Callable[[], None]
) -> web.StreamResponse | None:
    """Waits, and answers where the request is not to be executed; None where it is.

    Raises:
        answers.Refusal: the scripted status.
    """
    if rule.delay_s:
        await asyncio.sleep(rule.delay_s)
    if rule.action == "status":
        raise _refusal(rule.status or 503, rule)
    if rule.action == "redirect":
        return web.Response(status=rule.status or 302, headers={"Location": rule.location})
    if rule.action == "reset":
        return _reset(request)
    if rule.action == "end_tokens":
        end_tokens()
    if rule.action == "repeat_page":
        REPEAT_PAGE.set(True)
    return None


async def spoilt(rule: Rule, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The answer as the fault leaves it; answers that are sent already (sockets) stay."""
    if rule.action in _LEFT_ALONE or not isinstance(response, web.Response):
        return response
    body = response.body if isinstance(response.body, bytes) else b""
    status = rule.status or response.status
    match rule.action:
        case "cut" | "drop":
            return await _broken(rule, request, status, body)
        case "trickle":
            return await _dripped(rule, request, response, body)
        case "short_page":
            response.body = without_records(body, rule.records)
            return response
        case "content_type":
            return web.Response(
                body=body, status=response.status, headers={"Content-Type": rule.content_type}
            )
        case "error_body":
            refused = _refusal(rule.status or 500, rule)
            return answers.json_response(
                answers.error_body(refused.status, refused.code, refused.message), status=200
            )
        case "gzip":
            coded = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            return web.Response(body=_NO_GZIP, status=status, headers=coded)
    replaced = {"empty": b"", "html": _HTML, "half_body": body[: len(body) // 2], "double": body * 2}
    kind = "text/html" if rule.action == "html" else "application/json"
    return web.Response(
        body=replaced[rule.action], status=status, content_type=kind, headers=_retry_after(rule)
    )


def without_records(body: bytes, count: int) -> bytes:
    """A page with so many records less, taken from its middle; what is no page stays."""
    try:
        page = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    for name in ("conversations", "userDetails", "entities"):
        listed = page.get(name) if isinstance(page, dict) else None
        if isinstance(listed, list):
            first = max(0, (len(listed) - count) // 2)
            return msgspec.json.encode({**page, name: listed[:first] + listed[first + count :]})
    return body


def _retry_after(rule: Rule) -> dict[str, str]:
    return {} if rule.retry_after is None else {"Retry-After": f"{rule.retry_after:g}"}


def _refusal(status: int, rule: Rule) -> answers.Refusal:
    headers = _retry_after(rule)
    if status == 429:
        text = f"Rate limit exceeded the maximum. Retry the request in [{rule.retry_after or 1:g}] seconds"
        return answers.Refusal(429, "too.many.requests.retry.after", text, headers=headers)
    if status == 413:
        return answers.Refusal(413, "request.entity.too.large", _TOO_LARGE, headers=headers)
    code = _STATUS_CODES.get(status, "internal.server.error")
    return answers.Refusal(status, code, answers.TEXTS[code][1], headers=headers)


def _reset(request: web.Request) -> web.StreamResponse:
    """The connection is reset at once, its request unread: the client's system reports ECONNRESET."""
    transport = request.transport
    if transport is not None:
        connection: Any = transport.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort() if isinstance(transport, asyncio.WriteTransport) else transport.close()
    return web.StreamResponse(status=503)


async def _broken(rule: Rule, request: web.Request, status: int, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
    if rule.action == "cut":
        response.content_length = max(len(body), 2)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _dripped(
    rule: Rule, request: web.Request, response: web.Response, body: bytes
) -> web.StreamResponse:
    """The whole body in pieces, over so many seconds; the reader may leave."""
    slow = web.StreamResponse(status=response.status, headers={"Content-Type": "application/json"})
    slow.content_length = len(body)
    size = max(1, -(-len(body) // _PIECES))
    pause = (1.0 if rule.seconds is None else rule.seconds) / _PIECES
    with contextlib.suppress(ConnectionError):
        await slow.prepare(request)
        for at in range(0, len(body), size):
            await asyncio.sleep(pause)
            await slow.write(body[at : at + size])
        await slow.write_eof()
    return slow
