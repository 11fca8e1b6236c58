"""What goes into the tables comes out of them: the records of the platform, whatever is in them."""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcanalytics.frames import schema
from gcanalytics.frames.conversations import CHUNK_BYTES, Builder
from gcanalytics.frames.records import to_records

INSTANTS = {
    column.source.rpartition(".")[2]
    for table in schema.API_TABLES
    for column in schema.api_fields(table)
    if column.kind == "instant"
}
NESTED = {
    "conversations": {
        "participants": "participants",
        "evaluations": "evaluations",
        "surveys": "surveys",
        "resolutions": "resolutions",
    },
    "participants": {"sessions": "sessions"},
    "sessions": {"segments": "segments", "metrics": "metrics", "mediaEndpointStats": "media_endpoint_stats"},
    "flow": {"outcomes": "flow_outcomes"},
}


_FINER = re.compile(r"\.\d{7}")  # than Python's datetime holds


def canonical(value: Any, key: str = "") -> Any:
    """A form in which two records are equal if they say the same: instants, 12 = 12.0, null = absent = []."""
    if isinstance(value, dict):
        inner = {name: canonical(each, name) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each is not None and each != []}
    if isinstance(value, list):
        return [canonical(each) for each in value]
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, float) and math.isnan(value):
        return ("nan",)
    if isinstance(value, str) and key in INSTANTS:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return ("at", at.astimezone(UTC)) if at.tzinfo and not _FINER.search(value) else value
    return value


def round_trip(*pages: Any, chunk_bytes: int = CHUNK_BYTES) -> list[Any]:
    builder = Builder(chunk_bytes=chunk_bytes)
    for page in pages:
        builder.add(page)
    return to_records(builder.build().arrow)


def assert_same(found: list[Any], expected: list[Any]) -> None:
    """The same records; their order, which is that of their starts and ids, is none of the pages."""
    assert len(found) == len(expected)
    remaining = [canonical(each) for each in expected]
    for each in found:
        assert canonical(each) in remaining
        remaining.remove(canonical(each))


