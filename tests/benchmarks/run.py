"""Prints the benchmark table: each row measures ours and today's ways side by side, in one run.

    python tests/benchmarks/run.py [--quick] [--only NAME ...]

Each measurement is a process of its own (cases.py), the ways taken in turn A B C A B C. A cell is the median
of the runs, and the median of their ratios to the base's run of the same turn, so that a slow minute of the
machine hits both. Read the ratios: seconds differ from machine to machine. No number passes or fails; the
status is 1 where a case could not be measured, and standard error names it and the reason.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
HEAD = "| what, unit | ours (ratio to the base) | others in the same run | aim |\n|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: for ``--only``.
        what: what is measured.
        unit: of the cells.
        ways: column to case, "ours" the first of them.
        base: the column that ratios are taken against; ours where it is None.
        aim: the bound that we set ourselves.
        runs: of each case.
        longest_s: of a run.
    """

    name: str
    what: str
    unit: str
    ways: Mapping[str, str]
    base: str | None
    aim: str
    runs: int = 3
    longest_s: int = 180


ROWS = (
    Row(
        "tables",
        "pages of JSON to five DataFrames",
        "CPU us a conversation",
        {
            "ours": "tables_ours",
            "bare parse (orjson)": "tables_bare",
            "official SDK and loops": "tables_sdk",
            "json_normalize": "tables_normalize",
        },
        "bare parse (orjson)",
        "3.5x the bare parse, 30x faster than the SDK",
    ),
    Row(
        "new_field",
        "the same with an unknown field in every session",
        "CPU us a conversation",
        {"ours": "tables_new_field", "known fields alone": "tables_ours"},
        "known fields alone",
        "1.2x",
    ),
    Row(
        "memory",
        "extra peak memory of the five DataFrames",
        "times the JSON's bytes",
        {"ours": "memory_ours", "official SDK and loops": "memory_sdk", "json_normalize": "memory_normalize"},
        None,
        "5 or less",
        2,
    ),
    Row(
        "paging",
        "pulling a day where each request takes 300 ms, 4 workers",
        "wall ms a page",
        {"ours": "paging_ours", "official SDK page by page": "paging_sdk"},
        None,
        "90 (1.2x of 300 ms / 4)",
        2,
    ),
    Row(
        "import",
        "import",
        "wall s",
        {
            "ours": "import_ours",
            "ours with gca.connect looked up": "import_connect",
            "pandas": "import_pandas",
            "official SDK": "import_sdk",
        },
        "pandas",
        "0.4x of pandas",
        2,
    ),
    Row(
        "csv",
        "CSV of a million segments",
        "wall s",
        {"ours": "csv_ours", "DataFrame.to_csv": "csv_pandas"},
        "DataFrame.to_csv",
        "0.05x (20x faster)",
        2,
    ),
    Row(
        "parquet",
        "a million conversations pulled to Parquet files: the whole process's peak",
        "MB",
        {"ours": "parquet_many", "ten thousand": "parquet_few"},
        "ten thousand",
        "450, 1.25x",
        1,
        1800,
    ),
    Row(
        "socket",
        "notification events of 5 kB from a real socket",
        "messages a CPU second",
        {
            "ours": "socket_ours",
            "ours with every body decoded": "socket_decoded",
            "plain websocket-client and json.loads": "socket_plain",
        },
        "plain websocket-client and json.loads",
        "10x",
    ),
    Row(
        "live",
        "live view in a notebook's kernel at 900 events a second",
        "% of one core",
        {"ours": "live_ours"},
        None,
        "5 or less",
        2,
    ),
    Row(
        "simulator",
        "simulator: conversations made and written as JSON",
        "a CPU second",
        {"ours": "simulator_make"},
        None,
        "3000 or more",
        2,
    ),
    Row(
        "repeat",
        "simulator: the same unfiltered page of 100 again",
        "wall ms",
        {"ours": "simulator_repeat"},
        None,
        "10 or less",
        2,
    ),
)


