"""Pictures of conversations as the platform sends them, and states fed with them."""

import json
from datetime import UTC, datetime
from typing import Any

from gcanalytics.live.shapes import Observed
from gcanalytics.live.state import LiveState

QUEUE, OTHER = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
TOPIC = f"v2.routing.queues.{QUEUE}.conversations"
START_MS = 1_763_460_000_000


def iso(second: float) -> str:
    moment = datetime.fromtimestamp(START_MS / 1000 + second, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def party(
    purpose: str, begin: float | None, end: float | None = None, *, queue: str | None = QUEUE, **more: Any
) -> dict[str, Any]:
    """A participant of a voice picture; without ``begin`` it is alerting."""
    state = "disconnected" if end is not None else "alerting" if begin is None else "connected"
    call: dict[str, Any] = {
        "id": f"s-{purpose}-{more.get('id', '')}",
        "state": state,
        "held": False,
        "direction": "inbound",
    }
    body: dict[str, Any] = {"id": f"p-{purpose}", "purpose": purpose, "wrapupRequired": purpose == "agent"}
    for name, at in (("connectedTime", begin), ("disconnectedTime", end)):
        if at is not None:
            call[name] = iso(at)
    for name, at in (("connectedTime", begin), ("endTime", end)):
        if at is not None:
            body[name] = iso(at)
    if queue:
        body["queueId"] = queue
    call.update(more.pop("call", {}))
    body.update(more)
    return {**body, "calls": [call], "chats": [], "emails": []}


def picture(*parties: dict[str, Any], id: str = "c1") -> dict[str, Any]:  # noqa: A002 - the platform's name
    return {"id": id, "participants": list(parties)}


def customer(end: float | None = None, **more: Any) -> dict[str, Any]:
    return party("customer", 0, end, address="tel:+4915112345678", **more)


def agent(begin: float | None, end: float | None = None, **more: Any) -> dict[str, Any]:
    return party("agent", begin, end, userId="u1", name="Ana <Ops>", **more)


LIFE = {
    "waiting": picture(customer(), party("acd", 5)),
    "alerting": picture(customer(), party("acd", 5), agent(None)),
    "interacting": picture(customer(), party("acd", 5, 20), agent(20)),
    "on hold": picture(
        customer(), party("acd", 5, 20), agent(20, call={"held": True, "startHoldTime": iso(30)})
    ),
    "wrap-up": picture(customer(60), party("acd", 5, 20), agent(20, 60, startAcwTime=iso(60))),
    "ended": picture(
        customer(60),
        party("acd", 5, 20),
        agent(20, 60, startAcwTime=iso(60), endAcwTime=iso(90), wrapup={"code": "x"}),
    ),
}


def fold(state: LiveState, topic: str, body: Any) -> None:
    state.fold(topic, json.dumps(body).encode())


def status_of(state: LiveState, conversation_id: str = "c1") -> str:
    return state.rows[conversation_id].status


def live(**clock: Any) -> LiveState:
    return LiveState([QUEUE], clock=clock.get("clock", lambda: 0.0), wall=clock.get("wall", lambda: 0.0))


def observed(conversation_id: str, status: Any = "waiting", since: float = 0, **more: Any) -> Observed:
    return Observed(conversation_id, status, QUEUE, "voice", START_MS + round(since * 1000), **more)
