"""The client of one organisation: every method hands over to the module that does the work."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gcanalytics.client.agents import Agents
from gcanalytics.client.lists import Lists
from gcanalytics.client.present import Present
from gcanalytics.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

    from gcanalytics.details import ConversationDetails, PullReport

Values = str | Sequence[str] | None


class Client(Lists, Present, Agents):
    """One organisation: its lists, its past, its present.

    Made by :func:`gcanalytics.connect` or :func:`gcanalytics.demo`. It may be used from several threads,
    which share one token. ``with`` closes it.
    """

    def conversation_details(
        self,
        interval: Any,
        *,
        queue: Values = None,
        user: Values = None,
        media_type: Values = None,
        direction: Values = None,
        match: str = "start",
        pad: Any = None,
        tz: str | dt.tzinfo | None = None,
        page_size: int = 100,
        workers: int = 4,
        progress: bool | None = None,
        **filters: Any,
    ) -> ConversationDetails:
        """The conversations that started in an interval: tables, computed tables and a report.

        ``d = gc.conversation_details("2026-11-01/2026-11-08", queue="Support", media_type="voice")``, then
        ``d.interactions``, ``d.legs``, ``d.report``. A conversation that passed through the queue comes
        whole; rows of other queues carry ``in_scope=False``. Permission:
        ``analytics:conversationDetail:view``; for names also those of the lists.

        Args:
            interval: ``"yesterday"``, ``"2026-11-09"`` (that local day), ``"2026-11-01/2026-11-08"`` (end
                exclusive), ``"2026-11-09/P7D"``, dates, pairs; see
                :meth:`gcanalytics.api.intervals.Interval.parse`.
            queue: names or ids, any of them. The keywords hold in one and the same segment.
            user: names, e-mail addresses or ids of agents, any of them.
            media_type: ``"voice"``, ``"chat"`` ..., any of them.
            direction: ``"inbound"``, ``"outbound"``.
            match: ``"start"``, the only one that a query can answer.
            pad: how far before the interval to fetch too (``"1D"``), so that measures by time are whole
                from the first bucket on.
            tz: time zone of bare dates and times; the client's by default.
            page_size: conversations a page, 1 to 100.
            workers: requests at a time, 1 to 16.
            progress: True or False to show a line or not; by default it depends on the output.
            **filters: ``segment_filters=``, ``conversation_filters=``, ``evaluation_filters=``,
                ``survey_filters=``, ``resolution_filters=``: filters of the API, or bare predicates such as
                ``{"dimension": "wrapUpCode", "value": "..."}``, which must hold besides;
                ``strict=False`` lets unknown dimensions, metrics and enum values through.

        Raises:
            QueryError: an argument is wrong, ``UnknownName`` among them; before the query is sent.
            IncompletePull: a day has more results than the platform pages through.
            GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.history import Filters, conversation_details

        if match != "start":
            raise QueryError(
                f"match={match!r}: a query answers for conversations by their start only.",
                hint="Use match='start', and pad='1D' for what began before the interval.",
            )
        words = {"queue": queue, "user": user, "media_type": media_type, "direction": direction}
        return conversation_details(
            self._rest,
            self.directory,
            interval,
            filters=Filters.of({**filters, **words}),
            tz=self._zone(tz),
            pad=pad,
            page_size=page_size,
            workers=workers,
            progress=progress,
        )

    def conversation_details_to_parquet(
        self,
        interval: Any,
        folder: str | os.PathLike[str],
        *,
        pad: Any = None,
        tz: str | dt.tzinfo | None = None,
        page_size: int = 100,
        workers: int = 4,
        overwrite: bool = False,
        progress: bool | None = None,
        **filters: Any,
    ) -> PullReport:
        """The same tables as :meth:`conversation_details`, to files day by day: a year fits as a day does.

        ``gc.conversation_details_to_parquet("2026-01-01/2026-07-01", "out/", queue="Support")``, then
        ``pandas.read_parquet("out/segments.parquet")`` for one table, or
        ``gca.ConversationDetails.from_parquet("out/")`` for all. A folder with an unfinished pull opens
        nowhere; the same call goes on with it, from the first day that is missing.

        Args:
            interval: as in :meth:`conversation_details`.
            folder: made where it is missing.
            pad: as in :meth:`conversation_details`.
            tz: likewise.
            page_size: likewise.
            workers: likewise.
            overwrite: take the place of whatever pull is in the folder.
            progress: likewise.
            **filters: likewise, ``queue=`` and so on among them.

        Returns:
            The report.

        Raises:
            QueryError: an argument is wrong, or the folder holds a finished pull or another one.
            IncompletePull: a day has more results than the platform pages through.
            GenesysError: the platform refused or did not answer; the days before are kept.
            OSError: a file cannot be written.
        """
        from gcanalytics.history import Filters, conversation_details_to_parquet

        return conversation_details_to_parquet(
            self._rest,
            self.directory,
            interval,
            folder,
            filters=Filters.of(filters),
            tz=self._zone(tz),
            pad=pad,
            page_size=page_size,
            workers=workers,
            overwrite=overwrite,
            progress=progress,
        )

    def conversation_pages(
        self,
        interval: Any,
        *,
        tz: str | dt.tzinfo | None = None,
        page_size: int = 100,
        workers: int = 4,
        **filters: Any,
    ) -> Iterator[dict[str, Any]]:
        """The raw pages of the same query, as the platform gave them.

        ``for page in gc.conversation_pages("yesterday", queue="Support"): ...``; the pages can be kept and
        read later with ``gca.ConversationDetails.from_pages(pages)``.

        Args:
            interval: as in :meth:`conversation_details`.
            tz: likewise.
            page_size: likewise.
            workers: likewise.
            **filters: likewise, ``queue=`` and so on among them.

        Raises:
            QueryError: an argument is wrong; at the call. GenesysError: while iterating.
        """
        from gcanalytics.history import Filters, conversation_pages

        return conversation_pages(
            self._rest,
            self.directory,
            interval,
            filters=Filters.of(filters),
            tz=self._zone(tz),
            page_size=page_size,
            workers=workers,
        )

    def conversation(self, conversation_id: str) -> ConversationDetails:
        """One conversation by its id, with the same tables.

        ``gc.conversation("32d2...").timeline()`` draws it. Permission:
        ``analytics:conversationDetail:view``.

        Args:
            conversation_id: the platform's id, as in ``d.interactions["conversationId"]``.

        Raises:
            QueryError: no id. ApiError: no such conversation (status 404), or refused.
        """
        from gcanalytics.history import conversation

        return conversation(self._rest, self.directory, conversation_id, tz=self._tz)

    def queue_performance(
        self,
        interval: Any,
        *,
        queue: Values = None,
        media_type: Values = None,
        freq: Any = None,
        tz: str | dt.tzinfo | None = None,
    ) -> pd.DataFrame:
        """The columns of the web interface's Queue Performance view, a row per queue and medium (and bucket).

        ``gc.queue_performance("yesterday", queue=["Support", "Billing"], freq="30min")``; one request.
        Permission: ``analytics:conversationAggregate:view``.

        Args:
            interval: as in :meth:`conversation_details`.
            queue: names or ids, any of them.
            media_type: any of them.
            freq: length of a bucket of time (``"30min"``, ``"1h"``, ``"D"``); None for the whole interval.
            tz: time zone; the client's by default.

        Returns:
            ``Queue``, ``Media Type``, with ``freq`` ``start``, ``end``, ``complete``; counts (Int64), seconds
            and percentages from 0 to 100 (Float64) under the interface's names, NA where there is nothing to
            divide by; ``queueId``. Each column: :func:`gcanalytics.performance.queue_performance`.

        Raises:
            QueryError: an argument is wrong. GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.performance import queue_performance

        return queue_performance(
            self._rest,
            self.directory,
            interval,
            tz=self._zone(tz),
            queue=queue,
            media_type=media_type,
            freq=freq,
        )

    def conversation_aggregates(
        self,
        interval: Any,
        *,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        granularity: str | None = None,
        queue: Values = None,
        media_type: Values = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the API's own word
        tz: str | dt.tzinfo | None = None,
        strict: bool = True,
    ) -> pd.DataFrame:
        """Any metrics of conversations by any dimensions: a row per group, bucket and metric; one request.

        ``gc.conversation_aggregates("2026-11-01/P7D", metrics=["nOffered", "tAbandon"], group_by=["queueId"],
        granularity="PT12H", media_type="voice")``; ``gca.aggregates_wide`` makes a column of each metric.
        Permission: ``analytics:conversationAggregate:view``.

        Args:
            interval: as in :meth:`conversation_details`.
            metrics: the platform's names.
            group_by: dimensions.
            granularity: ISO duration of a bucket; None for the whole interval.
            queue: names or ids, any of them.
            media_type: any of them.
            filter: a filter of the API beside the keywords, or a bare predicate such as
                ``{"dimension": "wrapUpCode", "value": "..."}``.
            tz: time zone; the client's by default.
            strict: whether unknown metrics and dimensions are refused.

        Returns:
            The dimensions (with names beside the ids of queues and users), ``start``, ``end``, ``metric``,
            ``qualifier``, then what the platform counted: ``count``, ``sum`` (of times in milliseconds) and
            the rest. Add only rows of equal ``missing_dims``. Each column:
            :func:`gcanalytics.performance.conversation_aggregates`.

        Raises:
            QueryError: an argument is wrong. GenesysError: the platform refused or did not answer.
        """
        from gcanalytics.performance import conversation_aggregates

        return conversation_aggregates(
            self._rest,
            self.directory,
            interval,
            tz=self._zone(tz),
            metrics=metrics,
            group_by=group_by,
            granularity=granularity,
            queue=queue,
            media_type=media_type,
            filter=filter,
            strict=strict,
        )
