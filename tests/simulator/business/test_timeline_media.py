"""Lives of messages, e-mails and callbacks: over midnight, over weekends, parked, reopened, called back."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from gcanalytics.simulator.business import desk, ledger
from gcanalytics.simulator.business.floor import Floor
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import LONGEST_DAYS, Timeline
from gcanalytics.simulator.records.details import encoded
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.records.shapes import Participant, Session
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
HOUR = 3_600_000
DAY = 24 * HOUR
MONDAY = 1_794_805_200_000  # 2026-11-16T05:00:00Z, 06:00 in Warsaw
FOREVER = MONDAY + 400 * DAY
BUSY = Settings(late_write_share=0.02, short_abandon_s=5)
DESK = ("message", "email", "callback")


def timeline(seed: int = 5, settings: Settings = BUSY, days: int = 9) -> Timeline:
    return Timeline(ORGANIZATION, seed=seed, settings=settings, days=days, start_ms=MONDAY + DAY)


@pytest.fixture(scope="module")
def business() -> Timeline:
    return timeline()


@pytest.fixture(scope="module")
def week(business: Timeline) -> Sequence[Conversation]:
    """All that started in the week before Monday, and on Monday."""
    return business.conversations(MONDAY - 7 * DAY, MONDAY + DAY)


def of(week: Sequence[Conversation], media: str) -> list[Conversation]:
    return [each for each in week if each.media == media]


def events(conversation: Conversation, *kinds: str) -> list[Event]:
    return [event for event in conversation.events if event.kind in kinds]


def weekday(business: Timeline, at_ms: int) -> int:
    return business.calendar.clock(at_ms)[0]


# E-mails.


def test_an_email_of_the_night_is_answered_in_the_morning(business: Timeline, week: Any) -> None:
    hours = set()
    for each in of(week, "email"):
        hour = business.calendar.clock(each.started_ms)[1]
        hours.add(int(hour))
        if 1 <= hour < 5:
            answered = events(each, ledger.ANSWERED)[0].at_ms
            assert 6 <= business.calendar.clock(answered)[1] < 23
    assert len(hours) > 20, "e-mails come at any hour"


def test_an_email_may_wait_over_the_weekend(business: Timeline, week: Any) -> None:
    waited = []
    for each in of(week, "email"):
        answered = events(each, ledger.ANSWERED)
        if answered and weekday(business, each.started_ms) >= 4 and weekday(business, answered[0].at_ms) == 0:
            waited.append((answered[0].at_ms - each.started_ms) / HOUR)
    assert len(waited) > 5
    assert max(waited) > 24


def test_every_email_gets_its_agent(week: Any) -> None:
    for each in of(week, "email"):
        assert events(each, ledger.DEQUEUED)[-1].code == ledger.TAKEN
        assert {event.kind for event in each.events}.isdisjoint({ledger.HELD, ledger.MENU_ENTERED})
        assert each.letter is not None
        assert each.letter.subject
        assert each.letter.from_address.endswith("@customer.example")
        queue = ORGANIZATION.queues_by_id[each.events[0].queue_id or ""]
        assert each.letter.to_address == queue.email
    assert any(each.letter and each.letter.cc for each in of(week, "email"))


# Messages.


def test_messages_come_over_several_services(week: Any) -> None:
    services = Counter(each.message_type for each in of(week, "message"))
    assert set(services) == {"webmessaging", "whatsapp", "sms", "facebook", "open", "instagram"}
    for each in of(week, "message"):
        by_number = each.message_type in {"sms", "whatsapp"}
        assert each.address.startswith("+48999") == by_number


def test_a_parked_message_takes_no_hand_and_is_taken_up_by_who_parked_it(week: Any) -> None:
    parked = 0
    for each in of(week, "message"):
        for before, after in pairwise(events(each, ledger.PARKED, ledger.UNPARKED, ledger.AGENT_LEFT)):
            if before.kind == ledger.PARKED:
                parked += 1
                assert after.party == before.party
                assert after.at_ms > before.at_ms
    assert parked > 100


def test_a_message_at_rest_is_offered_to_its_queue_again_hours_later(week: Any) -> None:
    reopened = 0
    for each in of(week, "message"):
        quiet = [event for event in each.events if event.kind != ledger.LATE_WRAP_UP]
        for before, after in pairwise(quiet):
            if after.kind == ledger.CUSTOMER_WROTE and after.at_ms - before.at_ms >= HOUR / 2:
                following = quiet[quiet.index(after) + 1]
                if before.kind != ledger.PARKED and following.kind == ledger.QUEUED:
                    reopened += 1
                    assert before.kind in {ledger.AGENT_LEFT, ledger.WRAPPED_UP}
                    assert following.at_ms - after.at_ms < 10
    assert reopened > 50


def test_messages_end_by_agent_customer_or_silence(week: Any) -> None:
    ends = Counter(events(each, ledger.CUSTOMER_LEFT)[-1].code for each in of(week, "message"))
    assert min(ends[code] for code in (ledger.LET_GO, ledger.HUNG_UP, ledger.INACTIVE)) > 50


# Callbacks.


def test_a_scheduled_callback_is_offered_at_its_time_today_or_on_a_day_to_come(
    business: Timeline, week: Any
) -> None:
    days: Counter[int] = Counter()
    for each in of(week, "callback"):
        queued, offered = events(each, ledger.CALLBACK_QUEUED)[0], events(each, ledger.OFFERED)[0]
        assert queued.amount_ms is not None
        assert offered.at_ms == queued.at_ms + queued.amount_ms
        days[business.calendar.number_at(offered.at_ms) - business.calendar.number_at(each.started_ms)] += 1
    assert set(days) <= set(range(desk.REACH + 1))
    assert min(days[0], days[1]) > 50


def test_a_caller_may_leave_the_line_and_be_called_back_in_the_same_conversation(week: Any) -> None:
    found = [each for each in of(week, "voice") if events(each, ledger.CALLBACK_QUEUED)]
    assert len(found) > 50
    for each in found:
        [left] = [event for event in events(each, ledger.DEQUEUED) if event.code == ledger.CALL_ME_BACK]
        queued, last = events(each, ledger.CALLBACK_QUEUED)[0], events(each, ledger.CALLBACK_QUEUED)[-1]
        assert left.at_ms < queued.at_ms
        assert left.party != queued.party
        assert events(each, ledger.DEQUEUED)[-1].party == last.party


def test_some_are_not_reached_and_some_only_at_the_second_call(week: Any) -> None:
    ways = Counter(
        tuple(event.kind for event in events(each, ledger.CALL_CONNECTED, ledger.CALL_FAILED))
        for each in of(week, "callback")
        if not events(each, ledger.TRANSFERRED)
    )
    connected, failed = ledger.CALL_CONNECTED, ledger.CALL_FAILED
    assert set(ways) <= {(connected,), (failed,), (failed, connected), (failed, failed), ()}
    assert all(ways[way] > 0 for way in ((connected,), (failed,), (failed, connected), (failed, failed)))


def test_a_customer_who_is_called_back_is_put_on_hold_now_and_then(week: Any) -> None:
    holds = gone = 0
    for each in of(week, "callback"):
        calls = events(each, ledger.CALL_CONNECTED, ledger.HELD, ledger.RESUMED, ledger.CALL_ENDED)
        for before, after in pairwise(calls):
            if before.kind == ledger.HELD:
                holds += 1
                gone += after.kind == ledger.CALL_ENDED
                assert after.kind == ledger.RESUMED or after.code == ledger.CUSTOMER_GONE
                assert before.party == after.party
    assert holds > 40
    assert 0 < gone < holds / 4


def test_a_callback_can_go_on_to_another_queue_whose_agent_calls(week: Any) -> None:
    called, uncalled = 0, 0
    for each in week:
        queued = events(each, ledger.CALLBACK_QUEUED)
        asked_ms = queued[0].at_ms if queued else each.settled_ms
        given = [event for event in events(each, ledger.TRANSFERRED) if event.at_ms > asked_ms]
        assert len(given) <= 2
        for transfer, again in zip(given, queued[1:], strict=True):
            assert (transfer.code, again.queue_id, again.amount_ms) == (ledger.BLIND, transfer.queue_id, None)
            assert "callback" in ORGANIZATION.queues_by_id[transfer.queue_id or ""].demand
            [left] = [one for one in events(each, ledger.AGENT_LEFT) if one.party == transfer.party]
            assert (left.at_ms, left.code) == (transfer.at_ms, ledger.BLIND)
            called += any(one.party == transfer.party for one in events(each, ledger.CALL_ENDED))
            uncalled += not any(one.party == transfer.party for one in events(each, ledger.CALL_STARTED))
        if each.media == "callback":
            last = events(each, ledger.CUSTOMER_LEFT)
            assert len(last) == 1
            assert all(one.at_ms < last[0].at_ms for one in given)
    assert min(called, uncalled) > 3


def test_no_ordinary_day_leaves_a_letter_or_a_callback_to_the_system(week: Any) -> None:
    left = Counter(
        each.media
        for each in week
        if each.media in ("email", "callback")
        and any(event.code == ledger.EXPIRED for event in events(each, ledger.DEQUEUED))
    )
    assert not left


# All of them.


def test_the_desk_is_quiet_between_its_days_and_everything_ends_in_time(
    business: Timeline, week: Any
) -> None:
    longest = 0
    for each in week:
        number = business.calendar.number_at(each.started_ms)
        reach = desk.REACH if each.media in DESK else 1
        assert each.closed_ms < business.calendar.bounds(number + reach)[1]
        longest = max(longest, each.closed_ms - each.started_ms)
        assert picture(each, FOREVER).ended_ms == each.closed_ms
    assert 2 * DAY < longest < LONGEST_DAYS * DAY


def test_nobody_is_at_two_desks_at_once() -> None:
    calendar = timeline().calendar
    for user in ORGANIZATION.users:
        if not user.desk:
            continue
        found = sorted(
            (stint.start_ms, stint.end_ms, number)
            for number in range(739_500, 739_530)
            for stint in desk.stints(user, calendar, number)
        )
        assert found
        for (_, end_ms, _), (start_ms, _, _) in pairwise(found):
            assert end_ms <= start_ms


def test_each_day_has_somebody_for_its_leftovers_whatever_the_queue() -> None:
    calendar = timeline().calendar
    for number in range(739_500, 739_520):
        for queue in ORGANIZATION.queues:
            for medium in DESK:
                if medium in queue.demand:
                    assert any(
                        stint.leftovers
                        for user in ORGANIZATION.users
                        if medium in user.desk and queue.id in user.queue_ids
                        for stint in desk.stints(user, calendar, number)
                    ), (queue.name, medium, number)


def test_what_an_agent_shows_fits_what_he_works_on_also_in_the_morning(business: Timeline) -> None:
    staff = [user for user in ORGANIZATION.users if user.desk]
    seen: Counter[str] = Counter()
    for minutes in range(0, 15 * 60, 11):
        now_ms = MONDAY + minutes * 60_000
        busy = defaultdict(set)
        for each in business.ongoing(now_ms):
            for participant in picture(each, now_ms).participants:
                session = participant.session
                on = session.connected_ms is not None and not session.over and session.state != "parked"
                if participant.user_id and on:
                    busy[participant.user_id].add(each.started_ms)
        for user in staff:
            status = business.agent(user.id, now_ms)
            assert (status.routing_status == "INTERACTING") == bool(busy[user.id]), (user.name, minutes)
            assert status.since_ms <= now_ms
            seen["old"] += any(now_ms - started > 2 * DAY for started in busy[user.id])
            seen[status.system_presence] += 1
    assert seen["old"] > 0, "Monday morning works on what Friday has left"
    assert min(seen[name] for name in ("ON_QUEUE", "AVAILABLE", "OFFLINE", "MEAL", "BREAK")) > 0


def test_statuses_are_the_log_of_all_desks(business: Timeline) -> None:
    user = next(user for user in ORGANIZATION.users if user.leftovers and user.days_off == {5, 6})
    found = business.statuses(user.id, MONDAY, MONDAY + 12 * HOUR)
    moments = [at_ms for at_ms, _ in found]
    assert moments == sorted(moments)
    for (at_ms, status), (next_ms, _) in pairwise(found):
        if at_ms < next_ms:
            assert business.agent(user.id, at_ms) == status
            assert business.agent(user.id, next_ms - 1) == status
    assert len([status for _, status in found if status.routing_status == "INTERACTING"]) > 3


def test_a_desk_is_the_same_whatever_was_asked_before() -> None:
    alone, after_others = timeline(), timeline()
    after_others.ongoing(MONDAY + 5 * HOUR)
    after_others.changes(MONDAY, MONDAY + HOUR)
    span = (MONDAY - 3 * DAY, MONDAY - 2 * DAY)
    first = [encoded(each, FOREVER, BUSY) for each in alone.lasting(*span)]
    assert first == [encoded(each, FOREVER, BUSY) for each in after_others.lasting(*span)] != []


def test_one_look_at_what_goes_on_makes_two_floors_and_four_desks_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: Counter[str] = Counter()
    run = Floor.run

    def counted(floor: Floor) -> Any:
        made[floor.name] += 1
        return run(floor)

    monkeypatch.setattr(Floor, "run", counted)
    timeline().ongoing(MONDAY + 6 * HOUR)
    assert made == {"floor": 2, "desk": desk.REACH + 1}


def sessions(conversations: Sequence[Conversation]) -> Iterator[tuple[Conversation, Participant, Session]]:
    for each in conversations:
        for participant in picture(each, FOREVER, BUSY).participants:
            for session in participant.sessions:
                yield each, participant, session


@pytest.mark.parametrize("seed", [5, 6])
def test_times_add_up_in_every_session_of_every_medium(seed: int) -> None:
    found = timeline(seed, Settings(conversations_per_week=6000)).conversations(MONDAY - 3 * DAY, MONDAY)
    several: Counter[str] = Counter()
    for each, participant, session in sessions(found):
        metric = session.metric
        talk, held, acw = (metric(name) or 0 for name in ("tTalk", "tHeld", "tAcw"))
        if metric("tHandle") is not None:
            assert metric("tHandle") == talk + held + acw
            assert (metric("tTalkComplete") or 0) == talk
            assert (metric("tHeldComplete") or 0) == held
            assert (metric("tParkComplete") or 0) == (metric("tPark") or 0)
            several[session.media] += 1
        assert (metric("tDialing") or 0) + (metric("tContacting") or 0) == sum(
            (part.end_ms or 0) - part.start_ms
            for part in session.segments
            if part.kind in {"dialing", "contacting"} and participant.purpose == "agent"
        )
        for part in session.segments:
            assert part.end_ms is not None
            assert each.started_ms - 13 <= part.start_ms <= part.end_ms
            assert part.late or part.end_ms <= each.closed_ms
        for before, after in pairwise(part for part in session.segments if not part.late):
            assert (before.end_ms or 0) <= after.start_ms
    assert min(several[media] for media in ("voice", "chat", *DESK)) > 20


def test_an_overrun_desk_lets_go_in_the_end() -> None:
    overrun = timeline(3, Settings(conversations_per_week=150_000))
    found = overrun.lasting(MONDAY - 4 * DAY, MONDAY - 3 * DAY)
    codes = Counter(event.code for each in found for event in events(each, ledger.DEQUEUED))
    assert codes[ledger.EXPIRED] > 10
    assert all(picture(each, FOREVER).ended_ms for each in found)
    for each in found:
        number = overrun.calendar.number_at(each.started_ms)
        assert each.closed_ms < overrun.calendar.bounds(number + desk.REACH)[1]
