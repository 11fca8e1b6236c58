"""How a guest came, as his page told it: on his chat in events, on his session in records and aggregates."""

from typing import Any

import pytest

from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings

START_MS = 1_794_996_600_000
WAIT_S = 10.0
HOUR = 3_600_000
CUSTOMER = {"id": "visitor 7", "idType": "cookie"}
VISIT = {"id": "visit 9", "type": "web"}
INVITED = {"id": "invitation", "actionMap": {"id": "invoice page", "version": 3}}
OF_CUSTOMER = {"journeyCustomerId": "visitor 7", "journeyCustomerIdType": "cookie"}
OF_VISIT = {"journeyCustomerSessionId": "visit 9", "journeyCustomerSessionIdType": "web"}
OF_ACTION: dict[str, Any] = {
    "journeyActionId": "invitation",
    "journeyActionMapId": "invoice page",
    "journeyActionMapVersion": 3,
}


def fields(session: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in session.items() if name.startswith("journey")}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (None, {}),
        ({"customer": CUSTOMER}, OF_CUSTOMER),
        ({"customer": CUSTOMER, "customerSession": VISIT}, OF_CUSTOMER | OF_VISIT),
        (
            {"customer": CUSTOMER, "customerSession": VISIT, "triggeringAction": INVITED},
            OF_CUSTOMER | OF_VISIT | OF_ACTION,
        ),
        ({"customer": CUSTOMER, "triggeringAction": INVITED}, OF_CUSTOMER | OF_ACTION),
    ],
)
def test_a_guests_journey_is_seen_wherever_his_chat_is(
    scene: Any, told: dict[str, Any] | None, kept: dict[str, Any]
) -> None:
    queue = scene.organization.queue_named("Support")
    topic = f"v2.routing.queues.{queue.id}.conversations"

    async def act(on: Any) -> None:
        watchers = [await on.connect(await on.channel(name)) for name in (topic, f"{topic}.chats")]
        guest = await scene.arrive(on, journeyContext=told)
        await guest.attach()
        await guest.events_until("member-change")
        on.pass_real(0.5)
        for name, watcher in zip(("full", "flat"), watchers, strict=True):
            customer, acd = (await watcher.receive_json(timeout=WAIT_S))["eventBody"]["participants"]
            shown, other = (each["chats"][0] if name == "full" else each for each in (customer, acd))
            assert shown.get("journeyContext") == told
            assert "journeyContext" not in other
        on.pass_real(1.1)
        await scene.alerting(guest)
        await guest.call("DELETE", f"/members/{guest.member}")
        await scene.written(on, guest)

    scene.play(act)
    (conversation,) = scene.timeline.conversations(START_MS, START_MS + 100_000)
    customer, *others = record(conversation, START_MS + HOUR, Settings())["participants"]
    assert fields(customer["sessions"][0]) == kept
    assert "authenticated" not in customer["sessions"][0]
    assert not any(fields(each["sessions"][0]) for each in others)
    for each in emissions(conversation, START_MS + HOUR, Settings()):
        known = {name: str(value) for name, value in kept.items()}
        assert fields(each.dims) == (known if each.dims["purpose"] == "customer" else {})


def test_a_guest_whom_the_company_vouches_for_is_authenticated_in_the_record(scene: Any) -> None:
    async def act(on: Any) -> None:
        _, signed = await on.call("POST", "/simulator/signeddata", json={"data": {"customer": 7}})
        guest = await scene.arrive(on, memberAuthToken=signed["token"])
        await guest.attach()
        await guest.events_until("member-change")
        await scene.written(on, guest)

    scene.play(act)
    (conversation,) = scene.timeline.conversations(START_MS, START_MS + 100_000)
    customer, acd = record(conversation, START_MS + HOUR, Settings())["participants"]
    assert customer["sessions"][0]["authenticated"] is True
    assert "authenticated" not in acd["sessions"][0]
