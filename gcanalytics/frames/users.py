"""Answers of the queries about users as DataFrames: observed counts, stretches of statuses. No request, no
names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.frames.schema import DTYPES, INSTANT, TEXT

if TYPE_CHECKING:
    from gcanalytics.contract.answers import AnalyticsUserDetail, UserObservationQueryResponse

ROUTING_STATUS, PRIMARY_PRESENCE = "routingStatus", "primaryPresence"
_STATUS_FIELDS = {ROUTING_STATUS: "routingStatus", PRIMARY_PRESENCE: "systemPresence"}
"""List of a record's stretches to the field that tells their status."""
_TEXTS = ("userId", "kind", "status", "organizationPresenceId", "extra_json")
_INSTANTS = ("startTime", "endTime")


def observations(answer: UserObservationQueryResponse) -> pd.DataFrame:
    """One row per user, metric and qualifier, in the answer's order.

    Args:
        answer: the JSON object of the answer; ``results`` may be empty or absent.

    Returns:
        ``userId``, ``metric``, ``qualifier`` (text), ``count`` (Int64).
    """
    rows = []
    for result in answer.get("results") or []:
        group = result.get("group") if isinstance(result, Mapping) else None
        if not isinstance(group, Mapping):
            continue
        for entry in result.get("data") or []:
            if isinstance(entry, Mapping):
                stats = entry.get("stats")
                count = stats.get("count") if isinstance(stats, Mapping) else None
                whole = isinstance(count, int) and not isinstance(count, bool)
                rows.append(
                    {
                        "userId": _text(group.get("userId")),
                        "metric": _text(entry.get("metric")),
                        "qualifier": _text(entry.get("qualifier")),
                        "count": count if whole else None,
                    }
                )
    made = {
        name: pd.Series([row[name] for row in rows], dtype=TEXT) for name in ("userId", "metric", "qualifier")
    }
    return pd.DataFrame(made | {"count": pd.Series([row["count"] for row in rows], dtype=DTYPES["integer"])})


def stretches(records: Iterable[AnalyticsUserDetail]) -> pd.DataFrame:
    """One row per stretch of a user's routing status or presence, each once, as they came.

    A stretch that came twice keeps the copy with an end, or else the later one: it may have been read while
    it went on.

    Args:
        records: the ``userDetails`` of all pages.

    Returns:
        ``userId``, ``kind`` (``routingStatus`` or ``primaryPresence``, the platform's names of the two
        lists), ``status`` (the routing status, or the system presence, both UPPER CASE), ``startTime``,
        ``endTime`` (datetime64[ms, UTC]; no end: it went on), ``organizationPresenceId`` (text, of
        presences), ``extra_json`` (what else the platform sent, verbatim).
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in _rows(records):
        key = row["userId"], row["kind"], row["startTime"], row["status"]
        before = found.get(key)
        if before is None or before["endTime"] is None or row["endTime"] is not None:
            found[key] = row
    rows = list(found.values())
    made: dict[str, Any] = {name: pd.Series([row[name] for row in rows], dtype=TEXT) for name in _TEXTS}
    for name in _INSTANTS:
        texts = pd.Series([row[name] for row in rows], dtype="object")
        made[name] = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601").astype(INSTANT)
    order = ["userId", "kind", "status", *_INSTANTS, "organizationPresenceId", "extra_json"]
    return pd.DataFrame(made)[order]


def _rows(records: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for record in records:
        if not isinstance(record, Mapping):
            continue
        for kind, status_field in _STATUS_FIELDS.items():
            for entry in record.get(kind) or []:
                if isinstance(entry, Mapping):
                    yield _row(_text(record.get("userId")), kind, status_field, dict(entry))


def _row(user_id: str | None, kind: str, status_field: str, entry: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"userId": user_id, "kind": kind}
    sources = {
        "status": status_field,
        "startTime": "startTime",
        "endTime": "endTime",
        "organizationPresenceId": "organizationPresenceId",
    }
    for name, source in sources.items():
        value = entry.get(source)
        row[name] = value if isinstance(value, str) else None
        if value is None or isinstance(value, str):
            entry.pop(source, None)
    return row | {"extra_json": json.dumps(entry) if entry else None}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
