"""A plain evaluation of details queries over the ledger's facts: filters, order and counts.

Independent of the simulator's own: it reads `ledger_facts`, and the tables here say where each dimension
comes from.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from . import ledger_beside
from .ledger_shapes import Facts, Party, Stretch

Subject = Any
"""What a predicate looks at: a conversation's facts, a stretch with its party, or one thing that followed."""
OF_ITEMS = {
    "evaluationFilters": "evaluations",
    "surveyFilters": "surveys",
    "resolutionFilters": "resolutions",
}

OF_STRETCHES: dict[str, Callable[[Stretch], Any]] = {
    "disconnectType": lambda each: each.disconnect,
    "errorCode": lambda each: each.error,
    "queueId": lambda each: each.queue,
    "requestedLanguageId": lambda each: each.language,
    "requestedRoutingSkillId": lambda each: each.skill,
    "segmentEnd": lambda each: each.end,
    "segmentType": lambda each: each.kind,
    "sipResponseCode": lambda each: each.sip,
    "wrapUpCode": lambda each: each.wrap_up,
    "wrapUpNote": lambda each: each.note,
}
OF_PARTIES = frozenset(
    {
        "addressFrom",
        "addressTo",
        "ani",
        "callbackNumber",
        "callbackScheduledTime",
        "conference",
        "destinationAddress",
        "direction",
        "dnis",
        "exitReason",
        "flowId",
        "flowName",
        "flowOutType",
        "flowVersion",
        "mediaType",
        "messageType",
        "participantName",
        "provider",
        "purpose",
        "recording",
        "remote",
        "requestedRouting",
        "sessionDnis",
        "subject",
        "transferTargetAddress",
        "transferTargetName",
        "transferType",
        "usedRouting",
        "userId",
        *ledger_beside.OF_PARTIES,
    }
)
OF_CONVERSATIONS = frozenset(
    {
        "conversationEnd",
        "conversationId",
        "conversationInitiator",
        "conversationStart",
        "customerParticipation",
        "divisionId",
        "originatingDirection",
        *ledger_beside.OF_CONVERSATIONS,
    }
)
NOT_MODELLED = {
    "edgeId": "the platform's own choice, it is no business event",
    "mediaStatsMinConversationMos": "told by its lines: tests/simulator/records/test_beside.py",
    "protocolCallId": "the platform's own choice, it is no business event",
}
DATES = frozenset(
    {
        "conversationStart",
        "conversationEnd",
        "segmentEnd",
        "callbackScheduledTime",
        "eventTime",
        "surveyCompletedDate",
        "detectedSpeechStart",
        "detectedSpeechEnd",
    }
)


def values_of(name: str, subject: Subject) -> list[Any]:
    """What a conversation, or a stretch of it, has of a dimension."""
    if isinstance(subject, Facts):
        found = subject.own.get(name)
    elif isinstance(subject, dict):
        found = subject.get(name)
    else:
        party, stretch = subject
        found = OF_STRETCHES[name](stretch) if name in OF_STRETCHES else party.facts.get(name)
    found = found if isinstance(found, list) else [found]
    return [value for value in found if value is not None]


def finds(body: dict[str, Any], seen: Facts) -> bool:
    """Whether all filters of a query hold."""
    if not all(holds(each, seen) for each in body.get("conversationFilters", [])):
        return False
    subjects: dict[str, list[Subject]] = {"segmentFilters": list(seen.rows())}
    subjects |= {name: list(seen.followed[items]) for name, items in OF_ITEMS.items()}
    return all(
        any(holds(each, subject) for subject in there)
        for name, there in subjects.items()
        for each in body.get(name, [])
    )


def holds(test: dict[str, Any], subject: Subject) -> bool:
    """A filter, or a clause of one."""
    parts = [predicate_holds(each, subject) for each in test.get("predicates", [])]
    parts += [holds(each, subject) for each in test.get("clauses", [])]
    if not parts:
        return True
    return all(parts) if test["type"] == "and" else any(parts)


