"""Random draws that a conversation's id decides: cheap, and independent of each other by subject."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, TypeVar

_T = TypeVar("_T")
_MASK: Final = (1 << 64) - 1
_STEP: Final = 0x9E3779B97F4A7C15


def subject(name: str) -> int:
    """The number that tells a subject's draws from those of other subjects."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def seed_of(conversation_id: str) -> int:
    """The 64 random bits of a conversation's id (a UUID whose first and last eight digits are random)."""
    return int(conversation_id[:8], 16) << 32 | int(conversation_id[28:], 16)


def mixed(seed: int, about: int) -> int:
    """64 random bits for a conversation's seed and a subject's number: one draw, without an object."""
    found = ((seed ^ about) + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    found = (found ^ (found >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    found = (found ^ (found >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return found ^ (found >> 31)


class Draws:
    """The draws of one conversation for one subject, the same at every look (splitmix64).

    Args:
        conversation_id: the conversation's id, or any UUID.
        about: the subject's number; numbers that differ in any bit give independent draws.
    """

    __slots__ = ("_state",)

    def __init__(self, conversation_id: str, about: int) -> None:
        self._state = seed_of(conversation_id) ^ about

    def bits(self) -> int:
        """64 random bits."""
        found = mixed(self._state, 0)
        self._state = (self._state + _STEP) & _MASK
        return found

    def share(self) -> float:
        """A number in [0, 1)."""
        return (self.bits() >> 11) / 9007199254740992.0

    def within(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.share()

    def whole(self, low: float, high: float) -> int:
        """A whole number in [low, high)."""
        return int(low + (high - low) * self.share())

    def one_of(self, choices: Sequence[_T]) -> _T:
        """One of them."""
        return choices[self.bits() % len(choices)]


def derived_id(*parts: str) -> str:
    """A version 4 UUID in form, the same for the same parts."""
    text = hashlib.blake2b("/".join(parts).encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
