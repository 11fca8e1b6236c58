"""How queues did: the columns of the web interface's Queue Performance view, from one request.

What is computed here are quotients of one row's own numbers; nothing is added up over rows.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.api import aggregates as endpoint
from gcanalytics.api.intervals import Interval
from gcanalytics.frames import aggregates as frames
from gcanalytics.frames.names import Names
from gcanalytics.frames.schema import TEXT
from gcanalytics.measures.buckets import Freq
from gcanalytics.measures.tally import ratio
from gcanalytics.performance.tables import Values, media_types, queue_ids, with_all_buckets

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.directory import Directory

QUEUE_METRICS = (
    "nOffered", "tAnswered", "tAbandon", "tShortAbandon", "tFlowOut", "nOverSla", "oServiceLevel", "tWait",
    "tHandle", "tTalkComplete", "tHeldComplete", "tAcw", "tNotResponding", "nOutbound",
    "nTransferred", "nBlindTransferred", "nConsult", "nConsultTransferred",
)  # fmt: skip
"""The metrics behind `queue_performance`."""

_COUNTS = {
    "Offered": "nOffered",
    "Answer": "tAnswered",
    "Abandon": "tAbandon",
    "Short Abandon": "tShortAbandon",
    "Flow-Out": "tFlowOut",
    "Over SLA": "nOverSla",
    "Handle": "tHandle",
    "Hold": "tHeldComplete",
    "ACW": "tAcw",
    "Alert - No Answer": "tNotResponding",
    "Outbound": "nOutbound",
    "Transfer": "nTransferred",
    "Blind Transfer": "nBlindTransferred",
    "Consult": "nConsult",
    "Consult Transfer": "nConsultTransferred",
}
_AVERAGES = {
    "ASA": "tAnswered",
    "Avg Abandon": "tAbandon",
    "Avg Wait": "tWait",
    "Avg Handle": "tHandle",
    "Avg Talk": "tTalkComplete",
    "Avg Hold": "tHeldComplete",
    "Avg ACW": "tAcw",
}
_SHARES = {
    "Answer %": ("Answer", "Offered"),
    "Abandon %": ("Abandon", "Offered"),
    "Flow-Out %": ("Flow-Out", "Offered"),
    "Transfer %": ("Transfer", "Answer"),
}
_UNTOLD = ("Answer", "Abandon", "Short Abandon", "Over SLA", "SL Numerator", "SL Denominator")
"""Of callbacks the platform tells how many were offered, and not what became of them: an answer of a live
organisation (pull request 8 of laggyzee/genesys-mcp) has neither tAnswered nor tAbandon."""
_SERVICE_LEVEL = {"numerator": "SL Numerator", "denominator": "SL Denominator"}
_ORDER = (
    "Offered", "Answer", "Answer %", "Abandon", "Abandon %", "Short Abandon", "Flow-Out", "Flow-Out %",
    "Service Level %", "Service Level Target %", "Over SLA", "ASA", "Avg Wait", "Avg Abandon",
    "Handle", "Avg Handle", "Avg Talk", "Hold", "Avg Hold", "ACW", "Avg ACW", "Alert - No Answer",
    "Outbound", "Transfer", "Transfer %", "Blind Transfer", "Consult", "Consult Transfer",
    "SL Numerator", "SL Denominator",
)  # fmt: skip


def queue_performance(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    tz: str = "UTC",
    queue: Values = None,
    media_type: Values = None,
    freq: str | pd.Timedelta | None = None,
    now: dt.datetime | None = None,
) -> pd.DataFrame:
    """The columns of the web interface's Queue Performance view, under their names there, from one request.

    A row per queue and medium (and bucket): the platform always splits by medium, and a percentage of two
    media is a query of its own. Each number stands in the bucket of its emit time.

    Of callbacks the platform gives neither answers nor abandons: these columns, and what is made of them,
    are NA there, not zero (unless it does give some). ``gcanalytics.measures.volume`` of a pull tells what
    became of callbacks. ``Outbound`` counts calls that agents made on the queue's behalf, those for
    callbacks among them; a call of their own is handled without an offer, so ``Handle`` can exceed
    ``Answer``.

    Args:
        rest: the connection.
        directory: names and ids of queues.
        interval: a day, a week, a pair of times ... (see ``Interval.parse``).
        tz: zone of bare dates and of the buckets.
        queue: names or ids; None for all queues that have a number.
        media_type: ``"voice"``, ``"chat"`` ...; None for all.
        freq: width of the buckets (``"30min"``, ``"h"``, ``"D"``, ...); None for the whole interval.
        now: the present; what has not ended by then is not complete, what has not begun has no row.

    Returns:
        ``Queue``, ``Media Type``, with ``freq`` also ``start`` and ``end`` (in ``tz``) and ``complete``,
        then counts (Int64: ``Offered``, ``Answer`` = tAnswered, ``Abandon``, ``Flow-Out``, ``Over SLA``,
        ``Handle``, ``Hold``, ``ACW``, ``Outbound``, ``Transfer`` ...), averages in seconds (Float64: ``ASA``,
        ``Avg Wait``, ``Avg Handle``, ``Avg Talk``, ``Avg Hold``, ``Avg ACW``, each over its own count) and
        percentages from 0 to 100 (Float64: ``Answer %`` and ``Abandon %`` of offered, ``Transfer %`` of
        answered, ``Service Level %`` from oServiceLevel's numerator and denominator, which come last). NA
        where there is nothing to divide by. ``queueId`` is the last column. Sorted by queue, medium,
        ``start``. ``attrs``: ``interval``, ``tz``, ``complete`` (whether the interval was over),
        ``without_queue`` (rows of the answer that name no queue, left out).

    Raises:
        QueryError: an argument cannot be read; before any request.
        UnknownName: there is no such queue, medium or time zone.
        GenesysError: the platform refused or did not answer.
    """
    moment = now or dt.datetime.now(dt.UTC)
    span = Interval.parse(interval, tz=tz, now=moment)
    width = None if freq is None else Freq.parse(freq)
    media = media_types(media_type)
    condition = endpoint.where({"queueId": queue_ids(directory, queue), "mediaType": media})
    body = endpoint.body(
        span.iso(),
        QUEUE_METRICS,
        group_by=["queueId"],
        granularity=width.iso if width else None,
        time_zone=tz if width else None,
        condition=condition,
    )
    tidy = frames.aggregates(endpoint.conversation_aggregates(rest, body), group_by=["queueId"])
    # A group without the queue holds what happened before any queue, or a total on top: no queue's number.
    named = tidy[tidy["queueId"].notna()]
    table = _numbers(frames.aggregates_wide(named), directory.names())
    told = _tells_of_callbacks(table)
    if width:
        keys, counted = ["Queue", "queueId", "Media Type"], [*_COUNTS, *_SERVICE_LEVEL.values()]
        table = with_all_buckets(table, span, width, tz, moment, keys=keys, counted=counted)
        table["complete"] = table["end"] <= moment
    if not told:
        table.loc[table["Media Type"] == "callback", list(_UNTOLD)] = pd.NA
    table = _ordered(_with_shares(table), with_time=width is not None, tz=tz)
    table.attrs = {
        "interval": span.iso(),
        "tz": tz,
        "complete": span.end <= moment,
        "without_queue": len(tidy) - len(named),
    }
    return table


def _numbers(numbers: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The wide answer under the interface's names: counts, and averages over their own count."""

    def stat(metric: str, name: str) -> Any:
        column = numbers.get(f"{metric}_{name}", numbers.get(metric) if name == "count" else None)
        if column is None:
            column = pd.Series(0, index=numbers.index)
        return column.astype("Float64").fillna(0.0)

    made: dict[str, Any] = {
        "Queue": numbers["queueId"].map(lambda one: names.queues.get(one, one)).astype(TEXT),
        "Media Type": numbers["mediaType"],
        "start": numbers["start"],
        "end": numbers["end"],
    }
    made |= {title: stat(metric, "count").astype("Int64") for title, metric in _COUNTS.items()}
    for title, metric in _AVERAGES.items():
        made[title] = ratio(stat(metric, "sum") / 1000, stat(metric, "count"))
    for part, title in _SERVICE_LEVEL.items():
        made[title] = stat("oServiceLevel", part).astype("Int64")
    target = numbers.get("oServiceLevel_target", pd.Series(pd.NA, index=numbers.index))
    made["Service Level Target %"] = target.astype("Float64") * 100
    made["queueId"] = numbers["queueId"]
    return pd.DataFrame(made)


def _tells_of_callbacks(table: pd.DataFrame) -> bool:
    """Whether the platform says of any callback what became of it."""
    callbacks = table[table["Media Type"] == "callback"]
    return bool(callbacks[["Answer", "Abandon"]].to_numpy().any())


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """The table with percentages of one row's own counts."""
    shares = {"Service Level %": ("SL Numerator", "SL Denominator"), **_SHARES}
    return table.assign(
        **{title: ratio(table[part], table[whole]) * 100 for title, (part, whole) in shares.items()}
    )


def _ordered(table: pd.DataFrame, *, with_time: bool, tz: str) -> pd.DataFrame:
    table = table.sort_values(["Queue", "queueId", "Media Type", "start"], ignore_index=True, kind="stable")
    time = ["start", "end"] if with_time else []
    for name in time:
        table[name] = table[name].dt.tz_convert(tz)
    flags = ["complete"] if with_time else []
    return table[["Queue", "Media Type", *time, *flags, *_ORDER, "queueId"]]
