"""A quick walk over very many records: passes what is surely right, and leaves the rest to the slow walker.

Every key, type and instant of every record is looked at. Only the verdict over a word of an enum is kept and
not asked for again: the SDK's own setter, which takes longest, judges each word of a field once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .walker import IS, Walk, model_and_attributes, words_of

Check = Callable[[Any], bool]


class QuickWalk:
    """Walks values of one SDK.

    Attributes:
        fields: model to the keys that were met in it.
        words: ``Model.key`` to the words that were met there, of fields with an enum.
    """

    def __init__(self, models: Any) -> None:
        self._models = models
        self._checks: dict[str, Check] = {}
        self._verdicts: dict[str, dict[str, bool]] = {}
        self.fields: dict[str, set[str]] = defaultdict(set)

    @property
    def words(self) -> dict[str, set[str]]:
        """See the class."""
        return {label: {*verdicts} for label, verdicts in self._verdicts.items() if verdicts}

    def problems(self, value: object, kind: str) -> list[str]:
        """What is wrong with a value, in the slow walker's words; nothing for a right one."""
        if self._check(kind)(value):
            return []
        slow = Walk(self._models)
        slow.value(value, kind, kind)
        assert slow.problems, f"the quick walk refused what the slow one takes: {value!r:.300}"
        return slow.problems

    def _check(self, kind: str) -> Check:
        """The check of a type in the spelling of ``swagger_types``, made once."""
        if kind not in self._checks:
            made: list[Check] = []
            self._checks[kind] = lambda value: made[0](value)  # a model may hold itself
            made.append(self._made(kind))
            self._checks[kind] = made[0]
        return self._checks[kind]

    def _made(self, kind: str) -> Check:
        if kind.startswith("list["):
            item = self._check(kind[len("list[") : -1])
            return lambda value: type(value) is list and all(map(item, value))
        if kind.startswith("dict("):
            item = self._check(kind.split(", ", 1)[1][:-1])
            return lambda value: type(value) is dict and all(map(item, value.values()))
        if kind in {"object", "JsonNode"}:
            return lambda value: value is not None
        if kind == "datetime":
            return _instant
        return IS[kind] if kind in IS else self._model(kind)

    def _model(self, kind: str) -> Check:
        model, attributes = model_and_attributes(getattr(self._models, kind))
        checks = {
            key: self._words(kind, key)
            if model.swagger_types[attribute] == "str" and words_of(self._models, kind, key)
            else self._check(model.swagger_types[attribute])
            for key, attribute in attributes.items()
        }
        met = self.fields[kind]

        def check(value: Any) -> bool:
            if type(value) is not dict:
                return False
            met.update(value)
            return all(key in checks and checks[key](item) for key, item in value.items())

        return check

    def _words(self, kind: str, key: str) -> Check:
        """The check of a text with an enum: each word goes through the slow walker, and so the SDK, once."""
        verdicts = self._verdicts.setdefault(f"{kind}.{key}", {})

        def check(value: Any) -> bool:
            if type(value) is not str:
                return False
            if value not in verdicts:
                slow = Walk(self._models)
                slow.value({key: value}, kind, kind)
                verdicts[value] = not slow.problems
            return verdicts[value]

        return check


def _instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
