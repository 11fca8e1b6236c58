"""The present by REST: what is read from an observations answer, recorded ones and odd ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.live.shapes import Observed
from gcanalytics.live.snapshot import observed

QUEUE = "1d1af111-b11c-11f1-b111-1cf1c11111fc"


def test_the_recorded_answer_is_read(payloads: Path) -> None:
    seen = observed(json.loads((payloads / "queue_observations_response_tutorial.json").read_text()))
    assert {(one.media, one.status, one.remote) for one in seen.conversations} == {
        ("voice", "interacting", "tel:+63299999000"),
        ("chat", "interacting", None),
    }
    assert seen.statuses == {"INTERACTING": 2, "IDLE": 1, "OFF_QUEUE": 3}
    assert seen.counts[QUEUE, "email", "oInteracting"] == 0
    assert not seen.truncated


def answer(**datum: Any) -> Any:
    group = {"queueId": QUEUE, "mediaType": "voice"}
    return {"results": [{"group": group, "data": [{"metric": "oWaiting", "stats": {"count": 3}, **datum}]}]}


def test_a_truncated_list_is_marked() -> None:
    entry = {"conversationId": "c1", "observationDate": "2026-11-16T10:00:00.000Z", "ani": "tel:+49"}
    seen = observed(answer(truncated=True, observations=[entry]))
    assert seen.truncated == {(QUEUE, "voice", "oWaiting")}
    assert seen.conversations == (
        Observed("c1", "waiting", QUEUE, "voice", 1_794_823_200_000, remote="tel:+49"),
    )


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"results": None},
        {"results": ["x"]},
        {"results": [{"group": [], "data": {}}]},
        answer(metric=[], stats=3),
        answer(stats={"count": "many"}, observations=[{"conversationId": 5}, "x"]),
        answer(observations={}),
    ],
)
def test_what_cannot_be_read_is_left_out(odd: Any) -> None:
    assert observed(odd).conversations == ()
