"""The big numbers of the live view, and the order in which its conversations matter. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import get_args

from .pictures import Status
from .shapes import Row, Tiles, Wait

__all__ = ["EMAIL", "by_need", "taken", "urgency"]

EMAIL = "email"
_URGENT = ("voice", "video", "chat", "cobrowse", "screenshare", "callback", "message", "internalmessage")
_URGENCY = {media: place for place, media in enumerate(_URGENT)}
_LATER = len(_URGENT) + 1
_RANK: Mapping[Status, int] = {
    "waiting": 0,
    "alerting": 1,
    "on hold": 2,
    "interacting": 2,
    "parked": 4,
    "wrap-up": 5,
    "scheduled": 6,
    "ended": 7,
}
_WAITING_MAIL = 3


def urgency(media: str | None) -> int:
    """The place of a medium by how soon its customers want an answer: calls first, e-mails last."""
    return _LATER if media == EMAIL else _URGENCY.get(media or "", len(_URGENT))


def by_need(rows: Iterable[Row]) -> list[Row]:
    """Who waits, who is alerted, who talks; e-mails that wait behind them, and then what is at rest.

    Of one status by medium, the longest first. E-mails wait for days, and would hide everybody else.
    """

    def need(row: Row) -> tuple[int, int, int, str]:
        mail = row.status == "waiting" and row.media == EMAIL
        rank = _WAITING_MAIL if mail else _RANK[row.status]
        return rank, urgency(row.media), row.standing.since_ms or 0, row.id

    return sorted(rows, key=need)


def taken(
    rows: Collection[Row],
    *,
    counts: Mapping[tuple[str, str, str], int],
    truncated: Collection[tuple[str, str, str]],
    agents: Mapping[str, int] | None,
    now_ms: int,
) -> Tiles:
    """The big numbers: of the conversations, or the platform's where it listed not all of them.

    Args:
        rows: the conversations that go on.
        counts: (queue id, media type, metric) to the platform's own count.
        truncated: of which of them not all conversations were listed.
        agents: routing status to number of agents; None where it cannot be known.
        now_ms: the platform's time.
    """
    count: dict[Status, int] = dict.fromkeys(get_args(Status), 0)
    waits: dict[tuple[str | None, str | None], tuple[int, int | None]] = {}
    for row in rows:
        count[row.status] += 1
        if row.status == "waiting":
            since, key = row.standing.since_ms, (row.media, row.standing.queue_id)
            number, oldest = waits.get(key, (0, None))
            known = [at for at in (since, oldest) if at is not None]
            waits[key] = number + 1, min(known, default=None)
    for queue_id, media, metric in truncated:
        if metric == "oWaiting":
            number, oldest = waits.get((media, queue_id), (0, None))
            waits[media, queue_id] = max(number, counts.get((queue_id, media, metric), 0)), oldest

    def at_least(metric: str, listed: int) -> int:
        if any(name == metric for _, _, name in truncated):
            return max(listed, sum(number for (_, _, name), number in counts.items() if name == metric))
        return listed

    return Tiles(
        sum(number for number, _ in waits.values()),
        at_least("oAlerting", count["alerting"]),
        at_least("oInteracting", count["interacting"] + count["on hold"]),
        count["wrap-up"],
        tuple(
            Wait(media, queue_id, number, None if oldest is None else max(0.0, (now_ms - oldest) / 1000))
            for (media, queue_id), (number, oldest) in sorted(waits.items(), key=lambda each: _place(each[0]))
            if number
        ),
        agents,
        bool(truncated),
    )


def _place(key: tuple[str | None, str | None]) -> tuple[int, str, str]:
    media, queue_id = key
    return urgency(media), media or "", queue_id or ""
