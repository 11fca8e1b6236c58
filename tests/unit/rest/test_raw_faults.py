"""Broken, slow and cut answers of a loopback server: read whole, asked again or an error."""

import contextlib
import gzip
import json
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from gcanalytics import errors
from gcanalytics.settings import Network
from gcanalytics.transport import exchange
from gcanalytics.transport.auth import StaticToken
from gcanalytics.transport.exchange import Exchange, Outgoing
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy


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


def test_a_token_that_no_header_can_hold_is_in_no_error() -> None:
    for token in ("hunter2\nX-More: 1", "hunter2\u2014"):
        rest = Rest("http://127.0.0.1:9", auth=StaticToken(token), retry=RetryPolicy(max_time_s=1))
        with pytest.raises(errors.QueryError, match=r"[Hh]eader") as wrong:
            rest.request("GET", "/x")
        shown: BaseException | None = wrong.value
        assert "hunter2" not in "".join(traceback.format_exception(shown))
