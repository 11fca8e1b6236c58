"""Whatever a query's body holds, the answer is a 200 or a 400 of the platform's shape; never a 500."""

import asyncio
import copy
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.queries.contract import contract
from gcanalytics.simulator.settings import Settings

START_MS = 1_795_000_000_000
PREFIX = "/api/v2/analytics"
DETAILS = f"{PREFIX}/conversations/details/query"
QUERIES = {
    DETAILS: "ConversationQuery",
    f"{PREFIX}/conversations/aggregates/query": "ConversationAggregationQuery",
    f"{PREFIX}/conversations/activity/query": "ConversationActivityQuery",
    f"{PREFIX}/queues/observations/query": "QueueObservationQuery",
    f"{PREFIX}/routing/activity/query": "RoutingActivityQuery",
    f"{PREFIX}/users/aggregates/query": "UserAggregationQuery",
    f"{PREFIX}/users/observations/query": "UserObservationQuery",
    f"{PREFIX}/users/details/query": "UserDetailsQuery",
    f"{PREFIX}/users/activity/query": "UserActivityQuery",
}
GROUPED = {"RoutingActivityQuery": "queueId", "UserActivityQuery": "userId"}
"""The dimension without which a query is refused."""
INTERVAL = "2026-11-18T00:00Z/2026-11-19T00:00Z"
TEXTS = {
    "interval": [INTERVAL, "2026-11-17/P1D", "2026-11-18T10:00:00+02:00/2026-11-18T11:00:00.001Z"],
    "granularity": ["PT30M", "P1D", "PT6H", "P1DT12H"],
    "timeZone": ["Europe/Warsaw", "UTC", "Etc/UTC"],
    "value": ["voice", "x", "5", "true", "2026-11-18T00:00Z", "2026-11-18T00:00Z/2026-11-18T05:00Z"],
    "dimension": ["queueId", "mediaType", "conversationEnd"],
    "metric": ["tTalk", "nOffered"],
    "name": ["short", "long"],
}
"""Values of texts that the contract gives no list for, by the field's name."""
ODD: list[Any] = [
    None, True, False, 0, -1, 1e308, float("nan"), float("inf"), 2**63, 2**70, 10**400, 0.5, -0.0, "", "x",
    "2026-11-18", "2026-02-30T00:00Z", "2026-11-18T25:00Z", "2026-11-18/2026-11-17", "0001-01-01/9999-12-31",
    "0001-01-01T00:00+14:00/P1D", "9999-12-31T23:00Z/9999-12-31T23:59-14:00", "P" + "9" * 5000 + "Y",
    "P1D", "PT1S", "P99999999Y", "PT٣H", "../etc/passwd", "\ud7ff", "\x00", "NaN", "1e999", "9" * 5000, "1_0",
    [], [None], [[]], {}, {"x": 1}, ["x"], [{}], {"type": "and"}, {"type": "and", "predicates": []},
    {"type": "or", "clauses": [{"type": "and", "predicates": [], "clauses": [{"type": "and"}]}]},
    {"gte": "a"}, {"gt": 10**400}, "9999-12-31",
]  # fmt: skip


def valid(model: str) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that the contract's model allows."""
    if model.endswith("Predicate"):
        return predicate(model, contract()["models"][model])
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in contract()["models"][model].items():
        one = value_of(name, field)
        made = st.lists(one, min_size=1, max_size=2) if field.get("list") else one
        if name == "groupBy" and model in GROUPED:
            made = st.tuples(st.just(GROUPED[model]), made).map(lambda pair: [pair[0], *pair[1]])
        (required if field.get("required") else optional)[name] = made
    return st.fixed_dictionaries(required, optional=optional)


