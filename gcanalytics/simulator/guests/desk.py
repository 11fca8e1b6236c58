"""The agents behind guests' chats: they alert, answer, greet, reply, transfer, leave, wrap up.

Everything happens in ``step``, at business times, or at once where a direction says so; nothing here waits.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final

from gcanalytics.simulator.business.guest_desk import AWAY_MS
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization, Queue, User
from gcanalytics.simulator.guests import media_requests
from gcanalytics.simulator.guests.chats import ALERTING, CONNECTED, WAITING, GuestChat
from gcanalytics.simulator.guests.directions import Direction, Directions
from gcanalytics.simulator.guests.media_requests import MediaRequest
from gcanalytics.simulator.guests.members import Handling
from gcanalytics.simulator.guests.words import greeting, wish

ALERT_AFTER_MS: Final = 1_000
ANSWER_AFTER_MS: Final = 2_000
GREET_AFTER_MS: Final = 500
TYPE_AFTER_MS: Final = 300
REPLY_AFTER_MS: Final = 1_200
ACT_AFTER_MS: Final = 2_000
"""From an agent's last word to his transfer or his leaving."""
AFTER_WORK_MS: Final = 12_000
SCREEN: Final = "screenshare"

_THANKS: Final = {
    media_requests.ACCEPTED: "Thank you, I can see it.",
    media_requests.DECLINED: "No problem, we can go on without.",
    media_requests.ERRORED: "It does not work for me either. Let us go on without.",
}


