"""Routes about people: presences, queues, the four queries, what is refused and who sees whom."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.user_now import UserNow
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a Wednesday
USERS = "/api/v2/analytics/users"
INTERVAL = "2026-11-18T00:00:00.000Z/2026-11-19T00:00:00.000Z"
CARE = {"care": "*@Customer Care"}


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    choices = Settings(conversations_per_week=3000)
    return Timeline(organization, seed=3, settings=choices, days=2, start_ms=START_MS)


@pytest.fixture
def asked(stage: Callable[..., Any], timeline: Timeline) -> Callable[..., list[tuple[int, Any]]]:
    """The answers to some calls, as the client who sees everything or as one of the ``clients``."""

    def ask(
        *calls: tuple[str, str, Any], client: str | None = None, **settings: Any
    ) -> list[tuple[int, Any]]:
        async def run() -> list[tuple[int, Any]]:
            async with stage(timeline, clients=CARE, rate_per_minute=10_000, **settings) as on:
                token = on.token if client is None else on.token_of(client)
                return [await on.call(method, path, json=body, token=token) for method, path, body in calls]

        return asyncio.run(run())

    return ask


def get(path: str) -> tuple[str, str, None]:
    return "GET", path, None


def users(*ids: str) -> dict[str, Any]:
    return {"type": "or", "predicates": [{"dimension": "userId", "value": each} for each in ids]}


def everybody() -> dict[str, Any]:
    return {"type": "or", "predicates": [{"dimension": "userId", "operator": "exists"}]}


def test_observations_count_queues(organization: Organization, asked: Callable[..., Any]) -> None:
    one, other = [user for user in organization.users if len(user.queue_ids) > 1][:2]
    inactive = next(user for user in organization.users if user.state == "inactive")
    body = {"filter": users(one.id, other.id, inactive.id), "detailMetrics": ["oActiveQueues"]}
    [(status, answer)] = asked(("POST", f"{USERS}/observations/query", body))
    assert status == 200
    found = {each["group"]["userId"]: each["data"] for each in answer["results"]}
    assert set(found) == {one.id, other.id}
    for user in (one, other):
        counts = {each["metric"]: each["stats"]["count"] for each in found[user.id]}
        # Without metrics it has them all: the developer center's example names none.
        assert counts == {"oActiveQueues": len(user.queue_ids), "oMemberQueues": len(user.queue_ids)}
        details = {each["metric"]: each.get("observations") for each in found[user.id]}
        assert details["oMemberQueues"] is None
        assert [each["userId"] for each in details["oActiveQueues"]] == [user.id] * len(user.queue_ids)


def test_who_is_activated_for_his_shift_has_no_active_queue_offline(
    organization: Organization, timeline: Timeline, asked: Callable[..., Any]
) -> None:
    active = [user for user in organization.users if user.state == "active" and user.queue_ids]
    on = {each.id: timeline.agent(each.id, START_MS).system_presence != "OFFLINE" for each in active}
    assert set(on.values()) == {True, False}
    gone = next(each for each in active if not on[each.id])
    activity = {
        "metrics": [{"metric": name} for name in ("oActiveQueues", "oMemberQueues")],
        "groupBy": ["userId"],
    }
    observed, activity_now, left, joined = asked(
        ("POST", f"{USERS}/observations/query", {"filter": everybody()}),
        ("POST", f"{USERS}/activity/query?pageSize=500", activity),
        get(f"/api/v2/users/{gone.id}/queues?joined=false&pageSize=100"),
        get(f"/api/v2/users/{gone.id}/queues?joined=true&pageSize=100"),
        queue_joins="shift",
    )
    for each in observed[1]["results"]:
        counts = {entry["metric"]: entry["stats"]["count"] for entry in each["data"]}
        user = organization.users_by_id[each["group"]["userId"]]
        if user.id in on:
            assert counts["oActiveQueues"] == (len(user.queue_ids) if on[user.id] else 0)
            assert counts["oMemberQueues"] == len(user.queue_ids)
    for each in activity_now[1]["results"]:
        counts = {entry["metric"]: entry["count"] for entry in each["data"]}
        user = organization.users_by_id[each["group"]["userId"]]
        assert counts["oActiveQueues"] == (len(user.queue_ids) if on[user.id] else 0)
        assert counts["oMemberQueues"] == len(user.queue_ids)
    assert len(left[1]["entities"]) == len(gone.queue_ids)
    assert joined[1]["entities"] == []


def test_activity_groups_memberships_by_what_agents_do(
    organization: Organization, timeline: Timeline, asked: Callable[..., Any]
) -> None:
    body = {"metrics": [{"metric": "oMemberQueues"}], "groupBy": ["routingStatus", "userId"]}
    [(status, answer)] = asked(("POST", f"{USERS}/activity/query?pageSize=500", body))
    assert (status, answer["entityIdDimension"]) == (200, "queueId")
    expected = {
        (timeline.agent(user.id, START_MS).routing_status, user.id): len(user.queue_ids)
        for user in organization.users
        if user.state == "active" and user.queue_ids
    }
    assert len({status for status, _ in expected}) >= 3
    assert {
        (each["group"]["routingStatus"], each["group"]["userId"]): each["data"][0]["count"]
        for each in answer["results"]
    } == expected


@pytest.mark.parametrize(
    ("fields", "missing"),
    [({"groupBy": []}, "groupBy"), ({"groupBy": ["routingStatus"]}, "groupBy"), ({"metrics": []}, "metrics")],
)
def test_activity_without_metrics_or_grouping_by_user_is_a_400(
    asked: Callable[..., Any], fields: dict[str, Any], missing: str
) -> None:
    body = {"metrics": [{"metric": "oMemberQueues"}], "groupBy": ["userId"]} | fields
    [(status, answer)] = asked(("POST", f"{USERS}/activity/query", body))
    assert (status, answer["code"]) == (400, "bad.request")
    assert answer["details"] == [{"errorCode": "bad.request", "fieldName": missing}]


def test_activity_gives_entities_in_pages(
    organization: Organization, timeline: Timeline, asked: Callable[..., Any]
) -> None:
    body = {"metrics": [{"metric": "oActiveQueues", "details": True}], "groupBy": ["userId"]}
    path = f"{USERS}/activity/query"
    first, second, bad, beyond = asked(
        ("POST", f"{path}?pageSize=40", body),
        ("POST", f"{path}?pageSize=40&pageNumber=2", body),
        ("POST", f"{path}?pageSize=0", body),
        ("POST", f"{path}?pageSize=40&pageNumber=99", body),
    )
    assert bad[0] == 400
    assert beyond == (200, {"results": [], "entityIdDimension": "queueId"})
    ids = [each["group"]["userId"] for page in (first, second) for each in page[1]["results"]]
    members = sorted(each.id for each in organization.users if each.state == "active" and each.queue_ids)
    assert ids == members[:80]
    for group in first[1]["results"]:
        user = organization.users_by_id[group["group"]["userId"]]
        status = timeline.agent(user.id, START_MS)
        [data] = group["data"]
        assert data["entityIds"] == sorted(user.queue_ids)
        assert {each["queueId"] for each in group["entities"]} == set(user.queue_ids)
        assert {each["routingStatusDate"] for each in group["entities"]} == {iso(status.since_ms)}
        assert not group["truncated"]


def test_too_many_details_are_cut_to_the_oldest_and_the_newest(
    organization: Organization, timeline: Timeline
) -> None:
    active = [user for user in organization.users if user.state == "active"]
    body = {"metrics": [{"metric": "oActiveQueues", "details": True}], "groupBy": ["userId"]}
    wholes, cuts = (
        UserNow(timeline, details_max=most).activity(body, active, START_MS, size=500, number=1)["results"]
        for most in (10_000, 2)
    )
    assert {len(whole["entities"]) > 2 for whole in wholes} == {True, False}
    for whole, cut in zip(wholes, cuts, strict=True):
        entities = whole["entities"]
        assert (whole["truncated"], cut["truncated"]) == (False, len(entities) > 2)
        assert cut["entities"] == ([entities[0], entities[-1]] if len(entities) > 2 else entities)


def test_presences_of_one_and_of_many(
    organization: Organization, timeline: Timeline, asked: Callable[..., Any]
) -> None:
    some = [user for user in organization.users if user.state == "active"][:3]
    ids = ",".join([*(user.id for user in some), "nobody"])
    one, lower, bulk, other, nobody, many = asked(
        get(f"/api/v2/users/{some[0].id}/presences/PURECLOUD"),
        get(f"/api/v2/users/{some[0].id}/presences/purecloud"),
        get(f"/api/v2/users/presences/purecloud/bulk?id={ids}"),
        get(f"/api/v2/users/{some[0].id}/presences/microsoftteams"),
        get("/api/v2/users/nobody/presences/purecloud"),
        get("/api/v2/users/presences/purecloud/bulk?id=" + ",".join(map(str, range(51)))),
    )
    assert one == lower
    status = timeline.agent(some[0].id, START_MS)
    assert one[1]["presenceDefinition"]["id"] == status.presence_id
    assert one[1]["modifiedDate"] == iso(status.presence_since_ms)
    assert [each["userId"] for each in bulk[1]] == [user.id for user in some]
    assert bulk[1][0]["presenceDefinition"] == one[1]["presenceDefinition"]
    assert (other[0], nobody[0], many[0]) == (404, 404, 400)


def test_queues_of_a_user_and_a_definition_by_its_id(
    organization: Organization, asked: Callable[..., Any]
) -> None:
    user = max(organization.users, key=lambda each: len(each.queue_ids))
    meal = next(each for each in organization.presences if each.system_presence == "MEAL")
    queues, left, definition, unknown = asked(
        get(f"/api/v2/users/{user.id}/queues?pageSize=100"),
        get(f"/api/v2/users/{user.id}/queues?joined=false"),
        get(f"/api/v2/presence/definitions/{meal.id}"),
        get("/api/v2/presence/definitions/none"),
    )
    assert {each["id"] for each in queues[1]["entities"]} == set(user.queue_ids)
    assert all(each["joined"] for each in queues[1]["entities"])
    assert left[1]["entities"] == []
    assert (definition[1]["name"], definition[1]["systemPresence"]) == (meal.name, "Meal")
    assert unknown[0] == 404


@pytest.mark.parametrize("user_divisions", ["own", "all"])
def test_a_client_sees_the_users_of_its_divisions(
    organization: Organization, asked: Callable[..., Any], user_divisions: str
) -> None:
    home = next(each.id for each in organization.divisions if each.name == "Customer Care")
    active = [each for each in organization.users if each.state == "active"]
    seen = {each.id for each in active if user_divisions == "all" or each.division_id == home}
    bodies = {
        "aggregates": {"interval": INTERVAL, "metrics": ["tSystemPresence"], "groupBy": ["userId"]},
        "details": {"interval": INTERVAL, "paging": {"pageSize": 100, "pageNumber": 1}},
        "observations": {"filter": everybody()},
        "activity": {"metrics": [{"metric": "oMemberQueues"}], "groupBy": ["userId"]},
    }
    stranger = next(each for each in active if each.division_id != home)
    *answers, presence = asked(
        *(("POST", f"{USERS}/{name}/query?pageSize=500", body) for name, body in bodies.items()),
        get(f"/api/v2/users/{stranger.id}/presences/purecloud"),
        client="care",
        user_divisions=user_divisions,
    )
    assert [status for status, _ in answers] == [200] * 4
    aggregated, detailed, observed, active_now = (answer for _, answer in answers)
    assert {each["group"]["userId"] for each in aggregated["results"]} == seen
    assert {each["userId"] for each in detailed["userDetails"]} <= seen
    assert detailed["userDetails"]
    assert {each["group"]["userId"] for each in observed["results"]} == seen
    members = {each.id for each in active if each.queue_ids} & seen
    assert {each["group"]["userId"] for each in active_now["results"]} == members
    assert presence[0] == (200 if user_divisions == "all" else 404)


def test_intervals_of_details_have_caps(asked: Callable[..., Any]) -> None:
    def body(days: int, **more: Any) -> tuple[str, str, Any]:
        return "POST", f"{USERS}/details/query", {"interval": f"2026-10-10T00:00Z/P{days}D"} | more

    found = asked(
        body(7),
        body(8),
        body(31, userFilters=[users("x")]),
        body(32, userFilters=[users("x")]),
        body(1, paging={"pageSize": 101, "pageNumber": 1}),
        body(1, paging={"pageSize": 100, "pageNumber": 1001}),
    )
    assert [status for status, _ in found] == [200, 400, 200, 400, 400, 400]
    assert "7 days" in found[1][1]["message"]
    assert "31 days" in found[3][1]["message"]


def test_details_end_with_an_empty_object(asked: Callable[..., Any]) -> None:
    body = {"interval": INTERVAL, "paging": {"pageSize": 100, "pageNumber": 9}}
    [(_, empty)] = asked(("POST", f"{USERS}/details/query", body))
    [(_, counted)] = asked(("POST", f"{USERS}/details/query", body), past_last_page="totalHits")
    assert empty == {}
    assert set(counted) == {"totalHits"}
    assert counted["totalHits"] > 0


def test_members_and_users_can_be_expanded(
    organization: Organization, timeline: Timeline, asked: Callable[..., Any]
) -> None:
    queue = organization.queue_named("Support")
    assert queue is not None
    members, listed = asked(
        get(f"/api/v2/routing/queues/{queue.id}/members?expand=routingStatus,presence&pageSize=100"),
        get("/api/v2/users?expand=presence&expand=routingStatus&pageSize=500"),
    )
    shown = Counter(each["routingStatus"]["status"] for each in members[1]["entities"])
    ids = [each["id"] for each in members[1]["entities"]]
    assert shown == Counter(timeline.agent(each, START_MS).routing_status for each in ids)
    presences = {each["id"]: each["presence"]["presenceDefinition"]["id"] for each in listed[1]["entities"]}
    assert presences == {each: timeline.agent(each, START_MS).presence_id for each in presences}
    assert len(presences) == len([each for each in organization.users if each.state == "active"])
