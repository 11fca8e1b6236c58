"""The timeline: the one course of business that history and live are both read from.

Operating days are made when they are asked for, floor and desk each on its own, both pure functions of
organisation, seed and day; what happens outside the plan (a guest's chat) is added. A floor ends with its
day, a desk up to `desk.REACH` days later: to see all that goes on at a moment takes two floors and four
desks, and desks are quickly made. All instants are milliseconds since the epoch, UTC. Every method may be
called from any thread; those that make days take a second or so for each.
"""

from __future__ import annotations

import bisect
import operator
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from gcanalytics.simulator.business.desk import REACH, Desk
from gcanalytics.simulator.business.floor import Course, Floor
from gcanalytics.simulator.business.guest_desk import Handovers, back_ms, status_log
from gcanalytics.simulator.business.ledger import Conversation, day_of
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.staff import AgentStatus

__all__ = ["LONGEST_DAYS", "AgentStatus", "Change", "Timeline"]

_KEPT: Final = 40
_PASSING: Final = 4
"""Floors and desks at hand whose asker will not come back for them: the two days that one of UTC touches."""
_LATE_DAYS: Final = 2
"""Late wrap-ups come at most 40 hours after the end."""
_FLOOR_DAYS: Final = 1
"""A floor can end after its day: the last crew stays until nobody waits."""
LONGEST_DAYS: Final = REACH + 1
"""No conversation lasts longer: what starts at the end of its operating day is over `REACH` days later."""
_Kind = type[Floor]


class Plan(Protocol):
    """The settings that shape the days."""

    @property
    def conversations_per_week(self) -> int:
        """Interactions in an average week."""

    @property
    def late_write_share(self) -> float:
        """Share of conversations with a wrap-up hours to days later."""

    @property
    def no_answer_acw_share(self) -> float:
        """Share of bounced alerts followed by odd after-call work."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """Something that an observer could see change at ``at_ms``: a conversation, or an agent's status."""

    at_ms: int
    conversation: Conversation | None = None
    user_id: str | None = None


class _Day:
    """The floor or the desk of one operating day, made."""

    def __init__(
        self, conversations: list[Conversation], logs: dict[str, list[tuple[int, AgentStatus]]]
    ) -> None:
        self.conversations = conversations
        self.starts = [each.started_ms for each in conversations]
        self.by_id = {each.id: each for each in conversations}
        self.logs = logs
        self.closed_ms = max((each.closed_ms for each in conversations), default=0)
        self._changes: list[Change] | None = None

    @property
    def changes(self) -> list[Change]:
        """Every change of the day in time order."""
        if self._changes is None:
            found = [
                Change(max(event.at_ms, each.started_ms), each)
                for each in self.conversations
                for event in each.events
            ]
            found += [Change(at_ms, None, user_id) for user_id, log in self.logs.items() for at_ms, _ in log]
            found.sort(key=_at)
            self._changes = found
        return self._changes


_at: Final = operator.attrgetter("at_ms")
_first: Final = operator.itemgetter(0)
_place: Final = operator.attrgetter("started_ms", "id")


