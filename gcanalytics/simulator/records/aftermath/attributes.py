"""Participant attributes: in event frames and in a conversation read by id; in records of jobs, cut.

The details query gives none (AnalyticsParticipantWithoutAttributes). Jobs give them, with keys and values
"truncated to 1024 characters" and no limit on their number (developer.genesys.cloud, details job).
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.business.aftermath.collected import noted
from gcanalytics.simulator.records.aftermath.parties import CUSTOMERS
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant

LONGEST: Final = 1024


def attributes(seen: Picture, participant: Participant) -> dict[str, str]:
    """What a participant's attributes were at the picture's moment; only customers have any."""
    if participant.purpose not in CUSTOMERS:
        return {}
    conversation = seen.conversation
    if not conversation.planned:
        return dict(conversation.attributes)
    return {each.name: each.value for each in noted(conversation) if each.at_ms <= seen.now_ms}


def add_attributes(record: dict[str, Any], seen: Picture) -> None:
    """Make a details record one of a job (AnalyticsConversation): with attributes, cut as jobs cut them.

    Args:
        record: the record of the picture; participants without attributes get none.
        seen: the picture.
    """
    for participant, written in zip(seen.participants, record["participants"], strict=True):
        found = attributes(seen, participant)
        if found:
            written["attributes"] = {name[:LONGEST]: value[:LONGEST] for name, value in found.items()}
