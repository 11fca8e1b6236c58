"""Directions for the agents of the desk: the script of what they do, for tests and notebooks.

Each waits until it fits a chat. Set while the simulator runs through ``/simulator/desk``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec

from gcanalytics.simulator.business.alerts import ALERT_TIMEOUT_MS
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.guests.chats import ALERTING, CONNECTED, GuestChat

_FIELDS: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "answer": (ALERTING, frozenset()),
    "no_answer": (ALERTING, frozenset()),
    "decline": (ALERTING, frozenset()),
    "say": (CONNECTED, frozenset({"text"})),
    "type": (CONNECTED, frozenset()),
    "quiet": (CONNECTED, frozenset()),
    "transfer": (CONNECTED, frozenset({"queue"})),
    "leave": (CONNECTED, frozenset()),
    "media_request": (CONNECTED, frozenset({"types"})),
    "cancel_media_request": (CONNECTED, frozenset()),
}
"""Each action: the state of a chat that it fits, and the fields that say how."""
_ALWAYS: Final = frozenset({"action", "chat", "after_s", "times"})
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_RINGING_S: Final = ALERT_TIMEOUT_MS["chat"] / 1000


class Direction(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One direction, as ``POST /simulator/desk`` takes it and ``GET`` shows what is left of it.

    Attributes:
        action: of an alerted agent: ``answer``, ``no_answer`` (it rings out), ``decline``. Of one who is
            connected: ``say``, ``type``, ``transfer``, ``leave`` (he ends the chat), ``media_request``,
            ``cancel_media_request`` (all that are pending), ``quiet`` (from now on the chat's agents say
            nothing by themselves, greetings neither).
        chat: the conversation's id, or None for whichever comes first, each once.
        text: what he says.
        queue: name of the queue that he transfers to.
        types: the media that he asks for.
        after_s: business seconds from the moment at which the direction fits; None is at once, and for
            ``no_answer`` the time that an alert rings. If the chat has moved on by then, nothing happens.
        times: how many chats are left to do it to.
    """

    action: str
    chat: str | None = None
    text: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    queue: str = ""
    types: Annotated[list[str], msgspec.Meta(max_length=10)] = []
    after_s: _Seconds | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1

    @property
    def after_ms(self) -> int:
        """Business milliseconds to wait."""
        default_s = _RINGING_S if self.action == "no_answer" else 0.0
        return round((default_s if self.after_s is None else self.after_s) * 1000)

    def fits(self, chat: GuestChat) -> bool:
        """Whether a chat is meant, in the state for it, and its alert not directed already."""
        taken = chat.state == ALERTING and chat.handling is not None and chat.handling.directed
        return self.chat in (None, chat.id) and chat.state == _FIELDS[self.action][0] and not taken


def direction_from(sent: dict[str, Any], organization: Organization) -> Direction:
    """A direction from its JSON.

    Raises:
        ValueError: it makes no sense; the text says why.
    """
    try:
        found = msgspec.convert(sent, Direction, strict=True)
    except msgspec.ValidationError as wrong:
        raise ValueError(str(wrong)) from None
    if found.action not in _FIELDS:
        raise ValueError(f"action {found.action!r} is none of {', '.join(sorted(_FIELDS))}")
    strange = sorted(sent.keys() - _FIELDS[found.action][1] - _ALWAYS)
    if strange:
        raise ValueError(f"{found.action} takes no {', '.join(strange)}")
    if found.action == "say" and not found.text:
        raise ValueError("say needs a text")
    if found.chat is not None and found.times > 1:
        raise ValueError("one chat, once: times is of directions without a chat")
    queue = organization.queue_named(found.queue) if found.action == "transfer" else None
    if found.action == "transfer" and (queue is None or "chat" not in queue.media):
        raise ValueError(f"no chat can be transferred to {found.queue!r}")
    return found


class Directions:
    """The script. A direction is used up when it was given to so many chats as it says."""

    def __init__(self) -> None:
        self._left: list[tuple[Direction, set[str]]] = []

    def add(self, direction: Direction) -> None:
        """Append one."""
        self._left.append((direction, set()))

    def clear(self) -> None:
        """Forget all."""
        self._left.clear()

    def left(self) -> list[Direction]:
        """Those that are not used up, with what is left of their ``times``."""
        return [direction for direction, _ in self._left]

    def due(self, chats: Iterable[GuestChat]) -> tuple[Direction, GuestChat] | None:
        """The first direction that fits a chat, counted; None where none does.

        What it does may change what fits, so ask again after each.
        """
        listed = list(chats) if self._left else []
        for entry in self._left:
            direction, done = entry
            chat = next((one for one in listed if direction.fits(one) and one.id not in done), None)
            if chat is None:
                continue
            done.add(chat.id)
            direction.times -= 1
            if direction.times <= 0:
                self._left.remove(entry)
            return direction, chat
        return None
