"""The users' details query against the agents' logs themselves."""

from collections.abc import Iterator
from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business.organization import Organization, User
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import checked
from gcanalytics.simulator.queries.intervals import DAY_MS, Interval
from gcanalytics.simulator.queries.user_details import UserDetails, UserDetailsQuery
from gcanalytics.simulator.queries.user_stretches import Kind, Statuses, stretches
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
SETTINGS = Settings(clock_start="2026-11-18T10:17:05Z", conversations_per_week=4000)
NOW = SETTINGS.clock_start_ms() or 0
USERS = sorted((each for each in ORGANIZATION.users if each.state == "active"), key=lambda each: each.id)[:50]
# Friday to Wednesday: a weekend, and today.
DAYS = "2026-11-13T00:00:00Z/2026-11-19T00:00:00Z"
FIELDS: dict[str, Kind] = {"primaryPresence": "presence", "routingStatus": "routing"}

Row = tuple[str, str, str, str | None, str]


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return Timeline(ORGANIZATION, seed=3, settings=SETTINGS, days=9, start_ms=NOW)


def pages(timeline: Timeline, *, size: int = 100, settings: Settings = SETTINGS, **fields: Any) -> list[Any]:
    """All pages with anything in them, in order, and the first beyond."""
    body = checked("UserDetailsQuery", {"interval": DAYS} | fields)
    query = UserDetailsQuery.from_body(body, Interval.parse(body["interval"]))
    engine = UserDetails(Statuses(timeline, ORGANIZATION), settings)
    found: list[Any] = []
    while not found or found[-1].get("userDetails") or len(found) * size < found[-1].get("totalHits", 0):
        found.append(engine.page(query, USERS, size=size, number=len(found) + 1, now_ms=NOW))
    return found


def rows(found: list[Any]) -> Iterator[Row]:
    """User, field, start, end and value of every status of the pages."""
    for page in found:
        for detail in page.get("userDetails", ()):
            for field in FIELDS:
                for each in detail.get(field, ()):
                    value = each.get("routingStatus") or each["systemPresence"]
                    yield detail["userId"], field, each["startTime"], each.get("endTime"), value


