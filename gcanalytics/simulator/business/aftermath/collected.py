"""What is noted about a customer as he makes contact: his choices in a menu, the fields of a form, what the
company's flows make of a letter's sender.

On the platform these are the attributes of the customer's participant; those of a callback are the ``data``
of its creation, which "will appear in the attributes property on the conversation participant" (official
SDK, CreateCallbackCommand).
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
    if conversation.media == "callback":
        return tuple(_on_the_portal(conversation))
    if conversation.media in {"message", "email"}:
        return tuple(_by_a_flow(conversation))
    return ()


def _in_the_menu(conversation: Conversation, party: int) -> list[Noted]:
    visit = menu_visit(conversation, party)
    if visit is None:
        return []
    organization = conversation.organization
    found = []
    language_ms, identified_ms, topic_ms = map(visit.passed, (LANGUAGE, IDENTIFIED, TOPIC))
    if language_ms is not None:
        found += _language(conversation, language_ms)
    if identified_ms is not None:
        found += _identified(conversation, identified_ms)
    aimed = next((event.queue_id for event in conversation.events if event.kind == ledger.MENU_LEFT), None)
    if topic_ms is not None and aimed is not None:
        found.append(Noted(topic_ms, "Topic", organization.queues_by_id[aimed].name))
    return found


def _language(conversation: Conversation, at_ms: int) -> list[Noted]:
    languages = conversation.organization.languages
    found = (each.name for each in languages if each.id == conversation.language_id)
    return [Noted(at_ms, "Language", name) for name in found]


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
    fields = {"context.firstName": first, "context.lastName": last}
    aim = _aim(conversation)
    if aim is not None:
        fields["context.genesys.legacyRoutingTargetQueueAddress"] = aim
    return [Noted(conversation.started_ms, name, value) for name, value in fields.items()]


def _aim(conversation: Conversation) -> str | None:
    """Name of the queue that the customer aimed at, None where he came to none."""
    queue_id = next((event.queue_id for event in conversation.events if event.queue_id), None)
    return None if queue_id is None else conversation.organization.queues_by_id[queue_id].name


def _on_the_portal(conversation: Conversation) -> list[Noted]:
    """The form in which a customer asks to be called: his number with the company, if he has one, and why."""
    at_ms = conversation.started_ms
    found = [*_language(conversation, at_ms), *_known(conversation, at_ms)]
    aim = _aim(conversation)
    return found if aim is None else [*found, Noted(at_ms, "Topic", aim)]


def _by_a_flow(conversation: Conversation) -> list[Noted]:
    """What a flow finds out before the queue: whose address it is, the text's language, what it is about."""
    at_ms = conversation.started_ms
    found = _known(conversation, at_ms)
    if conversation.letter is not None:
        found.append(Noted(at_ms, "Mailbox", conversation.letter.to_address))
    elif conversation.message_type is not None:
        found.append(Noted(at_ms, "Channel", conversation.message_type))
    aim = _aim(conversation)
    found += _language(conversation, at_ms)
    return found if aim is None else [*found, Noted(at_ms, "Topic", aim)]


def _known(conversation: Conversation, at_ms: int) -> list[Noted]:
    """What the CRM has of a customer whose address it knows; nothing of strangers."""
    return [] if known_contact(conversation) is None else _identified(conversation, at_ms)
