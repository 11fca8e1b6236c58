"""Agents who are told what to do: they transfer, leave, let it ring out, ask for a look at a screen."""

from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.guests.directions import direction_from
from gcanalytics.simulator.guests.words import wish
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.settings import Settings

START_MS = 1_794_996_600_000
WAIT_S = 10.0
DESK = "/simulator/desk"


async def direct(on: Any, *directions: dict[str, Any]) -> None:
    status, body = await on.call("POST", DESK, json=list(directions))
    assert (status, body) == (200, {"accepted": len(directions)})


def kinds(conversation: Any) -> list[str]:
    return [event.kind for event in conversation.events]


@pytest.mark.parametrize("by", ["words", "direction"])
def test_a_transfer_brings_another_visit_of_a_queue_and_another_agent(scene: Any, by: str) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        first = (await guest.call("GET", "/members"))[1]["entities"][-1]["id"]
        if by == "words":
            await guest.say({"body": "Could you transfer me to billing, please?"})
            on.pass_real(1.3)
            told = await guest.events_until("message", sender={"id": first})
            assert "transfer you to Billing" in told[-1]["eventBody"]["body"]
            on.pass_real(2.1)
        else:
            await direct(on, {"action": "transfer", "chat": guest.id, "queue": "Billing"})
        await guest.events_until("member-change", member={"id": first, "state": "DISCONNECTED"})
        queued = (await guest.event())["eventBody"]["member"]
        assert queued["state"] == "CONNECTED"
        assert (await guest.call("GET", f"/members/{queued['id']}"))[1]["displayName"] == "Billing"
        assert (await guest.say({"body": "I wait"}))[0] == 200
        on.pass_real(1.1)
        second = await scene.alerting(guest)
        on.pass_real(2.1)
        await guest.events_until("member-change", member={"id": second, "state": "CONNECTED"})
        on.pass_real(0.6)
        hello = await guest.events_until("message", bodyType="standard", sender={"id": second})
        assert "of Billing" in hello[-1]["eventBody"]["body"]
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(13)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: kinds(conversation).count(ledger.WRAPPED_UP) == 2)

    scene.play(act)
    (conversation,) = scene.timeline.conversations(START_MS, START_MS + 100_000)
    told = record(conversation, START_MS + 1_000_000, Settings())
    names = {queue.id: queue.name for queue in scene.organization.queues}
    acds = [each for each in told["participants"] if each["purpose"] == "acd"]
    queues = [names[each["sessions"][0]["segments"][0]["queueId"]] for each in acds]
    assert queues == [each["participantName"] for each in acds] == ["Support", "Billing"]
    first, second = (each["sessions"][0] for each in told["participants"] if each["purpose"] == "agent")
    counts = {metric["name"]: metric["value"] for metric in first["metrics"]}
    assert (counts["nTransferred"], counts["nBlindTransferred"]) == (1, 1)
    assert "nTransferred" not in {metric["name"] for metric in second["metrics"]}
    assert [each["disconnectType"] for each in first["segments"] if "disconnectType" in each][:1] == [
        "transfer"
    ]
    assert "conversationEnd" in told


