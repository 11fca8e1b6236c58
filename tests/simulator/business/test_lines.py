"""Voice lines against two marks of a recorded live call, and what poor lines look like."""

import pytest

from gcanalytics.simulator.business.aftermath.lines import (
    NARROW,
    TROUBLED_MS,
    WIDE,
    Line,
    line,
    mean_opinion_score,
    poor_home,
)

SEEDS = range(0, 10**19, 10**16)


@pytest.mark.parametrize(
    ("r_factor", "codec", "score"),
    [
        (77.44288635253906, WIDE, 4.35977368854823),
        (92.46318817138672, WIDE, 4.882857358616802),
        (88.90116119384766, NARROW, 4.311158090508609),
    ],
)
def test_the_score_is_that_of_a_recorded_call(r_factor: float, codec: str, score: float) -> None:
    assert mean_opinion_score(r_factor, codec) == pytest.approx(score, abs=1e-6)


def lines(user_id: str | None = None) -> list[Line]:
    return [line(seed, 3, WIDE, 200_000, user_id) for seed in SEEDS]


def test_most_lines_are_good_and_a_good_line_loses_nothing() -> None:
    found = lines()
    good = [each for each in found if each.delay_ms < TROUBLED_MS]
    assert 0.95 < len(good) / len(found) < 0.99
    for each in good:
        assert each.early_or_late == each.duplicate == each.invalid == 0
        assert 91.8 < each.r_factor <= 92.46
    assert all(9_990 <= each.received <= 10_000 for each in found)


def test_poor_lines_lose_packets_and_score_less() -> None:
    poor_user = next(
        each for each in (f"{n:08x}-{n:028x}" for n in range(0, 2**31, 2**20)) if poor_home(each)
    )
    for each in lines(poor_user):
        assert each.early_or_late == each.overrun + each.underrun
        assert each.r_factor < 92.46
        assert each.delay_ms >= TROUBLED_MS
    worst = min(lines(poor_user), key=lambda each: each.mos)
    assert worst.early_or_late > 0
    assert worst.mos < 4
    assert any(each.duplicate for each in lines(poor_user))
    assert any(each.invalid for each in lines(poor_user))


def test_the_same_end_counts_the_same_and_others_do_not() -> None:
    assert line(5, 3, WIDE, 200_000) == line(5, 3, WIDE, 200_000)
    assert len({line(5, end, WIDE, 200_000).r_factor for end in range(40)}) > 30
