"""Answers of an aggregates query as DataFrames: a tidy one, and a wide one. No request, no names, no adding
up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.errors import QueryError
from gcanalytics.frames.schema import DTYPES, INSTANT, TEXT

if TYPE_CHECKING:
    from gcanalytics.contract.answers import (
        ConversationAggregateDataContainer,
        ConversationAggregateQueryResponse,
    )

WHOLE = ("count", "countNegative", "countPositive", "p95", "p99", "calculatedMetricValue")
STATS = ("count", "sum", "min", "max", "ratio", "numerator", "denominator", "target", "current",
         "p95", "p99", "countNegative", "countPositive", "calculatedMetricValue")  # fmt: skip
ALWAYS_GROUPED = "mediaType"
"""The dimension that the platform adds to every group by itself (recorded answers)."""


def aggregates(
    answer: ConversationAggregateQueryResponse,
    *,
    group_by: Sequence[str] = (),
    always: Sequence[str] = (ALWAYS_GROUPED,),
) -> pd.DataFrame:
    """One row per group, interval, metric and qualifier (and per view), in the answer's order.

    Args:
        answer: the JSON object of the answer; ``results`` may be empty or absent.
        group_by: the dimensions that were asked for; they are columns also where no group has them.
        always: dimensions that the platform groups by unasked; none for queries about users.

    Returns:
        =====================  ====================  =======================================================
        column                 dtype                 meaning
        =====================  ====================  =======================================================
        the dimensions         text                  asked ones first, then ``mediaType``, then any other
        ``start``, ``end``     datetime64[ms, UTC]   ``interval``, half-open
        ``metric``             text                  name of the metric, or of the view
        ``qualifier``          text                  where the metric has one
        ``count`` ...          Int64                 of n* and t*; also ``p95``, ``p99``,
        ``calculatedMetricValue`` ``sum`` ...            Float64               of t* in milliseconds;
        ``numerator`` ... of oServiceLevel ``is_view``            bool                  whether ``metric``
        is the name of a view ``missing_dims``       list of text          asked dimensions that this row's
        group lacks ``extra_json``         text                  what else the platform sent, verbatim
        =====================  ====================  =======================================================

        A group that lacks a dimension holds what has none (or, on some organisations, a total on top): add
        only rows of equal ``missing_dims``. Nothing here is ever added up.
    """
    groups = [entry for entry in answer.get("results") or [] if isinstance(entry, Mapping)]
    asked = list(dict.fromkeys([*group_by, *always]))
    dims = _dims(groups, asked)
    rows = [row for entry in groups for row in _rows(entry, dims, asked=set(asked))]
    return _typed(rows, dims)


def _dims(groups: Sequence[ConversationAggregateDataContainer], asked: Sequence[str]) -> list[str]:
    seen = {name for entry in groups for name in _group(entry)}
    return [*asked, *sorted(seen - set(asked))]


def _group(entry: ConversationAggregateDataContainer) -> Mapping[str, Any]:
    group = entry.get("group")
    return group if isinstance(group, Mapping) else {}


def _rows(
    entry: ConversationAggregateDataContainer, dims: Sequence[str], *, asked: set[str]
) -> Iterator[dict[str, Any]]:
    group = _group(entry)
    keys = {name: _text(group.get(name)) for name in dims}
    missing = [name for name in dims if name in asked and keys[name] is None]
    for piece in [each for each in entry.get("data") or [] if isinstance(each, Mapping)]:
        start, _, end = str(piece.get("interval") or "").partition("/")
        common = keys | {"start": start or None, "end": end or None, "missing_dims": missing}
        for metric in piece.get("metrics") or []:
            yield common | _metric(metric, name="metric")
        for view in piece.get("views") or []:
            yield common | _metric(view, name="name") | {"is_view": True}


def _metric(entry: Any, *, name: str) -> dict[str, Any]:
    """One metric's name and stats; what is unknown or of a wrong type goes to ``extra_json``."""
    fields = dict(entry) if isinstance(entry, Mapping) else {"value": entry}
    found = fields.pop("stats", None)
    stats = dict(found) if isinstance(found, Mapping) else {}
    extra: dict[str, Any] = {} if isinstance(found, Mapping | None) else {"stats": found}
    row: dict[str, Any] = {"is_view": False, "metric": _text(fields.pop(name, None))}
    row["qualifier"] = _text(fields.pop("qualifier", None))
    for stat in STATS:
        if stat in stats and _fits(stats[stat], whole=stat in WHOLE):
            row[stat] = stats.pop(stat)
    extra |= fields | ({"stats": stats} if stats else {})
    return row | {"extra_json": json.dumps(extra) if extra else None}


