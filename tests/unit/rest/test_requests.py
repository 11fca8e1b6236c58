"""What is asked again, what becomes which error, and what is refused before any request."""

import threading
import traceback
from pathlib import Path
from typing import Any

import pytest

from gcanalytics import errors
from gcanalytics.transport.auth import StaticToken
from gcanalytics.transport.exchange import NoAnswer, Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy, Trouble

from .fake_exchange import API, LOST, OK, Clock, Fake, Step, answer, rest, until_it_waits


def test_a_429_is_asked_again_after_the_time_it_names_for_every_method() -> None:
    clock = Clock()
    fake = Fake(answer(429, Retry_After="42"), OK)
    connection = rest(fake, clock)
    assert connection.request("DELETE", "/x").status == 200
    assert clock.slept == [42]
    assert (connection.requests, connection.retries) == (2, 1)


def test_the_recorded_429_is_understood(payloads: Path) -> None:
    body = (payloads / "error_429_normalized.json").read_bytes()
    lines = (payloads / "error_429_normalized_headers.txt").read_text().splitlines()[1:]
    headers = Headers(dict(line.split(": ", 1) for line in lines if ": " in line))
    clock = Clock()
    recorded = ApiResponse(429, "Too Many Requests", headers, "GET", "/x", body)
    assert rest(Fake(recorded, OK), clock).request("GET", "/x").status == 200
    assert clock.slept == [42]
    with pytest.raises(errors.RateLimited, match="Retry the request in") as refused:
        rest(Fake(recorded), retry=RetryPolicy.off()).request("GET", "/x")
    assert refused.value.code == "too.many.requests.retry.after"
    assert refused.value.correlation_id


def test_a_bare_429_waits_for_the_end_of_the_limits_window() -> None:
    clock = Clock()
    rest(Fake(answer(429, inin_ratelimit_reset="17"), OK), clock).request("POST", "/x")
    assert clock.slept == [17]


@pytest.mark.parametrize("step", [LOST, answer(502, b"<html>"), answer(504), answer(503)])
def test_a_read_whose_answer_was_lost_is_repeated_and_a_write_is_not(step: Step) -> None:
    assert rest(Fake(step, OK)).request("GET", "/x").data == {"fine": True}
    assert rest(Fake(step, OK)).request("POST", "/x", repeatable=True).data == {"fine": True}
    fake = Fake(step, OK)
    with pytest.raises(errors.DeliveryUnknown, match="may or may not have been executed"):
        rest(fake).request("POST", "/x")
    assert len(fake.sent) == 1


@pytest.mark.parametrize(
    "step",
    [
        answer(408),
        answer(502, b"<html>"),
        answer(503),
        answer(504),
        answer(200, b"<html>"),
        answer(201, b"{"),
    ],
)
def test_a_write_of_unknown_fate_tells_all_that_its_answer_told(step: ApiResponse) -> None:
    told = answer(step.status, step.content, inin_correlation_id="c-4")
    with pytest.raises(errors.DeliveryUnknown, match="Look whether it was done") as unknown:
        rest(Fake(told)).request("POST", "/x")
    facts = (unknown.value.status, unknown.value.method, unknown.value.path, unknown.value.correlation_id)
    assert facts == (step.status, "GET", "/x", "c-4")


def test_a_delete_is_answered_with_nothing_or_json() -> None:
    def deleted(body: bytes) -> ApiResponse:
        return ApiResponse(200, "OK", Headers(), "DELETE", "/x", body)

    assert rest(Fake(deleted(b""))).request("DELETE", "/x").status == 200
    with pytest.raises(errors.DeliveryUnknown, match="with HTML"):
        rest(Fake(deleted(b"<html>Log in"))).request("DELETE", "/x")


def test_a_write_that_was_refused_or_put_off_is_no_riddle() -> None:
    for step, kind in [
        (answer(429, Retry_After="3"), errors.RateLimited),
        (answer(503, Retry_After="3"), errors.ApiError),
        (answer(400), errors.ApiError),
        (answer(500), errors.ApiError),
    ]:
        with pytest.raises(kind):
            rest(Fake(step), retry=RetryPolicy(max_time_s=10)).request("POST", "/x")
    put_off = Fake(answer(503, Retry_After="3"), OK)
    assert rest(put_off).request("POST", "/x").status == 200


def test_a_write_that_never_left_is_sent_again_and_then_a_plain_failure() -> None:
    fake = Fake(NoAnswer(Trouble.UNREACHABLE, "api.example refuses the connection"))
    with pytest.raises(errors.ConnectionFailed) as refused:
        rest(fake).request("POST", "/x?secret=1")
    assert len(fake.sent) == 4
    assert not isinstance(refused.value, errors.DeliveryUnknown)
    assert (refused.value.method, refused.value.path) == ("POST", "/x")


