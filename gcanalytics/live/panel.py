"""The widgets of the live view and their place in the cell. It knows no queue; it is given HTML."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets
from IPython.display import HTML, display

from gcanalytics.notebook.cell import button

from .html import style

__all__ = ["Panel"]

_REGIONS = ("header", "tiles", "table", "spark", "log")


class Panel:
    """Regions of HTML and three buttons.

    Args:
        on_pause, on_stop, on_export: called by the buttons; they only set flags.
        wake: called after each of them, so that the painter looks at once.
    """

    def __init__(
        self,
        on_pause: Callable[[], None],
        on_stop: Callable[[], None],
        on_export: Callable[[], None],
        *,
        wake: Callable[[], None],
    ) -> None:
        self.regions = {name: ipywidgets.HTML(layout={"margin": "0 0 6px 0"}) for name in _REGIONS}
        self.regions["header"].layout.margin = "4px 0 6px 0"
        self.message = ipywidgets.HTML(layout={"margin": "0 0 0 8px"})
        self.pause = button(
            "Pause", "pause", "Hold the picture, for reading, selecting and copying", on_pause, wake
        )
        self.stop = button("Stop", "stop", "Close the connection and leave a snapshot here", on_stop, wake)
        self.export = button(
            "Export CSV", "download", "Write conversations and events as CSV files", on_export, wake
        )
        # The scrolling box is a parent of the HTML: so the place is kept when the HTML changes.
        table = ipywidgets.Box([self.regions["table"]], layout={"overflow": "auto", "max_height": "420px"})
        table.layout.flex = "3 1 420px"
        self.regions["table"].layout.width = "100%"
        side = ipywidgets.VBox([self.regions["spark"], self.regions["log"]])
        side.layout.flex = "2 1 280px"
        side.layout.overflow = "hidden"
        buttons = ipywidgets.HBox(
            [self.pause, self.stop, self.export, self.message],
            layout={"flex_flow": "row wrap", "align_items": "center"},
        )
        body = ipywidgets.HBox([table, side], layout={"flex_flow": "row wrap", "grid_gap": "12px"})
        self._style = ipywidgets.HTML(style(), layout={"display": "none"})
        self.box = ipywidgets.VBox(
            [self._style, self.regions["header"], self.regions["tiles"], buttons, body],
            layout={"width": "100%"},
        )
        self.box.add_class("gca-view")
        self._handles: list[Any] = []
        self._saved: Any = None

    def paint(self, region: str, content: str) -> None:
        """Put HTML into a region; one that has not changed is not sent."""
        widget = self.regions[region]
        if widget.value != content:
            widget.value = content

    def set_paused(self, paused: bool) -> None:
        """Let the first button say what it does now."""
        wanted = ("Resume", "play") if paused else ("Pause", "pause")
        if self.pause.description != wanted[0]:
            self.pause.description, self.pause.icon = wanted

    def say(self, text: str, *, alert: bool = False) -> None:
        """Show a sentence beside the buttons."""
        role = "alert" if alert else "status"
        tone = "alarm" if alert else "quiet"
        self.message.value = (
            f'<div class="gca-live"><span class="gca-{tone}" role="{role}">{escape(text)}</span></div>'
        )

    def save(self, content: str) -> None:
        """Renew the small static line that a notebook saved without Stop still shows."""
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
        for widget in (*self.regions.values(), self.message, self.pause, self.stop, self.export, self._style):
            widget.close()
        self.box.close()

    @staticmethod
    def show_html(content: str) -> None:
        """Show static HTML in the current cell."""
        display(HTML(content))
