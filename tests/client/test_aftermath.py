"""A pull's tables of what stands beside and after conversations, against the business itself.

The expected rows come from the simulator's ledger and its business of the same seed; the records have no
part in them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from gcanalytics.client import Client, connect
from gcanalytics.details import ConversationDetails
from gcanalytics.errors import NotInThisPull
from gcanalytics.frames import schema
from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath import contacts, desks, evaluations, surveys
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.aftermath.lines import NARROW, WIDE, line
from gcanalytics.simulator.business.aftermath.menus import menu_visit
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

DAY = "2026-11-16"
DAY_MS = round(datetime(2026, 11, 16, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
TABLES = ("evaluations", "surveys", "resolutions", "flow_outcomes", "media_endpoint_stats")

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def business(now_ms: int) -> dict[str, Conversation]:
    """The day's conversations of the same seed, those that are over."""
    settings = Settings(clock_start="2026-11-18T10:00:00Z")
    start_ms = settings.clock_start_ms() or 0
    timeline = Timeline(Organization.load(), seed=7, settings=settings, days=10, start_ms=start_ms)
    found = timeline.conversations(DAY_MS, DAY_MS + 24 * HOUR)
    return {one.id: one for one in found if one.phase(now_ms) is not None}


@pytest.fixture(scope="module")
def gc(simulator: Any) -> Iterator[Client]:
    options = {"client_id": simulator.client_id, "client_secret": simulator.client_secret}
    with connect(simulator.api, tz="UTC", **options) as client:
        yield client


@pytest.fixture(scope="module")
def pulled(gc: Client, simulator: Any) -> tuple[ConversationDetails, int]:
    """A pull, and the one moment of all its records in milliseconds."""
    with simulator.held() as now:
        return gc.conversation_details(DAY, progress=False), round(now.timestamp() * 1000)


@pytest.fixture(scope="module")
def details(pulled: tuple[ConversationDetails, int]) -> ConversationDetails:
    return pulled[0]


@pytest.fixture(scope="module")
def now_ms(pulled: tuple[ConversationDetails, int]) -> int:
    return pulled[1]


def ms(column: pd.Series) -> list[int | None]:
    """Instants as milliseconds since the epoch."""
    return [None if pd.isna(each) else round(each.timestamp() * 1000) for each in column]


def rows(table: pd.DataFrame, known: dict[str, Conversation], columns: Sequence[str]) -> Counter[Row]:
    """A table's rows of the known conversations, with None for what is missing."""
    table = table[table["conversationId"].isin(list(known))]
    read = [
        ms(table[name]) if str(table[name].dtype).startswith("datetime") else table[name].tolist()
        for name in columns
    ]
    return Counter(tuple(None if pd.isna(each) else each for each in row) for row in zip(*read, strict=True))


@pytest.mark.parametrize("table", TABLES)
def test_a_pull_fills_the_table_with_the_contracts_dtypes(details: ConversationDetails, table: str) -> None:
    found = getattr(details, table)
    assert len(found) > 30
    expected = schema.empty_frame(table).dtypes
    pd.testing.assert_series_equal(found.dtypes[expected.index], expected)
    assert found["extra_json"].isna().all()


def test_evaluations_are_what_quality_management_did(
    details: ConversationDetails, business: dict[str, Conversation], now_ms: int
) -> None:
    words = {
        evaluations.ASSIGNED: "Pending",
        evaluations.BEGUN: "InProgress",
        evaluations.DONE: "Finished",
        evaluations.DISPUTED: "InReview",
        evaluations.WITHDRAWN: "Retracted",
    }
    expected = Counter[Row]()
    for one in business.values():
        for each in one.afterwards.evaluations if one.afterwards else ():
            step = each.at(now_ms)
            if step is not None:
                states = (words[step.state], step.at_ms, step.score, step.critical_score)
                flags = (step.released, step.rescored, step.deleted, each.evaluator_id is None)
                people = (each.user_id, each.evaluator_id, each.assignee_id, each.calibration_id)
                expected[(one.id, each.id, each.form.name, each.queue_id, *states, *flags, *people)] += 1
    columns = ["conversationId", "evaluationId", "formName", "queueId"]
    columns += ["evaluationStatus", "eventTime", "oTotalScore", "oTotalCriticalScore"]
    columns += ["released", "rescored", "deleted", "systemSubmitted"]
    columns += ["userId", "evaluatorId", "assigneeId", "calibrationId"]
    assert rows(details.evaluations, business, columns) == expected


def test_surveys_are_what_customers_were_asked(
    details: ConversationDetails, business: dict[str, Conversation], now_ms: int
) -> None:
    expected = Counter[Row]()
    for one in business.values():
        survey = one.afterwards.survey if one.afterwards else None
        step = survey.at(now_ms) if survey else None
        if survey is not None and step is not None:
            done = step.state == surveys.ANSWERED
            answer = (step.score, step.promoter_score, step.partial if done else None)
            key = (one.id, survey.id, survey.user_id, survey.queue_id, survey.form.name)
            expected[(*key, step.at_ms, step.at_ms if done else None, *answer)] += 1
    columns = ["conversationId", "surveyId", "userId", "queueId", "surveyFormName", "eventTime"]
    columns += ["surveyCompletedDate", "oSurveyTotalScore", "surveyPromoterScore", "surveyPartialResponse"]
    assert rows(details.surveys, business, columns) == expected
    told = set(details.surveys["surveyStatus"])
    assert told <= {"Pending", "Sent", "InProgress", "Finished", "OptOut", "Error", "Expired"}
    assert {"Finished", "Expired"} < told


