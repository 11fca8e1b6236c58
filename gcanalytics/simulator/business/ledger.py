"""The ledger: what happened to each interaction, in business words. It knows nothing of the platform's API.

A conversation has parties, numbered from 0 (the customer) in the order in which they appear: menus, visits of
a queue, agents who were alerted, mailboxes. Each event happens to one party.
"""

from __future__ import annotations

import bisect
import hashlib
import operator
import random
import threading
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from gcanalytics.simulator.business.organization import Organization

if TYPE_CHECKING:
    from gcanalytics.simulator.business.aftermath import Afterwards

# The customer (party 0).
ARRIVED: Final = "arrived"
CONNECTED: Final = "connected"
CUSTOMER_CALLED: Final = "customer_called"  # queue_id: on whose behalf an agent rings him up
CUSTOMER_WROTE: Final = "customer_wrote"  # a message after the first one
CUSTOMER_LEFT: Final = "customer_left"  # code: one of those below, to CALL_ME_BACK
# A menu: the telephone flow before the queue.
MENU_ENTERED: Final = "menu_entered"  # code: id of the flow
MENU_OPENED: Final = "menu_opened"
MENU_SPOKE: Final = "menu_spoke"
MENU_LEFT: Final = "menu_left"  # code: TO_QUEUE (queue_id), CUSTOMER_GONE or CLOSED
# A visit of a queue.
QUEUED: Final = "queued"  # queue_id; code: ids of the skills asked for, with commas; via: who consults
OFFERED: Final = "offered"
CALLBACK_QUEUED: Final = "callback_queued"  # queue_id; amount_ms: due so much later; none: at once
DEQUEUED: Final = (
    "dequeued"  # code: TAKEN, ABANDONED, EXPIRED, CALL_ME_BACK, FLOWED_OUT (queue_id; none: mailbox)
)
# An agent, from his alert to the end of his after-call work.
ALERTED: Final = "alerted"  # user_id, queue_id; via: the visit of a queue, none for a direct transfer
NO_ANSWER: Final = "no_answer"
DECLINED: Final = "declined"
ALERT_WITHDRAWN: Final = "alert_withdrawn"
ANSWERED: Final = "answered"
HELD: Final = "held"
RESUMED: Final = "resumed"
PARKED: Final = "parked"
UNPARKED: Final = "unparked"
AGENT_WROTE: Final = "agent_wrote"  # a message, or the answer to an e-mail
CONSULT_STARTED: Final = "consult_started"
CONSULT_CANCELLED: Final = "consult_cancelled"
TRANSFERRED: Final = "transferred"  # code: BLIND or CONSULT; queue_id or user_id: where to
AGENT_LEFT: Final = "agent_left"  # code: CUSTOMER_GONE, HUNG_UP, BLIND, CONSULT, CONSULT_OVER, TIMED_OUT
AFTER_WORK_STARTED: Final = "after_work_started"
AFTER_WORK_COUNTED: Final = "after_work_counted"  # amount_ms: counted before the form was closed
WRAPPED_UP: Final = "wrapped_up"  # code: id of the wrap-up code, or WRAP_UP_TIMEOUT
LATE_WRAP_UP: Final = "late_wrap_up"  # code: id of the wrap-up code; amount_ms: how long it took
# An agent who calls a customer, for a callback or of himself; all of it happens to the agent's party.
CALL_STARTED: Final = "call_started"
CALL_DIALLED: Final = "call_dialled"  # user_id, queue_id: where his party begins with it
CALL_CONNECTED: Final = "call_connected"
CALL_FAILED: Final = "call_failed"  # the customer did not answer
CALL_ENDED: Final = "call_ended"  # code: HUNG_UP (the agent did) or CUSTOMER_GONE
# A mailbox.
VOICEMAIL_STARTED: Final = "voicemail_started"
VOICEMAIL_LEFT: Final = "voicemail_left"

HUNG_UP: Final = "hung_up"
LET_GO: Final = "let_go"
TIMED_OUT: Final = "timed_out"
INACTIVE: Final = "inactive"
EXPIRED: Final = "expired"
NOT_REACHED: Final = "not_reached"
CALL_ME_BACK: Final = "call_me_back"
TO_QUEUE: Final = "to_queue"
CUSTOMER_GONE: Final = "customer_gone"
CLOSED: Final = "closed"
TAKEN: Final = "taken"
ABANDONED: Final = "abandoned"
FLOWED_OUT: Final = "flowed_out"
BLIND: Final = "blind"
CONSULT: Final = "consult"
CONSULT_OVER: Final = "consult_over"
WRAP_UP_TIMEOUT: Final = "wrap_up_timeout"


