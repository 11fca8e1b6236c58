"""What a client with fewer permissions sees: each call says what is missing, and the rest works."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.client import Client
from gcanalytics.errors import PermissionDenied, UnknownName
from gcanalytics.settings import Settings
from gcanalytics.simulator import Simulator
from gcanalytics.simulator.rest.permissions import KNOWN

DAY = "2026-11-17"
CLIENTS = {
    "nobody": {},
    "every": {"permissions": ["*"]},
    "names": {"permissions": ["routing:queue:view", "routing:wrapupCode:view"]},
    "care": {"permissions": ["*"], "divisions": ["Customer Care"]},
    "details": {"permissions": ["routing:queue:view", "analytics:agentConversationDetail:view"]},
}


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    settings = {
        "rate_per_minute": 100_000,
        "clock_start": "2026-11-18T09:40:00Z",
        "conversations_per_week": 5000,
    }
    with Simulator(seed=1, days=2, settings=settings, clients=CLIENTS) as running:
        yield running


@pytest.fixture
def connected(platform: Simulator) -> Iterator[Callable[[str], Client]]:
    """A client of the package with one OAuth client's credentials."""
    opened: list[Client] = []

    def connect(name: str) -> Client:
        opened.append(Client(Settings.resolve(environ=platform.environment(name)), tz="UTC"))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


CALLS: dict[str, tuple[Callable[[Client], Any], str]] = {
    "queues": (lambda gc: gc.queues(), "routing:queue:view"),
    "wrapup_codes": (lambda gc: gc.wrapup_codes(), "routing:wrapupCode:view"),
    "conversation_details": (
        lambda gc: gc.conversation_details(DAY),
        "analytics:conversationDetail:view, analytics:agentConversationDetail:view",
    ),
    "queue_performance": (
        lambda gc: gc.queue_performance(DAY, queue="Support"),
        "analytics:conversationAggregate:view",
    ),
    "queue_observations": (lambda gc: gc.queue_observations("Support"), "analytics:queueObservation:view"),
    "user_observations": (lambda gc: gc.user_observations(), "analytics:userObservation:view"),
    "agent_performance": (
        lambda gc: gc.agent_performance(DAY, queue="Support"),
        "analytics:conversationAggregate:view",
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_names_the_permission_that_it_lacks_and_says_what_to_do(
    call: str, connected: Callable[[str], Client]
) -> None:
    client = connected("nobody" if call in {"queues", "wrapup_codes"} else "names")
    ask, missing = CALLS[call]
    with pytest.raises(PermissionDenied) as refused:
        ask(client)
    error = refused.value
    assert (error.status, error.code) in {
        (403, "missing.permissions"),
        (403, "missing.any.permissions"),
    }
    assert error.correlation_id
    assert f"[{missing}]" in str(error)
    assert "Give the OAuth client a role" in str(error)


def test_what_needs_no_permission_works_for_everybody(connected: Callable[[str], Client]) -> None:
    client = connected("nobody")
    assert len(client.users()) > 20
    assert len(client.divisions()) == 5
    assert len(client.skills()) > 3


def test_one_of_two_permissions_is_enough_for_a_pull_and_names_that_lack_are_said(
    connected: Callable[[str], Client],
) -> None:
    with pytest.warns(UserWarning, match=r"(?s)names of wrapup_codes .*\[routing:wrapupCode:view\]"):
        details = connected("details").conversation_details(DAY, queue="Support", media_type="chat")
    assert details.report.conversations > 20
    assert details.report.short_by == 0


def test_a_client_sees_its_divisions_and_the_report_says_which(connected: Callable[[str], Client]) -> None:
    client = connected("care")
    division = client.divisions().set_index("name").loc["Customer Care", "id"]
    assert set(client.queues()["name"]) == {"Support", "Billing", "Web Help"}
    details = client.conversation_details(DAY)
    assert details.report.short_by == 0
    assert division in details.report.divisions
    # What went from one of its queues to another division's is seen whole.
    assert set(details.legs["queueId"]) >= set(client.queues()["id"])
    everything = connected("every").conversation_details(DAY)
    assert details.report.conversations < everything.report.conversations
    assert len(everything.report.divisions) == 5
    found = client.queue_performance(DAY)
    assert set(found["Queue"]) == {"Support", "Billing", "Web Help"}
    agents = client.user_observations()
    assert agents["userId"].nunique() > 0
    assert set(agents["userId"]) <= set(client.users()["id"])


def test_an_unseen_queue_is_an_unknown_name(connected: Callable[[str], Client]) -> None:
    client = connected("care")
    for ask in (
        client.queue_observations,
        client.live,
        lambda queue: client.conversation_details(DAY, queue=queue),
    ):
        with pytest.raises(UnknownName, match="no queue 'Sales'"):
            ask("Sales")


def readme_table() -> dict[str, set[str]]:
    """The README's table: what one calls, and the permissions that it names."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ *\| (`gc\..*?) \| (.*?) \|$", text, re.MULTILINE)
    return {call: set(re.findall(r"`([a-z]+:[A-Za-z]+:[a-z]+)`", needs)) for call, needs in rows}


def test_the_readme_names_permissions_that_the_endpoints_know() -> None:
    table = readme_table()
    assert len(table) >= 6
    named = set().union(*table.values())
    assert {"routing:queue:view", "analytics:conversationDetail:view"} <= named
    assert named <= KNOWN
    ours = {"queues": "routing:queue:view", "wrapup_codes": "routing:wrapupCode:view"}
    ours |= {"conversation_details": "analytics:conversationDetail:view"}
    ours |= {"queue_performance": "analytics:conversationAggregate:view"}
    ours |= {"queue_observations": "analytics:queueObservation:view"}
    for call, needed in ours.items():
        (needs,) = (found for row, found in table.items() if f"gc.{call}()" in row)
        assert needed in needs
