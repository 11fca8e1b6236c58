"""The platform's noes of web chat, and what is read of a guest's request before anything is done.

Codes and texts are those of the guest SDK's swagger (``x-inin-error-codes``).
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.bodies import read_json

_PREFIX: Final = "chat.error.notnull.createconversationrequest."
_NOT_NULL: Final = (
    "routingtarget",
    "memberinfo.displayname",
    "journeycontext.customer.customerid",
    "journeycontext.customer.customeridtype",
    "journeycontext.customersession.sessionid",
    "journeycontext.customersession.sessionidtype",
    "journeycontext.triggeringaction.actionid",
    "journeycontext.triggeringaction.actionmapid",
    "journeycontext.triggeringaction.actionmapversion",
)
_TEXTS: Final = {
    **{f"{_PREFIX}{name}": f"The {name.rpartition('.')[2]} property may not be null." for name in _NOT_NULL},
    f"{_PREFIX}journeycontext.customer": "The customer may not be null.",
    "chat.error.invalid.queue": "The specified queue is not valid.",
    "chat.error.createconversationrequest.routingtarget": "The routing target is not valid.",
    "chat.error.pattern.createconversationrequest.deploymentid": "The deploymentid property may not be null.",
    "chat.deployment.disabled": "The web chat deployment is currently disabled.",
    "chat.deployment.require.auth": "The deployment requires the customer member to be authenticated.",
    "chat.deployment.bad.auth": "The customer member authentication has failed.",
    "chat.error.notnull.createconversationmessagerequest.body": "The request body may not be null.",
    "chat.error.conversation.state": "The conversation is in a state which does not permit this action.",
    "chat.error.member.state": "The conversation member is in a state which does not permit this action.",
    "chat.error.bad.request": "Error occurred due to invalid request.",
}
_FIELDS: Final = {
    "CreateWebChatConversationRequest": "organizationId deploymentId routingTarget memberInfo "
    "memberAuthToken journeyContext",
    "WebChatRoutingTarget": "targetType targetAddress skills language priority",
    "GuestMemberInfo": "displayName firstName lastName email phoneNumber avatarImageUrl customFields",
    "JourneyContext": "customer customerSession triggeringAction",
    "CreateWebChatMessageRequest": "body bodyType",
    "WebChatGuestMediaRequest": "id name types state communicationId securityKey selfUri",
}
"""What the contract's objects have."""


def refusal(code: str) -> answers.Refusal:
    """A 400 of web chat with its documented text."""
    return answers.Refusal(400, code, _TEXTS[code])


def null(name: str) -> answers.Refusal:
    """The 400 of a property of the creation that may not be null."""
    return refusal(f"{_PREFIX}{name}")


def not_found(what: str) -> answers.Refusal:
    """404 for a part of a chat: ``media request``, ``web chat conversation member`` ..."""
    return answers.Refusal(404, "chat.error.not.found", f"The {what} was not found.")


async def json_object(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        answers.Refusal: 415 for another content type, 400 for anything else.
    """
    sent = await read_json(request)
    if not isinstance(sent, dict):
        raise answers.refusal("bad.request")
    return sent


def check_fields(model: str, sent: dict[str, Any]) -> None:
    """Refuse what an object of the contract does not have."""
    strange = sorted(sent.keys() - _FIELDS[model].split())
    if strange:
        raise answers.invalid_property(strange[0], model)


def text(sent: dict[str, Any], name: str, path: str = "") -> str:
    """A field's text, numbers as the platform's Java reads them; empty where it is null or absent.

    Raises:
        answers.Refusal: 400 for anything that is no text.
    """
    value = sent.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise _wrong(path + name)
    return str(value)


def part(sent: dict[str, Any], name: str, path: str = "") -> dict[str, Any] | None:
    """A field's object; None where it is null or absent, 400 where it is no object."""
    value = sent.get(name)
    if value is not None and not isinstance(value, dict):
        raise _wrong(path + name)
    return value


def texts(sent: dict[str, Any], name: str, path: str = "") -> list[str]:
    """A field's list of texts; empty where it is null or absent, 400 where it is none."""
    value = sent.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(path + name)
    return value


def whole(sent: dict[str, Any], name: str, path: str = "") -> int | None:
    """A field's whole number of 32 bits; None where it is null or absent, 400 where it is none."""
    value = sent.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise _wrong(path + name)
    return value


def _wrong(field: str) -> answers.Refusal:
    refused = answers.refusal("bad.request")
    refused.field = field
    return refused


def number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    """A number of the query string within its bounds; 400 for anything else."""
    # The official JavaScript SDK sends every option, empty where it was not given.
    value = request.query.get(name) or str(default)
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most):
        raise answers.invalid_parameter(value, name, f"{least} to {most}")
    return int(value)


def choice(request: web.Request, name: str, default: str, allowed: tuple[str, ...]) -> str:
    """A word of the query string, in lower case; 400 for any that is not allowed."""
    value = (request.query.get(name) or default).lower()
    if value not in allowed:
        raise answers.invalid_parameter(value, name, ", ".join(allowed))
    return value
