"""Conversations outside the plan: a guest's chat, and the agent of the guest desk who takes it."""

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import iso, record
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
WEDNESDAY = 1_794_988_800_000  # 2026-11-18T08:00:00Z
BUSY = Settings()


def timeline() -> Timeline:
    return Timeline(ORGANIZATION, seed=1, settings=BUSY, days=7, start_ms=WEDNESDAY)


def test_an_added_chat_is_seen_everywhere_as_it_happens() -> None:
    business = timeline()
    queue = next(each for each in ORGANIZATION.queues if each.name == "Web Help")
    agent = ORGANIZATION.guest_desk[0]
    start_ms = WEDNESDAY + 5_000
    chat = Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="chat",
        started_ms=start_ms,
        customer_name="Rita Echo",
        address="Rita Echo",
        events=[Event(start_ms, ledger.ARRIVED, queue_id=queue.id)],
    )
    business.add(chat)
    chat.append(Event(start_ms, ledger.QUEUED, 1, queue.id))
    chat.append(Event(start_ms, ledger.OFFERED, 1, queue.id))
    chat.append(Event(start_ms + 900, ledger.ALERTED, 2, queue.id, agent.id, via=1))
    chat.append(Event(start_ms + 2_000, ledger.DEQUEUED, 1, queue.id, code=ledger.TAKEN))
    chat.append(Event(start_ms + 2_001, ledger.ANSWERED, 2, queue.id, agent.id, via=1))
    assert business.conversation(chat.id) is chat
    assert chat in business.conversations(start_ms, start_ms + 1)
    assert chat in business.ongoing(start_ms + 100_000)
    assert chat not in business.ongoing(start_ms - 1)
    ours = [
        change for change in business.changes(start_ms - 1, start_ms + 5_000) if change.conversation is chat
    ]
    assert len(ours) == 6
    assert business.agent(agent.id, start_ms + 1_000).routing_status == "IDLE"
    talking = business.agent(agent.id, start_ms + 2_500)
    assert (talking.routing_status, talking.conversation_id) == ("INTERACTING", chat.id)
    chat.append(Event(start_ms + 9_000, ledger.AGENT_LEFT, 2, code=ledger.HUNG_UP, after_work=True))
    chat.append(Event(start_ms + 9_000, ledger.CUSTOMER_LEFT, code=ledger.LET_GO))
    assert chat in business.ongoing(start_ms + 10_000)
    chat.append(Event(start_ms + 11_000, ledger.WRAPPED_UP, 2, code=queue.wrapup_code_ids[0]))
    assert chat not in business.ongoing(start_ms + 11_000)
    assert business.agent(agent.id, start_ms + 11_000).routing_status == "IDLE"
    assert record(chat, start_ms + 20_000, BUSY)["conversationEnd"] == iso(start_ms + 11_000)


def test_a_guest_desk_agent_with_two_chats_is_busy_until_both_are_over() -> None:
    business = timeline()
    agent = ORGANIZATION.guest_desk[0]
    for offset in (0, 5_000):
        chat = Conversation(
            ledger.random_id(),
            organization=ORGANIZATION,
            media="chat",
            started_ms=WEDNESDAY,
            customer_name="Rita Echo",
            address="Rita Echo",
        )
        business.add(chat)
        for at_ms, kind in ((1_000, ledger.ALERTED), (2_000, ledger.ANSWERED), (20_000, ledger.AGENT_LEFT)):
            chat.append(Event(WEDNESDAY + offset + at_ms, kind, 2, user_id=agent.id, code=ledger.HUNG_UP))
    seen = [business.agent(agent.id, WEDNESDAY + at_ms) for at_ms in (1_500, 8_000, 21_000, 26_000)]
    assert [each.routing_status for each in seen] == ["IDLE", "INTERACTING", "INTERACTING", "IDLE"]
    assert [each.since_ms - WEDNESDAY for each in seen[1:]] == [2_000, 2_000, 25_000]
    assert seen[1].conversation_id == chat.id


def guests_chat(business: Timeline, *events: Event) -> Conversation:
    """A chat of the Web Help queue with these events, added."""
    chat = Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="chat",
        started_ms=WEDNESDAY,
        customer_name="Rita Echo",
        address="Rita Echo",
        events=events,
    )
    business.add(chat)
    return chat


def test_who_misses_alerts_is_back_a_while_after_the_last() -> None:
    business = timeline()
    agent, other = ORGANIZATION.guest_desk[:2]
    for missed_ms in (10_000, 25_000):
        guests_chat(
            business,
            Event(WEDNESDAY + missed_ms - 5_000, ledger.ALERTED, 2, user_id=agent.id),
            Event(WEDNESDAY + missed_ms, ledger.NO_ANSWER, 2, user_id=agent.id),
        )
    talk = guests_chat(
        business,
        Event(WEDNESDAY + 1_000, ledger.ALERTED, 2, user_id=agent.id),
        Event(WEDNESDAY + 2_000, ledger.ANSWERED, 2, user_id=agent.id),
        Event(WEDNESDAY + 60_000, ledger.AGENT_LEFT, 2, user_id=agent.id, code=ledger.HUNG_UP),
    )
    told = business.statuses(agent.id, WEDNESDAY + 1, WEDNESDAY + 100_000)
    assert [
        (at_ms - WEDNESDAY, each.routing_status, each.since_ms - WEDNESDAY) for at_ms, each in told[1:]
    ] == [
        (2_000, "INTERACTING", 2_000),
        (10_000, "NOT_RESPONDING", 10_000),
        (45_000, "INTERACTING", 45_000),
        (60_000, "IDLE", 60_000),
    ]
    assert [each.conversation_id for _, each in told[1:]] == [talk.id] * 3 + [None]
    for at_ms, status in told:
        assert business.agent(agent.id, at_ms) == status
    assert [
        each.routing_status for _, each in business.statuses(other.id, WEDNESDAY, WEDNESDAY + 100_000)
    ] == ["IDLE"]
    backs = [
        each for each in business.changes(WEDNESDAY + 44_999, WEDNESDAY + 45_000) if each.user_id == agent.id
    ]
    assert len(backs) == 1


def test_a_transferred_chat_is_each_agents_in_his_time() -> None:
    business = timeline()
    first, second = ORGANIZATION.guest_desk[:2]
    guests_chat(
        business,
        Event(WEDNESDAY + 1_000, ledger.ANSWERED, 2, user_id=first.id),
        Event(WEDNESDAY + 5_000, ledger.AGENT_LEFT, 2, code=ledger.BLIND, after_work=True),
        Event(WEDNESDAY + 6_000, ledger.ANSWERED, 4, user_id=second.id),
        Event(WEDNESDAY + 8_000, ledger.WRAPPED_UP, 2),
        Event(WEDNESDAY + 9_000, ledger.AGENT_LEFT, 4, code=ledger.HUNG_UP),
    )
    found = [
        [at_ms - WEDNESDAY for at_ms, _ in business.statuses(agent.id, WEDNESDAY, WEDNESDAY + 20_000)]
        for agent in (first, second)
    ]
    assert found == [[0, 1_000, 8_000], [0, 6_000, 9_000]]
