"""The widgets of the live view. It knows no queue; it is given HTML."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from gcanalytics.notebook.cell import Panel as CellPanel
from gcanalytics.notebook.cell import button

from .html import style

__all__ = ["Panel"]

_REGIONS = ("header", "tiles", "table", "spark", "log")


class Panel(CellPanel):
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
        super().__init__(_REGIONS, style(), gap="6px")
        self.regions["header"].layout.margin = "4px 0 6px 0"
        self.message.layout.margin = "0 0 0 8px"
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
        self._arrange("gca-view", self.regions["header"], self.regions["tiles"], buttons, body)

    def set_paused(self, paused: bool) -> None:
        """Let the first button say what it does now."""
        wanted = ("Resume", "play") if paused else ("Pause", "pause")
        if self.pause.description != wanted[0]:
            self.pause.description, self.pause.icon = wanted