def predicate_holds(each: dict[str, Any], subject: Subject) -> bool:
    """One predicate; of several values one is enough, none at all is what does not exist."""
    values = _seen(each, subject)
    kind = each.get("operator", "matches")
    if kind != "matches":
        return bool(values) is (kind == "exists")
    return any(_matches(each, value) for value in values)


def _seen(each: dict[str, Any], subject: Subject) -> list[Any]:
    if "property" in each:
        return []  # no segment has any
    if "dimension" in each:
        return values_of(each["dimension"], subject)
    if isinstance(subject, dict):
        return values_of(each["metric"], subject)
    if isinstance(subject, Facts):
        total = subject.total(each["metric"])
        return [] if total is None else [total]
    _, stretch = subject
    return [] if stretch.end is None else [stretch.end - stretch.start]


def _matches(each: dict[str, Any], value: Any) -> bool:
    if each.get("range"):
        limits = each["range"]
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return (
            ("gt" not in limits or value > limits["gt"])
            and ("gte" not in limits or value >= limits["gte"])
            and ("lt" not in limits or value < limits["lt"])
            and ("lte" not in limits or value <= limits["lte"])
        )
    wanted = each["value"]
    if each.get("dimension") in DATES:
        first, _, last = wanted.partition("/")
        if last:
            return bool(milliseconds(first) <= value < milliseconds(last))
        return bool(value == milliseconds(first))
    if isinstance(value, bool):
        return bool(str(value).lower() == wanted.lower())
    text, wanted = str(value).casefold(), wanted.casefold()
    if each.get("dimension") in ("addressFrom", "addressTo") and "@" in text and "@" not in wanted:
        return wanted in text.split("@")  # an address is found by its name and by its domain too
    return bool(text == wanted)


def milliseconds(text: str) -> int:
    """Since the epoch, of ``2026-11-18T10:00:00.123Z``."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


# Order and counts.

_NEVER = float("inf")


def ordered(body: dict[str, Any], found: Iterable[Facts]) -> list[Facts]:
    """In the order asked for; what has no such instant yet stands behind all others."""
    by = body.get("orderBy", "conversationStart")
    if body.get("order") == "unordered":
        by = "conversationStart"

    def key(each: Facts) -> tuple[float, str]:
        return _instant(by, each), each.id

    return sorted(found, key=key, reverse=body.get("order") == "desc")


def _instant(by: str, each: Facts) -> float:
    if by == "conversationStart":
        return each.started
    if by == "conversationEnd":
        return _NEVER if each.ended is None else each.ended
    stretches = [stretch for _, stretch in each.rows()]
    if by == "segmentStart":
        return min((stretch.start for stretch in stretches), default=_NEVER)
    return max((_NEVER if one.end is None else one.end for one in stretches), default=_NEVER)


def counted(each: dict[str, Any], found: list[Facts]) -> dict[str, Any]:
    """One of a query's ``aggregations``: how many conversations have a term, or a total in a range."""
    if each["type"] == "numericRange":
        totals = [total for one in found if (total := one.total(each["metric"])) is not None]
        results = [
            {"count": sum(limits.get("gte", -_NEVER) <= one < limits.get("lt", _NEVER) for one in totals)}
            | limits
            for limits in each["ranges"]
        ]
        return {
            "type": "numericRange",
            "metric": each["metric"],
            "count": len(totals),
            "results": results,
        }
    terms: Counter[str] = Counter()
    having = 0
    for one in found:
        subjects: list[Subject] = [one] if each["dimension"] in OF_CONVERSATIONS else list(one.rows())
        here = {str(value) for subject in subjects for value in values_of(each["dimension"], subject)}
        having += bool(here)
        terms.update(here)
    most = sorted(terms.items(), key=lambda entry: (-entry[1], entry[0]))[: each["size"]]
    results = [{"count": count, "value": value} for value, count in most]
    return {"type": "termFrequency", "dimension": each["dimension"], "count": having, "results": results}


__all__ = ["Facts", "Party", "Stretch", "counted", "finds", "ordered"]
