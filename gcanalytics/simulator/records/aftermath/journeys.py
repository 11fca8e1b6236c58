"""Who came over the company's portal, and how: in details records, dimensions and conversation events.

A record has the journey on the customer's session (official SDK, AnalyticsSession: ``journeyCustomerId`` and
its like), an event on his chat or message (``journeyContext``). That both show what a guest's page told at
the creation of a chat is inferred from the names, which are the same.
"""

from __future__ import annotations

from typing import Any

from gcanalytics.simulator.business.aftermath import contacts
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Session


def from_portal(session: Session) -> bool:
    """Whether it began on the company's portal: a chat, or a message from its pages."""
    return session.media == "chat" or session.message_type == "webmessaging"


def visitor(seen: Picture) -> dict[str, Any]:
    """Fields of the session of a customer who came over the portal."""
    told: dict[str, Any] = {"authenticated": True} if contacts.signed_in(seen.conversation) else {}
    followed = contacts.journey(seen.conversation)
    if followed is None:
        return told
    fields = {
        "journeyCustomerId": followed.customer_id,
        "journeyCustomerIdType": followed.customer_id_type,
        "journeyCustomerSessionId": followed.session_id,
        "journeyCustomerSessionIdType": followed.session_type,
        "journeyActionId": followed.action_id,
        "journeyActionMapId": followed.action_map_id,
        "journeyActionMapVersion": followed.action_map_version,
    }
    return told | {name: value for name, value in fields.items() if value is not None}


def journey_context(seen: Picture) -> dict[str, Any] | None:
    """The ``journeyContext`` of the customer's session in events; None where nothing is known."""
    followed = contacts.journey(seen.conversation)
    if followed is None:
        return None
    context: dict[str, Any] = {
        "customer": {"id": followed.customer_id, "idType": followed.customer_id_type},
    }
    if followed.session_id is not None:
        context["customerSession"] = {"id": followed.session_id, "type": followed.session_type}
    if followed.action_id is not None:
        rule = {"id": followed.action_map_id, "version": followed.action_map_version}
        context["triggeringAction"] = {"id": followed.action_id, "actionMap": rule}
    return context
