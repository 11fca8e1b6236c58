"""Users' aggregates, observations and status history, on answers made by hand."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from gcanalytics import now, performance
from gcanalytics.api import users as endpoint
from gcanalytics.errors import ApiError, IncompletePull, QueryError, UnknownName
from gcanalytics.frames import users as frames
from gcanalytics.frames.names import Names
from gcanalytics.transport.response import ApiResponse

DAY = "2026-11-16"
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
USERS = {"u1": "Ann", "u2": "Bob"}


class FakeRest:
    """Answers with what a function makes of the body, and remembers what was asked."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def request(
        self, method: str, path: str, *, json: Any = None, repeatable: bool | None = None
    ) -> ApiResponse:
        assert (method, repeatable) == ("POST", True)
        self.asked.append({"path": path} | json)
        return ApiResponse(200, "OK", {}, method, path, _bytes(self.answer(json)))


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


class FakeDirectory:
    """Knows two agents and a presence."""

    def __init__(self, users: dict[str, str] | None = None) -> None:
        self._users = USERS if users is None else users

    def names(self) -> Names:
        return Names(users=self._users)

    def presence_names(self) -> dict[str, str]:
        return {"p1": "Lunch at desk"}

    def user_ids(self, names: Any) -> list[str]:
        known = {name: one for one, name in self._users.items()}
        names = [names] if isinstance(names, str) else names
        for name in names:
            if name not in known:
                raise UnknownName("user", name, known)
        return [known[name] for name in names]


def stretch(start: str, end: str | None, **fields: Any) -> dict[str, Any]:
    made = {"startTime": f"2026-11-{start}.000Z", **fields}
    return made | ({"endTime": f"2026-11-{end}.000Z"} if end else {})


def record(user: str, *, routing: Any = (), presence: Any = ()) -> dict[str, Any]:
    return {"userId": user, "routingStatus": list(routing), "primaryPresence": list(presence)}


ANN = record(
    "u1",
    routing=[
        stretch("15T23:00:00", "16T01:00:00", routingStatus="OFF_QUEUE"),
        stretch("16T01:00:00", "16T03:00:00", routingStatus="IDLE"),
        stretch("17T00:00:00", "17T01:00:00", routingStatus="IDLE"),
    ],
    presence=[
        stretch("16T22:00:00", None, systemPresence="MEAL", organizationPresenceId="p1"),
        stretch("16T20:00:00", "16T22:00:00", systemPresence="BREAK", organizationPresenceId="p9"),
    ],
)


def paged(*pages: Any, total: int | None = None) -> Callable[[dict[str, Any]], Any]:
    """Pages by their numbers; beyond them an empty object."""

    def answer(body: dict[str, Any]) -> Any:
        number = body["paging"]["pageNumber"]
        if number > len(pages):
            return {}
        page = {"userDetails": pages[number - 1]} if pages[number - 1] else {}
        return page | ({} if total is None else {"totalHits": total})

    return answer


def history(answer: Any, interval: str = DAY, **options: Any) -> tuple[pd.DataFrame, FakeRest]:
    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory()
    options = {"now": NOW} | options
    return performance.user_status_history(rest, directory, interval, **options), rest


def test_a_row_is_a_stretch_in_the_interval() -> None:
    table, _ = history(paged([ANN], total=1))
    assert table["agent"].unique().tolist() == ["Ann"]
    assert table[["kind", "status"]].to_numpy().tolist() == [
        ["primaryPresence", "BREAK"],
        ["primaryPresence", "MEAL"],
        ["routingStatus", "OFF_QUEUE"],
        ["routingStatus", "IDLE"],  # the one of the 17th lies outside
    ]
    assert table["duration_s"].tolist() == [7200.0, 7200.0, 3600.0, 7200.0]
    assert table["is_open"].tolist() == [False, True, False, False]
    assert table["presence"].tolist()[:2] == ["p9", "Lunch at desk"]  # an id without a name stays an id
    assert table["presence"].isna().tolist() == [False, False, True, True]
    assert table.loc[2, "startTime"] == pd.Timestamp(
        "2026-11-15T23:00Z"
    )  # the stretch's own, not the interval's
    assert table.attrs["complete"]


def test_what_goes_on_lasts_until_now() -> None:
    now = dt.datetime(2026, 11, 16, 22, 30, tzinfo=dt.UTC)
    table, _ = history(paged([ANN], total=1), now=now)
    meal = table[table["status"] == "MEAL"].iloc[0]
    assert (meal["duration_s"], pd.isna(meal["endTime"])) == (1800.0, True)
    assert not table.attrs["complete"]
    early, _ = history(paged([ANN], total=1), now=dt.datetime(2026, 11, 15, tzinfo=dt.UTC))
    assert "MEAL" not in early["status"].tolist()  # it has not come yet by this clock


