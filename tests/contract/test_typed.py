"""The generated classes bite: mypy refuses what the platform would, and the tables behind them are true."""

import ast
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from gcanalytics import directory
from gcanalytics.api import paging
from gcanalytics.live import bodies, talks

from . import typed, usage
from .conftest import Changes
from .sdk import Sdk

PACKAGE = Path(__file__).parents[2] / "gcanalytics"
PLUGIN = Path(__file__).with_name("mypy_keys.py")
RIGHT = """
from gcanalytics.contract.answers import Queue, QueueObservationQueryResponse
from gcanalytics.contract.bodies import ConversationQuery, QueueObservationQuery, UserAggregationQuery

query: ConversationQuery = {
    "interval": "a/b",
    "order": "asc",
    "paging": {"pageSize": 100, "pageNumber": 1},
    "segmentFilters": [{"type": "or", "predicates": [{"dimension": "queueId", "value": "q"}]}],
}


def minutes(queue: Queue) -> int | None:
    return queue["memberCount"]


def counts(answer: QueueObservationQueryResponse) -> list[int]:
    return [datum["stats"]["count"] for result in answer["results"] for datum in result["data"]]
"""
# What is wrong, and what mypy says to it.
WRONG = {
    'q1: ConversationQuery = {"interval": "a/b", "ordr": "asc"}': 'Extra key "ordr"',
    'q2: ConversationQuery = {"interval": "a/b", "order": "upwards"}': "Incompatible types",
    'q3: ConversationQuery = {"order": "asc"}': 'Missing key "interval"',
    'q4: ConversationQuery = {"interval": "a/b", "paging": {"pageSize": "100", "pageNumber": 1}}': (
        "Incompatible types"
    ),
    'q5: ConversationQuery = {"interval": "a/b", "segmentFilters": {"type": "or"}}': "Incompatible types",
    'q6: QueueObservationQuery = {"metrics": []}': 'Missing key "filter"',
    'q7: UserAggregationQuery = {"interval": "a/b", "metrics": "tTalk"}': "Incompatible types",
    'def read1(queue: Queue) -> object: return queue["memberCont"]': 'has no key "memberCont"',
    'def read3(queue: Queue) -> object: return queue.get("memberCont")': 'has no key "memberCont"',
    'def read2(queue: Queue) -> str: return queue["memberCount"]': "Incompatible return value",
}


def test_mypy_refuses_what_the_platform_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = pytest.importorskip("mypy.api")
    module, settings = tmp_path / "uses.py", tmp_path / "mypy.ini"
    module.write_text(RIGHT + "\n".join(WRONG) + "\n", encoding="utf-8")
    settings.write_text(f"[mypy]\nplugins = {PLUGIN}\n", encoding="utf-8")
    monkeypatch.setenv("MYPYPATH", str(PACKAGE.parent))
    options = ["--strict", f"--config-file={settings}", f"--cache-dir={tmp_path}", "--no-error-summary"]
    said, trouble, _ = api.run([*options, "--hide-error-context", str(module)])
    assert trouble == ""
    errors = [
        line.removeprefix(f"{module}:").partition(":") for line in said.splitlines() if ": error:" in line
    ]
    first = RIGHT.count("\n") + 1
    assert [int(number) for number, _, _ in errors] == list(range(first, first + len(WRONG)))
    for (_, _, text), words in zip(errors, WRONG.values(), strict=True):
        assert words in text


def client_source() -> str:
    """All of the package but the simulator and the generated classes."""
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in {"simulator", "contract"}
    )


@pytest.mark.parametrize("file", [typed.BODIES, typed.ANSWERS, typed.EVENTS])
def test_every_class_is_named_by_the_package_or_in_a_class_that_is(file: str) -> None:
    tree = ast.parse((PACKAGE.parent / file).read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    called = {
        ast.unparse(node.targets[0]): ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
    }
    waiting = [*re.findall(r"\b\w+\b", client_source())]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        name = called.get(name, name)
        if name in classes and name not in used:
            used.add(name)
            waiting += [node.id for node in ast.walk(classes[name]) if isinstance(node, ast.Name)]
    assert {*classes} - used == set()


def test_every_field_that_is_said_to_be_read_is_read_somewhere() -> None:
    source = client_source()
    unread = {
        f"{model}.{name}"
        for model, names in usage.ALL_READ.items()
        for name in names
        if f'"{name}"' not in source and f".{name}" not in source
    }
    assert unread == set()


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("queues", "Queue"),
        ("users", "User"),
        ("wrapup_codes", "WrapupCode"),
        ("skills", "RoutingSkill"),
        ("divisions", "AuthzDivision"),
    ],
)
def test_columns_of_lists_are_read_from_fields_that_are_said_to_be_read(table: str, model: str) -> None:
    paths = [read.args[0] for _, read in directory._COLUMNS[table].values() if isinstance(read, partial)]
    assert len(paths) >= 4
    for path in paths:
        assert path[0] in usage.READS[model], path
        assert path[1:] in {(), ("id",), ("name",)}  # of a division


def keys_asked_for(code: Callable[..., object] | ModuleType) -> set[str]:
    """The texts that a method or module gives to ``get``, whoever's it is."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("get")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_a_picture_is_merged_from_fields_that_are_said_to_be_read() -> None:
    participant = set(bodies.ParticipantBody.__struct_encode_fields__)
    assert participant >= set(bodies.MEDIA)
    assert participant == set(usage.PICTURES["QueueConversationEventTopicParticipant"])
    talk = {
        name
        for model, names in usage.PICTURES.items()
        for name in names
        if "disconnectedTime" in names or model == "QueueConversationEventTopicAfterCallWork"
    }
    after_work = keys_asked_for(talks.Talk.merge)
    assert after_work | set(bodies.SessionBody.__struct_encode_fields__) == talk


def test_lists_are_read_by_fields_that_are_said_to_be_read() -> None:
    of_entities = {"id"}
    assert keys_asked_for(paging) - of_entities == set(usage.READS["QueueEntityListing"])


def test_models_of_one_shape_are_one_class(pinned: Sdk) -> None:
    text = typed.bodies(pinned)
    assert "\nQueueObservationQueryFilter = ConversationAggregateQueryFilter\n" in text
    assert "class QueueObservationQueryFilter" not in text


def test_a_model_that_grew_a_field_of_its_own_is_a_class_again(doctored: partial[Sdk]) -> None:
    changes: Changes = {
        "models/queue_observation_query_predicate.py": lambda text: text.replace(
            "self.swagger_types = {", "self.swagger_types = {'mood': 'str',"
        ).replace("self.attribute_map = {", "self.attribute_map = {'mood': 'mood',")
    }
    text = typed.bodies(doctored(changes))
    assert "class QueueObservationQueryFilter(TypedDict, total=False):" in text


def test_the_classes_cost_nothing_at_run_time() -> None:
    code = (
        "import sys, gcanalytics.client, gcanalytics.live, gcanalytics.performance\n"
        "print([name for name in sys.modules if name.startswith('gcanalytics.contract')])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
