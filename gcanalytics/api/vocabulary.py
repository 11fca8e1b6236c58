"""The words that queries may hold: metrics, dimensions and enums, generated from the official SDK.

``python tests/contract_generate.py`` writes the words (vocabulary.json); this module only looks them up.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from gcanalytics.errors import QueryError, UnknownName

_HINT = "strict=False lets it through, for words that the platform knows and this version does not."


@functools.cache
def _all() -> dict[str, tuple[str, ...]]:
    text = resources.files(__package__).joinpath("vocabulary.json").read_text(encoding="utf-8")
    return {kind: tuple(words) for kind, words in json.loads(text).items()}


def kinds() -> tuple[str, ...]:
    """The kinds of words there are, such as ``"aggregate metric"`` or ``"media type"``."""
    return tuple(_all())


def words(kind: str) -> tuple[str, ...]:
    """All words of a kind, in the order of the alphabet.

    Raises:
        KeyError: no such kind.
    """
    return _all()[kind]


@functools.cache
def _folded(kind: str) -> dict[str, str]:
    return {word.casefold(): word for word in words(kind)}


def listed(kind: str, values: Any) -> list[Any]:
    """One value or several as a list.

    Args:
        kind: what they are, for the error.
        values: a text, or anything that can be gone through.

    Raises:
        QueryError: it is neither.
    """
    if isinstance(values, str):
        return [values]
    try:
        return list(values)
    except TypeError:
        raise QueryError(f"{values!r:.80} is no {kind}; give its name, or a list of names.") from None


def check_names(kind: str, values: Iterable[str] | str, *, strict: bool | None = True) -> list[str]:
    """The values in the platform's own spelling; case does not count, as on the platform.

    Args:
        kind: one of :func:`kinds`.
        values: the words, or a single one.
        strict: whether an unknown word is refused; False lets it pass as it is. None refuses it for a
            caller whose own caller has no ``strict=`` to say otherwise.

    Raises:
        UnknownName: no such word; says which are nearest.
        QueryError: it is neither a word nor a list of them.
    """
    known = _folded(kind)
    found = []
    for value in listed(kind, values):
        word = known.get(value.casefold()) if isinstance(value, str) else None
        if word is None and (strict is not False or not isinstance(value, str)):
            raise UnknownName(kind, str(value), words(kind), hint=None if strict is None else _HINT)
        found.append(word or value)
    return found
