"""Pulls under a small rate limit: complete, and no request refused, on a clock that nobody waits for.

The platform is served in this process, so that it and the client read the same hands: a wait of the client
moves them, and a minute of the rate limit takes no time.
"""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp.web
import pytest

from gcanalytics.client import Client, session
from gcanalytics.settings import Settings
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.clock import Clock
from gcanalytics.simulator.rest.platform import Platform
from gcanalytics.simulator.server import build_app
from gcanalytics.simulator.settings import Settings as Choices
from gcanalytics.transport.rest import Rest

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a Wednesday
DAY = "2026-11-17"
ALLOWED = 20


class Hands:
    """The one clock, in seconds; whoever waits moves it on, and no further than he must."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Lock()
        self.waits = 0

    def __call__(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.waits += 1
            until = self._now + seconds
        with self._lock:
            self._now = max(self._now, until)


class Served:
    """A platform on loopback, on a thread of its own."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.api = ""
        self.statuses: list[int] = []
        self._ready = threading.Event()
        self._over: Any = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)
        self.platform.close()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        app = build_app(self.platform)
        app.on_response_prepare.append(self._note)
        runner = aiohttp.web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.api = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._over.wait()
        await runner.cleanup()

    async def _note(self, _: Any, response: aiohttp.web.StreamResponse) -> None:
        self.statuses.append(response.status)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    clock = Hands()

    def rest(base_url: str, **options: Any) -> Rest:
        return Rest(base_url, clock=clock, sleep=clock.sleep, **options)

    monkeypatch.setattr(session, "Rest", rest)
    return clock


@pytest.fixture
def served(hands: Hands) -> Iterator[Served]:
    organization = Organization.load()
    choices = Choices(rate_per_minute=ALLOWED, conversations_per_week=20_000)
    timeline = Timeline(organization, seed=3, settings=choices, days=2, start_ms=START_MS)
    platform = Platform(organization, timeline, settings=choices, clock=Clock(START_MS, real=hands))
    with Served(platform) as running:
        yield running


def client(served: Served) -> Client:
    own = served.platform.client
    return Client(Settings(served.api, served.api, own.id, own.secret), tz="UTC")


@pytest.mark.parametrize("workers", [1, 4])
def test_a_pull_keeps_below_the_limit_and_is_complete(served: Served, hands: Hands, workers: int) -> None:
    with client(served) as gc:
        details = gc.conversation_details(DAY, workers=workers, progress=False)
    expected = served.platform.timeline.conversations(
        START_MS - START_MS % 86_400_000 - 86_400_000, START_MS - START_MS % 86_400_000
    )
    assert set(details.conversations["conversationId"]) == {each.id for each in expected}
    assert details.report.requests > 1.5 * ALLOWED
    assert (details.report.short_by, details.report.retries) == (0, 0)
    assert set(served.statuses) == {200}
    assert hands.waits > 0


def test_a_pull_leaves_room_for_what_somebody_waits_for(served: Served, hands: Hands) -> None:
    """A live view beside a pull need not wait for the minute's end."""
    with client(served) as gc:
        pages = gc.conversation_pages(DAY, workers=1, page_size=50)
        for _ in range(ALLOWED - 2):  # one more page is always on its way
            next(pages)
        assert gc.rest.request("GET", "/api/v2/users").status == 200
        assert hands.waits == 0
        for _ in range(ALLOWED - 1):
            next(pages)
        assert hands.waits == 1
        next(pages)  # its successor is the minute's last, which a pull leaves to others
        assert hands.waits == 2
    assert set(served.statuses) == {200}


def test_two_clients_of_one_token_are_put_off_and_lose_nothing(served: Served, hands: Hands) -> None:
    """Each knows only its own requests until an answer tells of the other's."""
    token = served.platform.access.issue(served.platform.client).value
    settings = Settings(served.api, served.api, access_token=token)

    def pull(media: str) -> Any:
        with Client(settings, tz="UTC") as gc:
            return gc.conversation_details(DAY, media_type=media, progress=False)

    with ThreadPoolExecutor(2) as both:
        voice, chat = both.map(pull, ["voice", "chat"])
    assert (voice.report.short_by, chat.report.short_by) == (0, 0)
    assert set(served.statuses) <= {200, 429}
    assert hands.waits > 0
    assert len(voice.conversations) > 500
    assert len(chat.conversations) > 100
