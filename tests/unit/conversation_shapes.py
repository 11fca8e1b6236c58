"""Conversations made by hand, in the shapes of recorded ones; times are seconds after midnight UTC."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gcanalytics.frames.computed_tables import ComputedTables
from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.names import Names
from gcanalytics.frames.tables import to_frame

DAY = 1_763_337_600_000  # 2025-11-17T00:00:00Z


def at(seconds: float) -> str:
    stamp = pd.Timestamp(DAY + round(seconds * 1000), unit="ms").isoformat(timespec="milliseconds")
    return f"{stamp}Z"


def when(seconds: float) -> pd.Timestamp:
    return pd.Timestamp(at(seconds))


def segment(kind: str, start: float, end: float | None = None, **fields: Any) -> dict[str, Any]:
    made = {"segmentType": kind, "segmentStart": at(start), **fields}
    return made if end is None else {**made, "segmentEnd": at(end)}


def metric(name: str, seconds_or_count: float, emitted: float) -> dict[str, Any]:
    value = seconds_or_count * 1000 if name.startswith("t") else seconds_or_count
    return {"name": name, "value": round(value), "emitDate": at(emitted)}


def part(
    purpose: str, segments: list[dict[str, Any]], metrics: list[dict[str, Any]] | None = None, *,
    user: str | None = None, media: str = "voice", direction: str = "inbound", **fields: Any,
) -> dict[str, Any]:  # fmt: skip
    session = {
        "mediaType": media,
        "direction": direction,
        "segments": segments,
        "metrics": metrics or [],
        **fields,
    }
    made: dict[str, Any] = {"purpose": purpose, "sessions": [session]}
    return {**made, "userId": user} if user else made


def customer(start: float, end: float | None, queue: str | None = "q1", **fields: Any) -> dict[str, Any]:
    return part(
        "customer",
        [segment("interact", start, end, queueId=queue)],
        [metric("nConnected", 1, start)],
        **fields,
    )


def acd(
    start: float,
    end: float | None,
    outcome: str | None = None,
    queue: str = "q1",
    how: str = "transfer",
    **fields: Any,
) -> dict[str, Any]:
    """An offer; ``outcome`` is the metric that came with its end."""
    metrics = [metric("nOffered", 1, start)]
    if end is not None:
        metrics.append(metric("tAcd", end - start, end))
        metrics += [metric(outcome, end - start, end)] if outcome else []
    ending = {"disconnectType": how} if end is not None else {}
    segments = [
        segment("delay", start - 0.01, start, queueId=queue),
        segment("interact", start, end, queueId=queue, **ending),
    ]
    return part("acd", segments, metrics, **fields)


def bounced(user: str, start: float, end: float, queue: str = "q1", **fields: Any) -> dict[str, Any]:
    metrics = [metric(name, end - start, end) for name in ("tAlert", "tNotResponding")]
    return part(
        "agent",
        [segment("alert", start, end, queueId=queue, disconnectType="client")],
        metrics,
        user=user,
        **fields,
    )


def agent(
    user: str, alert: float, answer: float, end: float, wrapped: float | None = None, *,
    offered: float | None = None, queue: str | None = "q1", how: str = "peer", code: str = "w1",
    more: list[dict[str, Any]] | None = None, **fields: Any,
) -> dict[str, Any]:  # fmt: skip
    """An agent who answers; ``offered`` is when the offer began, None where there was none."""
    where = {"queueId": queue} if queue else {}
    segments = [
        segment("alert", alert, answer, **where),
        segment("interact", answer, end, disconnectType=how, **where),
    ]
    metrics = [metric("tAlert", answer - alert, answer)]
    if offered is not None:
        metrics.append(metric("tAnswered", answer - offered, answer))
    metrics += [metric("tTalk", end - answer, end), metric("tTalkComplete", end - answer, end)]
    if wrapped is not None:
        segments.append(segment("wrapup", end, wrapped, wrapUpCode=code, disconnectType="client", **where))
        metrics += [metric("tAcw", wrapped - end, wrapped), metric("tHandle", wrapped - answer, wrapped)]
    return part("agent", segments, metrics + (more or []), user=user, **fields)


def conversation(*participants: dict[str, Any], number: int = 0, end: float | None = 1000) -> dict[str, Any]:
    made = {
        "conversationId": f"c{number}",
        "conversationStart": at(0),
        "originatingDirection": "inbound",
        "divisionIds": ["d"],
    }
    ended = {} if end is None else {"conversationEnd": at(end)}
    return {**made, **ended, "participants": [*participants]}


NAMES = Names(
    queues={"q1": "Support", "q2": "Billing"},
    users={"u1": "Ann", "u2": "Bob"},
    wrapup_codes={"w1": "Done"},
    service_levels={("q1", "voice"): (0.8, 20.0)},
)


class Computed:
    """The four computed tables of some conversations, as DataFrames."""

    def __init__(self, *conversations: Any, names: Names = NAMES, **options: Any) -> None:
        builder = Builder()
        builder.add({"conversations": [*conversations]})
        self.tables = builder.build(names=names, **options)
        made = ComputedTables(self.tables)
        self.legs = to_frame(made.legs, "legs")
        self.handlings = to_frame(made.handlings, "handlings")
        self.transfers = to_frame(made.transfers, "transfers")
        self.interactions = to_frame(made.interactions, "interactions")


def row(frame: pd.DataFrame, *columns: str, place: int = 0) -> list[Any]:
    return [
        None if value is pd.NaT or value is pd.NA or value != value else value
        for value in frame[[*columns]].iloc[place]
    ]
