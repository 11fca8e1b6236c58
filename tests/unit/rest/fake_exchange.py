"""An exchange that plays answers, a clock that never waits, and a connection over both."""

import json
import threading
from typing import Any

from gcanalytics.transport.exchange import NoAnswer, Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import Trouble

API = "https://api.example"
Step = ApiResponse | NoAnswer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Fake:
    """An exchange that plays its steps and remembers what it was sent."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.sent: list[Outgoing] = []

    def __call__(self, outgoing: Outgoing) -> ApiResponse:
        self.sent.append(outgoing)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, NoAnswer):
            raise step
        return step


def answer(status: int = 200, body: Any = None, **headers: str) -> ApiResponse:
    content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiResponse(status, "Words", Headers(named), "GET", "/x", content)


OK = answer(200, {"fine": True})
LOST = NoAnswer(Trouble.LOST, "No whole answer came")


def rest(fake: Fake, clock: Clock | None = None, **options: Any) -> Rest:
    clock = clock or Clock()
    return Rest(API, exchange=fake, clock=clock, sleep=clock.sleep, **options)


def until_it_waits(connection: Rest) -> None:
    """Return when a request waits before it is sent again; one that is stopped earlier tells its answer."""
    looking = threading.Event()
    for _ in range(2000):
        if connection.waiting_s > 1:
            return
        looking.wait(0.01)
    raise AssertionError("no request waits")
