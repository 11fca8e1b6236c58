"""The command line: ``gcanalytics demo`` and ``gcanalytics simulate``. It parses and hands over."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gcanalytics import __version__
from gcanalytics.errors import GenesysError

__all__ = ["main"]

_MAX_DAYS = 31


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to {_MAX_DAYS}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="gcanalytics", description="Explore a Genesys Cloud contact center, or a simulated one."
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="a week of a simulated contact center as tables, charts and notebooks",
        description="Starts the simulator, pulls its history, writes CSV files and charts, prints "
        "each queue's figures, and opens JupyterLab on a copy of the notebooks, connected to it.",
    )
    demo.add_argument(
        "--out", type=Path, default=Path("gcanalytics-demo"), help="folder (default %(default)s)"
    )
    demo.add_argument("--days", type=_days, default=7, help=f"days of history, 1 to {_MAX_DAYS} (default 7)")
    demo.add_argument("--seed", type=int, default=1, help="the same seed gives the same history (default 1)")
    demo.add_argument("--no-lab", action="store_true", help="end after the files")
    commands.add_parser(
        "simulate",
        help="a simulated Genesys Cloud on this machine; --help lists its options",
        add_help=False,
    )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: arguments without the program's name; None takes those of the process.

    Returns:
        The exit status: 0, 1 for an error of ours, 2 for arguments that make no sense, 130 when interrupted.
    """
    options, rest = parser().parse_known_args(argv)
    try:
        if options.command == "simulate":
            return _simulate(rest)
        if rest:
            parser().error(f"unrecognized arguments: {' '.join(rest)}")
        from gcanalytics.cli.demo import run

        return run(options.out, days=options.days, seed=options.seed, lab=not options.no_lab)
    except GenesysError as exc:
        print(f"gcanalytics: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ngcanalytics: interrupted", file=sys.stderr)
        return 130


def _simulate(arguments: Sequence[str]) -> int:
    """Becomes the simulator where the system can, so that signals and pipes reach it and nothing else."""
    command = [sys.executable, "-m", "gcanalytics.simulator", *arguments]
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.call(command)