def _fits(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not whole or value == int(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _typed(rows: list[dict[str, Any]], dims: Sequence[str]) -> pd.DataFrame:
    def column(name: str, dtype: Any) -> Any:
        return pd.Series([row.get(name) for row in rows], dtype=dtype)

    made = {name: column(name, TEXT) for name in dims}
    for name in ("start", "end"):
        texts = pd.Series([row.get(name) for row in rows], dtype="object")
        made[name] = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601").astype(INSTANT)
    made |= {name: column(name, TEXT) for name in ("metric", "qualifier")}
    made |= {name: column(name, DTYPES["integer" if name in WHOLE else "number"]) for name in STATS}
    made["is_view"] = column("is_view", DTYPES["yes"])
    made["missing_dims"] = column("missing_dims", "object")
    made["extra_json"] = column("extra_json", TEXT)
    return pd.DataFrame(made)


def aggregates_wide(tidy: pd.DataFrame) -> pd.DataFrame:
    """One row per group and interval, a column per metric and stat: ``nOffered``, ``tTalk_count``,
    ``tTalk_sum`` ...

    A metric that has only a count is called by its name alone; ``tUser[IDLE]`` is a metric's qualifier.
    What the platform did not send is NA: for a count that means zero, unless the row lacks a dimension.

    Args:
        tidy: as `aggregates` gives it.

    Returns:
        The dimensions, ``start``, ``end``, ``missing_dims``, then the stats (``Int64`` or ``Float64``),
        sorted by name.

    Raises:
        QueryError: the frame is another table's.
    """
    if not isinstance(tidy, pd.DataFrame) or not {"metric", "qualifier", "missing_dims", *STATS} <= {*tidy}:
        raise QueryError(
            "This is no table of aggregates, a row a metric.",
            hint="Give what gc.conversation_aggregates(...) or gc.user_aggregates(...) returned.",
        )
    keys = [*tidy.columns[: list(tidy.columns).index("metric")], "missing_dims"]
    sizes = {
        stat: {name for name, has in zip(tidy["metric"], tidy[stat].notna(), strict=True) if has}
        for stat in STATS
    }
    only_count = sizes["count"] - set().union(*(names for stat, names in sizes.items() if stat != "count"))
    order: dict[tuple[Any, ...], dict[str, Any]] = {}
    kinds: dict[str, str] = {}
    for row in tidy.to_dict("records"):
        key = tuple(tuple(row[name]) if name == "missing_dims" else _hashable(row[name]) for name in keys)
        cells = order.setdefault(key, {name: row[name] for name in keys})
        metric = row["metric"] if pd.isna(row["qualifier"]) else f"{row['metric']}[{row['qualifier']}]"
        for stat in STATS:
            if not pd.isna(row[stat]):
                name = metric if stat == "count" and row["metric"] in only_count else f"{metric}_{stat}"
                cells[name] = row[stat]
                kinds[name] = "integer" if stat in WHOLE else "number"
    made = {
        name: pd.Series([cells[name] for cells in order.values()], dtype=tidy[name].dtype) for name in keys
    }
    for name in sorted(kinds):
        made[name] = pd.Series([cells.get(name) for cells in order.values()], dtype=DTYPES[kinds[name]])
    return pd.DataFrame(made)


def _hashable(value: Any) -> Any:
    return None if pd.isna(value) else value
