"""Rows of legs made by hand for the tests of charts, and what a chart says."""

from typing import Any

import pandas as pd

from gcanalytics.frames import schema

DAY = "2026-11-16"
FACTS = {"interval": f"{DAY}T10:00:00Z/{DAY}T12:00:00Z", "pad_s": 0.0, "tz": "Europe/Warsaw"}


def at(clock: str | None) -> Any:
    return pd.NaT if clock is None else pd.Timestamp(f"{DAY}T{clock}", tz="UTC")


def frame(table: str, rows: list[dict[str, Any]], **attrs: Any) -> pd.DataFrame:
    defaults = {"bool": True, "int64": 0}
    made = {
        name: pd.Series([row.get(str(name), defaults.get(str(dtype))) for row in rows], dtype=dtype)
        for name, dtype in schema.empty_frame(table).dtypes.items()
    }
    result = pd.DataFrame(made)
    result.attrs.update(attrs)
    return result


def leg(number: int, offered: str, outcome: str, wait_s: float | None, **more: Any) -> dict[str, Any]:
    end = at(offered) + pd.Timedelta(seconds=wait_s) if wait_s is not None else pd.NaT
    return {
        "conversationId": f"c{number}", "queue": "Support", "queueId": "q", "mediaType": "voice",
        "offered_at": at(offered), "ended_at": end, "answered_at": end if outcome == "answered" else pd.NaT,
        "wait_s": wait_s, "outcome": outcome, "sl_target_s": 20.0, "sl_target": 0.8,
    } | more  # fmt: skip


LEGS = frame(
    "legs",
    [
        leg(1, "10:05", "answered", 10.0),
        leg(2, "10:10", "answered", 600.0),
        leg(3, "10:40", "abandoned", 35.0),
        leg(4, "11:10", "answered", 5.0),
        leg(5, "11:20", "flow_out", 60.0),
        leg(6, "11:50", "answered", 15.0),
        leg(7, "11:55", "answered", 1.0, queue="Billing", queueId="b", in_scope=False),
    ],
    **FACTS,
)


def said(ax: Any) -> str:
    """Title, subtitle and notes of a chart."""
    return "\n".join([ax.get_title(loc="left"), *(text.get_text() for text in ax.texts)])


def legend(ax: Any) -> list[str]:
    found = ax.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]
