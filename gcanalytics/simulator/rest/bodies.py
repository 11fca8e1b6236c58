"""Reads the body of a request, and holds a query's against the contract."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.contract import checked
from gcanalytics.simulator.rest.spoiling import REPEAT_PAGE


async def read_json(request: web.Request) -> Any:
    """The JSON body of a request, whatever it is.

    Raises:
        answers.Refusal: 415 for another content type, 400 for what is no JSON.
        aiohttp.web.RequestPayloadError: it is not in the encoding that it names; the server's frame answers.
    """
    if request.content_type != "application/json":
        raise answers.refusal("unsupported.media.type")
    try:
        return msgspec.json.decode(await request.read())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise answers.refusal("bad.request") from None


async def read_body(request: web.Request, model: str, *, unknown_fields: str = "ignore") -> dict[str, Any]:
    """The JSON body of a request, checked.

    Args:
        request: the request.
        model: name of its model in the contract.
        unknown_fields: ``ignore`` or ``400``.

    Returns:
        The body with the contract's fields alone; null counts as absent.

    Raises:
        answers.Refusal: 415 for another content type, 400 for everything else that is wrong.
    """
    accepted = checked(model, await read_json(request), unknown_fields=unknown_fields)
    paging = accepted.get("paging")
    if REPEAT_PAGE.get() and isinstance(paging, dict):
        accepted["paging"] = paging | {"pageNumber": max(1, paging["pageNumber"] - 1)}
    return accepted
