"""Lists of the organisation: queues and their members, wrap-up codes, skills, users, divisions; dicts out.

Every list has the same envelope: ``entities``, ``pageNumber``, ``pageCount``, and ``nextUri`` on all pages
but the last (Genesys' queue-notifications example ends there). Permissions are those of the official SDK's
endpoint documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gcanalytics.api.paging import entities
from gcanalytics.api.query import check_id
from gcanalytics.transport.rest import Rest

if TYPE_CHECKING:
    from gcanalytics.contract.answers import (
        AuthzDivision,
        Language,
        OrganizationPresenceDefinition,
        Queue,
        QueueMember,
        RoutingSkill,
        User,
        WrapupCode,
    )

_LARGE = 500
"""Page size of queues and users; two public clients send it and name it the most."""


def queues(rest: Rest) -> list[Queue]:
    """All queues: ``GET /api/v2/routing/queues``, permission ``routing:queue:view``."""
    return entities(rest, "/api/v2/routing/queues", page_size=_LARGE, params={"sortOrder": "asc"})


def queue_members(rest: Rest, queue_id: str, *, expand: Sequence[str] = ()) -> list[QueueMember]:
    """Members of a queue: ``GET /api/v2/routing/queues/{id}/members``.

    Permission ``routing:queue:view``; 100 a page at most, says the SDK.

    Args:
        rest: the connection.
        queue_id: the queue.
        expand: ``routingStatus``, ``presence``.
    """
    path = f"/api/v2/routing/queues/{check_id('queue', queue_id)}/members"
    return entities(rest, path, page_size=100, params={"expand": ",".join(expand) or None})


def wrapup_codes(rest: Rest) -> list[WrapupCode]:
    """All wrap-up codes: ``GET /api/v2/routing/wrapupcodes``, permission ``routing:wrapupCode:view``.

    The system's own code ``ININ-WRAP-UP-TIMEOUT``, seen in recorded segments, is in no list.
    """
    return entities(rest, "/api/v2/routing/wrapupcodes", page_size=100, params={"sortBy": "name"})


def skills(rest: Rest) -> list[RoutingSkill]:
    """All ACD skills: ``GET /api/v2/routing/skills``; no permission is needed."""
    return entities(rest, "/api/v2/routing/skills", page_size=100)


def languages(rest: Rest) -> list[Language]:
    """All ACD languages: ``GET /api/v2/routing/languages``."""
    return entities(rest, "/api/v2/routing/languages", page_size=100)


def users(rest: Rest) -> list[User]:
    """All users, active or not: ``GET /api/v2/users?state=any``; no permission is needed.

    The default ``state=active`` leaves out those who handled last month's calls and have gone.
    """
    return entities(rest, "/api/v2/users", page_size=_LARGE, params={"state": "any", "sortOrder": "ASC"})


def divisions(rest: Rest) -> list[AuthzDivision]:
    """All divisions: ``GET /api/v2/authorization/divisions``; no permission is needed."""
    return entities(rest, "/api/v2/authorization/divisions", page_size=100)


def presences(rest: Rest) -> list[OrganizationPresenceDefinition]:
    """The presence definitions: ``GET /api/v2/presence/definitions``.

    Permission ``presence:presenceDefinition:view``. The list has no pages.
    """
    answer = rest.request("GET", "/api/v2/presence/definitions")
    page = answer.data
    listed = page.get("entities") if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(listed, list | None):
        raise answer.error("The platform answered with JSON that is no list of entities.")
    found: list[OrganizationPresenceDefinition] = list(listed or ())
    return [one for one in found if isinstance(one, dict) and one.get("id")]
