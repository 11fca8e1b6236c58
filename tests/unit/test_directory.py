"""The lists as DataFrames, and names for ids and back."""

import json
from typing import Any

import pandas as pd
import pytest

from gcanalytics.directory import Directory
from gcanalytics.errors import ApiError, PermissionDenied, QueryError, UnknownName
from gcanalytics.frames.schema import INSTANT, TEXT
from gcanalytics.transport.exchange import Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest

GUID = "a623f4c5-9d1e-4f3a-8f57-0c1e2d3a4b8b"
QUEUES = [
    {
        "id": "q-2",
        "name": "Support",
        "division": {"id": "d-1", "name": "Home"},
        "memberCount": 12,
        "dateCreated": "2024-01-15T09:00:00.000Z",
        "mediaSettings": {
            "call": {"serviceLevel": {"percentage": 0.8, "durationMs": 20000}},
            "chat": {"serviceLevel": {"percentage": None}},
            "email": None,
        },
    },
    {"id": "q-1", "name": "Billing", "memberCount": "many", "dateCreated": 3, "mediaSettings": []},
    {"id": "q-3", "name": "twin"},
    {"id": "q-4", "name": "twin"},
]
USERS = [
    {"id": "u-1", "name": "Ann Lee", "email": "ann@example.com", "state": "inactive"},
    {"id": "u-2"},
]
LISTS = {
    "queues": QUEUES,
    "users": USERS,
    "wrapupcodes": [{"id": "w-1", "name": "Sold"}],
    "skills": [{"id": "s-1", "name": "Polish"}],
}


def directory(lists: dict[str, Any] | None = None) -> tuple[Directory, list[Outgoing]]:
    sent: list[Outgoing] = []

    def exchange(outgoing: Outgoing) -> ApiResponse:
        sent.append(outgoing)
        found = (LISTS if lists is None else lists).get(outgoing.path.rpartition("/")[2], [])
        status, body = (
            (403, {"message": "missing routing:wrapupCode:view"}) if found is None else (200, found)
        )
        page = body if isinstance(body, dict) else {"entities": body}
        return ApiResponse(status, "", Headers(), "GET", outgoing.path, json.dumps(page).encode())

    return Directory(Rest("https://api.example", exchange=exchange, sleep=lambda _: None)), sent


def test_queues_are_a_typed_table_by_name() -> None:
    frame = directory()[0].queues()
    assert list(frame["name"]) == ["Billing", "Support", "twin", "twin"]
    support = frame.iloc[1]
    assert (support["id"], support["division"], support["memberCount"]) == ("q-2", "Home", 12)
    assert (support["voice_sl_target"], support["voice_sl_target_s"]) == (0.8, 20.0)
    assert frame["chat_sl_target"].isna().all()
    assert pd.isna(frame.loc[0, "memberCount"])
    assert (frame["name"].dtype, frame["memberCount"].dtype, frame["dateCreated"].dtype) == (
        TEXT,
        "Int64",
        INSTANT,
    )


@pytest.mark.parametrize("kind", ["queues", "users", "wrapup_codes", "skills", "divisions"])
def test_an_empty_list_has_all_columns_with_their_types(kind: str) -> None:
    full, empty = getattr(directory()[0], kind)(), getattr(directory({})[0], kind)()
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_users_of_every_state_are_asked_for() -> None:
    known, sent = directory()
    assert list(known.users()["state"].dropna()) == ["inactive"]
    assert sent[0].params["state"] == "any"


def test_a_list_is_asked_for_once_and_again_on_request() -> None:
    known, sent = directory()
    known.queues()
    known.queue_ids("Support")
    assert len(sent) == 1
    known.queues(refresh=True)
    assert len(sent) == 2


def test_names_and_ids_serve_alike() -> None:
    known, _ = directory()
    assert known.queue_ids("Support") == ["q-2"]
    assert known.queue_ids(["support", "q-1", " Support "]) == ["q-2", "q-1"]
    assert known.user_ids("ANN@example.com") == ["u-1"]
    assert known.wrapup_code_ids(["Sold"]) == ["w-1"]


def test_an_id_passes_without_a_request() -> None:
    known, sent = directory()
    assert known.queue_ids(GUID.upper()) == [GUID]
    assert sent == []


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="There is no queue 'Suport'") as wrong:
        directory()[0].queue_ids(["Suport"])
    assert wrong.value.nearest[0] == "Support"


def test_two_of_one_name_are_an_error_with_their_ids() -> None:
    with pytest.raises(QueryError, match="q-3, q-4"):
        directory()[0].queue_ids("twin")


@pytest.mark.parametrize("value", [[], "", "  ", [None], [3]])
def test_what_names_nothing_is_refused(value: Any) -> None:
    with pytest.raises(QueryError):
        directory()[0].queue_ids(value)


