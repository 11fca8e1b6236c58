"""A guest's web chat: its members, its messages, and what happens to it, written into the ledger at once.

No HTTP here; ``routes`` serves it, ``desk`` plays the agents. Instants are business milliseconds.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event, party_ids
from gcanalytics.simulator.business.organization import Organization, Queue, User
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.streams.notices import frame
from gcanalytics.simulator.streams.registry import Channel

# States of a chat.
NEW: Final = "new"
WAITING: Final = "waiting"
ALERTING: Final = "alerting"
CONNECTED: Final = "connected"
ENDED: Final = "ended"

_CUSTOMER: Final = 0
_VISIT: Final = 1


@dataclass
class Member:
    """Somebody in the chat: the guest, the queue (role ACD), an agent.

    Attributes:
        role: CUSTOMER, ACD or AGENT.
        state: ALERTING, CONNECTED or DISCONNECTED; None before he is in.
        shown: the names and custom fields that the guest gave, under the platform's names.
    """

    id: str
    role: str
    name: str
    state: str | None = None
    joined_ms: int | None = None
    left_ms: int | None = None
    shown: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The member as REST shows it (WebChatMemberInfo)."""
        body: dict[str, Any] = {"id": self.id, "displayName": self.name, **self.shown, "role": self.role}
        if self.role == "CUSTOMER":
            body["authenticatedGuest"] = False
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


