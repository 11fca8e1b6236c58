"""A pull as a folder of Parquet files, and what it knows of itself as one JSON file beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gcanalytics import export
from gcanalytics.details.report import PullReport
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


def read_pull(folder: Path) -> tuple[Tables, PullReport]:
    """What `write_pull` wrote; computed tables are not read, they are computed again.

    Raises:
        QueryError: the folder holds no pull.
    """
    files = {table: folder / f"{table}.parquet" for table in schema.API_TABLES}
    if (folder / UNFINISHED).exists():
        raise QueryError(
            f"{str(folder)!r} holds a pull that is not finished.",
            hint="Ask for the same again, with the same folder: it goes on where it ended.",
        )
    missing = [path.name for path in [*files.values(), folder / KNOWN] if not path.exists()]
    if missing:
        raise QueryError(f"{str(folder)!r} holds no pull: {', '.join(missing)} is not there.")
    known = json.loads((folder / KNOWN).read_text(encoding="utf-8"))
    fields = PullReport.__dataclass_fields__
    found = {name: value for name, value in known["report"].items() if name in fields}
    report = PullReport(**{**found, "divisions": tuple(found["divisions"]), "source": "file"})
    levels = {(queue, media): (share, seconds) for queue, media, share, seconds in known["service_levels"]}
    tables = Tables(
        {table: _whole(_read_table(path), table) for table, path in files.items()},
        duplicates=report.duplicates,
        outside_interval=report.outside_interval,
        names=Names(**known["names"], service_levels=levels),
        scope=Scope(**{name: _filter(known["scope"][name]) for name in _FILTERS}),
    )
    return tables, report


def _read_table(path: Path) -> Any:
    """A table's file, or all files of its folder: their names sort as their rows do."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files])


def _whole(table: Any, name: str) -> Any:
    """The table with the columns that a compact pull had left out."""
    own = [column.name for column in schema.columns(name)]
    types = {column.name: schema.ARROW_TYPES[column.kind] for column in schema.columns(name)}
    unknown = [label for label in table.column_names if label not in types]
    for label in types.keys() - set(table.column_names):
        table = table.append_column(label, pa.nulls(table.num_rows, types[label]))
    return table.select([*own[:-2], *unknown, *own[-2:]])


def _listed(wanted: frozenset[str] | None) -> list[str] | None:
    return None if wanted is None else sorted(wanted)


def _filter(wanted: list[str] | None) -> frozenset[str] | None:
    return None if wanted is None else frozenset(wanted)
