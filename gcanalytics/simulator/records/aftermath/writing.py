"""Adds to a details record what it has beside the conversation's course. One call from ``details``."""

from __future__ import annotations

from typing import Any

from gcanalytics.simulator.business.aftermath import desks
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.records.aftermath.followed import add_followed
from gcanalytics.simulator.records.aftermath.journeys import from_portal, visitor
from gcanalytics.simulator.records.aftermath.letters import inactivity_timeout
from gcanalytics.simulator.records.aftermath.lines import add_lines
from gcanalytics.simulator.records.aftermath.menus import self_served
from gcanalytics.simulator.records.aftermath.parties import add_parties
from gcanalytics.simulator.records.picture import Picture


def add_aftermath(record: dict[str, Any], seen: Picture) -> None:
    """Add to a record all that was known beside the course by then; of guests' chats, who the guest is.

    Args:
        record: the record that the course gave; its participants are in the picture's order.
        seen: the picture that it was made from.
    """
    conversation = seen.conversation
    if not conversation.planned:
        if from_portal(seen.customer.session):
            record["participants"][0]["sessions"][0] |= visitor(seen)
        return
    seed = seed_of(conversation.id)
    add_lines(record, seen, seed)
    add_parties(record, seen, seed)
    case = desks.case(conversation, seed)
    if case is not None and case.at_ms <= seen.now_ms:
        record["externalTag"] = case.number
    knowledge = knowledge_base_ids(seen, seed)
    if knowledge:
        record["knowledgeBaseIds"] = knowledge
    timeout = inactivity_timeout(seen)
    if timeout is not None:
        record["inactivityTimeout"] = timeout
    if self_served(seen):
        record["selfServed"] = True
    if conversation.afterwards is not None:
        add_followed(record, conversation.afterwards, seen.now_ms)


def knowledge_base_ids(seen: Picture, seed: int) -> list[str]:
    """The knowledge bases whose articles agents have used by their end."""
    found = []
    for each in seen.participants:
        if each.purpose == "agent" and each.queue_id and each.ended_ms is not None and each.connected_ms:
            used = desks.articles(seen.conversation.organization, seed, each.number, each.queue_id)
            if used is not None and used not in found:
                found.append(used)
    return found
