"""The only page loops: lists with ``nextUri``, and the walk over the pages of a details query.

Fetches ahead in threads and hands pages over in order; reads no conversation itself.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from gcanalytics.api.intervals import Interval
from gcanalytics.api.query import MAX_RESULTS, DetailsQuery
from gcanalytics.errors import GenesysError, IncompletePull
from gcanalytics.transport.rest import Rest

WORKERS = 4
_MAX_WALKS = 3  # the first and two repetitions
_SPLIT_ABOVE = 1_000  # results from which a query of several days is asked for day by day
_SHORTEST_MS = 60_000  # a minute with more than 100,000 conversations is no contact center's
_POLL_S = 0.25  # Windows interrupts no wait without an end


def entities(
    rest: Rest, path: str, *, page_size: int, params: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """All entities of a list, each once, in the list's order.

    Args:
        rest: the connection.
        path: the list's path.
        page_size: entities a page.
        params: further query parameters, sent with every page.

    Raises:
        ApiError: the platform refused, or answered with another shape.
    """
    found: dict[str, dict[str, Any]] = {}
    number = 1
    while True:
        answer = rest.request(
            "GET", path, params={**(params or {}), "pageSize": page_size, "pageNumber": number}
        )
        page = answer.data
        listed = page.get("entities") if isinstance(page, dict) else None
        if not isinstance(page, dict) or not isinstance(listed, list | None):
            raise answer.error("The platform answered with JSON that is no list of entities.")
        known = len(found)
        found |= {str(one["id"]): one for one in listed or () if isinstance(one, dict) and one.get("id")}
        pages = page.get("pageCount")
        more = bool(page.get("nextUri")) or (isinstance(pages, int) and number < pages)
        if not more or len(found) == known:  # a server that repeats its last page for ever ends here
            return list(found.values())
        number += 1


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


_Outcome = bytes | GenesysError


@dataclass(eq=False)
class _Walk:
    """One query's result on its way: what was asked for, what came, what is due next.

    ``next`` and ``due`` count the pages of the present round; their numbers are the same, or those in
    ``mending``: a round that asks only for the pages where the result has moved.
    """

    interval: Interval
    parent_hits: int | None = None  # of the interval that this one is a half of
    hits_first: int | None = None
    hits_last: int | None = None
    next: int = 1
    due: int = 1
    round: int = 1
    walks: int = 1
    mending: list[int] | None = None
    ready: dict[int, _Outcome] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    ids_of_round: set[str] = field(default_factory=set)
    hits_of_round: list[int | None] = field(default_factory=list)
    asked_again: set[int] = field(default_factory=set)

    @property
    def missing(self) -> int:
        """How many ids fewer than ``totalHits`` there are."""
        return max(0, (self.hits_last or 0) - len(self.ids))

    def number(self, place: int) -> int:
        """Number of the page at a place of the round."""
        return place if self.mending is None else self.mending[place - 1]

    def wants(self, page_size: int, last_page: int) -> bool:
        """Whether another page is worth a request now: one past what ``totalHits`` promises, no further."""
        if self.next == 1:
            return True
        if self.mending is not None:  # its first page tells the present totalHits
            return self.due > 1 and self.next <= len(self.mending)
        if self.hits_first is None:
            return self.next == self.due
        promised = -(-max(self.hits_first, self.hits_last or 0) // page_size) + 1
        return self.next <= min(max(promised, self.due), last_page)

    def moved(self) -> list[int]:
        """Pages to ask for again, the likeliest first: page 1, which tells the present ``totalHits``; those
        before which it fell, and their predecessors; all that were read while it was another.

        Where a record leaves a result, those behind it move up, and one gets from the page that is read next
        to the page that was read before.
        """
        known = [(number, one) for number, one in enumerate(self.hits_of_round, start=1) if one is not None]
        fell = [number for (_, before), (number, now) in itertools.pairwise(known) if now < before]
        other = [number for number, one in known if one != self.hits_last]
        moved = dict.fromkeys([1, *fell, *(number - 1 for number in fell), *other])
        return list(moved) if fell or other else []

    def again(self, mending: list[int] | None) -> None:
        """Begin another round, keeping what came."""
        self.round += 1
        self.walks += mending is None
        self.next = self.due = 1
        self.mending = mending
        self.ready.clear()
        self.ids_of_round.clear()
        self.hits_of_round.clear()
        self.asked_again.clear()


class _TotalHits(msgspec.Struct):
    totalHits: Any = None  # noqa: N815 - the platform's name


_total_hits = msgspec.json.Decoder(_TotalHits)


class Pages:
    """The pages of a details query over an interval, fetched ahead and handed over in order.

    The interval is cut to the platform's caps; a piece of several days with many results is asked for
    day by day, and a day with more than 100,000 results in halves. The end of a result is its lowest
    page without conversations. A page of known ids only is asked for once more. For a result that brought
    fewer ids than ``totalHits`` the pages are asked for that told another ``totalHits``, and then the whole
    result, twice at most.

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
        self._workers = workers
        self._on_news = on_news or (lambda _: None)
        self._walks = deque(_Walk(piece) for piece in interval.chunks(query.max_days))
        self._arrived: queue.SimpleQueue[tuple[_Walk, int, int, _Outcome]] = queue.SimpleQueue()
        self._in_flight = 0
        self._stop = threading.Event()

    @property
    def expected(self) -> int | None:
        """How many conversations all is expected to bring, or None before all first pages came."""
        hits = [walk.hits_last if walk.hits_last is not None else walk.hits_first for walk in self._walks]
        if any(one is None for one in hits):
            return None
        return self.tally.total_hits_last + sum(one or 0 for one in hits)

    def __iter__(self) -> Iterator[bytes]:
        """Every page that is read, in order; closing the iterator ends all requests.

        Raises:
            GenesysError: a page could not be fetched.
            IncompletePull: more than 100,000 results in a piece that no halving makes smaller.
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
        for walk in self._walks:
            while self._in_flight < self._workers and walk.wants(self._size, self._last_page):
                if (
                    walk is not self._walks[0]
                    and sum(len(one.ready) for one in self._walks) >= 4 * self._workers
                ):
                    return
                self._start(walk, walk.next)
                walk.next += 1
            if self._in_flight >= self._workers:
                return

    def _start(self, walk: _Walk, place: int) -> None:
        round_number, number = walk.round, walk.number(place)

        def run() -> None:
            outcome: _Outcome = GenesysError("The thread that fetched a page broke down.")
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

    def _place(self, walk: _Walk, round_number: int, place: int, outcome: _Outcome) -> None:
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

    def _cut(self, walk: _Walk) -> bool:
        """Replace a walk with too many results by smaller ones; whether it was."""
        hits = walk.hits_first or 0
        days = walk.interval.utc_days()
        pieces: Sequence[Interval] = days
        if len(days) == 1 or hits <= _SPLIT_ABOVE:
            if hits <= MAX_RESULTS:
                return False
            if len(days) == 1:
                self._refuse_hopeless(walk)
                pieces = walk.interval.halves()
        parent_hits = hits if len(days) == 1 else None
        at = self._walks.index(walk)
        self._walks.remove(walk)
        for piece in reversed(pieces):
            self._walks.insert(at, _Walk(piece, parent_hits))
        return True

    @staticmethod
    def _refuse_hopeless(walk: _Walk) -> None:
        """A platform that answers for the whole day whatever the hour never gets below its limit."""
        hits = walk.hits_first or 0
        shortest = walk.interval.end_ms - walk.interval.start_ms <= _SHORTEST_MS
        if shortest or (walk.parent_hits is not None and hits >= walk.parent_hits):
            raise _too_many(walk, hits)

    def _next_of_first(self) -> bytes | None:
        """The page of the first walk that is due, read; None where it has not arrived."""
        walk = self._walks[0]
        if walk.mending is None and walk.due > self._last_page:
            raise _too_many(walk, len(walk.ids))
        page = walk.ready.pop(walk.due, None)
        if page is None:
            return None
        if isinstance(page, GenesysError):
            raise page
        summary = self._read(page)
        self._take(walk, summary)
        return page

    def _take(self, walk: _Walk, summary: PageSummary) -> None:
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
        if mended or (walk.round > 1 and not walk.missing):
            self._end(walk)

    def _end(self, walk: _Walk) -> None:
        """A round has ended: done with the walk, or another round for what is missing.

        Pages that were read while ``totalHits`` was another lack what was away then, and beside them records
        moved from page to page: these are asked for first. Then the whole walk is repeated.
        """
        if walk.missing:
            moved = walk.moved() if walk.round == 1 else []
            if moved and len(moved) < len(walk.hits_of_round):
                walk.again(moved)
                return
            if walk.walks < _MAX_WALKS:
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


def _too_many(walk: _Walk, hits: int) -> IncompletePull:
    day = walk.interval.start.date()
    return IncompletePull(
        f"{day} (UTC) has {hits:,} results, and the platform pages through {MAX_RESULTS:,} at most.",
        hint="Ask for less of that day: by queue, media type, direction or another filter.",
    )
