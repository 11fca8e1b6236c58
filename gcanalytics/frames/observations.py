"""Answers of a queue observations query as DataFrames: counts, and the single observations. No request, no
names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.frames.schema import DTYPES, INSTANT, TEXT

if TYPE_CHECKING:
    from gcanalytics.contract.answers import ObservationMetricData, QueueObservationQueryResponse

ROUTING_STATUSES = ("OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING")
"""The qualifiers of ``oUserRoutingStatuses`` (the SDK's enum), all of them, also those that count nobody."""

_KEYS = ("queueId", "mediaType", "metric", "qualifier")
_DETAIL_KINDS = {
    "observationDate": "instant",
    "conversationId": "text",
    "sessionId": "text",
    "userId": "text",
    "participantName": "text",
    "direction": "text",
    "routingPriority": "integer",
    "requestedRoutingSkillIds": "texts",
    "requestedLanguageId": "text",
    "requestedRoutings": "texts",
    "usedRouting": "text",
    "convertedFrom": "text",
    "convertedTo": "text",
    "addressFrom": "text",
    "addressTo": "text",
    "ani": "text",
    "dnis": "text",
    "teamId": "text",
}
_SCALARS = {"text": str, "integer": int, "instant": str}


def counts(answer: QueueObservationQueryResponse) -> pd.DataFrame:
    """One row per queue, medium, metric and qualifier, in the answer's order.

    Args:
        answer: the JSON object of the answer; ``results`` may be empty or absent.

    Returns:
        ``queueId``, ``mediaType`` (NA for metrics of agents), ``metric``, ``qualifier`` (text),
        ``presence`` (text: the system presence behind the qualifier of ``oUserPresences``, which is an
        organisation's own presence id), ``count`` (Int64), ``calculatedMetricValue`` (Int64 milliseconds,
        of ``oLongestWaiting``), ``truncated`` (boolean; True where the list of single observations is not
        whole; NA where none was asked for, or nobody is there).
    """
    presences = _presences(answer)
    rows = []
    for keys, entry in _entries(answer):
        found = entry.get("stats")
        stats: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
        truncated = entry.get("truncated")
        row: dict[str, Any] = dict(zip(_KEYS, keys, strict=True))
        row["presence"] = presences.get(row["qualifier"]) if row["metric"] == "oUserPresences" else None
        row |= {name: _whole(stats.get(name)) for name in ("count", "calculatedMetricValue")}
        rows.append(row | {"truncated": truncated if isinstance(truncated, bool) else None})
    return _counts_frame(rows)


def _counts_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    kinds = dict.fromkeys([*_KEYS, "presence"], TEXT)
    kinds |= dict.fromkeys(["count", "calculatedMetricValue"], DTYPES["integer"]) | {
        "truncated": DTYPES["flag"]
    }
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=dtype) for name, dtype in kinds.items()}
    )


def with_zeros(
    frame: pd.DataFrame,
    queue_ids: Sequence[str],
    *,
    media_types: Sequence[str] = (),
    media_metrics: Sequence[str] = (),
    user_metrics: Sequence[str] = (),
) -> pd.DataFrame:
    """The counts with a zero for everything asked for that the platform left out because it counts nothing.

    ``oUserRoutingStatuses`` gets all its qualifiers; ``oUserPresences``, whose qualifiers are the
    organisation's own, gets none. Sorted by queue as asked for, then medium, metric and qualifier.

    Args:
        frame: as `counts` gives it.
        queue_ids: the queues asked for.
        media_types: media that get zeros in every queue.
        media_metrics: metrics of conversations asked for.
        user_metrics: metrics of agents asked for.
    """
    there = {
        tuple(None if pd.isna(value) else value for value in key) for key in frame[list(_KEYS)].to_numpy()
    }
    wanted: list[tuple[str | None, ...]] = []
    for queue_id in queue_ids:
        wanted += [(queue_id, medium, metric, None) for medium in media_types for metric in media_metrics]
        for metric in user_metrics:
            if metric == "oUserRoutingStatuses":
                wanted += [(queue_id, None, metric, status) for status in ROUTING_STATUSES]
            elif metric != "oUserPresences":
                wanted.append((queue_id, None, metric, None))
    zeros = [dict(zip(_KEYS, key, strict=True)) | {"count": 0} for key in wanted if key not in there]
    # A metric that came with qualifiers although we know it without one needs no zero beside them.
    qualified = {key[:3] for key in there if key[3] is not None}
    zeros = [row for row in zeros if row["qualifier"] is not None or tuple(row.values())[:3] not in qualified]
    whole = pd.concat([frame, _counts_frame(zeros)], ignore_index=True) if zeros else frame
    rank = {queue_id: place for place, queue_id in enumerate(queue_ids)}
    order = whole.assign(_rank=whole["queueId"].map(rank).astype("float64"))
    keys = ["_rank", "queueId", "mediaType", "metric", "qualifier"]
    return order.sort_values(keys, ignore_index=True, kind="stable").drop(columns="_rank")


