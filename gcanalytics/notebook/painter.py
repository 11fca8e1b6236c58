"""The thread that paints a view in a cell, and what is due on it. It knows no topic and no widget."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["Painter", "Timetable"]

log = logging.getLogger(__name__)


class Timetable:
    """Says what is due: each thing at once, and then at most once in so many seconds.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[str, float] = {}

    def is_due(self, what: str, every_s: float) -> bool:
        """Whether it is due now; it is not again for ``every_s`` seconds then."""
        moment = self._clock()
        if moment < self._due.get(what, 0.0):
            return False
        self._due[what] = moment + every_s
        return True

    def put_off(self, what: str, by_s: float) -> None:
        """Let it be due again in so many seconds."""
        self._due[what] = self._clock() + by_s


class Painter:
    """Paints a view on a thread of its own until it is over, and then once leaves what stays of it.

    A picture that fails shows itself and does not end the view.

    Args:
        paint: paints one picture on the painter's thread: the seconds until the next one, or None where the
            view is over.
        finish: leaves what stays, once: on the painter's thread, or on the one that stops it.
        trouble: is told which error a picture failed with.
        what: is painted, for the log.
        pause_s: seconds to the next picture after one that failed.
    """

    def __init__(
        self,
        paint: Callable[[], float | None],
        finish: Callable[[], None],
        trouble: Callable[[str], None],
        *,
        what: str,
        pause_s: float,
    ) -> None:
        self._paint = paint
        self._leave = finish
        self._trouble = trouble
        self._what = what
        self._pause_s = pause_s
        self._thread: threading.Thread | None = None
        self._tick = threading.Event()
        self._stop_asked = threading.Event()
        self._finished = threading.Event()
        self._finishing = threading.RLock()  # what stays may be left by somebody who asks to stop
        self._left = False
        self._troubles: set[str] = set()

    @property
    def started(self) -> bool:
        """Whether it ever painted."""
        return self._thread is not None

    @property
    def finished(self) -> bool:
        """Whether what stays was left."""
        return self._finished.is_set()

    def start(self) -> None:
        """Begin to paint. A second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="gcanalytics-paint", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Paint the next picture now."""
        self._tick.set()

    def ask_to_stop(self) -> None:
        """Stop soon, on the painter's thread: for the callback of a button."""
        self._stop_asked.set()
        self._tick.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop, after the picture in the making but at most so many seconds later. Idempotent."""
        self.ask_to_stop()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        self._finish()

    def wait(self, timeout_s: float) -> bool:
        """Wait so many seconds at most until what stays was left; whether it was."""
        return self._finished.wait(timeout_s)

    def _run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                wait_s = self._paint()
            except Exception as error:  # noqa: BLE001 - a fault in painting must show itself and not end the view
                self._failed(error)
                wait_s = self._pause_s
            if wait_s is None:
                break
            self._tick.wait(wait_s)
            self._tick.clear()
        self._finish()

    def _failed(self, error: Exception) -> None:
        kind = type(error).__name__
        if kind not in self._troubles:
            self._troubles.add(kind)
            log.exception("painting %s failed", self._what)
        self._trouble(kind)

    def _finish(self) -> None:
        with self._finishing:
            if self._left:
                return
            self._left = True
            try:
                self._leave()
            finally:
                self._finished.set()
