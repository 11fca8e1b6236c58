"""The live notebook from top to bottom without a browser, as nbclient and papermill run it."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gcanalytics.simulator import Simulator

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_live_queue.ipynb"


def test_the_notebook_is_stored_without_outputs() -> None:
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert not [cell for cell in stored["cells"] if cell.get("outputs") or cell.get("execution_count")]


def test_it_runs_unattended_and_keeps_the_snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The platform's clock starts now, so that it has a yesterday.
    with Simulator(seed=1, speed=30, days=3, settings={"rate_per_minute": 100_000}) as platform:
        for name, value in platform.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        run = NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        )
        run.execute()
    outputs = {cell["id"]: cell["outputs"] for cell in notebook.cells if cell.cell_type == "code"}
    assert "Live view of " in text(outputs["live"])
    assert "stopped" in text(outputs["live"])
    assert "widget-view" not in text(outputs["live"])
    assert "Live view of " in text(outputs["collect"])
    assert "wait_s" in text(outputs["conversations"])
    assert not [output for cell in outputs.values() for output in cell if output.get("name") == "stderr"]


def text(outputs: list[Any]) -> str:
    return json.dumps(outputs)
