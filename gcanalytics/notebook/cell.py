"""A view's place in the cell, and its buttons. It knows no topic; it is given HTML."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import ipywidgets
from IPython import get_ipython
from IPython.display import HTML, display

__all__ = ["Still", "button", "current_cell", "in_colab"]


class Still:
    """Static HTML in the current cell, which the same thread may replace while that cell runs."""

    def __init__(self) -> None:
        self._handle: Any = display(HTML(""), display_id=True)

    def update(self, content: str) -> None:
        """Put other HTML in its place."""
        if self._handle is not None:  # None outside of IPython
            self._handle.update(HTML(content))


def current_cell() -> int | None:
    """Number of the cell that runs; None outside of IPython."""
    shell: Any = get_ipython()
    return None if shell is None else int(shell.execution_count)


def in_colab() -> bool:
    """Whether this is Google Colab, which shows no update of a background thread (colabtools 3373)."""
    return "google.colab" in sys.modules


def button(label: str, icon: str, tooltip: str, action: Callable[[], None], wake: Callable[[], None]) -> Any:
    """A button as wide as its words.

    Args:
        label: its words.
        icon: name of its icon.
        tooltip: what it does.
        action: called by a click; it only sets a flag.
        wake: called after it, so that the painter looks at once.
    """
    made = ipywidgets.Button(
        description=label, icon=icon, tooltip=tooltip, layout={"width": "auto", "flex": "0 0 auto"}
    )

    def clicked(_: Any) -> None:
        action()
        wake()

    made.on_click(clicked)
    return made
