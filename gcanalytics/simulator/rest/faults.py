"""Scripted faults of the simulated platform, set while it runs through ``POST /simulator/faults``."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers

ACTIONS = ("status", "delay", "cut", "drop", "empty", "html", "half_body", "double")
_HTML = b"<html><head><title>Sorry</title></head><body><h1>We will be back soon</h1></body></html>"
_STATUS_CODES = {
    400: "bad.request",
    401: "bad.credentials",
    403: "not.authorized",
    404: "not.found",
    408: "request.timeout.408",
    409: "conflict",
    500: "internal.server.error",
    503: "service.unavailable",
    504: "request.timeout",
}


@dataclass
class Fault:
    """What happens to the next requests that match.

    Attributes:
        action: ``status`` answers with an error and executes nothing; ``delay`` only waits. The others
            execute the request, then spoil the answer: ``cut`` ends the connection in the middle of the
            body, ``drop`` before its first byte; ``empty``, ``html``, ``half_body`` and ``double`` replace
            the body of a whole answer.
        method: HTTP method, or None for any.
        path: what is searched in the path with its query.
        times: how many requests are left to spoil.
        skip: how many matching requests pass before that.
        status: of ``status`` (503 unless told), and of the spoilt answers where given.
        retry_after: seconds of a ``Retry-After`` header, or None for no header.
        delay_s: real seconds to wait before anything else.
    """

    action: str
    method: str | None
    path: re.Pattern[str]
    times: int = 1
    skip: int = 0
    status: int | None = None
    retry_after: float | None = None
    delay_s: float = 0.0

    @classmethod
    def from_rule(cls, rule: dict[str, Any]) -> Fault:
        """A fault from its JSON; `ValueError` where the rule makes no sense."""
        rule = dict(rule)
        match = rule.pop("match", {})
        action = rule.pop("action", "status")
        if action not in ACTIONS:
            raise ValueError(f"action {action!r} is none of {', '.join(ACTIONS)}")
        try:
            path = re.compile(match.get("path_regex", ""))
            return cls(action=action, method=match.get("method"), path=path, **rule)
        except (TypeError, re.error) as exc:
            raise ValueError(str(exc)) from exc

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return self.method in (None, method) and self.path.search(path) is not None

    def headers(self) -> dict[str, str]:
        """The ``Retry-After`` header, if there is one."""
        return {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}

    async def before(self) -> None:
        """Waits, and refuses where the request is not to be executed."""
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.action == "status":
            raise self._refusal(self.status or 503)

    def _refusal(self, status: int) -> answers.Refusal:
        if status == 429:
            seconds = f"{self.retry_after or 1:g}"
            text = f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"
            return answers.Refusal(429, "too.many.requests.retry.after", text, headers=self.headers())
        code = _STATUS_CODES.get(status, "internal.server.error")
        return answers.Refusal(status, code, answers.TEXTS[code][1], headers=self.headers())

    async def spoil(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """The answer as the fault leaves it; answers that are sent already (sockets) stay."""
        if self.action in {"delay", "status"} or not isinstance(response, web.Response):
            return response
        body = response.body if isinstance(response.body, bytes) else b""
        status = self.status or response.status
        if self.action in {"cut", "drop"}:
            return await self._broken(request, status, body)
        spoilt = {"empty": b"", "html": _HTML, "half_body": body[: len(body) // 2], "double": body * 2}
        kind = "text/html" if self.action == "html" else "application/json"
        return web.Response(
            body=spoilt[self.action], status=status, content_type=kind, headers=self.headers()
        )

    async def _broken(self, request: web.Request, status: int, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        if self.action == "cut":
            response.content_length = max(len(body), 2)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()
        return response


class Faults:
    """The script: the first rule that matches a request is used, and used up after its times."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Appends a rule."""
        self._rules.append(fault)

    def clear(self) -> None:
        """Forgets all rules."""
        self._rules.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of a request, counted; None where it passes."""
        if path.startswith("/simulator/"):
            return None
        for fault in self._rules:
            if not fault.matches(method, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._rules.remove(fault)
            return fault
        return None
