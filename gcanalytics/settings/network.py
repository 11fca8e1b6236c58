"""How to reach the network: proxy, certificates, timeouts. It connects to nothing."""

from __future__ import annotations

import functools
import os
import ssl
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gcanalytics.errors import ConfigurationError, is_number
from gcanalytics.settings.regions import is_loopback


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
        """Refuse a certificate file that is not there, a proxy that is no URL, timeouts that never end."""
        if isinstance(self.verify, os.PathLike):
            object.__setattr__(self, "verify", os.fspath(self.verify))
        if not isinstance(self.verify, bool | str):
            raise ConfigurationError(f"verify={self.verify!r} is neither True, False nor a file's path.")
        if isinstance(self.verify, str) and not Path(self.verify).exists():
            raise ConfigurationError(f"verify= names {self.verify!r}, and there is no such file or folder.")
        if self.proxy is not None:
            _check_proxy(self.proxy)
        _check_timeouts(self.timeout_s)

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


def _check_timeouts(timeouts: Any) -> None:
    pair = timeouts if isinstance(timeouts, tuple | list) and len(timeouts) == 2 else ()
    if not pair or not all(is_number(each) and 0 < each < float("inf") for each in pair):
        raise ConfigurationError(
            f"timeout_s={timeouts!r} is no pair of seconds above zero.",
            hint="timeout_s=(10, 60): ten to connect, sixty for each next part of an answer.",
        )


def _check_proxy(proxy: Any) -> None:
    try:
        parts = urlsplit(proxy) if isinstance(proxy, str) else urlsplit("")
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
