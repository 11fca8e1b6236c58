"""How agents did: the columns of the web interface's Agent Performance and Agent Status views.

Numbers of interactions come from conversation aggregates grouped by agent, times in statuses from the users'
aggregates. Counts and sums of an agent's media are added up; every average and percentage is a quotient of
its own row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.api import aggregates as endpoint
from gcanalytics.api import users
from gcanalytics.api.intervals import Interval
from gcanalytics.frames import aggregates as frames
from gcanalytics.frames.schema import DTYPES, INSTANT, TEXT
from gcanalytics.measures.buckets import Freq
from gcanalytics.measures.tally import ratio
from gcanalytics.performance.tables import Values, called, media_types, queue_ids, user_ids, with_all_buckets

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.directory import Directory

AGENT_METRICS = (
    "tAnswered", "tAlert", "tNotResponding", "nAgentDeclined", "tHandle", "tTalkComplete", "tHeldComplete",
    "tAcw", "nOutbound", "nTransferred", "nBlindTransferred", "nConsult", "nConsultTransferred",
)  # fmt: skip
"""The metrics of conversations behind `agent_performance`."""

_COUNTS = {
    "Answer": "tAnswered",
    "Handle": "tHandle",
    "Hold": "tHeldComplete",
    "ACW": "tAcw",
    "Alert": "tAlert",
    "Alert - No Answer": "tNotResponding",
    "Declined": "nAgentDeclined",
    "Outbound": "nOutbound",
    "Transfer": "nTransferred",
    "Blind Transfer": "nBlindTransferred",
    "Consult": "nConsult",
    "Consult Transfer": "nConsultTransferred",
}
_TOTALS = {
    "Total Handle": "tHandle",
    "Total Talk": "tTalkComplete",
    "Total Hold": "tHeldComplete",
    "Total ACW": "tAcw",
}
_AVERAGES = {
    "ASA": "tAnswered",
    "Avg Handle": "tHandle",
    "Avg Talk": "tTalkComplete",
    "Avg Hold": "tHeldComplete",
    "Avg ACW": "tAcw",
    "Avg Alert": "tAlert",
}
_SHARES = {
    "Alert - No Answer %": ("Alert - No Answer", "Alert"),
    "Transfer %": ("Transfer", "Answer"),
}
_ROUTING = {
    "Interacting": "INTERACTING",
    "Idle": "IDLE",
    "Not Responding": "NOT_RESPONDING",
    "Communicating": "COMMUNICATING",
}
_PRESENCES = {
    "On Queue": "ON_QUEUE",
    "Available": "AVAILABLE",
    "Busy": "BUSY",
    "Away": "AWAY",
    "Break": "BREAK",
    "Meal": "MEAL",
    "Meeting": "MEETING",
    "Training": "TRAINING",
    "System Away": "IDLE",
}
_ORDER = (
    "Answer", "ASA", "Handle", "Avg Handle", "Avg Talk", "Hold", "Avg Hold", "ACW", "Avg ACW",
    "Total Handle", "Total Talk", "Total Hold", "Total ACW",
    "Alert", "Avg Alert", "Alert - No Answer", "Alert - No Answer %", "Declined", "Outbound",
    "Transfer", "Transfer %", "Blind Transfer", "Consult", "Consult Transfer",
    "Logged In", "On Queue", "Off Queue", "Interacting", "Idle", "Not Responding", "Communicating",
    "Occupancy %", "Available", "Busy", "Away", "Break", "Meal", "Meeting", "Training", "System Away",
)  # fmt: skip
_STATUSES = ("Logged In", "Off Queue", *_PRESENCES, *_ROUTING)
_PARTS = {f"{metric} {part}" for metric in _AVERAGES.values() for part in ("count", "sum")}

_MEDIA = "Media Type"
_CALLBACKS, _OTHERS, _TOLD = "of callbacks", "of other media", "answers of callbacks told"
"""Marks of a cell: what its numbers are of."""
_UNTOLD = "untold"
"""Marks rows of callbacks alone, of which the platform tells no answers."""

Key = tuple[str, str, pd.Timestamp, pd.Timestamp]
Cells = dict[Key, dict[str, float]]
"""Agent, medium (empty for all), start and end: sums by ``metric count``, ``metric sum`` or
``metric[qualifier] sum``, and marks."""


@dataclass(frozen=True)
class _Asked:
    """What all queries share: an interval, its buckets and their zone; and whether media stand apart."""

    span: Interval
    width: Freq | None
    tz: str
    by_media: bool

    @property
    def keys(self) -> list[str]:
        """Columns that tell the rows of a bucket apart."""
        return ["userId", _MEDIA] if self.by_media else ["userId"]

    @property
    def options(self) -> dict[str, Any]:
        """Options of a query's body."""
        return {"granularity": self.width.iso, "time_zone": self.tz} if self.width else {}


