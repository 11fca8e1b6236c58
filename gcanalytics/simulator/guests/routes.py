"""REST of ACD web chat v2, the guest's side: create, members, messages, typing, media requests, leave.

Who may do what is in ``visits``, the checks of bodies in ``checks`` and ``creation``, the chat in ``chats``.
Of the contract never sent, since nothing tells when the platform does: a ``previousPage``, a ``name`` of a
message or a media request, a member whose role is WORKFLOW.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.background import repeated
from gcanalytics.simulator.guests import checks, desk_routes
from gcanalytics.simulator.guests.chats import GuestChat
from gcanalytics.simulator.guests.members import Message
from gcanalytics.simulator.guests.visits import Guests
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.streams.channels import INTERNAL_ERROR, PULSE_S

PATH: Final = "/api/v2/webchat/guest/conversations"
_ONE: Final = f"{PATH}/{{conversation_id}}"
_ORDERS: Final = ("ascending", "descending")


def add_routes(app: web.Application, platform: Platform, *, ticking: bool = True) -> Guests:
    """Add the guest's side of web chat to the server; ``channels.add_routes`` must have been called before.

    Args:
        app: the server.
        platform: one whose ``channels`` are there.
        ticking: False leaves ``step`` to the caller (tests).
    """
    guests = Guests(platform, platform.channels.registry)
    _route(app, guests)
    _route_media_requests(app, guests)
    desk_routes.add_routes(app, guests, platform.organization)
    if ticking:
        broken = platform.channels.close_all
        app.cleanup_ctx.append(
            lambda _: repeated((guests.step, PULSE_S), broken=lambda: broken(INTERNAL_ERROR))
        )
    return guests


def _route(app: web.Application, guests: Guests) -> None:
    member = f"{_ONE}/members/{{member_id}}"

    def chat_of(request: web.Request) -> GuestChat:
        return guests.visit(request).chat

    async def create(request: web.Request) -> web.Response:
        return answers.json_response(guests.create(request, await checks.json_object(request)))

    async def leave(request: web.Request) -> web.Response:
        guests.leave(guests.self_acting(request))
        return web.Response(status=204)

    async def say(request: web.Request) -> web.Response:
        # Who it is comes before what he says. The chat may end while the body is on its way.
        visit = guests.self_acting(request)
        sent = await checks.json_object(request)
        guests.check_guest(visit.chat)
        return answers.json_response(_message(visit.chat, guests.say(visit.chat, sent)))

    def typing(request: web.Request) -> dict[str, Any]:
        chat = guests.self_acting(request).chat
        return chat.typing(chat.guest, guests.now_ms)

    app.router.add_post(PATH, create)
    app.router.add_get(f"{_ONE}/members", _reading(lambda it: _members(it, chat_of(it))))
    app.router.add_get(member, _reading(lambda it: guests.member(it, chat_of(it)).body()))
    app.router.add_delete(member, leave)
    app.router.add_post(f"{member}/messages", say)
    app.router.add_post(f"{member}/typing", _reading(typing))
    app.router.add_get(f"{_ONE}/messages", _reading(lambda it: _messages(it, chat_of(it))))
    app.router.add_get(f"{_ONE}/messages/{{message_id}}", _reading(lambda it: _one_message(it, chat_of(it))))


def _route_media_requests(app: web.Application, guests: Guests) -> None:
    media_request = f"{_ONE}/mediarequests/{{media_request_id}}"

    async def answer(request: web.Request) -> web.Response:
        visit = guests.visit(request)
        found = guests.media_request(request, visit.chat)
        sent = await checks.json_object(request)
        guests.check_open(visit.chat)
        guests.answer_media_request(visit, found, sent)
        return answers.json_response(found.body(f"{PATH}/{visit.chat.id}"))

    def media_requests(request: web.Request) -> dict[str, Any]:
        chat = guests.visit(request).chat
        return {"entities": [each.body(f"{PATH}/{chat.id}") for each in chat.media_requests.values()]}

    def one_media_request(request: web.Request) -> dict[str, Any]:
        chat = guests.visit(request).chat
        return guests.media_request(request, chat).body(f"{PATH}/{chat.id}")

    app.router.add_get(f"{_ONE}/mediarequests", _reading(media_requests))
    app.router.add_get(media_request, _reading(one_media_request))
    app.router.add_patch(media_request, answer)


def _reading(answer: Callable[[web.Request], dict[str, Any]]) -> Any:
    async def handler(request: web.Request) -> web.Response:
        return answers.json_response(answer(request))

    return handler


def _members(request: web.Request, chat: GuestChat) -> dict[str, Any]:
    """A page of the chat's members."""
    found = [one for one in chat.members.values() if one.state is not None or one is chat.guest]
    if checks.choice(request, "excludeDisconnectedMembers", "false", ("false", "true")) == "true":
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


def _messages(request: web.Request, chat: GuestChat) -> dict[str, Any]:
    """The chat's messages, between two of them where ``after`` or ``before`` name one."""
    found = chat.messages
    places = {message.id: place for place, message in enumerate(found)}
    start = places.get(request.query.get("after", ""), -1) + 1
    end = places.get(request.query.get("before", ""), len(found))
    size = checks.number(request, "maxResults", 100, 1, 100)
    order = checks.choice(request, "sortOrder", "ascending", _ORDERS)
    wanted = found[start:end]
    shown = wanted[:size] if order == "ascending" else wanted[::-1][:size]
    uri = f"{PATH}/{chat.id}/messages"
    body: dict[str, Any] = {
        "pageSize": size,
        "entities": [_message(chat, message) for message in shown],
        "selfUri": uri,
    }
    if len(wanted) > size:
        bounds = {
            name: request.query[name] for name in ("after", "before") if request.query.get(name) in places
        }
        bounds["after" if order == "ascending" else "before"] = shown[-1].id
        further = "&".join(f"{name}={message_id}" for name, message_id in bounds.items())
        body["next"] = f"{uri}?{further}&sortOrder={order}&maxResults={size}"
    return body


def _one_message(request: web.Request, chat: GuestChat) -> dict[str, Any]:
    wanted = request.match_info["message_id"]
    found = next((message for message in chat.messages if message.id == wanted), None)
    if found is None:
        raise checks.not_found("web chat conversation message")
    return _message(chat, found)


def _message(chat: GuestChat, message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "conversation": {"id": chat.id, "selfUri": f"{PATH}/{chat.id}"},
        "sender": {"id": message.sender_id},
        "body": message.body,
        "bodyType": message.body_type,
        "timestamp": iso(message.at_ms),
        "selfUri": f"{PATH}/{chat.id}/messages/{message.id}",
    }
