"""The demo: a simulated organisation in a child process, started and ended here, never imported."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gcanalytics.api.intervals import zone_name
from gcanalytics.client.client import Client
from gcanalytics.errors import ConfigurationError
from gcanalytics.settings import Settings

if TYPE_CHECKING:
    from gcanalytics.guestchat import WebChat

_START_S = 120.0
_END_S = 5.0
# The simulator keeps the platform's 300 requests a minute; a demo is no place to wait for them.
_SETTINGS: Mapping[str, Any] = {"rate_per_minute": 100_000}
_running: weakref.WeakValueDictionary[tuple[str, ...], Embedded] = weakref.WeakValueDictionary()
_starting = threading.Lock()


def demo(
    *,
    seed: int = 1,
    days: int = 35,
    speed: float = 1.0,
    tz: str | dt.tzinfo = "UTC",
    org: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Client:
    """A client of a simulated organisation on this machine: no account, no network.

    ``gc = gca.demo(); gc.queues()``. The simulator is a child process that ends with the client, or with this
    process however it ends. A second call with the same arguments shares it. It needs the extra ``demo``
    (``pip install "gcanalytics[demo]"``).

    Args:
        seed: the same seed gives the same contact center and history.
        days: days of history.
        speed: business seconds for each real second.
        tz: time zone of bare dates and times, as for :func:`gcanalytics.connect`.
        org: a file with another organisation.
        settings: the simulator's settings by name.

    Raises:
        ConfigurationError: the extra is missing, or the simulator does not start; with its last words.
        QueryError: no such time zone.
    """
    zone = zone_name(tz)
    pairs = {**_SETTINGS, **(settings or {})}
    arguments = [f"--seed={seed}", f"--days={days}", f"--speed={speed}"]
    arguments += [f"--org={org}"] if org is not None else []
    arguments += [f"--set={name}={value}" for name, value in pairs.items()]
    key = tuple(arguments)
    with _starting:
        embedded = _running.get(key)
        if embedded is None or not embedded.alive:
            embedded = _running[key] = Embedded(arguments)
    client = Client(
        embedded.settings(), tz=zone, on_close=_Hold(embedded).release, web_chat=embedded.web_chat()
    )
    return client.check()


class _Hold:
    """Keeps the simulator running for one client; the last one to let go ends it."""

    def __init__(self, embedded: Embedded) -> None:
        self._embedded: Embedded | None = embedded

    def release(self) -> None:
        self._embedded = None


class Embedded:
    """A running simulator; it ends when nothing refers to it any more, at the latest with this process.

    Args:
        arguments: of ``python -m gcanalytics.simulator``.

    Raises:
        ConfigurationError: the extra ``demo`` is missing, or it does not start.
    """

    def __init__(self, arguments: list[str]) -> None:
        if importlib.util.find_spec("aiohttp") is None:
            raise ConfigurationError(
                "The demo needs the simulator's packages, which are not installed.",
                hint='Install them with: pip install "gcanalytics[demo]"',
            )
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child that writes it
        # A session of its own: Jupyter's interrupt goes to the kernel's whole group, and a pull that is
        # interrupted is to find its platform alive.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gcanalytics.simulator", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        self._finalizer = weakref.finalize(self, _end, self._process, errors)
        try:
            self._ready = json.loads(_ready_line(self._process, errors))
        except BaseException:
            self._finalizer()
            raise

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def settings(self) -> Settings:
        """How to connect to it."""
        api = str(self._ready["api"])
        return Settings(api, api, self._ready["client_id"], self._ready["client_secret"], source="the demo")

    def web_chat(self) -> WebChat:
        """Ids of its organisation and web chat deployment, by their names in `GuestChat.start`."""
        return {
            "organization_id": self._ready["organization_id"],
            "deployment_id": self._ready["deployment_id"],
        }

    def environment(self) -> dict[str, str]:
        """The variables with which `connect` and `GuestChat.start` in another process reach it."""
        return {
            "GENESYSCLOUD_REGION": str(self._ready["api"]),
            "GENESYSCLOUD_OAUTHCLIENT_ID": str(self._ready["client_id"]),
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": str(self._ready["client_secret"]),
            "GCANALYTICS_ORGANIZATION_ID": str(self._ready["organization_id"]),
            "GCANALYTICS_DEPLOYMENT_ID": str(self._ready["deployment_id"]),
        }

    @property
    def lifeline(self) -> int:
        """Descriptor of the pipe whose end ends the child, for a process that is to replace this one."""
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    def close(self) -> None:
        """End the child and wait for it; does nothing the second time."""
        self._finalizer()


def _ready_line(process: subprocess.Popen[bytes], errors: IO[bytes]) -> bytes:
    """The child's first line; read in a thread, for a pipe has no timeout on every system."""
    output = process.stdout
    assert output is not None
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=_START_S)
    except queue.Empty:
        line = b""
    if line.strip():
        return line
    process.kill()
    process.wait()
    errors.seek(0)
    words = errors.read().decode(errors="replace").strip()[-1500:]
    if words.startswith("usage: "):
        words = words.rpartition("error: ")[2]  # an argument is wrong; its options go by other names here
    raise ConfigurationError(f"The demo's simulator did not start. {words}".strip())


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    """End the child by the end of its standard input, and wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    errors.close()
