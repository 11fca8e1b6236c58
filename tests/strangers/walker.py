"""Holds JSON against the official SDK's own models.

The walker trusts the SDK alone: keys come from a model's ``attribute_map``, types from its
``swagger_types``, enum values from the lists inside its setters.
"""

import ast
import functools
import inspect
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

# What the SDK's setters store in place of a value that they do not know.
UNKNOWN = "outdated_sdk_version"
# Fields that a response's model leaves as free text, and the model whose enum names their values; by the
# response where one model serves several.
NAMED_ELSEWHERE = {
    "AnalyticsSessionMetric.name": ("ConversationDetailQueryPredicate", "metric"),
    "AggregateMetricData.metric": ("ConversationAggregationView", "target"),
    "UserAggregateQueryResponse AggregateMetricData.metric": ("UserAggregationView", "target"),
}
_INDEX = re.compile(r"\[\d+\]")


@dataclass
class Walk:
    """What a walk over one JSON value saw: what is wrong, and how often each field was there."""

    models: Any
    problems: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def value(self, value: object, kind: str, where: str) -> None:
        """Hold one value against a type in the spelling of ``swagger_types``."""
        if value is None:
            # The platform leaves unknown fields out; it writes no nulls.
            self._wrong(where, "is null")
        elif kind.startswith("list["):
            self._list(value, kind[len("list[") : -1], where)
        elif kind.startswith("dict("):
            self._dict(value, kind.split(", ", 1)[1][:-1], where)
        elif kind in {"object", "JsonNode"}:
            pass
        elif kind in IS:
            if not IS[kind](value):
                self._wrong(where, f"{value!r} is no {kind}")
        else:
            self._model(value, kind, where)

    def _list(self, value: object, kind: str, where: str) -> None:
        if not isinstance(value, list):
            self._wrong(where, f"{value!r} is no list")
            return
        for number, item in enumerate(value):
            self.value(item, kind, f"{where}[{number}]")

    def _dict(self, value: object, kind: str, where: str) -> None:
        if not isinstance(value, dict):
            self._wrong(where, f"{value!r} is no object")
            return
        for key, item in value.items():
            self.value(item, kind, f"{where}.{key}")

    def _model(self, value: object, kind: str, where: str) -> None:
        if not isinstance(value, dict):
            self._wrong(where, f"{value!r} is no {kind}")
            return
        model, attributes = model_and_attributes(getattr(self.models, kind))
        for key, item in value.items():
            here = f"{where}.{key}"
            if key not in attributes:
                self._wrong(here, f"{kind} has no such key")
                continue
            self.seen[f"{kind}.{key}"] += 1
            self.value(item, model.swagger_types[attributes[key]], here)
            self._enum(item, model, attributes[key], here)

    def _enum(self, value: object, model: Any, attribute: str, where: str) -> None:
        if not isinstance(value, str) or model.swagger_types[attribute] != "str":
            return
        field_name = f"{type(model).__name__}.{model.attribute_map[attribute]}"
        response = where.partition(".")[0]
        named = NAMED_ELSEWHERE.get(f"{response} {field_name}") or NAMED_ELSEWHERE.get(field_name)
        if named:
            (model, _), attribute = model_and_attributes(getattr(self.models, named[0])), named[1]
        setattr(model, attribute, value)
        if getattr(model, attribute) == UNKNOWN:
            self._wrong(where, f"{value!r} is not among the enum values of {type(model).__name__}")
            return
        # The setters ignore case. The platform does not: its values have one spelling.
        its_class: Any = type(model)
        allowed = _allowed(its_class, attribute)
        if allowed is not None and value not in allowed:
            self._wrong(where, f"{value!r} is spelt otherwise in {type(model).__name__}")

    def _wrong(self, where: str, what: str) -> None:
        # A fault in a list repeats for each item: one line a place, with the indexes taken out.
        line = f"{_INDEX.sub('[]', where)}: {what}"
        if line not in self.problems:
            self.problems.append(line)


def _instant(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


IS: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int,
    "float": lambda value: type(value) in {int, float},
    "bool": lambda value: isinstance(value, bool),
    "datetime": _instant,
    "date": _day,
}


@functools.cache
def model_and_attributes(kind: Callable[[], Any]) -> tuple[Any, dict[str, str]]:
    """An instance of a model to try values on (making one takes longest), and its attributes by key."""
    model = kind()
    return model, {key: attribute for attribute, key in model.attribute_map.items()}


@functools.cache
def _allowed(model: Any, attribute: str) -> frozenset[str] | None:
    """The enum values written in a setter, or None where the field is free text."""
    setter = inspect.getsource(getattr(model, attribute).fset)
    found = re.search(r"allowed_values = (\[.*?\])\n", setter, re.DOTALL)
    return frozenset(ast.literal_eval(found.group(1))) if found else None


def words_of(models: Any, kind: str, key: str) -> frozenset[str] | None:
    """The enum values of a field, also of one that is free text and whose values another model names."""
    named = NAMED_ELSEWHERE.get(f"{kind}.{key}")
    if named:
        kind, attribute = named
    else:
        attribute = model_and_attributes(getattr(models, kind))[1][key]
    model: Any = getattr(models, kind)
    return _allowed(model, attribute)
