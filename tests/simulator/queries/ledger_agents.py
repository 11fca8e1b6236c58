"""What an agent's part in a conversation looks like, worked out from the ledger's business events.

A part of ``ledger_facts``, and bound by the same: nothing of the rooms that it judges.
"""

from gcanalytics.simulator.business import ledger as says
from gcanalytics.simulator.business.ledger import Conversation, Event

from . import ledger_calls
from .ledger_shapes import Party, Stretch, chain, first

VISITS = (says.QUEUED, says.CALLBACK_QUEUED, says.CUSTOMER_CALLED)


def asks_for(conversation: Conversation, party: Party, queue_id: str | None, skill: str | None) -> None:
    for stretch in party.stretches:
        stretch.queue, stretch.skill = queue_id, skill
        stretch.language = conversation.language_id if skill else None


def _visit_of(event: Event, events: list[Event]) -> Event | None:
    """The visit of a queue behind an agent's alert."""
    if event.via is None:
        return None
    return next(each for each in events if each.kind in VISITS and each.party == event.via)


def is_consult(alerted: Event, events: list[Event]) -> bool:
    visit = _visit_of(alerted, events)
    return alerted.code == says.CONSULT if visit is None else visit.via is not None


def agent(conversation: Conversation, mine: list[Event], events: list[Event]) -> Party:
    alerted, answered = mine[0], first(mine, says.ANSWERED)
    visit = _visit_of(alerted, events)
    routing = "Direct" if visit is None else "Standard"
    callback = visit is not None and visit.kind == says.CALLBACK_QUEUED
    media = "callback" if callback else conversation.media
    party = Party(
        "agent", media, {"userId": alerted.user_id, "requestedRouting": routing, "usedRouting": routing}
    )
    bounced = first(mine, says.NO_ANSWER, says.DECLINED, says.ALERT_WITHDRAWN)
    over = answered or bounced
    party.stretches = chain([("alert", alerted)], over)
    if over is not None:
        party.measured.append(("tAlert", over.at_ms, over.at_ms - alerted.at_ms))
    if bounced is not None:
        _bounced(party, alerted, bounced)
    if answered is not None:
        _answer_measured(conversation, party, answered, visit, events)
        talk(party, answered, mine)
    after_work(party, mine, answered)
    asks_for(conversation, party, alerted.queue_id, visit.code if visit and not callback else None)
    for event in mine:
        if event.kind == says.TRANSFERRED:
            kind = "nBlindTransferred" if event.code == says.BLIND else "nConsultTransferred"
            party.measured += [("nTransferred", event.at_ms, 1), (kind, event.at_ms, 1)]
            party.facts["destinationAddress"] = event.queue_id or event.user_id
        elif event.kind == says.CONSULT_STARTED:
            party.measured.append(("nConsult", event.at_ms, 1))
    return party


def _bounced(party: Party, alerted: Event, bounced: Event) -> None:
    party.stretches[-1].disconnect = "peer" if bounced.kind == says.ALERT_WITHDRAWN else "client"
    if bounced.kind == says.NO_ANSWER:
        length = bounced.at_ms - alerted.at_ms
        party.measured += [("nError", bounced.at_ms, 1), ("tNotResponding", bounced.at_ms, length)]
    elif bounced.kind == says.DECLINED:
        party.measured.append(("nAgentDeclined", bounced.at_ms, 1))


def _answer_measured(
    conversation: Conversation, party: Party, answered: Event, visit: Event | None, events: list[Event]
) -> None:
    """The wait of the visit that he was found by, and whether it was beyond the queue's target."""
    if visit is None or visit.kind == says.CALLBACK_QUEUED:
        return
    of_visit = [event for event in events if event.party == visit.party]
    start = first(of_visit, says.OFFERED) or visit
    end = first(of_visit, says.DEQUEUED)
    if end is None:
        return
    wait = end.at_ms - start.at_ms
    party.measured.append(("tAnswered", answered.at_ms, wait))
    target = conversation.organization.queues_by_id[visit.queue_id or ""].service_levels.get(
        conversation.media
    )
    if target and wait > target[1]:
        party.measured.append(("nOverSla", answered.at_ms, 1))


_NAMES = {"interact": "tTalk", "hold": "tHeld", "parked": "tPark"}


def talk(party: Party, answered: Event, mine: list[Event]) -> None:
    """Talk, hold and parking in turn, to the agent's leaving; of a callback the calls are the talk."""
    left = first(mine, says.AGENT_LEFT)
    turns: list[tuple[str, Event | None]] = [("interact", answered)]
    callback = party.media == "callback"
    turns += [
        ({says.HELD: "hold", says.PARKED: "parked"}.get(event.kind, "interact"), event)
        for event in mine
        if event.kind in (says.HELD, says.RESUMED, says.PARKED, says.UNPARKED) and not callback
    ]
    parts = chain(turns, left)
    party.stretches += parts
    done = [part for part in parts if part.end is not None]
    if callback:
        done = ledger_calls.talks(party, mine)
    for part in done:
        party.measured.append((_NAMES[part.kind], part.end or 0, part.length))
    if left is None:
        return
    for kind, name in _NAMES.items():
        of_kind = [part for part in done if part.kind == kind]
        if of_kind:
            at_ms = (of_kind[-1].end or 0) if kind == "interact" else left.at_ms
            party.measured.append((f"{name}Complete", at_ms, sum(part.length for part in of_kind)))
    parts[-1].disconnect = {
        says.CUSTOMER_GONE: "peer",
        says.TIMED_OUT: "peer",
        says.HUNG_UP: "client",
        says.BLIND: "transfer",
        says.CONSULT: "consultTransfer",
        says.CONSULT_OVER: "peer",
    }[left.code or ""]
    if left.code == says.TIMED_OUT:
        party.measured.append(("nError", left.at_ms, 1))
    if not left.after_work:
        party.measured.append(("tHandle", left.at_ms, _handled(party)))


def _handled(party: Party) -> int:
    """Talk and hold so far."""
    return sum(value for name, _, value in party.measured if name in ("tTalk", "tHeld"))


def after_work(party: Party, mine: list[Event], answered: Event | None) -> None:
    """The form after a call, after an alert that nobody answered, or days later."""
    left = first(mine, says.AGENT_LEFT)
    begun = left if left and left.after_work else first(mine, says.AFTER_WORK_STARTED)
    counted, written = first(mine, says.AFTER_WORK_COUNTED), first(mine, says.WRAPPED_UP)
    if begun is not None:
        party.stretches += chain([("wrapup", begun)], written)
        done = counted or written
        if done is not None:
            work = done.amount_ms if done is counted else done.at_ms - begun.at_ms
            party.measured += [
                ("tAcw", done.at_ms, work or 0),
                ("tHandle", done.at_ms, _handled(party) + (work or 0)),
            ]
    if written is not None:
        form = party.stretches[-1]
        form.wrap_up = "ININ-WRAP-UP-TIMEOUT" if written.code == says.WRAP_UP_TIMEOUT else written.code
        if answered is None:
            form.disconnect, form.error = "client", "error.ininedgecontrol.session.inactive"
    for event in mine:
        if event.kind == says.LATE_WRAP_UP:
            start = event.at_ms - (event.amount_ms or 0)
            party.stretches.append(Stretch("wrapup", start, event.at_ms, wrap_up=event.code))
