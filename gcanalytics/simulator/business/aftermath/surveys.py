"""What customers are asked afterwards: a survey by e-mail, and what becomes of it."""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from gcanalytics.simulator.business.aftermath.draws import Draws, derived_id, subject
from gcanalytics.simulator.business.aftermath.handled import Handled
from gcanalytics.simulator.business.ledger import Conversation

PREPARED: Final = "prepared"
SENT: Final = "sent"
OPENED: Final = "opened"
ANSWERED: Final = "answered"
DECLINED: Final = "declined"
UNDELIVERED: Final = "undelivered"
EXPIRED: Final = "expired"

ABOUT: Final = subject("surveys")
_MINUTE: Final = 60_000
_HOUR: Final = 3_600_000
ASKED: Final = 0.08
"""Share of handled conversations after which the customer is asked."""
_LIFE_MS: Final = 48 * _HOUR
"""An invitation can be answered for two days."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """What a survey is from ``at_ms`` on; scores only once it is ANSWERED.

    Attributes:
        state: PREPARED, SENT, OPENED, ANSWERED, DECLINED, UNDELIVERED or EXPIRED.
        score: percent of the form's points.
        promoter_score: how likely he would recommend the company, 0 to 10; None where he left it out.
        partial: he left required questions out.
    """

    at_ms: int
    state: str
    score: int | None = None
    promoter_score: int | None = None
    partial: bool = False


class Form(msgspec.Struct, frozen=True):
    """A published survey form; ``context_id`` stays over its versions."""

    id: str
    context_id: str
    name: str


class Survey(msgspec.Struct, frozen=True):
    """A survey about one agent's part of a conversation."""

    id: str
    form: Form
    user_id: str
    queue_id: str | None
    steps: tuple[Step, ...]

    def at(self, now_ms: int) -> Step | None:
        """What it is at this instant, None before it is prepared."""
        found = None
        for step in self.steps:
            if step.at_ms > now_ms:
                break
            found = step
        return found


def survey(conversation: Conversation, handled: Handled | None) -> Survey | None:
    """The survey that follows a conversation, None after most.

    Args:
        conversation: one that is over.
        handled: the last agent's part in it, None where no agent talked to the customer.
    """
    draws = Draws(conversation.id, ABOUT)
    if draws.share() >= ASKED or handled is None:
        return None
    return Survey(
        id=derived_id(conversation.id, "survey"),
        form=_form(conversation.organization.id),
        user_id=handled.user_id,
        queue_id=handled.queue_id,
        steps=_steps(conversation.closed_ms, handled, draws),
    )


def _steps(closed_ms: int, handled: Handled, draws: Draws) -> tuple[Step, ...]:
    at_ms = closed_ms + draws.whole(500, 20_000)
    steps = [Step(at_ms, PREPARED)]
    at_ms += draws.whole(_MINUTE, 12 * _MINUTE)
    fate = draws.share()
    if fate < 0.03:
        return (*steps, Step(at_ms, UNDELIVERED))
    steps.append(Step(at_ms, SENT))
    expires_ms = at_ms + _LIFE_MS
    if fate < 0.06:
        return (*steps, Step(at_ms + draws.whole(_MINUTE, 8 * _HOUR), DECLINED))
    if fate < 0.58:
        return (*steps, Step(expires_ms, EXPIRED))
    # Most who answer do so soon: the square draws the instant towards the invitation.
    at_ms += 2 * _MINUTE + int((_LIFE_MS - _HOUR) * draws.share() ** 2 * draws.share())
    steps.append(Step(at_ms, OPENED))
    if fate < 0.63:
        return (*steps, Step(expires_ms, EXPIRED))
    at_ms += draws.whole(25_000, 6 * _MINUTE)
    return (*steps, _answer(at_ms, handled, draws))


def _answer(at_ms: int, handled: Handled, draws: Draws) -> Step:
    """How content he is: waiting, holds and transfers cost, and people differ."""
    # Who writes a letter minds hours no more than a caller minds minutes: waiting costs so much at most.
    content = 9.3 - min(handled.waited_ms / 90_000, 2.5) - 0.8 * handled.holds - 1.1 * handled.transfers
    content += draws.within(-3.5, 1.6)
    promoter = max(0, min(10, round(content)))
    partial = draws.share() < 0.12
    score = max(0, min(100, round(content * 10) + draws.whole(-6, 7)))
    if partial and draws.share() < 0.5:
        return Step(at_ms, ANSWERED, score, None, partial=True)
    return Step(at_ms, ANSWERED, score, promoter, partial=partial)


@functools.lru_cache(maxsize=64)
def _form(organization_id: str) -> Form:
    name = "After your contact with us"
    return Form(
        id=derived_id(organization_id, "survey form", name, "4"),
        context_id=derived_id(organization_id, "survey form", name),
        name=name,
    )
