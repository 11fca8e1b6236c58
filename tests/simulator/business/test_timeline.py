"""The timeline: days of business, each a pure function of seed and day, and what may be seen of them when."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date as date_of_day
from datetime import datetime
from itertools import pairwise

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.staff import AT_ONCE, WHOLE
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import encoded, iso, record
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.records.shapes import Participant
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
HOUR = 3_600_000
DAY = 24 * HOUR
WEDNESDAY = 1_794_988_800_000  # 2026-11-18T08:00:00Z
BUSY = Settings(late_write_share=0.02, no_answer_acw_share=0.5, short_abandon_s=5)
FOREVER = WEDNESDAY + 400 * DAY


def timeline(seed: int = 1, settings: Settings = BUSY, days: int = 7) -> Timeline:
    return Timeline(ORGANIZATION, seed=seed, settings=settings, days=days, start_ms=WEDNESDAY)


@pytest.fixture(scope="module")
def business() -> Timeline:
    return timeline()


@pytest.fixture(scope="module")
def tuesday(business: Timeline) -> Sequence[Conversation]:
    """One whole operating day."""
    start_ms, end_ms = business.calendar.bounds(business.calendar.number_at(WEDNESDAY) - 1)
    return business.conversations(start_ms, end_ms)


def told(conversations: Sequence[Conversation]) -> list[bytes]:
    return [encoded(each, FOREVER, BUSY) for each in conversations]


# One course of business.


@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_is_the_same_alone_and_after_others(seed: int) -> None:
    alone, after_others = timeline(seed), timeline(seed)
    after_others.conversations(WEDNESDAY - DAY, WEDNESDAY - HOUR)
    after_others.changes(WEDNESDAY, WEDNESDAY + HOUR)
    span = (WEDNESDAY + 2 * HOUR, WEDNESDAY + 3 * HOUR)
    assert told(alone.conversations(*span)) == told(after_others.conversations(*span)) != []
    member = ORGANIZATION.queues[0].member_ids[0]
    assert alone.agent(member, span[0]) == after_others.agent(member, span[0])


def test_another_seed_is_another_course(tuesday: Sequence[Conversation]) -> None:
    start_ms = tuesday[0].started_ms
    other = timeline(2).conversations(start_ms, start_ms + DAY)
    assert {each.id for each in other}.isdisjoint(each.id for each in tuesday)


def test_a_week_has_the_volume_that_was_asked_for() -> None:
    quiet = timeline(settings=Settings(conversations_per_week=1400))
    found = quiet.conversations(WEDNESDAY - 7 * DAY, WEDNESDAY)
    assert 1250 < len(found) < 1550


def test_the_day_has_a_shape(business: Timeline, tuesday: Sequence[Conversation]) -> None:
    by_hour = Counter(int(business.calendar.clock(each.started_ms)[1]) for each in tuesday)
    assert min(by_hour[hour] for hour in (9, 10, 11)) > 10 * max(by_hour[hour] for hour in (2, 3))
    assert len(by_hour) == 24  # never dead


def test_nothing_is_older_than_the_history(business: Timeline) -> None:
    assert business.conversations(0, business.floor_ms) == []
    assert WEDNESDAY - 8 * DAY < business.floor_ms <= WEDNESDAY - 7 * DAY
    assert business.conversations(0, business.floor_ms + HOUR)


def test_conversations_are_half_open_and_sorted(business: Timeline, tuesday: Sequence[Conversation]) -> None:
    order = [(each.started_ms, each.id) for each in tuesday]
    assert order == sorted(order)
    middle = tuesday[len(tuesday) // 2]
    at_ms = middle.started_ms
    assert middle in business.conversations(at_ms, at_ms + 1)
    assert middle not in business.conversations(at_ms - 1000, at_ms)
    start_ms, end_ms = tuesday[0].started_ms, tuesday[-1].started_ms + 1
    parts = [*business.conversations(start_ms, at_ms), *business.conversations(at_ms, end_ms)]
    assert [each.id for each in parts] == [each.id for each in tuesday]


def test_an_id_finds_its_conversation_without_its_day_being_known(tuesday: Sequence[Conversation]) -> None:
    fresh = timeline()
    for wanted in (tuesday[0], tuesday[-1]):
        found = fresh.conversation(wanted.id)
        assert found is not None
        assert told([found]) == told([wanted])
    assert fresh.conversation("no id") is None
    unknown = [ledger.random_id(random.Random(number)) for number in range(50)]
    assert not any(fresh.conversation(each) for each in unknown)


# What an observer sees.


def _moments(conversations: Sequence[Conversation], count: int) -> Iterator[tuple[Conversation, int]]:
    source = random.Random(5)
    for _ in range(count):
        each = source.choice(conversations)
        yield each, source.randrange(each.started_ms, each.settled_ms + 1)


def _metrics(seen: dict[str, object]) -> Counter[tuple[object, ...]]:
    participants = seen["participants"]
    assert isinstance(participants, list)
    return Counter(
        (session["sessionId"], metric["name"], metric["value"], metric["emitDate"])
        for participant in participants
        for session in participant["sessions"]
        for metric in session.get("metrics", [])
    )


def test_a_look_at_any_moment_is_a_part_of_the_final_record(tuesday: Sequence[Conversation]) -> None:
    for each, now_ms in _moments(tuesday, 400):
        seen, final = record(each, now_ms, BUSY), record(each, FOREVER, BUSY)
        assert not _metrics(seen) - _metrics(final)
        ours = [participant["participantId"] for participant in seen["participants"]]
        assert ours == [participant["participantId"] for participant in final["participants"]][: len(ours)]


def test_nothing_of_the_future_is_ever_shown(tuesday: Sequence[Conversation]) -> None:
    for each, now_ms in _moments(tuesday, 400):
        now = iso(now_ms)
        # What a callback was scheduled for and when a message at rest will be closed is known before.
        ahead = r'"(callbackScheduledTime|inactivityTimeout)":"[^"]+"'
        text = re.sub(ahead, "", encoded(each, now_ms, BUSY).decode())
        assert "null" not in text
        for piece in text.split('"')[1:]:
            if piece[:2] == "20" and piece.endswith("Z") and len(piece) == 24:
                assert piece <= now


def beside(each: Conversation) -> set[int]:
    """Every instant that its last record names: what happens beside the course is no change of it."""
    found = re.findall(rb'"(20[^"]+Z)"', encoded(each, each.settled_ms, BUSY))
    return {round(datetime.fromisoformat(text.decode()).timestamp() * 1000) for text in found}


def course(each: Conversation, now_ms: int) -> str:
    """Its record without what comes beside the course and names no instant that its last record has too."""
    text = encoded(each, now_ms, BUSY).decode()
    names = "externalTag|flaggedReason|snippetRecording|deliveryStatus|deliveryStatusChangeDate"
    return re.sub(rf',"({names})":("[^"]*"|true)', "", text)


def test_changes_tell_every_change(business: Timeline, tuesday: Sequence[Conversation]) -> None:
    source = random.Random(6)
    known = defaultdict(set)
    start_ms, end_ms = tuesday[800].started_ms, tuesday[1600].started_ms
    changes = business.changes(start_ms, end_ms)
    assert [change.at_ms for change in changes] == sorted(change.at_ms for change in changes)
    for change in changes:
        known[change.conversation.id if change.conversation else change.user_id].add(change.at_ms)
    for each in source.sample(tuesday[800:1600], 60):
        for _ in range(15):
            a_ms = source.randrange(each.started_ms, each.closed_ms + 1)
            b_ms = min(a_ms + source.randrange(1, 20_000), end_ms)
            if a_ms < b_ms and not any(a_ms < at_ms <= b_ms for at_ms in known[each.id] | beside(each)):
                assert course(each, a_ms) == course(each, b_ms)
    for user_id in ORGANIZATION.queues[0].member_ids:
        for _ in range(10):
            a_ms = source.randrange(start_ms, end_ms)
            b_ms = min(a_ms + source.randrange(1, 600_000), end_ms)
            if not any(a_ms < at_ms <= b_ms for at_ms in known[user_id]):
                assert business.agent(user_id, a_ms) == business.agent(user_id, b_ms)


def test_changes_are_half_open_and_join(business: Timeline) -> None:
    whole = business.changes(WEDNESDAY, WEDNESDAY + 600_000)
    cut = whole[len(whole) // 2].at_ms
    parts = business.changes(WEDNESDAY, cut) + business.changes(cut, WEDNESDAY + 600_000)
    assert sorted(map(repr, parts)) == sorted(map(repr, whole))


def test_ongoing_is_what_has_started_and_is_not_over(business: Timeline) -> None:
    for hours in (2, 4, 9, 18.99, 19.01, 20.05):  # the quiet hour is at 19
        now_ms = WEDNESDAY - DAY + int(hours * HOUR)
        ids = [each.id for each in business.ongoing(now_ms)]
        recent = business.conversations(now_ms - 5 * DAY, now_ms + 1)
        assert ids == [each.id for each in recent if picture(each, now_ms).ended_ms is None]


# Invariants of business.


def test_an_offer_is_answered_abandoned_or_flows_out(tuesday: Sequence[Conversation]) -> None:
    counts = Counter(
        metric.name
        for each in tuesday
        for participant in picture(each, FOREVER, BUSY).participants
        for metric in participant.session.metrics
        if participant.session.media != "callback"  # these have neither tAnswered nor tAbandon
    )
    assert counts["nOffered"] == counts["tAnswered"] + counts["tAbandon"] + counts["tFlowOut"]
    assert counts["nOffered"] == counts["tAcd"]
    assert (
        min(counts[name] for name in ("nOverSla", "tAbandon", "tFlowOut", "tShortAbandon", "tVoicemail")) > 0
    )


def test_an_open_offer_is_the_rest(business: Timeline) -> None:
    opened = 0
    for minutes in range(0, 240, 10):
        now_ms = WEDNESDAY + minutes * 60_000
        counts: Counter[str] = Counter()
        for each in business.ongoing(now_ms):
            for participant in picture(each, now_ms).participants:
                session = participant.session
                if session.media == "callback":
                    continue
                counts.update(metric.name for metric in session.metrics)
                counts["open"] += session.purpose == "acd" and session.acd_ms is None and len(session.metrics)
        closed = counts["tAnswered"] + counts["tAbandon"] + counts["tFlowOut"]
        # Between a queue's end and the agent's voice lie some milliseconds.
        assert counts["nOffered"] - closed - counts["open"] in {0, 1}
        opened += counts["open"]
    assert opened > 20


def test_times_add_up_in_every_session(tuesday: Sequence[Conversation]) -> None:
    several = 0
    for each in tuesday:
        for participant in picture(each, FOREVER).participants:
            session = participant.session
            talk, held, acw = (session.metric(name) or 0 for name in ("tTalk", "tHeld", "tAcw"))
            if session.metric("tHandle") is not None:
                assert session.metric("tHandle") == talk + held + acw
                assert (session.metric("tTalkComplete") or 0) == talk
                assert (session.metric("tHeldComplete") or 0) == held
            several += sum(metric.name == "tTalk" for metric in session.metrics) > 2
            for before, after in pairwise(segment for segment in session.segments if not segment.late):
                assert before.end_ms is not None
                assert before.start_ms < before.end_ms <= after.start_ms
    assert several > 10


def _spans(participant: Participant) -> Iterator[tuple[int, int]]:
    """When an agent was busy with his part, from the alert to the end of the after-call work."""
    segments = [each for each in participant.session.segments if not each.late]
    for each in segments:
        assert each.end_ms is not None
    begin = segments[0].start_ms
    for each in segments:
        if each.kind == "parked":
            yield begin, each.start_ms
            begin = each.end_ms or 0
    yield begin, segments[-1].end_ms or 0


def test_nobody_ever_has_more_at_a_time_than_he_can(business: Timeline) -> None:
    steps: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for each in business.conversations(WEDNESDAY - 4 * DAY, WEDNESDAY):
        for participant in picture(each, FOREVER).participants:
            if participant.user_id is not None:
                for start_ms, end_ms in _spans(participant):
                    media = participant.session.media
                    steps[participant.user_id] += [(start_ms, 1, media), (end_ms, -1, media)]
    seen: Counter[str] = Counter()
    for changes in steps.values():
        level: Counter[str] = Counter()
        for _, step, media in sorted(changes):
            level[media] += step
            seen[media] = max(seen[media], level[media])
            whole = sum(level[each] for each in WHOLE)
            assert whole <= 1
            assert not (whole and level.total() > whole)
            assert level.total() <= max(AT_ONCE.values())
    assert seen == AT_ONCE


def test_nothing_follows_the_end_but_a_late_wrap_up(tuesday: Sequence[Conversation]) -> None:
    late = 0
    for each in tuesday:
        after = [event for event in each.events if event.at_ms > each.closed_ms]
        assert {event.kind for event in after} <= {ledger.LATE_WRAP_UP}
        late += len(after)
        if after:
            before, final = record(each, each.closed_ms, BUSY), record(each, FOREVER, BUSY)
            assert before["conversationEnd"] == final["conversationEnd"]
            assert len(str(before)) < len(str(final))
            assert _metrics(before) == _metrics(final)
            assert HOUR <= after[0].at_ms - each.closed_ms + HOUR // 2 <= 41 * HOUR
    assert late > 5


def test_the_ledger_and_the_picture_agree_on_who_is_still_there(tuesday: Sequence[Conversation]) -> None:
    for each in tuesday:
        for now_ms in {event.at_ms for event in each.events}:
            shown = picture(each, now_ms)
            busy = any(not session.over for one in shown.participants for session in one.sessions)
            assert each.over(now_ms) is not busy, (each.id, now_ms - each.started_ms)


def test_every_conversation_ends_and_every_kind_of_event_happens(tuesday: Sequence[Conversation]) -> None:
    kinds: set[str] = set()
    for each in tuesday:
        seen = picture(each, FOREVER)
        assert seen.ended_ms == each.closed_ms
        kinds |= {event.kind for event in each.events}
    kinds_of_ledger = {
        value
        for name, value in vars(ledger).items()
        if name.isupper() and isinstance(value, str) and name.lower() == value
    }
    codes = {event.code for each in tuesday for event in each.events}
    # An ordinary day leaves nothing to the system; an overrun desk does (see its own test).
    assert kinds_of_ledger - kinds - codes == {ledger.CLOSED, ledger.EXPIRED} - codes


# People.


def test_the_first_minutes_of_a_day_have_somebody(
    business: Timeline, tuesday: Sequence[Conversation]
) -> None:
    start_ms = business.calendar.bounds(business.calendar.number_at(WEDNESDAY))[0]
    for minutes in (1, 30, 600, 1200, 1430):
        statuses = [business.agent(user.id, start_ms + minutes * 60_000) for user in ORGANIZATION.users]
        working = [each for each in statuses if each.on_queue]
        assert len(working) > len(ORGANIZATION.guest_desk) + 3
        assert all(each.since_ms <= start_ms + minutes * 60_000 for each in statuses)


def test_status_and_presence_fit_together(business: Timeline) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for minutes in range(0, 12 * 60, 7):
        now_ms = WEDNESDAY - 3 * HOUR + minutes * 60_000
        busy = defaultdict(set)
        for each in business.ongoing(now_ms):
            for participant in picture(each, now_ms).participants:
                session = participant.session
                begun = session.connected_ms is not None or session.state == "dialing"
                on = begun and not session.over and session.state != "parked"
                if participant.user_id and on:
                    busy[participant.user_id].add(each.id)
        for user in ORGANIZATION.users:
            status = business.agent(user.id, now_ms)
            seen[status.routing_status, status.system_presence] += 1
            handling = status.routing_status in {"INTERACTING", "COMMUNICATING"}
            assert handling == bool(busy[user.id])
            assert (status.conversation_id in busy[user.id]) if handling else status.conversation_id is None
    assert {presence for _, presence in seen} >= {"ON_QUEUE", "BREAK", "MEAL", "MEETING", "OFFLINE"}
    assert {status for status, _ in seen} == {
        "OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING",
    }  # fmt: skip
    assert ("IDLE", "OFFLINE") not in seen
    assert ("OFF_QUEUE", "ON_QUEUE") not in seen


def test_planned_traffic_never_reaches_the_guest_desk(tuesday: Sequence[Conversation]) -> None:
    desk = {user.id for user in ORGANIZATION.guest_desk}
    assert desk
    assert not any(event.user_id in desk for each in tuesday for event in each.events)


# The calendar.


@pytest.mark.parametrize(("date", "hours"), [("2026-03-29", 24), ("2026-10-24", 25), ("2026-03-28", 23)])
def test_operating_days_follow_the_local_clock(date: str, hours: int) -> None:
    days = OperatingDays(ORGANIZATION.zone, 4)
    number = date_of_day.fromisoformat(date).toordinal()
    start_ms, end_ms = days.bounds(number)
    assert (end_ms - start_ms) / HOUR == hours
    assert days.number_at(start_ms) == days.number_at(end_ms - 1) == number
    assert days.number_at(start_ms - 1) == number - 1


def test_an_overrun_floor_still_comes_to_an_end() -> None:
    overrun = timeline(3, Settings(conversations_per_week=60_000))
    found = overrun.conversations(WEDNESDAY, WEDNESDAY + 2 * HOUR)
    counts = Counter(event.code for each in found for event in each.events if event.kind == ledger.DEQUEUED)
    assert counts[ledger.ABANDONED] > counts[ledger.TAKEN] / 2
    assert all(picture(each, FOREVER).ended_ms for each in found)
