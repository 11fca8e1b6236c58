"""Routes about people: the queries about users, their presences and their queues.

Lists of users, queue members and single users are ``directory_routes``'; the queries' work is done by the
modules ``queries.user_*``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Queue, User
from gcanalytics.simulator.queries.user_aggregates import UserAggregates, UserAggregatesQuery
from gcanalytics.simulator.queries.user_details import FILTER_FIELDS, UserDetails, UserDetailsQuery
from gcanalytics.simulator.queries.user_now import UserNow
from gcanalytics.simulator.queries.user_stretches import Statuses
from gcanalytics.simulator.rest import listing
from gcanalytics.simulator.rest.bodies import read_body
from gcanalytics.simulator.rest.details_routes import checked_interval, checked_paging
from gcanalytics.simulator.rest.directory import Directory
from gcanalytics.simulator.rest.platform import Platform

Body = Mapping[str, Any]
Answer = Callable[[Body, Sequence[User]], dict[str, Any]]

SOURCE = "PURECLOUD"
"""The platform's own source of presences; other ones are of integrations, of which there are none here."""
BULK_USERS = 50
"""Users of one request for presences (official SDK)."""
LARGEST_ACTIVITY_PAGE = 500
"""Inferred from the lists of users; no source has it."""


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the routes."""
    directory = Directory(platform)
    _add_queries(app, platform)
    # The literal part before the placeholder: "presences" is no user's id.
    app.router.add_get("/api/v2/users/presences/{source_id}/bulk", _bulk_presences(platform, directory))
    app.router.add_get("/api/v2/users/{user_id}/presences/{source_id}", _presence(platform, directory))
    app.router.add_get("/api/v2/users/{user_id}/queues", _queues(platform, directory))
    app.router.add_get("/api/v2/presence/definitions/{definition_id}", _definition(directory))


def _add_queries(app: web.Application, platform: Platform) -> None:
    settings, clock = platform.settings, platform.clock
    statuses = Statuses(platform.timeline, platform.organization)
    aggregates = UserAggregates(statuses, offline_time=settings.offline_time)
    details = UserDetails(statuses, settings)
    now = UserNow(
        platform.timeline,
        details_max=settings.observation_details_max,
        queue_joins=settings.queue_joins,
    )

    def aggregated(body: Body, users: Sequence[User]) -> dict[str, Any]:
        return aggregates.results(UserAggregatesQuery.from_body(body), clock.now_ms(), users)

    def detailed(body: Body, users: Sequence[User]) -> dict[str, Any]:
        query = UserDetailsQuery.from_body(body, checked_interval(body, FILTER_FIELDS))
        size, number = checked_paging(body, settings.page_size_max)
        return details.page(query, users, size=size, number=number, now_ms=clock.now_ms())

    def observed(body: Body, users: Sequence[User]) -> dict[str, Any]:
        return now.observations(body, users, clock.now_ms())

    prefix = "/api/v2/analytics/users"
    queries: dict[str, tuple[str, Answer]] = {
        "aggregates": ("UserAggregationQuery", aggregated),
        "details": ("UserDetailsQuery", detailed),
        "observations": ("UserObservationQuery", observed),
    }
    for name, (model, answer) in queries.items():
        app.router.add_post(f"{prefix}/{name}/query", _query(platform, model, answer))
    app.router.add_post(f"{prefix}/activity/query", _activity(platform, now))


def _visible(platform: Platform) -> list[User]:
    """Users who can have statuses, and whom the client sees: the active ones, by id. On the event loop."""
    users = (user for user in platform.organization.users if user.state == "active")
    return sorted(filter(platform.sees_user, users), key=lambda user: user.id)


def _query(platform: Platform, model: str, answer: Answer) -> Any:
    async def query(request: web.Request) -> web.Response:
        unknown = platform.settings.unknown_request_fields
        body = await read_body(request, model, unknown_fields=unknown)
        return answers.json_response(await platform.run(answer, body, _visible(platform)))

    return query


def _activity(platform: Platform, now: UserNow) -> Any:
    """The one query whose page is asked for in the query string."""

    async def activity(request: web.Request) -> web.Response:
        unknown = platform.settings.unknown_request_fields
        body = await read_body(request, "UserActivityQuery", unknown_fields=unknown)
        size = listing.whole_number(
            request, "pageSize", listing.DEFAULT_PAGE_SIZE, most=LARGEST_ACTIVITY_PAGE
        )
        number = listing.whole_number(request, "pageNumber", 1)

        def answer(users: Sequence[User]) -> dict[str, Any]:
            return now.activity(body, users, platform.clock.now_ms(), size=size, number=number)

        return answers.json_response(await platform.run(answer, _visible(platform)))

    return activity


def _user(platform: Platform, request: web.Request) -> User:
    """The user of a path.

    Raises:
        answers.Refusal: 404, or as the setting says for one in other divisions.
    """
    user = platform.organization.users_by_id.get(request.match_info["user_id"])
    if user is None:
        raise answers.refusal("not.found")
    if not platform.sees_user(user):
        raise platform.unseen("directory:user:view", [user.division_id])
    return user


def _check_source(request: web.Request) -> None:
    if request.match_info["source_id"].upper() != SOURCE:
        raise answers.refusal("not.found")


def _presence(platform: Platform, directory: Directory) -> Any:
    async def presence(request: web.Request) -> web.Response:
        _check_source(request)
        user = _user(platform, request)
        status = await platform.run(directory.status, user)
        return answers.json_response(directory.presence(user, status))

    return presence


def _bulk_presences(platform: Platform, directory: Directory) -> Any:
    """Presences of several users; who does not exist is left out."""

    async def presences(request: web.Request) -> web.Response:
        _check_source(request)
        ids = list(dict.fromkeys(listing.several(request, "id")))
        if not ids or len(ids) > BULK_USERS:
            raise answers.refusal("bad.request")
        known = platform.organization.users_by_id
        users = [known[each] for each in ids if each in known and platform.sees_user(known[each])]
        statuses = await platform.run(directory.statuses, users)
        found = [directory.presence(user, statuses[user.id]) | {"userId": user.id} for user in users]
        for each in found:
            each.pop("primary")  # UcUserPresence has none
        return answers.json_response(found)

    return presences


def _queues(platform: Platform, directory: Directory) -> Any:
    async def queues(request: web.Request) -> web.Response:
        user = _user(platform, request)
        divisions = set(listing.several(request, "divisionId"))
        found = [
            queue
            for queue in directory.queues
            if queue.id in user.queue_ids
            and platform.sees_queue(queue)
            and (not divisions or queue.division_id in divisions)
        ]
        joins = await platform.run(directory.joins, directory.users)
        wanted = request.query.get("joined", "").lower()
        if wanted in ("true", "false") and joins[user.id] is (wanted == "false"):
            found = []

        def entity(queue: Queue) -> dict[str, Any]:
            body = directory.queue(queue, joins) | {"joined": joins[user.id]}
            body.pop("autoAnswerOnly")  # UserQueue has none
            return body

        return listing.page_of(request, found, entity)

    return queues


def _definition(directory: Directory) -> Any:
    async def definition(request: web.Request) -> web.Response:
        wanted = request.match_info["definition_id"]
        found = next((each for each in directory.organization.presences if each.id == wanted), None)
        if found is None:
            raise answers.refusal("not.found")
        return answers.json_response(directory.presence_definition(found))

    return definition
