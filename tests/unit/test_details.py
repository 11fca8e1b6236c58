"""ConversationDetails: tables, report, files, and what it says of itself."""

import dataclasses
import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from gcanalytics.details import TABLES, ConversationDetails, PullReport
from gcanalytics.errors import NotInThisPull, QueryError
from gcanalytics.frames import schema
from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope
from gcanalytics.frames.tables import Tables

from .conversation_shapes import NAMES, acd, agent, conversation, customer


def _records() -> list[dict[str, Any]]:
    one = conversation(customer(0, 30), acd(10, 20), agent("u1", 15, 20, 30, 35, offered=10))
    other = conversation(customer(0, 90), acd(10, 80, "tAbandon", queue="q2", how="peer"), number=1, end=None)
    one["participants"][0]["attributes"] = {"context.firstName": "=cmd"}
    one["newField"] = {"deep": [1]}
    return [one, other]


def _pull(**options: Any) -> ConversationDetails:
    return ConversationDetails.from_pages([{"conversations": _records(), "totalHits": 2}], **options)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_frame_with_the_contracts_columns(table: str) -> None:
    frame = getattr(_pull(), table)
    assert [name for name in frame if name != "newField"] == [column.name for column in schema.columns(table)]


@pytest.mark.parametrize("table", [table for table in TABLES if table != "attributes"])
def test_an_empty_pull_has_every_table_typed(table: str) -> None:
    pd.testing.assert_frame_equal(
        getattr(ConversationDetails(Tables.empty()), table), schema.empty_frame(table)
    )


def test_a_frame_is_made_once_and_knows_its_interval() -> None:
    report = PullReport(
        interval="2026-11-01T00:00:00.000Z/2026-11-08T00:00:00.000Z",
        pad_s=86400.0,
        tz="Europe/Warsaw",
        pulled_at="2026-11-09T00:00:00Z",
    )
    pull = ConversationDetails(Builder().build(), report=report)
    assert pull.legs is pull.legs
    assert pull.legs.attrs == {
        "interval": report.interval,
        "pad_s": 86400.0,
        "pulled_at": report.pulled_at,
        "short_by": 0,
        "longest_s": 0.0,
        "tz": "Europe/Warsaw",
        "late_s": {},
    }


def test_frames_know_how_long_the_longest_conversation_lasted() -> None:
    assert _pull().legs.attrs["longest_s"] == 1000.0


def test_attributes_that_the_source_does_not_give_are_an_error_that_names_the_way() -> None:
    record = _records()[1]
    with pytest.raises(NotInThisPull, match="details job"):
        _ = ConversationDetails.from_pages([record]).attributes
    assert not hasattr(ConversationDetails.from_pages([record]), "attributes")
    assert _pull().attributes["value"].tolist() == ["=cmd"]


def test_names_and_scope_given_with_the_tables_are_used() -> None:
    builder = Builder()
    builder.add(_records())
    pull = ConversationDetails(builder.build(), names=NAMES)
    assert pull.legs["queue"].tolist() == ["Support", "Billing"]
    assert _pull().legs["queue"].tolist() == ["q1", "q2"]


def test_compact_leaves_out_the_columns_without_a_value() -> None:
    pull = _pull()
    assert "wrapUpNote" not in pull.compact().segments
    assert "wrapUpNote" in pull.segments
    assert pull.compact().segments["segmentType"].tolist() == pull.segments["segmentType"].tolist()
    assert "flowOutType" not in pull.compact().legs
    assert pull.compact().report == pull.report
    empty = ConversationDetails(Tables.empty()).compact()
    pd.testing.assert_frame_equal(empty.legs, schema.empty_frame("legs"))


def test_the_report_counts_what_is_in_the_tables() -> None:
    pages = [
        {"conversations": _records(), "totalHits": 3},
        {"conversations": _records()[:1], "totalHits": 2},
        {},
    ]
    report = ConversationDetails.from_pages(pages).report
    assert (report.conversations, report.duplicates, report.still_moving) == (2, 1, 1)
    assert (report.pages, report.total_hits_first, report.total_hits_last) == (3, 3, 2)
    assert report.divisions == ("d",)
    assert report.source == "pages"


def test_a_report_says_what_a_reader_must_know() -> None:
    text = str(
        PullReport(
            interval="2026-11-01T00:00:00Z/2026-11-08T00:00:00Z",
            pulled_at="2026-11-07T00:00:00Z",
            short_by=1200,
            still_moving=3,
            duplicates=2,
            outside_interval=5,
            requests=40,
            retries=1,
            elapsed_s=2.34,
        )
    )
    for part in (
        "Short by 1,200",
        "Partial",
        "3 of them had not ended",
        "2 duplicates",
        "5 that started outside",
        "40 requests (1 sent again) in 2.3 s",
    ):
        assert part in text
    assert "up to 12 h before" in str(PullReport(pad_s=43_200.0))
    whole = PullReport(interval="2026-11-01T00:00:00Z/2026-11-08T00:00:00Z", pulled_at="2026-11-09T00:00:00Z")
    assert whole.warnings == ()


def test_one_of_a_thing_is_not_many() -> None:
    text = str(PullReport(conversations=1, requests=1, retries=1, duplicates=1, outside_interval=1))
    assert text == (
        "1 conversation, 1 request (1 sent again) in 0.0 s, 1 duplicate left out, "
        "1 that started outside the interval left out."
    )


