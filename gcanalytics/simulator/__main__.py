"""Runs the simulated platform: ``python -m gcanalytics.simulator``, or ``gcanalytics simulate``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import ssl
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gcanalytics.simulator.settings import Settings

if TYPE_CHECKING:
    from gcanalytics.simulator.rest.platform import Platform

_PARENT_CHECK_S = 1.0


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    options = argparse.ArgumentParser(
        prog="gcanalytics simulate", description="A simulated Genesys Cloud organization on this machine."
    )
    options.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    options.add_argument("--port", type=int, default=0, help="0 for a free one (default)")
    options.add_argument(
        "--seed", type=int, default=1, help="the same seed gives the same history (default 1)"
    )
    options.add_argument("--speed", type=float, default=1.0, help="business seconds for each real second")
    options.add_argument(
        "--org", type=Path, help="file with an organization (default: the demo organization)"
    )
    options.add_argument("--days", type=int, default=35, help="days of history (default 35)")
    options.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="pairs", help="a setting, repeatable"
    )
    options.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="PEM file with a certificate and its key: serve https and wss (default: http and ws)",
    )
    options.add_argument(
        "--client",
        action="append",
        default=[],
        metavar="NAME=PERMISSION,...@DIVISION,...",
        dest="clients",
        help="a further OAuth client that may only so much (without @: in all divisions), repeatable",
    )
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until interrupted, or until the end of standard input where that is a pipe.

    Args:
        argv: options without the program's name; None takes those of the process.

    Returns:
        The exit status: 0, or 2 for options that make no sense.
    """
    options = parser().parse_args(argv)
    if _stdin_is_pipe():
        # Jupyter interrupts a kernel's whole process group; a cell's interruption must not end the platform.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Days are many small objects that stay; the collector would look through all of them again and again.
    gc.set_threshold(100_000, 20, 100)
    try:
        secured = _secured(options.certificate)
        asyncio.run(_serve(_platform(options), options.host, options.port, secured))
    except KeyboardInterrupt:
        return 0
    except ModuleNotFoundError as exc:
        return _refused(f'{exc}; the simulator needs the extra "demo": pip install "gcanalytics[demo]"')
    except ValueError as exc:
        return _refused(str(exc))
    except OSError as exc:
        return _refused(f"cannot listen on {options.host}:{options.port}: {exc}")
    return 0


def _refused(reason: str) -> int:
    print(f"gcanalytics simulate: {reason}", file=sys.stderr)
    return 2


def _secured(certificate: Path | None) -> ssl.SSLContext | None:
    """The server's side of TLS; `ValueError` where the certificate cannot be used."""
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as exc:
        raise ValueError(f"the certificate {certificate} cannot be used: {exc}") from exc
    return context


def _platform(options: argparse.Namespace) -> Platform:
    """The platform that the options ask for; `ValueError` says which of them makes no sense."""
    settings = Settings.from_pairs(options.pairs)
    if options.speed <= 0 or options.days < 1:
        raise ValueError("--speed must be above zero and --days at least 1")
    from gcanalytics.simulator.business.organization import Organization
    from gcanalytics.simulator.rest.oauth_clients import parsed_clients
    from gcanalytics.simulator.rest.platform import Platform

    try:
        organization = Organization.load(options.org)
    except (OSError, ValueError) as exc:
        raise ValueError(f"the organization cannot be read: {exc}") from exc
    return Platform.open(
        seed=options.seed,
        speed=options.speed,
        days=options.days,
        settings=settings,
        organization=organization,
        clients=parsed_clients(options.clients, organization),
    )


async def _serve(platform: Platform, host: str, port: int, secured: ssl.SSLContext | None) -> None:
    from aiohttp import web

    from gcanalytics.simulator.server import build_app

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            # Windows has no signal handlers on its loop, and no SIGHUP.
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(getattr(signal, name), ended.set)
    runner = web.AppRunner(build_app(platform), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=secured)
        await site.start()
        scheme = "https" if secured else "http"
        print(_ready_line(platform, scheme, host, runner.addresses[0][1]), flush=True)
        _end_with_parent(lambda: loop.call_soon_threadsafe(ended.set))
        await ended.wait()
    finally:
        await runner.cleanup()
        platform.close()


def _ready_line(platform: Platform, scheme: str, host: str, port: int) -> str:
    """What a parent needs to know, on one line."""
    organization = platform.organization
    name = f"[{host}]" if ":" in host else host
    return json.dumps(
        {
            "api": f"{scheme}://{name}:{port}",
            "client_id": platform.client.id,
            "client_secret": platform.client.secret,
            "organization_id": organization.id,
            "deployment_id": organization.deployments[0].id,
            "deployments": {each.name: each.id for each in organization.deployments},
            "queues": {queue.name: queue.id for queue in organization.queues},
            "clients": {
                name: {"client_id": client.id, "client_secret": client.secret}
                for name, client in platform.clients.items()
            },
        }
    )


def _stdin_is_pipe() -> bool:
    """Whether standard input is another process's: a pipe or a socket."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _end_with_parent(end: Callable[[], object]) -> None:
    """Calls ``end`` at the end of standard input, or when the parent is gone.

    Only where standard input is a pipe: a terminal in the background would stop us, and ``/dev/null`` is at
    its end from the start. A parent that was killed while another of its children still holds the pipe shows
    by our new parent; in that case, and wherever the shutdown lasts too long, the process just ends.
    """
    if not _stdin_is_pipe():
        return
    parent = os.getppid()
    over = threading.Event()

    def read() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 65536):
                pass
        over.set()

    def watch() -> None:
        while not over.wait(_PARENT_CHECK_S) and os.getppid() == parent:
            pass
        # The loop may be gone already.
        with contextlib.suppress(RuntimeError):
            end()
        threading.Event().wait(2.0)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
