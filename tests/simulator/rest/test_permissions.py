"""What a client may: each endpoint's permission, the 403 without it, clients from the command line."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.rest import permissions
from gcanalytics.simulator.rest.oauth_clients import parsed_clients
from gcanalytics.simulator.rest.permissions import all_of, any_of, holds


@pytest.mark.parametrize(
    ("held", "name", "answer"),
    [
        ({"routing:queue:view"}, "routing:queue:view", True),
        ({"routing:queue:view"}, "routing:queue:edit", False),
        ({"routing:queue:*"}, "routing:queue:edit", True),
        ({"analytics:*:view"}, "analytics:conversationDetail:view", True),
        ({"analytics:*:view"}, "routing:queue:view", False),
        ({"routing:*"}, "routing:queue:view", False),
        ({"*"}, "routing:queue:view", True),
        (set(), "routing:queue:view", False),
    ],
)
def test_an_asterisk_stands_for_one_part_of_a_permission(held: set[str], name: str, answer: bool) -> None:
    assert holds(held, name) is answer


def test_one_of_several_is_enough_unless_all_are_needed() -> None:
    either, both = any_of("a:b:view", "c:d:view"), all_of("a:b:view", "c:d:view")
    assert either.missing({"c:d:view"}) == ()
    assert either.missing({"e:f:view"}) == ("a:b:view", "c:d:view")
    assert both.missing({"c:d:view"}) == ("a:b:view",)
    assert both.missing({"a:b:view", "c:d:view"}) == ()


def test_the_refusal_names_what_is_missing_in_words_and_params() -> None:
    refused = permissions.refusal(any_of("a:b:view", "c:d:view"), ())
    assert refused is not None
    assert (refused.status, refused.code) == (403, "missing.any.permissions")
    assert refused.message == (
        "Unable to perform the requested action. You must have at least one of the following permissions "
        "assigned: [a:b:view, c:d:view]"
    )
    assert refused.params == {"permissions": "[a:b:view, c:d:view]"}
    refused = permissions.refusal(all_of("a:b:view"), ())
    assert refused is not None
    assert refused.code == "missing.permissions"
    assert refused.message.endswith("You are missing the following permission(s): [a:b:view]")


def served(app: Any) -> set[tuple[str, str]]:
    """Methods and paths of the API that the simulator answers and a token opens."""
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource.canonical.startswith("/api/v2/")
        and not route.resource.canonical.startswith("/api/v2/webchat/")
    }


def test_every_route_that_is_served_is_in_the_table(stage: Callable[..., Any]) -> None:
    async def run() -> None:
        async with stage() as on:
            routes = served(on.client.app)
            assert len(routes) > 20
            assert [route for route in sorted(routes) if permissions.need_of(*route) is None] == []

    asyncio.run(run())


def test_every_served_endpoint_is_refused_without_its_permission_and_only_without_it(
    stage: Callable[..., Any],
) -> None:
    every = ",".join(sorted(permissions.KNOWN))

    async def run() -> None:
        async with stage(clients={"nobody": "", "all": every}, rate_per_minute=10_000) as on:
            nobody, everybody = on.token_of("nobody"), on.token_of("all")
            refused = 0
            for method, path in sorted(served(on.client.app)):
                need = permissions.need_of(method, path)
                path = re.sub(r"\{\w+\}", "x", path)
                status, body = await on.call(method, path, token=nobody)
                if need is None or not need.permissions:
                    assert (body or {}).get("code") not in {"missing.permissions", "missing.any.permissions"}
                    continue
                refused += 1
                assert status == 403
                if method == "HEAD":
                    continue
                assert all(name in body["message"] for name in need.permissions)
                assert body["messageParams"] == {"permissions": f"[{', '.join(need.permissions)}]"}
                status, body = await on.call(method, path, token=everybody)
                assert status not in {401, 403}, (method, path, body)
            assert refused > 8

    asyncio.run(run())


def test_a_permission_is_asked_for_before_the_body_is_read_and_counts_as_a_request(
    stage: Callable[..., Any],
) -> None:
    async def run() -> None:
        async with stage(clients={"nobody": ""}) as on:
            headers = {"Authorization": f"Bearer {on.token_of('nobody')}"}
            path = "/api/v2/analytics/conversations/details/query"
            async with on.client.post(path, data=b"not json", headers=headers) as answer:
                assert answer.status == 403
                assert answer.headers["inin-ratelimit-count"] == "1"
            async with on.client.get("/api/v2/nothing", headers=headers) as answer:
                assert answer.status == 404

    asyncio.run(run())


def test_a_client_is_read_from_a_text(organization: Organization) -> None:
    (client,) = parsed_clients(
        ["reader = routing:queue:view, analytics:*:view @ customer care,Business"], organization
    )
    by_name = {division.name: division.id for division in organization.divisions}
    assert client.name == "reader"
    assert client.permissions == {"routing:queue:view", "analytics:*:view"}
    assert client.divisions == frozenset({by_name["Customer Care"], by_name["Business"]})
    assert client.secret not in repr(client)
    (again,) = parsed_clients([f"reader=@{by_name['Business']}"], organization)
    assert (again.id, again.permissions) == (client.id, frozenset())
    assert again.divisions == frozenset({by_name["Business"]})
    (other,) = parsed_clients(["writer="], organization)
    assert other.divisions is None
    assert other.id != client.id


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["reader"], "is no NAME="),
        (["=routing:queue:view"], "is no NAME="),
        (["reader=routing:queue:veiw"], "routing:queue:view"),
        (["reader=@Atlantis"], "Customer Care"),
        (["reader=routing:queue:view@"], "names no division"),
        (["reader=", "reader=*"], "names of their own"),
    ],
)
def test_a_client_that_cannot_be_is_refused(texts: list[str], words: str, organization: Organization) -> None:
    with pytest.raises(ValueError, match=words):
        parsed_clients(texts, organization)
