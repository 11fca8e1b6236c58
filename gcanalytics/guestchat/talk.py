"""What a guest says and asks in an open chat, each under a plain name with a typed result. No events here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcanalytics.errors import ApiError, IncompletePull
from gcanalytics.guestchat.calls import ChatCalls, Standing, checked_between
from gcanalytics.guestchat.creation import words
from gcanalytics.guestchat.events import MediaRequest, Member, Message, Said, Typing
from gcanalytics.guestchat.protocol import Calls
from gcanalytics.guestchat.transcript import Record, transcript

if TYPE_CHECKING:
    import pandas as pd


class Talk:
    """The part of :class:`~gcanalytics.GuestChat` that sends and asks; from any thread."""

    def __init__(self, calls: Calls) -> None:
        self._asking = calls
        self._standing = Standing(left=calls.left)
        self._record = Record(calls.member_id)
        self._calls = ChatCalls(calls, self._standing)

    def set_jwt(self, jwt: str) -> None:
        """Use another token from the next request on, as where the old one has ended.

        Raises:
            QueryError: it is no text; nothing changes.
        """
        self._asking.set_jwt(words("jwt", jwt))

    @property
    def conversation_id(self) -> str:
        """The chat's id; the queue's history has it under the same one."""
        return self._asking.conversation_id

    @property
    def member_id(self) -> str:
        """The guest's own id in the chat."""
        return self._asking.member_id

    @property
    def is_open(self) -> bool:
        """Whether the guest is in the chat and hears it, as far as the events taken so far tell."""
        return self._standing.is_open

    def send(self, text: str, *, body_type: str = "standard") -> Message:
        """Say something; the platform's copy of the message.

        Where no usable answer comes, the chat's messages are asked whether it is there. It is never sent
        twice.

        Args:
            text: 1 to 4,000 characters, not only blanks.
            body_type: ``standard``, or another of the contract's (``notice``).

        Raises:
            QueryError: empty, too long, of an unknown type, or the chat was closed here; nothing was sent.
            DeliveryUnknown: no answer came, and the chat's messages do not tell.
            ApiError: the platform refused, as after the end of the chat (``chat.error.conversation.state``).
            ConnectionFailed: the platform is not reached.
        """
        sent = self._calls.send(text, body_type=body_type).body
        self._record.read([sent])
        return sent

    def typing(self) -> Typing:
        """Show the others that the guest types.

        Raises:
            QueryError: the chat was closed here.
            ApiError, ConnectionFailed: as with :meth:`send`.
        """
        return self._calls.typing().body

    def message(self, message_id: str) -> Said:
        """One message by its id.

        Raises:
            QueryError: the chat was closed here, or this is no id.
            ApiError, ConnectionFailed: there is none (``chat.error.not.found``), or as with :meth:`messages`.
        """
        return self._calls.message(message_id).body

    def messages(self, *, after: str | None = None, before: str | None = None) -> list[Said]:
        """All that was said, the oldest first, with the comings and goings; page by page to the end.

        Args:
            after: id of a message; only what was said later.
            before: id of a message; only what was said earlier.

        Raises:
            QueryError: the chat was closed here, or an id is none.
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        after, before = checked_between(after, before)
        said = self._calls.readable().all_messages(after=after, before=before)
        self._record.read(said)
        return said

    def member(self, member_id: str | None = None) -> Member:
        """One member by its id; the guest without one.

        Raises:
            QueryError: the chat was closed here, or this is no id.
            ApiError, ConnectionFailed: there is none (``chat.error.not.found``), or as with :meth:`messages`.
        """
        return self._calls.member(self.member_id if member_id is None else member_id).body

    def members(self, *, present_only: bool = False) -> list[Member]:
        """Who is or was in the chat; page by page to the end.

        Args:
            present_only: leave out who has gone.

        Raises:
            QueryError: the chat was closed here.
            IncompletePull: the platform counts more members than it lists; ``found`` has these.
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        found = self._calls.readable().all_members(present_only=present_only)
        self._record.met(found)
        return found

    def transcript(self) -> pd.DataFrame:
        """The chat so far: a row a message, a coming or a going, the oldest first.

        While the chat is open here, messages and members are asked for anew; whom the platform does not list
        has no name. After :meth:`GuestChat.close`, and where the platform tells a guest who has left nothing,
        it is what was read until then.
        ``gca.to_csv(chat.transcript(), path, excel=True)`` writes a file in which nothing that somebody wrote
        is taken for a formula.

        Returns:
            Columns ``conversationId``, ``time``, ``role``, ``name``, ``own``, ``body``, ``body_type``,
            ``member_id``, ``message_id``; see ``gcanalytics.guestchat.transcript.TRANSCRIPT``.

        Raises:
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        if not self._standing.closed:
            try:
                self.messages()
                self.members()
            except IncompletePull as short:
                self._record.met(short.found)
            except ApiError:
                if self._standing.can_leave:
                    raise
        return transcript(self.conversation_id, self._record.lines())

    def media_requests(self) -> list[MediaRequest]:
        """What the agent asks the guest for beside the chat.

        Raises:
            QueryError: the chat was closed here.
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        return list(self._calls.media_requests().body)

    def media_request(self, request_id: str) -> MediaRequest:
        """One of these, by its id. Raises as :meth:`media_requests`."""
        return self._calls.media_request(request_id).body

    def accept_media_request(self, request_id: str) -> MediaRequest:
        """Say yes to it; the request as it is then.

        Raises:
            QueryError: the chat is over here, or this is no id.
            DeliveryUnknown: no answer came, and the request's state does not tell.
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        return self._calls.accept_media_request(request_id).body

    def decline_media_request(self, request_id: str) -> MediaRequest:
        """Say no to it; the request as it is then. Raises as :meth:`accept_media_request`."""
        return self._calls.decline_media_request(request_id).body

    def fail_media_request(self, request_id: str) -> MediaRequest:
        """Say that it did not work, as after it was accepted. Raises as :meth:`accept_media_request`."""
        return self._calls.fail_media_request(request_id).body

    def leave(self) -> None:
        """End the guest's part. A second call does nothing, nor one after the guest was put out.

        The events that are still under way can be read until the final
        :class:`~gcanalytics.guestchat.events.Closing`.

        Raises:
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        if self._standing.can_leave:
            try:
                self._calls.leave()
            except ApiError as error:
                if not self._asking.is_over(error):
                    raise
