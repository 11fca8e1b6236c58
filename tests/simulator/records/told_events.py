"""Records of conversations that tests tell event by event, and what to look at in them."""

from typing import Any

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event, Letter
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.records.details import record
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
QUEUE = ORGANIZATION.queue_named("Sales")
OTHER = ORGANIZATION.queue_named("Business Desk")
assert QUEUE is not None
assert OTHER is not None
AGENT = next(user for user in ORGANIZATION.users if user.desk and QUEUE.id in user.queue_ids)
START = 1_700_000_000_000
HOUR = 3_600_000
CODE = QUEUE.wrapup_code_ids[0]
LETTER = Letter("My offer", "alina@customer.example", "offers@northlight.example", ("ela@customer.example",))


def told(media: str, events: list[Event], **more: Any) -> dict[str, Any]:
    """The final record of a conversation."""
    conversation = Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media=media,
        started_ms=START,
        customer_name="Alina Fala",
        address="tel:+48999000001",
        events=events,
        **more,
    )
    return record(conversation, START + 1000 * HOUR, Settings())


def parts(seen: dict[str, Any], purpose: str) -> list[dict[str, Any]]:
    """All sessions of a purpose, in order."""
    return [s for each in seen["participants"] if each["purpose"] == purpose for s in each["sessions"]]


def values(session: dict[str, Any]) -> dict[str, int]:
    return {each["name"]: each["value"] for each in session.get("metrics", [])}


def ways(session: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each["segmentType"], each.get("disconnectType")) for each in session["segments"]]


def opening(at_ms: int, visit: int = 1, agent: int = 2) -> list[Event]:
    assert QUEUE is not None
    return [
        Event(at_ms, ledger.QUEUED, visit, QUEUE.id),
        Event(at_ms, ledger.OFFERED, visit, QUEUE.id),
        Event(at_ms + 60_000, ledger.ALERTED, agent, QUEUE.id, AGENT.id, via=visit),
        Event(at_ms + 65_000, ledger.DEQUEUED, visit, QUEUE.id, code=ledger.TAKEN),
        Event(at_ms + 65_002, ledger.ANSWERED, agent, QUEUE.id, AGENT.id, via=visit),
    ]
