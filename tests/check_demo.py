"""Looks at what ``gcanalytics demo --no-lab`` wrote: ``python tests/check_demo.py FOLDER``.

For an environment that has the wheel alone: no pytest, and nothing of the checkout but this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import gcanalytics as gca
from gcanalytics.frames import schema

TABLES = (
    "conversations",
    "participants",
    "sessions",
    "segments",
    "metrics",
    "legs",
    "handlings",
    "interactions",
)


def main(folder: Path) -> int:
    """Fails with the first thing that is not as documented."""
    for table in TABLES:
        frame = gca.read_csv(folder / "tables" / f"{table}.csv")
        expected = schema.empty_frame(table).dtypes
        pd.testing.assert_series_equal(frame.dtypes[expected.index], expected)
        if len(frame) < 1000:
            raise SystemExit(f"{table}.csv has {len(frame)} rows")
        print(f"{table}.csv: {len(frame):,} rows, dtypes as documented")
    pictures = sorted((folder / "charts").glob("*.png"))
    if len(pictures) < 3:
        raise SystemExit(f"{len(pictures)} charts")
    notebooks = sorted((folder / "notebooks").glob("*.ipynb"))
    if len(notebooks) < 3:
        raise SystemExit(f"{len(notebooks)} notebooks")
    week = gca.sample()
    print(f"{len(pictures)} charts, {len(notebooks)} notebooks, a sample week of {len(week.conversations):,}")
    print(f"gcanalytics is {Path(gca.__file__).parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
