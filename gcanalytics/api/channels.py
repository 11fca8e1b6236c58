"""Notification channels and their subscriptions, over REST. The socket itself is ``transport.listener``."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from gcanalytics.errors import ApiError, PermissionDenied, QueryError

if TYPE_CHECKING:
    from gcanalytics.contract import answers, bodies
    from gcanalytics.transport.response import ApiResponse
    from gcanalytics.transport.rest import Rest

__all__ = [
    "TOPICS_PER_CHANNEL",
    "Channel",
    "Subscription",
    "create",
    "demand",
    "lost_kinds",
    "subscribe",
    "subscriptions",
]

TOPICS_PER_CHANNEL = 1000
"""Topics that one channel may have; beyond it the platform answers 400 (developer forum, topic 10312)."""

DAY_S = 86_400.0
_CHANNELS = "/api/v2/notifications/channels"


@dataclass(frozen=True)
class Channel:
    """A channel. Its address opens the stream to anybody, so it is in no repr.

    Attributes:
        id: channel id.
        connect_uri: address of its WebSocket; always take it as it is.
        expires: ISO-8601 text; subscribing again moves it a day ahead.
        date: the server's own time at the creation (HTTP ``Date``), or None.
    """

    id: str
    connect_uri: str
    expires: str | None = None
    date: str | None = None

    @property
    def life_s(self) -> float:
        """Seconds from a subscription to the channel's end, by the server's clock; a day if unknown."""
        try:
            ends = datetime.fromisoformat(self.expires or "")
            made = parsedate_to_datetime(self.date) if self.date else datetime.now(UTC)
            life_s = (ends - made).total_seconds()
        except (ValueError, TypeError):  # TypeError: one of them without a zone
            return DAY_S
        return life_s if 0 < life_s <= 2 * DAY_S else DAY_S

    def __repr__(self) -> str:
        """Without id and address."""
        return f"Channel(expires={self.expires!r})"


@dataclass(frozen=True)
class Subscription:
    """The platform's answer for one topic.

    Attributes:
        topic: the topic as it was asked for.
        permitted: whether its events will come.
        reason: why not.
        missing_permissions: what the OAuth client's roles lack.
    """

    topic: str
    permitted: bool
    reason: str | None = None
    missing_permissions: tuple[str, ...] = ()


def create(rest: Rest, *, stop: threading.Event | None = None) -> Channel:
    """A new channel. ``POST /api/v2/notifications/channels``, no permission needed.

    It lives 24 hours from the last subscription. A user and application have at most 20; one more removes
    the one that was used least lately, those without a socket first (official SDK's documentation of the
    call). So a channel whose answer was lost does no harm, and the request may be repeated.

    Raises:
        ApiError: no channel came back. Also all errors of the transport.
    """
    answer = rest.request("POST", _CHANNELS, repeatable=True, stop=stop)
    made: answers.Channel = _object(answer)
    channel_id, uri, expires = made.get("id"), made.get("connectUri"), made.get("expires")
    if not isinstance(channel_id, str) or not isinstance(uri, str):
        raise ApiError("The platform made no channel.", status=answer.status, method="POST", path=_CHANNELS)
    return Channel(channel_id, uri, expires if isinstance(expires, str) else None, answer.header("Date"))


def subscribe(
    rest: Rest,
    channel_id: str,
    topics: Sequence[str],
    *,
    replace: bool = True,
    ignore_errors: bool = False,
    stop: threading.Event | None = None,
) -> list[Subscription]:
    """Subscribe a channel, and prolong its life by 24 hours.

    ``PUT`` (replace) or ``POST`` (add) ``/api/v2/notifications/channels/{id}/subscriptions``; each topic
    needs its own permission. One forbidden topic refuses the whole request with 403, unless ``ignore_errors``
    (announcement of 2021-12-13).

    Args:
        rest: the transport.
        channel_id: the channel.
        topics: names such as ``v2.routing.queues.<id>.conversations``.
        replace: drop all other subscriptions of the channel; else add to them.
        ignore_errors: take the permitted ones and tell the others in the answer.
        stop: wakes waits between retries.

    Raises:
        QueryError: no topic, or more than 1,000; before any request.
        PermissionDenied: a topic is forbidden and errors are not ignored.
        ApiError: status 404 where the channel is gone. Also all errors of the transport.
    """
    if not topics:
        raise QueryError("Name at least one topic to subscribe to.")
    if len(topics) > TOPICS_PER_CHANNEL:
        raise QueryError(f"A channel takes {TOPICS_PER_CHANNEL} topics, not {len(topics)}.")
    body: list[bodies.ChannelTopic] = [{"id": topic} for topic in topics]
    answer = rest.request(
        "PUT" if replace else "POST",
        f"{_CHANNELS}/{channel_id}/subscriptions",
        params={"ignoreErrors": True} if ignore_errors else None,
        json=body,
        repeatable=True,  # adding a topic twice is adding it once
        stop=stop,
    )
    return _subscriptions(answer)


def subscriptions(rest: Rest, channel_id: str, *, stop: threading.Event | None = None) -> list[Subscription]:
    """What a channel is subscribed to. ``GET /api/v2/notifications/channels/{id}/subscriptions``.

    Raises:
        ApiError: status 404 where the channel is gone. Also all errors of the transport.
    """
    return _subscriptions(rest.request("GET", f"{_CHANNELS}/{channel_id}/subscriptions", stop=stop))


def demand(answers: Iterable[Subscription]) -> None:
    """Insist that all of these topics are permitted.

    Raises:
        PermissionDenied: one is not; names the topics and the permissions that are missing.
    """
    refused = [answer for answer in answers if not answer.permitted]
    if refused:
        lacking = sorted({name for answer in refused for name in answer.missing_permissions})
        raise PermissionDenied(
            f"The platform refuses {len(refused)} topic(s), the first of them {refused[0].topic}.",
            status=403,
            server_message=refused[0].reason,
            hint=f"Give the OAuth client a role with {', '.join(lacking)}." if lacking else None,
        )


def lost_kinds(answers: Iterable[Subscription]) -> dict[str, str]:
    """What will not come, by the last word of the refused topics, and in words what the client lacks."""
    lacking: dict[str, set[str]] = {}
    for answer in answers:
        if not answer.permitted:
            word = answer.topic.rpartition(".")[2]
            lacking.setdefault(word, set()).update(answer.missing_permissions)
    return {
        word: f"the OAuth client lacks {', '.join(sorted(names))}" if names else "the platform refuses them"
        for word, names in lacking.items()
    }


def _object(answer: ApiResponse) -> Any:
    """The JSON object of an answer, an empty one in place of anything else; the caller names its type."""
    return answer.data if isinstance(answer.data, dict) else {}


def _subscriptions(answer: ApiResponse) -> list[Subscription]:
    """The answers by topic; a topic without a state counts as permitted."""
    listing: answers.ChannelTopicEntityListing = _object(answer)
    entities = listing.get("entities")
    return [
        _subscription(entity)
        for entity in (entities if isinstance(entities, list) else ())
        if isinstance(entity, dict) and isinstance(entity.get("id"), str)
    ]


def _subscription(entity: answers.ChannelTopic) -> Subscription:
    missing = entity.get("missingPermissions")
    return Subscription(
        entity["id"],
        str(entity.get("state", "Permitted")).casefold() != "rejected",
        entity.get("rejectionReason"),
        tuple(str(name) for name in missing) if isinstance(missing, list) else (),
    )
