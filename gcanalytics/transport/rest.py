"""HTTP requests to one host of the platform: the one retry loop, pacing, token.

Knows no endpoint. The token goes to this host alone; redirects are not followed.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec

from gcanalytics.errors import ConfigurationError, ConnectionFailed, GenesysError, QueryError
from gcanalytics.settings import Network
from gcanalytics.transport.auth import Auth, NoAuth
from gcanalytics.transport.exchange import Exchange, NoAnswer, Outgoing
from gcanalytics.transport.pacing import Pacer
from gcanalytics.transport.refusals import fate_unknown, refusal
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.retry import (
    RetryPolicy,
    Trouble,
    limit_reset_s,
    retry_after_s,
    trouble_of_status,
)

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "OPTIONS"})
_METHODS = _REPEATABLE | {"POST", "PATCH", "DELETE"}
# After these nobody knows whether the request was executed.
_FATE_UNKNOWN = frozenset({Trouble.LOST, Trouble.GATEWAY, Trouble.GARBLED})
_LOOK_S = 0.2  # seconds between two looks whether `close` was called
Sleep = Callable[[float], None]


@dataclass
class _Attempts:
    """One request's history so far."""

    number: int = 0
    first_trouble_at: float | None = None
    renewed: bool = False


class Rest:
    """Requests to one base URL, from any number of threads.

    Args:
        base_url: scheme, host and port; no slash at its end.
        auth: gives the ``Authorization`` header.
        network: proxy, certificates, timeouts.
        retry: how long to keep trying.
        clock: monotonic seconds.
        sleep: waits so many seconds; None waits so that ``interrupt`` and ``stop`` wake it.
        exchange: sends one request once; the real one by default.

    Raises:
        ConfigurationError: ``retry`` is no RetryPolicy.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        network: Network | None = None,
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep | None = None,
        exchange: Callable[[Outgoing], ApiResponse] | None = None,
    ) -> None:
        if retry is not None and not isinstance(retry, RetryPolicy):
            raise ConfigurationError(
                f"retry= takes a RetryPolicy, not {type(retry).__name__}.",
                hint="RetryPolicy(max_time_s=10) tries for ten seconds.",
            )
        self.base_url = base_url.rstrip("/")
        self._auth = auth or NoAuth()
        self._retry = retry or RetryPolicy()
        self._clock = clock
        self._sleep = sleep
        self._exchange = exchange or Exchange(self.base_url, network or Network())
        self._pacer = Pacer(clock)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._requests = 0
        self._retries = 0
        self._waits_until = 0.0
        self._closed = False

    @property
    def requests(self) -> int:
        """Requests sent so far, the repeated ones among them."""
        return self._requests

    @property
    def retries(self) -> int:
        """How many of them were repetitions."""
        return self._retries

    @property
    def waiting_s(self) -> float:
        """Seconds that a request still waits for the rate limit or before it is sent again; 0.0 if none."""
        return max(0.0, self._waits_until - self._clock())

    def __repr__(self) -> str:
        return f"<Rest to {self.base_url}: {self._requests:,} requests, {self._retries:,} of them repeated>"

    def interrupt(self) -> None:
        """Wake the waits now in progress and let their requests fail; later requests are as ever.

        A request that was given its own ``stop`` is not meant.
        """
        with self._lock:
            stop, self._stop = self._stop, threading.Event()
        stop.set()

    def close(self) -> None:
        """Wake every wait, and close the connections kept open; later requests fail at once."""
        self._closed = True
        self.interrupt()
        if isinstance(self._exchange, Exchange):
            self._exchange.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        expect_json: bool = True,
        stop: threading.Event | None = None,
        patient: bool = False,
    ) -> ApiResponse:
        """The platform's successful answer.

        429, and 503 with Retry-After, say "not executed" and are asked again for every method. After a
        timeout, a reset, a cut or senseless body, 502 or 504 only a repeatable request is sent again; of
        any other the fate is unknown then.

        Args:
            method: HTTP method.
            path: path below the base URL with a slash in front, or a whole URL of the same host.
            params: query parameters; None is left out, lists are repeated, booleans are in lower case.
            json: body, sent as JSON.
            form: body, sent as a form.
            headers: further request headers.
            repeatable: whether executing it twice does no harm; GET, HEAD and PUT by default.
            expect_json: whether a 200 or 201 with anything but one whole JSON text is a fault.
            stop: wakes the waits of this request when set; by default :meth:`interrupt` does.
            patient: whether it leaves the last requests of a minute to others, as one of many that nobody
                waits for singly (the pages of a pull).

        Raises:
            QueryError: no such method, a path that leaves the host, parameters that are no dict, or a body
                that is no JSON.
            AuthenticationError, PermissionDenied, RateLimited, ApiError: the platform's refusals.
            ConnectionFailed: no answer, or :meth:`interrupt`.
            DeliveryUnknown: the request is not repeatable, and may or may not have been executed.
        """
        method = str(method).upper()
        if method not in _METHODS:
            raise QueryError(f"There is no HTTP method {method!r}; there are {', '.join(sorted(_METHODS))}.")
        outgoing = Outgoing(
            method,
            self._path(path),
            _params(params),
            _encoded(json),
            form,
            dict(headers or {}),
            stop or self._stop,
            patient,
        )
        may_repeat = method in _REPEATABLE if repeatable is None else repeatable
        return self._send(outgoing, may_repeat, expect_json)

    def _send(self, outgoing: Outgoing, repeatable: bool, expect_json: bool) -> ApiResponse:
        """The retry loop, the only one."""
        attempts = _Attempts()
        while True:
            self._hold(outgoing)
            header = self._auth.header(outgoing.stop)
            attempts.number += 1
            self._count(again=attempts.number > 1)
            answer: ApiResponse | None = None
            failure: NoAnswer | None = None
            trouble: Trouble | None
            try:
                answer = self._exchange(outgoing.authorized(header))
            except NoAnswer as lost:
                failure, trouble = lost, lost.trouble
            else:
                self._pacer.saw(answer.headers)
                trouble = _trouble(answer, expect_json)
                if trouble is None:
                    return answer
                if answer.status == 401 and header and not attempts.renewed and self._auth.renew(header):
                    attempts.renewed = True
                    continue
            wait = self._wait_before_next(answer, trouble, attempts, repeatable)
            if wait is None or outgoing.stopped:
                self._give_up(outgoing, answer, failure, trouble, repeatable)
            self._pause(wait, outgoing)

    def _wait_before_next(
        self, answer: ApiResponse | None, trouble: Trouble, attempts: _Attempts, repeatable: bool
    ) -> float | None:
        now = self._clock()
        if attempts.first_trouble_at is None:
            attempts.first_trouble_at = now
        asked = reset = None
        if answer is not None and trouble is not Trouble.FINAL:
            asked = retry_after_s(answer.headers, now=time.time)
            reset = limit_reset_s(answer.headers) if answer.status == 429 else None
        wait = self._retry.wait_s(
            trouble,
            repeatable=repeatable,
            attempt=attempts.number,
            elapsed_s=now - attempts.first_trouble_at,
            retry_after_s=asked,
            limit_reset_s=reset,
            jitter=random.uniform(0.5, 1.0),
        )
        if wait is not None and answer is not None and answer.status == 429:
            self._pacer.pause(wait)  # the limit is the token's: the other threads would run into it too
        return wait

    def _hold(self, outgoing: Outgoing) -> None:
        """Wait until the rate limit lets the request go."""
        self._go_on(outgoing)
        while (wait := self._pacer.wait_s(patient=outgoing.patient)) > 0:
            self._pause(wait, outgoing)

    def _pause(self, seconds: float, outgoing: Outgoing) -> None:
        """The one wait of the transport; it ends at once when the request is stopped."""
        self._waits_until = max(self._waits_until, self._clock() + seconds)
        if self._sleep is not None:
            self._sleep(seconds)
        else:
            end = self._clock() + seconds
            while not self._closed and (left := end - self._clock()) > 0:
                # `close` cannot set an event that the caller gave, so it is looked for in between.
                if outgoing.stop.wait(min(left, _LOOK_S)):
                    break
        self._go_on(outgoing)

    def _go_on(self, outgoing: Outgoing) -> None:
        if self._closed:
            raise ConnectionFailed("This client was closed; make a new one with connect() or demo().")
        if outgoing.stopped:
            raise ConnectionFailed(
                "The request was interrupted before it was sent.", method=outgoing.method, path=outgoing.path
            )

    def _count(self, *, again: bool) -> None:
        with self._lock:
            self._requests += 1
            self._retries += again

    def _path(self, path: str) -> str:
        """The path below the base URL; a whole URL only of the same host, for the token's sake."""
        if not isinstance(path, str):
            raise QueryError(f"A path is a text, not {type(path).__name__}.")
        if "://" in path.split("?", 1)[0]:
            base = urlsplit(self.base_url)
            target = urlsplit(path)
            if (target.scheme, target.netloc) != (base.scheme, base.netloc):
                raise QueryError(f"{target.hostname} is not the API's host; the token goes to no other.")
            path = path[len(f"{target.scheme}://{target.netloc}") :] or "/"
        if not path.startswith("/") or any(c.isspace() or ord(c) < 32 for c in path):
            raise QueryError(f"A path starts with a slash and holds no blank: {path[:80]!r}.")
        return path

    def _give_up(
        self,
        outgoing: Outgoing,
        answer: ApiResponse | None,
        failure: NoAnswer | None,
        trouble: Trouble,
        repeatable: bool,
    ) -> NoReturn:
        if answer is not None:
            error: GenesysError = refusal(answer, trouble, self._auth.secrets(), self.base_url)
        else:
            assert failure is not None
            error = ConnectionFailed(
                f"{failure.reason}.",
                method=outgoing.method,
                path=outgoing.path.partition("?")[0],
                status=failure.status,
                correlation_id=failure.correlation_id,
                hint=failure.hint,
            )
        if trouble in _FATE_UNKNOWN and not repeatable:
            error = fate_unknown(error)
        raise error from None


def _encoded(body: Any) -> bytes | None:
    if body is None:
        return None
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as wrong:
        raise QueryError(f"The body cannot be written as JSON: {wrong}.") from None


def _params(params: Mapping[str, Any] | None) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, list | tuple | set | frozenset):
            return [plain(item) for item in value]
        return value

    if params is not None and not isinstance(params, Mapping):
        raise QueryError(f"params= takes a dict of query parameters, not {type(params).__name__}.")
    return {name: plain(value) for name, value in (params or {}).items() if value is not None}


def _trouble(answer: ApiResponse, expect_json: bool) -> Trouble | None:
    trouble = trouble_of_status(answer.status, retry_after=bool(answer.header("retry-after")))
    if trouble is not None:
        return trouble
    # 202 to 205 have no body to speak of; a 200 or 201 has one JSON text, or nothing after a DELETE.
    wanted = expect_json and answer.status in {200, 201} and answer.method != "HEAD"
    if answer.method == "DELETE" and not answer.content:
        wanted = False
    if wanted and (not answer.is_json() or answer.is_error_body()):
        return Trouble.GARBLED
    return None
