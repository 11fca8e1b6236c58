"""Guests for tests on a simulated platform: a chat that is opened, its events up to one, its record."""

import time
from collections.abc import Callable
from typing import Any

from gcanalytics.client import connect
from gcanalytics.guestchat import Event, GuestChat, Message
from gcanalytics.simulator import Simulator

DEADLINE_S = 20.0
QUEUE = "Support"
SETTINGS = {"rate_per_minute": 100_000, "clock_start": "2026-11-18T10:00:00Z"}
"""Of a simulator that no guest is too many for, on a Wednesday morning."""


def place(platform: Simulator) -> dict[str, Any]:
    """Where guests chat."""
    return {
        "region": platform.api,
        "organization_id": platform.organization_id,
        "deployment_id": platform.deployment_id,
        "queue": QUEUE,
    }


def start(platform: Simulator, **other: Any) -> GuestChat:
    """An open chat of a guest."""
    return GuestChat.start(**{**place(platform), "display_name": "Ada", **other})


def analyst(platform: Simulator) -> Any:
    """A client that sees the guests."""
    return connect(
        region=platform.api, client_id=platform.client_id, client_secret=platform.client_secret, tz="UTC"
    )


def until(chat: GuestChat, enough: Callable[[Any], bool]) -> list[Event]:
    """The events of a chat up to the first that is enough."""
    found = []
    for event in chat.events(timeout_s=DEADLINE_S):
        found.append(event)
        if enough(event):
            return found
    raise AssertionError(f"it never came; there were {found}")


def is_answer(event: Event) -> bool:
    """Whether somebody else wrote."""
    return isinstance(event, Message) and not event.own


def seen(view: Any, conversation_id: str, **wanted: str) -> dict[str, Any]:
    """The live view's row of the conversation, once it has one like that."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        table = view.conversations
        for row in table[table["conversationId"] == conversation_id].to_dict("records"):
            if wanted.items() <= row.items():
                return {str(name): value for name, value in row.items()}
        view.wait(0.05)
    raise AssertionError(f"the view never had {wanted}")


def settled(gc: Any, conversation_id: str) -> Any:
    """The conversation's record once everybody has wrapped up."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        record = gc.conversation(conversation_id)
        if record.conversations["conversationEnd"].notna().all():
            return record
    raise AssertionError("somebody never wrapped up")