def test_resolutions_are_who_came_back(
    details: ConversationDetails, business: dict[str, Conversation], now_ms: int
) -> None:
    expected = Counter[Row]()
    for one in business.values():
        each = one.afterwards.resolution if one.afterwards else None
        if each is not None and each.at_ms <= now_ms:
            expected[(one.id, each.at_ms, int(not each.came_back), each.user_id, each.queue_id)] += 1
    columns = ["conversationId", "eventTime", "nNextContactAvoided", "userId", "queueId"]
    assert rows(details.resolutions, business, columns) == expected


def test_flow_outcomes_are_what_callers_reached(
    details: ConversationDetails, business: dict[str, Conversation]
) -> None:
    expected = Counter[Row]()
    for one in business.values():
        for event in one.events:
            visit = menu_visit(one, event.party) if event.kind == ledger.MENU_LEFT else None
            for each in visit.outcomes if visit else ():
                value = "SUCCESS" if each.reached else "FAILURE"
                ended_ms = each.ended_ms if each.reached else None
                expected[(one.id, each.id, f"{each.id}:{value}", value, each.started_ms, ended_ms)] += 1
    columns = ["conversationId", "flowOutcomeId", "flowOutcome", "flowOutcomeValue"]
    columns += ["flowOutcomeStartTimestamp", "flowOutcomeEndTimestamp"]
    assert rows(details.flow_outcomes, business, columns) == expected


BEGINS = {ledger.CONNECTED, ledger.MENU_ENTERED, ledger.QUEUED, ledger.ANSWERED, ledger.VOICEMAIL_STARTED}
ENDS = {ledger.CUSTOMER_LEFT, ledger.MENU_LEFT, ledger.DEQUEUED, ledger.AGENT_LEFT, ledger.VOICEMAIL_LEFT}


def lines_of(one: Conversation) -> Iterator[Row]:
    """The ends of a call's connections: who was connected from when to when, as the ledger has it."""
    seed, since, users = seed_of(one.id), dict[int, int](), dict[int, str | None]()
    for event in one.events:
        if event.kind in BEGINS:
            since[event.party], users[event.party] = event.at_ms, event.user_id
        if event.kind not in ENDS or event.party not in since:
            continue
        length_ms, end = event.at_ms - since.pop(event.party), event.party * 64
        found = [line(seed, end, NARROW, length_ms)]
        if event.party:
            found = [line(seed, end + offset, WIDE, length_ms) for offset in (1, 2)]
        if event.kind == ledger.AGENT_LEFT:
            found.append(line(seed, end + 3, WIDE, length_ms, users[event.party]))
        for each in found:
            losses = (each.early_or_late or None, each.overrun or None, each.duplicate or None)
            yield (one.id, each.r_factor, each.mos, each.delay_ms, each.received, *losses)


def test_media_endpoint_stats_are_the_lines_of_calls(
    details: ConversationDetails, business: dict[str, Conversation]
) -> None:
    calls = {
        key: one
        for key, one in business.items()
        if one.media == "voice"
        and one.direction == "inbound"
        and not any(event.kind == ledger.CALL_STARTED for event in one.events)
    }
    expected = Counter(row for one in calls.values() for row in lines_of(one))
    columns = ["conversationId", "minRFactor", "minMos", "maxLatencyMs", "receivedPackets"]
    columns += ["discardedPackets", "overrunPackets", "duplicatePackets"]
    assert len(expected) > 10_000
    assert rows(details.media_endpoint_stats, calls, columns) == expected
    codecs = {codec for each in details.media_endpoint_stats["codecs"] for codec in each}
    assert codecs == {NARROW, WIDE}
    lowest = details.media_endpoint_stats.groupby("conversationId")["minMos"].min()
    told = details.conversations.set_index("conversationId")["mediaStatsMinConversationMos"].dropna()
    assert told.astype(float).to_dict() == lowest.astype(float).to_dict()


def test_tags_and_contacts_are_the_companys(
    details: ConversationDetails, business: dict[str, Conversation]
) -> None:
    cases = {key: desks.case(one, seed_of(key)) for key, one in business.items()}
    told = details.conversations.set_index("conversationId")["externalTag"].dropna()
    assert told[told.index.isin(list(business))].to_dict() == {
        key: case.number for key, case in cases.items() if case is not None
    }
    customers = details.participants[details.participants["purpose"] == "customer"]
    known = customers.dropna(subset=["externalContactId"]).set_index("conversationId")["externalContactId"]
    for key, one in business.items():
        assert known.get(key) == contacts.known_contact(one)


def test_attributes_are_refused_with_the_way_to_them(details: ConversationDetails) -> None:
    with pytest.raises(NotInThisPull, match="job"):
        _ = details.attributes
