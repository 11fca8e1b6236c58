"""Writes every file that comes from the official SDK, or says which one differs from what the SDK gives."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from . import columns, requests, surface, typed, words
from .sdk import Sdk

ROOT = Path(__file__).parents[2]
FILES: dict[str, Callable[[Sdk], str]] = {
    requests.FILE: requests.rendered,
    words.FILE: words.rendered,
    columns.FILE: columns.rendered,
    typed.BODIES: typed.bodies,
    typed.ANSWERS: typed.answers,
    typed.EVENTS: typed.events,
    surface.FILE: surface.rendered,
}


def made_from(root: Path = ROOT) -> str:
    """The version of the SDK that the files in the repository were made from."""
    version: str = json.loads((root / surface.FILE).read_text(encoding="utf-8"))["sdk"]
    return version


def differing(sdk: Sdk, root: Path = ROOT) -> list[str]:
    """The files that are not what this SDK gives."""
    return [name for name, rendered in FILES.items() if _text(root / name) != rendered(sdk)]


def main(argv: Sequence[str] | None = None) -> int:
    """Write, or with ``--check`` compare: 1 where a file is not what the SDK that it names gives.

    With another SDK than that one there is nothing to compare; the drift command is for it.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(argv)
    sdk = Sdk()
    if not options.check:
        for name, rendered in FILES.items():
            (ROOT / name).write_text(rendered(sdk), encoding="utf-8")
        return 0
    if sdk.version != made_from():
        print(f"The generated files are of SDK {made_from()}, here is {sdk.version}: see contract_drift.py.")
        return 0
    wrong = differing(sdk)
    for name in wrong:
        print(f"{name} is not what SDK {sdk.version} gives; run python tests/contract_generate.py.")
    return int(bool(wrong))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
