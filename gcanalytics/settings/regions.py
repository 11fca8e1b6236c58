"""Where Genesys Cloud lives: names of regions to the hosts of API and login."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
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
    if not isinstance(region, str):
        raise ConfigurationError(f"region= takes a name, a domain or a URL, not {type(region).__name__}.")
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
