"""Filters of the details query against a plain evaluation, and the meanings that are documented."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcanalytics.simulator.answers import Refusal
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries import contract, filters
from gcanalytics.simulator.records import details
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
QUERY = {"interval": "2026-11-01T00:00Z/2026-11-02T00:00Z"}

RECORD: dict[str, Any] = {
    "conversationId": "c1",
    "conversationStart": "2026-11-01T10:00:00.000Z",
    "conversationEnd": "2026-11-01T10:02:00.000Z",
    "originatingDirection": "inbound",
    "divisionIds": ["d1", "d2"],
    "participants": [
        {
            "purpose": "customer",
            "sessions": [
                {
                    "mediaType": "voice",
                    "recording": True,
                    "requestedRoutings": ["Standard", "Last"],
                    "metrics": [{"name": "tTalk", "value": 40}, {"name": "tTalk", "value": 20}],
                    "segments": [
                        {
                            "segmentStart": "2026-11-01T10:00:00.000Z",
                            "segmentEnd": "2026-11-01T10:00:05.000Z",
                            "segmentType": "system",
                        },
                        {
                            "segmentStart": "2026-11-01T10:00:05.000Z",
                            "segmentType": "interact",
                            "queueId": "Q1",
                            "properties": [{"property": "tier", "propertyType": "string", "value": "Gold"}],
                        },
                    ],
                }
            ],
        },
        {
            "purpose": "agent",
            "userId": "u1",
            "sessions": [
                {
                    "mediaType": "voice",
                    "flow": {"flowName": "Main", "outcomes": [{"flowOutcome": "paid"}]},
                    "segments": [{"segmentStart": "2026-11-01T10:01:00.000Z", "segmentType": "alert"}],
                }
            ],
        },
    ],
}


def holds(record: dict[str, Any], **query: Any) -> bool:
    test = filters.compiled(contract.checked("ConversationQuery", QUERY | query))
    assert test is not None
    return test(record)


def segment(*predicates: dict[str, Any], kind: str = "and", clauses: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "predicates": list(predicates)}
    return made | ({"clauses": clauses} if clauses else {})


def is_(dimension: str, value: object = None, **more: Any) -> dict[str, Any]:
    return {"dimension": dimension} | ({} if value is None else {"value": value}) | more


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Ada.Kowal@Mail.Example.com", True),
        ("ada.kowal", True),
        ("mail.example.com", True),
        ("ada", False),
        ("example.com", False),
        ("kowal@mail.example.com", False),
        ("", False),
    ],
)
def test_an_e_mail_address_is_found_whole_by_its_name_or_by_its_domain(wanted: str, expected: bool) -> None:
    session = {"addressFrom": "ada.kowal@mail.example.com", "segments": [{"segmentType": "interact"}]}
    record = {"participants": [{"sessions": [session]}]}
    assert holds(record, segmentFilters=[segment(is_("addressFrom", wanted))]) is expected
    plain = {"participants": [{"sessions": [session | {"addressFrom": "+48555"}]}]}
    assert not holds(plain, segmentFilters=[segment(is_("addressFrom", wanted))])


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (is_("purpose", "Customer"), True),
        (is_("queueId", "q1"), True),
        (is_("queueId", "q2"), False),
        (is_("recording", "TRUE"), True),
        (is_("requestedRouting", "last"), True),
        (is_("flowName", "main"), True),
        (is_("flowOutcome", "paid"), True),
        (is_("wrapUpCode", operator="exists"), False),
        (is_("wrapUpCode", operator="notExists"), True),
        (is_("queueId", operator="exists", value=None), True),
        (is_("canonicalExternalContactId", operator="exists"), False),
        (is_("segmentEnd", "2026-11-01T10:00:05Z"), True),
        (is_("segmentEnd", "2026-11-01T10:00:00Z/2026-11-01T10:00:05Z"), False),
        (is_("segmentEnd", "2026-11-01T10:00:00Z/2026-11-01T10:00:05.001Z"), True),
        ({"metric": "tSegmentDuration", "range": {"gte": 5000, "lt": 5001}}, True),
        ({"metric": "tSegmentDuration", "range": {"gt": 5000}}, False),
        ({"property": "tier", "propertyType": "string", "value": "gold"}, True),
        ({"property": "tier", "propertyType": "integer", "value": "gold"}, False),
    ],
)
def test_a_segment_predicate_reads_its_place_in_the_record(predicate: dict[str, Any], expected: bool) -> None:
    assert holds(RECORD, segmentFilters=[segment(predicate)]) is expected


def test_predicates_of_one_filter_hold_in_the_same_segment_those_of_two_need_not() -> None:
    first, second = is_("queueId", "Q1"), is_("userId", "u1")
    assert not holds(RECORD, segmentFilters=[segment(first, second)])
    assert holds(RECORD, segmentFilters=[segment(first, second, kind="or")])
    assert holds(RECORD, segmentFilters=[segment(first), segment(second)])


def test_clauses_nest_a_level() -> None:
    clause = {"type": "or", "predicates": [is_("queueId", "Q1"), is_("queueId", "Q2")]}
    assert holds(RECORD, segmentFilters=[segment(is_("segmentType", "interact"), clauses=[clause])])
    assert not holds(RECORD, segmentFilters=[segment(is_("segmentType", "system"), clauses=[clause])])


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (is_("divisionId", "D2"), True),
        (is_("conversationEnd", operator="exists"), True),
        (is_("externalTag", operator="notExists"), True),
        (is_("conversationStart", range={"lt": 0}), False),
        ({"metric": "tTalk", "range": {"gte": 60, "lte": 60}}, True),
        ({"metric": "tTalk", "value": "60"}, True),
        ({"metric": "tAbandon", "operator": "notExists"}, True),
        ({"metric": "tConversationDuration", "range": {"gt": 119_999}}, True),
    ],
)
def test_a_conversation_predicate_sees_the_whole_conversation(
    predicate: dict[str, Any], expected: bool
) -> None:
    assert holds(RECORD, conversationFilters=[segment(predicate)]) is expected


@pytest.mark.parametrize("name", ["evaluationFilters", "surveyFilters", "resolutionFilters"])
def test_filters_of_items_look_into_their_lists(name: str) -> None:
    predicate = {
        "evaluationFilters": is_("formName", "Quality"),
        "surveyFilters": is_("surveyStatus", "Finished"),
        "resolutionFilters": {"metric": "nNextContactAvoided", "range": {"gte": 1}},
    }[name]
    field = filters._ITEM_LISTS[name]
    item = {"formName": "quality", "surveyStatus": "finished", "nNextContactAvoided": 1}
    assert not holds(RECORD, **{name: [segment(predicate)]})
    assert holds(RECORD | {field: [item]}, **{name: [segment(predicate)]})


@pytest.mark.parametrize(
    "predicate",
    [
        {},
        {"value": "x"},
        is_("queueId"),
        is_("queueId", type="metric", value="x"),
        is_("queueId", "x", metric="tSegmentDuration"),
        {"property": "tier", "value": "gold"},
        is_("segmentEnd", "yesterday"),
        is_("segmentEnd", "2026-02-30T00:00Z"),
        {"metric": "tSegmentDuration", "value": "long"},
        {"metric": "tSegmentDuration", "value": "NaN"},
        {"metric": "tSegmentDuration", "value": "1e999"},
        {"metric": "tSegmentDuration", "value": "1_0"},
        {"metric": "tSegmentDuration", "value": "\u0663"},
        {"metric": "tSegmentDuration", "range": {}},
    ],
)
def test_a_predicate_that_names_nothing_or_too_much_is_a_400(predicate: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        holds(RECORD, segmentFilters=[segment(predicate)])
    assert caught.value.status == 400


def test_of_very_many_values_each_counts_and_a_subject_is_read_once_for_all() -> None:
    reads: list[str] = []

    def predicate(each: Any) -> Any:
        def values(row: dict[str, str]) -> list[str | None]:
            reads.append(each["dimension"])
            return [row.get(each["dimension"])]

        return filters.predicate_test(each, values)

    many = [is_("queueId", f"Q{n}") for n in range(20_000)]
    others = [is_("mediaType", "fax"), is_("wrapUpCode", operator="exists")]
    test = filters.tree({"type": "or", "predicates": [*many, *others]}, predicate)
    assert [test({"queueId": name}) for name in ("q0", "q19999", "Q1", "q20000")] == [True, True, True, False]
    assert test({"mediaType": "FAX"})
    assert test({"wrapUpCode": "x"})
    reads.clear()
    assert not test({"queueId": "none", "mediaType": "voice"})
    assert sorted(reads) == ["mediaType", "queueId", "wrapUpCode"]


@pytest.mark.parametrize(
    "wrong",
    [is_("queueId"), is_("queueId", "x", metric="tSegmentDuration"), is_("queueId", "x", type="metric")],
)
def test_a_wrong_predicate_among_many_is_a_400(wrong: dict[str, Any]) -> None:
    many = [is_("queueId", f"q{n}") for n in range(5)]
    with pytest.raises(Refusal) as caught:
        holds(RECORD, segmentFilters=[segment(*many, wrong, kind="or")])
    assert caught.value.status == 400


def test_a_clause_inside_a_clause_is_a_400() -> None:
    third = {"type": "or", "predicates": [is_("queueId", "Q1")]}
    second: dict[str, Any] = {"type": "or", "predicates": [is_("queueId", "Q1")], "clauses": [third]}
    with pytest.raises(Refusal) as caught:
        holds(RECORD, segmentFilters=[segment(clauses=[second])])
    assert (caught.value.code, caught.value.field) == ("bad.request", "segmentFilters[0].clauses[0].clauses")
    nothing: tuple[Any, ...] = (None, [])
    for empty in nothing:
        assert holds(RECORD, segmentFilters=[segment(clauses=[second | {"clauses": empty}])])


@pytest.mark.parametrize("value", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_an_instant_at_the_calendars_edge_is_compared(value: str) -> None:
    assert not holds(RECORD, segmentFilters=[segment(is_("segmentEnd", value))])


def test_no_filter_is_no_test() -> None:
    assert filters.compiled(QUERY) is None


# Against a plain evaluation that shares nothing with the one above.

SAMPLED = (
    "queueId",
    "userId",
    "purpose",
    "segmentType",
    "disconnectType",
    "mediaType",
    "wrapUpCode",
    "usedRouting",
)


@pytest.fixture(scope="module")
def made(organization: Organization) -> list[dict[str, Any]]:
    choices = Settings(conversations_per_week=1500)
    timeline = Timeline(organization, seed=5, settings=choices, days=1, start_ms=START_MS)
    found = timeline.conversations(START_MS - 86_400_000, START_MS + 1)
    return [details.record(each, START_MS, choices) for each in found]


def plain(record: dict[str, Any], test: dict[str, Any]) -> bool:
    """One segment filter, the naive way."""

    def value_of(name: str, part: dict[str, Any], session: dict[str, Any], segment_: dict[str, Any]) -> Any:
        return segment_.get(name, session.get(name, part.get(name)))

    def one(predicate: dict[str, Any], *place: dict[str, Any]) -> bool:
        value = value_of(predicate["dimension"], *place)
        kind = predicate.get("operator", "matches")
        if kind == "matches":
            return value is not None and str(value).lower() == predicate["value"].lower()
        return (value is not None) is (kind == "exists")

    def group(kind: str, outcomes: list[bool]) -> bool:
        return all(outcomes) if kind == "and" else any(outcomes)

    for part in record["participants"]:
        for session in part["sessions"]:
            for segment_ in session["segments"]:
                place = (part, session, segment_)
                outcomes = [one(each, *place) for each in test.get("predicates", [])]
                for clause in test.get("clauses", []):
                    inner = [one(each, *place) for each in clause["predicates"]]
                    outcomes.append(group(clause["type"], inner))
                if group(test["type"], outcomes):
                    return True
    return False


@pytest.fixture(scope="module")
def draw_filter(made: list[dict[str, Any]]) -> Callable[[], st.SearchStrategy[dict[str, Any]]]:
    values: dict[str, list[str]] = {name: ["nothing"] for name in SAMPLED}
    for record in made:
        for row in filters.rows(record):
            for name in SAMPLED:
                for part in row:
                    if name in part and str(part[name]) not in values[name]:
                        values[name].append(str(part[name]))

    def strategy() -> st.SearchStrategy[dict[str, Any]]:
        def predicate(name: str) -> st.SearchStrategy[dict[str, Any]]:
            matching = st.sampled_from(values[name]).map(
                lambda value: {"dimension": name, "value": value.upper()}
            )
            existing = st.sampled_from(["exists", "notExists"]).map(
                lambda kind: {"dimension": name, "operator": kind}
            )
            return st.one_of(matching, matching, existing)

        predicates = st.lists(st.sampled_from(SAMPLED).flatmap(predicate), min_size=1, max_size=3)
        kinds = st.sampled_from(["and", "or"])
        clause = st.fixed_dictionaries({"type": kinds, "predicates": predicates})
        return st.fixed_dictionaries(
            {"type": kinds, "predicates": predicates}, optional={"clauses": st.lists(clause, max_size=2)}
        )

    return strategy


def test_random_filters_find_what_a_plain_evaluation_finds(
    made: list[dict[str, Any]], draw_filter: Callable[[], st.SearchStrategy[dict[str, Any]]]
) -> None:
    seen = set()

    @settings(max_examples=60, deadline=None)
    @given(draw_filter())
    def check(test: dict[str, Any]) -> None:
        compiled = filters.compiled(contract.checked("ConversationQuery", QUERY | {"segmentFilters": [test]}))
        assert compiled is not None
        found = [compiled(record) for record in made]
        assert found == [plain(record, test) for record in made]
        seen.add(sum(found))

    check()
    assert len(seen) > 5, "the filters drawn tell records apart"
