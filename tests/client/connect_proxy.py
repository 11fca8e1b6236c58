"""A CONNECT proxy on the loopback, and certificates of an authority of our own."""

import base64
import contextlib
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class ConnectProxy:
    """Passes bytes between clients and this machine, whatever host they name; remembers what it could read.

    Attributes:
        credentials: ``user:password`` that it wants, or None.
        refuses: a status line to answer every CONNECT with, as ``502 Bad Gateway``, or None.
        targets: host and port of each CONNECT that it passed.
        read: everything that came to it in the clear, and everything that it passed on to the server.
    """

    credentials: str | None = None
    refuses: str | None = None
    targets: list[str] = field(default_factory=list)
    read: bytearray = field(default_factory=bytearray)
    port: int = 0

    @contextlib.contextmanager
    def running(self) -> Iterator["ConnectProxy"]:
        server = socket.create_server(("127.0.0.1", 0))
        self.port = server.getsockname()[1]
        threads: list[threading.Thread] = []
        ended = threading.Event()

        def accept() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=self._serve, args=(client, ended), daemon=True))
                threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield self
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            server.close()
            for thread in (accepting, *threads):
                thread.join(5)

    def _serve(self, client: socket.socket, ended: threading.Event) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(5)
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(65536)
                if not part:
                    return
                head += part
            self.read += head
            refusal = self._refusal(head)
            if refusal:
                client.sendall(f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n".encode())
                return
            target = head.split()[1].decode()
            self.targets.append(target)
            with socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._pass(client, server, ended)

    def _refusal(self, head: bytes) -> str | None:
        if self.refuses:
            return self.refuses
        if not head.startswith(b"CONNECT "):
            return "405 Method Not Allowed"
        if self.credentials is not None:
            wanted = b"proxy-authorization: basic " + base64.b64encode(self.credentials.encode()).lower()
            if wanted not in head.lower():
                return "407 Proxy Authentication Required"
        return None

    def _pass(self, client: socket.socket, server: socket.socket, ended: threading.Event) -> None:
        ends = {client: server, server: client}
        while not ended.is_set():
            for end in select.select(list(ends), [], [], 0.1)[0]:
                passed = end.recv(1 << 18)
                if not passed:
                    return
                if end is client:
                    self.read += passed
                ends[end].sendall(passed)


def make_authority(folder: Path, name: str) -> Path:
    """An authority's certificate; its key lies beside it."""
    certificate = folder / f"{name}.pem"
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout", str(folder / f"{name}.key"), "-out", str(certificate),
    )  # fmt: skip
    return certificate


def make_certificate(authority: Path, *hosts: str) -> Path:
    """A server's certificate for these hosts and 127.0.0.1 by an authority, with its key in the same file."""
    folder, both = authority.parent, authority.parent / "server.pem"
    names = ",".join([*(f"DNS:{host}" for host in hosts), "IP:127.0.0.1"])
    (folder / "names").write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
    _openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-subj", f"/CN={hosts[0]}", "-keyout", str(folder / "server.key"), "-out", str(folder / "request"),
    )  # fmt: skip
    _openssl(
        "x509", "-req", "-in", str(folder / "request"), "-CA", str(authority),
        "-CAkey", str(authority.with_suffix(".key")), "-CAcreateserial", "-days", "2",
        "-extfile", str(folder / "names"), "-out", str(folder / "server.crt"),
    )  # fmt: skip
    both.write_text((folder / "server.crt").read_text() + (folder / "server.key").read_text())
    return both


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
