"""A guest's web chat: its members, its messages, and what happens to it, written into the ledger at once.

No HTTP here; ``routes`` serves it, ``desk`` plays the agents. Instants are business milliseconds.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event, Journey, party_ids
from gcanalytics.simulator.business.organization import Organization, Queue, User
from gcanalytics.simulator.guests import media_requests
from gcanalytics.simulator.guests.media_requests import MediaRequest
from gcanalytics.simulator.guests.members import Handling, Member, Message
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


class GuestChat:
    """One chat of one guest.

    Args:
        organization: whose queue it is.
        queue: where it is routed.
        guest: name and further fields of the guest (``memberInfo``).
        channel: the guest's event stream.
        skill_ids, language_id: what is asked for.
        priority: in the queue; the highest is taken first.
        authenticated: whether the guest came with signed data.
        journey: how he came over the company's pages, if his page told.

    Attributes:
        queue: where it is now.
        handling: of the agent who is alerted or connected, None where there is none.
        owing: handlings whose agents have left and owe after-call work.
        quiet: its agents say nothing by themselves.
    """

    def __init__(
        self,
        organization: Organization,
        queue: Queue,
        guest: dict[str, Any],
        channel: Channel,
        *,
        skill_ids: Sequence[str] = (),
        language_id: str | None = None,
        priority: int = 0,
        authenticated: bool = False,
        journey: Journey | None = None,
    ) -> None:
        self.id = ledger.random_id()
        self.organization = organization
        self.queue = queue
        self.channel = channel
        self.state = NEW
        self.skill_ids = tuple(skill_ids)
        self.language_id = language_id
        self.priority = priority
        self.handling: Handling | None = None
        self.owing: list[Handling] = []
        self.quiet = False
        self.messages: list[Message] = []
        self.members: dict[str, Member] = {}
        self.media_requests: dict[str, MediaRequest] = {}
        self.conversation: Conversation | None = None
        self._entrance = queue.name
        self._journey = journey
        self._visit = 0
        shown = {name: value for name, value in guest.items() if name != "displayName" and value is not None}
        self.guest = self._member(_CUSTOMER, "CUSTOMER", str(guest["displayName"]))
        self.guest.shown, self.guest.authenticated = shown, authenticated

    def _member(self, party: int, role: str, name: str) -> Member:
        member = Member(party_ids(self.id, party)[0], role, name)
        self.members[member.id] = member
        return member

    @property
    def settled(self) -> bool:
        """Over, and nobody owes after-call work."""
        return self.state == ENDED and not self.owing

    # The way to an agent.

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
            language_id=self.language_id,
            priority=self.priority,
            journey=self._journey,
            authenticated=self.guest.authenticated,
        )
        conversation.attributes.update(self._attributes())
        self.conversation = conversation
        self._write(now_ms, ledger.ARRIVED, _CUSTOMER, queue_id=self.queue.id)
        self._enqueue(self.queue, now_ms)
        add(conversation)
        self._join(self.guest, now_ms)
        self._change(self._visiting(), "CONNECTED", now_ms)

    def _attributes(self) -> dict[str, str]:
        """The customer participant's attributes (blog of 2021-03-08: everything is prefixed ``context.``)."""
        shown = dict(self.guest.shown)
        custom = shown.pop("customFields", None) or {}
        named = {"displayName": self.guest.name, **shown, **custom}
        found = {f"context.{name}": str(value) for name, value in named.items()}
        return found | {"context.genesys.legacyRoutingTargetQueueAddress": self._entrance}

    def _enqueue(self, queue: Queue, now_ms: int) -> None:
        """A visit of a queue begins."""
        assert self.conversation is not None
        self.queue, self.state = queue, WAITING
        self._visit = self.conversation.new_party()
        self._member(self._visit, "ACD", queue.name)
        skills = ",".join(self.skill_ids) or None
        self._write(now_ms, ledger.QUEUED, self._visit, queue_id=queue.id, code=skills)
        self._write(now_ms, ledger.OFFERED, self._visit, queue_id=queue.id)

    def alert(self, agent: User, now_ms: int) -> Handling:
        """An agent is alerted."""
        assert self.conversation is not None
        self.state = ALERTING
        handling = self.handling = Handling(agent, self.conversation.new_party(), self.queue)
        self._write_agent(handling, now_ms, ledger.ALERTED, via=self._visit)
        self._change(self._member(handling.party, "AGENT", agent.name), "ALERTING", now_ms)
        return handling

    def bounce(self, now_ms: int, *, declined: bool = False) -> None:
        """The alerted agent lets it ring out, or declines; the guest goes on waiting."""
        handling = self._with_agent(ALERTING)
        kind = ledger.DECLINED if declined else ledger.NO_ANSWER
        self._write_agent(handling, now_ms, kind)
        self._change(self._of(handling), "DISCONNECTED", now_ms)
        self.handling, self.state = None, WAITING

    def answer(self, now_ms: int) -> None:
        """The alerted agent answers."""
        handling = self._with_agent(ALERTING)
        self.state = CONNECTED
        self._write(now_ms, ledger.DEQUEUED, self._visit, queue_id=self.queue.id, code=ledger.TAKEN)
        self._write_agent(handling, now_ms, ledger.ANSWERED, via=self._visit)
        self._join(self._of(handling), now_ms)
        self._change(self._visiting(), "DISCONNECTED", now_ms)

    # The way out.

    def transfer(self, queue: Queue, now_ms: int) -> None:
        """The agent passes the guest on to a queue, blindly: he leaves, and the queue looks for another."""
        handling = self._with_agent(CONNECTED)
        self._write(now_ms, ledger.TRANSFERRED, handling.party, queue_id=queue.id, code=ledger.BLIND)
        self._agent_leaves(handling, ledger.BLIND, now_ms)
        self._enqueue(queue, now_ms)
        self._change(self._visiting(), "CONNECTED", now_ms)

    def end_by_agent(self, now_ms: int) -> None:
        """The agent ends the chat."""
        self._agent_leaves(self._with_agent(CONNECTED), ledger.HUNG_UP, now_ms)
        self.state = ENDED
        self._part(self.guest, now_ms)
        self._write(now_ms, ledger.CUSTOMER_LEFT, _CUSTOMER, code=ledger.LET_GO)

    def leave(self, now_ms: int, *, timed_out: bool = False) -> None:
        """The guest is gone; an agent who had him owes after-call work until ``wrap_up``."""
        was, self.state = self.state, ENDED
        if was in {NEW, ENDED}:
            return
        self._part(self.guest, now_ms)
        handling = self.handling
        if was == CONNECTED and handling is not None:
            self._agent_leaves(handling, ledger.TIMED_OUT if timed_out else ledger.CUSTOMER_GONE, now_ms)
        else:
            if handling is not None:
                self._write_agent(handling, now_ms, ledger.ALERT_WITHDRAWN)
                self._change(self._of(handling), "DISCONNECTED", now_ms)
                self.handling = None
            self._write(now_ms, ledger.DEQUEUED, self._visit, queue_id=self.queue.id, code=ledger.ABANDONED)
            self._change(self._visiting(), "DISCONNECTED", now_ms)
        code = ledger.TIMED_OUT if timed_out else ledger.HUNG_UP
        self._write(now_ms, ledger.CUSTOMER_LEFT, _CUSTOMER, code=code)

    def _agent_leaves(self, handling: Handling, code: str, now_ms: int) -> None:
        """A connected agent's part ends; his after-call work begins."""
        media_requests.end_pending(self.media_requests.values(), media_requests.CANCELLED)
        self._write_agent(handling, now_ms, ledger.AGENT_LEFT, code=code, after_work=True)
        self._part(self._of(handling), now_ms)
        self.handling = None
        self.owing.append(handling)

    def wrap_up(self, handling: Handling, now_ms: int) -> None:
        """An agent ends his after-call work with the first wrap-up code of the queue that he was found by."""
        codes = handling.queue.wrapup_code_ids
        code = codes[0] if codes else ledger.WRAP_UP_TIMEOUT
        self._write_agent(handling, now_ms, ledger.WRAPPED_UP, code=code)
        self.owing.remove(handling)

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
        self.say(self._of(self._with_agent(CONNECTED)), text, now_ms)

    def agent_types(self, now_ms: int) -> None:
        """The agent types."""
        self.typing(self._of(self._with_agent(CONNECTED)), now_ms)

    def request_media(self, types: Sequence[str], now_ms: int) -> MediaRequest:
        """The agent asks the guest for another medium."""
        request = MediaRequest(tuple(types))
        self.media_requests[request.id] = request
        sender = self._of(self._with_agent(CONNECTED))
        self.say(sender, request.id, now_ms, body_type="media-request")
        return request

    # Inside.

    def _with_agent(self, state: str) -> Handling:
        """The handling of a chat that must be in this state."""
        assert self.state == state
        assert self.handling is not None
        return self.handling

    def _of(self, handling: Handling) -> Member:
        return self.members[party_ids(self.id, handling.party)[0]]

    def _visiting(self) -> Member:
        return self.members[party_ids(self.id, self._visit)[0]]

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

    def _write_agent(self, handling: Handling, now_ms: int, kind: str, **known: Any) -> None:
        queue_id, user_id = handling.queue.id, handling.agent.id
        self._write(now_ms, kind, handling.party, queue_id=queue_id, user_id=user_id, **known)
