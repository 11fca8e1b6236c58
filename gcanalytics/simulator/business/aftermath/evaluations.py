"""Quality management: who evaluates an agent's part of a conversation, on which form, and what comes of it.

Human evaluators take hours to days; a speech model scores some within the hour. An evaluation is assigned,
begun, done, shown to the agent, sometimes disputed and scored again, withdrawn or deleted.
"""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from gcanalytics.simulator.business.aftermath.draws import Draws, derived_id, subject
from gcanalytics.simulator.business.aftermath.handled import Handled
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization

ASSIGNED: Final = "assigned"
BEGUN: Final = "begun"
DONE: Final = "done"
DISPUTED: Final = "disputed"
WITHDRAWN: Final = "withdrawn"

_ABOUT: Final = subject("evaluations")
_MINUTE: Final = 60_000
_HOUR: Final = 3_600_000
_BY_PEOPLE: Final = 0.022
_BY_THE_MODEL: Final = 0.015
_CALIBRATED: Final = 0.1


class Step(msgspec.Struct, frozen=True, gc=False):
    """What an evaluation is from ``at_ms`` on.

    Attributes:
        state: ASSIGNED, BEGUN, DONE, DISPUTED or WITHDRAWN.
        score, critical_score: percent of the form's points and of its critical ones; None before it is done.
        released: the agent can see it; rescored: it was scored again; deleted: it was taken away.
    """

    at_ms: int
    state: str
    score: int | None = None
    critical_score: int | None = None
    released: bool = False
    rescored: bool = False
    deleted: bool = False


class Form(msgspec.Struct, frozen=True):
    """A published evaluation form; ``context_id`` stays over its versions."""

    id: str
    context_id: str
    name: str


class Evaluation(msgspec.Struct, frozen=True):
    """An evaluation of one agent's part.

    Attributes:
        evaluator_id: the user who evaluates; None where the model does.
        assignee_id: the agent who is to read it; None where nobody is (a calibration, the model).
        calibration_id: what the evaluations of one exercise of several evaluators have in common.
    """

    id: str
    form: Form
    user_id: str
    queue_id: str | None
    evaluator_id: str | None
    assignee_id: str | None
    calibration_id: str | None
    steps: tuple[Step, ...]

    def at(self, now_ms: int) -> Step | None:
        """What it is at this instant, None before it is assigned."""
        found = None
        for step in self.steps:
            if step.at_ms > now_ms:
                break
            found = step
        return found


def evaluations(conversation: Conversation, handled: Handled | None) -> tuple[Evaluation, ...]:
    """The evaluations that a conversation gets, most get none.

    Args:
        conversation: one that is over.
        handled: the last agent's part in it, None where no agent talked to the customer.
    """
    draws = Draws(conversation.id, _ABOUT)
    draw = draws.share()
    if handled is None or draw >= _BY_PEOPLE + _BY_THE_MODEL:
        return ()
    organization = conversation.organization
    if draw >= _BY_PEOPLE:
        return (_by_the_model(conversation, handled, draws),)
    evaluators = [each for each in _evaluators(organization, handled.user_id) if each != handled.user_id]
    if not evaluators:
        return ()
    if draws.share() < _CALIBRATED and len(evaluators) > 1:
        return _calibration(conversation, handled, draws, evaluators)
    steps = _steps(conversation.closed_ms, handled, draws)
    return (
        Evaluation(
            id=derived_id(conversation.id, "evaluation"),
            form=_form(organization.id, conversation.media),
            user_id=handled.user_id,
            queue_id=handled.queue_id,
            evaluator_id=draws.one_of(evaluators),
            assignee_id=handled.user_id,
            calibration_id=None,
            steps=steps,
        ),
    )


