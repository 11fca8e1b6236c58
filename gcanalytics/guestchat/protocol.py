"""What a way of chatting with the platform must give, so that a second one can stand beside the first.

Today there is one: the ACD web chat (:mod:`gcanalytics.guestchat.acdchat`).
"""

from __future__ import annotations

from typing import Protocol

from gcanalytics.guestchat.events import Event, Joined, Left, Member, Message
from gcanalytics.transport.response import ApiResponse


class ChatProtocol(Protocol):
    """An open chat, seen from the guest.

    ``take`` belongs to one thread at a time; all else may be called from any.

    Attributes:
        created: the answer to the creation.
        conversation_id: the chat's id.
        member_id: the guest's own id in it.
    """

    created: ApiResponse
    conversation_id: str
    member_id: str

    def connect(self, timeout_s: float) -> None:
        """Open the event stream, or raise ConnectionFailed after so many seconds."""

    def take(self, timeout_s: float) -> list[Event]:
        """The next events, in order; waits so many seconds for the first.

        A final :class:`~gcanalytics.guestchat.events.Closing` is the last of all. What was said while
        the stream was broken is fetched, and nothing is given twice.
        """

    def send(self, text: str) -> Message:
        """Say something."""

    def typing(self) -> None:
        """Show that the guest types."""

    def messages(self) -> list[Message | Joined | Left]:
        """All that was said, the oldest first."""

    def members(self) -> list[Member]:
        """Who is or was in the chat."""

    def member(self, member_id: str) -> Member:
        """One of them."""

    def leave(self) -> None:
        """End the guest's part."""

    def disconnect(self) -> None:
        """Close the event stream; idempotent."""