# --- records with everything that may go wrong ---------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
instants = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)).map(
    lambda at: at.isoformat(timespec="milliseconds") + "Z"
)
integers = st.one_of(st.integers(0, 10**6), st.integers(-(2**70), 2**70))
numbers = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 100))
GOOD: dict[str, Any] = {
    "text": texts,
    "instant": instants,
    "flag": st.booleans(),
    "integer": integers,
    "number": numbers,
    "measure": st.one_of(st.integers(0, 10**7), st.floats(0, 1e6), integers),
    "texts": st.lists(texts, max_size=3),
    "integers": st.lists(st.integers(0, 9), max_size=3),
}
odd = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        integers,
        numbers,
        texts,
        st.sampled_from(
            [
                "2021-04-01T12:27:53.386123Z",
                "2021-04-01T12:27:53",
                "2021-04-01",
                "12",
                "",
                "2021-04-01T12:27:53.386+02:00",
            ]
        ),
        st.sampled_from([12.0, 12.5, -0.0, 2**53 + 1, 2**63, 1e300, math.inf, math.nan, "\ud800"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
unknown_keys = st.one_of(
    st.sampled_from(
        [
            "newField",
            "participant_no",
            "in_scope",
            "extra_json",
            "flow.flowId",
            "flowId",
            "flow.x",
            "x.y",
            "class",
            'quo"te',
            "back\\slash",
            "",
            "name",
            "conversationId",
            "\u2028",
        ]
    ),
    texts,
)


@st.composite
def objects(draw: Any, table: str) -> dict[str, Any]:
    """One JSON object of a kind: some known fields, odd values, unknown fields, objects below it."""
    fields = schema.api_fields("sessions" if table == "flow" else table)
    inside = {"flow": "flow"}.get(table, "")
    own = [column for column in fields if column.source.rpartition(".")[0] == inside]
    made: dict[str, Any] = {}
    for column in draw(st.lists(st.sampled_from(own), max_size=5, unique=True)):
        value = GOOD[column.kind] if draw(st.integers(0, 9)) else odd
        made[column.source.rpartition(".")[2]] = draw(value)
    if draw(st.booleans()):
        made |= draw(st.dictionaries(unknown_keys, odd, max_size=2))
    for key, below in NESTED.get(table, {}).items():
        if draw(st.integers(0, 14)) == 0:
            made[key] = draw(st.one_of(odd, st.lists(st.one_of(st.none(), objects(below)), max_size=2)))
        elif draw(st.booleans()):
            made[key] = draw(st.lists(objects(below), max_size=3))
    if table == "sessions" and draw(st.booleans()):
        made["flow"] = draw(objects("flow")) if draw(st.integers(0, 9)) else draw(odd)
    if table == "participants" and draw(st.booleans()):
        good = st.dictionaries(texts, texts, max_size=3)
        made["attributes"] = draw(
            good if draw(st.integers(0, 4)) else st.one_of(odd, st.dictionaries(texts, odd, max_size=3))
        )
    return made


@st.composite
def pulls(draw: Any) -> Any:
    """Pages of conversations; ids are unique, and now and then missing or of a wrong type."""
    pages = draw(st.lists(st.lists(objects("conversations"), max_size=3), max_size=3))
    for i, each in enumerate(each for page in pages for each in page):
        each["conversationId"] = f"c{i}"
        if draw(st.integers(0, 19)) == 0:
            each["conversationId"] = draw(odd.filter(lambda value: not isinstance(value, str)))
    if draw(st.integers(0, 19)) == 0:
        pages.append([draw(odd)])
    return pages


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(pages=pulls(), chunk_bytes=st.sampled_from([1, 400, CHUNK_BYTES]))
def test_any_record_comes_back_as_it_went_in(pages: list[list[Any]], chunk_bytes: int) -> None:
    expected = json.loads(json.dumps([each for page in pages for each in page]))
    texts = [json.dumps({"conversations": page, "totalHits": 3}).encode() for page in pages]
    found = round_trip(*texts, chunk_bytes=chunk_bytes)
    assert_same(found, expected)


# --- recorded and hand-made ----------------------------------------------------------------------------


def _recorded(payloads: Path) -> Iterator[tuple[str, Any]]:
    for path in sorted(payloads.glob("details_conversation_*.json")):
        yield path.name, json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(payloads.glob("details_session_metrics_*.json")):
        metrics = json.loads(path.read_text(encoding="utf-8"))
        session = {"sessionId": "s", "mediaType": "voice", "metrics": metrics}
        yield path.name, {"conversationId": path.stem, "participants": [{"sessions": [session]}]}


@pytest.mark.payloads
def test_every_recorded_conversation_comes_back(payloads: Path) -> None:
    found = dict(_recorded(payloads))
    assert len(found) >= 2
    for record in found.values():
        assert_same(round_trip(json.dumps(record).encode()), [record])
        assert_same(round_trip(record), [record])


def test_an_element_that_is_no_object_and_a_conversation_without_id_are_kept_whole() -> None:
    page = {
        "conversations": [None, "x", {}, {"participants": [{"purpose": "agent"}]}, {"conversationId": "c"}]
    }
    assert_same(round_trip(page), page["conversations"])


def test_a_field_of_many_types_over_pages_comes_back() -> None:
    values = [1, "one", None, True, 1.5, 2**70, [1], {"a": None}]
    pages = [[{"conversationId": f"c{i}", "newField": value}] for i, value in enumerate(values)]
    expected = [each for page in pages for each in page]
    for chunk_bytes in (1, 100, CHUNK_BYTES):
        apart = [{"conversations": page} for page in pages]
        assert_same(round_trip(*apart, chunk_bytes=chunk_bytes), expected)
    assert_same(round_trip({"conversations": expected}), expected)


def test_metric_values_keep_every_digit_beside_fractions() -> None:
    def record(i: int, value: float) -> dict[str, Any]:
        metrics = [{"name": "tTalk", "value": value}, {"name": "tTalk", "value": 7}]
        return {"conversationId": str(i), "participants": [{"sessions": [{"metrics": metrics}]}]}

    records = [record(i, value) for i, value in enumerate([12.5, 2**53 + 1, 3, 2**62])]
    for chunk_bytes in (1, CHUNK_BYTES):
        assert_same(round_trip(*records, chunk_bytes=chunk_bytes), records)


def test_nothing_makes_no_records() -> None:
    assert round_trip() == []
    assert round_trip({"conversations": []}, {}) == []


def test_keys_that_are_data_make_no_endless_columns() -> None:
    records = [
        {"conversationId": f"c{i}", "participants": [{f"key {i}": i, "purpose": "agent"}]} for i in range(700)
    ]
    builder = Builder()
    for start in (0, 200, 600):
        builder.add({"conversations": records[start : start + 400 if start else 200]})
    tables = builder.build()
    assert_same(to_records(tables.arrow), records)
    assert tables.arrow["participants"].num_columns < 400
