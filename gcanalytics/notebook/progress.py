"""One line that says how far a long call is: tqdm in a terminal, a text in a notebook, else nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

_NOTEBOOK_S = 0.25  # between two updates: each is a message to the browser


class Progress(Protocol):
    """Takes the state of a pull, or of another call that goes on for long."""

    def update(self, done: int, expected: int | None, waiting_s: float = 0.0) -> None:
        """Show how many are done, of how many where that is known, and a wait of seconds."""

    def close(self, summary: str | None) -> None:
        """End the line, with a summary; None for a call that failed."""


class Silent:
    """Shows nothing."""

    def update(self, done: int, expected: int | None, waiting_s: float = 0.0) -> None:
        """Nothing."""

    def close(self, summary: str | None) -> None:
        """Nothing."""


class Terminal:
    """A tqdm bar on standard error, that counts things of a ``unit``."""

    def __init__(self, unit: str = "conversations") -> None:
        from tqdm import tqdm

        self._bar = tqdm(unit=f" {unit}", unit_scale=True, dynamic_ncols=True, leave=False, delay=0.5)

    def update(self, done: int, expected: int | None, waiting_s: float = 0.0) -> None:
        """Move the bar; its end moves too, for the platform's count does."""
        self._bar.total = None if expected is None else max(expected, done)
        self._bar.set_postfix_str(_wait(waiting_s), refresh=waiting_s >= 1)
        self._bar.update(done - self._bar.n)

    def close(self, summary: str | None) -> None:
        """Take the bar away and leave the summary in its place."""
        self._bar.close()
        if summary:
            self._bar.write(summary, file=sys.stderr)


class Notebook:
    """One line of text under the cell, rewritten through its display id and replaced by the summary.

    A widget would be saved into the notebook as a corpse; a text stays readable.

    Args:
        display: IPython's ``display``.
        doing: the line's first words.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        display: Callable[..., Any],
        *,
        doing: str = "Pulling conversations",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._doing = doing
        self._clock = clock
        self._next = clock()
        self._handle = display({"text/plain": f"{doing} ..."}, raw=True, display_id=True)

    def update(self, done: int, expected: int | None, waiting_s: float = 0.0) -> None:
        """Rewrite the line, four times a second at most."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + _NOTEBOOK_S
        share = f" of about {expected:,}" if expected else ""
        self._write(f"{self._doing}: {done:,}{share} ... {_wait(waiting_s)}".rstrip())

    def close(self, summary: str | None) -> None:
        """Replace the line by the summary."""
        self._write(summary or f"{self._doing}: ended early.")

    def _write(self, text: str) -> None:
        if self._handle is not None:
            self._handle.update({"text/plain": text}, raw=True)


def _wait(seconds: float) -> str:
    """Words for a wait that a reader would take for a standstill."""
    return f"waiting {seconds:.0f} s for the platform" if seconds >= 1 else ""


def progress_for(
    wanted: bool | None, *, doing: str = "Pulling conversations", unit: str = "conversations"
) -> Progress:
    """The progress that fits where this runs.

    Args:
        wanted: None to decide by the output, False for none, True for a line wherever it runs.
        doing: what is being done, for the line in a notebook.
        unit: what is counted, for the bar in a terminal.
    """
    if wanted is False:
        return Silent()
    shell = _notebook_shell()
    if shell is not None:
        from IPython.display import display

        return Notebook(display, doing=doing)
    if wanted or sys.stderr.isatty():
        return Terminal(unit)
    return Silent()


def _notebook_shell() -> Any:
    """The shell of a Jupyter kernel, or None; IPython is never imported for the question."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if shell is not None and hasattr(shell, "kernel") else None