_PARTINGS: Final = frozenset(
    (CUSTOMER_LEFT, MENU_LEFT, DEQUEUED, NO_ANSWER, DECLINED, ALERT_WITHDRAWN, WRAPPED_UP, VOICEMAIL_LEFT)
)
"""With these a party is gone, as with AGENT_LEFT where no after-call work follows."""
_ASIDES: Final = frozenset((LATE_WRAP_UP, TRANSFERRED, CUSTOMER_WROTE, AGENT_WROTE))
"""These happen to a party that may be gone already."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened, at ``at_ms`` (milliseconds since the epoch, UTC), to one party.

    ``code``, ``via`` and ``amount_ms`` mean what the comment beside the kind says. ``after_work`` of
    AGENT_LEFT: whether after-call work follows.
    """

    at_ms: int
    kind: str
    party: int = 0
    queue_id: str | None = None
    user_id: str | None = None
    code: str | None = None
    via: int | None = None
    amount_ms: int | None = None
    after_work: bool = False


class Letter(msgspec.Struct, frozen=True, gc=False):
    """What an e-mail says on its outside."""

    subject: str
    from_address: str
    to_address: str
    cc: tuple[str, ...] = ()


class Journey(msgspec.Struct, frozen=True, gc=False):
    """How a customer came over the company's pages, as his browser tells.

    Attributes:
        customer_id, customer_id_type: who visits, for instance by his cookie.
        session_id, session_type: of this visit, for instance ``web``; None where it is not told.
        action_id: of the invitation to talk that he accepted, None where he came on his own.
        action_map_id, action_map_version: the rule that invited him.
    """

    customer_id: str
    customer_id_type: str
    session_id: str | None = None
    session_type: str | None = None
    action_id: str | None = None
    action_map_id: str | None = None
    action_map_version: int | None = None


class Conversation:
    """One interaction: who, over what, when, and its events in time order.

    ``append`` may be called from any thread; readers take ``events_until``.

    Attributes:
        id: a UUID; the operating day of a planned conversation can be read from it (``day_of``).
        media: ``voice``, ``chat``, ``message``, ``email`` or ``callback``, of its beginning.
        direction: ``inbound`` or ``outbound``, of its beginning.
        started_ms: when the platform took it in (a caller's line may have rung some ms before).
        customer_name, address: of the customer; the address is a telephone number, an e-mail address or a
            member's name.
        called_number: the number that was dialled, None for other media than voice.
        message_type: the service over which a message came, in the platform's spelling; else None.
        letter: the outside of an e-mail; else None.
        language_id: the language asked for.
        priority: in its queues.
        journey: how a guest came over the portal, None where he does not tell; authenticated: whether the
            company has vouched for him. Of planned conversations ``contacts`` knows both.
        afterwards: what follows when it is over (``aftermath``), None where nothing does.
        closed_ms: time of the last event but late wrap-ups, as far as known now.
        settled_ms: time of the last event or of what follows, as far as known now.
    """

    __slots__ = (
        "_attributes",
        "_late_ms",
        "_lock",
        "address",
        "afterwards",
        "authenticated",
        "called_number",
        "closed_ms",
        "customer_name",
        "direction",
        "events",
        "id",
        "journey",
        "language_id",
        "letter",
        "media",
        "message_type",
        "organization",
        "parties",
        "planned",
        "priority",
        "settled_ms",
        "started_ms",
    )

    def __init__(
        self,
        conversation_id: str,
        *,
        organization: Organization,
        media: str,
        started_ms: int,
        customer_name: str,
        address: str,
        called_number: str | None = None,
        language_id: str | None = None,
        priority: int = 0,
        direction: str = "inbound",
        planned: bool = False,
        message_type: str | None = None,
        letter: Letter | None = None,
        journey: Journey | None = None,
        authenticated: bool = False,
        events: Iterable[Event] = (),
    ) -> None:
        self.id = conversation_id
        self.organization = organization
        self.media = media
        self.direction = direction
        self.started_ms = started_ms
        self.customer_name = customer_name
        self.address = address
        self.called_number = called_number
        self.language_id = language_id
        self.priority = priority
        self.planned = planned
        self.message_type = message_type
        self.letter = letter
        self.journey = journey
        self.authenticated = authenticated
        self._attributes: dict[str, str] = {}
        self.afterwards: Afterwards | None = None
        self._late_ms: tuple[int, ...] = ()
        self.events: list[Event] = sorted(events, key=_at)
        self.parties = 1
        self.closed_ms = self.settled_ms = started_ms
        self._lock = threading.Lock()
        for event in self.events:
            self._take_note(event)

    def __repr__(self) -> str:
        return f"<{self.media} conversation {self.id}, {len(self.events)} events>"

    @property
    def attributes(self) -> dict[str, str]:
        """What was noted about the customer: a guest's custom fields, to be written to; or what the menus and
        forms of a planned conversation collect up to its end, told anew at each look (``aftermath.noted`` has
        the instants)."""
        if not self.planned:
            return self._attributes
        # Here, because `aftermath` is about conversations. Kept nowhere: few of a day's are ever asked for.
        from gcanalytics.simulator.business.aftermath import noted

        return {each.name: each.value for each in noted(self)}

    @property
    def initiator(self) -> str:
        """Who began it: the customer, or the agent of an outbound call."""
        return "agent" if self.direction == "outbound" else "customer"

    def language_for(self, skill_ids: Collection[str]) -> str | None:
        """The language that is asked for beside these skills; a menu's choice without any asks for none."""
        return self.language_id if skill_ids or not self.planned else None

    def new_party(self) -> int:
        """The number of a party that appears with the next event."""
        number = self.parties
        self.parties += 1
        return number

    def append(self, event: Event) -> None:
        """Write down one more event; it may come out of time order."""
        with self._lock:
            events = self.events
            if not events or events[-1].at_ms <= event.at_ms:
                events.append(event)
            else:
                # A new list, so that a reader's iteration over the old one goes on undisturbed.
                position = bisect.bisect_right(events, event.at_ms, key=_at)
                self.events = [*events[:position], event, *events[position:]]
            self._take_note(event)

    def _take_note(self, event: Event) -> None:
        """Parties and instants as far as they are known with an event."""
        if event.party >= self.parties:
            self.parties = event.party + 1
        if event.at_ms > self.settled_ms:
            self.settled_ms = event.at_ms
        if event.kind == LATE_WRAP_UP:
            self._late_ms = tuple(sorted((*self._late_ms, event.at_ms)))
        elif event.at_ms > self.closed_ms:
            self.closed_ms = event.at_ms

    def follow(self, afterwards: Afterwards) -> None:
        """Write down what follows; once, when the conversation's last event is known."""
        self.afterwards = afterwards
        self._late_ms = tuple(sorted((*self._late_ms, *afterwards.instants())))
        self.settled_ms = max(self.settled_ms, self._late_ms[-1])

    def phase(self, now_ms: int) -> int | None:
        """How many of the changes after its end have come; None before its end, where everything moves.

        What can be seen of it stays the same within a phase, as long as no event is appended.
        """
        if now_ms < self.closed_ms:
            return None
        return bisect.bisect_right(self._late_ms, now_ms)

    def over(self, now_ms: int) -> bool:
        """Whether everybody who has come is gone again at this instant and owes no after-call work.

        True also in the moment between two parties of a planned conversation; its ``closed_ms`` knows better.
        """
        there: set[int] = set()
        for event in self.events_until(now_ms):
            if event.kind in _PARTINGS or (event.kind == AGENT_LEFT and not event.after_work):
                there.discard(event.party)
            elif event.kind not in _ASIDES:
                there.add(event.party)
        return not there and now_ms >= self.started_ms

    def events_until(self, now_ms: int) -> list[Event]:
        """The events up to and including this instant."""
        events = self.events
        if not events or events[-1].at_ms <= now_ms:
            return events
        return events[: bisect.bisect_right(events, now_ms, key=_at)]


