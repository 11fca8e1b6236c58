"""Shared by all tests: no network but loopback, and one simulator for the whole run.

``--simulator-setting NAME=VALUE`` (repeatable) gives every `Simulator` of the run that value in place of the
default or of the test's own; `tests/settings_matrix.py` runs the client's tests so. A test that is about one
value is marked ``fixed_settings``, with the settings and the reason.

Drawn examples are the same in every run, and a slow machine fails none; ``--hypothesis-profile=explore``
draws others each time.
"""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

_ANY_MACHINE: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("same", derandomize=True, database=None, **_ANY_MACHINE)
hypothesis.settings.register_profile("explore", **_ANY_MACHINE)
hypothesis.settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--simulator-setting",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of every simulator of this run, in place of its default; repeatable",
    )


def pytest_configure(config: pytest.Config) -> None:
    pairs = config.getoption("--simulator-setting")
    if not pairs:
        return
    from gcanalytics.simulator import Simulator
    from gcanalytics.simulator.settings import Settings

    parsed = Settings.from_pairs(pairs)
    chosen = {name: getattr(parsed, name) for name in _names(pairs)}
    made = Simulator.__init__

    def with_chosen(self: Simulator, *, settings: Any = None, **options: Any) -> None:
        made(self, settings={**(settings or {}), **chosen}, **options)

    Simulator.__init__ = with_chosen  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    names = _names(config.getoption("--simulator-setting"))
    for item in items:
        for mark in item.iter_markers("fixed_settings"):
            if names and (not mark.args or names & set(mark.args)):
                item.add_marker(pytest.mark.skip(reason=mark.kwargs["reason"]))


def _names(pairs: list[str]) -> set[str]:
    return {pair.partition("=")[0].strip() for pair in pairs}


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise RuntimeError(f"a test tried to reach {address}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(address):
            raise RuntimeError(f"a test tried to reach {address}")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(autouse=True)
def _no_credentials_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("GENESYSCLOUD_", "GCANALYTICS_QUEUE")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def payloads() -> Path:
    """The folder of recorded payloads; the test skips, saying so, where none is given."""
    folder = os.environ.get("GCANALYTICS_PAYLOADS")
    if not folder:
        pytest.skip("GCANALYTICS_PAYLOADS names no folder of recorded payloads")
    return Path(folder)


@pytest.fixture(scope="session")
def simulator() -> Iterator[Any]:
    """A simulated platform in a child process, with history, at a busy business hour."""
    from gcanalytics.simulator import Simulator

    with Simulator(
        seed=7, days=10, settings={"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z"}
    ) as running:
        yield running
