"""Legs: a row for each ACD offer, with its outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from .offers import Offers
from .sessions import Sessions, key_columns, named
from .tables import NEVER, Tables, computed_table

_LED_ON = ("transfer", "consultTransfer", "conferenceTransfer", "forwardTransfer", "noAnswerTransfer")
_METRICS = {"answered": "tAnswered", "abandoned": "tAbandon", "flow_out": "tFlowOut"}


def legs(tables: Tables, sessions: Sessions, offers: Offers) -> Any:
    """A row for each ACD session, in the order of the sessions table, as an Arrow table.

    Outcome and wait are those of the platform's metrics: tAnswered of the agent who took it, tAbandon,
    tFlowOut. A leg that ended without any of them was answered if an agent came on (callbacks), has
    flowed out if it has a ``flowOutType``, was transferred, or is a callback for which the platform dialled
    first, and was abandoned otherwise.
    """
    rows, by = offers.rows, offers.answered_by[offers.rows]
    outcome = _outcomes(sessions, offers, by)
    ended = _ended(sessions, rows, by, outcome)
    begun = sessions.emitted("nOffered")[rows]
    offered = _first(begun, sessions.interact[rows], sessions.started[rows])
    queues = [sessions.queue[row] for row in rows.tolist()]
    media = [sessions.media[row] for row in rows.tolist()]
    directions = [sessions.direction[row] for row in rows.tolist()]
    users = [sessions.user[agent] if agent >= 0 else None for agent in by.tolist()]
    names = tables.names
    targets = [names.service_levels.get((str(q), str(m))) for q, m in zip(queues, media, strict=True)]
    short = sessions.has("tShortAbandon")[rows]
    at = tables.arrow["sessions"]
    conversations = tables.arrow["conversations"]
    values = {
        **key_columns(sessions, rows),
        "queueId": queues,
        "queue": named(queues, names.queues),
        "mediaType": media,
        "direction": directions,
        "kind": np.where(offers.consult[rows], "consult", "customer").tolist(),
        "offered_at": offered,
        "ended_at": ended,
        "wait_s": _waits(sessions, rows, by, outcome, ended - offered),
        "outcome": outcome.tolist(),
        "answered_at": np.where(outcome == "answered", _picked(_answered(sessions), by, NEVER), NEVER),
        "userId": users,
        "agent": named(users, names.users),
        "agent_participant_no": _picked(at.column("participant_no").to_numpy(), by, -1),
        "agent_session_no": _picked(at.column("session_no").to_numpy(), by, -1),
        "no_answers": offers.no_answers[rows],
        "flowOutType": at.column("flowOutType").take(pa.array(rows)),
        "short_abandon": [bool(s) if o == "abandoned" else None for s, o in zip(short, outcome, strict=True)],
        "sl_target_s": [target[1] if target else None for target in targets],
        "sl_target": [target[0] if target else None for target in targets],
        "divisionIds": conversations.column("divisionIds").take(pa.array(sessions.conversation[rows])),
        "in_scope": [
            tables.scope.covers(queue_id=q, user_id=u, media_type=m, direction=d)
            for q, u, m, d in zip(queues, users, media, directions, strict=True)
        ],
    }
    return computed_table("legs", values)


def _outcomes(sessions: Sessions, offers: Offers, by: Any) -> Any:
    rows = offers.rows
    over = sessions.left[rows] < NEVER
    types = sessions.arrow.column("flowOutType").is_valid().to_numpy()[rows]
    transferred = np.isin(np.array(sessions.disconnect, dtype=object)[rows], _LED_ON)
    led_on = types | transferred | offers.dialled[rows]
    return np.select(
        [sessions.has("tAbandon")[rows], sessions.has("tFlowOut")[rows], by >= 0, over & led_on, over],
        ["abandoned", "flow_out", "answered", "flow_out", "abandoned"],
        default="open",
    ).astype(object)


def _answered(sessions: Sessions) -> Any:
    """When each agent session took its offer."""
    return np.minimum(sessions.emitted("tAnswered"), sessions.connected)


def _ended(sessions: Sessions, rows: Any, by: Any, outcome: Any) -> Any:
    """When the metric of the outcome was emitted: the platform counts it in the bucket of that time."""
    end = _first(sessions.emitted("tAcd")[rows], sessions.left[rows])
    for name, metric in _METRICS.items():
        told = sessions.emitted(metric)[rows] if name != "answered" else end
        end = np.where((outcome == name) & (told < NEVER), told, end)
    return np.where(outcome == "open", NEVER, _first(end, _picked(_answered(sessions), by, NEVER)))


def _waits(sessions: Sessions, rows: Any, by: Any, outcome: Any, lasted: Any) -> Any:
    """Seconds waited: the metric of the outcome, else tAcd, else the difference of the times."""
    wait = np.where(sessions.has("tAcd")[rows], sessions.seconds("tAcd")[rows], lasted / 1000)
    for name, metric in _METRICS.items():
        has, seconds = sessions.has(metric), sessions.seconds(metric)
        if name == "answered":
            told, value = _picked(has, by, False), _picked(seconds, by, np.nan)
        else:
            told, value = has[rows], seconds[rows]
        wait = np.where((outcome == name) & told, value, wait)
    return np.where(outcome == "open", np.nan, wait)


def _picked(values: Any, rows: Any, otherwise: Any) -> Any:
    """Values at some rows; ``otherwise`` where the row is -1."""
    if not len(values):
        return np.full(len(rows), otherwise)
    return np.where(rows >= 0, values[rows], otherwise)


def _first(*times: Any) -> Any:
    """The first of several times that is known."""
    found = times[-1]
    for time in times[-2::-1]:
        found = np.where(time < NEVER, time, found)
    return found
