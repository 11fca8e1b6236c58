"""The retry decision and the pacing, without a clock or a socket."""

from typing import Any

import numpy as np
import pytest

from gcanalytics.errors import ConfigurationError
from gcanalytics.transport.pacing import Pacer
from gcanalytics.transport.retry import (
    RetryPolicy,
    Trouble,
    limit_reset_s,
    retry_after_s,
    trouble_of_status,
)


@pytest.mark.parametrize(
    ("status", "retry_after", "trouble"),
    [
        (200, False, None),
        (202, True, None),
        (204, False, None),
        (429, False, Trouble.NOT_EXECUTED),
        (429, True, Trouble.NOT_EXECUTED),
        (503, True, Trouble.NOT_EXECUTED),
        (503, False, Trouble.GATEWAY),
        (502, True, Trouble.GATEWAY),
        (504, False, Trouble.GATEWAY),
        (408, False, Trouble.GATEWAY),
        (500, True, Trouble.FINAL),
        (400, False, Trouble.FINAL),
        (401, False, Trouble.FINAL),
        (302, False, Trouble.FINAL),
    ],
)
def test_a_status_means_a_trouble(status: int, retry_after: bool, trouble: Trouble | None) -> None:
    assert trouble_of_status(status, retry_after=retry_after) is trouble


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("repeatable", [True, False])
def test_only_what_was_not_executed_or_may_be_repeated_is_sent_again(
    trouble: Trouble, repeatable: bool
) -> None:
    wait = RetryPolicy().wait_s(trouble, repeatable=repeatable, attempt=1, elapsed_s=0)
    always = {Trouble.NOT_EXECUTED, Trouble.UNREACHABLE}
    expected = trouble in always or (repeatable and trouble is not Trouble.FINAL)
    assert (wait is not None) == expected


def test_waits_double_up_to_their_bound() -> None:
    policy = RetryPolicy(max_time_s=1e6, first_wait_s=0.5, longest_wait_s=4)
    waits = [policy.wait_s(Trouble.LOST, repeatable=True, attempt=n, elapsed_s=0) for n in range(1, 7)]
    assert waits == [0.5, 1, 2, 4, 4, 4]


def test_a_retry_after_beyond_the_budget_ends_at_once() -> None:
    policy = RetryPolicy(max_time_s=60)
    ask: dict[str, Any] = {"repeatable": True, "attempt": 1}
    assert policy.wait_s(Trouble.NOT_EXECUTED, **ask, elapsed_s=0, retry_after_s=42) == 42
    assert policy.wait_s(Trouble.NOT_EXECUTED, **ask, elapsed_s=30, retry_after_s=42) is None
    assert policy.wait_s(Trouble.NOT_EXECUTED, **ask, elapsed_s=0, retry_after_s=float("inf")) is None


@pytest.mark.parametrize("asked", [{"retry_after_s": 0.0}, {"retry_after_s": None, "limit_reset_s": 0.0}])
def test_to_come_back_at_once_is_believed_once(asked: dict[str, Any]) -> None:
    policy = RetryPolicy(first_wait_s=0.5)
    waits = [
        policy.wait_s(Trouble.NOT_EXECUTED, repeatable=False, attempt=n, elapsed_s=0, **asked)
        for n in (1, 2, 3)
    ]
    assert waits == [0, 1, 2]


def test_no_connection_and_nonsense_are_tried_a_few_times_only() -> None:
    policy = RetryPolicy(max_time_s=1e9)
    for trouble in (Trouble.UNREACHABLE, Trouble.GARBLED):
        assert policy.wait_s(trouble, repeatable=True, attempt=3, elapsed_s=0) is not None
        assert policy.wait_s(trouble, repeatable=True, attempt=4, elapsed_s=0) is None


@pytest.mark.parametrize(
    "wrong",
    [{"max_time_s": -1}, {"first_wait_s": "1"}, {"longest_wait_s": float("nan")}, {"garbled_attempts": True}],
)
def test_what_is_no_time_and_no_count_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))}=.* from 0 up"):
        RetryPolicy(**wrong)
    assert RetryPolicy(max_time_s=float("inf")).max_time_s > 1e9
    counted: Any = np.int64(2)
    assert RetryPolicy(max_time_s=counted, garbled_attempts=counted).max_time_s == 2


def test_off_means_one_attempt() -> None:
    assert RetryPolicy.off().wait_s(Trouble.NOT_EXECUTED, repeatable=True, attempt=1, elapsed_s=0) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("42", 42.0),
        (" 0.5 ", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": value}, now=lambda: 60.0) == seconds


@pytest.mark.parametrize(("value", "seconds"), [("61", 61.0), ("x", None), ("", None), ("-1", None)])
def test_the_limits_reset_is_read(value: str, seconds: float | None) -> None:
    assert limit_reset_s({"inin-ratelimit-reset": value}) == seconds


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _headers(count: int, allowed: int, reset: int) -> dict[str, str]:
    return {
        "inin-ratelimit-count": str(count),
        "inin-ratelimit-allowed": str(allowed),
        "inin-ratelimit-reset": str(reset),
    }


def test_requests_flow_until_the_window_is_used_up_and_again_after_it() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    assert pacer.wait_s() == 0
    pacer.saw(_headers(1, 3, 61))
    assert [pacer.wait_s(), pacer.wait_s()] == [0, 0]
    assert pacer.wait_s() == 61
    clock.now += 61
    assert pacer.wait_s() == 0


def test_what_others_sent_with_the_same_token_counts() -> None:
    pacer = Pacer(Clock())
    pacer.saw(_headers(299, 300, 20))
    assert [pacer.wait_s(), pacer.wait_s()] == [0, 20]


def test_a_late_answer_of_the_window_before_changes_nothing() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.saw(_headers(10, 10, 60))
    clock.now += 60
    pacer.saw(_headers(1, 10, 60))
    pacer.saw(_headers(10, 10, 0))
    assert pacer.wait_s() == 0


def test_an_overtaken_answer_does_not_lower_the_count() -> None:
    pacer = Pacer(Clock())
    pacer.saw(_headers(10, 10, 60))
    pacer.saw(_headers(4, 10, 60))
    assert pacer.wait_s() == 60


def test_the_patient_leave_the_last_places_of_a_window_to_others() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.saw(_headers(284, 300, 40))
    assert pacer.wait_s(patient=True) == 0
    assert pacer.wait_s(patient=True) == 40
    assert [pacer.wait_s() for _ in range(16)] == [0] * 15 + [40]
    clock.now += 40
    assert pacer.wait_s(patient=True) == 0


def test_a_small_limit_has_no_places_to_leave() -> None:
    pacer = Pacer(Clock())
    pacer.saw(_headers(9, 10, 40))
    assert [pacer.wait_s(patient=True), pacer.wait_s(patient=True)] == [0, 40]


def test_a_pause_holds_everybody() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.pause(5)
    pacer.pause(3)
    assert pacer.wait_s() == 5
    clock.now += 5
    assert pacer.wait_s() == 0


@pytest.mark.parametrize("headers", [{}, _headers(1, 0, 60), _headers(1, 5, 99_999)])
def test_headers_that_make_no_sense_hold_nobody(headers: dict[str, str]) -> None:
    pacer = Pacer(Clock())
    pacer.saw(headers)
    assert [pacer.wait_s() for _ in range(20)] == [0] * 20
