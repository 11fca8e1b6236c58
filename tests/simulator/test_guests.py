"""A guest's web chat over REST and its event stream, on loopback, with a clock that the test moves."""

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest

from gcanalytics.simulator import ledger
from gcanalytics.simulator.guest_desk import reply
from gcanalytics.simulator.guest_tokens import GuestTokens
from gcanalytics.simulator.organization import Organization
from gcanalytics.simulator.records import record
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.timeline import Timeline

Stages = Callable[..., AbstractAsyncContextManager[Any]]
PATH = "/api/v2/webchat/guest/conversations"
START_MS = 1_794_996_600_000
WAIT_S = 10.0


@pytest.fixture
def timeline(organization: Organization) -> Timeline:
    """Almost nothing but what guests bring."""
    settings = Settings(conversations_per_week=1)
    return Timeline(organization, seed=5, settings=settings, days=1, start_ms=START_MS)


def wanted(organization: Organization, **changes: Any) -> dict[str, Any]:
    """The body of a creation that goes through."""
    body: dict[str, Any] = {
        "organizationId": organization.id,
        "deploymentId": next(
            one.id for one in organization.deployments if one.enabled and not one.requires_auth
        ),
        "routingTarget": {"targetType": "QUEUE", "targetAddress": "Support", "priority": 2},
        "memberInfo": {
            "displayName": "Ada",
            "firstName": "Ada",
            "email": "ada@example.com",
            "customFields": {"order": "4711"},
        },
    }
    return body | changes


class Guest:
    """A guest at a stage."""

    def __init__(self, on: Any, created: dict[str, Any]) -> None:
        self.on = on
        self.id = created["id"]
        self.jwt = created["jwt"]
        self.uri = created["eventStreamUri"]
        self.member = created["member"]["id"]
        self.ws: aiohttp.ClientWebSocketResponse | None = None

    async def call(self, method: str, path: str, *, jwt: str | None = None, **more: Any) -> tuple[int, Any]:
        return await self.on.call(method, f"{PATH}/{self.id}{path}", token=jwt or self.jwt, **more)  # type: ignore[no-any-return]

    async def say(self, body: Any) -> tuple[int, Any]:
        return await self.call("POST", f"/members/{self.member}/messages", json=body)

    async def attach(self) -> None:
        self.ws = await self.on.connect(self.uri.rpartition("/")[2])

    async def event(self) -> Any:
        assert self.ws is not None
        return await self.ws.receive_json(timeout=WAIT_S)

    async def events_until(self, kind: str, **body: Any) -> list[Any]:
        """Events up to the one of this type whose body has these members."""
        found = []
        while True:
            found.append(await self.event())
            last = found[-1]
            if last.get("metadata", {}).get("type") == kind and body.items() <= last["eventBody"].items():
                return found


async def arrive(on: Any, organization: Organization, **changes: Any) -> Guest:
    status, created = await on.call("POST", PATH, json=wanted(organization, **changes))
    assert status == 200, created
    return Guest(on, created)


async def talk(on: Any, organization: Organization, **changes: Any) -> Guest:
    """A guest who has been greeted."""
    guest = await arrive(on, organization, **changes)
    await guest.attach()
    await guest.events_until("member-change")
    on.pass_real(1.1)
    await alerting(guest)
    on.pass_real(2.1)
    await guest.events_until("message", bodyType="member-join")
    on.pass_real(0.6)
    await guest.events_until("message", bodyType="standard")
    return guest


async def alerting(guest: Guest) -> str:
    """Id of the agent who is alerted."""
    while True:
        body = (await guest.event())["eventBody"]
        if body.get("member", {}).get("state") == "ALERTING":
            return str(body["member"]["id"])


async def written(on: Any, timeline: Timeline, guest: Guest) -> ledger.Conversation:
    """The guest's chat in the ledger, once the timeline's thread has taken it in."""
    conversation = await on.platform.run(timeline.conversation, guest.id)
    assert isinstance(conversation, ledger.Conversation)
    return conversation


def play(stage: Stages, timeline: Timeline, act: Callable[[Any], Any], **settings: Any) -> None:
    """Run an act on a stage; at its end what was handed to the timeline is there."""

    async def run() -> None:
        async with stage(timeline, start_ms=START_MS, heartbeat_s=1e6, **settings) as on:
            await act(on)
            await on.platform.run(lambda: None)

    asyncio.run(run())


