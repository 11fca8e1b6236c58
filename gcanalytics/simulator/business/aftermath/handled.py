"""The last agent's part of a conversation: what everything that comes afterwards is about."""

from __future__ import annotations

from typing import Final

import msgspec

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation

_TELLING: Final = frozenset(
    (ledger.ANSWERED, ledger.HELD, ledger.TRANSFERRED, ledger.OFFERED, ledger.DEQUEUED)
)


class Handled(msgspec.Struct, frozen=True, gc=False):
    """Who talked to the customer last, and how the customer fared.

    Attributes:
        party: the agent's.
        queue_id: the queue that he was found by; after a transfer from agent to agent, the last queue before.
        holds, transfers, waited_ms: over the whole conversation.
    """

    party: int
    user_id: str
    queue_id: str | None
    answered_ms: int
    holds: int
    transfers: int
    waited_ms: int


def last_handled(conversation: Conversation) -> Handled | None:
    """The last agent's part of a conversation, None where no agent talked to the customer."""
    answered: ledger.Event | None = None
    queue_id = None
    holds = transfers = waited_ms = 0
    offered: dict[int, int] = {}
    for event in conversation.events:
        kind = event.kind
        if kind not in _TELLING:
            continue
        if kind == ledger.ANSWERED:
            answered = event
            queue_id = event.queue_id or queue_id
        elif kind == ledger.HELD:
            holds += 1
        elif kind == ledger.TRANSFERRED:
            transfers += 1
        elif kind == ledger.OFFERED:
            offered[event.party] = event.at_ms
        elif kind == ledger.DEQUEUED and event.party in offered:
            waited_ms += event.at_ms - offered[event.party]
    if answered is None or answered.user_id is None:
        return None
    return Handled(answered.party, answered.user_id, queue_id, answered.at_ms, holds, transfers, waited_ms)
