"""Pulls of any length straight to Parquet files, day by day, in bounded memory; interrupted, they go on."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gcanalytics.api.intervals import Interval, instant
from gcanalytics.api.paging import WORKERS, Pages, Tally
from gcanalytics.api.query import MAX_PAGE_SIZE, DetailsQuery
from gcanalytics.details import PullReport
from gcanalytics.details.dataset import Dataset
from gcanalytics.details.days import DAY_MS, day_name
from gcanalytics.details.spool import Spool
from gcanalytics.history.pulls import Filters, Meter, check_workers, facts_of, fetch_of
from gcanalytics.measures.coverage import width
from gcanalytics.notebook.progress import Progress, progress_for

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.directory import Directory


def conversation_details_to_parquet(
    rest: Rest,
    directory: Directory,
    interval: Any,
    folder: str | os.PathLike[str],
    *,
    filters: Filters | None = None,
    tz: str | dt.tzinfo = "UTC",
    pad: Any = None,
    page_size: int = MAX_PAGE_SIZE,
    workers: int = WORKERS,
    overwrite: bool = False,
    progress: bool | None = None,
) -> PullReport:
    """The conversations that started in an interval, as Parquet files; the same tables as in memory.

    Args:
        rest: the connection.
        directory: names and ids.
        interval: see :meth:`gcanalytics.api.intervals.Interval.parse`.
        folder: where to; made where it is missing. With the beginning of the same pull in it, only the days
            that are missing are asked for, and those that had not ended then.
        filters: what to ask for; everything by default.
        tz: time zone of bare dates and times.
        pad: as for :func:`gcanalytics.history.conversation_details`.
        page_size: conversations a page, 1 to 100.
        workers: requests at a time, 1 to 16.
        overwrite: take the place of whatever pull is in the folder.
        progress: see :func:`gcanalytics.notebook.progress.progress_for`.

    Returns:
        The report.

    Raises:
        QueryError: an argument is wrong, or the folder holds a finished pull or another one.
        IncompletePull: a day has more results than the platform pages through.
        GenesysError: the platform refused or did not answer; what came before is kept.
        OSError: a file cannot be written.
    """
    asked = Interval.parse(interval, tz=tz)
    margin = dt.timedelta() if pad is None else width(pad).to_pytimedelta()
    pulled = asked.padded(margin)
    check_workers(workers)
    query, scope = (filters or Filters()).resolve(directory, page_size)
    identity = {"api": rest.base_url, "interval": asked.iso(), "pad_s": margin.total_seconds()}
    identity["filters"] = dict(query.filters)
    dataset = Dataset(Path(folder), identity, overwrite=overwrite)
    names = directory.names()
    spool = Spool(Path(folder), names=names, scope=scope, start_ms=pulled.start_ms, end_ms=pulled.end_ms)
    line = progress_for(progress)
    summary: str | None = None
    try:
        pull = _Pull(rest, query, dataset, spool, workers, line)
        for span in _missing(pulled, dataset.done):
            pull.read(span)
        spool.finish()
        facts = {"interval": asked.iso(), "pad_s": margin.total_seconds(), "tz": str(tz), "source": "query"}
        report = dataset.finish(names, scope, costs=pull.costs(), began=pull.began, **facts)
        summary = str(report)
    finally:
        line.close(summary)
    return report


def _missing(pulled: Interval, done: Iterable[str]) -> list[Interval]:
    """The stretches of days that are still to be pulled."""
    known = set(done)
    spans: list[Interval] = []
    for piece in pulled.utc_days():
        if _name(piece) in known:
            continue
        joins = bool(spans) and spans[-1].end == piece.start
        spans[-1:] = [Interval(spans[-1].start, piece.end)] if joins else [*spans[-1:], piece]
    return spans


def _name(piece: Interval) -> str:
    return day_name(piece.start_ms // DAY_MS)


class _Pull:
    """Reads stretches of days into a spool, and tells the dataset which of them are complete."""

    def __init__(
        self, rest: Rest, query: DetailsQuery, dataset: Dataset, spool: Spool, workers: int, line: Progress
    ) -> None:
        self._rest, self._query, self._workers = rest, query, workers
        self._dataset, self._spool, self._line = dataset, spool, line
        self._meter = Meter(rest)
        self._tallies: list[Tally] = []
        self._told: Counter[str] = Counter()

    @property
    def began(self) -> str:
        """When it began, ISO-8601 in UTC."""
        return self._meter.began

    def read(self, span: Interval) -> None:
        """Pull a stretch of days."""
        pages = Pages(
            fetch_of(self._rest, self._query),
            self._spool.add,
            query=self._query,
            interval=span,
            workers=self._workers,
            on_news=self._show,
        )
        self._tallies.append(pages.tally)
        pending = span.utc_days()
        for _page in pages:
            pending = self._complete(pending, pages.read_until_ms)
        self._complete(pending, span.end_ms)

    def _show(self, pages: Pages) -> None:
        before = sum(tally.conversations for tally in self._tallies[:-1])
        expected = None if pages.expected is None else before + pages.expected
        self._line.update(before + pages.tally.conversations, expected, self._rest.waiting_s)

    def _complete(self, pending: list[Interval], until_ms: int) -> list[Interval]:
        """Write the days of which all has been read; those that are left."""
        complete = [piece for piece in pending if piece.end_ms <= until_ms]
        if complete:
            self._spool.close(piece.start_ms // DAY_MS for piece in complete)
            # A day that goes on is asked for again by whoever goes on with this pull.
            if all(instant(piece.end) <= self.began for piece in complete):
                self._dataset.checkpoint([_name(piece) for piece in complete], self.costs(), began=self.began)
        return pending[len(complete) :]

    def costs(self) -> dict[str, Any]:
        """What was spent and left out since this was last asked."""
        now: Counter[str] = Counter(self._meter.costs())
        for tally in self._tallies:
            now.update(facts_of(tally))
            now["duplicates"] -= (
                tally.read_again
            )  # what was asked for twice is no duplicate of the platform's
        now["duplicates"] += self._spool.duplicates
        now["outside_interval"] = self._spool.outside_interval
        spent = {name: now[name] - self._told[name] for name in now}
        self._told = now
        return spent
