"""What sessions of messages, e-mails and callbacks have beside their course, in the details record.

All of it is inferred from the descriptions of the SDK's models; no complete record of these media is known.
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.business.aftermath import letters
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant, Session

WRITTEN: Final = frozenset({"message", "email"})
IDLE_MS: Final = 12 * 3_600_000
"""A message in which nothing has happened for so long is closed."""
STATUS: Final = {
    letters.SENT: "Sent",
    letters.DELIVERED: "DeliverySuccess",
    letters.READ: "Read",
    letters.FAILED: "DeliveryFailed",
}


def add_letter(
    told: dict[str, Any], participant: Participant, session: Session, seen: Picture, seed: int
) -> None:
    """Add to a session what it has for its medium."""
    if session.media == "callback":
        # Agents start the calls themselves, and no callback is kept for the agent who promised it.
        told["timeoutSeconds"] = 0
        told["agentOwned"] = False
    elif session.media in WRITTEN:
        if session.letter is not None:
            _sides(told, participant, session)
        if participant.purpose == "customer":
            _customer(told, session, seed)
        elif participant.purpose == "agent":
            arrival = newest_arrival(participant, session, seen, seed)
            if arrival is not None:
                told["deliveryStatus"] = STATUS[arrival.state]
                told["deliveryStatusChangeDate"] = iso(arrival.at_ms)


def _sides(told: dict[str, Any], participant: Participant, session: Session) -> None:
    """An e-mail's addresses as each side sees them."""
    if session.letter is None:
        return
    customer, company = session.letter.from_address, session.letter.to_address
    mine, other = (customer, company) if participant.purpose == "customer" else (company, customer)
    told["addressSelf"], told["addressOther"] = mine, other


def _customer(told: dict[str, Any], session: Session, seed: int) -> None:
    count = media_count(session, seed)
    if count:
        told["mediaCount"] = count
    on_portal = session.message_type == "webmessaging"
    if on_portal and session.disconnect in {"client", "endpoint"} and letters.clears(seed):
        told["cleared"] = True


def media_count(session: Session, seed: int) -> int:
    """How many pictures or files a customer sent."""
    if session.media not in WRITTEN or session.message_type in letters.NO_PICTURES:
        return 0
    return letters.enclosures(seed)


def newest_arrival(
    participant: Participant, session: Session, seen: Picture, seed: int
) -> letters.Arrival | None:
    """How far an agent's last answer has come; what would come after the conversation's end is not told."""
    if not session.wrote:
        return None
    found = letters.arrivals(seed, participant.number, session.message_type, session.wrote[-1])
    until_ms = min(seen.now_ms, seen.conversation.closed_ms)
    return next((each for each in reversed(found) if each.at_ms <= until_ms), None)


def inactivity_timeout(seen: Picture) -> str | None:
    """When a message at rest will be closed if nothing more happens; its agents have left, he has not."""
    if seen.conversation.media != "message" or seen.ended_ms is not None:
        return None
    others = [session for each in seen.participants[1:] for session in each.sessions]
    left = [each.ended_ms for each in others if each.purpose == "agent" and each.ended_ms is not None]
    if not left or seen.customer.session.over or not all(each.over for each in others):
        return None
    return iso(max(*left, *seen.customer.session.wrote[-1:]) + IDLE_MS)
