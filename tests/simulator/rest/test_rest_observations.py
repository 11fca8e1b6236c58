"""The queue observations query against the timeline, and its recorded shape."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries import contract
from gcanalytics.simulator.queries.observations import MEDIA, Observations
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a Wednesday
STATES = ["oWaiting", "oAlerting", "oInteracting"]


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=3, settings=Settings(), days=1, start_ms=START_MS)


@pytest.fixture
def observed(organization: Organization, timeline: Timeline) -> Callable[..., dict[str, Any]]:
    def ask(
        *queue_ids: str,
        media: str | None = None,
        now_ms: int = START_MS,
        most: int = 100,
        queue_joins: str = "kept",
        **body: Any,
    ) -> Any:
        predicates = [{"dimension": "queueId", "value": each} for each in queue_ids]
        test: dict[str, Any] = {"type": "or", "predicates": predicates}
        if media:
            clause = {"type": "and", "predicates": [{"dimension": "mediaType", "value": media}]}
            test = {"type": "and", "clauses": [test, clause]}
        asked = contract.checked("QueueObservationQuery", {"filter": test, "metrics": STATES} | body)
        settings = Settings(observation_details_max=most, queue_joins=queue_joins)
        return Observations(organization, timeline, settings).results(asked, now_ms)

    return ask


def entries(answer: dict[str, Any], **group: str) -> list[dict[str, Any]]:
    [found] = [each["data"] for each in answer["results"] if each["group"] == group]
    return list(found)


def places(conversation: Conversation, now_ms: int) -> list[tuple[str, str, str, int]]:
    """Where a conversation stands by its ledger alone: queue, medium, state, since when."""
    visits: dict[int, tuple[str, int]] = {}
    alerts: dict[int, tuple[str, int | None, int]] = {}
    talks: dict[int, tuple[str, int]] = {}
    parked: dict[int, tuple[str, int]] = {}
    dialling: dict[int, str] = {}
    media: dict[int, str] = {}
    for event in conversation.events_until(now_ms):
        if event.kind == ledger.CALLBACK_QUEUED:
            media[event.party] = "callback"
        if event.kind == ledger.QUEUED or (event.kind == ledger.CALLBACK_QUEUED and not event.amount_ms):
            visits[event.party] = (event.queue_id or "", event.at_ms)
        elif event.kind == ledger.OFFERED:
            visits.setdefault(event.party, (event.queue_id or "", event.at_ms))
        elif event.kind == ledger.DEQUEUED:
            visits.pop(event.party)
        elif event.kind == ledger.PARKED:
            parked[event.party] = talks.pop(event.party)
        elif event.kind == ledger.UNPARKED:
            talks[event.party] = parked.pop(event.party)
        elif event.kind == ledger.ALERTED:
            alerts[event.party] = (event.queue_id or "", event.via, event.at_ms)
            media[event.party] = media.get(-1 if event.via is None else event.via, conversation.media)
        elif event.kind == ledger.ANSWERED:
            talks[event.party] = (alerts.pop(event.party)[0], event.at_ms)
        elif event.kind == ledger.CALL_DIALLED and event.user_id is not None:
            dialling[event.party] = event.queue_id or ""
        elif event.kind == ledger.CALL_CONNECTED and event.party in dialling:
            talks[event.party] = (dialling[event.party], event.at_ms)
        elif event.kind in (ledger.NO_ANSWER, ledger.DECLINED, ledger.ALERT_WITHDRAWN):
            alerts.pop(event.party, None)
        elif event.kind == ledger.AGENT_LEFT:
            talks.pop(event.party, None)
    found = [(party, "oInteracting", *talk) for party, talk in talks.items()]
    found += [(party, "oAlerting", queue_id, at_ms) for party, (queue_id, _, at_ms) in alerts.items()]
    alerted = {via for _, via, _ in alerts.values()}
    found += [(party, "oWaiting", *visit) for party, visit in visits.items() if party not in alerted]
    return [
        (queue_id, media.get(party, conversation.media), state, since)
        for party, state, queue_id, since in found
        if queue_id
    ]


def test_counts_are_where_conversations_stand_at_several_moments(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    seen: Counter[str] = Counter()
    for now_ms in range(START_MS, START_MS + 1_800_000, 150_000):
        expected = Counter(
            place[:3] for conversation in timeline.ongoing(now_ms) for place in places(conversation, now_ms)
        )
        answer = observed(*(queue.id for queue in organization.queues), now_ms=now_ms)
        for each in answer["results"]:
            for entry in each["data"]:
                place = (each["group"]["queueId"], each["group"]["mediaType"], entry["metric"])
                assert entry["stats"]["count"] == expected[place]
                seen[entry["metric"]] += entry["stats"]["count"]
    assert all(seen[state] for state in STATES), "each state was met"


def test_asking_for_a_queue_gives_groups_with_and_without_a_medium(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    queue = organization.queues[0]
    answer = observed(queue.id, metrics=["oInteracting", "oOnQueueUsers"])
    groups = [each["group"] for each in answer["results"]]
    media = [{"queueId": queue.id, "mediaType": medium} for medium in MEDIA]
    assert groups == [{"queueId": queue.id}, *media]
    there = [place[:3] for each in timeline.ongoing(START_MS) for place in places(each, START_MS)]
    counts = {medium: there.count((queue.id, medium, "oInteracting")) for medium in MEDIA}
    assert 0 in counts.values(), "a medium in which nothing goes on is there too"
    for medium, count in counts.items():
        assert entries(answer, queueId=queue.id, mediaType=medium) == [
            {"metric": "oInteracting", "stats": {"count": count}}
        ]
    assert "systemToOrganizationMappings" not in answer


def test_a_medium_in_the_filter_leaves_its_groups_alone(observed: Any, organization: Organization) -> None:
    queue = organization.queues[0]
    answer = observed(queue.id, media="Voice", metrics=[*STATES, "oMemberUsers"])
    assert [each["group"] for each in answer["results"]] == [{"queueId": queue.id, "mediaType": "voice"}]


def test_users_are_counted_by_status_presence_and_side_of_the_queue(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    queue = organization.queues[0]
    metrics = ["oUserRoutingStatuses", "oUserPresences", "oOnQueueUsers", "oOffQueueUsers", "oMemberUsers"]
    answer = observed(queue.id, metrics=metrics)
    found: dict[tuple[str, str | None], int] = {
        (each["metric"], each.get("qualifier")): each["stats"]["count"]
        for each in entries(answer, queueId=queue.id)
    }
    users = [each for each in queue.member_ids if organization.users_by_id[each].state == "active"]
    members = [timeline.agent(each, START_MS) for each in users]
    on_queue = sum(each.routing_status != "OFF_QUEUE" for each in members)
    expected: dict[tuple[str, str | None], int] = {
        ("oMemberUsers", None): len(members),
        ("oOnQueueUsers", None): on_queue,
        ("oOffQueueUsers", None): len(members) - on_queue,
    }
    for each in members:
        for key in (("oUserRoutingStatuses", each.routing_status), ("oUserPresences", each.presence_id)):
            expected[key] = expected.get(key, 0) + 1
    assert found == expected
    mapped = {each for ids in answer["systemToOrganizationMappings"].values() for each in ids}
    assert mapped == {presence.id for presence in organization.presences}


def test_members_who_are_not_activated_are_members_alone(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    queue = organization.queues[0]
    metrics = ["oMemberUsers", "oActiveUsers", "oUserRoutingStatuses"]
    answer = observed(queue.id, metrics=metrics, queue_joins="shift")
    counts: Counter[str] = Counter()
    for each in entries(answer, queueId=queue.id):
        counts[each["metric"]] += each["stats"]["count"]
    users = [each for each in queue.member_ids if organization.users_by_id[each].state == "active"]
    logged_on = sum(timeline.agent(each, START_MS).system_presence != "OFFLINE" for each in users)
    assert 0 < logged_on < len(users)
    assert counts == {
        "oMemberUsers": len(users),
        "oActiveUsers": logged_on,
        "oUserRoutingStatuses": logged_on,
    }


def test_details_tell_conversations_oldest_first(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    queue = organization.queues[0]
    answer = observed(queue.id, detailMetrics=["oInteracting"])
    [waiting, _, interacting] = entries(answer, queueId=queue.id, mediaType="voice")
    assert "observations" not in waiting
    details = interacting["observations"]
    assert interacting["truncated"] is False
    assert len(details) == interacting["stats"]["count"] > 2
    dates = [each["observationDate"] for each in details]
    assert dates == sorted(dates)
    ongoing = {each.id for each in timeline.ongoing(START_MS)}
    for each in details:
        assert each["conversationId"] in ongoing
        assert each["userId"] in queue.member_ids
        assert each["ani"].startswith("tel:+")


def test_where_nobody_is_there_is_no_list_as_recorded(observed: Any, organization: Organization) -> None:
    night_ms = START_MS - 8 * 3_600_000
    queue = organization.queues[0]
    metrics = [*STATES, "oUserPresences"]
    answer = observed(queue.id, now_ms=night_ms, metrics=metrics, detailMetrics=metrics)
    empty = [
        entry
        for group in answer["results"]
        if "mediaType" in group["group"]
        for entry in group["data"]
        if not entry["stats"]["count"]
    ]
    assert empty
    assert all(set(entry) == {"metric", "stats"} for entry in empty)


def test_members_are_dated_by_what_is_counted_of_them(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    metrics = ["oUserPresences", "oUserRoutingStatuses"]
    answer = observed(organization.queues[0].id, metrics=metrics, detailMetrics=metrics)
    told: set[str] = set()
    for entry in entries(answer, queueId=organization.queues[0].id):
        for each in entry["observations"]:
            status = timeline.agent(each["userId"], START_MS)
            presence = entry["metric"] == "oUserPresences"
            assert each["observationDate"] == iso(status.presence_since_ms if presence else status.since_ms)
            if status.presence_since_ms != status.since_ms:
                told.add(entry["metric"])
    assert told == set(metrics)


def test_too_many_details_are_cut_to_the_oldest_and_the_newest_half(
    observed: Any, organization: Organization
) -> None:
    queue = organization.queues[0]
    whole = observed(queue.id, media="voice", detailMetrics=["oInteracting"])
    cut = observed(queue.id, media="voice", detailMetrics=["oInteracting"], most=2)
    everything, entry = whole["results"][0]["data"][2], cut["results"][0]["data"][2]
    assert entry["truncated"] is True
    assert entry["stats"] == everything["stats"]
    assert entry["observations"] == [everything["observations"][0], everything["observations"][-1]]


def test_the_longest_wait_is_a_calculated_value(
    observed: Any, organization: Organization, timeline: Timeline
) -> None:
    found = 0
    for now_ms in range(START_MS, START_MS + 3_600_000, 300_000):
        answer = observed(
            *(queue.id for queue in organization.queues),
            metrics=["oWaiting", "oLongestWaiting"],
            now_ms=now_ms,
        )
        since: dict[tuple[str, str], int] = {}
        for conversation in timeline.ongoing(now_ms):
            for queue_id, media, state, at_ms in places(conversation, now_ms):
                if state == "oWaiting":
                    since[queue_id, media] = min(at_ms, since.get((queue_id, media), at_ms))
        for each in answer["results"]:
            waiting, *longest = each["data"]
            assert bool(longest) is (waiting["stats"]["count"] > 0)
            if longest:
                begun = since[each["group"]["queueId"], each["group"]["mediaType"]]
                assert longest[0]["stats"]["calculatedMetricValue"] == now_ms - begun
                found += 1
    assert found


def test_a_filter_on_anything_but_queue_and_medium_is_a_400(observed: Any) -> None:
    test = {"type": "and", "predicates": [{"dimension": "userId", "value": "x"}]}
    with pytest.raises(Refusal) as caught:
        observed(filter=test)
    assert caught.value.status == 400
    with pytest.raises(Refusal):
        observed(metrics=["oNope"])


def test_an_unknown_queue_has_no_results(observed: Any) -> None:
    assert observed("nonsense") == {"results": []}


def test_observations_are_answered_over_http(
    stage: Callable[..., Any], timeline: Timeline, observed: Any, organization: Organization
) -> None:
    queue = organization.queues[0]
    body = {
        "filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": queue.id}]},
        "metrics": STATES,
    }

    async def run() -> tuple[int, Any]:
        async with stage(timeline) as on:
            path = "/api/v2/analytics/queues/observations/query"
            answer: tuple[int, Any] = await on.call("POST", path, json=body)
            return answer

    assert asyncio.run(run()) == (200, observed(queue.id))
