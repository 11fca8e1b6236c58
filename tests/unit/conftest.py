"""Fixtures of the pure tests."""

import threading
from collections.abc import Iterator

import pytest

from gcanalytics.frames import piles
from gcanalytics.frames.conversations import CHUNK_BYTES, Builder

DEADLINE_S = 20.0


@pytest.fixture(params=[1, CHUNK_BYTES], ids=["page by page", "pages together"])
def _each_chunk_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A builder makes columns of each page by itself, and leaves texts so; then of all together."""
    monkeypatch.setitem(Builder.__init__.__kwdefaults__ or {}, "chunk_bytes", request.param)
    if request.param == 1:
        monkeypatch.setattr(piles, "LONG_BYTES", 0)


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Whatever a test has opened it closes: a thread left behind runs on into the tests that follow.

    One that was told to end may take a moment.
    """
    before = set(threading.enumerate())
    yield
    left = [
        each for each in threading.enumerate() if each not in before and each.name.startswith("gcanalytics")
    ]
    for each in left:
        each.join(DEADLINE_S)
    assert not [each for each in left if each.is_alive()]
