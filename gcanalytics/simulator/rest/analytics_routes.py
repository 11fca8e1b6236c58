"""Routes of the aggregates and the queue observations queries;
the work is `aggregates`' and `observations`'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.aggregates import Aggregates, AggregatesQuery
from gcanalytics.simulator.queries.divisions import Divisions, narrowed
from gcanalytics.simulator.queries.emission_days import EmissionDays
from gcanalytics.simulator.queries.observations import Observations
from gcanalytics.simulator.rest.bodies import read_body
from gcanalytics.simulator.rest.platform import Platform


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds the two queries."""
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


def _query(
    platform: Platform, model: str, answer: Callable[[Mapping[str, Any], Divisions], dict[str, Any]]
) -> Any:
    async def query(request: web.Request) -> web.Response:
        unknown = platform.settings.unknown_request_fields
        body = await read_body(request, model, unknown_fields=unknown)
        return answers.json_response(await platform.run(answer, body, platform.divisions()))

    return query
