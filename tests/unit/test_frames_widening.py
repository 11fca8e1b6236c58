"""Fields that the platform begins to send in the middle of a pull: columns, no loss, no page parsed twice."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gcanalytics.frames.conversations import Builder
from gcanalytics.frames.records import to_records

pytestmark = pytest.mark.usefixtures("_each_chunk_size")
PAGES, CHANGED = 8, 4
"""Pages of a pull, and the first of them with something new."""

Change = Callable[[dict[str, Any]], None]
Reach = Callable[[dict[str, Any]], list[dict[str, Any]]]


def record(number: int) -> dict[str, Any]:
    """A conversation with an object of every kind."""
    at = "2025-11-17T10:00:00.000Z"
    session = {
        "sessionId": f"s{number}",
        "mediaType": "voice",
        "flow": {"flowId": "f", "outcomes": [{"flowOutcomeId": "o"}]},
        "mediaEndpointStats": [{"minMos": 4.5}],
        "metrics": [{"name": "tTalk", "value": number, "emitDate": at}, {"name": "nError", "value": 1}],
        "segments": [{"segmentType": "interact", "segmentStart": at}],
    }
    return {
        "conversationId": f"c{number:03}",
        "conversationStart": at,
        "evaluations": [{"evaluationId": "e"}],
        "participants": [{"participantId": f"p{number}", "purpose": "agent", "sessions": [session]}],
        "resolutions": [{"queueId": "q"}],
        "surveys": [{"surveyId": "y"}],
    }


def sessions(conversation: dict[str, Any]) -> list[dict[str, Any]]:
    return [session for part in conversation["participants"] for session in part["sessions"]]


# Level of the record: how to reach its objects, table and column of a new field there.
LEVELS: dict[str, tuple[Reach, str, str]] = {
    "conversation": (lambda one: [one], "conversations", "newField"),
    "participant": (lambda one: one["participants"], "participants", "newField"),
    "session": (sessions, "sessions", "newField"),
    "segment": (lambda one: [s for each in sessions(one) for s in each["segments"]], "segments", "newField"),
    "metric": (lambda one: [m for each in sessions(one) for m in each["metrics"]], "metrics", "newField"),
    "flow": (lambda one: [each["flow"] for each in sessions(one)], "sessions", "flow.newField"),
    "flow outcome": (
        lambda one: [o for each in sessions(one) for o in each["flow"]["outcomes"]],
        "flow_outcomes",
        "newField",
    ),
    "media endpoint statistics": (
        lambda one: [m for each in sessions(one) for m in each["mediaEndpointStats"]],
        "media_endpoint_stats",
        "newField",
    ),
    "evaluation": (lambda one: one["evaluations"], "evaluations", "newField"),
    "survey": (lambda one: one["surveys"], "surveys", "newField"),
    "resolution": (lambda one: one["resolutions"], "resolutions", "newField"),
}


class Counted:
    """Counts how often a page is parsed, whichever of msgspec's ways is taken."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.passes = 0
        counted, made, plain = self, msgspec.json.Decoder, msgspec.json.decode

        class Decoder:
            def __init__(self, *arguments: Any, **options: Any) -> None:
                self.real = made(*arguments, **options)

            def decode(self, content: Any) -> Any:
                counted.passes += 1
                return self.real.decode(content)

        def once(content: Any, **options: Any) -> Any:
            counted.passes += 1
            return plain(content, **options)

        patch.setattr(msgspec.json, "Decoder", Decoder)
        patch.setattr(msgspec.json, "decode", once)

    def taken(self) -> int:
        """The passes since it was asked last."""
        taken, self.passes = self.passes, 0
        return taken


def pull(change: Change, counted: Counted) -> tuple[Any, list[dict[str, Any]], list[int]]:
    """The tables of a pull whose later pages are changed, its records, and the passes over each page."""
    builder, records, passes = Builder(), [], []
    for number in range(PAGES):
        page = [record(10 * number + i) for i in range(10)]
        if number >= CHANGED:
            for conversation in page:
                change(conversation)
        content = json.dumps({"conversations": page, "totalHits": 10 * PAGES}).encode()
        counted.taken()
        builder.add(content)
        passes.append(counted.taken())
        records += page
    return builder.build(), records, passes


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.mark.parametrize("level", LEVELS)
def test_a_new_field_in_the_middle_of_a_pull_becomes_a_column(level: str, counted: Counted) -> None:
    reach, table, column = LEVELS[level]

    def change(conversation: dict[str, Any]) -> None:
        for found in reach(conversation):
            found["newField"] = int(conversation["conversationId"][1:])

    tables, records, passes = pull(change, counted)
    values = tables.frame(table)[column]
    each = len(reach(record(0)))
    assert values.dtype == "Int64"
    assert values.isna().tolist() == [True] * 10 * CHANGED * each + [False] * 10 * (PAGES - CHANGED) * each
    assert values.dropna().tolist() == [i for i in range(10 * CHANGED, 10 * PAGES) for _ in range(each)]
    assert to_records(tables.arrow) == records
    # The page that brought it is parsed again to learn the field and with the wider struct; no later one is.
    assert passes[1:CHANGED] == [1] * (CHANGED - 1)
    assert passes[CHANGED] <= 3
    assert passes[CHANGED + 1 :] == [1] * (PAGES - CHANGED - 1)


@pytest.mark.parametrize("value", [True, 2.5, "text", ["a"], {"deep": [1, {"b": "c"}]}, [{"x": 1}]], ids=repr)
def test_new_fields_of_any_type_on_all_levels_at_once_are_learned_in_one_page(
    value: Any, counted: Counted
) -> None:
    def change(conversation: dict[str, Any]) -> None:
        for reach, _, _ in LEVELS.values():
            for found in reach(conversation):
                found["newField"] = value

    tables, records, passes = pull(change, counted)
    assert to_records(tables.arrow) == records
    for table in {table for _, table, _ in LEVELS.values()}:
        frame = tables.frame(table)
        held = frame["newField"] if isinstance(value, bool | float | str) else frame["extra_json"]
        assert held.notna().sum() == len(frame) * (PAGES - CHANGED) // PAGES, table
    assert passes[CHANGED] <= 3
    assert [*passes[1:CHANGED], *passes[CHANGED + 1 :]] == [1] * (PAGES - 2)


def test_a_field_more_in_every_page_costs_its_own_page_only(counted: Counted) -> None:
    builder, records = Builder(), []
    for number in range(PAGES):
        one = record(number)
        for session in sessions(one):
            session |= {f"newField{i}": i for i in range(number + 1)}
        records.append(one)
        builder.add(json.dumps({"conversations": [one]}).encode())
    assert counted.taken() <= 3 * PAGES
    again = json.dumps({"conversations": records}).encode()
    builder.add(again)
    assert counted.taken() == 1  # all are known by now
    assert to_records(builder.build().arrow) == records
