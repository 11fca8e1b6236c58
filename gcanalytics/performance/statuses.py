"""What agents did with their time: sums of statuses from the users' aggregates, single stretches from the
users' details."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.api import users as endpoint
from gcanalytics.api.intervals import Interval
from gcanalytics.api.vocabulary import check_names
from gcanalytics.errors import QueryError
from gcanalytics.frames import aggregates as frames
from gcanalytics.frames.schema import DTYPES
from gcanalytics.frames.users import stretches
from gcanalytics.performance.tables import Values, called, granularity_of, user_ids, with_names

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.directory import Directory

_OWN = "tOrganizationPresence"
_NO_TIME = pd.Timedelta(0)


def user_aggregates(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    tz: str = "UTC",
    metrics: Values = endpoint.STATUS_METRICS,
    user: Values = None,
    granularity: str | pd.Timedelta | None = None,
    strict: bool = True,
) -> pd.DataFrame:
    """Time of agents in routing statuses and presences: one row per agent, bucket, metric and status.

    Args:
        rest: the connection.
        directory: names and ids of users and presences.
        interval: a day, a week, a pair of times ... (see ``Interval.parse``).
        tz: zone of bare dates and of the buckets.
        metrics: ``tAgentRoutingStatus``, ``tSystemPresence``, ``tOrganizationPresence``; all by default.
        user: names, e-mail addresses or ids; None for all users, a hundred a request.
        granularity: width of the buckets, as an ISO duration (``"PT30M"``, ``"P1D"``) or as ``freq``
            elsewhere; None for one bucket, the whole interval.
        strict: refuse metrics that the contract does not have; False lets them through.

    Returns:
        See ``frames.aggregates.aggregates``: ``sum`` is milliseconds, ``qualifier`` the routing status, the
        system presence or the id of an organisation's own presence. Beside ``userId`` ``agent``, beside
        ``qualifier`` ``presence``, the name of that own presence. ``start`` and ``end`` in ``tz``. A status
        without time has no row; a platform may leave out all time offline. ``attrs``: ``interval``, ``tz``,
        ``asked_at``.

    Raises:
        QueryError: an argument cannot be read; before any request.
        UnknownName: there is no such metric, user or time zone; with the nearest.
        GenesysError: the platform refused or did not answer.
    """
    span = Interval.parse(interval, tz=tz)
    wanted = check_names("user aggregate metric", metrics or (), strict=strict)
    if not wanted:
        raise QueryError("metrics= names none; leave it out for all of them")
    bucket = granularity_of(granularity, strict=strict)
    agents = user_ids(directory, user)
    asked_at = pd.Timestamp.now("UTC").floor("ms")
    tables = [frames.aggregates({}, group_by=["userId"], always=())]
    for ids in endpoint.chunks(list(directory.names().users) if agents is None else agents):
        body = endpoint.aggregates_body(
            span.iso(), wanted, ids, granularity=bucket, time_zone=tz if bucket else None
        )
        answer = endpoint.user_aggregates(rest, body)
        tables.append(frames.aggregates(answer, group_by=["userId"], always=()))
    table = pd.concat([each for each in tables if len(each)] or tables[:1], ignore_index=True)
    for name in ("start", "end"):
        table[name] = table[name].dt.tz_convert(tz)
    table = with_names(table, directory.names())
    own = table["qualifier"].where(table["metric"] == _OWN)
    known = directory.presence_names() if own.notna().any() else {}
    table.insert(int(table.columns.get_loc("qualifier")) + 1, "presence", called(own, known))
    table.attrs = {"interval": span.iso(), "tz": tz, "asked_at": asked_at.isoformat()}
    return table


def user_status_history(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    tz: str = "UTC",
    user: Values = None,
    now: dt.datetime | None = None,
) -> pd.DataFrame:
    """What agents did when: one row per stretch of a routing status or presence that touches an interval.

    The platform stores a stretch with its first and with its last UTC day (Genesys' page of user status
    details): one that begins before the interval's days and ends after them, as a weekend offline, may not
    come.

    Args:
        rest: the connection.
        directory: names and ids of users and presences.
        interval: a day, a week, a pair of times ... (see ``Interval.parse``); longer ones than the platform
            takes are asked for in pieces.
        tz: zone of bare dates and of the times in the table.
        user: names, e-mail addresses or ids; None for all users.
        now: the present, where what still goes on ends for ``duration_s``.

    Returns:
        ``agent``, ``kind`` (``routingStatus`` or ``primaryPresence``), ``status`` (the routing status or the
        system presence), ``presence`` (the organisation's own name of it; NA for routing statuses),
        ``startTime``, ``endTime`` (datetime64[ms, tz]: those of the stretch, also outside the interval; no
        end where it goes on), ``is_open`` (bool), ``duration_s`` (Float64, seconds of it in the interval, up
        to now; NA without a readable start), ``userId``, ``organizationPresenceId``, ``extra_json`` (text).
        Sorted by agent, kind, start. ``attrs``: ``interval``, ``tz``, ``pages`` (how many were read),
        ``short_by`` (records fewer than the platform's count promised, after two readings: those it takes
        out as repeated, or lost ones), ``complete`` (False where the interval was not over, or that count
        changed while its pages were read, twice).

    Raises:
        QueryError: an argument cannot be read; before any request.
        UnknownName: there is no such user or time zone; with the nearest.
        IncompletePull: more records than the platform pages through.
        GenesysError: the platform refused or did not answer.
    """
    moment = now or dt.datetime.now(dt.UTC)
    span = Interval.parse(interval, tz=tz, now=moment)
    walks = _walks(rest, span, user_ids(directory, user))
    table = stretches(record for walk in walks for record in walk.records)
    table = _within(table, span, moment)
    users = directory.names().users
    ids = table["organizationPresenceId"]
    known = directory.presence_names() if ids.notna().any() else {}
    table["agent"] = called(table["userId"], users)
    table["presence"] = called(ids, known)
    for name in ("startTime", "endTime"):
        table[name] = table[name].dt.tz_convert(tz)
    table = table.sort_values(["agent", "userId", "kind", "startTime"], ignore_index=True, kind="stable")
    table = table[
        ["agent", "kind", "status", "presence", "startTime", "endTime", "is_open", "duration_s", "userId",
         "organizationPresenceId", "extra_json"]
    ]  # fmt: skip
    table.attrs = {
        "interval": span.iso(),
        "tz": tz,
        "pages": sum(walk.pages for walk in walks),
        "short_by": sum(walk.short_by for walk in walks),
        "complete": span.end <= moment and not any(walk.moved for walk in walks),
    }
    return table


def _walks(rest: Rest, span: Interval, agents: list[str] | None) -> list[endpoint.DetailWalk]:
    """The pages of each piece of the interval, and of each hundred users."""
    if agents is None:
        pieces = span.chunks(endpoint.UNFILTERED_DAYS)
        return [endpoint.all_user_details(rest, piece.iso()) for piece in pieces]
    return [
        endpoint.all_user_details(rest, piece.iso(), ids)
        for piece in span.chunks(endpoint.FILTERED_DAYS)
        for ids in endpoint.chunks(agents)
    ]


def _within(table: pd.DataFrame, span: Interval, now: dt.datetime) -> pd.DataFrame:
    """The stretches that touch the interval: the platform gives whole UTC days. One without a readable start
    stays."""
    first, last, present = (pd.Timestamp(each).as_unit("ms") for each in (span.start, span.end, now))
    ends = table["endTime"].fillna(max(present, first))
    outside = (table["startTime"] >= last) | (ends <= first)
    table, ends = table[~outside].copy(), ends[~outside]
    inside = ends.clip(upper=last) - table["startTime"].clip(lower=first)
    table["duration_s"] = inside.clip(lower=_NO_TIME).dt.total_seconds().astype(DTYPES["number"])
    table["is_open"] = table["endTime"].isna()
    return table.reset_index(drop=True)