def _steps(closed_ms: int, handled: Handled, draws: Draws) -> tuple[Step, ...]:
    """The life of a human evaluation."""
    at_ms = closed_ms + draws.whole(2 * _HOUR, 60 * _HOUR)
    steps = [Step(at_ms, ASSIGNED)]
    at_ms += draws.whole(_HOUR // 4, 20 * _HOUR)
    fate = draws.share()
    if fate < 0.05:
        return (*steps, Step(at_ms, WITHDRAWN))
    steps.append(Step(at_ms, BEGUN))
    at_ms += draws.whole(8 * _MINUTE, 45 * _MINUTE)
    score, critical = _scores(handled, draws)
    steps.append(Step(at_ms, DONE, score, critical))
    at_ms += draws.whole(_HOUR // 2, 24 * _HOUR)
    steps.append(Step(at_ms, DONE, score, critical, released=True))
    if fate < 0.13:
        at_ms += draws.whole(_HOUR, 30 * _HOUR)
        steps.append(Step(at_ms, DISPUTED, score, critical, released=True))
        at_ms += draws.whole(_HOUR, 20 * _HOUR)
        better = min(100, score + draws.whole(2, 12))
        steps.append(Step(at_ms, DONE, better, critical, released=True, rescored=True))
    elif fate > 0.96:
        at_ms += draws.whole(_HOUR, 30 * _HOUR)
        steps.append(Step(at_ms, DONE, score, critical, released=True, deleted=True))
    return tuple(steps)


def _scores(handled: Handled, draws: Draws) -> tuple[int, int]:
    """Percent in all and of the critical questions; holds and bounced customers cost points."""
    score = 92 - 4 * handled.holds - 3 * handled.transfers + draws.whole(-16, 9)
    critical = 100 if draws.share() < 0.82 else draws.whole(2, 5) * 20
    return max(20, min(100, score)), critical


def _by_the_model(conversation: Conversation, handled: Handled, draws: Draws) -> Evaluation:
    """A speech and text model scores it on its own and shows it at once."""
    at_ms = conversation.closed_ms + draws.whole(15 * _MINUTE, 90 * _MINUTE)
    score, critical = _scores(handled, draws)
    return Evaluation(
        id=derived_id(conversation.id, "evaluation"),
        form=_form(conversation.organization.id, "automatic"),
        user_id=handled.user_id,
        queue_id=handled.queue_id,
        evaluator_id=None,
        assignee_id=None,
        calibration_id=None,
        steps=(Step(at_ms, DONE, score, critical, released=True),),
    )


def _calibration(
    conversation: Conversation, handled: Handled, draws: Draws, evaluators: list[str]
) -> tuple[Evaluation, ...]:
    """Two evaluators score the same conversation apart, to compare their measures; no agent sees it."""
    first = draws.bits() % len(evaluators)
    second = (first + 1 + draws.bits() % (len(evaluators) - 1)) % len(evaluators)
    begin_ms = conversation.closed_ms + draws.whole(20 * _HOUR, 70 * _HOUR)
    found = []
    for number, evaluator in enumerate((first, second)):
        done_ms = begin_ms + draws.whole(_HOUR, 26 * _HOUR)
        score, critical = _scores(handled, draws)
        found.append(
            Evaluation(
                id=derived_id(conversation.id, "evaluation", str(number)),
                form=_form(conversation.organization.id, conversation.media),
                user_id=handled.user_id,
                queue_id=handled.queue_id,
                evaluator_id=evaluators[evaluator],
                assignee_id=None,
                calibration_id=derived_id(conversation.id, "calibration"),
                steps=(Step(begin_ms, ASSIGNED), Step(done_ms, DONE, score, critical)),
            )
        )
    return tuple(found)


_FORMS: Final = {
    "voice": "Call quality",
    "callback": "Call quality",
    "automatic": "Automatic compliance check",
}


@functools.lru_cache(maxsize=64)
def _form(organization_id: str, kind: str) -> Form:
    name = _FORMS.get(kind, "Written contact quality")
    return Form(
        id=derived_id(organization_id, "evaluation form", name, "2"),
        context_id=derived_id(organization_id, "evaluation form", name),
        name=name,
    )


_known: dict[str, dict[str, tuple[str, ...]]] = {}


def _evaluators(organization: Organization, user_id: str) -> tuple[str, ...]:
    """Who evaluates a user: every team leader, and the two colleagues of his division who know it longest."""
    by_division = _known.get(organization.id)
    if by_division is None:
        leaders = [each.id for each in organization.users if each.title == "Team leader"]
        by_division = _known[organization.id] = {
            division.id: tuple(
                dict.fromkeys(
                    leaders
                    + [
                        each.id
                        for each in organization.users
                        if each.division_id == division.id and each.state == "active" and not each.guest_desk
                    ][:2]
                )
            )
            for division in organization.divisions
        }
    user = organization.users_by_id.get(user_id)
    return by_division.get(user.division_id, ()) if user else ()
