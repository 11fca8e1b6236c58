"""One measurement in a process of its own: ``python -m benchmarks.cases NAME`` in ``tests`` prints a number.

The cases are in ``*_cases.py``; each says its unit. What they are measured against runs in other processes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import client_cases, parquet_cases, stream_cases, table_cases  # noqa: F401 - importing registers them
from .measuring import CASES, NotMeasured, options


def main() -> int:
    """Runs one case and prints its number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    parser.add_argument("--workload", type=Path, help="folder that workload.py filled; else it is made anew")
    chosen = parser.parse_args()
    options.quick, options.workload = chosen.quick, chosen.workload
    try:
        print(json.dumps(CASES[chosen.case]()))
    except NotMeasured as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
