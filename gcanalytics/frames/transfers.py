"""Transfers: a row for each time an agent passed a conversation on, with where it went."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from .handlings import connected, passed_on
from .offers import CLOCKS_MS, Offers
from .sessions import Sessions, named
from .tables import NEVER, Tables, computed_table


def transfers(tables: Tables, sessions: Sessions, offers: Offers) -> Any:
    """A row for each transfer by an agent, in the order of the giving sessions, as an Arrow table.

    A blind transfer went to what began next: an ACD session, or an agent's session without an offer. A
    consult transfer went to what the agent had called up: the last that began between the consult's start
    and the transfer. A transfer to an outside number has no receiver.
    """
    how, tellers = passed_on(sessions)
    givers = np.flatnonzero(sessions.is_agent & (how != "none"))
    made = np.where(
        sessions.emitted("nTransferred") < NEVER, sessions.emitted("nTransferred", last=True), sessions.left
    )[tellers]
    receivers = _receivers(sessions, offers, givers, tellers, how, made)
    takers = [int(offers.answered_by[row]) if row >= 0 and sessions.is_acd[row] else row for row in receivers]
    from_queues = [sessions.queue[row] for row in givers.tolist()]
    users = [sessions.user[row] for row in givers.tolist()]
    to_queues = [sessions.queue[row] if row >= 0 and sessions.is_acd[row] else None for row in receivers]
    to_users = [sessions.user[row] if row >= 0 else None for row in takers]
    names = tables.names
    values = {
        "conversationId": sessions.arrow.column("conversationId").take(pa.array(givers)),
        "at": made[givers],
        "kind": how[givers].tolist(),
        "from_queueId": from_queues,
        "from_queue": named(from_queues, names.queues),
        "userId": users,
        "agent": named(users, names.users),
        "to_queueId": to_queues,
        "to_queue": named(to_queues, names.queues),
        "to_userId": to_users,
        "to_agent": named(to_users, names.users),
        "in_scope": [
            tables.scope.covers(
                queue_id=sessions.queue[row],
                user_id=sessions.user[row],
                media_type=sessions.media[row],
                direction=sessions.direction[row],
            )
            for row in givers.tolist()
        ],
    }
    return computed_table("transfers", values)


def _receivers(
    sessions: Sessions, offers: Offers, givers: Any, tellers: Any, how: Any, made: Any
) -> list[int]:
    """The session that each transfer led to, -1 if none is found."""
    wanted = np.isin(sessions.conversation, sessions.conversation[givers])
    alone = sessions.is_agent & (offers.offer_of < 0) & ~sessions.watched
    candidates: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(wanted & (sessions.is_acd | alone) & (sessions.started < NEVER)).tolist():
        candidates[int(sessions.conversation[row])].append(row)
    asked = sessions.emitted("nConsult", last=True)[tellers]
    talking = connected(sessions)[tellers]
    whose = sessions.participant.tolist()
    started = sessions.started.tolist()
    found = []
    for giver in givers.tolist():
        others = [row for row in candidates[int(sessions.conversation[giver])] if whose[row] != whose[giver]]
        if how[giver] == "consult":
            since = asked[giver] if asked[giver] < NEVER else talking[giver]
            inside = [row for row in others if since - CLOCKS_MS <= started[row] <= made[giver]]
            found.append(max(inside, key=started.__getitem__, default=-1))
        else:
            after = [row for row in others if started[row] >= made[giver] - CLOCKS_MS]
            found.append(min(after, key=started.__getitem__, default=-1))
    return found
