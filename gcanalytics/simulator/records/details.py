"""The details record of a conversation, as the details query gives it: a dict, or its JSON.

Fields that are not known yet are absent, never null. Participant attributes are not part of it.
"""

from __future__ import annotations

import operator
import threading
import zlib
from collections import OrderedDict
from typing import Any, Final

import msgspec

from gcanalytics.simulator.business.ledger import Conversation, Letter
from gcanalytics.simulator.records.aftermath.writing import add_aftermath
from gcanalytics.simulator.records.emission import Choices
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.records.picture import PROVIDERS, Picture, picture
from gcanalytics.simulator.records.shapes import FlowPart, Participant, Segment, Session

__all__ = ["encoded", "iso", "record", "record_of"]

_RECENT_BYTES: Final = 32 * 1024 * 1024
_PACKED_BYTES: Final = 128 * 1024 * 1024
_REMEMBERED: Final = 60_000
"""Of so many records is known whether they were asked for before."""
_encode: Final = msgspec.json.Encoder().encode


def record(conversation: Conversation, now_ms: int, settings: Choices | None) -> dict[str, Any]:
    """The record (AnalyticsConversationWithoutAttributes) as it stood at ``now_ms``.

    Args:
        conversation: one that has started by then.
        now_ms: milliseconds since the epoch, UTC; nothing later shows.
        settings: the simulator's settings.
    """
    return record_of(picture(conversation, now_ms, settings))


def record_of(seen: Picture) -> dict[str, Any]:
    """The record of a picture that is already there."""
    conversation = seen.conversation
    result: dict[str, Any] = {
        "conversationId": conversation.id,
        "conversationStart": iso(conversation.started_ms),
    }
    if seen.ended_ms is not None:
        result["conversationEnd"] = iso(seen.ended_ms)
    result["originatingDirection"] = conversation.direction
    result["conversationInitiator"] = conversation.initiator
    result["customerParticipation"] = conversation.direction == "inbound" or seen.customer_connected
    result["divisionIds"] = seen.division_ids
    result["participants"] = [_participant(each, seen) for each in seen.participants]
    add_aftermath(result, seen)
    return result


def encoded(
    conversation: Conversation, now_ms: int, settings: Choices | None, *, again: bool = False
) -> bytes:
    """The record's JSON; kept (in bounded memory) between what follows the conversation. Thread-safe.

    Args:
        conversation: as of `record`.
        now_ms: as of `record`.
        settings: as of `record`.
        again: whether the same is likely to be asked for again.
    """
    phase = conversation.phase(now_ms)
    if phase is None:
        return _encode(record(conversation, now_ms, settings))
    found = _cache.get(conversation, phase, settings)
    if found is None:
        seen = picture(conversation, now_ms, settings)
        found = _encode(record_of(seen))
        if seen.ended_ms is not None:
            _cache.put(conversation, phase, found, settings, again=again)
    return found


def _participant(participant: Participant, seen: Picture) -> dict[str, Any]:
    result: dict[str, Any] = {"participantId": participant.id}
    if participant.name is not None:
        result["participantName"] = participant.name
    if participant.user_id is not None:
        result["userId"] = participant.user_id
    result["purpose"] = participant.purpose
    result["sessions"] = [_session(session, seen) for session in participant.sessions]
    return result


def _session(session: Session, seen: Picture) -> dict[str, Any]:
    result: dict[str, Any] = {
        "mediaType": session.media,
        "sessionId": session.id,
        "direction": session.direction,
        "provider": PROVIDERS[session.media],
    }
    if session.peer_id is not None:
        result["peerId"] = session.peer_id
    if session.ani is not None:
        result["ani"] = session.ani
    if session.dnis is not None:
        result["dnis"] = session.dnis
    if session.session_dnis is not None:
        result["sessionDnis"] = session.session_dnis
    if session.remote is not None:
        result["remote"] = session.remote
    _add_routing(result, session)
    if session.letter is not None:
        _address(result, session.letter)
    elif session.media == "message":
        result["addressFrom"], result["addressTo"] = seen.conversation.address, seen.contact_address
    if session.media == "voice":
        result["recording"] = session.purpose in {"customer", "agent"}
    if session.flow is not None:
        result["flow"] = _flow(session.flow)
    if session.metrics:
        result["metrics"] = [
            {"emitDate": iso(metric.emit_ms), "name": metric.name, "value": metric.value}
            for metric in sorted(session.metrics, key=_metric_order)
        ]
    result["segments"] = [_segment(segment) for segment in session.segments]
    return result


def _add_routing(result: dict[str, Any], session: Session) -> None:
    """How a session was routed; and what only one medium's sessions have."""
    # One by one: a loop over names and values takes half as long again, and a record has four sessions.
    if session.used_routing is not None:
        result["usedRouting"] = session.used_routing
    if session.selected_agent_id is not None:
        result["selectedAgentId"] = session.selected_agent_id
    if session.flow_in_type is not None:
        result["flowInType"] = session.flow_in_type
    if session.flow_out_type is not None:
        result["flowOutType"] = session.flow_out_type
    if session.message_type is not None:
        result["messageType"] = session.message_type
    if session.callback_name is not None:
        result["callbackUserName"] = session.callback_name
    if session.requested_routing is not None:
        result["requestedRoutings"] = [session.requested_routing]
    if session.destination is not None:
        result["destinationAddresses"] = [session.destination]
    if session.callback_number is not None:
        result["callbackNumbers"] = [session.callback_number]
    if session.callback_due_ms is not None:
        result["callbackScheduledTime"] = iso(session.callback_due_ms)


