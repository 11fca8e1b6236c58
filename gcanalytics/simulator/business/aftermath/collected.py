"""What is noted about a customer as he makes contact: his choices in a menu, the fields of a chat's form.

On the platform these are the attributes of the customer's participant.
"""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath.contacts import known_contact
from gcanalytics.simulator.business.aftermath.draws import Draws, subject
from gcanalytics.simulator.business.aftermath.menus import IDENTIFIED, LANGUAGE, TOPIC, menu_visit
from gcanalytics.simulator.business.ledger import Conversation

_ABOUT: Final = subject("attributes")
_LONG_HISTORIES: Final = 0.05
_HISTORY: Final = (
    "2026-0{month}: asked about an invoice, explained. ",
    "2026-0{month}: meter read by a technician, no difference. ",
    "2026-0{month}: internet slow in the evening, line measured, router exchanged. ",
    "2026-0{month}: offer sent, will think about it. ",
)


class Noted(msgspec.Struct, frozen=True, gc=False):
    """One attribute, set at ``at_ms``."""

    at_ms: int
    name: str
    value: str


@functools.lru_cache(maxsize=2048)
def noted(conversation: Conversation) -> tuple[Noted, ...]:
    """What was noted about the customer of a planned conversation, in the order in which it was.

    Kept for a while: every event frame of a conversation asks.
    """
    menu = next((event for event in conversation.events if event.kind == ledger.MENU_ENTERED), None)
    if menu is not None:
        return tuple(_in_the_menu(conversation, menu.party))
    if conversation.media == "chat":
        return tuple(_in_the_form(conversation))
    return ()


def _in_the_menu(conversation: Conversation, party: int) -> list[Noted]:
    visit = menu_visit(conversation, party)
    if visit is None:
        return []
    organization = conversation.organization
    found = []
    language_ms, identified_ms, topic_ms = map(visit.passed, (LANGUAGE, IDENTIFIED, TOPIC))
    if language_ms is not None and conversation.language_id is not None:
        language = next(each.name for each in organization.languages if each.id == conversation.language_id)
        found.append(Noted(language_ms, "Language", language))
    if identified_ms is not None:
        found += _identified(conversation, identified_ms)
    aimed = next((event.queue_id for event in conversation.events if event.kind == ledger.MENU_LEFT), None)
    if topic_ms is not None and aimed is not None:
        found.append(Noted(topic_ms, "Topic", organization.queues_by_id[aimed].name))
    return found


def _identified(conversation: Conversation, at_ms: int) -> list[Noted]:
    """The customer's number, and from the CRM his latest history, which can be long."""
    draws = Draws(conversation.id, _ABOUT)
    contact_id = known_contact(conversation)
    number = int((contact_id or conversation.id)[:8], 16) % 90_000_000 + 10_000_000
    found = [Noted(at_ms, "CustomerNumber", str(number))]
    if contact_id is not None:
        entries = draws.whole(22, 40) if draws.share() < _LONG_HISTORIES else draws.whole(0, 3)
        if entries:
            history = "".join(draws.one_of(_HISTORY).format(month=draws.whole(1, 10)) for _ in range(entries))
            found.append(Noted(at_ms, "History", history.strip()))
    return found


def _in_the_form(conversation: Conversation) -> list[Noted]:
    """The form before a chat: name and aim, under the names that the platform gives them."""
    first, _, last = conversation.customer_name.partition(" ")
    queue_id = next((event.queue_id for event in conversation.events if event.queue_id), None)
    fields = {"context.firstName": first, "context.lastName": last}
    if queue_id is not None:
        queue = conversation.organization.queues_by_id[queue_id]
        fields["context.genesys.legacyRoutingTargetQueueAddress"] = queue.name
    return [Noted(conversation.started_ms, name, value) for name, value in fields.items()]
