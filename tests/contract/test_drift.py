"""The drift command fails on a drift of what we use, lists news, and on nothing else."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import drift, generate, surface, usage
from .conftest import Changes
from .sdk import Sdk

COMMAND = Path(__file__).parents[1] / "contract_drift.py"
QUERY = "models/conversation_query.py"
SEGMENT = "models/segment_detail_query_predicate.py"
CONVERSATION = "models/conversation_detail_query_predicate.py"
SESSION = "models/analytics_session.py"
TOPIC = "models/channel_topic.py"
MODELS = "models/__init__.py"
ROUTING = "apis/routing_api.py"
REGIONS = "purecloud_region_hosts.py"

Doctor = Callable[[Changes], Sdk]

MODEL = """
class NewThing(object):
    def __init__(self) -> None:
        self.swagger_types = {"new_id": "str"}
        self.attribute_map = {"new_id": "newId"}
"""


def replaced(old: str, new: str) -> Callable[[str], str]:
    """A change of every place of a text, which must have one."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return change


def without_field(attribute: str, kind: str, key: str) -> Callable[[str], str]:
    """A change that takes a field out of a model's two tables."""

    def change(text: str) -> str:
        for value in (kind, key):
            text = without(rf"'{attribute}': '{value}',?\n")(text)
        return text

    return change


def with_field(attribute: str, kind: str, key: str) -> Callable[[str], str]:
    """A change that adds a field to a model's two tables."""

    def change(text: str) -> str:
        text = replaced("self.swagger_types = {", f"self.swagger_types = {{'{attribute}': '{kind}',")(text)
        return replaced("self.attribute_map = {", f"self.attribute_map = {{'{attribute}': '{key}',")(text)

    return change


def without(pattern: str) -> Callable[[str], str]:
    """A change that takes out what a regular expression finds."""

    def change(text: str) -> str:
        assert re.search(pattern, text), pattern
        return re.sub(pattern, "", text)

    return change


def with_line(line: str) -> Callable[[str], str]:
    """A change that adds a last line."""
    return lambda text: f"{text}\n{line}\n"


PAGE_SIZE = "query_params['pageSize'] = params['page_size']"
MEMBERS = "'/api/v2/routing/queues/{queueId}/members'"
ENDPOINT = """def get_routing_queue_mood(self):
        resource_path = '/api/v2/routing/queues/mood'
        response = self.api_client.call_api(resource_path, 'GET', response_type='NewThing')

    def get_routing_queue("""

BREAKING: list[tuple[str, Callable[[str], str], str]] = [
    (QUERY, without_field("order_by", "str", "orderBy"), "ConversationQuery.orderBy is gone"),
    (QUERY, replaced("'order': 'str'", "'order': 'int'"), "ConversationQuery.order is now int"),
    (QUERY, replaced('"desc", ', ""), "ConversationQuery.order: the value desc is gone"),
    (SEGMENT, replaced('"queueId", ', ""), "SegmentDetailQueryPredicate.dimension: the value queueId"),
    (SESSION, without_field("media_type", "str", "mediaType"), "AnalyticsSession.mediaType is gone"),
    (TOPIC, without_field("state", "str", "state"), "ChannelTopic.state is gone"),
    (
        ROUTING,
        replaced("def get_routing_queue(", "def _get("),
        "endpoint GET /api/v2/routing/queues/{queueId} ",
    ),
    (
        ROUTING,
        replaced(MEMBERS, MEMBERS.replace("members", "people")),
        "endpoint get_routing_queue_members: /api/v2/routing/queues/{queueId}/members is gone",
    ),
    (ROUTING, replaced(PAGE_SIZE, "pass"), "endpoint get_routing_queues: pageSize=int is gone"),
    (REGIONS, replaced("mypurecloud.ie", "mypurecloud.eu"), "regions: eu_west_1"),
    (MODELS, without(r"from .*SegmentDetailQueryPredicate\n"), "model SegmentDetailQueryPredicate is gone"),
    (MODELS, without(r"from .queue_user_event_topic\w* import \w+\n"), "topics: QueueUserEvent is gone"),
]
NEWS: list[tuple[Changes, str, str]] = [
    ({SESSION: with_field("mood", "str", "mood")}, "fields", "AnalyticsSession.mood: str"),
    ({QUERY: replaced('"desc", ', '"desc", "shuffled", ')}, "values", "shuffled (ConversationQuery.order)"),
    (
        {
            SEGMENT: replaced('"queueId", ', '"queueId", "moodId", '),
            CONVERSATION: replaced('"divisionId", ', '"divisionId", "moodId", '),
        },
        "dimensions",
        "moodId (ConversationDetailQueryPredicate.dimension, SegmentDetailQueryPredicate.dimension)",
    ),
    (
        {CONVERSATION: replaced('"tTalk", ', '"tTalk", "tNap", ')},
        "metrics",
        "tNap (ConversationDetailQueryPredicate.metric)",
    ),
    (
        {
            SESSION: with_field("new_things", "list[NewThing]", "newThings"),
            MODELS: with_line("from .new_thing import NewThing"),
            "models/new_thing.py": lambda _: MODEL,
        },
        "models",
        "NewThing: newId",
    ),
    ({MODELS: with_line("from .q import QueueMoodEventTopicMood")}, "topics", "QueueMoodEvent"),
    (
        {ROUTING: replaced("def get_routing_queue(", ENDPOINT)},
        "endpoints",
        "GET /api/v2/routing/queues/mood (get_routing_queue_mood)",
    ),
    (
        {ROUTING: replaced(PAGE_SIZE, f"{PAGE_SIZE}\n            query_params['mood'] = params['mood']")},
        "query parameters",
        "get_routing_queues: mood=str",
    ),
    (
        {REGIONS: replaced("    us_east_1", '    mars_1 = "https://api.m1.pure.cloud"\n    us_east_1')},
        "regions",
        "mars_1 m1.pure.cloud",
    ),
    (
        {
            "models/analytics_session_metric.py": replaced(
                "self._name = name", 'allowed_values = ["tTalk"]\n        self._name = name'
            )
        },
        "enums",
        "AnalyticsSessionMetric.name: one of tTalk",
    ),
]
UNUSED: list[tuple[str, Callable[[str], str], str]] = [
    (TOPIC, without_field("self_uri", "str", "selfUri"), "ChannelTopic.selfUri is gone"),
    (
        "apis/presence_api.py",
        replaced("query_params['localeCode'] = params['locale_code']", "pass"),
        "endpoint get_presence_definition: localeCode=str is gone",
    ),
    (ROUTING, replaced("def get_routing_queue_wrapupcodes(", "def _get("), "endpoint GET /api/v2/routing/"),
    (MODELS, without(r"from .chat_badge_topic\w* import \w+\n"), "topics: ChatBadge is gone"),
]


