"""What a client sees whose roles reach some divisions only: what lies in others is left out without a word.

A record has the divisions of all queues that it went through, an emission that of its own queue or, before
the first one, the home division.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from gcanalytics.simulator.queries.aggregates import AggregatesQuery
from gcanalytics.simulator.queries.filters import Test

Divisions = frozenset[str] | None
"""Ids of the divisions that a client sees; None for all."""


def reached(divisions: Divisions, ids: Collection[str], match: str) -> bool:
    """Whether a client sees something that belongs to divisions.

    Args:
        divisions: what it sees.
        ids: where the thing belongs.
        match: setting ``division_match``: ``any``, one of them is enough; ``all``, it must see each.
    """
    if divisions is None:
        return True
    return divisions.issuperset(ids) if match == "all" else not divisions.isdisjoint(ids)


def record_test(test: Test | None, divisions: Divisions, match: str) -> Test | None:
    """The test of a details query, and that the client sees the record."""
    if divisions is None:
        return test

    def seen(record: Mapping[str, Any]) -> bool:
        return reached(divisions, record["divisionIds"], match) and (test is None or test(record))

    return seen


def narrowed(query: AggregatesQuery, divisions: Divisions) -> AggregatesQuery:
    """An aggregates query over the emissions of a client's divisions alone."""
    if divisions is None:
        return query
    test = query.test

    def seen(dims: dict[str, Any]) -> bool:
        return not divisions.isdisjoint(dims["divisionId"]) and (test is None or test(dims))

    return replace(query, test=seen)
