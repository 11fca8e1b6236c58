"""The last agent's part of a conversation: what everything that comes afterwards is about."""

from __future__ import annotations

from typing import Final

import msgspec

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event

_TELLING: Final = frozenset(
    (
        ledger.QUEUED, ledger.CALLBACK_QUEUED, ledger.OFFERED, ledger.DEQUEUED, ledger.ALERTED,
        ledger.ANSWERED, ledger.HELD, ledger.TRANSFERRED, ledger.CALL_CONNECTED,
    )
)  # fmt: skip


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
    """The last agent's part of a conversation, None where no agent talked to the customer.

    A consulted colleague talks to the customer once he takes over, and who calls back once he is heard.
    """
    talker: Event | None = None
    queue_id = None
    holds = transfers = waited_ms = 0
    offered: dict[int, int] = {}
    apart: set[int] = set()
    waiting: dict[int, Event] = {}
    for event in conversation.events:
        kind = event.kind
        if kind not in _TELLING:
            continue
        heard: Event | None = None
        if kind == ledger.ANSWERED:
            if event.party in apart or event.via in apart:
                waiting[event.party] = event
            else:
                heard = event
        elif kind == ledger.HELD:
            holds += 1
        elif kind == ledger.TRANSFERRED:
            transfers += 1
            if event.code == ledger.CONSULT:
                heard = waiting.get(max(waiting, default=0))
        elif kind == ledger.OFFERED:
            offered[event.party] = event.at_ms
        elif kind == ledger.DEQUEUED:
            waited_ms += event.at_ms - offered.get(event.party, event.at_ms)
        elif kind == ledger.CALL_CONNECTED:
            heard = waiting.get(event.party)
        elif _apart(event):
            apart.add(event.party)
        if heard is not None:
            talker, queue_id = heard, heard.queue_id or queue_id
    if talker is None or talker.user_id is None:
        return None
    return Handled(talker.party, talker.user_id, queue_id, talker.at_ms, holds, transfers, waited_ms)


def _apart(event: Event) -> bool:
    """Whether a visit or an alert is one whose agent has no customer on the line when he answers."""
    if event.kind == ledger.QUEUED:
        return event.via is not None
    return event.kind == ledger.CALLBACK_QUEUED or event.code == ledger.CONSULT
