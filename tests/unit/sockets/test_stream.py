"""One socket: bulk reading, broken frames, ends, wake-ups."""

import json
import socket
import ssl
import struct
import threading
import time
from typing import Any

import pytest
import websocket
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.errors import AuthenticationError, ConfigurationError, ConnectionFailed
from gcanalytics.settings import Network
from gcanalytics.transport.stream import Stream, _closing, _Inbox

DEADLINE_S = 10.0


def opened(uri: str) -> Stream:
    return Stream.open(uri, network=Network(), timeout_s=DEADLINE_S)


def read_until(stream: Stream, count: int) -> list[bytes]:
    deadline = time.monotonic() + DEADLINE_S
    messages: list[bytes] = []
    while len(messages) < count and time.monotonic() < deadline:
        messages += stream.read(0.2)
    return messages


def test_a_read_takes_all_that_has_arrived_in_order(serve: Any) -> None:
    sent = threading.Event()

    def script(peer: Any) -> None:
        peer.shake_hands()
        for number in range(500):
            peer.text(json.dumps({"n": number}))
        sent.set()
        peer.until_gone()

    stream = opened(serve(script).uri)
    assert sent.wait(DEADLINE_S)
    first = stream.read(DEADLINE_S)
    assert len(first) > 1
    assert [json.loads(text)["n"] for text in first + read_until(stream, 500 - len(first))] == list(
        range(500)
    )
    stream.close()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "closed the connection."),
        (b"\x03\xe9", "closed the connection (1001)."),
        (b"\x03\xf0gone (for good)", "closed the connection (1008 gone (for good))."),
    ],
)
def test_a_close_is_told_with_its_code_and_reason(payload: bytes, words: str) -> None:
    assert _closing(payload) == f"The server {words}"


def test_messages_in_pieces_and_of_any_size_arrive_whole(serve: Any) -> None:
    long = "ü" * 70_000

    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.text("one,", opcode=0x01)
        peer.text("in between", opcode=0x89)
        peer.text("two", opcode=0x80)
        head, tail = b"\x81\x05he", b"llo"
        peer.raw(head)
        assert peer.receive() == (0xA, b"in between")
        peer.raw(tail)
        peer.text(long)
        peer.text("")
        peer.until_gone()

    server = serve(script)
    stream = opened(server.uri)
    assert read_until(stream, 4) == [b"one,two", b"hello", long.encode(), b""]
    stream.close()
    assert not server.errors


def test_what_came_before_the_close_is_given_out_before_the_error(serve: Any) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.raw(b"\x81\x04last" + bytes([0x88, 14]) + struct.pack("!H", 1001) + b"idle timeout")
        peer.until_gone()

    stream = opened(serve(script).uri)
    assert read_until(stream, 1) == [b"last"]
    with pytest.raises(ConnectionFailed, match=r"1001 idle timeout"):
        stream.read(DEADLINE_S)
    stream.close()
    stream.close()


@pytest.mark.parametrize(
    "content",
    [
        b"\xf1\x02{}",
        b"\x83\x02{}",
        b"\x80\x02{}",
        b"\x09\x02{}",
        b"\x01\x02{}\x81\x02{}" + b"\x80\x20" + b" " * 32,
    ],
    ids=["rsv", "opcode", "cont", "ping", "text within a text"],
)
def test_a_broken_frame_ends_the_stream_as_an_error_of_ours(serve: Any, content: bytes) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.raw(content)
        peer.until_gone()

    stream = opened(serve(script).uri)
    with pytest.raises(ConnectionFailed, match="protocol"):
        read_until(stream, 1)
    stream.close()


def test_a_cut_connection_ends_the_stream(serve: Any) -> None:
    stream = opened(serve(lambda peer: peer.shake_hands()).uri)
    with pytest.raises(ConnectionFailed, match="lost"):
        stream.read(DEADLINE_S)
    stream.close()


