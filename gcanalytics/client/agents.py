"""What a client tells about agents' past; every method hands over to the module that does the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gcanalytics.client.session import Session

if TYPE_CHECKING:
    import pandas as pd

Values = str | Sequence[str] | None


class Agents(Session):
    """The questions about agents: how they did, and what they did when.

    A part of :class:`gcanalytics.Client`; ``interval`` is what
    :meth:`gcanalytics.Client.conversation_details` takes.
    """

    def agent_performance(
        self,
        interval: Any,
        *,
        queue: Values = None,
        user: Values = None,
        media_type: Values = None,
        freq: Any = None,
        by_media: bool = False,
        tz: str | dt.tzinfo | None = None,
    ) -> pd.DataFrame:
        """The columns of the web interface's Agent Performance and Agent Status views, a row per agent.

        ``gc.agent_performance("2026-11-09/P7D", queue="Support", freq="D")``. Permissions:
        ``analytics:conversationAggregate:view``, ``analytics:userAggregate:view``.

        Args:
            interval: a day, a week, a pair of times ...; see the class.
            queue: names or ids, any of them; the agents who did something there.
            user: names, e-mail addresses or ids of agents.
            media_type: any of them.
            freq: length of a bucket of time (``"30min"``, ``"1h"``, ``"D"``); None for the whole interval.
            by_media: a row per agent and medium, without times in statuses.
            tz: time zone; the client's by default.

        Returns:
            ``Agent``, with ``freq`` ``start``, ``end``, ``complete``; counts (Int64), seconds and percentages
            from 0 to 100 (Float64) under the interface's names, NA where there is nothing to divide by;
            ``userId``. Interactions are those of the queues and media named; times in statuses are the whole
            agent's. Each column: :func:`gcanalytics.performance.agent_performance`.

        Raises:
            QueryError: an argument is wrong. GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.performance import agent_performance

        return agent_performance(
            self._rest,
            self.directory,
            interval,
            tz=self._zone(tz),
            queue=queue,
            user=user,
            media_type=media_type,
            freq=freq,
            by_media=by_media,
        )

    def user_aggregates(
        self,
        interval: Any,
        *,
        metrics: Values = None,
        user: Values = None,
        granularity: str | None = None,
        tz: str | dt.tzinfo | None = None,
        strict: bool = True,
    ) -> pd.DataFrame:
        """Time of agents in routing statuses and presences, a row per agent, bucket, metric and status.

        ``gc.user_aggregates("yesterday", metrics="tSystemPresence", granularity="PT1H")``, then
        ``gca.charts.staffing(...)``. Permission: ``analytics:userAggregate:view``.

        Args:
            interval: a day, a week, a pair of times ...; see the class.
            metrics: ``tAgentRoutingStatus``, ``tSystemPresence``, ``tOrganizationPresence``; None for all.
            user: names, e-mail addresses or ids; None for all.
            granularity: ISO duration of a bucket; None for the whole interval.
            tz: time zone; the client's by default.
            strict: whether unknown metrics are refused.

        Returns:
            ``userId``, ``agent``, ``start``, ``end``, ``metric``, ``qualifier`` (the status), ``presence``
            (the organisation's own name of it), ``sum`` (milliseconds) and the rest of an aggregate; see
            :func:`gcanalytics.performance.user_aggregates`. A status without time has no row.

        Raises:
            QueryError: an argument is wrong. GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.performance import user_aggregates

        chosen: dict[str, Any] = {} if metrics is None else {"metrics": metrics}
        return user_aggregates(
            self._rest,
            self.directory,
            interval,
            tz=self._zone(tz),
            user=user,
            granularity=granularity,
            strict=strict,
            **chosen,
        )

    def user_status_history(
        self, interval: Any, *, user: Values = None, tz: str | dt.tzinfo | None = None
    ) -> pd.DataFrame:
        """What agents did when: a row per stretch of a routing status or presence.

        ``gc.user_status_history("yesterday", user="Ann Smith")``, then ``gca.charts.agent_status(...)``.
        Permission: ``analytics:userDetail:view``.

        Args:
            interval: a day, a week, a pair of times ...; see the class.
            user: names, e-mail addresses or ids; None for all.
            tz: time zone; the client's by default.

        Returns:
            ``agent``, ``kind`` (``routingStatus`` or ``primaryPresence``), ``status``, ``presence``,
            ``startTime``, ``endTime``, ``is_open``, ``duration_s`` (seconds in the interval), ``userId`` and
            more; ``attrs`` say whether it is whole. See
            :func:`gcanalytics.performance.user_status_history`.

        Raises:
            QueryError: an argument is wrong. IncompletePull: more records than the platform pages through.
            GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.performance import user_status_history

        return user_status_history(self._rest, self.directory, interval, tz=self._zone(tz), user=user)
