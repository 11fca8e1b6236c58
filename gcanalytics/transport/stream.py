"""One open WebSocket: everything that has arrived at each wake-up, as raw messages in order.

No thread, no reconnect and no meaning of messages: that is ``listener``. Only ``wake`` may be called from
another thread than the one that reads.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import websocket

from gcanalytics.errors import AuthenticationError, ConfigurationError, ConnectionFailed
from gcanalytics.settings import is_loopback

if TYPE_CHECKING:
    from gcanalytics.settings import Network

__all__ = ["Stream"]

_CHUNK = 1 << 16
"""Bytes asked for at once: bigger buffers come from the operating system anew each time, page by page."""
_MOST_PER_READ = 1 << 22
_LONGEST_MESSAGE = 1 << 25
_SEND_TIMEOUT_S = 5.0
_WHOLE_TEXT = 0x81
"""First byte of a frame that is a whole message of text: FIN and the opcode (RFC 6455, 5.2)."""
_LONGEST_HEADER = 10


class _Inbox:
    """Stands in for the socket inside websocket-client: frames are cut from one big read.

    The library reads each header and payload with a system call of its own. Each of them gives up the
    interpreter lock, and with a busy notebook each return costs milliseconds, so we read in bulk. Out of
    bytes it raises ``BlockingIOError`` as a non-blocking socket does; the library keeps its half-read frame.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # TLS gives out one record at a time: a short read does not mean that there is no more.
        self._in_records = hasattr(sock, "pending")
        self._bytes = b""
        self._at = 0
        self.ended = False
        self.unfinished = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def gettimeout(self) -> float:
        """Zero: the library then calls ``recv`` once and waits for nothing."""
        return 0.0

    def recv(self, size: int) -> bytes:
        """Up to ``size`` bytes of what has arrived; raises BlockingIOError where there is nothing left."""
        part = self._bytes[self._at : self._at + size]
        if not part:
            raise BlockingIOError
        self._at += len(part)
        return part

    def whole_texts(self) -> list[bytes]:
        """The payloads of the frames that come next, as long as each is a whole message of text.

        Nearly all of the platform's frames are; cut here, one costs a tenth of the library's
        work. The first frame of another kind, or one that is not all here, is left for the library.
        """
        content, at, end = self._bytes, self._at, len(self._bytes)
        found: list[bytes] = []
        while end - at > _LONGEST_HEADER and content[at] == _WHOLE_TEXT:
            length, start = content[at + 1], at + 2
            if length > 127:  # masked
                break
            if length > 125:
                start += 2 if length == 126 else 8
                length = int.from_bytes(content[at + 2 : start], "big")
            if start + length > end:
                break
            at = start + length
            found.append(content[start:at])
        if found:
            self._at, self.unfinished = at, 0
        return found

    def send(self, content: bytes) -> int:
        """Send all of it, waiting a bounded time."""
        self._sock.settimeout(_SEND_TIMEOUT_S)
        try:
            self._sock.sendall(content)
        finally:
            self._sock.setblocking(False)
        return len(content)

    def has_decrypted(self) -> bool:
        """Whether TLS holds bytes already, of which a selector would not tell."""
        pending = getattr(self._sock, "pending", None)
        return pending is not None and pending() > 0

    def fill(self) -> None:
        """Take all that has arrived from the operating system; sets ``ended`` at the end of the stream."""
        parts = [self._bytes[self._at :]]
        total = 0
        while total < _MOST_PER_READ:
            try:
                part = self._sock.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError:
                self.ended = True
                break
            if not part:
                self.ended = True
                break
            parts.append(part)
            total += len(part)
            if len(part) < _CHUNK and not self._in_records:
                break
        self._bytes, self._at = b"".join(parts), 0
        self.unfinished += total


