"""What happens in queues at this moment: counts, and the single conversations behind them.

Seam of the observations endpoint and its frames; adds names for ids and zeros for what the platform leaves
out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gcanalytics.api import observations as endpoint
from gcanalytics.api import users
from gcanalytics.api.vocabulary import check_names, listed
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames import observations as frames
from gcanalytics.frames import users as user_frames
from gcanalytics.frames.schema import TEXT

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.contract.answers import QueueObservationQueryResponse
    from gcanalytics.directory import Directory

Values = str | Sequence[str]

MEDIA = ("voice", "chat", "message", "email", "callback")
"""Media that always have a row, also where nothing waits in them."""


def queue_observations(
    rest: Rest, directory: Directory, queue: Values, *, media_type: Values | None = None
) -> pd.DataFrame:
    """What is going on in queues right now: who waits, alerts and talks, and what their agents do.

    Args:
        rest: the connection.
        directory: names and ids of queues.
        queue: names or ids, one or more.
        media_type: only the conversations of these media; the agents, who belong to no medium, are then left
            out by the platform. None for all media and the agents.

    Returns:
        A row per queue, medium, metric and qualifier: ``queue``, ``mediaType`` (NA for agents), ``metric``
        (``oWaiting``, ``oAlerting``, ``oInteracting``, ``oUserRoutingStatuses`` ...), ``qualifier`` (the
        routing status, or the presence's id), ``presence`` (the system presence of that id), ``count``
        (Int64; zero where the platform leaves a count out), ``calculatedMetricValue`` (Int64 ms),
        ``truncated`` (boolean; True: the list of `queue_observation_details` is not whole), ``queueId``.
        ``attrs["observed_at"]`` is when it was asked.

    Raises:
        QueryError: no queue is named; before any request.
        UnknownName: there is no such queue or medium.
        GenesysError: the platform refused or did not answer.
    """
    queue_ids, media, answer, observed_at = _ask(rest, directory, queue, media_type)
    table = frames.with_zeros(
        frames.counts(answer),
        queue_ids,
        media_types=media or MEDIA,
        media_metrics=endpoint.MEDIA_METRICS,
        user_metrics=() if media else endpoint.USER_METRICS,
    )
    return _named(table, directory, observed_at)


def queue_observation_details(
    rest: Rest, directory: Directory, queue: Values, *, media_type: Values | None = None
) -> pd.DataFrame:
    """The conversations that wait, alert or are talked to in queues right now, a row each.

    Args:
        rest: the connection.
        directory: names and ids of queues and users.
        queue: names or ids, one or more.
        media_type: only these media; None for all.

    Returns:
        ``queue``, ``agent``, then the columns of ``frames.observations.details``. Where ``truncated`` is
        True the platform listed only the oldest and the newest. ``attrs["observed_at"]`` is when it was
        asked.

    Raises:
        QueryError: no queue is named; before any request.
        UnknownName: there is no such queue or medium.
        GenesysError: the platform refused or did not answer.
    """
    _, _, answer, observed_at = _ask(rest, directory, queue, media_type)
    table = frames.details(answer)
    users = directory.names().users
    agents = [None if pd.isna(one) else users.get(one, one) for one in table["userId"]]
    table.insert(0, "agent", pd.Series(agents, dtype=TEXT))
    return _named(table, directory, observed_at)


def user_observations(rest: Rest, directory: Directory, user: Values | None = None) -> pd.DataFrame:
    """In how many queues agents are, and in how many of them they are activated, right now.

    Args:
        rest: the connection.
        directory: names and ids of users.
        user: names, e-mail addresses or ids; None for all users, a hundred a request.

    Returns:
        A row per agent and metric: ``agent``, ``metric`` (``oMemberQueues``, ``oActiveQueues``),
        ``qualifier``, ``count`` (Int64), ``userId``; sorted by agent and metric. A user of whom the platform
        tells nothing has no row. ``attrs["observed_at"]`` is when it was asked.

    Raises:
        UnknownName: there is no such user; with the nearest.
        GenesysError: the platform refused or did not answer.
    """
    ids = list(directory.names().users) if user is None else directory.user_ids(user)
    observed_at = pd.Timestamp.now("UTC").floor("ms")
    tables = [user_frames.observations({})]
    tables += [user_frames.observations(users.user_observations(rest, each)) for each in users.chunks(ids)]
    table = pd.concat([each for each in tables if len(each)] or tables[:1], ignore_index=True)
    names = directory.names().users
    called = [None if pd.isna(one) else names.get(one, one) for one in table["userId"]]
    table.insert(0, "agent", pd.Series(called, dtype=TEXT))
    table = table.sort_values(["agent", "userId", "metric"], ignore_index=True, kind="stable")
    table = table[["agent", "metric", "qualifier", "count", "userId"]]
    table.attrs = {"observed_at": observed_at.isoformat()}
    return table


def _ask(
    rest: Rest, directory: Directory, queue: Values, media_type: Values | None
) -> tuple[list[str], list[str] | None, QueueObservationQueryResponse, pd.Timestamp]:
    names = listed("queue", queue)
    if not names:
        raise QueryError("queue= names none; name at least one queue")
    media = None if media_type is None else check_names("media type", media_type, strict=None)
    if media == []:
        raise QueryError("media_type= names none; leave it out for all.")
    queue_ids = directory.queue_ids(names)
    _refuse_unseen(queue_ids, directory.names().queues)
    observed_at = pd.Timestamp.now("UTC").floor("ms")
    answer = endpoint.queue_observations(rest, endpoint.body(queue_ids, media_types=media))
    return queue_ids, media, answer, observed_at


def _refuse_unseen(queue_ids: Sequence[str], known: Mapping[str, str]) -> None:
    """An id that no list has would be answered with nothing, which reads like an idle queue."""
    for queue_id in queue_ids:
        if known and queue_id not in known:
            raise UnknownName(
                "queue",
                queue_id,
                known.values(),
                hint="Or its division is not one that this OAuth client sees.",
            )


def _named(table: pd.DataFrame, directory: Directory, observed_at: pd.Timestamp) -> pd.DataFrame:
    known = directory.names().queues
    table.insert(0, "queue", pd.Series([known.get(one, one) for one in table["queueId"]], dtype=TEXT))
    table = table[[*(name for name in table.columns if name != "queueId"), "queueId"]]
    table.attrs = {"observed_at": observed_at.isoformat()}
    return table
