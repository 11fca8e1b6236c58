"""Compares what two pulls brought, all tables of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gcanalytics.details import ConversationDetails
from gcanalytics.details.pull import TABLES
from gcanalytics.errors import NotInThisPull


def tables_of(details: ConversationDetails) -> dict[str, pd.DataFrame]:
    """All tables of a pull that its source can fill."""
    found = {}
    for name in TABLES:
        try:
            found[name] = getattr(details, name)
        except NotInThisPull:
            continue
    return found


def assert_same_tables(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """The same tables, rows, columns, dtypes and order; their notes about the pull may differ."""
    assert list(found) == list(expected)
    for name, table in expected.items():
        if not found[name].equals(table):  # quick, and as strict; pandas' own test says what differs
            pd.testing.assert_frame_equal(found[name], table, obj=name)


def assert_only_missing(found: ConversationDetails, expected: ConversationDetails, *, missing: int) -> None:
    """The tables lack just so many conversations, and nothing else of them differs."""
    left = set(found.conversations["conversationId"])
    whole = tables_of(expected)
    assert len(set(whole["conversations"]["conversationId"]) - left) == missing
    kept = {
        name: table[table["conversationId"].isin(left)].reset_index(drop=True)
        for name, table in whole.items()
    }
    assert_same_tables(tables_of(found), kept)
