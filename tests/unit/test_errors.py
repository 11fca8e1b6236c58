"""Checks of arguments that all rooms share."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gcanalytics.errors import is_number, is_whole


@pytest.mark.parametrize("value", [0, -2, 1.5, np.int64(3), np.float32(0.5), pd.Series([7]).max()])
def test_pandas_and_numpys_numbers_are_numbers(value: Any) -> None:
    assert is_number(value)
    assert is_whole(value) is not isinstance(value, float | np.floating)


@pytest.mark.parametrize("value", [True, np.bool_(True), None, "3", pd.NA, [3], pd.Timedelta(seconds=3)])
def test_what_only_looks_like_a_number_is_none(value: Any) -> None:
    assert not is_number(value)
    assert not is_whole(value)
