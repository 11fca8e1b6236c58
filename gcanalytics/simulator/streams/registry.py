"""Who listens to what: notification channels, their lives, their limits and their subscriptions.

Pure bookkeeping in real seconds that the caller hands in; no network, no timeline. A channel's socket is
anything that takes texts and can be closed.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from gcanalytics.simulator.streams import notices
from gcanalytics.simulator.streams.subscriptions import TOPICS_PER_CHANNEL, Answer, Rights, Topic

CHANNELS_PER_OWNER = 20
"""Per user and application; "a 21st removes the channel with oldest last used date, channels without an
active connection first" (description of POST /api/v2/notifications/channels in the official SDK)."""

NOTICE_S = 60.0
"""``v2.system.socket_closing`` comes a minute before an intentional close (developer forum, topic 7423)."""

NOTHING = Rights(permissions=())
"""Of a guest's channel."""

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_REMEMBERED = 1000


class Bearer(Protocol):
    """What a channel needs of the token it belongs to: its value and its end in real seconds."""

    @property
    def value(self) -> str:
        """The token itself."""

    @property
    def expires(self) -> float:
        """When it ends; it may be ended early."""


class Socket(Protocol):
    """What a channel needs of its connection."""

    def offer(self, text: str) -> None:
        """Queue a text frame; never blocks."""

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued."""


@dataclass(eq=False)
class Channel:
    """One notification channel.

    Attributes:
        id: ``streaming-0-`` and 26 characters, as the platform's.
        owner: the OAuth client (or the guest conversation) that it belongs to.
        token: the access token that made it or last subscribed with it; the channel ends with it.
        rights: what that token may and sees.
        ends: when the channel ends unless it is subscribed again, in real seconds.
        used: when it was last used, in real seconds.
        limited: whether it counts among its owner's twenty; a guest's does not.
        requested: the ids of its subscriptions by their lower case, as they were sent.
        topics: what these stand for, by key.
        socket: its one connection, or None.
        warned: whether its connection was told that it will be closed.
        attached: called when a connection opens.
    """

    id: str
    owner: str
    token: Bearer
    ends: float
    used: float
    rights: Rights = NOTHING
    limited: bool = True
    requested: dict[str, Answer] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    socket: Socket | None = None
    warned: bool = False
    attached: Callable[[], None] | None = None

    def closes(self) -> float:
        """When the channel ends if nothing is done, in real seconds."""
        return min(self.ends, self.token.expires)


class TooManyTopics(ValueError):
    """A subscription that would give a channel more topics than it may have."""


class ChannelRegistry:
    """All channels of one platform.

    Args:
        life_s: how long a channel lives after its last subscription, in real seconds.
        close_codes: of a second connection, of an eviction or the channel's own end, of the token's end.
        seed: of the channel ids.
        notify: whether connections are told why they are closed.
        combined: whether a combined topic counts ``each`` of its parts, or ``once``.
    """

    def __init__(
        self,
        *,
        life_s: float,
        close_codes: tuple[int, int, int],
        seed: int = 0,
        notify: bool = True,
        combined: str = "each",
    ) -> None:
        self.life_s = life_s
        self._notify = notify
        self._combined = combined
        self.second_code, self.evicted_code, self.token_code = close_codes
        # A short-lived channel is warned late rather than all its life.
        self.notice_s = min(NOTICE_S, life_s / 10)
        self.silent_until = float("-inf")
        self._random = random.Random(seed)
        self._channels: dict[str, Channel] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._listeners: dict[str, dict[Channel, Topic]] = {}

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._channels.values()))

    def create(
        self,
        owner: str,
        now: float,
        *,
        token: Bearer,
        rights: Rights = NOTHING,
        limited: bool = True,
    ) -> Channel:
        """A new channel; the owner's least used one is removed where it is one too many."""
        if limited:
            mine = [channel for channel in self if channel.limited and channel.owner == owner]
            if len(mine) >= CHANNELS_PER_OWNER:
                oldest = min(mine, key=lambda channel: (channel.socket is not None, channel.used))
                self.remove(oldest, self.evicted_code, "channel evicted")
        name = "".join(self._random.choices(_BASE32, k=26))
        channel = Channel(
            id=f"streaming-{self._random.randrange(10)}-{name}",
            owner=owner,
            token=token,
            ends=now + self.life_s,
            used=now,
            rights=rights,
            limited=limited,
        )
        self._channels[channel.id] = channel
        return channel

    def find(self, channel_id: str) -> Channel | None:
        """The living channel of that id."""
        return self._channels.get(channel_id)

    def was(self, channel_id: str) -> bool:
        """Whether a channel of that id lived and is gone."""
        return channel_id in self._gone

    def owned(self, owner: str) -> list[Channel]:
        """An owner's channels, the oldest first."""
        return [channel for channel in self if channel.limited and channel.owner == owner]

    def subscribe(self, channel: Channel, found: Iterable[Answer], *, replace: bool = False) -> None:
        """Add (or set) the permitted subscriptions; the channel's life starts again.

        Raises:
            TooManyTopics: nothing was changed.
        """
        wanted = {} if replace else dict(channel.requested)
        wanted.update({answer.id.lower(): answer for answer in found if answer.permitted})
        topics = {topic.key: topic for answer in wanted.values() for topic in answer.topics}
        counted = len(topics) if self._combined == "each" else len(wanted)
        if counted > TOPICS_PER_CHANNEL:
            raise TooManyTopics(f"A channel is limited to {TOPICS_PER_CHANNEL} topics.")
        self._unlisten(channel)
        channel.requested, channel.topics = wanted, topics
        for key, topic in topics.items():
            self._listeners.setdefault(key, {})[channel] = topic

    def renew(self, channel: Channel, now: float) -> None:
        """Start the channel's life again, as a subscription does."""
        channel.used, channel.ends, channel.warned = now, now + self.life_s, False

    def remove(self, channel: Channel, code: int, reason: str) -> None:
        """End a channel and close its socket."""
        self._unlisten(channel)
        self._channels.pop(channel.id, None)
        self._gone[channel.id] = None
        while len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)
        if channel.socket is not None:
            channel.socket.close(code, reason)
            channel.socket = None

    def _unlisten(self, channel: Channel) -> None:
        for key in channel.topics:
            listeners = self._listeners.get(key, {})
            listeners.pop(channel, None)
            if not listeners:
                self._listeners.pop(key, None)

    def attach(self, channel: Channel, socket: Socket, now: float) -> None:
        """Give a channel its connection; an earlier one is closed (one socket a channel)."""
        if channel.socket is not None:
            self._tell(channel, notices.replaced)
            channel.socket.close(self.second_code, "another connection uses this channel")
        channel.socket, channel.used, channel.warned = socket, now, False

    def detach(self, channel: Channel, socket: Socket, now: float) -> None:
        """Take note that a connection is gone, unless another has taken its place."""
        if channel.socket is socket:
            channel.socket, channel.used = None, now

    def heard(self) -> set[str]:
        """Keys of all topics that a connected channel is subscribed to."""
        return {key for key, listeners in self._listeners.items() if any(one.socket for one in listeners)}

    def publish(self, key: str, body: str, correlation_id: str, *, extra: str = "") -> int:
        """Send one event to everybody who listens; the frame is built once for a spelling of the topic.

        Args:
            key: the topic's name in lower case.
            body: the event's body, encoded.
            correlation_id: of the event.
            extra: further members of the metadata, encoded, each with its leading comma.

        Returns:
            To how many connections it was handed.
        """
        built: dict[str, str] = {}
        sent = 0
        for channel, topic in self._listeners.get(key, {}).items():
            if channel.socket is None:
                continue
            if topic.name not in built:
                built[topic.name] = notices.frame(topic.name, body, correlation_id, extra=extra)
            channel.socket.offer(built[topic.name])
            sent += 1
        return sent

    def end_due(self, now: float) -> None:
        """Remove the channels whose own or whose token's life is over, and warn those whose end is near."""
        for channel in self:
            if channel.token.expires <= now:
                if channel.token.expires == float("-inf"):
                    self._tell(channel, notices.revoked)
                self.remove(channel, self.token_code, "token expired")
            elif channel.ends <= now:
                self.remove(channel, self.evicted_code, "channel expired")
            elif (
                channel.socket is not None and not channel.warned and channel.closes() - now <= self.notice_s
            ):
                channel.warned = True
                self._tell(channel, notices.closing)

    def _tell(self, channel: Channel, notice: Callable[[Channel], str]) -> None:
        if self._notify and channel.socket is not None:
            channel.socket.offer(notice(channel))

    def close_all(self, code: int, reason: str = "") -> int:
        """Close every connection and keep the channels, as a failing server does; how many there were."""
        closed = 0
        for channel in self:
            if channel.socket is not None:
                channel.socket.close(code, reason)
                channel.socket = None
                closed += 1
        return closed
