"""What an agent makes of a guest's words, and what he says himself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gcanalytics.simulator.business.organization import Queue

_QUOTED: Final = 200
_TRANSFER: Final = re.compile(r"\b(?:transfer|connect|forward|pass|put) (?:me|us)\b", re.IGNORECASE)
_SHOW: Final = re.compile(r"\b(?:share|show(?: you)?|look at|see) my screen\b", re.IGNORECASE)
_BYE: Final = frozenset({"bye", "goodbye"})
_THANKS: Final = frozenset({"thanks", "thank"})


@dataclass(frozen=True)
class Wish:
    """What a guest wants.

    Attributes:
        said: what the agent answers.
        transfer_to: the queue to which he wants to be transferred.
        screen: he wants to show his screen.
        parting: he says goodbye.
    """

    said: str
    transfer_to: Queue | None = None
    screen: bool = False
    parting: bool = False


def wish(text: str, queues: Iterable[Queue]) -> Wish:
    """What the agent makes of a message; his answer shows that it was read.

    Args:
        text: the guest's words.
        queues: where chats can go.
    """
    words = " ".join(text.split())
    short = words if len(words) <= _QUOTED else words[:_QUOTED].rstrip() + "..."
    plain = {word.strip(".,!?").casefold() for word in words.split()}
    if asked := _TRANSFER.search(words):
        queue = _named(words[asked.end() :], queues)
        if queue is not None:
            return Wish(f"I will transfer you to {queue.name}. One moment, please.", queue)
        return Wish(f'I cannot transfer you there: "{short}"')
    if _SHOW.search(words):
        return Wish("Please let me see your screen.", screen=True)
    if plain & _BYE:
        return Wish("You are welcome. Goodbye!", parting=True)
    if plain & _THANKS:
        return Wish("You are welcome. Is there anything else?")
    if words.endswith("?"):
        return Wish(f'You asked: "{short}" Let me look that up for you.')
    return Wish(f'I have noted: "{short}" Is there anything else?')


def _named(words: str, queues: Iterable[Queue]) -> Queue | None:
    """The queue to which words point; of names that begin alike, the longest."""
    found = [
        queue
        for queue in queues
        if re.search(rf"\bto (?:the |your )?{re.escape(queue.name)}\b", words, re.IGNORECASE)
    ]
    return max(found, key=lambda queue: len(queue.name), default=None)


def greeting(agent: str, guest: str, queue: str) -> str:
    """What the agent says first; all three are names."""
    return f"Hello {guest}, this is {agent.split()[0]} of {queue}. How can I help you?"
