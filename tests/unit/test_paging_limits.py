"""Results beyond what the platform pages through: halved while that helps, else an error with the day."""

import threading
from collections.abc import Callable

import pytest

from gcanalytics.api.intervals import Interval
from gcanalytics.errors import IncompletePull

from .paged_platform import DAY, Platform, body, ids_of, pages_of


def _crowded(
    per_ms: float, *, whole_day: bool, size: int = 100
) -> Callable[[Interval, int, threading.Event], bytes]:
    """A platform with so many results that only their number is ever made."""

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        length = 86_400_000 if whole_day else interval.end_ms - interval.start_ms
        hits = int(length * per_ms)
        here = min(size, hits - size * (number - 1))
        return body([f"{interval.start_ms}-{number}-{i}" for i in range(here)], hits) if here > 0 else b"{}"

    return fetch


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> int:
    """A platform that pages through a thousand results instead of a hundred thousand."""
    monkeypatch.setattr("gcanalytics.api.query.MAX_RESULTS", 1000)
    return 1000


def test_a_day_above_the_limit_is_halved_while_it_gets_smaller(reach: int) -> None:
    pages = pages_of(_crowded(1.5 * reach / 86_400_000, whole_day=False))
    assert len(set(ids_of(pages))) == 1500
    assert pages.tally.short_by == 0


def test_a_day_that_no_halving_makes_smaller_is_named() -> None:
    with pytest.raises(IncompletePull, match=r"2026-11-09 \(UTC\) has 150,000 results, .* through 100,000 "):
        ids_of(pages_of(_crowded(150_000 / 86_400_000, whole_day=True)))


@pytest.mark.parametrize(("size", "count"), [(100, 1000), (100, 901), (60, 960)])
def test_a_result_that_fills_the_last_page_is_whole_without_one_behind_it(
    reach: int, size: int, count: int
) -> None:
    platform = Platform(DAY, count, size=size)
    pages = pages_of(platform.fetch, size=size)
    assert len(set(ids_of(pages))) == count
    assert (pages.tally.short_by, pages.tally.repeated_walks) == (0, 0)
    assert max(number for _, number in platform.asked) == reach // size


def test_a_day_beyond_what_small_pages_reach_is_halved(reach: int) -> None:
    pages = pages_of(_crowded(980 / 86_400_000, whole_day=False, size=60), size=60)
    assert len(set(ids_of(pages))) == 980
    with pytest.raises(IncompletePull, match=r"980 results, .* through 960 "):
        ids_of(pages_of(_crowded(980 / 86_400_000, whole_day=True, size=60), size=60))


def test_a_result_that_never_ends_is_an_error(reach: int) -> None:
    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return body([f"c{number}"], 5)

    with pytest.raises(IncompletePull, match="2026-11-09"):
        ids_of(pages_of(fetch, size=100))
