"""Which agent sessions belong to which ACD offer, who answered it, and which offers are consults."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from .sessions import Sessions
from .tables import NEVER

CLOCKS_MS = 500
"""What follows in a conversation may be dated a little before that which led to it."""


class Offers:
    """The ACD sessions of a pull and the agents that were alerted for them.

    An agent's session belongs to the offer of the same queue and medium in whose time its first segment
    starts; of several, to the one that began last. An offer is a consult if another agent is on the
    conversation when it begins and has started a consult, or if its peer is an agent's session.

    Attributes:
        rows: session rows of the ACD sessions that were offered to agents, in the order of the table.
        offer_of: for each session the row of the ACD session it belongs to, -1 if none.
        answered_by: for each session (an ACD session's) the agent session that answered, -1 if none.
        no_answers: for each session (an ACD session's) how many agents were alerted in vain.
        consult: for each session (an ACD session's) whether it is a consult.
        dialled: for each session (a callback's ACD session) whether the platform itself rang the customer up
            as it ended, without an agent.
    """

    def __init__(self, sessions: Sessions) -> None:
        # A callback that was scheduled is offered when its time has come.
        self.rows = np.flatnonzero(sessions.is_acd & ~(sessions.scheduled & (sessions.interact == NEVER)))
        self.offer_of = np.full(sessions.count, -1)
        self.answered_by = np.full(sessions.count, -1)
        self.no_answers = np.zeros(sessions.count, dtype=np.int64)
        self.consult = np.zeros(sessions.count, dtype=bool)
        self.dialled = np.zeros(sessions.count, dtype=bool)
        self._match(sessions)
        self._find_answers(sessions)
        self._find_consults(sessions)
        self._find_dialled(sessions)

    def _match(self, sessions: Sessions) -> None:
        offers: dict[tuple[int, Any, Any], list[int]] = defaultdict(list)
        conversation = sessions.conversation.tolist()
        for row in self.rows.tolist():
            offers[conversation[row], sessions.queue[row], sessions.media[row]].append(row)
        started, left = sessions.started.tolist(), sessions.ended.tolist()
        for row in np.flatnonzero(
            sessions.is_agent & ~sessions.watched & (sessions.started < NEVER)
        ).tolist():
            if sessions.queue[row] is None:
                continue
            at = started[row]
            fitting = [
                offer
                for offer in offers.get((conversation[row], sessions.queue[row], sessions.media[row]), ())
                if started[offer] <= at <= left[offer]
            ]
            if fitting:
                self.offer_of[row] = max(fitting, key=started.__getitem__)

    def _find_answers(self, sessions: Sessions) -> None:
        answered = sessions.emitted("tAnswered")
        bounced = is_bounced(sessions)
        # tAnswered tells; callbacks have none, there the first agent who was connected.
        order = np.lexsort((sessions.connected, answered))
        for row in order[self.offer_of[order] >= 0].tolist():
            offer = self.offer_of[row]
            if bounced[row]:
                self.no_answers[offer] += 1
            elif self.answered_by[offer] < 0 and min(answered[row], sessions.connected[row]) < NEVER:
                self.answered_by[offer] = row

    def _find_consults(self, sessions: Sessions) -> None:
        consults: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row, at in sessions.emissions("nConsult"):
            consults[int(sessions.conversation[row])].append((at, row))
        for row in self.rows[np.isin(sessions.conversation[self.rows], list(consults))].tolist():
            begun = sessions.started[row]
            self.consult[row] = any(
                at <= begun < sessions.left[agent] for at, agent in consults[int(sessions.conversation[row])]
            )
        self._find_consults_by_peer(sessions)

    def _find_consults_by_peer(self, sessions: Sessions) -> None:
        peers = sessions.arrow.column("peerId").to_pylist()
        ids = sessions.arrow.column("sessionId").to_pylist()
        agents = {
            (int(sessions.conversation[row]), ids[row]) for row in np.flatnonzero(sessions.is_agent).tolist()
        }
        for row in self.rows.tolist():
            if peers[row] is not None and (int(sessions.conversation[row]), peers[row]) in agents:
                self.consult[row] = True

    def _find_dialled(self, sessions: Sessions) -> None:
        # Customer-first callbacks: the offer ends where the dialing begins, and what came of it stands on an
        # offer of its own (live records, laggyzee/genesys-mcp, pull request 8).
        media, purpose = np.array(sessions.media, dtype=object), np.array(sessions.purpose, dtype=object)
        outbound = np.array(sessions.direction, dtype=object) == "outbound"
        callbacks = self.rows[media[self.rows] == "callback"]
        lines = np.flatnonzero((purpose == "customer") & (media == "voice") & outbound)
        calls: dict[int, list[int]] = defaultdict(list)
        for row in lines.tolist():
            calls[int(sessions.conversation[row])].append(int(sessions.started[row]))
        following: dict[int, int] = {}
        for row in callbacks[np.argsort(sessions.started[callbacks], kind="stable")][::-1].tolist():
            place, since = int(sessions.conversation[row]), int(sessions.left[row]) - CLOCKS_MS
            until = following.get(place, NEVER)
            alone = self.answered_by[row] < 0
            self.dialled[row] = alone and any(since <= at < until for at in calls.get(place, ()))
            following[place] = int(sessions.started[row])


def is_bounced(sessions: Sessions) -> Any:
    """Which sessions were alerted and not answered: tNotResponding or nAgentDeclined, or an alert that ended.

    An alert that ended because the customer left (disconnect type ``peer``) is not the agent's doing.
    """
    silent = (sessions.connected == NEVER) & (sessions.alerted < NEVER) & (sessions.left < NEVER)
    withdrawn = np.array(sessions.disconnect, dtype=object) == "peer"
    told = sessions.has("tNotResponding") | sessions.has("nAgentDeclined")
    return sessions.is_agent & (told | (silent & ~withdrawn))
