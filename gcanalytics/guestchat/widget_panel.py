"""The ipywidgets of a chat and their place in the cell. It knows no chat; it is given HTML."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets
from IPython.display import HTML, display

from gcanalytics.guestchat.widget_html import style
from gcanalytics.notebook.cell import button

__all__ = ["Panel"]

_REGIONS = ("header", "talk", "typing")


class Panel:
    """Regions of HTML, a line to write in, two buttons.

    Args:
        on_send: called by Enter and by Send; it only sets a flag.
        on_change: called when the written text changes.
        on_end: called by End chat; it only sets a flag.
    """

    def __init__(
        self, on_send: Callable[[], None], on_change: Callable[[], None], on_end: Callable[[], None]
    ) -> None:
        self.regions = {name: ipywidgets.HTML(layout={"margin": "0 0 4px 0"}) for name in _REGIONS}
        self.regions["header"].layout.margin = "4px 0 6px 0"
        self.regions["talk"].layout.width = "100%"
        self.message = ipywidgets.HTML()
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
        self._style = ipywidgets.HTML(style(), layout={"display": "none"})
        self.box = ipywidgets.VBox(
            [self._style, self.regions["header"], talk, self.regions["typing"], row, self.message],
            layout={"width": "100%"},
        )
        self.box.add_class("gca-chat")
        self._closing = [*self.regions.values(), self.message, self.text, self.send, self.end_chat]
        self._closing += [self._style, talk, row, self.box]
        self._handles: list[Any] = []
        self._saved: Any = None

    def paint(self, region: str, content: str) -> None:
        """Put HTML into a region; one that has not changed is not sent."""
        widget = self.regions[region]
        if widget.value != content:
            widget.value = content

    def allow(self, allowed: bool) -> None:
        """Let the guest write, or not."""
        for widget in (self.text, self.send, self.end_chat):
            if widget.disabled is allowed:
                widget.disabled = not allowed

    def say(self, text: str) -> None:
        """Show what went wrong, or nothing."""
        content = f'<div class="gca-live"><span class="gca-alarm" role="alert">{escape(text)}</span></div>'
        wanted = content if text else ""
        if self.message.value != wanted:
            self.message.value = wanted

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
        for widget in self._closing:
            widget.close()
