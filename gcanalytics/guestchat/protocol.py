"""What a way of chatting with the platform must give, so that a second one can stand beside the first.

Today there is one: the ACD web chat (:mod:`gcanalytics.guestchat.acdchat`).
"""

from __future__ import annotations

from typing import Protocol

from gcanalytics.errors import ApiError
from gcanalytics.guestchat.answers import ChatResponse
from gcanalytics.guestchat.events import Event, MediaRequest, Member, Message, Said, Typing
from gcanalytics.transport.response import ApiResponse


class Calls(Protocol):
    """What the guest asks of an open chat, from any thread; the answers are whole and read.

    Arguments have been checked before.

    Attributes:
        conversation_id: the chat's id.
        member_id: the guest's own id in it.
        left: whether the guest's part has ended, as far as answers have told.
    """

    conversation_id: str
    member_id: str
    left: bool

    def set_jwt(self, jwt: str) -> None:
        """Use another token from the next request on."""

    def send(self, text: str, body_type: str) -> ChatResponse[Message]:
        """Say something, never twice."""

    def typing(self) -> ChatResponse[Typing]:
        """Show that the guest types."""

    def message(self, message_id: str) -> ChatResponse[Said]:
        """One message."""

    def messages(
        self, *, after: str | None, before: str | None, newest_first: bool, max_results: int
    ) -> ChatResponse[tuple[Said, ...]]:
        """A page of messages."""

    def all_messages(self, *, after: str | None = None, before: str | None = None) -> list[Said]:
        """All that was said between two messages, the oldest first."""

    def member(self, member_id: str) -> ChatResponse[Member]:
        """One member."""

    def members(
        self, *, page_number: int, page_size: int, present_only: bool
    ) -> ChatResponse[tuple[Member, ...]]:
        """A page of members."""

    def all_members(self, *, present_only: bool = False) -> list[Member]:
        """Who is or was in the chat."""

    def leave(self) -> ChatResponse[None]:
        """End the guest's part."""

    def is_over(self, error: ApiError) -> bool:
        """Whether a refusal says that the guest is not in the chat (any more)."""

    def media_requests(self) -> ChatResponse[tuple[MediaRequest, ...]]:
        """What the agent asks for beside the chat."""

    def media_request(self, request_id: str) -> ChatResponse[MediaRequest]:
        """One of these."""

    def answer_media_request(self, request_id: str, state: str) -> ChatResponse[MediaRequest]:
        """``ACCEPTED``, ``DECLINED`` or ``ERRORED``."""


class ChatProtocol(Protocol):
    """An open chat, seen from the guest: its calls and its events.

    ``take`` belongs to one thread at a time; all else may be called from any.

    Attributes:
        created: the answer with which the chat was opened or taken up.
        calls: what can be asked.
    """

    created: ApiResponse

    @property
    def calls(self) -> Calls:
        """What can be asked."""

    def connect(self, timeout_s: float) -> None:
        """Open the event stream, or raise ConnectionFailed after so many seconds."""

    def take(self, timeout_s: float) -> list[Event]:
        """The next events, in order; waits so many seconds for the first.

        A final :class:`~gcanalytics.guestchat.events.Closing` is the last of all. What was said while
        the stream was broken is fetched, and nothing is given twice.
        """

    def disconnect(self) -> None:
        """Close the event stream; idempotent."""
