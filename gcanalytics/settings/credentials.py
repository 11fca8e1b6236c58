"""Settings of a connection: region and credentials from arguments, environment or profile.

Reads; connects to nothing. No secret stands in a repr or an error.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gcanalytics.errors import ConfigurationError
from gcanalytics.settings.network import Network
from gcanalytics.settings.regions import hosts

_CREDENTIAL = re.compile(r"[!-~]+")
_PROFILE_FILE = Path(".gc") / "config.toml"


@dataclass(frozen=True)
class Settings:
    """Everything a connection needs.

    Attributes:
        api: base URL of the API, no slash at its end.
        login: base URL of the server that gives tokens.
        client_id: id of an OAuth client of type Client Credentials, or None with an access token.
        client_secret: its secret; in no repr.
        access_token: a token made elsewhere, which cannot be renewed; in no repr.
        network: proxy, certificates and timeouts.
        source: where the credentials came from, in words.
    """

    api: str
    login: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    network: Network = field(default_factory=Network)
    source: str = "arguments"

    @classmethod
    def resolve(
        cls,
        region: str | None = None,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        access_token: str | None = None,
        profile: str | None = None,
        verify: bool | str = True,
        proxy: str | None = None,
        timeout_s: tuple[float, float] = (10.0, 60.0),
        environ: Mapping[str, str] | None = None,
        home: Path | None = None,
    ) -> Settings:
        """The settings from the first place that has them: arguments, environment, profile.

        Environment variables: ``GENESYSCLOUD_REGION``, ``GENESYSCLOUD_OAUTHCLIENT_ID``,
        ``GENESYSCLOUD_OAUTHCLIENT_SECRET``, ``GENESYSCLOUD_ACCESS_TOKEN``. The profile file is that
        of the official command line: ``~/.gc/config.toml``, a section a profile, with the keys
        ``environment``, ``client_credentials`` (the client's id), ``client_secret``, ``access_token``.
        Credentials come whole from one place; an access token stands before a client's id.

        Args:
            region: see :func:`hosts`.
            client_id: the OAuth client's id.
            client_secret: the OAuth client's secret.
            access_token: a token in place of a client.
            profile: a section of the profile file; given, it stands before the environment.
            verify: see :class:`Network`.
            proxy: see :class:`Network`.
            timeout_s: see :class:`Network`.
            environ: environment variables; the process's own by default.
            home: home folder; the user's own by default.

        Raises:
            ConfigurationError: no or an unknown region, no or half the credentials, no such profile.
        """
        environ = os.environ if environ is None else environ
        network = Network(verify=verify, proxy=proxy, timeout_s=timeout_s)
        given = _Place("the arguments", region, client_id, client_secret, access_token)
        variables = _Place(
            "the environment",
            environ.get("GENESYSCLOUD_REGION") or None,
            environ.get("GENESYSCLOUD_OAUTHCLIENT_ID") or None,
            environ.get("GENESYSCLOUD_OAUTHCLIENT_SECRET") or None,
            environ.get("GENESYSCLOUD_ACCESS_TOKEN") or None,
        )
        places = [given, variables]
        if profile is not None or not (
            any(place.region for place in places) and any(place.has_credentials for place in places)
        ):
            stored = _profile((home or Path.home()) / _PROFILE_FILE, profile)
            places.insert(1 if profile is not None else 2, stored)
        where = next((place.region for place in places if place.region), None)
        if where is None:
            raise ConfigurationError(
                "No region is given.",
                hint='Pass region="eu_west_1" (or mypurecloud.ie, ...), or set GENESYSCLOUD_REGION.'
                " Without an account, gcanalytics.demo() opens a simulated organisation.",
            )
        api, login = hosts(where)
        place = _credentials(given, places).checked()
        return cls(api, login, place.client_id, place.client_secret, place.access_token, network, place.name)


@dataclass(frozen=True, repr=False)
class _Place:
    name: str
    region: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    access_token: str | None = None

    @property
    def has_credentials(self) -> bool:
        return bool(self.access_token or self.client_id or self.client_secret)

    def checked(self) -> _Place:
        """The same without blanks around what was copied; none of it is quoted in an error.

        Raises:
            ConfigurationError: a credential is no text, or holds what no header of HTTP may hold.
        """
        kept: dict[str, str] = {}
        for name in ("client_id", "client_secret", "access_token"):
            value = getattr(self, name)
            if value is None:
                continue
            text = value.strip() if isinstance(value, str) else ""
            if not _CREDENTIAL.fullmatch(text):
                raise ConfigurationError(
                    f"The {name} of {self.name} is not a text of letters, digits and signs without blanks.",
                    hint="Copy it again; a blank or a line break may have come with it.",
                )
            kept[name] = text
        return replace(self, **kept)


def _credentials(given: _Place, places: Iterable[_Place]) -> _Place:
    """The first place with credentials; an id given as argument may find its secret further on."""
    place = next((place for place in places if place.has_credentials), None)
    if place is None:
        raise ConfigurationError(
            "No credentials are given.",
            hint="Pass client_id= and client_secret= of an OAuth client of type Client Credentials, or set"
            " GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET."
            " Without an account, gcanalytics.demo() opens a simulated organisation.",
        )
    if place.access_token:
        return _Place(place.name, access_token=place.access_token)
    client_id, secret = place.client_id, place.client_secret
    if place is given and not (client_id and secret):
        for other in places:
            if not client_id or other.client_id in {None, client_id}:
                client_id, secret = client_id or other.client_id, secret or other.client_secret
    if not client_id or not secret:
        missing = "client_secret" if client_id else "client_id"
        variable = "GENESYSCLOUD_OAUTHCLIENT_SECRET" if client_id else "GENESYSCLOUD_OAUTHCLIENT_ID"
        raise ConfigurationError(
            f"The credentials of {place.name} are only half there: {missing} is missing.",
            hint=f"Pass {missing}= or set {variable}.",
        )
    return _Place(place.name, client_id=client_id, client_secret=secret)


def _profile(path: Path, profile: str | None) -> _Place:
    """A section of the official command line's file; an empty place where there is no file."""
    wanted = profile or "DEFAULT"
    shown = f"~/{_PROFILE_FILE.as_posix()}"
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if profile is None:
            return _Place("no profile")
        raise ConfigurationError(f"There is no profile {profile!r}: {shown} does not exist.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        # The parser's words could quote a secret, so they are not repeated.
        raise ConfigurationError(f"{shown} cannot be read as TOML.") from None
    named = {key.casefold(): value for key, value in sections.items() if isinstance(value, dict)}
    section: Any = named.get(wanted.casefold())
    if section is None:
        if profile is None:
            return _Place("no profile")
        known = ", ".join(key for key, value in sections.items() if isinstance(value, dict)) or "none"
        raise ConfigurationError(f"{shown} has no profile {profile!r}; it has: {known}.")

    def text(key: str) -> str | None:
        value = section.get(key)
        return value if isinstance(value, str) and value else None

    return _Place(
        f"profile {wanted} of {shown}",
        text("environment"),
        text("client_credentials") or text("client_id"),
        text("client_secret"),
        text("access_token"),
    )
