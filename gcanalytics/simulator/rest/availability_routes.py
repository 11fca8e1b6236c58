"""The route that tells up to when asynchronous jobs have data."""

from __future__ import annotations

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.availability import available_ms
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.rest.platform import Platform


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds ``GET /api/v2/analytics/conversations/details/jobs/availability``; its topic tells each change."""

    async def availability(_: web.Request) -> web.Response:
        at_ms = available_ms(platform.clock.now_ms(), platform.settings.job_lag_s)
        return answers.json_response({"dataAvailabilityDate": iso(at_ms)})

    app.router.add_get("/api/v2/analytics/conversations/details/jobs/availability", availability)