def test_the_repr_of_a_report_is_its_line_and_the_fields_stay() -> None:
    report = PullReport(conversations=1234, requests=14, short_by=2, divisions=tuple(map(str, range(40))))
    assert repr(report) == f"<PullReport: {report}>"
    assert len(repr(report)) < 160
    assert report.warnings[0] in repr(report)
    assert dataclasses.asdict(report)["divisions"] == report.divisions


def test_the_repr_says_which_media_there_are(tmp_path: Path) -> None:
    letters = [conversation(customer(0, 9, media="email"), number=number) for number in (2, 3, 4, 5)]
    pull = ConversationDetails.from_pages([{"conversations": [*_records(), *letters]}])
    assert "9 sessions (5 voice, 4 email)" in repr(pull)
    assert "5 voice, 4 email" in pull._repr_html_()
    pull.to_parquet(tmp_path)
    opened = ConversationDetails.from_parquet(tmp_path)
    assert "9 sessions," in repr(opened)  # no table is read for it
    assert repr(ConversationDetails(Tables.empty())).count("(") == 0
    one = ConversationDetails.from_pages([conversation(customer(0, 5))])
    assert "1 participant, 1 session (1 voice), 1 segment, 1 metric" in repr(one)


def test_the_repr_says_the_counts_the_warnings_and_what_is_out_of_scope() -> None:
    pull = _pull(scope=Scope(queue_ids=frozenset({"q1"})))
    for text in (repr(pull), pull._repr_html_()):
        assert "2 conversations" in text
        assert "1 of them had not ended" in text
        assert "in_scope=False" in text
    assert "in_scope" not in repr(_pull())


def test_text_from_outside_is_escaped_in_html() -> None:
    pull = ConversationDetails(Tables.empty(), report=PullReport(interval="<script>/<b>"))
    assert "<script>" not in pull._repr_html_()


def test_records_come_back(tmp_path: Path) -> None:
    found = _pull().to_records()
    assert [each["conversationId"] for each in found] == ["c0", "c1"]
    assert found[0]["newField"] == {"deep": [1]}
    assert found[0]["participants"][0]["attributes"] == {"context.firstName": "=cmd"}


def test_parquet_gives_back_the_pull(tmp_path: Path) -> None:
    scope = Scope(queue_ids=frozenset({"q1"}))
    pull = _pull(names=dataclasses.replace(NAMES, divisions={"d": "Home"}), scope=scope)
    for written in (pull, pull.compact()):
        files = written.to_parquet(tmp_path)
        assert sorted(each.name for each in files) == sorted(each.name for each in tmp_path.iterdir())
        again = ConversationDetails.from_parquet(tmp_path)
        assert again.report == dataclasses.replace(pull.report, source="file")
        assert again.to_records() == pull.to_records()
        for table in TABLES:
            pd.testing.assert_frame_equal(getattr(again, table), getattr(pull, table))


def test_a_folder_without_a_pull_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"conversations\.parquet"):
        ConversationDetails.from_parquet(tmp_path)


def test_csv_has_a_file_for_each_table_that_there_is(tmp_path: Path) -> None:
    files = _pull().to_csv(tmp_path / "out", excel=True)
    assert [each.stem for each in files] == list(TABLES)
    assert "'=cmd" in (tmp_path / "out" / "attributes.csv").read_text(encoding="utf-8-sig")
    without = ConversationDetails.from_pages([_records()[1]]).to_csv(tmp_path / "other")
    assert "attributes" not in [each.stem for each in without]
    assert pd.read_csv(tmp_path / "other" / "legs.csv")["outcome"].tolist() == ["abandoned"]


def test_columns_are_explained() -> None:
    found = ConversationDetails.columns("sessions").set_index("name")
    assert found.loc["exitReason", "source"] == "flow.exitReason"
    assert ConversationDetails.columns("legs")["note"].ne("").all()
    with pytest.raises(QueryError, match="no table 'leg'"):
        ConversationDetails.columns("leg")


def test_a_report_can_be_pickled_and_written() -> None:
    report = PullReport(divisions=("a",))
    assert pickle.loads(pickle.dumps(report)) == report
    assert json.dumps(dataclasses.asdict(report))
    assert Names.empty() == Names()


@pytest.mark.parametrize("page", [SimpleNamespace(data={"conversations": []}), 5, None, "{}"])
def test_what_is_no_page_is_refused(page: Any) -> None:
    with pytest.raises(QueryError, match=r"A page is bytes of JSON"):
        ConversationDetails.from_pages([page])


def test_one_conversation_is_drawn_along_time() -> None:
    axes = _pull(names=NAMES).timeline("c0", tz="UTC")
    assert len(axes.get_yticklabels()) == 3
    with pytest.raises(QueryError):
        _pull().timeline()


def test_a_conversation_is_drawn_from_a_compact_pull_too() -> None:
    bare = conversation({"purpose": "customer", "sessions": [{"segments": [{"segmentType": "interact"}]}]})
    for pull in (_pull(names=NAMES), ConversationDetails.from_pages([[bare]])):
        for each in (pull, pull.compact()):
            axes = each.timeline("c0")
            assert axes.get_title(loc="left").startswith("One conversation")
