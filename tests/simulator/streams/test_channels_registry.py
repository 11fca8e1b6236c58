"""Topic names, permissions, and the books of the notification channels: no server, time handed in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gcanalytics.simulator.streams.registry import CHANNELS_PER_OWNER, Channel, ChannelRegistry, TooManyTopics
from gcanalytics.simulator.streams.subscriptions import (
    DIVISIONED,
    INVALID,
    KINDS,
    TOPICS_PER_CHANNEL,
    UNAUTHORIZED,
    Answer,
    OrganizationSubjects,
    Rights,
    answers,
)

QUEUE = "a6230000-0000-4000-8000-00000000008b"
USER = "2eb50000-0000-4000-8000-0000000000d9"
SUBJECTS = OrganizationSubjects(frozenset({QUEUE}), frozenset({USER}))
ALL = Rights()


@dataclass
class Bearer:
    value: str = "token"
    expires: float = 1e9


class Wire:
    """A socket that remembers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.closed: tuple[int, str] | None = None

    def offer(self, text: str) -> None:
        self.texts.append(text)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


def registry(life_s: float = 86_400.0) -> ChannelRegistry:
    return ChannelRegistry(life_s=life_s, close_codes=(1001, 1008, 4001), seed=3)


def created(books: ChannelRegistry, now: float = 0.0, *, owner: str = "app", expires: float = 1e9) -> Channel:
    return books.create(owner, now, token=Bearer(expires=expires), rights=ALL)


def permitted(ids: Sequence[str], rights: Rights = ALL) -> list[bool]:
    return [answer.permitted for answer in answers(ids, SUBJECTS, rights)]


def test_every_topic_of_the_table_is_permitted_for_a_subject_that_exists() -> None:
    ids = [kind.pattern.replace("{id}", QUEUE if kind.subject == "queue" else USER) for kind in KINDS]
    assert permitted(ids) == [True] * len(KINDS)


@pytest.mark.parametrize(
    "name",
    [
        f"v2.routing.queues.{USER}.conversations",
        f"v2.routing.queues.{QUEUE}.weather",
        f"v3.routing.queues.{QUEUE}.conversations",
        f"v2.routing.queues.{QUEUE}.conversations ",
        "v2.routing.queues.{id}.conversations",
        f"v2.users.{USER}?presence&weather",
        f"v2.users.{USER}?",
        "",
        f"v2.users.{USER}?" + "&".join(["presence"] * 30),
    ],
)
def test_an_unknown_or_overlong_topic_is_rejected_with_a_reason(name: str) -> None:
    (answer,) = answers([name], SUBJECTS, ALL)
    assert not answer.permitted
    assert answer.reason


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("v2.routing.queues.nobody.conversations", UNAUTHORIZED),
        ("v2.routing.queues.nobody.conversations.calls", UNAUTHORIZED),
        ("v2.users.7.presence", UNAUTHORIZED),
        ("v2.users.nobody?presence&routingStatus", UNAUTHORIZED),
        (f"v2.routing.queues.{QUEUE}.weather", INVALID),
        ("v2.routing.queues..conversations", INVALID),
        (f"v2.users.{USER}?presence&weather", INVALID),
        ("x" * 200, INVALID),
    ],
)
def test_the_id_of_nobody_is_told_from_a_name_that_is_no_topic(name: str, code: str) -> None:
    (answer,) = answers([name], SUBJECTS, ALL)
    assert (answer.permitted, answer.code) == (False, code)


def test_topics_match_without_case_and_keep_their_spelling() -> None:
    spoken = f"v2.Routing.Queues.{QUEUE.upper()}.Conversations.Calls"
    (answer,) = answers([spoken], SUBJECTS, ALL)
    (topic,) = answer.topics
    assert (topic.key, topic.name, topic.subject_id) == (spoken.lower(), spoken, QUEUE)


def test_a_combined_topic_stands_for_its_single_ones() -> None:
    (answer,) = answers([f"v2.users.{USER}?presence&routingStatus"], SUBJECTS, ALL)
    assert [topic.name for topic in answer.topics] == [
        f"v2.users.{USER}.presence",
        f"v2.users.{USER}.routingStatus",
    ]


def test_missing_permissions_are_named() -> None:
    name = f"v2.analytics.queues.{QUEUE}.observations"
    queue, both = "analytics:queueObservation:view", "analytics:conversationAggregate:view"
    for held, every, missing in [
        (("routing:queue:view",), True, (both, queue)),
        ((queue,), True, (both,)),
        (("routing:queue:view",), False, (both, queue)),
        ((queue,), False, ()),
        ((queue, both), True, ()),
        (("analytics:*:view",), True, ()),
    ]:
        (answer,) = answers([name], SUBJECTS, Rights(held, every=every))
        assert answer.missing_permissions == missing
        assert answer.permitted is (missing == ())
        assert answer.code == UNAUTHORIZED
    assert permitted([f"v2.routing.queues.{QUEUE}.conversations"], Rights(("routing:queue:view",))) == [True]


