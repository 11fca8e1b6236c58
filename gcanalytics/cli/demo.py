"""The demo: a simulated contact center's week as CSV files, charts and printed figures, then JupyterLab.

The simulator is a child of this process and ends with it. JupyterLab takes this process over, so that there
is never a second one to be left behind.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gcanalytics import charts, measures
from gcanalytics.charts.canvas import minutes
from gcanalytics.client.client import Client
from gcanalytics.client.embedded import Embedded
from gcanalytics.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

    from gcanalytics.details import ConversationDetails

_ZONE = "Europe/Warsaw"
# Below 25,000 a week whatever the seed: arrivals are random.
_SETTINGS = ("rate_per_minute=100000", "conversations_per_week=24000")


def run(out: Path, *, days: int = 7, seed: int = 1, lab: bool = True) -> int:
    """Pulls the last ``days`` whole days of a simulated contact center and writes what an analyst wants.

    Args:
        out: folder for ``tables/*.csv``, ``charts/*.png`` and ``notebooks/``; made where it is missing.
        days: whole days before today, in the organisation's zone.
        seed: of the simulated contact center.
        lab: whether to open JupyterLab at the end.

    Returns:
        0.

    Raises:
        ConfigurationError: the extra ``demo`` is missing, or the folder cannot be written.
        GenesysError: the simulator did not answer.
    """
    started = time.monotonic()
    if lab and importlib.util.find_spec("jupyterlab") is None:
        raise ConfigurationError(
            "JupyterLab is not installed.",
            hint='Install it with: pip install "gcanalytics[demo]", or end after the files with --no-lab.',
        )
    folder = _folder(out)
    print(f"Starting a simulated contact center (seed {seed}) ...", flush=True)
    # Two days more than asked: what is counted in the first bucket may have begun before it.
    simulator = Embedded([f"--seed={seed}", f"--days={days + 2}", *(f"--set={pair}" for pair in _SETTINGS)])
    with Client(simulator.settings(), tz=_ZONE) as gc:
        details = gc.conversation_details(f"last {days} days")
        print(details.report, flush=True)
        _tables(details, folder / "tables")
        pictures = _charts(details, folder / "charts")
        figures = measures.summary(details.legs, details.handlings, by=["queue", "mediaType"])
        print(_printed(figures, f"{details.report.interval}, times in {_ZONE}"))
    _notebooks(folder / "notebooks")
    print(f"\nTables     {folder / 'tables'}")
    print(f"Charts     {folder / 'charts'}: {', '.join(path.name for path in pictures)}")
    print("           of calls, the last of all media")
    print(f"Notebooks  {folder / 'notebooks'}")
    print(f"Took {time.monotonic() - started:.1f} s.", flush=True)
    if lab:
        return _lab(folder / "notebooks", simulator)
    simulator.close()
    return 0


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigurationError(
            f"The folder {str(out)!r} cannot be made: {exc.strerror or exc}.", hint="Name another with --out."
        ) from exc
    return out.resolve()


def _tables(details: ConversationDetails, folder: Path) -> None:
    """Every table as CSV."""
    details.to_csv(folder)


def _charts(details: ConversationDetails, folder: Path) -> list[Path]:
    """The charts as PNG, of calls but for the last; their paths.

    One wait, service level or hour of all media together would say nothing: an e-mail may wait for a day.
    """
    folder.mkdir(parents=True, exist_ok=True)
    legs, handlings = (frame[frame["mediaType"] == "voice"] for frame in (details.legs, details.handlings))
    drawn: dict[str, Any] = {
        "offered": charts.offered(legs, freq="h", tz=_ZONE),
        "service_level": charts.service_level(legs, freq="h", tz=_ZONE),
        "waits": charts.waits(legs),
        "heat_map": charts.heat_map(legs, tz=_ZONE),
        "handle_time": charts.handle_time(handlings, by="queue"),
        "handle_time_by_medium": charts.handle_time(details.handlings, by="mediaType"),
    }
    paths = []
    for name, axes in drawn.items():
        paths.append(folder / f"{name}.png")
        axes.figure.savefig(paths[-1], dpi=120)
    return paths


def _printed(figures: pd.DataFrame, heading: str) -> str:
    """The figures of each queue and medium as a table of text; a dash is a figure without a denominator."""
    columns = {
        "queue": "Queue",
        "mediaType": "Medium",
        "offered": "Offered",
        "answered": "Answered",
        "abandoned": "Abandoned",
        "flow_out": "Flow-out",
        "open": "Open",
        "service_level": "Service level",
        "asa_s": "ASA",
        "aht_s": "AHT",
    }
    # What went straight to an agent, past every queue, has handle times but was offered to none.
    shown = figures.loc[figures["queue"].notna(), list(columns)].rename(columns=columns)
    formats = {
        "Service level": lambda value: f"{value:.1%}",
        "ASA": minutes,
        "AHT": minutes,
    }
    text = shown.to_string(index=False, formatters=formats, na_rep="-")
    return f"\n{heading}; ASA and AHT in m:ss, h:mm:ss from an hour on\n{text}"


def _notebooks(target: Path) -> None:
    """A copy of the notebooks; files that the reader changed are left as they are."""
    source = _notebook_source()
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.ipynb")):
        if not (target / path.name).exists():
            shutil.copyfile(path, target / path.name)


def _notebook_source() -> Path:
    """Where the notebooks are: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


def _lab(folder: Path, simulator: Embedded) -> int:
    """JupyterLab on the notebooks, with the simulator's credentials in its environment.

    Where the system can, JupyterLab replaces this process and keeps the pipe whose end ends the simulator:
    however JupyterLab ends, the simulator ends too.
    """
    command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={folder}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    environment = {**os.environ, **simulator.environment()}
    print("\nOpening JupyterLab; Ctrl+C ends it and the simulator.", flush=True)
    if os.name == "posix":
        os.set_inheritable(simulator.lifeline, True)
        os.execve(command[0], command, environment)
    try:
        return subprocess.call(command, env=environment)
    finally:
        simulator.close()