_at: Final = operator.attrgetter("at_ms")


_HEX: Final = "0123456789abcdef"


def planned_id(bits: int, day: int) -> str:
    """The id of a planned conversation: a version 4 UUID of 128 random bits that hides its operating day."""
    text = f"{bits & (1 << 128) - 1:032x}"
    rest = f"{text[:8]}-%s-4{text[13:16]}-{_HEX[8 + int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}"
    return rest % f"{(day ^ _mask(text[20:])) & 0xFFFF:04x}"


def day_of(conversation_id: str) -> int | None:
    """The operating day that a planned conversation's id tells; any day for ids of other origin.

    Returns:
        The local date's ordinal (``date.toordinal``) modulo 65,536, or None if this is no id at all.
    """
    if len(conversation_id) != 36:
        return None
    try:
        return int(conversation_id[9:13], 16) ^ _mask(conversation_id[24:])
    except ValueError:
        return None


def _mask(text: str) -> int:
    return int(text[:4], 16) ^ int(text[4:8], 16) ^ int(text[8:12], 16)


def party_ids(conversation_id: str, party: int, session: int = 0) -> tuple[str, str]:
    """The ids of a party as participant and of one of its sessions: the same at every look."""
    name = f"{conversation_id}/{party}/{session}" if session else f"{conversation_id}/{party}"
    text = hashlib.blake2b(name.encode(), digest_size=32).hexdigest()
    return (
        f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}",
        f"{text[32:40]}-{text[40:44]}-4{text[45:48]}-b{text[49:52]}-{text[52:]}",
    )


def random_id(source: random.Random | None = None) -> str:
    """A random version 4 UUID for a conversation outside the plan."""
    bits = (source or random.SystemRandom()).getrandbits(128)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
