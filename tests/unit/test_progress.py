"""The line that says how far a pull is."""

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gcanalytics.notebook import progress
from gcanalytics.notebook.progress import Notebook, Silent, Terminal, progress_for


class Display:
    """IPython's display, and the handle that it gives."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> "Display":
        assert raw
        assert display_id
        self.texts.append(bundle["text/plain"])
        return self

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.texts.append(bundle["text/plain"])


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_notebook_has_one_line_that_the_summary_replaces() -> None:
    display, clock = Display(), Clock()
    line = Notebook(display, clock=clock)
    for conversations in range(0, 1000, 10):
        clock.now += 0.01
        line.update(conversations, 1000)
    line.close("1,000 conversations")
    assert 3 < len(display.texts) < 8
    assert "of about 1,000" in display.texts[2]
    assert display.texts[-1] == "1,000 conversations"


def test_a_wait_for_the_rate_limit_is_said() -> None:
    display = Display()
    Notebook(display, clock=Clock()).update(100, None, waiting_s=41.6)
    assert display.texts[-1] == "Pulling conversations: 100 ... waiting 42 s for the platform"


def test_a_pull_that_failed_leaves_no_line_that_seems_to_run() -> None:
    display = Display()
    Notebook(display, clock=Clock()).close(None)
    assert display.texts[-1] == "Pulling conversations: ended early."


def test_the_line_names_what_is_done_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    display = Display()
    line = Notebook(display, doing="Guests chatting", clock=Clock())
    line.update(3, 20)
    line.close(None)
    words = ["Guests chatting ...", "Guests chatting: 3 of about 20 ...", "Guests chatting: ended early."]
    assert display.texts == words
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    bar = Terminal("guests")
    bar._bar.delay = 0
    bar.update(3, 20)
    bar._bar.refresh()
    bar.close(None)
    assert " guests" in written.getvalue()


def test_a_terminal_has_a_bar_whose_end_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    line = Terminal()
    for conversations, expected in ((10, None), (20, 15), (30, 40)):
        line.update(conversations, expected)
    line.close("30 conversations")
    assert written.getvalue().rstrip().endswith("30 conversations")


def test_no_terminal_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_notebook_shell", lambda: None)
    line = progress_for(None)
    line.update(1, 2)
    line.close("done")
    assert isinstance(line, Silent)
    assert capsys.readouterr() == ("", "")
    assert isinstance(progress_for(True), Terminal)


@pytest.mark.parametrize(("kernel", "found"), [(True, True), (False, False)])
def test_only_a_kernels_shell_is_a_notebook(
    kernel: bool, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell: Any = SimpleNamespace(kernel=object()) if kernel else SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert (progress._notebook_shell() is shell) == found
