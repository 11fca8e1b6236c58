"""The Agent Performance columns, on answers made by hand."""

import datetime as dt
import json
from typing import Any

import pandas as pd
import pytest

from gcanalytics import performance
from gcanalytics.errors import QueryError, UnknownName
from gcanalytics.frames.names import Names
from gcanalytics.transport.response import ApiResponse

HOUR = "2026-11-16T10:00:00.000Z/2026-11-16T11:00:00.000Z"
NEXT = "2026-11-16T11:00:00.000Z/2026-11-16T12:00:00.000Z"
NAMES = {"u1": "Ann", "u2": "Bob", "u3": "Cid"}


def metric(name: str, count: int | None = None, total: float | None = None) -> dict[str, Any]:
    stats = {"count": count, "sum": total}
    return {"metric": name, "stats": {key: value for key, value in stats.items() if value is not None}}


def status(name: str, qualifier: str, seconds: float) -> dict[str, Any]:
    return {"metric": name, "qualifier": qualifier, "stats": {"sum": seconds * 1000}}


def group(metrics: list[dict[str, Any]], *, interval: str = HOUR, **keys: str) -> dict[str, Any]:
    return {"group": keys, "data": [{"interval": interval, "metrics": metrics}]}


HANDLED = {
    "results": [
        group(
            [
                metric("tAnswered", 4, 40_000),
                metric("tAlert", 5, 20_000),
                metric("tNotResponding", 1, 8_000),
                metric("tHandle", 4, 800_000),
                metric("tTalkComplete", 4, 600_000),
                metric("nTransferred", 1),
            ],
            userId="u1",
            mediaType="voice",
        ),
        group([metric("tAnswered", 2, 80_000), metric("tHandle", 2, 400_000)], userId="u1", mediaType="chat"),
        group([metric("nOffered", 9)], mediaType="voice"),
    ]
}
STATUSES = {
    "systemToOrganizationMappings": {"ON_QUEUE": ["p1"]},
    "results": [
        group(
            [
                status("tAgentRoutingStatus", "INTERACTING", 1200),
                status("tAgentRoutingStatus", "IDLE", 600),
                status("tAgentRoutingStatus", "COMMUNICATING", 200),
                status("tAgentRoutingStatus", "NOT_RESPONDING", 100),
                status("tAgentRoutingStatus", "OFF_QUEUE", 1500),
                status("tSystemPresence", "ON_QUEUE", 1900),
                status("tSystemPresence", "BREAK", 700),
                status("tSystemPresence", "OFFLINE", 1000),
            ],
            userId="u1",
        ),
        group([status("tSystemPresence", "OFFLINE", 3600)], userId="u2"),
        group([status("tSystemPresence", "PONDERING", 60)], userId="u3"),
    ],
}


class FakeRest:
    """Answers the two kinds of queries, and remembers what was asked."""

    def __init__(self, handled: Any = HANDLED, statuses: Any = STATUSES) -> None:
        self.answers = {"conversations": handled, "users": statuses}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def request(
        self, method: str, path: str, *, json: Any = None, repeatable: bool | None = None
    ) -> ApiResponse:
        assert (method, repeatable) == ("POST", True)
        kind = path.split("/")[4]
        self.asked.append((kind, json))
        answer = dict(self.answers[kind])
        if kind == "users":
            [wanted] = self.users_asked("users")[-1:]
            answer["results"] = [each for each in answer["results"] if each["group"]["userId"] in wanted]
        return ApiResponse(200, "OK", {}, method, path, _bytes(answer))

    def users_asked(self, kind: str) -> list[list[str]]:
        """The users that each query of a kind named."""
        return [
            [
                one["value"]
                for clause in body.get("filter", {}).get("clauses", [])
                for one in clause["predicates"]
            ]
            for asked, body in self.asked
            if asked == kind
        ]


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


