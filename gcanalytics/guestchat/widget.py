"""A chat in a notebook cell: widgets that one thread paints, and the transcript that stays after the end.

Callbacks of the widgets only set flags: while a cell runs they come late, and no request is made in them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from gcanalytics.errors import GenesysError
from gcanalytics.guestchat import widget_html as html
from gcanalytics.guestchat.events import Event, Member, Message
from gcanalytics.guestchat.transcript import Record
from gcanalytics.guestchat.widget_panel import Panel
from gcanalytics.notebook.cell import Still, in_colab
from gcanalytics.notebook.painter import Painter, Timetable

__all__ = ["ChatWidget"]

PAINT_S = 0.25
SETTLE_S = 0.15
TYPING_S = 5.0
NAMES_S = 2.0
NAMES_MAX_S = 60.0
SAVED_S = 5.0
GRACE_S = 3.0
AGAIN_S = 5.0


class Chat(Protocol):
    """What the widget needs of a chat."""

    @property
    def conversation_id(self) -> str:
        """The chat's id."""

    @property
    def member_id(self) -> str:
        """The guest's own id."""

    @property
    def is_open(self) -> bool:
        """Whether the guest is in it."""

    def send(self, text: str) -> Message:
        """Say something."""

    def typing(self) -> object:
        """Show that the guest types."""

    def messages(self) -> Sequence[Event]:
        """All that was said."""

    def members(self) -> list[Member]:
        """Who is or was in the chat."""

    def leave(self) -> None:
        """End the guest's part."""


