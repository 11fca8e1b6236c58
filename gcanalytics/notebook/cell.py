"""A view's place in the cell: its regions, its buttons, what stays. It knows no topic; it is given HTML."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import ipywidgets
from IPython import get_ipython
from IPython.display import HTML, display

__all__ = ["Panel", "Still", "button", "current_cell", "in_colab"]


class Still:
    """Static HTML in the current cell, which the same thread may replace while that cell runs."""

    def __init__(self, content: str = "") -> None:
        self._handle: Any = display(HTML(content), display_id=True)

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


class Panel:
    """Regions of HTML, a sentence for the user, and whatever widgets a subclass puts around them.

    A subclass makes its widgets and then calls :meth:`_arrange` once.

    Args:
        regions: their names.
        style: the rules of their HTML, for a region of their own that never changes.
        gap: space below each region, in CSS.
    """

    def __init__(self, regions: Sequence[str], style: str, *, gap: str) -> None:
        self.regions = {name: ipywidgets.HTML(layout={"margin": f"0 0 {gap} 0"}) for name in regions}
        self.message = ipywidgets.HTML()
        self.box = ipywidgets.VBox(layout={"width": "100%"})
        self._style = ipywidgets.HTML(style, layout={"display": "none"})
        self._handles: list[Any] = []
        self._saved: Any = None

    def _arrange(self, css_class: str, *rows: Any) -> None:
        """Put the widgets into the box, from top to bottom."""
        self.box.children = (self._style, *rows)
        self.box.add_class(css_class)

    def paint(self, region: str, content: str) -> None:
        """Put HTML into a region; one that has not changed is not sent."""
        widget = self.regions[region]
        if widget.value != content:
            widget.value = content

    def say(self, text: str, *, alert: bool = False) -> None:
        """Show a sentence; an empty one takes it away.

        Args:
            text: in words, no HTML.
            alert: whether something went wrong.
        """
        role, tone = ("alert", "alarm") if alert else ("status", "quiet")
        content = f'<div class="gca-live"><span class="gca-{tone}" role="{role}">{escape(text)}</span></div>'
        self.message.value = content if text else ""

    def save(self, content: str) -> None:
        """Renew the small static line that a notebook saved before the end still shows."""
        if self._saved is not None:
            self._saved.update(HTML(content))

    def show(self) -> None:
        """Show the widgets in the current cell."""
        self._handles.append(display(self.box, display_id=True))
        if self._saved is None:
            self._saved = display(HTML(""), display_id=True)

    def end(self, content: str) -> None:
        """Put static HTML in the place of the widgets, wherever they are shown, and close them."""
        for handle in self._handles:
            if handle is not None:
                handle.update(HTML(content))
        if self._saved is not None:
            self._saved.update(HTML(""))
        for widget in list(_with_all_below(self.box)):
            widget.close()


def _with_all_below(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _with_all_below(child)
