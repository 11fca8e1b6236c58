"""Media endpoint statistics of a record (AnalyticsMediaEndpointStat), and the conversation's lowest marks.

As in a recorded live call: the customer's session has one entry for his trunk and one for each party that he
was connected to, menu, queue and voicemail have one each, an agent who answered has two, and one who never
answered none. An entry comes some milliseconds after the connection's end. Counters of trouble stand there
only where there was any.
"""

from __future__ import annotations

import operator
from typing import Any, Final

from gcanalytics.simulator.business.aftermath.lines import NARROW, TROUBLED_MS, WIDE, Line, line
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.records.picture import Picture

_TRUNK: Final = ((0, 50, False, NARROW),)
_INSIDE: Final = ((1, 18, True, WIDE), (2, 12, False, WIDE))
_AGENT: Final = (*_INSIDE, (3, 16, False, WIDE))
"""The ends of a connection: number, how long after its end its statistics come (ms), whether they stand on
the customer's session, codec."""
_ENDS: Final = {"customer": _TRUNK, "external": _TRUNK, "agent": _AGENT}
"""By purpose; those of everybody else are `_INSIDE`."""
_PHONE: Final = 3
"""The end that is the agent's own telephone."""


def add_lines(record: dict[str, Any], seen: Picture, seed: int) -> None:
    """Add the statistics known by then, and at the conversation's end its lowest marks."""
    now_ms, closed_ms = seen.now_ms, seen.conversation.closed_ms
    # Statistics of the far end stand on the session of the peer, which is always the first participant's.
    peers = {told["sessionId"]: told for told in record["participants"][0]["sessions"]}
    found: list[tuple[int, Line, dict[str, Any]]] = []
    for participant, written in zip(seen.participants, record["participants"], strict=True):
        for number, session in enumerate(participant.sessions):
            # None of one that lasts or never was.
            if session.media != "voice" or session.connected_ms is None or session.ended_ms is None:
                continue
            length_ms = session.ended_ms - session.connected_ms
            told, peer = written["sessions"][number], peers.get(session.peer_id or "")
            end = participant.number * 64 + number * 8
            for offset, lag_ms, beside_customer, codec in _ENDS.get(participant.purpose, _INSIDE):
                # What comes after the end of everything is counted as of that end.
                at_ms = min(session.ended_ms + lag_ms, closed_ms)
                place = peer if beside_customer else told
                if at_ms <= now_ms and place is not None:
                    user_id = participant.user_id if offset == _PHONE else None
                    found.append((at_ms, line(seed, end + offset, codec, length_ms, user_id), place))
    if not found:
        return
    found.sort(key=_at)
    for at_ms, each, place in found:
        place.setdefault("mediaEndpointStats", []).append(_stat(at_ms, each))
    if seen.ended_ms is not None:
        record["mediaStatsMinConversationMos"] = min([each.mos for _, each, _ in found])
        record["mediaStatsMinConversationRFactor"] = min([each.r_factor for _, each, _ in found])


_at: Final = operator.itemgetter(0)


def _stat(at_ms: int, each: Line) -> dict[str, Any]:
    result: dict[str, Any] = {
        "codecs": [each.codec],
        "eventTime": iso(at_ms),
        "maxLatencyMs": each.delay_ms,
        "minMos": each.mos,
        "minRFactor": each.r_factor,
        "receivedPackets": each.received,
    }
    if each.delay_ms >= TROUBLED_MS:
        _add_trouble(result, each)
    return result


def _add_trouble(result: dict[str, Any], each: Line) -> None:
    for name, count in (
        ("discardedPackets", each.early_or_late),
        ("overrunPackets", each.overrun),
        ("underrunPackets", each.underrun),
        ("duplicatePackets", each.duplicate),
        ("invalidPackets", each.invalid),
    ):
        if count:
            result[name] = count