def test_the_budget_ends_the_repetitions() -> None:
    clock = Clock()
    fake = Fake(answer(429, Retry_After="20", inin_correlation_id="c-1"))
    with pytest.raises(errors.RateLimited) as refused:
        rest(fake, clock, retry=RetryPolicy(max_time_s=50)).request("GET", "/x")
    assert len(fake.sent) == 3
    assert (refused.value.status, refused.value.correlation_id) == (429, "c-1")


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><p>", b"", b'{"conversations": [{"conv', b"\xff{}"])
def test_a_body_that_is_no_json_is_asked_again_then_an_error_with_its_whereabouts(body: bytes) -> None:
    assert rest(Fake(answer(200, body), OK)).request("GET", "/x").data == {"fine": True}
    fake = Fake(answer(200, body, inin_correlation_id="c-2"))
    with pytest.raises(errors.ApiError, match="one JSON text was due") as refused:
        rest(fake).request("GET", "/x")
    assert len(fake.sent) == 4
    assert (refused.value.status, refused.value.path, refused.value.correlation_id) == (200, "/x", "c-2")


def test_other_requests_may_take_any_body() -> None:
    response = rest(Fake(answer(200, b"<html>"))).request("GET", "/x", expect_json=False)
    with pytest.raises(errors.ApiError, match="with HTML"):
        _ = response.data
    assert rest(Fake(answer(204, b""))).request("PUT", "/x").data is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ApiError),
        (401, errors.AuthenticationError),
        (403, errors.PermissionDenied),
        (404, errors.ApiError),
        (500, errors.ApiError),
    ],
)
def test_a_refusal_carries_the_platforms_words(status: int, kind: type[errors.ApiError]) -> None:
    body = {"message": "No such thing.", "code": "not.found", "status": status}
    with pytest.raises(kind) as refused:
        rest(Fake(answer(status, body))).request("GET", "/x")
    assert (refused.value.code, refused.value.server_message) == ("not.found", "No such thing.")
    assert "No such thing." in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"<html>oops", b"[1]", b'{"message": 3, "code": null}', b"oops"])
def test_an_error_of_another_shape_is_still_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(errors.ApiError, match="500 Words"):
        rest(Fake(answer(500, body))).request("GET", "/x")


def test_a_redirect_is_not_followed() -> None:
    fake = Fake(answer(302, b"", Location="https://login.corporate.example/?next=x"))
    with pytest.raises(errors.ApiError, match=r"redirects to login\.corporate\.example"):
        rest(fake, auth=StaticToken("t0k3n")).request("GET", "/x")
    assert len(fake.sent) == 1


def test_the_token_goes_to_the_apis_host_alone() -> None:
    fake = Fake(OK)
    connection = rest(fake, auth=StaticToken("t0k3n"))
    connection.request("GET", f"{API}/api/v2/next?page=2")
    assert fake.sent[0].path == "/api/v2/next?page=2"
    assert fake.sent[0].headers["Authorization"] == "Bearer t0k3n"
    for path in (
        "https://evil.example/x",
        "http://api.example/x",
        "@evil.example/x",
        "x",
        "/a b",
        "/a\r\nB: c",
    ):
        with pytest.raises(errors.QueryError):
            connection.request("GET", path)
    assert len(fake.sent) == 1


def test_a_method_that_does_not_exist_is_refused_before_any_request() -> None:
    with pytest.raises(errors.QueryError, match="'FETCH'"):
        rest(Fake(OK)).request("fetch", "/x")


def test_a_body_that_is_no_json_is_refused_before_any_request() -> None:
    fake = Fake(OK)
    with pytest.raises(errors.QueryError, match="cannot be written as JSON"):
        rest(fake).request("POST", "/x", json={"a": object()})
    assert fake.sent == []


def test_parameters_are_written_as_the_platform_reads_them() -> None:
    fake = Fake(OK)
    rest(fake).request("GET", "/x", params={"a": True, "b": None, "c": ["x", False], "d": 3})
    assert fake.sent[0].params == {"a": "true", "c": ["x", "false"], "d": 3}


def test_no_secret_stands_in_an_error_that_the_platform_echoes() -> None:
    fake = Fake(answer(400, {"message": "bad header Bearer t0k3n"}))
    with pytest.raises(errors.ApiError) as refused:
        rest(fake, auth=StaticToken("t0k3n")).request("GET", "/x")
    assert "t0k3n" not in str(refused.value) + repr(refused.value.__dict__) + repr(fake.sent[0])


def test_a_secret_is_blotted_out_before_a_long_text_is_cut() -> None:
    fake = Fake(answer(400, {"message": "x" * 996 + "t0k3n"}))
    with pytest.raises(errors.ApiError) as refused:
        rest(fake, auth=StaticToken("t0k3n")).request("GET", "/x")
    assert refused.value.server_message == "x" * 996 + "…"


def test_interrupt_wakes_a_wait_and_later_requests_work() -> None:
    waiting = threading.Event()
    fake = Fake(answer(429, Retry_After="200"), OK)
    connection = Rest(API, exchange=fake)
    outcome: list[BaseException] = []

    def ask() -> None:
        waiting.set()
        try:
            connection.request("GET", "/x")
        except errors.GenesysError as failure:
            outcome.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    assert waiting.wait(5)
    until_it_waits(connection)
    while thread.is_alive():
        connection.interrupt()
        thread.join(0.01)
    assert isinstance(outcome[0], errors.ConnectionFailed)


