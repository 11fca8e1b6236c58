"""The agents behind guests' chats: they alert, answer, greet, reply, and wrap up after the guest has left.

Everything happens in ``step``, at business times; nothing here waits.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection
from typing import Final

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import User
from gcanalytics.simulator.guests.chats import ALERTING, CONNECTED, WAITING, GuestChat

ALERT_AFTER_MS: Final = 1_000
ANSWER_AFTER_MS: Final = 2_000
GREET_AFTER_MS: Final = 500
TYPE_AFTER_MS: Final = 300
REPLY_AFTER_MS: Final = 1_200
AFTER_WORK_MS: Final = 12_000

_QUOTED: Final = 200


class GuestDesk:
    """The free agents of the desk, and what they are going to do.

    Args:
        agents: those who take guests' chats, one at a time each.
        add: hands a new conversation to the timeline.
    """

    def __init__(self, agents: Collection[User], add: Callable[[Conversation], None]) -> None:
        self._agents = list(agents)
        self._add = add
        self._busy: set[str] = set()
        self._order = itertools.count()
        self._plan: list[tuple[int, int, Callable[[int], None]]] = []
        self._waiting: list[tuple[int, GuestChat]] = []

    def enter(self, chat: GuestChat, now_ms: int) -> None:
        """A chat begins; an agent is alerted as soon as one is free."""
        chat.enter(now_ms, self._add)
        self._waiting.append((now_ms + ALERT_AFTER_MS, chat))

    def heard(self, chat: GuestChat, text: str, now_ms: int) -> None:
        """The guest said something; the agent, once there, answers it."""
        if chat.state == CONNECTED:
            self._at(now_ms + TYPE_AFTER_MS, lambda at_ms: self._if_connected(chat, chat.agent_types, at_ms))
            said = reply(text)
            self._at(now_ms + REPLY_AFTER_MS, lambda at_ms: self._say(chat, said, at_ms))

    def leave(self, chat: GuestChat, now_ms: int, *, timed_out: bool = False) -> None:
        """The guest is gone."""
        agent = chat.agent
        chat.leave(now_ms, timed_out=timed_out)
        self._waiting = [(due, other) for due, other in self._waiting if other is not chat]
        if chat.agent is not None:
            self._at(now_ms + AFTER_WORK_MS, lambda at_ms: self._wrap_up(chat, at_ms))
        elif agent is not None:
            self._busy.discard(agent.id)

    def step(self, now_ms: int) -> None:
        """Do what is due by now; it is dated now, so that it lies in nobody's past."""
        while self._plan and self._plan[0][0] <= now_ms:
            heapq.heappop(self._plan)[2](now_ms)
        for due_ms, chat in list(self._waiting):
            agent = next((one for one in self._agents if self._fits(one, chat)), None)
            if due_ms <= now_ms and agent is not None:
                self._waiting.remove((due_ms, chat))
                self._busy.add(agent.id)
                chat.alert(agent, now_ms)
                self._at(now_ms + ANSWER_AFTER_MS, self._answering(chat))

    def _fits(self, agent: User, chat: GuestChat) -> bool:
        return agent.id not in self._busy and chat.queue.id in agent.queue_ids and chat.state == WAITING

    def _answering(self, chat: GuestChat) -> Callable[[int], None]:
        def answer(at_ms: int) -> None:
            if chat.state == ALERTING:
                chat.answer(at_ms)
                self._at(at_ms + GREET_AFTER_MS, lambda later_ms: self._say(chat, greeting(chat), later_ms))

        return answer

    def _say(self, chat: GuestChat, text: str, at_ms: int) -> None:
        if chat.state == CONNECTED:
            chat.agent_says(text, at_ms)

    def _if_connected(self, chat: GuestChat, act: Callable[[int], None], at_ms: int) -> None:
        if chat.state == CONNECTED:
            act(at_ms)

    def _wrap_up(self, chat: GuestChat, at_ms: int) -> None:
        if chat.agent is not None:
            self._busy.discard(chat.agent.id)
            chat.wrap_up(at_ms)

    def _at(self, due_ms: int, act: Callable[[int], None]) -> None:
        heapq.heappush(self._plan, (due_ms, next(self._order), act))


def greeting(chat: GuestChat) -> str:
    """What the agent says first."""
    agent = chat.agent.name.split()[0] if chat.agent else "the desk"
    return f"Hello {chat.guest.name}, this is {agent} of {chat.queue.name}. How can I help you?"


def reply(text: str) -> str:
    """What the agent answers to a message; it shows that the message was read."""
    words = " ".join(text.split())
    short = words if len(words) <= _QUOTED else words[:_QUOTED].rstrip() + "..."
    if any(word.strip(".,!").lower() in {"bye", "goodbye", "thanks", "thank"} for word in words.split()):
        return "You are welcome. Goodbye!"
    if words.endswith("?"):
        return f'You asked: "{short}" Let me look that up for you.'
    return f'I have noted: "{short}" Is there anything else?'
