"""The client behind a company's CONNECT proxy; the platform's certificate is by an authority of its own."""

import logging
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gcanalytics.client as gca
from gcanalytics.errors import ConfigurationError, ConnectionFailed
from gcanalytics.settings import Network
from gcanalytics.simulator import Simulator
from gcanalytics.transport.retry import RetryPolicy
from gcanalytics.transport.stream import Stream

from .comparing import assert_same_tables, tables_of
from .connect_proxy import ConnectProxy, make_authority, make_certificate

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
HOST, LOGIN = "api.simulated.example", "login.simulated.example"
CREDENTIALS = "ada:hunter2"
DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("authority"), "company")


@pytest.fixture(scope="module")
def platform(authority: Path) -> Iterator[Simulator]:
    certificate = make_certificate(authority, HOST, LOGIN)
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z"}
    with Simulator(seed=5, days=2, speed=5, settings=settings, certificate=certificate) as running:
        assert running.api.startswith("https://")
        yield running


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    with ConnectProxy(credentials=CREDENTIALS).running() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                 "SSL_CERT_FILE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def hosts_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated hosts have an address, this machine's: they can also be reached without a proxy."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *more: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host in {HOST, LOGIN} else host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def region(platform: Simulator) -> str:
    return f"https://{HOST}:{platform.api.rpartition(':')[2]}"


def connected(platform: Simulator, **options: Any) -> gca.Client:
    return gca.connect(
        region(platform), client_id=platform.client_id, client_secret=platform.client_secret, **options
    )


def url(proxy: ConnectProxy, credentials: str = CREDENTIALS) -> str:
    return f"http://{credentials}@127.0.0.1:{proxy.port}"


def test_a_pull_aggregates_and_a_live_view_go_through_the_proxy(
    platform: Simulator, proxy: ConnectProxy, authority: Path, caplog: pytest.LogCaptureFixture
) -> None:
    direct = gca.connect(
        platform.api,
        client_id=platform.client_id,
        client_secret=platform.client_secret,
        verify=str(authority),
    )
    with (
        caplog.at_level(logging.DEBUG),
        direct,
        connected(platform, verify=str(authority), proxy=url(proxy)) as gc,
    ):
        with platform.held():  # what follows chats goes on for days
            pulls = [one.conversation_details("2026-11-17", media_type="chat") for one in (gc, direct)]
        assert pulls[0].report.pages > 5
        assert_same_tables(tables_of(pulls[0]), tables_of(pulls[1]))
        asked: dict[str, Any] = {"metrics": ["nOffered", "tHandle"], "group_by": "queueId"}
        numbers = [one.conversation_aggregates("2026-11-17", **asked) for one in (gc, direct)]
        assert_same_tables({"": numbers[0]}, {"": numbers[1]})
        with gc.live("Support") as view:
            assert view.wait_ready(DEADLINE_S)
            until(lambda: view._session.received >= 5)
            said = repr(view) + view.events.to_csv()
        said += repr(gc) + repr(pulls[0]) + caplog.text
    port = platform.api.rpartition(":")[2]
    assert {f"{HOST}:{port}", f"{LOGIN}:{port}"} == set(proxy.targets)
    for secret in ("hunter2", platform.client_secret, "Bearer"):
        assert secret not in said
        assert secret.encode() not in proxy.read
    assert b"conversations/details" not in proxy.read


def until(enough: Any) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not enough():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_the_environment_names_proxy_and_authority_and_who_is_left_out(
    platform: Simulator,
    proxy: ConnectProxy,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
    hosts_are_here: None,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url(proxy))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    with connected(platform) as gc:
        assert len(gc.queues()) > 5
        with gc.live("Support") as view:
            assert view.wait_ready(DEADLINE_S)
    assert len(proxy.targets) >= 3
    seen = len(proxy.targets)
    monkeypatch.setenv("NO_PROXY", f"elsewhere.example,{HOST},{LOGIN}")
    with connected(platform) as gc:
        assert len(gc.queues()) > 5
        with gc.live("Support") as view:
            assert view.wait_ready(DEADLINE_S)
    assert len(proxy.targets) == seen


@pytest.mark.parametrize(
    ("credentials", "refuses"),
    [("ada:wrong-hunter2", None), (CREDENTIALS, "502 Bad Gateway"), (CREDENTIALS, "403 Forbidden")],
)
def test_a_proxy_that_refuses_is_named_and_its_password_is_not(
    platform: Simulator,
    proxy: ConnectProxy,
    authority: Path,
    credentials: str,
    refuses: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy.refuses = refuses
    options: dict[str, Any] = {"verify": str(authority), "proxy": url(proxy, credentials)}
    with caplog.at_level(logging.DEBUG), pytest.raises(ConnectionFailed, match="proxy") as refused:
        connected(platform, retry=RetryPolicy.off(), **options)
    with caplog.at_level(logging.DEBUG), pytest.raises(ConnectionFailed, match="No event stream") as closed:
        Stream.open(region(platform).replace("https", "wss") + "/channels/x", network=Network(**options))
    said = f"{refused.value!r} {refused.value} {closed.value!r} {closed.value} {caplog.text}"
    for secret in ("hunter2", platform.client_secret, "YWRh"):
        assert secret not in said
    assert refused.value.hint
    assert not proxy.targets


def test_another_authority_is_an_error_that_says_how_to_name_the_right_one(
    platform: Simulator, proxy: ConnectProxy, tmp_path: Path
) -> None:
    other = make_authority(tmp_path, "other")
    for verify in (True, str(other)):
        options: dict[str, Any] = {"verify": verify, "proxy": url(proxy)}
        with pytest.raises(ConnectionFailed, match=r"not trusted.*\n.*verify="):
            connected(platform, **options)
        with pytest.raises(ConfigurationError, match=r"cannot be trusted.*\n.*verify="):
            Stream.open(region(platform).replace("https", "wss") + "/channels/x", network=Network(**options))


def test_a_host_that_the_certificate_does_not_name_is_not_trusted(
    platform: Simulator, proxy: ConnectProxy, authority: Path
) -> None:
    elsewhere = region(platform).replace(HOST, "api.another.example")
    with pytest.raises(ConnectionFailed, match="not trusted"):
        gca.connect(elsewhere, client_id="x", client_secret="y", verify=str(authority), proxy=url(proxy))
