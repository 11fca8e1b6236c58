"""The simulated platform as one aiohttp application: what all routes share,
and the frame around every answer."""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from . import (
    access,
    analytics_routes,
    answers,
    channels,
    details_routes,
    directory_routes,
    faults,
    guests,
)
from .access import Access, OAuthClient, Token
from .clock import Clock
from .organization import Organization
from .settings import Settings

if TYPE_CHECKING:
    from .timeline import Timeline

Result = TypeVar("Result")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY_BYTES = 3_000_000
_HEADERS = {
    # As in the recorded official answers.
    "Strict-Transport-Security": "max-age=600; includeSubDomains",
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
}
_NO_TOKEN = ("/api/v2/webchat/guest/",)


class Platform:
    """One simulated organization: its contact center, its clock, its clients.

    Args:
        organization: who and what there is.
        timeline: what happens.
        settings: the open choices.
        clock: business and real time.
        seed: seed of everything that is drawn.
    """

    def __init__(
        self,
        organization: Organization,
        timeline: Timeline,
        *,
        settings: Settings,
        clock: Clock,
        seed: int = 1,
    ) -> None:
        self.organization = organization
        self.timeline = timeline
        self.settings = settings
        self.clock = clock
        self.seed = seed
        client_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{organization.id}/oauth/client"))
        self.client = OAuthClient(client_id, secrets.token_urlsafe(32))
        self.access = Access([self.client], settings, clock.real)
        self.faults = faults.Faults()
        self.channels: Any = None
        # One thread: a day is built once, and the event loop stays free for sockets meanwhile.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="timeline")

    @classmethod
    def open(
        cls,
        *,
        seed: int = 1,
        speed: float = 1.0,
        days: int = 35,
        settings: Settings | None = None,
        organization: Organization | None = None,
    ) -> Platform:
        """A platform whose business time starts where the settings say, with so many days of history."""
        from .timeline import Timeline

        settings = settings or Settings()
        organization = organization or Organization.load()
        start_ms = settings.clock_start_ms()
        clock = Clock(_machine_ms() if start_ms is None else start_ms, speed=speed)
        timeline = Timeline(organization, seed=seed, settings=settings, days=days, start_ms=clock.start_ms)
        return cls(organization, timeline, settings=settings, clock=clock, seed=seed)

    async def run(self, func: Callable[..., Result], *args: Any) -> Result:
        """Runs slow work of the timeline on its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, func, *args)

    def authorize(self, request: web.Request) -> Token:
        """The token of a request, counted once against its rate limit.

        Raises:
            answers.Refusal: 401 or 429 in the platform's words.
        """
        token: Token | None = request.get("token")
        if token is None:
            token = self.access.token(request.headers.get("Authorization"))
            request["token"] = token
            self.access.count(token)
        return token

    def close(self) -> None:
        """Lets go of the timeline's thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def build_app(platform: Platform) -> web.Application:
    """The application with all routes of REST and sockets."""
    app = web.Application(middlewares=[_frame(platform)], client_max_size=MAX_BODY_BYTES)
    app.on_response_prepare.append(_stamp(platform))
    access.add_routes(app, platform)
    directory_routes.add_routes(app, platform)
    details_routes.add_routes(app, platform)
    analytics_routes.add_routes(app, platform)
    channels.add_routes(app, platform)
    guests.add_routes(app, platform)
    faults.add_routes(app, platform)
    return app


def _frame(platform: Platform) -> Any:
    """The middleware around every request: correlation id, fault, token, rate; refusals become answers."""

    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        answers.CORRELATION.set(str(uuid.uuid4()))
        fault = platform.faults.take(request.method, request.path_qs)
        try:
            if fault is not None:
                await fault.before()
            if request.path.startswith("/api/v2/") and not request.path.startswith(_NO_TOKEN):
                platform.authorize(request)
            response = await handler(request)
        except answers.Refusal as refused:
            response = refused.response()
        except web.HTTPException as exc:
            response = _http_refusal(exc).response()
        return response if fault is None else await fault.spoil(request, response)

    return frame


def _http_refusal(exc: web.HTTPException) -> answers.Refusal:
    """aiohttp's own refusals in the platform's shape."""
    if exc.status == 405:
        headers = {"Allow": exc.headers["Allow"]} if "Allow" in exc.headers else {}
        return answers.refusal("method.not.allowed", headers=headers)
    if exc.status == 413:
        text = f"The request is over the size limit. Maximum bytes: {MAX_BODY_BYTES}"
        return answers.Refusal(413, "request.entity.too.large", text)
    if exc.status == 404:
        return answers.refusal("not.found")
    return answers.Refusal(exc.status, "bad.request", exc.reason)


def _stamp(platform: Platform) -> Any:
    """The signal that gives every answer the platform's headers."""

    async def stamp(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["ININ-Correlation-Id"] = answers.CORRELATION.get("")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        token: Token | None = request.get("token")
        if token is not None:
            response.headers.update(platform.access.rate_headers(token))

    return stamp


def _machine_ms() -> int:
    return time.time_ns() // 1_000_000
