"""When interactions reach the contact center: a Poisson process whose rate follows hour and weekday."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import Final

from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization, Queue

_SLICE_MS: Final = 15 * 60 * 1000


def arrivals(
    organization: Organization,
    days: OperatingDays,
    number: int,
    *,
    seed: str,
    per_week: float,
    media: Collection[str],
) -> list[tuple[int, Queue, str]]:
    """All arrivals of one operating day as (instant in ms, queue aimed at, medium), in time order.

    Args:
        organization: its queues' weekly volumes and profiles give the shape.
        days: the calendar.
        number: the day.
        seed: the same text always gives the same arrivals.
        per_week: interactions in an average week, all queues and media together.
        media: whose arrivals are wanted.
    """
    asked = sum(each.weekly for queue in organization.queues for each in queue.demand.values())
    scale = per_week / asked if asked else 0.0
    start_ms, end_ms = days.bounds(number)
    result = []
    for queue in organization.queues:
        rates = list(_rates(queue, days, start_ms, end_ms))
        for medium, demand in queue.demand.items():
            if medium not in media:
                continue
            source = random.Random(f"{seed}/arrivals/{queue.id}/{medium}")
            weekly = demand.weekly * scale
            result += [(at_ms, queue, medium) for at_ms in _poisson(source, rates, weekly, start_ms, end_ms)]
    result.sort(key=lambda arrival: (arrival[0], arrival[1].id, arrival[2]))
    return result


def _rates(queue: Queue, days: OperatingDays, start_ms: int, end_ms: int) -> Iterator[float]:
    """The share of a week's volume that falls into each slice of the day."""
    week = sum(queue.hourly) * sum(queue.weekdays)
    for at_ms in range(start_ms, end_ms, _SLICE_MS):
        weekday, hour = days.clock(at_ms + _SLICE_MS // 2)
        # Hours are given for their middle; between two middles the rate runs straight.
        before, share = divmod(hour - 0.5, 1)
        rate = queue.hourly[int(before) % 24] * (1 - share) + queue.hourly[int(before + 1) % 24] * share
        yield rate * queue.weekdays[weekday] / week / 4


def _poisson(
    source: random.Random, rates: list[float], weekly: float, start_ms: int, end_ms: int
) -> Iterator[int]:
    left = source.expovariate(1.0)
    for slice_no, rate in enumerate(rates):
        expected = rate * weekly
        used = 0.0
        while expected - used > left:
            used += left
            at_ms = start_ms + slice_no * _SLICE_MS + int(_SLICE_MS * used / expected)
            if at_ms < end_ms:
                yield at_ms
            left = source.expovariate(1.0)
        left -= expected - used
