"""A guest's chat from hello to wrap-up: its events, its place in the ledger, and who else sees it."""

from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.guests.words import wish
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.settings import Settings

START_MS = 1_794_996_600_000
WAIT_S = 10.0


def test_the_chat_is_not_routed_before_its_stream_is_attached(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.arrive(on)
        on.pass_real(60)
        status, body = await guest.say({"body": "Hello?"})
        assert (status, body["code"]) == (400, "chat.error.conversation.state")
        await on.platform.run(lambda: None)
        assert scene.timeline.conversation(guest.id) is None
        await guest.attach()
        await guest.events_until("member-change")
        assert (await guest.say({"body": "Hello?"}))[0] == 200
        conversation = await scene.written(on, guest)
        assert [event.kind for event in conversation.events] == [
            ledger.ARRIVED,
            ledger.QUEUED,
            ledger.OFFERED,
        ]

    scene.play(act)


def test_a_chat_from_hello_to_wrap_up(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.arrive(on)
        await guest.attach()
        joined, join_message = await guest.event(), await guest.event()
        assert joined["topicName"] == f"v2.conversations.chats.{guest.id}.members"
        assert joined["metadata"]["type"] == "member-change"
        assert set(joined["eventBody"]) == {"conversation", "member", "timestamp"}
        assert joined["eventBody"]["member"] == {"id": guest.member, "state": "CONNECTED"}
        assert join_message["eventBody"]["bodyType"] == "member-join"
        assert join_message["eventBody"]["sender"] == {"id": guest.member}
        on.pass_real(1.1)
        agent = await scene.alerting(guest)
        _, member = await guest.call("GET", f"/members/{agent}")
        assert (member["role"], member["state"]) == ("AGENT", "ALERTING")
        assert member["displayName"] in {user.name for user in scene.organization.guest_desk}
        on.pass_real(2.1)
        await guest.events_until("member-change", member={"id": agent, "state": "CONNECTED"})
        on.pass_real(0.6)
        greeting = (await guest.events_until("message", bodyType="standard"))[-1]["eventBody"]
        assert greeting["sender"] == {"id": agent}
        assert greeting["body"].startswith("Hello Ada")
        status, sent = await guest.say({"body": "Where is my order?", "bodyType": "standard | notice"})
        assert (status, sent["bodyType"], sent["sender"]["id"]) == (200, "standard", guest.member)
        echo = await guest.event()
        assert echo["topicName"] == f"v2.conversations.chats.{guest.id}.messages"
        assert set(echo["eventBody"]) == {"id", "conversation", "sender", "body", "bodyType", "timestamp"}
        assert echo["eventBody"]["id"] == sent["id"]
        on.pass_real(0.4)
        typing = await guest.event()
        assert typing["metadata"]["type"] == "typing-indicator"
        assert typing["topicName"] == echo["topicName"]
        assert "body" not in typing["eventBody"]
        on.pass_real(1.2)
        answer = await guest.event()
        assert "Where is my order?" in answer["eventBody"]["body"]
        assert (await guest.call("DELETE", f"/members/{guest.member}"))[0] == 204
        gone = {"id": guest.member, "state": "DISCONNECTED"}
        await guest.events_until("member-change", member=gone)
        on.pass_real(13)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        assert guest.ws is not None
        while (message := await guest.ws.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.data == 1000

    scene.play(act)
    (conversation,) = scene.timeline.conversations(START_MS, START_MS + 100_000)
    assert [event.kind for event in conversation.events] == [
        ledger.ARRIVED,
        ledger.QUEUED,
        ledger.OFFERED,
        ledger.ALERTED,
        ledger.DEQUEUED,
        ledger.ANSWERED,
        ledger.AGENT_LEFT,
        ledger.CUSTOMER_LEFT,
        ledger.WRAPPED_UP,
    ]
    details = record(conversation, START_MS + 1_000_000, Settings())
    purposes = {each["purpose"]: each for each in details["participants"]}
    assert set(purposes) == {"customer", "acd", "agent"}
    names = {metric["name"] for metric in purposes["agent"]["sessions"][0]["metrics"]}
    assert {"tAlert", "tAnswered", "tTalk", "tTalkComplete", "tAcw", "tHandle"} <= names
    assert "conversationEnd" in details
    assert scene.timeline.ongoing(START_MS + 1_000_000) == []


def test_custom_fields_become_attributes_with_a_prefix(scene: Any) -> None:
    async def act(on: Any) -> None:
        queue = scene.organization.queue_named("Support")
        assert queue is not None
        topic = f"v2.routing.queues.{queue.id}.conversations"
        watcher = await on.connect(await on.channel(topic))
        guest = await scene.arrive(on)
        await guest.attach()
        await guest.events_until("member-change")
        on.pass_real(0.5)
        frame = await watcher.receive_json(timeout=WAIT_S)
        assert frame["topicName"] == topic
        assert frame["eventBody"]["id"] == guest.id
        customer = frame["eventBody"]["participants"][0]
        assert customer["id"] == guest.member
        assert customer["attributes"] == {
            "context.displayName": "Ada",
            "context.firstName": "Ada",
            "context.email": "ada@example.com",
            "context.order": "4711",
            "context.genesys.legacyRoutingTargetQueueAddress": "Support",
        }

    scene.play(act)


def test_the_queues_watchers_see_every_step_of_a_guests_chat(scene: Any) -> None:
    queue = scene.organization.queue_named("Support")
    assert queue is not None

    async def act(on: Any) -> None:
        watcher = await on.connect(await on.channel(f"v2.routing.queues.{queue.id}.conversations.chats"))
        guest = await scene.talk(on)
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        on.pass_real(1)
        states: list[str | None] = []
        while states[-1:] != ["terminated"]:
            frame = await watcher.receive_json(timeout=WAIT_S)
            agents = [one for one in frame["eventBody"]["participants"] if one["purpose"] == "agent"]
            state = agents[0]["state"] if agents else None
            if states[-1:] != [state]:
                states.append(state)
        assert states == [None, "alerting", "connected", "disconnected", "terminated"]

    scene.play(act)


def test_a_guests_chat_is_counted_and_its_agent_is_busy(scene: Any) -> None:
    queue = scene.organization.queue_named("Support")
    assert queue is not None
    routing = [f"v2.users.{user.id}.routingStatus" for user in scene.organization.guest_desk]

    async def act(on: Any) -> None:
        topics = [f"v2.analytics.queues.{queue.id}.observations", *routing]
        watcher = await on.connect(await on.channel(*topics))
        guest = await scene.talk(on)
        # Counts are told once a second at most: let a second go by while they talk.
        on.pass_real(1.1)
        await on.platform.channels.topics.tick()
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        on.pass_real(1.1)
        counts: dict[str, list[int]] = {"oWaiting": [], "oAlerting": [], "oInteracting": []}
        statuses: list[str] = []
        while statuses[-1:] != ["IDLE"] or counts["oInteracting"][-1:] != [0]:
            body = (await watcher.receive_json(timeout=WAIT_S))["eventBody"]
            if "routingStatus" in body:
                statuses.append(body["routingStatus"]["status"])
                continue
            for metric in body["data"][0]["metrics"]:
                if metric["metric"] in counts:
                    counts[metric["metric"]].append(metric["stats"]["count"])
        assert statuses == ["INTERACTING", "IDLE"]
        assert counts["oInteracting"] == [1, 0]
        # Whether waiting and alerting lasted long enough to be told depends on the jumps of the clock.
        assert all(told[-1:] in ([], [0]) for told in counts.values())

    scene.play(act)


def test_the_details_query_by_id_gives_a_guests_chat_while_it_goes_on_and_after(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        path = f"/api/v2/analytics/conversations/{guest.id}/details"
        status, going = await on.call("GET", path)
        assert status == 200
        assert "conversationEnd" not in going
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        _, over = await on.call("GET", path)
        assert "conversationEnd" in over
        assert {one["participantId"] for one in going["participants"]} == {
            one["participantId"] for one in over["participants"]
        }

    scene.play(act)


def test_a_guest_who_leaves_early_abandons(scene: Any) -> None:
    async def act(on: Any) -> None:
        for alert in (False, True):
            guest = await scene.arrive(on)
            await guest.attach()
            await guest.events_until("member-change")
            if alert:
                on.pass_real(1.1)
                await scene.alerting(guest)
            assert (await guest.call("DELETE", f"/members/{guest.member}"))[0] == 204
            on.pass_real(60)

    scene.play(act)
    waited, rung = sorted(
        scene.timeline.conversations(START_MS, START_MS + 1_000_000), key=lambda one: len(one.events)
    )
    for conversation in (waited, rung):
        codes = {event.kind: event.code for event in conversation.events}
        assert codes[ledger.DEQUEUED] == ledger.ABANDONED
        assert codes[ledger.CUSTOMER_LEFT] == ledger.HUNG_UP
        assert ledger.ANSWERED not in codes
    assert ledger.ALERT_WITHDRAWN in {event.kind for event in rung.events}


def test_who_is_one_too_many_waits_for_an_agent(scene: Any) -> None:
    async def act(on: Any) -> None:
        served = [await scene.talk(on) for _ in scene.organization.guest_desk]
        late = await scene.arrive(on)
        await late.attach()
        await late.events_until("member-change")
        on.pass_real(30)
        # Once another guest has his answer, the desk has looked at this one too.
        await served[1].say({"body": "Are you busy?"})
        await served[1].events_until("message", sender={"id": served[1].member})
        on.pass_real(2)
        await served[1].events_until("message", bodyType="standard")
        conversation = await scene.written(on, late)
        assert ledger.ALERTED not in {event.kind for event in conversation.events}
        await served[0].call("DELETE", f"/members/{served[0].member}")
        on.pass_real(13)
        await scene.alerting(late)

    scene.play(act, guest_chats_at_once=1)


def test_a_guest_whose_stream_stays_away_is_gone(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        assert guest.ws is not None
        await guest.ws.close()
        conversation = await scene.written(on, guest)
        await scene.until(
            lambda: on.platform.channels.registry.find(guest.uri.rpartition("/")[2]).socket is None
        )
        on.pass_real(121)
        await scene.until(lambda: ledger.CUSTOMER_LEFT in {event.kind for event in conversation.events})
        codes = {event.kind: event.code for event in conversation.events}
        assert codes[ledger.CUSTOMER_LEFT] == codes[ledger.AGENT_LEFT] == ledger.TIMED_OUT

    scene.play(act)


def test_a_stream_that_never_opens_is_given_up(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.arrive(on)
        on.pass_real(31)
        channel = guest.uri.rpartition("/")[2]

        def gone() -> bool:
            on.pass_real(0.5)
            return bool(on.platform.channels.registry.was(channel))

        await scene.until(gone)
        status, body = await guest.say({"body": "Hello?"})
        assert (status, body["code"]) == (400, "chat.error.conversation.state")
        await guest.attach()
        assert (await guest.event())["result"] == "404"
        assert (await guest.call("GET", "/messages"))[1]["entities"] == []
        await on.platform.run(lambda: None)
        assert scene.timeline.conversation(guest.id) is None

    scene.play(act, guest_absent_s=30.0)


def test_a_stream_that_comes_back_goes_on(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        assert guest.ws is not None
        await guest.ws.close()
        await guest.attach()
        await guest.say({"body": "I am back"})
        assert (await guest.events_until("message", bodyType="standard"))[-1]["eventBody"][
            "body"
        ] == "I am back"

    scene.play(act)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("Where is my order?", '"Where is my order?"'),
        ("It is  broken", '"It is broken"'),
        ("Thanks, bye!", "Goodbye"),
        ("x" * 500, "..."),
    ],
)
def test_the_agent_answers_to_what_was_said(said: str, part: str) -> None:
    answer = wish(said, ()).said
    assert part in answer
    assert len(answer) < 300
