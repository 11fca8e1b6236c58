"""What callers do in a telephone menu: the milestones that they pass, and what comes of it.

The floor says when a menu spoke and how the caller left it; what happened between is told here.
"""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath.contacts import known_contact
from gcanalytics.simulator.business.aftermath.draws import derived_id, mixed, seed_of, subject
from gcanalytics.simulator.business.ledger import Conversation, Event

LANGUAGE: Final = "Language chosen"
IDENTIFIED: Final = "Customer identified"
TOPIC: Final = "Topic chosen"
SERVED: Final = "Served in the menu"

_ABOUT: Final = subject("menus")
_STRANGERS_IDENTIFIED: Final = 1434
_KNOWN_IDENTIFIED: Final = 3686
_SELF_SERVICE: Final = 1229
"""How many say who they are, and have a topic that the menu serves; of 4,096."""
_LISTENED_MS: Final = 4_000
"""Who hangs up later than this after choosing his topic has heard what he called for."""


class Milestone(msgspec.Struct, frozen=True, gc=False):
    """A caller passed a point of the menu."""

    at_ms: int
    name: str


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """An outcome that a menu tracks; ``ended_ms`` is when it was reached, or the caller left without it."""

    id: str
    name: str
    started_ms: int
    ended_ms: int
    reached: bool


class MenuVisit(msgspec.Struct, frozen=True, gc=False):
    """One caller in one menu."""

    milestones: tuple[Milestone, ...]
    outcomes: tuple[Outcome, ...]

    def passed(self, name: str) -> int | None:
        """When a milestone was passed, None where it was not."""
        return next((each.at_ms for each in self.milestones if each.name == name), None)

    def self_served(self) -> bool:
        """Whether the caller got what he called for without an agent."""
        return any(each.reached and each.name == SERVED for each in self.outcomes)


@functools.lru_cache(maxsize=2048)
def menu_visit(conversation: Conversation, party: int) -> MenuVisit | None:
    """What a caller does in a menu, from its first words to his leaving; None of a menu that never spoke.

    Kept for a while: a record asks several times. Planned conversations do not change.
    """
    spoke, left = _ends(conversation, party)
    if spoke is None or left is None:
        return None
    bits = mixed(seed_of(conversation.id), _ABOUT ^ party)
    milestones = _milestones(spoke.at_ms, left, bits)
    passed = {each.name: each.at_ms for each in milestones}
    known = known_contact(conversation) is not None
    identified = bits >> 36 & 0xFFF < (_KNOWN_IDENTIFIED if known else _STRANGERS_IDENTIFIED)
    if not identified:
        milestones = [each for each in milestones if each.name != IDENTIFIED]
    outcomes = []
    organization_id = conversation.organization.id
    if LANGUAGE in passed:
        reached = identified and IDENTIFIED in passed
        ended_ms = passed[IDENTIFIED] if reached else left.at_ms
        outcomes.append(_outcome(organization_id, IDENTIFIED, passed[LANGUAGE], ended_ms, reached))
    topic_ms = passed.get(TOPIC)
    if topic_ms is not None and bits >> 48 & 0xFFF < _SELF_SERVICE:
        reached = left.code == ledger.CUSTOMER_GONE and left.at_ms - topic_ms >= _LISTENED_MS
        outcomes.append(_outcome(organization_id, SERVED, topic_ms, left.at_ms, reached))
    return MenuVisit(tuple(milestones), tuple(outcomes))


def _ends(conversation: Conversation, party: int) -> tuple[Event | None, Event | None]:
    spoke = None
    for event in conversation.events:
        if event.party == party:
            if event.kind == ledger.MENU_SPOKE:
                spoke = event
            elif event.kind == ledger.MENU_LEFT:
                return spoke, event
    return spoke, None


def _milestones(spoke_ms: int, left: Event, bits: int) -> list[Milestone]:
    """Three steps; who goes on has made all of them, who hangs up those that there was time for."""
    # In seconds: 3 to 7 for the language, 7 to 15 for the number, 4 to 9 for the topic.
    steps = (
        3 + (bits & 0xFFF) / 1024,
        7 + (bits >> 12 & 0xFFF) / 512,
        4 + (bits >> 24 & 0xFFF) * 5 / 4096,
    )
    lasted_ms = left.at_ms - spoke_ms
    unit_ms = 1000.0
    if left.code != ledger.CUSTOMER_GONE:
        unit_ms = 0.9 * lasted_ms / sum(steps)
    found, at_ms = [], spoke_ms
    for name, step in zip((LANGUAGE, IDENTIFIED, TOPIC), steps, strict=True):
        at_ms += int(step * unit_ms)
        if at_ms < left.at_ms:
            found.append(Milestone(at_ms, name))
    return found


def _outcome(organization_id: str, name: str, started_ms: int, ended_ms: int, reached: bool) -> Outcome:
    return Outcome(_outcome_id(organization_id, name), name, started_ms, ended_ms, reached)


@functools.lru_cache(maxsize=64)
def _outcome_id(organization_id: str, name: str) -> str:
    return derived_id(organization_id, "flow outcome", name)
