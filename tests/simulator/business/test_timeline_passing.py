"""Days that somebody adds up once and does not come back for are not kept."""

from typing import Any

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
DAY_MS = 86_400_000


class Counting(Timeline):
    """Writes down which floors and desks are made."""

    made: list[tuple[str, int]]

    def _make(self, kind: Any, number: int) -> Any:
        self.made.append((kind.__name__, number))
        return super()._make(kind, number)


def test_days_that_are_only_passed_are_made_once_and_let_go(organization: Organization) -> None:
    choices = Settings(conversations_per_week=100)
    timeline = Counting(organization, seed=1, settings=choices, days=12, start_ms=START_MS)
    timeline.made = []
    first_ms = START_MS - START_MS % DAY_MS - 11 * DAY_MS
    days = [(first_ms + n * DAY_MS, first_ms + (n + 1) * DAY_MS) for n in range(10)]
    kept = [each.id for each in timeline.conversations(*days[1])]
    passed = [
        each.id
        for day in days
        for each in (*timeline.brief(*day, keep=False), *timeline.lasting(*day, keep=False))
    ]
    assert len(timeline.made) == len(set(timeline.made)) == 2 * 11
    assert [each.id for each in timeline.conversations(*days[1])] == kept
    assert len(timeline.made) == 2 * 11, "what was kept before is kept"
    assert sorted(passed) == sorted(each.id for day in days for each in timeline.conversations(*day))
    again = len(timeline.made) - 2 * 11
    assert 0 < again <= 2 * (11 - 2), "what was only passed is made again, what was kept is not"
