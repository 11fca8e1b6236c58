"""Rows of legs and handlings made by hand, for the tests of measures."""

import itertools
from typing import Any

import pandas as pd

from gcanalytics.frames import schema

DAY = "2026-11-16"


def at(clock: str | None) -> Any:
    return pd.NaT if clock is None else pd.Timestamp(clock if "-" in clock else f"{DAY}T{clock}", tz="UTC")


def frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    empty = schema.empty_frame(table)
    made = {}
    for name, dtype in empty.dtypes.items():
        values = [row.get(str(name)) for row in rows]
        if str(dtype) == "bool":
            values = [row.get(str(name), True) for row in rows]
        elif str(dtype) == "int64":
            values = [row.get(str(name), 0) for row in rows]
        made[name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(made)


_NUMBERS = itertools.count()


def leg(
    offered: str | None,
    outcome: str,
    wait_s: float | None,
    *,
    queue: str = "Support",
    **more: Any,
) -> dict[str, Any]:
    begin = at(offered)
    end = begin + pd.Timedelta(seconds=wait_s) if wait_s is not None else pd.NaT
    row = {
        "conversationId": f"c-{next(_NUMBERS)}",
        "queue": queue,
        "queueId": queue.lower(),
        "mediaType": "voice",
        "offered_at": begin,
        "ended_at": end,
        "answered_at": end if outcome == "answered" else pd.NaT,
        "wait_s": float("nan") if wait_s is None else wait_s,
        "outcome": outcome,
        "sl_target_s": 20.0,
        "sl_target": 0.8,
    }
    return row | more


def legs(*rows: dict[str, Any], **attrs: Any) -> pd.DataFrame:
    made = frame("legs", list(rows))
    made.attrs.update(attrs)
    return made


def handling(handled: str | None, talk: float, hold: float, acw: float, **more: Any) -> dict[str, Any]:
    total = talk + hold + acw
    row = {
        "conversationId": "c",
        "queue": "Support",
        "queueId": "support",
        "mediaType": "voice",
        "agent": "Ann",
        "userId": "ann",
        "result": "answered",
        "transfer": "none",
        "handled_at": at(handled),
        "ended_at": at(handled),
        "talk_s": talk,
        "hold_s": hold,
        "acw_s": acw,
        "handle_s": total if handled else None,
    }
    return row | more


WORKED = [
    leg("10:00:00", "answered", 10.0, divisionIds=["a", "b"]),
    leg("10:29:55", "answered", 20.0),  # answered in the next half hour, exactly at the target
    leg("10:31:00", "answered", 20.001),  # a millisecond too late
    leg("10:40:00", "abandoned", 30.0),
    leg("10:41:00", "abandoned", 3.0, short_abandon=True),
    leg("10:42:00", "flow_out", 60.0),
    leg("10:59:00", "open", None),
    leg("10:05:00", "answered", 40.0, queue="Billing", sl_target_s=60.0, sl_target=0.9),
    leg("10:06:00", "answered", 5.0, queue="Elsewhere", in_scope=False),
]
