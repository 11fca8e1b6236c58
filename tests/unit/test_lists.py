"""Lists: read to their end, each entity once, and never shorter than the platform says without a word."""

import json
from typing import Any

import pytest

from gcanalytics.api.paging import entities
from gcanalytics.errors import ApiError, IncompletePull
from gcanalytics.transport.exchange import Outgoing
from gcanalytics.transport.response import ApiResponse, Headers
from gcanalytics.transport.rest import Rest


def _listing(*pages: Any) -> tuple[Rest, list[Outgoing]]:
    sent: list[Outgoing] = []

    def exchange(outgoing: Outgoing) -> ApiResponse:
        sent.append(outgoing)
        page = pages[min(int(outgoing.params["pageNumber"]), len(pages)) - 1]
        return ApiResponse(200, "OK", Headers(), "GET", outgoing.path, json.dumps(page).encode())

    return Rest("https://api.example", exchange=exchange, sleep=lambda _: None), sent


def test_a_list_is_read_while_it_names_a_next_page() -> None:
    rest, sent = _listing(
        {"entities": [{"id": "a"}, {"id": "b"}], "nextUri": "/next"}, {"entities": [{"id": "b"}, {"id": "c"}]}
    )
    found = entities(rest, "/x", page_size=2, params={"state": "any"})
    assert [one["id"] for one in found] == ["a", "b", "c"]
    assert [dict(one.params) for one in sent] == [
        {"state": "any", "pageSize": 2, "pageNumber": number} for number in (1, 2)
    ]


def test_a_page_count_stands_in_for_a_missing_next_page() -> None:
    rest, _ = _listing(
        {"entities": [{"id": "a"}], "pageCount": 2}, {"entities": [{"id": "b"}], "pageCount": 2}
    )
    assert len(entities(rest, "/x", page_size=1)) == 2


@pytest.mark.parametrize("page", [{"entities": []}, {}, {"entities": None, "nextUri": "/x"}])
def test_an_empty_list_is_empty(page: Any) -> None:
    rest, _ = _listing(page)
    assert entities(rest, "/x", page_size=9) == []


def test_a_list_that_repeats_itself_ends() -> None:
    rest, sent = _listing({"entities": [{"id": "a"}], "nextUri": "/next"})
    assert len(entities(rest, "/x", page_size=1)) == 1
    assert len(sent) == 3


def _scripted(*answers: tuple[int, dict[str, Any]]) -> Rest:
    """A list whose answers come in this order, whatever is asked; with the page that must be asked for."""
    left = list(answers)

    def exchange(outgoing: Outgoing) -> ApiResponse:
        number, page = left.pop(0)
        assert outgoing.params["pageNumber"] == number
        return ApiResponse(200, "OK", Headers(), "GET", outgoing.path, json.dumps(page).encode())

    return Rest("https://api.example", exchange=exchange, sleep=lambda _: None)


def _page(*ids: str, total: int, last: bool = False) -> dict[str, Any]:
    return {"entities": [{"id": one} for one in ids], "total": total, **({} if last else {"nextUri": "/x"})}


def test_a_repeated_page_of_a_list_is_asked_for_again() -> None:
    first = _page("a", "b", total=5)
    rest = _scripted(
        (1, first), (2, first), (2, _page("c", "d", total=5)), (3, _page("e", total=5, last=True))
    )
    assert [one["id"] for one in entities(rest, "/x", page_size=2)] == list("abcde")


def test_a_page_that_is_repeated_twice_does_not_end_the_list() -> None:
    first, middle, last = _page("a", "b", total=5), _page("c", "d", total=5), _page("e", total=5, last=True)
    rest = _scripted((1, first), (2, first), (2, first), (3, last), (1, first), (2, middle), (3, last))
    assert [one["id"] for one in entities(rest, "/x", page_size=2)] == ["a", "b", "e", "c", "d"]


def test_a_short_page_of_a_list_is_read_again() -> None:
    last = _page("c", total=3, last=True)
    rest = _scripted((1, _page("a", total=3)), (2, last), (1, _page("a", "b", total=3)), (2, last))
    assert [one["id"] for one in entities(rest, "/x", page_size=2)] == ["a", "c", "b"]


def test_a_list_that_stays_short_says_by_how_much_and_what_was_found() -> None:
    rest, sent = _listing(_page("a", "b", total=4), _page("c", total=4, last=True))
    with pytest.raises(IncompletePull, match=r"3 of 4 .*/x") as short:
        entities(rest, "/x", page_size=2)
    assert [one["id"] for one in short.value.found] == ["a", "b", "c"]
    assert len(sent) == 6


def test_a_short_page_of_a_list_without_a_total_is_read_again() -> None:
    def page(*ids: str, last: bool = False) -> dict[str, Any]:
        more = {} if last else {"nextUri": "/x"}
        return {"entities": [{"id": one} for one in ids], "pageSize": 2, **more}

    last = page("c", last=True)
    rest = _scripted((1, page("a")), (2, last), (1, page("a", "b")), (2, last))
    assert [one["id"] for one in entities(rest, "/x", page_size=2)] == ["a", "c", "b"]
    rest, _ = _listing(page("a"), last)
    with pytest.raises(IncompletePull, match="2 of 3"):
        entities(rest, "/x", page_size=2)


def test_a_list_with_more_than_was_counted_is_whole() -> None:
    rest, sent = _listing(_page("a", "b", total=1, last=True))
    assert len(entities(rest, "/x", page_size=2)) == 2
    assert len(sent) == 1


@pytest.mark.parametrize("page", [[1], "x", {"entities": {"id": "a"}}])
def test_json_of_another_shape_is_an_error(page: Any) -> None:
    rest, _ = _listing(page)
    with pytest.raises(ApiError, match="no list of entities"):
        entities(rest, "/x", page_size=9)