class Stream:
    """An open WebSocket that is read in bulk.

    Use :meth:`open`. All methods but :meth:`wake` belong to one thread.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        sock: socket.socket = connection.sock
        sock.setblocking(False)
        self._inbox = _Inbox(sock)
        connection.sock = self._inbox
        self._alarm, self._bell = socket.socketpair()
        self._alarm.setblocking(False)
        self._bell.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        self._selector.register(self._alarm, selectors.EVENT_READ)
        self._end: str | None = None
        self._closed = False
        self._between = True  # messages: the library holds no part of one

    @classmethod
    def open(cls, uri: str, *, network: Network, timeout_s: float = 10.0) -> Stream:
        """Connect and shake hands.

        Args:
            uri: the ``connectUri`` of a channel or the ``eventStreamUri`` of a guest chat (``wss://``; ``ws://``
                for the loopback only).
            network: certificate checks and proxy, the same as for REST.
            timeout_s: longest wait for the connection and the handshake together with the proxy's.

        Raises:
            ConfigurationError: the address cannot be used, or the certificate cannot be trusted.
            AuthenticationError: the handshake was answered with 401 or 403.
            ConnectionFailed: any other way of not getting a socket.
        """
        parts = urlsplit(uri)
        if parts.scheme not in {"ws", "wss"} or not parts.hostname:
            raise ConfigurationError("The address of the event stream is no ws:// or wss:// address.")
        if parts.scheme == "ws" and not is_loopback(parts.hostname):
            raise ConfigurationError("An unencrypted event stream (ws://) is allowed on the loopback only.")
        options: dict[str, Any] = {"timeout": timeout_s, "redirect_limit": 0, **_proxy(network, uri)}
        if parts.scheme == "wss":
            options["sslopt"] = {"context": network.ssl_context()}
        connection = websocket.WebSocket(
            sslopt=options.pop("sslopt", None), skip_utf8_validation=True, enable_multithread=False
        )
        try:
            connection.connect(uri, **options)
        except websocket.WebSocketBadStatusException as error:
            raise _refused(error.status_code) from error
        except ssl.SSLCertVerificationError as error:
            raise ConfigurationError(
                f"The certificate of {parts.hostname} cannot be trusted: {error.verify_message}.",
                hint="Behind a TLS-inspecting proxy, pass its CA file as verify=.",
            ) from error
        except (websocket.WebSocketException, OSError, ValueError) as error:
            raise ConnectionFailed(
                f"No event stream from {parts.hostname}: {type(error).__name__}."
            ) from error
        return cls(connection)

    def read(self, timeout_s: float) -> list[bytes]:
        """All whole messages that have arrived, in order; waits up to ``timeout_s`` for the first byte.

        Pings of the protocol are answered here. An empty list means: time is up, or :meth:`wake`.

        Raises:
            ConnectionFailed: the stream has ended; raised once all that came before has been given out.
        """
        if self._end is not None:
            raise ConnectionFailed(self._end)
        if not self._inbox.has_decrypted():
            ready = self._selector.select(max(timeout_s, 0.0))
            if any(key.fileobj is self._alarm for key, _ in ready):
                with contextlib.suppress(BlockingIOError):
                    self._alarm.recv(1024)
            if not any(key.fileobj is not self._alarm for key, _ in ready):
                return []
        self._inbox.fill()
        messages = self._cut()
        if self._inbox.ended and self._end is None:
            self._end = "The connection was lost."
        if self._end is not None and not messages:
            raise ConnectionFailed(self._end)
        return messages

    def _cut(self) -> list[bytes]:
        messages: list[bytes] = []
        try:
            while self._end is None:
                if self._between:
                    messages += self._inbox.whole_texts()
                self._between = False
                opcode, payload = self._connection.recv_data()
                self._between = True
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    self._end = _closing(payload)
                else:
                    messages.append(payload)
                    self._inbox.unfinished = 0
        except BlockingIOError:
            if self._inbox.unfinished > _LONGEST_MESSAGE:
                self._end = f"A message is longer than {_LONGEST_MESSAGE} bytes."
        except websocket.WebSocketProtocolException as error:
            self._end = f"The server broke the WebSocket protocol: {error}."
        except (websocket.WebSocketException, OSError) as error:
            self._end = f"The connection was lost: {type(error).__name__}."
        return messages

    def send(self, text: str) -> None:
        """Send one text message.

        Raises:
            ConnectionFailed: it could not be sent.
        """
        try:
            self._connection.send(text)
        except (websocket.WebSocketException, OSError) as error:
            raise ConnectionFailed(f"The connection was lost: {type(error).__name__}.") from error

    def wake(self) -> None:
        """Let a waiting :meth:`read` return at once. From any thread; harmless after :meth:`close`."""
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def close(self) -> None:
        """Say goodbye without waiting for the answer, and free the socket. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if self._end is None:
            with contextlib.suppress(websocket.WebSocketException, OSError, ValueError):
                self._connection.send_close()
        self._selector.close()
        with contextlib.suppress(OSError):
            self._inbox.shutdown(socket.SHUT_RDWR)
        self._inbox.close()
        self._alarm.close()
        self._bell.close()


def _proxy(network: Network, uri: str) -> dict[str, Any]:
    """websocket-client's options for the way that ``network`` names; it asks no environment itself."""
    proxy = network.proxy_for(uri)
    if proxy is None:
        return {"http_no_proxy": ["*"]}
    parts = urlsplit(proxy)
    options: dict[str, Any] = {
        "http_proxy_host": parts.hostname,
        "http_proxy_port": parts.port or (443 if parts.scheme == "https" else 80),
        "proxy_type": "http",
        "http_no_proxy": ["none.invalid"],
    }
    if parts.username:
        options["http_proxy_auth"] = (unquote(parts.username), unquote(parts.password or ""))
    return options


def _refused(status: int) -> AuthenticationError | ConnectionFailed:
    if status in {401, 403}:
        return AuthenticationError("The event stream refused us.", status=status)
    return ConnectionFailed("The event stream answered with an error instead of a socket.", status=status)


def _closing(payload: bytes) -> str:
    if len(payload) < 2:
        return "The server closed the connection."
    code, reason = int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace")
    return f"The server closed the connection ({f'{code} {reason}'.strip()})."
