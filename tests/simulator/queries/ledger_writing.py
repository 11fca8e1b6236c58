"""Who wrote when in a message or an e-mail, and how long each side took to answer; see `ledger_facts`."""

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.ledger import Conversation, Event

Measured = tuple[str, int, int]


def measured(conversation: Conversation, events: list[Event]) -> dict[int, list[Measured]]:
    """By party, what was measured of its writing: (name, when, how much)."""
    if conversation.media not in ("message", "email"):
        return {}
    words = [event for event in events if event.kind in _WORDS]
    found: dict[int, list[Measured]] = {}
    taken: dict[int, list[int]] = {}
    for number, event in enumerate(words):
        before = words[:number]
        took = _answer(event, before, events)
        if took is not None:
            taken.setdefault(event.party, []).append(took)
        if event.kind == says.AGENT_WROTE:
            mine = found.setdefault(event.party, [])
            if took is not None:
                mine.append(("tAgentResponseTime", event.at_ms, took))
            if all(each.kind != says.AGENT_WROTE for each in before):
                mine.append(("tFirstResponse", event.at_ms, event.at_ms - conversation.started_ms))
    for event in events:
        if event.kind in (says.CUSTOMER_LEFT, says.AGENT_LEFT) and conversation.media == "message":
            wrote = sum(each.party == event.party for each in words if each.at_ms <= event.at_ms)
            mine = found.setdefault(event.party, [])
            mine += _at_the_end(event, wrote, taken.get(event.party, []))
    return found


_WORDS = (says.ARRIVED, says.CUSTOMER_WROTE, says.AGENT_WROTE)


def _answer(event: Event, before: list[Event], events: list[Event]) -> int | None:
    """How long somebody took to answer, None where the word answers nothing.

    An agent answers the first word of the customer that nobody has answered, from when he could; the
    customer an agent's last word, if it is his first since.
    """
    agents = [number for number, each in enumerate(before) if each.kind == says.AGENT_WROTE]
    since = before[agents[-1] + 1 :] if agents else before
    if event.kind == says.AGENT_WROTE:
        if not since:
            return None
        took_it = max(
            each.at_ms for each in events if each.kind == says.ANSWERED and each.party == event.party
        )
        return event.at_ms - max(since[0].at_ms, took_it)
    return event.at_ms - before[agents[-1]].at_ms if agents and not since else None


def _at_the_end(left: Event, wrote: int, taken: list[int]) -> list[Measured]:
    found = [("oMessageCount", left.at_ms, wrote)] if wrote else []
    if taken:
        agent = left.kind == says.AGENT_LEFT
        name = "tAverageAgentResponseTime" if agent else "tAverageCustomerResponseTime"
        found.append((name, left.at_ms, sum(taken) // len(taken)))
        if agent:
            found.append(("oMessageTurn", left.at_ms, len(taken)))
    return found
