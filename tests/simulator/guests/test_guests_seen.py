"""Guests' chats as the rest of the platform sees them: observations, events, details and aggregates.

The oracle reads nothing but the ledger's events.
"""

import re
from collections import Counter
from typing import Any

from gcanalytics.simulator.business import ledger

START_MS = 1_794_996_600_000
WAIT_S = 10.0
DESK = "/simulator/desk"
ANALYTICS = "/api/v2/analytics"
DAY = "2026-11-18T00:00:00Z/2026-11-19T00:00:00Z"
STATES = ("oWaiting", "oAlerting", "oInteracting")
Key = tuple[str, str]


def standing(conversation: Any) -> Key | None:
    """The queue at which a chat stands, and how."""
    place: Key | None = None
    for event in conversation.events:
        match event.kind:
            case ledger.OFFERED | ledger.NO_ANSWER | ledger.DECLINED:
                place = (event.queue_id, "oWaiting")
            case ledger.ALERTED:
                place = (event.queue_id, "oAlerting")
            case ledger.ANSWERED:
                place = (event.queue_id, "oInteracting")
            case ledger.AGENT_LEFT:
                place = None
            case ledger.DEQUEUED if event.code == ledger.ABANDONED:
                place = None
    return place


def sums(conversation: Any) -> Counter[Key]:
    """Counts and milliseconds by queue and metric, from the ledger alone."""
    found: Counter[Key] = Counter()
    since: dict[tuple[int, str], int] = {}
    visit = 0
    for event in conversation.events:
        queue, at_ms = event.queue_id, event.at_ms
        since[event.party, event.kind] = at_ms
        match event.kind:
            case ledger.OFFERED:
                found[queue, "nOffered"] += 1
                visit = event.party
            case ledger.NO_ANSWER:
                found[queue, "nError"] += 1
                found[queue, "tNotResponding"] += at_ms - since[event.party, ledger.ALERTED]
            case ledger.DECLINED:
                found[queue, "nAgentDeclined"] += 1
            case ledger.ANSWERED:
                found[queue, "tAnswered"] += at_ms - since[visit, ledger.OFFERED]
            case ledger.DEQUEUED if event.code == ledger.ABANDONED:
                found[queue, "tAbandon"] += at_ms - since[event.party, ledger.OFFERED]
            case ledger.AGENT_LEFT:
                talk_ms = at_ms - since[event.party, ledger.ANSWERED]
                found[queue, "tTalkComplete"] += talk_ms
                found[queue, "tHandle"] += talk_ms
                if event.code == ledger.BLIND:
                    found[queue, "nTransferred"] += 1
                    found[queue, "nBlindTransferred"] += 1
            case ledger.WRAPPED_UP:
                found[queue, "tAcw"] += at_ms - since[event.party, ledger.AGENT_LEFT]
                found[queue, "tHandle"] += at_ms - since[event.party, ledger.AGENT_LEFT]
        if event.kind in {ledger.ANSWERED, ledger.NO_ANSWER, ledger.DECLINED, ledger.ALERT_WITHDRAWN}:
            found[queue, "tAlert"] += at_ms - since[event.party, ledger.ALERTED]
    return Counter({key: value for key, value in found.items() if value})


async def waiting(scene: Any, on: Any, queue: str = "Support", **target: Any) -> Any:
    guest = await scene.arrive(on, routingTarget={"targetType": "QUEUE", "targetAddress": queue} | target)
    await guest.attach()
    await guest.events_until("member-change")
    return guest


async def observed(scene: Any, on: Any) -> Counter[Key]:
    """How many conversations stand at queues, and for each its own entry among the details."""
    predicates = [
        {"type": "dimension", "dimension": "queueId", "operator": "matches", "value": queue.id}
        for queue in scene.organization.queues
        if "chat" in queue.media
    ]
    body = {"filter": {"type": "or", "predicates": predicates}, "metrics": STATES, "detailMetrics": STATES}
    status, answer = await on.call("POST", f"{ANALYTICS}/queues/observations/query", json=body)
    assert status == 200, answer
    found: Counter[Key] = Counter()
    for result in answer["results"]:
        for entry in result["data"] if result["group"]["mediaType"] == "chat" else ():
            assert entry["stats"]["count"] == len(entry.get("observations", []))
            found[result["group"]["queueId"], entry["metric"]] += entry["stats"]["count"]
    return +found


