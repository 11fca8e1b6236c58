"""Any metrics by any dimensions, as the platform's aggregates give them: one row a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.api import aggregates as endpoint
from gcanalytics.api.intervals import Interval
from gcanalytics.api.query import aggregate_filter
from gcanalytics.api.vocabulary import check_names
from gcanalytics.errors import QueryError
from gcanalytics.frames import aggregates as frames
from gcanalytics.performance.tables import Values, granularity_of, media_types, queue_ids, with_names

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.directory import Directory


def conversation_aggregates(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    tz: str = "UTC",
    metrics: Values,
    group_by: Values = None,
    granularity: str | pd.Timedelta | None = None,
    queue: Values = None,
    media_type: Values = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002  the platform's own word
    strict: bool = True,
) -> pd.DataFrame:
    """Any metrics of conversations by any dimensions: one request, one row per group, bucket and metric.

    Args:
        rest: the connection.
        directory: names and ids of queues and users.
        interval: a day, a week, a pair of times ... (see ``Interval.parse``).
        tz: zone of bare dates and of the buckets.
        metrics: names of metrics, such as ``"nConnected"``.
        group_by: names of dimensions, such as ``"queueId"``; the platform adds ``mediaType``.
        granularity: width of the buckets, as an ISO duration (``"PT30M"``, ``"PT12H"``, ``"P1D"``) or as
            ``freq`` elsewhere; None for one bucket, the whole interval.
        queue: names or ids; None for all.
        media_type: ``"voice"``, ``"chat"`` ...; None for all.
        filter: more conditions in the platform's own form (``{"type": "and", "predicates": [...]}``), or a
            bare predicate (``{"dimension": "wrapUpCode", "value": "..."}``).
        strict: refuse metrics, dimensions and media that the contract does not have; False lets them through.

    Returns:
        See ``frames.aggregates.aggregates``, with ``start`` and ``end`` in ``tz``, and beside ``queueId``
        and ``userId`` the names, ``queue`` and ``agent``. Add only rows of equal ``missing_dims``;
        `gcanalytics.aggregates_wide` makes a column of each metric.

    Raises:
        QueryError: an argument cannot be read; before any request.
        UnknownName: there is no such metric, dimension, queue, medium or time zone.
        GenesysError: the platform refused or did not answer.
    """
    span = Interval.parse(interval, tz=tz)
    wanted = check_names("aggregate metric", metrics or (), strict=strict)
    if not wanted:
        raise QueryError("metrics= names none; name at least one, such as metrics=['nOffered']")
    dims = check_names("aggregate dimension", group_by or (), strict=strict)
    bucket = granularity_of(granularity, strict=strict)
    media = media_types(media_type, strict=strict)
    own = None if filter is None else aggregate_filter(filter, strict=strict)
    condition = endpoint.where({"queueId": queue_ids(directory, queue), "mediaType": media}, and_also=own)
    body = endpoint.body(
        span.iso(), wanted, group_by=dims, granularity=bucket, time_zone=tz if bucket else None,
        condition=condition,
    )  # fmt: skip
    table = frames.aggregates(endpoint.conversation_aggregates(rest, body), group_by=dims)
    for name in ("start", "end"):
        table[name] = table[name].dt.tz_convert(tz)
    if {"queueId", "userId"} & set(table.columns):
        table = with_names(table, directory.names())
    table.attrs = {"interval": span.iso(), "tz": tz}
    return table
