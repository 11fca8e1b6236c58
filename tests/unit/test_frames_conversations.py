"""Pages to tables: columns and dtypes, keys, duplicates, interval and scope."""

import json
from typing import Any

import pandas as pd
import pytest

from gcanalytics.errors import ApiError
from gcanalytics.frames import schema
from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope
from gcanalytics.frames.tables import Tables

pytestmark = pytest.mark.usefixtures("_each_chunk_size")
DAY = 1_763_337_600_000  # 2025-11-17T00:00:00Z


def at(seconds: float) -> str:
    stamp = pd.Timestamp(DAY + round(seconds * 1000), unit="ms").isoformat(timespec="milliseconds")
    return f"{stamp}Z"


def conversation(
    number: int = 0, *, start: float = 0, end: float | None = 60, **fields: Any
) -> dict[str, Any]:
    record: dict[str, Any] = {"conversationId": f"c{number}", "conversationStart": at(start), **fields}
    if end is not None:
        record["conversationEnd"] = at(end)
    return record


def session(*segments: dict[str, Any], metrics: Any = (), **fields: Any) -> dict[str, Any]:
    return {"sessionId": "s", "mediaType": "voice", "segments": [*segments], "metrics": [*metrics], **fields}


def build(*pages: Any, **options: Any) -> Tables:
    builder = Builder()
    for page in pages:
        builder.add(page)
    return builder.build(**options)


@pytest.mark.parametrize("pages", [[], [{}], [{"conversations": []}], [{"totalHits": 3}]])
@pytest.mark.parametrize("table", schema.API_TABLES)
def test_a_pull_of_nothing_has_every_column_typed(pages: list[Any], table: str) -> None:
    pd.testing.assert_frame_equal(build(*pages).frame(table), schema.empty_frame(table))
    pd.testing.assert_frame_equal(Tables.empty().frame(table), schema.empty_frame(table))


@pytest.mark.parametrize("table", schema.API_TABLES)
def test_dtypes_do_not_depend_on_what_is_missing(table: str) -> None:
    part = {
        "sessions": [session({}, metrics=[{"value": 1}], flow={"outcomes": [{}]}, mediaEndpointStats=[{}])]
    }
    record = conversation(
        participants=[{**part, "attributes": {"a": "b"}}], evaluations=[{}], surveys=[{}], resolutions=[{}]
    )
    frame = build(record).frame(table)
    assert len(frame) == 1
    assert frame.dtypes.to_dict() == schema.empty_frame(table).dtypes.to_dict()


def test_rows_carry_their_places_and_values() -> None:
    record = conversation(
        participants=[
            {"purpose": "customer", "sessions": [session({"segmentType": "system"}), session()]},
            {
                "purpose": "agent",
                "userId": "u",
                "sessions": [session({}, {"conference": True, "wrapUpTags": ["a"]})],
            },
        ]
    )
    segments = build(record).frame("segments")
    assert segments["conversationId"].tolist() == ["c0"] * 3
    assert segments[["participant_no", "session_no", "segment_no"]].to_numpy().tolist() == [
        [0, 0, 0],
        [1, 0, 0],
        [1, 0, 1],
    ]
    assert segments["conference"].tolist() == [pd.NA, pd.NA, True]
    assert segments["wrapUpTags"].tolist() == [None, None, ["a"]]
    assert segments["in_scope"].all()


def test_instants_are_utc_milliseconds() -> None:
    frame = build(conversation(end=None, conferenceStart="2025-11-17T02:00:00.25+02:00")).frame(
        "conversations"
    )
    assert frame["conversationStart"].iloc[0] == pd.Timestamp("2025-11-17", tz="UTC")
    assert frame["conferenceStart"].iloc[0] == pd.Timestamp("2025-11-17T00:00:00.250", tz="UTC")
    assert frame["conversationEnd"].isna().all()


def test_metric_values_are_int64_and_float64_only_where_a_value_has_a_fraction() -> None:
    def metrics(*values: Any) -> Any:
        part = {"sessions": [session(metrics=[{"name": "tTalk", "value": value} for value in values])]}
        return build(conversation(participants=[part])).frame("metrics")["value"]

    assert metrics(1, 2.0, 3).dtype == "int64"
    assert metrics(1, 12.5).tolist() == [1.0, 12.5]
    assert metrics(1, 12.5).dtype == "float64"
    assert metrics(1, None).dtype == "Int64"