class GuestChat:
    """One chat of one guest.

    Args:
        organization: whose queue it is.
        queue: where it is routed.
        guest: name and further fields of the guest (``memberInfo``).
        channel: the guest's event stream.
        skill_id, language_id: what is asked for.
    """

    def __init__(
        self,
        organization: Organization,
        queue: Queue,
        guest: dict[str, Any],
        channel: Channel,
        *,
        skill_id: str | None = None,
        language_id: str | None = None,
    ) -> None:
        self.id = ledger.random_id()
        self.organization = organization
        self.queue = queue
        self.channel = channel
        self.state = NEW
        self.agent: User | None = None
        self.agent_party = 0
        self.agent_joined = False
        self.messages: list[Message] = []
        self.members: dict[str, Member] = {}
        self.conversation: Conversation | None = None
        self._skill_id = skill_id
        self._language_id = language_id
        shown = {name: value for name, value in guest.items() if name != "displayName" and value is not None}
        self.guest = self._member(_CUSTOMER, "CUSTOMER", str(guest["displayName"]), shown)

    def _member(self, party: int, role: str, name: str, shown: dict[str, Any] | None = None) -> Member:
        member = Member(party_ids(self.id, party)[0], role, name, shown=shown or {})
        self.members[member.id] = member
        return member

    # What happens.

    def enter(self, now_ms: int, add: Callable[[Conversation], None]) -> None:
        """The event stream is attached: the chat begins and is routed to its queue.

        Args:
            now_ms: business time.
            add: hands the new conversation to the timeline.
        """
        conversation = Conversation(
            self.id,
            organization=self.organization,
            media="chat",
            started_ms=now_ms,
            customer_name=self.guest.name,
            address=self.guest.name,
            language_id=self._language_id,
        )
        conversation.attributes.update(self._attributes())
        self.conversation = conversation
        self.state = WAITING
        self._write(now_ms, ledger.ARRIVED, _CUSTOMER, queue_id=self.queue.id)
        self._write(now_ms, ledger.QUEUED, _VISIT, queue_id=self.queue.id, code=self._skill_id)
        self._write(now_ms, ledger.OFFERED, _VISIT, queue_id=self.queue.id)
        add(conversation)
        self._join(self.guest, now_ms)
        self._change(self._member(_VISIT, "ACD", self.queue.name), "CONNECTED", now_ms)

    def _attributes(self) -> dict[str, str]:
        """The customer participant's attributes (blog of 2021-03-08: everything is prefixed ``context.``)."""
        shown = dict(self.guest.shown)
        custom = shown.pop("customFields", None) or {}
        named = {"displayName": self.guest.name, **shown, **custom}
        found = {f"context.{name}": str(value) for name, value in named.items()}
        return found | {"context.genesys.legacyRoutingTargetQueueAddress": self.queue.name}

    def alert(self, agent: User, now_ms: int) -> None:
        """An agent is alerted."""
        assert self.conversation is not None
        self.agent, self.agent_party = agent, self.conversation.new_party()
        self.state = ALERTING
        self._write(
            now_ms, ledger.ALERTED, self.agent_party, queue_id=self.queue.id, user_id=agent.id, via=_VISIT
        )
        self._change(self._member(self.agent_party, "AGENT", agent.name), "ALERTING", now_ms)

    def answer(self, now_ms: int) -> None:
        """The alerted agent answers."""
        self.state = CONNECTED
        self._write(now_ms, ledger.DEQUEUED, _VISIT, queue_id=self.queue.id, code=ledger.TAKEN)
        self._write_agent(now_ms, ledger.ANSWERED, via=_VISIT)
        self._join(self._agent_member(), now_ms)
        self._change(self.members[party_ids(self.id, _VISIT)[0]], "DISCONNECTED", now_ms)

    def leave(self, now_ms: int, *, timed_out: bool = False) -> None:
        """The guest is gone; an agent who had him owes after-call work until ``wrap_up``."""
        was, self.state = self.state, ENDED
        if was in {NEW, ENDED}:
            return
        self._part(self.guest, now_ms)
        if was == CONNECTED:
            self._write_agent(
                now_ms,
                ledger.AGENT_LEFT,
                code=ledger.TIMED_OUT if timed_out else ledger.CUSTOMER_GONE,
                after_work=True,
            )
            self._part(self._agent_member(), now_ms)
        else:
            if was == ALERTING:
                self._write_agent(now_ms, ledger.ALERT_WITHDRAWN)
                self._change(self._agent_member(), "DISCONNECTED", now_ms)
                self.agent = None
            self._write(now_ms, ledger.DEQUEUED, _VISIT, queue_id=self.queue.id, code=ledger.ABANDONED)
            self._change(self.members[party_ids(self.id, _VISIT)[0]], "DISCONNECTED", now_ms)
        code = ledger.TIMED_OUT if timed_out else ledger.HUNG_UP
        self._write(now_ms, ledger.CUSTOMER_LEFT, _CUSTOMER, code=code)

    def wrap_up(self, now_ms: int) -> None:
        """The agent ends his after-call work with the queue's first wrap-up code; he is free again."""
        codes = self.queue.wrapup_code_ids
        self._write_agent(now_ms, ledger.WRAPPED_UP, code=codes[0] if codes else ledger.WRAP_UP_TIMEOUT)
        self.agent = None

    # What is said.

    def say(self, sender: Member, text: str, now_ms: int, *, body_type: str = "standard") -> Message:
        """A message; everybody sees it, its sender too."""
        message = Message(str(uuid.uuid4()), sender.id, text, body_type, now_ms)
        self.messages.append(message)
        body = {
            "id": message.id,
            "conversation": {"id": self.id},
            "sender": {"id": sender.id},
            "body": text,
            "bodyType": body_type,
            "timestamp": iso(now_ms),
        }
        self._send("messages", "message", body)
        return message

    def typing(self, sender: Member, now_ms: int) -> dict[str, Any]:
        """Somebody types; the body of the answer and of the event."""
        body = {
            "id": str(uuid.uuid4()),
            "conversation": {"id": self.id},
            "sender": {"id": sender.id},
            "timestamp": iso(now_ms),
        }
        self._send("messages", "typing-indicator", body)
        return body

    def agent_says(self, text: str, now_ms: int) -> None:
        """The agent writes."""
        self.say(self._agent_member(), text, now_ms)

    def agent_types(self, now_ms: int) -> None:
        """The agent types."""
        self.typing(self._agent_member(), now_ms)

    # Inside.

    def _agent_member(self) -> Member:
        return self.members[party_ids(self.id, self.agent_party)[0]]

    def _join(self, member: Member, now_ms: int) -> None:
        self._change(member, "CONNECTED", now_ms)
        self.say(member, "", now_ms, body_type="member-join")

    def _part(self, member: Member, now_ms: int) -> None:
        self.say(member, "", now_ms, body_type="member-leave")
        self._change(member, "DISCONNECTED", now_ms)

    def _change(self, member: Member, state: str, now_ms: int) -> None:
        """Set a member's state and tell it; the event tells neither role nor name (recorded)."""
        member.state = state
        if state == "DISCONNECTED":
            member.left_ms = now_ms
        elif member.joined_ms is None:
            member.joined_ms = now_ms
        body = {
            "conversation": {"id": self.id},
            "member": {"id": member.id, "state": state},
            "timestamp": iso(now_ms),
        }
        self._send("members", "member-change", body)

    def _send(self, word: str, kind: str, body: dict[str, Any]) -> None:
        if self.channel.socket is not None:
            name = f"v2.conversations.chats.{self.id}.{word}"
            text = frame(name, json.dumps(body), str(uuid.uuid4()), extra=f',"type":"{kind}"')
            self.channel.socket.offer(text)

    def _write(self, now_ms: int, kind: str, party: int, **known: Any) -> None:
        assert self.conversation is not None
        self.conversation.append(Event(now_ms, kind, party, **known))

    def _write_agent(self, now_ms: int, kind: str, **known: Any) -> None:
        user_id = self.agent.id if self.agent else None
        self._write(now_ms, kind, self.agent_party, queue_id=self.queue.id, user_id=user_id, **known)
