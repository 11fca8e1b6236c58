"""The simulated platform as one aiohttp application: all routes, and the frame around every answer."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.guests import routes as guest_routes
from gcanalytics.simulator.rest import (
    analytics_routes,
    availability_routes,
    clock_routes,
    details_routes,
    directory_routes,
    fault_routes,
    oauth_routes,
    spoiling,
    user_routes,
)
from gcanalytics.simulator.rest.platform import TOKEN, Platform
from gcanalytics.simulator.streams import channels

_log = logging.getLogger(__name__)

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


def build_app(platform: Platform) -> web.Application:
    """The application with all routes of REST and sockets."""
    app = web.Application(middlewares=[_frame(platform)], client_max_size=MAX_BODY_BYTES)
    app.on_response_prepare.append(_stamp(platform))
    oauth_routes.add_routes(app, platform)
    directory_routes.add_routes(app, platform)
    details_routes.add_routes(app, platform)
    analytics_routes.add_routes(app, platform)
    availability_routes.add_routes(app, platform)
    user_routes.add_routes(app, platform)
    channels.add_routes(app, platform)
    guest_routes.add_routes(app, platform)
    fault_routes.add_routes(app, platform)
    clock_routes.add_routes(app, platform)
    return app


def _frame(platform: Platform) -> Any:
    """The middleware around every request: correlation id, fault, token, rate; refusals become answers."""

    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        answers.CORRELATION.set(str(uuid.uuid4()))
        TOKEN.set(None)
        spoiling.REPEAT_PAGE.set(False)
        fault = platform.faults.take(request.method, request.path_qs)
        try:
            if fault is not None:
                instead = await spoiling.before(fault, request, end_tokens=platform.access.end_tokens)
                if instead is not None:
                    return instead
            if request.path.startswith("/api/v2/") and not request.path.startswith(_NO_TOKEN):
                platform.authorize(request)
            response = await handler(request)
        except answers.Refusal as refused:
            response = refused.response()
        except web.HTTPException as exc:
            response = _http_refusal(exc).response()
        except web.RequestPayloadError:
            # The body is not in the encoding that it names, so nobody knows where the next request begins.
            response = answers.refusal("bad.request").response()
            response.force_close()
        except Exception:  # noqa: BLE001 - a fault of ours looks like one of the platform, and is logged
            _log.exception("no answer to %s %s", request.method, request.path)
            response = answers.refusal("internal.server.error").response()
        return response if fault is None else await spoiling.spoilt(fault, request, response)

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

    async def stamp(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["ININ-Correlation-Id"] = answers.CORRELATION.get("")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        token = TOKEN.get()
        if token is not None:
            response.headers.update(platform.access.rate_headers(token))

    return stamp
