"""The body that opens an ACD web chat, from the guest's arguments; each is checked. No network.

No error here repeats what the guest told: names, addresses and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gcanalytics.errors import QueryError, UnknownName

_SPELT = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "phone_number": "phoneNumber",
}
# JourneyContext of the contract: where the guest comes from, on a web site that Genesys watches.
_JOURNEY: dict[str, Any] = {
    "customer": {"id": str, "idType": str},
    "customerSession": {"id": str, "type": str},
    "triggeringAction": {"id": str, "actionMap": {"id": str, "version": int}},
}


def creation(
    *,
    organization_id: str,
    deployment_id: str,
    queue: str,
    member: dict[str, Any],
    skills: Sequence[str] = (),
    language: str | None = None,
    priority: int | None = None,
    member_auth_token: str | None = None,
    journey_context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A CreateWebChatConversationRequest.

    Raises:
        QueryError: an argument is empty or of a wrong kind.
    """
    target: dict[str, Any] = {"targetType": "QUEUE", "targetAddress": words("queue", queue)}
    if isinstance(skills, str) or not isinstance(skills, Iterable):
        raise QueryError(f"skills= takes a list of names, not {type(skills).__name__}.")
    if skills:
        target["skills"] = [words("skills", skill) for skill in skills]
    if language is not None:
        target["language"] = words("language", language)
    if priority is not None:
        if not isinstance(priority, int) or isinstance(priority, bool):
            raise QueryError(f"priority= takes a whole number, not {priority!r}.")
        target["priority"] = priority
    body: dict[str, Any] = {
        "organizationId": words("organization_id", organization_id),
        "deploymentId": words("deployment_id", deployment_id),
        "routingTarget": target,
        "memberInfo": member,
    }
    if member_auth_token is not None:
        body["memberAuthToken"] = words("member_auth_token", member_auth_token)
    if journey_context is not None:
        body["journeyContext"] = _checked("journey_context", journey_context, _JOURNEY)
    return body


def _checked(name: str, given: object, known: Mapping[str, Any]) -> dict[str, Any]:
    """An object of the contract: its properties known, those that are objects checked likewise."""
    if not isinstance(given, Mapping):
        raise QueryError(f"{name}= takes properties and their values, not {type(given).__name__}.")
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise UnknownName(f"property of {name}", str(key), known)
        inner = known[key]
        if isinstance(inner, Mapping):
            found[key] = _checked(f"{name}.{key}", value, inner)
        elif isinstance(value, inner) and not isinstance(value, bool):
            found[key] = value
        else:
            raise QueryError(f"{name}.{key} takes {inner.__name__}, not {type(value).__name__}.")
    return found


def guest(
    *, custom_fields: Mapping[str, str] | None = None, avatar_url: str | None = None, **names: Any
) -> dict[str, Any]:
    """A GuestMemberInfo with what is given.

    Args:
        custom_fields: name to text.
        avatar_url: address of a picture.
        names: ``display_name``, and any of ``first_name``, ``last_name``, ``email``, ``phone_number``.

    Raises:
        QueryError: an argument is empty or of a wrong kind.
    """
    member: dict[str, Any] = {"displayName": words("display_name", names.pop("display_name"))}
    member |= {_SPELT[name]: words(name, value) for name, value in names.items() if value is not None}
    if avatar_url is not None:
        member["avatarImageUrl"] = words("avatar_url", avatar_url)
    if custom_fields is not None and not isinstance(custom_fields, Mapping):
        raise QueryError(f"custom_fields= takes names and their texts, not {type(custom_fields).__name__}.")
    if custom_fields:
        member["customFields"] = {
            words("custom_fields", name): words(f"custom_fields[{name!r}]", value, empty=True)
            for name, value in custom_fields.items()
        }
    return member


def words(name: str, value: object, *, empty: bool = False) -> str:
    """A text that is one and not empty."""
    if not isinstance(value, str):
        raise QueryError(f"{name}= takes a text, not {type(value).__name__}.")
    if not empty and not value.strip():
        raise QueryError(f"{name}= must not be empty.")
    return value
