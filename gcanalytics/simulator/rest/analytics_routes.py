"""Routes of the aggregates, the queue observations and the activity queries of conversations and routing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.activity import Activity
from gcanalytics.simulator.queries.aggregates import Aggregates, AggregatesQuery
from gcanalytics.simulator.queries.divisions import Divisions, narrowed
from gcanalytics.simulator.queries.emission_days import EmissionDays
from gcanalytics.simulator.queries.observations import Observations
from gcanalytics.simulator.rest import listing
from gcanalytics.simulator.rest.bodies import read_body
from gcanalytics.simulator.rest.platform import Platform

LARGEST_PAGE = 1000
"""Groups a page of an activity query at most; the platform's limit is unknown."""


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the queries."""
    settings, clock = platform.settings, platform.clock
    aggregates = Aggregates(
        EmissionDays(platform.timeline, settings),
        platform.organization,
        partial_groups=settings.partial_groups,
    )
    observations = Observations(platform.organization, platform.timeline, settings)

    def aggregated(body: Mapping[str, Any], divisions: Divisions) -> dict[str, Any]:
        return aggregates.results(narrowed(AggregatesQuery.from_body(body), divisions), clock.now_ms())

    def observed(body: Mapping[str, Any], divisions: Divisions) -> dict[str, Any]:
        return observations.results(body, clock.now_ms(), divisions)

    app.router.add_post(
        "/api/v2/analytics/conversations/aggregates/query",
        _query(platform, "ConversationAggregationQuery", aggregated),
    )
    app.router.add_post(
        "/api/v2/analytics/queues/observations/query", _query(platform, "QueueObservationQuery", observed)
    )

    activity = Activity(platform.organization, platform.timeline, settings)
    for path, model, answer in (
        ("conversations", "ConversationActivityQuery", activity.conversations),
        ("routing", "RoutingActivityQuery", activity.routing),
    ):
        app.router.add_post(f"/api/v2/analytics/{path}/activity/query", _activity(platform, model, answer))


def _activity(platform: Platform, model: str, answer: Callable[..., dict[str, Any]]) -> Any:
    """A query whose page stands in the query string."""

    async def activity(request: web.Request) -> web.Response:
        unknown = platform.settings.unknown_request_fields
        body = await read_body(request, model, unknown_fields=unknown)
        size = listing.whole_number(request, "pageSize", listing.DEFAULT_PAGE_SIZE, most=LARGEST_PAGE)
        number = listing.whole_number(request, "pageNumber", 1)
        divisions = platform.divisions()

        def answered() -> dict[str, Any]:
            now_ms = platform.clock.now_ms()
            return answer(body, now_ms, size=size, number=number, divisions=divisions)

        return answers.json_response(await platform.run(answered))

    return activity


def _query(
    platform: Platform, model: str, answer: Callable[[Mapping[str, Any], Divisions], dict[str, Any]]
) -> Any:
    async def query(request: web.Request) -> web.Response:
        unknown = platform.settings.unknown_request_fields
        body = await read_body(request, model, unknown_fields=unknown)
        return answers.json_response(await platform.run(answer, body, platform.divisions()))

    return query