def agent_performance(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    tz: str = "UTC",
    queue: Values = None,
    user: Values = None,
    media_type: Values = None,
    freq: str | pd.Timedelta | None = None,
    by_media: bool = False,
    now: dt.datetime | None = None,
) -> pd.DataFrame:
    """The columns of the web interface's Agent Performance and Agent Status views, under their names there.

    A row per agent (and bucket): two requests for each hundred agents or so. Numbers of interactions stand
    in the bucket of their emit time, times in a status in each bucket with the time that it had there.

    ``queue=`` and ``media_type=`` choose interactions, and with them the agents who have any. Times in
    statuses belong to an agent, not to a queue or a medium: they are always those of the whole agent.
    Without either, every agent has a row who handled something or was logged in.

    A row adds its agent's media up, and an average over calls and e-mails is neither's: ``by_media=True``
    gives each medium that an agent had to do with a row of its own, without the columns of statuses. Of
    callbacks the platform tells no answers: ``Answer`` and ``ASA`` are of the other media, and NA for who
    took callbacks alone.

    Args:
        rest: the connection.
        directory: names and ids of queues and users.
        interval: a day, a week, a pair of times ... (see ``Interval.parse``).
        tz: zone of bare dates and of the buckets.
        queue: names or ids; None for all queues.
        user: names, e-mail addresses or ids of agents, who all get a row; None for all.
        media_type: ``"voice"``, ``"chat"`` ...; None for all.
        freq: width of the buckets (``"30min"``, ``"h"``, ``"D"``, ...); None for the whole interval.
        by_media: a row per agent and medium; only agents who have a number, and no times in statuses.
        now: the present; what has not ended by then is not complete, what has not begun has no row.

    Returns:
        ``Agent``, with ``by_media`` ``Media Type``, with ``freq`` also ``start`` and ``end`` (in ``tz``) and
        ``complete``; then

        - counts (Int64): ``Answer`` (tAnswered), ``Handle``, ``Hold``, ``ACW``, ``Alert``, ``Alert - No
          Answer`` (tNotResponding), ``Declined``, ``Outbound``, ``Transfer``, ``Blind Transfer``,
          ``Consult``, ``Consult Transfer``;
        - seconds (Float64): averages over their own count (``ASA``, ``Avg Handle``, ``Avg Talk``, ``Avg
          Hold``, ``Avg ACW``, ``Avg Alert``), and ``Total Handle``, ``Total Talk``, ``Total Hold``,
          ``Total ACW``;
        - percentages from 0 to 100 (Float64): ``Transfer %`` of answered, ``Alert - No Answer %`` of
          alerts (ours: no source defines it);
        - seconds in statuses (Float64): ``Interacting`` (after-call work included), ``Idle``, ``Not
          Responding``, ``Communicating`` by routing status; ``On Queue``, ``Available``, ``Busy``,
          ``Away``, ``Break``, ``Meal``, ``Meeting``, ``Training``, ``System Away`` (the system presence
          IDLE) by presence; ``Logged In``, all presences but OFFLINE; ``Off Queue``, ``Logged In`` without
          ``On Queue`` (these two are ours);
        - ``Occupancy %``: interacting over interacting, communicating and idle together, as a Genesys
          consultant defines it (community.genesys.com, "Does occupancy include all busy time"); time not
          responding is in neither. It can differ from interacting over ``On Queue``: who goes on break
          while on a call is interacting and not on queue (developer forum 327).

        ``userId`` is the last column. NA where there is nothing to divide by, and in all statuses of an
        agent of whom the platform tells none. Sorted by agent, medium, ``start``. ``attrs``: ``interval``,
        ``tz``, ``complete`` (whether the interval was over), ``without_agent`` (rows of the conversations'
        answers that name no agent, left out), ``without_status`` (agents without any status).

    Raises:
        QueryError: an argument cannot be read; before any request.
        UnknownName: there is no such queue, user, medium or time zone; with the nearest.
        GenesysError: the platform refused or did not answer.
    """
    moment = now or dt.datetime.now(dt.UTC)
    asked = _Asked(
        Interval.parse(interval, tz=tz, now=moment), None if freq is None else Freq.parse(freq), tz, by_media
    )
    wanted = {"queueId": queue_ids(directory, queue), "mediaType": media_types(media_type)}
    named = user_ids(directory, user)
    handled, without_agent = _handled(rest, asked, wanted, named)
    agents = list(dict.fromkeys([*(named or ()), *sorted({key[0] for key in handled})]))
    if named is None and not any(wanted.values()):
        agents = list(dict.fromkeys([*directory.names().users, *agents]))
    statuses = {} if by_media else _statuses(rest, asked, agents)
    shown = _shown(handled, statuses, () if by_media else named or ())
    table = _numbers(_merged(handled, statuses, shown))
    table = _with_rows(table, asked, moment, shown)
    known = {key[0] for key in statuses}
    table.loc[~table["userId"].isin(known), list(_STATUSES)] = pd.NA
    table = _ordered(_with_ratios(table), directory.names().users, asked, moment)
    table.attrs = {
        "interval": asked.span.iso(),
        "tz": tz,
        "complete": asked.span.end <= moment,
        "without_agent": without_agent,
        "without_status": 0 if by_media else len(set(shown) - known),
    }
    return table