@dataclass(frozen=True)
class Failure:
    """A case that gave no number.

    Attributes:
        case: its name.
        reason: the last line that it said.
    """

    case: str
    reason: str


@dataclass(frozen=True)
class Cell:
    """What the runs of one way gave.

    Attributes:
        value: median of the runs.
        ratio: median of each run over the base's in the same turn; None for the base and where it is missing.
    """

    value: float
    ratio: float | None = None


def module(name: str) -> list[str]:
    """The command that runs a module of this folder; its working directory is ``TESTS``."""
    return [sys.executable, "-m", f"benchmarks.{name}"]


def measure(case: str, *, quick: bool, workload: Path, longest_s: int = 180) -> float | Failure:
    """One run of one case in a process of its own."""
    command = [*module("cases"), case, f"--workload={workload}", *(["--quick"] if quick else [])]
    try:
        done = subprocess.run(
            command, cwd=TESTS, capture_output=True, text=True, timeout=longest_s, check=False
        )
    except subprocess.TimeoutExpired:
        return Failure(case, f"not over after {longest_s} s")
    if done.returncode:
        return Failure(case, _last_line(done.stderr) or f"status {done.returncode}, without a word")
    try:
        return float(json.loads(_last_line(done.stdout)))
    except (ValueError, TypeError):
        return Failure(case, f"printed no number but {_last_line(done.stdout)!r}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def cells_of(row: Row, *, runs: int, quick: bool, workload: Path) -> dict[str, Cell | Failure]:
    """What each way took, the ways in turn."""
    seen: dict[str, list[float]] = {way: [] for way in row.ways}
    failed: dict[str, Failure] = {}
    for _ in range(runs):
        for way, case in row.ways.items():
            if way in failed:
                continue
            value = measure(case, quick=quick, workload=workload, longest_s=row.longest_s)
            if isinstance(value, Failure):
                failed[way] = value
            else:
                seen[way].append(value)
    base = row.base or "ours"
    against = [] if base in failed else seen[base]
    cells: dict[str, Cell | Failure] = {}
    for way, values in seen.items():
        ratios = [] if way == base else [value / it for value, it in zip(values, against, strict=False) if it]
        median = statistics.median(ratios) if ratios else None
        cells[way] = failed[way] if way in failed else Cell(statistics.median(values), median)
    return cells


def line(row: Row, cells: Mapping[str, Cell | Failure]) -> str:
    """The row as Markdown, each way with its ratio to the base; without ratios where the base is missing."""
    parts = []
    for way, cell in cells.items():
        label = "" if way == "ours" else f"{way} "
        if isinstance(cell, Failure):
            parts.append(f"{label}not measured")
            continue
        ratio = "" if cell.ratio is None else f" ({cell.ratio:.3g}x)"
        parts.append(f"{label}{_number(cell.value)}{ratio}")
    return f"| {row.what}, {row.unit} | {parts[0]} | {'; '.join(parts[1:]) or '-'} | {row.aim} |"


def _number(value: float) -> str:
    """Three digits that count, and no exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, help="runs of each case, the median counts (default: 2 or 3)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, once: to see that it runs")
    parser.add_argument("--only", nargs="+", choices=[row.name for row in ROWS], help="these rows alone")
    chosen = parser.parse_args(argv)
    failures: list[Failure] = []
    with tempfile.TemporaryDirectory() as folder:
        make = [*module("workload"), folder, *(["--quick"] if chosen.quick else [])]
        subprocess.run(make, check=True, cwd=TESTS)
        print(HEAD, flush=True)
        for row in ROWS:
            if chosen.only and row.name not in chosen.only:
                continue
            runs = chosen.runs or (1 if chosen.quick else row.runs)
            cells = cells_of(row, runs=runs, quick=chosen.quick, workload=Path(folder))
            found = [cell for cell in cells.values() if isinstance(cell, Failure)]
            for failure in found:
                print(f"  {failure.case}: {failure.reason}", file=sys.stderr)
            failures += found
            print(line(row, cells), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
