"""Who the customer is to the company: a known contact or not, of an organisation or not."""

from __future__ import annotations

import functools
from typing import Final

from gcanalytics.simulator.business.aftermath.draws import derived_id
from gcanalytics.simulator.business.ledger import Conversation

_KNOWN_OF_16: Final = 9


def known_contact(conversation: Conversation) -> str | None:
    """Id of the customer among the company's contacts: the same for the same address; None for a stranger."""
    return _contact(conversation.organization.id, conversation.address)


@functools.lru_cache(maxsize=1 << 17)
def _contact(organization_id: str, address: str) -> str | None:
    found = derived_id(organization_id, "contact", address)
    return found if int(found[0], 16) < _KNOWN_OF_16 else None
