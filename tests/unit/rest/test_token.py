"""The token: fetched once, renewed in time, and never told."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics import errors
from gcanalytics.transport.auth import ClientCredentials, StaticToken
from gcanalytics.transport.exchange import Outgoing
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

from .fake_exchange import API, OK, Clock, Fake, answer, rest, until_it_waits


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
    until_it_waits(login)
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
    assert refused.value.response.text == json.dumps(body).replace("s3cr3t", "…")


@pytest.mark.parametrize(
    "body", [{}, {"access_token": ""}, {"access_token": 3}, [1], {"access_token": "a\nb"}]
)
def test_an_answer_without_a_token_is_an_error(body: Any) -> None:
    auth = credentials(lambda *a, **k: answer(200, body), Clock())
    with pytest.raises(errors.ApiError, match="no token") as refused:
        auth.header()
    assert (refused.value.response.status, refused.value.response.text) == (200, "")


def test_an_answer_that_repeats_the_token_is_told_without_it() -> None:
    echo = answer(401, rb'{"message":"bad tok\/en+x"}', www_authenticate="Bearer tok/en+x")
    with pytest.raises(errors.AuthenticationError) as refused:
        rest(Fake(echo), auth=StaticToken("tok/en+x")).request("GET", "/a")
    response = refused.value.response
    assert (response.text, response.headers["WWW-Authenticate"]) == ('{"message":"bad …"}', "Bearer …")


def test_half_an_answer_with_a_token_is_an_error_without_it() -> None:
    half = b'{"access_token":"t0k3n","token_type":"bearer","expires_in":864'
    login = rest(Fake(answer(200, half)), retry=RetryPolicy.off())
    with pytest.raises(errors.GenesysError) as refused:
        credentials(login.request, Clock()).header()
    assert refused.value.response.status == 200
    assert "t0k3n" not in f"{refused.value} {refused.value.response.text}"
