"""What follows when a conversation is over: evaluations, a survey, and whether the customer came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gcanalytics.simulator.business.aftermath.contacts import known_contact
from gcanalytics.simulator.business.aftermath.evaluations import Evaluation, evaluations
from gcanalytics.simulator.business.aftermath.handled import last_handled
from gcanalytics.simulator.business.aftermath.surveys import Survey, survey
from gcanalytics.simulator.business.ledger import Conversation

_NOTHING: Final[tuple[Evaluation, ...]] = ()


class Resolution(msgspec.Struct, frozen=True, gc=False):
    """Whether a known customer came back on the same operating day: known when he does, or at its end."""

    at_ms: int
    user_id: str
    queue_id: str | None
    came_back: bool


class Afterwards(msgspec.Struct, frozen=True):
    """What follows a conversation; each part has its own instants, all after the conversation's end."""

    evaluations: tuple[Evaluation, ...] = _NOTHING
    survey: Survey | None = None
    resolution: Resolution | None = None

    def instants(self) -> tuple[int, ...]:
        """When any of it changes, in time order."""
        found = [step.at_ms for each in self.evaluations for step in each.steps]
        if self.survey is not None:
            found += [step.at_ms for step in self.survey.steps]
        if self.resolution is not None:
            found.append(self.resolution.at_ms)
        return tuple(sorted(found))


def follow_up(conversations: Sequence[Conversation], end_ms: int) -> None:
    """Tell each conversation of an operating day what follows it.

    Args:
        conversations: all of the day, by start.
        end_ms: the day's end.
    """
    next_start: dict[str, int] = {}
    for each in reversed(conversations):
        again_ms = next_start.get(each.address)
        next_start[each.address] = each.started_ms
        afterwards = _afterwards(each, again_ms, end_ms)
        if afterwards is not None:
            each.follow(afterwards)


def _afterwards(conversation: Conversation, again_ms: int | None, end_ms: int) -> Afterwards | None:
    handled = last_handled(conversation)
    if handled is None:
        return None
    evaluated, asked = evaluations(conversation, handled), survey(conversation, handled)
    resolution = None
    closed_ms = conversation.closed_ms
    if closed_ms < end_ms and known_contact(conversation):
        came_back = again_ms is not None and again_ms > closed_ms
        at_ms = again_ms if again_ms is not None and came_back else end_ms
        resolution = Resolution(at_ms, handled.user_id, handled.queue_id, came_back)
    if not evaluated and asked is None and resolution is None:
        return None
    return Afterwards(evaluated, asked, resolution)
