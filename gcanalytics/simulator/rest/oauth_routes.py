"""The route that gives out tokens, ``POST /oauth/token``."""

from __future__ import annotations

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.access import OAuthRefusal
from gcanalytics.simulator.rest.platform import Platform


def add_routes(app: web.Application, platform: Platform) -> None:
    """Adds ``POST /oauth/token``, which the platform serves on its login host and we on the API's port."""

    async def token(request: web.Request) -> web.Response:
        try:
            form = await _form(request)
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


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of a token request; a body of another kind has none.

    Raises:
        OAuthRefusal: the form cannot be read. The code is that of RFC 6749, 5.2; the words are ours.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    try:
        posted = await request.post()
    except (ValueError, LookupError):  # its bytes, its charset
        raise OAuthRefusal("invalid_request", "the form cannot be read") from None
    return {name: value for name, value in posted.items() if isinstance(value, str)}
