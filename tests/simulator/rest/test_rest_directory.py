"""Lists of the simulated organization: envelope, paging limits, filters, expansions."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.rest.directory import system_presence
from gcanalytics.simulator.rest.listing import name_filter
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    settings = Settings(conversations_per_week=2000)
    return Timeline(organization, seed=3, settings=settings, days=1, start_ms=START_MS)


def served(stage: Callable[..., Any], timeline: Any, *paths: str) -> list[tuple[int, Any]]:
    """Status and body of each path."""

    async def run() -> list[tuple[int, Any]]:
        async with stage(timeline) as on:
            return [await on.call("GET", path) for path in paths]

    return asyncio.run(run())


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/routing/queues",
        "/api/v2/routing/queues/divisionviews/all",
        "/api/v2/routing/wrapupcodes",
        "/api/v2/routing/skills",
        "/api/v2/routing/languages",
        "/api/v2/users",
        "/api/v2/authorization/divisions",
    ],
)
def test_a_list_is_paged_and_has_no_next_page_after_its_last(stage: Callable[..., Any], path: str) -> None:
    (_, whole), (_, first) = served(stage, None, f"{path}?pageSize=500", f"{path}?pageSize=2")
    total = whole["total"]
    assert whole["pageCount"] == 1
    assert {"nextUri", "previousUri"}.isdisjoint(whole)
    assert len(whole["entities"]) == total > 2
    assert first["nextUri"] == f"{path}?pageSize=2&pageNumber=2"
    assert first["pageCount"] == -(-total // 2)
    last = f"{path}?pageSize=2&pageNumber={first['pageCount']}"
    (_, end), (_, beyond) = served(stage, None, last, f"{path}?pageSize=2&pageNumber=999")
    assert "nextUri" not in end
    assert end["selfUri"] == end["lastUri"] == last
    assert end["entities"] == whole["entities"][(first["pageCount"] - 1) * 2 :]
    assert (beyond["entities"], beyond["total"]) == ([], total)
    names = [entity["name"] for entity in whole["entities"]]
    assert path.endswith("divisions") or names == sorted(names, key=str.casefold)


@pytest.mark.parametrize(
    "query", ["pageSize=501", "pageSize=0", "pageSize=x", "pageNumber=0", "pageNumber=-1"]
)
def test_page_sizes_and_numbers_that_are_none_are_a_400(stage: Callable[..., Any], query: str) -> None:
    [(status, body)] = served(stage, None, f"/api/v2/routing/queues?{query}")
    name, _, value = query.partition("=")
    assert (status, body["code"]) == (400, "invalid.query.param.value")
    assert body["message"].startswith(
        f"Value [{value}] is not valid for parameter [{name}]. Allowable values"
    )


def test_queues_are_found_by_name_id_and_division(
    stage: Callable[..., Any], organization: Organization
) -> None:
    support, billing = organization.queue_named("Support"), organization.queue_named("Billing")
    assert support is not None
    assert billing is not None
    base = "/api/v2/routing/queues"
    found = served(
        stage,
        None,
        f"{base}?name=sup*",
        f"{base}?name=*ILLIN*",
        f"{base}?name=bill",
        f"{base}?id={support.id}&id={billing.id}",
        f"{base}?divisionId={support.division_id}",
        f"{base}?name=*&sortOrder=desc&pageSize=500",
    )
    names = [[entity["name"] for entity in body["entities"]] for _, body in found]
    assert names[:4] == [["Support"], ["Billing"], [], ["Billing", "Support"]]
    assert "Support" in names[4]
    assert names[5] == sorted((queue.name for queue in organization.queues), key=str.casefold, reverse=True)


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        (None, ["Support", "Sales support"]),
        ("support", ["Support"]),
        ("sup*", ["Support"]),
        ("*SUPPORT", ["Support", "Sales support"]),
        ("*s s*", ["Sales support"]),
    ],
)
def test_asterisks_are_wild_at_both_ends_of_a_name(pattern: str | None, matching: list[str]) -> None:
    assert [name for name in ("Support", "Sales support") if name_filter(pattern)(name)] == matching


def test_a_queue_has_the_service_level_of_each_of_its_media(
    stage: Callable[..., Any], organization: Organization
) -> None:
    queue = organization.queues[0]
    [(status, body), (missing, error)] = served(
        stage, None, f"/api/v2/routing/queues/{queue.id}", "/api/v2/routing/queues/none"
    )
    assert status == 200
    percentage, duration_ms = queue.service_levels["voice"]
    level = {"percentage": percentage, "durationMs": duration_ms}
    assert body["mediaSettings"]["call"]["serviceLevel"] == level
    assert body["memberCount"] == len(queue.member_ids)
    assert (missing, error["code"]) == (404, "not.found")


def test_members_carry_routing_status_and_presence_when_asked(
    stage: Callable[..., Any], organization: Organization, timeline: Timeline
) -> None:
    queue = organization.queues[0]
    path = f"/api/v2/routing/queues/{queue.id}/members"
    (_, plain), (_, page), (big, _) = served(
        stage,
        timeline,
        f"{path}?pageSize=100",
        f"{path}?pageSize=100&expand=routingStatus&expand=presence",
        f"{path}?pageSize=101",
    )
    assert big == 400
    assert {member["id"] for member in plain["entities"]} == set(queue.member_ids)
    assert "routingStatus" not in plain["entities"][0]
    for member in page["entities"]:
        status = timeline.agent(member["id"], START_MS)
        assert member["routingStatus"]["status"] == status.routing_status
        assert member["user"]["routingStatus"] == member["routingStatus"]
        assert member["user"]["presence"]["presenceDefinition"]["id"] == status.presence_id
    on_queue = [each for each in page["entities"] if each["routingStatus"]["status"] == "IDLE"]
    [(_, idle)] = served(stage, timeline, f"{path}?pageSize=100&routingStatus=IDLE")
    assert {each["id"] for each in idle["entities"]} == {each["id"] for each in on_queue}
    assert on_queue


def test_users_are_listed_by_state_active_unless_told(
    stage: Callable[..., Any], organization: Organization
) -> None:
    by_state = served(
        stage,
        None,
        *(f"/api/v2/users?pageSize=500{query}" for query in ("", "&state=inactive", "&state=any")),
    )
    active, inactive, everybody = ([user["id"] for user in body["entities"]] for _, body in by_state)
    assert sorted(active + inactive) == sorted(everybody)
    assert len(everybody) == len(organization.users)
    assert inactive
    [(status, body)] = served(stage, None, "/api/v2/users?state=asleep")
    assert (status, body["code"]) == (400, "invalid.query.param.value")


def test_a_user_can_be_asked_for_with_skills_and_status(
    stage: Callable[..., Any], organization: Organization, timeline: Timeline
) -> None:
    user = next(each for each in organization.users if each.skill_ids)
    (_, body), (_, status), (missing, _) = served(
        stage,
        timeline,
        f"/api/v2/users/{user.id}?expand=skills,languages,routingStatus",
        f"/api/v2/users/{user.id}/routingstatus",
        "/api/v2/users/none",
    )
    assert [skill["id"] for skill in body["skills"]] == list(user.skill_ids)
    assert [language["id"] for language in body["languages"]] == list(user.language_ids)
    assert body["routingStatus"] == status
    assert status["userId"] == user.id
    assert missing == 404


def test_presences_and_the_organization_are_told(
    stage: Callable[..., Any], organization: Organization
) -> None:
    (_, presences), (_, body) = served(
        stage, None, "/api/v2/presence/definitions", "/api/v2/organizations/me"
    )
    assert {each["id"] for each in presences["entities"]} == {each.id for each in organization.presences}
    assert system_presence("ON_QUEUE") in {each["systemPresence"] for each in presences["entities"]}
    assert (body["id"], body["name"]) == (organization.id, organization.name)
