"""Frames of the topics against the timeline that they tell of: one busy hour, no server."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.half_hours import HALF_HOUR_MS
from gcanalytics.simulator.streams.topics import Frame, FrameMaker

# A Wednesday, 11:10 in Warsaw.
START_MS = 1_794_996_600_000
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=6, settings=Settings(), days=2, start_ms=START_MS)


@pytest.fixture
def maker(organization: Organization, timeline: Timeline) -> FrameMaker:
    return FrameMaker(organization, timeline, Settings())


def queue_keys(organization: Organization, *words: str) -> set[str]:
    return {f"v2.routing.queues.{queue.id}.{word}" for queue in organization.queues for word in words}


def statistic_keys(organization: Organization, *words: str) -> set[str]:
    return {f"v2.analytics.queues.{queue.id}.{word}" for queue in organization.queues for word in words}


def played(
    maker: FrameMaker, heard: set[str], *, end_ms: int = START_MS + HOUR_MS, step_ms: int = 1000
) -> list[tuple[int, str, Any]]:
    """(time of the tick, topic, body) of everything that is sent from the start on, a tick a second."""
    found = []
    for now_ms in range(START_MS + step_ms, end_ms + 1, step_ms):
        frames = maker.frames(now_ms - step_ms, now_ms, heard, now_ms / 1000)
        found += [(now_ms, key, json.loads(body)) for key, body in frames]
    return found


@pytest.fixture(scope="module")
def hour(organization: Organization, timeline: Timeline) -> list[tuple[int, str, Any]]:
    """The full pictures of an hour, for every queue."""
    return played(FrameMaker(organization, timeline, Settings()), queue_keys(organization, "conversations"))


def by_conversation(frames: Iterable[tuple[int, str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for _, _, body in frames:
        found[body["id"]].append(body)
    return found


def test_every_change_of_a_conversation_is_told_to_every_queue_that_it_touched(
    hour: list[Any], timeline: Timeline
) -> None:
    told = Counter((key, body["id"]) for _, key, body in hour)
    expected: Counter[tuple[str, str]] = Counter()
    seen = set()
    for change in timeline.changes(START_MS, START_MS + HOUR_MS):
        conversation = change.conversation
        if conversation is None or (conversation.id, change.at_ms) in seen:
            continue
        seen.add((conversation.id, change.at_ms))
        for queue_id in picture(conversation, change.at_ms).queue_ids:
            expected[f"v2.routing.queues.{queue_id}.conversations", conversation.id] += 1
    assert told == expected
    assert len(told) > 100


def test_what_nobody_listens_to_is_not_made(maker: FrameMaker, organization: Organization) -> None:
    one = organization.queues[0].id
    heard = {f"v2.routing.queues.{one}.conversations"}
    made = Counter(key for _, key, _ in played(maker, heard))
    assert set(made) == heard


def test_the_full_picture_of_an_answered_call_only_moves_forward(hour: list[Any]) -> None:
    stories = by_conversation(hour)
    ways: Counter[tuple[str, ...]] = Counter()
    for bodies in stories.values():
        latest: dict[str, dict[str, Any]] = {}
        steps: dict[str, list[str]] = defaultdict(list)
        for body in bodies:
            assert {"participants", "divisions"} <= set(body)
            for participant in body["participants"]:
                before = latest.get(participant["id"], {})
                for instant in ("connectedTime", "endTime", "startAcwTime", "endAcwTime"):
                    assert instant not in before or participant.get(instant) == before[instant]
                latest[participant["id"]] = participant
                if participant["purpose"] == "agent":
                    arrays = ("callbacks", "calls", "chats", "messages", "emails")
                    session = next(participant[name][0] for name in arrays if participant[name])
                    if steps[participant["id"]][-1:] != [session["state"]]:
                        steps[participant["id"]].append(session["state"])
        ways.update(tuple(way) for way in steps.values())
    assert ways["alerting", "connected", "disconnected", "terminated"] > 20
    assert ways["alerting", "terminated"] > 0, "nobody let it ring out"
    known = {"alerting", "dialing", "connected", "disconnected", "terminated", "parked"}
    assert {state for way in ways for state in way} == known


def test_a_participant_has_its_medium_in_its_own_array(hour: list[Any]) -> None:
    met: set[str] = set()
    for _, _, body in hour:
        for participant in body["participants"]:
            filled = {name for name, value in participant.items() if name.endswith("s") and value}
            media = filled & {"calls", "callbacks", "chats", "emails", "messages"}
            assert len(media) == 1 or media == {"calls", "callbacks"}
            assert {"callbacks", "emails", "messages", "videos"} <= set(participant)
            assert not filled & {"videos", "screenshares"}
            met |= media
    assert met == {"calls", "callbacks", "chats", "emails", "messages"}


def test_the_flat_shapes_put_the_state_on_the_participant(
    maker: FrameMaker, organization: Organization
) -> None:
    words = ("conversations.calls", "conversations.chats")
    frames = played(maker, queue_keys(organization, *words))
    media = Counter(key.rpartition(".")[2] for _, key, _ in frames)
    assert set(media) == {"calls", "chats"}
    for _, key, body in frames:
        for participant in body["participants"]:
            assert not {"calls", "chats", "userId", "queueId", "peerId"} & set(participant)
            assert {"state", "direction", "startTime", "held"} <= set(participant)
            assert ("roomId" in participant) == key.endswith("chats")
            assert ("ani" in participant) == key.endswith("calls")
            if participant["purpose"] == "agent":
                assert set(participant["user"]) == {"id", "name"}


def test_disconnects_are_spelt_as_events_spell_them(hour: list[Any]) -> None:
    kinds = {
        call["disconnectType"]
        for _, _, body in hour
        for participant in body["participants"]
        for call in participant["calls"]
        if "disconnectType" in call
    }
    assert {"endpoint", "peer", "transfer"} <= kinds
    assert "transfer.consult" in kinds
    assert not {kind for kind in kinds if kind.lower() != kind}


def test_late_frames_tell_the_wrap_up(hour: list[Any], organization: Organization) -> None:
    stories = by_conversation(hour)
    wrapped = [
        participant["wrapup"]
        for bodies in stories.values()
        for participant in bodies[-1]["participants"]
        if "wrapup" in participant
    ]
    assert len(wrapped) > 20
    codes = {code.id for code in organization.wrapup_codes} | {"ININ-WRAP-UP-TIMEOUT"}
    assert {wrapup["code"] for wrapup in wrapped} <= codes


def test_the_two_flavours_of_observations_are_never_mixed(
    maker: FrameMaker, organization: Organization
) -> None:
    frames = played(maker, statistic_keys(organization, "observations"))
    lengths: Counter[bool] = Counter()
    latest: dict[tuple[str, str, bool], Any] = {}
    for _, key, body in frames:
        assert key == f"v2.analytics.queues.{body['group']['queueId']}.observations"
        (entry,) = body["data"]
        start, end = entry["interval"].split("/")
        names = {metric["metric"] for metric in entry["metrics"]}
        now = names <= {"oWaiting", "oAlerting", "oInteracting"}
        assert (start == end) == now
        if not now:
            assert start[14:] in {"00:00.000Z", "30:00.000Z"}
            assert {name for name in names if name[0] == "o"} <= {"oServiceLevel"}
        lengths[now] += 1
        place = (body["group"]["queueId"], body["group"]["mediaType"], now)
        assert latest.get(place) != entry, "nothing changed"
        latest[place] = entry
    assert min(lengths[True], lengths[False]) > 100


def test_observations_come_at_most_once_a_second_for_a_queue_and_medium(
    maker: FrameMaker, organization: Organization
) -> None:
    heard = statistic_keys(organization, "observations")
    end_ms = START_MS + 600_000
    paces: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for now_ms, _, body in played(maker, heard, end_ms=end_ms, step_ms=100):
        group, entry = body["group"], body["data"][0]
        start, end = entry["interval"].split("/")
        paces[group["queueId"], group["mediaType"], start == end].append(now_ms)
    gaps = [later - earlier for times in paces.values() for earlier, later in pairwise(times)]
    assert min(gaps) == 1000


def test_activity_comes_at_most_once_a_second_for_a_queue_whatever_its_media(
    maker: FrameMaker, organization: Organization
) -> None:
    times: dict[str, list[int]] = defaultdict(list)
    heard = statistic_keys(organization, "activity")
    for now_ms, key, _ in played(maker, heard, end_ms=START_MS + 600_000, step_ms=100):
        times[key].append(now_ms)
    gaps = [later - earlier for each in times.values() for earlier, later in pairwise(each)]
    assert len(gaps) > 20
    assert min(gaps) >= 1000


def counted(timeline: Timeline, now_ms: int) -> Counter[tuple[str, str, str]]:
    """Waiting, alerting, interacting by queue and medium, counted anew from the ledger's events."""
    found: Counter[tuple[str, str, str]] = Counter()
    for conversation in timeline.ongoing(now_ms):
        visits: dict[int, str] = {}
        alerts: dict[int, tuple[str, int | None]] = {}
        talks: dict[int, str] = {}
        parked: dict[int, str] = {}
        dialling: dict[int, str] = {}
        media: dict[int | None, str] = {}
        for event in conversation.events_until(now_ms):
            queue_id = event.queue_id or ""
            if event.kind == ledger.CALLBACK_QUEUED:
                media[event.party] = "callback"
                if not event.amount_ms:
                    visits[event.party] = queue_id
            elif event.kind in {ledger.QUEUED, ledger.OFFERED}:
                visits[event.party] = queue_id
            elif event.kind == ledger.PARKED:
                parked[event.party] = talks.pop(event.party)
            elif event.kind == ledger.UNPARKED:
                talks[event.party] = parked.pop(event.party)
            elif event.kind == ledger.DEQUEUED:
                visits.pop(event.party)
            elif event.kind == ledger.ALERTED:
                alerts[event.party] = (queue_id, event.via)
                media[event.party] = media.get(event.via, conversation.media)
            elif event.kind in {ledger.NO_ANSWER, ledger.DECLINED, ledger.ALERT_WITHDRAWN}:
                alerts.pop(event.party)
            elif event.kind == ledger.ANSWERED:
                talks[event.party] = alerts.pop(event.party)[0]
            elif event.kind == ledger.CALL_DIALLED and event.user_id is not None:
                dialling[event.party] = queue_id
            elif event.kind == ledger.CALL_CONNECTED and event.party in dialling:
                talks[event.party], media[event.party] = dialling[event.party], "voice"
            elif event.kind == ledger.AGENT_LEFT:
                talks.pop(event.party, None)
        rung = {via for _, via in alerts.values()}
        for party, queue_id in visits.items():
            if party not in rung:
                found[queue_id, media.get(party, conversation.media), "oWaiting"] += 1
        for party, (queue_id, _) in alerts.items():
            found[queue_id, media[party], "oAlerting"] += 1
        for party, queue_id in talks.items():
            found[queue_id, media[party], "oInteracting"] += 1
    # An agent whom a colleague called directly is in no queue.
    return Counter({key: count for key, count in found.items() if key[0]})