def _address(result: dict[str, Any], letter: Letter) -> None:
    result["addressFrom"], result["addressTo"] = letter.from_address, letter.to_address
    if letter.cc:
        result["cc"] = list(letter.cc)


_metric_order: Final = operator.attrgetter("emit_ms", "name")
"""By emit date, then by name, as in every recorded session."""


def _segment(segment: Segment) -> dict[str, Any]:
    result: dict[str, Any] = {"segmentStart": iso(segment.start_ms)}
    if segment.end_ms is not None:
        result["segmentEnd"] = iso(segment.end_ms)
    if segment.queue_id is not None:
        result["queueId"] = segment.queue_id
    if segment.disconnect is not None:
        result["disconnectType"] = segment.disconnect
    if segment.error_code is not None:
        result["errorCode"] = segment.error_code
    if segment.wrap_up_code is not None:
        result["wrapUpCode"] = segment.wrap_up_code
    if segment.subject is not None:
        result["subject"] = segment.subject
    if segment.skill_ids:
        result["requestedRoutingSkillIds"] = list(segment.skill_ids)
    if segment.language_id is not None:
        result["requestedLanguageId"] = segment.language_id
    result["segmentType"] = segment.kind
    result["conference"] = False
    return result


def _flow(part: FlowPart) -> dict[str, Any]:
    result: dict[str, Any] = {
        "flowId": part.flow.id,
        "flowName": part.flow.name,
        "flowType": part.flow.type,
        "flowVersion": "3.0",
    }
    for name, value in (
        ("entryType", part.entry_type),
        ("exitReason", part.exit_reason),
        ("transferType", part.transfer_type),
        ("transferTargetAddress", part.transfer_target_address),
        ("transferTargetName", part.transfer_target_name),
    ):
        if value is not None:
            result[name] = value
    if part.issued_callback:
        result["issuedCallback"] = True
    return result


class _Cache:
    """JSON of ended conversations: what was used last as it is, the rest packed to a quarter, in all at most
    so many bytes. A week of records fits, so that the next query over it need not write them again.

    Packing takes half as long as writing: what was asked for only once, as in a pull of all, is not packed.
    """

    def __init__(self, recent_bytes: int = _RECENT_BYTES, packed_bytes: int = _PACKED_BYTES) -> None:
        self._lock = threading.Lock()
        self._again: dict[str, bool] = {}
        self._recent = _Shelf(recent_bytes)
        self._packed = _Shelf(packed_bytes)

    def get(self, conversation: Conversation, phase: int, settings: Choices | None = None) -> bytes | None:
        """The JSON, None where it is not kept as of this phase."""
        version = _version(conversation, phase, settings)
        with self._lock:
            found = self._recent.get(conversation.id, version)
            if found is not None:
                self._again[conversation.id] = True
                return found
            packed = self._packed.get(conversation.id, version)
        if packed is None:
            return None
        found = zlib.decompress(packed)
        self._keep(conversation.id, version, found)
        return found

    def put(
        self,
        conversation: Conversation,
        phase: int,
        content: bytes,
        settings: Choices | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Keeps the JSON of a phase instead of an older one; ``again`` as of `encoded`."""
        name = conversation.id
        with self._lock:
            if len(self._again) >= _REMEMBERED:
                self._again.clear()
            self._again[name] = again or name in self._again
        self._keep(conversation.id, _version(conversation, phase, settings), content)

    def _keep(self, name: str, version: _Version, content: bytes) -> None:
        with self._lock:
            for other, its_version, dropped in self._recent.put(name, version, content):
                if self._again.get(other) and self._packed.get(other, its_version) is None:
                    self._packed.put(other, its_version, zlib.compress(dropped, 1))


_Version = tuple[int, int, int, int, int, Choices | None]


def _version(conversation: Conversation, phase: int, settings: Choices | None) -> _Version:
    """What tells records of one id apart: courses of business of one seed and other settings share ids."""
    span = (conversation.started_ms, conversation.closed_ms, conversation.settled_ms)
    return (len(conversation.events), phase, *span, settings)


class _Shelf:
    """Contents by name and version, at most so many bytes, the least used ones dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[_Version, bytes]] = OrderedDict()

    def get(self, name: str, version: _Version) -> bytes | None:
        """The content of this version."""
        entry = self._kept.get(name)
        if entry is None or entry[0] != version:
            return None
        self._kept.move_to_end(name)
        return entry[1]

    def put(self, name: str, version: _Version, content: bytes) -> list[tuple[str, _Version, bytes]]:
        """Takes a content in; what had to go for it."""
        old = self._kept.pop(name, None)
        self._bytes += len(content) - (len(old[1]) if old else 0)
        self._kept[name] = (version, content)
        dropped = []
        while self._bytes > self._most:
            other, (its_version, its_content) = self._kept.popitem(last=False)
            self._bytes -= len(its_content)
            dropped.append((other, its_version, its_content))
        return dropped


_cache: Final = _Cache()
