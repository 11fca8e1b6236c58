"""How a pull went: the report that every result carries."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pyarrow.compute as pc

from gcanalytics.frames.tables import Tables


@dataclass(frozen=True, repr=False)
class PullReport:
    """How a pull went, and how far its result can be trusted.

    Attributes:
        interval: what was asked for, ISO-8601 ``start/end``, the end exclusive; None without one.
        source: ``query`` (the details query), ``pages`` (given pages) or ``file``.
        requests: requests sent, retries among them.
        retries: requests that had to be sent again.
        pages: pages read.
        total_hits_first: the platform's approximate count of results on the first page.
        total_hits_last: the same on the last page; the two differ while records move.
        conversations: conversations in the tables.
        duplicates: copies of conversations that were left out.
        outside_interval: conversations that started outside the interval and were left out.
        short_by: conversations that the platform counted and did not give, after all repeats.
        still_moving: conversations without an end, whose records may still change.
        divisions: divisions seen.
        elapsed_s: seconds the pull took.
        pad_s: seconds before the interval that were pulled as well (nothing after its end is).
        pulled_at: when the pull began, ISO-8601 with ``Z``; what happened later may be missing.
        tz: time zone that bare dates were read in; measures and pictures take its clock by default.
    """

    interval: str | None = None
    source: str = "pages"
    requests: int = 0
    retries: int = 0
    pages: int = 0
    total_hits_first: int | None = None
    total_hits_last: int | None = None
    conversations: int = 0
    duplicates: int = 0
    outside_interval: int = 0
    short_by: int = 0
    still_moving: int = 0
    divisions: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    pad_s: float = 0.0
    pulled_at: str | None = None
    tz: str = "UTC"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that a reader of the numbers must know; empty if there is nothing to say."""
        said = []
        if self.short_by:
            said.append(f"Short by {self.short_by:,}: so many more did the platform count than it gave.")
        if self.pad_s:
            said.append(f"Padded: also what started up to {self.pad_s / 3600:g} h before the interval.")
        if self._is_partial:
            said.append(f"Partial: the interval had not ended when this was pulled ({self.pulled_at}).")
        if self.still_moving:
            said.append(f"{self.still_moving:,} of them had not ended; their records may still change.")
        return tuple(said)

    @property
    def _is_partial(self) -> bool:
        if not self.interval or not self.pulled_at:
            return False
        return bool(pd.Timestamp(self.interval.split("/")[1]) > pd.Timestamp(self.pulled_at))

    def __str__(self) -> str:
        """One line for a progress display, and the warnings."""
        counts = [number_of(self.conversations, "conversation")]
        if self.requests:
            again = f" ({self.retries:,} sent again)" if self.retries else ""
            counts.append(f"{number_of(self.requests, 'request')}{again} in {self.elapsed_s:.1f} s")
        if self.duplicates:
            counts.append(f"{number_of(self.duplicates, 'duplicate')} left out")
        if self.outside_interval:
            counts.append(f"{self.outside_interval:,} that started outside the interval left out")
        return " ".join([", ".join(counts) + ".", *self.warnings])

    def __repr__(self) -> str:
        """That line; the fields are attributes, ``dataclasses.asdict`` gives them all."""
        return f"<PullReport: {self}>"


def number_of(count: int, thing: str) -> str:
    """A count in words: ``1 request``, ``2,340 requests``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def counted(report: PullReport, tables: Tables) -> PullReport:
    """The report with the counts of the tables in it."""
    conversations = tables.arrow["conversations"]
    divisions = pc.unique(pc.list_flatten(conversations.column("divisionIds"))).to_pylist()
    return replace(
        report,
        conversations=conversations.num_rows,
        duplicates=tables.duplicates,
        outside_interval=tables.outside_interval,
        still_moving=tables.still_moving,
        divisions=tuple(sorted(each for each in divisions if each is not None)),
    )
