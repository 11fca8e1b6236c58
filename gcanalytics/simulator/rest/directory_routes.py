"""Routes of what changes rarely: queues and members, users, wrap-up codes, skills, divisions,
the organization."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Queue, User
from gcanalytics.simulator.business.timeline import AgentStatus
from gcanalytics.simulator.rest import listing
from gcanalytics.simulator.rest.directory import CREATED, Directory
from gcanalytics.simulator.rest.platform import Platform

_STATES = ("active", "inactive", "deleted", "any")


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the routes of the directory."""
    directory = Directory(platform)
    routes: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
        "/api/v2/routing/queues": _queues(platform, directory),
        "/api/v2/routing/queues/divisionviews/all": _division_views(platform, directory),
        "/api/v2/routing/queues/{queue_id}": _queue(platform, directory),
        "/api/v2/routing/queues/{queue_id}/members": _members(platform, directory),
        "/api/v2/routing/wrapupcodes": _wrapup_codes(directory),
        "/api/v2/routing/skills": _skills(directory),
        "/api/v2/routing/languages": _languages(directory),
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


def _queues(platform: Platform, directory: Directory) -> Any:
    """All queues, by name; none has a peer or a library of canned responses."""

    async def queues(request: web.Request) -> web.Response:
        matches = listing.name_filter(request.query.get("name"))
        nothing = request.query.get("hasPeer", "").lower() == "true" or any(
            request.query.get(name) for name in ("peerId", "cannedResponseLibraryId")
        )
        found = listing.kept(
            () if nothing else directory.queues,
            lambda queue: matches(queue.name),
            platform.sees_queue,
            listing.among(request, "id", lambda queue: queue.id),
            listing.among(request, "divisionId", lambda queue: queue.division_id),
        )
        return await _queue_page(platform, directory, request, found)

    return queues


def _division_views(platform: Platform, directory: Directory) -> Any:
    """The same queues, which can only be sorted."""

    async def queues(request: web.Request) -> web.Response:
        found = listing.kept(directory.queues, platform.sees_queue)
        return await _queue_page(platform, directory, request, found)

    return queues


async def _queue_page(
    platform: Platform, directory: Directory, request: web.Request, found: Sequence[Queue]
) -> web.Response:
    found = listing.in_order(request, found)
    joins = await platform.run(directory.joins, directory.users)
    return listing.page_of(request, found, lambda queue: directory.queue(queue, joins))


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
        users = listing.in_order(request, listing.kept(users, _member_test(request, directory)))
        filters = [name for name in ("routingStatus", "presence") if listing.several(request, name)]
        statuses = await _expanded(platform, directory, users, [*expand, *filters])
        if filters:
            shows = _status_test(request)
            users = [user for user in users if shows(statuses[user.id])]
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


def _member_test(request: web.Request, directory: Directory) -> Callable[[User], bool]:
    """What the filters of a member list say of a user, names in "contains-style" (official SDK).

    All are members by themselves, none by a group; profiles have no skills.
    """
    by = listing.choice(request, "memberBy", "user", ("user", "group"))
    nobody = by == "group" or bool(listing.several(request, "profileSkills"))
    name = listing.containing([text for text in (request.query.get("name", "").strip("*"),) if text])
    skills = listing.containing(listing.several(request, "skills"))
    languages = listing.containing(listing.several(request, "languages"))
    return lambda user: (
        not nobody
        and name([user.name])
        and skills(directory.names(user.skill_ids))
        and languages(directory.names(user.language_ids))
    )


def _status_test(request: web.Request) -> Callable[[AgentStatus], bool]:
    """What the filters of a member list say of a status; a presence goes by its id or its system presence."""
    routing = {word.upper() for word in listing.several(request, "routingStatus")}
    presences = {_plain(word) for word in listing.several(request, "presence")}
    return lambda status: (
        (not routing or status.routing_status in routing)
        and (
            not presences
            or not presences.isdisjoint(map(_plain, (status.presence_id, status.system_presence)))
        )
    )


def _plain(presence: str) -> str:
    """``ON_QUEUE``, ``On Queue`` and ``OnQueue`` are one."""
    return presence.lower().replace("_", "").replace(" ", "")


def _users(platform: Platform, directory: Directory) -> Any:
    async def users(request: web.Request) -> web.Response:
        state = listing.choice(request, "state", "active", _STATES)
        expand = listing.several(request, "expand")
        found = listing.kept(
            directory.users,
            lambda user: state in ("any", user.state),
            platform.sees_user,
            listing.among(request, "id", lambda user: user.id),
            listing.among(request, "jabberId", directory.jabber_id),
        )
        found = listing.in_order(request, found, "ASC")
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
    home = directory.organization.divisions[0].id

    async def wrapup_codes(request: web.Request) -> web.Response:
        name = request.query.get("name")
        by = listing.choice(request, "sortBy", "name", ("id", "name"))
        matches = listing.name_filter(name)
        found = listing.kept(
            directory.organization.wrapup_codes,
            lambda code: matches(code.name),
            listing.among(request, "id", lambda code: code.id),
            listing.among(request, "divisionId", lambda _: home),
        )
        # "'Sort by' param is ignored unless this field is provided": the name (official SDK).
        found.sort(key=lambda code: code.id if by == "id" and name else code.name.casefold())
        found = listing.in_order(request, found, "ascending")
        return listing.page_of(request, found, directory.wrapup_code)

    return wrapup_codes


def _skills(directory: Directory) -> Any:
    """Skills, by name; ``name`` filters "for results that start with this value" (official SDK)."""
    items = sorted(directory.organization.skills, key=lambda each: each.name.casefold())
    entity = directory.named("/api/v2/routing/skills", state="active", version="1", dateModified=CREATED)

    async def skills(request: web.Request) -> web.Response:
        begun = request.query.get("name", "").rstrip("*").lower()
        found = listing.kept(
            items,
            lambda each: each.name.lower().startswith(begun),
            listing.among(request, "id", lambda each: each.id),
        )
        return listing.page_of(request, found, entity)

    return skills


def _languages(directory: Directory) -> Any:
    items = sorted(directory.organization.languages, key=lambda each: each.name.casefold())
    entity = directory.named("/api/v2/routing/languages", state="active", version="1", dateModified=CREATED)

    async def languages(request: web.Request) -> web.Response:
        matches = listing.name_filter(request.query.get("name"))
        found = listing.kept(
            items,
            lambda each: matches(each.name),
            listing.among(request, "id", lambda each: each.id),
        )
        return listing.page_of(request, listing.in_order(request, found), entity)

    return languages


def _divisions(directory: Directory) -> Any:
    """Divisions, the home division first; ``name`` is a "search term" (official SDK)."""

    async def divisions(request: web.Request) -> web.Response:
        matches = listing.containing([text for text in (request.query.get("name", "").strip("*"),) if text])
        found = listing.kept(
            directory.organization.divisions,
            lambda each: matches([each.name]),
            listing.among(request, "id", lambda each: each.id),
        )
        return listing.page_of(request, found, directory.authorization_division)

    return divisions


def _presences(directory: Directory) -> Any:
    async def presences(request: web.Request) -> web.Response:
        # All are in use.
        asked = request.query.get("deactivated", "").lower()
        found = () if asked == "true" else directory.organization.presences
        entities = [directory.presence_definition(each) for each in found]
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
