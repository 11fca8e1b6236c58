"""The rate limit of a token under any course of requests: a pure account with the time handed in."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.rest.access import RATE_WINDOW_S, Access, Token
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.settings import Settings

CLIENT = OAuthClient("id", "secret")


class Hands:
    """A clock that stands."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def account(limit: int) -> tuple[Access, Hands]:
    hands = Hands()
    return Access([CLIENT], Settings(rate_per_minute=limit), hands), hands


def refused(access: Access, token: Token) -> Refusal | None:
    try:
        access.count(token)
    except Refusal as no:
        return no
    return None


# Bursts, pauses about as long as the window, and moments just around its end.
pauses = st.lists(
    st.one_of(
        st.just(0.0),
        st.floats(0, 3),
        st.floats(RATE_WINDOW_S - 0.01, RATE_WINDOW_S + 0.01),
        st.floats(0, 200),
    ),
    max_size=80,
)


def within(times: Iterable[float], start: float, length: float) -> int:
    return sum(start <= each < start + length for each in times)


@given(st.integers(1, 12), pauses)
def test_no_window_ever_has_more_than_the_allowance(limit: int, waits: list[float]) -> None:
    access, hands = account(limit)
    token = access.issue(CLIENT)
    windows: dict[float, list[float]] = {}
    passed = []
    for wait in waits:
        hands.now += wait
        no = refused(access, token)
        headers = access.rate_headers(token)
        count, reset = int(headers["inin-ratelimit-count"]), int(headers["inin-ratelimit-reset"])
        assert headers["inin-ratelimit-allowed"] == str(limit)
        assert 1 <= count <= limit
        assert 1 <= reset <= RATE_WINDOW_S + 1
        # The window as the headers tell it ends no earlier than the window itself.
        assert hands.now + reset >= token.window_ends
        if no is None:
            passed.append(hands.now)
            windows.setdefault(token.window_ends, []).append(hands.now)
        else:
            assert (no.status, count) == (429, limit)
            assert no.headers["Retry-After"] == str(reset)
    assert all(len(times) <= limit for times in windows.values())
    # Two windows meet in any minute: the most that a client can send in one is twice the allowance.
    assert all(within(passed, start, RATE_WINDOW_S) <= 2 * limit for start in passed)


@given(st.integers(1, 12), pauses, st.integers(1, 30))
def test_whoever_waits_as_told_gets_through(limit: int, waits: list[float], more: int) -> None:
    access, hands = account(limit)
    token = access.issue(CLIENT)
    for wait in [*waits, *([0.0] * more)]:
        hands.now += wait
        no = refused(access, token)
        if no is not None:
            hands.now += float(no.headers["Retry-After"])
            assert refused(access, token) is None


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 2), st.floats(0, 40)), max_size=60))
def test_tokens_do_not_count_for_each_other(limit: int, steps: list[tuple[int, float]]) -> None:
    access, hands = account(limit)
    together = [access.issue(CLIENT) for _ in range(3)]
    alone_access, alone_hands = account(limit)
    alone = alone_access.issue(CLIENT)
    for number, wait in steps:
        hands.now += wait
        alone_hands.now = hands.now
        answer = refused(access, together[number])
        if number == 0:
            assert (answer is None) == (refused(alone_access, alone) is None)


def test_a_burst_at_the_end_of_a_window_and_one_at_the_start_of_the_next_both_pass() -> None:
    access, hands = account(5)
    token = access.issue(CLIENT)
    assert refused(access, token) is None
    hands.now = RATE_WINDOW_S - 0.001
    assert [refused(access, token) is None for _ in range(5)] == [True] * 4 + [False]
    hands.now = RATE_WINDOW_S
    assert [refused(access, token) is None for _ in range(6)] == [True] * 5 + [False]
