"""How long customers wait, a medium at a time, and from when on that is too long. Pure.

An e-mail waits for hours where a caller waits for seconds: one number for both would tell of neither. The
platform's own views and observations keep media apart, and so do a queue's targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .shapes import Wait
from .tiles import EMAIL

__all__ = ["Limits", "MediaWait", "by_media"]

UNTOLD_S = 60.0
UNTOLD_MAIL_S = 86_400.0
ALARM_TIMES = 3


@dataclass(frozen=True)
class Limits:
    """From when on a customer waits long, and far too long.

    Attributes:
        targets: (queue id, media type) to the seconds within which the queue wants to answer: the service
            level of its ``mediaSettings``.
        warn_s: a wait this long is long, in every queue and medium; None takes the target, where there is
            none a minute and for e-mails a day.
        alarm_s: a wait this long is far too long; None takes three times the other.
    """

    targets: Mapping[tuple[str, str], float] = field(default_factory=dict)
    warn_s: float | None = None
    alarm_s: float | None = None

    def of(self, queue_id: str | None, media: str | None) -> tuple[float, float]:
        """Both limits, seconds."""
        warn_s = self.warn_s
        if warn_s is None:
            untold = UNTOLD_MAIL_S if media == EMAIL else UNTOLD_S
            warn_s = self.targets.get((queue_id or "", media or ""), untold)
        if self.alarm_s is None:
            return warn_s, ALARM_TIMES * warn_s
        return min(warn_s, self.alarm_s), self.alarm_s

    def severity(self, wait_s: float | None, queue_id: str | None, media: str | None) -> str:
        """Empty, ``warn`` or ``alarm``."""
        warn_s, alarm_s = self.of(queue_id, media)
        if wait_s is None or wait_s < warn_s:
            return ""
        return "warn" if wait_s < alarm_s else "alarm"


@dataclass(frozen=True)
class MediaWait:
    """Those who wait in one medium, over all queues.

    Attributes:
        media: its name.
        waiting: how many.
        longest_s: the longest of their waits, seconds; None where it is not known.
        severity: the worst of the queues': empty, ``warn`` or ``alarm``.
        over_s: the limit, seconds, of the queue that has the worst.
    """

    media: str
    waiting: int
    longest_s: float | None
    severity: str
    over_s: float


def by_media(waits: Iterable[Wait], limits: Limits) -> tuple[MediaWait, ...]:
    """The waits of each medium, in the order in which they come."""
    found: dict[str, list[Wait]] = {}
    for wait in waits:
        found.setdefault(wait.media or "unknown", []).append(wait)
    return tuple(_of_all_queues(media, group, limits) for media, group in found.items())


def _of_all_queues(media: str, waits: list[Wait], limits: Limits) -> MediaWait:
    longest_s = max((wait.longest_s for wait in waits if wait.longest_s is not None), default=None)
    judged = [(limits.severity(wait.longest_s, wait.queue_id, wait.media), wait) for wait in waits]
    severity, worst = max(judged, key=lambda each: ("", "warn", "alarm").index(each[0]))
    warn_s, _ = limits.of(worst.queue_id, worst.media)
    return MediaWait(media, sum(wait.waiting for wait in waits), longest_s, severity, warn_s)
