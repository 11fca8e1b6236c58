"""Pure decisions about an event stream: when it is dead, when to connect again, after how long."""

from __future__ import annotations

import random
from typing import Any, Literal

from gcanalytics.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    PermissionDenied,
    QueryError,
)

__all__ = ["PING", "SETTLED_S", "asks_to_reconnect", "backoff", "is_fatal", "is_system", "watch"]

# A text frame, not a protocol ping: the platform answers it on channel.metadata with "pong"
# (official Java SDK, NotificationHandler.sendPing).
PING = '{"message":"ping"}'
# A connection that lived this long ends the series of attempts, so that a server which accepts and
# hangs up at once is not hammered.
SETTLED_S = 10.0


def backoff(attempt: int) -> float:
    """Seconds before the given attempt (from 1): doubling from 1 to 60, of which a random half to whole."""
    return float(min(60.0, 2.0 ** (min(attempt, 10) - 1)) * random.uniform(0.5, 1.0))


def is_fatal(error: Exception) -> bool:
    """Whether trying again cannot help: refused credentials, a missing permission, a wrong setting."""
    if isinstance(error, AuthenticationError | PermissionDenied | ConfigurationError | QueryError):
        return True
    if isinstance(error, ApiError) and error.status is not None:
        return 400 <= error.status < 500 and error.status not in {404, 408, 409, 410, 423, 425, 429}
    return False


def watch(
    silent_s: float, *, heartbeat_s: float, pinged: bool
) -> tuple[Literal["wait", "ping", "dead"], float]:
    """What a silence of ``silent_s`` calls for, and the seconds to wait where it calls for nothing yet.

    The platform sends a heartbeat every 30 seconds. After one and a quarter of them we ask with a ping,
    after two the connection counts as dead.
    """
    if silent_s >= 2 * heartbeat_s:
        return "dead", 0.0
    if silent_s >= 1.25 * heartbeat_s and not pinged:
        return "ping", 0.0
    return "wait", (2.0 if pinged else 1.25) * heartbeat_s - silent_s


def is_system(topic: str) -> bool:
    """Whether the platform itself speaks: heartbeats, pongs and ``v2.system.*``."""
    folded = topic.casefold()
    return folded == "channel.metadata" or folded.startswith("v2.system.")


def asks_to_reconnect(topic: str | None, result: Any) -> str | None:
    """Why this message means that we should connect again at once; None for all others.

    ``v2.system.socket_closing`` comes, if at all, a minute before a planned close, and it is safe to connect
    again at once (developer.genesys.cloud forum 7423). ``{"result":"404"}`` answers for a channel that is
    gone (seen by genesys-notifications).
    """
    if topic is not None:
        folded = topic.casefold()
        if folded.startswith("v2.system.socket_closing"):
            return "The server announced that it closes this connection."
        if folded.startswith("v2.system.no_longer_subscribed"):
            return "The server says that this channel is no longer subscribed."
        if folded.startswith("v2.system.token_revoked"):
            return "The server says that the token was revoked."
    elif str(result) == "404":
        return "The server says that this channel is gone."
    return None
