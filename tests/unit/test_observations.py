"""Queue observations: counts with their zeros, single observations, on recorded and on made answers."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gcanalytics import now
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames import observations as frames
from gcanalytics.frames.names import Names
from gcanalytics.frames.schema import INSTANT
from gcanalytics.transport.response import ApiResponse

QUEUE = "1d1af111-b11c-11f1-b111-1cf1c11111fc"


class FakeRest:
    """Answers every request with one body, and remembers what was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def request(
        self, method: str, path: str, *, json: Any = None, repeatable: bool | None = None
    ) -> ApiResponse:
        self.asked.append(json)
        return ApiResponse(200, "OK", {}, method, path, _bytes(self.answer))


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


class FakeDirectory:
    """Knows the recorded queue and one of its agents."""

    def names(self) -> Names:
        return Names(queues={QUEUE: "Support", "q2": "Billing"}, users={"u1": "Ann"})

    def queue_ids(self, names: list[str]) -> list[str]:
        known = {"Support": QUEUE, "Billing": "q2"}
        for name in names:
            if name not in known:
                raise UnknownName("queue", name, known)
        return [known[name] for name in names]


def observed(answer: Any, queue: Any = "Support", **options: Any) -> tuple[pd.DataFrame, FakeRest]:
    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory()
    return now.queue_observations(rest, directory, queue, **options), rest


def count(
    table: pd.DataFrame, metric: str, *, medium: str | None = None, qualifier: str | None = None
) -> Any:
    rows = table[table["metric"] == metric]
    rows = rows[rows["mediaType"].isna()] if medium is None else rows[rows["mediaType"] == medium]
    rows = rows[rows["qualifier"].isna()] if qualifier is None else rows[rows["qualifier"] == qualifier]
    (found,) = rows["count"]
    return found


def test_the_recorded_answer_has_its_counts_and_a_zero_for_what_it_leaves_out(payloads: Path) -> None:
    answer = json.loads((payloads / "queue_observations_response_tutorial.json").read_text())
    table, _ = observed(answer)
    assert table["queue"].unique().tolist() == ["Support"]
    assert count(table, "oUserRoutingStatuses", qualifier="INTERACTING") == 2
    assert count(table, "oUserRoutingStatuses", qualifier="OFF_QUEUE") == 3
    assert count(table, "oUserRoutingStatuses", qualifier="NOT_RESPONDING") == 0
    assert count(table, "oInteracting", medium="voice") == 1
    assert count(table, "oInteracting", medium="email") == 0
    assert count(table, "oWaiting", medium="voice") == 0
    assert table["truncated"].sum() == 0


def test_the_recorded_answer_lists_the_conversations_behind_the_counts(payloads: Path) -> None:
    answer = json.loads((payloads / "queue_observations_response_tutorial.json").read_text())
    table = frames.details(answer)
    assert table["mediaType"].tolist() == ["voice", "chat"]
    assert table["routingPriority"].tolist() == [0, 2]
    assert table["ani"].isna().tolist() == [False, True]
    assert table["observationDate"].iloc[0] == pd.Timestamp("2020-08-03T04:28:15.134Z")
    assert table["truncated"].tolist() == [False, False]
    assert table["extra_json"].isna().all()


ANSWER: Any = {
    "systemToOrganizationMappings": {"AVAILABLE": ["p1", "p2"], "AWAY": ["p3"]},
    "results": [
        {
            "group": {"queueId": "q2"},
            "data": [
                {"metric": "oUserPresences", "qualifier": "p2", "stats": {"count": 4}},
                {"metric": "oOnQueueUsers", "qualifier": "IDLE", "stats": {"count": 3}},
                {"metric": "oUserPresences", "qualifier": "p9", "stats": {"count": 1}},
            ],
        },
        {
            "group": {"queueId": "q2", "mediaType": "voice"},
            "data": [
                {
                    "metric": "oWaiting",
                    "stats": {"count": 150},
                    "truncated": True,
                    "observations": [
                        {"conversationId": "c1", "userId": "u1", "brandNew": 7, "routingPriority": "high"}
                    ],
                },
                {"metric": "oLongestWaiting", "stats": {"calculatedMetricValue": 12411}},
            ],
        },
    ],
}