def test_a_creation_gives_what_is_recorded(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        status, created = await on.call("POST", PATH, json=wanted(organization))
        assert status == 200
        assert set(created) == {"id", "jwt", "eventStreamUri", "member"}
        assert set(created["member"]) == {"id"}
        assert created["eventStreamUri"].startswith(f"ws://127.0.0.1:{on.client.port}/")
        claims = json.loads(base64.urlsafe_b64decode(created["jwt"].split(".")[1] + "=="))
        assert claims["conversationId"] == created["id"]

    play(stage, timeline, act)


def test_a_creation_needs_no_token_of_the_platform(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        async with on.client.post(PATH, json=wanted(organization)) as response:
            assert response.status == 200
            assert "ININ-Correlation-Id" in response.headers

    play(stage, timeline, act)


def changed(**changes: Any) -> Callable[[Organization], dict[str, Any]]:
    return lambda organization: wanted(organization, **changes)


def deployment(enabled: bool, requires_auth: bool) -> Callable[[Organization], dict[str, Any]]:
    def body(organization: Organization) -> dict[str, Any]:
        found = next(
            one
            for one in organization.deployments
            if (one.enabled, one.requires_auth) == (enabled, requires_auth)
        )
        return wanted(organization, deploymentId=found.id)

    return body


QUEUE_MISSING = {"targetType": "QUEUE", "targetAddress": "Nowhere"}
QUEUE_OF_CALLS = {"targetType": "QUEUE", "targetAddress": "Emergency"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (changed(organizationId="0"), 404, "not.found"),
        (changed(organizationId=None), 404, "not.found"),
        (changed(deploymentId=None), 400, "chat.error.pattern.createconversationrequest.deploymentid"),
        (changed(deploymentId="0"), 404, "not.found"),
        (deployment(enabled=False, requires_auth=False), 400, "chat.deployment.disabled"),
        (deployment(enabled=True, requires_auth=True), 400, "chat.deployment.require.auth"),
        (changed(memberAuthToken="x"), 400, "chat.deployment.bad.auth"),
        (changed(routingTarget=None), 400, "chat.error.notnull.createconversationrequest.routingtarget"),
        (
            changed(routingTarget={"targetType": "USER", "targetAddress": "Support"}),
            400,
            "chat.error.createconversationrequest.routingtarget",
        ),
        (
            changed(routingTarget={"targetType": "QUEUE"}),
            400,
            "chat.error.createconversationrequest.routingtarget",
        ),
        (changed(routingTarget=QUEUE_MISSING), 400, "chat.error.invalid.queue"),
        (changed(routingTarget=QUEUE_OF_CALLS), 400, "chat.error.invalid.queue"),
        (
            changed(memberInfo={}),
            400,
            "chat.error.notnull.createconversationrequest.memberinfo.displayname",
        ),
        (changed(memberInfo={"displayName": "A", "customFields": []}), 400, "bad.request"),
    ],
)
def test_a_creation_is_refused_with_the_platforms_code(
    stage: Stages, timeline: Timeline, organization: Organization, body: Any, status: int, code: str
) -> None:
    async def act(on: Any) -> None:
        answer = await on.call("POST", PATH, json=body(organization))
        assert (answer[0], answer[1]["code"]) == (status, code)
        assert answer[1]["message"]

    play(stage, timeline, act)


@pytest.mark.parametrize("sent", [b"", b"[]", b"{", b'"x"'])
def test_a_creation_must_be_an_object(stage: Stages, timeline: Timeline, sent: bytes) -> None:
    async def act(on: Any) -> None:
        status, body = await on.call("POST", PATH, data=sent)
        assert (status, body["code"]) == (400, "bad.request")

    play(stage, timeline, act)


def test_lower_case_targets_and_queue_names_work(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        target = {"targetType": "queue", "targetAddress": "support"}
        await arrive(on, organization, routingTarget=target)

    play(stage, timeline, act)


def test_the_chat_is_not_routed_before_its_stream_is_attached(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        guest = await arrive(on, organization)
        on.pass_real(60)
        status, body = await guest.say({"body": "Hello?"})
        assert (status, body["code"]) == (400, "chat.error.conversation.state")
        await on.platform.run(lambda: None)
        assert timeline.conversation(guest.id) is None
        await guest.attach()
        await guest.events_until("member-change")
        assert (await guest.say({"body": "Hello?"}))[0] == 200
        conversation = await written(on, timeline, guest)
        assert [event.kind for event in conversation.events] == [
            ledger.ARRIVED,
            ledger.QUEUED,
            ledger.OFFERED,
        ]

    play(stage, timeline, act)


def test_a_chat_from_hello_to_wrap_up(stage: Stages, timeline: Timeline, organization: Organization) -> None:
    async def act(on: Any) -> None:
        guest = await arrive(on, organization)
        await guest.attach()
        joined, join_message = await guest.event(), await guest.event()
        assert joined["topicName"] == f"v2.conversations.chats.{guest.id}.members"
        assert joined["metadata"]["type"] == "member-change"
        assert set(joined["eventBody"]) == {"conversation", "member", "timestamp"}
        assert joined["eventBody"]["member"] == {"id": guest.member, "state": "CONNECTED"}
        assert join_message["eventBody"]["bodyType"] == "member-join"
        assert join_message["eventBody"]["sender"] == {"id": guest.member}
        on.pass_real(1.1)
        agent = await alerting(guest)
        _, member = await guest.call("GET", f"/members/{agent}")
        assert (member["role"], member["state"]) == ("AGENT", "ALERTING")
        assert member["displayName"] in {user.name for user in organization.guest_desk}
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
        conversation = await written(on, timeline, guest)
        await until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        assert guest.ws is not None
        while (message := await guest.ws.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.data == 1000

    play(stage, timeline, act)
    (conversation,) = timeline.conversations(START_MS, START_MS + 100_000)
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
    assert timeline.ongoing(START_MS + 1_000_000) == []


def test_custom_fields_become_attributes_with_a_prefix(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        queue = organization.queue_named("Support")
        assert queue is not None
        topic = f"v2.routing.queues.{queue.id}.conversations"
        watcher = await on.connect(await on.channel(topic))
        guest = await arrive(on, organization)
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

    play(stage, timeline, act)


def test_the_queues_watchers_see_every_step_of_a_guests_chat(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    queue = organization.queue_named("Support")
    assert queue is not None

    async def act(on: Any) -> None:
        watcher = await on.connect(await on.channel(f"v2.routing.queues.{queue.id}.conversations.chats"))
        guest = await talk(on, organization)
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await written(on, timeline, guest)
        await until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        on.pass_real(1)
        states: list[str | None] = []
        while states[-1:] != ["terminated"]:
            frame = await watcher.receive_json(timeout=WAIT_S)
            agents = [one for one in frame["eventBody"]["participants"] if one["purpose"] == "agent"]
            state = agents[0]["state"] if agents else None
            if states[-1:] != [state]:
                states.append(state)
        assert states == [None, "alerting", "connected", "disconnected", "terminated"]

    play(stage, timeline, act)


def test_a_guests_chat_is_counted_and_its_agent_is_busy(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    queue = organization.queue_named("Support")
    assert queue is not None
    routing = [f"v2.users.{user.id}.routingStatus" for user in organization.guest_desk]

    async def act(on: Any) -> None:
        topics = [f"v2.analytics.queues.{queue.id}.observations", *routing]
        watcher = await on.connect(await on.channel(*topics))
        guest = await talk(on, organization)
        # Counts are told once a second at most: let a second go by while they talk.
        on.pass_real(1.1)
        await on.platform.channels.topics.tick()
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await written(on, timeline, guest)
        await until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
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

    play(stage, timeline, act)


def test_the_details_query_by_id_gives_a_guests_chat_while_it_goes_on_and_after(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        guest = await talk(on, organization)
        path = f"/api/v2/analytics/conversations/{guest.id}/details"
        status, going = await on.call("GET", path)
        assert status == 200
        assert "conversationEnd" not in going
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await written(on, timeline, guest)
        await until(lambda: conversation.events[-1].kind == ledger.WRAPPED_UP)
        _, over = await on.call("GET", path)
        assert "conversationEnd" in over
        assert {one["participantId"] for one in going["participants"]} == {
            one["participantId"] for one in over["participants"]
        }

    play(stage, timeline, act)


def test_a_guest_who_leaves_early_abandons(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        for alert in (False, True):
            guest = await arrive(on, organization)
            await guest.attach()
            await guest.events_until("member-change")
            if alert:
                on.pass_real(1.1)
                await alerting(guest)
            assert (await guest.call("DELETE", f"/members/{guest.member}"))[0] == 204
            on.pass_real(60)

    play(stage, timeline, act)
    waited, rung = sorted(
        timeline.conversations(START_MS, START_MS + 1_000_000), key=lambda one: len(one.events)
    )
    for conversation in (waited, rung):
        codes = {event.kind: event.code for event in conversation.events}
        assert codes[ledger.DEQUEUED] == ledger.ABANDONED
        assert codes[ledger.CUSTOMER_LEFT] == ledger.HUNG_UP
        assert ledger.ANSWERED not in codes
    assert ledger.ALERT_WITHDRAWN in {event.kind for event in rung.events}


def test_each_agent_has_one_chat_and_the_next_guest_waits(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        served = [await talk(on, organization) for _ in organization.guest_desk]
        late = await arrive(on, organization)
        await late.attach()
        await late.events_until("member-change")
        on.pass_real(30)
        # Once another guest has his answer, the desk has looked at this one too.
        await served[1].say({"body": "Are you busy?"})
        await served[1].events_until("message", sender={"id": served[1].member})
        on.pass_real(2)
        await served[1].events_until("message", bodyType="standard")
        conversation = await written(on, timeline, late)
        assert ledger.ALERTED not in {event.kind for event in conversation.events}
        await served[0].call("DELETE", f"/members/{served[0].member}")
        on.pass_real(13)
        await alerting(late)

    play(stage, timeline, act)


def test_a_guest_whose_stream_stays_away_is_gone(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        guest = await talk(on, organization)
        assert guest.ws is not None
        await guest.ws.close()
        conversation = await written(on, timeline, guest)
        await until(lambda: on.platform.channels.registry.find(guest.uri.rpartition("/")[2]).socket is None)
        on.pass_real(121)
        await until(lambda: ledger.CUSTOMER_LEFT in {event.kind for event in conversation.events})
        codes = {event.kind: event.code for event in conversation.events}
        assert codes[ledger.CUSTOMER_LEFT] == codes[ledger.AGENT_LEFT] == ledger.TIMED_OUT

    play(stage, timeline, act)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():
            await asyncio.sleep(0.01)


def test_a_stream_that_comes_back_goes_on(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        guest = await talk(on, organization)
        assert guest.ws is not None
        await guest.ws.close()
        await guest.attach()
        await guest.say({"body": "I am back"})
        assert (await guest.events_until("message", bodyType="standard"))[-1]["eventBody"][
            "body"
        ] == "I am back"

    play(stage, timeline, act)


def test_tokens_are_checked(stage: Stages, timeline: Timeline, organization: Organization) -> None:
    async def act(on: Any) -> None:
        guest, other = await arrive(on, organization), await arrive(on, organization)
        head, body, signature = guest.jwt.split(".")
        forged = GuestTokens().sign({"conversationId": guest.id})
        none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        for bad in (
            "x",
            "a.b.c",
            forged,
            f"{head}.{body}.",
            f"{none}.{body}.",
            f"{head}.{body}x.{signature}",
        ):
            status, answer = await guest.call("GET", "/members", jwt=bad)
            assert (status, answer["code"]) == (401, "bad.credentials"), bad
        async with on.client.get(f"{PATH}/{guest.id}/members") as response:
            assert (response.status, (await response.json())["code"]) == (401, "authentication.required")
        async with on.client.get(
            f"{PATH}/{guest.id}/members", headers={"Authorization": guest.jwt}
        ) as response:
            assert response.status == 200, "the SDKs send the bare token"
        status, answer = await guest.call("GET", "/members", jwt=other.jwt)
        assert (status, answer["code"]) == (403, "not.authorized")
        on.pass_real(1001)
        status, answer = await guest.call("GET", "/members")
        assert (status, answer["code"]) == (401, "credentials.expired")

    play(stage, timeline, act, token_life_s=1000.0, expired_token_code="credentials.expired")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "chat.error.notnull.createconversationmessagerequest.body"),
        ({"body": None}, "chat.error.notnull.createconversationmessagerequest.body"),
        ({"body": ""}, "chat.error.bad.request"),
        ({"body": 3}, "chat.error.bad.request"),
        ({"body": "x" * 4001}, "chat.error.bad.request"),
    ],
)
def test_bad_messages_are_refused(
    stage: Stages, timeline: Timeline, organization: Organization, body: Any, code: str
) -> None:
    async def act(on: Any) -> None:
        guest = await arrive(on, organization)
        await guest.attach()
        await guest.events_until("member-change")
        status, answer = await guest.say(body)
        assert (status, answer["code"]) == (400, code)
        assert (await guest.say({"body": "x" * 4000}))[0] == 200

    play(stage, timeline, act)


def test_only_the_guest_himself_can_act_and_only_while_he_is_there(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        guest = await talk(on, organization)
        _, members = await guest.call("GET", "/members")
        agent = next(one["id"] for one in members["entities"] if one["role"] == "AGENT")
        assert (await guest.call("DELETE", f"/members/{agent}"))[0] == 403
        status, body = await guest.call("POST", "/members/nobody/typing")
        assert (status, body["code"]) == (404, "chat.error.not.found")
        status, body = await guest.call("POST", f"/members/{guest.member}/typing")
        assert (status, set(body)) == (200, {"id", "conversation", "sender", "timestamp"})
        await guest.call("DELETE", f"/members/{guest.member}")
        for method, path in (("DELETE", ""), ("POST", "/typing")):
            status, body = await guest.call(method, f"/members/{guest.member}{path}")
            assert (status, body["code"]) == (400, "chat.error.member.state")

    play(stage, timeline, act)


def test_members_are_listed_in_pages(stage: Stages, timeline: Timeline, organization: Organization) -> None:
    async def act(on: Any) -> None:
        guest = await talk(on, organization)
        _, body = await guest.call("GET", "/members")
        assert [one["role"] for one in body["entities"]] == ["CUSTOMER", "ACD", "AGENT"]
        assert (body["total"], body["pageCount"], body["pageSize"]) == (3, 1, 25)
        ada = body["entities"][0]
        assert (ada["displayName"], ada["customFields"]) == ("Ada", {"order": "4711"})
        assert {"joinDate", "email", "state"} <= set(ada)
        _, body = await guest.call("GET", "/members?excludeDisconnectedMembers=true")
        assert [one["role"] for one in body["entities"]] == ["CUSTOMER", "AGENT"]
        _, body = await guest.call("GET", "/members?pageSize=2&pageNumber=2")
        assert [one["role"] for one in body["entities"]] == ["AGENT"]
        assert "nextUri" not in body
        assert body["previousUri"].endswith("pageNumber=1")
        assert (await guest.call("GET", "/members?pageSize=0"))[0] == 400

    play(stage, timeline, act)


def test_messages_are_listed_both_ways_and_from_a_place(
    stage: Stages, timeline: Timeline, organization: Organization
) -> None:
    async def act(on: Any) -> None:
        guest = await arrive(on, organization)
        await guest.attach()
        await guest.events_until("member-change")
        sent = [(await guest.say({"body": f"message {n}"}))[1] for n in range(5)]
        _, body = await guest.call("GET", "/messages")
        assert [one["body"] for one in body["entities"]] == ["", *(f"message {n}" for n in range(5))]
        assert body["entities"][1] == sent[0]
        _, body = await guest.call("GET", f"/messages?after={sent[1]['id']}&maxResults=2")
        assert [one["body"] for one in body["entities"]] == ["message 2", "message 3"]
        _, body = await on.call("GET", body["next"], token=guest.jwt)
        assert [one["body"] for one in body["entities"]] == ["message 4"]
        assert "next" not in body
        _, body = await guest.call("GET", f"/messages?sortOrder=descending&before={sent[1]['id']}")
        assert [one["body"] for one in body["entities"]] == ["message 0", ""]
        assert (await guest.call("GET", f"/messages/{sent[3]['id']}"))[1] == sent[3]
        assert (await guest.call("GET", "/messages/none"))[0] == 404
        assert (await guest.call("GET", "/messages?maxResults=101"))[0] == 400
        assert (await guest.call("GET", "/messages?sortOrder=sideways"))[0] == 400

    play(stage, timeline, act)


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
    assert part in reply(said)
    assert len(reply(said)) < 300
