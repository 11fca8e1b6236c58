"""Which permission each endpoint asks for, and the platform's 403 where a client lacks it.

The permissions, and whether any or all of them are needed, are those of the official SDKs' endpoint
documentation ("Requires ANY permissions", "Requires ALL permissions"). The paths are the contract's.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from gcanalytics.simulator import answers

EVERYTHING: Final = frozenset({"*"})
"""What a client may that may everything."""

_PLACE = re.compile(r"\{[^}]*\}")


class Need(NamedTuple):
    """The permissions that an endpoint or a topic asks for.

    Attributes:
        permissions: names of the form ``domain:entity:action``; none, and every client may.
        every: whether all of them are needed; else one is enough.
    """

    permissions: tuple[str, ...] = ()
    every: bool = False

    def missing(self, held: Collection[str]) -> tuple[str, ...]:
        """What a client lacks that holds these; empty where it may. One of several is missing as all are."""
        lacking = tuple(name for name in self.permissions if not holds(held, name))
        return lacking if self.every or len(lacking) == len(self.permissions) else ()


def holds(held: Collection[str], name: str) -> bool:
    """Whether a permission is among those held, of which each part may be an asterisk."""
    if name in held or "*" in held:
        return True
    wanted = name.split(":")
    return any(
        len(parts) == len(wanted)
        and all(mine in ("*", part) for mine, part in zip(parts, wanted, strict=True))
        for parts in (each.split(":") for each in held)
    )


def refusal(need: Need, held: Collection[str]) -> answers.Refusal | None:
    """The platform's 403 for a client that holds too little, else None.

    Codes and words are recorded in public Go clients; the list stands in brackets, as quoted in public.
    """
    lacking = need.missing(held)
    if not lacking:
        return None
    listed = f"[{', '.join(lacking)}]"
    if need.every:
        code = "missing.permissions"
        text = f"You are missing the following permission(s): {listed}"
    else:
        code = "missing.any.permissions"
        text = f"You must have at least one of the following permissions assigned: {listed}"
    text = f"Unable to perform the requested action. {text}"
    return answers.Refusal(403, code, text, params={"permissions": listed})


def any_of(*permissions: str) -> Need:
    """One of these is enough."""
    return Need(permissions)


def all_of(*permissions: str) -> Need:
    """Every one of these is needed."""
    return Need(permissions, every=True)


NONE: Final = Need()
_DETAIL = any_of("analytics:conversationDetail:view", "analytics:agentConversationDetail:view")
_ONE_DETAIL = any_of("analytics:conversationDetail:view")
_AGGREGATE = any_of("analytics:conversationAggregate:view")
_QUEUE_NOW = any_of("analytics:queueObservation:view")
_USER_NOW = any_of("analytics:userObservation:view")
_USER_DETAIL = any_of("analytics:userDetail:view")
_QUEUE = all_of("routing:queue:view")
_MEMBERS = any_of(
    "routing:queue:view", "routing:queue:edit", "routing:queue:readonly", "routing:queueMember:manage"
)
_CONVERSATIONS = "/api/v2/analytics/conversations"
_USERS = "/api/v2/analytics/users"
_CHANNELS = "/api/v2/notifications/channels"

ENDPOINTS: Final[dict[tuple[str, str], Need]] = {
    ("POST", f"{_CONVERSATIONS}/details/query"): _DETAIL,
    ("GET", f"{_CONVERSATIONS}/details"): _DETAIL,
    ("GET", f"{_CONVERSATIONS}/{{conversationId}}/details"): _DETAIL,
    ("POST", f"{_CONVERSATIONS}/details/jobs"): _DETAIL,
    ("GET", f"{_CONVERSATIONS}/details/jobs/{{jobId}}"): _DETAIL,
    ("DELETE", f"{_CONVERSATIONS}/details/jobs/{{jobId}}"): _DETAIL,
    ("GET", f"{_CONVERSATIONS}/details/jobs/{{jobId}}/results"): _DETAIL,
    ("GET", f"{_CONVERSATIONS}/details/jobs/availability"): _ONE_DETAIL,
    ("POST", f"{_CONVERSATIONS}/aggregates/query"): _AGGREGATE,
    ("POST", f"{_CONVERSATIONS}/aggregates/jobs"): _AGGREGATE,
    ("GET", f"{_CONVERSATIONS}/aggregates/jobs/{{jobId}}"): _AGGREGATE,
    ("GET", f"{_CONVERSATIONS}/aggregates/jobs/{{jobId}}/results"): _AGGREGATE,
    ("POST", f"{_CONVERSATIONS}/activity/query"): _QUEUE_NOW,
    ("POST", "/api/v2/analytics/queues/observations/query"): _QUEUE_NOW,
    ("POST", "/api/v2/analytics/routing/activity/query"): _QUEUE_NOW,
    ("POST", f"{_USERS}/observations/query"): _USER_NOW,
    ("POST", f"{_USERS}/activity/query"): _USER_NOW,
    ("POST", f"{_USERS}/aggregates/query"): any_of("analytics:userAggregate:view"),
    ("POST", f"{_USERS}/details/query"): _USER_DETAIL,
    ("POST", f"{_USERS}/details/jobs"): _USER_DETAIL,
    ("GET", f"{_USERS}/details/jobs/{{jobId}}"): _USER_DETAIL,
    ("GET", f"{_USERS}/details/jobs/{{jobId}}/results"): _USER_DETAIL,
    ("GET", f"{_USERS}/details/jobs/availability"): _USER_DETAIL,
    ("GET", "/api/v2/conversations/{conversationId}"): any_of("conversation:communication:view"),
    ("GET", "/api/v2/routing/queues"): any_of("routing:queue:view"),
    ("GET", "/api/v2/routing/queues/divisionviews/all"): any_of("routing:queue:search"),
    ("GET", "/api/v2/routing/queues/{queueId}"): _QUEUE,
    ("GET", "/api/v2/routing/queues/{queueId}/members"): _MEMBERS,
    ("GET", "/api/v2/routing/wrapupcodes"): all_of("routing:wrapupCode:view"),
    ("GET", "/api/v2/routing/skills"): NONE,
    ("GET", "/api/v2/routing/languages"): NONE,
    ("GET", "/api/v2/users"): NONE,
    ("GET", "/api/v2/users/me"): NONE,
    ("GET", "/api/v2/users/{userId}"): NONE,
    ("GET", "/api/v2/users/{userId}/routingstatus"): NONE,
    ("GET", "/api/v2/users/{userId}/queues"): any_of("routing:queue:view", "routing:queue:join"),
    ("GET", "/api/v2/users/{userId}/presences/{sourceId}"): NONE,
    ("GET", "/api/v2/users/presences/{sourceId}/bulk"): NONE,
    ("GET", "/api/v2/authorization/divisions"): NONE,
    ("GET", "/api/v2/presence/definitions"): all_of("presence:presenceDefinition:view"),
    ("GET", "/api/v2/presence/definitions/{definitionId}"): all_of("presence:presenceDefinition:view"),
    ("GET", "/api/v2/organizations/me"): NONE,
    ("GET", "/api/v2/notifications/availabletopics"): NONE,
    ("GET", _CHANNELS): NONE,
    ("POST", _CHANNELS): NONE,
    ("HEAD", f"{_CHANNELS}/{{channelId}}"): NONE,
    ("GET", f"{_CHANNELS}/{{channelId}}/subscriptions"): NONE,
    ("POST", f"{_CHANNELS}/{{channelId}}/subscriptions"): NONE,
    ("PUT", f"{_CHANNELS}/{{channelId}}/subscriptions"): NONE,
    ("DELETE", f"{_CHANNELS}/{{channelId}}/subscriptions"): NONE,
}
"""What each endpoint of the contract asks for; a route that is served and not listed fails a test."""


def _plain(path: str) -> str:
    """A path whose placeholders have no names, for ours have others than the contract's."""
    return _PLACE.sub("{}", path)


_NEEDS: Final = {(method, _plain(path)): need for (method, path), need in ENDPOINTS.items()}


def need_of(method: str, path: str) -> Need | None:
    """What a route asks for, by its path with placeholders of any name; None where no line lists it."""
    found = _NEEDS.get((method, _plain(path)))
    # aiohttp answers HEAD wherever it answers GET.
    return _NEEDS.get(("GET", _plain(path))) if found is None and method == "HEAD" else found


KNOWN: Final = frozenset(name for need in ENDPOINTS.values() for name in need.permissions)
"""Every permission that an endpoint asks for; topics ask for no other."""