def test_counts_folded_from_frames_are_those_of_the_ledger(
    maker: FrameMaker, organization: Organization, timeline: Timeline
) -> None:
    state = counted(timeline, START_MS)
    assert state.total() > 10
    sums: Counter[str] = Counter()
    for now_ms in range(START_MS + 1000, START_MS + HOUR_MS, 1000):
        heard = statistic_keys(organization, "observations")
        for _, text in maker.frames(now_ms - 1000, now_ms, heard, now_ms / 1000):
            body = json.loads(text)
            group = body["group"]
            for metric in body["data"][0]["metrics"]:
                if metric["metric"] in {"oWaiting", "oAlerting", "oInteracting"}:
                    state[group["queueId"], group["mediaType"], metric["metric"]] = metric["stats"]["count"]
        if now_ms % 60_000 == 0:
            assert +state == counted(timeline, now_ms)
            for (_, _, name), count in state.items():
                sums[name] += count
    assert min(sums[name] for name in ("oWaiting", "oAlerting", "oInteracting")) > 0


def test_activity_has_all_counts_of_a_queue_and_its_longest(
    maker: FrameMaker, organization: Organization, timeline: Timeline
) -> None:
    latest: dict[str, Any] = {}
    for now_ms, key, body in played(maker, statistic_keys(organization, "activity")):
        latest[key.split(".")[3]] = (now_ms, body)
    assert latest
    state = counted(timeline, START_MS + HOUR_MS)
    longest = 0
    for queue_id, (_, body) in latest.items():
        queue = organization.queues_by_id[queue_id]
        assert [result["mediaType"] for result in body["results"]] == list(queue.media)
        for result in body["results"]:
            counts = {entry["metric"]: entry["count"] for entry in result["data"] if "count" in entry}
            assert counts == {name: state[queue_id, result["mediaType"], name] for name in counts}
            assert set(counts) == {"oWaiting", "oAlerting", "oInteracting"}
            values = {
                entry["metric"]: entry["calculatedMetricValue"]
                for entry in result["data"]
                if "calculatedMetricValue" in entry
            }
            assert ("oLongestInteracting" in values) == (counts["oInteracting"] > 0)
            assert ("oLongestWaiting" in values) == (counts["oWaiting"] > 0)
            longest = max(longest, *values.values(), 0)
    assert longest > 0


