"""Pages streamed to files give the tables that they give in memory, whatever is in them and whenever."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gcanalytics.details import TABLES, ConversationDetails, pages_to_parquet, spool
from gcanalytics.details.spool import Spool, _batches
from gcanalytics.errors import QueryError
from gcanalytics.frames import schema
from gcanalytics.frames.scope import Scope

from .conversation_shapes import NAMES, acd, agent, conversation, customer
from .test_frames_records import objects

START = "2026-11-{day:02d}T{hour:02d}:00:00.000Z"


def record(number: int, day: int = 1, hour: int = 0, **fields: Any) -> dict[str, Any]:
    return {"conversationId": f"c{number}", "conversationStart": START.format(day=day, hour=hour), **fields}


def metrics(*values: float) -> dict[str, Any]:
    found = [{"name": "tTalk", "value": value} for value in values]
    return {"participants": [{"sessions": [{"metrics": found}]}]}


def streamed(
    folder: Path, pages: Iterable[Any], *, portion_bytes: int = 1, batch_bytes: int = 1, **options: Any
) -> ConversationDetails:
    """Pages streamed with a portion a page and a row group a conversation, opened again."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("portion_bytes", portion_bytes), ("batch_bytes", batch_bytes)):
            patch.setitem(Spool.__init__.__kwdefaults__ or {}, name, value)
        pages_to_parquet(pages, folder, **options)
    return ConversationDetails.from_parquet(folder)


def assert_equal(found: ConversationDetails, expected: ConversationDetails) -> None:
    """All tables of the API and the computed ones; texts are compared as the JSON they are."""
    for table in TABLES:
        one, other = (_frame(each, table) for each in (found, expected))
        pd.testing.assert_frame_equal(one, other, obj=table)
    for name in ("conversations", "duplicates", "still_moving", "divisions", "pages", "total_hits_last"):
        assert getattr(found.report, name) == getattr(expected.report, name), name


def _frame(details: ConversationDetails, table: str) -> pd.DataFrame:
    if table == "attributes" and not details._has(table):
        return schema.empty_frame(table)
    frame = getattr(details, table).copy()
    if "extra_json" in frame:
        frame["extra_json"] = [None if pd.isna(text) else json.loads(text) for text in frame["extra_json"]]
    # Unknown columns stand in the order of the days, not of the pages; one without a value has any dtype.
    known = [column.name for column in schema.columns(table)]
    return frame[
        [*known, *sorted(label for label in frame if label not in known and frame[label].notna().any())]
    ]


def test_copies_new_fields_and_disorder_end_as_in_memory(tmp_path: Path) -> None:
    pages = [
        [record(1, 2), record(2, 1, 5), record(3, 1, 4)],
        [record(2, 1, 5, conversationEnd=START.format(day=1, hour=6)), record(4, 3)],
        [record(5, 1, 1, newField=7), record(2, 1, 5, **metrics(1, 2, 3)), record(1, 2, **metrics(1))],
        [],
        [{"conversationId": "c6"}, record(7, 1, 4, newField=8)],
        [record(4, 4, conversationEnd=START.format(day=4, hour=1))],  # a start that is not its copy's
    ]
    found = streamed(tmp_path, pages)
    assert_equal(found, ConversationDetails.from_pages(pages))
    assert found.report.duplicates == 4
    assert found.conversations["conversationId"].tolist() == ["c5", "c3", "c7", "c2", "c1", "c4", "c6"]


@pytest.mark.parametrize(
    "values", [[1, 2.5], [1, "one"], [2**60, 2.5], [1, 2.5, "x"], ["x", None, [1]], [True, 1]]
)
@pytest.mark.parametrize("days", [1, 5])
def test_a_new_field_of_several_types_is_one_column_or_text(
    tmp_path: Path, values: list[Any], days: int
) -> None:
    pages = [
        [record(2 * i, 1 + i % days, newField=value), record(2 * i + 1, 1 + i % days, newField=values[0])]
        for i, value in enumerate(values)
    ]
    assert_equal(streamed(tmp_path, pages), ConversationDetails.from_pages(pages))


@pytest.mark.parametrize("days", [1, 5])
def test_values_of_metrics_keep_every_digit_beside_fractions(tmp_path: Path, days: int) -> None:
    pages = [
        [record(i, 1 + i % days, **metrics(value, 7))] for i, value in enumerate([3, 2**53 + 1, 12.5, 2**62])
    ]
    assert_equal(streamed(tmp_path, pages), ConversationDetails.from_pages(pages))


def test_a_flow_keeps_the_text_beside_what_became_text(tmp_path: Path) -> None:
    def flow(**fields: Any) -> dict[str, Any]:
        return {"participants": [{"sessions": [{"flow": fields}]}]}

    pages = [[record(1, 1, **flow(deep={"a": 1.50}, novel=1))], [record(2, 2, **flow(novel="x"))]]
    assert_equal(streamed(tmp_path, pages), ConversationDetails.from_pages(pages))


@pytest.mark.parametrize("pages", [[], [{}], [{"conversations": []}, {"totalHits": 0}]])
def test_nothing_makes_typed_tables_without_rows(tmp_path: Path, pages: list[Any]) -> None:
    found = streamed(tmp_path, pages)
    for table in TABLES:
        if table != "attributes":
            pd.testing.assert_frame_equal(getattr(found, table), schema.empty_frame(table))
    assert list(pd.read_parquet(tmp_path / "segments.parquet")) == list(schema.empty_frame("segments"))


