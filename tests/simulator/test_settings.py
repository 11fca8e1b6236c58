"""The simulator's settings read from text, and its clock."""

import pytest

from gcanalytics.simulator.clock import Clock
from gcanalytics.simulator.settings import Settings


def test_the_defaults_are_those_of_the_platform_facts() -> None:
    settings = Settings()
    assert (settings.interval_match, settings.partial_groups, settings.past_last_page) == (
        "day",
        "disjoint",
        "{}",
    )
    assert (settings.rate_per_minute, settings.token_life_s, settings.heartbeat_s) == (300, 86400, 30)
    assert settings.records_shift
    assert settings.clock_start_ms() is None


def test_pairs_are_read_by_the_type_of_the_default() -> None:
    settings = Settings.from_pairs(
        [
            "rate_per_minute=9",
            "records_shift=off",
            "close_codes=4001,4002,4003",
            "heartbeat_s=0.5",
            "rate_per_minute=10",
        ]
    )
    assert settings.rate_per_minute == 10
    assert settings.records_shift is False
    assert settings.close_codes == (4001, 4002, 4003)
    assert settings.heartbeat_s == 0.5


@pytest.mark.parametrize("value", [True, 0.25, (4001, 4002, 4003), "overlap"])
def test_a_pair_made_of_a_value_reads_back_as_it(value: object) -> None:
    name = {bool: "records_shift", float: "heartbeat_s", tuple: "close_codes", str: "interval_match"}[
        type(value)
    ]
    assert getattr(Settings.from_pairs([Settings.pair(name, value)]), name) == value


def test_a_start_without_an_offset_is_utc() -> None:
    assert Settings(clock_start="1970-01-01T00:00:01").clock_start_ms() == 1000
    assert Settings(clock_start="1970-01-01T01:00:01+01:00").clock_start_ms() == 1000
    assert Settings(clock_start="1970-01-01T00:00:01Z").clock_start_ms() == 1000


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("speed", "NAME=VALUE"),
        ("rate=3", "there is no setting 'rate'.*rate_per_minute"),
        ("rate_per_minute=many", "rate_per_minute cannot be 'many'"),
        ("rate_per_minute=0", "above zero"),
        ("records_shift=perhaps", "on or off"),
        ("interval_match=week", "day or overlap"),
        ("close_codes=1", "like close_codes=1001,1008,1008"),
        ("close_codes=1001,1008,7", "from 1000 to 4999"),
        ("late_write_share=2", "a share"),
        ("token_life_s=inf", "a finite number"),
        ("heartbeat_s=nan", "a finite number"),
        ("clock_start=noon", "ISO-8601"),
    ],
)
def test_a_wrong_pair_says_what_would_be_right(pair: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings.from_pairs([pair])


def test_business_time_runs_from_its_start_at_its_speed() -> None:
    hands = {"now": 50.0}
    clock = Clock(1_000_000, speed=60, real=lambda: hands["now"])
    assert clock.now_ms() == 1_000_000
    hands["now"] += 2.5
    assert clock.now_ms() == 1_000_000 + 150_000
    with pytest.raises(ValueError, match="above zero"):
        Clock(0, speed=0)
