"""What a pull of conversations gives: its tables as DataFrames, its report, and its files."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from gcanalytics import export
from gcanalytics.details.files import read_pull, write_pull
from gcanalytics.details.report import PullReport, counted, number_of
from gcanalytics.details.shapes import taken
from gcanalytics.details.stored import StoredComputed, StoredTables
from gcanalytics.errors import NotInThisPull, QueryError
from gcanalytics.frames import schema
from gcanalytics.frames.computed_tables import ComputedTables
from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.lateness import COUNTED_AT, late_s
from gcanalytics.frames.names import Names
from gcanalytics.frames.records import to_records
from gcanalytics.frames.scope import Scope
from gcanalytics.frames.tables import Tables, to_frame

TABLES = (*schema.COMPUTED_TABLES, *schema.API_TABLES)
"""Names of all tables of a pull."""


class ConversationDetails:
    """The tables of one pull. DataFrames are made when first asked for.

    Tables of analysts: `interactions`, `legs`, `handlings`, `transfers`; tables of the API: `conversations`,
    `participants`, `sessions`, `segments`, `metrics` and the rest. `columns` explains every column. Rows
    that the pull's own filters do not match carry ``in_scope`` False.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        names: Names | None = None,
        scope: Scope | None = None,
        report: PullReport | None = None,
    ) -> None:
        self._tables = replace(tables, names=names or tables.names, scope=scope or tables.scope)
        self._computed: ComputedTables | StoredComputed = ComputedTables(self._tables)
        self._frames: dict[str, pd.DataFrame] = {}
        self._is_compact = False
        self.report = counted(report or PullReport(), self._tables)
        """How the pull went (`PullReport`)."""

    # --- the tables -------------------------------------------------------------------------------------

    @property
    def interactions(self) -> pd.DataFrame:
        """A row for each conversation: queues, agents, waits, outcome, talk, transfers, wrap-ups."""
        return self._frame("interactions")

    @property
    def legs(self) -> pd.DataFrame:
        """A row for each ACD offer: queue, wait, outcome, who answered."""
        return self._frame("legs")

    @property
    def handlings(self) -> pd.DataFrame:
        """A row for each session of an agent: alert, talk, hold, after-call work, wrap-up, transfer."""
        return self._frame("handlings")

    @property
    def transfers(self) -> pd.DataFrame:
        """A row for each transfer by an agent: from, to, kind."""
        return self._frame("transfers")

    @property
    def conversations(self) -> pd.DataFrame:
        """A row for each conversation, as the API gives it."""
        return self._frame("conversations")

    @property
    def participants(self) -> pd.DataFrame:
        """A row for each participant of a conversation."""
        return self._frame("participants")

    @property
    def sessions(self) -> pd.DataFrame:
        """A row for each session of a participant, the fields of its flow among them."""
        return self._frame("sessions")

    @property
    def segments(self) -> pd.DataFrame:
        """A row for each segment of a session."""
        return self._frame("segments")

    @property
    def metrics(self) -> pd.DataFrame:
        """A row for each metric value of a session; the same name may stand several times."""
        return self._frame("metrics")

    @property
    def media_endpoint_stats(self) -> pd.DataFrame:
        """A row for each report of media quality of a session."""
        return self._frame("media_endpoint_stats")

    @property
    def evaluations(self) -> pd.DataFrame:
        """A row for each evaluation of a conversation."""
        return self._frame("evaluations")

    @property
    def surveys(self) -> pd.DataFrame:
        """A row for each survey of a conversation."""
        return self._frame("surveys")

    @property
    def resolutions(self) -> pd.DataFrame:
        """A row for each resolution of a conversation."""
        return self._frame("resolutions")

    @property
    def flow_outcomes(self) -> pd.DataFrame:
        """A row for each outcome of a session's flow."""
        return self._frame("flow_outcomes")

    @property
    def attributes(self) -> pd.DataFrame:
        """A row for each attribute of a participant.

        Raises:
            NotInThisPull: the source had none; the details query never has.
        """
        if not self._has("attributes"):
            raise NotInThisPull(
                "This pull has no participant attributes.",
                hint="The details query leaves them out; the results of a details job have them. "
                "Give pages of such a job to ConversationDetails.from_pages.",
            )
        return self._frame("attributes")

    def _has(self, table: str) -> bool:
        return table != "attributes" or self._tables.rows("attributes") > 0

    def _arrow(self, table: str) -> Any:
        made = (
            getattr(self._computed, table) if table in schema.COMPUTED_TABLES else self._tables.arrow[table]
        )
        if not self._is_compact:
            return made
        filled = [name for name in made.column_names if made.column(name).null_count < made.num_rows]
        return made.select(filled) if made.num_rows else made

    def _frame(self, table: str) -> pd.DataFrame:
        if table not in self._frames:
            frame = to_frame(self._arrow(table), table)
            # Measures and charts read from here which of their buckets are complete.
            frame.attrs = {
                "interval": self.report.interval,
                "pad_s": self.report.pad_s,
                "pulled_at": self.report.pulled_at,
                "short_by": self.report.short_by,
                "longest_s": self._tables.longest_s,
                "tz": self.report.tz,
            }
            if table in COUNTED_AT:
                made = getattr(self._computed, table)
                frame.attrs["late_s"] = late_s(table, made, self._tables.arrow["conversations"])
            self._frames[table] = frame
        return self._frames[table]

    @staticmethod
    def columns(table: str) -> pd.DataFrame:
        """The columns of one table, a row each: name, dtype, unit, source (the API's field), note.

        ``d.columns("legs")``

        Args:
            table: its name, such as ``"segments"``.

        Raises:
            QueryError: there is no such table.
        """
        if table not in TABLES:
            raise QueryError(f"There is no table {table!r}; there are {', '.join(TABLES)}.")
        rows = [(c.name, str(c.dtype), c.unit, c.source, c.note) for c in schema.columns(table)]
        return pd.DataFrame(rows, columns=["name", "dtype", "unit", "source", "note"])

    def compact(self) -> ConversationDetails:
        """The same pull; its tables leave out the columns that have no value."""
        twin = ConversationDetails(self._tables, report=self.report)
        twin._computed = self._computed
        twin._is_compact = True
        return twin

    def timeline(self, conversation_id: str | None = None, **options: Any) -> Any:
        """One conversation along time; see `gcanalytics.charts.timeline`.

        Args:
            conversation_id: which one; may be left out if there is only one.
            options: ``tz`` and ``ax``.

        Returns:
            The axes.

        Raises:
            QueryError: the pull has several conversations and none is named, or not this one.
        """
        from gcanalytics import charts

        return charts.timeline(self, conversation_id, **options)

    # --- from pages, to records and files ---------------------------------------------------------------

    @classmethod
    def from_pages(
        cls, pages: Iterable[Any], *, names: Names | None = None, scope: Scope | None = None
    ) -> ConversationDetails:
        """Tables of pages that were got elsewhere.

        Args:
            pages: responses of the details query or of a job, lists of conversations, or single ones; each as
                bytes of JSON, or decoded.
            names: names for ids, ``gc.directory.names()``.
            scope: what the pages were asked for.

        Raises:
            QueryError: a single page, not a list of them.
            ApiError: a page is no JSON, or JSON of another shape, such as the body of an error.
        """
        builder = Builder()
        hits = [summary.total_hits for summary in taken(pages, builder.add)]
        told: list[int | None] = [each for each in hits if each is not None]
        first, last = (told[0], told[-1]) if told else (None, None)
        report = PullReport(pages=len(hits), total_hits_first=first, total_hits_last=last)
        return cls(builder.build(scope=scope, names=names), report=report)

    def to_records(self) -> list[Any]:
        """The conversations as the API's JSON objects.

        Equal to what the platform sent, with instants equal, 12 = 12.0, null = absent = an empty list.
        """
        return to_records(self._tables.arrow)

    def to_csv(self, folder: str | os.PathLike[str], *, excel: bool = False) -> list[Path]:
        """Write every table that the pull has as ``<table>.csv``; see `gcanalytics.to_csv`.

        Args:
            folder: where to; made where it is missing.
            excel: make the files safe to open in a spreadsheet.

        Returns:
            The files.

        Raises:
            OSError: a file cannot be written.
        """
        made = [table for table in TABLES if self._has(table)]
        return [
            export.write_csv(self._arrow(table), Path(folder) / f"{table}.csv", excel=excel) for table in made
        ]

    def to_parquet(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every table as ``<table>.parquet``, and what the pull knows of itself as ``pull.json``.

        Args:
            folder: where to; made where it is missing.

        Returns:
            The files.

        Raises:
            OSError: a file cannot be written.
        """
        made = {table: self._arrow(table) for table in TABLES}
        return write_pull(Path(folder), made, self._tables, self.report)

    @classmethod
    def from_parquet(cls, folder: str | os.PathLike[str], interval: Any = None) -> ConversationDetails:
        """Open what `to_parquet`, or a pull to Parquet, wrote; names, scope and report are those of the pull.

        A table is read when it is first asked for: of a pull that is longer than memory, ask for single
        tables, or for a part of the time.

        Args:
            folder: where it is.
            interval: only conversations that started in it, as for ``gc.conversation_details``; bare dates
                are read in the pull's time zone.

        Raises:
            QueryError: the folder holds no pull, an unfinished one, or nothing of the interval.
        """
        tables, report = read_pull(Path(folder), interval)
        opened = cls(tables, report=report)
        if isinstance(tables.arrow, StoredTables):
            opened._computed = StoredComputed(tables.arrow, opened._tables)
        return opened

    # --- what it says of itself -------------------------------------------------------------------------

    def _facts(self) -> list[str]:
        report, rows = self.report, self._tables.rows
        said = [f"ConversationDetails: {report}"]
        if report.interval:
            when = f", pulled at {report.pulled_at}" if report.pulled_at else ""
            said.append(f"{report.interval}, from {report.source}{when}")
        things = ("participant", "session", "segment", "metric")
        counts = [number_of(rows(f"{thing}s"), thing) for thing in things]
        counts[1] += self._media()
        said.append(", ".join(counts))
        outside = 0
        if not self._tables.scope.is_everything:
            outside = rows("sessions") - int(
                pc.sum(self._tables.arrow["sessions"].column("in_scope")).as_py() or 0
            )
        if outside:
            said.append(
                f"{outside:,} of {rows('sessions'):,} sessions not asked for (in_scope=False); "
                "no measure counts them"
            )
        return said

    def _media(self) -> str:
        """How many sessions there are of each medium; nothing where their table would have to be read."""
        if isinstance(self._tables.arrow, StoredTables):
            return ""
        found = pc.value_counts(self._tables.arrow["sessions"].column("mediaType")).to_pylist()
        found.sort(key=lambda each: -each["counts"])
        said = ", ".join(f"{each['counts']:,} {each['values'] or 'without a medium'}" for each in found)
        return f" ({said})" if said else ""

    def __repr__(self) -> str:
        """Counts, and all that a reader of the numbers must know."""
        return "\n  ".join(self._facts())

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        first, *rest = (html.escape(line) for line in self._facts())
        return f"<div><b>{first}</b><ul>{''.join(f'<li>{line}</li>' for line in rest)}</ul></div>"
