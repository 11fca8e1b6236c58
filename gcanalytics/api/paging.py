"""The only page loops: lists with ``nextUri``, and the walk over the pages of a details query.

Fetches ahead in threads and hands pages over in order; reads no conversation itself. What one walk knows and
asks for next is in ``walks``.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from gcanalytics.api.intervals import Interval
from gcanalytics.api.query import DetailsQuery
from gcanalytics.api.walks import Outcome, Walk
from gcanalytics.errors import GenesysError, IncompletePull
from gcanalytics.transport.rest import Rest

WORKERS = 4
_MAX_WALKS = 3  # the first and two repetitions
_ASKED_AT_MOST = 2  # times for a page of a list that brings nothing new
_SPLIT_ABOVE = 1_000  # results from which a query of several days is asked for day by day
_SHORTEST_MS = 60_000  # a minute with more than 100,000 conversations is no contact center's
_POLL_S = 0.25  # Windows interrupts no wait without an end


def entities(rest: Rest, path: str, *, page_size: int, params: Mapping[str, Any] | None = None) -> list[Any]:
    """All entities of a list, each once, in the list's order.

    A page of known entities only is asked for once more. A list that brought fewer than its ``total``, or
    where it tells none, than its full pages hold, is read again, twice at most.

    Args:
        rest: the connection.
        path: the list's path.
        page_size: entities a page.
        params: further query parameters, sent with every page.

    Raises:
        ApiError: the platform refused, or answered with another shape.
        IncompletePull: the platform counts more than it lists; ``found`` has what it does list.
    """
    found: dict[str, dict[str, Any]] = {}
    total = 0
    for _ in range(_MAX_WALKS):
        total = _list_once(rest, path, page_size, params or {}, found)
        if len(found) >= total:
            return list(found.values())
    raise IncompletePull(
        f"The platform lists {len(found):,} of {total:,} entities of {path}.",
        hint="Ask again later; the list may be changing.",
        path=path,
        found=found.values(),
    )


def _list_once(
    rest: Rest, path: str, page_size: int, params: Mapping[str, Any], found: dict[str, dict[str, Any]]
) -> int:
    """Read a list to its end into ``found``; how many different entities it says there are, 0 if nothing."""
    seen: set[str] = set()
    number, asked, nameless, total = 1, 0, 0, 0
    while True:
        answer = rest.request("GET", path, params={**params, "pageSize": page_size, "pageNumber": number})
        page = answer.data
        listed = page.get("entities") if isinstance(page, dict) else None
        if not isinstance(page, dict) or not isinstance(listed, list | None):
            raise answer.error("The platform answered with JSON that is no list of entities.")
        named = {str(one["id"]): one for one in listed or () if isinstance(one, dict) and one.get("id")}
        found |= named
        told, pages = page.get("total"), page.get("pageCount")
        total = told if isinstance(told, int) else total
        more = bool(page.get("nextUri")) or (isinstance(pages, int) and number < pages)
        if told is None and isinstance(page.get("pageSize"), int):
            # Where nobody counts, all pages but the last are full, and a next page holds something.
            total = (number - 1) * page["pageSize"] + max(len(listed or ()), int(more))
        if not more:
            break
        if named.keys() <= seen:
            asked += 1
            if asked < _ASKED_AT_MOST:
                continue
            if number * page_size >= total:  # a server that repeats its last page for ever ends here
                break
        nameless += len(listed or ()) - len(named)
        seen |= named.keys()
        number, asked = number + 1, 0
    return total - nameless


class PageSummary(Protocol):
    """What a page held, as ``frames`` tells it."""

    @property
    def ids(self) -> list[str]:
        """Ids of its conversations."""

    @property
    def total_hits(self) -> int | None:
        """The platform's approximate count of all results."""

    @property
    def has_conversations(self) -> bool:
        """False on the page past the last."""


Fetch = Callable[[Interval, int, threading.Event], bytes]
"""Gives a page of an interval by its number; ends its waits when the event is set."""


@dataclass
class Tally:
    """What a pull over pages has seen so far.

    Attributes:
        pages: pages handed over, those past the last among them.
        conversations: different ids.
        total_hits_first: sum of ``totalHits`` as each first page told it.
        total_hits_last: the same as the last pages told it; the platform's count moves while it is read.
        short_by: ids that ``totalHits`` promised and that no repetition brought.
        repeated_walks: how often a result was walked again for what was missing.
        read_again: conversations that were known when a page was asked for again.
    """

    pages: int = 0
    conversations: int = 0
    total_hits_first: int = 0
    total_hits_last: int = 0
    short_by: int = 0
    repeated_walks: int = 0
    read_again: int = 0


