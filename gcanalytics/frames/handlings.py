"""Handlings: a row for each session of an agent: talk, hold, after-call work, and how it was passed on."""

from __future__ import annotations

from typing import Any

import numpy as np

from .offers import Offers, is_bounced
from .sessions import Sessions, key_columns, named
from .tables import NEVER, Tables, computed_table

_TO_QUEUE_OR_AGENT = ("transfer", "forwardTransfer")
_AFTER_TALK = ("consultTransfer", "conferenceTransfer")


def handlings(tables: Tables, sessions: Sessions, offers: Offers) -> Any:
    """A row for each session of an agent, in the order of the sessions table, as an Arrow table.

    ``result`` is ``answered`` (an ACD offer), ``direct`` (a transfer or call without an offer), ``outbound``,
    ``monitoring``, ``no_answer``, ``declined``; ``withdrawn`` where the customer left while it rang, ``open``
    while it rings, and ``callback`` for a call that was made for a callback: the work of both stands on the
    callback's own row.
    """
    rows = agent_rows(sessions)
    offer = offers.offer_of[rows]
    at = tables.arrow["sessions"]
    queues = [sessions.queue[row] for row in rows.tolist()]
    media = [sessions.media[row] for row in rows.tolist()]
    directions = [sessions.direction[row] for row in rows.tolist()]
    users = [sessions.user[row] for row in rows.tolist()]
    codes = [sessions.wrapup[row] for row in rows.tolist()]
    names = tables.names
    handled = sessions.has("tHandle")[rows]
    values = {
        **key_columns(sessions, rows),
        "userId": users,
        "agent": named(users, names.users),
        "queueId": queues,
        "queue": named(queues, names.queues),
        "mediaType": media,
        "direction": directions,
        "result": results(sessions, offers)[rows].tolist(),
        "alerted_at": sessions.alerted[rows],
        "connected_at": connected(sessions)[rows],
        "ended_at": sessions.ended[rows],
        "handled_at": sessions.emitted("tHandle", last=True)[rows],
        "alert_s": sessions.seconds("tAlert")[rows],
        "talk_s": sessions.seconds("tTalk")[rows],
        "hold_s": sessions.seconds("tHeld")[rows],
        "acw_s": sessions.seconds("tAcw")[rows],
        "handle_s": np.where(handled, sessions.seconds("tHandle")[rows], np.nan),
        "wrapUpCode": codes,
        "wrap_up": named(codes, names.wrapup_codes),
        "transfer": passed_on(sessions)[rows].tolist(),
        "leg_participant_no": _of_leg(at.column("participant_no").to_numpy(), offer),
        "leg_session_no": _of_leg(at.column("session_no").to_numpy(), offer),
        "in_scope": [
            tables.scope.covers(queue_id=q, user_id=u, media_type=m, direction=d)
            for q, u, m, d in zip(queues, users, media, directions, strict=True)
        ],
    }
    return computed_table("handlings", values)


def agent_rows(sessions: Sessions) -> Any:
    """Session rows of all agents' sessions."""
    return np.flatnonzero(sessions.is_agent)


def connected(sessions: Sessions) -> Any:
    """When each session had the other side on it."""
    return np.minimum(sessions.connected, sessions.emitted("tAnswered"))


def results(sessions: Sessions, offers: Offers) -> Any:
    """What became of each session, if it is an agent's."""
    monitors = sessions.arrow.column("monitoredParticipantId").is_valid().to_numpy()
    on = connected(sessions) < NEVER
    ringing = (sessions.left == NEVER) & ~on
    media = np.array(sessions.media, dtype=object)
    outbound = np.array(sessions.direction, dtype=object) == "outbound"
    return np.select(
        [
            sessions.watched | monitors,
            sessions.has("nAgentDeclined"),
            is_bounced(sessions),
            on & ((offers.offer_of >= 0) | sessions.has("tAnswered")),
            outbound & (media == "voice") & _beside_a_callback(sessions),
            outbound & (media != "callback"),
            on,
            ringing,
        ],
        ["monitoring", "declined", "no_answer", "answered", "callback", "outbound", "direct", "open"],
        default="withdrawn",
    ).astype(object)


def _beside_a_callback(sessions: Sessions) -> Any:
    """Which sessions are of a participant who has one of a callback too."""
    callbacks = np.array(sessions.media, dtype=object) == "callback"
    return np.isin(sessions.participant, sessions.participant[callbacks])


def passed_on(sessions: Sessions) -> Any:
    """How each session's agent passed the conversation on: none, blind or consult."""
    how = np.array(sessions.disconnect, dtype=object)
    counted = sessions.has("nTransferred")
    return np.select(
        [
            sessions.has("nConsultTransferred"),
            sessions.has("nBlindTransferred"),
            np.isin(how, _AFTER_TALK),
            counted | np.isin(how, _TO_QUEUE_OR_AGENT),
        ],
        ["consult", "blind", "consult", "blind"],
        default="none",
    ).astype(object)


def _of_leg(numbers: Any, offer: Any) -> Any:
    return np.where(offer >= 0, numbers[offer], -1) if len(numbers) else offer