def test_a_subject_in_an_unseen_division_is_refused_and_lacks_what_the_topic_needs() -> None:
    blind = Rights(hidden={QUEUE, USER})
    (queue,) = answers([f"v2.routing.queues.{QUEUE.upper()}.conversations"], SUBJECTS, blind)
    assert (queue.permitted, queue.missing_permissions) == (False, ("routing:queue:view",))
    assert queue.code == DIVISIONED
    (user,) = answers([f"v2.users.{USER}?presence&routingStatus"], SUBJECTS, blind)
    assert (user.permitted, user.missing_permissions) == (False, ())
    assert user.reason == "The topic is not known."


def test_the_same_id_twice_is_answered_once() -> None:
    name = f"v2.users.{USER}.presence"
    assert len(answers([name, name.upper()], SUBJECTS, ALL)) == 1


def test_channel_ids_look_like_the_platforms() -> None:
    assert len({created(registry(), n).id for n in range(3)}) == 1, "the seed decides"
    head, digit, rest = created(registry()).id.split("-")
    assert (head, len(digit), len(rest)) == ("streaming", 1, 26)


def test_the_21st_channel_removes_the_least_recently_used() -> None:
    books = registry()
    first, second, *others = [created(books, n) for n in range(CHANNELS_PER_OWNER)]
    first.used = 100.0
    created(books, 101.0)
    assert books.find(second.id) is None
    assert books.was(second.id)
    assert all(books.find(channel.id) for channel in (first, *others))


def test_a_channel_without_a_connection_goes_first() -> None:
    books = registry()
    channels = [created(books, n) for n in range(CHANNELS_PER_OWNER)]
    for channel in channels[:-1]:
        books.attach(channel, Wire(), channel.used)
    created(books, 101.0)
    assert books.find(channels[-1].id) is None
    assert books.find(channels[0].id) is channels[0]


def test_an_evicted_connection_is_closed_with_the_evictions_code() -> None:
    books = registry()
    channels = [created(books, n) for n in range(CHANNELS_PER_OWNER)]
    wires = [Wire() for _ in channels]
    for channel, wire in zip(channels, wires, strict=True):
        books.attach(channel, wire, channel.used)
    created(books, 101.0)
    assert [wire.closed and wire.closed[0] for wire in wires[:2]] == [1008, None]


def test_owners_do_not_evict_each_other_and_guests_do_not_count() -> None:
    books = registry()
    mine = created(books, owner="one")
    for n in range(CHANNELS_PER_OWNER):
        created(books, n, owner="two")
        books.create("one", n, token=Bearer(), limited=False)
    assert books.find(mine.id) is mine
    assert books.owned("one") == [mine]


def subscribed(books: ChannelRegistry, channel: Channel, *ids: str, replace: bool = False) -> None:
    books.subscribe(channel, answers(ids, SUBJECTS, ALL), replace=replace)


def test_events_reach_those_who_listen_in_their_own_spelling() -> None:
    books = registry()
    plain, loud, deaf = created(books), created(books), created(books)
    name = f"v2.users.{USER}.presence"
    wires = {channel: Wire() for channel in (plain, loud, deaf)}
    for channel, wire in wires.items():
        books.attach(channel, wire, 0.0)
    subscribed(books, plain, name)
    subscribed(books, loud, name.upper())
    assert books.publish(name, '{"a":1}', "c-1") == 2
    assert wires[plain].texts == [
        f'{{"topicName":"{name}","version":"2","eventBody":{{"a":1}},"metadata":{{"CorrelationId":"c-1"}}}}'
    ]
    assert f'"topicName":"{name.upper()}"' in wires[loud].texts[0]
    assert wires[deaf].texts == []


def test_only_connected_channels_are_heard() -> None:
    books = registry()
    channel, wire = created(books), Wire()
    subscribed(books, channel, f"v2.users.{USER}.presence")
    assert books.heard() == set()
    books.attach(channel, wire, 1.0)
    assert books.heard() == {f"v2.users.{USER}.presence"}
    books.detach(channel, wire, 2.0)
    assert books.heard() == set()
    assert channel.used == 2.0


def test_put_replaces_and_post_adds() -> None:
    books = registry()
    channel = created(books)
    presence, routing = f"v2.users.{USER}.presence", f"v2.users.{USER}.routingStatus"
    subscribed(books, channel, presence)
    subscribed(books, channel, routing)
    assert [answer.id for answer in channel.requested.values()] == [presence, routing]
    subscribed(books, channel, routing, replace=True)
    books.attach(channel, Wire(), 0.0)
    assert books.heard() == {routing.lower()}