class FakeDirectory:
    """Knows one queue and three agents, or as many as it is told."""

    def __init__(self, users: dict[str, str] | None = None) -> None:
        self.users = NAMES if users is None else users

    def names(self) -> Names:
        return Names(queues={"q1": "Support"}, users=self.users)

    def queue_ids(self, names: Any) -> list[str]:
        return ["q1"]

    def user_ids(self, names: Any) -> list[str]:
        known = {name: one for one, name in self.users.items()}
        names = [names] if isinstance(names, str) else names
        for name in names:
            if name not in known:
                raise UnknownName("user", name, known)
        return [known[name] for name in names]


def performed(
    rest: Any = None, users: dict[str, str] | None = None, **options: Any
) -> tuple[pd.DataFrame, Any]:
    rest = rest or FakeRest()
    directory: Any = FakeDirectory(users)
    span = options.pop("interval", "2026-11-16T10:00Z/2026-11-16T11:00Z")
    return performance.agent_performance(rest, directory, span, **options), rest


def test_media_are_added_up_and_averages_have_their_own_counts() -> None:
    table, _ = performed()
    row = table[table["Agent"] == "Ann"].iloc[0]
    expected = {
        "Answer": 6, "ASA": 20.0, "Handle": 6, "Avg Handle": 200.0, "Total Handle": 1200.0, "Avg Talk": 150.0,
        "Total Talk": 600.0, "Hold": 0, "Alert": 5, "Avg Alert": 4.0, "Alert - No Answer": 1,
        "Alert - No Answer %": 20.0, "Transfer": 1, "Transfer %": pytest.approx(100 / 6), "userId": "u1",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert pd.isna(row["Avg Hold"])
    assert table.attrs["without_agent"] == 1


def test_by_media_each_has_a_row_with_its_own_averages_and_no_statuses() -> None:
    table, rest = performed(by_media=True)
    assert table[["Agent", "Media Type", "Answer", "ASA", "Avg Handle", "Transfer"]].to_numpy().tolist() == [
        ["Ann", "chat", 2, 40.0, 200.0, 0],
        ["Ann", "voice", 4, 10.0, 200.0, 1],
    ]
    assert not {"Logged In", "Interacting", "Idle", "Occupancy %"} & set(table.columns)
    assert [kind for kind, _ in rest.asked] == ["conversations"]  # statuses belong to no medium
    assert table.columns[-1] == "userId"
    hours, _ = performed(interval="2026-11-16T10:00Z/2026-11-16T12:00Z", freq="h", by_media=True)
    assert hours[["Media Type", "Answer"]].to_numpy().tolist() == [
        ["chat", 2], ["chat", 0], ["voice", 4], ["voice", 0],
    ]  # fmt: skip
    assert list(hours.columns[:5]) == ["Agent", "Media Type", "start", "end", "complete"]


CALLBACKS = group(
    [metric("tAlert", 3, 9_000), metric("tHandle", 3, 600_000)], userId="u2", mediaType="callback"
)


@pytest.mark.parametrize("by_media", [False, True])
def test_who_took_callbacks_alone_has_no_answers_that_the_platform_tells_of(by_media: bool) -> None:
    handled = {"results": [*HANDLED["results"], CALLBACKS]}
    table, _ = performed(FakeRest(handled), by_media=by_media)
    row = table[table["Agent"] == "Bob"].iloc[0]
    assert row[["Answer", "ASA", "Transfer %"]].isna().all()
    assert row[["Handle", "Alert", "Avg Handle"]].tolist() == [3, 3, 200.0]
    assert table.loc[table["Agent"] == "Ann", "Answer"].sum() == 6
    told = {"results": [CALLBACKS, group([metric("tAnswered", 1, 500)], userId="u1", mediaType="callback")]}
    table, _ = performed(FakeRest(told), by_media=by_media)
    assert table.loc[table["Agent"] == "Bob", "Answer"].tolist() == [0]


def test_times_in_statuses_are_seconds_and_occupancy_is_of_time_on_queue() -> None:
    table, _ = performed()
    row = table[table["Agent"] == "Ann"].iloc[0]
    expected = {
        "Interacting": 1200.0, "Idle": 600.0, "Communicating": 200.0, "Not Responding": 100.0,
        "Occupancy %": 60.0, "On Queue": 1900.0, "Break": 700.0, "Meal": 0.0, "Logged In": 2600.0,
        "Off Queue": 700.0,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_who_did_nothing_has_no_row_and_an_unknown_presence_is_logged_in() -> None:
    table, _ = performed()
    assert table["Agent"].tolist() == ["Ann", "Cid"]  # Bob was offline
    assert table.loc[1, "Logged In"] == 60.0
    assert pd.isna(table.loc[1, "Occupancy %"])


def test_an_agent_without_any_status_has_none_rather_than_zeros() -> None:
    table, _ = performed(FakeRest(statuses={"results": []}))
    assert table["Agent"].tolist() == ["Ann"]
    assert table.loc[0, "Answer"] == 6
    assert table.loc[0, ["Logged In", "Interacting", "Off Queue", "Meal", "Occupancy %"]].isna().all()
    assert table.attrs["without_status"] == 1


def test_users_are_asked_for_in_hundreds() -> None:
    many = {f"id{number}": f"Agent {number}" for number in range(230)}
    _, rest = performed(users=many)
    assert rest.users_asked("conversations") == [[]]
    asked = rest.users_asked("users")
    assert [len(each) for each in asked] == [100, 100, 31]  # Ann, who is on no list, handled something
    _, rest = performed(users=many, user=list(many.values())[:101])
    assert [len(each) for each in rest.users_asked("conversations")] == [100, 1]
    assert [len(each) for each in rest.users_asked("users")] == [100, 2]


def test_a_queue_chooses_the_agents_who_did_something_there() -> None:
    table, rest = performed(queue="Support", media_type="voice")
    assert table["Agent"].tolist() == ["Ann"]
    assert rest.users_asked("users") == [["u1"]]
    [body] = [body for kind, body in rest.asked if kind == "conversations"]
    assert [clause["type"] for clause in body["filter"]["clauses"]] == ["or", "or"]
    assert body["groupBy"] == ["userId"]


def test_buckets_without_a_number_are_rows_of_zeros() -> None:
    table, rest = performed(
        interval="2026-11-16T10:00Z/2026-11-16T12:00Z", freq="h", tz="Europe/Warsaw", user=["Ann", "Bob"]
    )
    assert table["Agent"].tolist() == ["Ann", "Ann", "Bob", "Bob"]
    assert table["Answer"].tolist() == [6, 0, 0, 0]
    assert table["Logged In"].tolist() == [2600.0, 0.0, 0.0, 0.0]
    assert table["ASA"].isna().tolist() == [False, True, True, True]
    assert str(table["start"].dtype) == "datetime64[ms, Europe/Warsaw]"
    for _, body in rest.asked:
        assert (body["granularity"], body["timeZone"]) == ("PT1H", "Europe/Warsaw")


def test_a_bucket_that_runs_is_not_complete_and_a_later_one_has_no_row() -> None:
    now = dt.datetime(2026, 11, 16, 10, 30, tzinfo=dt.UTC)
    table, _ = performed(interval="2026-11-16T10:00Z/2026-11-16T12:00Z", freq="h", now=now)
    assert table["start"].unique().tolist() == [pd.Timestamp("2026-11-16T10:00Z")]
    assert not table["complete"].any()
    assert table.attrs["complete"] is False


@pytest.mark.parametrize("options", [{}, {"freq": "30min"}, {"by_media": True}])
def test_a_table_of_nobody_is_typed(options: dict[str, Any]) -> None:
    full, _ = performed(**options)
    empty, _ = performed(FakeRest({"results": []}, {"results": []}), users={}, **options)
    assert len(empty) == 0
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    assert (
        full.dtypes.astype(str)
        .drop(["Agent", "userId", *(["Media Type"] if "by_media" in options else [])])
        .isin({"Int64", "Float64", "bool", "datetime64[ms, UTC]"})
        .all()
    )


def test_wrong_words_are_refused_before_any_request() -> None:
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"user": "Anne"}, UnknownName),
        ({"media_type": "phone"}, UnknownName),
        ({"freq": "7min"}, QueryError),
        ({"interval": "someday"}, QueryError),
    ]
    for options, error in cases:
        rest = FakeRest()
        with pytest.raises(error):
            performed(rest, **options)
        assert rest.asked == []
