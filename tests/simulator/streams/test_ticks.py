"""Whenever one looks: events are told whole, in order and once, and the numbers end alike."""

import json
import random
from collections import defaultdict
from typing import Any

import pytest

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.settings import Settings
from gcanalytics.simulator.streams.subscriptions import KINDS
from gcanalytics.simulator.streams.topics import FrameMaker

# A Wednesday, 10:55 in Warsaw: five minutes before a half hour of business ends.
START_MS = 1_794_995_700_000
LENGTH_MS = 8 * 60_000
STATISTICS = ("v2.analytics.queues.", "v2.analytics.users.")
CHOICES = Settings(conversations_per_week=12_000, queue_joins="shift")


@pytest.fixture(scope="module")
def timeline(organization: Organization) -> Timeline:
    return Timeline(organization, seed=5, settings=CHOICES, days=1, start_ms=START_MS)


@pytest.fixture(scope="module")
def heard(organization: Organization) -> set[str]:
    """Every topic that there is."""
    found = set()
    for kind in KINDS:
        subjects = organization.users if kind.subject == "user" else organization.queues
        found |= {kind.pattern.replace("{id}", one.id).lower() for one in subjects}
    return found


def told(
    organization: Organization, timeline: Timeline, heard: set[str], ticks: list[int], real_s: float
) -> dict[str, list[Any]]:
    """Bodies by topic, with looks at these business times (ms after the start), ``real_s`` apart."""
    maker = FrameMaker(organization, timeline, CHOICES)
    found: dict[str, list[Any]] = defaultdict(list)
    real, after_ms = 0.0, START_MS
    # The last looks find nothing new: what had to wait for its second is told there.
    for tick in [*ticks, LENGTH_MS, *([LENGTH_MS] * 4)]:
        real += real_s if tick < LENGTH_MS else 1.0
        upto_ms = START_MS + tick
        for key, body in maker.frames(after_ms, upto_ms, heard, real):
            found[key].append(json.loads(body))
        after_ms = upto_ms
    return found


def folded(bodies: list[Any]) -> dict[Any, Any]:
    """What a listener knows at the end: counts of now by name, and the last of each half hour."""
    known: dict[Any, Any] = {}
    for body in bodies:
        for entry in body["data"]:
            start, end = entry["interval"].split("/")
            group = tuple(sorted(body["group"].items()))
            if start == end:
                known |= {(group, metric["metric"]): metric["stats"] for metric in entry["metrics"]}
            elif len(group) > 1 or end <= iso(START_MS + LENGTH_MS):
                # Time in a status that goes on is told up to the look after the last change.
                known[group, entry["interval"]] = entry["metrics"]
    return known


@pytest.mark.parametrize(("seed", "real_s"), [(1, 0.05), (2, 0.4), (3, 1.0), (4, 3.0)])
def test_the_moments_of_looking_change_nothing(
    organization: Organization, timeline: Timeline, heard: set[str], seed: int, real_s: float
) -> None:
    # Not by hypothesis: a look at all topics is too slow to be shrunk.
    draw = random.Random(seed)
    ticks = sorted(draw.sample(range(1, LENGTH_MS), 10 * seed))
    at_once = told(organization, timeline, heard, [], real_s)
    bit_by_bit = told(organization, timeline, heard, ticks, real_s)
    assert len(at_once) > 100
    statistics = {key for key in (*at_once, *bit_by_bit) if key.startswith(STATISTICS)}
    assert {key for key in bit_by_bit if key not in statistics} == {
        key for key in at_once if key not in statistics
    }
    for key in at_once.keys() - statistics:
        assert bit_by_bit[key] == at_once[key], key
    compared = 0
    for key in statistics:
        if not key.endswith(".activity"):
            whole, parts = folded(at_once[key]), folded(bit_by_bit[key])
            # A count that came back is told only to who looked in between.
            assert {place: parts.get(place) for place in whole} == whole, key
            assert all(
                place[1] in {"oWaiting", "oAlerting", "oInteracting"} for place in parts.keys() - whole.keys()
            )
            compared += len(whole)
        elif at_once[key]:
            # Waits go on between two looks; the counts do not.
            assert _counts(bit_by_bit[key][-1]) == _counts(at_once[key][-1])
    assert compared > 100


def _counts(body: Any) -> Any:
    return [
        (result["mediaType"], entry["metric"], entry["count"])
        for result in body["results"]
        for entry in result["data"]
        if "count" in entry
    ]
