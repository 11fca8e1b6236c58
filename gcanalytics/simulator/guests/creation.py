"""The creation of a guest's chat: what is asked for, and the platform's first no.

Which code an unknown organisation or deployment gets, in which order faults are looked for, and that skills
and languages nobody knows are ignored, is inferred.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.ledger import Journey
from gcanalytics.simulator.business.organization import Deployment, Organization, Queue
from gcanalytics.simulator.guests import checks

_TEXTS: Final = ("firstName", "lastName", "email", "phoneNumber", "avatarImageUrl")
_MODELS: Final = {
    "": "CreateWebChatConversationRequest",
    "routingTarget": "WebChatRoutingTarget",
    "memberInfo": "GuestMemberInfo",
    "journeyContext": "JourneyContext",
}
"""The contract's objects; the nested ones of the journey are left to its checks."""


@dataclass(frozen=True)
class Creation:
    """What a guest asks for.

    Attributes:
        guest: ``displayName`` and what else he told, under the platform's names.
        skill_ids, language_id: of those that the organisation has.
        journey: how the guest came over the company's pages, if his page tells.
    """

    queue: Queue
    guest: dict[str, Any]
    skill_ids: tuple[str, ...]
    language_id: str | None
    priority: int
    authenticated: bool
    journey: Journey | None


def creation(
    organization: Organization,
    sent: dict[str, Any],
    *,
    signed: Callable[[str], bool],
    unknown_fields: str = "ignore",
) -> Creation:
    """The creation of a body that may go on.

    Args:
        organization: whose deployments and queues there are.
        sent: the body.
        signed: whether a text is data that the organisation has signed, and still good.
        unknown_fields: ``ignore`` or ``400``.

    Raises:
        answers.Refusal: the platform's, for the first fault found.
    """
    if unknown_fields == "400":
        _check_fields(sent)
    if sent.get("organizationId") != organization.id:
        raise answers.refusal("not.found")
    authenticated = _authenticated(_deployment(organization, sent), sent, signed)
    target = checks.part(sent, "routingTarget")
    if target is None:
        raise checks.null("routingtarget")
    queue = _queue(organization, target)
    guest = _guest(checks.part(sent, "memberInfo") or {})
    journey = _journey(checks.part(sent, "journeyContext"))
    skills = {name.casefold() for name in checks.texts(target, "skills", "routingTarget.")}
    language = checks.text(target, "language", "routingTarget.").casefold()
    return Creation(
        queue,
        guest,
        tuple(one.id for one in organization.skills if one.name.casefold() in skills),
        next((one.id for one in organization.languages if one.name.casefold() == language), None),
        checks.whole(target, "priority", "routingTarget.") or 0,
        authenticated,
        journey,
    )


def _check_fields(sent: dict[str, Any]) -> None:
    for place, model in _MODELS.items():
        found = sent.get(place) if place else sent
        if isinstance(found, dict):
            checks.check_fields(model, found)


def _deployment(organization: Organization, sent: dict[str, Any]) -> Deployment:
    wanted = checks.text(sent, "deploymentId")
    if not wanted:
        raise checks.refusal("chat.error.pattern.createconversationrequest.deploymentid")
    found = next((one for one in organization.deployments if one.id == wanted), None)
    if found is None:
        raise answers.refusal("not.found")
    return found


def _authenticated(deployment: Deployment, sent: dict[str, Any], signed: Callable[[str], bool]) -> bool:
    """Whether the guest is authenticated: with good signed data, by any deployment; bad data never pass."""
    if not deployment.enabled:
        raise checks.refusal("chat.deployment.disabled")
    token = checks.text(sent, "memberAuthToken")
    if token and not signed(token):
        raise checks.refusal("chat.deployment.bad.auth")
    if deployment.requires_auth and not token:
        raise checks.refusal("chat.deployment.require.auth")
    return bool(token)


def _queue(organization: Organization, target: dict[str, Any]) -> Queue:
    name = checks.text(target, "targetAddress", "routingTarget.")
    # The type in lower case was seen to work.
    if checks.text(target, "targetType", "routingTarget.").upper() != "QUEUE" or not name:
        raise checks.refusal("chat.error.createconversationrequest.routingtarget")
    queue = organization.queue_named(name)
    if queue is None or "chat" not in queue.media:
        raise checks.refusal("chat.error.invalid.queue")
    return queue


def _guest(info: dict[str, Any]) -> dict[str, Any]:
    name = checks.text(info, "displayName", "memberInfo.")
    if not name:
        raise checks.null("memberinfo.displayname")
    guest: dict[str, Any] = {"displayName": name}
    told = ((field, checks.text(info, field, "memberInfo.")) for field in _TEXTS)
    guest |= {field: value for field, value in told if value}
    custom = checks.part(info, "customFields", "memberInfo.")
    if custom:
        guest["customFields"] = {
            field: checks.text(custom, field, "memberInfo.customFields.") for field in custom
        }
    return guest


def _journey(context: dict[str, Any] | None) -> Journey | None:
    """The journey that a page tells of, once it says all that it must."""
    if context is None:
        return None
    customer = checks.part(context, "customer", "journeyContext.")
    if customer is None:
        raise checks.null("journeycontext.customer")
    session = checks.part(context, "customerSession", "journeyContext.")
    action = checks.part(context, "triggeringAction", "journeyContext.")
    rule = (
        {} if action is None else checks.part(action, "actionMap", "journeyContext.triggeringAction.") or {}
    )
    who = _due(customer, "id", "customer.customerid"), _due(customer, "idType", "customer.customeridtype")
    if session is None:
        visit: tuple[str | None, str | None] = (None, None)
    else:
        visit = (
            _due(session, "id", "customersession.sessionid"),
            _due(session, "type", "customersession.sessionidtype"),
        )
    if action is None:
        return Journey(*who, *visit)
    invited = (
        _due(action, "id", "triggeringaction.actionid"),
        _due(rule, "id", "triggeringaction.actionmapid"),
    )
    version = checks.whole(rule, "version", "journeyContext.")
    if version is None:
        raise checks.null("journeycontext.triggeringaction.actionmapversion")
    return Journey(*who, *visit, *invited, version)


def _due(part: dict[str, Any], field: str, name: str) -> str:
    """A text that a journey must have; ``name`` is that of the platform's code."""
    found = checks.text(part, field, "journeyContext.")
    if not found:
        raise checks.null(f"journeycontext.{name}")
    return found
