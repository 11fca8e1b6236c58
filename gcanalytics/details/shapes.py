"""Pages that a user gives: whether they are pages at all. Nothing is decoded twice but what looks empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gcanalytics.errors import ApiError, QueryError
from gcanalytics.frames.conversations import PageSummary

# Keys of an answer of the details query or of a job (the SDK's AnalyticsConversationQueryResponse and
# AnalyticsConversationAsyncQueryResponse): any of them may stand alone.
_KEYS = {"conversations", "conversationId", "totalHits", "aggregations", "cursor", "dataAvailabilityDate"}


def taken(pages: Iterable[Any], add: Callable[[Any], PageSummary]) -> Iterator[PageSummary]:
    """What each page held, when ``add`` has taken it.

    Args:
        pages: responses, lists of conversations, or single ones; each as bytes of JSON, or decoded.
        add: takes one page.

    Raises:
        QueryError: not pages, but a single one.
        ApiError: a page is no JSON, or JSON of another shape, such as the body of an error.
    """
    if isinstance(pages, Mapping | str | bytes) or not isinstance(pages, Iterable):
        raise QueryError(
            f"pages= takes a list of pages, not {type(pages).__name__}.", hint="Give a single one as [page]."
        )
    for page in pages:
        if not isinstance(page, bytes | Mapping | list | tuple):
            raise QueryError(
                f"A page is bytes of JSON, or what they decode to, not {type(page).__name__}.",
                hint="Of an answer of gc.request(), give its data.",
            )
        summary = add(page)
        if not summary.ids:
            _check(page)
        yield summary


def _check(page: Any) -> None:
    """Refuse what has no conversations because it is no page."""
    found = json.loads(page) if isinstance(page, bytes) else page
    if not isinstance(found, dict):
        return
    if found and not _KEYS & set(found):
        keys = ", ".join(sorted(map(str, found))[:8])
        raise ApiError(f"This is no page of conversations; it has {keys}.")
    listed = found.get("conversations")
    if listed is not None and not isinstance(listed, list):
        raise ApiError(f"The conversations of a page are a list, not {type(listed).__name__}.")
