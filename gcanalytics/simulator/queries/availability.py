"""Up to when the data of asynchronous jobs is guaranteed to be there; the query knows no such limit."""

from __future__ import annotations

from typing import Final

STEP_MS: Final = 60 * 60_000
"""The date moves on in steps of an hour (inferred; no source tells)."""


def available_ms(now_ms: int, lag_s: float) -> int:
    """The platform's ``dataAvailabilityDate`` at ``now_ms``, both milliseconds since the epoch, UTC.

    Args:
        now_ms: business time.
        lag_s: setting ``job_lag_s``.
    """
    before_ms = now_ms - round(lag_s * 1000)
    return before_ms - before_ms % STEP_MS
