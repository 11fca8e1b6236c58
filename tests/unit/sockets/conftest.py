"""A scripted WebSocket server on the loopback, written by hand so that it can also break the rules."""

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

DEADLINE_S = 10.0


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""

    def shake_hands(self, status: str | None = None) -> str:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += self.sock.recv(1)
        lines = request.decode().split("\r\n")
        if status is not None:
            self.sock.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            return lines[0]
        key = next(line.split(": ")[1] for line in lines if line.lower().startswith("sec-websocket-key"))
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode(), usedforsecurity=False)
        self.sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(accept.digest()) + b"\r\n\r\n"
        )
        return lines[0].split()[1]

    def raw(self, content: bytes) -> None:
        self.sock.sendall(content)

    def text(self, payload: bytes | str, *, opcode: int = 0x81) -> None:
        self.sock.sendall(frame(payload, opcode=opcode))

    def event(self, topic: str, body: Any = None, **more: Any) -> None:
        self.text(json.dumps({"topicName": topic, "version": "2", "eventBody": body, **more}))

    def heartbeat(self) -> None:
        self.event("channel.metadata", {"message": "WebSocket Heartbeat"})

    def close(self, code: int, reason: str = "") -> None:
        self.text(struct.pack("!H", code) + reason.encode(), opcode=0x88)

    def receive(self) -> tuple[int, bytes]:
        """Opcode and unmasked payload of the client's next frame."""
        head = self._exactly(2)
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack("!H", self._exactly(2))[0]
        mask, payload = self._exactly(4), self._exactly(length)
        return head[0] & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            part = self.sock.recv(65536)
            if not part:
                raise ConnectionError("the client went away")
            self._buffer += part
        part, self._buffer = self._buffer[:size], self._buffer[size:]
        return part

    def until_gone(self) -> None:
        """Wait until the client closes."""
        with contextlib.suppress(OSError):
            while self.sock.recv(65536):
                pass

    def cut(self) -> None:
        """Hang up without a word."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


def frame(payload: bytes | str, *, opcode: int = 0x81) -> bytes:
    content = payload.encode() if isinstance(payload, str) else payload
    size = len(content)
    if size < 126:
        return bytes([opcode, size]) + content
    if size < 1 << 16:
        return bytes([opcode, 126]) + struct.pack("!H", size) + content
    return bytes([opcode, 127]) + struct.pack("!Q", size) + content


Script = Callable[[Peer], None]


class Server:
    """Runs one script for each connection, in order; the last one for all that follow."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = scripts
        self.connections = 0
        self.errors: list[BaseException] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.uri = f"ws://127.0.0.1:{self._listening.getsockname()[1]}/channels/streaming-0-x"
        self._peers: list[Peer] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            sock.settimeout(DEADLINE_S)
            peer = Peer(sock)
            self._peers.append(peer)
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            try:
                script(peer)
            except (OSError, ConnectionError, AssertionError) as error:
                self.errors.append(error)
            finally:
                peer.cut()

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for peer in self._peers:
            peer.cut()
        self._thread.join(DEADLINE_S)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*scripts: Script) -> Server:
        servers.append(Server(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.end()