def test_the_half_hour_is_the_sum_of_what_was_emitted(
    maker: FrameMaker, organization: Organization, timeline: Timeline
) -> None:
    half_ms = START_MS + HOUR_MS - (START_MS + HOUR_MS) % HALF_HOUR_MS
    latest: dict[tuple[str, str], Any] = {}
    for _, _, body in played(maker, statistic_keys(organization, "observations")):
        entry = body["data"][0]
        if entry["interval"] == f"{iso(half_ms)}/{iso(half_ms + HALF_HOUR_MS)}":
            latest[body["group"]["queueId"], body["group"]["mediaType"]] = entry
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    # Letters that were written the evening before are answered now.
    for conversation in timeline.recent(half_ms, START_MS + HOUR_MS):
        for emission in emissions(conversation, START_MS + HOUR_MS, Settings()):
            queue_id = emission.dims.get("queueId")
            if half_ms <= emission.at_ms <= START_MS + HOUR_MS and isinstance(queue_id, str):
                media = str(emission.dims["mediaType"])
                sums[queue_id, media][emission.metric] += emission.value
                counts[queue_id, media][emission.metric] += 1
    assert len(sums) > 5
    assert set(latest) == set(sums)
    for group, entry in latest.items():
        stats = {metric["metric"]: metric["stats"] for metric in entry["metrics"]}
        level = stats.pop("oServiceLevel", None)
        answered, abandoned = counts[group]["tAnswered"], counts[group]["tAbandon"]
        assert (level is None) == (answered + abandoned == 0)
        if level is not None:
            assert level["denominator"] == answered + abandoned
            assert level["numerator"] == answered - sums[group]["nOverSla"]
            assert level["ratio"] == level["numerator"] / level["denominator"]
            assert level["target"] == organization.queues_by_id[group[0]].service_levels[group[1]][0]
        # The end of a recorded snippet is no event of the ledger: it is told with the next one.
        told = {name for name in sums[group] if name[0] != "o"}
        assert {*stats, "tSnippetRecord"} == told | {"tSnippetRecord"}
        for name, stat in stats.items():
            assert stat["count"] == (sums if name[0] == "n" else counts)[group][name]
            assert stat.get("sum", sums[group][name]) == sums[group][name]


