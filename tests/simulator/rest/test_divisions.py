"""What a client sees whose roles reach some divisions: everything of these, nothing that lies in others."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a Wednesday
DAY_MS = 86_400_000
TODAY_MS = START_MS - START_MS % DAY_MS
YESTERDAY = "2026-11-17T00:00:00.000Z/2026-11-18T00:00:00.000Z"
DETAILS = "/api/v2/analytics/conversations/details/query"
AGGREGATES = "/api/v2/analytics/conversations/aggregates/query"
OBSERVATIONS = "/api/v2/analytics/queues/observations/query"
SEEN = {
    "care": ("Customer Care",),
    "two": ("Home Sales", "Field Service"),
    "home": ("Home",),
    "every": ("Home", "Customer Care", "Home Sales", "Field Service", "Business"),
}


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    choices = Settings(conversations_per_week=4000)
    return Timeline(organization, seed=3, settings=choices, days=3, start_ms=START_MS)


@pytest.fixture
def asked(stage: Callable[..., Any], timeline: Timeline) -> Callable[..., list[tuple[int, Any]]]:
    """Asks as one of the clients of `SEEN` (or, None, as the one that sees all), one call after the other."""

    def ask(client: str | None, *calls: tuple[str, str, Any], **settings: Any) -> list[tuple[int, Any]]:
        async def run() -> list[tuple[int, Any]]:
            clients = {name: f"*@{','.join(divisions)}" for name, divisions in SEEN.items()}
            more = {"records_shift": False, "rate_per_minute": 10_000} | settings
            async with stage(timeline, clients=clients, **more) as on:
                token = on.token if client is None else on.token_of(client)
                return [await on.call(method, path, json=body, token=token) for method, path, body in calls]

        return asyncio.run(run())

    return ask


def divisions(organization: Organization, client: str) -> set[str]:
    return {division.id for division in organization.divisions if division.name in SEEN[client]}


def touched(conversation: Conversation, organization: Organization) -> set[str]:
    """Divisions of the queues that a conversation was in, from the ledger; the home division before any."""
    queues = {event.queue_id for event in conversation.events if event.queue_id} & set(
        organization.queues_by_id
    )
    found = {organization.queues_by_id[queue_id].division_id for queue_id in queues}
    return found or {organization.divisions[0].id}


def walk(asked: Any, client: str | None, **settings: Any) -> tuple[list[str], set[int]]:
    """All ids that a details query of yesterday gives, and the totals told."""
    calls = [
        ("POST", DETAILS, {"interval": YESTERDAY, "paging": {"pageSize": 100, "pageNumber": number}})
        for number in range(1, 9)
    ]
    bodies = [body for _, body in asked(client, *calls, **settings)]
    return (
        [one["conversationId"] for body in bodies for one in body.get("conversations", [])],
        {body["totalHits"] for body in bodies if body},
    )


@pytest.mark.parametrize("client", SEEN)
@pytest.mark.parametrize("match", ["any", "all"])
def test_a_details_query_finds_the_conversations_of_the_divisions(
    client: str, match: str, asked: Any, organization: Organization, timeline: Timeline
) -> None:
    mine = divisions(organization, client)
    expected = []
    for each in timeline.conversations(TODAY_MS - DAY_MS, TODAY_MS):
        ids = touched(each, organization)
        if ids <= mine if match == "all" else ids & mine:
            expected.append(each.id)
    found, totals = walk(asked, client, division_match=match)
    assert found == expected
    assert totals == ({len(expected)} if expected else set())
    assert expected or (client, match) == ("home", "all")


def test_clients_do_not_share_what_they_were_given(stage: Callable[..., Any], timeline: Timeline) -> None:
    body = {"interval": YESTERDAY, "paging": {"pageSize": 100, "pageNumber": 1}}

    async def run() -> list[int]:
        async with stage(
            timeline, clients={"care": "*@Customer Care", "sales": "*@Home Sales"}, records_shift=False
        ) as on:
            tokens = [on.token, on.token_of("care"), on.token_of("sales"), on.token]
            return [
                (await on.call("POST", DETAILS, json=body, token=each))[1]["totalHits"] for each in tokens
            ]

    every, care, sales, again = asyncio.run(run())
    assert again == every > max(care, sales)
    assert care != sales


def test_a_filter_on_an_unseen_queue_gives_an_empty_result(asked: Any, organization: Organization) -> None:
    queue = next(queue for queue in organization.queues if queue.name == "Sales")
    filters = [{"type": "or", "predicates": [{"dimension": "queueId", "value": queue.id}]}]
    predicate = {"type": "or", "predicates": [{"dimension": "queueId", "value": queue.id}]}
    calls = [
        ("POST", DETAILS, {"interval": YESTERDAY, "segmentFilters": filters}),
        ("POST", AGGREGATES, {"interval": YESTERDAY, "metrics": ["nOffered"], "filter": predicate}),
        ("POST", OBSERVATIONS, {"filter": predicate, "metrics": ["oWaiting", "oMemberUsers"]}),
    ]
    (_, details), (_, aggregates), (_, observations) = asked("home", *calls)
    assert details == {}
    assert aggregates == {"results": []}
    assert observations == {"results": []}
    (_, details), (_, aggregates), (_, observations) = asked("two", *calls)
    assert details["totalHits"] > 10
    assert aggregates["results"]
    assert observations["results"]


@pytest.mark.parametrize("client", ["care", "two"])
def test_aggregates_are_those_of_the_divisions_queues(
    client: str, asked: Any, organization: Organization
) -> None:
    mine = divisions(organization, client)
    body = {
        "interval": YESTERDAY,
        "metrics": ["nOffered", "tAnswered", "tHandle", "oServiceLevel"],
        "groupBy": ["queueId"],
        "granularity": "PT6H",
    }
    ((_, seen),) = asked(client, ("POST", AGGREGATES, body))
    ((_, everything),) = asked(None, ("POST", AGGREGATES, body))
    owned = [
        result
        for result in everything["results"]
        if "queueId" in result["group"]
        and organization.queues_by_id[result["group"]["queueId"]].division_id in mine
    ]
    assert seen["results"] == owned
    assert 0 < len(owned) < len(everything["results"])


def test_observations_are_those_of_the_divisions_queues(asked: Any, organization: Organization) -> None:
    predicates = [{"dimension": "queueId", "value": queue.id} for queue in organization.queues]
    body = {"filter": {"type": "or", "predicates": predicates}, "metrics": ["oWaiting", "oMemberUsers"]}
    ((_, seen),) = asked("care", ("POST", OBSERVATIONS, body))
    ((_, everything),) = asked(None, ("POST", OBSERVATIONS, body))
    mine = {queue.id for queue in organization.queues if queue.division_id in divisions(organization, "care")}
    owned = [result for result in everything["results"] if result["group"]["queueId"] in mine]
    assert seen["results"] == owned
    assert 0 < len(owned) < len(everything["results"])


def entities(body: Any) -> set[str]:
    return {entity["id"] for entity in body["entities"]}


def in_divisions(things: Iterable[Any], ids: set[str]) -> set[str]:
    return {thing.id for thing in things if thing.division_id in ids}


def test_lists_have_the_queues_users_and_members_of_the_divisions(
    asked: Any, organization: Organization
) -> None:
    mine = divisions(organization, "care")
    support = next(queue for queue in organization.queues if queue.name == "Support")
    calls = [
        ("GET", "/api/v2/routing/queues?pageSize=100", None),
        ("GET", "/api/v2/routing/queues/divisionviews/all?pageSize=100", None),
        ("GET", "/api/v2/users?pageSize=500&state=any", None),
        ("GET", f"/api/v2/routing/queues/{support.id}/members?pageSize=100", None),
        ("GET", "/api/v2/authorization/divisions?pageSize=100", None),
    ]
    (_, queues), (_, views), (_, users), (_, members), (_, all_divisions) = asked("care", *calls)
    assert entities(queues) == entities(views) == in_divisions(organization.queues, mine)
    assert queues["total"] == len(queues["entities"])
    assert entities(users) == in_divisions(organization.users, mine)
    assert entities(members) == entities(users) & set(support.member_ids)
    # The list of divisions needs no permission, and so no division narrows it.
    assert len(all_divisions["entities"]) == len(organization.divisions)
    (_, _), (_, _), (_, users), *_ = asked("care", *calls, user_divisions="all")
    assert len(users["entities"]) == len(organization.users)


@pytest.mark.parametrize("answer", ["404", "403"])
def test_one_thing_by_id_in_an_unseen_division_is_refused(
    answer: str, asked: Any, organization: Organization, timeline: Timeline
) -> None:
    sales = next(queue for queue in organization.queues if queue.name == "Sales")
    seller = next(user for user in organization.users if user.division_id == sales.division_id)
    conversation = next(
        each
        for each in timeline.conversations(TODAY_MS - DAY_MS, TODAY_MS)
        if touched(each, organization) == {sales.division_id}
        and any(event.kind == ledger.ANSWERED for event in each.events)
    )
    calls = [
        ("GET", f"/api/v2/routing/queues/{sales.id}", None),
        ("GET", f"/api/v2/routing/queues/{sales.id}/members", None),
        ("GET", f"/api/v2/users/{seller.id}", None),
        ("GET", f"/api/v2/users/{seller.id}/routingstatus", None),
        ("GET", f"/api/v2/conversations/{conversation.id}", None),
        ("GET", f"/api/v2/analytics/conversations/{conversation.id}/details", None),
    ]
    asked_for = [
        *["routing:queue:view"] * 2,
        *["directory:user:view"] * 2,
        "conversation:communication:view",
        "analytics:conversationDetail:view",
    ]
    refused = asked("care", *calls, unseen_by_id=answer)
    for permission, (status, body) in zip(asked_for, refused, strict=True):
        assert status == int(answer)
        if answer == "403":
            assert body["code"] == "missing.permissions"
            assert body["messageParams"] == {"permissions": f"[{permission}:{sales.division_id}]"}
    assert {status for status, _ in asked("two", *calls, unseen_by_id=answer)} == {200}
    many = f"/api/v2/analytics/conversations/details?id={conversation.id}"
    assert asked("care", ("GET", many, None), unseen_by_id=answer) == [(200, {"conversations": []})]
    ((_, body),) = asked("two", ("GET", many, None))
    assert len(body["conversations"]) == 1


def test_topics_of_unseen_divisions_are_refused(
    stage: Callable[..., Any], organization: Organization
) -> None:
    names = {queue.name: f"v2.routing.queues.{queue.id}.conversations" for queue in organization.queues}

    async def run() -> None:
        async with stage(clients={"care": "*@Customer Care"}) as on:
            token = on.token_of("care")
            channel = await on.channel(names["Support"], token=token)
            path = f"/api/v2/notifications/channels/{channel}/subscriptions"
            ids = [{"id": names["Billing"]}, {"id": names["Sales"]}]
            status, body = await on.call("POST", path, json=ids, token=token)
            assert (status, body["code"]) == (403, "notification.unauthorized.divisioned.topic")
            assert body["message"] == "No divisioned permissions for this topic."
            _, body = await on.call("POST", f"{path}?ignoreErrors=true", json=ids, token=token)
            assert [one["state"] for one in body["entities"]] == ["Permitted", "Rejected"]
            assert body["entities"][1]["missingPermissions"] == ["routing:queue:view"]
            ws = await on.connect(channel)
            await ws.send_json({"message": "subscribe", "topics": [names["Sales"]]})
            assert (await ws.receive_json(timeout=10))["result"] == "400"

    asyncio.run(run())
