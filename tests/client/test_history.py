"""Pulls from a simulated platform, held against the ledger that it is made from."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import gcanalytics.client as gca
from gcanalytics.api.intervals import Interval
from gcanalytics.errors import ApiError, QueryError, UnknownName
from gcanalytics.simulator import Simulator
from gcanalytics.simulator.business.ledger import (
    ALERTED,
    ANSWERED,
    CALL_STARTED,
    CALLBACK_QUEUED,
    CUSTOMER_CALLED,
    QUEUED,
    Conversation,
)
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

NOW = dt.datetime(2026, 11, 18, 10, tzinfo=dt.UTC)
DAY = "2026-11-16"
WARSAW = "Europe/Warsaw"


@pytest.fixture(scope="module")
def ledger() -> Timeline:
    """The same business as the shared simulator's: same seed, same settings, same start."""
    settings = Settings.from_pairs(["clock_start=2026-11-18T10:00:00Z"])
    return Timeline(
        Organization.load(), seed=7, settings=settings, days=10, start_ms=int(NOW.timestamp() * 1000)
    )


@pytest.fixture(scope="module")
def gc(simulator: Any) -> Iterator[gca.Client]:
    with gca.connect(
        simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret
    ) as client:
        yield client


def ids(
    ledger: Timeline, interval: Any, test: Callable[[Conversation], bool] = lambda _: True, **more: Any
) -> set[str]:
    """Ids of the ledger's conversations that started in an interval and pass a test."""
    span = Interval.parse(interval, **more)
    return {one.id for one in ledger.conversations(span.start_ms, span.end_ms) if test(one)}


def visits(one: Conversation) -> set[str | None]:
    """Queues that had to do with a conversation: it waited in them, or their agents were alerted."""
    kinds = {QUEUED, CALLBACK_QUEUED, CUSTOMER_CALLED, ALERTED}
    return {event.queue_id for event in one.events if event.kind in kinds}


def inbound(one: Conversation) -> set[str | None]:
    """Queues that it came to other than as a callback."""
    callbacks = {event.party for event in one.events if event.kind == CALLBACK_QUEUED}
    found = (event for event in one.events if event.kind in {QUEUED, ALERTED})
    return {event.queue_id for event in found if event.via not in callbacks}


def has_voice(now: dt.datetime) -> Callable[[Conversation], bool]:
    """Whether it is a call, or a callback for which one has been made by now."""
    now_ms = round(now.timestamp() * 1000)
    return lambda one: (
        one.media == "voice" or any(event.kind == CALL_STARTED for event in one.events_until(now_ms))
    )


def passing(*queue_ids: str, media: str | None = None) -> Callable[[Conversation], bool]:
    """Whether a conversation passed through one of the queues."""
    return lambda one: media in {None, one.media} and (not queue_ids or bool(visits(one) & {*queue_ids}))


def pulled(details: Any) -> set[str]:
    return set(details.conversations["conversationId"])


def test_a_day_is_the_ledgers_day(gc: gca.Client, ledger: Timeline) -> None:
    details = gc.conversation_details(DAY)
    expected = ids(ledger, DAY)
    assert len(expected) > 2000
    assert pulled(details) == expected
    assert details.report.conversations == len(expected)
    assert details.report.short_by == 0
    assert details.report.source == "query"
    assert details.report.requests >= len(expected) // 100


