"""Pulls of conversation details: what was asked for becomes a query, its pages become tables and a report."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from gcanalytics.api import conversations as endpoint
from gcanalytics.api.intervals import Interval, instant
from gcanalytics.api.paging import WORKERS, Pages, Tally
from gcanalytics.api.query import MAX_PAGE_SIZE, DetailsQuery, RawFilters, details_query
from gcanalytics.api.vocabulary import check_names
from gcanalytics.details import ConversationDetails, PullReport
from gcanalytics.errors import ApiError, QueryError, nearest
from gcanalytics.frames.conversations import Builder, PageSummary
from gcanalytics.frames.scope import Scope
from gcanalytics.measures.coverage import width
from gcanalytics.notebook.progress import progress_for

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.directory import Directory

Values = str | Sequence[str] | None
_MAX_WORKERS = 16


@dataclass(frozen=True)
class Filters:
    """What a pull asks for besides its interval: names and words as the user writes them.

    Attributes:
        queue: names or ids of queues, any of them.
        user: names, e-mail addresses or ids of users, any of them.
        media_type: ``voice``, ``chat`` ..., any of them.
        direction: ``inbound``, ``outbound``.
        segment_filters: filters, or bare predicates, as the API takes them.
        conversation_filters: likewise; and so on.
        evaluation_filters: likewise.
        survey_filters: likewise.
        resolution_filters: likewise.
        strict: whether unknown dimensions, metrics and enum values are refused.
    """

    queue: Values = None
    user: Values = None
    media_type: Values = None
    direction: Values = None
    segment_filters: RawFilters = None
    conversation_filters: RawFilters = None
    evaluation_filters: RawFilters = None
    survey_filters: RawFilters = None
    resolution_filters: RawFilters = None
    strict: bool = True

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Filters:
        """Filters from keywords.

        Raises:
            QueryError: there is no such filter; says which there are.
        """
        known = cls.__dataclass_fields__
        for name in given:
            if name not in known:
                guess = "".join(f" Did you mean {one}=?" for one in nearest(name, known, limit=1))
                raise QueryError(f"There is no filter {name}=; there are {', '.join(known)}.{guess}")
        return cls(**given)

    def resolve(self, directory: Directory, page_size: int) -> tuple[DetailsQuery, Scope]:
        """The query and its scope; words are checked before names, which may take a request."""

        def words(kind: str, values: Values) -> list[str] | None:
            return None if values is None else check_names(kind, values, strict=self.strict)

        media_types = words("media type", self.media_type)
        directions = words("direction", self.direction)
        raw: dict[str, Any] = {
            "segment_filters": self.segment_filters,
            "conversation_filters": self.conversation_filters,
            "evaluation_filters": self.evaluation_filters,
            "survey_filters": self.survey_filters,
            "resolution_filters": self.resolution_filters,
        }
        details_query(
            media_types=media_types, directions=directions, page_size=page_size, strict=self.strict, **raw
        )
        queue_ids = None if self.queue is None else directory.queue_ids(self.queue)
        user_ids = None if self.user is None else directory.user_ids(self.user)
        query = details_query(
            queue_ids=queue_ids,
            user_ids=user_ids,
            media_types=media_types,
            directions=directions,
            page_size=page_size,
            strict=self.strict,
            **raw,
        )
        every = (queue_ids, user_ids, media_types, directions)
        return query, Scope(*(None if one is None else frozenset(one) for one in every))


def conversation_details(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    filters: Filters | None = None,
    tz: str | dt.tzinfo = "UTC",
    pad: Any = None,
    page_size: int = MAX_PAGE_SIZE,
    workers: int = WORKERS,
    progress: bool | None = None,
) -> ConversationDetails:
    """The conversations that started in an interval, as tables with a report.

    Args:
        rest: the connection.
        directory: names and ids.
        interval: see :meth:`gcanalytics.api.intervals.Interval.parse`.
        filters: what to ask for; everything by default.
        tz: time zone of bare dates and times.
        pad: how far before the interval conversations are fetched too (``"1D"``), so that the first
            buckets of a measure are whole; None for not at all.
        page_size: conversations a page, 1 to 100.
        workers: requests at a time, 1 to 16.
        progress: see :func:`gcanalytics.notebook.progress.progress_for`.

    Raises:
        QueryError: an argument is wrong; before any request but that for names.
        IncompletePull: a day has more results than the platform pages through.
        GenesysError: the platform refused or did not answer.
    """
    asked = Interval.parse(interval, tz=tz)
    margin = dt.timedelta() if pad is None else width(pad).to_pytimedelta()
    pulled = asked.padded(margin)
    check_workers(workers)
    query, scope = (filters or Filters()).resolve(directory, page_size)
    builder = Builder()
    meter = Meter(rest)
    line = progress_for(progress)
    pages = Pages(
        fetch_of(rest, query),
        builder.add,
        query=query,
        interval=pulled,
        workers=workers,
        on_news=lambda now: line.update(now.tally.conversations, now.expected, rest.waiting_s),
    )
    summary: str | None = None
    try:
        for _page in pages:
            pass
        names = directory.names()
        tables = builder.build(start_ms=pulled.start_ms, end_ms=pulled.end_ms, scope=scope, names=names)
        # What was asked for twice is no duplicate of the platform's.
        tables.duplicates = max(0, tables.duplicates - pages.tally.read_again)
        report = meter.report(
            **facts_of(pages.tally), interval=asked.iso(), pad_s=margin.total_seconds(), tz=str(tz)
        )
        details = ConversationDetails(tables, names=names, scope=scope, report=report)
        summary = str(details.report)
    finally:
        line.close(summary)
    return details


def conversation_pages(
    rest: Rest,
    directory: Directory,
    interval: Any,
    *,
    filters: Filters | None = None,
    tz: str | dt.tzinfo = "UTC",
    page_size: int = MAX_PAGE_SIZE,
    workers: int = WORKERS,
) -> Iterator[dict[str, Any]]:
    """The raw pages of the same query, in order, the one past the end left out.

    Arguments and errors as in :func:`conversation_details`; wrong arguments fail at the call, not at the
    first page. Pages may hold conversations that started outside the interval (the platform answers with
    whole UTC days) and the same conversation twice.
    """
    asked = Interval.parse(interval, tz=tz)
    check_workers(workers)
    query, _ = (filters or Filters()).resolve(directory, page_size)
    return _raw_pages(rest, query, asked, workers)


def _raw_pages(rest: Rest, query: DetailsQuery, asked: Interval, workers: int) -> Iterator[dict[str, Any]]:
    decoded: dict[str, Any] = {}

    def read(page: bytes) -> PageSummary:
        nonlocal decoded
        decoded = msgspec.json.decode(page)
        found = decoded.get("conversations")
        listed = found if isinstance(found, list) else []
        ids = [
            str(one["conversationId"]) for one in listed if isinstance(one, dict) and "conversationId" in one
        ]
        hits = decoded.get("totalHits")
        return PageSummary(ids, hits if isinstance(hits, int) else None, found is not None)

    for _page in Pages(fetch_of(rest, query), read, query=query, interval=asked, workers=workers):
        if decoded.get("conversations"):
            yield decoded


def conversation(
    rest: Rest, directory: Directory, conversation_id: str, *, tz: str | dt.tzinfo = "UTC"
) -> ConversationDetails:
    """One conversation by its id.

    Args:
        rest: the connection.
        directory: names for ids.
        conversation_id: the platform's id.
        tz: time zone whose clock pictures of it show.

    Raises:
        QueryError: no id.
        ApiError: the platform knows no such conversation, refused or did not answer.
    """
    meter = Meter(rest)
    builder = Builder()
    try:
        builder.add(endpoint.details(rest, conversation_id))
    except ApiError as refusal:
        if refusal.status == 404:
            refusal.hint = "Conversations older than the organisation's retention are gone; so is a wrong id."
        raise
    names = directory.names()
    tables = builder.build(names=names)
    return ConversationDetails(tables, names=names, scope=Scope(), report=meter.report(pages=1, tz=str(tz)))


def now() -> dt.datetime:
    """The machine's time."""
    return dt.datetime.now(dt.UTC)


