"""Wrap-up codes: an agent chooses among those of the queue that he has the conversation from."""

from collections import Counter

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

ORGANIZATION = Organization.load()
NOON = 1_795_003_200_000  # Wednesday, 2026-11-18T12:00:00Z
DAY = 86_400_000


def test_every_wrap_up_code_is_one_of_the_agents_queue() -> None:
    business = Timeline(ORGANIZATION, seed=4, settings=Settings(late_write_share=0.05), days=3, start_ms=NOON)
    seen: Counter[str] = Counter()
    for each in business.conversations(NOON - 2 * DAY, NOON - DAY):
        queues: dict[int, str] = {}
        consults: set[int] = set()
        moved = False
        for event in each.events:
            if event.kind in {ledger.ALERTED, ledger.CALL_DIALLED} and event.queue_id:
                queues[event.party] = event.queue_id
            moved = moved or event.kind == ledger.TRANSFERRED
            if event.kind == ledger.CONSULT_STARTED and moved:
                consults.add(event.party)
            # Whom a colleague called has no queue of his own for it.
            if event.kind not in {ledger.WRAPPED_UP, ledger.LATE_WRAP_UP} or event.party not in queues:
                continue
            codes = {*ORGANIZATION.queues_by_id[queues[event.party]].wrapup_code_ids, ledger.WRAP_UP_TIMEOUT}
            assert event.code in codes, (each.id, event)
            seen[event.kind] += 1
            seen["consulted after a transfer"] += event.party in consults
    assert min(seen.values()) > 3, seen
    assert seen.keys() == {ledger.WRAPPED_UP, ledger.LATE_WRAP_UP, "consulted after a transfer"}