class ChatWidget:
    """A guest chat to read and write in; ``chat.widget()`` makes one.

    The last expression of a cell shows it. One thread of its own takes in events (those read by
    ``chat.events()`` are shown too, and none is lost to it), makes the requests and paints, at most four
    times a second. Enter or Send sends, End chat leaves the chat. The end of the chat, :meth:`stop`, or
    another widget of the same chat puts a static transcript in its place, which the saved notebook keeps.
    """

    def __init__(
        self,
        chat: Chat,
        record: Record,
        take: Callable[[float], None],
        *,
        tz: tzinfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A widget of a chat; nothing begins before it is shown.

        Args:
            chat: whose.
            record: what it has heard.
            take: waits so many seconds for the next events and takes them in.
            tz: zone of the times shown.
            clock: monotonic seconds.
        """
        self._chat = chat
        self._record = record
        self._take = take
        self._tz = tz
        self._clock = clock
        self._panel: Panel | None = None
        self._painter = Painter(
            self._act_and_paint, self._finish, self._trouble, what="a guest chat", pause_s=PAINT_S
        )
        self._timetable = Timetable(clock)
        self._end_asked = threading.Event()
        self._read = False
        self._refused = ""
        self._saved: tuple[int, str] | None = None
        self._names_s = NAMES_S
        self._send_asked: float | None = None
        self._changed: float | None = None
        self._over_since: float | None = None

    @property
    def live(self) -> bool:
        """Whether it is not yet a static transcript."""
        return not self._painter.finished

    def stop(self) -> None:
        """Put the static transcript in its place; the chat itself goes on. Idempotent."""
        self._painter.stop()

    close = stop

    def __repr__(self) -> str:
        """One line of text; no words of the chat."""
        picture = self._record.picture()
        return f"<ChatWidget: {self._state()}, {len(picture.lines)} lines>"

    # ---- showing

    def _ipython_display_(self) -> None:
        """Show it in the current cell; shown again elsewhere, both cells move."""
        if self._painter.finished:
            Still(self._snapshot())
            return
        if in_colab():
            Still(self._snapshot("Google Colab shows no moving widget; chat.events() works there."))
            return
        if self._panel is None:
            self._panel = Panel(self._on_send, self._on_change, self._end_asked.set)
            self._paint()
        self._panel.show()
        self._saved = None  # what was painted before had no cell yet
        self._save()
        self._painter.start()

    def _on_send(self) -> None:
        self._send_asked = self._clock()

    def _on_change(self) -> None:
        self._changed = self._clock()

    def _act_and_paint(self) -> float | None:
        """One round of the painter's thread, the only one that writes to widgets once they are shown."""
        began = self._clock()
        if self._is_over():
            return None
        self._act()
        self._paint()
        return max(0.0, PAINT_S - (self._clock() - began))

    def _is_over(self) -> bool:
        """The chat is over, and its last events have come or will not."""
        if self._chat.is_open:
            return False
        if self._over_since is None:
            self._over_since = self._clock()
        closing = self._record.picture().closing
        return (closing is not None and closing.final) or self._clock() - self._over_since > GRACE_S

    # ---- what the guest does

    def _act(self) -> None:
        """Take in what happened, make the requests that are due; what the platform refuses is said."""
        for what, step in (
            ("hear", self._hear),
            ("end", self._end),
            ("read", self._ask),
            ("send", self._speak),
        ):
            try:
                step()
            except GenesysError as error:
                self._refused = what
                self._timetable.put_off(what, AGAIN_S)
                self._say(error.message)

    def _hear(self) -> None:
        if self._timetable.is_due("hear", 0.0):
            self._take(PAINT_S)
            self._works("hear")

    def _end(self) -> None:
        if self._end_asked.is_set():
            self._end_asked.clear()
            self._chat.leave()

    def _ask(self) -> None:
        """What was said before the widget was there, and the names of who is new."""
        if not (self._chat.is_open and self._timetable.is_due("read", 0.0)):
            return
        if not self._read:
            self._chat.messages()
            self._chat.members()
            self._read = True
            self._works("read")
        elif not self._record.strangers():
            self._names_s = NAMES_S
        elif self._timetable.is_due("names", self._names_s):
            # Somebody whom the platform does not list must not be asked for all the time.
            self._names_s = min(2 * self._names_s, NAMES_MAX_S)
            self._chat.members()
            self._works("read")

    def _speak(self) -> None:
        panel = self._panel
        if panel is None or not self._chat.is_open:
            return
        now = self._clock()
        if self._send_asked is None:
            if (
                self._changed is not None
                and panel.text.value.strip()
                and self._timetable.is_due("typing", TYPING_S)
            ):
                self._changed = None
                self._chat.typing()
            return
        # Enter overtakes the last letters on their way from the browser.
        if now - max(self._send_asked, self._changed or 0.0) < SETTLE_S:
            return
        self._send_asked = self._changed = None
        words = panel.text.value
        if not words.strip():
            return
        panel.text.value = ""
        self._changed = None
        try:
            self._chat.send(words)
        except GenesysError:
            # Not lost, nor what was written meanwhile; whether to send it again is the guest's choice.
            panel.text.value = f"{words} {panel.text.value}".rstrip()
            raise
        self._refused = ""
        self._say("")
        self._timetable.put_off("typing", 0.0)

    def _works(self, what: str) -> None:
        """Take away what was said of the step that works again."""
        if self._refused == what:
            self._refused = ""
            self._say("")

    def _say(self, text: str) -> None:
        if self._panel is not None:
            self._panel.say(text, alert=True)

    def _trouble(self, kind: str) -> None:
        self._say(f"The chat could not be shown ({kind}); it goes on trying.")

    # ---- what is seen

    def _state(self) -> str:
        return html.state(self._record.picture(), is_open=self._chat.is_open)

    def _paint(self) -> None:
        panel = self._panel
        if panel is None:
            return
        picture, word = self._record.picture(), self._state()
        own, chat = self._chat.member_id, self._chat.conversation_id
        panel.paint(
            "header", html.header(picture, word, conversation_id=chat, own_id=own, zone=str(self._tz))
        )
        panel.paint("talk", html.talk(picture.lines, self._tz))
        panel.paint("typing", html.typing(picture.typing))
        panel.allow(self._chat.is_open)
        if self._timetable.is_due("saved", SAVED_S):
            self._save()

    def _save(self) -> None:
        """Renew the line of a notebook that is saved now, where it would say something else."""
        now = len(self._record.lines()), self._state()
        if self._panel is not None and now != self._saved:
            self._saved = now
            self._panel.save(html.saved(*now, f"{datetime.now(self._tz):%H:%M:%S}"))

    def _finish(self) -> None:
        """Put the transcript in the widgets' place."""
        if self._panel is not None:
            self._panel.end(self._snapshot())

    def _snapshot(self, note: str = "") -> str:
        picture = self._record.picture()
        first = next((line.time for line in picture.lines if line.time is not None), None)
        day = f" of {html.in_zone(first, self._tz, '%Y-%m-%d')}" if first is not None else ""
        state = "it goes on" if self._chat.is_open else "over"
        if picture.closing is not None and picture.closing.lost:
            state = f"its event stream is lost ({picture.closing.reason})"
        return html.snapshot(
            picture,
            self._tz,
            conversation_id=self._chat.conversation_id,
            reason=f"{day}, {state}. {note}".rstrip(),
            zone=str(self._tz),
        )
