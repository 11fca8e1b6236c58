"""Filters of the details query: from their JSON to a test of a conversation's record.

Grammar of the official SDK's models: a filter is and/or over clauses and predicates, a clause and/or over
predicates; the filters of a list must all hold. The predicates of one segment filter must hold in one and
the same segment.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gcanalytics.simulator import answers
from gcanalytics.simulator.queries.contract import allowed_values, contract

Record = Mapping[str, Any]
Test = Callable[[Record], bool]
FILTER_FIELDS = (
    "conversationFilters",
    "segmentFilters",
    "evaluationFilters",
    "surveyFilters",
    "resolutionFilters",
)
_ITEM_LISTS = {
    "evaluationFilters": "evaluations",
    "surveyFilters": "surveys",
    "resolutionFilters": "resolutions",
}
_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_DATES = frozenset(
    {
        "conversationStart",
        "conversationEnd",
        "segmentEnd",
        "eventTime",
        "surveyCompletedDate",
        "callbackScheduledTime",
        "detectedSpeechStart",
        "detectedSpeechEnd",
    }
)
_ADDRESSES = frozenset({"addressFrom", "addressTo"})
MOST_TESTS = 250
"""Tests that a query's filters put to a conversation, or to each of its segments, at most: texts of one
dimension in an ``or`` are one, any other predicate is one of its own. The platform's limit is unknown; this
one keeps the simulator's answers finite."""
_COMPARED_OTHERWISE = _DATES | _ADDRESSES
_NO_SESSION: Record = {}


class Row(NamedTuple):
    """A segment with everything above it; what one segment predicate sees."""

    segment: Record
    session: Record
    participant: Record


Values = Callable[[Any], Iterable[Any]]


def compiled(query: Mapping[str, Any]) -> Test | None:
    """The test of a query's filters, or None where it has none.

    Args:
        query: a checked body (see `contract.checked`).

    Raises:
        answers.Refusal: 400 for a predicate that names nothing, or has nothing to compare with; or for more
            than `MOST_TESTS`.
    """
    refuse_too_many(each for name in FILTER_FIELDS for each in query.get(name, ()))
    tests: list[Test] = []
    for name in FILTER_FIELDS:
        for each in query.get(name, ()):
            tests.append(_filter_test(name, each))
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda record: all(test(record) for test in tests)


def instant_ms(text: str) -> float | None:
    """Milliseconds since the epoch of an ISO-8601 text (without an offset: UTC), or None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000


def combined(kind: str, tests: Sequence[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    """And/or of tests; of none, true."""
    if len(tests) == 1:
        return tests[0]
    if kind == "and" or not tests:
        return lambda subject: all(test(subject) for test in tests)
    return lambda subject: any(test(subject) for test in tests)


def refuse_too_many(found: Iterable[Mapping[str, Any]]) -> None:
    """Lets filters pass that can be tested in a time that anybody waits for.

    Raises:
        answers.Refusal: 400 for more than `MOST_TESTS` tests in all of them.
    """
    parts = (part for each in found for part in (each, *each.get("clauses", ())))
    # An empty part is looked at too.
    if sum(max(1, len(_gathered(part["type"], part.get("predicates", ())))) for part in parts) > MOST_TESTS:
        raise answers.bad_request(f"A query may have no more than {MOST_TESTS} predicates and clauses.")


def tree(
    each: Mapping[str, Any], predicate: Callable[[Mapping[str, Any]], Callable[[Any], bool]]
) -> Callable[[Any], bool]:
    """A filter's test over whatever its predicates see.

    Raises:
        answers.Refusal: 400 for more than `MOST_TESTS` tests, and whatever ``predicate`` raises.
    """
    refuse_too_many([each])

    def tests_of(part: Mapping[str, Any]) -> list[Callable[[Any], bool]]:
        return [predicate(item) for item in _gathered(part["type"], part.get("predicates", ()))]

    tests = tests_of(each)
    tests += [combined(clause["type"], tests_of(clause)) for clause in each.get("clauses", ())]
    return combined(each["type"], tests)


def _gathered(kind: str, predicates: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The same predicates, those of an ``or`` that compare one dimension with a text as one with all texts:
    a thousand users are looked up at once instead of one after the other."""
    if kind != "or" or len(predicates) < 3:
        return predicates
    texts: dict[tuple[str, str | None], set[str]] = {}
    others = []
    for each in predicates:
        if _compares_a_text(each):
            texts.setdefault((each["dimension"], each.get("type")), set()).add(each["value"].lower())
        else:
            others.append(each)
    gathered: list[Mapping[str, Any]] = [
        {"dimension": name, "texts": found} | ({} if kind is None else {"type": kind})
        for (name, kind), found in texts.items()
    ]
    return gathered + others