@pytest.mark.parametrize("by", ["words", "direction"])
def test_an_agent_who_leaves_ends_the_chat(scene: Any, by: str) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        agent = (await guest.call("GET", "/members"))[1]["entities"][-1]["id"]
        if by == "words":
            await guest.say({"body": "That was all. Goodbye!"})
            on.pass_real(1.3)
            told = await guest.events_until("message", sender={"id": agent})
            assert told[-1]["eventBody"]["body"].endswith("Goodbye!")
            on.pass_real(2.1)
        else:
            await direct(on, {"action": "leave", "chat": guest.id})
        left = await guest.events_until("member-change", member={"id": agent, "state": "DISCONNECTED"})
        assert left[-2]["eventBody"]["bodyType"] == "member-leave"
        gone = {"id": guest.member, "state": "DISCONNECTED"}
        await guest.events_until("member-change", member=gone)
        status, body = await guest.say({"body": "One more thing"})
        assert (status, body["code"]) == (400, "chat.error.member.state")
        on.pass_real(5.5)
        assert guest.ws is not None
        await scene.until(lambda: on.platform.channels.registry.was(guest.uri.rpartition("/")[2]))
        on.pass_real(13)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: kinds(conversation)[-1] == ledger.WRAPPED_UP)
        codes = {event.kind: event.code for event in conversation.events}
        assert codes[ledger.AGENT_LEFT] == ledger.HUNG_UP
        assert codes[ledger.CUSTOMER_LEFT] == ledger.LET_GO

    scene.play(act)
    (conversation,) = scene.timeline.conversations(START_MS, START_MS + 100_000)
    told = record(conversation, START_MS + 1_000_000, Settings())
    ends = {
        each["purpose"]: [one["disconnectType"] for one in each["sessions"][0]["segments"]][-1]
        for each in told["participants"]
        if each["purpose"] != "agent"
    }
    assert ends == {"customer": "peer", "acd": "transfer"}
    assert "conversationEnd" in told


def test_an_alert_that_rings_out_goes_to_another_agent(scene: Any) -> None:
    async def act(on: Any) -> None:
        await direct(on, {"action": "no_answer"}, {"action": "decline"})
        guest = await scene.arrive(on)
        await guest.attach()
        await guest.events_until("member-change")
        on.pass_real(1.1)
        first = await scene.alerting(guest)
        on.pass_real(29)
        assert (await guest.call("GET", f"/members/{first}"))[1]["state"] == "ALERTING"
        on.pass_real(1.1)
        await guest.events_until("member-change", member={"id": first, "state": "DISCONNECTED"})
        on.pass_real(1.1)
        second = await scene.alerting(guest)
        await guest.events_until("member-change", member={"id": second, "state": "DISCONNECTED"})
        on.pass_real(1.1)
        third = await scene.alerting(guest)
        await direct(on, {"action": "answer", "chat": guest.id})
        await guest.events_until("member-change", member={"id": third, "state": "CONNECTED"})
        conversation = await scene.written(on, guest)
        assert [each for each in kinds(conversation) if each not in {ledger.ARRIVED, ledger.QUEUED}] == [
            ledger.OFFERED,
            ledger.ALERTED,
            ledger.NO_ANSWER,
            ledger.ALERTED,
            ledger.DECLINED,
            ledger.ALERTED,
            ledger.DEQUEUED,
            ledger.ANSWERED,
        ]
        missed = next(event for event in conversation.events if event.kind == ledger.NO_ANSWER)
        statuses = [
            (at_ms - missed.at_ms, status.routing_status)
            for at_ms, status in scene.timeline.statuses(missed.user_id, START_MS, missed.at_ms + 60_000)
        ]
        assert (0, "NOT_RESPONDING") in statuses
        assert statuses[-1][1] != "NOT_RESPONDING"
        assert next(each for each in statuses if each[0] >= 20_000)[1] != "NOT_RESPONDING"
        back = missed.at_ms + 20_000
        changed = scene.timeline.changes(back - 1, back)
        assert [each.user_id for each in changed] == [missed.user_id]

    scene.play(act)


def test_directions_wait_and_are_used_up(scene: Any) -> None:
    async def act(on: Any) -> None:
        say = {"action": "say", "text": "Welcome, all of you", "times": 2}
        await direct(on, {"action": "quiet", "times": 2}, say)
        for left in (1, 0):
            guest = await scene.arrive(on)
            await guest.attach()
            await guest.events_until("member-change")
            on.pass_real(1.1)
            await scene.alerting(guest)
            on.pass_real(2.1)
            await guest.events_until("message", body="Welcome, all of you")
            status, body = await on.call("GET", DESK)
            assert status == 200
            assert [one.get("times", 1) for one in body] == [left, left][: 2 * left]
            on.pass_real(5)
            await guest.say({"body": "Is anybody there?"})
            on.pass_real(5)
            await direct(on, {"action": "type", "chat": guest.id})
            told = await guest.events_until("typing-indicator")
            assert [one["eventBody"].get("body") for one in told] == ["Is anybody there?", None]
        await direct(on, {"action": "leave", "times": 5})
        assert (await on.call("GET", DESK))[1] == [{"action": "leave", "times": 3}]
        assert (await on.call("DELETE", DESK))[0] == 204
        assert (await on.call("GET", DESK))[1] == []

    scene.play(act)


