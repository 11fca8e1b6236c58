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
        "transfer": passed_on(sessions)[0][rows].tolist(),
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
            _are_calls_for_callbacks(sessions),
            outbound & (media != "callback"),
            on,
            ringing,
        ],
        ["monitoring", "declined", "no_answer", "answered", "callback", "outbound", "direct", "open"],
        default="withdrawn",
    ).astype(object)


def _are_calls_for_callbacks(sessions: Sessions) -> Any:
    """Which sessions are calls of an agent who has a session of a callback beside them."""
    media = np.array(sessions.media, dtype=object)
    outbound = np.array(sessions.direction, dtype=object) == "outbound"
    beside = np.isin(sessions.participant, sessions.participant[media == "callback"])
    return sessions.is_agent & outbound & (media == "voice") & beside


def passed_on(sessions: Sessions) -> tuple[Any, Any]:
    """How each session's agent passed the conversation on (none, blind, consult), and whose times tell when.

    A callback that was passed on is told by its own row, also where its call's session has the transfer.
    """
    how = _told_to_pass_on(sessions)
    tellers = np.arange(sessions.count)
    media = np.array(sessions.media, dtype=object)
    callbacks = {int(sessions.participant[row]): row for row in np.flatnonzero(media == "callback").tolist()}
    counted = sessions.has("nTransferred")
    for row in np.flatnonzero(_are_calls_for_callbacks(sessions) & (how != "none")).tolist():
        own = callbacks[int(sessions.participant[row])]
        if not counted[own]:
            how[own], tellers[own] = how[row], row
        how[row] = "none"
    return how, tellers


def _told_to_pass_on(sessions: Sessions) -> Any:
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
