"""A real JupyterLab and a real Chromium for the tests of what a user sees.

Everything is private to the run: port, token, settings, kernels' folders, an empty browser profile. Only
processes that were started here are ended.
"""

import importlib.util
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.simulator import Simulator

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
DEADLINE_S = 60.0


def missing() -> str | None:
    """Why there can be no browser test here; None where all is there."""
    if CHROMIUM is None:
        return "no Chromium on this machine (Debian: apt install chromium fonts-dejavu-core)"
    for package in ("playwright", "jupyterlab"):
        if importlib.util.find_spec(package) is None:
            return f"the package {package} is not installed"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = missing()
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def until(enough: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """The first true value; what a browser shows announces itself to nobody."""
    deadline = time.monotonic() + deadline_s
    waiting = threading.Event()
    while not (seen := enough()):
        assert time.monotonic() < deadline, f"never saw {what}"
        waiting.wait(0.05)
    return seen


class Lab:
    """A JupyterLab server on a free port of the loopback."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, dark: bool = False) -> None:
        self.root = folder / "notebooks"
        shutil.copytree(NOTEBOOKS, self.root, ignore=shutil.ignore_patterns("images", ".ipynb_checkpoints"))
        self.token = secrets.token_urlsafe(24)
        self._runtime = folder / "runtime"
        self._log = (folder / "lab.log").open("wb")
        settings = folder / "settings"
        _set(settings, "notebook-extension/tracker", {"windowingMode": "none", "kernelShutdown": True})
        _set(settings, "docmanager-extension/plugin", {"autosave": False})
        _set(settings, "apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
        _set(
            settings,
            "apputils-extension/themes",
            {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"},
        )
        names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "IPYTHONDIR": "ipython"}
        own = {name: str(folder / part) for name, part in names.items()}
        own |= {
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }
        own |= {"JUPYTER_RUNTIME_DIR": str(self._runtime), "JUPYTER_TOKEN": self.token}
        options = [
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            "--allow-root",
            "--LabApp.news_url=",
        ]
        options += [f"--ServerApp.root_dir={self.root}", "--LabApp.extension_manager=readonly"]
        options += ["--LabApp.expose_app_in_browser=True"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, **own, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.base = until(self._address, "the address of JupyterLab")

    def _address(self) -> str | None:
        assert self._process.poll() is None, Path(self._log.name).read_text()
        for file in self._runtime.glob("jpserver-*.json"):
            try:
                told = json.loads(file.read_text())
            except ValueError:
                continue
            base = f"http://127.0.0.1:{told['port']}/"
            try:
                self.call("GET", "api/status", base=base)
            except OSError:
                continue
            return base
        return None

    def call(self, method: str, path: str, *, base: str | None = None) -> Any:
        request = urllib.request.Request((base or self.base) + path, method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def end_kernels(self) -> None:
        for kernel in self.call("GET", "api/kernels"):
            self.call("DELETE", f"api/kernels/{kernel['id']}")

    def end(self) -> None:
        try:
            self.end_kernels()
            self.call("POST", "api/shutdown")
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        finally:
            self._log.close()


def _set(folder: Path, plugin: str, values: Mapping[str, Any]) -> None:
    file = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values))


_KERNEL = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"


class Notebook:
    """One notebook open in the browser."""

    def __init__(self, lab: Lab, page: Any, name: str, pictures: Path) -> None:
        self.lab, self.page, self.pictures = lab, page, pictures
        self.file = lab.root / name
        page.goto(f"{lab.base}doc/tree/{name}?token={lab.token}")
        page.wait_for_selector(".jp-CodeCell", timeout=DEADLINE_S * 1000)
        ids = [cell["id"] for cell in json.loads(self.file.read_text())["cells"]]
        self._place = {cell_id: place for place, cell_id in enumerate(ids)}
        until(lambda: page.evaluate(_KERNEL) == "idle", "an idle kernel")

    def cell(self, cell_id: str) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self._place[cell_id])

    def run(self, cell_id: str) -> None:
        """Run one cell to its end."""
        prompt = self.cell(cell_id).locator(".jp-InputPrompt").first
        before = prompt.text_content()

        def begun() -> bool:
            # A page that has just been loaded may take the focus away, and the keys with it.
            self.cell(cell_id).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            self.page.wait_for_timeout(500)
            return bool(prompt.text_content() != before)

        def done() -> bool:
            return re.fullmatch(r"\[\d+\]:?", (prompt.text_content() or "").strip()) is not None

        until(begun, f"the start of cell {cell_id}")
        try:
            until(done, f"the end of cell {cell_id}")
        except AssertionError:
            self.picture("failed")
            raise
        errors = self.cell(cell_id).locator(
            '[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText[data-mime-type*="error"]'
        )
        assert errors.count() == 0, errors.first.text_content()

    def text(self, selector: str) -> str:
        """The text of the first element; empty where there is none."""
        found = self.page.locator(selector).first
        return (found.text_content() or "") if found.count() else ""

    def click(self, label: str) -> None:
        self.button(label).click()

    def button(self, label: str) -> Any:
        """A button of the view; its accessible name also holds the glyph of its icon."""
        return self.page.locator(".gca-view button", has_text=re.compile(rf"^\s*{label}\s*$")).first

    def picture(self, name: str, selector: str | None = None) -> Path:
        """A screenshot of the page, or of one element."""
        path = self.pictures / f"{name}.png"
        clip = None
        if selector:
            element = self.page.locator(selector).first
            element.scroll_into_view_if_needed()
            box = element.bounding_box()
            # A little room at the sides, none above and below, where the cell draws its borders.
            clip = {**box, "x": box["x"] - 5, "width": box["width"] + 9}
        self.page.screenshot(path=str(path), clip=clip)
        return path

    def save(self) -> dict[str, Any]:
        """The notebook as JupyterLab saves it."""
        before = self.file.stat().st_mtime_ns
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+s")
        until(lambda: self.file.stat().st_mtime_ns != before, "the saved file")
        saved: dict[str, Any] = until(lambda: _whole(self.file), "the whole saved file")
        return saved


def _whole(file: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(file.read_text())
    except ValueError:
        return None
    return read


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: GCANALYTICS_PICTURES, or a temporary folder."""
    named = os.environ.get("GCANALYTICS_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    """A contact center on a busy Monday morning, ten times as fast."""
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-16T09:46:00Z"}
    with Simulator(seed=1, speed=10, days=8, settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def start_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    """Start a JupyterLab for a platform; it ends with the module."""
    running = []

    def start(platform: Simulator, *, dark: bool = False) -> Lab:
        environment = {**platform.environment(), "GCANALYTICS_QUEUE": "Support"}
        running.append(Lab(tmp_path_factory.mktemp("lab"), environment, dark=dark))
        return running[-1]

    yield start
    for lab in running:
        lab.end()


@pytest.fixture(scope="module")
def lab(platform: Simulator, start_lab: Callable[..., Lab]) -> Lab:
    return start_lab(platform)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Any, pictures: Path) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook by its name; kernels and pages end with the test."""
    contexts = []

    def opened(
        name: str, *, width: int = 1280, height: int = 1400, other: Lab | None = None, sharp: int = 1
    ) -> Notebook:
        context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=sharp)
        contexts.append(context)
        return Notebook(other or lab, context.new_page(), name, pictures)

    yield opened
    for context in contexts:
        context.close()
    try:
        lab.end_kernels()
    except urllib.error.URLError as error:
        raise AssertionError("JupyterLab went away") from error
