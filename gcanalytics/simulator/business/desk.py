"""The desk of one operating day: messages, e-mails and scheduled callbacks, which may outlive their day.

What a day leaves over is done on the mornings of days to come, at most `REACH` later. Each desk is a pure
function of organisation, seed and day all the same: it alone has its people in a stretch of such a morning,
and the day's own desk has them afterwards. So nobody is at two desks at once, and what he shows at a moment
stands in the log of the desk that had him last.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from gcanalytics.simulator.business.calls import Visit
from gcanalytics.simulator.business.correspondence import Correspondence
from gcanalytics.simulator.business.floor import Floor
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Queue, User
from gcanalytics.simulator.business.staff import AgentStatus, Duty

REACH: Final = 3
"""A desk is cleared in the course of so many operating days after its own, at the latest."""
_MINUTE: Final = 60_000
_MORNING_MS: Final = (0, 120 * _MINUTE, 90 * _MINUTE, 70 * _MINUTE)
_MORNING_OF_LETTERS_MS: Final = (0, 140 * _MINUTE, 105 * _MINUTE, 80 * _MINUTE)
"""How long each day's leftovers are worked on where one, two or three days have left some; there are more
letters than messages of a night, and the callbacks are made by those who answer letters."""
_WIND_DOWN_MS: Final = 18 * _MINUTE
"""In this last part of a stretch nothing more is taken on, so that all is done when it ends."""
_OVERTIME_MS: Final = 30 * _MINUTE
_CLOSING_HOUR: Final = 16
_LEAST_PATIENCE_S: Final = 60


class Stint(msgspec.Struct, frozen=True):
    """A stretch in which a desk has somebody: on its own day, or for its leftovers."""

    start_ms: int
    end_ms: int
    leftovers: bool


def stints(user: User, days: OperatingDays, number: int) -> Iterator[Stint]:
    """The stretches of an employee that belong to the desk of a day, in order."""
    if not user.works or not user.desk:
        return
    for day in range(number, number + REACH + 1):
        if not _works(user, day):
            continue
        begin = days.at_hour(day, user.shift[0])
        origins = _origins(user, day)
        length = (_MORNING_OF_LETTERS_MS if "email" in user.desk else _MORNING_MS)[len(origins)]
        if day == number:
            yield Stint(begin + len(origins) * length, days.at_hour(day, user.shift[1]), leftovers=False)
        elif number in origins:
            start = begin + origins.index(number) * length
            yield Stint(start, start + length, leftovers=True)


def _works(user: User, day: int) -> bool:
    return date.fromordinal(day).weekday() not in user.days_off


def _origins(user: User, day: int) -> range:
    """The days whose leftovers he works on: his last working day, and those since."""
    if not user.leftovers:
        return range(0)
    back = next((back for back in range(1, REACH) if _works(user, day - back)), REACH)
    return range(day - back, day)


class Desk(Floor):
    """The simulation of one day's desk; ``run`` it once.

    Attributes:
        windows: by queue, when callbacks can be made.
    """

    name = "desk"
    media = ("message", "email", "callback")
    avoids = False

    def _open(self) -> None:
        self.correspondence = Correspondence(self)
        self.trades |= {"message": self.correspondence, "email": self.correspondence}
        self.windows: dict[str, list[Stint]] = {queue.id: [] for queue in self.organization.queues}

    def run(self) -> tuple[list[Conversation], dict[str, list[tuple[int, AgentStatus]]]]:
        """The day's conversations, sorted by start and id, and the log of each who worked on them."""
        closing_ms = self.days.at_hour(self.number + REACH, _CLOSING_HOUR)
        self.at(closing_ms, self.lines.close, closing_ms)
        return super().run()

    def arrive(self, at_ms: int, queue: Queue, medium: str) -> None:
        """Somebody gets in touch, aiming at a queue."""
        if medium == "callback":
            self.callbacks.arrive(at_ms, queue, self.windows[queue.id])
        else:
            self.correspondence.arrive(at_ms, queue, medium)

    def planned(self, user: User, source: random.Random) -> Iterator[Duty]:
        """When somebody works here, in order."""
        for stint in stints(user, self.days, self.number):
            if "callback" in user.desk:
                for queue_id in user.queue_ids:
                    self.windows[queue_id].append(stint)
            begin = stint.start_ms + source.randrange(20_000)
            if stint.leftovers:
                yield Duty(begin, 0, "ON_QUEUE", stint.end_ms)
                yield Duty(stint.end_ms - _WIND_DOWN_MS, 0, "AVAILABLE")
                continue
            yield Duty(begin, 0, "ON_QUEUE", stint.end_ms + _OVERTIME_MS)
            yield from self._breaks(begin, stint.end_ms, source)
            yield Duty(stint.end_ms - source.randrange(4 * _MINUTE), 0, "OFFLINE")

    @staticmethod
    def _breaks(begin_ms: int, end_ms: int, source: random.Random) -> Iterator[Duty]:
        stagger = source.uniform(-0.08, 0.08)
        for share, minutes, presence in ((0.35, 30, "MEAL"), (0.72, 15, "BREAK")):
            length = int(minutes * _MINUTE * source.uniform(0.9, 1.15))
            yield Duty(begin_ms + int((end_ms - begin_ms) * (share + stagger)), length, presence)

    def stays(self, _: int, /) -> bool:
        """Nobody does: what waits can wait until tomorrow."""
        return False

    def requirements(self, visit: Visit) -> None:
        """None: who waits over night must not wait for the one who can do it and has a day off."""

    def gives_up(self, visit: Visit) -> int | None:
        """When a writer's patience ends; None, never: letters and callbacks wait for ever."""
        if visit.media != "message":
            return None
        patience = self.random.expovariate(1 / visit.queue.demand["message"].patience_s)
        return visit.since_ms + int((patience + _LEAST_PATIENCE_S) * 1000)
