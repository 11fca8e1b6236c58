"""REST of the notification service: channels, their subscriptions and the topics there are.

The books are kept by ``registry``, the sockets by ``sockets``, the frames by ``topics``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.background import repeated
from gcanalytics.simulator.rest.access import Token
from gcanalytics.simulator.rest.bodies import read_json
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.streams import scripted
from gcanalytics.simulator.streams.registry import Channel, ChannelRegistry, TooManyTopics
from gcanalytics.simulator.streams.sockets import Streams
from gcanalytics.simulator.streams.subscriptions import (
    INVALID,
    KINDS,
    REFUSALS,
    TOO_MANY,
    Answer,
    OrganizationSubjects,
    Rights,
)
from gcanalytics.simulator.streams.subscriptions import answers as subscription_answers
from gcanalytics.simulator.streams.topics import Topics

PULSE_S = 0.05
"""How often heartbeats and ends are looked at, real seconds."""
TICK_S = 0.1
"""How often the timeline is asked what changed, real seconds."""
INTERNAL_ERROR = 1011
"""Close code of a server that cannot go on (RFC 6455)."""

# Whether a division narrows a topic, and whether all of its permissions are needed (enum of the SDK).
_DETAIL = {
    (True, True): "requiresDivisionPermissions",
    (True, False): "requiresAnyDivisionPermissions",
    (False, True): "requiresPermissions",
    (False, False): "requiresPermissions",
}
_PREFIX = "/api/v2/notifications"


class Channels:
    """The notification service of one platform.

    Args:
        platform: its organisation, timeline, settings and clock.
        wall: the machine's time, for ``expires``.
    """

    def __init__(
        self, platform: Platform, *, wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        settings = platform.settings
        self._platform = platform
        self._wall = wall
        self._subjects = OrganizationSubjects.of(platform.organization)
        self.registry = ChannelRegistry(
            life_s=settings.channel_life_s,
            close_codes=settings.close_codes,
            notify=settings.system_notices,
            combined=settings.combined_topics,
        )
        self.streams = Streams(
            self.registry,
            self._subjects,
            heartbeat_s=settings.heartbeat_s,
            clock=platform.clock.real,
            faults=platform.faults,
        )
        self.topics = Topics(platform, self.registry)
        self.every_permission = settings.topic_permissions == "all"

    def close_all(self, code: int) -> int:
        """Close every socket with that code, as a failing server does; the channels live on.

        Returns:
            How many there were.
        """
        return self.registry.close_all(code)

    def silence(self, seconds: float) -> None:
        """Send nothing on any socket for so many real seconds, no heartbeats either; it is lost."""
        self.registry.silent_until = self._platform.clock.real() + seconds

    def owner(self, request: web.Request) -> Token:
        """The token of a request, or the platform's refusal."""
        return self._platform.authorize(request)

    def body(self, channel: Channel, request: web.Request) -> dict[str, Any]:
        """A channel as the platform shows it; the socket is on the host that was asked."""
        left = channel.ends - self._platform.clock.real()
        expires = self._wall() + timedelta(seconds=left)
        return {
            "connectUri": socket_uri(request, channel.id),
            "id": channel.id,
            "expires": expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def mine(self, request: web.Request) -> tuple[Channel, Token]:
        """The channel that a request names, if it is the asking client's; else 404."""
        token = self.owner(request)
        channel = self.registry.find(request.match_info["channel_id"])
        if channel is None or channel.owner != token.client.id:
            raise answers.refusal("not.found")
        channel.used = self._platform.clock.real()
        return channel, token

    def create(self, request: web.Request) -> dict[str, Any]:
        """A new channel for the asking client."""
        token = self.owner(request)
        now = self._platform.clock.real()
        made = self.registry.create(token.client.id, now, token=token, rights=self._rights(token.client))
        return self.body(made, request)

    def _rights(self, client: OAuthClient) -> Rights:
        """What a client's channels may subscribe to."""
        platform = self._platform
        queues = (queue.id for queue in platform.organization.queues if not platform.sees_queue(queue))
        users = (user.id for user in platform.organization.users if not platform.sees_user(user))
        hidden = frozenset(each.lower() for each in (*queues, *users))
        return Rights(client.permissions, hidden, self.every_permission)

    def listing(self, request: web.Request) -> dict[str, Any]:
        """The token's channels, or the client's; ids of other tokens' channels are masked."""
        token = self.owner(request)
        wanted = request.query.get("includechannels", "token").lower()
        if wanted not in {"token", "oauthclient"}:
            raise answers.invalid_parameter(wanted, "includechannels", "token, oauthclient")
        entities = []
        for channel in self.registry.owned(token.client.id):
            if channel.token.value == token.value:
                entities.append(self.body(channel, request))
            elif wanted == "oauthclient":
                masked = channel.id[:12] + "*" * (len(channel.id) - 12)
                entities.append(self.body(channel, request) | {"id": masked, "connectUri": ""})
        return {"entities": entities}

    def subscribe(self, request: web.Request, ids: list[str], *, replace: bool) -> dict[str, Any]:
        """Add or set subscriptions; one bad topic refuses the whole request unless ``ignoreErrors``."""
        channel, token = self.mine(request)
        found = subscription_answers(ids, self._subjects, channel.rights)
        found = scripted.refused(found, self._platform.faults)
        refused = [answer for answer in found if not answer.permitted]
        if refused and request.query.get("ignoreErrors", "false").lower() != "true":
            raise _refusal(next((each.code for each in refused if each.code == INVALID), refused[0].code))
        try:
            self.registry.subscribe(channel, found, replace=replace)
        except TooManyTopics:
            raise _refusal(TOO_MANY) from None
        channel.token = token
        self.registry.renew(channel, self._platform.clock.real())
        return {"entities": [_topic_body(channel, answer) for answer in found]}

    def subscriptions(self, request: web.Request) -> dict[str, Any]:
        """What the channel is subscribed to, as it was sent."""
        channel, _ = self.mine(request)
        return {"entities": [_topic_body(channel, answer) for answer in channel.requested.values()]}

    def unsubscribe(self, request: web.Request) -> None:
        """Drop all subscriptions."""
        channel, _ = self.mine(request)
        self.registry.subscribe(channel, (), replace=True)


def add_routes(app: web.Application, platform: Platform, *, ticking: bool = True) -> Channels:
    """Add channels, subscriptions and sockets to the server, and keep them alive while it runs.

    Args:
        app: the server.
        platform: gets the service as ``platform.channels``.
        ticking: False leaves ``streams.pulse`` and ``topics.tick`` to the caller (tests).
    """
    channels = Channels(platform)
    platform.channels = channels
    _route(app, channels)
    app.on_shutdown.append(lambda _: _shut_down(channels))
    if ticking:
        # Two tasks: a slow timeline must not delay a heartbeat.
        work = ((channels.streams.pulse, PULSE_S), (channels.topics.tick, TICK_S))
        app.cleanup_ctx.append(lambda _: repeated(*work, broken=lambda: channels.close_all(INTERNAL_ERROR)))
    return channels


def _route(app: web.Application, channels: Channels) -> None:
    async def create(request: web.Request) -> web.Response:
        return answers.json_response(channels.create(request))

    async def listing(request: web.Request) -> web.Response:
        return answers.json_response(channels.listing(request))

    async def head(request: web.Request) -> web.Response:
        channels.mine(request)
        return web.Response()

    async def subscriptions(request: web.Request) -> web.Response:
        return answers.json_response(channels.subscriptions(request))

    async def subscribe(request: web.Request) -> web.Response:
        ids = _ids(await read_json(request))
        return answers.json_response(channels.subscribe(request, ids, replace=request.method == "PUT"))

    async def unsubscribe(request: web.Request) -> web.Response:
        channels.unsubscribe(request)
        return answers.json_response(b"{}")

    async def available(request: web.Request) -> web.Response:
        channels.owner(request)
        every = channels.every_permission
        expand = ",".join(request.query.getall("expand", []))
        return answers.json_response({"entities": available_topics(expand, every=every)})

    one = f"{_PREFIX}/channels/{{channel_id}}"
    app.router.add_post(f"{_PREFIX}/channels", create)
    app.router.add_get(f"{_PREFIX}/channels", listing, allow_head=False)
    app.router.add_head(one, head)
    app.router.add_get(f"{one}/subscriptions", subscriptions)
    app.router.add_post(f"{one}/subscriptions", subscribe)
    app.router.add_put(f"{one}/subscriptions", subscribe)
    app.router.add_delete(f"{one}/subscriptions", unsubscribe)
    app.router.add_get(f"{_PREFIX}/availabletopics", available)
    app.router.add_get("/channels/{channel_id}", channels.streams.serve, allow_head=False)


async def _shut_down(channels: Channels) -> None:
    channels.close_all(1001)


def socket_uri(request: web.Request, channel_id: str) -> str:
    """The socket's address on the host and port that the request came to."""
    scheme = "wss" if request.secure else "ws"
    return f"{scheme}://{request.host}/channels/{channel_id}"


def available_topics(expand: str = "", *, every: bool = True) -> list[dict[str, Any]]:
    """The table of topics; ``expand`` names further fields, comma-separated, as the platform does.

    The events' JSON schemas and the REST paths beside them are not simulated; all topics are public.

    Args:
        expand: names of fields.
        every: whether all of a topic's permissions are needed.
    """
    wanted = {name.strip().lower() for name in expand.split(",")}
    entities = []
    for kind in KINDS:
        entity: dict[str, Any] = {"id": kind.pattern}
        if "description" in wanted:
            entity["description"] = kind.description
        if "requirespermissions" in wanted:
            entity["requiresPermissions"] = list(kind.permissions)
        if "transports" in wanted:
            entity["transports"] = ["Websocket"]
        if "visibility" in wanted:
            entity["visibility"] = "Public"
        if "enforced" in wanted:
            entity["enforced"] = bool(kind.permissions)
        if "permissiondetails" in wanted and kind.permissions:
            details = {"type": _DETAIL[bool(kind.subject), every], "permissions": list(kind.permissions)}
            entity["permissionDetails"] = [details | {"allowsCurrentUser": False, "enforced": True}]
        if "topicparameters" in wanted:
            entity["topicParameters"] = ["id"] if kind.subject else []
        entities.append(entity)
    return entities


def _ids(sent: Any) -> list[str]:
    """The ids of a subscription's body, a list of ``{"id": ...}``; anything else is a 400."""
    ids = (
        [one.get("id") if isinstance(one, dict) else None for one in sent]
        if isinstance(sent, list)
        else [None]
    )
    if not all(isinstance(one, str) and one for one in ids):
        raise answers.refusal("bad.request")
    return [one for one in ids if isinstance(one, str)]


def _topic_body(channel: Channel, answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": answer.id,
        "state": "Permitted" if answer.permitted else "Rejected",
        "selfUri": f"{_PREFIX}/channels/{channel.id}/subscriptions/{answer.id}",
    }
    if not answer.permitted:
        body |= {"rejectionReason": answer.reason, "missingPermissions": list(answer.missing_permissions)}
    return body


def _refusal(code: str) -> answers.Refusal:
    """The refusal of a whole request; for permissions it is a 403 since 2021-12-13 (announcement)."""
    status, text = REFUSALS[code]
    return answers.Refusal(status, code, text)
