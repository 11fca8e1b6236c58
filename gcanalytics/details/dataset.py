"""A pull on disk while it goes on: what was asked for, which days are complete, what they cost.

``unfinished.json`` stands in the folder until ``pull.json`` does; the second is written last.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from gcanalytics.details.days import UNDATED, DayFiles, day_of
from gcanalytics.details.files import KNOWN, UNFINISHED, known_of
from gcanalytics.details.report import PullReport
from gcanalytics.errors import QueryError
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope

_SUMS = ("requests", "retries", "pages", "total_hits_first", "total_hits_last", "duplicates",
         "outside_interval", "short_by", "elapsed_s")  # fmt: skip


class Dataset:
    """One folder.

    Args:
        folder: made where it is missing.
        asked: what identifies the pull, of JSON's types: a folder goes on only with the same.
        overwrite: begin anew, whatever pull is there.

    Attributes:
        files: the tables' files.
        done: names of the days that are complete.

    Raises:
        QueryError: the folder holds a finished pull, or another one.
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, asked: Mapping[str, Any], *, overwrite: bool = False) -> None:
        self._folder = folder
        self._asked = dict(asked)
        self._sums: dict[str, Any] = {}
        self._began: str | None = None
        self.files = DayFiles(folder)
        self.done: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        if overwrite:
            (folder / UNFINISHED).unlink(missing_ok=True)
            (folder / KNOWN).unlink(missing_ok=True)
        elif (folder / UNFINISHED).exists():
            self._go_on()
        elif (folder / KNOWN).exists() or any((folder / "conversations.parquet").glob("*")):
            raise QueryError(
                f"{str(folder)!r} holds a pull already.",
                hint="Give another folder, or overwrite=True to put this one in its place.",
            )
        self._remember()
        (folder / KNOWN).unlink(missing_ok=True)
        self.files.keep_only({*map(day_of, self.done), *([UNDATED] if self.done else [])})

    def _go_on(self) -> None:
        known = json.loads((self._folder / UNFINISHED).read_text(encoding="utf-8"))
        if known["asked"] != self._asked:
            raise QueryError(
                f"{str(self._folder)!r} holds the beginning of another pull.",
                hint="Give another folder, or overwrite=True to put this one in its place.",
            )
        self.done, self._sums, self._began = set(known["done"]), known["sums"], known["began"]

    def checkpoint(
        self, days: Collection[str], costs: Mapping[str, Any], *, began: str | None = None
    ) -> None:
        """Some more days are complete.

        Args:
            days: their names.
            costs: what they cost: counts of the report, to be added to those of the days before.
            began: when the part of the pull began that brought them, ISO-8601 in UTC.
        """
        self.done |= set(days)
        self._add(costs, began)
        self._remember()

    def _add(self, costs: Mapping[str, Any], began: str | None) -> None:
        for name in _SUMS:
            if costs.get(name) is not None:
                self._sums[name] = self._sums.get(name, 0) + costs[name]
        self._began = min(filter(None, (self._began, began)), default=None)

    def _remember(self) -> None:
        known = {"asked": self._asked, "done": sorted(self.done), "sums": self._sums, "began": self._began}
        _write(self._folder / UNFINISHED, known)

    def finish(
        self,
        names: Names,
        scope: Scope,
        *,
        costs: Mapping[str, Any],
        began: str | None = None,
        **facts: Any,
    ) -> PullReport:
        """All files are written: write the report, and what is known of the pull; the report.

        Args:
            names: names for ids.
            scope: what was asked for.
            costs: of what came since the last checkpoint.
            began: as there.
            facts: further fields of the report.
        """
        self._add(costs, began)
        self._sums["duplicates"] = max(0, self._sums.get("duplicates", 0))
        report = PullReport(**{**self._sums, "pulled_at": self._began, **facts, **_counts(self.files)})
        _write(self._folder / KNOWN, known_of(report, names, scope))
        (self._folder / UNFINISHED).unlink(missing_ok=True)
        return report


def _counts(files: DayFiles) -> dict[str, Any]:
    """What the report tells of the tables."""
    conversations = still_moving = 0
    divisions: set[str] = set()
    for day in files.days:
        path = files.path("conversations", day)
        found = pq.read_table(path, columns=["conversationEnd", "divisionIds"])
        conversations += found.num_rows
        still_moving += found.column("conversationEnd").null_count
        divisions.update(pc.unique(pc.list_flatten(found.column("divisionIds"))).to_pylist())
    return {
        "conversations": conversations,
        "still_moving": still_moving,
        "divisions": tuple(sorted(each for each in divisions if each is not None)),
    }


def _write(path: Path, known: Mapping[str, Any]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(known, ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(path)
