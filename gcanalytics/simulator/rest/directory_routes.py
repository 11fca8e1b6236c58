"""Routes of what changes rarely: queues and members, users, wrap-up codes, skills, divisions,
the organization."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Named, Queue, User
from gcanalytics.simulator.business.timeline import AgentStatus
from gcanalytics.simulator.rest import listing
from gcanalytics.simulator.rest.directory import CREATED, Directory
from gcanalytics.simulator.rest.platform import Platform

_STATES = ("active", "inactive", "deleted", "any")

Item = TypeVar("Item", Queue, User, Named)


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the routes of the directory."""
    directory = Directory(platform)
    routes: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
        "/api/v2/routing/queues": _queues(platform, directory, 500),
        "/api/v2/routing/queues/divisionviews/all": _queues(platform, directory, 500),
        "/api/v2/routing/queues/{queue_id}": _queue(platform, directory),
        "/api/v2/routing/queues/{queue_id}/members": _members(platform, directory),
        "/api/v2/routing/wrapupcodes": _wrapup_codes(directory),
        "/api/v2/routing/skills": _named(directory, "skills"),
        "/api/v2/routing/languages": _named(directory, "languages"),
        "/api/v2/users": _users(platform, directory),
        "/api/v2/users/me": _me,
        "/api/v2/users/{user_id}": _user(platform, directory),
        "/api/v2/users/{user_id}/routingstatus": _routing_status(platform, directory),
        "/api/v2/authorization/divisions": _divisions(directory),
        "/api/v2/presence/definitions": _presences(directory),
        "/api/v2/organizations/me": _organization(directory),
    }
    for path, handler in routes.items():
        app.router.add_get(path, handler)


def _chosen(request: web.Request, items: Sequence[Item], *, sort: str = "asc") -> list[Item]:
    """Those that the parameters ``name``, ``id`` and ``divisionId`` let through, in the order asked for."""
    matches = listing.name_filter(request.query.get("name"))
    ids = set(listing.several(request, "id"))
    divisions = set(listing.several(request, "divisionId"))
    found = [
        item
        for item in items
        if matches(item.name)
        and (not ids or item.id in ids)
        and (not divisions or getattr(item, "division_id", None) in divisions)
    ]
    return found if sort in {"asc", "ascending"} else found[::-1]


def _queues(platform: Platform, directory: Directory, max_size: int) -> Any:
    async def queues(request: web.Request) -> web.Response:
        sort = listing.choice(request, "sortOrder", "asc", ("asc", "desc"))
        seen = [queue for queue in directory.queues if platform.sees_queue(queue)]
        found = _chosen(request, seen, sort=sort)
        joins = await platform.run(directory.joins, directory.users)
        return listing.page_of(request, found, lambda queue: directory.queue(queue, joins), max_size=max_size)

    return queues


def _find_queue(platform: Platform, request: web.Request) -> Queue:
    queue = platform.organization.queues_by_id.get(request.match_info["queue_id"])
    if queue is None:
        raise answers.refusal("not.found")
    if not platform.sees_queue(queue):
        raise platform.unseen("routing:queue:view", [queue.division_id])
    return queue


def _find_user(platform: Platform, request: web.Request) -> User:
    user = platform.organization.users_by_id.get(request.match_info["user_id"])
    if user is None:
        raise answers.refusal("not.found")
    if not platform.sees_user(user):
        raise platform.unseen("directory:user:view", [user.division_id])
    return user


def _queue(platform: Platform, directory: Directory) -> Any:
    async def queue(request: web.Request) -> web.Response:
        found = _find_queue(platform, request)
        joins = await platform.run(directory.joins, directory.users)
        return answers.json_response(directory.queue(found, joins))

    return queue


async def _expanded(
    platform: Platform, directory: Directory, users: Sequence[User], expand: Sequence[str]
) -> dict[str, AgentStatus]:
    """Statuses of users where ``expand`` asks for them, built off the event loop."""
    if not {"routingStatus", "presence"} & set(expand):
        return {}
    return await platform.run(directory.statuses, users)


