"""What follows a conversation: who is evaluated and asked, when, and who comes back."""

from collections import Counter
from collections.abc import Sequence

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath import evaluations, follow_up, surveys
from gcanalytics.simulator.business.aftermath.contacts import known_contact
from gcanalytics.simulator.business.aftermath.draws import Draws, derived_id, subject
from gcanalytics.simulator.business.aftermath.evaluations import Evaluation
from gcanalytics.simulator.business.aftermath.surveys import Survey
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
ORGANIZATION = Organization.load()
AGENT = next(each for each in ORGANIZATION.users if each.title == "Customer advisor")


@pytest.fixture(scope="module")
def business() -> Timeline:
    return Timeline(ORGANIZATION, seed=11, settings=Settings(), days=4, start_ms=NOON)


@pytest.fixture(scope="module")
def conversations(business: Timeline) -> Sequence[Conversation]:
    return business.conversations(NOON - 48 * HOUR, NOON)


def evaluated(conversations: Sequence[Conversation]) -> list[tuple[Conversation, Evaluation]]:
    return [(one, each) for one in conversations if one.afterwards for each in one.afterwards.evaluations]


def asked(conversations: Sequence[Conversation]) -> list[tuple[Conversation, Survey]]:
    return [(one, one.afterwards.survey) for one in conversations if one.afterwards and one.afterwards.survey]


def agents(conversation: Conversation) -> set[str | None]:
    return {event.user_id for event in conversation.events if event.kind == ledger.ANSWERED}


def call(address: str, started_ms: int, *, answered: bool = True) -> Conversation:
    """A call of a minute."""
    events = [Event(started_ms, ledger.ARRIVED)]
    if answered:
        events.append(
            Event(started_ms + 10_000, ledger.ANSWERED, 2, ORGANIZATION.queues[0].id, AGENT.id, via=1)
        )
    events.append(Event(started_ms + 60_000, ledger.CUSTOMER_LEFT, code=ledger.HUNG_UP))
    return Conversation(
        derived_id("call", address, str(started_ms)),
        organization=ORGANIZATION,
        media="voice",
        started_ms=started_ms,
        customer_name="x",
        address=address,
        planned=True,
        events=events,
    )


def address(known: bool) -> str:
    found = (f"tel:+4899900{number:04d}" for number in range(1000))
    return next(each for each in found if (known_contact(call(each, NOON)) is not None) == known)


def test_the_same_id_and_subject_draw_the_same_and_others_do_not() -> None:
    one, other = derived_id("one"), derived_id("other")
    about, else_about = subject("this"), subject("that")
    draws = {
        (name, what): [Draws(name, what).bits() for _ in range(2)]
        for name in (one, other)
        for what in (about, else_about)
    }
    assert all(first == second for first, second in draws.values())
    assert len({first for first, _ in draws.values()}) == 4


def test_draws_are_even() -> None:
    draws = Draws(derived_id("even"), subject("test"))
    shares = [draws.share() for _ in range(20_000)]
    assert 0 <= min(shares) < 0.01
    assert 0.99 < max(shares) < 1
    assert abs(sum(shares) / len(shares) - 0.5) < 0.01
    assert Counter(draws.whole(3, 6) for _ in range(600)).keys() == {3, 4, 5}
    assert {draws.one_of("ab") for _ in range(60)} == {"a", "b"}


def test_everything_follows_the_end_in_order(conversations: Sequence[Conversation]) -> None:
    for one in conversations:
        if one.afterwards is None:
            continue
        instants = one.afterwards.instants()
        assert one.closed_ms < instants[0]
        assert one.settled_ms >= instants[-1]
        lives = [[step.at_ms for step in each.steps] for each in one.afterwards.evaluations]
        if one.afterwards.survey is not None:
            lives.append([step.at_ms for step in one.afterwards.survey.steps])
        for times in lives:
            assert times == sorted(set(times))


def test_only_an_agent_who_talked_is_evaluated_by_somebody_else(
    conversations: Sequence[Conversation],
) -> None:
    found = evaluated(conversations)
    assert 0.02 < len({one.id for one, _ in found}) / len(conversations) < 0.05
    for one, each in found:
        assert each.user_id in agents(one)
        assert each.evaluator_id != each.user_id
        assert (each.assignee_id is None) == (each.evaluator_id is None or each.calibration_id is not None)
        done = [step for step in each.steps if step.state == evaluations.DONE]
        assert all(step.score is not None and 0 <= step.score <= 100 for step in done)
        assert all(step.score is None for step in each.steps if step.state == evaluations.BEGUN)