def test_unknown_scalars_become_columns_and_the_rest_stays_as_text() -> None:
    records = [
        conversation(0, newText="x", newNumber=1, deep={"a": [1, 2.50]}, selfServed="yes"),
        conversation(1, newText=None, newNumber=1.5, newFlag=True),
    ]
    frame = build({"conversations": records}).frame("conversations")
    assert frame["newText"].tolist()[0] == "x"
    assert frame["newText"].dtype == schema.TEXT
    assert frame["newNumber"].tolist() == [1.0, 1.5]
    assert frame["newFlag"].dtype == "boolean"
    assert "deep" not in frame
    assert frame["selfServed"].isna().all()
    assert json.loads(frame["extra_json"].iloc[0]) == {"deep": {"a": [1, 2.5]}, "selfServed": "yes"}
    assert pd.isna(frame["extra_json"].iloc[1])


def test_an_unknown_field_in_a_later_page_is_empty_in_the_pages_before() -> None:
    tables = build(
        *[{"conversations": [conversation(i)]} for i in range(3)], conversation(3, late="x"), conversation(4)
    )
    assert tables.frame("conversations")["late"].isna().tolist() == [True, True, True, False, True]


def test_a_flow_is_columns_of_its_session() -> None:
    flow = {"flowId": "f", "exitReason": "TRANSFER", "newField": 3, "outcomes": [{"flowOutcomeId": "o"}]}
    record = conversation(participants=[{"sessions": [session(), session(flow=flow)]}])
    tables = build(record)
    sessions = tables.frame("sessions")
    assert sessions["exitReason"].tolist()[1] == "TRANSFER"
    assert sessions["flow.newField"].tolist() == [pd.NA, 3]
    outcomes = tables.frame("flow_outcomes")
    assert outcomes[["session_no", "outcome_no"]].to_numpy().tolist() == [[1, 0]]


def test_attributes_are_rows() -> None:
    record = conversation(participants=[{}, {"attributes": {"context.firstName": "Jo", "x": "1"}}])
    frame = build(record).frame("attributes")
    assert frame[["participant_no", "name", "value"]].to_numpy().tolist() == [
        [1, "context.firstName", "Jo"],
        [1, "x", "1"],
    ]


