"""Who is in a guest's chat, and what was said there. No HTTP, no ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gcanalytics.simulator.business.organization import Queue, User
from gcanalytics.simulator.records.details import iso


@dataclass
class Member:
    """Somebody in the chat: the guest, the queue (role ACD), an agent.

    Attributes:
        role: CUSTOMER, ACD or AGENT.
        state: ALERTING, CONNECTED or DISCONNECTED; None before he is in.
        shown: the names and custom fields that the guest gave, under the platform's names.
        authenticated: whether the guest came with signed data of the organisation.
    """

    id: str
    role: str
    name: str
    state: str | None = None
    joined_ms: int | None = None
    left_ms: int | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    authenticated: bool = False

    def body(self) -> dict[str, Any]:
        """The member as REST shows it (WebChatMemberInfo)."""
        body: dict[str, Any] = {"id": self.id, "displayName": self.name, **self.shown, "role": self.role}
        if self.role == "CUSTOMER":
            body["authenticatedGuest"] = self.authenticated
        if self.state is not None:
            body["state"] = self.state
        for name, at_ms in (("joinDate", self.joined_ms), ("leaveDate", self.left_ms)):
            if at_ms is not None:
                body[name] = iso(at_ms)
        return body


@dataclass(frozen=True)
class Message:
    """One message, typing aside."""

    id: str
    sender_id: str
    body: str
    body_type: str
    at_ms: int


@dataclass(eq=False)
class Handling:
    """An agent's part in a chat, from his alert to the end of his after-call work.

    Attributes:
        party: his number in the ledger.
        queue: the one that he was found by.
        directed: a direction says what becomes of his alert.
        wrapping_up: the end of his after-call work is planned.
    """

    agent: User
    party: int
    queue: Queue
    directed: bool = False
    wrapping_up: bool = False