@pytest.mark.fixed_settings(reason="has these settings itself")
@pytest.mark.parametrize(
    "settings",
    [
        {"interval_match": "overlap", "past_last_page": "totalHits", "records_shift": "off"},
        {"interval_match": "overlap", "expired_token_code": "credentials.expired", "token_life_s": 2},
        {"past_last_page": "totalHits", "unknown_request_fields": "400"},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_a_pull_is_the_same_whatever_the_platform_chooses(ledger: Timeline, settings: dict[str, Any]) -> None:
    always = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z"}
    with (
        Simulator(seed=7, days=10, settings={**always, **settings}) as platform,
        gca.connect(platform.api, client_id=platform.client_id, client_secret=platform.client_secret) as gc,
    ):
        for interval in ("2026-11-17T20:00/PT8H", "2026-11-17T11:30/PT15M"):
            with platform.held() as now:
                details = gc.conversation_details(interval, media_type="voice")
            assert pulled(details) == ids(ledger, interval, has_voice(now))
            assert details.report.short_by == 0


def test_a_local_day_and_part_of_a_day_bring_what_started_in_them(gc: gca.Client, ledger: Timeline) -> None:
    for interval in (DAY, "2026-11-16T12:00/PT90M"):
        details = gc.conversation_details(interval, tz=WARSAW, media_type="chat")
        assert pulled(details) == ids(ledger, interval, lambda one: one.media == "chat", tz=WARSAW)
    assert details.report.outside_interval > 0


def test_the_filters_are_the_ledgers(gc: gca.Client, ledger: Timeline, simulator: Any) -> None:
    for name, queue_id in list(simulator.queues.items())[:3]:
        details = gc.conversation_details(DAY, queue=name)
        assert pulled(details) == ids(ledger, DAY, passing(queue_id)), name
    outbound = {CALLBACK_QUEUED, CUSTOMER_CALLED}
    assert pulled(gc.conversation_details(DAY, direction="outbound")) == ids(
        ledger,
        DAY,
        lambda one: one.media == "callback" or any(event.kind in outbound for event in one.events),
    )


def test_a_queue_and_a_medium_together(gc: gca.Client, ledger: Timeline, simulator: Any) -> None:
    queues = sorted(simulator.queues)[:4]
    wanted = {simulator.queues[name] for name in queues}
    for media in ("voice", "chat"):
        details = gc.conversation_details(DAY, queue=queues, media_type=media.upper(), direction="inbound")
        found = ids(ledger, DAY, passing(*wanted, media=media))
        # A caller's callback that was passed on to a queue is nothing inbound there.
        outbound = ids(ledger, DAY, lambda one: one.direction == "outbound" or not inbound(one) & wanted)
        assert pulled(details) == found - outbound


def test_an_agent_by_name_and_only_in_that_queue(gc: gca.Client, ledger: Timeline, simulator: Any) -> None:
    day = ledger.conversations(Interval.parse(DAY).start_ms, Interval.parse(DAY).end_ms)
    answered = next(event for one in day for event in one.events if event.kind == ANSWERED and event.user_id)
    users = gc.users().set_index("id")["name"]
    by_name = gc.conversation_details(DAY, user=users[answered.user_id])

    def alerted(one: Conversation, queue_id: str | None = None) -> bool:
        return any(
            event.kind == ALERTED
            and event.user_id == answered.user_id
            and (queue_id is None or event.queue_id == queue_id)
            for event in one.events
        )

    assert pulled(by_name) == ids(ledger, DAY, alerted)
    name, queue_id = next(iter(simulator.queues.items()))
    both = gc.conversation_details(DAY, user=answered.user_id, queue=name)
    assert pulled(both) == ids(ledger, DAY, lambda one: alerted(one, queue_id))


def test_rows_of_other_queues_say_so(gc: gca.Client, simulator: Any) -> None:
    name, queue_id = next(iter(simulator.queues.items()))
    legs = gc.conversation_details(DAY, queue=name).legs
    assert set(legs.loc[legs["in_scope"], "queueId"]) == {queue_id}
    assert queue_id not in set(legs.loc[~legs["in_scope"], "queueId"])


def test_raw_filters_reach_the_platform(gc: gca.Client) -> None:
    ended = {"dimension": "conversationEnd", "operator": "notExists"}
    moving = gc.conversation_details("2026-11-18T08:00/2026-11-18T12:00", conversation_filters=ended)
    assert moving.report.still_moving == len(moving.conversations)
    held = gc.conversation_details(DAY, segment_filters=[{"dimension": "segmentType", "value": "hold"}])
    with_hold = held.segments.query("segmentType == 'hold'")["conversationId"]
    assert set(with_hold) == pulled(held) != set()


def test_one_conversation_by_its_id_is_the_same_as_in_a_pull(gc: gca.Client, simulator: Any) -> None:
    with simulator.held():
        pull = gc.conversation_details("2026-11-16T12:00/PT30M", media_type="voice")
        one = pull.conversations["conversationId"].iloc[0]
        single = gc.conversation(one)
    assert single.report.tz == gc.tz
    assert pulled(single) == {one}
    assert single.to_records() == [record for record in pull.to_records() if record["conversationId"] == one]


def test_a_conversation_that_does_not_exist_is_an_error(gc: gca.Client) -> None:
    with pytest.raises(ApiError) as refused:
        gc.conversation("00000000-0000-4000-8000-000000000000")
    assert refused.value.status == 404
    with pytest.raises(QueryError):
        gc.conversation("../users/me")


def test_raw_pages_can_be_read_later(gc: gca.Client, simulator: Any) -> None:
    from gcanalytics.details import ConversationDetails

    options: dict[str, Any] = {"queue": "Billing", "media_type": "voice"}
    with simulator.held():
        pages = list(gc.conversation_pages("2026-11-16", **options))
        details = gc.conversation_details("2026-11-16", **options)
    assert all(page["conversations"] for page in pages)
    assert pulled(ConversationDetails.from_pages(pages)) == pulled(details)


def test_a_margin_is_fetched_in_front(gc: gca.Client, ledger: Timeline, simulator: Any) -> None:
    with simulator.held() as now:
        details = gc.conversation_details("2026-11-16T12:00/PT1H", pad="2h", media_type="voice")
    assert pulled(details) == ids(ledger, "2026-11-16T10:00/PT3H", has_voice(now))
    assert details.report.interval == Interval.parse("2026-11-16T12:00/PT1H").iso()


def test_nothing_in_an_interval_is_empty_tables(gc: gca.Client) -> None:
    details = gc.conversation_details("2026-10-01")
    assert len(details.conversations) == len(details.legs) == 0
    assert details.report.conversations == 0


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"interval": "2026-11-08/2026-11-01"}, QueryError, "reversed"),
        ({"queue": "Biling"}, UnknownName, "Billing"),
        ({"media_type": "voise"}, UnknownName, "voice"),
        ({"page_size": 500}, QueryError, "1 to 100"),
        ({"workers": 0}, QueryError, "1 to 16"),
        ({"match": "overlap"}, QueryError, "match='start'"),
        ({"pad": "a day"}, QueryError, "pad="),
        ({"tz": "Mars"}, QueryError, "no time zone"),
        ({"quue": "Billing"}, QueryError, "Did you mean queue="),
        ({"segment_filters": [{"dimension": "queue", "value": "x"}]}, UnknownName, "queueId"),
    ],
)
def test_a_wrong_argument_is_said_before_the_query(
    gc: gca.Client, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    gc.queues()
    before = gc.rest.requests
    with pytest.raises(error, match=words):
        gc.conversation_details(**{"interval": DAY, **options})
    assert gc.rest.requests == before
