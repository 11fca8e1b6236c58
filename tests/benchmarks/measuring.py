"""What all cases share: their register, the options of a run, the ready-made workload and the clocks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Case = Callable[[], float]
CASES: dict[str, Case] = {}
_TESTS = Path(__file__).parents[1]


@dataclass
class Options:
    """Of this process.

    Attributes:
        quick: a tenth of the work.
        workload: absolute folder with what ``workload.py`` made; None makes it anew for this process.
    """

    quick: bool = False
    workload: Path | None = None


options = Options()


class NotMeasured(Exception):
    """The case ran, and its number would say nothing."""


def case(function: Case) -> Case:
    """Registers a measurement under its function's name."""
    CASES[function.__name__] = function
    return function


@contextmanager
def workload() -> Iterator[Path]:
    """A folder with pages and events; made by another process, so that its memory and time do not count."""
    if options.workload is not None:
        yield options.workload
        return
    with tempfile.TemporaryDirectory() as folder:
        make_workload(Path(folder), quick=options.quick)
        yield Path(folder)


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.{name}"]


def make_workload(folder: Path, *, quick: bool) -> None:
    """Fills a folder, in a process of its own."""
    command = [*_module("workload"), str(folder), *(["--quick"] if quick else [])]
    subprocess.run(command, check=True, cwd=_TESTS)


@cache
def pages() -> tuple[bytes, ...]:
    """Pages of 100 conversations as the details query answers them."""
    with workload() as folder, (folder / "pages.jsonl").open("rb") as lines:
        return tuple(line.rstrip(b"\n") for line in lines)


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all its threads, while it works."""
    start = time.process_time()
    _kept = work()
    return time.process_time() - start


def wall_s(work: Callable[[], object]) -> float:
    """Wall seconds."""
    start = time.perf_counter()
    _kept = work()
    return time.perf_counter() - start


@contextmanager
def event_server() -> Iterator[dict[str, Any]]:
    """The platform that sends events (``event_server.py``) in another process; gives its ready line."""
    with workload() as folder:
        command = [*_module("event_server"), str(folder / "events.tsv")]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_TESTS)
        try:
            if child.stdin is None or child.stdout is None:
                raise NotMeasured("the event server has no pipes")
            ready = child.stdout.readline()
            if not ready:
                raise NotMeasured(f"the event server ended with status {child.wait(10)} before it was ready")
            yield json.loads(ready)
            child.stdin.close()
            child.wait(10)
        finally:
            child.kill()
            child.wait()
