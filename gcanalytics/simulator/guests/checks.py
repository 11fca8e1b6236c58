"""What a guest may ask for: the checks of web chat requests, with the platform's codes and texts.

They are those of the guest SDK's swagger (``x-inin-error-codes``); which of them an unknown organisation or
deployment gets is inferred.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Deployment, Organization, Queue

_TEXTS: Final = {
    "chat.error.invalid.queue": "The specified queue is not valid.",
    "chat.error.createconversationrequest.routingtarget": "The routing target is not valid.",
    "chat.error.notnull.createconversationrequest.routingtarget": (
        "The routingtarget property may not be null."
    ),
    "chat.error.notnull.createconversationrequest.memberinfo.displayname": (
        "The displayname property may not be null."
    ),
    "chat.error.pattern.createconversationrequest.deploymentid": "The deploymentid property may not be null.",
    "chat.deployment.disabled": "The web chat deployment is currently disabled.",
    "chat.deployment.require.auth": "The deployment requires the customer member to be authenticated.",
    "chat.deployment.bad.auth": "The customer member authentication has failed.",
    "chat.error.notnull.createconversationmessagerequest.body": "The request body may not be null.",
    "chat.error.conversation.state": ("The conversation is in a state which does not permit this action."),
    "chat.error.member.state": "The conversation member is in a state which does not permit this action.",
    "chat.error.bad.request": "Error occurred due to invalid request.",
}


def queue_of(organization: Organization, sent: dict[str, Any]) -> Queue:
    """The queue of a creation that may go on.

    Raises:
        answers.Refusal: the platform's, for the first fault found.
    """
    if sent.get("organizationId") != organization.id:
        raise answers.refusal("not.found")
    if not isinstance(sent.get("deploymentId"), str) or not sent["deploymentId"]:
        raise refusal("chat.error.pattern.createconversationrequest.deploymentid")
    deployment = next((one for one in organization.deployments if one.id == sent["deploymentId"]), None)
    if deployment is None:
        raise answers.refusal("not.found")
    _check_deployment(deployment, sent)
    target, info = sent.get("routingTarget"), sent.get("memberInfo")
    if not isinstance(target, dict):
        raise refusal("chat.error.notnull.createconversationrequest.routingtarget")
    if str(target.get("targetType")).upper() != "QUEUE" or not target.get("targetAddress"):
        raise refusal("chat.error.createconversationrequest.routingtarget")
    queue = organization.queue_named(str(target["targetAddress"]))
    if queue is None or "chat" not in queue.media:
        raise refusal("chat.error.invalid.queue")
    if not isinstance(info, dict) or not isinstance(info.get("displayName"), str) or not info["displayName"]:
        raise refusal("chat.error.notnull.createconversationrequest.memberinfo.displayname")
    custom = info.get("customFields")
    if custom is not None and not isinstance(custom, dict):
        raise answers.refusal("bad.request")
    return queue


def _check_deployment(deployment: Deployment, sent: dict[str, Any]) -> None:
    if not deployment.enabled:
        raise refusal("chat.deployment.disabled")
    if sent.get("memberAuthToken"):
        # Signed data cannot be made here, so no token of a member can be good.
        raise refusal("chat.deployment.bad.auth")
    if deployment.requires_auth:
        raise refusal("chat.deployment.require.auth")


def json_object(content: bytes) -> dict[str, Any]:
    """The JSON object of a body; 400 for anything else."""
    try:
        sent = msgspec.json.decode(content)
    except msgspec.DecodeError as exc:
        raise answers.refusal("bad.request") from exc
    if not isinstance(sent, dict):
        raise answers.refusal("bad.request")
    return sent


def number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    """A number of the query string within its bounds; 400 for anything else."""
    text = request.query.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise answers.invalid_value(text, name, f"{least} to {most}")
    return int(text)


def refusal(code: str) -> answers.Refusal:
    """A 400 of web chat with its documented text."""
    return answers.Refusal(400, code, _TEXTS[code])
