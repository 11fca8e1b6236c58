"""What a guest asks of an ACD web chat (version 2), each answer whole and read. No event stream here."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from gcanalytics.api import webchat
from gcanalytics.errors import ApiError, DeliveryUnknown, GenesysError, IncompletePull
from gcanalytics.guestchat import reading
from gcanalytics.guestchat.access import GuestToken
from gcanalytics.guestchat.answers import ChatResponse
from gcanalytics.guestchat.events import MediaRequest, Member, Message, Said, Typing
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest

T = TypeVar("T")
# What the platform says to somebody who is not in the chat (any more, or not yet).
_OVER = frozenset({"chat.error.member.state", "chat.error.conversation.state"})
_HINTS = {
    "chat.error.member.state": "The guest is not in this chat, or not any more; open another one.",
    "chat.error.conversation.state": "The chat has not begun yet, or it has ended.",
    "chat.error.invalid.queue": "Give the queue's exact name, and a queue that takes chats.",
    "chat.deployment.disabled": "Whoever looks after the organisation can enable the deployment.",
    "chat.deployment.require.auth": "This deployment takes signed-in guests only: pass member_auth_token=.",
    "chat.deployment.bad.auth": "The member_auth_token= is not (or no longer) good; get another one.",
    "not.found": "Check the ids: organization_id= and deployment_id=, or those of the chat.",
    "authentication.required": "This needs the chat's token; set_jwt() takes one.",
    "origin.not.allowed": "The deployment does not take chats from here.",
}
_HINTS_OF_STATUS = {
    401: "The chat's token is wrong or has ended; set_jwt() takes another one.",
    403: "The token is not this chat's or this guest's.",
}


class AcdCalls:
    """The calls of one chat, from any thread.

    Args:
        rest: with the chat's token.
        token: that token.
        conversation_id: the chat.
        member_id: the guest.

    Attributes:
        left: whether the guest's part has ended, as far as answers have told.
    """

    def __init__(self, rest: Rest, token: GuestToken, conversation_id: str, member_id: str) -> None:
        self._rest = rest
        self._token = token
        self.conversation_id = conversation_id
        self.member_id = member_id
        self.left = False
        self._sending = threading.Lock()
        self._sent: set[str] = set()
        self._lost: Counter[str] = Counter()

    def set_jwt(self, jwt: str) -> None:
        """Use another token from the next request on."""
        self._token.replace(jwt)

    def sent_before(self, said: list[Said]) -> None:
        """Take note of messages that were there before the first was sent from here."""
        self._sent.update(each.id for each in said if isinstance(each, Message) and each.own)

    def send(self, text: str, body_type: str) -> ChatResponse[Message]:
        """Say something. One at a time, so that the order is the caller's.

        Where no usable answer comes, the chat's messages are asked whether it is there; the answer is
        theirs then.
        """
        body = {"body": text, "bodyType": body_type}
        with self._sending:
            try:
                answer = self._ask(webchat.send_message, self.member_id, body)
            except DeliveryUnknown as unknown:
                return self._looked_up(text, unknown)
            sent = reading.message(answer.data, self.member_id)
            self._sent.add(sent.id)
        return ChatResponse.of(answer, sent)

    def _looked_up(self, text: str, unknown: DeliveryUnknown) -> ChatResponse[Message]:
        """The message that was sent, found among those of the chat.

        It is one of the same words that no earlier sending accounts for. Not to find it says little: a
        gateway may give up before the platform is done.
        """
        try:
            pages = webchat.message_pages(self._rest, self.conversation_id)
            found = [
                (answer, read)
                for answer, page in pages
                for read in (reading.said(each, self.member_id) for each in page)
                if isinstance(read, Message) and read.own and read.body == text and read.id not in self._sent
            ]
        except GenesysError:
            unknown.hint = "The chat's messages could not be asked; messages() tells whether it is there."
            self._lost[text] += 1
            raise unknown from None
        if len(found) <= self._lost[text]:
            self._lost[text] += 1
            unknown.hint = (
                "It is not among the chat's messages now, and may come still; messages() tells."
                if not found
                else "One of these words is there, and it may be one that was sent before; messages() tells."
            )
            raise unknown
        del self._lost[text]
        self._sent.update(message.id for _, message in found)
        answer, sent = found[-1]
        return ChatResponse.of(answer, sent)

    def typing(self) -> ChatResponse[Typing]:
        """Show that the guest types."""
        answer = self._ask(webchat.send_typing, self.member_id)
        return ChatResponse.of(answer, reading.typing(answer.data, self.member_id))

    def message(self, message_id: str) -> ChatResponse[Said]:
        """One message."""
        answer = self._ask(webchat.message, message_id)
        return ChatResponse.of(answer, reading.said(answer.data, self.member_id))

    def messages(
        self, *, after: str | None, before: str | None, newest_first: bool, max_results: int
    ) -> ChatResponse[tuple[Said, ...]]:
        """A page of messages."""
        answer = self._ask(
            webchat.messages,
            after=after,
            before=before,
            sort_order="descending" if newest_first else "ascending",
            max_results=max_results,
        )
        return ChatResponse.of(answer, tuple(self._said(webchat.entities(answer))))

    def all_messages(self, *, after: str | None = None, before: str | None = None) -> list[Said]:
        """Every message between two, the oldest first."""

        def walked(rest: Rest, conversation_id: str) -> list[dict[str, Any]]:
            pages = webchat.message_pages(rest, conversation_id, after=after, before=before)
            return [each for _, page in pages for each in page]

        return self._said(self._hinted(walked))

    def _said(self, found: list[dict[str, Any]]) -> list[Said]:
        return [reading.said(each, self.member_id) for each in found]

    def member(self, member_id: str) -> ChatResponse[Member]:
        """One member."""
        answer = self._ask(webchat.member, member_id)
        return ChatResponse.of(answer, reading.member(answer.data))

    def members(
        self, *, page_number: int, page_size: int, present_only: bool
    ) -> ChatResponse[tuple[Member, ...]]:
        """A page of members."""
        answer = self._ask(
            webchat.members, page_number=page_number, page_size=page_size, exclude_disconnected=present_only
        )
        return ChatResponse.of(answer, tuple(reading.member(each) for each in webchat.entities(answer)))

    def all_members(self, *, present_only: bool = False) -> list[Member]:
        """Every member."""
        try:
            found = self._hinted(
                lambda rest, chat: webchat.all_members(rest, chat, exclude_disconnected=present_only)
            )
        except IncompletePull as short:
            short.found = [reading.member(each) for each in short.found]
            raise
        return [reading.member(each) for each in found]

    def leave(self) -> ChatResponse[None]:
        """End the guest's part."""
        answer = self._ask(webchat.leave, self.member_id)
        self.left = True
        return ChatResponse.of(answer, None)

    def is_over(self, error: ApiError) -> bool:
        """Whether a refusal says that the guest is not in the chat (any more)."""
        return error.code in _OVER

    def media_requests(self) -> ChatResponse[tuple[MediaRequest, ...]]:
        """What the agent asks for beside the chat."""
        answer = self._ask(webchat.media_requests)
        return ChatResponse.of(answer, tuple(map(reading.media_request, webchat.entities(answer))))

    def media_request(self, request_id: str) -> ChatResponse[MediaRequest]:
        """One of these."""
        answer = self._ask(webchat.media_request, request_id)
        return ChatResponse.of(answer, reading.media_request(answer.data))

    def answer_media_request(self, request_id: str, state: str) -> ChatResponse[MediaRequest]:
        """Accept or decline; where no usable answer comes, the request is asked for its state."""
        try:
            answer = self._ask(webchat.answer_media_request, request_id, state)
        except DeliveryUnknown as unknown:
            try:
                now = self.media_request(request_id)
            except GenesysError:
                raise unknown from None
            if now.body.state != state:
                raise
            return now
        return ChatResponse.of(answer, reading.media_request(answer.data))

    def _ask(self, call: Callable[..., ApiResponse], *args: Any, **options: Any) -> ApiResponse:
        return self._hinted(lambda rest, chat: call(rest, chat, *args, **options))

    def _hinted(self, call: Callable[[Rest, str], T]) -> T:
        return hinted(lambda: call(self._rest, self.conversation_id))


def hinted(call: Callable[[], T]) -> T:
    """What a call gives; its error says what a guest can do, who has no OAuth client."""
    try:
        return call()
    except ApiError as error:
        error.hint = _HINTS.get(error.code or "") or _HINTS_OF_STATUS.get(error.status or 0) or error.hint
        raise