def test_a_stretch_that_comes_twice_keeps_its_end() -> None:
    first = record("u1", routing=[stretch("16T01:00:00", None, routingStatus="IDLE")])
    second = record("u1", routing=[stretch("16T01:00:00", "16T02:00:00", routingStatus="IDLE")])
    for pages in ([first, second], [second, first]):
        table, _ = history(paged(pages, total=2))
        assert table["duration_s"].tolist() == [3600.0]
        assert not table["is_open"].any()


def test_short_and_empty_pages_are_not_the_end() -> None:
    pages = [[record("u1", routing=[stretch(f"16T0{n}:00:00", f"16T0{n}:30:00", routingStatus="IDLE")])]
             for n in range(3)]  # fmt: skip
    table, rest = history(paged(pages[0], [], pages[1], [], pages[2], total=480))
    assert len(table) == 3
    # Fewer records than were promised: all pages are read a second time.
    assert [each["paging"]["pageNumber"] for each in rest.asked] == [1, 2, 3, 4, 5, 6] * 2
    assert (table.attrs["pages"], table.attrs["short_by"]) == (12, 477)
    assert table.attrs["complete"]  # those that the platform takes out as repeated are no loss


def test_a_page_that_comes_in_place_of_another_is_asked_for_again() -> None:
    def row(number: int) -> Any:
        return record(
            "u1", routing=[stretch(f"16T0{number}:00:00", f"16T0{number}:30:00", routingStatus="IDLE")]
        )

    asked: list[int] = []

    def answer(body: dict[str, Any]) -> Any:
        asked.append(body["paging"]["pageNumber"])
        if asked[-1] > 3:
            return {}
        wrong = asked.count(2) == 1 and asked[-1] == 2
        return {"userDetails": [row(1 if wrong else asked[-1])], "totalHits": 3}

    table, _ = history(answer)
    assert asked == [1, 2, 2, 3, 4]
    assert (len(table), table.attrs["short_by"]) == (3, 0)


def test_records_lost_from_a_page_are_found_by_reading_again() -> None:
    rows = [record("u1", routing=[stretch(f"16T0{n}:00:00", f"16T0{n}:30:00", routingStatus="IDLE")])
            for n in range(4)]  # fmt: skip
    asked: list[int] = []

    def answer(body: dict[str, Any]) -> Any:
        asked.append(body["paging"]["pageNumber"])
        shown = rows[:2] if len(asked) == 1 else rows
        return {"userDetails": shown, "totalHits": 4} if asked[-1] == 1 else {}

    table, _ = history(answer)
    assert asked == [1, 2, 1, 2]
    assert (len(table), table.attrs["short_by"]) == (4, 0)


@pytest.mark.parametrize("total", [None, 0, 1])
def test_the_end_is_an_empty_page_that_total_hits_does_not_go_beyond(total: int | None) -> None:
    table, rest = history(paged([ANN], total=total))
    assert len(rest.asked) == 2
    assert len(table) == 4


@pytest.mark.parametrize("total", [None, 1])
def test_a_server_that_repeats_its_last_page_for_ever_ends(total: int | None) -> None:
    def answer(body: dict[str, Any]) -> Any:
        return {"userDetails": [ANN]} | ({} if total is None else {"totalHits": total})

    table, rest = history(answer)
    assert [each["paging"]["pageNumber"] for each in rest.asked] == [1, 2, 2]
    assert (len(table), table.attrs["short_by"], table.attrs["complete"]) == (4, 0, True)


def test_a_record_that_grew_between_two_readings_makes_up_for_no_other() -> None:
    first = stretch("16T01:00:00", None, routingStatus="IDLE")
    then = stretch("16T02:00:00", None, routingStatus="INTERACTING")
    readings: list[int] = []

    def answer(body: dict[str, Any]) -> Any:
        if body["paging"]["pageNumber"] > 1:
            return {}
        readings.append(1)
        grown = [first] if len(readings) == 1 else [stretch("16T01:00:00", "16T02:00:00"), then]
        return {"userDetails": [record("u1", routing=grown)], "totalHits": 2}

    table, _ = history(answer)
    assert len(readings) == 2
    assert table.attrs["short_by"] == 1


