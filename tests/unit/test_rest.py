"""The retry loop, the token and the errors over a fake exchange; raw faults over a loopback server."""

import contextlib
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gcanalytics import errors
from gcanalytics.settings import Network
from gcanalytics.transport import exchange
from gcanalytics.transport.auth import ClientCredentials, StaticToken
from gcanalytics.transport.exchange import Exchange, NoAnswer, Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy, Trouble

API = "https://api.example"
Step = ApiResponse | NoAnswer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Fake:
    """An exchange that plays its steps and remembers what it was sent."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.sent: list[Outgoing] = []

    def __call__(self, outgoing: Outgoing) -> ApiResponse:
        self.sent.append(outgoing)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, NoAnswer):
            raise step
        return step


def answer(status: int = 200, body: Any = None, **headers: str) -> ApiResponse:
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiResponse(status, "Words", Headers(named), "GET", "/x", content)


OK = answer(200, {"fine": True})
LOST = NoAnswer(Trouble.LOST, "No whole answer came")


def rest(fake: Fake, clock: Clock | None = None, **options: Any) -> Rest:
    clock = clock or Clock()
    return Rest(API, exchange=fake, clock=clock, sleep=clock.sleep, **options)


def test_a_429_is_asked_again_after_the_time_it_names_for_every_method() -> None:
    clock = Clock()
    fake = Fake(answer(429, Retry_After="42"), OK)
    connection = rest(fake, clock)
    assert connection.request("DELETE", "/x").status == 200
    assert clock.slept == [42]
    assert (connection.requests, connection.retries) == (2, 1)


def test_the_recorded_429_is_understood(payloads: Path) -> None:
    body = (payloads / "error_429_normalized.json").read_bytes()
    lines = (payloads / "error_429_normalized_headers.txt").read_text().splitlines()[1:]
    headers = Headers(dict(line.split(": ", 1) for line in lines if ": " in line))
    clock = Clock()
    recorded = ApiResponse(429, "Too Many Requests", headers, "GET", "/x", body)
    assert rest(Fake(recorded, OK), clock).request("GET", "/x").status == 200
    assert clock.slept == [42]
    with pytest.raises(errors.RateLimited, match="Retry the request in") as refused:
        rest(Fake(recorded), retry=RetryPolicy.off()).request("GET", "/x")
    assert refused.value.code == "too.many.requests.retry.after"
    assert refused.value.correlation_id


def test_a_bare_429_waits_for_the_end_of_the_limits_window() -> None:
    clock = Clock()
    rest(Fake(answer(429, inin_ratelimit_reset="17"), OK), clock).request("POST", "/x")
    assert clock.slept == [17]


@pytest.mark.parametrize("step", [LOST, answer(502, b"<html>"), answer(504), answer(503)])
def test_a_read_whose_answer_was_lost_is_repeated_and_a_write_is_not(step: Step) -> None:
    assert rest(Fake(step, OK)).request("GET", "/x").data == {"fine": True}
    assert rest(Fake(step, OK)).request("POST", "/x", repeatable=True).data == {"fine": True}
    fake = Fake(step, OK)
    with pytest.raises(errors.DeliveryUnknown, match="may or may not have been executed"):
        rest(fake).request("POST", "/x")
    assert len(fake.sent) == 1


@pytest.mark.parametrize(
    "step",
    [
        answer(408),
        answer(502, b"<html>"),
        answer(503),
        answer(504),
        answer(200, b"<html>"),
        answer(201, b"{"),
    ],
)
def test_a_write_of_unknown_fate_tells_all_that_its_answer_told(step: ApiResponse) -> None:
    told = answer(step.status, step.content, inin_correlation_id="c-4")
    with pytest.raises(errors.DeliveryUnknown, match="Look whether it was done") as unknown:
        rest(Fake(told)).request("POST", "/x")
    facts = (unknown.value.status, unknown.value.method, unknown.value.path, unknown.value.correlation_id)
    assert facts == (step.status, "GET", "/x", "c-4")


def test_a_delete_is_answered_with_nothing_or_json() -> None:
    def deleted(body: bytes) -> ApiResponse:
        return ApiResponse(200, "OK", Headers(), "DELETE", "/x", body)

    assert rest(Fake(deleted(b""))).request("DELETE", "/x").status == 200
    with pytest.raises(errors.DeliveryUnknown, match="with HTML"):
        rest(Fake(deleted(b"<html>Log in"))).request("DELETE", "/x")


def test_a_write_that_was_refused_or_put_off_is_no_riddle() -> None:
    for step, kind in [
        (answer(429, Retry_After="3"), errors.RateLimited),
        (answer(503, Retry_After="3"), errors.ApiError),
        (answer(400), errors.ApiError),
        (answer(500), errors.ApiError),
    ]:
        with pytest.raises(kind):
            rest(Fake(step), retry=RetryPolicy(max_time_s=10)).request("POST", "/x")
    put_off = Fake(answer(503, Retry_After="3"), OK)
    assert rest(put_off).request("POST", "/x").status == 200


def test_a_write_that_never_left_is_sent_again_and_then_a_plain_failure() -> None:
    fake = Fake(NoAnswer(Trouble.UNREACHABLE, "api.example refuses the connection"))
    with pytest.raises(errors.ConnectionFailed) as refused:
        rest(fake).request("POST", "/x?secret=1")
    assert len(fake.sent) == 4
    assert not isinstance(refused.value, errors.DeliveryUnknown)
    assert (refused.value.method, refused.value.path) == ("POST", "/x")


def test_the_budget_ends_the_repetitions() -> None:
    clock = Clock()
    fake = Fake(answer(429, Retry_After="20", inin_correlation_id="c-1"))
    with pytest.raises(errors.RateLimited) as refused:
        rest(fake, clock, retry=RetryPolicy(max_time_s=50)).request("GET", "/x")
    assert len(fake.sent) == 3
    assert (refused.value.status, refused.value.correlation_id) == (429, "c-1")


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><p>", b"", b'{"conversations": [{"conv', b"\xff{}"])
def test_a_body_that_is_no_json_is_asked_again_then_an_error_with_its_whereabouts(body: bytes) -> None:
    assert rest(Fake(answer(200, body), OK)).request("GET", "/x").data == {"fine": True}
    fake = Fake(answer(200, body, inin_correlation_id="c-2"))
    with pytest.raises(errors.ApiError, match="one JSON text was due") as refused:
        rest(fake).request("GET", "/x")
    assert len(fake.sent) == 4
    assert (refused.value.status, refused.value.path, refused.value.correlation_id) == (200, "/x", "c-2")


def test_other_requests_may_take_any_body() -> None:
    response = rest(Fake(answer(200, b"<html>"))).request("GET", "/x", expect_json=False)
    with pytest.raises(errors.ApiError, match="with HTML"):
        _ = response.data
    assert rest(Fake(answer(204, b""))).request("PUT", "/x").data is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ApiError),
        (401, errors.AuthenticationError),
        (403, errors.PermissionDenied),
        (404, errors.ApiError),
        (500, errors.ApiError),
    ],
)
def test_a_refusal_carries_the_platforms_words(status: int, kind: type[errors.ApiError]) -> None:
    body = {"message": "No such thing.", "code": "not.found", "status": status}
    with pytest.raises(kind) as refused:
        rest(Fake(answer(status, body))).request("GET", "/x")
    assert (refused.value.code, refused.value.server_message) == ("not.found", "No such thing.")
    assert "No such thing." in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"<html>oops", b"[1]", b'{"message": 3, "code": null}', b"oops"])
def test_an_error_of_another_shape_is_still_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(errors.ApiError, match="500 Words"):
        rest(Fake(answer(500, body))).request("GET", "/x")


def test_a_redirect_is_not_followed() -> None:
    fake = Fake(answer(302, b"", Location="https://login.corporate.example/?next=x"))
    with pytest.raises(errors.ApiError, match=r"redirects to login\.corporate\.example"):
        rest(fake, auth=StaticToken("t0k3n")).request("GET", "/x")
    assert len(fake.sent) == 1


def test_the_token_goes_to_the_apis_host_alone() -> None:
    fake = Fake(OK)
    connection = rest(fake, auth=StaticToken("t0k3n"))
    connection.request("GET", f"{API}/api/v2/next?page=2")
    assert fake.sent[0].path == "/api/v2/next?page=2"
    assert fake.sent[0].headers["Authorization"] == "Bearer t0k3n"
    for path in (
        "https://evil.example/x",
        "http://api.example/x",
        "@evil.example/x",
        "x",
        "/a b",
        "/a\r\nB: c",
    ):
        with pytest.raises(errors.QueryError):
            connection.request("GET", path)
    assert len(fake.sent) == 1


def test_a_method_that_does_not_exist_is_refused_before_any_request() -> None:
    with pytest.raises(errors.QueryError, match="'FETCH'"):
        rest(Fake(OK)).request("fetch", "/x")


def test_a_body_that_is_no_json_is_refused_before_any_request() -> None:
    fake = Fake(OK)
    with pytest.raises(errors.QueryError, match="cannot be written as JSON"):
        rest(fake).request("POST", "/x", json={"a": object()})
    assert fake.sent == []


def test_parameters_are_written_as_the_platform_reads_them() -> None:
    fake = Fake(OK)
    rest(fake).request("GET", "/x", params={"a": True, "b": None, "c": ["x", False], "d": 3})
    assert fake.sent[0].params == {"a": "true", "c": ["x", "false"], "d": 3}


def test_no_secret_stands_in_an_error_that_the_platform_echoes() -> None:
    fake = Fake(answer(400, {"message": "bad header Bearer t0k3n"}))
    with pytest.raises(errors.ApiError) as refused:
        rest(fake, auth=StaticToken("t0k3n")).request("GET", "/x")
    assert "t0k3n" not in str(refused.value) + repr(refused.value.__dict__) + repr(fake.sent[0])


def test_a_secret_is_blotted_out_before_a_long_text_is_cut() -> None:
    fake = Fake(answer(400, {"message": "x" * 996 + "t0k3n"}))
    with pytest.raises(errors.ApiError) as refused:
        rest(fake, auth=StaticToken("t0k3n")).request("GET", "/x")
    assert refused.value.server_message == "x" * 996 + "…"


def test_interrupt_wakes_a_wait_and_later_requests_work() -> None:
    waiting = threading.Event()
    fake = Fake(answer(429, Retry_After="200"), OK)
    connection = Rest(API, exchange=fake)
    outcome: list[BaseException] = []

    def ask() -> None:
        waiting.set()
        try:
            connection.request("GET", "/x")
        except errors.GenesysError as failure:
            outcome.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    assert waiting.wait(5)
    while thread.is_alive():
        connection.interrupt()
        thread.join(0.01)
    assert isinstance(outcome[0], errors.ConnectionFailed)


def test_closing_wakes_a_wait_though_its_request_has_a_stop_of_its_own() -> None:
    waiting = threading.Event()

    def busy(outgoing: Outgoing) -> ApiResponse:
        waiting.set()
        return answer(429, Retry_After="200")

    connection = Rest(API, exchange=busy)
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            connection.request("GET", "/x", stop=threading.Event())
        except errors.GenesysError as failure:
            outcome.append(failure)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    assert waiting.wait(5)
    connection.close()
    thread.join(5)
    assert isinstance(outcome[0], errors.ConnectionFailed)
    assert "was closed" in str(outcome[0])


def test_a_number_of_seconds_is_no_retry_policy() -> None:
    with pytest.raises(errors.ConfigurationError, match=r"not int.\nRetryPolicy\(max_time_s=10\)"):
        rest(Fake(OK), retry=10)


def test_many_requests_are_paced_so_that_none_is_refused() -> None:
    clock = Clock()
    window = {"ends": 60.0, "count": 0}
    refused = 0

    def platform(outgoing: Outgoing) -> ApiResponse:
        nonlocal refused
        clock.now += 0.1
        if clock.now >= window["ends"]:
            window.update(ends=clock.now + 60, count=0)
        window["count"] += 1
        refused += window["count"] > 20
        reset = str(int(window["ends"] - clock.now) + 1)
        limits = {"inin_ratelimit_count": str(window["count"]), "inin_ratelimit_allowed": "20"}
        return answer(429 if window["count"] > 20 else 200, {}, inin_ratelimit_reset=reset, **limits)

    connection = Rest(API, exchange=platform, clock=clock, sleep=clock.sleep)
    for _request in range(100):
        connection.request("GET", "/x")
    assert refused == 0
    assert len(clock.slept) == 4
    assert clock.now < 4 * 62


# The token -------------------------------------------------------------------------------------------


class Login:
    """The login host: gives tokens t1, t2, ... of the given life."""

    def __init__(self, life_s: float = 100.0) -> None:
        self.life_s = life_s
        self.given = 0

    def __call__(self, method: str, path: str, **request: Any) -> ApiResponse:
        assert (method, path, request["form"]) == (
            "POST",
            "/oauth/token",
            {"grant_type": "client_credentials"},
        )
        assert request["headers"]["Authorization"].startswith("Basic ")
        self.given += 1
        return answer(200, {"access_token": f"t{self.given}", "expires_in": self.life_s})


def credentials(login: Callable[..., ApiResponse], clock: Clock) -> ClientCredentials:
    return ClientCredentials("id", "s3cr3t", request=login, clock=clock)


def test_a_token_is_fetched_once_and_renewed_before_its_end() -> None:
    clock, login = Clock(), Login(life_s=100)
    auth = credentials(login, clock)
    assert [auth.header(), auth.header()] == ["Bearer t1", "Bearer t1"]
    clock.now = 89.9
    assert auth.header() == "Bearer t1"
    clock.now = 90
    assert auth.header() == "Bearer t2"
    assert "t2" not in repr(auth)


def test_many_threads_share_one_token() -> None:
    login = Login()
    auth = credentials(login, Clock())
    headers: list[str | None] = []
    threads = [threading.Thread(target=lambda: headers.append(auth.header())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert headers == ["Bearer t1"] * 16
    assert login.given == 1


def test_a_401_renews_the_token_once_and_repeats_even_a_write() -> None:
    clock, login = Clock(), Login()
    fake = Fake(answer(401, {"code": "bad.credentials"}), OK)
    assert rest(fake, clock, auth=credentials(login, clock)).request("POST", "/x").status == 200
    assert [sent.headers["Authorization"] for sent in fake.sent] == ["Bearer t1", "Bearer t2"]
    assert clock.slept == []


def test_a_second_401_is_an_error() -> None:
    clock, login = Clock(), Login()
    with pytest.raises(errors.AuthenticationError):
        rest(Fake(answer(401)), clock, auth=credentials(login, clock)).request("GET", "/x")
    assert login.given == 2


def test_whoever_stops_a_request_does_not_wait_for_its_token() -> None:
    waiting, stop = threading.Event(), threading.Event()

    def busy(outgoing: Outgoing) -> ApiResponse:
        waiting.set()
        return answer(503, Retry_After="200")

    login = Rest(API, exchange=busy)
    fake = Fake(OK)
    connection = rest(fake, auth=credentials(login.request, Clock()))
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            connection.request("GET", "/x", stop=stop)
        except errors.GenesysError as failure:
            outcome.append(failure)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    assert waiting.wait(5)
    stop.set()
    thread.join(5)
    assert isinstance(outcome[0], errors.ConnectionFailed)
    assert fake.sent == []


def test_a_token_that_another_thread_renewed_is_not_renewed_again() -> None:
    login = Login()
    auth = credentials(login, Clock())
    old = auth.header()
    assert old is not None
    auth.renew(old)
    auth.header()
    auth.renew(old)
    assert auth.header() == "Bearer t2"


@pytest.mark.parametrize("said", ["client not found", "authentication failed"])
def test_a_refused_client_is_said_without_its_secret(said: str) -> None:
    body = {"error": "invalid_client", "description": said, "error_description": f"{said} s3cr3t"}
    login = rest(Fake(answer(400, body)))
    auth = ClientCredentials("id", "s3cr3t", request=login.request, clock=Clock())
    fake = Fake(OK)
    with pytest.raises(errors.AuthenticationError, match=said) as refused:
        rest(fake, auth=auth).request("GET", "/x")
    assert fake.sent == []
    assert refused.value.code == "invalid_client"
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "body", [{}, {"access_token": ""}, {"access_token": 3}, [1], {"access_token": "a\nb"}]
)
def test_an_answer_without_a_token_is_an_error(body: Any) -> None:
    auth = credentials(lambda *a, **k: answer(200, body), Clock())
    with pytest.raises(errors.ApiError, match="no token"):
        auth.header()


# Raw faults over a real socket -----------------------------------------------------------------------


def _whole_request(connection: socket.socket) -> bytes:
    """All of it: closing with bytes unread would reset the connection instead of ending it."""
    request = b""
    while part := connection.recv(65536):
        request += part
        head, end, body = request.partition(b"\r\n\r\n")
        lengths = [
            line.partition(b":")[2] for line in head.splitlines() if line.lower().startswith(b"content-le")
        ]
        if end and len(body) >= int(lengths[0] if lengths else 0):
            break
    return request


@contextmanager
def server(*replies: bytes | float | Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A loopback server that answers each connection with raw bytes, silence (a number) or a function."""
    listening = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []
    done = threading.Event()

    def serve() -> None:
        for reply in replies:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with closing(connection):
                requests.append(_whole_request(connection))
                if isinstance(reply, bytes):
                    connection.sendall(reply)
                elif callable(reply):
                    reply(connection)
                else:
                    done.wait(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", requests
    finally:
        done.set()
        listening.close()


def _reply(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


GOOD = _reply(b'{"a": 1}', "Content-Type: application/json", "ININ-Correlation-Id: c-3")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FAULTS = {
    "a body shorter than announced": _reply(b'{"a": 1}', length=100),
    "a chunk that breaks off": CHUNKED + b"20\r\n" + b'{"a": 1}',
    "chunks without an end": CHUNKED + b'8\r\n{"a": 1}\r\n',
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "nothing at all": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "gzip that is none": _reply(b'{"a": 1}', "Content-Encoding: gzip"),
    "gzip cut with a right length": _reply(gzip.compress(b'{"a": 1}' * 99)[:30], "Content-Encoding: gzip"),
    "HTML": _reply(b"<html><body>Log in</body></html>", "Content-Type: text/html"),
    "half a JSON text": _reply(b'{"a": {"b": 1}'),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_broken_answer_is_asked_for_again(fault: str) -> None:
    with server(FAULTS[fault], GOOD) as (url, requests):
        connection = Rest(url, sleep=lambda _: None)
        response = connection.request("GET", "/x")
        connection.close()
    assert (response.data, response.correlation_id, len(requests)) == ({"a": 1}, "c-3", 2)


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_broken_answer_to_a_write_is_never_sent_again(fault: str) -> None:
    with server(FAULTS[fault], GOOD) as (url, requests):
        connection = Rest(url, sleep=lambda _: None)
        with pytest.raises(errors.DeliveryUnknown):
            connection.request("POST", "/x", json={})
        connection.close()
    assert len(requests) == 1


def test_whole_answers_are_read_in_every_encoding() -> None:
    body = json.dumps({"a": "x" * 300_000}).encode()
    zipped = _reply(gzip.compress(body), "Content-Encoding: gzip")
    chunks = CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with server(zipped, chunks, _reply(body)) as (url, _):
        for _attempt in range(3):
            connection = Rest(url, retry=RetryPolicy.off())
            assert len(connection.request("GET", "/x").content) == len(body)
            connection.close()


def test_silence_ends_with_the_timeout() -> None:
    with server(1.0) as (url, _):
        connection = Rest(url, network=Network(timeout_s=(1, 0.05)), retry=RetryPolicy.off())
        with pytest.raises(errors.ConnectionFailed, match=r"nothing for 0\.05 s"):
            connection.request("GET", "/x")
        connection.close()


def _drip(connection: socket.socket) -> None:
    """A body that comes byte by byte and would take for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b" ")


def test_a_body_that_drips_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_ANSWER_LIMIT_S", 0.02)
    monkeypatch.setattr(exchange, "_CHUNK", 1)
    with server(_drip) as (url, _):
        connection = Rest(url, retry=RetryPolicy.off())
        with pytest.raises(errors.ConnectionFailed, match="longer than"):
            connection.request("GET", "/x")
        connection.close()


def test_a_request_that_is_stopped_reads_no_further() -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        stop.set()
        _drip(connection)

    with server(drip) as (url, _):
        connection = Rest(url)
        with pytest.raises(errors.ConnectionFailed, match="interrupted"):
            connection.request("GET", "/x", stop=stop)
        connection.close()


def test_a_request_that_is_stopped_before_it_left_is_not_sent() -> None:
    stop = threading.Event()
    stop.set()
    fake = Fake(OK)
    with pytest.raises(errors.ConnectionFailed, match="interrupted") as stopped:
        rest(fake).request("POST", "/x", stop=stop)
    assert not isinstance(stopped.value, errors.DeliveryUnknown)
    assert fake.sent == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [("400 No", errors.ApiError), ("403 No", errors.PermissionDenied), ("502 Gone", errors.DeliveryUnknown)],
)
def test_the_status_of_a_refusal_counts_though_its_words_were_cut(status: str, kind: type[Exception]) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Length: 99\r\nININ-Correlation-Id: c-5\r\n\r\n"
    with server(head.encode() + b'{"mess') as (url, _):
        connection = Rest(url, retry=RetryPolicy.off())
        with pytest.raises(errors.GenesysError) as refused:
            connection.request("POST", "/x")
        connection.close()
    assert type(refused.value) is kind
    assert (refused.value.status, refused.value.correlation_id) == (int(status[:3]), "c-5")


def test_a_closed_port_is_said() -> None:
    with server() as (url, _):
        pass
    connection = Rest(url, sleep=lambda _: None)
    with pytest.raises(errors.ConnectionFailed, match="refuses the connection"):
        connection.request("POST", "/x")
    assert connection.requests == 4
    connection.close()


def test_a_redirect_gets_no_token() -> None:
    with server(GOOD) as (other, seen):
        moved = f"HTTP/1.1 302 Found\r\nLocation: {other}/x\r\nContent-Length: 0\r\n\r\n".encode()
        with server(moved) as (url, requests):
            connection = Rest(url, auth=StaticToken("t0k3n"))
            with pytest.raises(errors.ApiError, match="redirects"):
                connection.request("GET", "/x")
            connection.close()
    assert b"Bearer t0k3n" in requests[0]
    assert seen == []


def test_netrc_and_cookies_change_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with server(_reply(b"{}", "Set-Cookie: a=b", "Connection: close"), GOOD) as (url, requests):
        once = Exchange(url, Network())
        for _attempt in range(2):
            once(Outgoing("GET", "/x").authorized("Bearer t0k3n"))
        once.close()
    assert all(b"Bearer t0k3n" in request and b"Cookie" not in request for request in requests)
