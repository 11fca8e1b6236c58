"""Who the customer is to the company: known or not, signed in or not, and how he came to the portal."""

from __future__ import annotations

import functools
from typing import Final

from gcanalytics.simulator.business.aftermath.draws import Draws, derived_id, subject
from gcanalytics.simulator.business.ledger import Conversation, Journey

_ABOUT: Final = subject("contacts")
_KNOWN_OF_16: Final = 9
_OF_COMPANIES_OF_16: Final = 2
_COMPANIES: Final = 40
_WITH_COOKIE: Final = 0.7
_INVITED: Final = 0.2
_SIGNED_IN: Final = 0.35
_COOKIE: Final = "cookie"
_VISIT: Final = "web"
_ACTION_MAPS: Final = ("Help on the invoice page", "Offer on the moving page")


def known_contact(conversation: Conversation) -> str | None:
    """Id of the customer among the company's contacts: the same for the same address; None for a stranger."""
    return _contact(conversation.organization.id, conversation.address)


def company(conversation: Conversation) -> str | None:
    """Id of the company that a known contact belongs to; None for private customers and strangers."""
    contact_id = known_contact(conversation)
    if contact_id is None or int(contact_id[1], 16) >= _OF_COMPANIES_OF_16:
        return None
    return _company(conversation.organization.id, int(contact_id[2:6], 16) % _COMPANIES)


def signed_in(conversation: Conversation) -> bool:
    """Whether a customer of the portal was signed in, or a guest came with signed data."""
    if not conversation.planned:
        return conversation.authenticated
    return known_contact(conversation) is not None and Draws(conversation.id, _ABOUT).share() < _SIGNED_IN


def journey(conversation: Conversation) -> Journey | None:
    """How a customer came from the portal; None of those who refused cookies, or of whom nothing is told."""
    if not conversation.planned:
        return conversation.journey
    draws = Draws(conversation.id, _ABOUT ^ 1)
    if draws.share() >= _WITH_COOKIE:
        return None
    visitor_id = derived_id("visitor", conversation.organization.id, conversation.address)
    visit_id = derived_id("visit", conversation.id)
    if draws.share() >= _INVITED:
        return Journey(visitor_id, _COOKIE, visit_id, _VISIT)
    name = draws.one_of(_ACTION_MAPS)
    return Journey(
        visitor_id,
        _COOKIE,
        visit_id,
        _VISIT,
        derived_id("invitation", conversation.id),
        derived_id("action map", conversation.organization.id, name),
        2 + len(name) % 3,
    )


@functools.lru_cache(maxsize=1 << 17)
def _contact(organization_id: str, address: str) -> str | None:
    found = derived_id(organization_id, "contact", address)
    return found if int(found[0], 16) < _KNOWN_OF_16 else None


@functools.lru_cache(maxsize=256)
def _company(organization_id: str, number: int) -> str:
    return derived_id(organization_id, "company", str(number))