class Meter:
    """What a pull costs: requests, retries and time from its making on.

    The counts are the connection's, so what other threads send meanwhile is among them.

    Attributes:
        began: when it was made, ISO-8601 in UTC.
    """

    def __init__(self, rest: Rest, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest = rest
        self._clock = clock
        self._started = clock()
        self._requests, self._retries = rest.requests, rest.retries
        self.began = instant(now())

    def costs(self) -> dict[str, Any]:
        """Requests, retries and seconds so far."""
        return {
            "requests": self._rest.requests - self._requests,
            "retries": self._rest.retries - self._retries,
            "elapsed_s": self._clock() - self._started,
        }

    def report(self, **facts: Any) -> PullReport:
        """The pull's report; what the tables tell is counted by whoever holds them."""
        return PullReport(
            source="query",
            # The beginning, for a page read first lacks what happened while the last was read.
            pulled_at=self.began,
            **self.costs(),
            **facts,
        )


def facts_of(tally: Tally) -> dict[str, int]:
    """What a walk over pages adds to a report."""
    return {
        "pages": tally.pages,
        "total_hits_first": tally.total_hits_first,
        "total_hits_last": tally.total_hits_last,
        "short_by": tally.short_by,
    }


def check_workers(workers: int) -> None:
    """Refuse a number of workers that is none.

    Raises:
        QueryError: it is no number from 1 to 16.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= _MAX_WORKERS:
        raise QueryError(f"workers={workers!r}: a pull sends 1 to {_MAX_WORKERS} requests at a time.")


def fetch_of(rest: Rest, query: DetailsQuery) -> Any:
    """What gets a query's pages over a connection."""

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return endpoint.details_query(rest, query.body(interval, number), stop=stop)

    return fetch