def test_chats_stand_at_their_queues_as_the_ledger_says(scene: Any) -> None:
    queues = {queue.name: queue.id for queue in scene.organization.queues}

    async def act(on: Any) -> None:
        guests: list[Any] = []

        async def agree() -> Counter[Key]:
            seen = await observed(scene, on)
            places = [standing(await scene.written(on, guest)) for guest in guests]
            assert seen == Counter(place for place in places if place is not None)
            return seen

        await on.call("POST", DESK, json=[{"action": "quiet", "times": 100}])
        # Nobody of the desk speaks German: this one waits.
        german = await waiting(scene, on, language="German", priority=7, skills=["Offers", "internet"])
        guests.append(german)
        for queue in ("Support", "Support", "Billing"):
            guests.append(await waiting(scene, on, queue))
        assert (await agree())[queues["Support"], "oWaiting"] == 3
        await on.call("POST", DESK, json=[{"action": "no_answer", "chat": guests[1].id, "after_s": 5}])
        on.pass_real(1.1)
        for guest in guests[1:]:
            await scene.alerting(guest)
        assert (await agree())[queues["Support"], "oAlerting"] == 2
        on.pass_real(2.1)
        for guest in guests[2:]:
            await guest.events_until("message", bodyType="member-join")
        seen = await agree()
        assert (seen[queues["Billing"], "oInteracting"], seen[queues["Support"], "oAlerting"]) == (1, 1)
        transfer = {"action": "transfer", "chat": guests[3].id, "queue": "Support"}
        await on.call("POST", DESK, json=[transfer, {"action": "leave", "chat": guests[2].id}])
        seen = await agree()
        assert (seen[queues["Billing"], "oInteracting"], seen[queues["Support"], "oWaiting"]) == (0, 2)
        await german.call("DELETE", f"/members/{german.member}")
        await agree()

    scene.play(act)


def test_what_was_asked_for_is_seen_at_the_queue(scene: Any) -> None:
    skills = {one.name: one.id for one in scene.organization.skills}
    german = next(one.id for one in scene.organization.languages if one.name == "German")
    wanted = [skills["Internet"], skills["Offers"]]
    queue = scene.organization.queue_named("Support")

    async def act(on: Any) -> None:
        watcher = await on.connect(await on.channel(f"v2.routing.queues.{queue.id}.conversations"))
        guest = await waiting(scene, on, language="german", priority=7, skills=["Offers", "internet"])
        on.pass_real(0.5)
        body = (await watcher.receive_json(timeout=WAIT_S))["eventBody"]
        acd = next(one for one in body["participants"] if one["purpose"] == "acd")
        assert acd["conversationRoutingData"] == {
            "queue": {"id": queue.id, "name": "Support"},
            "priority": 7,
            "skills": [{"id": each} for each in wanted],
            "language": {"id": german},
        }
        matches = {"type": "dimension", "dimension": "queueId", "operator": "matches", "value": queue.id}
        asked = {"filter": {"type": "or", "predicates": [matches]}, "metrics": ["oWaiting"]}
        asked["detailMetrics"] = ["oWaiting"]
        _, answer = await on.call("POST", f"{ANALYTICS}/queues/observations/query", json=asked)
        (entry,) = next(one for one in answer["results"] if one["group"]["mediaType"] == "chat")["data"]
        (one,) = entry["observations"]
        assert (one["conversationId"], one["routingPriority"]) == (guest.id, 7)
        assert (one["requestedRoutingSkillIds"], one["requestedLanguageId"]) == (wanted, german)
        _, details = await on.call("GET", f"{ANALYTICS}/conversations/{guest.id}/details")
        (segment,) = next(
            one["sessions"][0]["segments"] for one in details["participants"] if one["purpose"] == "acd"
        )
        assert (segment["requestedRoutingSkillIds"], segment["requestedLanguageId"]) == (wanted, german)

    scene.play(act)


def test_the_highest_priority_is_taken_first(scene: Any) -> None:
    async def act(on: Any) -> None:
        guests = [await waiting(scene, on, priority=priority) for priority in (0, 3, 9, 3)]
        conversations = [await scene.written(on, guest) for guest in guests]
        on.pass_real(1.1)
        # There are three agents, and each has one chat at a time.
        assert len(scene.organization.guest_desk) == 3
        alerted = [ledger.ALERTED] * 3
        await scene.until(
            lambda: [kind for kind in map(last_kind, conversations) if kind in alerted] == alerted
        )
        assert [last_kind(each) for each in conversations] == [ledger.OFFERED, *alerted]

    def last_kind(conversation: Any) -> str:
        return str(conversation.events[-1].kind)

    scene.play(act, guest_chats_at_once=1)


