"""A swarm of guests on the simulated platform: served, counted, and found in the history."""

from collections.abc import Iterator

import pytest

from gcanalytics import guestchat
from gcanalytics.client import connect
from gcanalytics.simulator import Simulator


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    """A platform of its own, whose agents are quick: twenty business seconds in one."""
    settings = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z"}
    with Simulator(seed=7, days=1, speed=20, settings=settings) as running:
        yield running


@pytest.mark.fixed_settings("token_life_s", reason="a guest's token ends the chat with it")
def test_a_swarm_is_served_and_stands_in_the_history(platform: Simulator) -> None:
    table = guestchat.swarm(
        8,
        region=platform.api,
        organization_id=platform.organization_id,
        deployment_id=platform.deployment_id,
        queue="Support",
        rate=1200,
        script=["Hello, where is my order?", "Thank you!"],
        patience_s=60,
        reply_timeout_s=30,
    )
    assert table["outcome"].tolist() == ["completed"] * 8, table.to_string()
    assert (table["sent"] == 2).all()
    assert (table["received"] >= 2).all()
    assert table["time_to_agent_s"].between(0.01, 60).all()
    assert table["conversationId"].is_unique
    gc = connect(
        region=platform.api, client_id=platform.client_id, client_secret=platform.client_secret, tz="UTC"
    )
    day = ("2026-11-18T10:00:00Z", "2026-11-18T11:00:00Z")
    chats = gc.conversation_details(day, queue="Support", media_type="chat", progress=False)
    assert set(table["conversationId"]) <= set(chats.conversations["conversationId"])
