"""The calls that an agent makes for a callback, and the holds in them, worked out from the ledger.

See `ledger_facts`.
"""

from typing import Any

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.ledger import Conversation, Event

from .ledger_shapes import Party, Stretch, chain, first


def _attempts(mine: list[Event]) -> list[list[Event]]:
    """The events of each call."""
    found: list[list[Event]] = []
    for event in mine:
        if event.kind == says.CALL_STARTED:
            found.append([event])
        elif found and event.kind in _OF_CALLS:
            found[-1].append(event)
    return found


_OF_CALLS = (
    says.CALL_DIALLED, says.CALL_CONNECTED, says.CALL_FAILED, says.HELD, says.RESUMED, says.CALL_ENDED,
)  # fmt: skip
_ENTRIES = (says.ARRIVED, says.QUEUED, says.CALLBACK_QUEUED)


def _turns(call: list[Event]) -> list[tuple[str, Event | None]]:
    """Talk and hold in turn."""
    kinds = {says.CALL_CONNECTED: "interact", says.HELD: "hold", says.RESUMED: "interact"}
    return [(kinds[event.kind], event) for event in call if event.kind in kinds]


def calls(conversation: Conversation, mine: list[Event], events: list[Event]) -> list[Party]:
    """Both ends of each call of an agent: his, and the customer's from the dialling on."""
    parties = []
    entered = [event for event in events if event.queue_id and event.kind in _ENTRIES and event.via is None]
    for call in _attempts(mine):
        started, dialled = call[0], first(call, says.CALL_DIALLED)
        connected = first(call, says.CALL_CONNECTED)
        failed, ended = first(call, says.CALL_FAILED), first(call, says.CALL_ENDED)
        agent = Party("agent", "voice", _of_a_line(conversation, "agent"))
        agent.facts |= {"userId": mine[0].user_id, "remote": conversation.customer_name}
        over = failed or ended
        agent.number = mine[0].party
        agent.line = (connected.at_ms if connected else None, over.at_ms if over else None)
        agent.stretches = chain([("contacting", started), ("dialing", dialled), *_turns(call)], over)
        parties.append(agent)
        _queue(agent, mine[0].queue_id)
        if dialled is None:
            continue
        agent.measured += [("nOutbound", dialled.at_ms, 1), ("nOutboundAttempted", dialled.at_ms, 1)]
        agent.measured.append(("tContacting", dialled.at_ms, dialled.at_ms - started.at_ms))
        customer = Party("customer", "voice", _of_a_line(conversation, "customer"))
        customer.facts["participantName"] = conversation.customer_name
        customer.stretches = chain([("dialing", dialled), ("interact", connected)], over)
        before = [event.queue_id for event in entered if event.at_ms <= dialled.at_ms]
        _queue(customer, before[-1] if before else None)
        parties.append(customer)
        rang = connected or failed
        if rang is not None:
            agent.measured.append(("tDialing", rang.at_ms, rang.at_ms - dialled.at_ms))
        if connected is not None:
            agent.measured.append(("nOutboundConnected", connected.at_ms, 1))
            customer.measured.append(("nConnected", connected.at_ms, 1))
        _end(agent, customer, connected, failed, ended)
    return parties


def _end(
    agent: Party, customer: Party, connected: Event | None, failed: Event | None, ended: Event | None
) -> None:
    if failed is not None:
        agent.stretches[-1].disconnect, customer.stretches[-1].disconnect = "client", "timeout"
    elif ended is not None and connected is not None:
        by_agent = ended.code == says.HUNG_UP
        agent.stretches[-1].disconnect = "client" if by_agent else "peer"
        customer.stretches[-1].disconnect = "peer" if by_agent else "endpoint"
        customer.measured.append(("tConnected", ended.at_ms, ended.at_ms - connected.at_ms))


def _of_a_line(conversation: Conversation, purpose: str) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "mediaType": "voice",
        "direction": "outbound",
        "provider": "Edge",
        "conference": False,
        "dnis": conversation.address,
        "sessionDnis": conversation.address,
        "recording": True,
    }


def _queue(party: Party, queue_id: str | None) -> None:
    for stretch in party.stretches:
        stretch.queue = queue_id


def talks(party: Party, mine: list[Event]) -> list[Stretch]:
    """Talk and hold of a callback's calls; what else was measured is written into the agent's part."""
    found = []
    attempts = _attempts(mine)
    for call in attempts:
        started, rang = call[0], first(call, says.CALL_CONNECTED, says.CALL_FAILED)
        ended = first(call, says.CALL_ENDED)
        party.measured.append(("nCallbackAttempts", started.at_ms, 1))
        if rang is not None:
            name = "tCallbackConnect" if rang.kind == says.CALL_CONNECTED else "tCallbackNotReached"
            party.measured.append((name, rang.at_ms, rang.at_ms - started.at_ms))
        if rang is not None and rang.kind == says.CALL_CONNECTED:
            # The last of them counts only when it is over.
            found += [part for part in chain(_turns(call), ended) if part.end is not None]
    left, written = first(mine, says.AGENT_LEFT), first(mine, says.WRAPPED_UP)
    done = written if left and left.after_work else left
    if attempts and done is not None:
        active = done.at_ms - attempts[0][0].at_ms
        party.measured += [
            ("tActiveCallback", done.at_ms, active),
            ("tActiveCallbackComplete", done.at_ms, active),
        ]
    return found
