"""The ipywidgets of a chat. It knows no chat; it is given HTML."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from gcanalytics.guestchat.widget_html import style
from gcanalytics.notebook.cell import Panel as CellPanel
from gcanalytics.notebook.cell import button

__all__ = ["Panel"]

_REGIONS = ("header", "talk", "typing")


class Panel(CellPanel):
    """Regions of HTML, a line to write in, two buttons.

    Args:
        on_send: called by Enter and by Send; it only sets a flag.
        on_change: called when the written text changes.
        on_end: called by End chat; it only sets a flag.
    """

    def __init__(
        self, on_send: Callable[[], None], on_change: Callable[[], None], on_end: Callable[[], None]
    ) -> None:
        super().__init__(_REGIONS, style(), gap="4px")
        self.regions["header"].layout.margin = "4px 0 6px 0"
        self.regions["talk"].layout.width = "100%"
        self.text = ipywidgets.Text(
            description="Message",
            placeholder="Write to the agent, and press Enter",
            style={"description_width": "initial"},
            layout={"flex": "1 1 220px", "width": "auto", "min_width": "160px"},
        )
        # on_submit is deprecated and observing the value sends on a click elsewhere: Enter says so itself.
        self.text.on_msg(lambda _, content, __: on_send() if content.get("event") == "submit" else None)
        self.text.observe(lambda _: on_change(), "value")
        self.send = button("Send", "paper-plane", "Send the message", on_send, on_change)
        self.end_chat = button("End chat", "stop", "Leave the chat; its transcript stays", on_end, on_change)
        # A box that grows from its end keeps the newest line in sight without a script.
        talk = ipywidgets.Box([self.regions["talk"]])
        talk.layout = {
            "display": "flex",
            "flex_flow": "column-reverse",
            "overflow": "auto",
            "max_height": "340px",
            "width": "100%",
        }
        row = ipywidgets.HBox(
            [self.text, self.send, self.end_chat],
            layout={"flex_flow": "row wrap", "align_items": "center", "width": "100%"},
        )
        self._arrange("gca-chat", self.regions["header"], talk, self.regions["typing"], row, self.message)

    def allow(self, allowed: bool) -> None:
        """Let the guest write, or not."""
        for widget in (self.text, self.send, self.end_chat):
            if widget.disabled is allowed:
                widget.disabled = not allowed