def test_closing_wakes_a_wait_though_its_request_has_a_stop_of_its_own() -> None:
    waiting = threading.Event()

    def busy(outgoing: Outgoing) -> ApiResponse:
        waiting.set()
        return answer(429, Retry_After="200")

    connection = Rest(API, exchange=busy)
    outcome: list[BaseException] = []

    def ask() -> None:
        try:
            connection.request("GET", "/x", stop=threading.Event())
        except errors.GenesysError as failure:
            outcome.append(failure)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    assert waiting.wait(5)
    connection.close()
    thread.join(5)
    assert isinstance(outcome[0], errors.ConnectionFailed)
    assert "was closed" in str(outcome[0])


def test_a_request_that_is_stopped_before_it_left_is_not_sent() -> None:
    stop = threading.Event()
    stop.set()
    fake = Fake(OK)
    with pytest.raises(errors.ConnectionFailed, match="interrupted") as stopped:
        rest(fake).request("POST", "/x", stop=stop)
    assert not isinstance(stopped.value, errors.DeliveryUnknown)
    assert fake.sent == []


def test_a_number_of_seconds_is_no_retry_policy() -> None:
    with pytest.raises(errors.ConfigurationError, match=r"not int.\nRetryPolicy\(max_time_s=10\)"):
        rest(Fake(OK), retry=10)


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-Trace": "one\ntwo"}},
        {"headers": {"X-Trace": 7}},
        {"headers": {"X Trace\n": "x"}},
        {"headers": {None: "x"}},
    ],
)
def test_a_request_that_cannot_be_made_is_refused_without_the_token(options: dict[str, Any]) -> None:
    connection = Rest(API, auth=StaticToken("t0k3n"))
    with pytest.raises(errors.QueryError, match="No GET request can be made") as refused:
        connection.request("GET", "/x", **options)
    assert refused.value.__cause__ is None
    assert "t0k3n" not in f"{refused.value!r} {refused.value}"
    connection.close()


def test_a_token_that_no_header_can_hold_is_in_no_text() -> None:
    connection = Rest(API, auth=StaticToken("t0k3n\n"))
    with pytest.raises(errors.QueryError) as refused:
        connection.request("GET", "/x")
    assert "t0k3n" not in "".join(traceback.format_exception(refused.value))
    connection.close()


def test_many_requests_are_paced_so_that_none_is_refused() -> None:
    clock = Clock()
    window = {"ends": 60.0, "count": 0}
    refused = 0

    def platform(outgoing: Outgoing) -> ApiResponse:
        nonlocal refused
        clock.now += 0.1
        if clock.now >= window["ends"]:
            window.update(ends=clock.now + 60, count=0)
        window["count"] += 1
        refused += window["count"] > 20
        reset = str(int(window["ends"] - clock.now) + 1)
        limits = {"inin_ratelimit_count": str(window["count"]), "inin_ratelimit_allowed": "20"}
        return answer(429 if window["count"] > 20 else 200, {}, inin_ratelimit_reset=reset, **limits)

    connection = Rest(API, exchange=platform, clock=clock, sleep=clock.sleep)
    for _request in range(100):
        connection.request("GET", "/x")
    assert refused == 0
    assert len(clock.slept) == 4
    assert clock.now < 4 * 62


REFUSED = {
    "message": "Try later",
    "code": "service.unavailable",
    "status": 503,
    "contextId": "x",
    "errors": [],
}


@pytest.mark.parametrize("body", [REFUSED, {"message": "Internal server error"}, {"error": "invalid_client"}])
def test_a_success_with_an_errors_body_is_none(body: object) -> None:
    assert rest(Fake(answer(200, body), OK)).request("GET", "/x").data == {"fine": True}
    fake = Fake(answer(200, body))
    with pytest.raises(errors.ApiError, match="with an error in its body") as refused:
        rest(fake).request("GET", "/x")
    assert len(fake.sent) == 4
    assert refused.value.status == 200
    with pytest.raises(errors.DeliveryUnknown, match="may or may not have been executed"):
        rest(Fake(answer(200, body), OK)).request("POST", "/x")


def test_the_words_of_an_error_in_a_success_are_kept() -> None:
    with pytest.raises(errors.ApiError) as refused:
        rest(Fake(answer(200, REFUSED))).request("GET", "/x")
    assert (refused.value.code, refused.value.server_message) == ("service.unavailable", "Try later")


@pytest.mark.parametrize(
    "body", [{}, {"totalHits": 3}, {"message": "hello", "id": "x"}, {"status": "ok"}, [{"message": "x"}], "x"]
)
def test_what_only_resembles_an_error_is_a_success(body: object) -> None:
    assert rest(Fake(answer(200, body))).request("GET", "/x").data == body
