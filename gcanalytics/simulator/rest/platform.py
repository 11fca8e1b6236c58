"""The simulated platform as all routes share it: who there is, what happens, what time it is, who may ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.business.organization import Organization, Queue, User
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.clock import Clock
from gcanalytics.simulator.queries.divisions import Divisions
from gcanalytics.simulator.rest import permissions
from gcanalytics.simulator.rest.access import Access, Token
from gcanalytics.simulator.rest.faults import Faults
from gcanalytics.simulator.rest.oauth_clients import OAuthClient
from gcanalytics.simulator.settings import Settings

Result = TypeVar("Result")

TOKEN: ContextVar[Token | None] = ContextVar("token", default=None)
"""Token of the request being answered; None where none was asked for yet."""


class Platform:
    """One simulated organization: its contact center, its clock, its clients.

    Args:
        organization: who and what there is.
        timeline: what happens.
        settings: the open choices.
        clock: business and real time.
        seed: seed of everything that is drawn.
        clients: OAuth clients beside the one that may everything.
    """

    def __init__(
        self,
        organization: Organization,
        timeline: Timeline,
        *,
        settings: Settings,
        clock: Clock,
        seed: int = 1,
        clients: Sequence[OAuthClient] = (),
    ) -> None:
        self.organization = organization
        self.timeline = timeline
        self.settings = settings
        self.clock = clock
        self.seed = seed
        self.client = OAuthClient.of(organization)
        self.clients = {client.name: client for client in clients}
        self.access = Access([self.client, *clients], settings, clock.real)
        self.faults = Faults()
        self.channels: Any = None
        # One thread: a day is built once, and the event loop stays free for sockets meanwhile.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="timeline")

    @classmethod
    def open(
        cls,
        *,
        seed: int = 1,
        speed: float = 1.0,
        days: int = 35,
        settings: Settings | None = None,
        organization: Organization | None = None,
        clients: Sequence[OAuthClient] = (),
    ) -> Platform:
        """A platform whose business time starts where the settings say, with so many days of history."""
        settings = settings or Settings()
        organization = organization or Organization.load()
        start_ms = settings.clock_start_ms()
        clock = Clock(_machine_ms() if start_ms is None else start_ms, speed=speed)
        timeline = Timeline(organization, seed=seed, settings=settings, days=days, start_ms=clock.start_ms)
        return cls(organization, timeline, settings=settings, clock=clock, seed=seed, clients=clients)

    async def run(self, func: Callable[..., Result], *args: Any) -> Result:
        """Runs slow work of the timeline on its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, func, *args)

    def authorize(self, request: web.Request) -> Token:
        """The token of a request, counted once against its rate limit and held against its permissions.

        Raises:
            answers.Refusal: 401, 429 or 403 in the platform's words.
        """
        token = TOKEN.get()
        if token is None:
            token = self.access.token(request.headers.get("Authorization"))
            TOKEN.set(token)
            self.access.count(token)
            self._demand(request, token)
        return token

    @staticmethod
    def _demand(request: web.Request, token: Token) -> None:
        """Refuses a client that may not use a route; a path that nobody serves is left to its 404."""
        resource = request.match_info.route.resource
        need = None if resource is None else permissions.need_of(request.method, resource.canonical)
        refused = None if need is None else permissions.refusal(need, token.client.permissions)
        if refused is not None:
            raise refused

    @staticmethod
    def divisions() -> Divisions:
        """The divisions that whoever asks may see; None for all. On the event loop, not in `run`'s thread."""
        token = TOKEN.get()
        return None if token is None else token.client.divisions

    def sees_queue(self, queue: Queue) -> bool:
        """Whether whoever asks may see a queue. On the event loop."""
        divisions = self.divisions()
        return divisions is None or queue.division_id in divisions

    def sees_user(self, user: User) -> bool:
        """Whether whoever asks may see a user (setting ``user_divisions``). On the event loop."""
        divisions = self.divisions()
        return divisions is None or self.settings.user_divisions == "all" or user.division_id in divisions

    def unseen(self, permission: str, divisions: Iterable[str]) -> answers.Refusal:
        """The refusal of something by its id that lies in divisions which the client does not see.

        The setting ``unseen_by_id`` tells which; the 403 has the division behind the permission, as quoted in
        public.
        """
        if self.settings.unseen_by_id == "404":
            return answers.refusal("not.found")
        lacking = permissions.all_of(*(f"{permission}:{division}" for division in divisions))
        return permissions.refusal(lacking, ()) or answers.refusal("not.authorized")

    def close(self) -> None:
        """Lets go of the timeline's thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _machine_ms() -> int:
    return time.time_ns() // 1_000_000
