"""The route that lets business time stand still: ``/simulator/clock``, from this machine only."""

from __future__ import annotations

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.rest.fault_routes import check_loopback
from gcanalytics.simulator.rest.platform import Platform

PATH = "/simulator/clock"


class _Wanted(msgspec.Struct, forbid_unknown_fields=True):
    held: bool


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds ``/simulator/clock``, from this machine only.

    POST takes ``{"held": true}`` or ``{"held": false}``; it and GET answer with business time and whether it
    stands. While it does, nothing happens but what guests do, which is seen when it goes on; what happened
    until then is still told on the sockets. Heartbeats, lives and rate limits are of real time and go on.
    """

    def told() -> web.Response:
        clock = platform.clock
        return answers.json_response({"now": iso(clock.now_ms()), "held": clock.is_held})

    async def get(request: web.Request) -> web.Response:
        check_loopback(request)
        return told()

    async def post(request: web.Request) -> web.Response:
        check_loopback(request)
        try:
            wanted = msgspec.json.decode(await request.read(), type=_Wanted)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise answers.bad_request(f"held is true or false: {exc}") from exc
        if wanted.held:
            platform.clock.hold()
        else:
            platform.clock.go_on()
        return told()

    app.router.add_get(PATH, get, allow_head=False)
    app.router.add_post(PATH, post)
