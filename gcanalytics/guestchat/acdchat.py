"""The ACD web chat (version 2) behind :class:`~gcanalytics.guestchat.protocol.ChatProtocol`.

REST for what the guest does, one event stream for what happens. Checks no arguments; that is ``chat``.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from gcanalytics.api import webchat
from gcanalytics.errors import ApiError, ConnectionFailed, GenesysError
from gcanalytics.guestchat import reading
from gcanalytics.guestchat.events import Closing, Event, Joined, Left, Member, MemberChange, Message
from gcanalytics.settings import Network
from gcanalytics.transport.auth import NoAuth, StaticToken
from gcanalytics.transport.listener import Doubt, Item, Listener, Overflow, StateChange
from gcanalytics.transport.listener import Message as Frame
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest

log = logging.getLogger(__name__)

# What the platform says to somebody who is not in the chat (any more, or not yet).
_OVER = frozenset({"chat.error.member.state", "chat.error.conversation.state"})
# About four minutes of growing waits; then the chat counts as lost.
_ATTEMPTS = 10
# What was missed and could not be read is asked for again after so many seconds.
_CATCH_UP_S = 5.0

MakeRest = Callable[[NoAuth | StaticToken], Rest]
MakeListener = Callable[[Callable[[], str], Network], Listener]


def listen(connect_uri: Callable[[], str], network: Network) -> Listener:
    """A listener that gives up after some minutes; a chat is not worth waiting for ever."""
    return Listener(connect_uri, network=network, give_up_after=_ATTEMPTS)


class AcdChat:
    """One ACD web chat. See :class:`~gcanalytics.guestchat.protocol.ChatProtocol` for its methods."""

    def __init__(
        self,
        created: ApiResponse,
        *,
        make_rest: MakeRest,
        network: Network,
        make_listener: MakeListener = listen,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Around the answer to a creation; sends nothing. See :meth:`create` for the arguments.

        Raises:
            ApiError: the answer lacks what a chat needs.
        """
        self.created = created
        self.conversation_id, jwt, stream_uri, self.member_id = _opened(created)
        self._clock = clock
        self._rest = make_rest(StaticToken(jwt))
        self._listener = make_listener(lambda: stream_uri, network)
        self._waiting: deque[Item] = deque()
        self._given: set[str] = set()
        self._roles: dict[str, str] = {}
        self._interrupted = False
        self._behind = False
        self._over = False

    @classmethod
    def create(
        cls,
        body: dict[str, Any],
        *,
        make_rest: MakeRest,
        network: Network,
        make_listener: MakeListener = listen,
        clock: Callable[[], float] = time.monotonic,
    ) -> AcdChat:
        """Create the conversation; its event stream is yet to be opened.

        Args:
            body: a CreateWebChatConversationRequest.
            make_rest: a Rest of the region with the given way of authorization.
            network: certificates and proxy of the event stream.
            make_listener: how to listen to it.
            clock: monotonic seconds.

        Raises:
            ApiError, ConnectionFailed: the platform refused, or did not answer; DeliveryUnknown where
                it may have opened the chat nevertheless.
        """
        creating = make_rest(NoAuth())
        try:
            created = webchat.create_conversation(creating, body)
        finally:
            creating.close()
        return cls(created, make_rest=make_rest, network=network, make_listener=make_listener, clock=clock)

    def connect(self, timeout_s: float) -> None:
        """Open the event stream: the platform routes the chat only then.

        Raises:
            ConnectionFailed: it did not open within ``timeout_s`` seconds.
            AuthenticationError, ConfigurationError: it never will.
        """
        deadline = self._clock() + timeout_s
        self._listener.start()
        reason = ""
        while True:
            items = self._listener.take(max(0.0, deadline - self._clock()))
            for number, item in enumerate(items):
                if not isinstance(item, StateChange):
                    continue
                if item.state == "open":
                    # What was before is nobody's event: the platform routes the chat only now.
                    self._waiting.extend(items[number + 1 :])
                    return
                if item.error is not None:
                    raise item.error
                reason = item.reason or reason
            if self._listener.state.state in {"failed", "stopped"} or self._clock() >= deadline:
                raise ConnectionFailed(
                    f"The chat's event stream did not open in {timeout_s:g} s. {reason}".rstrip(),
                    hint="The platform routes no chat without it, so the chat was given up.",
                )

    def take(self, timeout_s: float) -> list[Event]:
        """The next events, in order; waits ``timeout_s`` seconds for the first."""
        if self._over:
            return []
        events: list[Event] = []
        if not self._waiting:
            wait_s = min(timeout_s, _CATCH_UP_S) if self._behind else timeout_s
            self._waiting.extend(self._listener.take(wait_s))
            if self._behind:
                events += self._missed()
        while self._waiting and not events:
            # Requests may be made here: an item goes only when it is read, so that an interrupt loses none.
            events += self._events(self._waiting[0])
            self._waiting.popleft()
        if any(isinstance(event, Closing) and event.final for event in events):
            self._over = True
            self._listener.stop()
        return events

    def send(self, text: str) -> Message:
        """Say something."""
        body = {"body": text, "bodyType": "standard"}
        answer = webchat.send_message(self._rest, self.conversation_id, self.member_id, body)
        return reading.message(answer.data, self.member_id)

    def typing(self) -> None:
        """Show that the guest types."""
        webchat.send_typing(self._rest, self.conversation_id, self.member_id)

    def messages(self) -> list[Message | Joined | Left]:
        """All that was said, the oldest first."""
        found = webchat.all_messages(self._rest, self.conversation_id)
        return [reading.said(each, self.member_id) for each in found]

    def members(self) -> list[Member]:
        """Who is or was in the chat."""
        return [reading.member(each) for each in webchat.all_members(self._rest, self.conversation_id)]

    def member(self, member_id: str) -> Member:
        """One of them."""
        return reading.member(webchat.member(self._rest, self.conversation_id, member_id).data)

    def leave(self) -> None:
        """End the guest's part; nothing where it has ended already."""
        try:
            webchat.leave(self._rest, self.conversation_id, self.member_id)
        except ApiError as error:
            if error.code not in _OVER:
                raise

    def disconnect(self) -> None:
        """Close the event stream and the connections kept open."""
        self._over = True
        self._listener.stop()
        self._rest.close()

    def _events(self, item: Item) -> Iterator[Event]:
        """What an item of the listener means: nothing, one event, or all that was missed."""
        if isinstance(item, Frame):
            event = reading.event(item.topic, item.body, item.metadata, self.member_id)
            if event is None:
                log.debug("guest chat: left out an event of %s", item.topic)
            else:
                yield from self._fresh(event)
        elif isinstance(item, Overflow | Doubt):
            yield from self._missed()
        elif item.state == "reconnecting":
            left = self._has_left()
            if not self._interrupted:
                self._interrupted = True
                yield Closing(final=False, reason=item.reason or "The event stream was cut.")
            if left:
                yield _ended()
        elif item.state == "open" and self._interrupted:
            yield from self._missed()
            self._interrupted = False
        elif item.state in {"failed", "stopped"}:
            yield Closing(final=True, reason=item.reason or "The event stream was closed.")

    def _fresh(self, event: Event) -> Iterator[Event]:
        """The event unless it was given before; with the role that the stream does not carry."""
        if isinstance(event, Message | Joined | Left):
            key = event.id if isinstance(event, Message) else event.message_id
            if key and key in self._given:
                return
            self._given.add(key)
        elif isinstance(event, MemberChange) and event.role is None:
            event = dataclasses.replace(event, role=self._role(event.member_id))
        yield event
        if isinstance(event, MemberChange) and event.own and event.state == "DISCONNECTED":
            yield _ended()

    def _missed(self) -> Iterator[Event]:
        """What was said while nobody listened; a guest who was put out meanwhile learns it here."""
        try:
            said = self.messages()
            self._behind = False
        except GenesysError as error:
            said = []
            self._behind = True  # asked for again with the next events
            log.warning("guest chat: what was said during a cut cannot be read yet: %s", error.message)
        left = self._has_left()
        for each in said:
            yield from self._fresh(each)
        if left:
            yield _ended()

    def _role(self, member_id: str) -> str | None:
        """The role of a member, asked for once: a member-change carries id and state alone."""
        if member_id == self.member_id:
            return "CUSTOMER"
        if member_id and member_id not in self._roles:
            try:
                role = self.member(member_id).role
            except GenesysError as error:
                log.debug("guest chat: no role for a member: %s", error.message)
                return None
            if role is None:
                return None
            self._roles[member_id] = role
        return self._roles.get(member_id)

    def _has_left(self) -> bool:
        try:
            return self.member(self.member_id).state == "DISCONNECTED"
        except GenesysError:
            return False


def _ended() -> Closing:
    return Closing(final=True, reason="The guest's part in the chat has ended.")


def _opened(created: ApiResponse) -> tuple[str, str, str, str]:
    """Conversation id, JWT, address of the event stream and the guest's member id."""
    body = created.data
    found = body if isinstance(body, dict) else {}
    member = found.get("member")
    values = {
        "id": found.get("id"),
        "jwt": found.get("jwt"),
        "eventStreamUri": found.get("eventStreamUri"),
        "member.id": member.get("id") if isinstance(member, dict) else None,
    }
    lacking = [name for name, value in values.items() if not (isinstance(value, str) and value)]
    if lacking:
        raise created.error(f"The answer to the chat's creation lacks {', '.join(lacking)}.")
    conversation_id, jwt, stream_uri, member_id = (str(value) for value in values.values())
    return conversation_id, jwt, stream_uri, member_id
