"""Endpoints of conversation details: one function each, bytes or dicts out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from gcanalytics.api.query import check_id
from gcanalytics.transport.rest import Rest

if TYPE_CHECKING:
    from gcanalytics.contract.bodies import ConversationQuery

_DETAILS = "/api/v2/analytics/conversations/details"


def details_query(rest: Rest, body: ConversationQuery, *, stop: threading.Event | None = None) -> bytes:
    """One page of ``POST /api/v2/analytics/conversations/details/query``, as it came.

    Permission: ``analytics:conversationDetail:view`` or ``analytics:agentConversationDetail:view``. It
    reads only, so it may be sent again. The page past the last has no ``conversations`` key (the loop in
    Genesys' developer blog, 2022-04-21); an empty body is a fault and never the end. A pull sends many of
    them, so they leave the last requests of each minute to others.

    Args:
        rest: the connection.
        body: :meth:`gcanalytics.api.query.DetailsQuery.body`.
        stop: ends the waits of this request when set.

    Raises:
        GenesysError: the platform refused, did not answer, or answered no JSON object.
    """
    answer = rest.request(
        "POST", f"{_DETAILS}/query", json=dict(body), repeatable=True, stop=stop, patient=True
    )
    if answer.content.lstrip()[:1] != b"{":
        raise answer.error("The platform answered with JSON that is no object, where a page was due.")
    return answer.content


def details(rest: Rest, conversation_id: str) -> bytes:
    """One conversation: ``GET /api/v2/analytics/conversations/{id}/details``, as it came.

    Permission as :func:`details_query`.

    Raises:
        QueryError: no id. ApiError with status 404: no such conversation.
    """
    path = f"/api/v2/analytics/conversations/{check_id('conversation', conversation_id)}/details"
    return rest.request("GET", path).content
