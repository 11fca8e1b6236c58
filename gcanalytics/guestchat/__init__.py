"""The guest side of an ACD web chat (v2): a small client of its own."""

from gcanalytics.guestchat.answers import ChatResponse
from gcanalytics.guestchat.chat import GuestChat
from gcanalytics.guestchat.events import (
    Closing,
    Event,
    Heartbeat,
    Joined,
    Left,
    MediaRequest,
    MediaRequested,
    Member,
    MemberChange,
    Message,
    Said,
    Typing,
)
from gcanalytics.guestchat.intake import EventCallback
from gcanalytics.guestchat.opening import WebChat
from gcanalytics.guestchat.swarms import swarm
from gcanalytics.transport.retry import RetryPolicy

__all__ = [
    "ChatResponse",
    "Closing",
    "Event",
    "EventCallback",
    "GuestChat",
    "Heartbeat",
    "Joined",
    "Left",
    "MediaRequest",
    "MediaRequested",
    "Member",
    "MemberChange",
    "Message",
    "RetryPolicy",
    "Said",
    "Typing",
    "WebChat",
    "swarm",
]
