"""A pull that is longer than memory: its pages streamed to Parquet, and what that takes at its highest."""

from __future__ import annotations

import resource
import sys
import tempfile
from datetime import date, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from .measuring import NotMeasured, case, options, workload

FEW, MANY = 10_000, 1_000_000
_MAXRSS_MB = 1 / 1_000_000 if sys.platform == "darwin" else 1 / 1024
_A_DAY = 40_000
_FIRST = date(2026, 1, 1)
_KEY = b'"conversationId":"'
_EIGHT = 8


@cache
def _day_of_templates() -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """A date of the workload and its conversations by their starts, each cut at the beginning of its id."""
    with workload() as folder, (folder / "pages.jsonl").open("rb") as lines:
        first = next(lines)
        day, found = _date(next(line for line in lines if _date(line) != _date(first))), []
        for line in lines:
            if _date(line) != day:
                break
            found.append([_cut(bytes(each)) for each in _page.decode(line).conversations])
    return day, tuple(chain.from_iterable(found[:-1]))


def _cut(record: bytes) -> tuple[bytes, bytes]:
    at = record.index(_KEY) + len(_KEY)
    return record[:at], record[at + _EIGHT :]


class _Records(msgspec.Struct):
    """A page, its conversations left as JSON."""

    conversations: list[msgspec.Raw]


_page = msgspec.json.Decoder(_Records)


def _date(page: bytes) -> bytes:
    """``2026-11-10T`` of its first conversation."""
    at = page.find(b'"conversationStart":"') + 21
    return page[at : at + 11]


class _Platform:
    """Answers details queries as fast as it can: whole days of conversations, by their starts.

    Each template stands several times in a day, one copy after the other, with other ids.
    """

    base_url = "benchmark"
    waiting_s = 0.0
    retries = 0

    def __init__(self, conversations: int) -> None:
        self.days = -(-conversations // _A_DAY)
        self.conversations = self.days * min(conversations, _A_DAY)
        self._a_day = min(conversations, _A_DAY)
        self.requests = 0

    def request(self, _method: str, path: str, *, json: Any, **_options: Any) -> Any:
        from gcanalytics.transport.response import ApiResponse

        self.requests += 1
        start, _, end = json["interval"].partition("/")
        first = (date.fromisoformat(start[:10]) - _FIRST).days
        span = (date.fromisoformat(end[:10]) - _FIRST).days - first
        content = self._page(first, json["paging"]["pageNumber"] - 1, span * self._a_day)
        return ApiResponse(200, "OK", {}, "POST", path, content)

    def _page(self, day: int, number: int, hits: int) -> bytes:
        if number * 100 >= self._a_day:
            return b"{}"
        date_was, templates = _day_of_templates()
        first = number * 100
        fresh, parts = day * self._a_day, []
        for i in range(first, min(first + 100, self._a_day)):
            before, after = templates[i * len(templates) // self._a_day]
            parts.append(b"%s%08x%s" % (before, fresh + i, after))
        body = b'{"conversations":[' + b",".join(parts) + b'],"totalHits":%d}' % hits
        return body.replace(date_was, f"{_FIRST + timedelta(days=day)}T".encode())


class _Nobody:
    """A directory without names."""

    def names(self) -> Any:
        from gcanalytics.frames.names import Names

        return Names.empty()


def _stream(conversations: int) -> None:
    """Pull so many."""
    from gcanalytics.history import conversation_details_to_parquet

    platform = _Platform(conversations)
    end = _FIRST + timedelta(days=platform.days)
    with tempfile.TemporaryDirectory() as folder:
        rest: Any = platform
        nobody: Any = _Nobody()
        report = conversation_details_to_parquet(rest, nobody, f"{_FIRST}/{end}", Path(folder) / "out")
    if report.conversations != platform.conversations:
        raise NotMeasured(f"{report.conversations} of {platform.conversations} conversations came")


def _peak_mb(conversations: int) -> float:
    _stream(conversations)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_MB


@case
def parquet_many() -> float:
    """Peak memory of the whole process, MB, for a million conversations; all imports and templates in it."""
    return _peak_mb(MANY // 10 if options.quick else MANY)


@case
def parquet_few() -> float:
    """The same for ten thousand."""
    return _peak_mb(FEW)
