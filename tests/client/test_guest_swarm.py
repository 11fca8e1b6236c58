"""A swarm of guests on the simulated platform: served, counted, and found in the history."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from gcanalytics import guestchat
from gcanalytics.guestchat import swarms
from gcanalytics.simulator import Simulator

from .guests import QUEUE, SETTINGS, analyst, place


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    """A platform of its own, whose agents are quick: twenty business seconds in one."""
    with Simulator(seed=7, days=1, speed=20, settings=SETTINGS) as running:
        yield running


@pytest.mark.fixed_settings("token_life_s", reason="a guest's token ends the chat with it")
def test_a_swarm_is_served_and_stands_in_the_history(platform: Simulator) -> None:
    table = guestchat.swarm(
        8,
        **place(platform),
        rate=1200,
        script=["Hello, where is my order?", "Thank you!"],
        patience_s=60,
        reply_timeout_s=30,
    )
    assert table["outcome"].tolist() == ["completed"] * 8, table.to_string()
    assert (table["sent"] == 2).all()
    assert (table["received"] >= 2).all()
    assert table["time_to_agent_s"].between(0, 60, inclusive="right").all()
    assert table["conversationId"].is_unique
    assert set(table["conversationId"]) <= set(chats_of(platform).conversations["conversationId"])


def test_an_interrupted_swarm_leaves_no_guest_behind(
    platform: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[guestchat.GuestChat] = []
    start = guestchat.GuestChat.start

    def noting(**arguments: Any) -> guestchat.GuestChat:
        chat = start(**arguments)
        opened.append(chat)
        return chat

    class Interrupting:
        def update(self, done: int, expected: int | None, waiting_s: float = 0.0) -> None:
            if len(opened) == 4:
                raise KeyboardInterrupt

        def close(self, summary: str | None) -> None:
            assert summary is None

    monkeypatch.setattr(swarms, "GuestChat", SimpleNamespace(start=noting))
    monkeypatch.setattr(swarms, "progress_for", lambda *_, **__: Interrupting())
    with pytest.raises(KeyboardInterrupt):
        guestchat.swarm(4, **place(platform), rate=6000, script=["Are you there?"] * 50, reply_timeout_s=30)
    # The agents may still wrap up; the guests' own segments have ended.
    found = chats_of(platform)
    people = found.participants.query("purpose == 'customer'")[["conversationId", "participant_no"]]
    segments = found.segments.merge(people)
    mine = segments[segments["conversationId"].isin([chat.conversation_id for chat in opened])]
    assert mine["conversationId"].nunique() == 4
    assert mine["segmentEnd"].notna().all()


def chats_of(platform: Simulator) -> Any:
    """The history's hour."""
    hour = ("2026-11-18T10:00:00Z", "2026-11-18T11:00:00Z")
    return analyst(platform).conversation_details(hour, queue=QUEUE, media_type="chat", progress=False)