def test_records_of_one_user_are_told_apart_within_a_reading() -> None:
    def one(*hours: int) -> Any:
        return record(
            "u1", routing=[stretch(f"16T0{hour}:00:00", None, routingStatus="IDLE") for hour in hours]
        )

    table, rest = history(paged([one(1), one(1, 2)], total=2))
    assert (len(rest.asked), table.attrs["short_by"]) == (2, 0)


@pytest.mark.parametrize(("total", "raises"), [(4, False), (5, True), (None, True)])
def test_all_that_the_platform_pages_through_is_whole_without_a_page_behind(
    monkeypatch: pytest.MonkeyPatch, total: int | None, raises: bool
) -> None:
    monkeypatch.setattr(endpoint, "MAX_RESULTS", 4)
    rows = [record("u1", routing=[stretch(f"16T0{n}:00:00", None)]) for n in range(6)]
    rest: Any = FakeRest(paged(rows[:2], rows[2:4], rows[4:], total=total))
    if raises:
        with pytest.raises(IncompletePull, match="more than 4 records"):
            endpoint.all_user_details(rest, DAY, page_size=2)
    else:
        walk = endpoint.all_user_details(rest, DAY, page_size=2)
        assert (len(walk.records), walk.short_by, walk.moved) == (4, 0, False)
    assert [each["paging"]["pageNumber"] for each in rest.asked] == [1, 2]


def test_a_promise_that_is_never_kept_ends_and_is_said() -> None:
    table, rest = history(lambda body: {"totalHits": 100_000})
    assert len(rest.asked) == 2 * 5
    assert len(table) == 0
    assert not table.attrs["complete"]


def test_a_count_that_moves_is_read_again() -> None:
    asked: list[int] = []

    def moving(body: dict[str, Any]) -> Any:
        asked.append(body["paging"]["pageNumber"])
        if asked[-1] == 1:
            return {"userDetails": [ANN], "totalHits": 1 if len(asked) == 1 else 2}
        return {"totalHits": 2}

    table, _ = history(moving)
    assert asked == [1, 2, 1, 2]
    assert len(table) == 4
    assert (table.attrs["complete"], table.attrs["short_by"]) == (True, 1)


def test_more_records_than_the_platform_pages_through_is_an_error() -> None:
    with pytest.raises(IncompletePull, match="100,000 records"):
        history(lambda body: {"userDetails": [ANN], "totalHits": 200_000})


def test_long_intervals_are_asked_for_in_pieces() -> None:
    _, rest = history(paged(), "2026-10-01/P20D")
    spans = list(dict.fromkeys(each["interval"] for each in rest.asked))
    assert len(spans) == 3
    assert spans[0] == "2026-10-01T00:00:00.000Z/2026-10-08T00:00:00.000Z"
    _, rest = history(paged(), "2026-10-01/P20D", user=["Ann", "Bob"])
    assert {each["interval"] for each in rest.asked} == {"2026-10-01T00:00:00.000Z/2026-10-21T00:00:00.000Z"}
    [users] = rest.asked[0]["userFilters"]
    assert [one["value"] for one in users["clauses"][0]["predicates"]] == ["u1", "u2"]


def test_a_history_of_nothing_is_typed() -> None:
    full, _ = history(paged([ANN], total=1), tz="Europe/Warsaw")
    nothings: list[dict[str, Any]] = [{}, {"userDetails": []}, {"userDetails": None}]
    for nothing in nothings:
        empty, _ = history(lambda body, page=nothing: page, tz="Europe/Warsaw")
        assert len(empty) == 0
        assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()
    assert str(full["startTime"].dtype) == "datetime64[ms, Europe/Warsaw]"


def test_what_has_no_column_stays_verbatim_and_nothing_raises() -> None:
    odd = [
        None,
        3,
        {"userId": 5, "routingStatus": None, "primaryPresence": [None, 7]},
        record("u1", routing=[{"startTime": 9, "routingStatus": ["x"], "reason": "none"}]),
    ]
    table = frames.stretches(odd)  # type: ignore[arg-type]
    assert len(table) == 1
    assert json.loads(table.loc[0, "extra_json"]) == {
        "startTime": 9,
        "routingStatus": ["x"],
        "reason": "none",
    }
    assert table[["status", "startTime"]].isna().all(axis=None)
    kept, _ = history(paged(odd, total=1))
    assert kept["duration_s"].isna().tolist() == [True]


@pytest.mark.parametrize("answer", [[], "text", {"userDetails": {}}, None])
def test_an_answer_of_another_shape_is_an_error_of_ours(answer: Any) -> None:
    with pytest.raises(ApiError):
        history(lambda body: answer)


