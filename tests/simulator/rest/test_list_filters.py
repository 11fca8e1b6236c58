"""What the parameters of each list let through, as the official SDK documents the calls."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
Listed = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    settings = Settings(conversations_per_week=2000)
    return Timeline(organization, seed=3, settings=settings, days=1, start_ms=START_MS)


@pytest.fixture
def listed(stage: Callable[..., Any], timeline: Timeline) -> Listed:
    """The entities of a list with a query string, on one page."""

    def ask(path: str, query: str = "", size: int = 500) -> list[dict[str, Any]]:
        async def run() -> Any:
            async with stage(timeline) as on:
                status, body = await on.call("GET", f"{path}?pageSize={size}&{query}")
                assert status == 200, body
                return body["entities"]

        found: list[dict[str, Any]] = asyncio.run(run())
        return found

    return ask


def names(entities: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in entities]


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("routing/skills", "name=in", ["Internet", "Invoices"]),
        ("routing/skills", "name=net", []),
        ("routing/languages", "name=german", ["German"]),
        ("routing/languages", "name=*ish&sortOrder=desc", ["Polish", "English"]),
        ("authorization/divisions", "name=home", ["Home", "Home Sales"]),
        ("authorization/divisions", "name=ELD", ["Field Service"]),
        ("routing/wrapupcodes", "name=pa*&sortOrder=descending", [
            "Payment plan", "Password reset", "Passed to technicians",
        ]),
        ("routing/wrapupcodes", "name=nothing", []),
        ("routing/queues", "name=b*&hasPeer=false", ["Billing", "Business Desk"]),
        ("routing/queues", "hasPeer=true", []),
        ("routing/queues", "peerId=x", []),
        ("routing/queues", "cannedResponseLibraryId=x", []),
    ],
)  # fmt: skip
def test_a_list_is_filtered_by_its_parameters(
    listed: Listed, path: str, query: str, found: list[str]
) -> None:
    assert names(listed(f"/api/v2/{path}", query)) == found


@pytest.mark.parametrize(
    ("path", "query"),
    [("routing/queues/divisionviews/all", "name=sup*&id=x&divisionId=x"), ("users", "name=x&divisionId=x"),
     ("routing/skills", "divisionId=x"), ("authorization/divisions", "divisionId=x")],
)  # fmt: skip
def test_a_parameter_that_a_list_does_not_have_changes_nothing(listed: Listed, path: str, query: str) -> None:
    whole = listed(f"/api/v2/{path}")
    assert listed(f"/api/v2/{path}", query) == whole
    assert whole


def test_wrap_up_codes_are_sorted_by_id_only_where_a_name_is_given(listed: Listed) -> None:
    path = "/api/v2/routing/wrapupcodes"
    by_name, ignored, by_id = (listed(path, query) for query in ("", "sortBy=id", "sortBy=id&name=*"))
    assert names(by_name) == sorted(names(by_name), key=str.casefold)
    assert ignored == by_name
    assert by_id == sorted(by_name, key=lambda each: each["id"])
    assert by_id != by_name


def test_wrap_up_codes_belong_to_the_division_that_they_show(
    listed: Listed, organization: Organization
) -> None:
    path = "/api/v2/routing/wrapupcodes"
    whole = listed(path)
    (home,) = {each["division"]["id"] for each in whole}
    assert listed(path, f"divisionId={home}") == whole
    assert listed(path, f"divisionId={organization.divisions[1].id}") == []


def test_users_are_found_by_id_and_by_the_chat_address(listed: Listed) -> None:
    path = "/api/v2/users"
    one, other, *_ = whole = listed(path)
    assert listed(path, f"id={other['id']}&id={one['id']},nobody") == [one, other]
    assert listed(path, f"jabberId={other['chat']['jabberId']}") == [other]
    assert listed(path, "sortOrder=descending") == whole[::-1]


def test_presences_that_are_out_of_use_can_be_asked_for(listed: Listed) -> None:
    path = "/api/v2/presence/definitions"
    assert listed(path, "deactivated=true") == []
    assert listed(path, "deactivated=FALSE") == listed(path) != []


def test_members_are_found_by_parts_of_names(listed: Listed, organization: Organization) -> None:
    queue = organization.queues[0]
    path = f"/api/v2/routing/queues/{queue.id}/members"
    whole = names(listed(path, size=100))
    some = whole[0][1:4]
    found = names(listed(path, f"name={some.upper()}", 100))
    assert found == [name for name in whole if some.lower() in name.lower()]
    assert len(found) < len(whole) == len(queue.member_ids)
    assert names(listed(path, "sortOrder=desc", 100)) == whole[::-1]
    assert names(listed(path, "memberBy=user", 100)) == whole
    assert listed(path, "memberBy=group", 100) == listed(path, "profileSkills=x", 100) == []
    abilities = {each.id: each.name for each in (*organization.skills, *organization.languages)}
    users = [organization.users_by_id[each] for each in queue.member_ids]
    for query, words, ids in (
        ("skills=VOIC", ("voic",), "skill_ids"),
        ("skills=voic&skills=outage", ("voic", "outage"), "skill_ids"),
        ("languages=germ", ("germ",), "language_ids"),
    ):
        held = {user.name: [abilities[each].lower() for each in getattr(user, ids)] for user in users}
        expected = {name for name, has in held.items() if any(word in one for one in has for word in words)}
        found = names(listed(path, query, 100))
        assert set(found) == expected
        assert 0 < len(expected) < len(users)


@pytest.mark.parametrize("spelling", ["OnQueue", "ON_QUEUE", "On%20Queue", None])
def test_members_are_found_by_presence(
    listed: Listed, organization: Organization, timeline: Timeline, spelling: str | None
) -> None:
    queue = organization.queues[0]
    path = f"/api/v2/routing/queues/{queue.id}/members"
    shown = {each: timeline.agent(each, START_MS) for each in queue.member_ids}
    there = {each for each, status in shown.items() if status.system_presence == "ON_QUEUE"}
    wanted = spelling or next(
        each.id for each in organization.presences if each.system_presence == "ON_QUEUE"
    )
    assert {each["id"] for each in listed(path, f"presence={wanted}", 100)} == there
    assert 0 < len(there) < len(shown)
    both = listed(path, f"presence={wanted}&routingStatus=IDLE", 100)
    assert {each["id"] for each in both} == {each for each in there if shown[each].routing_status == "IDLE"}
