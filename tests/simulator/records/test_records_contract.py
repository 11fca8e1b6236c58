"""Every record held against the official SDK's own models, read from its source (importing is slow)."""

import ast
import functools
import importlib.util
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import encoded, iso, record
from gcanalytics.simulator.records.rules import RULES, emissions
from gcanalytics.simulator.settings import Settings

NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
HOUR = 3_600_000
SETTINGS = Settings(late_write_share=0.02, no_answer_acw_share=0.5, short_abandon_s=5)
ROOT = "AnalyticsConversationWithoutAttributes"
SPEC = importlib.util.find_spec("PureCloudPlatformClientV2")

pytestmark = pytest.mark.skipif(SPEC is None, reason="the official SDK is not installed")


@functools.cache
def model(name: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """JSON name to type, and JSON name to allowed values, of one of the SDK's models."""
    assert SPEC is not None
    assert SPEC.origin is not None
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    tree = ast.parse((Path(SPEC.origin).parent / "models" / f"{snake}.py").read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = {}
    enums: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            if node.targets[0].attr in {"attribute_map", "swagger_types"}:
                found[node.targets[0].attr] = ast.literal_eval(node.value)
        elif isinstance(node, ast.FunctionDef):
            for each in ast.walk(node):
                if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "allowed_values":
                    enums[node.name] = tuple(ast.literal_eval(each.value))
    names = found["attribute_map"]
    types = {names[own]: kind for own, kind in found["swagger_types"].items()}
    return types, {names[own]: values for own, values in enums.items()}


def problems(value: Any, kind: str, where: str) -> Iterator[str]:
    """What of a value is not as its type says."""
    if kind.startswith("list["):
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
            return
        for each in value:
            yield from problems(each, kind[5:-1], f"{where}[]")
    elif kind == "datetime":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(value)):
            yield f"{where}: {value!r} is no instant"
    elif kind in {"str", "int", "bool", "float"}:
        right = {"str": str, "int": int, "bool": bool, "float": float}[kind]
        if type(value) is not right:
            yield f"{where}: {value!r} is no {kind}"
    else:
        types, enums = model(kind)
        for name, inner in value.items():
            if name not in types:
                yield f"{where}.{name} does not exist"
                continue
            yield from problems(inner, types[name], f"{where}.{name}")
            for single in inner if isinstance(inner, list) else [inner]:
                if name in enums and single not in enums[name]:
                    yield f"{where}.{name}: {single!r} is no value of it"


@pytest.fixture(scope="module")
def business() -> Timeline:
    return Timeline(Organization.load(), seed=3, settings=SETTINGS, days=3, start_ms=NOON)


@pytest.fixture(scope="module")
def conversations(business: Timeline) -> Sequence[Conversation]:
    return business.conversations(NOON - 3 * HOUR, NOON + 9 * HOUR)


def test_the_check_itself_finds_what_is_wrong() -> None:
    wrong = {"conversationId": 3, "mood": "x", "originatingDirection": "sideways", "conversationEnd": "noon"}
    assert len(list(problems(wrong, ROOT, ""))) == 4


@pytest.mark.parametrize("later_ms", [0, 400 * 24 * HOUR])
def test_every_record_is_of_the_contracts_form(conversations: Sequence[Conversation], later_ms: int) -> None:
    found: Counter[str] = Counter()
    for each in conversations:
        if each.started_ms <= NOON + later_ms:
            found.update(problems(record(each, NOON + later_ms, SETTINGS), ROOT, ""))
    assert not found


def test_encoded_is_the_record_also_when_it_is_kept(conversations: Sequence[Conversation]) -> None:
    for each in conversations[::20]:
        for now_ms in (each.started_ms, (each.started_ms + each.closed_ms) // 2, each.settled_ms):
            for _ in range(2):
                assert json.loads(encoded(each, now_ms, SETTINGS)) == record(each, now_ms, SETTINGS)


def test_metrics_of_a_session_are_ordered_by_date_then_name(conversations: Sequence[Conversation]) -> None:
    for each in conversations:
        for participant in record(each, each.settled_ms, SETTINGS)["participants"]:
            for session in participant["sessions"]:
                order = [(metric["emitDate"], metric["name"]) for metric in session.get("metrics", [])]
                assert order == sorted(order)


def test_every_rule_emits_and_every_metric_has_a_rule(conversations: Sequence[Conversation]) -> None:
    emitted = {each.metric for one in conversations for each in emissions(one, one.settled_ms, SETTINGS)}
    ruled = {metric for rule in RULES for metric in rule.metrics}
    assert emitted == ruled | {"tWait"}
    types, enums = model("AnalyticsSessionMetric")
    assert set(types) == {"emitDate", "name", "value"}
    assert ruled <= set(enums.get("name", ruled))


def test_each_rule_says_where_it_is_known_from() -> None:
    for rule in RULES:
        assert rule.confidence in {"O", "V", "3", "I"}
        assert rule.source
        assert rule.name
        assert rule.setting is None or hasattr(SETTINGS, rule.setting)


def test_emissions_are_the_records_metrics(conversations: Sequence[Conversation]) -> None:
    for each in conversations[::10]:
        now_ms = (each.started_ms + each.settled_ms) // 2
        for at_ms in (now_ms, each.settled_ms, each.settled_ms):
            shown = Counter(
                (session["sessionId"], metric["name"], metric["value"], metric["emitDate"])
                for participant in record(each, at_ms, SETTINGS)["participants"]
                for session in participant["sessions"]
                for metric in session.get("metrics", [])
            )
            told = Counter(
                (one.dims["sessionId"], one.metric, one.value, iso(one.at_ms))
                for one in emissions(each, at_ms, SETTINGS)
                if one.metric != "tWait"
            )
            assert told == shown


def test_what_was_emitted_never_changes_afterwards(conversations: Sequence[Conversation]) -> None:
    for each in conversations[::4]:
        middle_ms = (each.started_ms + each.closed_ms) // 2
        final = emissions(each, each.settled_ms, SETTINGS)
        for at_ms in (each.started_ms, middle_ms, each.closed_ms - 1, each.closed_ms):
            assert all(one in final for one in emissions(each, at_ms, SETTINGS))


def test_dimensions_are_those_known_at_the_time(conversations: Sequence[Conversation]) -> None:
    for each in conversations:
        for one in emissions(each, each.settled_ms, SETTINGS):
            dims = one.dims
            assert dims["conversationId"] == each.id
            assert ("userId" in dims) == (dims["purpose"] == "agent")
            assert "wrapUpCode" not in dims or one.metric in {"tAcw", "tHandle"}
            if one.metric == "nConnected":
                incoming_call = dims["mediaType"] == "voice" and dims["direction"] == "inbound"
                assert ("queueId" in dims) is not incoming_call
            if dims["purpose"] == "acd":
                assert "queueId" in dims


def test_instants_are_spelt_as_the_platform_does() -> None:
    assert iso(1_795_003_200_123) == "2026-11-18T12:00:00.123Z"
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    moment = datetime.fromisoformat("2026-11-18T23:59:59.999+00:00")
    assert iso(round(moment.timestamp() * 1000)) == "2026-11-18T23:59:59.999Z"
