"""Connecting to a simulated platform: credentials, tokens, the demo."""

import importlib.util
import os
import time
from typing import Any

import pytest

import gcanalytics.client as gca
from gcanalytics import errors
from gcanalytics.client import embedded
from gcanalytics.simulator import Simulator
from gcanalytics.transport.auth import ClientCredentials
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy


def connect(simulator: Any, **options: Any) -> gca.Client:
    given = {"client_id": simulator.client_id, "client_secret": simulator.client_secret, **options}
    return gca.connect(simulator.api, **given)


def test_the_environment_is_enough(simulator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    with gca.connect(tz="Europe/Warsaw") as gc:
        assert set(gc.queues()["name"]) == set(simulator.queues)
        assert simulator.client_secret not in repr(gc)
        assert "Europe/Warsaw" in repr(gc)
        assert gc.tz == "Europe/Warsaw"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"client_id": "nobody"}, "client not found"), ({"client_secret": "s3cr3t"}, "authentication failed")],
)
def test_wrong_credentials_are_one_clear_error(simulator: Any, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(errors.AuthenticationError) as refused:
        connect(simulator, **wrong)
    assert (refused.value.status, refused.value.code) == (400, "invalid_client")
    assert said in str(refused.value)
    assert not [secret for secret in ("s3cr3t", simulator.client_secret) if secret in str(refused.value)]


def test_a_wrong_access_token_is_one_clear_error(simulator: Any) -> None:
    gc = gca.connect(simulator.api, access_token="t0k3n")
    with pytest.raises(errors.AuthenticationError) as refused:
        gc.queues()
    assert refused.value.status == 401
    assert refused.value.correlation_id
    assert "t0k3n" not in str(refused.value)
    gc.close()


def test_nobody_there_is_one_clear_error() -> None:
    with pytest.raises(errors.ConnectionFailed, match="refuses the connection"):
        gca.connect("http://127.0.0.1:9", client_id="a", client_secret="b", retry=RetryPolicy.off())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "mars"}, "There is no region"),
        ({"region": "http://example.com"}, "Plain http"),
        ({"region": "eu_west_1"}, "No credentials"),
        ({"region": "eu_west_1", "access_token": "t", "tz": "Mars/Olympus"}, "no time zone"),
    ],
)
def test_what_is_wrong_is_said_before_any_request(
    options: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises((errors.ConfigurationError, errors.QueryError), match=words):
        gca.connect(**options)  # type: ignore[arg-type]


def test_any_endpoint_can_be_asked(simulator: Any) -> None:
    with connect(simulator) as gc:
        answer = gc.request("get", "/api/v2/organizations/me")
        assert answer.data["id"] == simulator.organization_id
        assert answer.correlation_id
        with pytest.raises(errors.ApiError) as refused:
            gc.request("GET", "/api/v2/no/such/thing")
        assert (refused.value.status, refused.value.path) == (404, "/api/v2/no/such/thing")


def test_closing_twice_does_nothing_more(simulator: Any) -> None:
    gc = connect(simulator)
    gc.close()
    gc.close()
    assert "closed" in repr(gc)
    with pytest.raises(errors.ConnectionFailed, match="was closed"):
        gc.queues()


@pytest.mark.fixed_settings(reason="has these settings itself")
def test_a_token_is_renewed_before_its_end_and_after_a_refusal() -> None:
    with Simulator(days=1, settings={"token_life_s": 1, "rate_per_minute": 100_000}) as simulator:
        logins: list[str] = []
        login = Rest(simulator.api)

        def request(method: str, path: str, **more: Any) -> Any:
            logins.append(path)
            return login.request(method, path, **more)

        def asked_until(count: int, clock: Any) -> int:
            asked = 0
            auth = ClientCredentials(
                simulator.client_id, simulator.client_secret, request=request, clock=clock
            )
            rest = Rest(simulator.api, auth=auth)
            deadline = time.monotonic() + 20
            while len(logins) < count and time.monotonic() < deadline:
                assert rest.request("GET", "/api/v2/organizations/me").status == 200
                asked += 1
            rest.close()
            return asked

        # A request that was slow on its way may need two of them.
        assert asked_until(3, time.monotonic) > 3  # renews by the clock, and not for each request
        by_clock = len(logins)
        assert by_clock >= 3
        asked_until(by_clock + 2, lambda: 0.0)  # a clock that stands: only the platform's refusal tells
        assert len(logins) >= by_clock + 2
        login.close()


def test_the_demo_runs_shares_and_ends_its_simulator() -> None:
    first = gca.demo(days=1, seed=3)
    second = gca.demo(days=1, seed=3, tz="Europe/Warsaw")
    running = [one for one in embedded._running.values() if one.alive]
    assert len(running) == 1
    child = running.pop().pid
    assert first.api == second.api
    first.close()
    assert len(second.queues()) >= 6
    assert second.request("GET", "/api/v2/organizations/me").status == 200
    second.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_another_process_reaches_the_demos_simulator_by_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = embedded.Embedded(["--days=1"])
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    with gca.connect() as gc:
        assert gc.api == running.settings().api
    running.close()
    running.close()
    assert not running.alive


def test_a_copy_of_the_lifeline_keeps_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_END_S", 0.2)
    running = embedded.Embedded(["--days=1"])
    copy = os.dup(running.lifeline)
    running._process.stdin.close()  # type: ignore[union-attr]
    assert running.alive
    os.close(copy)
    running._process.wait(10)
    running.close()


def test_the_demo_without_its_packages_is_a_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "aiohttp" else found(name))
    with pytest.raises(errors.ConfigurationError, match=r'pip install "gcanalytics\[demo\]"'):
        gca.demo()


def test_a_demo_that_does_not_start_says_the_last_words() -> None:
    with pytest.raises(errors.ConfigurationError, match=r"did not start.*no_such_setting"):
        gca.demo(settings={"no_such_setting": 1})
