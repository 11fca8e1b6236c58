"""A client's connection: settings, one token, the lists of names, any request. It asks nothing by itself."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gcanalytics.api.intervals import zone_name
from gcanalytics.errors import ConnectionFailed
from gcanalytics.settings import Settings
from gcanalytics.transport.auth import Auth, ClientCredentials, StaticToken
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

if TYPE_CHECKING:
    from gcanalytics.directory import Directory
    from gcanalytics.guestchat import WebChat


class Session:
    """The connection to one organisation. Making one sends nothing. ``with`` closes it.

    Args:
        settings: where to connect and how.
        tz: time zone of bare dates and times in all methods: a name of the tz database, a ``ZoneInfo``, or
            a fixed offset of whole hours.
        retry: how long to repeat a request that failed for a passing reason.
        on_close: called once by :meth:`close`.
        web_chat: ids of the organisation and of a web chat deployment, for :attr:`web_chat`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tz: str | dt.tzinfo = "UTC",
        retry: RetryPolicy | None = None,
        on_close: Callable[[], None] | None = None,
        web_chat: WebChat | None = None,
    ) -> None:
        self._settings = settings
        self._tz = zone_name(tz)
        self._on_close = on_close
        self._web_chat: WebChat = web_chat or {}
        self._login = Rest(settings.login, network=settings.network, retry=retry)
        self._auth = _auth(settings, self._login)
        self._rest = Rest(settings.api, auth=self._auth, network=settings.network, retry=retry)
        self._known: Directory | None = None
        self._closed = False

    @property
    def api(self) -> str:
        """Base URL of the API."""
        return self._settings.api

    @property
    def tz(self) -> str:
        """Name of the time zone of bare dates and times."""
        return self._tz

    def _zone(self, tz: str | dt.tzinfo | None) -> str:
        """The zone of one call: the one that it names, else the client's."""
        return self._tz if tz is None else zone_name(tz)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ConnectionFailed("This client was closed; make a new one with connect() or demo().")

    @property
    def rest(self) -> Rest:
        """The connection underneath, with its counts of ``requests`` and ``retries``."""
        return self._rest

    @property
    def directory(self) -> Directory:
        """Names and ids of the organisation, asked for once."""
        if self._known is None:
            from gcanalytics.directory import Directory

            self._known = Directory(self._rest)
        return self._known

    @property
    def web_chat(self) -> WebChat:
        """Where a guest chats with this organisation, for :meth:`gcanalytics.GuestChat.start`.

        ``GuestChat.start(**gc.web_chat, queue="Support", display_name="Ada")``. It holds the region, and of
        a demo ``organization_id`` and ``deployment_id`` too; ``start`` takes any other organisation's from
        the environment (``GCANALYTICS_ORGANIZATION_ID``, ``GCANALYTICS_DEPLOYMENT_ID``).
        """
        return {"region": self.api, **self._web_chat}

    def check(self) -> Self:
        """Get a token now, so that wrong credentials are said here; itself.

        Raises:
            AuthenticationError: the platform refuses the credentials.
            ConnectionFailed, ApiError: no token came.
        """
        self._auth.header()
        return self

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        repeatable: bool | None = None,
    ) -> ApiResponse:
        """Any request of the platform API, with this client's token, retries and pacing.

        ``gc.request("GET", "/api/v2/users/me").data``

        Args:
            method: HTTP method.
            path: from ``/api/v2/`` on.
            params: query parameters.
            json: body.
            repeatable: whether sending it twice does no harm, so that it is repeated after a lost answer
                too; GET, HEAD and PUT by default.

        Raises:
            QueryError: no such method, or a path that leaves the API's host.
            GenesysError: the platform refused or did not answer; ``DeliveryUnknown`` for a write whose
                answer was lost.
        """
        return self._rest.request(
            method, path, params=params, json=json, repeatable=repeatable, expect_json=False
        )

    def close(self) -> None:
        """Stop its live views, close the connections and a demo's simulator; nothing the second time."""
        if self._closed:
            return
        self._closed = True
        live = sys.modules.get("gcanalytics.live")
        if live is not None:  # else there is no view
            live.stop_views(self._rest)
        self._rest.close()
        self._login.close()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        kind, state = type(self).__name__, ", closed" if self._closed else ""
        unverified = ", certificates not verified" if self._settings.network.verify is False else ""
        source = self._settings.source
        return f"<{kind} of {self.api}, tz {self._tz}, credentials of {source}{unverified}{state}>"


def _auth(settings: Settings, login: Rest) -> Auth:
    if settings.access_token is not None:
        return StaticToken(settings.access_token)
    return ClientCredentials(
        settings.client_id or "", settings.client_secret or "", request=login.request, clock=time.monotonic
    )
