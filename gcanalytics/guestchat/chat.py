"""A chat as a guest holds it: opened or taken up, talked in, its events one by one, an end.

How the platform is spoken to is behind ``protocol``; arguments of calls are checked in ``calls``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Self, Unpack, overload

from gcanalytics.api.intervals import time_zone
from gcanalytics.errors import GenesysError
from gcanalytics.guestchat import opening
from gcanalytics.guestchat.answers import ChatResponse
from gcanalytics.guestchat.calls import ChatCalls
from gcanalytics.guestchat.events import Event
from gcanalytics.guestchat.intake import EventCallback, Intake
from gcanalytics.guestchat.opening import Reach, StartArguments
from gcanalytics.guestchat.protocol import ChatProtocol
from gcanalytics.guestchat.talk import Talk
from gcanalytics.settings import Network
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.retry import RetryPolicy

if TYPE_CHECKING:
    from gcanalytics.guestchat.widget import ChatWidget

log = logging.getLogger(__name__)


class Starting:
    """``GuestChat.with_http_info``: a chat is opened, and the whole answer kept."""

    def __init__(self, chats: type[GuestChat]) -> None:
        self._chats = chats

    def start(self, **arguments: Unpack[StartArguments]) -> ChatResponse[GuestChat]:
        """Open a chat; the answer to its creation, whose ``body`` is the open chat.

        Args:
            arguments: as of :meth:`GuestChat.start`.

        Raises:
            QueryError, ConfigurationError, ApiError, ConnectionFailed: as :meth:`GuestChat.start`.
        """
        chat = self._chats.start(**arguments)
        return ChatResponse.of(chat.created, chat)


class _WithHttpInfo:
    """On the class what opens a chat, on a chat its calls; each with the platform's whole answer."""

    @overload
    def __get__(self, chat: None, owner: type[GuestChat]) -> Starting: ...

    @overload
    def __get__(self, chat: GuestChat, owner: type[GuestChat]) -> ChatCalls: ...

    def __get__(self, chat: GuestChat | None, owner: type[GuestChat]) -> Starting | ChatCalls:
        return Starting(owner) if chat is None else chat._calls