def test_presences_are_named_by_the_systems_presence() -> None:
    table = frames.counts(ANSWER)
    presences = table[table["metric"] == "oUserPresences"].set_index("qualifier")["presence"]
    assert presences["p2"] == "AVAILABLE"
    assert pd.isna(presences["p9"])


def test_a_truncated_list_is_said() -> None:
    table, rest = observed(ANSWER, ["Billing", "Support"])
    waiting = table[(table["metric"] == "oWaiting") & (table["mediaType"] == "voice")]
    assert bool(waiting["truncated"].iloc[0])
    assert waiting["count"].tolist() == [150, 0]
    assert table["queue"].drop_duplicates().tolist() == ["Billing", "Support"]  # in the order asked for
    assert rest.asked[0]["filter"]["clauses"][0]["predicates"][0]["value"] == "q2"
    assert table.loc[table["metric"] == "oLongestWaiting", "calculatedMetricValue"].tolist() == [12411]


def test_a_metric_that_comes_with_qualifiers_gets_no_zero_without_one() -> None:
    table, _ = observed(ANSWER, "Billing")
    assert table.loc[table["metric"] == "oOnQueueUsers", "qualifier"].tolist() == ["IDLE"]


def test_asking_for_a_medium_leaves_the_agents_out() -> None:
    table, rest = observed({"results": []}, media_type="chat")
    assert table["mediaType"].unique().tolist() == ["chat"]
    assert [clause["predicates"][0]["dimension"] for clause in rest.asked[0]["filter"]["clauses"]] == [
        "queueId",
        "mediaType",
    ]


def test_a_detail_of_another_shape_stays_verbatim() -> None:
    table = frames.details(ANSWER)
    assert table.loc[0, "conversationId"] == "c1"
    assert json.loads(table.loc[0, "extra_json"]) == {"brandNew": 7, "routingPriority": "high"}


@pytest.mark.parametrize(
    "answer",
    [{}, {"results": None}, {"results": [None, {"group": 3}, {"group": {}, "data": [None, 5]}]},
     {"results": [], "systemToOrganizationMappings": [1]}],
)  # fmt: skip
def test_an_empty_or_misshapen_answer_gives_typed_empty_frames(answer: Any) -> None:
    assert len(frames.counts(answer)) == 0
    assert (
        frames.counts(answer).dtypes.astype(str).to_dict()
        == frames.counts(ANSWER).dtypes.astype(str).to_dict()
    )
    empty = frames.details(answer)
    assert len(empty) == 0
    assert empty.dtypes.astype(str).to_dict() == frames.details(ANSWER).dtypes.astype(str).to_dict()
    assert empty["observationDate"].dtype == INSTANT


def test_odd_numbers_are_no_counts() -> None:
    odd: Any = [{"metric": "oWaiting", "stats": {"count": value}} for value in ("3", 2.5, True, None, 4.0)]
    table = frames.counts({"results": [{"group": {"queueId": "q"}, "data": [*odd, {"metric": "oWaiting"}]}]})
    assert table["count"].isna().tolist() == [True, True, True, True, False, True]


def test_details_carry_names() -> None:
    rest: Any = FakeRest(ANSWER)
    directory: Any = FakeDirectory()
    table = now.queue_observation_details(rest, directory, "Billing")
    assert table.loc[0, ["queue", "agent"]].tolist() == ["Billing", "Ann"]
    assert pd.Timestamp(table.attrs["observed_at"]).tzinfo is not None


def test_unknown_queues_and_none_are_refused_before_any_request() -> None:
    with pytest.raises(UnknownName, match="Support"):
        observed({}, "Suport")
    with pytest.raises(QueryError, match="queue="):
        observed({}, [])
    with pytest.raises(UnknownName, match="voise"):
        observed({}, media_type="voise")
    with pytest.raises(QueryError, match="media_type="):
        observed({}, media_type=[])
    with pytest.raises(QueryError, match="5 is no queue"):
        observed({}, 5)
