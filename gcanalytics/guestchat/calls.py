"""Every call of an open chat with its whole answer: arguments and the chat's end are checked before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gcanalytics.errors import ApiError, QueryError, UnknownName
from gcanalytics.guestchat.answers import ChatResponse
from gcanalytics.guestchat.events import MediaRequest, Member, Message, Said, Typing
from gcanalytics.guestchat.protocol import Calls

MESSAGE_MAX: Final = 4_000  # characters: "body ... limited to 4,000 characters" (CreateWebChatMessageRequest)
PAGE_MAX: Final = 100
# CreateWebChatMessageRequest.bodyType.
BODY_TYPES: Final = ("standard", "notice", "member-join", "member-leave", "media-request")


@dataclass
class Standing:
    """Whether a chat goes on, as far as this side knows.

    Attributes:
        over: the events have come to their end.
        lost: they have because the stream is lost; the guest may still be in the chat.
        left: the guest has left.
        closed: the chat was closed here.
    """

    over: bool = False
    lost: bool = False
    left: bool = False
    closed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the guest is still in the chat."""
        return not (self.over or self.left or self.closed)

    @property
    def can_leave(self) -> bool:
        """Whether the platform may count the guest as in the chat still."""
        return (self.lost or not self.over) and not (self.left or self.closed)


class ChatCalls:
    """The calls of :class:`~gcanalytics.GuestChat`, each with the platform's whole answer; from any thread.

    Each has the errors of the method of the same name. A list is one page of the platform here.
    """

    def __init__(self, calls: Calls, standing: Standing) -> None:
        self._calls = calls
        self._standing = standing

    def send(self, text: str, *, body_type: str = "standard") -> ChatResponse[Message]:
        """Say something. Of a message whose own answer was lost, the answer is the list it was found in."""
        if not isinstance(text, str) or not text.strip():
            raise QueryError("A message needs some text.")
        if len(text) > MESSAGE_MAX:
            raise QueryError(
                f"A message has {MESSAGE_MAX:,} characters at most; this one has {len(text):,}.",
                hint="Send it in several parts.",
            )
        if body_type not in BODY_TYPES:
            raise UnknownName("body type", str(body_type), BODY_TYPES)
        return self._open().send(text, body_type)

    def typing(self) -> ChatResponse[Typing]:
        """Show the others that the guest types."""
        return self._open().typing()

    def message(self, message_id: str) -> ChatResponse[Said]:
        """One message."""
        return self.readable().message(_id("message_id", message_id))

    def messages(
        self,
        *,
        after: str | None = None,
        before: str | None = None,
        newest_first: bool = False,
        max_results: int = PAGE_MAX,
    ) -> ChatResponse[tuple[Said, ...]]:
        """A page of messages, 100 at most; ``data`` has the platform's ``next`` and ``previousPage``."""
        after, before = checked_between(after, before)
        return self.readable().messages(
            after=after,
            before=before,
            newest_first=newest_first,
            max_results=_whole("max_results", max_results, PAGE_MAX),
        )

    def member(self, member_id: str) -> ChatResponse[Member]:
        """One member."""
        return self.readable().member(_id("member_id", member_id))

    def members(
        self, *, page_number: int = 1, page_size: int = PAGE_MAX, present_only: bool = False
    ) -> ChatResponse[tuple[Member, ...]]:
        """A page of members, 100 at most; ``data`` has ``total`` and ``pageCount``."""
        return self.readable().members(
            page_number=_whole("page_number", page_number),
            page_size=_whole("page_size", page_size, PAGE_MAX),
            present_only=present_only,
        )

    def leave(self) -> ChatResponse[None]:
        """End the guest's part.

        Raises:
            QueryError: it was left or closed before; nothing was sent.
            ApiError, ConnectionFailed: the platform refuses (also where the guest was put out before) or is
                not reached.
        """
        try:
            answer = self._where(self._standing.can_leave).leave()
        except ApiError as error:
            self._standing.left = self._standing.left or self._calls.is_over(error)
            raise
        self._standing.left = True
        return answer

    def media_requests(self) -> ChatResponse[tuple[MediaRequest, ...]]:
        """What the agent asks for beside the chat."""
        return self.readable().media_requests()

    def media_request(self, request_id: str) -> ChatResponse[MediaRequest]:
        """One of these."""
        return self.readable().media_request(_id("request_id", request_id))

    def accept_media_request(self, request_id: str) -> ChatResponse[MediaRequest]:
        """Say yes to it."""
        return self._open().answer_media_request(_id("request_id", request_id), "ACCEPTED")

    def decline_media_request(self, request_id: str) -> ChatResponse[MediaRequest]:
        """Say no to it."""
        return self._open().answer_media_request(_id("request_id", request_id), "DECLINED")

    def fail_media_request(self, request_id: str) -> ChatResponse[MediaRequest]:
        """Say that it did not work."""
        return self._open().answer_media_request(_id("request_id", request_id), "ERRORED")

    def _open(self) -> Calls:
        return self._where(self._standing.is_open)

    def readable(self) -> Calls:
        """The calls that read, which a chat that is over has still.

        Raises:
            QueryError: the chat was closed here.
        """
        return self._where(not self._standing.closed)

    def _where(self, possible: bool) -> Calls:
        if not possible and self._standing.can_leave:
            raise QueryError(
                "This chat's event stream is lost.",
                hint="GuestChat.resume(...) takes the chat up again, from what chat.created.data holds.",
            )
        if not possible:
            raise QueryError("This chat is over.", hint="Open another one with GuestChat.start(...).")
        return self._calls


def checked_between(after: str | None, before: str | None) -> tuple[str | None, str | None]:
    """Two ids of messages, each of which may be None.

    Raises:
        QueryError: one is no id.
    """
    return (
        None if after is None else _id("after", after),
        None if before is None else _id("before", before),
    )


def _id(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise QueryError(f"{name}= takes an id, not {value!r}.")
    return value


def _whole(name: str, value: object, most: int | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (most and value > most):
        bound = f" from 1 to {most}" if most else " from 1"
        raise QueryError(f"{name}= takes a whole number{bound}, not {value!r}.")
    return value
