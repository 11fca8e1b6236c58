"""The route that gives out tokens, ``POST /oauth/token``."""

from __future__ import annotations

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.access import OAuthRefusal
from gcanalytics.simulator.rest.platform import Platform


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds ``POST /oauth/token``, which the platform serves on its login host and we on the API's port."""

    async def token(request: web.Request) -> web.Response:
        posted = await request.post()
        form = {name: value for name, value in posted.items() if isinstance(value, str)}
        try:
            client = platform.access.client(request.headers.get("Authorization"), form)
            if form.get("grant_type") != "client_credentials":
                raise OAuthRefusal("unsupported_grant_type", "grant type is not supported")
        except OAuthRefusal as refused:
            return refused.response()
        issued = platform.access.issue(client)
        life = int(platform.settings.token_life_s)
        return answers.json_response(
            {"access_token": issued.value, "token_type": "bearer", "expires_in": life}
        )

    app.router.add_post("/oauth/token", token)
