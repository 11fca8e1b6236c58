"""A pull to files: the tables of the pull in memory; interrupted, it goes on where it ended."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gcanalytics.api.intervals import Interval
from gcanalytics.details import ConversationDetails, PullReport
from gcanalytics.directory import Directory
from gcanalytics.errors import ApiError, QueryError
from gcanalytics.history import Filters, conversation_details, conversation_details_to_parquet
from gcanalytics.transport.exchange import Outgoing
from gcanalytics.transport.response import ApiResponse
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

from .test_pages_to_parquet import assert_equal

WEEK = "2026-11-02/2026-11-09"


class Platform:
    """A record every half hour; a page has ten. Of each page the last record comes on the next one again.

    Attributes:
        breaks_on: a day from which on it refuses; None for never.
        days_asked: the days that were asked for, one a request.
    """

    def __init__(self, *, empty: str = "2026-11-05") -> None:
        self.breaks_on: str | None = None
        self.empty = empty
        self.asked: list[str] = []
        self.lock = threading.Lock()
        self.rest = Rest("https://api.example", exchange=self.answer, retry=RetryPolicy(max_time_s=0.0))
        self.directory = Directory(self.rest)

    def answer(self, outgoing: Outgoing) -> ApiResponse:
        if outgoing.method == "GET":
            return self._said(outgoing, 200, {"entities": []})
        assert outgoing.body is not None
        body = json.loads(outgoing.body)
        with self.lock:
            self.asked.append(body["interval"])
        start, _, end = body["interval"].partition("/")
        if self.breaks_on and start >= self.breaks_on:
            return self._said(outgoing, 400, {"code": "bad.request", "message": "No more."})
        records = list(self.records(start, end))
        first = (body["paging"]["pageNumber"] - 1) * 10
        here = records[max(0, first - 1) : first + 10] if first < len(records) else []
        return self._said(outgoing, 200, {"conversations": here, "totalHits": len(records)} if here else {})

    @staticmethod
    def _said(outgoing: Outgoing, status: int, body: Any) -> ApiResponse:
        content = json.dumps(body).encode()
        return ApiResponse(status, "", {}, outgoing.method, outgoing.path, content)

    def records(self, start: str, end: str) -> Iterator[dict[str, Any]]:
        first, last = pd.Timestamp(start).normalize(), pd.Timestamp(end).ceil("D")
        for at in pd.date_range(first, last, freq="30min", inclusive="left"):
            if f"{at:%Y-%m-%d}" != self.empty:
                text = f"{at:%Y-%m-%dT%H:%M}:00.000Z"
                found: dict[str, Any] = {
                    "conversationId": f"c{at:%d%H%M}",
                    "conversationStart": text,
                    "divisionIds": ["d"],
                }
                session = {"sessionId": "s", "metrics": [{"name": "nOffered", "value": 1, "emitDate": text}]}
                found["participants"] = [{"purpose": "acd", "sessions": [session]}]
                yield {**found, "novel": at.day} if at.day > 6 else found

    def pull(self, interval: Any = WEEK, **options: Any) -> ConversationDetails:
        return conversation_details(self.rest, self.directory, interval, **options)

    def to_parquet(self, folder: Path, interval: Any = WEEK, **options: Any) -> PullReport:
        return conversation_details_to_parquet(self.rest, self.directory, interval, folder, **options)


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries of several days are asked for day by day whatever their results."""
    monkeypatch.setattr("gcanalytics.api.paging._SPLIT_ABOVE", 100)
    monkeypatch.setattr("gcanalytics.history.pulls.now", lambda: Interval.parse("2026-12-01").end)


def assert_same(folder: Path, expected: ConversationDetails) -> None:
    found = ConversationDetails.from_parquet(folder)
    assert_equal(found, expected)
    for name in ("interval", "outside_interval", "short_by", "total_hits_first", "pad_s", "tz"):
        assert getattr(found.report, name) == getattr(expected.report, name), name


@pytest.mark.parametrize(
    ("interval", "options"),
    [
        (WEEK, {}),
        (WEEK, {"tz": "Europe/Warsaw", "pad": "1D"}),
        ("2026-11-03T10:10/PT3H", {"page_size": 10}),
        ("2026-11-05", {}),
        ("2026-11-06", {"filters": Filters(media_type="chat")}),
    ],
)
@pytest.mark.usefixtures("by_day")
def test_a_pull_to_files_is_the_pull_in_memory(
    tmp_path: Path, interval: str, options: dict[str, Any]
) -> None:
    platform = Platform()
    report = platform.to_parquet(tmp_path, interval, **options)
    assert_same(tmp_path, platform.pull(interval, **options))
    assert report.duplicates == ConversationDetails.from_parquet(tmp_path).report.duplicates
    assert report.requests > 0
    assert report.source == "query"


@pytest.mark.parametrize("interval", ["2026-11-03/2026-11-07", "2026-11-06T10:10/PT3H", "2026-11-05"])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.usefixtures("by_day")
def test_a_part_of_the_time_opens_as_if_pulled_alone(tmp_path: Path, interval: str, whole: bool) -> None:
    platform = Platform()
    if whole:
        platform.pull(tz="Europe/Warsaw").to_parquet(tmp_path)
    else:
        platform.to_parquet(tmp_path, tz="Europe/Warsaw")
    found = ConversationDetails.from_parquet(tmp_path, interval)
    expected = platform.pull(interval, tz="Europe/Warsaw")
    assert found.report.interval == expected.report.interval
    assert found.report.conversations == expected.report.conversations
    for table in ("interactions", "legs", "conversations", "participants", "sessions", "metrics"):
        # A file has the columns of its whole pull.
        one = getattr(found, table).drop(columns="novel", errors="ignore")
        pd.testing.assert_frame_equal(one, getattr(expected, table).drop(columns="novel", errors="ignore"))
    assert repr(found).count("participants")


