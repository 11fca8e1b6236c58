"""What the platform counts and no page held is asked for again, or counted as missing."""

import json
import threading

from gcanalytics.api.intervals import Interval

from .paged_platform import DAY, Platform, body, ids_of, pages_of


def test_a_page_of_known_conversations_is_asked_for_once_more() -> None:
    platform = Platform(DAY, 300)
    seen: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        seen.append(number)
        first_time = seen.count(number) == 1
        return platform.page(interval, 1 if number == 2 and first_time else number)

    pages = pages_of(fetch)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(300)}
    assert seen.count(2) == 2
    assert pages.tally.repeated_walks == 0


def test_a_platform_that_repeats_a_page_for_ever_ends_with_what_is_missing() -> None:
    platform = Platform(DAY, 300)
    pages = pages_of(lambda interval, number, _: platform.page(interval, 1 if number == 2 else number))
    assert len(set(ids_of(pages))) == 200
    assert (pages.tally.short_by, pages.tally.repeated_walks) == (100, 2)


def test_missing_conversations_are_looked_for_by_walking_again() -> None:
    platform = Platform(DAY, 250)
    walks: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        page = json.loads(platform.page(interval, number))
        if number == 1:
            walks.append(number)
            if len(walks) == 1:
                page["conversations"] = page["conversations"][1:]
        return json.dumps(page).encode()

    pages = pages_of(fetch)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(250)}
    assert (pages.tally.short_by, pages.tally.repeated_walks, pages.tally.conversations) == (0, 1, 250)


def test_only_the_pages_that_told_another_count_are_asked_for_again_first() -> None:
    platform = Platform(DAY, 2000)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        if number in {7, 8} and asked.count(1) == 1:
            ids = [one for one in platform.matching(interval) if one != "c705"]
            return body(ids[(number - 1) * 100 : number * 100], 1999)
        return platform.page(interval, number)

    pages = pages_of(fetch)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(2000)}
    assert len(asked) <= 21 + 4
    assert {1, 7} <= set(asked[21:]) <= {1, 6, 7, 8}
    assert (pages.tally.repeated_walks, pages.tally.short_by) == (0, 0)
    assert pages.tally.read_again == 100 * (pages.tally.pages - 21) - 1


def test_a_record_that_leaves_for_good_hides_no_other() -> None:
    """The one behind it moves up, from a page still to be read to one that was read already."""
    platform = Platform(DAY, 950)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        left = [one for one in platform.matching(interval) if one != "c30" or len(asked) < 4]
        here = left[(number - 1) * 100 : number * 100]
        return body(here, len(left)) if here else b"{}"

    pages = pages_of(fetch, workers=1)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(950)}
    assert len(asked) <= 11 + 4
    assert pages.tally.short_by == 0


def test_a_record_that_leaves_while_another_enters_hides_no_other() -> None:
    platform = Platform(DAY, 950)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        found = [one for one in platform.matching(interval) if one != "c30" or len(asked) < 4]
        found += ["late"] if len(asked) > 6 else []
        here = found[(number - 1) * 100 : number * 100]
        return body(here, len(found)) if here else b"{}"

    pages = pages_of(fetch, workers=1)
    assert set(ids_of(pages)) == {f"c{i}" for i in range(950)} | {"late"}
    assert pages.tally.short_by == 0


def test_a_short_page_is_not_excused_by_a_record_that_left() -> None:
    platform = Platform(DAY, 950)

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        page = json.loads(platform.page(interval, number) if number <= 10 else b"{}")
        if number == 3:
            del page["conversations"][50]
        if number == 10:
            page["totalHits"] = 949
        return json.dumps(page).encode()

    pages = pages_of(fetch)
    assert len(set(ids_of(pages))) == 949
    assert pages.tally.short_by == 1


def test_a_repeated_walk_ends_when_nothing_is_missing_any_more() -> None:
    platform = Platform(DAY, 2000)
    asked: list[int] = []

    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        asked.append(number)
        page = json.loads(platform.page(interval, number))
        if number == 2 and asked.count(2) == 1:
            page["conversations"].pop()
        return json.dumps(page).encode()

    pages = pages_of(fetch)
    assert len(set(ids_of(pages))) == 2000
    assert len(asked) < 21 + 10


def test_an_empty_list_past_the_promised_end_is_the_end() -> None:
    platform = Platform(DAY, 150, past={"conversations": []})
    assert len(ids_of(pages_of(platform.fetch))) == 150


def test_a_short_page_is_not_the_end() -> None:
    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        pages = [["a", "b"], [], ["c"]]
        return body(pages[number - 1], 3) if number <= 3 else b"{}"

    assert ids_of(pages_of(fetch, size=1)) == ["a", "b", "c"]


def test_results_without_total_hits_are_read_page_by_page() -> None:
    def fetch(interval: Interval, number: int, stop: threading.Event) -> bytes:
        return body([f"c{number}"], None) if number <= 7 else b"{}"

    assert ids_of(pages_of(fetch)) == [f"c{i}" for i in range(1, 8)]
