"""The members of a queue with what they do now: dicts in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gcanalytics.transport.rest import Rest

__all__ = ["queue_members"]

PAGE_SIZE = 100
"""The most that a page may have (official SDK's documentation of the call)."""


def queue_members(rest: Rest, queue_id: str, *, expand: Sequence[str] = ()) -> list[dict[str, Any]]:
    """All members of a queue. ``GET /api/v2/routing/queues/{queueId}/members``, ``routing:queue:view``.

    Args:
        rest: the transport.
        queue_id: the queue.
        expand: further fields, such as ``routingStatus`` or ``presence``.

    Raises:
        GenesysError: all errors of the transport.
    """
    found: list[dict[str, Any]] = []
    page = 0
    while True:
        page += 1
        body = rest.request(
            "GET",
            f"/api/v2/routing/queues/{queue_id}/members",
            params={"pageSize": PAGE_SIZE, "pageNumber": page, "expand": list(expand) or None},
        ).data
        entities = body.get("entities") if isinstance(body, dict) else None
        members = [entity for entity in entities or () if isinstance(entity, dict)]
        found += members
        # The last page has no nextUri (official queue-notifications example).
        if not members or not isinstance(body, dict) or not body.get("nextUri"):
            return found
