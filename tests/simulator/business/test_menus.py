"""What callers do in menus, what is noted about them, and what happens on agents' desks."""

from collections import Counter
from collections.abc import Sequence

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath import contacts, desks, noted
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.aftermath.menus import IDENTIFIED, LANGUAGE, SERVED, TOPIC, menu_visit
from gcanalytics.simulator.business.ledger import Conversation, Event
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
ORGANIZATION = Organization.load()


@pytest.fixture(scope="module")
def conversations() -> Sequence[Conversation]:
    business = Timeline(ORGANIZATION, seed=12, settings=Settings(), days=3, start_ms=NOON)
    return business.conversations(NOON - 24 * HOUR, NOON)


@pytest.fixture(scope="module")
def calls(conversations: Sequence[Conversation]) -> list[Conversation]:
    """Those that came in; agents' own calls pass no menu."""
    return [one for one in conversations if one.media == "voice" and one.direction == "inbound"]


def only(conversation: Conversation, kind: str) -> Event:
    return next(event for event in conversation.events if event.kind == kind)


def test_a_menu_is_passed_in_order_between_its_first_word_and_the_leaving(calls: list[Conversation]) -> None:
    passed = Counter[int]()
    for one in calls:
        spoke, left = only(one, ledger.MENU_SPOKE), only(one, ledger.MENU_LEFT)
        visit = menu_visit(one, spoke.party)
        assert visit is not None
        times = [spoke.at_ms, *(each.at_ms for each in visit.milestones), left.at_ms]
        assert times == sorted(times)
        names = [each.name for each in visit.milestones]
        assert names == [name for name in (LANGUAGE, IDENTIFIED, TOPIC) if name in names]
        if left.code != ledger.CUSTOMER_GONE:
            assert TOPIC in names
        passed[len(names)] += 1
    assert passed.keys() == {0, 1, 2, 3}


def test_outcomes_are_reached_or_fail_as_the_caller_leaves(calls: list[Conversation]) -> None:
    seen = Counter[tuple[str, bool]]()
    for one in calls:
        left = only(one, ledger.MENU_LEFT)
        visit = menu_visit(one, left.party)
        assert visit is not None
        for each in visit.outcomes:
            seen[each.name, each.reached] += 1
            assert each.started_ms <= each.ended_ms <= left.at_ms
            assert each.reached or each.ended_ms == left.at_ms
            if each.name == IDENTIFIED:
                assert each.reached == (visit.passed(IDENTIFIED) is not None)
        if visit.self_served():
            assert left.code == ledger.CUSTOMER_GONE
            assert not any(event.kind == ledger.QUEUED for event in one.events)
    assert seen.keys() == {(name, reached) for name in (IDENTIFIED, SERVED) for reached in (True, False)}


def test_a_menu_that_never_spoke_is_no_visit(calls: list[Conversation]) -> None:
    assert menu_visit(calls[0], 77) is None


def test_callers_attributes_are_what_the_menu_learned(calls: list[Conversation]) -> None:
    names = Counter[str]()
    for one in calls:
        left = only(one, ledger.MENU_LEFT)
        visit = menu_visit(one, left.party)
        assert visit is not None
        found = {each.name: each for each in noted(one)}
        names.update(found.keys())
        assert ("CustomerNumber" in found) == (visit.passed(IDENTIFIED) is not None)
        assert "History" not in found or contacts.known_contact(one)
        if "Topic" in found and left.queue_id is not None:
            assert found["Topic"].value == ORGANIZATION.queues_by_id[left.queue_id].name
        assert one.attributes == {name: each.value for name, each in found.items()}
    assert names.keys() == {"Language", "CustomerNumber", "History", "Topic"}
    assert any(len(one.attributes.get("History", "")) > 1024 for one in calls)


def test_chats_attributes_are_their_forms(conversations: Sequence[Conversation]) -> None:
    for one in conversations:
        if one.media == "chat":
            first, last = one.attributes["context.firstName"], one.attributes["context.lastName"]
            assert one.customer_name == f"{first} {last}"
            assert ORGANIZATION.queue_named(one.attributes["context.genesys.legacyRoutingTargetQueueAddress"])
            assert {each.at_ms for each in noted(one)} == {one.started_ms}


def test_forms_and_flows_note_who_writes_or_asks_to_be_called(conversations: Sequence[Conversation]) -> None:
    names: dict[str, set[str]] = {"callback": set(), "message": set(), "email": set()}
    for one in conversations:
        if one.media not in names:
            continue
        names[one.media] |= one.attributes.keys()
        assert {each.at_ms for each in noted(one)} == {one.started_ms}
        known = contacts.known_contact(one) is not None
        assert ("CustomerNumber" in one.attributes) == known, (
            "the flow knows the CRM's addresses, and no others"
        )
        aim = ORGANIZATION.queue_named(one.attributes["Topic"])
        assert aim is not None
        assert aim.id == one.events[0].queue_id
        assert one.attributes["Language"] in {each.name for each in ORGANIZATION.languages}
        if one.letter is not None:
            assert one.attributes["Mailbox"] == one.letter.to_address == aim.email
        assert one.attributes.get("Channel") == one.message_type
    common = {"CustomerNumber", "History", "Topic", "Language"}
    assert names == {"callback": common, "message": common | {"Channel"}, "email": common | {"Mailbox"}}


def test_the_same_customer_is_the_same_contact_of_the_same_company(
    conversations: Sequence[Conversation],
) -> None:
    by_address: dict[str, set[tuple[str | None, str | None]]] = {}
    for one in conversations:
        who = contacts.known_contact(one), contacts.company(one)
        by_address.setdefault(one.address, set()).add(who)
        assert who[0] is not None or who[1] is None
    assert all(len(each) == 1 for each in by_address.values())
    known = [next(iter(each))[0] for each in by_address.values()]
    assert 0.5 < sum(each is not None for each in known) / len(known) < 0.63


def test_a_case_is_opened_while_somebody_talks(conversations: Sequence[Conversation]) -> None:
    cases = [(one, desks.case(one, seed_of(one.id))) for one in conversations]
    found = [(one, case) for one, case in cases if case is not None]
    assert 0.07 < len(found) / len(cases) < 0.15
    assert len({case.number for _, case in found}) == len(found)
    for one, case in found:
        assert only(one, ledger.ANSWERED).at_ms < case.at_ms <= one.closed_ms


def test_a_snippet_and_a_flag_end_with_the_talk() -> None:
    queue = next(each for each in ORGANIZATION.queues if each.name == "Sales")
    support = next(each for each in ORGANIZATION.queues if each.name == "Support")
    whole = {
        seed: desks.snippet(ORGANIZATION, seed, 3, queue.id, NOON, None) for seed in range(0, 10**16, 10**13)
    }
    found = {seed: each for seed, each in whole.items() if each is not None}
    assert 250 < len(found) < 450
    for seed, (start_ms, end_ms) in found.items():
        assert NOON < start_ms < end_ms
        cut = (start_ms + end_ms) // 2
        assert desks.snippet(ORGANIZATION, seed, 3, queue.id, NOON, cut) == (start_ms, cut)
        assert desks.snippet(ORGANIZATION, seed, 3, queue.id, NOON, start_ms) is None
        assert desks.snippet(ORGANIZATION, seed, 3, support.id, NOON, None) is None
    flags = [desks.flag_ms(seed, 3, NOON, NOON + 30_000) for seed in range(0, 10**16, 10**13)]
    assert all(each is None or NOON < each <= NOON + 30_000 for each in flags)
    assert any(flags)