def test_wake_ends_a_read_at_once_and_a_quiet_read_returns_nothing(serve: Any) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands()
        peer.until_gone()

    stream = opened(serve(script).uri)
    assert stream.read(0.0) == []
    threading.Timer(0.05, stream.wake).start()
    began = time.monotonic()
    assert stream.read(DEADLINE_S) == []
    assert time.monotonic() - began < DEADLINE_S / 2
    stream.close()
    stream.wake()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", AuthenticationError),
        ("403 Forbidden", AuthenticationError),
        ("404 Not Found", ConnectionFailed),
    ],
)
def test_a_refused_handshake_tells_its_status(serve: Any, status: str, kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        opened(serve(lambda peer: peer.shake_hands(status)).uri)
    assert raised.value.status == int(status[:3])  # type: ignore[attr-defined]


def test_redirects_are_not_followed(serve: Any) -> None:
    def script(peer: Any) -> None:
        peer.shake_hands("302 Found\r\nLocation: ws://127.0.0.1:1/elsewhere")

    with pytest.raises(ConnectionFailed):
        opened(serve(script).uri)


@pytest.mark.parametrize(
    "uri", ["ws://streaming.example.com/channels/x", "https://a.example/x", "wss://", "x"]
)
def test_an_address_that_is_no_safe_socket_is_refused_before_any_connection(uri: str) -> None:
    with pytest.raises(ConfigurationError):
        opened(uri)


def test_the_error_of_a_dead_host_holds_no_channel_id() -> None:
    with pytest.raises(ConnectionFailed) as raised:
        opened("ws://127.0.0.1:9/channels/streaming-0-secret")
    assert "secret" not in str(raised.value)


def test_the_named_proxy_is_used_and_given_its_credentials(serve: Any) -> None:
    seen: list[bytes] = []

    def script(peer: Any) -> None:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += peer.sock.recv(1)
        seen.append(request)
        peer.raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    port = serve(script).uri.split(":")[2].split("/")[0]
    with pytest.raises(ConnectionFailed):
        Stream.open(
            "wss://streaming.example.com/channels/x", network=Network(proxy=f"http://u:p%40@127.0.0.1:{port}")
        )
    assert seen[0].startswith(b"CONNECT streaming.example.com:443")
    assert b"Proxy-Authorization: Basic dTpwQA==" in seen[0]


class Records:
    """A TLS socket that has several records in store."""

    def __init__(self, *records: bytes) -> None:
        self.records = list(records)

    def pending(self) -> int:
        return 0

    def recv(self, size: int) -> bytes:
        if not self.records:
            raise ssl.SSLWantReadError
        return self.records.pop(0)


def test_of_an_encrypted_stream_all_records_are_taken_at_once() -> None:
    inbox = _Inbox(Records(b"one", b"two", b"three"))  # type: ignore[arg-type]
    inbox.fill()
    assert inbox.recv(100) == b"onetwothree"
    assert not inbox.ended
    with pytest.raises(BlockingIOError):
        inbox.recv(1)


SIZES = st.sampled_from([0, 1, 2, 9, 10, 125, 126, 127, 4000, 65_535, 65_536])
KINDS = st.sampled_from(["whole", "whole", "pieces", "binary", "behind a ping"])


@given(
    st.lists(st.tuples(SIZES, KINDS), max_size=20),
    st.lists(st.integers(1, 70_000), max_size=20),
)
def test_every_message_comes_once_and_whole_wherever_the_stream_is_cut(
    messages: list[tuple[int, str]], cuts: list[int]
) -> None:
    wire = b""
    expected: list[bytes] = []
    for size, kind in messages:
        content = (b"\x81\x02\x00ab" * size)[len(expected) :][:size]  # looks like frames
        expected.append(content)
        if kind == "pieces":
            wire += framed(0x01, content[: size // 2]) + framed(0x89, b"ping")
            wire += framed(0x80, content[size // 2 :])
        else:
            wire += framed(0x89, b"ping") if kind == "behind a ping" else b""
            wire += framed(0x82 if kind == "binary" else 0x81, content)
    ours, theirs = socket.socketpair()
    connection = websocket.WebSocket(skip_utf8_validation=True)
    connection.sock, connection.connected = ours, True
    stream = Stream(connection)
    came: list[bytes] = []
    while wire:
        size = min(cuts.pop(), len(wire)) if cuts else min(70_000, len(wire))
        theirs.sendall(wire[:size])
        wire = wire[size:]
        came += stream.read(0.0)
    assert came == expected
    pings = sum(kind in {"pieces", "behind a ping"} for _, kind in messages)
    a_pong = 2 + 4 + len(b"ping")
    theirs.setblocking(False)
    assert (len(theirs.recv(65_536)) if pings else 0) == pings * a_pong
    stream.close()
    theirs.close()


def framed(first: int, content: bytes) -> bytes:
    size = len(content)
    if size < 126:
        return bytes([first, size]) + content
    bits = 2 if size < 65_536 else 8
    return bytes([first, 126 if bits == 2 else 127]) + size.to_bytes(bits, "big") + content
