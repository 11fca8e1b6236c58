"""Makes what the cases read, from the simulator's own timeline: ``python -m benchmarks.workload FOLDER``.

``pages.jsonl``: pages of the details query, one a line. ``events.tsv``: topic, body of conversation events.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.conversation_frames import full
from gcanalytics.simulator.records.details import encoded
from gcanalytics.simulator.records.picture import picture
from gcanalytics.simulator.settings import Settings

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PRESENT = datetime(2026, 11, 18, 10, tzinfo=UTC)
"""A busy hour of a Wednesday; the event server's business time stands still there."""
PRESENT_MS = round(PRESENT.timestamp() * 1000)
_DAYS_BEFORE = (0, 1, 2, 6)


def new_timeline(days: int) -> Timeline:
    """A timeline in which no day is made yet."""
    return Timeline(Organization.load(), seed=1, settings=Settings(), days=days, start_ms=PRESENT_MS)


def made_pages(timeline: Timeline, days: int) -> list[bytes]:
    """The last so many whole days of a timeline as pages of 100."""
    settings = Settings()
    conversations = timeline.conversations(PRESENT_MS - (days + 1) * DAY_MS, PRESENT_MS - DAY_MS)
    records = [encoded(conversation, PRESENT_MS, settings) for conversation in conversations]
    whole = len(records) // 100 * 100
    return [
        b'{"conversations":[' + b",".join(records[at : at + 100]) + b'],"totalHits":%d}' % whole
        for at in range(0, whole, 100)
    ]


def made_events(timeline: Timeline, hours: float) -> Iterator[tuple[str, bytes]]:
    """Topic and body of all conversation events of the hours from now on, of four working days at once.

    Four days laid over one another, by another date in the texts, are a contact center four times as big.
    """
    encode = msgspec.json.Encoder().encode
    today = f"{PRESENT:%Y-%m-%d}T".encode()
    found = []
    for before in _DAYS_BEFORE:
        start = PRESENT_MS - before * DAY_MS
        end = start + round(hours * HOUR_MS)
        for conversation in timeline.conversations(start - HOUR_MS, end):
            for at_ms in sorted({event.at_ms for event in conversation.events if start < event.at_ms < end}):
                found.append((at_ms + before * DAY_MS, conversation, before))
    found.sort(key=lambda each: (each[0], each[1].id))
    for at_ms, conversation, before in found:
        date = datetime.fromtimestamp(PRESENT_MS / 1000 - before * 86_400, UTC)
        seen = picture(conversation, at_ms - before * DAY_MS)
        body = encode(full(seen)).replace(f"{date:%Y-%m-%d}T".encode(), today)
        for queue_id in seen.queue_ids:
            yield f"v2.routing.queues.{queue_id}.conversations", body


def main() -> int:
    """Writes both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    timeline = new_timeline(12)
    with (chosen.folder / "pages.jsonl").open("wb") as file:
        file.writelines(page + b"\n" for page in made_pages(timeline, 1 if chosen.quick else 8))
    with (chosen.folder / "events.tsv").open("wb") as file:
        for topic, body in made_events(timeline, 0.75 if chosen.quick else 2):
            file.write(topic.encode() + b"\t" + body + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
