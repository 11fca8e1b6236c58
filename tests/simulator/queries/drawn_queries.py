"""Random details queries over what a ledger holds: values that occur and some that do not."""

import random
from collections.abc import Callable
from typing import Any

from gcanalytics.simulator.queries.contract import allowed_values, contract
from gcanalytics.simulator.queries.intervals import DAY_MS
from gcanalytics.simulator.records.instants import iso

from . import filter_oracle as oracle
from .ledger_shapes import Facts

START_MS = 1_795_000_000_000  # 2026-11-18T11:06:40Z, a busy hour of a Wednesday
TODAY = START_MS - START_MS % DAY_MS
ORDERS = ("conversationStart", "conversationEnd", "segmentStart", "segmentEnd")


class Draw:
    """Draws queries: values that occur, values that do not, in any grammar that the platform has."""

    def __init__(self, known: list[Facts], seed: str) -> None:
        self.random = random.Random(seed)
        self._known = known
        self._witness = known[0]
        self._row = next(known[0].rows())
        self._occurring: dict[str, list[Any]] = {}
        for name in self.dimensions("conversationDimensions"):
            self._occurring[name] = _distinct(value for one in known for value in oracle.values_of(name, one))
        rows = [row for one in known for row in one.rows()]
        for name in self.dimensions("segmentDimensions"):
            self._occurring[name] = _distinct(value for row in rows for value in oracle.values_of(name, row))
        names = allowed_values("ConversationDetailQueryPredicate", "metric")
        self._totals = {
            name: sorted(total for one in known if (total := one.total(name)) is not None) for name in names
        }
        self._items: dict[str, dict[str, list[Any]]] = {}
        for name, items in oracle.OF_ITEMS.items():
            there = [item for one in known for item in one.followed[items]]
            self._items[name] = {
                each: _distinct(value for item in there for value in oracle.values_of(each, item))
                for each in self._of_item(name, "dimension") + self._of_item(name, "metric")
            }
        self._lengths = sorted(stretch.end - stretch.start for _, stretch in rows if stretch.end is not None)

    @staticmethod
    def dimensions(section: str) -> list[str]:
        return [name for name in contract()[section] if name not in oracle.NOT_MODELLED]

    def body(self) -> dict[str, Any]:
        """A query's body but its paging."""
        draw = self.random
        # Most values of a query are those of one conversation, and of one of its segments:
        # values of many exclude one another.
        wanted = [name for name in oracle.OF_ITEMS if draw.random() < 0.1]
        there = [one for one in self._known if all(one.followed[oracle.OF_ITEMS[name]] for name in wanted)]
        self._witness = draw.choice(there or self._known)
        body: dict[str, Any] = {"interval": self._interval()}
        for name, predicate in (
            ("conversationFilters", self._of_conversation),
            ("segmentFilters", self._of_segment),
        ):
            if draw.random() < (0.25 if wanted else 0.6):
                body[name] = [self._filter(predicate) for _ in range(draw.choice((0, 1, 1, 1, 1, 2, 3)))]
        for name in wanted:
            body[name] = [
                self._filter(self._about_items(name)) for _ in range(draw.choice((0, 1, 1, 1, 1, 2)))
            ]
        if draw.random() < 0.6:
            body["order"] = draw.choice(("asc", "desc", "unordered"))
            body["orderBy"] = draw.choice(ORDERS)
        if draw.random() < 0.25:
            body["aggregations"] = [self.count() for _ in range(draw.randint(1, 2))]
        return body

    def _interval(self) -> str:
        draw = self.random
        day = self._witness.started // DAY_MS * DAY_MS if draw.random() < 0.8 else TODAY
        start = day + draw.choice((0, 0, draw.randrange(DAY_MS)))
        end = start + draw.choice((DAY_MS, DAY_MS, 2 * DAY_MS, draw.randrange(1, DAY_MS)))
        return f"{iso(start)}/{iso(end)}"

    def _filter(self, predicate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        draw = self.random
        made: dict[str, Any] = {"type": draw.choice(("and", "or"))}
        self._row = draw.choice(list(self._witness.rows()))
        if draw.random() < 0.9:
            made["predicates"] = [predicate() for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3)))]
        if draw.random() < 0.35:
            made["clauses"] = [
                {
                    "type": draw.choice(("and", "or")),
                    "predicates": [predicate() for _ in range(draw.choice((0, 1, 2, 3)))],
                }
                for _ in range(draw.randint(1, 2))
            ]
        return made

    def _of_conversation(self) -> dict[str, Any]:
        draw = self.random
        if draw.random() < 0.4:
            totals = self._totals
            often = [each for each in totals if totals[each]]
            name = draw.choice(often if draw.random() < 0.9 else list(totals))
            near = self._witness.total(name) if draw.random() < 0.6 else None
            return self._predicate("metric", name, totals[name] if near is None else [near])
        return self._dimension(self.dimensions("conversationDimensions"), self._witness)

    def _of_segment(self) -> dict[str, Any]:
        draw = self.random
        dice = draw.random()
        if dice < 0.08:
            return self._predicate("metric", "tSegmentDuration", self._lengths)
        if dice < 0.1:
            kind = draw.choice(allowed_values("SegmentDetailQueryPredicate", "propertyType"))
            value = "2026-11-18T00:00:00.000Z" if kind == "date" else "gold"
            return {"property": "tier", "propertyType": kind, "value": value}
        return self._dimension(self.dimensions("segmentDimensions"), self._row)

    @staticmethod
    def _of_item(name: str, kind: str) -> list[str]:
        model = name.removesuffix("Filters").title() + "DetailQueryPredicate"
        return allowed_values(model, kind) if kind in contract()["models"][model] else []

    def _about_items(self, name: str) -> Callable[[], dict[str, Any]]:
        """Predicates about evaluations, surveys or resolutions."""
        dimensions, metrics = self._of_item(name, "dimension"), self._of_item(name, "metric")
        near: dict[str, Any] = next(iter(self._witness.followed[oracle.OF_ITEMS[name]]), {})

        def predicate() -> dict[str, Any]:
            each = self.random.choice([*dimensions, *metrics, *metrics])
            seen = oracle.values_of(each, near) if self.random.random() < 0.7 else []
            kind = "metric" if each in metrics else "dimension"
            return self._predicate(kind, each, seen or self._items[name][each])

        return predicate

    def _dimension(self, names: list[str], witness: Any) -> dict[str, Any]:
        draw = self.random
        often = [name for name in names if self._occurring[name]]
        name = draw.choice(often if draw.random() < 0.93 else names)
        seen = oracle.values_of(name, witness) if draw.random() < 0.8 else []
        return self._predicate("dimension", name, seen or self._occurring[name])

    def _predicate(self, kind: str, name: str, occurring: list[Any]) -> dict[str, Any]:
        draw = self.random
        made: dict[str, Any] = {kind: name}
        if draw.random() < 0.3:
            made["type"] = kind
        if draw.random() < 0.2:
            made["operator"] = draw.choice(("exists", "notExists"))
            return made | draw.choice(({}, {"value": None}))
        if draw.random() < 0.3:
            made["operator"] = "matches"
        instants = name in oracle.DATES
        numbers = occurring and not isinstance(occurring[0], str | bool)
        if numbers and (draw.random() < 0.8 if kind == "metric" else instants and draw.random() < 0.4):
            return made | {"range": self._range(occurring)}
        if kind == "metric":
            return made | {"value": str(draw.choice([*occurring, 12]))}
        return made | {"value": self._instant(occurring) if instants else self._value(occurring)}

    def _range(self, occurring: list[Any]) -> dict[str, float]:
        draw = self.random
        first, last = sorted(draw.choice(occurring) for _ in range(2))
        made: dict[str, float] = {}
        if draw.random() < 0.7:
            made[draw.choice(("gt", "gte"))] = first
        if not made or draw.random() < 0.6:
            made[draw.choice(("lt", "lte"))] = draw.choice((last, last + 0.5))
        return made

    def _value(self, occurring: list[Any]) -> str:
        draw = self.random
        if not occurring or draw.random() < 0.08:
            return draw.choice(("nothing", "", "12", "0f3a11c6-7d1c-4f2b-9c2e-5b1d8a3e7f60"))
        text = str(draw.choice(occurring))
        if "@" in text and draw.random() < 0.3:
            text = text.partition("@")[draw.choice((0, 2))]
        return draw.choice((text, text, text.upper(), text.title()))

    def _instant(self, occurring: list[Any]) -> str:
        draw = self.random
        at_ms = draw.choice(occurring) if occurring else START_MS
        if draw.random() < 0.3:
            return iso(at_ms)
        if draw.random() < 0.3:
            return f"{iso(at_ms - 3_600_000)}/{iso(at_ms)}"  # half-open: without it
        return f"{iso(at_ms)}/{iso(at_ms + draw.choice((1, 3_600_000, DAY_MS)))}"

    def count(self) -> dict[str, Any]:
        """One of a query's ``aggregations``."""
        draw = self.random
        if draw.random() < 0.5:
            names = [name for name, totals in self._totals.items() if totals]
            name = draw.choice(names)
            middle = draw.choice(self._totals[name])
            return {"type": "numericRange", "metric": name, "ranges": [{"lt": middle}, {"gte": middle}, {}]}
        names = [name for name, values in self._occurring.items() if values and isinstance(values[0], str)]
        return {"type": "termFrequency", "dimension": draw.choice(names), "size": draw.choice((1, 3, 1000))}


def _distinct(values: Any) -> list[Any]:
    return sorted(set(values), key=str)