def _compares_a_text(each: Mapping[str, Any]) -> bool:
    """Whether a predicate does nothing but hold a dimension against a text."""
    return (
        {"dimension", "value"} <= each.keys() <= {"dimension", "operator", "type", "value"}
        and each.get("operator", "matches") == "matches"
        and each["dimension"] not in _COMPARED_OTHERWISE
    )


def dimension_values(name: str) -> Values:
    """How to read a dimension of the details query off a whole record; of segments, one value for each.

    Raises:
        answers.Refusal: 400 ``invalid.value`` for a name that is no dimension.
    """
    known = contract()
    if name in known["conversationDimensions"]:
        return _conversation_values(name)
    if name not in known["segmentDimensions"]:
        every = sorted({*known["conversationDimensions"], *known["segmentDimensions"]})
        raise answers.invalid_value(name, "dimension", ", ".join(every))
    values = _segment_values(name)
    return lambda record: [value for row in rows(record) for value in values(row)]


def metric_values(name: str) -> Values:
    """How to read a metric's total off a whole record: one value, or none.

    Raises:
        answers.Refusal: 400 ``invalid.value`` for a name that is no metric.
    """
    known = allowed_values("ConversationDetailQueryPredicate", "metric")
    if name not in known:
        raise answers.invalid_value(name, "metric", ", ".join(known))
    return lambda record: _metric_total(record, name)


def rows(record: Record) -> Iterator[Row]:
    """Every segment of a conversation with its session and participant."""
    for participant in record.get("participants", ()):
        for session in participant.get("sessions", ()):
            for segment in session.get("segments", ()):
                yield Row(segment, session, participant)


def _filter_test(name: str, each: Mapping[str, Any]) -> Test:
    if name == "conversationFilters":
        return tree(each, _conversation_predicate)
    if name == "segmentFilters":
        holds = tree(each, _segment_predicate)
        return lambda record: any(holds(row) for row in rows(record))
    found = tree(each, _item_predicate)
    field = _ITEM_LISTS[name]
    return lambda record: any(found(item) for item in record.get(field, ()))


def predicate_test(each: Mapping[str, Any], values: Values) -> Callable[[Any], bool]:
    """The test of a predicate over the values that it sees in a subject.

    Raises:
        answers.Refusal: 400 where ``matches`` has neither value nor range.
    """
    kind = each.get("operator", "matches")
    if kind == "exists":
        return lambda subject: any(value is not None for value in values(subject))
    if kind == "notExists":
        return lambda subject: all(value is None for value in values(subject))
    compare = _comparison(each)
    return lambda subject: any(compare(value) for value in values(subject) if value is not None)


