"""What a client tells about agents; every method hands over to the module that does the work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gcanalytics.client.session import Session

if TYPE_CHECKING:
    import pandas as pd

Values = str | Sequence[str] | None


class Agents(Session):
    """The questions about agents: how they did, what they did when, where they are now.

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

        ``gc.agent_performance("2026-11-09/P7D", queue="Support", freq="D")``; see
        :func:`gcanalytics.performance.agent_performance`.

        Args:
            interval: a day, a week, a pair of times ...; see the class.
            queue: names or ids, any of them; the agents who did something there.
            user: names, e-mail addresses or ids of agents.
            media_type: any of them.
            freq: length of a bucket of time (``"30min"``, ``"1h"``, ``"D"``); None for the whole interval.
            by_media: a row per agent and medium, without times in statuses.
            tz: time zone; the client's by default.

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

        ``gc.user_aggregates("yesterday", metrics="tSystemPresence", granularity="PT1H")``; see
        :func:`gcanalytics.performance.user_aggregates`.

        Args:
            interval: a day, a week, a pair of times ...; see the class.
            metrics: ``tAgentRoutingStatus``, ``tSystemPresence``, ``tOrganizationPresence``; None for all.
            user: names, e-mail addresses or ids; None for all.
            granularity: ISO duration of a bucket; None for the whole interval.
            tz: time zone; the client's by default.
            strict: whether unknown metrics are refused.

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

        ``gc.user_status_history("yesterday", user="Ann Smith")``, then ``gca.charts.agent_status(...)``; see
        :func:`gcanalytics.performance.user_status_history`.

        Args:
            interval: a day, a week, a pair of times ...; see the class.
            user: names, e-mail addresses or ids; None for all.
            tz: time zone; the client's by default.

        Raises:
            QueryError: an argument is wrong. GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.performance import user_status_history

        return user_status_history(self._rest, self.directory, interval, tz=self._zone(tz), user=user)

    def user_observations(self, user: Values = None) -> pd.DataFrame:
        """In how many queues agents are right now; see :func:`gcanalytics.now.user_observations`.

        ``gc.user_observations("Ann Smith")``
        """
        from gcanalytics.now import user_observations

        return user_observations(self._rest, self.directory, user)