def test_a_direction_that_comes_too_late_does_nothing(scene: Any) -> None:
    async def act(on: Any) -> None:
        guest = await scene.talk(on)
        await direct(on, {"action": "say", "text": "Too late", "chat": guest.id, "after_s": 60})
        await guest.call("DELETE", f"/members/{guest.member}")
        on.pass_real(70)
        conversation = await scene.written(on, guest)
        await scene.until(lambda: kinds(conversation)[-1] == ledger.WRAPPED_UP)
        _, body = await guest.call("GET", "/messages")
        assert "Too late" not in [one["body"] for one in body["entities"]]

    scene.play(act)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"action": "dance"}, "is none of"),
        ({"action": "say"}, "needs a text"),
        ({"action": "leave", "text": "Bye"}, "takes no text"),
        ({"action": "transfer", "queue": "Nowhere"}, "Nowhere"),
        ({"action": "transfer", "queue": "Emergency"}, "Emergency"),
        ({"action": "leave", "chat": "x", "times": 2}, "one chat, once"),
        ({"action": "leave", "after_s": -1}, "after_s"),
        ({"action": "leave", "colour": "red"}, "colour"),
        ({}, "action"),
    ],
)
def test_directions_that_make_no_sense_are_refused(
    organization: Organization, sent: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        direction_from(sent, organization)


def test_of_directions_with_a_wrong_one_none_is_given(scene: Any) -> None:
    async def act(on: Any) -> None:
        for sent in ([{"action": "leave"}, {"action": "dance"}], {"action": "leave"}, [1]):
            status, body = await on.call("POST", DESK, json=sent)
            assert (status, body["code"]) == (400, "bad.request")
        assert (await on.call("GET", DESK))[1] == []

    scene.play(act)


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("please transfer me to Billing", "Billing"),
        ("Can you connect me with someone to talk to? Put me through to the business desk!", "Business Desk"),
        ("Pass us on to web help", "Web Help"),
        ("transfer me to the moon", None),
        ("I made a transfer to Billing", None),
    ],
)
def test_words_name_the_queue_to_go_to(organization: Organization, text: str, to: str | None) -> None:
    found = wish(text, organization.queues).transfer_to
    assert (None if found is None else found.name) == to


@pytest.mark.parametrize(
    "ends",
    [
        [{"action": "leave"}],
        [{"action": "transfer", "queue": "Sales"}, {"action": "leave"}],
        [{"action": "no_answer"}, {"action": "leave"}],
        [{"action": "decline"}, {"action": "leave"}],
        [],
    ],
)
def test_however_a_chat_ends_its_agents_are_free_again(scene: Any, ends: list[dict[str, Any]]) -> None:
    """With one chat an agent, a place that was not given back would be missed by the last guests."""

    async def act(on: Any) -> None:
        async def comes() -> Any:
            guest = await scene.arrive(on)
            await guest.attach()
            await guest.events_until("member-change")
            return guest

        guest = await comes()
        await direct(on, *ends)
        conversation = await scene.written(on, guest)
        if not ends:
            on.pass_real(1.1)
            await scene.alerting(guest)
            await guest.call("DELETE", f"/members/{guest.member}")

        def over() -> bool:
            on.pass_real(0.5)
            return bool(conversation.over(on.platform.clock.now_ms()))

        await scene.until(over)
        # Who has let an alert ring out is away for a while.
        on.pass_real(30)
        for late in [await comes() for _ in scene.organization.guest_desk]:
            on.pass_real(1.1)
            await scene.alerting(late)

    scene.play(act, guest_chats_at_once=1)
