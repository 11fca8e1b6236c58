"""What comes with written contacts: pictures and files, whether answers arrived, and customers who clear up.

``seed`` is the conversation's (``draws.seed_of``).
"""

from __future__ import annotations

from typing import Final

import msgspec

from gcanalytics.simulator.business.aftermath.draws import mixed, subject

SENT: Final = "sent"
DELIVERED: Final = "delivered"
READ: Final = "read"
FAILED: Final = "failed"

_ENCLOSED: Final = subject("enclosures")
_ARRIVALS: Final = subject("arrivals of answers")
_CLEARED: Final = subject("cleared")
_SECOND: Final = 1000
_WITH_ENCLOSURE: Final = 820
_NOT_ARRIVED: Final = 82
_CLEARS: Final = 1229
"""How often each happens, of 4,096."""
_RECEIPTS: Final = frozenset({"sms", "whatsapp"})
_READ_RECEIPTS: Final = frozenset({"whatsapp"})
NO_PICTURES: Final = frozenset({"sms"})
"""Services over which nobody sends pictures."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """How far an agent's answer has come at ``at_ms``: SENT, DELIVERED, READ or FAILED."""

    at_ms: int
    state: str


def enclosures(seed: int) -> int:
    """How many pictures or files a customer encloses with what he writes first; mostly none."""
    bits = mixed(seed, _ENCLOSED)
    return 1 + (bits >> 12) % 3 if bits & 0xFFF < _WITH_ENCLOSURE else 0


def clears(seed: int) -> bool:
    """Whether a customer who ends a message on the portal also clears it there."""
    return mixed(seed, _CLEARED) & 0xFFF < _CLEARS


def arrivals(seed: int, party: int, service: str | None, wrote_ms: int) -> tuple[Arrival, ...]:
    """How an answer fares, in time order.

    Args:
        seed: the conversation's.
        party: the agent's.
        service: of a message; None for an e-mail, which tells no more than that it was sent or came back.
        wrote_ms: when the agent wrote.
    """
    bits = mixed(seed, _ARRIVALS ^ party ^ wrote_ms << 8)
    sent = Arrival(wrote_ms, SENT)
    later_ms = wrote_ms + _SECOND + (bits >> 12) % (3 * _SECOND)
    if bits & 0xFFF < _NOT_ARRIVED:
        return sent, Arrival(later_ms, FAILED)
    if service not in _RECEIPTS:
        return (sent,)
    delivered = Arrival(later_ms, DELIVERED)
    if service not in _READ_RECEIPTS:
        return sent, delivered
    return sent, delivered, Arrival(later_ms + 2 * _SECOND + (bits >> 32) % (90 * _SECOND), READ)
