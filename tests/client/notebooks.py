"""Runs a notebook as it stands, without a browser, and tells what its cells have shown."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from gcanalytics.simulator import Simulator

FOLDER = Path(__file__).parents[2] / "notebooks"


def ran(
    name: str, platform: Simulator, monkeypatch: pytest.MonkeyPatch, folder: Path, *, timeout_s: int = 250
) -> dict[str, Any]:
    """The code cells by id, after a run from top to bottom in a folder, with a platform's credentials."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert not [one for one in notebook.cells if one.get("outputs") or one.get("execution_count")], "stored"
    for variable, value in platform.environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("IPYTHONDIR", str(folder / ".ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder / ".runtime"))
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=timeout_s, kernel_name="python3", resources=resources).execute()
    return {one["id"]: one for one in notebook.cells if one["cell_type"] == "code"}


def text_of(cell: Any) -> str:
    """All text that a cell has shown."""
    said = [one.get("text", "") + one.get("data", {}).get("text/plain", "") for one in cell["outputs"]]
    return "\n".join(said)


def kinds_of(cell: Any) -> set[str]:
    """The kinds of output that a cell has."""
    return {kind for output in cell["outputs"] for kind in output.get("data", {})}


def warnings_of(cells: dict[str, Any]) -> list[str]:
    """What the cells have written to standard error."""
    outputs = [output for cell in cells.values() for output in cell["outputs"]]
    return [output["text"] for output in outputs if output.get("name") == "stderr"]


def check_charts(cells: dict[str, Any], names: tuple[str, ...]) -> None:
    """Each of these charts is drawn by some cell, and each cell that draws one shows a picture."""
    for name in names:
        drawing = [cell for cell in cells.values() if f"gca.charts.{name}(" in cell["source"]]
        assert drawing, name
        assert all("image/png" in kinds_of(cell) for cell in drawing), name
