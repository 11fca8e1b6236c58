"""The column contract: every table, typed, also with no row."""

import pandas as pd
import pytest

from gcanalytics.frames import schema
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope

TABLES = (*schema.API_TABLES, *schema.COMPUTED_TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_has_every_column_with_its_dtype(table: str) -> None:
    frame = schema.empty_frame(table)
    assert len(frame) == 0
    assert list(frame.columns) == [column.name for column in schema.columns(table)]
    for column in schema.columns(table):
        assert frame[column.name].dtype == column.dtype, column


@pytest.mark.parametrize("table", TABLES)
def test_no_column_stands_twice_and_every_one_is_explained(table: str) -> None:
    names = [column.name for column in schema.columns(table)]
    assert len(set(names)) == len(names)
    assert "conversationId" in names
    assert "in_scope" in names
    assert not [column.name for column in schema.columns(table) if column.kind not in schema.DTYPES]


def test_computed_columns_carry_their_notes_and_units() -> None:
    for table in schema.COMPUTED_TABLES:
        for column in schema.columns(table):
            assert column.note, column
            assert not column.name.endswith("_s") or column.unit == "s", column


def test_text_is_text_in_this_pandas() -> None:
    series = pd.Series(["a", None], dtype=schema.TEXT)
    assert series.isna().tolist() == [False, True]
    assert str(schema.TEXT) == ("str" if schema.PANDAS_3 else "string")


def test_a_scope_without_filters_covers_everything() -> None:
    assert Scope().is_everything
    assert Scope().covers(queue_id=None)
    scope = Scope(queue_ids=frozenset({"q"}), media_types=frozenset({"voice"}))
    assert not scope.is_everything
    assert scope.covers(queue_id="q", media_type="voice")
    assert not scope.covers(queue_id="q", media_type="chat")
    assert not scope.covers(queue_id=None, media_type="voice")


def test_names_that_nobody_gave_are_empty() -> None:
    assert dict(Names.empty().queues) == {}
    assert Names.empty() == Names()
