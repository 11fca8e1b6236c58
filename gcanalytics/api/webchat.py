"""Guest side of the ACD web chat (version 2), one function an endpoint; each gives the whole answer.

The endpoints and their fields are those of the guest chat SDKs (WebChatApi). Every call but the creation
carries the chat's own JWT as ``Authorization: Bearer``; no OAuth client and no permission is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from gcanalytics.api import paging
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest

CONVERSATIONS = "/api/v2/webchat/guest/conversations"
MEMBERS_A_PAGE = 100
MESSAGES_MAX = 100  # "maxResults ... max 100" in the guest SDKs' documentation


def create_conversation(rest: Rest, body: dict[str, Any]) -> ApiResponse:
    """POST .../conversations: open a chat into a queue.

    Never sent twice unasked: each time would be a chat. The platform routes it only when its event
    stream is open.

    Args:
        rest: without a token.
        body: a CreateWebChatConversationRequest; ``routingTarget.targetAddress`` is the queue's *name*.
    """
    return rest.request("POST", CONVERSATIONS, json=body, repeatable=False)


def send_message(rest: Rest, conversation_id: str, member_id: str, body: dict[str, Any]) -> ApiResponse:
    """POST .../members/{memberId}/messages: say something, 4,000 characters at most."""
    path = f"{_member(conversation_id, member_id)}/messages"
    return rest.request("POST", path, json=body, repeatable=False)


def send_typing(rest: Rest, conversation_id: str, member_id: str) -> ApiResponse:
    """POST .../members/{memberId}/typing, without a body: show that the guest types."""
    # Shown twice it does no harm.
    return rest.request("POST", f"{_member(conversation_id, member_id)}/typing", repeatable=True)


def messages(
    rest: Rest,
    conversation_id: str,
    *,
    after: str | None = None,
    before: str | None = None,
    sort_order: str = "ascending",
    max_results: int = MESSAGES_MAX,
) -> ApiResponse:
    """GET .../messages: a page of what was said.

    Args:
        rest: with the chat's JWT.
        conversation_id: the chat.
        after: id of a message; only later ones.
        before: id of a message; only earlier ones.
        sort_order: ``ascending`` or ``descending``.
        max_results: 100 at most.
    """
    given = {"after": after, "before": before, "sortOrder": sort_order, "maxResults": max_results}
    params = {name: value for name, value in given.items() if value is not None}
    return rest.request("GET", f"{_conversation(conversation_id)}/messages", params=params)


def message(rest: Rest, conversation_id: str, message_id: str) -> ApiResponse:
    """GET .../messages/{messageId}: one of them."""
    return rest.request("GET", f"{_conversation(conversation_id)}/messages/{_id(message_id)}")


def members(
    rest: Rest,
    conversation_id: str,
    *,
    page_number: int = 1,
    page_size: int = MEMBERS_A_PAGE,
    exclude_disconnected: bool = False,
) -> ApiResponse:
    """GET .../members: a page of who is or was in the chat.

    Args:
        rest: with the chat's JWT.
        conversation_id: the chat.
        page_number: from 1.
        page_size: 25 where the platform is not told.
        exclude_disconnected: leave out who has gone.
    """
    params = {
        "pageSize": page_size,
        "pageNumber": page_number,
        "excludeDisconnectedMembers": True if exclude_disconnected else None,
    }
    return rest.request("GET", f"{_conversation(conversation_id)}/members", params=params)


def message_pages(
    rest: Rest, conversation_id: str, *, after: str | None = None, before: str | None = None
) -> Iterator[tuple[ApiResponse, list[dict[str, Any]]]]:
    """Pages of messages, the oldest first, each with those that no page before had.

    A page begins after the last message of the one before.
    """
    known: set[str] = set()
    while True:
        answer = messages(rest, conversation_id, after=after, before=before)
        page = entities(answer)
        new = [each for each in page if each.get("id") not in known]
        known |= {each["id"] for each in new if isinstance(each.get("id"), str)}
        yield answer, new
        last = page[-1].get("id") if page else None
        more = len(page) >= MESSAGES_MAX or bool(answer.data.get("next"))
        # A page of known messages only would be asked for again and again.
        if not new or not more or not isinstance(last, str):
            return
        after = last


def all_members(
    rest: Rest, conversation_id: str, *, exclude_disconnected: bool = False
) -> list[dict[str, Any]]:
    """Every member of a chat, the gone ones too unless they are excluded.

    Raises:
        IncompletePull: the platform counts more members than it lists. Also all errors of the transport.
    """
    params = {"excludeDisconnectedMembers": True if exclude_disconnected else None}
    path = f"{_conversation(conversation_id)}/members"
    return paging.entities(rest, path, page_size=MEMBERS_A_PAGE, params=params)


def member(rest: Rest, conversation_id: str, member_id: str) -> ApiResponse:
    """GET .../members/{memberId}: one of them, with the role that events lack."""
    return rest.request("GET", _member(conversation_id, member_id))


def leave(rest: Rest, conversation_id: str, member_id: str) -> ApiResponse:
    """DELETE .../members/{memberId}: end the guest's part in the chat; 204."""
    # A second leaving changes nothing, so a lost answer may be asked for again.
    return rest.request("DELETE", _member(conversation_id, member_id), repeatable=True)


def media_requests(rest: Rest, conversation_id: str) -> ApiResponse:
    """GET .../mediarequests: what the agent asks the guest for, such as a shared screen."""
    return rest.request("GET", f"{_conversation(conversation_id)}/mediarequests")


def media_request(rest: Rest, conversation_id: str, request_id: str) -> ApiResponse:
    """GET .../mediarequests/{mediaRequestId}: one of them."""
    return rest.request("GET", f"{_conversation(conversation_id)}/mediarequests/{_id(request_id)}")


def answer_media_request(rest: Rest, conversation_id: str, request_id: str, state: str) -> ApiResponse:
    """PATCH .../mediarequests/{mediaRequestId}: ``ACCEPTED``, ``DECLINED`` or ``ERRORED``."""
    path = f"{_conversation(conversation_id)}/mediarequests/{_id(request_id)}"
    return rest.request("PATCH", path, json={"state": state}, repeatable=False)


def entities(answer: ApiResponse) -> list[dict[str, Any]]:
    """The objects of a list.

    Raises:
        ApiError: the answer holds no list.
    """
    body = answer.data
    found = body.get("entities") if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise answer.error("The platform's list holds no entities.")
    return [each for each in found if isinstance(each, dict)]


def _conversation(conversation_id: str) -> str:
    return f"{CONVERSATIONS}/{_id(conversation_id)}"


def _member(conversation_id: str, member_id: str) -> str:
    return f"{_conversation(conversation_id)}/members/{_id(member_id)}"


def _id(given: str) -> str:
    return quote(given, safe="")
