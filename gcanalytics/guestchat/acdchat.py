"""The ACD web chat (version 2) behind :class:`~gcanalytics.guestchat.protocol.ChatProtocol`: its events.

What the guest asks for is in ``acdcalls``. Checks no arguments; that is ``calls`` and ``opening``.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self

from gcanalytics.api import webchat
from gcanalytics.errors import ApiError, ConnectionFailed, GenesysError, IncompletePull
from gcanalytics.guestchat import reading
from gcanalytics.guestchat.access import GuestToken
from gcanalytics.guestchat.acdcalls import AcdCalls, hinted
from gcanalytics.guestchat.events import Closing, Event, Member, MemberChange, Message, Typing
from gcanalytics.guestchat.events import Heartbeat as Beat
from gcanalytics.settings import Network
from gcanalytics.transport.auth import Auth, NoAuth
from gcanalytics.transport.listener import Doubt, Item, Listener, Overflow, StateChange
from gcanalytics.transport.listener import Message as Frame
from gcanalytics.transport.reconnect import is_fatal
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest

log = logging.getLogger(__name__)

# About four minutes of growing waits; then the chat counts as lost.
_ATTEMPTS = 10
# What was missed and could not be read is asked for again after so many seconds.
_CATCH_UP_S = 5.0
_ENDED = frozenset({"failed", "stopped"})

MakeRest = Callable[[Auth], Rest]
MakeListener = Callable[[Callable[[], str], Network], Listener]


def listen(connect_uri: Callable[[], str], network: Network) -> Listener:
    """A listener that gives up after some minutes; a chat is not worth waiting for ever."""
    return Listener(connect_uri, network=network, give_up_after=_ATTEMPTS, heartbeats=True)


class AcdChat:
    """One ACD web chat. See :class:`~gcanalytics.guestchat.protocol.ChatProtocol` for its methods.

    Made by :meth:`create` or :meth:`resume`; the constructor sends nothing.
    """

    def __init__(
        self,
        created: ApiResponse,
        rest: Rest,
        calls: AcdCalls,
        listener: Listener,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.created = created
        self.calls = calls
        self._rest = rest
        self._listener = listener
        self._clock = clock
        self._waiting: deque[Item] = deque()
        self._given: set[str] = set()
        self._after: str | None = None
        self._roles: dict[str, str] = {}
        self._states: dict[str, str] = {}
        self._interrupted = False
        # When to ask for what was missed; the events behind it wait for the answer, for the order's sake.
        self._catch_up_at: float | None = None
        self._gone = False
        self._over = threading.Event()

    @classmethod
    def create(
        cls,
        body: dict[str, Any],
        *,
        make_rest: MakeRest,
        network: Network,
        make_listener: MakeListener = listen,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
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
            created = hinted(lambda: webchat.create_conversation(creating, body))
        except GenesysError as error:
            if error.response is not None and error.response.status < 300:  # the chat's token stands in it
                error.response = dataclasses.replace(error.response, content=b"")
            raise
        finally:
            creating.close()
        conversation_id, jwt, stream_uri, member_id = _opened(created)
        token = GuestToken(jwt)
        rest = make_rest(token)
        calls = AcdCalls(rest, token, conversation_id, member_id)
        return cls(created, rest, calls, make_listener(lambda: stream_uri, network), clock=clock)

    @classmethod
    def resume(
        cls,
        *,
        jwt: str,
        conversation_id: str,
        member_id: str,
        event_stream_uri: str,
        after: str | None,
        make_rest: MakeRest,
        network: Network,
        make_listener: MakeListener = listen,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Take up a chat that was created before; its event stream is yet to be opened.

        Asks whether the guest is still in it, and what was said. What is not older than ``after`` comes with
        the events.

        Raises:
            ApiError, ConnectionFailed: the token is not good, or the platform is not reached.
        """
        token = GuestToken(jwt)
        rest = make_rest(token)
        calls = AcdCalls(rest, token, conversation_id, member_id)
        try:
            member = calls.member(member_id)
            calls.sent_before(calls.all_messages())
        except BaseException:
            rest.close()
            raise
        chat = cls(member, rest, calls, make_listener(lambda: event_stream_uri, network), clock=clock)
        calls.left = chat._gone = member.body.state == "DISCONNECTED"
        chat._after = after
        chat._given.update([after] if after else [])
        chat._catch_up_at = clock()
        return chat

    def connect(self, timeout_s: float) -> None:
        """Open the event stream: the platform routes the chat only then.

        Raises:
            ConnectionFailed: it did not open within ``timeout_s`` seconds.
            AuthenticationError, ConfigurationError: it never will.
        """
        if self._gone:
            return  # the guest's part has ended; what was said can still be read
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
            if self._listener.state.state in _ENDED or self._clock() >= deadline:
                raise ConnectionFailed(
                    f"The chat's event stream did not open in {timeout_s:g} s. {reason}".rstrip(),
                    hint="The platform routes no chat before its event stream is open.",
                )

    def take(self, timeout_s: float) -> list[Event]:
        """The next events, in order; waits ``timeout_s`` seconds for the first.

        Raises:
            ApiError: what was missed during a cut is refused, as where the token has ended; it is asked for
                again with the next events, and nothing that came later is given out before.
        """
        if self._over.is_set():
            return []
        if self._catch_up_at is not None:
            wait_s = min(timeout_s, max(0.0, self._catch_up_at - self._clock()))
            self._waiting.extend(self._listener.take(wait_s))
        elif not self._waiting:
            self._waiting.extend(self._listener.take(timeout_s))
        if self._over.is_set():  # closed while it waited: the stream's end tells nothing more
            return []
        events: list[Event] = []
        while not events:
            if self._catch_up_at is not None:
                if self._clock() < self._catch_up_at and self._listener.state.state not in _ENDED:
                    break
                events += self._missed()
            elif self._waiting:
                # Requests may be made here: an item goes only when it is read, so no interrupt loses it.
                events += self._events(self._waiting[0])
                self._waiting.popleft()
            else:
                break
        if any(isinstance(event, Closing) and event.final for event in events):
            self._over.set()
            self._listener.stop()
        return events

    def disconnect(self) -> None:
        """Close the event stream and the connections kept open."""
        self._over.set()
        self._listener.stop()
        self._rest.close()

    def _events(self, item: Item) -> Iterator[Event]:
        """What an item of the listener means; where something was missed, that is asked for next."""
        if isinstance(item, Frame):
            event = reading.event(item.topic, item.body, item.metadata, self.calls.member_id)
            if event is None:
                log.debug("guest chat: left out an event of %s", item.topic)
            else:
                yield from self._fresh(event)
        elif isinstance(item, Overflow | Doubt):
            self._catch_up_at = self._clock()
        elif item.state == "reconnecting":
            self._gone = self._gone or self._has_left()
            if self._gone:
                self._catch_up_at = self._clock()
            if not self._interrupted:
                self._interrupted = True
                yield Closing(final=False, reason=item.reason or "The event stream was cut.")
        elif item.state == "open" and self._interrupted:
            self._interrupted = False
            self._catch_up_at = self._clock()
        elif item.state in _ENDED:
            if self._interrupted:
                yield from self._missed()
            if self.calls.left and not self._gone:
                yield _ended()
            elif not self._gone:
                yield Closing(final=True, reason=item.reason or "The event stream was closed.", lost=True)

    def _fresh(self, event: Event) -> Iterator[Event]:
        """The event unless it was given before; with the role that the stream does not carry."""
        if isinstance(event, MemberChange):
            if event.role is None:
                event = dataclasses.replace(event, role=self._role(event.member_id))
            if self._states.get(event.member_id) == event.state:
                return  # told already, from the list of members after a cut
            self._states[event.member_id] = event.state
        elif not isinstance(event, Typing | Beat | Closing):
            key = event.id if isinstance(event, Message) else event.message_id
            if key and key in self._given:
                return
            self._given.add(key)
        yield event
        if isinstance(event, MemberChange) and event.own and event.state == "DISCONNECTED":
            yield _ended()

    def _missed(self) -> list[Event]:
        """What happened while nobody listened: what was said, then who came and went, then the end."""
        try:
            said = self.calls.all_messages(after=self._after)
            members = self._members()
        except GenesysError as error:
            self._gone = self._gone or self._has_left()
            if not self._gone and self._listener.state.state not in _ENDED:
                if is_fatal(error):
                    raise
                self._catch_up_at = self._clock() + _CATCH_UP_S
                log.warning("guest chat: what was missed during a cut cannot be read yet: %s", error.message)
                return []
            log.warning("guest chat: what was said at the end cannot be read: %s", error.message)
            said, members = [], []
        self._catch_up_at = None
        events = [event for each in said for event in self._fresh(each)]
        for member in members:
            if member.id == self.calls.member_id:
                self._gone = self._gone or member.state == "DISCONNECTED"
            else:
                events += self._changed(member)
        return [*events, _ended()] if self._gone else events

    def _members(self) -> list[Member]:
        """Who is or was there; a wrong count of them must not hold the events back for ever."""
        try:
            return self.calls.all_members()
        except IncompletePull as short:
            log.warning("guest chat: %s", short.message)
            return short.found

    def _changed(self, member: Member) -> Iterator[Event]:
        """A member's change that the stream did not tell; who came and went is told by messages alone."""
        if member.role:
            self._roles[member.id] = member.role
        told = self._states.get(member.id)
        if member.state and member.state != told and (told or member.state != "DISCONNECTED"):
            at = member.left_at if member.state == "DISCONNECTED" else member.joined_at
            self._states[member.id] = member.state
            yield MemberChange(member.id, member.state, member.role, False, at)

    def _role(self, member_id: str) -> str | None:
        """The role of a member, asked for once: a member-change carries id and state alone."""
        if member_id == self.calls.member_id:
            return "CUSTOMER"
        if member_id and member_id not in self._roles:
            try:
                role = self.calls.member(member_id).body.role
            except GenesysError as error:
                log.debug("guest chat: no role for a member: %s", error.message)
                return None
            if role is None:
                return None
            self._roles[member_id] = role
        return self._roles.get(member_id)

    def _has_left(self) -> bool:
        """Whether the guest's part has ended; what a guest is told then is not documented."""
        if self.calls.left:
            return True
        try:
            return self.calls.member(self.calls.member_id).body.state == "DISCONNECTED"
        except ApiError as refused:
            return self.calls.is_over(refused)
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
        # The token may stand in any part of it: the error carries none of its body.
        bare = dataclasses.replace(created, content=b"")
        raise bare.error(f"The answer to the chat's creation lacks {', '.join(lacking)}.")
    conversation_id, jwt, stream_uri, member_id = (str(value) for value in values.values())
    return conversation_id, jwt, stream_uri, member_id