def logged(timeline: Timeline, users: list[User], interval: Interval) -> set[Row]:
    """The stretches that begin or end on the interval's UTC days, by the logs from end to end."""
    found: set[Row] = set()
    for user in users:
        changes = timeline.statuses(user.id, timeline.floor_ms, NOW)
        for field, kind in FIELDS.items():
            for each in stretches(kind, changes, NOW):
                open_ = each.end_ms == NOW
                days = {each.start_ms // DAY_MS} | (set() if open_ else {each.end_ms // DAY_MS})
                if each.start_ms > timeline.floor_ms and days & set(interval.utc_days()):
                    value = each.status.routing_status if kind == "routing" else each.status.system_presence
                    end = None if open_ else iso(each.end_ms)
                    found.add((user.id, field, iso(each.start_ms), end, value))
    return found


def one(dimension: str, *values: str) -> dict[str, Any]:
    return {"type": "or", "predicates": [{"dimension": dimension, "value": value} for value in values]}


@pytest.mark.parametrize("size", [7, 100])
def test_every_status_of_the_days_comes_once_over_all_pages(timeline: Timeline, size: int) -> None:
    found = pages(timeline, size=size)
    told = list(rows(found))
    assert len(told) == len(set(told))
    assert set(told) == logged(timeline, USERS, Interval.parse(DAYS))
    assert any(end is None for *_, end, _ in told)


def test_pages_may_be_short_and_total_hits_counts_what_is_stored(timeline: Timeline) -> None:
    # Who was offline from Friday to Monday has that in two records, and it comes once.
    found = pages(
        timeline,
        size=7,
        presenceFilters=[one("systemPresence", "OFFLINE")],
        routingStatusFilters=[one("routingStatus", "OFF_QUEUE")],
    )
    [total] = {page["totalHits"] for page in found[:-1]}
    assert found[-1] == {}
    records = sum(len(page.get("userDetails", ())) for page in found)
    assert records < total
    assert any(len(page.get("userDetails", ())) < 7 for page in found[:-2])
    told = list(rows(found))
    assert len(told) == len(set(told))


def test_one_user_a_record_is_the_other_reading(timeline: Timeline) -> None:
    whole = Settings(user_details_unit="user", past_last_page="totalHits")
    found = pages(timeline, settings=whole)
    ids = [detail["userId"] for page in found for detail in page.get("userDetails", ())]
    assert len(ids) == len(set(ids)) == found[0]["totalHits"]
    assert found[-1] == {"totalHits": len(ids)}
    # Beside the stretches that are stored by day, those that span all the days.
    told = set(rows(found))
    assert told >= logged(timeline, USERS, Interval.parse(DAYS))


def test_a_status_over_the_weekend_is_with_its_first_and_its_last_day(timeline: Timeline) -> None:
    saturday = "2026-11-14T00:00:00Z/2026-11-15T00:00:00Z"
    sets = {name: set(rows(pages(timeline, interval=day))) for name, day in (
        ("friday", "2026-11-13T00:00:00Z/2026-11-14T00:00:00Z"),
        ("saturday", saturday),
        ("monday", "2026-11-16T00:00:00Z/2026-11-17T00:00:00Z"),
    )}  # fmt: skip
    weekend = [
        row
        for row in sets["friday"] & sets["monday"]
        if row[4] == "OFFLINE" and row[2] < "2026-11-14" and (row[3] or "") > "2026-11-16"
    ]
    assert weekend
    assert not set(weekend) & sets["saturday"]
    overlap = Settings(user_details_unit="user", interval_match="overlap")
    assert set(weekend) <= set(rows(pages(timeline, interval=saturday, settings=overlap)))


def test_the_interval_takes_its_whole_days_or_what_overlaps_it(timeline: Timeline) -> None:
    hour = "2026-11-17T12:00:00Z/2026-11-17T13:00:00Z"
    by_day = set(rows(pages(timeline, interval=hour)))
    assert by_day == logged(timeline, USERS, Interval.parse(hour))
    overlapping = set(rows(pages(timeline, interval=hour, settings=Settings(interval_match="overlap"))))
    assert overlapping == {
        row
        for row in by_day
        if row[2] < "2026-11-17T13:00:00.000Z" and (row[3] or "9") > "2026-11-17T12:00:00.000Z"
    }


def test_descending_is_the_other_way_round(timeline: Timeline) -> None:
    up, down = pages(timeline), pages(timeline, order="desc")
    assert set(rows(up)) == set(rows(down))
    assert up[0]["userDetails"][0]["userId"] == down[-2]["userDetails"][-1]["userId"]


def test_filters_choose_users_presences_and_statuses(timeline: Timeline) -> None:
    everything = set(rows(pages(timeline)))
    ids = [user.id for user in USERS[:5]]
    some = set(rows(pages(timeline, userFilters=[one("userId", *ids)])))
    assert some == {row for row in everything if row[0] in ids}
    meals = set(rows(pages(timeline, presenceFilters=[one("systemPresence", "meal")])))
    assert {row[4] for row in meals if row[1] == "primaryPresence"} == {"MEAL"}
    assert {row for row in everything if row[4] == "MEAL"} <= meals
    bounced = set(rows(pages(timeline, routingStatusFilters=[one("routingStatus", "NOT_RESPONDING")])))
    assert {row for row in bounced if row[1] == "routingStatus"} == {
        row for row in everything if row[4] == "NOT_RESPONDING"
    }
    presence = next(each for each in ORGANIZATION.presences if each.system_presence == "BREAK")
    own = set(rows(pages(timeline, presenceFilters=[one("organizationPresenceId", presence.id)])))
    assert {row for row in own if row[1] == "primaryPresence"} == {
        row for row in everything if row[4] == "BREAK"
    }


def test_aggregations_count_the_statuses_found(timeline: Timeline) -> None:
    terms = {"type": "termFrequency", "size": 3}
    found = pages(
        timeline,
        presenceAggregations=[terms | {"dimension": "systemPresence"}],
        routingStatusAggregations=[{"dimension": "routingStatus", "size": 3}],  # its type goes without saying
    )
    told = list(rows(found))
    for (field, dimension), counted in zip(
        (("primaryPresence", "systemPresence"), ("routingStatus", "routingStatus")),
        found[0]["aggregations"],
        strict=True,
    ):
        values = [row[4] for row in told if row[1] == field]
        assert (counted["type"], counted["dimension"], counted["count"]) == (
            "termFrequency", dimension, len(values),
        )  # fmt: skip
        counts = {each["value"]: each["count"] for each in counted["results"]}
        assert len(counts) == 3
        assert counts == {value: values.count(value) for value in counts}
        assert min(counts.values()) >= max(
            [values.count(value) for value in set(values) - set(counts)], default=0
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"presenceAggregations": [{"type": "termFrequency", "dimension": "routingStatus"}]},
        {"presenceAggregations": [{"type": "numericRange", "metric": "tTalk", "ranges": [{"lt": 1}]}]},
        {"routingStatusAggregations": [{"type": "termFrequency"}]},
        {"routingStatusAggregations": [{}]},
        {"routingStatusAggregations": [{"type": "termFrequency", "dimension": "routingStatus", "size": 0}]},
        {"userFilters": [{"type": "or", "predicates": [{"operator": "matches"}]}]},
        {"presenceFilters": [{"type": "or", "predicates": [{"dimension": "systemPresence"}]}]},
    ],
)
def test_what_makes_no_sense_is_a_400(timeline: Timeline, fields: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        pages(timeline, **fields)
    assert caught.value.status == 400