def test_scope_and_names_are_those_of_the_pull(tmp_path: Path) -> None:
    pages = [[conversation(customer(0, 30), acd(10, 20), agent("u1", 15, 20, 30, 35, offered=10), number=i)]
             for i in range(3)]  # fmt: skip
    options: dict[str, Any] = {"names": NAMES, "scope": Scope(queue_ids=frozenset({"q2"}))}
    found = streamed(tmp_path, pages, **options)
    assert_equal(found, ConversationDetails.from_pages(pages, **options))
    assert not found.legs["in_scope"].any()
    assert found.legs["agent"].tolist() == ["Ann"] * 3


def test_each_table_is_one_dataset_with_a_file_a_day(tmp_path: Path) -> None:
    streamed(tmp_path, [[record(1, 1)], [record(2, 2, newField=1, **metrics(1))]])
    files = {path.name for path in (tmp_path / "conversations.parquet").iterdir()}
    assert files == {"2026-11-01.parquet", "2026-11-02.parquet"}
    assert {path.name for path in (tmp_path / "metrics.parquet").iterdir()} == {"2026-11-02.parquet"}
    schemas = [pq.read_schema(tmp_path / "conversations.parquet" / name) for name in sorted(files)]
    assert schemas[0] == schemas[1]
    assert pd.read_parquet(tmp_path / "conversations.parquet")["newField"].isna().tolist() == [True, False]
    assert {path.name for path in tmp_path.iterdir()} == {f"{table}.parquet" for table in TABLES} | {
        "pull.json"
    }
    interactions = pd.read_parquet(tmp_path / "interactions.parquet")
    assert interactions["conversationId"].tolist() == ["c1", "c2"]


def test_an_interrupted_stream_is_no_pull_and_begins_anew(tmp_path: Path) -> None:
    def breaking() -> Any:
        yield [record(1, 1)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        streamed(tmp_path, breaking())
    with pytest.raises(QueryError, match="not finished"):
        ConversationDetails.from_parquet(tmp_path)
    pages = [[record(2, 2)]]
    assert_equal(streamed(tmp_path, pages), ConversationDetails.from_pages(pages))


def test_a_folder_with_a_pull_is_taken_only_when_told_so(tmp_path: Path) -> None:
    streamed(tmp_path, [[record(1, 1)]])
    with pytest.raises(QueryError, match="overwrite=True"):
        streamed(tmp_path, [[record(2, 2)]])
    assert len(ConversationDetails.from_parquet(tmp_path).conversations) == 1
    found = streamed(tmp_path, [[record(2, 2), record(3, 2)]], overwrite=True)
    assert found.conversations["conversationId"].tolist() == ["c2", "c3"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ([], []),
        ([0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 0, 0, 0, 0, 1, 1]),  # a portion is never in two
        ([0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 1, 1]),  # but where it is too long for one
        ([0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 1, 1]),
    ],
)
def test_row_groups_are_cut_between_portions(source: list[int], expected: list[int]) -> None:
    found = _batches(np.array(source, dtype=np.int64), np.ones(len(source)), 5)
    assert found.tolist() == expected


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=60), most=st.sampled_from([5, 30])
)
def test_row_groups_count_up_and_have_a_largest_size(rows: list[tuple[int, int]], most: int) -> None:
    source, weight = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    found = _batches(source, weight, most)
    assert (found[1:] >= found[:-1]).all()
    assert (np.bincount(found, weight) <= 2 * most + 9).all()


def test_a_day_of_portions_in_order_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, reads = spool._read, []

    def counted(path: Path) -> Any:
        reads.append(path.name)
        return read(path)

    monkeypatch.setattr(spool, "_read", counted)
    pages = [[record(20 * page + i, 1, page, **metrics(i)) for i in range(20)] for page in range(9)]
    found = streamed(tmp_path, pages, batch_bytes=10_000)
    assert_equal(found, ConversationDetails.from_pages(pages))
    assert 1 < pq.ParquetFile(tmp_path / "metrics.parquet" / "2026-11-01.parquet").num_row_groups < 9
    assert sorted(reads) == sorted(set(reads))


@st.composite
def pulls(draw: Any) -> list[list[dict[str, Any]]]:
    """Pages with copies of few conversations, in any order; odd records among them."""
    pages: list[list[dict[str, Any]]]
    pages = draw(st.lists(st.lists(objects("conversations"), max_size=4), max_size=5))
    for each in (each for page in pages for each in page):
        number = draw(st.integers(0, 5))
        each["conversationId"] = f"c{number}"
        if draw(st.integers(0, 5)):
            each["conversationStart"] = START.format(
                day=1 + number % 3, hour=draw(st.sampled_from([number, 9]))
            )
        if draw(st.booleans()):
            each["conversationEnd"] = START.format(day=9, hour=1)
        if draw(st.integers(0, 19)) == 0:
            del each["conversationId"]
    return pages


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(pages=pulls(), portion_bytes=st.sampled_from([1, 3000]), batch_bytes=st.sampled_from([1, 100_000]))
def test_any_pages_end_as_in_memory(
    pages: list[list[dict[str, Any]]], portion_bytes: int, batch_bytes: int
) -> None:
    texts = [json.dumps({"conversations": page, "totalHits": 3}).encode() for page in pages]
    with tempfile.TemporaryDirectory() as folder:
        options: Any = {"portion_bytes": portion_bytes, "batch_bytes": batch_bytes}
        found = streamed(Path(folder), texts, **options)
        assert_equal(found, ConversationDetails.from_pages(texts))
