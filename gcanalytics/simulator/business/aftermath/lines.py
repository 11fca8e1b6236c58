"""How well a voice connection carried: codec, losses, delay and the R factor of the E model (ITU-T G.107).

Most lines are good. Some agents work over a poor connection at home, and now and then a call has a bad day.
"""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from gcanalytics.simulator.business.aftermath.draws import Draws, mixed, subject

WIDE: Final = "audio/opus"
NARROW: Final = "audio/PCMU"

_ABOUT: Final = subject("lines")
_PACKETS_A_SECOND: Final = 50
_BEST: Final = {WIDE: 92.46, NARROW: 91.5}
_BAD_CALLS: Final = 123
"""Of 4,096."""
TROUBLED_MS: Final = 80
"""Lines with a delay from here on lost packets; the others did not."""
_POOR_HOMES: Final = 0.07


class Line(msgspec.Struct, frozen=True, gc=False):
    """What one endpoint of a connection counted from its start to its end.

    Attributes:
        r_factor, mos: the lowest of the connection; delay_ms the greatest.
        received: packets, those that were of no use included.
        early_or_late: of these, so many came when there was no use for them: ``overrun`` too early, the
            rest, ``underrun``, too late.
    """

    codec: str
    r_factor: float
    mos: float
    delay_ms: int
    received: int
    overrun: int = 0
    underrun: int = 0
    duplicate: int = 0
    invalid: int = 0

    @property
    def early_or_late(self) -> int:
        """Packets that came too early or too late."""
        return self.overrun + self.underrun


def mean_opinion_score(r_factor: float, codec: str) -> float:
    """The E model's estimate of the listener's opinion; a wide band counts up to 5, not 4.5.

    So it is in a recorded call, digit by digit: R 77.4429 and 4.35977 with opus, 88.9012 and 4.31116 with
    PCMU.
    """
    score = 1 + 0.035 * r_factor + r_factor * (r_factor - 60) * (100 - r_factor) * 7e-6
    return score * 10 / 9 if codec == WIDE else score


def _good(codec: str) -> list[tuple[float, float]]:
    """R factor and score of good lines; squared, because most of them are nearly perfect."""
    factors = [round(_BEST[codec] - 0.6 * (step / 1024) ** 2, 4) for step in range(1024)]
    return [(each, mean_opinion_score(each, codec)) for each in factors]


_GOOD: Final = {codec: _good(codec) for codec in (WIDE, NARROW)}


def line(seed: int, end: int, codec: str, length_ms: int, user_id: str | None = None) -> Line:
    """What an endpoint counted.

    Args:
        seed: of the conversation whose connection it was (``draws.seed_of``).
        end: a number for each endpoint of a conversation.
        codec: WIDE or NARROW.
        length_ms: how long the connection lasted.
        user_id: the agent at this end, None for other ends.
    """
    bits = mixed(seed, _ABOUT ^ end)
    received = max(1, length_ms * _PACKETS_A_SECOND // 1000 - bits % 4)
    bad = (bits >> 2 & 0xFFF) < _BAD_CALLS
    if bad or (user_id is not None and poor_home(user_id)):
        return _troubled(bits, codec, received, 0.04 if bad else 0.015)
    r_factor, mos = _GOOD[codec][bits >> 14 & 0x3FF]
    return Line(codec, r_factor, mos, 30 + (bits >> 30) % 40, received)


def _troubled(bits: int, codec: str, received: int, worst: float) -> Line:
    """A line that loses a share of its packets, ``worst`` at most; they come too early or too late."""
    loss = 0.002 + (worst - 0.002) * (bits >> 14 & 0xFFFF) / 65536
    r_factor = round(max(20.0, _BEST[codec] - 900 * loss - (bits >> 30 & 0xFF) / 43), 4)
    lost = int(received * loss)
    overrun = lost * ((bits >> 38) % 50) // 100
    return Line(
        codec,
        r_factor,
        mean_opinion_score(r_factor, codec),
        TROUBLED_MS + (bits >> 44) % 300,
        received,
        overrun,
        lost - overrun,
        lost * (bits >> 53 & 7) // 20,
        (bits >> 56 & 3) if bits >> 58 < 6 else 0,
    )


@functools.lru_cache(maxsize=4096)
def poor_home(user_id: str) -> bool:
    """Whether an agent works over a poor connection."""
    return Draws(user_id, _ABOUT).share() < _POOR_HOMES
