"""Runs the client's tests on simulators with other settings; any two values of two settings meet in some run.

Where the facts about the platform end, the simulator has settings, and the client must be right under each
value. The defaults are the ordinary test run; this adds the few runs that are needed for the rest::

    python tests/settings_matrix.py [--jobs 2] [--list] [--only N] [pytest arguments]

Exits with 1 if a run fails, and says which settings it had.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

from gcanalytics.simulator import settings as simulator

TESTS = Path(__file__).parent

NUMBERS: dict[str, tuple[str, ...]] = {
    "token_life_s": ("86400", "3"),
    "channel_life_s": ("86400", "4"),
    "heartbeat_s": ("30", "0.5"),
    "close_codes": ("1001,1008,1008", "4001,4002,1000"),
    "observation_details_max": ("100", "4"),
    "page_size_max": ("100", "500"),
    "short_abandon_s": ("0", "5"),
}
"""Other values of the settings that are no choice, the default first.

``rate_per_minute`` is none of them: a run at 300 a minute waits for minutes, and `test_pacing` has it with
injected time. The size of the business and what only jobs read (``job_page_max`` ...), which the
client does not use yet, are left out too.
"""

LEFT_OUT = (
    "test_demo.py",  # starts its simulator by the command, without settings
    "test_*_notebook.py",  # so do the notebooks
    "test_pacing.py",  # has its own platform, in the test's process
    "test_proxy.py",  # is about the network
    "test_faults.py",  # is about refusals, which no setting changes; `test_fault_suite` is not left out
    "test_live_faults.py",  # has short lives and heartbeats of its own
)

Row = dict[str, str]


def factors() -> dict[str, tuple[str, ...]]:
    """The settings that vary and their values, the default first."""
    found = dict(simulator._CHOICES)
    for field in fields(simulator.Settings):
        if isinstance(field.default, bool):
            found[field.name] = ("on", "off") if field.default else ("off", "on")
    return found | NUMBERS


def rows(values: Mapping[str, Sequence[str]]) -> list[Row]:
    """As few rows as there can be in which every two values of two settings meet, that of all defaults first.

    Each setting has two values, and takes the second in more than half of the rows behind the first, no two
    settings in the same ones. So any two have it in some row together, and each has it in some row alone.
    """
    count = next(n for n in itertools.count(4) if math.comb(n - 1, -(-n // 2)) >= len(values))
    others = itertools.combinations(range(1, count), -(-count // 2))
    found: list[Row] = [{} for _ in range(count)]
    for (name, choices), chosen in zip(values.items(), others, strict=False):
        for number, row in enumerate(found):
            row[name] = choices[number in chosen]
    return found


def described(row: Row, values: Mapping[str, Sequence[str]]) -> list[str]:
    """What a row changes, as ``NAME=VALUE``."""
    return [f"{name}={value}" for name, value in row.items() if value != values[name][0]]


def run(pairs: Sequence[str], more: Sequence[str]) -> tuple[int, float, str]:
    """The client's tests with these settings: exit status, seconds, output."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS / "client")]
    command += [f"--ignore-glob={TESTS / 'client' / name}" for name in LEFT_OUT]
    command += [f"--simulator-setting={pair}" for pair in pairs]
    began = time.monotonic()
    done = subprocess.run(
        [*command, *more],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )
    return done.returncode, time.monotonic() - began, done.stdout + done.stderr


def main(argv: Sequence[str] | None = None) -> int:
    """Runs all rows but the first, so many at a time; the exit status."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--jobs", type=int, default=2, help="runs at a time (default 2)")
    options.add_argument("--list", action="store_true", help="only say which runs there would be")
    options.add_argument(
        "--only", type=int, action="append", metavar="N", help="the Nth run alone, repeatable"
    )
    given, more = options.parse_known_args(argv)
    values = factors()
    planned = [described(row, values) for row in rows(values)[1:]]
    if given.only:
        planned = [planned[number - 1] for number in given.only]
    if given.list:
        print("\n".join(" ".join(pairs) for pairs in planned))
        return 0
    failed = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for pairs, (status, seconds, output) in zip(
            planned, pool.map(lambda pairs: run(pairs, more), planned), strict=True
        ):
            print(f"{'FAILED' if status else 'passed'} in {seconds:.0f} s: {' '.join(pairs)}", flush=True)
            print(output.strip().rpartition("\n")[2] if status == 0 else output, flush=True)
            failed += status != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
