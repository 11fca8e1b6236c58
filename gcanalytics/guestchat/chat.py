"""A chat as a guest holds it: arguments checked before any request, events one by one, an end.

How the platform is spoken to is behind ``protocol``.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self, TypedDict

from gcanalytics.errors import ConfigurationError, GenesysError, QueryError
from gcanalytics.guestchat.acdchat import AcdChat
from gcanalytics.guestchat.creation import creation, guest
from gcanalytics.guestchat.events import Closing, Event, Joined, Left, Member, Message
from gcanalytics.guestchat.protocol import ChatProtocol
from gcanalytics.guestchat.transcript import Record, transcript
from gcanalytics.settings import Network, hosts
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

MESSAGE_MAX = 4_000  # characters: "body ... limited to 4,000 characters" (CreateWebChatMessageRequest)
_LONGEST_WAIT_S = 3600.0
_VARIABLES = {
    "region": "GENESYSCLOUD_REGION",
    "organization_id": "GCANALYTICS_ORGANIZATION_ID",
    "deployment_id": "GCANALYTICS_DEPLOYMENT_ID",
}


class WebChat(TypedDict, total=False):
    """Where a guest chats with an organisation: arguments of :meth:`GuestChat.start`."""

    region: str
    organization_id: str
    deployment_id: str


class GuestChat:
    """A web chat into a queue, from the guest's side; needs no account and no OAuth client.

    Open one with :meth:`start`, best in a ``with`` block, which leaves the chat at its end::

        with GuestChat.start(region="eu_west_1", organization_id=..., deployment_id=...,
                             queue="Support", display_name="Ada") as chat:
            chat.send("Hello!")
            for event in chat.events(timeout_s=60):
                if isinstance(event, Message) and not event.own:
                    print(event.body)

    On a demo: ``GuestChat.start(**gca.demo().web_chat, queue="Support", display_name="Ada")``.

    Genesys has ended its support of the ACD web chat version 2 as of 6.11.2025 (README of the guest chat
    SDKs), so this client stays small and apart from the rest.

    Sending and asking may be done from any thread; the events belong to one consumer at a time.

    Attributes:
        created: the answer to the chat's creation as it came: status, reason, headers, correlation id,
            raw text. Its text holds the chat's token, its repr does not.
    """

    def __init__(self, protocol: ChatProtocol, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Around an open chat; :meth:`start` is the way to get one."""
        self._protocol = protocol
        self._clock = clock
        self._pending: deque[Event] = deque()
        self._over = False
        self._left = False
        self._closed = False
        self._taking = threading.Lock()
        self._record = Record(protocol.member_id)
        self.created: ApiResponse = protocol.created

    @classmethod
    def start(
        cls,
        *,
        queue: str,
        display_name: str,
        region: str | None = None,
        organization_id: str | None = None,
        deployment_id: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        email: str | None = None,
        phone_number: str | None = None,
        avatar_url: str | None = None,
        custom_fields: Mapping[str, str] | None = None,
        skills: Sequence[str] = (),
        language: str | None = None,
        priority: int | None = None,
        member_auth_token: str | None = None,
        retry: RetryPolicy | None = None,
        verify: bool | str = True,
        proxy: str | None = None,
        timeout_s: tuple[float, float] = (10.0, 60.0),
        open_timeout_s: float = 10.0,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """Open a chat into a queue; its event stream is open when this returns.

        The platform routes no chat before its event stream is open, and no message can be sent then. POST
        /api/v2/webchat/guest/conversations; no permission.

        Args:
            queue: the queue's *name*; the platform takes no id here.
            display_name: the name that the agent sees.
            region: a name (``eu_west_1``, ``eu-west-1``), a domain or a URL; ``GENESYSCLOUD_REGION`` by
                default. The guest .NET SDK sends ``ap_southeast_1`` to Sydney, an old name; here it is
                Singapore, as in today's platform, and Sydney is ``ap_southeast_2``.
            organization_id: the organisation's id; ``GCANALYTICS_ORGANIZATION_ID`` by default.
            deployment_id: id of a web chat deployment of it; ``GCANALYTICS_DEPLOYMENT_ID`` by default.
            first_name: about the guest, for the agent's screen; as are the next four.
            last_name: see ``first_name``.
            email: see ``first_name``.
            phone_number: see ``first_name``.
            avatar_url: address of a picture.
            custom_fields: what else the guest told; kept as participant attributes ``context.<name>``.
            skills: skills that the agent must have.
            language: language that the agent must speak.
            priority: of the chat in the queue.
            member_auth_token: a signed token, where the deployment asks for authenticated guests.
            retry: whether refused requests are sent again; by default none is.
                ``RetryPolicy(max_time_s=10)`` tries for ten seconds. What may have been executed is never
                sent again.
            verify: see :class:`gcanalytics.settings.Network`.
            proxy: see :class:`gcanalytics.settings.Network`.
            timeout_s: see :class:`gcanalytics.settings.Network`.
            open_timeout_s: seconds to wait for the event stream.
            environ: environment variables; the process's own by default.

        Raises:
            QueryError: an argument is empty or of a wrong kind; nothing was sent.
            ConfigurationError: no region, organisation or deployment, or an unknown region; nothing was
                sent.
            ApiError: the platform refused, with its code (``chat.error.invalid.queue``,
                ``chat.deployment.disabled`` ...).
            DeliveryUnknown: no answer came, and the chat may or may not be there.
            ConnectionFailed: the platform is not reached, or the event stream does not open.
        """
        member = guest(
            display_name=display_name, first_name=first_name, last_name=last_name, email=email,
            phone_number=phone_number, avatar_url=avatar_url, custom_fields=custom_fields,
        )  # fmt: skip
        body = creation(
            organization_id=_resolved("organization_id", organization_id, environ),
            deployment_id=_resolved("deployment_id", deployment_id, environ),
            queue=queue, member=member,
            skills=skills, language=language, priority=priority, member_auth_token=member_auth_token,
        )  # fmt: skip
        network = Network(verify=verify, proxy=proxy, timeout_s=timeout_s)
        base_url = hosts(_resolved("region", region, environ))[0]
        policy = retry or RetryPolicy.off()
        protocol = AcdChat.create(
            body,
            make_rest=lambda auth: Rest(base_url, auth=auth, network=network, retry=policy),
            network=network,
        )
        return cls._connected(protocol, open_timeout_s)

    @classmethod
    def _connected(cls, protocol: ChatProtocol, open_timeout_s: float) -> Self:
        chat = cls(protocol)
        try:
            protocol.connect(open_timeout_s)
        except BaseException:
            # Also when the user interrupts the wait: nobody shall be left waiting in the queue.
            chat.close()
            raise
        return chat

    @property
    def conversation_id(self) -> str:
        """The chat's id; the queue's history has it under the same one."""
        return self._protocol.conversation_id

    @property
    def member_id(self) -> str:
        """The guest's own id in the chat."""
        return self._protocol.member_id

    @property
    def is_open(self) -> bool:
        """Whether the guest is still in the chat, as far as the events taken so far tell."""
        return not (self._over or self._left or self._closed)

    def send(self, text: str) -> Message:
        """Say something; the platform's copy of the message.

        Args:
            text: 1 to 4,000 characters, not only blanks.

        Raises:
            QueryError: empty, too long, or the chat was closed here; nothing was sent.
            DeliveryUnknown: no answer came; :meth:`messages` tells whether it is there.
            ApiError: the platform refused, as after the end of the chat (``chat.error.conversation.state``).
            ConnectionFailed: the platform is not reached.
        """
        if not isinstance(text, str) or not text.strip():
            raise QueryError("A message needs some text.")
        if len(text) > MESSAGE_MAX:
            raise QueryError(
                f"A message has {MESSAGE_MAX:,} characters at most; this one has {len(text):,}.",
                hint="Send it in several parts.",
            )
        self._must_be(self.is_open)
        sent = self._protocol.send(text)
        self._record.read([sent])
        return sent

    def typing(self) -> None:
        """Show the others that the guest types.

        Raises:
            QueryError: the chat was closed here.
            ApiError, ConnectionFailed: as with :meth:`send`.
        """
        self._must_be(self.is_open)
        self._protocol.typing()

    def messages(self) -> list[Message | Joined | Left]:
        """All that was said so far, the oldest first, with the comings and goings.

        Raises:
            QueryError: the chat was closed here.
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        self._must_be(not self._closed)
        said = self._protocol.messages()
        self._record.read(said)
        return said

    def members(self) -> list[Member]:
        """Who is or was in the chat.

        Raises:
            QueryError: the chat was closed here.
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        self._must_be(not self._closed)
        found = self._protocol.members()
        self._record.met(found)
        return found

    def transcript(self) -> pd.DataFrame:
        """The chat so far: a row a message, a coming or a going, the oldest first.

        While the chat is open here, messages and members are asked for anew; after :meth:`close` it is
        what was read until then. ``gca.to_csv(chat.transcript(), path, excel=True)`` writes a file in
        which nothing that somebody wrote is taken for a formula.

        Returns:
            Columns ``conversationId``, ``time``, ``role``, ``name``, ``own``, ``body``, ``body_type``,
            ``member_id``, ``message_id``; see ``gcanalytics.guestchat.transcript.TRANSCRIPT``.

        Raises:
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        if not self._closed:
            self.members()
            self.messages()
        return transcript(self.conversation_id, self._record.lines())

    def leave(self) -> None:
        """End the guest's part. A second call does nothing.

        The events that are still under way can be read until the final
        :class:`~gcanalytics.guestchat.events.Closing`.

        Raises:
            ApiError, ConnectionFailed: the platform refuses or is not reached.
        """
        if self.is_open:
            self._protocol.leave()
            self._left = True

    def events(self, timeout_s: float | None = None) -> Iterator[Event]:
        """What happens in the chat, in order, each once; heartbeats are left out.

        The guest's own messages come back as :class:`~gcanalytics.guestchat.events.Message` with
        ``own=True``. After a broken stream is open again, what was said meanwhile follows. The iteration may
        be left and begun again; nothing is lost between.

        Args:
            timeout_s: seconds without an event after which the iteration ends; None waits until the chat
                is over.

        Yields:
            Message, Joined, Left, Typing, MemberChange, Closing. After ``Closing(final=True)`` none.
        """
        while self._pending or self._fill(timeout_s):
            yield self._pending.popleft()

    def close(self) -> None:
        """Leave the chat and close the event stream. Idempotent; raises nothing.

        Where the platform cannot be told, that is logged, and the chat ends by the platform's own time limit.
        """
        if self._closed:
            return
        try:
            self.leave()
        except GenesysError as error:
            log.warning("guest chat: the chat could not be left: %s", error.message)
        finally:
            self._closed = True
            self._protocol.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self.is_open else "over"
        return f"<GuestChat {self.conversation_id}, {state}>"

    def _fill(self, timeout_s: float | None) -> bool:
        """Wait for the next events; False when there are none."""
        deadline = None if timeout_s is None else self._clock() + timeout_s
        while not (self._over or self._closed):
            wait_s = _LONGEST_WAIT_S if deadline is None else max(0.0, deadline - self._clock())
            self._take(wait_s, reading=True)
            if self._pending or (deadline is not None and self._clock() >= deadline):
                break
        return bool(self._pending)

    def _take(self, wait_s: float, *, reading: bool = False) -> None:
        """Take in what happens next, for :meth:`events` and for a widget: one thread at a time.

        Both keep what they take for :meth:`events`; a reader whose turn comes late may have it already.
        """
        if not self._taking.acquire(timeout=wait_s):
            return
        try:
            if self._over or self._closed or (reading and self._pending):
                return
            for event in self._protocol.take(wait_s):
                self._record.heard(event)
                self._pending.append(event)
                self._over = self._over or (isinstance(event, Closing) and event.final)
        finally:
            self._taking.release()

    def _must_be(self, reachable: bool) -> None:
        if not reachable:
            raise QueryError("This chat is over.", hint="Open another one with GuestChat.start(...).")


def _resolved(name: str, value: str | None, environ: Mapping[str, str] | None) -> str:
    """An argument, or what its environment variable holds."""
    variable = _VARIABLES[name]
    if value is not None:
        return value
    found = (os.environ if environ is None else environ).get(variable)
    if not found:
        raise ConfigurationError(f"No {name} is given.", hint=f"Pass {name}=..., or set {variable}.")
    return found