def _handled(
    rest: Rest, asked: _Asked, wanted: Mapping[str, Sequence[str] | None], named: Sequence[str] | None
) -> tuple[Cells, int]:
    """Numbers of interactions by agent, and how many rows of the answers name none."""
    cells: Cells = {}
    without_agent = 0
    for ids in [None] if named is None else users.chunks(named):
        condition = endpoint.where({**wanted, "userId": ids})
        body = endpoint.body(
            asked.span.iso(), AGENT_METRICS, group_by=["userId"], condition=condition, **asked.options
        )
        tidy = frames.aggregates(endpoint.conversation_aggregates(rest, body), group_by=["userId"])
        without_agent += int(tidy["userId"].isna().sum())
        named_ones = tidy[tidy["userId"].notna()]
        _add(cells, named_ones, by_media=asked.by_media)
        _mark(cells, named_ones, by_media=asked.by_media)
    return cells, without_agent


def _statuses(rest: Rest, asked: _Asked, agents: Sequence[str]) -> Cells:
    """Milliseconds in statuses by agent."""
    cells: Cells = {}
    for ids in users.chunks(agents):
        body = users.aggregates_body(
            asked.span.iso(), ("tAgentRoutingStatus", "tSystemPresence"), ids, **asked.options
        )
        tidy = frames.aggregates(users.user_aggregates(rest, body), group_by=["userId"], always=())
        _add(cells, tidy[tidy["userId"].notna()])
    return cells


def _add(cells: Cells, tidy: pd.DataFrame, *, by_media: bool = False) -> None:
    """Adds the rows of an answer to the sums of their agent and bucket, whatever their medium or by it."""
    columns = (tidy[name] for name in ("metric", "qualifier", "count", "sum"))
    for key, metric, qualifier, count, total in zip(_keys(tidy, by_media=by_media), *columns, strict=True):
        cell = cells.setdefault(key, {})
        name = metric if pd.isna(qualifier) else f"{metric}[{qualifier}]"
        for part, value in (("count", count), ("sum", total)):
            if not pd.isna(value):
                cell[f"{name} {part}"] = cell.get(f"{name} {part}", 0) + value


def _keys(tidy: pd.DataFrame, *, by_media: bool) -> list[Key]:
    media = tidy["mediaType"].fillna("") if by_media else [""] * len(tidy)
    return list(zip(tidy["userId"], media, tidy["start"], tidy["end"], strict=True))


def _mark(cells: Cells, tidy: pd.DataFrame, *, by_media: bool) -> None:
    """Notes what the numbers of each cell are of."""
    columns = (tidy["mediaType"], tidy["metric"])
    for key, medium, metric in zip(_keys(tidy, by_media=by_media), *columns, strict=True):
        is_callback = not pd.isna(medium) and medium == "callback"
        cells[key][_CALLBACKS if is_callback else _OTHERS] = 1
        if is_callback and metric == "tAnswered":
            cells[key][_TOLD] = 1


def _shown(handled: Cells, statuses: Cells, named: Iterable[str]) -> list[str]:
    """Agents with a row: the named ones, those with a number, those who were logged in."""
    on = (key[0] for key, cell in statuses.items() if _logged_in(cell))
    return list(dict.fromkeys([*named, *(key[0] for key in handled), *on]))


def _logged_in(cell: Mapping[str, float]) -> float:
    """Milliseconds in any presence but OFFLINE, presences that this version does not know among them."""
    return sum(
        value
        for name, value in cell.items()
        if name.startswith("tSystemPresence[") and name != "tSystemPresence[OFFLINE] sum"
    )


