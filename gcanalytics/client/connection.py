"""Connecting to an organisation: settings from wherever they are, and a client whose token is there."""

from __future__ import annotations

import datetime as dt

from gcanalytics.client.client import Client
from gcanalytics.settings import Settings
from gcanalytics.transport.retry import RetryPolicy


def connect(
    region: str | None = None,
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    access_token: str | None = None,
    profile: str | None = None,
    tz: str | dt.tzinfo = "UTC",
    verify: bool | str = True,
    proxy: str | None = None,
    timeout_s: tuple[float, float] = (10.0, 60.0),
    retry: RetryPolicy | None = None,
) -> Client:
    """A client of an organisation, with its token already there.

    ``gc = gca.connect(tz="Europe/Warsaw")`` takes region and credentials from the environment
    (``GENESYSCLOUD_REGION``, ``GENESYSCLOUD_OAUTHCLIENT_ID``, ``GENESYSCLOUD_OAUTHCLIENT_SECRET``) or from
    the official command line's profile; nothing is stored.

    Args:
        region: ``"eu_west_1"``, ``"eu-west-1"``, ``"mypurecloud.ie"`` or a URL.
        client_id: id of an OAuth client of type Client Credentials.
        client_secret: its secret.
        access_token: a token made elsewhere, in place of a client.
        profile: a section of ``~/.gc/config.toml``.
        tz: time zone of bare dates and times: a name of the tz database, a ``ZoneInfo``, or a fixed offset
            of whole hours.
        verify: True, the path of a certificate authority's file, or False to check nothing.
        proxy: URL of an HTTP proxy; the usual environment variables by default.
        timeout_s: seconds to wait for a connection, and for each next part of an answer.
        retry: how long to repeat requests; five minutes each by default.

    Raises:
        ConfigurationError: region, credentials, proxy or certificates are missing or wrong.
        QueryError: no such time zone.
        AuthenticationError: the platform refuses the credentials.
        ConnectionFailed, ApiError: no token came.
    """
    settings = Settings.resolve(
        region,
        client_id=client_id,
        client_secret=client_secret,
        access_token=access_token,
        profile=profile,
        verify=verify,
        proxy=proxy,
        timeout_s=timeout_s,
    )
    client = Client(settings, tz=tz, retry=retry)
    try:
        return client.check()
    except BaseException:
        client.close()
        raise