def test_a_topic_above_the_limit_changes_nothing() -> None:
    books = registry()
    channel = created(books)
    subscribed(books, channel, f"v2.users.{USER}.presence")
    many = OrganizationSubjects(frozenset(str(n) for n in range(TOPICS_PER_CHANNEL)), frozenset())
    ids = [f"v2.routing.queues.{n}.conversations" for n in range(TOPICS_PER_CHANNEL)]
    found = answers(ids, many, ALL)
    with pytest.raises(TooManyTopics):
        books.subscribe(channel, found)
    assert list(channel.requested) == [f"v2.users.{USER}.presence"]
    books.subscribe(channel, found, replace=True)
    assert len(channel.topics) == TOPICS_PER_CHANNEL


def test_rejected_topics_are_not_kept() -> None:
    books = registry()
    channel = created(books)
    books.subscribe(channel, [Answer("v2.nothing", reason="The topic is not known.")])
    assert not channel.requested


def told(wire: Wire) -> list[str]:
    """Topics of the system messages that a connection has read."""
    return [str(json.loads(text)["topicName"]) for text in wire.texts]


def test_a_second_connection_closes_the_first_and_tells_it_why() -> None:
    books = registry()
    channel, first, second = created(books), Wire(), Wire()
    books.attach(channel, first, 0.0)
    books.attach(channel, second, 1.0)
    assert told(first) == [f"v2.system.no_longer_subscribed.{channel.id}"]
    body = json.loads(first.texts[0])["eventBody"]
    assert (body["reason"], body["oauthClientId"]) == ("another_channel_subscribed", "app")
    assert first.closed == (1001, "another connection uses this channel")
    books.detach(channel, first, 2.0)
    assert channel.socket is second
    assert second.texts == []


def test_a_connection_is_warned_once_a_minute_before_its_channel_ends() -> None:
    books = registry(life_s=1000.0)
    channel, wire = created(books), Wire()
    books.attach(channel, wire, 0.0)
    warnings = []
    for now in (939.0, 940.0, 950.0):
        books.end_due(now)
        warnings.append(len(told(wire)))
    books.renew(channel, 960.0)
    for now in (1000.0, 1899.0, 1900.0, 1960.0):
        books.end_due(now)
        warnings.append(len(told(wire)))
    assert warnings == [0, 1, 1, 1, 1, 2, 2]
    assert set(told(wire)) == {"v2.system.socket_closing"}
    assert wire.closed == (1008, "channel expired")
    assert books.was(channel.id)


def test_the_end_of_its_token_ends_a_channel() -> None:
    books = registry()
    token = Bearer(expires=500.0)
    channel, wire = books.create("app", 0.0, token=token), Wire()
    books.attach(channel, wire, 0.0)
    books.end_due(439.0)
    assert not told(wire)
    books.end_due(440.0)
    assert told(wire) == ["v2.system.socket_closing"]
    books.end_due(500.0)
    assert wire.closed == (4001, "token expired")
    assert len(told(wire)) == 1


def test_a_revoked_token_is_told_before_the_close() -> None:
    books = registry()
    token = Bearer()
    channel, wire = books.create("app", 0.0, token=token), Wire()
    books.attach(channel, wire, 0.0)
    token.expires = float("-inf")
    books.end_due(1.0)
    assert told(wire) == ["v2.system.token_revoked.app"]
    assert wire.closed == (4001, "token expired")


def test_without_notices_connections_are_closed_without_a_word() -> None:
    books = ChannelRegistry(life_s=1000.0, close_codes=(1001, 1008, 4001), notify=False)
    channel, first, second = created(books), Wire(), Wire()
    books.attach(channel, first, 0.0)
    books.attach(channel, second, 1.0)
    for now in (940.0, 1000.0):
        books.end_due(now)
    assert first.texts == second.texts == []
    assert (first.closed, second.closed) == (
        (1001, "another connection uses this channel"),
        (1008, "channel expired"),
    )


def test_a_combined_topic_counts_each_of_its_parts_or_once() -> None:
    users = [f"{n:08x}" for n in range(600)]
    many = OrganizationSubjects(frozenset(), frozenset(users))
    found = answers([f"v2.users.{user}?presence&routingStatus" for user in users], many, ALL)
    books = registry()
    with pytest.raises(TooManyTopics):
        books.subscribe(created(books), found)
    books = ChannelRegistry(life_s=1000.0, close_codes=(1001, 1008, 4001), combined="once")
    channel = created(books)
    books.subscribe(channel, found)
    assert len(channel.topics) == 1200


def test_close_all_keeps_the_channels() -> None:
    books = registry()
    channel, wire = created(books), Wire()
    books.attach(channel, wire, 0.0)
    created(books)
    assert books.close_all(1012) == 1
    assert wire.closed is not None
    assert wire.closed[0] == 1012
    assert books.find(channel.id) is channel
    assert channel.socket is None
