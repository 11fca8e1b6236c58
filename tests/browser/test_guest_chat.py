"""The guest's widget as its user sees it, in JupyterLab and Chromium, on a simulated contact center."""

import json
import re
from collections.abc import Callable
from typing import Any

from gcanalytics.simulator import Simulator

NOTEBOOK = "07_guest_chat.ipynb"
CHAT = ".gca-chat"
TALK = f"{CHAT} .gca-talk"
EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script><b>bold</b>'


def until(notebook: Any, enough: Callable[[], Any], what: str, deadline_s: float = 40.0) -> None:
    for _ in range(round(deadline_s / 0.05)):
        if enough():
            return
        notebook.page.wait_for_timeout(50)
    notebook.picture("failed")
    raise AssertionError(f"never saw {what}; the chat is {notebook.text(CHAT)!r}")


def talking(notebook: Any, *, name: str = "Ada") -> None:
    """Open the chat and its widget, and wait for the agent."""
    if name != "Ada":
        rename(notebook, name)
    for cell in ("connect", "open", "widget"):
        notebook.run(cell)
    until(notebook, lambda: notebook.text(f"{CHAT} .gca-pill") == "talking", "an agent")


def rename(notebook: Any, name: str) -> None:
    """Give the guest another name in the notebook's own cell."""
    changed = notebook.page.evaluate(
        """([before, after]) => {
            for (const cell of window.jupyterapp.shell.currentWidget.content.widgets) {
                const model = cell.model.sharedModel, source = model.getSource();
                if (source.includes(before)) { model.setSource(source.replace(before, after)); return true; }
            }
            return false;
        }""",
        ['display_name="Ada"', f"display_name={name!r}"],
    )
    assert changed


def write(notebook: Any, text: str, *, enter: bool = True) -> None:
    line = notebook.page.locator(f"{CHAT} input[type=text]")
    line.click()
    notebook.page.keyboard.type(text)
    if enter:
        notebook.page.keyboard.press("Enter")


def press(notebook: Any, label: str) -> None:
    notebook.page.locator(f"{CHAT} button", has_text=re.compile(rf"^\s*{label}\s*$")).click()


def test_a_guest_writes_and_an_agent_answers(open_notebook: Any, platform: Simulator) -> None:
    notebook = open_notebook(NOTEBOOK)
    talking(notebook)
    # Keys as fast as they come: none may be lost, and none may be left in the line.
    write(notebook, "When does my parcel arrive?")
    until(
        notebook, lambda: "When does my parcel arrive?" in notebook.text(f"{TALK} .gca-own"), "the own words"
    )
    answers = notebook.page.locator(f"{TALK} .gca-said:not(.gca-own)", has_text="parcel")
    until(notebook, answers.count, "the agent's answer")
    assert notebook.page.locator(f"{CHAT} input[type=text]").input_value() == ""
    # The keyboard reaches the button after the line.
    write(notebook, "And the second one?", enter=False)
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")
    until(notebook, lambda: notebook.page.locator(f"{TALK} .gca-own").count() == 2, "the second message")
    until(notebook, lambda: "second one" in notebook.text(f"{TALK} .gca-said:not(.gca-own) >> nth=-1"), "it")
    notebook.picture("guest_chat", CHAT)
    assert newest_in_sight(notebook)
    press(notebook, "End chat")
    until(notebook, lambda: notebook.page.locator(".gca-snapshot").count(), "the transcript that stays")
    assert notebook.page.locator(CHAT).count() == 0
    notebook.picture("guest_chat_over")
    outputs = json.dumps([cell.get("outputs") for cell in notebook.save()["cells"]])
    assert "When does my parcel arrive?" in outputs
    assert "widget-view" not in outputs


def newest_in_sight(notebook: Any) -> bool:
    """Whether the last line of the transcript lies within its scrolling box."""
    seen: bool = notebook.page.eval_on_selector(
        TALK,
        """talk => {
            let box = talk;
            while (box && getComputedStyle(box).overflowY !== "auto") box = box.parentElement;
            const line = talk.lastElementChild.getBoundingClientRect(), frame = box.getBoundingClientRect();
            return line.bottom <= frame.bottom + 2 && line.top >= frame.top - 2;
        }""",
    )
    return seen


def test_a_hostile_name_and_message_do_nothing(open_notebook: Any, platform: Simulator) -> None:
    notebook = open_notebook(NOTEBOOK)
    talking(notebook, name=EVIL)
    write(notebook, EVIL)
    until(notebook, lambda: EVIL in notebook.text(f"{TALK} .gca-own .gca-words"), "the words as they are")
    until(notebook, lambda: EVIL in notebook.text(f"{CHAT} .gca-here"), "the name as it is")
    until(notebook, lambda: notebook.page.locator(f"{TALK} .gca-said:not(.gca-own)").count() > 1, "an answer")
    notebook.picture("guest_chat_hostile", CHAT)
    harmless(notebook, CHAT)
    press(notebook, "End chat")
    until(notebook, lambda: EVIL in notebook.text(".gca-snapshot"), "the transcript that stays")
    harmless(notebook, ".gca-snapshot")


def harmless(notebook: Any, selector: str) -> None:
    assert notebook.page.locator(f"{selector} :is(img, script, b)").count() == 0
    assert notebook.page.evaluate("() => window.evil") is None


def test_a_narrow_and_dark_page_shows_all(open_notebook: Any, start_lab: Any, platform: Simulator) -> None:
    notebook = open_notebook(NOTEBOOK, width=700, other=start_lab(platform, dark=True))
    talking(notebook)
    write(notebook, "A word without an end: " + "x" * 150)
    until(notebook, lambda: notebook.page.locator(f"{TALK} .gca-said:not(.gca-own)").count() > 1, "an answer")
    notebook.picture("guest_chat_dark", CHAT)
    outer, inner = notebook.page.eval_on_selector(CHAT, "e => [e.clientWidth, e.scrollWidth]")
    assert inner <= outer + 1
    press(notebook, "End chat")
    until(notebook, lambda: notebook.page.locator(".gca-snapshot").count(), "the transcript that stays")
    notebook.picture("guest_chat_dark_over", ".gca-snapshot")
