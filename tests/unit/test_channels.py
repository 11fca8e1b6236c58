"""Channels and subscriptions over REST, against a handler that answers as the platform does."""

import json
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.api import channels
from gcanalytics.errors import ApiError, PermissionDenied, QueryError
from gcanalytics.transport.exchange import Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

CHANNEL = {
    "connectUri": "wss://s.example/channels/streaming-0-abc",
    "id": "streaming-0-abc",
    "expires": "2026-11-21T10:00:00.000Z",
}


def platform(
    answer: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> tuple[Rest, list[Outgoing]]:
    seen: list[Outgoing] = []

    def exchange(outgoing: Outgoing) -> ApiResponse:
        seen.append(outgoing)
        content = json.dumps(answer).encode()
        return ApiResponse(status, "", Headers(headers or {}), outgoing.method, outgoing.path, content)

    return Rest("http://127.0.0.1:1", exchange=exchange, retry=RetryPolicy.off()), seen


def test_a_channel_is_made_and_keeps_its_address_out_of_its_repr() -> None:
    rest, seen = platform(CHANNEL, headers={"date": "Fri, 20 Nov 2026 10:00:00 GMT"})
    channel = channels.create(rest)
    assert (channel.id, channel.connect_uri) == (CHANNEL["id"], CHANNEL["connectUri"])
    assert channel.date == "Fri, 20 Nov 2026 10:00:00 GMT"
    assert "streaming" not in repr(channel)
    assert (seen[0].method, seen[0].path) == ("POST", "/api/v2/notifications/channels")


def test_the_recorded_channel_is_read(payloads: Path) -> None:
    recorded = json.loads((payloads / "notification_channel_create_response.json").read_text())
    rest, _ = platform(recorded)
    assert channels.create(rest).connect_uri == recorded["connectUri"]


@pytest.mark.parametrize("answer", [{}, [], {"id": "x"}, {"id": 1, "connectUri": "wss://x"}])
def test_an_answer_without_a_channel_is_an_error(answer: Any) -> None:
    with pytest.raises(ApiError):
        channels.create(platform(answer)[0])


@pytest.mark.parametrize(("replace", "method"), [(True, "PUT"), (False, "POST")])
def test_topics_are_sent_and_their_answers_read(replace: bool, method: str) -> None:
    rest, seen = platform(
        {
            "entities": [
                {"id": "v2.a", "state": "Permitted"},
                {"id": "v2.b"},
                {
                    "id": "v2.c",
                    "state": "Rejected",
                    "rejectionReason": "no",
                    "missingPermissions": ["x:y:view"],
                },
                "odd",
            ]
        }
    )
    answers = channels.subscribe(rest, "c1", ["v2.a", "v2.b", "v2.c"], replace=replace, ignore_errors=True)
    assert seen[0].method == method
    assert json.loads(seen[0].body or b"") == [{"id": "v2.a"}, {"id": "v2.b"}, {"id": "v2.c"}]
    assert [(a.topic, a.permitted, a.missing_permissions) for a in answers] == [
        ("v2.a", True, ()),
        ("v2.b", True, ()),
        ("v2.c", False, ("x:y:view",)),
    ]
    with pytest.raises(PermissionDenied, match="x:y:view"):
        channels.demand(answers)
    channels.demand(answers[:2])


@pytest.mark.parametrize("count", [0, 1001])
def test_too_few_or_too_many_topics_are_refused_before_any_request(count: int) -> None:
    rest, seen = platform({})
    with pytest.raises(QueryError):
        channels.subscribe(rest, "c1", [f"v2.{n}" for n in range(count)])
    assert not seen


def test_a_forbidden_topic_names_what_is_missing() -> None:
    body = {
        "message": "You are missing the following permission(s): routing:queue:view",
        "code": "missing.permissions",
        "status": 403,
    }
    with pytest.raises(PermissionDenied) as raised:
        channels.subscribe(platform(body, status=403)[0], "c1", ["v2.a"])
    assert "routing:queue:view" in str(raised.value)


def test_a_channel_that_is_gone_is_a_404() -> None:
    with pytest.raises(ApiError) as raised:
        channels.subscriptions(platform({"code": "not.found"}, status=404)[0], "c1")
    assert raised.value.status == 404


@pytest.mark.parametrize(
    ("expires", "date", "life_s"),
    [
        ("2026-11-21T10:00:00.000Z", "Fri, 20 Nov 2026 10:00:00 GMT", 86_400),
        ("2026-11-20T10:00:30Z", "Fri, 20 Nov 2026 10:00:00 GMT", 30),
        ("2026-11-20T09:00:00Z", "Fri, 20 Nov 2026 10:00:00 GMT", 86_400),
        ("2026-11-21T10:00:00", "Fri, 20 Nov 2026 10:00:00 GMT", 86_400),
        ("soon", "later", 86_400),
        (None, None, 86_400),
    ],
)
def test_a_channels_life_is_told_by_the_servers_clock(
    expires: str | None, date: str | None, life_s: float
) -> None:
    assert channels.Channel("c", "wss://x", expires, date).life_s == life_s


def test_what_will_not_come_is_said_by_kind_with_what_is_missing() -> None:
    answers = [
        channels.Subscription("v2.routing.queues.1.conversations", True),
        channels.Subscription("v2.analytics.queues.1.observations", False, "no", ("b:c:view",)),
        channels.Subscription("v2.analytics.queues.2.observations", False, "no", ("a:b:view", "b:c:view")),
        channels.Subscription("v2.users.1.routingStatus", False, "not known"),
    ]
    assert channels.lost_kinds(answers) == {
        "observations": "the OAuth client lacks a:b:view, b:c:view",
        "routingStatus": "the platform refuses them",
    }
    assert channels.lost_kinds(answers[:1]) == {}
