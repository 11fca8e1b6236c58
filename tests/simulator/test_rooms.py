"""The rooms of the simulator and the arrows between them: each may import what stands before it."""

import ast
from pathlib import Path

import pytest

SIMULATOR = Path(__file__).parents[2] / "gcanalytics" / "simulator"
STEM = "gcanalytics.simulator."

BASE = {"settings", "clock", "answers", "background"}
# room: what else it may import.
ALLOWED: dict[str, set[str]] = {
    **{name: set() for name in BASE},
    "business": set(),
    "records": {"business"},
    "queries": {"business", "records"} | BASE,
    "rest": {"business", "records", "queries"} | BASE,
    "streams": {"business", "records", "queries", "rest"} | BASE,
    "guests": {"business", "records", "rest", "streams"} | BASE,
    "server": {"rest", "streams", "guests"} | BASE,
    "process": {"settings"},
    "__main__": {"settings", "business", "rest", "server"},
    "__init__": {"process"},
}


def imported(source: str) -> set[str]:
    """Rooms of the simulator that a file imports, wherever in it; a relative import counts as its dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level if node.level else node.module
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.removeprefix(STEM).split(".")[0] for name in names if name.startswith(STEM)}
        found |= {"relative" for name in names if name.startswith(".")}
    return found


def room(path: Path) -> str:
    return path.relative_to(SIMULATOR).with_suffix("").parts[0]


FILES = sorted(SIMULATOR.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SIMULATOR)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    own = room(path)
    assert own in ALLOWED, f"{own} is no room of the table"
    assert imported(path.read_text(encoding="utf-8")) <= ALLOWED[own] | {own}


def test_the_table_has_no_circle() -> None:
    left = dict(ALLOWED)
    while left:
        free = [name for name, allowed in left.items() if not allowed & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


def test_every_room_of_the_table_exists() -> None:
    assert {room(path) for path in FILES} == ALLOWED.keys()


def test_every_form_of_import_is_seen() -> None:
    source = (
        "import gcanalytics.simulator.rest.access\n"
        "from gcanalytics.simulator import answers\n"
        "from . import faults\n"
        "def f():\n    from gcanalytics.simulator.business.ledger import Event\n"
    )
    assert imported(source) == {"rest", "answers", "relative", "business"}
