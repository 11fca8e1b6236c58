"""Values of a column to Arrow: the fast ways say what the slow ones say, whatever is in them."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcanalytics.frames import arrays

ONE, OTHER = "2026-11-18T10:00:00.001Z", "2026-11-18T23:59:59.999Z"
LONG = f"{ONE}\n{OTHER}"
texts = st.one_of(
    st.sampled_from([ONE, OTHER, ONE[:-1], f"{ONE}Z", LONG, LONG[:30], LONG[30:], "\n" * 24, "é" * 24, ""]),
    st.none(),
    st.just(12),
)


@given(values=st.lists(texts, max_size=6))
def test_instants_are_read_alike_with_and_without_the_fast_way(values: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        found, strays = arrays.array(values, "instant")
        patch.setattr(arrays, "_stamps", lambda values: None)
        expected, others = arrays.array(values, "instant")
    assert strays == others
    assert found == expected


@pytest.mark.parametrize(
    "values",
    [
        [LONG, "x" * 11, "y" * 12],  # as long as three instants, and two of them are there
        [ONE[:-1], f"Z{OTHER}"],
        [f"{ONE}\n", OTHER[1:]],
        [f"{ONE}x{OTHER[:12]}", OTHER[13:]],
        [f"{ONE}x{OTHER[:13]}", OTHER[14:]],
        [f"{ONE}x{OTHER}", *[""] * 24, "x" * 575],
        ["2026-11-18 10:00:00.001Z", "2026-11-18T10:00:00.0015"],
    ],
)
def test_texts_as_long_as_instants_are_none_unless_they_are(values: list[str]) -> None:
    found, strays = arrays.array(values, "instant")
    expected = [arrays._instant(value) for value in values]
    assert strays == [i for i, (_, exact) in enumerate(expected) if not exact]
    at = pa.array([at for at, _ in expected], pa.int64())
    assert (found.cast(pa.int64()) if found is not None else pa.nulls(len(values), pa.int64())) == at


@pytest.mark.parametrize("slice_of", [[ONE], [ONE, OTHER], [ONE, OTHER, ONE]])
def test_instants_with_milliseconds_take_the_fast_way(slice_of: list[str]) -> None:
    stamps = arrays._stamps(tuple(slice_of))
    assert stamps is not None
    stamps.validate(full=True)
    assert stamps.to_pylist() == slice_of


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ([1, 2], True),
        ([1, None], True),
        ([1, 2.5], False),
        ([2.0], False),
        ([True], False),
        (["1"], False),
        ([2**63], False),
        ([[1]], False),
        ("12", False),
        ({"a": 1}, False),
    ],
)
def test_lists_of_whole_numbers_hold_nothing_else(value: Any, fits: bool) -> None:
    found, strays = arrays.array([None, value, [7], []], "integers")
    assert found is not None
    assert found.to_pylist() == [None, value if fits else None, [7], []]
    assert strays == ([] if fits else [1])


@pytest.mark.parametrize(
    ("value", "fits"),
    [(["a", "b"], True), (["a", None], True), (["a", 1], False), ([["a"]], False), ("ab", False)],
)
def test_lists_of_texts_hold_nothing_else(value: Any, fits: bool) -> None:
    found, strays = arrays.array([None, value, ["c"], []], "texts")
    assert found is not None
    assert found.to_pylist() == [None, value if fits else None, ["c"], []]
    assert strays == ([] if fits else [1])
