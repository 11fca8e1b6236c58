"""Routes about people: the queries about users; the work is the modules' ``queries.user_*``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.user_aggregates import UserAggregates, UserAggregatesQuery
from gcanalytics.simulator.queries.user_stretches import Statuses
from gcanalytics.simulator.rest.bodies import read_body
from gcanalytics.simulator.rest.platform import Platform

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the routes."""
    settings, clock = platform.settings, platform.clock
    statuses = Statuses(platform.timeline, platform.organization)
    aggregates = UserAggregates(statuses, offline_time=settings.offline_time)

    def aggregated(body: Mapping[str, Any]) -> dict[str, Any]:
        return aggregates.results(UserAggregatesQuery.from_body(body), clock.now_ms())

    queries: dict[str, tuple[str, Answer]] = {
        "/api/v2/analytics/users/aggregates/query": ("UserAggregationQuery", aggregated),
    }
    for path, (model, answer) in queries.items():
        app.router.add_post(path, _query(platform, model, answer))


def _query(platform: Platform, model: str, answer: Answer) -> Any:
    async def query(request: web.Request) -> web.Response:
        unknown = platform.settings.unknown_request_fields
        body = await read_body(request, model, unknown_fields=unknown)
        return answers.json_response(await platform.run(answer, body))

    return query
