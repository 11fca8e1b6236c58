"""The runs of the settings matrix: few, the defaults first, and every two values meet."""

import importlib.util
import itertools
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.simulator.settings import Settings

_PATH = Path(__file__).parents[1] / "settings_matrix.py"


@pytest.fixture(scope="module")
def matrix() -> Any:
    spec = importlib.util.spec_from_file_location("settings_matrix", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("count", [2, 3, 9, 15, 16, 30])
def test_every_two_values_of_two_settings_meet(matrix: Any, count: int) -> None:
    values = {f"s{number}": ("a", "b") for number in range(count)}
    rows = matrix.rows(values)
    assert set(rows[0].values()) == {"a"}
    for one, other in itertools.combinations(values, 2):
        assert {(row[one], row[other]) for row in rows} == set(itertools.product("ab", repeat=2))
    assert len(rows) <= 8


def test_every_run_is_one_that_the_simulator_takes(matrix: Any) -> None:
    values = matrix.factors()
    assert {"interval_match", "partial_groups", "records_shift", "token_life_s", "close_codes"} <= set(values)
    for name, choices in values.items():
        assert Settings.from_pairs([f"{name}={choices[0]}"]) == Settings(), name
        assert Settings.from_pairs([f"{name}={choices[1]}"]) != Settings(), name
    for row in matrix.rows(values):
        Settings.from_pairs(matrix.described(row, values))
