"""What is kept of a result's order and counts is made anew as soon as anything of it changes."""

from typing import Any, cast

from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.queries.detail_counts import Counts
from gcanalytics.simulator.queries.detail_order import Found, Order


class Ended:
    """A conversation that has ended; its segment ends and its code are what its phase says."""

    planned = True

    def __init__(self, name: str, *ends: str) -> None:
        self.id = name
        self.started_ms = 0
        self.ends = ends
        self.now = 0
        self.read = 0

    def phase(self, now_ms: int) -> int:
        return self.now

    def record(self) -> dict[str, Any]:
        self.read += 1
        segment = {"segmentEnd": self.ends[self.now], "wrapUpCode": self.ends[self.now]}
        return {"participants": [{"sessions": [{"segments": [segment]}]}]}


def read(conversation: Conversation, now_ms: int) -> dict[str, Any]:
    return cast(Ended, conversation).record()


def found(*ended: Ended, moving: tuple[Ended, ...] = ()) -> Found:
    phases = sum(each.now + 1 for each in ended)
    return Found([cast(Any, each) for each in ended], phases, [cast(Any, each) for each in moving])


def names(order: Order, result: Found) -> str:
    return "".join(each.id for each in order.of(result, 0))


def test_an_order_is_kept_until_what_follows_changes_it() -> None:
    one, other = Ended("a", "2026-11-01", "2026-11-03"), Ended("b", "2026-11-02")
    order = Order({"orderBy": "segmentEnd"}, read)
    assert [names(order, found(one, other)) for _ in range(3)] == ["ab", "ab", "ab"]
    assert (one.read, other.read) == (1, 1)
    one.now = 1
    assert [names(order, found(one, other)) for _ in range(2)] == ["ba", "ba"]
    assert (one.read, other.read) == (2, 1)


def test_what_moves_is_put_between_what_is_kept() -> None:
    one, other, moving = Ended("a", "2026-11-01"), Ended("b", "2026-11-03"), Ended("m", "2026-11-02")
    for direction, expected in (("asc", "amb"), ("desc", "bma")):
        order = Order({"orderBy": "segmentEnd", "order": direction}, read)
        assert names(order, found(one, other, moving=(moving,))) == expected
        assert names(order, found(one, other)) == expected.replace("m", "")
        assert names(order, found(other, moving=(moving,))) == expected.replace("a", "")


def test_counts_are_kept_until_what_follows_changes_them() -> None:
    one, other = Ended("a", "x", "y"), Ended("b", "x")
    counts = Counts([{"type": "termFrequency", "dimension": "wrapUpCode"}], read)

    def terms(result: Found) -> dict[str, int]:
        [count] = counts.of(result, 0)
        return {each["value"]: each["count"] for each in count["results"]}

    assert [terms(found(one, other)) for _ in range(3)] == [{"x": 2}] * 3
    assert (one.read, other.read) == (1, 1)
    one.now = 1
    assert terms(found(one, other)) == {"x": 1, "y": 1}
    assert terms(found(one)) == {"y": 1}
    assert terms(found(one, moving=(other,))) == {"x": 1, "y": 1}
