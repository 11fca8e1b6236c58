"""REST of ACD web chat v2, the guest's side: create, members, messages, typing, leave.

The checks are in ``checks``, the chat itself in ``chats``, its agents in ``desk``.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.background import repeated
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.guests import checks
from gcanalytics.simulator.guests.chats import ENDED, NEW, GuestChat, Member, Message
from gcanalytics.simulator.guests.desk import GuestDesk
from gcanalytics.simulator.guests.tokens import GuestTokens
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.streams.channels import INTERNAL_ERROR, PULSE_S, socket_uri
from gcanalytics.simulator.streams.registry import ChannelRegistry

PATH: Final = "/api/v2/webchat/guest/conversations"
MESSAGE_LIMIT: Final = 4000
"""Characters of one message."""
ABSENT_S: Final = 120.0
"""A guest whose event stream is gone for so long is gone, real seconds (inferred)."""
LINGER_S: Final = 5.0
"""The event stream of a chat that is over is closed after this, real seconds (inferred)."""
CHATS_KEPT: Final = 5000

_BODY_TYPES: Final = {"standard", "notice", "member-join", "member-leave", "media-request"}
_SHOWN: Final = ("firstName", "lastName", "email", "phoneNumber", "avatarImageUrl", "customFields")


@dataclass
class GuestToken:
    """What the guest's channel lives by."""

    value: str
    expires: float


