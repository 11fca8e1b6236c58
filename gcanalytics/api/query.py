"""Bodies of the conversation details query: keyword filters, raw filters, page. Sends nothing.

A filter is ``{"type": "and" | "or", "clauses": [...], "predicates": [...]}``, a clause one without clauses
(the SDK's ConversationQuery and its predicates). The filters of a list must all hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from gcanalytics.api.intervals import Interval
from gcanalytics.api.vocabulary import check_names
from gcanalytics.errors import QueryError

if TYPE_CHECKING:
    from gcanalytics.contract.bodies import (
        ConversationAggregateQueryFilter,
        ConversationDetailQueryFilter,
        ConversationQuery,
        EvaluationDetailQueryFilter,
        ResolutionDetailQueryFilter,
        SegmentDetailQueryClause,
        SegmentDetailQueryFilter,
        SegmentDetailQueryPredicate,
        SurveyDetailQueryFilter,
    )

UNFILTERED_DAYS = 7
"""Days of an interval at most without a filter (Genesys' page on the detail query)."""
FILTERED_DAYS = 31
"""Days of an interval at most with a filter (the same page; longer is answered with 400)."""
MAX_PAGE_SIZE = 100
"""Larger pages are refused; three public clients send 100 and name it the most."""
MAX_RESULTS = 100_000
"""``pageSize * pageNumber`` at most: "Pagination may not exceed 100000 results" (a recorded 400)."""

RawFilter = Mapping[str, Any]
RawFilters = RawFilter | Sequence[RawFilter] | None

_AGGREGATES = "the aggregates query"  # in place of the name of a list of filters, which it does not have
# What the predicates of each kind of filter may hold, as kinds of the vocabulary.
_KINDS: dict[str, dict[str, str]] = {
    "conversationFilters": {"dimension": "conversation dimension", "metric": "conversation metric"},
    "segmentFilters": {"dimension": "segment dimension", "metric": "segment metric"},
    "evaluationFilters": {"dimension": "evaluation dimension", "metric": "evaluation metric"},
    "surveyFilters": {"dimension": "survey dimension", "metric": "survey metric"},
    "resolutionFilters": {"metric": "resolution metric"},
    _AGGREGATES: {"dimension": "aggregate dimension"},
}
_ENUMS = {
    "mediaType": "media type",
    "direction": "direction",
    "purpose": "purpose",
    "segmentType": "segment type",
    "disconnectType": "disconnect type",
    "originatingDirection": "originating direction",
}
_RANGE_KEYS = frozenset({"gt", "gte", "lt", "lte"})
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")


class Filters(TypedDict, total=False):
    """The lists of filters of a details query's body; all of them must hold."""

    conversationFilters: list[ConversationDetailQueryFilter]
    segmentFilters: list[SegmentDetailQueryFilter]
    evaluationFilters: list[EvaluationDetailQueryFilter]
    surveyFilters: list[SurveyDetailQueryFilter]
    resolutionFilters: list[ResolutionDetailQueryFilter]


@dataclass(frozen=True)
class DetailsQuery:
    """What a details query asks for, whatever its interval and page.

    Attributes:
        filters: name of the body's list of filters to the filters.
        page_size: conversations a page, 1 to 100.
    """

    filters: Filters = field(default_factory=Filters)
    page_size: int = MAX_PAGE_SIZE

    @property
    def max_days(self) -> int:
        """UTC days that one query may touch."""
        return FILTERED_DAYS if self.filters else UNFILTERED_DAYS

    @property
    def last_page(self) -> int:
        """Number of the last page that the platform gives."""
        return MAX_RESULTS // self.page_size

    def body(self, interval: Interval, page_number: int) -> ConversationQuery:
        """The request's body for one page, numbered from 1."""
        return {
            "interval": interval.iso(),
            "order": "asc",
            "orderBy": "conversationStart",
            "paging": {"pageSize": self.page_size, "pageNumber": page_number},
            **self.filters,
        }


def details_query(
    *,
    queue_ids: Sequence[str] | None = None,
    user_ids: Sequence[str] | None = None,
    media_types: Sequence[str] | None = None,
    directions: Sequence[str] | None = None,
    segment_filters: RawFilters = None,
    conversation_filters: RawFilters = None,
    evaluation_filters: RawFilters = None,
    survey_filters: RawFilters = None,
    resolution_filters: RawFilters = None,
    page_size: int = MAX_PAGE_SIZE,
    strict: bool = True,
) -> DetailsQuery:
    """A details query of keyword filters and raw filters.

    The keyword filters stand in one segment filter, so that they hold in one and the same segment: a
    call that waited in this queue and was talked about with that agent in another does not match.

    Args:
        queue_ids: ids of queues, any of them.
        user_ids: ids of users, any of them.
        media_types: media types in the platform's spelling, any of them.
        directions: ``inbound``, ``outbound``.
        segment_filters: a filter or several as the API takes them, or bare predicates, which all must hold.
        conversation_filters: likewise; and so on.
        evaluation_filters: likewise.
        survey_filters: likewise.
        resolution_filters: likewise.
        page_size: conversations a page.
        strict: whether unknown dimensions, metrics and enum values are refused.

    Raises:
        QueryError: a filter of no such shape, an empty list, a page size that does not exist.
        UnknownName: an unknown dimension, metric or enum value.
    """
    if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= MAX_PAGE_SIZE:
        raise QueryError(f"page_size={page_size!r}: a page holds 1 to {MAX_PAGE_SIZE} conversations.")
    keywords = {"queueId": queue_ids, "userId": user_ids, "mediaType": media_types, "direction": directions}
    filters: Filters = {}
    if found := _raw("conversationFilters", conversation_filters, strict=strict):
        filters["conversationFilters"] = found
    segments: list[SegmentDetailQueryFilter] = _raw("segmentFilters", segment_filters, strict=strict)
    if same_segment := _same_segment(keywords):
        segments.insert(0, same_segment)
    if segments:
        filters["segmentFilters"] = segments
    if found := _raw("evaluationFilters", evaluation_filters, strict=strict):
        filters["evaluationFilters"] = found
    if found := _raw("surveyFilters", survey_filters, strict=strict):
        filters["surveyFilters"] = found
    if found := _raw("resolutionFilters", resolution_filters, strict=strict):
        filters["resolutionFilters"] = found
    return DetailsQuery(filters, page_size)


def _same_segment(keywords: Mapping[str, Sequence[str] | None]) -> SegmentDetailQueryFilter | None:
    """One filter in which every keyword must hold, and of each keyword any value."""
    predicates: list[SegmentDetailQueryPredicate] = []
    clauses: list[SegmentDetailQueryClause] = []
    for dimension, values in keywords.items():
        if values is None:
            continue
        if not values:
            raise QueryError(f"An empty list for {dimension} would match nothing; leave it out for all.")
        wanted: list[SegmentDetailQueryPredicate] = [
            {"type": "dimension", "dimension": dimension, "value": value} for value in values
        ]
        if len(wanted) == 1:
            predicates += wanted
        else:
            clauses.append({"type": "or", "predicates": wanted})
    if not predicates and not clauses:
        return None
    found: SegmentDetailQueryFilter = {"type": "and"}
    if clauses:
        found["clauses"] = clauses
    if predicates:
        found["predicates"] = predicates
    return found


def aggregate_filter(given: RawFilter, *, strict: bool = True) -> ConversationAggregateQueryFilter:
    """The filter of an aggregates query, held against the vocabulary; a bare predicate is made a filter.

    Its dimensions are those that it groups by (the SDK's two lists of values are the same).

    Raises:
        QueryError: it is no filter; ``UnknownName`` for a dimension or a value that the contract lacks.
    """
    if not isinstance(given, Mapping):
        raise QueryError(
            f"filter={given!r:.80} is no filter of the API.",
            hint='Write {"type": "and", "predicates": [{"dimension": "queueId", "value": "..."}]}.',
        )
    bare = not {"predicates", "clauses"} & set(given)
    whole: RawFilter = {"type": "and", "predicates": [given]} if bare and "dimension" in given else given
    checked: Any = _filter(_AGGREGATES, whole, strict=strict, nested=True)
    found: ConversationAggregateQueryFilter = checked
    return found


def _raw(name: str, value: RawFilters, *, strict: bool) -> list[Any]:
    """Users' own filters, each held against the vocabulary: of the type that the body has under this name."""
    if value is None:
        return []
    given: Any = [value] if isinstance(value, Mapping) else value
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise QueryError(f"{name} is a filter or a list of filters, not {value!r:.80}.")
    filters: list[dict[str, Any]] = []
    bare: list[dict[str, Any]] = []
    for entry in given:
        if not isinstance(entry, Mapping):
            raise QueryError(f"{name} holds {entry!r:.80}, which is no filter.")
        if "predicates" in entry or "clauses" in entry:
            filters.append(_filter(name, entry, strict=strict, nested=True))
        else:
            bare.append(_predicate(name, entry, strict=strict))
    if bare:
        filters.append({"type": "and", "predicates": bare})
    return filters


def _filter(name: str, given: Any, *, strict: bool, nested: bool) -> dict[str, Any]:
    """A filter, or with ``nested=False`` a clause in it; there is no third level."""
    if not isinstance(given, Mapping):
        raise QueryError(f"{name} holds {given!r:.80}, which is no filter.")
    _refuse_other_keys(name, given, {"type", "predicates", *(["clauses"] if nested else [])})
    if "type" not in given:
        raise QueryError(f'A filter of {name} says "type": "and" or "or".')
    kind = _word("filter type", given["type"], strict=None)
    predicates = [_predicate(name, one, strict=strict) for one in _list(name, given, "predicates")]
    clauses = [_filter(name, one, strict=strict, nested=False) for one in _list(name, given, "clauses")]
    if not predicates and not clauses:
        raise QueryError(f"A filter of {name} has neither predicates nor clauses.")
    found: dict[str, Any] = {"type": kind}
    if clauses:
        found["clauses"] = clauses
    if predicates:
        found["predicates"] = predicates
    return found


def _predicate(name: str, given: Any, *, strict: bool) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise QueryError(f"{name} holds {given!r:.80}, which is no predicate.")
    _refuse_other_keys(
        name, given, {"type", "dimension", "metric", "property", "propertyType", "operator", "value", "range"}
    )
    subjects = [key for key in ("dimension", "metric", "property") if given.get(key) is not None]
    if len(subjects) != 1:
        raise QueryError(
            f"A predicate of {name} names one dimension, metric or property: {dict(given)!r:.120}."
        )
    subject = subjects[0]
    found = dict(given)
    kinds = _KINDS[name]
    if subject == "property":
        if name != "segmentFilters":
            raise QueryError(f"{name} knows no properties; segmentFilters of the details query does.")
    elif subject not in kinds:
        raise QueryError(f"{name} knows no {subject}; it knows: {', '.join(kinds)}.")
    else:
        found[subject] = _word(kinds[subject], given[subject], strict=strict)
    for key, kind in (
        ("type", "predicate type"),
        ("operator", "operator"),
        ("propertyType", "property type"),
    ):
        if given.get(key) is not None:
            found[key] = _word(kind, given[key], strict=None)
    found.setdefault("type", subject)
    _check_value(name, found, strict=strict)
    return found


def _check_value(name: str, predicate: dict[str, Any], *, strict: bool) -> None:
    """A predicate that matches has a value or a range; one that exists needs neither."""
    value, span = predicate.get("value"), predicate.get("range")
    if isinstance(value, bool | int | float):
        value = predicate["value"] = str(value).lower()
    if predicate.get("operator", "matches") == "matches" and (value is None) == (span is None):
        raise QueryError(f"A predicate of {name} that matches has a value or a range: {predicate!r:.120}.")
    if value is not None and not isinstance(value, str):
        raise QueryError(f"The value of a predicate of {name} is a text, not {value!r:.80}.")
    kind = _ENUMS.get(str(predicate.get("dimension")))
    if kind and value is not None:
        predicate["value"] = check_names(kind, value, strict=strict)[0]
    if span is not None and not (isinstance(span, Mapping) and span and _RANGE_KEYS.issuperset(span)):
        raise QueryError(f"A range of {name} has some of gt, gte, lt, lte: {span!r:.80}.")


def _word(kind: str, value: Any, *, strict: bool | None) -> str:
    """One word of the vocabulary; a list of them is not what a predicate has."""
    if not isinstance(value, str):
        raise QueryError(f"{value!r:.80} is no {kind}; give its name.")
    return check_names(kind, value, strict=strict)[0]


def _list(name: str, given: RawFilter, key: str) -> list[Any]:
    """What a filter has under a key, nothing by default."""
    listed = given.get(key)
    if listed is None:
        return []
    if isinstance(listed, str | Mapping) or not isinstance(listed, Iterable):
        raise QueryError(f"{key} of {name} is a list, not {listed!r:.80}.")
    return list(listed)


def _refuse_other_keys(name: str, given: RawFilter, known: set[str]) -> None:
    other = sorted(str(key) for key in given if key not in known)
    if other:
        raise QueryError(f"{name}: {', '.join(other)} is no key here; there are {', '.join(sorted(known))}.")


def check_id(kind: str, value: Any) -> str:
    """The id as it may stand in a path.

    Raises:
        QueryError: it is no text, or holds what no id holds.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value.strip()):
        raise QueryError(f"{value!r:.80} is no {kind} id.")
    return value.strip()
