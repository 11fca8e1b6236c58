"""A pull as a folder of Parquet files, and what it knows of itself as one JSON file beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gcanalytics import export
from gcanalytics.api.intervals import Interval
from gcanalytics.details.report import PullReport
from gcanalytics.details.stored import Span, StoredTables
from gcanalytics.errors import QueryError
from gcanalytics.frames import schema
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope
from gcanalytics.frames.tables import Tables

KNOWN = "pull.json"
"""What a pull knows of itself; written last, so that without it no pull is whole."""
UNFINISHED = "unfinished.json"
"""What a pull that is written while it goes on knows of itself until then."""
_NAMES = ("queues", "users", "wrapup_codes", "divisions", "skills")
_FILTERS = ("queue_ids", "user_ids", "media_types", "directions")


def write_pull(folder: Path, arrow: Mapping[str, Any], tables: Tables, report: PullReport) -> list[Path]:
    """Write every table and what is known of the pull; the files' paths.

    Args:
        folder: made where it is missing.
        arrow: the tables to write, by name.
        tables: whose names and scope are written.
        report: how the pull went.

    Raises:
        OSError: a file cannot be written.
    """
    made = [export.write_parquet(table, folder / f"{name}.parquet") for name, table in arrow.items()]
    known = known_of(report, tables.names, tables.scope)
    path = folder / KNOWN
    path.write_text(json.dumps(known, ensure_ascii=False, indent=1), encoding="utf-8")
    return [*made, path]


def known_of(report: PullReport, names: Names, scope: Scope) -> dict[str, Any]:
    """What ``pull.json`` says, of JSON's types."""
    return {
        "report": asdict(report),
        "names": {kind: dict(getattr(names, kind)) for kind in _NAMES},
        "service_levels": [[*key, *target] for key, target in names.service_levels.items()],
        "scope": {name: _listed(getattr(scope, name)) for name in _FILTERS},
    }


def read_pull(folder: Path, interval: Any = None) -> tuple[Tables, PullReport]:
    """What `write_pull` or a pull to files wrote; the tables are read when they are asked for.

    Args:
        folder: where it is.
        interval: only conversations that started in it; bare dates are read in the pull's time zone.

    Raises:
        QueryError: the folder holds no pull, or nothing of the interval.
    """
    if (folder / UNFINISHED).exists():
        raise QueryError(
            f"{str(folder)!r} holds a pull that is not finished.",
            hint="Ask for the same again, with the same folder: it goes on where it ended.",
        )
    files = [folder / f"{table}.parquet" for table in schema.API_TABLES]
    missing = [path.name for path in [*files, folder / KNOWN] if not path.exists()]
    if missing:
        raise QueryError(f"{str(folder)!r} holds no pull: {', '.join(missing)} is not there.")
    known = json.loads((folder / KNOWN).read_text(encoding="utf-8"))
    fields = PullReport.__dataclass_fields__
    found = {name: value for name, value in known["report"].items() if name in fields}
    report = PullReport(**{**found, "divisions": tuple(found["divisions"]), "source": "file"})
    span = None
    if interval is not None:
        report, span = _narrowed(report, Interval.parse(interval, tz=report.tz))
    levels = {(queue, media): (share, seconds) for queue, media, share, seconds in known["service_levels"]}
    tables = Tables(
        StoredTables(folder, span),
        duplicates=report.duplicates,
        outside_interval=report.outside_interval,
        names=Names(**known["names"], service_levels=levels),
        scope=Scope(**{name: _filter(known["scope"][name]) for name in _FILTERS}),
    )
    return tables, report


def _narrowed(report: PullReport, wanted: Interval) -> tuple[PullReport, Span]:
    """The report of a part of the pull's time, and that part."""
    if report.interval is None:
        return replace(report, interval=wanted.iso()), (wanted.start_ms, wanted.end_ms)
    whole = Interval.parse(report.interval)
    start, end = max(whole.start, wanted.start), min(whole.end, wanted.end)
    if start >= end:
        raise QueryError(f"This pull is of {report.interval}, which has nothing of {wanted.iso()}.")
    part = Interval(start, end)
    # What is before the part is not opened with it, so there is no margin unless it is the pull's own.
    padded = start == whole.start
    first_ms = part.start_ms - round(report.pad_s * 1000) if padded else part.start_ms
    pad_s = report.pad_s if padded else 0.0
    return replace(report, interval=part.iso(), pad_s=pad_s), (first_ms, part.end_ms)


def _listed(wanted: frozenset[str] | None) -> list[str] | None:
    return None if wanted is None else sorted(wanted)


def _filter(wanted: list[str] | None) -> frozenset[str] | None:
    return None if wanted is None else frozenset(wanted)
