"""Where to connect and how: regions, credentials, proxy, certificates; from arguments, environment, profile.

Reads; connects to nothing. No secret stands in a repr.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import ssl
import tomllib
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gcanalytics.errors import ConfigurationError, nearest

# The official SDK's PureCloudRegionHosts (269.0.0). The older guest .NET SDK calls Sydney ap_southeast_1;
# today that name is Singapore, and Sydney is ap_southeast_2.
REGIONS: Mapping[str, str] = {
    "us_east_1": "mypurecloud.com",
    "us_east_2": "use2.us-gov-pure.cloud",
    "us_west_2": "usw2.pure.cloud",
    "ca_central_1": "cac1.pure.cloud",
    "mx_central_1": "mxc1.pure.cloud",
    "sa_east_1": "sae1.pure.cloud",
    "eu_west_1": "mypurecloud.ie",
    "eu_west_2": "euw2.pure.cloud",
    "eu_central_1": "mypurecloud.de",
    "eu_central_2": "euc2.pure.cloud",
    "eusc_de_east_1": "edee1.eusc-pure.cloud",
    "me_central_1": "mec1.pure.cloud",
    "ap_south_1": "aps1.pure.cloud",
    "ap_northeast_1": "mypurecloud.jp",
    "ap_northeast_2": "apne2.pure.cloud",
    "ap_northeast_3": "apne3.pure.cloud",
    "ap_southeast_1": "apse1.pure.cloud",
    "ap_southeast_2": "mypurecloud.com.au",
}
_HOST_PREFIXES = ("api.", "login.", "apps.")
_PROFILE_FILE = Path(".gc") / "config.toml"


def is_loopback(host: str) -> bool:
    """Whether a host name means this very machine, where plain http is allowed."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def hosts(region: str) -> tuple[str, str]:
    """The base URLs of the API and of the login server of a region.

    Args:
        region: the SDK's name (``eu_west_1``), the AWS name (``eu-west-1``), a domain
            (``mypurecloud.ie``), an API host (``api.mypurecloud.ie``), or a URL of either. A URL of
            another host (a gateway, a local simulator) is taken as it is; its token comes from
            ``/oauth/token`` of the same host, as with the official SDK.

    Returns:
        ``("https://api.mypurecloud.ie", "https://login.mypurecloud.ie")``.

    Raises:
        ConfigurationError: no such region; says which are nearest. Or plain http to another machine.
    """
    text = region.strip().rstrip("/")
    name = text.casefold().replace("-", "_")
    if name in REGIONS:
        return _of_domain(REGIONS[name])
    if "://" in text:
        return _of_url(text)
    host = text.casefold()
    for prefix in ("", *_HOST_PREFIXES):
        if host.startswith(prefix) and host.removeprefix(prefix) in REGIONS.values():
            return _of_domain(host.removeprefix(prefix))
    known = [*REGIONS, *(sdk.replace("_", "-") for sdk in REGIONS), *REGIONS.values()]
    guesses = nearest(text, known) or ["us_east_1", "eu_west_1", "eu_central_1"]
    raise ConfigurationError(
        f"There is no region {region!r}. Nearest: {', '.join(guesses)}.",
        hint="Give the region as an SDK name (eu_west_1), an AWS name (eu-west-1), a domain"
        " (mypurecloud.ie) or a URL; Genesys Cloud shows the domain in your browser's address bar.",
    )


def _of_domain(domain: str) -> tuple[str, str]:
    return f"https://api.{domain}", f"https://login.{domain}"


def _of_url(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise ConfigurationError(f"The region is no URL: {wrong}.") from None
    if parts.username or parts.password:
        raise ConfigurationError("A region's URL must not hold a user name or a password.")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise ConfigurationError(
            f"The region {url!r} is no URL of an API host, such as https://api.mypurecloud.ie."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"Plain http to {host} would show the token to everybody on the way; use https://{host}.",
            hint="http is for this machine only (the simulator).",
        )
    for prefix in _HOST_PREFIXES:
        if host.startswith(prefix) and host.removeprefix(prefix) in REGIONS.values():
            return _of_domain(host.removeprefix(prefix))
    if host in REGIONS.values():
        return _of_domain(host)
    shown = f"[{host}]" if ":" in host else host
    base = f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    return base, base.replace("://api.", "://login.", 1)


@dataclass(frozen=True)
class Network:
    """How to reach the network: the same for REST and for the socket.

    Attributes:
        verify: True for the authorities of the system and of ``certifi`` (or of the file that
            ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` or ``SSL_CERT_FILE`` names), the path of a file
            or folder of certificates, or False to check nothing.
        proxy: URL of an HTTP proxy; None takes the usual environment variables, never for loopback.
        timeout_s: seconds to wait for a connection, and for each next part of an answer.
    """

    verify: bool | str = True
    proxy: str | None = field(default=None, repr=False)
    timeout_s: tuple[float, float] = (10.0, 60.0)

    def __post_init__(self) -> None:
        """Refuse a certificate file that is not there and a proxy that is no URL."""
        if isinstance(self.verify, str) and not Path(self.verify).exists():
            raise ConfigurationError(f"verify= names {self.verify!r}, and there is no such file or folder.")
        if self.proxy is not None:
            _check_proxy(self.proxy)

    def ssl_context(self) -> ssl.SSLContext:
        """One context for REST and socket: TLS 1.2 or newer, verified unless ``verify=False``.

        Raises:
            ConfigurationError: the certificates cannot be read.
        """
        named = next(
            (os.environ[name] for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
             if os.environ.get(name)), None
        )  # fmt: skip
        return _context(named if self.verify is True and named else self.verify)

    def proxy_for(self, url: str) -> str | None:
        """URL of the proxy that a request to ``url`` takes, or None for a direct way.

        ``wss`` counts as ``https`` and ``ws`` as ``http``.
        """
        if self.proxy is not None:
            return self.proxy
        parts = urlsplit(url)
        host = parts.hostname or ""
        if is_loopback(host) or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
            return None
        found = urllib.request.getproxies()
        scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
        proxy = found.get(scheme) or found.get("all")
        if proxy:
            proxy = proxy if "://" in proxy else f"http://{proxy}"
            _check_proxy(proxy)
        return proxy or None

    def proxies(self, url: str) -> dict[str, str]:
        """The same in the form that ``requests`` wants; empty for a direct way."""
        proxy = self.proxy_for(url)
        return {"http": proxy, "https": proxy} if proxy else {}


def _check_proxy(proxy: str) -> None:
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError("The proxy is no URL of an HTTP proxy, such as http://proxy.example:3128.")


@functools.lru_cache(maxsize=8)
def _context(verify: bool | str) -> ssl.SSLContext:
    try:
        if isinstance(verify, str):
            folder = Path(verify).is_dir()
            context = ssl.create_default_context(
                cafile=None if folder else verify, capath=verify if folder else None
            )
        else:
            context = ssl.create_default_context()
            if verify:
                # certifi stands behind the system's store: a bare Python has no store of its own, and a
                # company's proxy is known to the system's store only.
                import certifi

                context.load_verify_locations(certifi.where())
    except (OSError, ssl.SSLError) as wrong:
        raise ConfigurationError(f"The certificates of {verify!r} cannot be read: {wrong}.") from None
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


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
        place = _credentials(given, places)
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
