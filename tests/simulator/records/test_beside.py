"""Records, frames and emissions of what happens beside the course, against the business facts themselves."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from gcanalytics.simulator.business.aftermath import contacts, desks, noted
from gcanalytics.simulator.business.aftermath.draws import seed_of
from gcanalytics.simulator.business.aftermath.menus import menu_visit
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.aftermath.attributes import add_attributes
from gcanalytics.simulator.records.conversation_frames import full
from gcanalytics.simulator.records.details import iso, record, record_of
from gcanalytics.simulator.records.flat_frames import flat
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.records.rules import emissions
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
SETTINGS = Settings()
ORGANIZATION = Organization.load()


@pytest.fixture(scope="module")
def conversations() -> Sequence[Conversation]:
    business = Timeline(ORGANIZATION, seed=13, settings=SETTINGS, days=2, start_ms=NOON)
    return business.conversations(NOON - 5 * HOUR, NOON - HOUR)


@pytest.fixture(scope="module")
def records(conversations: Sequence[Conversation]) -> list[tuple[Conversation, dict[str, Any]]]:
    return [(one, record(one, one.settled_ms, SETTINGS)) for one in conversations]


def sessions(found: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for participant in found["participants"]:
        for session in participant["sessions"]:
            yield participant, session


def test_each_ended_voice_connection_has_its_lines(
    records: list[tuple[Conversation, dict[str, Any]]],
) -> None:
    seen = Counter[str]()
    for one, found in records:
        own, beside = Counter[str](), Counter[str]()
        shown: dict[str, list[dict[str, Any]]] = {}
        for participant, session in sessions(found):
            key = session["sessionId"]
            shown[key] = session.get("mediaEndpointStats", [])
            kinds = {part["segmentType"] for part in session["segments"]}
            if session["mediaType"] != "voice" or kinds <= {"alert", "wrapup", "contacting", "dialing"}:
                continue
            seen[f"{one.media} {participant['purpose']}"] += 1
            own[key] += 2 if participant["purpose"] == "agent" else 1
            if participant["purpose"] != "customer":
                beside[session["peerId"]] += 1
        for key, stats in shown.items():
            assert len(stats) == own[key] + beside[key]
            dates = [each["eventTime"] for each in stats]
            assert dates == sorted(dates)
            assert {tuple(each["codecs"]) for each in stats} <= {("audio/opus",), ("audio/PCMU",)}
        lines = [each for stats in shown.values() for each in stats]
        lowest = (min(each[name] for each in lines) if lines else None for name in ("minMos", "minRFactor"))
        told = found.get("mediaStatsMinConversationMos"), found.get("mediaStatsMinConversationRFactor")
        assert told == tuple(lowest)
    assert {"voice customer", "voice ivr", "voice acd", "voice agent", "callback agent"} <= seen.keys()


def test_statistics_come_with_the_end_of_their_connection(conversations: Sequence[Conversation]) -> None:
    for one in [each for each in conversations if each.media == "voice"][:150]:
        for at_ms in range(one.started_ms, one.closed_ms + 1, max(1, (one.closed_ms - one.started_ms) // 7)):
            for _, session in sessions(record(one, at_ms, SETTINGS)):
                for each in session.get("mediaEndpointStats", []):
                    assert each["eventTime"] <= iso(at_ms)


def test_flows_tell_what_the_caller_reached(records: list[tuple[Conversation, dict[str, Any]]]) -> None:
    told = Counter[str]()
    for one, found in records:
        for participant, session in sessions(found):
            if participant["purpose"] != "ivr":
                continue
            visit = menu_visit(one, 1)
            assert visit is not None
            outcomes = session["flow"].get("outcomes", [])
            assert [each["flowOutcomeValue"] for each in outcomes] == [
                "SUCCESS" if each.reached else "FAILURE" for each in visit.outcomes
            ]
            for each, outcome in zip(outcomes, visit.outcomes, strict=True):
                told[each["flowOutcomeValue"]] += 1
                assert each["flowOutcome"] == f"{outcome.id}:{each['flowOutcomeValue']}"
                assert each["flowOutcomeStartTimestamp"] == iso(outcome.started_ms)
                assert each.get("flowOutcomeEndTimestamp") == (
                    iso(outcome.ended_ms) if outcome.reached else None
                )
            names = Counter(each["name"] for each in session.get("metrics", []))
            assert names["nFlowMilestone"] == len(visit.milestones)
            assert names["nFlowOutcome"] == len(outcomes)
            assert names["nFlowOutcomeFailed"] + names["tFlowOutcome"] == len(outcomes)
            assert session["flow"]["entryReason"] == one.called_number
            assert session["flow"]["startingLanguage"] == "pl-pl"
            assert found.get("selfServed", False) == visit.self_served()
    assert min(told["SUCCESS"], told["FAILURE"]) > 20


def test_contacts_teams_and_desks_are_the_businesss(
    records: list[tuple[Conversation, dict[str, Any]]],
) -> None:
    seen = Counter[str]()
    for one, found in records:
        for participant, session in sessions(found):
            seen.update(participant.keys() | session.keys())
            if participant["purpose"] == "customer":
                assert participant.get("externalContactId") == contacts.known_contact(one)
                assert participant.get("externalOrganizationId") == contacts.company(one)
                portal = session["mediaType"] == "chat" or session.get("messageType") == "webmessaging"
                assert session.get("authenticated", False) == (portal and contacts.signed_in(one))
                assert ("journeyCustomerId" in session) == (portal and contacts.journey(one) is not None)
            if participant["purpose"] == "agent":
                assert participant["teamId"] == desks.team_id(ORGANIZATION, participant["userId"])
                skills = {
                    each for part in session["segments"] for each in part.get("requestedRoutingSkillIds", [])
                }
                assert set(session.get("activeSkillIds", [])) == skills
            assert ("edgeId" in session) == (session["mediaType"] == "voice")
    expected = (
        "externalOrganizationId",
        "screenRecording",
        "agentAssistantId",
        "scriptId",
        "snippetRecording",
    )
    assert all(seen[name] for name in (*expected, "journeyActionMapId", "acwSkipped", "protocolCallId"))


def test_a_tag_is_there_from_its_instant_on_in_records_and_on_values(
    conversations: Sequence[Conversation],
) -> None:
    tagged = [(one, case) for one in conversations if (case := desks.case(one, seed_of(one.id))) is not None]
    assert len(tagged) > 20
    for one, case in tagged:
        assert "externalTag" not in record(one, case.at_ms - 1, SETTINGS)
        assert record(one, case.at_ms, SETTINGS)["externalTag"] == case.number
        for each in emissions(one, one.settled_ms, SETTINGS):
            assert each.dims.get("externalTag") == (case.number if each.at_ms >= case.at_ms else None)


def test_a_snippet_counts_with_its_end(records: list[tuple[Conversation, dict[str, Any]]]) -> None:
    lengths = []
    for _, found in records:
        for _, session in sessions(found):
            for metric in session.get("metrics", []):
                if metric["name"] == "tSnippetRecord":
                    assert session["snippetRecording"]
                    assert 0 < metric["value"] <= 60_000
                    lengths.append(metric["value"])
    assert len(lengths) > 10


def test_notes_and_tags_stand_beside_a_wrap_up_code(
    records: list[tuple[Conversation, dict[str, Any]]],
) -> None:
    noted_parts = 0
    for _, found in records:
        for _, session in sessions(found):
            for part in session["segments"]:
                if "wrapUpNote" in part or "wrapUpTags" in part:
                    assert "wrapUpCode" in part
                    noted_parts += 1
                assert ("q850ResponseCodes" in part) <= (part.get("disconnectType") == "endpoint")
                assert ("sipResponseCodes" in part) <= (part.get("disconnectType") == "transfer")
    assert noted_parts > 30


def test_frames_show_the_customers_attributes_as_they_are_noted(
    conversations: Sequence[Conversation],
) -> None:
    for one in conversations[:200]:
        for at_ms in (one.started_ms, *(each.at_ms for each in noted(one)), one.closed_ms):
            body = full(picture(one, at_ms, SETTINGS))
            customer, *others = body["participants"]
            known = {each.name: each.value for each in noted(one) if each.at_ms <= at_ms}
            assert customer["attributes"] == known
            assert all(each["attributes"] == {} for each in others)


def test_a_jobs_record_is_the_querys_with_attributes_cut_to_1024_characters(
    conversations: Sequence[Conversation],
) -> None:
    long = 0
    for one in conversations:
        seen = picture(one, one.settled_ms, SETTINGS)
        job = record_of(seen)
        assert "attributes" not in job["participants"][0]
        add_attributes(job, seen)
        for participant in job["participants"]:
            found = participant.pop("attributes", {})
            if participant["purpose"] == "customer":
                assert found == {name: value[:1024] for name, value in one.attributes.items()}
                long += any(len(value) > 1024 for value in one.attributes.values())
            else:
                assert found == {}
        assert job == record(one, one.settled_ms, SETTINGS)
    assert long


def test_events_show_the_journey_that_the_record_shows(conversations: Sequence[Conversation]) -> None:
    met = Counter[str]()
    for one in conversations:
        seen = picture(one, one.settled_ms, SETTINGS)
        told = record_of(seen)["participants"][0]["sessions"][0]
        shapes = [full(seen)["participants"][0], flat(seen)["participants"][0]]
        if one.media in {"chat", "message"}:
            shapes[0] = shapes[0][f"{one.media}s"][0]
        for shown in shapes:
            context = shown.get("journeyContext", {})
            customer, visit = context.get("customer", {}), context.get("customerSession", {})
            action = context.get("triggeringAction", {})
            assert (customer.get("id"), customer.get("idType")) == (
                told.get("journeyCustomerId"),
                told.get("journeyCustomerIdType"),
            )
            assert visit.get("id") == told.get("journeyCustomerSessionId")
            assert action.get("id") == told.get("journeyActionId")
            assert action.get("actionMap", {}).get("version") == told.get("journeyActionMapVersion")
            met[one.media] += bool(context)
    assert met["chat"] > 20
    assert met["message"] > 5
    assert not met["voice"] + met["email"] + met["callback"]


def test_values_carry_what_their_participant_shows(conversations: Sequence[Conversation]) -> None:
    seen: set[str] = set()
    for one in conversations[::3]:
        shown = {
            session["sessionId"]: (participant, session)
            for participant, session in sessions(record(one, one.settled_ms, SETTINGS))
        }
        for each in emissions(one, one.settled_ms, SETTINGS):
            participant, session = shown[str(each.dims["sessionId"])]
            for name in ("externalContactId", "externalOrganizationId", "teamId"):
                assert each.dims.get(name) == participant.get(name)
            for name in ("peerId", "edgeId", "journeyCustomerId", "agentAssistantId"):
                assert each.dims.get(name) == session.get(name)
            ended = [part["segmentEnd"] for part in session["segments"] if "disconnectType" in part]
            assert ("disconnectType" in each.dims) <= any(end <= iso(each.at_ms) for end in ended)
            seen |= each.dims.keys()
    assert {"disconnectType", "flowInType", "stationId", "routingPriority", "customerParticipation"} <= seen
