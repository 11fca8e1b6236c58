"""One HTTP request, sent once over ``requests``: a whole answer, or a reason why there is none.

The edge where the library's exceptions end. Decides nothing about sending again.
"""

from __future__ import annotations

import dataclasses
import http.cookiejar
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import requests
import urllib3
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from gcanalytics import __version__
from gcanalytics.errors import QueryError
from gcanalytics.settings import Network
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.retry import Trouble, trouble_of_status

_ANSWER_LIMIT_S = 300.0  # a body that drips byte by byte passes every read timeout
_CHUNK = 1 << 18
_CONNECTIONS = 16


@dataclasses.dataclass
class Outgoing:
    """A request: method, path below the base URL, query, body, headers, what ends its waits, its patience."""

    method: str
    path: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    body: bytes | None = dataclasses.field(default=None, repr=False)
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)
    patient: bool = False

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self.stop.is_set()

    def authorized(self, header: str | None) -> Outgoing:
        """The same with an ``Authorization`` header."""
        if header is None:
            return self
        return dataclasses.replace(self, headers={**self.headers, "Authorization": header})


class NoAnswer(Exception):
    """No whole answer came; ``reason`` says why in words of ours, without proxy or token."""

    def __init__(
        self,
        trouble: Trouble,
        reason: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason
        self.hint = hint
        self.status = status
        self.correlation_id = correlation_id


class _Adapter(HTTPAdapter):
    """Connections with the one TLS context of the network."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the context holds the authorities; `requests` would load certifi's once more."""


class Exchange:
    """Sends requests to one base URL, each once; thread-safe.

    Args:
        base_url: scheme, host and port.
        network: proxy, certificates, timeouts.
        clock: monotonic seconds.
    """

    def __init__(
        self, base_url: str, network: Network, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._base_url = base_url
        self._host = base_url.partition("://")[2]
        self._network = network
        self._clock = clock
        if network.verify is False:  # asked for, and said in the client's repr; not once a request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._session = requests.Session()
        self._session.trust_env = False  # ~/.netrc would replace the Authorization header
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = f"gcanalytics/{__version__}"
        self._session.headers["Accept"] = "application/json"
        adapter = _Adapter(network.ssl_context())
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._proxies = network.proxies(base_url)

    def close(self) -> None:
        """Close the connections kept open; a later request opens new ones."""
        self._session.close()

    def __call__(self, outgoing: Outgoing) -> ApiResponse:
        """The whole answer, whatever its status.

        Raises:
            NoAnswer: there is none.
            QueryError: path, parameters or headers that no request can have.
        """
        started = self._clock()
        headers = dict(outgoing.headers)
        if outgoing.body is not None:
            headers["Content-Type"] = "application/json"
        request = requests.Request(
            outgoing.method,
            self._base_url + outgoing.path,
            params=dict(outgoing.params),
            data=outgoing.body if outgoing.form is None else dict(outgoing.form),
            headers=headers,
        )
        try:
            prepared = self._session.prepare_request(request)
        except (requests.RequestException, ValueError, TypeError, AttributeError):
            # The library's text would show the token's header.
            raise QueryError(
                f"No {outgoing.method} request can be made of this path, these parameters and these headers.",
                hint="Header names and values are texts of one line.",
            ) from None
        response = self._head(prepared)
        with response:
            try:
                content = self._body(response, outgoing)
            except NoAnswer:
                if outgoing.stopped or not _status_is_enough(response):
                    raise
                content = b""
        path = outgoing.path.partition("?")[0]
        return ApiResponse(
            response.status_code,
            response.reason or "",
            Headers(response.headers),
            outgoing.method,
            path,
            content,
            self._clock() - started,
        )

    def _head(self, prepared: requests.PreparedRequest) -> requests.Response:
        try:
            return self._session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=self._network.timeout_s,
                verify=self._network.verify is not False,
                proxies=self._proxies,
            )
        except requests.RequestException as wrong:
            raise self._reason(wrong) from None
        except UnicodeError:  # told by http.client, when it writes the headers
            raise QueryError(f"A header for {self._host} holds a letter that HTTP does not allow.") from None
        except (urllib3.exceptions.HTTPError, OSError) as wrong:
            raise self._lost(f"the connection broke ({type(wrong).__name__})") from None

    def _body(self, response: requests.Response, outgoing: Outgoing) -> bytes:
        """All bytes of the body, decompressed; a body shorter than announced is no answer."""
        raw = response.raw
        read = getattr(raw, "read1", raw.read)  # read1 returns what has arrived; urllib3 has it since 2.2
        deadline = self._clock() + _ANSWER_LIMIT_S
        parts: list[bytes] = []
        try:
            while part := read(_CHUNK, decode_content=True):
                parts.append(part)
                if self._clock() > deadline:
                    raise self._lost(f"the answer took longer than {_ANSWER_LIMIT_S:.0f} s", response)
                if outgoing.stopped:
                    raise self._lost("the request was interrupted", response)
        except urllib3.exceptions.ReadTimeoutError:
            raise self._lost(f"the answer stopped for {self._network.timeout_s[1]:g} s", response) from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as wrong:
            raise self._lost(f"the answer was cut ({type(wrong).__name__})", response) from None
        announced = response.headers.get("Content-Length", "")
        if announced.isdecimal() and raw.tell() < int(announced) and response.request.method != "HEAD":
            raise self._lost(f"the answer was cut at {raw.tell()} of {announced} bytes", response)
        raw.release_conn()
        return b"".join(parts)

    def _lost(self, what: str, response: requests.Response | None = None) -> NoAnswer:
        return NoAnswer(
            Trouble.LOST,
            f"No whole answer came from {self._host}: {what}",
            status=response.status_code if response is not None else None,
            correlation_id=response.headers.get("inin-correlation-id") if response is not None else None,
        )

    def _reason(self, wrong: requests.RequestException) -> NoAnswer:
        """Why nothing came, from the library's exception; connection errors before timeouts in its tree."""
        text = str(wrong)
        if isinstance(wrong, requests.exceptions.ProxyError):
            return NoAnswer(
                Trouble.UNREACHABLE,
                f"The proxy does not connect to {self._host}",
                hint="Check proxy= or HTTPS_PROXY, and the proxy's own credentials.",
            )
        if isinstance(wrong, requests.exceptions.SSLError):
            if "CERTIFICATE_VERIFY_FAILED" in text or "doesn't match" in text:
                return NoAnswer(
                    Trouble.FINAL,
                    f"The certificate of {self._host} is not trusted",
                    hint="Behind a company's proxy give its authority's certificate: verify='ca.pem'.",
                )
            if _while_connecting(wrong):
                return NoAnswer(Trouble.UNREACHABLE, f"No TLS connection to {self._host} came about")
            return self._lost("the TLS connection broke")
        if isinstance(wrong, requests.exceptions.ConnectTimeout):
            return NoAnswer(
                Trouble.UNREACHABLE,
                f"{self._host} did not accept a connection within {self._network.timeout_s[0]:g} s",
            )
        if isinstance(wrong, requests.exceptions.ReadTimeout):
            return self._lost(f"nothing for {self._network.timeout_s[1]:g} s")
        if "NameResolutionError" in text or "getaddrinfo" in text:
            return NoAnswer(Trouble.UNREACHABLE, f"The name {self._host} is not known",
                            hint="Check the network connection and the region.")  # fmt: skip
        if "NewConnectionError" in text or "refused" in text:
            return NoAnswer(Trouble.UNREACHABLE, f"{self._host} refuses the connection",
                            hint="Check the region, the port and the proxy.")  # fmt: skip
        return self._lost(f"the connection broke ({type(wrong).__name__})")


def _status_is_enough(response: requests.Response) -> bool:
    """Whether the status alone tells the request's fate, however little came of the words behind it."""
    trouble = trouble_of_status(response.status_code, retry_after="retry-after" in response.headers)
    return trouble in {Trouble.FINAL, Trouble.NOT_EXECUTED}


def _while_connecting(wrong: BaseException) -> bool:
    """Whether a TLS error comes from the handshake, before anything was sent.

    The library raises the same for a connection that breaks later; only the way it came tells.
    """
    cause: BaseException | None = wrong
    while cause is not None:
        if any(frame.f_code.co_name == "connect" for frame, _ in traceback.walk_tb(cause.__traceback__)):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