def details(answer: QueueObservationQueryResponse) -> pd.DataFrame:
    """One row per single observation: a conversation that waits, alerts or is talked to right now.

    Where ``truncated`` is True the platform listed only the oldest and the newest of them (the SDK's
    ``ObservationMetricData``).

    Returns:
        ``queueId``, ``mediaType``, ``metric``, ``qualifier``, ``truncated``, then the platform's own fields:
        ``observationDate`` (datetime64[ms, UTC], since when), ``conversationId``, ``sessionId``, ``userId``,
        ``participantName`` ... (text), ``routingPriority`` (Int64), lists as lists; ``extra_json`` with
        what else came.
    """
    rows = []
    for keys, entry in _entries(answer):
        for one in entry.get("observations") or []:
            if isinstance(one, Mapping):
                truncated = entry.get("truncated")
                row = dict(zip(_KEYS, keys, strict=True)) | _observation(one)
                rows.append(row | {"truncated": truncated if isinstance(truncated, bool) else None})
    made = {name: pd.Series([row[name] for row in rows], dtype=TEXT) for name in _KEYS}
    made["truncated"] = pd.Series([row["truncated"] for row in rows], dtype=DTYPES["flag"])
    for name, kind in _DETAIL_KINDS.items():
        values = [row.get(name) for row in rows]
        if kind == "instant":
            moments = pd.Series(values, dtype="object")
            made[name] = pd.to_datetime(moments, utc=True, errors="coerce", format="ISO8601").astype(INSTANT)
        else:
            made[name] = pd.Series(values, dtype=DTYPES[kind])
    made["extra_json"] = pd.Series([row["extra_json"] for row in rows], dtype=TEXT)
    return pd.DataFrame(made)


def _observation(fields: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in fields.items():
        kind = _DETAIL_KINDS.get(name)
        if value is None and kind:
            continue
        fits = isinstance(value, list if kind == "texts" else _SCALARS.get(kind or "", ()))
        if fits and not isinstance(value, bool):
            row[name] = value
        else:
            extra[name] = value
    return row | {"extra_json": json.dumps(extra) if extra else None}


def _entries(
    answer: QueueObservationQueryResponse,
) -> Iterator[tuple[tuple[str | None, ...], ObservationMetricData]]:
    for result in answer.get("results") or []:
        group = result.get("group") if isinstance(result, Mapping) else None
        if not isinstance(group, Mapping):
            continue
        for entry in result.get("data") or []:
            if isinstance(entry, Mapping):
                keys = (*(group.get(name) for name in _KEYS[:2]), *(entry.get(name) for name in _KEYS[2:]))
                yield tuple(value if isinstance(value, str) else None for value in keys), entry


def _presences(answer: QueueObservationQueryResponse) -> dict[str, str]:
    """The organisation's presence ids and the system presence of each."""
    mappings = answer.get("systemToOrganizationMappings")
    if not isinstance(mappings, Mapping):
        return {}
    return {own: system for system, ids in mappings.items() if isinstance(ids, list) for own in ids}


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value)
