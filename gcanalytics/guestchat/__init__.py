"""The guest side of an ACD web chat (v2): a small client of its own."""

from gcanalytics.guestchat.chat import GuestChat, WebChat
from gcanalytics.guestchat.events import Closing, Event, Joined, Left, Member, MemberChange, Message, Typing
from gcanalytics.guestchat.swarms import swarm
from gcanalytics.transport.retry import RetryPolicy

__all__ = [
    "Closing",
    "Event",
    "GuestChat",
    "Joined",
    "Left",
    "Member",
    "MemberChange",
    "Message",
    "RetryPolicy",
    "Typing",
    "WebChat",
    "swarm",
]