def _members(platform: Platform, directory: Directory) -> Any:
    async def members(request: web.Request) -> web.Response:
        queue = _find_queue(platform, request)
        expand = listing.several(request, "expand")
        users = [user for user in directory.users if queue.id in user.queue_ids and platform.sees_user(user)]
        matches = listing.name_filter(request.query.get("name"))
        users = [user for user in users if matches(user.name)]
        wanted = {word.upper() for word in listing.several(request, "routingStatus")}
        statuses = await _expanded(platform, directory, users, [*expand, *(["routingStatus"] * bool(wanted))])
        if wanted:
            users = [user for user in users if statuses[user.id].routing_status in wanted]
        joins = await platform.run(directory.joins, users)
        joined = request.query.get("joined", "").lower()
        if joined in {"true", "false"}:
            users = [user for user in users if joins[user.id] is (joined == "true")]
        return listing.page_of(
            request,
            users,
            lambda user: directory.member(queue, user, expand, statuses.get(user.id), joined=joins[user.id]),
            max_size=100,
            totals=False,  # QueueMemberEntityListing has none
        )

    return members


def _users(platform: Platform, directory: Directory) -> Any:
    async def users(request: web.Request) -> web.Response:
        state = listing.choice(request, "state", "active", _STATES)
        sort = listing.choice(request, "sortOrder", "ASC", ("ascending", "descending", "ASC", "DESC"))
        expand = listing.several(request, "expand")
        found = _chosen(request, directory.users, sort=sort.lower())
        found = [user for user in found if state in ("any", user.state) and platform.sees_user(user)]
        statuses = await _expanded(platform, directory, found, expand)
        return listing.page_of(
            request, found, lambda user: directory.user(user, expand, statuses.get(user.id))
        )

    return users


def _user(platform: Platform, directory: Directory) -> Any:
    async def user(request: web.Request) -> web.Response:
        found = _find_user(platform, request)
        expand = listing.several(request, "expand")
        statuses = await _expanded(platform, directory, [found], expand)
        return answers.json_response(directory.user(found, expand, statuses.get(found.id)))

    return user


def _routing_status(platform: Platform, directory: Directory) -> Any:
    async def routing_status(request: web.Request) -> web.Response:
        user = _find_user(platform, request)
        status = await platform.run(directory.status, user)
        return answers.json_response(directory.routing_status(user, status))

    return routing_status


def _wrapup_codes(directory: Directory) -> Any:
    codes = sorted(directory.organization.wrapup_codes, key=lambda code: code.name.casefold())

    async def wrapup_codes(request: web.Request) -> web.Response:
        sort = listing.choice(request, "sortOrder", "ascending", ("ascending", "descending", "asc", "desc"))
        listing.choice(request, "sortBy", "name", ("id", "name"))
        return listing.page_of(request, _chosen(request, codes, sort=sort), directory.wrapup_code)

    return wrapup_codes


def _named(directory: Directory, kind: str) -> Any:
    items: Sequence[Named] = getattr(directory.organization, kind)
    items = sorted(items, key=lambda each: each.name.casefold())
    entity = directory.named(f"/api/v2/routing/{kind}", state="active", version="1", dateModified=CREATED)

    async def named(request: web.Request) -> web.Response:
        sort = listing.choice(request, "sortOrder", "asc", ("asc", "desc", "ascending", "descending"))
        return listing.page_of(request, _chosen(request, items, sort=sort), entity)

    return named


def _divisions(directory: Directory) -> Any:
    async def divisions(request: web.Request) -> web.Response:
        found = _chosen(request, directory.organization.divisions)
        return listing.page_of(request, found, directory.authorization_division)

    return divisions


def _presences(directory: Directory) -> Any:
    async def presences(request: web.Request) -> web.Response:
        entities = [directory.presence_definition(each) for each in directory.organization.presences]
        body = {"total": len(entities), "entities": entities, "selfUri": request.path}
        return answers.json_response(body)

    return presences


def _organization(directory: Directory) -> Any:
    async def organization(_: web.Request) -> web.Response:
        found = directory.organization
        domain = found.name.lower().replace(" ", "-")
        return answers.json_response(
            {
                "id": found.id,
                "name": found.name,
                "defaultLanguage": "en_US",
                "thirdPartyOrgName": domain,
                "domain": domain,
                "version": 1,
                "state": "active",
                "productPlatform": "GenesysCloud",
                "selfUri": f"/api/v2/organizations/{found.id}",
            }
        )

    return organization


async def _me(_: web.Request) -> web.Response:
    """A token of client credentials belongs to no user."""
    raise answers.refusal("not.authorized")
