"""Adds to a details record what it has beside the conversation's course. One call from ``details``."""

from __future__ import annotations

from typing import Any

from gcanalytics.simulator.records.aftermath.followed import add_followed
from gcanalytics.simulator.records.picture import Picture


def add_aftermath(record: dict[str, Any], seen: Picture) -> None:
    """Add to the record of a planned conversation all that was known beside its course by then.

    Args:
        record: the record that the course gave; its participants are in the picture's order.
        seen: the picture that it was made from.
    """
    conversation = seen.conversation
    if conversation.afterwards is not None:
        add_followed(record, conversation.afterwards, seen.now_ms)