def _comparison(each: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Value or range of a predicate as a test of one value."""
    if "texts" in each:
        texts: set[str] = each["texts"]
        return lambda value: _text(value) in texts
    bounds = [(_BOUNDS[name], limit) for name, limit in each.get("range", {}).items()]
    name = each.get("dimension", "")
    if name in _DATES or each.get("propertyType") == "date":
        return _date_comparison(each, bounds)
    if bounds:
        return lambda value: (
            (number := _number(value)) is not None and all(test(number, limit) for test, limit in bounds)
        )
    if "value" not in each:
        raise answers.refusal("bad.request")
    wanted = each["value"].lower()
    if "metric" in each:
        wanted_number = _number(wanted)
        if wanted_number is None or not math.isfinite(wanted_number):
            raise answers.invalid_value(each["value"], each["metric"], "numbers")
        return lambda value: _number(value) == wanted_number
    if name in _ADDRESSES and "@" not in wanted:
        return lambda value: _addressed(_text(value), wanted)
    return lambda value: _text(value) == wanted


def _date_comparison(
    each: Mapping[str, Any], bounds: Sequence[tuple[Callable[[float, float], bool], float]]
) -> Callable[[Any], bool]:
    """Dates match an instant, an interval ``start/end`` or a range in milliseconds since the epoch."""
    if bounds:
        return lambda value: (
            (moment := instant_ms(value)) is not None and all(test(moment, limit) for test, limit in bounds)
        )
    if "value" not in each:
        raise answers.refusal("bad.request")
    first, separator, last = each["value"].partition("/")
    start, end = instant_ms(first), instant_ms(last)
    if start is None or (separator and end is None):
        raise answers.refusal("invalid.date")
    if end is None:
        return lambda value: instant_ms(value) == start
    return lambda value: (moment := instant_ms(value)) is not None and start <= moment < end


def _addressed(address: str, wanted: str) -> bool:
    """Whether an e-mail address is meant: by all of it, by its name or by its domain, by no lesser part
    (description of the details job)."""
    name, at, domain = address.rpartition("@")
    return address == wanted or (bool(at) and wanted in (name, domain))


def _number(value: Any) -> float | None:
    """A number, or a text that is one to JSON's eyes: ``1_0`` and digits of other scripts are none."""
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def term(value: Any) -> str:
    """A value of a record as the text that a query names it by."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _text(value: Any) -> str:
    return term(value).lower()


def _subject(each: Mapping[str, Any], allowed: Sequence[str]) -> str:
    """Which of dimension, property and metric a predicate is about; 400 unless it is exactly one."""
    named = [kind for kind in allowed if kind in each]
    if len(named) != 1 or each.get("type", named[0]) != named[0]:
        raise answers.refusal("bad.request")
    return named[0]


def _conversation_predicate(each: Mapping[str, Any]) -> Callable[[Record], bool]:
    if _subject(each, ("dimension", "metric")) == "metric":
        name = each["metric"]
        return predicate_test(each, lambda record: _metric_total(record, name))
    return predicate_test(each, _conversation_values(each["dimension"]))


def _conversation_values(dimension: str) -> Values:
    field = contract()["conversationDimensions"][dimension].partition(".")[2]
    return lambda record: _several(record.get(field))


def _metric_total(record: Record, name: str) -> list[float]:
    """A metric of a whole conversation: the sum over its sessions, nothing where none has it."""
    if name == "tConversationDuration":
        start, end = record.get("conversationStart"), record.get("conversationEnd")
        if start is None or end is None:
            return []
        return [(instant_ms(end) or 0.0) - (instant_ms(start) or 0.0)]
    found = [
        metric["value"]
        for participant in record.get("participants", ())
        for session in participant.get("sessions", ())
        for metric in session.get("metrics", ())
        if metric["name"] == name
    ]
    return [sum(found)] if found else []


def _segment_predicate(each: Mapping[str, Any]) -> Callable[[Row], bool]:
    subject = _subject(each, ("dimension", "property", "metric"))
    if subject == "metric":
        return predicate_test(each, _duration)
    if subject == "property":
        if "propertyType" not in each:
            raise answers.refusal("bad.request")
        return predicate_test(each, _property(each["property"], each["propertyType"]))
    return predicate_test(each, _segment_values(each["dimension"]))


def _duration(row: Row) -> list[float]:
    """tSegmentDuration in milliseconds; nothing while the segment lasts."""
    end = row.segment.get("segmentEnd")
    if end is None:
        return []
    return [(instant_ms(end) or 0.0) - (instant_ms(row.segment["segmentStart"]) or 0.0)]


def _property(name: str, kind: str) -> Values:
    def values(row: Row) -> list[Any]:
        found = row.segment.get("properties", ())
        return [
            each.get("value")
            for each in found
            if each.get("property") == name and each.get("propertyType") == kind
        ]

    return values


def _segment_values(dimension: str) -> Values:
    """How to read a segment dimension off a row; of one that records do not carry, nothing."""
    place = contract()["segmentDimensions"][dimension]
    if place is None:
        return lambda _: ()
    level, _, field = place.partition(".")
    if level == "segment":
        return lambda row: _several(row.segment.get(field))
    if level == "session":
        return lambda row: _several(row.session.get(field))
    if level == "participant":
        return lambda row: _several(row.participant.get(field))
    if level == "flow":
        return lambda row: _several(row.session.get("flow", _NO_SESSION).get(field))
    return lambda row: [
        outcome.get(field) for outcome in row.session.get("flow", _NO_SESSION).get("outcomes", ())
    ]


def _item_predicate(each: Mapping[str, Any]) -> Callable[[Record], bool]:
    """A predicate of evaluations, surveys or resolutions; fields have the names of the dimensions."""
    field = each[_subject(each, ("dimension", "metric"))]
    return predicate_test(each, lambda item: _several(item.get(field)))


def _several(value: Any) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    return (value,)
