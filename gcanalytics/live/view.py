"""The live view in a notebook cell: widgets that one thread paints from a session, and what stays after Stop.

Button callbacks only set flags: while a cell runs they may come late, or on a thread of their own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from gcanalytics.export import to_csv
from gcanalytics.frames import events as frames
from gcanalytics.notebook.cell import Still, current_cell, in_colab
from gcanalytics.notebook.painter import Painter, Timetable

from . import html, screen
from .panel import Panel
from .screen import Labels, Screen
from .session import Session
from .tiles import EMAIL

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LiveView"]

PAINT_S = 0.25
TABLE_S = 1.0
SAVED_S = 30.0
HISTORY_S = 120


class _Lines(logging.Handler):
    """Warnings of this package go into the view's event log, not under whichever cell is current."""

    def __init__(self, session: Session) -> None:
        super().__init__(logging.WARNING)
        self._session = session

    def emit(self, record: logging.LogRecord) -> None:
        with self._session.lock:
            self._session.state.note("note", record.getMessage())


class LiveView:
    """What is happening in some queues, live.

    In a notebook, the last expression of a cell shows it; ``print(view)`` gives one line of text. It is live
    from the start: ``conversations`` and ``events`` fill whether it is shown or not. One thread paints.

    Stop (the button, :meth:`stop`, the end of a ``with`` block or of the kernel) closes the socket and leaves
    words and tables in the cell. Pause holds the picture only: events are still taken in, and text can be
    selected and copied.
    """

    def __init__(
        self,
        session: Session,
        labels: Labels,
        *,
        snapshot: Literal["full", "totals"] = "full",
        on_stop: Callable[[LiveView], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A view of a session; nothing is opened before :meth:`start`.

        Args:
            session: what keeps the state; the view starts and stops it.
            labels: names, zone, limits.
            snapshot: ``totals`` leaves no single conversation in the notebook after Stop.
            on_stop: called once when the view has stopped, on the thread that stopped it.
            clock: monotonic seconds.
        """
        self._session = session
        self._labels = labels
        self._totals_only = snapshot == "totals"
        self._on_stop = on_stop
        self._clock = clock
        self._panel: Panel | None = None
        self._painter = Painter(
            self._paint_due, self._finish, self._trouble, what="the live view", pause_s=PAINT_S
        )
        self._timetable = Timetable(clock)
        self._export_asked = threading.Event()
        self._paused_at: int | None = None
        self._left_in: int | None = None
        self._history: deque[tuple[int, int]] = deque(maxlen=HISTORY_S)
        self._told: tuple[str, str] | None = None
        self._handler = _Lines(session)

    # ---- life

    def start(self) -> LiveView:
        """Begin to listen. A second call does nothing."""
        logging.getLogger("gcanalytics").addHandler(self._handler)
        self._session.start()
        return self

    def stop(self) -> None:
        """Close the socket, end the threads, leave the snapshot; a few seconds at most. Idempotent."""
        self._painter.stop()

    close = stop

    def pause(self) -> None:
        """Hold the picture; events are still taken in."""
        if self._paused_at is None:
            self._paused_at = self._session.state.events
            self._painter.wake()

    def resume(self) -> None:
        """Let the picture move again."""
        self._paused_at = None
        self._painter.wake()

    @property
    def paused(self) -> bool:
        """Whether the picture is held."""
        return self._paused_at is not None

    @property
    def live(self) -> bool:
        """Whether it is still running: not stopped, not failed."""
        return not (self._painter.finished or self._session.over.is_set())

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until the view has ended, for ``timeout_s`` seconds at most; True if it has ended.

        Interrupting the kernel ends the wait, not the view.
        """
        ended = self._session.over.wait(timeout_s)
        if ended and self._painter.started:
            self._painter.wait(5.0)
        return ended

    def wait_ready(self, timeout_s: float = 30.0) -> bool:
        """Block until the present is known (or the view has failed); True if it is."""
        self._session.ready.wait(timeout_s)
        return self._session.connection.phase == "live"

    def run_for(self, seconds: float) -> LiveView:
        """Stay live for so many seconds, then stop: for notebooks that run unattended.

        Google Colab shows nothing that another thread paints, so there this one paints while it waits.
        """
        try:
            if in_colab():
                self._paint_here(seconds)
            else:
                self.wait(seconds)
        finally:
            self.stop()
        return self

    def __enter__(self) -> LiveView:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    # ---- what it knows

    @property
    def conversations(self) -> pd.DataFrame:
        """All conversations seen, the ongoing ones first: a copy, see ``frames.events.CONVERSATIONS``."""
        return frames.frame(frames.CONVERSATIONS, screen.rows_of(self._session, self._labels)[0])

    @property
    def events(self) -> pd.DataFrame:
        """The event log, the oldest first, the last 20,000 lines: a copy, see ``frames.events.EVENTS``."""
        return frames.frame(frames.EVENTS, screen.rows_of(self._session, self._labels)[1])

    @property
    def gaps(self) -> pd.DataFrame:
        """The times without events: a copy, see ``frames.events.GAPS``."""
        return frames.frame(frames.GAPS, screen.rows_of(self._session, self._labels)[2])

    def snapshot(self) -> dict[str, pd.DataFrame]:
        """``conversations``, ``events`` and ``gaps`` of one moment."""
        kinds = {"conversations": frames.CONVERSATIONS, "events": frames.EVENTS, "gaps": frames.GAPS}
        rows = screen.rows_of(self._session, self._labels)
        return {
            name: frames.frame(columns, part)
            for (name, columns), part in zip(kinds.items(), rows, strict=True)
        }

    def export_csv(self, folder: str | Path = ".") -> dict[str, Path]:
        """Write the conversations and the events as CSV files; addresses are masked as they are in the view.

        Args:
            folder: where to; made if it is not there.

        Returns:
            The paths by table.
        """
        where = Path(folder)
        where.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(self._labels.tz).strftime("%Y%m%d_%H%M%S")
        paths = {}
        for name, table in self.snapshot().items():
            if name != "gaps" or len(table):
                paths[name] = where / f"live_{name}_{stamp}.csv"
                to_csv(table, paths[name])
        return paths

    def __repr__(self) -> str:
        """One line of text."""
        return html.summary(self._screen())

    def _screen(self) -> Screen:
        return screen.take(self._session, self._labels, paused_at=self._paused_at)

    # ---- showing

    def _ipython_display_(self) -> None:
        """Show it in the current cell; shown again elsewhere, both cells move."""
        if self._left_in is not None and self._left_in == current_cell():
            return  # run_for() has just left it here
        if self._painter.finished:
            Still(self._snapshot_html())
            return
        if in_colab():
            Still().update(
                self._still_html("Google Colab shows no moving view; view.run_for(60) moves a minute.")
            )
            return
        if self._panel is None:
            self._panel = Panel(
                self._toggle, self._painter.ask_to_stop, self._export_asked.set, wake=self._painter.wake
            )
            self._paint(self._screen())
        self._panel.show()
        self._panel.save(html.saved(self._screen()))
        self._painter.start()

    def _paint_here(self, seconds: float) -> None:
        """Paint on this thread, in the current cell, and leave the snapshot there."""
        picture = Still()
        ends_at = self._clock() + seconds
        try:
            while not self._session.over.is_set() and (left_s := ends_at - self._clock()) > 0:
                picture.update(self._still_html())
                self.wait(min(TABLE_S, left_s))
        finally:
            self.stop()
            picture.update(self._snapshot_html())
            self._left_in = current_cell()

    def _still_html(self, note: str = "") -> str:
        now = self._screen()
        return html.still(now, note=note)

    def _toggle(self) -> None:
        if self.paused:
            self.resume()
        else:
            self.pause()

    def _paint_due(self) -> float | None:
        """One round of the painter's thread, the only one that writes to widgets once they are shown."""
        if self._export_asked.is_set():
            self._export()
        due = self._timetable.is_due("table", TABLE_S)
        now = screen.take(self._session, self._labels, paused_at=self._paused_at, rows=due)
        self._paint(now, rows=due)
        return None if now.phase in {"failed", "stopped"} else PAINT_S

    def _trouble(self, kind: str) -> None:
        if self._panel is not None:
            self._panel.say(f"The view could not be painted ({kind}); it goes on trying.", alert=True)

    def _export(self) -> None:
        self._export_asked.clear()
        try:
            paths = self.export_csv()
            said = "Saved " + ", ".join(str(path) for path in paths.values())
            alert = False
        except OSError as error:
            said, alert = f"Not saved: {error}", True
        if self._panel is not None:
            self._panel.say(said, alert=alert)

    def _paint(self, now: Screen, *, rows: bool = True) -> None:
        panel = self._panel
        if panel is None:
            return
        # Its counts change with every event: only what it says of the connection is worth a message at once.
        if rows or self._told != (now.phase, now.detail):
            self._told = now.phase, now.detail
            panel.paint("header", html.header(now))
        panel.set_paused(self.paused)
        # The line starts with the first number that is known: zeros before it would draw a ramp.
        if (self._history or now.phase == "live") and self._timetable.is_due("history", 1.0):
            mails = sum(wait.waiting for wait in now.waits if wait.media == EMAIL)
            self._history.append((now.tiles.waiting - mails, mails))
        if self.paused:
            return
        panel.paint("tiles", html.tiles(now))
        if rows:
            panel.paint("table", html.table(now))
            panel.paint("spark", html.sparkline(self._history, HISTORY_S, now))
            panel.paint("log", html.log(now))
        if self._timetable.is_due("saved", SAVED_S):
            panel.save(html.saved(now))

    def _finish(self) -> None:
        """Stop the session and put the snapshot in the widgets' place."""
        self._session.stop()
        logging.getLogger("gcanalytics").removeHandler(self._handler)
        if self._panel is not None:
            self._panel.end(self._snapshot_html())
        if self._on_stop is not None:
            self._on_stop(self)

    def _snapshot_html(self) -> str:
        now = self._screen()
        failed = now.phase == "failed"
        reason = f"ended by a failure ({now.detail})" if failed else "stopped"
        tz = self._labels.tz
        gaps = [
            f"{screen.clock_text(gap.began, tz)} to {screen.clock_text(gap.ended, tz)}"
            for gap in self._session.gaps
        ]
        return html.snapshot(now, reason=reason, gaps=gaps, totals_only=self._totals_only)