def test_names_fall_back_to_ids() -> None:
    names = directory()[0].names()
    assert names.queues["q-2"] == "Support"
    assert names.users["u-2"] == "u-2"
    assert dict(names.service_levels) == {("q-2", "voice"): (0.8, 20.0)}


def test_names_ask_for_no_list_that_tables_do_not_need() -> None:
    known, sent = directory()
    known.names()
    known.names()
    assert sorted(one.path.rpartition("/")[2] for one in sent) == ["queues", "users", "wrapupcodes"]
    known.skills()
    assert known.names().skills == {"s-1": "Polish"}


def test_a_list_that_may_not_be_read_leaves_ids_and_says_so_once() -> None:
    known, _ = directory({**LISTS, "wrapupcodes": None})
    with pytest.warns(UserWarning, match="missing routing:wrapupCode:view"):
        assert known.names().wrapup_codes == {}
    assert known.names().queues["q-2"] == "Support"
    with pytest.raises(PermissionDenied):
        known.wrapup_codes()


@pytest.mark.parametrize("given", [5, None, 1.5])
def test_what_is_neither_a_name_nor_a_list_is_refused(given: Any) -> None:
    known, sent = directory()
    with pytest.raises(QueryError, match="is no queue"):
        known.queue_ids(given)
    assert sent == []


def test_a_list_given_in_part_is_said_and_asked_for_again() -> None:
    lists: dict[str, Any] = {**LISTS, "users": {"entities": USERS[:1], "total": 2}}
    known, sent = directory(lists)
    with pytest.warns(UserWarning, match=r"1 of 2 entities of /api/v2/users"):
        names = known.names()
    assert names.users == {"u-1": "Ann Lee"}
    with pytest.warns(UserWarning, match="1 of 2"):
        assert len(known.users()) == 1
    with pytest.warns(UserWarning, match="1 of 2"), pytest.raises(UnknownName):
        known.user_ids("Bob")
    lists["users"] = {"entities": USERS, "total": 2}
    assert len(known.users()) == 2
    before = len(sent)
    known.users()
    assert len(sent) == before


def test_presences_have_their_names_or_their_labels() -> None:
    listed = [
        {"id": "p-2", "name": "Lunch", "systemPresence": "Meal", "deactivated": False},
        {"id": "p-1", "languageLabels": {"en_US": "Available"}, "systemPresence": "Available"},
        {"id": "p-3", "name": 5, "languageLabels": [], "deactivated": "no"},
        {"name": "nobody"},
    ]
    lists, sent = directory({"definitions": listed})
    frame = lists.presences().set_index("id")
    assert frame["name"].to_dict() | {"p-3": None} == {"p-2": "Lunch", "p-1": "Available", "p-3": None}
    assert pd.isna(frame.loc["p-3", "name"])
    assert frame.loc["p-2", "systemPresence"] == "Meal"
    assert frame["deactivated"].isna().tolist().count(True) == 2
    assert lists.presence_names() == {"p-1": "Available", "p-2": "Lunch", "p-3": "p-3"}
    assert len(sent) == 1
    assert lists.names().presences["p-2"] == "Lunch"


def test_presences_that_may_not_be_read_have_no_names() -> None:
    lists, _ = directory({"definitions": None})
    with pytest.warns(UserWarning, match="presences"):
        assert lists.presence_names() == {}
    assert lists.presence_names() == {}  # said once
    with pytest.raises(PermissionDenied):
        lists.presences()


def test_a_list_of_presences_of_another_shape_is_an_error() -> None:
    lists, _ = directory({"definitions": {"entities": "none"}})
    with pytest.raises(ApiError):
        lists.presences()


def test_where_no_name_is_near_the_few_that_there_are_are_told() -> None:
    names = directory()[0]
    with pytest.raises(UnknownName, match=r"There are 'Billing', 'Support', 'twin'\.") as wrong:
        names.queue_ids("Retention")
    assert wrong.value.nearest == []
    assert "gc.queues() lists all that this OAuth client sees: 4." in str(wrong.value)


def test_many_names_are_not_told() -> None:
    many = {"users": [{"id": f"u-{i}", "name": f"agent {i}"} for i in range(13)]}
    with pytest.raises(UnknownName) as wrong:
        directory(many)[0].user_ids("xyz")
    assert "agent 1" not in str(wrong.value)
    assert "gc.users() lists all that this OAuth client sees: 13." in str(wrong.value)


def test_its_repr_tells_which_lists_it_has() -> None:
    names, _ = directory()
    assert repr(names) == "<Directory: no list asked for yet>"
    names.queues()
    names.users()
    assert repr(names) == "<Directory: 4 queues, 2 users>"