def test_a_page_says_its_ids_and_hits_and_whether_it_has_conversations() -> None:
    builder = Builder()
    summary = builder.add(
        json.dumps({"conversations": [conversation(1), conversation(0)], "totalHits": 7}).encode()
    )
    assert (summary.ids, summary.total_hits, summary.has_conversations) == (["c1", "c0"], 7, True)
    past = builder.add(b'{"totalHits": 7}')
    assert (past.ids, past.total_hits, past.has_conversations) == ([], 7, False)
    assert builder.add(b"{}").total_hits is None
    assert builder.add(b' [{"conversationId": "x"}]').ids == ["x"]
    assert builder.add({"conversationId": "y"}).ids == ["y"]


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"conversations": [', b'"x"', b"3", b"\xff{}"])
def test_what_is_no_page_is_an_error_of_ours(content: bytes) -> None:
    with pytest.raises(ApiError):
        Builder().add(content)


def test_of_two_copies_the_ended_then_the_richer_then_the_later_stays() -> None:
    part = {"sessions": [session({}, {})]}
    open_copy = conversation(0, end=None, participants=[part, part], externalTag="open")
    ended = conversation(0, participants=[{"sessions": [session({})]}], externalTag="ended")
    richer = conversation(0, participants=[part], externalTag="richer")
    later = conversation(0, participants=[part], externalTag="later")
    for order in (
        [open_copy, ended, richer, later],
        [later | {"externalTag": "first"}, richer, later, ended, open_copy],
    ):
        tables = build(*[{"conversations": [each, conversation(1)]} for each in order[:1]], *order[1:])
        frame = tables.frame("conversations")
        assert frame["conversationId"].tolist() == ["c0", "c1"]
        assert frame["externalTag"].dropna().tolist() == ["later"]
        assert tables.duplicates == len(order) - 1
        assert len(tables.frame("segments")) == 2
        assert len(tables.frame("participants")) == 1


def test_what_started_outside_the_interval_is_counted_and_left_out() -> None:
    records = [
        conversation(i, start=start, participants=[{"purpose": f"p{i}"}])
        for i, start in enumerate([-1, 0, 59.999, 60])
    ]
    tables = build(
        {"conversations": [*records, {"conversationId": "no start"}]}, start_ms=DAY, end_ms=DAY + 60_000
    )
    assert tables.frame("conversations")["conversationId"].tolist() == ["c1", "c2", "no start"]
    assert tables.frame("participants")["purpose"].tolist() == ["p1", "p2"]
    assert tables.outside_interval == 2
    assert tables.still_moving == 1


def test_rows_stand_by_start_and_id_whatever_the_order_of_the_pages() -> None:
    def one(number: int, start: float) -> dict[str, Any]:
        parts = [
            {"purpose": f"{number}.{place}", "sessions": [session({"queueId": f"{number}.{place}"})] * 2}
            for place in range(2)
        ]
        return conversation(
            number, start=start, participants=parts, evaluations=[{"evaluationId": f"e{number}"}]
        )

    nowhere = {"conversationId": "c0", "participants": [{"purpose": "none"}]}
    records = [one(5, 1), one(4, 2), one(3, 2), one(2, 9), nowhere]
    pages = [[records[3], nowhere, records[2]], [records[1], records[3]], [records[0]]]
    mixed, straight = build(*pages), build(records[:1], [records[2], records[1]], records[3:])
    assert mixed.frame("conversations")["conversationId"].tolist() == ["c5", "c3", "c4", "c2", "c0"]
    assert mixed.frame("participants")["purpose"].tolist() == [
        "5.0", "5.1", "3.0", "3.1", "4.0", "4.1", "2.0", "2.1", "none",
    ]  # fmt: skip
    for table in schema.API_TABLES:
        pd.testing.assert_frame_equal(mixed.frame(table), straight.frame(table))
    assert mixed.duplicates == 1


def _scoped(scope: Scope) -> dict[str, list[bool]]:
    def part(user: str | None, queue: str | None, medium: str) -> dict[str, Any]:
        segments: list[dict[str, Any]] = [{"segmentType": "alert"}, {"queueId": queue}]
        return {
            "userId": user,
            "sessions": [session(*segments, metrics=[{"name": "n"}], mediaType=medium, direction="inbound")],
        }

    record = conversation(
        participants=[part(None, None, "voice"), part("u1", "q1", "voice"), part("u2", "q2", "chat")]
    )
    tables = build(record, scope=scope)
    return {
        name: tables.frame(name)["in_scope"].tolist()
        for name in ("conversations", "participants", "sessions", "segments", "metrics")
    }


def test_scope_is_judged_on_segments_and_handed_up_and_down() -> None:
    found = _scoped(Scope(queue_ids=frozenset({"q1"})))
    assert found["segments"] == [False, False, False, True, False, False]
    assert found["sessions"] == found["participants"] == found["metrics"] == [False, True, False]
    assert found["conversations"] == [True]
    assert _scoped(Scope(user_ids=frozenset({"u2"})))["segments"] == [False] * 4 + [True] * 2
    assert _scoped(Scope(media_types=frozenset({"voice"})))["sessions"] == [True, True, False]
    assert _scoped(Scope(directions=frozenset({"outbound"})))["conversations"] == [False]
    both = Scope(queue_ids=frozenset({"q1"}), user_ids=frozenset({"u2"}))
    assert not any(_scoped(both)["segments"])
    assert all(all(each) for each in _scoped(Scope()).values())


def test_names_and_scope_stay_with_the_tables() -> None:
    names, scope = Names(queues={"q": "Support"}), Scope(user_ids=frozenset({"u"}))
    tables = build(names=names, scope=scope)
    assert (tables.names, tables.scope) == (names, scope)
