"""Frames to files and back."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gcanalytics import export
from gcanalytics.errors import QueryError
from gcanalytics.frames import schema

from .conversation_shapes import Computed, acd, agent, conversation, customer


def _times(*texts: str | None) -> Any:
    return pd.Series(pd.to_datetime([*texts], format="ISO8601")).astype(schema.INSTANT)


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": pd.Series(["a,b", "", None, 'say "x"\nnow', "ö"], dtype=schema.TEXT),
            "at": _times(
                "2026-11-18T10:00:00.120Z",
                None,
                "1969-12-31T23:59:59.999Z",
                "2026-03-29T00:59:59Z",
                "2026-11-18T10:00Z",
            ),
            "whole": pd.Series([1, None, 3, 4, 5], dtype="Int64"),
            "share": [0.1, np.nan, 1e300, -0.0, 12.0],
            "flag": pd.Series([True, None, False, True, False], dtype="boolean"),
            "list": pd.Series([["a", 'b"c'], None, [], ["\\"], ["x"]], dtype=object),
            "nothing": pd.Series([None] * 5, dtype=object),
        }
    )  # fmt: skip


def test_csv_has_iso_times_json_lists_and_empty_fields_for_missing_values(tmp_path: Path) -> None:
    path = export.to_csv(_frame(), tmp_path / "new" / "x.csv")
    found = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert found["at"].tolist() == [
        "2026-11-18T10:00:00.120Z",
        "",
        "1969-12-31T23:59:59.999Z",
        "2026-03-29T00:59:59.000Z",
        "2026-11-18T10:00:00.000Z",
    ]
    assert [json.loads(text) if text else None for text in found["list"]] == _frame()["list"].tolist()
    assert found["whole"].tolist() == ["1", "", "3", "4", "5"]
    assert found["share"].tolist()[1] == ""
    assert found["text"].tolist() == ["a,b", "", "", 'say "x"\nnow', "ö"]
    assert not found["nothing"].any()
    assert [each.name for each in path.parent.iterdir()] == ["x.csv"]


def test_plain_lists_are_json_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [["x", "y"], [], None, ["ö, z"]], "b": [[1, 2], None, [], [3]]})
    found = pd.read_csv(export.to_csv(frame, tmp_path / "x.csv"), dtype=str, keep_default_na=False)
    assert found["a"].tolist() == ['["x","y"]', "[]", "", '["ö, z"]']
    assert found["b"].tolist() == ["[1,2]", "", "[]", "[3]"]


@pytest.mark.parametrize(
    "value", [[1, None], [2**62, -1], [1.5, 2.0], [True, False], [[1], []], ["a", None], ["\x1f", '"', "\\"]]
)
@pytest.mark.parametrize("others", [[], [None], [None, []]])
def test_lists_of_anything_come_back_from_their_json(
    tmp_path: Path, value: list[Any], others: list[Any]
) -> None:
    lists = [*others, value, *others, value[:1], *others]
    path = export.to_csv(pd.DataFrame({"a": pd.Series(lists, dtype=object)}), tmp_path / "x.csv")
    found = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False)
    assert [json.loads(text) if text else None for text in found["a"]] == lists


def test_times_of_any_unit_and_zone_are_written_as_instants(tmp_path: Path) -> None:
    far = pd.Series(np.array(["0001-01-02", "9999-12-31"], dtype="datetime64[ms]")).dt.tz_localize("UTC")
    frame = pd.DataFrame(
        {"far": far, "naive": pd.to_datetime(["2026-01-01T10:00:00.5"] * 2, format="ISO8601")}
    )
    frame["warsaw"] = pd.to_datetime(["2026-07-01T10:00:00Z"] * 2).tz_convert("Europe/Warsaw")
    text = export.to_csv(frame, tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()
    assert text[1].replace('"', "").split(",")[0] == "0001-01-02T00:00:00.000Z"
    assert text[1].replace('"', "").split(",")[1].startswith("2026-01-01T10:00:00.5")
    assert text[1].replace('"', "").split(",")[2].startswith("2026-07-01T10:00:00")
    assert text[1].rstrip('"').endswith("Z")


def test_formulas_are_neutralised_for_spreadsheets_only(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=x": ["=1+1", "+48555", "-2", "@a", "\tb", "tel:+48", "a=b", None], "n": [-1] * 8})
    safe = pd.read_csv(export.to_csv(frame, tmp_path / "safe.csv", excel=True), keep_default_na=False)
    assert safe["'=x"].tolist() == ["'=1+1", "'+48555", "'-2", "'@a", "'\tb", "tel:+48", "a=b", ""]
    assert safe["n"].tolist() == [-1] * 8
    assert (tmp_path / "safe.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    plain = pd.read_csv(export.to_csv(frame, tmp_path / "plain.csv"), keep_default_na=False)
    assert plain["=x"].tolist()[0] == "=1+1"


def test_a_name_that_ends_in_gz_is_compressed(tmp_path: Path) -> None:
    path = export.to_csv(_frame(), tmp_path / "x.csv.gz")
    assert gzip.decompress(path.read_bytes()).startswith(b'"text"')
    assert len(export.read_csv(path)) == 5


def test_an_index_that_means_something_is_written(tmp_path: Path) -> None:
    frame = pd.DataFrame({"offered": [1, 2]}, index=pd.Index(["a", "b"], name="queue"))
    assert list(pd.read_csv(export.to_csv(frame, tmp_path / "x.csv"))) == ["queue", "offered"]


def test_what_arrow_has_no_type_for_is_json_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"odd": pd.Series([{"a": 1}, "x", None, 3], dtype=object), "n": 1})
    found = pd.read_csv(export.to_csv(frame, tmp_path / "x.csv"), dtype=str, keep_default_na=False)
    assert found["odd"].tolist() == ['{"a": 1}', "x", "", "3"]


def test_a_write_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        export.to_csv(_frame(), tmp_path / "there" / ("x" * 300))
    assert list((tmp_path / "there").iterdir()) == []


def _tables() -> Computed:
    record = conversation(customer(0, 30), acd(10, 20), agent("u1", 15, 20, 30, 35, offered=10))
    record["participants"][1]["sessions"][0]["requestedRoutings"] = ["Standard", 'a"b']
    record["participants"][1]["sessions"][0]["newField"] = 'x, "y"'
    return Computed(record, {"conversationId": "empty", "externalTag": ""})


@pytest.mark.parametrize("table", [*schema.COMPUTED_TABLES, *schema.API_TABLES])
@pytest.mark.parametrize("rows", [None, 0])
def test_tables_come_back_from_csv_and_parquet_with_equal_dtypes(
    table: str, rows: int | None, tmp_path: Path
) -> None:
    made = _tables()
    frame = getattr(made, table) if table in schema.COMPUTED_TABLES else made.tables.frame(table)
    frame = frame.iloc[:rows].drop(columns=["newField"] if rows == 0 and table == "sessions" else [])
    csv, parquet = (
        export.to_csv(frame, tmp_path / f"{table}.csv"),
        export.to_parquet(frame, tmp_path / "x.parquet"),
    )
    pd.testing.assert_frame_equal(export.read_csv(csv), frame)
    pd.testing.assert_frame_equal(export.read_csv(csv.rename(tmp_path / "any.csv"), table=table), frame)
    pd.testing.assert_frame_equal(export.read_parquet(parquet), frame)


def test_any_frame_comes_back_from_parquet(tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(
        export.read_parquet(export.to_parquet(_frame(), tmp_path / "x.parquet")), _frame()
    )


def test_a_file_of_another_name_is_read_by_its_values(tmp_path: Path) -> None:
    found = export.read_csv(export.to_csv(_frame(), tmp_path / "mine.csv"))
    assert found["text"].tolist()[:2] == ["a,b", ""]
    assert found["at"].dtype == "datetime64[ms, UTC]"
    assert found["whole"].dtype == "Int64"


def test_an_unknown_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="no table 'leg'"):
        export.read_csv(tmp_path / "x.csv", table="leg")


def test_fractions_of_milliseconds_stay(tmp_path: Path) -> None:
    made: Any = Computed(
        {
            "conversationId": "c",
            "participants": [{"sessions": [{"metrics": [{"value": 12.5}, {"value": 3}]}]}],
        }
    )
    frame = made.tables.frame("metrics")
    pd.testing.assert_frame_equal(export.read_csv(export.to_csv(frame, tmp_path / "metrics.csv")), frame)


@pytest.mark.parametrize("excel", [False, True])
def test_a_file_is_the_same_in_however_many_blocks_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, excel: bool
) -> None:
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(
                ["2026-11-18T10:00:00.123Z", None, None, None, "2024-01-01T00:00:00.000Z"] * 2
            ),
            "text": ["=a", None, None, None, 'b"c'] * 2,
            "list": pd.Series([["x"], None, None, None, ['"', "y"]] * 2, dtype=object),
            "number": [1.5, None, None, None, 2.0] * 2,
        }
    )
    whole = export.to_csv(frame, tmp_path / "whole.csv", excel=excel).read_bytes()
    for rows in (1, 3, 10):
        monkeypatch.setattr(export, "_BLOCK", rows)
        assert export.to_csv(frame, tmp_path / "blocks.csv", excel=excel).read_bytes() == whole
    assert whole.count(b"\n") == 11
