"""The demo as a newcomer runs it, and that nothing of it outlives it."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest

import gcanalytics as gca
from gcanalytics import cli
from gcanalytics.frames import schema

DEADLINE_S = 90


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for something another process does; its own steps have no event that we could wait on."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen in {DEADLINE_S} s"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "gcanalytics.cli", "demo", "--no-lab", "--days", "1", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_it_prints_every_queues_figures(written: tuple[Path, str]) -> None:
    _, text = written
    for heading in ("Offered", "Answered", "Abandoned", "Service level", "ASA", "AHT"):
        assert heading in text
    assert "Support" in text
    assert "conversations" in text


def test_no_printed_figure_mixes_media_or_leaves_an_outcome_out(written: tuple[Path, str]) -> None:
    out, text = written
    legs = pd.read_csv(out / "tables" / "legs.csv")
    kinds = legs.groupby(["queue", "mediaType"])
    for (queue, medium), rows in kinds:
        (counts,) = re.findall(rf"^ *{queue} +{medium} +((?:\d+ +){{5}})", text, re.MULTILINE)
        offered, *outcomes = map(int, counts.split())
        assert offered == len(rows) == sum(outcomes)
    assert len(kinds) > legs["queue"].nunique()


def test_it_writes_charts_and_a_copy_of_the_notebooks(written: tuple[Path, str]) -> None:
    out, _ = written
    pictures = list((out / "charts").glob("*.png"))
    assert len(pictures) >= 3
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 10_000 for path in pictures)
    assert {path.name for path in (out / "notebooks").glob("*.ipynb")} >= {"02_live_queue.ipynb"}


@pytest.mark.parametrize(
    "table", ["conversations", "segments", "metrics", "legs", "handlings", "interactions"]
)
def test_its_csv_files_open_with_the_documented_dtypes(written: tuple[Path, str], table: str) -> None:
    out, _ = written
    frame = gca.read_csv(out / "tables" / f"{table}.csv")
    assert len(frame) > 0
    expected = schema.empty_frame(table).dtypes
    pd.testing.assert_series_equal(frame.dtypes[expected.index], expected)


def test_a_plain_pandas_reads_the_same_rows(written: tuple[Path, str]) -> None:
    out, _ = written
    plain = pd.read_csv(out / "tables" / "legs.csv", parse_dates=["offered_at"])
    ours = gca.read_csv(out / "tables" / "legs.csv")
    assert len(plain) == len(ours)
    assert (plain["offered_at"] == ours["offered_at"]).all()


def _family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def _ended(processes: list[psutil.Process]) -> bool:
    return all(not each.is_running() or each.status() == psutil.STATUS_ZOMBIE for each in processes)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_or_killed_it_leaves_no_process(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "gcanalytics.cli", "demo", "--no-lab", "--out", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    with process.stdout:
        until(lambda: len(_family(process)) > 1, "the simulator's start")
        family = _family(process)
        process.send_signal(how)
        process.wait(DEADLINE_S)
    until(lambda: _ended(family), "the end of every process")


def test_the_lab_replaces_the_demo_and_takes_the_simulator_with_it(tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    environment = {
        **os.environ,
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "BROWSER": "true",
    }
    command = [sys.executable, "-m", "gcanalytics.cli", "demo", "--days", "1", "--out", str(tmp_path / "out")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, text=True, **quiet)  # type: ignore[call-overload]
    try:
        until(lambda: list(runtime.glob("jpserver-*.json")), "JupyterLab's start")
        assert "jupyter" in " ".join(psutil.Process(process.pid).cmdline())
        assert psutil.Process(process.pid).environ()["GENESYSCLOUD_REGION"].startswith("http://127.0.0.1:")
        family = _family(process)
        assert any("gcanalytics.simulator" in each.cmdline() for each in family)
    finally:
        process.kill()
        process.wait(DEADLINE_S)
    until(lambda: _ended(family), "the end of every process")


def test_what_cannot_be_is_said_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["demo", "--no-lab", "--out", str(tmp_path / "file" / "below")]) == 1
    assert "--out" in capsys.readouterr().err
    for days in ("400", "0", "-1", "x", "2.5"):
        with pytest.raises(SystemExit) as ended:
            cli.main(["demo", f"--days={days}"])
        assert ended.value.code == 2
        assert f"{days!r} is no number of days from 1 to 31" in capsys.readouterr().err


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"gcanalytics {gca.__version__}\n")


@pytest.mark.parametrize(("lacking", "options"), [("aiohttp", ["--no-lab"]), ("jupyterlab", [])])
def test_without_the_extras_packages_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    lacking: str,
    options: list[str],
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == lacking else found(name))
    assert cli.main(["demo", "--out", str(tmp_path), *options]) == 1
    assert "gcanalytics[demo]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
