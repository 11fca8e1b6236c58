"""Half hours of the statistics topics: nothing lost and nothing doubled, at whatever moments one looks."""

from collections import Counter, defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.simulator.streams.half_hours import (
    HALF_HOUR_MS,
    UNTOLD_MS,
    HalfHours,
    Key,
    metrics_of,
    start_of,
)
from gcanalytics.simulator.streams.pace import PERIOD_S, Pace

KEYS: list[Key] = [("a", "voice"), ("a", "chat"), ("b", "voice")]
BEGIN_MS = 100 * HALF_HOUR_MS

emitted = st.lists(
    st.tuples(
        st.integers(0, 3 * HALF_HOUR_MS),  # when
        st.integers(0, 20_000),  # how long it is dated back
        st.sampled_from(KEYS),
        st.sampled_from(["nOffered", "tTalk"]),
        st.integers(0, 5),  # the conversation
    ),
    max_size=40,
)


@given(emitted, st.lists(st.integers(20_000, 2_000_000), min_size=1, max_size=30))
def test_the_last_that_is_told_of_a_half_hour_is_all_that_was_emitted_in_it(
    history: list[tuple[int, int, Key, str, int]], steps: list[int]
) -> None:
    """Ticks of any business length, 0.3 real seconds apart; each key is told at most once a second."""
    books, pace = HalfHours(), Pace()
    books.clear(BEGIN_MS)
    everything = [
        (BEGIN_MS + at, max(BEGIN_MS, BEGIN_MS + at - back), key, name, conversation)
        for at, back, key, name, conversation in sorted(history)
    ]
    told: dict[tuple[Key, int], dict[str, list[int]]] = {}
    at_ms, left, step = BEGIN_MS - 1, list(everything), 0
    while left or any(books.waiting(key) for key in KEYS):
        at_ms += steps[step % len(steps)]
        step += 1
        while left and left[0][0] <= at_ms:
            moment, _, _, _, conversation = left.pop(0)
            books.advance(moment)
            so_far = [
                (key, dated, (name, dated))
                for begun, dated, key, name, other in everything
                if begun <= moment and other == conversation
            ]
            pace.touch(books.put(str(conversation), so_far, since_ms=BEGIN_MS))
        seen = set()
        for key in pace.due(step * 0.3):
            assert key not in seen
            seen.add(key)
            untold = books.take(key)
            if untold is not None:
                told[key, untold.start_ms] = untold.values
            if books.waiting(key):
                pace.touch([key])
    expected: dict[tuple[Key, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for _, dated, key, name, _ in everything:
        expected[key, start_of(dated)][name].append(dated)
    assert {
        place: {name: sorted(values) for name, values in found.items()} for place, found in told.items()
    } == {
        place: {name: sorted(values) for name, values in found.items()} for place, found in expected.items()
    }


def test_what_changed_at_the_end_of_a_half_hour_is_told_in_the_next_one() -> None:
    books = HalfHours()
    books.clear(BEGIN_MS)
    key = KEYS[0]
    end_ms = BEGIN_MS + HALF_HOUR_MS
    assert books.put("1", [(key, end_ms - 1, ("nOffered", 1))], since_ms=BEGIN_MS) == {key}
    books.advance(end_ms + 5)
    books.put("2", [(key, end_ms + 5, ("nOffered", 1))], since_ms=BEGIN_MS)
    first, second = books.take(key), books.take(key)
    assert first is not None
    assert second is not None
    assert (first.start_ms, second.start_ms) == (BEGIN_MS, end_ms)
    assert books.take(key) is None


def test_the_same_values_again_are_no_news() -> None:
    books = HalfHours()
    books.clear(BEGIN_MS)
    emitted = [(KEYS[0], BEGIN_MS, ("nOffered", 1))]
    assert books.put("1", emitted, since_ms=BEGIN_MS)
    books.take(KEYS[0])
    assert books.put("1", emitted, since_ms=BEGIN_MS) == set()
    assert not books.waiting(KEYS[0])


def test_what_was_told_is_forgotten_and_what_was_not_waits_a_day() -> None:
    books = HalfHours()
    books.clear(BEGIN_MS)
    for key in KEYS[:2]:
        books.put("1", [(key, BEGIN_MS, ("nOffered", 1))], since_ms=BEGIN_MS)
    books.take(KEYS[0])
    books.advance(BEGIN_MS + 2 * HALF_HOUR_MS)
    assert books.waiting(KEYS[1])
    assert len(books._values) == 1
    books.advance(BEGIN_MS + UNTOLD_MS + HALF_HOUR_MS)
    assert not books.waiting(KEYS[1])
    assert not books._values


def test_values_of_a_half_hour_become_statistics() -> None:
    assert metrics_of({"tTalk": [5, 1, 3], "nError": [1, 1], "oMessageCount": [4, 2]}) == [
        {"metric": "nError", "stats": {"count": 2}},
        {"metric": "oMessageCount", "stats": {"count": 6}},
        {"metric": "tTalk", "stats": {"count": 3, "sum": 9, "min": 1, "max": 5}},
    ]


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 400)), max_size=60))
def test_a_key_is_told_at_most_once_a_second_and_never_forgotten(touches: list[tuple[Key, int]]) -> None:
    pace = Pace()
    told: dict[Key, list[float]] = defaultdict(list)
    touched, pending = Counter(key for key, _ in touches), set()
    real = 0.0
    for key, pause in touches:
        real += pause / 1000
        pace.touch([key])
        pending.add(key)
        for due in pace.due(real):
            told[due].append(real)
            pending.discard(due)
    for due in pace.due(real + PERIOD_S):
        told[due].append(real + PERIOD_S)
        pending.discard(due)
    assert not pending
    assert set(told) == set(touched)
    for times in told.values():
        assert all(later - earlier >= PERIOD_S for earlier, later in pairwise(times))
