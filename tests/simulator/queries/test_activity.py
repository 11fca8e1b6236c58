"""The activity queries against plain counting of the ledger, and the shape of the official SDK's models."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.activity import Activity
from gcanalytics.simulator.queries.contract import checked
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.settings import Settings

from . import now_oracle as oracle
from .filter_oracle import holds

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a Wednesday
STATES = ("oWaiting", "oAlerting", "oInteracting")
LONGEST = {"oLongestWaiting": "oWaiting", "oLongestInteracting": "oInteracting"}
CONVERSATION_DIMENSIONS = (
    "activeRouting", "addressFrom", "addressTo",
    "ani", "conversationId", "direction", "dnis", "mediaType", "participantName", "queueId",
    "requestedLanguageId", "requestedRouting", "requestedRoutingSkillId", "routingPriority", "sessionId",
    "usedRouting", "userId",
)  # fmt: skip
ROUTING_DIMENSIONS = ("organizationPresenceId", "queueId", "routingStatus", "systemPresence", "userId")
USER_METRICS = (
    "oActiveUsers", "oMemberUsers", "oOffQueueUsers", "oOnQueueUsers", "oUserPresences",
    "oUserRoutingStatuses",
)  # fmt: skip


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=3, settings=Settings(), days=1, start_ms=START_MS)


@pytest.fixture
def ask(organization: Organization, timeline: Timeline) -> Callable[..., dict[str, Any]]:
    def asked(
        kind: str, now_ms: int = START_MS, *, size: int = 1000, number: int = 1, most: int = 100, **body: Any
    ) -> dict[str, Any]:
        activity = Activity(organization, timeline, Settings(observation_details_max=most))
        query = checked(f"{kind.title()}ActivityQuery", body)
        answer = activity.conversations if kind == "conversation" else activity.routing
        return answer(query, now_ms, size=size, number=number)

    return asked


def drawn_filter(draw: random.Random, rows: list[oracle.Row], names: tuple[str, ...]) -> dict[str, Any]:
    def predicate() -> dict[str, Any]:
        name = draw.choice(names)
        if draw.random() < 0.15:
            return {"dimension": name, "operator": draw.choice(("exists", "notExists"))}
        values = [str(row[name]) for row in rows if name in row] or ["nothing"]
        return {"dimension": name, "value": draw.choice(values).upper()}

    kinds = ("and", "or", "or")
    made: dict[str, Any] = {"type": draw.choice(kinds), "predicates": [predicate(), predicate()]}
    if draw.random() < 0.4:
        made["clauses"] = [{"type": draw.choice(kinds), "predicates": [predicate(), predicate()]}]
    return made


def results_by_group(answer: dict[str, Any]) -> dict[tuple[tuple[str, str], ...], dict[str, Any]]:
    return {tuple(each["group"].items()): each for each in answer["results"]}


def of_conversations(rows: list[oracle.Row], metric: str, now_ms: int) -> list[dict[str, Any]]:
    if metric in LONGEST:
        since = [row["since"] for row in rows if row["state"] == LONGEST[metric]]
        return [{"metric": metric, "calculatedMetricValue": now_ms - min(since)}] if since else []
    return [{"metric": metric, "count": sum(row["state"] == metric for row in rows)}]


def of_members(rows: list[oracle.Row], metric: str) -> list[dict[str, Any]]:
    qualifiers = [oracle.counts_in(row, metric) for row in rows]
    if metric not in ("oUserPresences", "oUserRoutingStatuses"):
        return [{"metric": metric, "count": qualifiers.count(True)}]
    return [
        {"metric": metric, "count": qualifiers.count(each), "qualifier": each}
        for each in sorted(set(map(str, qualifiers)))
    ]


def test_random_queries_count_conversations_as_the_ledger_does(ask: Any, timeline: Timeline) -> None:
    draw = random.Random("activity")
    met = 0
    for _ in range(40):
        now_ms = START_MS + draw.randrange(6 * 3_600_000)
        rows = oracle.all_standing(timeline, now_ms)
        names = draw.sample(CONVERSATION_DIMENSIONS, draw.randint(1, 3))
        metrics = draw.sample([*STATES, *LONGEST], draw.randint(1, 5))
        body: dict[str, Any] = {"groupBy": names, "metrics": [{"metric": each} for each in metrics]}
        if draw.random() < 0.6:
            body["filter"] = drawn_filter(draw, rows, CONVERSATION_DIMENSIONS)
            rows = [row for row in rows if matches(body["filter"], row)]
        expected = {
            group: [entry for metric in metrics for entry in of_conversations(there, metric, now_ms)]
            for group, there in oracle.grouped(rows, names).items()
        }
        found = results_by_group(ask("conversation", now_ms, **body))
        assert {group: each["data"] for group, each in found.items()} == expected, body
        met += len(expected)
    assert met > 200


def matches(test: dict[str, Any], row: oracle.Row) -> bool:
    return holds(test, {name: str(value) for name, value in row.items()})


def test_random_queries_count_members_as_their_statuses_say(
    ask: Any, organization: Organization, timeline: Timeline
) -> None:
    draw = random.Random("routing")
    met = 0
    for _ in range(25):
        now_ms = START_MS + draw.randrange(6 * 3_600_000)
        rows = oracle.members(organization, timeline, now_ms)
        names = ["queueId", *draw.sample(ROUTING_DIMENSIONS[:1] + ROUTING_DIMENSIONS[2:], draw.randint(0, 2))]
        metrics = draw.sample(USER_METRICS, draw.randint(1, 6))
        body: dict[str, Any] = {"groupBy": names, "metrics": [{"metric": each} for each in metrics]}
        if draw.random() < 0.6:
            body["filter"] = drawn_filter(draw, rows, ROUTING_DIMENSIONS)
            rows = [row for row in rows if matches(body["filter"], row)]
        expected = {
            group: [entry for metric in metrics for entry in of_members(there, metric)]
            for group, there in oracle.grouped(rows, names).items()
        }
        found = results_by_group(ask("routing", now_ms, **body))
        assert {group: each["data"] for group, each in found.items()} == expected, body
        met += len(expected)
    assert met > 200


def test_details_are_entities_oldest_first_and_their_ids(ask: Any, timeline: Timeline) -> None:
    metrics = [{"metric": "oInteracting", "details": True}, {"metric": "oWaiting", "details": False}]
    answer = ask("conversation", groupBy=["queueId"], metrics=metrics)
    assert answer["entityIdDimension"] == "conversationId"
    rows = oracle.all_standing(timeline, START_MS)
    met = 0
    for result in answer["results"]:
        queue_id = result["group"]["queueId"]
        there = [row for row in rows if (row["queueId"], row["state"]) == (queue_id, "oInteracting")]
        there.sort(key=lambda row: (row["since"], row["conversationId"]))
        entities = result["entities"]
        assert result["truncated"] is False
        assert [each["conversationId"] for each in entities] == [row["conversationId"] for row in there]
        interacting, waiting = result["data"]
        assert interacting["entityIds"] == list(dict.fromkeys(row["conversationId"] for row in there))
        assert "entityIds" not in waiting
        for each, row in zip(entities, there, strict=True):
            # Who rings a customer up himself has asked no queue.
            names = {"requestedRouting": "requestedRoutings"}
            names["requestedRoutingSkillId"] = "requestedRoutingSkillIds"
            lists = {field: [row[name]] for name, field in names.items() if name in row}
            plain = {
                k: v
                for k, v in row.items()
                if k not in ("state", "since") and not k.startswith("requestedRo")
            }
            told = {"activityDate": iso(row["since"]), "metric": "oInteracting"}
            assert each == {**told, **plain, **lists}
        met += len(there)
    assert met > 10


def test_too_many_entities_are_cut_to_the_oldest_and_the_newest_half(ask: Any) -> None:
    metrics = [{"metric": "oInteracting", "details": True}]
    body = {"groupBy": ["mediaType"], "metrics": metrics}
    whole, cut = ask("conversation", **body), ask("conversation", most=3, **body)
    for everything, some in zip(whole["results"], cut["results"], strict=True):
        if len(everything["entities"]) > 3:
            assert some["truncated"] is True
            assert some["entities"] == [*everything["entities"][:2], everything["entities"][-1]]
            assert some["data"][0]["count"] == everything["data"][0]["count"]
    assert any(each["truncated"] for each in cut["results"])


def test_members_are_told_with_statuses_and_presences(ask: Any, timeline: Timeline) -> None:
    metrics = [{"metric": "oUserRoutingStatuses", "details": True}]
    answer = ask("routing", groupBy=["queueId"], metrics=metrics, most=1000)
    assert answer["entityIdDimension"] == "userId"
    for result in answer["results"]:
        by_id = {each["userId"]: each for each in result["entities"]}
        assert sum(entry["count"] for entry in result["data"]) == len(by_id)
        for entry in result["data"]:
            assert len(entry["entityIds"]) == entry["count"]
            assert {by_id[each]["routingStatus"] for each in entry["entityIds"]} == {entry["qualifier"]}
        for user_id, each in by_id.items():
            status = timeline.agent(user_id, START_MS)
            assert each["routingStatusDate"] == iso(status.since_ms)
            assert each["presenceDate"] == iso(status.presence_since_ms)
            assert each["activityDate"] == max(each["routingStatusDate"], each["presenceDate"])


def test_who_is_not_activated_in_a_queue_is_its_member_and_no_more(
    organization: Organization, timeline: Timeline
) -> None:
    body = checked(
        "RoutingActivityQuery",
        {
            "groupBy": ["queueId", "queueMembershipStatus"],
            "metrics": [{"metric": each, "details": True} for each in USER_METRICS],
        },
    )
    choices = Settings(queue_joins="shift", observation_details_max=1000)
    answer = Activity(organization, timeline, choices).routing(body, START_MS, size=1000, number=1)
    found = results_by_group(answer)
    rows = oracle.members(organization, timeline, START_MS)
    away = 0
    for row in rows:
        joined = row["systemPresence"] != "OFFLINE"
        row["queueMembershipStatus"] = "Joined" if joined else "NotJoined"
    for group, there in oracle.grouped(rows, ["queueId", "queueMembershipStatus"]).items():
        data = {(each["metric"], each.get("qualifier")): each for each in found[group]["data"]}
        here = {row["userId"] for row in there}
        assert set(data["oMemberUsers", None]["entityIds"]) == here
        if ("queueMembershipStatus", "Joined") in group:
            assert set(data["oActiveUsers", None]["entityIds"]) == here
            assert sum(each["count"] for (name, _), each in data.items() if name == "oUserPresences") == len(
                here
            )
            continue
        away += len(here)
        counts = {key: each["count"] for key, each in data.items()}
        zero = dict.fromkeys([("oActiveUsers", None), ("oOffQueueUsers", None), ("oOnQueueUsers", None)], 0)
        assert counts == {("oMemberUsers", None): len(here), **zero}
    assert away > 20


def test_groups_come_in_order_and_page_by_page(ask: Any) -> None:
    body = {"groupBy": ["queueId", "userId"], "metrics": [{"metric": "oMemberUsers"}]}
    up = ask("routing", **body)["results"]
    down = ask("routing", order="desc", **body)["results"]
    groups = [(each["group"]["queueId"], each["group"]["userId"]) for each in up]
    assert groups == sorted(groups)
    assert len(groups) > 40
    assert down == up[::-1]
    pages = [ask("routing", size=20, number=number, **body)["results"] for number in range(1, 40)]
    assert [one for page in pages for one in page] == up
    assert [len(page) for page in pages[:2]] == [20, 20]
    assert pages[-1] == []


def test_a_client_of_one_division_sees_its_queues_alone(
    organization: Organization, timeline: Timeline
) -> None:
    activity = Activity(organization, timeline, Settings())
    division = organization.queues[0].division_id
    own = {queue.id for queue in organization.queues if queue.division_id == division}
    for answer, metric in ((activity.conversations, "oInteracting"), (activity.routing, "oMemberUsers")):
        body = {"groupBy": ["queueId"], "metrics": [{"metric": metric}]}
        found = answer(body, START_MS, size=100, number=1, divisions=frozenset({division}))
        assert {each["group"]["queueId"] for each in found["results"]} <= own
        assert found["results"]


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("conversation", {"metrics": [{"metric": "oWaiting"}]}, "groupBy"),
        ("conversation", {"metrics": [{"metric": "oWaiting"}], "groupBy": []}, "groupBy"),
        ("conversation", {"metrics": [], "groupBy": ["queueId"]}, "metrics"),
        ("conversation", {"groupBy": ["queueId"]}, "metrics"),
        ("conversation", {"metrics": [{"details": True}], "groupBy": ["queueId"]}, "metrics[0].metric"),
        ("routing", {"metrics": [{"metric": "oMemberUsers"}], "groupBy": ["userId"]}, "groupBy"),
        ("routing", {"metrics": [{"metric": "oWaiting"}], "groupBy": ["queueId"]}, "metrics[0].metric"),
        ("routing", {"metrics": [{"metric": "oMemberUsers"}], "groupBy": ["ani"]}, "groupBy[0]"),
    ],
)
def test_a_query_without_its_required_parts_is_a_400(ask: Any, kind: str, body: Any, field: str) -> None:
    with pytest.raises(Refusal) as caught:
        ask(kind, **body)
    assert (caught.value.status, caught.value.field) == (400, field)


def test_both_queries_are_answered_over_http_with_their_pages(
    stage: Callable[..., Any], timeline: Timeline, ask: Any
) -> None:
    bodies = {
        "conversations": {"groupBy": ["queueId", "mediaType"], "metrics": [{"metric": "oInteracting"}]},
        "routing": {"groupBy": ["queueId"], "metrics": [{"metric": "oOnQueueUsers"}]},
    }

    async def run() -> None:
        async with stage(timeline) as on:
            for name, body in bodies.items():
                path = f"/api/v2/analytics/{name}/activity/query"
                whole = ask(name.removesuffix("s"), **body)
                assert await on.call("POST", path, json=body) == (200, whole)
                second = whole | {"results": whole["results"][2:4]}
                assert await on.call("POST", f"{path}?pageSize=2&pageNumber=2", json=body) == (200, second)
                for wrong in ("pageSize=0", "pageSize=x", "pageNumber=-1", f"pageNumber={'9' * 5000}"):
                    assert (await on.call("POST", f"{path}?{wrong}", json=body))[0] == 400

    asyncio.run(run())
