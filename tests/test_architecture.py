"""The rooms of the package and the arrows allowed between them (CONTRIBUTING.md draws the same table)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gcanalytics"

# room: what it may import. "frames.schema" allows that one module of the room, "frames" all of it.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "contract": set(),
    "transport": {"errors", "settings"},
    "api": {"transport", "errors", "contract"},
    "frames": {"errors", "contract"},
    "measures": {"frames.schema", "errors"},
    "charts": {"frames.schema", "errors", "measures"},
    "export": {"frames.schema", "errors"},
    "directory": {"api", "frames", "export", "measures", "errors", "contract"},
    "notebook": set(),
    "history": {"api", "frames", "export", "measures", "errors", "directory", "details", "notebook"},
    "performance": {"api", "frames", "export", "measures", "errors", "directory", "contract"},
    "now": {"api", "frames", "export", "measures", "errors", "directory", "contract"},
    "details": {"api", "frames", "export", "measures", "errors", "charts"},
    "sample_week": {"details", "errors"},
    "live": {"api", "frames", "export", "transport", "settings", "errors", "contract", "notebook"},
    "guestchat": {"api", "frames", "export", "transport", "settings", "errors", "notebook"},
    "client": {
        "errors", "settings", "transport", "api", "frames", "measures", "charts", "export", "directory",
        "history", "performance", "now", "details", "live", "guestchat",
    },
    "cli": {"client", "live", "errors", "measures", "charts", "export", "details"},
    "simulator": set(),
}  # fmt: skip


def _imports(path: Path) -> set[str]:
    """Dotted names below the package that a file imports, wherever in the file."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts
    if package[-1] == "__init__":
        package = package[:-1]
        base = package
    else:
        base = package[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            stem = base[: len(base) - node.level + 1] if node.level else ()
            module = ".".join([*stem, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("gcanalytics.") for name in found if name.startswith("gcanalytics.")}


def _room(dotted: str) -> str:
    return dotted.split(".")[0]


def _files() -> list[Path]:
    return sorted(
        path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem not in {"__init__"}
    )


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = _room(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    assert room in ALLOWED, f"{room} is no room of the table"
    for name in _imports(path):
        target = _room(name)
        if target in {room, "__version__"}:
            continue
        allowed = target in ALLOWED[room] or any(
            name.startswith(entry) for entry in ALLOWED[room] if "." in entry
        )
        assert allowed, f"{path.relative_to(PACKAGE)} imports {name}, which {room} may not"


def test_nothing_imports_the_simulator() -> None:
    assert not [room for room, allowed in ALLOWED.items() if "simulator" in allowed]


def test_the_reader_of_imports_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path / "gcanalytics")
    path = tmp_path / "gcanalytics" / "frames" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import gcanalytics.api.paging\nfrom ..transport import rest\nfrom . import schema\n"
        "def f():\n    from gcanalytics.errors import GenesysError\n"
    )
    assert _imports(path) == {"api.paging", "transport.rest", "frames.schema", "errors.GenesysError"}
