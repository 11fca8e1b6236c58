"""The web chat service of one platform: who asks, what he may do, what becomes of his chat with time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.guests import checks
from gcanalytics.simulator.guests.chats import ENDED, NEW, GuestChat
from gcanalytics.simulator.guests.creation import creation
from gcanalytics.simulator.guests.desk import GuestDesk
from gcanalytics.simulator.guests.media_requests import GUESTS, MediaRequest
from gcanalytics.simulator.guests.members import Member, Message
from gcanalytics.simulator.guests.tokens import GuestTokens
from gcanalytics.simulator.rest.access import Token
from gcanalytics.simulator.rest.platform import TOKEN, Platform
from gcanalytics.simulator.streams.channels import socket_uri
from gcanalytics.simulator.streams.registry import ChannelRegistry

MESSAGE_LIMIT: Final = 4000
"""Characters of one message."""
LINGER_S: Final = 5.0
"""The event stream of a chat that is over is closed after this, real seconds (inferred)."""
CHATS_KEPT: Final = 5000

_BODY_TYPES: Final = {"standard", "notice", "member-join", "member-leave", "media-request"}


@dataclass
class Visit:
    """A chat with what serves it; ``absent_since`` and ``over_since`` are real seconds."""

    chat: GuestChat
    token: Token
    absent_since: float
    over_since: float | None = None


class Guests:
    """The web chat service of one platform.

    Args:
        platform: its organisation, timeline and clock.
        registry: keeps the guests' event streams.
    """

    def __init__(self, platform: Platform, registry: ChannelRegistry) -> None:
        self._platform = platform
        self._registry = registry
        self._tokens = GuestTokens()
        self._signed = GuestTokens()
        self._visits: OrderedDict[str, Visit] = OrderedDict()
        self._adding: set[asyncio.Task[None]] = set()
        self.desk = GuestDesk(
            platform.organization,
            self._add,
            at_once=platform.settings.guest_chats_at_once,
            request_s=platform.settings.guest_media_request_s,
        )

    def _add(self, conversation: Conversation) -> None:
        """Hand a conversation to the timeline on its thread: a day in the making must not stop sockets."""
        task = asyncio.ensure_future(self._platform.run(self._platform.timeline.add, conversation))
        self._adding.add(task)
        task.add_done_callback(self._adding.discard)

    @property
    def now_ms(self) -> int:
        """Business time of what happens at this moment."""
        return self._platform.clock.over_ms() + 1

    # Creating.

    def create(self, request: web.Request, sent: dict[str, Any]) -> dict[str, Any]:
        """A new chat; it is routed when its event stream is attached."""
        platform = self._platform
        wanted = creation(
            platform.organization,
            sent,
            signed=self._is_signed,
            unknown_fields=platform.settings.unknown_request_fields,
        )
        now, life_s = platform.clock.real(), platform.settings.token_life_s
        token = Token("", platform.client, now + life_s)
        channel = self._registry.create("guest", now, token=token, limited=False)
        chat = GuestChat(
            platform.organization,
            wanted.queue,
            wanted.guest,
            channel,
            skill_ids=wanted.skill_ids,
            language_id=wanted.language_id,
            priority=wanted.priority,
            authenticated=wanted.authenticated,
            journey=wanted.journey,
        )
        claims = {"org": platform.organization.id, "conversationId": chat.id, "memberId": chat.guest.id}
        token.value = self._tokens.sign(claims | {"exp": int(time.time() + life_s)})
        platform.access.end_also(token)
        channel.owner = f"guest:{chat.id}"
        self._visits[chat.id] = Visit(chat, token, absent_since=now)
        channel.attached = lambda: self._attached(chat)
        self._forget_old()
        return {
            "id": chat.id,
            "jwt": token.value,
            "eventStreamUri": socket_uri(request, channel.id),
            "member": {"id": chat.guest.id},
        }

    def _attached(self, chat: GuestChat) -> None:
        if chat.state == NEW:
            self.desk.enter(chat, self.now_ms)

    def _forget_old(self) -> None:
        """Keep a bounded number of chats; the oldest that are over go first."""
        for chat_id, visit in list(self._visits.items()):
            if len(self._visits) <= CHATS_KEPT:
                return
            if visit.chat.settled:
                del self._visits[chat_id]
                self._platform.access.forget(visit.token)

    def sign(self, data: dict[str, Any], life_s: float) -> str:
        """Data of the organisation about a guest, signed, as a ``memberAuthToken``.

        Args:
            data: about the guest; what the platform would do with it is not known, so nothing is.
            life_s: real seconds for which it is good.
        """
        ends = self._platform.clock.real() + life_s
        return self._signed.sign({"org": self._platform.organization.id, "data": data, "ends": ends})

    def _is_signed(self, token: str) -> bool:
        claims = self._signed.claims(token)
        return claims is not None and claims["ends"] > self._platform.clock.real()

    # Who asks.

    def visit(self, request: web.Request) -> Visit:
        """The chat that a request names, if its token is that chat's; counted against the token's rate limit.

        Raises:
            answers.Refusal: 401 without a good token; 429; 403 for another chat than the token's.
        """
        authorization = request.headers.get("Authorization", "").strip()
        scheme, _, value = authorization.partition(" ")
        # The SDKs send the bare token as an API key, most other clients a bearer.
        token = value.strip() if scheme.lower() == "bearer" else authorization
        if not token:
            raise answers.refusal("authentication.required")
        claims = self._tokens.claims(token)
        if claims is None:
            raise answers.refusal("bad.credentials")
        visit = self._visits.get(str(claims.get("conversationId")))
        if visit is None or visit.token.expires <= self._platform.clock.real():
            raise answers.refusal(self._platform.settings.expired_token_code)
        TOKEN.set(visit.token)
        self._platform.access.count(visit.token)
        if request.match_info["conversation_id"] != visit.chat.id:
            raise answers.refusal("not.authorized")
        return visit

    def member(self, request: web.Request, chat: GuestChat) -> Member:
        """The member that a request names."""
        member = chat.members.get(request.match_info["member_id"])
        if member is None:
            raise checks.not_found("web chat conversation member")
        return member

    def self_acting(self, request: web.Request) -> Visit:
        """The visit of a guest who may act as himself now."""
        visit = self.visit(request)
        member = visit.chat.members.get(request.match_info["member_id"])
        if member is None:
            raise answers.refusal("not.found")  # the web chat's own code is documented for reading alone
        if member is not visit.chat.guest:
            raise answers.refusal("not.authorized")
        self.check_guest(visit.chat)
        return visit

    def check_guest(self, chat: GuestChat) -> None:
        """Refuse what a guest wants to do who is no more there, or not yet."""
        if chat.guest.state == "DISCONNECTED":
            raise checks.refusal("chat.error.member.state")
        self.check_open(chat)

    @staticmethod
    def check_open(chat: GuestChat) -> None:
        """Refuse what a chat does not permit that has not begun or is over."""
        if chat.state in {NEW, ENDED}:
            raise checks.refusal("chat.error.conversation.state")

    # What he does.

    def say(self, chat: GuestChat, sent: dict[str, Any]) -> Message:
        """A message of the guest."""
        self._check_fields("CreateWebChatMessageRequest", sent)
        text = sent.get("body")
        if text is None:
            raise checks.refusal("chat.error.notnull.createconversationmessagerequest.body")
        if not isinstance(text, str) or not text or len(text) > MESSAGE_LIMIT:
            raise checks.refusal("chat.error.bad.request")
        # Clients send odd types, even the literal "standard | notice", and it works.
        kind = sent.get("bodyType")
        known = isinstance(kind, str) and kind in _BODY_TYPES
        now_ms = self.now_ms
        message = chat.say(chat.guest, text, now_ms, body_type=str(kind) if known else "standard")
        self.desk.heard(chat, text, now_ms)
        return message

    def leave(self, visit: Visit, *, timed_out: bool = False) -> None:
        """The guest leaves."""
        self.desk.leave(visit.chat, self.now_ms, timed_out=timed_out)
        self._note_over(self._platform.clock.real())

    def media_request(self, request: web.Request, chat: GuestChat) -> MediaRequest:
        """The media request that a request names."""
        found = chat.media_requests.get(request.match_info["media_request_id"])
        if found is None:
            raise checks.not_found("media request")
        return found

    def answer_media_request(self, visit: Visit, request: MediaRequest, sent: dict[str, Any]) -> None:
        """The guest's answer to a media request."""
        self._check_fields("WebChatGuestMediaRequest", sent)
        state = checks.text(sent, "state")
        if not state:
            raise answers.missing("state")
        if state not in GUESTS:
            raise answers.invalid_value(state, "state", ", ".join(GUESTS))
        if not request.may_become(state):
            raise answers.refusal("request.conflict")
        request.become(state)
        self.desk.answered(visit.chat, request, self.now_ms)

    def _check_fields(self, model: str, sent: dict[str, Any]) -> None:
        if self._platform.settings.unknown_request_fields == "400":
            checks.check_fields(model, sent)

    # Time.

    def step(self) -> None:
        """What is due: the agents' doings, guests who vanished, streams of chats that are over."""
        now = self._platform.clock.real()
        absent_s = self._platform.settings.guest_absent_s
        self.desk.step(self.now_ms)
        for visit in self._visits.values():
            chat = visit.chat
            if chat.channel.socket is not None:
                visit.absent_since = now
            if chat.state != ENDED and now - visit.absent_since >= absent_s:
                self.leave(visit, timed_out=True)
        self._note_over(now)
        for visit in self._visits.values():
            channel, over_since = visit.chat.channel, visit.over_since
            over = over_since is not None and now - over_since >= LINGER_S
            if over and self._registry.find(channel.id) is channel:
                self._registry.remove(channel, 1000, "the conversation is over")

    def direct(self) -> None:
        """Give the desk's directions that fit."""
        self.desk.direct(self.now_ms)
        self._note_over(self._platform.clock.real())

    def _note_over(self, now: float) -> None:
        for visit in self._visits.values():
            if visit.over_since is None and visit.chat.state == ENDED:
                visit.over_since = now
