"""The cyclic garbage collector, held off while pages are decoded and tables assembled.

A page makes tens of thousands of short-lived lists and no cycles, and every few hundred of them would set off
a walk over all objects of the process: that doubled the time of a pull.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_holders = 0
_was_on = False


@contextmanager
def held() -> Iterator[None]:
    """Hold the collector off; it is on again when the last holder leaves, if it was on for the first."""
    global _holders, _was_on
    with _lock:
        if not _holders:
            _was_on = gc.isenabled()
            gc.disable()
        _holders += 1
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if not _holders and _was_on:
                gc.enable()
