"""The time of the guest desk's people: users' details and users' aggregates tell one truth of it."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import checked
from gcanalytics.simulator.queries.intervals import Interval
from gcanalytics.simulator.queries.user_aggregates import UserAggregates, UserAggregatesQuery
from gcanalytics.simulator.queries.user_details import UserDetails, UserDetailsQuery
from gcanalytics.simulator.queries.user_stretches import Statuses
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
SETTINGS = Settings(clock_start="2026-11-18T10:17:05Z", conversations_per_week=10)
NOW = SETTINGS.clock_start_ms() or 0
# Three days of the middle of the history.
DAYS = Interval.parse("2026-11-13T00:00:00Z/2026-11-16T00:00:00Z")
FIELDS = {"tSystemPresence": "primaryPresence", "tAgentRoutingStatus": "routingStatus"}


@pytest.fixture(scope="module")
def statuses() -> Statuses:
    timeline = Timeline(ORGANIZATION, seed=3, settings=SETTINGS, days=9, start_ms=NOW)
    return Statuses(timeline, ORGANIZATION)


def interval() -> dict[str, Any]:
    return {"interval": "2026-11-13T00:00:00Z/2026-11-16T00:00:00Z"}


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_details_add_up_to_what_aggregates_count(statuses: Statuses) -> None:
    query = UserDetailsQuery.from_body(checked("UserDetailsQuery", interval()), DAYS)
    desk = list(ORGANIZATION.guest_desk)
    page = UserDetails(statuses, SETTINGS).page(query, desk, size=100, number=1, now_ms=NOW)
    by_details: Counter[tuple[str, str, str]] = Counter()
    for detail in page["userDetails"]:
        for metric, field in FIELDS.items():
            for each in detail.get(field, ()):
                value = each["systemPresence" if metric == "tSystemPresence" else "routingStatus"]
                start_ms = max(milliseconds(each["startTime"]), DAYS.start_ms)
                end_ms = min(milliseconds(each["endTime"]), DAYS.end_ms)
                by_details[detail["userId"], metric, value] += max(end_ms - start_ms, 0)
    body = checked("UserAggregationQuery", interval() | {"metrics": list(FIELDS), "groupBy": ["userId"]})
    answer = UserAggregates(statuses, offline_time="counted").results(
        UserAggregatesQuery.from_body(body), NOW, desk
    )
    by_aggregates = Counter(
        {
            (result["group"]["userId"], entry["metric"], entry["qualifier"]): entry["stats"]["sum"]
            for result in answer["results"]
            for entry in result["data"][0]["metrics"]
        }
    )
    assert by_details == by_aggregates
    for user in desk:
        on_queue = by_aggregates[user.id, "tSystemPresence", "ON_QUEUE"]
        assert on_queue == by_aggregates[user.id, "tAgentRoutingStatus", "IDLE"]
        whole = DAYS.end_ms - DAYS.start_ms
        assert 0.999 * whole < on_queue < whole