class GuestChat(Talk):
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

    Sending and asking may be done from any thread; the events belong to one consumer at a time: a loop over
    :meth:`events`, or the callbacks of :meth:`on_event`.

    Attributes:
        created: the answer to the chat's creation as it came: status, reason, headers, correlation id,
            raw text. Its text holds the chat's token, its repr does not. Of a resumed chat: the answer that
            told its guest.
        with_http_info: every call with the platform's whole answer, a
            :class:`~gcanalytics.guestchat.ChatResponse`: ``chat.with_http_info.send("Hello!").status``; on
            the class ``GuestChat.with_http_info.start(...)``, whose ``body`` is the chat.
    """

    with_http_info = _WithHttpInfo()

    def __init__(self, protocol: ChatProtocol, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Around an open chat; :meth:`start` is the way to get one."""
        super().__init__(protocol.calls)
        self._protocol = protocol
        self._intake = Intake(protocol, self._standing, self._record, clock)
        self._widget: ChatWidget | None = None
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
        journey_context: Mapping[str, Any] | None = None,
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
            journey_context: where the guest comes from on a watched web site: ``customer`` (``id``,
                ``idType``), ``customerSession`` (``id``, ``type``), ``triggeringAction`` (``id``,
                ``actionMap`` with ``id`` and ``version``).
            retry: whether refused requests are sent again; by default none is.
                ``RetryPolicy(max_time_s=10)`` tries for ten seconds by the rules of the guest chat SDK for
                .NET: after 429, 502, 503 and 504; it waits ``Retry-After`` or 3 s, and of a gateway's errors
                that go on for five minutes 9 s, after ten 27 s. The policy's other fields do not count
                here. What may have been executed is never sent again.
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
        told = StartArguments(
            queue=queue, display_name=display_name, region=region, organization_id=organization_id,
            deployment_id=deployment_id, first_name=first_name, last_name=last_name, email=email,
            phone_number=phone_number, avatar_url=avatar_url, custom_fields=custom_fields, skills=skills,
            language=language, priority=priority, member_auth_token=member_auth_token,
            journey_context=journey_context, retry=retry, verify=verify, proxy=proxy, timeout_s=timeout_s,
            open_timeout_s=open_timeout_s, environ=environ,
        )  # fmt: skip
        chat = cls(opening.create(*opening.asked(told)))
        try:
            chat._protocol.connect(open_timeout_s)
        except BaseException:
            # Also when the user interrupts the wait: nobody shall be left waiting in the queue.
            chat.close()
            raise
        return chat

    @classmethod
    def resume(
        cls,
        *,
        jwt: str,
        conversation_id: str,
        member_id: str,
        event_stream_uri: str,
        region: str | None = None,
        after: str | None = None,
        retry: RetryPolicy | None = None,
        verify: bool | str = True,
        proxy: str | None = None,
        timeout_s: tuple[float, float] = (10.0, 60.0),
        open_timeout_s: float = 10.0,
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """Take up a chat that was opened before, here or in another process; nothing is created.

        Its events begin with what was said after the message ``after``, each once and in order. A chat that
        the guest has left gives these and then its final Closing. Where it cannot be taken up, it goes on
        without us: it is not left.

        Args:
            jwt: the chat's token; with the next three in the answer to the creation
                (``chat.created.data``: ``jwt``, ``id``, ``member.id``, ``eventStreamUri``).
            conversation_id: the chat's id.
            member_id: the guest's own id in it.
            event_stream_uri: address of its event stream.
            region: see :meth:`start`, as are the rest.
            after: id of the last message that was seen; None begins at the first.
            retry: see :meth:`start`.
            verify: see :class:`gcanalytics.settings.Network`.
            proxy: see :class:`gcanalytics.settings.Network`.
            timeout_s: see :class:`gcanalytics.settings.Network`.
            open_timeout_s: seconds to wait for the event stream.
            environ: environment variables; the process's own by default.

        Raises:
            QueryError: an argument is empty or of a wrong kind; nothing was sent.
            ConfigurationError: no region, or an unknown one; nothing was sent.
            AuthenticationError: the token is wrong or has ended.
            PermissionDenied: the token is another chat's.
            ApiError: there is no such chat or member.
            ConnectionFailed: the platform is not reached, or the event stream does not open.
        """
        opening.seconds("open_timeout_s", open_timeout_s)
        network = Network(verify=verify, proxy=proxy, timeout_s=timeout_s)
        protocol = opening.resume(
            Reach.of(region, environ, network, retry),
            jwt=jwt, conversation_id=conversation_id, member_id=member_id,
            event_stream_uri=event_stream_uri, after=after,
        )  # fmt: skip
        try:
            protocol.connect(open_timeout_s)
        except BaseException:
            protocol.disconnect()
            raise
        return cls(protocol)

    def events(self, timeout_s: float | None = None, *, heartbeats: bool = False) -> Iterator[Event]:
        """What happens in the chat, in order, each once.

        The guest's own messages come back as :class:`~gcanalytics.guestchat.events.Message` with
        ``own=True``. After a broken stream is open again, what was said meanwhile follows, then who is there
        now and was not before, or the other way round. The iteration may be left and begun again; nothing is
        lost between.

        Args:
            timeout_s: seconds without an event after which the iteration ends; None waits until the chat
                is over.
            heartbeats: whether the stream's heartbeats are given out, too.

        Yields:
            Message, Joined, Left, MediaRequested, Typing, MemberChange, Closing (Heartbeat). After
            ``Closing(final=True)`` none.

        Raises:
            QueryError: callbacks take the events, or ``timeout_s`` is no number of seconds.
            ApiError: what was missed during a cut is refused, as where the token has ended; nothing is lost:
                ask again, after :meth:`set_jwt` where that helps.
        """
        if timeout_s is not None:
            opening.seconds("timeout_s", timeout_s)
        return self._events(timeout_s, heartbeats)

    def _events(self, timeout_s: float | None, heartbeats: bool) -> Iterator[Event]:
        while (event := self._intake.next(timeout_s, heartbeats=heartbeats)) is not None:
            yield event

    def on_event(self, callback: Callable[[Event], object], *, heartbeats: bool = False) -> EventCallback:
        """Tell a function every event from now on, in order, each once; ``.stop()`` of the result ends that.

        All callbacks of a chat run on one daemon thread of its own, one after the other, so that a slow one
        keeps the others waiting. What one raises is logged. The thread ends with the last callback, with the
        final Closing and with :meth:`close`, whichever comes first. :meth:`events` is refused meanwhile.

        Args:
            callback: takes an event.
            heartbeats: whether it is told the stream's heartbeats, too.

        Raises:
            QueryError: it cannot be called.
        """
        return self._intake.tell(callback, heartbeats=heartbeats)

    def widget(self, *, tz: str | tzinfo = "UTC") -> ChatWidget:
        """The chat as a notebook widget: transcript, a line to write in, who is here and who types, an end.

        The last expression of a cell shows it. A second call replaces the first widget, which becomes a
        static transcript, as it does at the end of the chat. :meth:`events` and callbacks go on beside it.

        Args:
            tz: zone of the times shown.

        Raises:
            QueryError: no such time zone.
        """
        from gcanalytics.guestchat.widget import ChatWidget

        zone = time_zone(tz)
        if self._widget is not None:
            self._widget.stop()
        self._widget = ChatWidget(self, self._record, self._take, tz=zone)
        return self._widget

    def _take(self, wait_s: float) -> None:
        """Take in what happens next, for a widget; a reader of the events still gets it."""
        self._intake.take(wait_s)

    def close(self) -> None:
        """Leave the chat and close the event stream. Idempotent; raises nothing.

        Where the platform cannot be told, that is logged, and the chat ends by the platform's own time limit.
        """
        if self._standing.closed:
            return
        try:
            self.leave()
        except GenesysError as error:
            log.warning("guest chat: the chat could not be left: %s", error.message)
        finally:
            self._standing.closed = True
            self._protocol.disconnect()
            self._intake.stop()
            if self._widget is not None:
                self._widget.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        lost = not self.is_open and self._standing.can_leave
        state = "open" if self.is_open else "stream lost" if lost else "over"
        return f"<GuestChat {self.conversation_id}, {state}>"
