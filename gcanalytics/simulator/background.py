"""Work that the server repeats while it runs, and what happens if such work breaks."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

_log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None] | None]


async def repeated(*steps: tuple[Step, float], broken: Callable[[], object]) -> AsyncIterator[None]:
    """Repeat each step with its pause in a task of its own; for ``app.cleanup_ctx``.

    A step that raises is logged and not repeated any more: it has a bug, and the next round would have it.

    Args:
        steps: each with the real seconds between two rounds.
        broken: called when a step has raised, so that nobody waits for what will not come.
    """

    async def run(step: Step, pause_s: float) -> None:
        while True:
            result = step()
            if inspect.isawaitable(result):
                await result
            await asyncio.sleep(pause_s)

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            _log.error("work in the background has ended", exc_info=task.exception())
            broken()

    tasks = [asyncio.create_task(run(step, pause_s)) for step, pause_s in steps]
    for task in tasks:
        task.add_done_callback(ended)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
