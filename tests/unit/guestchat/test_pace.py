"""The guest chat SDK's rules of asking again: decided without a clock, then followed with a played one."""

import pytest

from gcanalytics.errors import ApiError, ConfigurationError, RateLimited
from gcanalytics.guestchat import GuestChat
from gcanalytics.guestchat.access import SdkPace
from gcanalytics.transport.exchange import NoAnswer
from gcanalytics.transport.retry import RetryPolicy, Trouble

from .scripted_platform import ARGUMENTS, BASE, GUEST, Answer, Platform, Stream, message

BUSY = (429, {"message": "Rate limit exceeded", "code": "too.many.requests", "status": 429})
GATEWAY = (504, {"message": "The request timed out.", "code": "request.timeout", "status": 504})


@pytest.mark.parametrize(
    ("trouble", "attempt", "elapsed_s", "retry_after_s", "wait_s"),
    [
        (Trouble.NOT_EXECUTED, 1, 0, None, 3),
        (Trouble.NOT_EXECUTED, 1, 0, 42, 42),  # the last wait may reach beyond the time
        (Trouble.NOT_EXECUTED, 1, 0, 0, 0),
        (Trouble.NOT_EXECUTED, 99, 899, None, 3),
        (Trouble.NOT_EXECUTED, 99, 899, 7, 7),
        (Trouble.NOT_EXECUTED, 1, 900, None, None),
        (Trouble.GATEWAY, 1, 0, None, 3),
        (Trouble.GATEWAY, 1, 0, 5, 5),
        (Trouble.GATEWAY, 5, 400, None, 3),
        (Trouble.GATEWAY, 6, 299.9, None, 3),
        (Trouble.GATEWAY, 6, 300, None, 9),
        (Trouble.GATEWAY, 6, 599.9, None, 9),
        (Trouble.GATEWAY, 6, 600, None, 27),
        (Trouble.GATEWAY, 6, 899.9, None, 27),
        (Trouble.GATEWAY, 6, 900, None, None),
        (Trouble.LOST, 1, 0, None, None),
        (Trouble.UNREACHABLE, 1, 0, None, None),
        (Trouble.GARBLED, 1, 0, None, None),
        (Trouble.FINAL, 1, 0, None, None),
    ],
)
def test_a_trouble_is_met_with_a_wait(
    trouble: Trouble, attempt: int, elapsed_s: float, retry_after_s: float | None, wait_s: float | None
) -> None:
    pace = SdkPace(max_time_s=900)
    found = pace.wait_s(
        trouble,
        repeatable=True,
        attempt=attempt,
        elapsed_s=elapsed_s,
        retry_after_s=retry_after_s,
        limit_reset_s=61,
        jitter=0.5,
    )
    assert found == wait_s


def test_the_longest_wait_is_27_seconds() -> None:
    pace = SdkPace(max_time_s=1e6)
    assert pace.wait_s(Trouble.GATEWAY, repeatable=True, attempt=9, elapsed_s=99_999) == 27


def test_what_may_have_been_executed_is_not_sent_again() -> None:
    pace = SdkPace(max_time_s=10)
    assert pace.wait_s(Trouble.GATEWAY, repeatable=False, attempt=1, elapsed_s=0) is None
    assert pace.wait_s(Trouble.NOT_EXECUTED, repeatable=False, attempt=1, elapsed_s=0) == 3
    assert SdkPace(max_time_s=0).wait_s(Trouble.NOT_EXECUTED, repeatable=True, attempt=1, elapsed_s=0) is None


@pytest.mark.parametrize("answer", [BUSY, GATEWAY])
def test_ten_seconds_are_four_more_attempts_three_seconds_apart(
    platform: Platform, stream: Stream, answer: Answer
) -> None:
    patient = GuestChat.start(**ARGUMENTS, retry=RetryPolicy(max_time_s=10))
    platform.answer("GET", f"{BASE}/messages", answer)
    with pytest.raises(ApiError):
        patient.messages()
    assert platform.waits == [3, 3, 3, 3]
    assert len(platform.requests("GET", f"{BASE}/messages")) == 5


def test_a_creation_is_sent_again_only_where_it_was_not_executed(platform: Platform, stream: Stream) -> None:
    created = platform.answers["POST", "/api/v2/webchat/guest/conversations"][0]
    platform.answer("POST", "/api/v2/webchat/guest/conversations", BUSY, created)
    assert GuestChat.start(**ARGUMENTS, retry=RetryPolicy(max_time_s=10)).is_open
    assert platform.waits == [3]


def test_retries_are_off_unless_asked_for(platform: Platform, stream: Stream) -> None:
    path = f"{BASE}/members/{GUEST}/messages"
    for retry in (None, RetryPolicy.off()):
        chat = GuestChat.start(**ARGUMENTS, retry=retry)
        platform.asked.clear()
        platform.answer("POST", path, BUSY)
        with pytest.raises(RateLimited):
            chat.send("Hello!")
        platform.answer("GET", f"{BASE}/messages", NoAnswer(Trouble.UNREACHABLE, "nobody there"))
        with pytest.raises(Exception, match="nobody there"):
            chat.messages()
        assert len(platform.asked) == 2
    patient = GuestChat.start(**ARGUMENTS, retry=RetryPolicy(max_time_s=60))
    platform.answer("POST", path, BUSY, (200, message(1, GUEST)))
    assert patient.send("Hello!").id == "m1"


def test_a_policy_that_is_none_is_refused_before_any_request(platform: Platform) -> None:
    with pytest.raises(ConfigurationError, match="retry= takes a RetryPolicy, not int"):
        GuestChat.start(**ARGUMENTS | {"retry": 10})
    assert platform.asked == []
