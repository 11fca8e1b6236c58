"""What goes on at this moment; every method hands over to the module that does the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from gcanalytics.client.session import Session

if TYPE_CHECKING:
    import pandas as pd

    from gcanalytics.live import LiveView

Values = str | Sequence[str] | None


class Present(Session):
    """Counts of now, and the live view; a part of :class:`gcanalytics.Client`."""

    def queue_observations(self, queue: str | Sequence[str], *, media_type: Values = None) -> pd.DataFrame:
        """What goes on in queues right now, a row per queue, medium, metric and qualifier.

        ``gc.queue_observations("Support")``. Permission: ``analytics:queueObservation:view``.

        Args:
            queue: names or ids, one or more.
            media_type: only the conversations of these media; the platform then leaves the agents out.

        Returns:
            ``queue``, ``mediaType`` (NA for agents), ``metric`` (``oWaiting``, ``oInteracting``,
            ``oUserRoutingStatuses`` ...), ``qualifier``, ``presence``, ``count`` (Int64; zero where the
            platform leaves a count out), ``calculatedMetricValue`` (Int64, ms), ``truncated`` (boolean),
            ``queueId``; see :func:`gcanalytics.now.queue_observations`. ``attrs["observed_at"]`` is when.

        Raises:
            QueryError: no queue is named. UnknownName: there is no such queue or medium.
            GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.now import queue_observations

        return queue_observations(self._rest, self.directory, queue, media_type=media_type)

    def queue_observation_details(
        self, queue: str | Sequence[str], *, media_type: Values = None
    ) -> pd.DataFrame:
        """The conversations behind those counts, a row each: who waits, alerts and is talked to, since when.

        ``gc.queue_observation_details("Support")``. Permission: ``analytics:queueObservation:view``.

        Args:
            queue: names or ids, one or more.
            media_type: only these media.

        Returns:
            ``queue``, ``agent``, then the platform's fields; where ``truncated`` is True it listed only the
            oldest and the newest. See :func:`gcanalytics.now.queue_observation_details`.

        Raises:
            QueryError: no queue is named. UnknownName: there is no such queue or medium.
            GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.now import queue_observation_details

        return queue_observation_details(self._rest, self.directory, queue, media_type=media_type)

    def user_observations(self, user: Values = None) -> pd.DataFrame:
        """In how many queues agents are right now, and in how many of them they are activated.

        ``gc.user_observations("Ann Smith")``. Permission: ``analytics:userObservation:view``.

        Args:
            user: names, e-mail addresses or ids; None for all, a hundred a request.

        Returns:
            A row per agent and metric: ``agent``, ``metric`` (``oMemberQueues``, ``oActiveQueues``),
            ``qualifier``, ``count`` (Int64), ``userId``. ``attrs["observed_at"]`` is when.

        Raises:
            QueryError: an argument is wrong, ``UnknownName`` among them.
            GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.now import user_observations

        return user_observations(self._rest, self.directory, user)

    def live(
        self,
        queue: str | Sequence[str],
        *,
        show_remote: bool = False,
        warn_wait_s: float | None = None,
        alarm_wait_s: float | None = None,
        snapshot: Literal["full", "totals"] = "full",
        **session: Any,
    ) -> LiveView:
        """Queues live in a notebook cell, from now until Stop.

        ``view = gc.live(["Support", "Billing"]); view``. A view of the same queues that is still open is
        stopped first; closing the client stops all. The README lists the permissions.

        Args:
            queue: one or more queues, by name or id.
            show_remote: show customers' numbers and addresses whole; they are masked otherwise.
            warn_wait_s: a wait this long (seconds) is marked, in every queue and medium; by default what the
                queue itself aims at in the medium.
            alarm_wait_s: a wait this long (seconds) is marked as an alarm; by default three times the other.
            snapshot: what stays in the notebook after Stop: ``"full"``, or ``"totals"`` without any single
                conversation.
            **session: see :func:`gcanalytics.live.open_view`.

        Returns:
            The view: shown as the last expression of a cell; ``view.conversations``, ``view.events``.

        Raises:
            QueryError: an argument is wrong, ``UnknownName`` among them.
            ConnectionFailed: the client was closed.
            GenesysError: the list of queues was refused or did not come. What fails later, on the view's
                own thread, the view tells.
        """
        from gcanalytics.live import open_view

        self._refuse_if_closed()
        return open_view(
            self._rest,
            self.directory,
            self._settings.network,
            queue,
            tz=self.tz,
            show_remote=show_remote,
            warn_wait_s=warn_wait_s,
            alarm_wait_s=alarm_wait_s,
            snapshot=snapshot,
            **session,
        )