def aggregated(**options: Any) -> tuple[pd.DataFrame, FakeRest]:
    interval = "2026-11-16T00:00:00.000Z/2026-11-17T00:00:00.000Z"

    def answer(body: dict[str, Any]) -> Any:
        ids = [one["value"] for one in body["filter"]["clauses"][0]["predicates"]]
        metrics = [
            {"metric": "tOrganizationPresence", "qualifier": "p1", "stats": {"sum": 5000}},
            {"metric": "tOrganizationPresence", "qualifier": "p9", "stats": {"sum": 1}},
            {"metric": "tAgentRoutingStatus", "qualifier": "IDLE", "stats": {"sum": 7000}},
        ]
        data = [{"interval": interval, "metrics": metrics}]
        return {"results": [{"group": {"userId": each}, "data": data} for each in ids]}

    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory(options.pop("users", None))
    return performance.user_aggregates(rest, directory, DAY, **options), rest


def test_sums_of_statuses_carry_names() -> None:
    table, rest = aggregated(granularity="D", tz="Europe/Warsaw")
    ann = table[table["agent"] == "Ann"]
    assert ann[["metric", "qualifier", "sum"]].to_numpy().tolist() == [
        ["tOrganizationPresence", "p1", 5000.0],
        ["tOrganizationPresence", "p9", 1.0],
        ["tAgentRoutingStatus", "IDLE", 7000.0],
    ]
    assert ann["presence"].tolist()[:2] == ["Lunch at desk", "p9"]
    assert pd.isna(ann["presence"].iloc[2])
    assert "mediaType" not in table.columns
    assert table["missing_dims"].tolist() == [[]] * 6
    [body] = rest.asked
    assert (body["groupBy"], body["granularity"], body["timeZone"]) == (["userId"], "P1D", "Europe/Warsaw")
    assert body["metrics"] == list(endpoint.STATUS_METRICS)


def test_users_aggregates_are_asked_for_in_hundreds() -> None:
    table, rest = aggregated(users={f"id{n}": f"Agent {n}" for n in range(250)})
    sizes = [len(each["filter"]["clauses"][0]["predicates"]) for each in rest.asked]
    assert sizes == [100, 100, 50]
    assert table["userId"].nunique() == 250
    empty, rest = aggregated(users={})
    assert rest.asked == []
    full = aggregated()[0]
    assert empty.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"metrics": "tSystemPresense"}, UnknownName, "tSystemPresence"),
        ({"metrics": []}, QueryError, "metrics="),
        ({"granularity": "PT7M"}, QueryError, "divide"),
        ({"user": "Anne"}, UnknownName, "Ann"),
    ],
)
def test_wrong_words_are_refused_before_any_request(
    options: dict[str, Any], error: type[Exception], says: str
) -> None:
    rest: Any = FakeRest(lambda body: {})
    directory: Any = FakeDirectory()
    with pytest.raises(error, match=says):
        performance.user_aggregates(rest, directory, DAY, **options)
    assert rest.asked == []


def test_new_metrics_pass_where_it_is_not_strict() -> None:
    _, rest = aggregated(metrics=["tNew"], strict=False)
    assert rest.asked[0]["metrics"] == ["tNew"]


def test_observations_are_counts_by_agent() -> None:
    def answer(body: dict[str, Any]) -> Any:
        ids = [one["value"] for one in body["filter"]["clauses"][0]["predicates"]]
        data = [
            {"metric": "oMemberQueues", "stats": {"count": 3}},
            {"metric": "oActiveQueues", "stats": {}},
            5,
        ]
        return {"results": [*({"group": {"userId": each}, "data": data} for each in ids), None, {"group": 3}]}

    rest: Any = FakeRest(answer)
    directory: Any = FakeDirectory()
    table = now.user_observations(rest, directory)
    assert table[["agent", "metric"]].to_numpy().tolist() == [
        [agent, metric] for agent in ("Ann", "Bob") for metric in ("oActiveQueues", "oMemberQueues")
    ]
    assert table["count"].isna().tolist() == [True, False] * 2
    assert table["count"].dropna().tolist() == [3, 3]
    assert rest.asked[0]["metrics"] == ["oMemberQueues", "oActiveQueues"]
    assert pd.Timestamp(table.attrs["observed_at"]).tzinfo is not None
    nobody = now.user_observations(FakeRest(lambda body: {}), directory)  # type: ignore[arg-type]
    assert nobody.dtypes.astype(str).to_dict() == table.dtypes.astype(str).to_dict()
    assert len(nobody) == 0