def test_every_fate_of_an_evaluation_happens(conversations: Sequence[Conversation]) -> None:
    last = [each.steps[-1] for _, each in evaluated(conversations)]
    assert {step.state for step in last} >= {evaluations.DONE, evaluations.WITHDRAWN}
    assert any(step.rescored for step in last)
    assert any(not step.released for step in last)
    by_exercise = Counter(
        each.calibration_id for _, each in evaluated(conversations) if each.calibration_id is not None
    )
    assert set(by_exercise.values()) == {2}


def test_an_evaluation_is_what_its_newest_step_says(conversations: Sequence[Conversation]) -> None:
    _, each = max(evaluated(conversations), key=lambda pair: len(pair[1].steps))
    assert each.at(each.steps[0].at_ms - 1) is None
    for step, following in zip(each.steps, each.steps[1:], strict=False):
        assert each.at(step.at_ms) == each.at(following.at_ms - 1) == step
    assert each.at(each.steps[-1].at_ms + 1000 * HOUR) == each.steps[-1]


def test_surveys_are_answered_in_time_or_expire(conversations: Sequence[Conversation]) -> None:
    found = asked(conversations)
    assert 0.04 < len(found) / len(conversations) < 0.1
    fates = Counter(each.steps[-1].state for _, each in found)
    assert fates.keys() == {surveys.ANSWERED, surveys.EXPIRED, surveys.DECLINED, surveys.UNDELIVERED}
    for one, each in found:
        assert each.user_id in agents(one)
        last = each.steps[-1]
        if last.state == surveys.ANSWERED:
            sent = next(step for step in each.steps if step.state == surveys.SENT)
            assert last.at_ms - sent.at_ms < 48 * HOUR
            assert last.score is not None
            assert last.promoter_score is not None or last.partial


def test_who_waits_and_is_passed_on_is_less_content(conversations: Sequence[Conversation]) -> None:
    scores: dict[bool, list[int]] = {True: [], False: []}
    for one, each in asked(conversations):
        if each.steps[-1].score is not None:
            passed_on = any(event.kind in (ledger.TRANSFERRED, ledger.HELD) for event in one.events)
            scores[passed_on].append(each.steps[-1].score)
    mean = {passed_on: sum(found) / len(found) for passed_on, found in scores.items()}
    assert mean[True] < mean[False] - 5


def test_a_known_customer_who_calls_again_that_day_came_back() -> None:
    end_ms = NOON + 10 * HOUR
    known = address(True)
    calls = [call(known, NOON), call(known, NOON + HOUR), call(known, NOON + 2 * HOUR, answered=False)]
    follow_up(calls, end_ms)
    told = [each.afterwards.resolution if each.afterwards else None for each in calls]
    assert told[0] is not None
    assert (told[0].came_back, told[0].at_ms) == (True, NOON + HOUR)
    assert told[1] is not None
    assert (told[1].came_back, told[1].at_ms) == (True, NOON + 2 * HOUR)
    assert told[2] is None


def test_a_known_customer_who_stays_away_is_known_to_at_the_days_end_and_a_stranger_never() -> None:
    end_ms = NOON + 10 * HOUR
    calls = [call(address(True), NOON), call(address(False), NOON)]
    follow_up(calls, end_ms)
    resolution = calls[0].afterwards.resolution if calls[0].afterwards else None
    assert resolution is not None
    assert (resolution.came_back, resolution.at_ms) == (False, end_ms)
    assert resolution.user_id == AGENT.id
    assert calls[1].afterwards is None or calls[1].afterwards.resolution is None


def test_phases_count_what_has_followed(conversations: Sequence[Conversation]) -> None:
    one = next(one for one, each in evaluated(conversations) if len(each.steps) > 3)
    assert one.afterwards is not None
    instants = one.afterwards.instants()
    assert one.phase(one.closed_ms - 1) is None
    assert one.phase(one.closed_ms) == 0
    for number, at_ms in enumerate(instants, start=1):
        assert one.phase(at_ms) == number
    late = call(address(False), NOON)
    late.append(Event(NOON + HOUR, ledger.LATE_WRAP_UP, 2, amount_ms=1_000))
    assert [late.phase(NOON + each) for each in (0, 60_000, HOUR - 1, HOUR)] == [None, 0, 0, 1]


def test_the_same_seed_tells_the_same(conversations: Sequence[Conversation]) -> None:
    again = Timeline(ORGANIZATION, seed=11, settings=Settings(), days=4, start_ms=NOON)
    twins = again.conversations(NOON - 48 * HOUR, NOON)
    assert [each.afterwards for each in twins] == [each.afterwards for each in conversations]
