"""The package's classes of what is sent and read: ``gcanalytics/contract``, one TypedDict a model.

Models of one shape are one class, called by the first of their names; the others are its aliases. They have
the fields that the product uses and no more.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence

from . import requests, usage
from .sdk import Field, Sdk

BODIES = "gcanalytics/contract/bodies.py"
ANSWERS = "gcanalytics/contract/answers.py"
EVENTS = "gcanalytics/contract/events.py"

_WIDTH = 110
_SMALL = 6  # values of an enum that is written out; the words of longer ones are in vocabulary.json
_WORDS = ("dimension", "metric")  # always text: a newer word than ours passes with strict=False
_SCALARS = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "datetime": "str",
    "object": "object",
}
_BODIES = """\"\"\"What we send: a class for each model of a body, generated from the official SDK.

``python tests/contract_generate.py`` writes this file. Dimensions, metrics and long enums are ``str`` here;
their words are in ``api.vocabulary``.
\"\"\"
"""
_ANSWERS = """\"\"\"What we read: a class for each model of an answer, generated from the official SDK.

``python tests/contract_generate.py`` writes this file. The classes say what the platform means to send. What
it does send may lack any key or be of another type, so readers look before they believe.
\"\"\"
"""
_EVENTS = """\"\"\"What we read of events: a class for each model of a body, generated from the official SDK.

``python tests/contract_generate.py`` writes this file. As with answers, readers look before they believe. The
pictures of conversations are decoded by ``live.bodies``, which has classes of its own.
\"\"\"
"""


def bodies(sdk: Sdk) -> str:
    """The text of bodies.py."""
    fields = {model: _picked(sdk, model, usage.SENDS.get(model)) for model in _sent(sdk)}
    return _module(_BODIES, fields, requests.required)


def answers(sdk: Sdk) -> str:
    """The text of answers.py."""
    typed = [model for model in usage.READS if model not in usage.UNTYPED]
    return _module(_ANSWERS, {model: _picked(sdk, model, usage.READS[model]) for model in typed})


def events(sdk: Sdk) -> str:
    """The text of events.py."""
    return _module(_EVENTS, {model: _picked(sdk, model, names) for model, names in usage.EVENTS.items()})


def _sent(sdk: Sdk) -> list[str]:
    """The models in the fields that are sent, and those that they lead to."""
    found: set[str] = set(usage.SENDS)
    for model, names in usage.SENDS.items():
        found |= {*sdk.reached(*(sdk.fields(model)[name].type for name in names))}
    return sorted(found)


def _picked(sdk: Sdk, model: str, names: Iterable[str] | None) -> dict[str, Field]:
    fields = sdk.fields(model)
    return {name: fields[name] for name in sorted(fields if names is None else names)}


def _module(
    head: str,
    models: Mapping[str, Mapping[str, Field]],
    required: Callable[[str], list[str]] = lambda _: [],
) -> str:
    """Classes in an order in which each stands before those that hold it, then aliases behind their class."""
    names: dict[str, str] = {}
    shapes: dict[tuple[str, ...], str] = {}
    parts: dict[str, str] = {}
    for model in _inner_first(models):
        lines = tuple(
            _line(name, field, names, name in required(model)) for name, field in models[model].items()
        )
        names[model] = shapes.setdefault(lines, model)
        if names[model] == model:
            parts[model] = (
                f"class {model}(TypedDict, total=False):\n    {{doc}}\n\n" + "\n".join(lines) + "\n"
            )
    for model, text in parts.items():
        same = sorted(other for other in models if names[other] == model)
        parts[model] = text.replace("{doc}", _doc(same), 1)
    text = "\n\n".join(parts.values())
    aliases = "".join(f"{model} = {names[model]}\n" for model in sorted(models) if names[model] != model)
    wanted = [
        name for name in ("Literal", "Required", "TypedDict") if f"{name}[" in text or name == "TypedDict"
    ]
    whole = (
        f"{head}\nfrom __future__ import annotations\n\nfrom typing import {', '.join(wanted)}\n\n\n{text}"
    )
    return whole + (f"\n\n{aliases}" if aliases else "")


def _inner_first(models: Mapping[str, Mapping[str, Field]]) -> list[str]:
    """The models by name, but those in a model's fields before it."""
    order: dict[str, None] = {}

    def visit(model: str) -> None:
        if model in models and model not in order:
            for field in models[model].values():
                if field.inner != model:
                    visit(field.inner)
            order[model] = None

    for model in sorted(models):
        visit(model)
    return list(order)


def _line(name: str, field: Field, names: Mapping[str, str], required: bool) -> str:
    kind = _type(field.type, None if name in _WORDS else field.enum, names)
    line = f"    {name}: {f'Required[{kind}]' if required else kind}"
    if len(line) <= _WIDTH:
        return line
    start, _, rest = line.partition("Literal[")
    values, _, end = rest.partition("]")
    return f"{start}Literal[\n        {values}\n    ]{end}"


def _type(kind: str, enum: Sequence[str] | None, names: Mapping[str, str]) -> str:
    if kind.startswith("list["):
        return f"list[{_type(kind[len('list[') : -1], enum, names)}]"
    if kind.startswith("dict("):
        return f"dict[str, {_type(kind.split(', ', 1)[1][:-1], enum, names)}]"
    if kind == "str" and enum is not None and len(enum) <= _SMALL:
        return f"Literal[{', '.join(json.dumps(value) for value in sorted(enum))}]"
    return _SCALARS.get(kind) or names[kind]


def _doc(models: list[str]) -> str:
    text = f"The SDK's {', '.join(models)}."
    lines = textwrap.wrap(text, _WIDTH - 8)
    return '"""' + "\n    ".join(lines) + ('"""' if len(lines) == 1 else '\n    """')