@pytest.mark.usefixtures("by_day")
def test_a_margin_belongs_to_a_part_that_begins_with_the_pull(tmp_path: Path) -> None:
    platform = Platform()
    platform.to_parquet(tmp_path, pad="1D")
    first = ConversationDetails.from_parquet(tmp_path, "2026-11-02")
    assert (first.report.pad_s, len(first.conversations)) == (86400.0, 96)
    later = ConversationDetails.from_parquet(tmp_path, "2026-11-03")
    assert (later.report.pad_s, len(later.conversations)) == (0.0, 48)
    beyond = ConversationDetails.from_parquet(tmp_path, "2026-11-08/2026-12-01")
    assert beyond.report.interval == "2026-11-08T00:00:00.000Z/2026-11-09T00:00:00.000Z"
    with pytest.raises(QueryError, match="nothing of"):
        ConversationDetails.from_parquet(tmp_path, "2026-12-01")


@pytest.mark.usefixtures("by_day")
def test_a_table_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    platform = Platform()
    platform.to_parquet(tmp_path)
    found = ConversationDetails.from_parquet(tmp_path)
    for path in (tmp_path / "metrics.parquet").iterdir():
        path.write_bytes(path.read_bytes()[:4] + b"no" + path.read_bytes()[6:])
    assert f"{6 * 48} metrics" in repr(found)
    assert len(found.interactions) == 6 * 48
    (tmp_path / "metrics.parquet" / "2026-11-02.parquet").unlink()
    assert len(found.legs) == 6 * 48


@pytest.mark.usefixtures("by_day")
def test_a_pull_that_failed_goes_on_with_the_days_that_are_missing(tmp_path: Path) -> None:
    platform = Platform()
    platform.breaks_on = "2026-11-06"
    with pytest.raises(ApiError, match="No more"):
        platform.to_parquet(tmp_path)
    with pytest.raises(QueryError, match="not finished"):
        ConversationDetails.from_parquet(tmp_path)
    platform.breaks_on = None
    platform.asked.clear()
    report = platform.to_parquet(tmp_path)
    assert min(platform.asked) >= "2026-11-06"
    expected = platform.pull()
    assert_same(tmp_path, expected)
    assert report.conversations == 6 * 48
    assert report.pages == expected.report.pages


@pytest.mark.usefixtures("by_day")
def test_what_a_killed_process_left_is_no_day(tmp_path: Path) -> None:
    platform = Platform()
    platform.breaks_on = "2026-11-06"
    with pytest.raises(ApiError):
        platform.to_parquet(tmp_path)
    done = json.loads((tmp_path / "unfinished.json").read_text())["done"]
    assert done == [f"2026-11-0{day}" for day in range(2, 6)]
    home = tmp_path / "conversations.parquet"
    (home / "2026-11-06.parquet").write_bytes((home / "2026-11-03.parquet").read_bytes())
    (home / "2026-11-07.part").write_bytes(b"PAR1")
    platform.breaks_on = None
    platform.to_parquet(tmp_path)
    assert_same(tmp_path, platform.pull())
    assert not list(tmp_path.rglob("*.part"))
    assert not (tmp_path / ".waiting").exists()


def test_a_day_that_had_not_ended_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gcanalytics.api.paging._SPLIT_ABOVE", 100)
    monkeypatch.setattr("gcanalytics.history.pulls.now", lambda: Interval.parse("2026-11-04").end)
    platform = Platform(empty="2026-11-02")
    platform.breaks_on = "2026-11-07"
    with pytest.raises(ApiError):
        platform.to_parquet(tmp_path)
    assert json.loads((tmp_path / "unfinished.json").read_text())["done"] == [
        f"2026-11-0{i}" for i in (2, 3, 4)
    ]
    platform.breaks_on = None
    platform.to_parquet(tmp_path)
    assert_same(tmp_path, platform.pull())


@pytest.mark.usefixtures("by_day")
def test_another_pull_does_not_go_on_with_this_one(tmp_path: Path) -> None:
    platform = Platform()
    platform.breaks_on = "2026-11-06"
    with pytest.raises(ApiError):
        platform.to_parquet(tmp_path)
    platform.breaks_on = None
    for interval, options in (("2026-11-02/2026-11-08", {}), (WEEK, {"filters": Filters(media_type="chat")})):
        with pytest.raises(QueryError, match="another pull"):
            platform.to_parquet(tmp_path, interval, **options)
    platform.to_parquet(tmp_path, "2026-11-03", overwrite=True)
    assert_same(tmp_path, platform.pull("2026-11-03"))
    with pytest.raises(QueryError, match="holds a pull already"):
        platform.to_parquet(tmp_path, "2026-11-03")


def test_an_argument_that_is_wrong_leaves_the_folder_alone(tmp_path: Path) -> None:
    platform = Platform()
    platform.to_parquet(tmp_path, "2026-11-03")
    for options in ({"workers": 0}, {"filters": Filters(media_type="smoke")}, {"page_size": 101}):
        with pytest.raises(QueryError):
            platform.to_parquet(tmp_path, overwrite=True, **options)
    assert len(ConversationDetails.from_parquet(tmp_path).conversations) == 48