@pytest.fixture(scope="module")
def known(sdk: Sdk) -> dict[str, Any]:
    """What the installed SDK knows, so that these tests also run beside a newer one."""
    return surface.surface(sdk)


def test_the_same_sdk_has_drifted_nowhere(known: dict[str, Any], sdk: Sdk) -> None:
    assert [*drift.compare(known, sdk).lines()] == []


@pytest.mark.parametrize(("file", "change", "said"), BREAKING)
def test_what_we_use_and_is_gone_or_changed_breaks(
    known: dict[str, Any], doctored: Doctor, file: str, change: Callable[[str], str], said: str
) -> None:
    found = drift.compare(known, doctored({file: change}))
    assert any(line.startswith(said) for line in found.broken), found.broken


@pytest.mark.parametrize(("changes", "kind", "said"), NEWS)
def test_what_we_lack_is_listed_and_breaks_nothing(
    known: dict[str, Any], doctored: Doctor, changes: Changes, kind: str, said: str
) -> None:
    found = drift.compare(known, doctored(changes))
    assert found.broken == []
    lines = [*found.lines()]
    title = next(number for number, line in enumerate(lines) if line.startswith(f"New {kind} ("))
    assert f"  {said}" in lines[title:]


@pytest.mark.parametrize(("file", "change", "said"), UNUSED)
def test_what_we_do_not_use_may_go(
    known: dict[str, Any], doctored: Doctor, file: str, change: Callable[[str], str], said: str
) -> None:
    found = drift.compare(known, doctored({file: change}))
    assert any(line.startswith(said) for line in found.gone), found.gone
    assert found.broken == []


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(COMMAND), "--sdk", str(folder)], capture_output=True, text=True, check=False
    )


def test_the_command_fails_on_a_field_that_we_use_and_names_it(
    doctored_folder: Callable[[Changes], Path],
) -> None:
    ended = run(doctored_folder({QUERY: without_field("interval", "str", "interval")}))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "  ConversationQuery.interval is gone" in ended.stdout.splitlines()


def test_the_command_lists_a_field_that_we_lack_and_does_not_fail(
    doctored_folder: Callable[[Changes], Path],
) -> None:
    ended = run(doctored_folder({SESSION: with_field("mood", "str", "mood")}))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "  AnalyticsSession.mood: str" in ended.stdout.splitlines()


def test_the_packages_own_files_have_nothing_that_the_surface_lacks(tmp_path: Path) -> None:
    known = json.loads((generate.ROOT / surface.FILE).read_text(encoding="utf-8"))
    assert drift.unfounded(known) == []
    for name in generate.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((generate.ROOT / name).read_bytes())
    del known["models"]["AnalyticsSession"]["mediaType"]
    del known["models"]["PagingSpec"]["pageSize"]
    del known["models"]["User"]
    assert drift.unfounded(known, tmp_path) == [
        "contract.json: PagingSpec.pageSize",
        "columns.json: sessions.mediaType",
        *(f"usage.py: User.{name}" for name in usage.READS["User"]),
    ]
