"""How the live view looks: the dark theme, and on request the README's picture."""

import os
import time
from typing import Any

import pytest

from gcanalytics.simulator import Simulator

NOTEBOOK = "02_live_queue.ipynb"


def shown(notebook: Any) -> None:
    for cell in ("connect", "queue", "live"):
        notebook.run(cell)
    notebook.page.wait_for_selector(".gca-view table.gca-table tbody tr", timeout=40_000)


def contrast(notebook: Any, selector: str) -> float:
    """Contrast of an element's text against the first ground behind it that is not transparent."""
    for _ in range(20):
        # An element that has just been painted anew is no part of the page any more, and has no colours.
        value = notebook.page.eval_on_selector(selector, _CONTRAST)
        if value is not None:
            return float(value)
    raise AssertionError(f"{selector} never stood still")


_CONTRAST = """element => {
            if (!element.isConnected) return null;
            const parts = colour => colour.match(/[\\d.]+/g).map(Number);
            const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
                .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
            let behind = element, ground = [255, 255, 255];
            while (behind) {
                const colour = parts(getComputedStyle(behind).backgroundColor);
                if (colour.length < 4 || colour[3] > 0.99) { ground = colour; break; }
                behind = behind.parentElement;
            }
            const [a, b] = [luminance(parts(getComputedStyle(element).color)), luminance(ground)];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_can_be_read_in_both_themes(
    open_notebook: Any, start_lab: Any, platform: Simulator, dark: bool
) -> None:
    notebook = open_notebook(NOTEBOOK, other=start_lab(platform, dark=True) if dark else None)
    shown(notebook)
    notebook.picture("dark" if dark else "light", ".gca-view")
    for selector in (
        ".gca-title",
        ".gca-pill",
        ".gca-head .gca-quiet",
        ".gca-label",
        ".gca-value",
        ".gca-table td",
        ".gca-table th",
        ".gca-log",
    ):
        assert contrast(notebook, f".gca-view {selector}") >= 4.5, selector
    notebook.click("Stop")
    notebook.page.wait_for_selector(".gca-snapshot", timeout=40_000)
    assert contrast(notebook, ".gca-snapshot td") >= 4.5


# The machine's clock stands on the platform's day; else the view tells, rightly, how far that is behind.
_CLOCK = """
import json, os, time, types, urllib.request
from datetime import datetime
from gcanalytics.live import screen
with urllib.request.urlopen(os.environ["GENESYSCLOUD_REGION"] + "/simulator/clock") as answer:
    ahead_s = datetime.fromisoformat(json.load(answer)["now"]).timestamp() - time.time()
screen.time = types.SimpleNamespace(time=lambda: time.time() + ahead_s)
"""


@pytest.mark.skipif(
    not os.environ.get("GCANALYTICS_PICTURES"), reason="GCANALYTICS_PICTURES names no folder for pictures"
)
def test_the_picture_for_the_readme(open_notebook: Any, start_lab: Any) -> None:
    """``GCANALYTICS_PICTURES=notebooks/images pytest tests/browser -k readme`` renews it."""
    # The morning of a Wednesday on which more people call than planned.
    settings = {
        "rate_per_minute": 100_000,
        "conversations_per_week": 36_000,
        "clock_start": "2026-11-18T09:52:00Z",
    }
    with Simulator(seed=1, days=4, settings=settings) as platform:
        lab = start_lab(platform)
        startup = lab.root.parent / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True, exist_ok=True)
        (startup / "clock.py").write_text(_CLOCK)
        notebook = open_notebook(NOTEBOOK, width=1240, height=1500, other=lab)
        shown(notebook)
        deadline = time.monotonic() + 240

        def busy() -> bool:
            line = notebook.page.locator(".gca-view polyline")
            samples = len((line.get_attribute("points") or "").split()) if line.count() else 0
            waiting, note = (notebook.text(f".gca-tile .gca-{part}") for part in ("value", "note"))
            return samples > 100 and int(waiting or 0) >= 3 and "voice" in note

        while not busy():
            assert time.monotonic() < deadline, "the demo organisation is too calm at this hour"
            notebook.page.wait_for_timeout(1000)
        notebook.picture("live_view", ".gca-view")
        notebook.click("Stop")
        notebook.page.wait_for_selector(".gca-snapshot", timeout=40_000)