class GuestDesk:
    """The agents of the desk, and what they are going to do.

    Args:
        organization: whose guest desk it is.
        add: hands a new conversation to the timeline.
        at_once: chats that an agent takes at once, after-call work included.
        request_s: how long a media request stands, business seconds.
    """

    def __init__(
        self,
        organization: Organization,
        add: Callable[[Conversation], None],
        *,
        at_once: int,
        request_s: float,
    ) -> None:
        self.directions = Directions()
        self._agents = organization.guest_desk
        self._queues = [queue for queue in organization.queues if "chat" in queue.media]
        self._add = add
        self._at_once = at_once
        self._request_ms = round(request_s * 1000)
        self._load: Counter[str] = Counter()
        self._away: dict[str, int] = {}
        self._order = itertools.count()
        self._plan: list[tuple[int, int, Callable[[int], None]]] = []
        self._waiting: list[tuple[int, int, int, GuestChat]] = []
        self._chats: dict[str, GuestChat] = {}

    # What guests do.

    def enter(self, chat: GuestChat, now_ms: int) -> None:
        """A chat begins; an agent is alerted as soon as one is free."""
        chat.enter(now_ms, self._add)
        self._chats[chat.id] = chat
        self._wait(chat, now_ms)

    def heard(self, chat: GuestChat, text: str, now_ms: int) -> None:
        """The guest said something; the agent, once there, answers it and does what was asked."""
        handling = chat.handling
        if chat.state != CONNECTED or handling is None or chat.quiet:
            return
        wanted = wish(text, self._queues)
        self._while(chat, handling, now_ms + TYPE_AFTER_MS, chat.agent_types)
        self._while(
            chat, handling, now_ms + REPLY_AFTER_MS, lambda at_ms: chat.agent_says(wanted.said, at_ms)
        )
        act_ms = now_ms + REPLY_AFTER_MS + ACT_AFTER_MS
        queue = wanted.transfer_to
        if queue is not None:
            self._while(chat, handling, act_ms, lambda at_ms: self._transfer(chat, queue, at_ms))
        elif wanted.screen:
            self._while(
                chat,
                handling,
                now_ms + REPLY_AFTER_MS,
                lambda at_ms: self._request_media(chat, (SCREEN,), at_ms),
            )
        elif wanted.parting:
            self._while(chat, handling, act_ms, lambda at_ms: self._end(chat, at_ms))

    def answered(self, chat: GuestChat, request: MediaRequest, now_ms: int) -> None:
        """The guest has answered a media request."""
        said, handling = _THANKS[request.state], chat.handling
        if chat.state == CONNECTED and handling is not None and not chat.quiet:
            self._while(chat, handling, now_ms + REPLY_AFTER_MS, lambda at_ms: chat.agent_says(said, at_ms))

    def leave(self, chat: GuestChat, now_ms: int, *, timed_out: bool = False) -> None:
        """The guest is gone."""
        alerted = chat.handling if chat.state == ALERTING else None
        chat.leave(now_ms, timed_out=timed_out)
        self._waiting = [entry for entry in self._waiting if entry[-1] is not chat]
        self._chats.pop(chat.id, None)
        if alerted is not None:
            self._load[alerted.agent.id] -= 1
        self._after_work(chat, now_ms)

    # What is directed.

    def direct(self, now_ms: int) -> None:
        """Give the directions that fit."""
        while (found := self.directions.due(self._chats.values())) is not None:
            direction, chat = found
            handling = chat.handling
            assert handling is not None
            handling.directed = handling.directed or chat.state == ALERTING
            act = self._act(direction, chat)
            if not direction.after_ms:
                act(now_ms)
            else:
                self._while(chat, handling, now_ms + direction.after_ms, act, state=chat.state)

    def _act(self, direction: Direction, chat: GuestChat) -> Callable[[int], object]:
        acts: dict[str, Callable[[int], object]] = {
            "answer": lambda at_ms: self._answer(chat, at_ms),
            "no_answer": lambda at_ms: self._bounce(chat, at_ms),
            "decline": lambda at_ms: self._bounce(chat, at_ms, declined=True),
            "say": lambda at_ms: chat.agent_says(direction.text, at_ms),
            "type": chat.agent_types,
            "quiet": lambda _: setattr(chat, "quiet", True),
            "transfer": lambda at_ms: self._transfer(chat, self._queue_named(direction.queue), at_ms),
            "leave": lambda at_ms: self._end(chat, at_ms),
            "media_request": lambda at_ms: self._request_media(chat, direction.types or (SCREEN,), at_ms),
            "cancel_media_request": lambda _: media_requests.end_pending(
                chat.media_requests.values(), media_requests.CANCELLED
            ),
        }
        return acts[direction.action]

    def _queue_named(self, name: str) -> Queue:
        return next(one for one in self._queues if one.name.casefold() == name.casefold())

    # Time.

    def step(self, now_ms: int) -> None:
        """Do what is due by now; it is dated now, so that it lies in nobody's past."""
        while self._plan and self._plan[0][0] <= now_ms:
            heapq.heappop(self._plan)[2](now_ms)
        for entry in sorted(self._waiting, key=lambda each: each[:3]):
            _, due_ms, _, chat = entry
            agent = self._free(chat, now_ms) if due_ms <= now_ms else None
            if agent is not None:
                self._waiting.remove(entry)
                self._load[agent.id] += 1
                handling = chat.alert(agent, now_ms)
                self._at(now_ms + ANSWER_AFTER_MS, self._answering(chat, handling))
        self.direct(now_ms)

    def _wait(self, chat: GuestChat, now_ms: int) -> None:
        """The higher priority first, then who waits longer."""
        self._waiting.append((-chat.priority, now_ms + ALERT_AFTER_MS, next(self._order), chat))

    def _free(self, chat: GuestChat, now_ms: int) -> User | None:
        """The least busy of the agents who can take a chat now."""
        able = [agent for agent in self._agents if self._can(agent, chat, now_ms)]
        return min(able, key=lambda agent: self._load[agent.id], default=None)

    def _can(self, agent: User, chat: GuestChat, now_ms: int) -> bool:
        return (
            chat.state == WAITING
            and chat.queue.id in agent.queue_ids
            and self._load[agent.id] < self._at_once
            and self._away.get(agent.id, now_ms) <= now_ms
            and set(chat.skill_ids) <= set(agent.skill_ids)
            and chat.language_id in (None, *agent.language_ids)
        )

    # What agents do.

    def _answering(self, chat: GuestChat, handling: Handling) -> Callable[[int], None]:
        def answer(at_ms: int) -> None:
            if chat.handling is handling and chat.state == ALERTING and not handling.directed:
                self._answer(chat, at_ms)

        return answer

    def _answer(self, chat: GuestChat, now_ms: int) -> None:
        chat.answer(now_ms)
        handling = chat.handling
        assert handling is not None

        def greet(at_ms: int) -> None:
            if not chat.quiet:
                chat.agent_says(greeting(handling.agent.name, chat.guest.name, chat.queue.name), at_ms)

        self._while(chat, handling, now_ms + GREET_AFTER_MS, greet)

    def _bounce(self, chat: GuestChat, now_ms: int, *, declined: bool = False) -> None:
        handling = chat.handling
        assert handling is not None
        chat.bounce(now_ms, declined=declined)
        self._load[handling.agent.id] -= 1
        if not declined:
            self._away[handling.agent.id] = now_ms + AWAY_MS
        self._wait(chat, now_ms)

    def _transfer(self, chat: GuestChat, queue: Queue, now_ms: int) -> None:
        chat.transfer(queue, now_ms)
        self._after_work(chat, now_ms)
        self._wait(chat, now_ms)

    def _end(self, chat: GuestChat, now_ms: int) -> None:
        chat.end_by_agent(now_ms)
        self._chats.pop(chat.id, None)
        self._after_work(chat, now_ms)

    def _request_media(self, chat: GuestChat, types: tuple[str, ...] | list[str], now_ms: int) -> None:
        request = chat.request_media(types, now_ms)
        self._at(
            now_ms + self._request_ms,
            lambda _: media_requests.end_pending((request,), media_requests.TIMEDOUT),
        )

    def _after_work(self, chat: GuestChat, now_ms: int) -> None:
        """Who has just left the chat wraps up a little later, and is free for another then."""
        if chat.owing and not chat.owing[-1].wrapping_up:
            handling = chat.owing[-1]
            handling.wrapping_up = True
            self._at(now_ms + AFTER_WORK_MS, lambda at_ms: self._wrap_up(chat, handling, at_ms))

    def _wrap_up(self, chat: GuestChat, handling: Handling, at_ms: int) -> None:
        chat.wrap_up(handling, at_ms)
        self._load[handling.agent.id] -= 1

    # The plan.

    def _while(
        self,
        chat: GuestChat,
        handling: Handling,
        due_ms: int,
        act: Callable[[int], object],
        *,
        state: str = CONNECTED,
    ) -> None:
        """Plan something that happens only if the same agent still has the chat, in the same state."""

        def if_there(at_ms: int) -> None:
            if chat.handling is handling and chat.state == state:
                act(at_ms)

        self._at(due_ms, if_there)

    def _at(self, due_ms: int, act: Callable[[int], None]) -> None:
        heapq.heappush(self._plan, (due_ms, next(self._order), act))