@dataclass
class Visit:
    """A chat with what serves it; ``absent_since`` and ``over_since`` are real seconds."""

    chat: GuestChat
    token: GuestToken
    absent_since: float
    over_since: float = float("inf")


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
        self._visits: OrderedDict[str, Visit] = OrderedDict()
        self._adding: set[asyncio.Task[None]] = set()
        self.desk = GuestDesk(platform.organization.guest_desk, self._add)

    def _add(self, conversation: Conversation) -> None:
        """Hand a conversation to the timeline on its thread: a day in the making must not stop sockets."""
        task = asyncio.ensure_future(self._platform.run(self._platform.timeline.add, conversation))
        self._adding.add(task)
        task.add_done_callback(self._adding.discard)

    # Creating.

    def create(self, request: web.Request, sent: dict[str, Any]) -> dict[str, Any]:
        """A new chat; it is routed when its event stream is attached."""
        queue = checks.queue_of(self._platform.organization, sent)
        target, info = sent["routingTarget"], sent["memberInfo"]
        now = self._platform.clock.real()
        life_s = self._platform.settings.token_life_s
        token = GuestToken("", now + life_s)
        channel = self._registry.create("guest", now, token=token, limited=False)
        guest = {"displayName": info["displayName"]} | {name: info[name] for name in _SHOWN if info.get(name)}
        skills, languages = self._platform.organization.skills, self._platform.organization.languages
        wanted = {str(name).casefold() for name in target.get("skills") or []}
        spoken = str(target.get("language") or "").casefold()
        chat = GuestChat(
            self._platform.organization,
            queue,
            guest,
            channel,
            skill_id=next((one.id for one in skills if one.name.casefold() in wanted), None),
            language_id=next((one.id for one in languages if one.name.casefold() == spoken), None),
        )
        token.value = self._tokens.sign(
            {
                "org": self._platform.organization.id,
                "conversationId": chat.id,
                "memberId": chat.guest.id,
                "exp": int(time.time() + life_s),
            }
        )
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
            self.desk.enter(chat, self._platform.clock.now_ms())

    def _forget_old(self) -> None:
        """Keep a bounded number of chats; the oldest that are over go first."""
        for chat_id, visit in list(self._visits.items()):
            if len(self._visits) <= CHATS_KEPT:
                return
            if visit.chat.state == ENDED and visit.chat.agent is None:
                del self._visits[chat_id]

    # Who asks.

    def visit(self, request: web.Request) -> Visit:
        """The chat that a request names, if its token is that chat's.

        Raises:
            answers.Refusal: 401 without a good token; 403 for another chat than the token's.
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
        if request.match_info["conversation_id"] != visit.chat.id:
            raise answers.refusal("not.authorized")
        return visit

    def member(self, request: web.Request, chat: GuestChat) -> Member:
        """The member that a request names."""
        member = chat.members.get(request.match_info["member_id"])
        if member is None:
            text = "The web chat conversation member was not found."
            raise answers.Refusal(404, "chat.error.not.found", text)
        return member

    def self_acting(self, request: web.Request) -> Visit:
        """The visit of a guest who may act as himself now."""
        visit = self.visit(request)
        chat = visit.chat
        member = self.member(request, chat)
        if member is not chat.guest:
            raise answers.refusal("not.authorized")
        if member.state == "DISCONNECTED":
            raise checks.refusal("chat.error.member.state")
        if chat.state in {NEW, ENDED}:
            raise checks.refusal("chat.error.conversation.state")
        return visit

    # What is asked.

    def say(self, request: web.Request, sent: dict[str, Any]) -> dict[str, Any]:
        """A message of the guest."""
        chat = self.self_acting(request).chat
        text = sent.get("body")
        if text is None:
            raise checks.refusal("chat.error.notnull.createconversationmessagerequest.body")
        if not isinstance(text, str) or not text or len(text) > MESSAGE_LIMIT:
            raise checks.refusal("chat.error.bad.request")
        # Clients send odd types, even the literal "standard | notice", and it works.
        kind = sent.get("bodyType")
        now_ms = self._platform.clock.now_ms()
        message = chat.say(chat.guest, text, now_ms, body_type=kind if kind in _BODY_TYPES else "standard")
        self.desk.heard(chat, text, now_ms)
        return _message_body(chat, message)

    def typing(self, request: web.Request) -> dict[str, Any]:
        """The guest types."""
        chat = self.self_acting(request).chat
        return chat.typing(chat.guest, self._platform.clock.now_ms())

    def leave(self, request: web.Request) -> None:
        """The guest leaves; only himself can be removed."""
        self._leave(self.self_acting(request))

    def _leave(self, visit: Visit, *, timed_out: bool = False) -> None:
        visit.over_since = self._platform.clock.real()
        self.desk.leave(visit.chat, self._platform.clock.now_ms(), timed_out=timed_out)

    def members(self, request: web.Request) -> dict[str, Any]:
        """A page of the chat's members."""
        chat = self.visit(request).chat
        found = [one for one in chat.members.values() if one.state is not None or one is chat.guest]
        if request.query.get("excludeDisconnectedMembers", "false").lower() == "true":
            found = [one for one in found if one.state != "DISCONNECTED"]
        size = checks.number(request, "pageSize", 25, 1, 100)
        number = checks.number(request, "pageNumber", 1, 1, 10_000)
        pages = max(1, -(-len(found) // size))
        uri = f"{PATH}/{chat.id}/members?pageSize={size}&pageNumber="
        body: dict[str, Any] = {
            "entities": [one.body() for one in found[(number - 1) * size : number * size]],
            "pageSize": size,
            "pageNumber": number,
            "total": len(found),
            "pageCount": pages,
            "firstUri": f"{uri}1",
            "selfUri": f"{uri}{number}",
            "lastUri": f"{uri}{pages}",
        }
        if number < pages:
            body["nextUri"] = f"{uri}{number + 1}"
        if number > 1:
            body["previousUri"] = f"{uri}{number - 1}"
        return body

    def messages(self, request: web.Request) -> dict[str, Any]:
        """The chat's messages, between two of them where ``after`` or ``before`` name one."""
        chat = self.visit(request).chat
        found = chat.messages
        places = {message.id: place for place, message in enumerate(found)}
        start = places.get(request.query.get("after", ""), -1) + 1
        end = places.get(request.query.get("before", ""), len(found))
        size = checks.number(request, "maxResults", 100, 1, 100)
        # The official JavaScript SDK sends every option, empty where it was not given.
        order = (request.query.get("sortOrder") or "ascending").lower()
        if order not in {"ascending", "descending"}:
            raise answers.invalid_value(order, "sortOrder", "ascending, descending")
        wanted = found[start:end]
        shown = wanted[:size] if order == "ascending" else wanted[::-1][:size]
        uri = f"{PATH}/{chat.id}/messages"
        body: dict[str, Any] = {
            "pageSize": size,
            "entities": [_message_body(chat, message) for message in shown],
            "selfUri": uri,
        }
        if len(wanted) > size:
            word = "after" if order == "ascending" else "before"
            body["next"] = f"{uri}?{word}={shown[-1].id}&sortOrder={order}&maxResults={size}"
        return body

    def message(self, request: web.Request) -> dict[str, Any]:
        """One message."""
        chat = self.visit(request).chat
        wanted = request.match_info["message_id"]
        found = next((message for message in chat.messages if message.id == wanted), None)
        if found is None:
            text = "The web chat conversation message was not found."
            raise answers.Refusal(404, "chat.error.not.found", text)
        return _message_body(chat, found)

    # Time.

    def step(self) -> None:
        """What is due: the agents' doings, guests who vanished, streams of chats that are over."""
        now = self._platform.clock.real()
        self.desk.step(self._platform.clock.now_ms())
        for visit in self._visits.values():
            chat = visit.chat
            if chat.channel.socket is not None:
                visit.absent_since = now
            if chat.state not in {NEW, ENDED} and now - visit.absent_since >= ABSENT_S:
                self._leave(visit, timed_out=True)
            if now - visit.over_since >= LINGER_S and self._registry.find(chat.channel.id) is chat.channel:
                self._registry.remove(chat.channel, 1000, "the conversation is over")


def add_routes(app: web.Application, platform: Platform, *, ticking: bool = True) -> Guests:
    """Add the guest's side of web chat to the server; ``channels.add_routes`` must have been called before.

    Args:
        app: the server.
        platform: one whose ``channels`` are there.
        ticking: False leaves ``step`` to the caller (tests).
    """
    guests = Guests(platform, platform.channels.registry)
    _route(app, guests)
    if ticking:
        broken = platform.channels.close_all
        app.cleanup_ctx.append(
            lambda _: repeated((guests.step, PULSE_S), broken=lambda: broken(INTERNAL_ERROR))
        )
    return guests


def _route(app: web.Application, guests: Guests) -> None:
    def reading(answer: Callable[[web.Request], dict[str, Any]]) -> Any:
        async def handler(request: web.Request) -> web.Response:
            return answers.json_response(answer(request))

        return handler

    def sending(answer: Callable[[web.Request, dict[str, Any]], dict[str, Any]]) -> Any:
        async def handler(request: web.Request) -> web.Response:
            return answers.json_response(answer(request, checks.json_object(await request.read())))

        return handler

    async def leave(request: web.Request) -> web.Response:
        guests.leave(request)
        return web.Response(status=204)

    def one_member(request: web.Request) -> dict[str, Any]:
        return guests.member(request, guests.visit(request).chat).body()

    one = f"{PATH}/{{conversation_id}}"
    member = f"{one}/members/{{member_id}}"
    app.router.add_post(PATH, sending(guests.create))
    app.router.add_get(f"{one}/members", reading(guests.members))
    app.router.add_get(member, reading(one_member))
    app.router.add_delete(member, leave)
    app.router.add_post(f"{member}/messages", sending(guests.say))
    app.router.add_post(f"{member}/typing", reading(guests.typing))
    app.router.add_get(f"{one}/messages", reading(guests.messages))
    app.router.add_get(f"{one}/messages/{{message_id}}", reading(guests.message))


def _message_body(chat: GuestChat, message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "conversation": {"id": chat.id, "selfUri": f"{PATH}/{chat.id}"},
        "sender": {"id": message.sender_id},
        "body": message.body,
        "bodyType": message.body_type,
        "timestamp": iso(message.at_ms),
        "selfUri": f"{PATH}/{chat.id}/messages/{message.id}",
    }
