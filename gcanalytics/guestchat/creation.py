"""The body that opens an ACD web chat, from the guest's arguments; each is checked. No network.

No error here repeats what the guest told: names, addresses and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gcanalytics.errors import QueryError

_SPELT = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "phone_number": "phoneNumber",
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
) -> dict[str, Any]:
    """A CreateWebChatConversationRequest.

    Raises:
        QueryError: an argument is empty or of a wrong kind.
    """
    target: dict[str, Any] = {"targetType": "QUEUE", "targetAddress": _words("queue", queue)}
    if isinstance(skills, str) or not isinstance(skills, Iterable):
        raise QueryError(f"skills= takes a list of names, not {type(skills).__name__}.")
    if skills:
        target["skills"] = [_words("skills", skill) for skill in skills]
    if language is not None:
        target["language"] = _words("language", language)
    if priority is not None:
        if not isinstance(priority, int) or isinstance(priority, bool):
            raise QueryError(f"priority= takes a whole number, not {priority!r}.")
        target["priority"] = priority
    body: dict[str, Any] = {
        "organizationId": _words("organization_id", organization_id),
        "deploymentId": _words("deployment_id", deployment_id),
        "routingTarget": target,
        "memberInfo": member,
    }
    if member_auth_token is not None:
        body["memberAuthToken"] = _words("member_auth_token", member_auth_token)
    return body


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
    member: dict[str, Any] = {"displayName": _words("display_name", names.pop("display_name"))}
    member |= {_SPELT[name]: _words(name, value) for name, value in names.items() if value is not None}
    if avatar_url is not None:
        member["avatarImageUrl"] = _words("avatar_url", avatar_url)
    if custom_fields is not None and not isinstance(custom_fields, Mapping):
        raise QueryError(f"custom_fields= takes names and their texts, not {type(custom_fields).__name__}.")
    if custom_fields:
        member["customFields"] = {
            _words("custom_fields", name): _words(f"custom_fields[{name!r}]", value, empty=True)
            for name, value in custom_fields.items()
        }
    return member


def _words(name: str, value: object, *, empty: bool = False) -> str:
    """A text that is one and not empty."""
    if not isinstance(value, str):
        raise QueryError(f"{name}= takes a text, not {type(value).__name__}.")
    if not empty and not value.strip():
        raise QueryError(f"{name}= must not be empty.")
    return value
