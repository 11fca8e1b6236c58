"""The simulator's own routes for guests, from this machine only: directions of the desk, and signed data."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.guests.directions import direction_from
from gcanalytics.simulator.guests.visits import Guests
from gcanalytics.simulator.rest.fault_routes import check_loopback

DESK: Final = "/simulator/desk"
SIGNED: Final = "/simulator/signeddata"


class _Signing(msgspec.Struct, forbid_unknown_fields=True):
    data: dict[str, Any] = {}
    life_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 3600.0


def add_routes(app: web.Application, guests: Guests, organization: Organization) -> None:
    """Add ``/simulator/desk`` and ``/simulator/signeddata``.

    POST to the first takes a list of directions, all of them or none, and gives those that fit at once; GET
    lists what is left, as POST takes it; DELETE forgets it. POST to the second signs data about a guest and
    answers ``{"token": ...}``, a ``memberAuthToken``.
    """

    async def get(request: web.Request) -> web.Response:
        check_loopback(request)
        return answers.json_response(guests.desk.directions.left())

    async def post(request: web.Request) -> web.Response:
        check_loopback(request)
        directions = []
        for number, each in enumerate(_decoded(await request.read(), list[dict[str, Any]]), start=1):
            try:
                directions.append(direction_from(each, organization))
            except ValueError as exc:
                raise answers.bad_request(f"direction {number}: {exc}") from exc
        for direction in directions:
            guests.desk.directions.add(direction)
        guests.direct()
        return answers.json_response({"accepted": len(directions)})

    async def delete(request: web.Request) -> web.Response:
        check_loopback(request)
        guests.desk.directions.clear()
        return web.Response(status=204)

    async def sign(request: web.Request) -> web.Response:
        check_loopback(request)
        wanted = _decoded(await request.read(), _Signing)
        return answers.json_response({"token": guests.sign(wanted.data, wanted.life_s)})

    app.router.add_get(DESK, get, allow_head=False)
    app.router.add_post(DESK, post)
    app.router.add_delete(DESK, delete)
    app.router.add_post(SIGNED, sign)


def _decoded(content: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise answers.bad_request(f"that makes no sense here: {exc}") from exc