def _merged(handled: Cells, statuses: Cells, shown: Sequence[str]) -> Cells:
    chosen = set(shown)
    keys = [key for key in dict.fromkeys([*handled, *statuses]) if key[0] in chosen]
    return {key: {**handled.get(key, {}), **statuses.get(key, {})} for key in keys}


def _numbers(cells: Cells) -> pd.DataFrame:
    """Counts, seconds, and the parts of averages; zero where the platform gave nothing."""

    def column(values: Iterable[float], kind: str) -> Any:
        return pd.Series(list(values), dtype=DTYPES[kind])

    def seconds(name: str) -> Any:
        return column((cell.get(f"{name} sum", 0) / 1000 for cell in cells.values()), "number")

    made: dict[str, Any] = {"userId": pd.Series([key[0] for key in cells], dtype=TEXT)}
    made[_MEDIA] = pd.Series([key[1] for key in cells], dtype=TEXT)
    for place, name in enumerate(("start", "end"), 2):
        made[name] = pd.Series([key[place] for key in cells], dtype=INSTANT)
    for title, metric in _COUNTS.items():
        made[title] = column((cell.get(f"{metric} count", 0) for cell in cells.values()), "integer")
    made |= {title: seconds(metric) for title, metric in _TOTALS.items()}
    for name in sorted(_PARTS):
        made[name] = column((cell.get(name, 0) for cell in cells.values()), "number")
    made |= {title: seconds(f"tAgentRoutingStatus[{value}]") for title, value in _ROUTING.items()}
    made |= {title: seconds(f"tSystemPresence[{value}]") for title, value in _PRESENCES.items()}
    made["Logged In"] = column((_logged_in(cell) / 1000 for cell in cells.values()), "number")
    made["Off Queue"] = made["Logged In"] - made["On Queue"]
    told = any(_TOLD in cell for cell in cells.values())
    untold = [not told and _CALLBACKS in cell and _OTHERS not in cell for cell in cells.values()]
    made[_UNTOLD] = column(untold, "flag")
    return pd.DataFrame(made)


def _with_rows(table: pd.DataFrame, asked: _Asked, now: dt.datetime, shown: Sequence[str]) -> pd.DataFrame:
    """The table with all buckets of all agents (and media); without buckets, with a row for each agent."""
    keys = asked.keys
    everybody = pd.DataFrame({"userId": pd.Series(shown, dtype=TEXT)})
    if asked.by_media:
        everybody = table[keys].drop_duplicates()
    counted = [*_COUNTS, *_TOTALS, *sorted(_PARTS), *_STATUSES]
    if asked.width:
        table = with_all_buckets(
            table, asked.span, asked.width, asked.tz, now, keys=keys, counted=counted, also=everybody
        )
    else:
        table = everybody.merge(table, how="left", on=keys)
        table[counted] = table[counted].fillna(0)
    # By media, a bucket in which nothing happened tells no more of callbacks than the others do.
    untold = table.groupby(keys)[_UNTOLD].transform("max") if asked.by_media else table[_UNTOLD]
    table["Answer"] = table["Answer"].mask(untold.fillna(False).astype(bool))
    return table


def _with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    made = {
        title: ratio(table[f"{metric} sum"] / 1000, table[f"{metric} count"])
        for title, metric in _AVERAGES.items()
    }
    for title, (part, whole) in _SHARES.items():
        made[title] = ratio(table[part], table[whole]) * 100
    on = table["Interacting"] + table["Communicating"] + table["Idle"]
    made["Occupancy %"] = ratio(table["Interacting"], on) * 100
    return table.assign(**made)


def _ordered(table: pd.DataFrame, names: Mapping[str, str], asked: _Asked, now: dt.datetime) -> pd.DataFrame:
    table = table.assign(Agent=called(table["userId"], names))
    media = [_MEDIA] if asked.by_media else []
    table = table.sort_values(["Agent", "userId", *media, "start"], ignore_index=True, kind="stable")
    time: list[str] = []
    if asked.width:
        table["complete"] = table["end"] <= now
        for name in ("start", "end"):
            table[name] = table[name].dt.tz_convert(asked.tz)
        time = ["start", "end", "complete"]
    of_agents = {*_STATUSES, "Occupancy %"} if asked.by_media else set()
    numbers = [name for name in _ORDER if name not in of_agents]
    return table[["Agent", *media, *time, *numbers, "userId"]]
