"""Reads the JSON body of a request and holds it against the contract."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.contract import checked
from gcanalytics.simulator.rest.spoiling import REPEAT_PAGE


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
    if request.content_type != "application/json":
        raise answers.refusal("unsupported.media.type")
    try:
        body = msgspec.json.decode(await request.read())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, web.RequestPayloadError):
        raise answers.refusal("bad.request") from None
    accepted = checked(model, body, unknown_fields=unknown_fields)
    paging = accepted.get("paging")
    if REPEAT_PAGE.get() and isinstance(paging, dict):
        accepted["paging"] = paging | {"pageNumber": max(1, paging["pageNumber"] - 1)}
    return accepted
