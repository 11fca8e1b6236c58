"""Fixtures of the pure tests."""

import pytest

from gcanalytics.frames.conversations import CHUNK_BYTES, Builder


@pytest.fixture(params=[1, CHUNK_BYTES], ids=["page by page", "pages together"])
def _each_chunk_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A builder makes columns of each page by itself, then of all together."""
    monkeypatch.setitem(Builder.__init__.__kwdefaults__ or {}, "chunk_bytes", request.param)
