"""The simulated platform, its time standing still, that sends events from a file.

``python -m benchmarks.event_server FILE``. Subscribed channels get them at a steady pace; ``/flood/N`` sends
N of them as fast as they are taken. Prints one ready line; ends with its standard input.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.server import build_app
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.notices import frame
from gcanalytics.simulator.streams.registry import ChannelRegistry

RATE = 900
"""Events a second on the subscribed channels."""
_PACE_S = 0.01
_STILL = 1e-9
_CORRELATION = "5f2b1c5e-0d53-4e5e-9d5c-0f4f4c3f7c11"
_FLOOD_FRAMES = 2_000


def read_events(path: Path) -> list[tuple[str, str]]:
    """Topic and body of each event."""
    with path.open(encoding="utf-8") as lines:
        found = [line.rstrip("\n").partition("\t") for line in lines]
    return [(topic, body) for topic, _, body in found]


async def _publish(registry: ChannelRegistry, events: list[tuple[str, str]]) -> None:
    """Sends the events once, from the moment that somebody listens."""
    while not registry.heard():
        await asyncio.sleep(_PACE_S)
    start, sent = time.monotonic(), 0
    while sent < len(events):
        due = min(len(events), round((time.monotonic() - start) * RATE))
        for topic, body in events[sent:due]:
            registry.publish(topic, body, _CORRELATION)
        sent = due
        await asyncio.sleep(_PACE_S)


def _flood(events: list[tuple[str, str]]) -> Any:
    frames = [frame(topic, body, _CORRELATION).encode() for topic, body in events[:_FLOOD_FRAMES]]

    async def flood(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        for text in itertools.islice(itertools.cycle(frames), int(request.match_info["count"])):
            await socket.send_frame(text, web.WSMsgType.TEXT)
        await socket.close()
        return socket

    return flood


async def serve(path: Path) -> None:
    """Until the end of standard input."""
    events = read_events(path)
    settings = Settings.from_pairs(["rate_per_minute=1000000", "clock_start=2026-11-18T10:00:00Z"])
    platform = Platform.open(speed=_STILL, days=2, settings=settings)
    app = build_app(platform)
    app.router.add_get("/flood/{count}", _flood(events))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    publishing = asyncio.create_task(_publish(platform.channels.registry, events))
    port = runner.addresses[0][1]
    ready = {
        "api": f"http://127.0.0.1:{port}",
        "flood": f"ws://127.0.0.1:{port}/flood",
        "client_id": platform.client.id,
        "client_secret": platform.client.secret,
        "queues": [queue.name for queue in platform.organization.queues],
        "events": len(events),
    }
    print(json.dumps(ready), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    publishing.cancel()
    await runner.cleanup()
    platform.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