class Timeline:
    """What happened, happens and is bound to happen in one organisation.

    Args:
        organization: who works there.
        seed: another seed, another course of business.
        settings: the simulator's settings.
        days: history reaches so many days back from ``start_ms``, to the start of an operating day;
            nothing older exists.
        start_ms: business time at the start.
    """

    def __init__(
        self, organization: Organization, *, seed: int, settings: Plan, days: int, start_ms: int
    ) -> None:
        self.organization = organization
        self.seed = seed
        self.calendar = OperatingDays(organization.zone, organization.quiet_hour)
        self._settings = settings
        self._first = self.calendar.number_at(start_ms - days * 86_400_000)
        self.floor_ms = self.calendar.bounds(self._first)[0]
        self._lock = threading.Lock()
        self._making: dict[tuple[_Kind, int], threading.Lock] = {}
        self._seen = self.calendar.number_at(start_ms)
        self._passing: OrderedDict[tuple[_Kind, int], None] = OrderedDict()
        self._days: dict[_Kind, OrderedDict[int, _Day]] = {Floor: OrderedDict(), Desk: OrderedDict()}
        self._added: dict[str, Conversation] = {}
        self._guest_desk = {
            user.id: Handovers(self.calendar, self._first, place)
            for place, user in enumerate(organization.guest_desk)
        }

    # Conversations.

    def conversations(self, start_ms: int, end_ms: int) -> Sequence[Conversation]:
        """All that started in [start, end), sorted by (started_ms, id); added ones among them."""
        found = [*self.brief(start_ms, end_ms), *self.lasting(start_ms, end_ms)]
        found.sort(key=_place)
        return found

    def lasting(self, start_ms: int, end_ms: int, *, keep: bool = True) -> Sequence[Conversation]:
        """Those of `conversations` that may outlive the day after their start's, up to `LONGEST_DAYS`.

        Nobody plans how long a guest's chat lasts, so added ones are among them.

        Args:
            start_ms: as of `conversations`.
            end_ms: as of `conversations`.
            keep: whether days that are made for this are kept; they are most of the simulator's memory.
        """
        found = self._started(Desk, start_ms, end_ms, keep)
        found += [each for each in self._all_added() if start_ms <= each.started_ms < end_ms]
        found.sort(key=_place)
        return found

    def brief(self, start_ms: int, end_ms: int, *, keep: bool = True) -> Sequence[Conversation]:
        """The others of `conversations`; ``keep`` as of `lasting`."""
        return self._started(Floor, start_ms, end_ms, keep)

    def _started(self, kind: _Kind, start_ms: int, end_ms: int, keep: bool) -> list[Conversation]:
        found: list[Conversation] = []
        if end_ms > start_ms:
            for number in self._numbers(start_ms, end_ms - 1):
                day = self._day(kind, number, keep=keep)
                left = bisect.bisect_left(day.starts, start_ms)
                found += day.conversations[left : bisect.bisect_left(day.starts, end_ms)]
        return found

    def recent(self, since_ms: int, now_ms: int) -> list[Conversation]:
        """Those that have started by now and were not over before ``since_ms``."""
        found: list[Conversation] = []
        for day in self._reaching(since_ms, now_ms):
            if day.closed_ms >= since_ms:
                started = day.conversations[: bisect.bisect_right(day.starts, now_ms)]
                found += [each for each in started if each.closed_ms >= since_ms]
        found += [each for each in self._all_added() if each.started_ms <= now_ms]
        found.sort(key=_place)
        return found

    def _reaching(self, start_ms: int, end_ms: int) -> list[_Day]:
        """Every floor and desk at which something can happen in a stretch of time."""
        first, last = self.calendar.number_at(start_ms), self.calendar.number_at(end_ms)
        return [
            self._day(kind, number)
            for kind, days in ((Floor, _FLOOR_DAYS), (Desk, REACH))
            for number in range(max(first - days, self._first), last + 1)
        ]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of this id, whenever it starts, or None; makes at most one floor and one desk."""
        with self._lock:
            added = self._added.get(conversation_id)
        if added is not None:
            return added
        hidden = day_of(conversation_id)
        if hidden is None:
            return None
        # Ids tell the day's number modulo 65,536; nobody can know an id of a day that was never looked at.
        number = self._first + (hidden - self._first) % 65_536
        with self._lock:
            revealed = number <= self._seen
        if not revealed:
            return None
        # The desk first: it is the quicker to make.
        found = self._day(Desk, number).by_id.get(conversation_id)
        return found or self._day(Floor, number).by_id.get(conversation_id)

    def ongoing(self, now_ms: int) -> list[Conversation]:
        """Those that have started and are not over, owed after-call work included; by (started_ms, id)."""
        found: list[Conversation] = []
        for day in self._reaching(now_ms, now_ms):
            if day.closed_ms > now_ms:
                started = day.conversations[: bisect.bisect_right(day.starts, now_ms)]
                found += [each for each in started if each.closed_ms > now_ms]
        found += [each for each in self._all_added() if each.started_ms <= now_ms and not each.over(now_ms)]
        found.sort(key=_place)
        return found

    def add(self, conversation: Conversation) -> None:
        """Take in a conversation outside the plan; its owner goes on appending events to it."""
        with self._lock:
            self._added[conversation.id] = conversation

    # Changes and people.

    def changes(self, after_ms: int, upto_ms: int) -> list[Change]:
        """Everything that changed in (after, upto], in time order; late wrap-ups among it."""
        found: list[Change] = []
        for day in self._reaching(after_ms - _LATE_DAYS * 86_400_000, upto_ms):
            changes = day.changes
            left = bisect.bisect_right(changes, after_ms, key=_at)
            found += changes[left : bisect.bisect_right(changes, upto_ms, key=_at)]
        stirred = any(each.stir(after_ms, upto_ms) for each in self._guest_desk.values())
        for each in self._all_added():
            for event in each.events_until(upto_ms):
                if event.at_ms > after_ms:
                    found.append(Change(event.at_ms, each))
                stirred = stirred or max(event.at_ms, back_ms(event) or 0) > after_ms
        for user_id in self._guest_desk if stirred else ():
            log = self._guest_desk_log(user_id, after_ms, upto_ms)
            found += [Change(at_ms, None, user_id) for at_ms, _ in log if at_ms > after_ms]
        found.sort(key=_at)
        return found

    def agent(self, user_id: str, now_ms: int) -> AgentStatus:
        """What an agent shows at this moment; OFFLINE and OFF_QUEUE for one who never logged on."""
        if user_id in self._guest_desk:
            return self._guest_desk_log(user_id, now_ms, now_ms)[-1][1]
        at_desk = self._at_desk(user_id)
        kind, back = (Desk, REACH) if at_desk else (Floor, _FLOOR_DAYS)
        today = self.calendar.number_at(now_ms)
        latest: tuple[int, AgentStatus] | None = None
        for number in range(today, max(today - back, self._first) - 1, -1):
            # Whose day has not begun has his last entries in a day before, at the desk also in the morning.
            log = self._day(kind, number).logs.get(user_id, ())
            position = bisect.bisect_right(log, now_ms, key=_first)
            if position and (latest is None or log[position - 1][0] > latest[0]):
                latest = log[position - 1]
            if latest is not None and not at_desk:
                break
        if latest is not None:
            return latest[1]
        presence = self.organization.presence("OFFLINE")
        return AgentStatus("OFF_QUEUE", self.floor_ms, "OFFLINE", presence.id, self.floor_ms, False)

    def statuses(self, user_id: str, start_ms: int, end_ms: int) -> list[tuple[int, AgentStatus]]:
        """What an agent shows at ``start_ms``, and every change of it in (start, end), in time order.

        From each entry's instant to the next one's `agent` gives the same; of equal instants the last counts.
        """
        found = [(start_ms, self.agent(user_id, start_ms))]
        if user_id in self._guest_desk:
            told = self._guest_desk_log(user_id, start_ms, end_ms - 1)
            return found + [entry for entry in told if entry[0] > start_ms]
        if self._at_desk(user_id):
            # His stretches at the desks of several days lie side by side and never overlap.
            logs = [self._day(Desk, each).logs.get(user_id, []) for each in self._desks(start_ms, end_ms - 1)]
            told = sorted((entry for log in logs for entry in log), key=_first)
            return found + [entry for entry in told if start_ms < entry[0] < end_ms]
        for number in self._numbers(start_ms - 86_400_000, end_ms - 1):
            begins_ms = self.calendar.bounds(number)[0]
            log = self._day(Floor, number).logs.get(user_id, ())
            # A day's log rules from its first entry on, also where somebody stayed on from the day before.
            ruled = [(max(at_ms, begins_ms), status) for at_ms, status in log if at_ms < end_ms]
            while ruled and len(found) > 1 and found[-1][0] >= ruled[0][0]:
                found.pop()
            found += [entry for entry in ruled if entry[0] > start_ms]
        return found

    def _at_desk(self, user_id: str) -> bool:
        user = self.organization.users_by_id.get(user_id)
        return user is not None and bool(user.desk)

    def _desks(self, start_ms: int, end_ms: int) -> range:
        """The days at whose desks somebody can be in a stretch of time."""
        numbers = self._numbers(start_ms, end_ms)
        return range(max(numbers.start - REACH, self._first), numbers.stop)

    def _guest_desk_log(self, user_id: str, from_ms: int, until_ms: int) -> list[tuple[int, AgentStatus]]:
        """The log of somebody of the guest desk, who is on queue around the clock."""
        presences = self.organization.presence("ON_QUEUE"), self.organization.presence("OFFLINE")
        handovers = self._guest_desk[user_id]
        return status_log(self._all_added(), user_id, handovers, from_ms, until_ms, presences=presences)

    # Days.

    def _numbers(self, start_ms: int, end_ms: int) -> range:
        first = max(self.calendar.number_at(start_ms), self._first)
        return range(first, self.calendar.number_at(end_ms) + 1)

    def _all_added(self) -> list[Conversation]:
        with self._lock:
            return list(self._added.values())

    def _day(self, kind: _Kind, number: int, *, keep: bool = True) -> _Day:
        days, key = self._days[kind], (kind, number)
        with self._lock:
            self._seen = max(self._seen, number)
            if keep:
                self._passing.pop(key, None)
            day = days.get(number)
            if day is not None:
                days.move_to_end(number)
                return day
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                day = days.get(number)
            if day is None:
                day = self._make(kind, number)
                with self._lock:
                    days[number] = day
                    self._making.pop(key, None)
                    if not keep:
                        self._passing[key] = None
                    self._let_go()
            return day

    def _let_go(self) -> None:
        """Forgets the days that were asked for longest ago, and those that nobody comes back for."""
        for days in self._days.values():
            while len(days) > _KEPT:
                days.popitem(last=False)
        while len(self._passing) > _PASSING:
            (kind, number), _ = self._passing.popitem(last=False)
            self._days[kind].pop(number, None)

    def _make(self, kind: _Kind, number: int) -> _Day:
        settings = self._settings
        course = Course(
            seed=self.seed,
            per_week=settings.conversations_per_week,
            late_share=settings.late_write_share,
            no_answer_acw_share=settings.no_answer_acw_share,
        )
        return _Day(*kind(self.organization, self.calendar, number, course).run())
