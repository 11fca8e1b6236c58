"""One session of a participant as event pictures tell it: a call, a chat, a message, an e-mail, a callback.

Merging only ever adds: instants that are set stay set, states go forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from .bodies import SessionBody

__all__ = ["CONNECTED", "Talk", "earlier", "later", "milliseconds", "said"]

_PROGRESS = {
    "none": 0,
    "scheduled": 0,
    "dialing": 1,
    "contacting": 1,
    "offering": 1,
    "alerting": 2,
    "disconnected": 4,
    "terminated": 5,
}
CONNECTED = 3
_NO_MORE_WORK = {"complete", "skipped", "notApplicable"}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def milliseconds(value: object) -> int | None:
    """Milliseconds since the epoch of an ISO-8601 text (zone-less is UTC); None for anything else."""
    return _parsed(value) if isinstance(value, str) else None


def said(value: object) -> str | None:
    """A text that says something; None for anything else."""
    return value if isinstance(value, str) and value else None


def earlier(a: int | None, b: int | None) -> int | None:
    """The earlier of two instants that may be unknown."""
    return b if a is None else a if b is None else min(a, b)


def later(a: int | None, b: int | None) -> int | None:
    """The later of two instants that may be unknown."""
    return b if a is None else a if b is None else max(a, b)


@dataclass(slots=True)
class Talk:
    """One medium's session of a participant (a call, a chat ...). Instants are milliseconds, UTC."""

    media: str
    progress: int = 0
    connected_ms: int | None = None
    disconnected_ms: int | None = None
    hold_ms: int | None = None
    hold_over_ms: int = -1
    held: bool = False
    parked_ms: int | None = None
    resumed_ms: int | None = None
    acw_start_ms: int | None = None
    acw_end_ms: int | None = None
    acw_pending: bool = False
    direction: str | None = None

    def merge(self, body: SessionBody) -> None:
        """Add what one picture says."""
        state = body.state
        if isinstance(state, str) and (progress := _PROGRESS.get(state, CONNECTED)) > self.progress:
            self.progress = progress
        if (at := body.connected_time) is not None:
            self.connected_ms = earlier(self.connected_ms, milliseconds(at))
        if (at := body.disconnected_time) is not None:
            self.disconnected_ms = later(self.disconnected_ms, milliseconds(at))
        if self.direction is None:
            self.direction = said(body.direction)
        held, start = body.held is True, body.start_hold_time
        if held or start is not None or self.hold_ms is not None or self.held:
            self._merge_hold(held, milliseconds(start))
        if (at := body.park_time) is not None:
            self.parked_ms = later(self.parked_ms, milliseconds(at))
        if (at := body.resume_time) is not None:
            self.resumed_ms = later(self.resumed_ms, milliseconds(at))
        acw = body.after_call_work
        if acw and isinstance(acw, dict):
            self.acw_start_ms = earlier(self.acw_start_ms, milliseconds(acw.get("startTime")))
            self.acw_end_ms = later(self.acw_end_ms, milliseconds(acw.get("endTime")))
            self.acw_pending = self.acw_pending or acw.get("state") == "pending"
            if said(acw.get("state")) in _NO_MORE_WORK and self.acw_end_ms is None:
                self.acw_end_ms = self.acw_start_ms or self.disconnected_ms or 0

    @property
    def latest_ms(self) -> int:
        """The latest instant that it names; 0 where it names none."""
        return max(
            self.connected_ms or 0,
            self.disconnected_ms or 0,
            self.hold_ms or 0,
            self.parked_ms or 0,
            self.resumed_ms or 0,
            self.acw_start_ms or 0,
            self.acw_end_ms or 0,
        )

    @property
    def parked(self) -> bool:
        """Whether it is put aside until the customer writes again."""
        return self.parked_ms is not None and self.parked_ms > (self.resumed_ms or 0)

    def _merge_hold(self, held: bool, start_ms: int | None) -> None:
        """A hold goes on and off; its start tells a new hold from an old picture that came once more."""
        if held:
            if start_ms is None:
                self.held = True
            elif start_ms > self.hold_over_ms:
                self.hold_ms = later(self.hold_ms, start_ms)
                self.held = True
            return
        over = start_ms if start_ms is not None else self.hold_ms
        if over is not None:
            self.hold_over_ms = max(self.hold_over_ms, over)
        if self.hold_ms is None or self.hold_ms <= self.hold_over_ms:
            self.held = False

    @property
    def over(self) -> bool:
        """Whether it was disconnected."""
        return self.disconnected_ms is not None or self.progress > CONNECTED
