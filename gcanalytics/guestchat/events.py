"""What a chat is made of, as typed frozen values: messages, members, and the events of its stream.

No network. The bodies of messages and the names of people stand in no repr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Message:
    """A message of the chat: somebody's words, or a notice of the platform.

    Attributes:
        id: the message's id.
        conversation_id: the chat's id, the same as in the queue's history.
        sender_id: the member who sent it.
        body: the words; in no repr.
        body_type: ``standard`` or ``notice`` (or a type that this version does not know).
        timestamp: when the platform took it, or None where it did not say.
        own: whether this guest sent it. The stream repeats the guest's own messages.
    """

    id: str
    conversation_id: str
    sender_id: str
    body: str = field(repr=False)
    body_type: str = "standard"
    timestamp: datetime | None = None
    own: bool = False


@dataclass(frozen=True)
class Joined:
    """A member came in. The platform sends it as a message of type ``member-join``."""

    member_id: str
    timestamp: datetime | None = None
    message_id: str = field(default="", repr=False)


@dataclass(frozen=True)
class Left:
    """A member went away. The platform sends it as a message of type ``member-leave``."""

    member_id: str
    timestamp: datetime | None = None
    message_id: str = field(default="", repr=False)


@dataclass(frozen=True)
class MediaRequested:
    """A member asks the guest for another medium. Sent as a message of type ``media-request``.

    What is asked for is told by :meth:`gcanalytics.guestchat.GuestChat.media_requests`; the event's own words
    are the platform's and documented nowhere.

    Attributes:
        member_id: who asks.
        body: the message's words; in no repr.
        timestamp: when, or None.
        message_id: the message's id.
    """

    member_id: str
    body: str = field(default="", repr=False)
    timestamp: datetime | None = None
    message_id: str = field(default="", repr=False)


@dataclass(frozen=True)
class Typing:
    """A member is typing.

    Attributes:
        member_id: who.
        own: whether it is this guest.
        timestamp: when, or None.
    """

    member_id: str
    own: bool = False
    timestamp: datetime | None = None


@dataclass(frozen=True)
class MemberChange:
    """A member's state changed.

    Attributes:
        member_id: whose.
        state: ``ALERTING``, ``CONNECTED`` or ``DISCONNECTED``.
        role: ``AGENT``, ``CUSTOMER``, ``WORKFLOW`` or ``ACD``; the platform's event does not carry it,
            so it is asked for (once a member); None where the platform would not tell.
        own: whether it is this guest.
        timestamp: when, or None.
    """

    member_id: str
    state: str
    role: str | None = None
    own: bool = False
    timestamp: datetime | None = None


@dataclass(frozen=True)
class Closing:
    """The event stream has ended, or was cut for the moment.

    Attributes:
        final: True when no event follows, because the chat is over or its stream is lost; False when the
            stream is being opened again by itself.
        reason: in words.
        lost: whether the guest may still be in the chat, whose stream was lost for good.
            :meth:`gcanalytics.GuestChat.resume` takes such a chat up again.
    """

    final: bool
    reason: str
    lost: bool = False


@dataclass(frozen=True)
class Heartbeat:
    """The stream lives; every 30 seconds, and given out only where it is asked for.

    Attributes:
        words: what the platform writes in it (``WebSocket Heartbeat``).
    """

    words: str = ""


Said = Message | Joined | Left | MediaRequested
Event = Said | Typing | MemberChange | Heartbeat | Closing


@dataclass(frozen=True)
class MediaRequest:
    """What an agent asks the guest for beside the chat.

    Attributes:
        id: the request's id.
        types: media asked for, as the platform spells them.
        state: ``PENDING``, ``ACCEPTED``, ``DECLINED``, ``TIMEDOUT``, ``CANCELLED`` or ``ERRORED``, or None.
        name: the request's name, or None.
        communication_id: the communication that it is about, or None.
        security_key: what opens the medium; in no repr.
    """

    id: str
    types: tuple[str, ...] = ()
    state: str | None = None
    name: str | None = None
    communication_id: str | None = None
    security_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Member:
    """Somebody in the chat: the guest, an agent, a flow.

    Attributes:
        id: the member's id in this chat.
        role: ``AGENT``, ``CUSTOMER``, ``WORKFLOW`` or ``ACD``, or None.
        state: ``ALERTING``, ``CONNECTED`` or ``DISCONNECTED``, or None.
        display_name: the name that the others see; in no repr.
        first_name: in no repr.
        last_name: in no repr.
        email: in no repr.
        phone_number: in no repr.
        avatar_url: address of a picture; in no repr.
        joined_at: when the member came in, or None.
        left_at: when the member went away, or None.
        authenticated: whether the guest was authenticated by a signed token.
        custom_fields: what the guest's form carried; the platform keeps them as participant
            attributes ``context.<name>``; in no repr.
    """

    id: str
    role: str | None = None
    state: str | None = None
    display_name: str | None = field(default=None, repr=False)
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone_number: str | None = field(default=None, repr=False)
    avatar_url: str | None = field(default=None, repr=False)
    joined_at: datetime | None = None
    left_at: datetime | None = None
    authenticated: bool = False
    custom_fields: Mapping[str, str] = field(default_factory=dict, repr=False)
