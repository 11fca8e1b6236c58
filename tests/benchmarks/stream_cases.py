"""Events over a real socket: the listener against a plain websocket-client loop, and the whole live view."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .measuring import NotMeasured, case, event_server, options

_LATEST_S = 60.0


def _a_cpu_second(count: int, read: Callable[[str, int], int]) -> float:
    """Messages a CPU second of this process, the connection included."""
    count = count // 10 if options.quick else count
    with event_server() as server:
        read(f"{server['flood']}/200", 200)
        start = time.process_time()
        seen = read(f"{server['flood']}/{count}", count)
        used_s = time.process_time() - start
    if seen != count:
        raise NotMeasured(f"{seen} of {count} messages came")
    return count / used_s


def _listen(uri: str, count: int, use: Callable[[Any], object]) -> int:
    from gcanalytics.settings import Network
    from gcanalytics.transport.listener import Listener, Message, Overflow

    listener = Listener(lambda: uri, network=Network(), queue_size=count)
    listener.start()
    seen, deadline = 0, time.monotonic() + _LATEST_S
    try:
        while seen < count and time.monotonic() < deadline:
            for item in listener.take(1.0):
                if isinstance(item, Overflow):
                    raise NotMeasured(f"{item.dropped} messages were dropped")
                if isinstance(item, Message):
                    seen += 1
                    use(item)
    finally:
        listener.stop()
    return seen


@case
def socket_ours() -> float:
    """Our listener: messages a CPU second, in order, their bodies left as JSON for whoever wants them."""
    return _a_cpu_second(60_000, lambda uri, count: _listen(uri, count, lambda message: None))


@case
def socket_decoded() -> float:
    """Our listener with every body decoded to dicts and lists, as the plain loop does."""
    return _a_cpu_second(60_000, lambda uri, count: _listen(uri, count, lambda message: message.body))


@case
def socket_plain() -> float:
    """The loop of every example, websocket-client as it comes: messages a CPU second."""
    import websocket

    def read(uri: str, count: int) -> int:
        connection = websocket.create_connection(uri, timeout=_LATEST_S)
        seen = 0
        while seen < count and json.loads(connection.recv()):
            seen += 1
        connection.close()
        return seen

    return _a_cpu_second(8_000, read)


_OPEN = """
import time
import gcanalytics as gca
gc = gca.connect(region={api!r}, client_id={client_id!r}, client_secret={client_secret!r})
view = gc.live({queues!r})
if not view.wait_ready(30):
    raise RuntimeError(repr(view))
view
"""
_LOOK = """
session = view._session
print("look", time.process_time(), time.perf_counter(), session.received, session.dropped, view.live)
"""


@case
def live_ours() -> float:
    """CPU of a notebook's kernel that shows the live view, percent of one core at 900 events a second.

    A real kernel without a browser: the widgets' messages are made and sent, and nobody draws them.
    """
    with event_server() as server, _kernel() as run:
        run(_OPEN.format(**server))
        _pause(1 if options.quick else 3)
        before = run(_LOOK)
        _pause(2 if options.quick else 10)
        after = run(_LOOK)
        run("view.stop()")
    cpu_s, wall_s, events, dropped, _ = (late - early for early, late in zip(before, after, strict=True))
    if dropped or not after[-1] or not 0.9 < events / wall_s / 900 < 1.1:
        raise NotMeasured(f"{events / wall_s:.0f} events a second came, {dropped:.0f} were dropped")
    return 100 * cpu_s / wall_s


@contextmanager
def _kernel() -> Iterator[Callable[[str], list[float]]]:
    """Runs code in a new kernel; gives the numbers behind the word "look" in what it prints."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()

    def run(code: str) -> list[float]:
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(str(content.get("text", "")))
            if message["msg_type"] == "error":
                raise NotMeasured(f"{content['ename']}: {content['evalue']}")

        client.execute_interactive(code, output_hook=hear, timeout=_LATEST_S)
        words = "".join(said).partition("look ")[2].split()
        return [float(word == "True") if word in {"True", "False"} else float(word) for word in words]

    try:
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _pause(seconds: float) -> None:
    """A measurement is over when its time is over."""
    threading.Event().wait(seconds)