async def busy_day(scene: Any, on: Any) -> list[Any]:
    """Chats of every kind, all over at the end."""
    await on.call("POST", DESK, json=[{"action": "quiet", "times": 100}])
    names = ("Support", "Support", "Billing", "Support", "Web Help", "Sales")
    guests = [await waiting(scene, on, queue) for queue in names]
    conversations = [await scene.written(on, guest) for guest in guests]

    async def until(*states: str) -> None:
        """Let time pass until they stand so."""

        def stand() -> bool:
            on.pass_real(0.1)
            return [(standing(each) or ("", ""))[1] for each in conversations] == list(states)

        await scene.until(stand)

    await guests[5].call("DELETE", f"/members/{guests[5].member}")
    no_answer = {"action": "no_answer", "chat": guests[0].id, "after_s": 7}
    await on.call("POST", DESK, json=[no_answer, {"action": "decline", "chat": guests[1].id}])
    await until(*["oInteracting"] * 5, "")
    away = [
        {"action": "transfer", "chat": guests[2].id, "queue": "Support"},
        {"action": "transfer", "chat": guests[3].id, "queue": "Billing"},
        {"action": "leave", "chat": guests[4].id},
    ]
    await on.call("POST", DESK, json=away)
    for guest in guests[:2]:
        await guest.call("DELETE", f"/members/{guest.member}")
    await until("", "", "oInteracting", "oInteracting", "", "")
    await guests[2].call("DELETE", f"/members/{guests[2].member}")
    await on.call("POST", DESK, json=[{"action": "leave"}])
    on.pass_real(13)
    await scene.until(lambda: all(each.over(on.platform.clock.now_ms()) for each in conversations))
    return conversations


def test_a_day_of_guests_is_in_history_as_in_the_ledger(scene: Any) -> None:
    async def act(on: Any) -> None:
        conversations = await busy_day(scene, on)
        ids = {each.id for each in conversations}
        expected = sum((sums(each) for each in conversations), Counter[Key]())
        assert expected[scene.organization.queue_named("Billing").id, "nBlindTransferred"] == 1
        on.pass_real(60)
        query = {"interval": DAY, "paging": {"pageSize": 100, "pageNumber": 1}}
        status, answer = await on.call("POST", f"{ANALYTICS}/conversations/details/query", json=query)
        assert status == 200, answer
        records = [each for each in answer["conversations"] if each["conversationId"] in ids]
        assert len(records) == len(conversations)
        assert all("conversationEnd" in each for each in records)
        recorded: Counter[Key] = Counter()
        for each in records:
            for participant in each["participants"]:
                for session in participant["sessions"]:
                    queue_id = session["segments"][-1]["queueId"]
                    for metric in session.get("metrics", ()):
                        recorded[queue_id, metric["name"]] += metric["value"]
        metrics = sorted({name for _, name in expected})
        assert (
            Counter({key: value for key, value in recorded.items() if key[1] in metrics and value})
            == expected
        )
        assert await aggregated(on, metrics, ids) == expected

    scene.play(act, records_shift=False)


async def aggregated(on: Any, metrics: list[str], ids: set[str]) -> Counter[Key]:
    """The same sums from the aggregates query, over these conversations."""
    predicates = [
        {"type": "dimension", "dimension": "conversationId", "operator": "matches", "value": each}
        for each in ids
    ]
    body = {
        "interval": DAY,
        "groupBy": ["queueId"],
        "metrics": metrics,
        "filter": {"type": "or", "predicates": predicates},
    }
    status, answer = await on.call("POST", f"{ANALYTICS}/conversations/aggregates/query", json=body)
    assert status == 200, answer
    found: Counter[Key] = Counter()
    for result in answer["results"]:
        for entry in result["data"][0]["metrics"]:
            value = entry["stats"].get("sum") if re.match("t", entry["metric"]) else entry["stats"]["count"]
            found[result["group"]["queueId"], entry["metric"]] += int(value)
    return +found


def test_the_last_event_of_each_chat_is_its_end(scene: Any) -> None:
    queues = {queue.name: queue.id for queue in scene.organization.queues}

    async def act(on: Any) -> None:
        topics = [f"v2.routing.queues.{queues[name]}.conversations" for name in ("Support", "Billing")]
        watcher = await on.connect(await on.channel(*topics))
        conversations = await busy_day(scene, on)
        transferred = conversations[3]
        on.pass_real(1)
        last: dict[Key, Any] = {}

        def told() -> bool:
            frames = [last.get((topic, transferred.id)) for topic in topics]
            return all(frame and ends(frame) == [True] * 5 for frame in frames)

        while not told():
            frame = await watcher.receive_json(timeout=WAIT_S)
            last[frame["topicName"], frame["eventBody"]["id"]] = frame["eventBody"]
        purposes = [each["purpose"] for each in last[topics[0], transferred.id]["participants"]]
        assert purposes == ["customer", "acd", "agent", "acd", "agent"]
        agents = [
            each for each in last[topics[1], transferred.id]["participants"] if each["purpose"] == "agent"
        ]
        assert [each["queueId"] for each in agents] == [queues["Support"], queues["Billing"]]
        assert [each["chats"][0]["disconnectType"] for each in agents] == ["transfer", "client"]

    def ends(body: Any) -> list[bool]:
        return ["endTime" in each for each in body["participants"]]

    scene.play(act)