def test_users_frames_tell_the_status_that_they_have(
    maker: FrameMaker, organization: Organization, timeline: Timeline
) -> None:
    words = ("routingstatus", "presence", "activity")
    heard = {f"v2.users.{user.id}.{word}" for user in organization.users for word in words}
    frames = played(maker, heard)
    assert {key.rpartition(".")[2] for _, key, _ in frames} == set(words)
    latest = {key: body for _, key, body in frames}
    for key, body in latest.items():
        user_id = key.split(".")[2]
        status = timeline.agent(user_id, START_MS + HOUR_MS)
        if key.endswith("routingstatus"):
            assert body["routingStatus"]["status"] == status.routing_status
        elif key.endswith("presence"):
            assert body["presenceDefinition"]["id"] == status.presence_id
        else:
            assert body["presence"]["presenceDefinition"]["systemPresence"] == status.system_presence
            # As recorded: who is off queue is activated in his queues all the same.
            assert body["activeQueueIds"] == list(organization.users_by_id[user_id].queue_ids)
    for key in latest:
        bodies = [body for _, other, body in frames if other == key]
        assert all(one != other for one, other in pairwise(bodies)), "nothing changed"


def test_members_who_come_on_queue_are_told(maker: FrameMaker, organization: Organization) -> None:
    frames = played(maker, queue_keys(organization, "users"))
    assert frames
    for _, key, body in frames:
        queue = organization.queues_by_id[body["queueId"]]
        assert key == f"v2.routing.queues.{queue.id}.users"
        assert body["id"] in queue.member_ids
        assert body["joined"] is True


def test_after_a_pause_the_counts_start_from_the_timeline_again(
    maker: FrameMaker, organization: Organization, timeline: Timeline
) -> None:
    heard = statistic_keys(organization, "activity")
    played(maker, heard, end_ms=START_MS + 10_000)
    maker.forget()
    later_ms = START_MS + HOUR_MS
    frames: list[Frame] = []
    while not frames:
        frames = maker.frames(later_ms, later_ms + 1000, heard, later_ms / 1000)
        later_ms += 1000
    state = counted(timeline, later_ms)
    for key, text in frames:
        for result in json.loads(text)["results"]:
            counts = {entry["metric"]: entry.get("count") for entry in result["data"]}
            assert counts["oWaiting"] == state[key.split(".")[3], result["mediaType"], "oWaiting"]