def predicate(model: str, fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A predicate has one subject, and something to compare it with unless it asks for being there."""
    subjects = [name for name in ("dimension", "metric", "property") if name in fields]

    def about(name: str) -> st.SearchStrategy[dict[str, Any]]:
        there = {name: value_of(name, fields[name]), "operator": st.sampled_from(["exists", "notExists"])}
        compared = {name: there[name], "value": st.sampled_from(TEXTS["value"][:4])}
        if name == "property":
            for each in (there, compared):
                each["propertyType"] = value_of("propertyType", fields["propertyType"])
        more = {"type": st.just(name), "range": valid("NumericRange")}
        return st.one_of(st.fixed_dictionaries(there), st.fixed_dictionaries(compared, optional=more))

    return st.sampled_from(subjects).flatmap(about)


def value_of(name: str, field: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "model" in field:
        return valid(field["model"])
    if "enum" in field:
        return st.sampled_from(field["enum"])
    if name in TEXTS:
        return st.sampled_from(TEXTS[name])
    return {
        "string": st.sampled_from(["x", "tier", "5"]),
        "integer": st.integers(1, 30),
        "number": st.one_of(st.integers(-5, 100_000), st.floats(0, 1e6)),
        "boolean": st.booleans(),
    }[field["type"]]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a body."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, item in value.items():
            found += places(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*path, index))
    return found


@st.composite
def bodies(draw: st.DrawFn, model: str) -> dict[str, Any]:
    """Valid bodies, most with up to three values replaced, taken out, doubled or put under another name."""
    made = copy.deepcopy(draw(valid(model)))
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 1, 2, 3)))):
        found = places(made)
        if not found:
            break
        path = draw(st.sampled_from(found))
        holder = made
        for step in path[:-1]:
            holder = holder[step]
        kind = draw(st.sampled_from(("replace", "replace", "replace", "remove", "double", "rename")))
        value = holder[path[-1]]
        if kind == "replace":
            holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif kind == "double":
            holder[path[-1]] = [copy.deepcopy(value), value]
        else:
            del holder[path[-1]]
            if kind == "rename" and isinstance(holder, dict):
                holder[draw(st.sampled_from(found))[-1]] = value
    return made


class Asked:
    """A served platform and the loop that it runs in."""

    def __init__(self, on: Any, runner: asyncio.Runner) -> None:
        self._on = on
        self._runner = runner
        routes = on.client.server.app.router.routes()
        self.served = {route.resource.canonical for route in routes if route.method == "POST"}

    def raw(self, path: str, data: bytes, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer to a POST of bytes."""

        async def post() -> tuple[int, Any]:
            more = {"Authorization": f"Bearer {self._on.token}", "Content-Type": "application/json"} | headers
            async with self._on.client.post(path, data=io.BytesIO(data), headers=more) as answer:
                assert answer.content_type == "application/json", await answer.text()
                return answer.status, await answer.json()

        return self._runner.run(post())


@pytest.fixture
def asked(stage: Callable[..., Any], organization: Organization) -> Iterator[Asked]:
    choices = Settings(conversations_per_week=150)
    timeline = Timeline(organization, seed=3, settings=choices, days=2, start_ms=START_MS)

    @contextmanager
    def served() -> Iterator[Asked]:
        with asyncio.Runner() as runner:
            context = stage(timeline, rate_per_minute=1_000_000)
            on = runner.run(context.__aenter__())
            try:
                yield Asked(on, runner)
            finally:
                runner.run(context.__aexit__(None, None, None))

    with served() as one:
        yield one


def test_every_query_that_is_served_is_tried_here(asked: Asked) -> None:
    served = {path for path in asked.served if path.startswith(PREFIX) and path.endswith("/query")}
    assert served <= set(QUERIES)
    assert DETAILS in served


@pytest.mark.parametrize("path", QUERIES)
def test_a_body_made_from_the_contract_and_spoilt_is_answered_or_refused(asked: Asked, path: str) -> None:
    if path not in asked.served:
        pytest.skip(f"{path} is not served")
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=60, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(bodies(QUERIES[path]))
    def check(body: dict[str, Any]) -> None:
        status, answer = asked.raw(path, json.dumps(body).encode())
        assert status in {200, 400}, (status, body)
        if status == 400:
            assert answer["status"] == 400
            assert answer["code"] in {"bad.request", "invalid.date", "invalid.value"}
            assert answer["message"]
            assert answer["contextId"]
        statuses[status] += 1

    check()
    assert min(statuses[200], statuses[400]) > 8, "both kinds of answers are met"


FINE = f'"interval": "{INTERVAL}"'.encode()
MALFORMED = {
    "nothing": b"",
    "no object": b"[]",
    "null": b"null",
    "a number": b"3",
    "cut": b'{"interval": "2026',
    "two values": b"{} {}",
    "no UTF-8": b'{"interval": "\xff"}',
    "a byte order mark": b"\xef\xbb\xbf{" + FINE + b"}",
    "UTF-16": ("{" + FINE.decode() + "}").encode("utf-16"),
    "half a surrogate": b'{"interval": "\\ud800"}',
    "lists without end": b"[" * 100_000,
    "objects without end": b'{"a":' * 100_000,
    "NaN": b"{" + FINE + b', "paging": {"pageSize": NaN, "pageNumber": 1}}',
    "infinity": b"{" + FINE + b', "paging": {"pageSize": 1e999, "pageNumber": 1}}',
    "a number without end": b"{"
    + FINE
    + b', "paging": {"pageNumber": 1, "pageSize": 1'
    + b"0" * 5000
    + b"}}",
    "a comment": b"{" + FINE + b"} // fine",
    "single quotes": b"{'interval': 'x'}",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_json_object_is_a_400(asked: Asked, name: str) -> None:
    for path in asked.served & set(QUERIES):
        status, answer = asked.raw(path, MALFORMED[name])
        assert (status, answer["code"]) == (400, "bad.request")


def test_of_a_doubled_key_the_last_value_counts(asked: Asked) -> None:
    wrong, right = b'"interval": "x"', FINE
    assert asked.raw(DETAILS, b"{%b, %b}" % (wrong, right))[0] == 200
    assert asked.raw(DETAILS, b"{%b, %b}" % (right, wrong))[0] == 400


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_content_type_is_a_415(asked: Asked, kind: str) -> None:
    for path in asked.served & set(QUERIES):
        status, answer = asked.raw(path, b"{" + FINE + b"}", **{"Content-Type": kind})
        assert (status, answer["code"]) == (415, "unsupported.media.type")


def test_a_body_above_the_limit_is_a_413_and_says_the_limit(asked: Asked) -> None:
    status, answer = asked.raw(DETAILS, b" " * 3_000_001)
    assert (status, answer["message"]) == (413, "The request is over the size limit. Maximum bytes: 3000000")


def test_a_body_that_is_not_in_the_encoding_it_names_is_a_400(asked: Asked) -> None:
    status, answer = asked.raw(DETAILS, b"{" + FINE + b"}", **{"Content-Encoding": "gzip"})
    assert (status, answer["code"]) == (400, "bad.request")


AGES = "2026-10-20T00:00Z/2026-11-18T00:00Z"
MANY = 20_000


def predicates(name: str) -> dict[str, Any]:
    return {"type": "or", "predicates": [{"dimension": name, "value": str(n)} for n in range(MANY)]}


def several(kind: str, *parts: dict[str, Any], times: int = 300) -> dict[str, Any]:
    """A filter of predicates that no set of texts can answer."""
    return {"type": kind, "predicates": list(parts) * times}


_EXISTS = {"dimension": "dnis", "operator": "exists"}
_LONG = {"metric": "tTalk", "range": {"gte": 1}}
_FROM = {"dimension": "addressFrom", "value": "a"}
_TWO = {"type": "and", "predicates": [_EXISTS, _FROM]}
_RANGES = {"type": "numericRange", "metric": "tTalk", "ranges": [{"gte": n} for n in range(300)]}

HUGE: list[tuple[str, dict[str, Any], int]] = [
    *(
        ("conversations/details", {name: [several(kind, part)]}, 400)
        for kind in ("and", "or")
        for name, part in (
            ("segmentFilters", _EXISTS),
            ("segmentFilters", _FROM),
            ("conversationFilters", _LONG),
        )
    ),
    ("conversations/details", {"segmentFilters": [{"type": "or", "clauses": [_TWO] * 200}]}, 400),
    ("conversations/details", {"segmentFilters": [several("or", _EXISTS, times=1)] * 300}, 400),
    ("conversations/details", {"segmentFilters": [several("or", _EXISTS, _FROM, times=100)]}, 200),
    ("conversations/details", {"aggregations": [_RANGES] * 4}, 400),
    ("conversations/aggregates", {"metrics": ["tTalk"], "filter": several("and", _EXISTS)}, 400),
    ("conversations/details", {"segmentFilters": [predicates("userId")]}, 200),
    ("conversations/details", {"segmentFilters": [predicates("ani"), predicates("queueId")]}, 200),
    (
        "conversations/details",
        {
            "aggregations": [
                {"type": "termFrequency", "dimension": "queueId", "size": n} for n in range(1, MANY)
            ]
        },
        400,
    ),
    (
        "conversations/details",
        {
            "aggregations": [
                {"type": "numericRange", "metric": "tTalk", "ranges": [{"gte": n} for n in range(MANY)]}
            ]
        },
        400,
    ),
    ("conversations/aggregates", {"metrics": ["tTalk"] * MANY, "filter": predicates("userId")}, 200),
    ("conversations/aggregates", {"metrics": ["tTalk"], "granularity": "PT1S"}, 400),
    ("conversations/aggregates", {"metrics": ["tTalk"], "groupBy": ["queueId", "userId"] * MANY}, 200),
    ("users/aggregates", {"metrics": ["tSystemPresence"], "groupBy": ["userId"], "granularity": "PT1M"}, 400),
    ("users/aggregates", {"metrics": ["tSystemPresence"], "filter": predicates("userId")}, 400),
    ("users/details", {"userFilters": [predicates("userId")]}, 200),
    (
        "users/details",
        {"routingStatusAggregations": [{"type": "termFrequency", "dimension": "routingStatus"}] * MANY},
        400,
    ),
    (
        "conversations/activity",
        {"metrics": [{"metric": "oWaiting"}] * MANY, "groupBy": ["queueId"] * MANY},
        200,
    ),
    ("users/activity", {"metrics": [{"metric": "oActiveQueues"}] * MANY, "groupBy": ["userId"]}, 200),
    ("queues/observations", {"metrics": ["oWaiting"] * MANY, "filter": predicates("queueId")}, 200),
]


@pytest.mark.parametrize(("name", "fields", "status"), HUGE)
def test_a_huge_query_is_answered_or_refused(
    asked: Asked, name: str, fields: dict[str, Any], status: int
) -> None:
    path = f"{PREFIX}/{name}/query"
    body = fields if name.endswith(("activity", "observations")) else {"interval": AGES} | fields
    content = json.dumps(body).encode()
    assert len(content) < 3_000_000
    answered, answer = asked.raw(path, content)
    assert answered == status, answer
