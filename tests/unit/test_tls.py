"""Certificates and proxies over real loopback sockets: a private authority, a CONNECT proxy."""

import select
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gcanalytics.errors import ConnectionFailed, DeliveryUnknown
from gcanalytics.settings import Network
from gcanalytics.transport.auth import StaticToken
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost that only itself vouches for, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return both


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A loopback port whose connections are served one after the other in a thread."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with closing(connection):
                try:
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


@contextmanager
def tls_server(certificate: Path, requests: list[bytes] | None = None) -> Iterator[int]:
    """A server over TLS; with a list for the requests it breaks the TLS connection instead of answering."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            request = secured.recv(65536)
            if requests is None:
                secured.sendall(ANSWER)
            else:
                requests.append(request)
                socket.socket.send(secured, b"what is no TLS record")

    with listening(serve) as port:
        yield port


@contextmanager
def proxy(seen: list[bytes]) -> Iterator[int]:
    """A CONNECT proxy that remembers what it was told in the clear."""

    def serve(connection: socket.socket) -> None:
        request = connection.recv(65536)
        seen.append(request)
        host, _, port = request.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as target:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = {connection: target, target: connection}
            while True:
                for end in select.select(list(ends), [], [], 5)[0]:
                    passed = end.recv(65536)
                    if not passed:
                        return
                    ends[end].sendall(passed)

    with listening(serve) as port:
        yield port


def ask(url: str, network: Network) -> object:
    rest = Rest(url, auth=StaticToken("t0k3n"), network=network, retry=RetryPolicy.off())
    try:
        return rest.request("GET", "/x").data
    finally:
        rest.close()


def test_a_private_authority_is_trusted_where_it_is_named(certificate: Path) -> None:
    with tls_server(certificate) as port:
        assert ask(f"https://localhost:{port}", Network(verify=str(certificate))) == {"a": 1}


def test_an_unknown_certificate_is_refused_and_says_how_to_trust_it(certificate: Path) -> None:
    with tls_server(certificate) as port:
        with pytest.raises(ConnectionFailed, match=r"not trusted.*\n.*verify="):
            ask(f"https://localhost:{port}", Network())
        assert ask(f"https://localhost:{port}", Network(verify=False)) == {"a": 1}


def test_the_usual_variable_names_the_authority(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with tls_server(certificate) as port:
        assert ask(f"https://localhost:{port}", Network()) == {"a": 1}


def test_a_proxy_passes_what_it_cannot_read(certificate: Path) -> None:
    seen: list[bytes] = []
    with tls_server(certificate) as port, proxy(seen) as proxy_port:
        network = Network(verify=str(certificate), proxy=f"http://user:hunter2@127.0.0.1:{proxy_port}")
        assert ask(f"https://localhost:{port}", network) == {"a": 1}
    assert seen[0].startswith(b"CONNECT localhost:%d " % port)
    assert b"t0k3n" not in seen[0]


def test_a_proxy_that_is_not_there_is_said_without_its_password() -> None:
    with listening(lambda _: None) as port:
        pass
    with pytest.raises(ConnectionFailed, match="proxy") as refused:
        ask("https://api.mypurecloud.ie", Network(proxy=f"http://user:hunter2@127.0.0.1:{port}"))
    assert "hunter2" not in str(refused.value)


def test_tls_that_breaks_after_a_write_was_sent_leaves_its_fate_open(certificate: Path) -> None:
    requests: list[bytes] = []
    with tls_server(certificate, requests) as port:
        rest = Rest(f"https://localhost:{port}", network=Network(verify=False), sleep=lambda _: None)
        with pytest.raises(DeliveryUnknown, match="TLS connection broke"):
            rest.request("POST", "/x")
        rest.close()
    assert len(requests) == 1


def test_a_server_without_tls_gets_nothing_and_is_given_up_soon() -> None:
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 No TLS here\r\n\r\n")) as port:
        rest = Rest(f"https://localhost:{port}", sleep=lambda _: None)
        with pytest.raises(ConnectionFailed, match="No TLS connection") as refused:
            rest.request("POST", "/x", json={})
        rest.close()
    assert not isinstance(refused.value, DeliveryUnknown)
    assert rest.requests == 4
