"""The picture of a conversation at one moment, from which records and event frames are made."""

from __future__ import annotations

from typing import Final

import msgspec

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.records.aftermath.emitted import emit_beside
from gcanalytics.simulator.records.emission import Choices
from gcanalytics.simulator.records.fold import Fold
from gcanalytics.simulator.records.shapes import Participant

PROVIDERS: Final = {
    "voice": "Edge",
    "chat": "Webchat Provider",
    "message": "PureCloud Messaging",
    "email": "PureCloud Email",
    "callback": "PureCloud Callback",
}
"""The provider of each medium's sessions; of the last three as third parties' payloads have it."""


class Picture(msgspec.Struct):
    """A conversation as it can be seen at ``now_ms``.

    Attributes:
        participants: in the order of their appearance; the customer first.
        queue_ids: every queue that it has touched so far, in order.
        ended_ms: its end, None while anybody is connected or owes after-call work.
    """

    conversation: Conversation
    now_ms: int
    participants: list[Participant]
    queue_ids: list[str]
    ended_ms: int | None = None

    @property
    def customer(self) -> Participant:
        """The customer."""
        return self.participants[0]

    @property
    def customer_connected(self) -> bool:
        """Whether the customer has had anybody on the line."""
        return any(session.connected_ms is not None for session in self.customer.sessions)

    @property
    def contact_address(self) -> str:
        """Where a message was sent to: the company's name on that service."""
        return self.conversation.organization.name

    @property
    def division_ids(self) -> list[str]:
        """Divisions of the queues so far; before the first one, the organisation's first division."""
        organization = self.conversation.organization
        found = [organization.queues_by_id[each].division_id for each in self.queue_ids]
        return list(dict.fromkeys(found)) or [organization.divisions[0].id]


def picture(conversation: Conversation, now_ms: int, choices: Choices | None = None) -> Picture:
    """The conversation as it can be seen at ``now_ms`` (milliseconds since the epoch, UTC).

    Args:
        conversation: the conversation; it must have started by then.
        now_ms: the moment.
        choices: the simulator's settings; None takes the platform's defaults.
    """
    fold = Fold(conversation, choices)
    fold.run(now_ms)
    # A planned conversation may be quiet for a moment between two parties; its ledger knows better.
    ended = fold.over and conversation.closed_ms <= now_ms
    participants = list(fold.parties.values())
    emit_beside(conversation, participants, now_ms)
    return Picture(conversation, now_ms, participants, fold.queue_ids, fold.last_ms if ended else None)
