"""What the platform tells a connection about itself, unasked: ``v2.system.*`` (SystemMessage of the SDK).

"All v2.system.* topics are sent automatically" (developer forum, topic 7423). What stands behind the last two
names is inferred from the SDK's enums; the setting ``system_notices`` leaves all of them out.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gcanalytics.simulator.streams.registry import Channel

CLOSING_TOPIC = "v2.system.socket_closing"
REPLACED_TOPIC = "v2.system.no_longer_subscribed"
REVOKED_TOPIC = "v2.system.token_revoked"


def frame(name: str, body: str, correlation_id: str, *, extra: str = "") -> str:
    """An event in the platform's envelope (recorded, blog of 2021-06-01; mind the capital C)."""
    return (
        f'{{"topicName":"{name}","version":"2","eventBody":{body},'
        f'"metadata":{{"CorrelationId":"{correlation_id}"{extra}}}}}'
    )


def closing(channel: Channel) -> str:
    """The warning of a planned close."""
    return _message(CLOSING_TOPIC, channel, "The connection will be closed in a minute.")


def replaced(channel: Channel) -> str:
    """A second connection takes the channel; the first one, which reads this, is closed."""
    return _message(
        f"{REPLACED_TOPIC}.{channel.id}",
        channel,
        "Another connection uses this channel.",
        systemTopicType="no_longer_subscribed",
        reason="another_channel_subscribed",
    )


def revoked(channel: Channel) -> str:
    """The token was ended before its time."""
    return _message(
        f"{REVOKED_TOPIC}.{channel.owner}",
        channel,
        "The token was revoked.",
        systemTopicType="token_revoked",
        reason="user_tokens_revoked",
    )


def _message(topic: str, channel: Channel, text: str, **more: str) -> str:
    correlation_id = str(uuid.uuid4())
    body = {"channelId": channel.id, "correlationId": correlation_id, "message": text, **more}
    if channel.limited:
        body["oauthClientId"] = channel.owner
    return frame(topic, json.dumps(body), correlation_id)