class _TotalHits(msgspec.Struct):
    totalHits: Any = None  # noqa: N815 - the platform's name


_total_hits = msgspec.json.Decoder(_TotalHits)


class Pages:
    """The pages of a details query over an interval, fetched ahead and handed over in order.

    The interval is cut to the platform's caps; a piece of several days with many results is asked for
    day by day, and a day with more results than its pages reach in halves. The end of a result is its lowest
    page without conversations. A page of known ids only is asked for once more. Where ``totalHits`` fell
    from one page to the next, both are asked for again. For a result that brought fewer ids than
    ``totalHits`` the pages are asked for that told another ``totalHits``, and then the whole result, twice at
    most.

    Args:
        fetch: gives a page; called in threads of its own.
        read: summarizes a page; called in the iterating thread, in the order of the pages.
        query: filters and page size.
        interval: what is asked for.
        workers: requests at a time.
        on_news: told after each page handed over, and four times a second while none comes.
    """

    def __init__(
        self,
        fetch: Fetch,
        read: Callable[[bytes], PageSummary],
        *,
        query: DetailsQuery,
        interval: Interval,
        workers: int = WORKERS,
        on_news: Callable[[Pages], None] | None = None,
    ) -> None:
        self.tally = Tally()
        self._fetch = fetch
        self._read = read
        self._size = query.page_size
        self._last_page = query.last_page
        self._reach = query.last_page * query.page_size
        self._workers = workers
        self._on_news = on_news or (lambda _: None)
        self._end_ms = interval.end_ms
        self._walks = deque(Walk(piece) for piece in interval.chunks(query.max_days))
        self._arrived: queue.SimpleQueue[tuple[Walk, int, int, Outcome]] = queue.SimpleQueue()
        self._in_flight = 0
        self._stop = threading.Event()

    @property
    def expected(self) -> int | None:
        """How many conversations all is expected to bring, or None before all first pages came."""
        hits = [walk.hits_last if walk.hits_last is not None else walk.hits_first for walk in self._walks]
        if any(one is None for one in hits):
            return None
        return self.tally.total_hits_last + sum(one or 0 for one in hits)

    @property
    def read_until_ms(self) -> int:
        """The instant before which all of the interval has been handed over, in milliseconds."""
        return self._walks[0].interval.start_ms if self._walks else self._end_ms

    def __iter__(self) -> Iterator[bytes]:
        """Every page that is read, in order; closing the iterator ends all requests.

        Raises:
            GenesysError: a page could not be fetched.
            IncompletePull: more results than pages reach (100,000) in a piece that no halving makes smaller.
        """
        try:
            while self._walks:
                self._launch()
                page = self._next_of_first()
                if page is None:
                    self._wait()
                else:
                    yield page
                    self._on_news(self)
        finally:
            self._stop.set()

    def _launch(self) -> None:
        """Fill the free places with the most urgent pages: the first walk's, then the next ones'."""
        # With a single day and nothing else to ask for, its first pages come in the time of one.
        alone = len(self._walks) == 1 and len(self._walks[0].interval.utc_days()) == 1
        ahead = WORKERS if alone else 1
        for walk in self._walks:
            while self._in_flight < self._workers and walk.wants(self._size, self._last_page, ahead):
                if (
                    walk is not self._walks[0]
                    and sum(len(one.ready) for one in self._walks) >= 4 * self._workers
                ):
                    return
                self._start(walk, walk.next)
                walk.next += 1
            if self._in_flight >= self._workers:
                return

    def _start(self, walk: Walk, place: int) -> None:
        round_number, number = walk.round, walk.number(place)

        def run() -> None:
            outcome: Outcome = GenesysError("The thread that fetched a page broke down.")
            try:
                outcome = self._fetch(walk.interval, number, self._stop)
            except GenesysError as failure:
                outcome = failure
            finally:
                self._arrived.put((walk, round_number, place, outcome))

        self._in_flight += 1
        # A daemon: Ctrl-C and the interpreter's end do not wait for an answer that is still to come.
        threading.Thread(target=run, name=f"gcanalytics page {number}", daemon=True).start()

    def _wait(self) -> None:
        """Wait for a page, but not for ever."""
        try:
            self._place(*self._arrived.get(timeout=_POLL_S))
        except queue.Empty:
            self._on_news(self)

    def _place(self, walk: Walk, round_number: int, place: int, outcome: Outcome) -> None:
        """Put a page that has arrived where it is due, unless nobody waits for it any more."""
        self._in_flight -= 1
        if walk not in self._walks or round_number != walk.round or place < walk.due:
            return  # a page past the end, or of a walk that was cut or started over
        first = place == walk.round == 1 and walk.hits_first is None
        if first and not isinstance(outcome, GenesysError):
            walk.hits_first = _hits(outcome)
            if self._cut(walk):
                return
        walk.ready[place] = outcome  # a failure too: a page past the end is nobody's loss

    def _cut(self, walk: Walk) -> bool:
        """Replace a walk with too many results by smaller ones; whether it was."""
        hits = walk.hits_first or 0
        days = walk.interval.utc_days()
        pieces: Sequence[Interval] = days
        if len(days) == 1 or hits <= _SPLIT_ABOVE:
            if hits <= self._reach:
                return False
            if len(days) == 1:
                self._refuse_hopeless(walk)
                pieces = walk.interval.halves()
        parent_hits = hits if len(days) == 1 else None
        at = self._walks.index(walk)
        self._walks.remove(walk)
        for piece in reversed(pieces):
            self._walks.insert(at, Walk(piece, parent_hits))
        return True

    def _refuse_hopeless(self, walk: Walk) -> None:
        """A platform that answers for the whole day whatever the hour never gets below its limit."""
        hits = walk.hits_first or 0
        shortest = walk.interval.end_ms - walk.interval.start_ms <= _SHORTEST_MS
        if shortest or (walk.parent_hits is not None and hits >= walk.parent_hits):
            raise _too_many(walk, hits, self._reach)

    def _next_of_first(self) -> bytes | None:
        """The page of the first walk that is due, read; None where it has not arrived."""
        walk = self._walks[0]
        if walk.mending is None and walk.due > self._last_page:
            raise _too_many(walk, len(walk.ids), self._reach)
        page = walk.ready.pop(walk.due, None)
        if page is None:
            return None
        if isinstance(page, GenesysError):
            raise page
        summary = self._read(page)
        self._take(walk, summary)
        return page

    def _take(self, walk: Walk, summary: PageSummary) -> None:
        """Count a page, and decide what its walk does next."""
        self.tally.pages += 1
        if summary.total_hits is not None:
            walk.hits_last = summary.total_hits
            walk.hits_first = summary.total_hits if walk.hits_first is None else walk.hits_first
        if walk.round > 1 or walk.due in walk.asked_again:
            self.tally.read_again += len(walk.ids.intersection(summary.ids))
        number = walk.number(walk.due)
        fresh = [one for one in summary.ids if one not in walk.ids_of_round]
        past_all = number > -(-(walk.hits_last or 0) // self._size)
        if not summary.has_conversations or (not summary.ids and past_all):
            if walk.mending is None:
                self._end(walk)
                return
        elif summary.ids and not fresh and walk.due not in walk.asked_again:
            walk.asked_again.add(walk.due)  # records that entered the result push a page's records on
            self._start(walk, walk.due)
            return
        before = len(walk.ids)
        walk.ids.update(fresh)
        walk.ids_of_round.update(fresh)
        walk.hits_of_round.append(summary.total_hits)
        self.tally.conversations += len(walk.ids) - before
        walk.due += 1
        mended = walk.mending is not None and walk.due > len(walk.mending)
        if mended or walk.is_settled or walk.is_whole_at(self._last_page, self._reach):
            self._end(walk)

    def _end(self, walk: Walk) -> None:
        """A round has ended: done with the walk, or another round for what is missing or has moved.

        Pages that were read while ``totalHits`` was another lack what was away then, and beside them records
        moved from page to page: these are asked for first. Then the whole walk is repeated.
        """
        moved = walk.moved() if walk.round == 1 else []
        if moved and len(moved) < len(walk.hits_of_round):
            walk.again(moved)
            return
        if (walk.missing or moved) and walk.walks < _MAX_WALKS:
            self.tally.repeated_walks += 1
            walk.again(None)
            return
        self._walks.popleft()
        self.tally.short_by += walk.missing
        self.tally.total_hits_first += walk.hits_first or 0
        self.tally.total_hits_last += walk.hits_last or 0


def _hits(page: bytes) -> int | None:
    hits = _total_hits.decode(page).totalHits
    return hits if isinstance(hits, int) and not isinstance(hits, bool) else None


def _too_many(walk: Walk, hits: int, reach: int) -> IncompletePull:
    day = walk.interval.start.date()
    return IncompletePull(
        f"{day} (UTC) has {hits:,} results, and the platform pages through {reach:,} at most.",
        hint="Ask for less of that day: by queue, media type, direction or another filter.",
    )
