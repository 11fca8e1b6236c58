"""Reads the official SDK's source files: its models, its endpoints, its regions. Imports nothing of it.

An import of the SDK takes seconds; its files are generated and therefore of one form, so reading them is
quick and safe. Fields have the JSON's names, and types as the SDK writes them (``list[Queue]``).
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r"^from \.(\w+) import (\w+)$", re.MULTILINE)
_REGION = re.compile(r'^    (\w+) = "https://api\.([\w.-]+)"$', re.MULTILINE)
_VERSION = re.compile(r"SDK Package Version: ([\w.]+)")
_METHOD = re.compile(r"^    (?:@.*\n    )?def ([a-z]\w*)\(self", re.MULTILINE)
_CALL = re.compile(r"call_api\(resource_path, '([A-Z]+)'")
_PATH = re.compile(r"resource_path = '([^']+)'")
_ANSWER = re.compile(r"response_type='([^']+)'")
_QUERY = re.compile(r"query_params\['(\w+)'\] = params\['(\w+)'\]")
_PARAMETER = re.compile(r":param (\S+) (\w+):")
# What a setter stores for a value that it does not know.
_UNKNOWN = "outdated_sdk_version"


@dataclass(frozen=True)
class Field:
    """A field of a model.

    Attributes:
        type: as the SDK writes it.
        enum: the values that its setter takes, in the order of the SDK; None for free text.
        note: its description, on one line.
    """

    type: str
    enum: tuple[str, ...] | None = None
    note: str = ""

    @property
    def inner(self) -> str:
        """The type of one item: ``Queue`` of ``list[Queue]`` and of ``dict(str, Queue)``."""
        inner = self.type
        while inner.endswith((")", "]")):
            inner = inner.split(", ", 1)[1][:-1] if inner.startswith("dict(") else inner[len("list[") : -1]
        return inner


@dataclass(frozen=True)
class Endpoint:
    """An operation of the API.

    Attributes:
        api: the SDK's class, such as ``AnalyticsApi``.
        method: of HTTP.
        path: from ``/api/v2/`` on.
        query: its query parameters and their types.
        body: type of what is sent, None for nothing.
        answer: type of what comes back, None for nothing.
    """

    api: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str | None
    answer: str | None


class Sdk:
    """The source files of one version.

    Args:
        folder: of the package; the installed one where it is None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or installed()
        self._fields: dict[str, dict[str, Field]] = {}

    @functools.cached_property
    def version(self) -> str:
        """As the SDK tells it."""
        found = _VERSION.search(self._text("configuration.py"))
        return found[1] if found else "unknown"

    @functools.cached_property
    def regions(self) -> dict[str, str]:
        """Name of a region to its domain."""
        return dict(_REGION.findall(self._text("purecloud_region_hosts.py")))

    @functools.cached_property
    def models(self) -> dict[str, str]:
        """Name of each model to its file, without reading one."""
        return {name: file for file, name in _IMPORT.findall(self._text("models/__init__.py"))}

    @functools.cached_property
    def endpoints(self) -> dict[str, Endpoint]:
        """Every operation by the name of its method, such as ``get_routing_queues``."""
        found: dict[str, Endpoint] = {}
        for file, api in _IMPORT.findall(self._text("apis/__init__.py")):
            text = self._text(f"apis/{file}.py")
            starts = [*_METHOD.finditer(text)]
            ends = [*(each.start() for each in starts[1:]), len(text)]
            for start, end in zip(starts, ends, strict=True):
                found[start[1]] = _endpoint(api, text[start.start() : end])
        return found

    def fields(self, model: str) -> dict[str, Field]:
        """The fields of a model by their JSON names, in the order of the SDK.

        Raises:
            KeyError: the SDK has no such model.
        """
        if model not in self._fields:
            self._fields[model] = self._parsed(f"models/{self.models[model]}.py")
        return self._fields[model]

    def _parsed(self, file: str) -> dict[str, Field]:
        types: dict[str, str] = {}
        keys: dict[str, str] = {}
        enums: dict[str, tuple[str, ...]] = {}
        notes: dict[str, str] = {}
        for node in ast.walk(ast.parse(self._text(file))):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                if node.targets[0].attr == "swagger_types":
                    types = ast.literal_eval(node.value)
                elif node.targets[0].attr == "attribute_map":
                    keys = ast.literal_eval(node.value)
            elif isinstance(node, ast.FunctionDef):
                notes.setdefault(node.name, _note(ast.get_docstring(node) or ""))
                for values in _allowed(node):
                    enums[node.name] = values
        return {keys[name]: Field(kind, enums.get(name), notes.get(name, "")) for name, kind in types.items()}

    def reached(self, *types: str) -> list[str]:
        """The models in these types and in the fields of those models, and so on; by name."""
        found: set[str] = set()
        waiting = [Field(kind).inner for kind in types]
        while waiting:
            model = waiting.pop()
            if model not in found and model in self.models:
                found.add(model)
                waiting += [field.inner for field in self.fields(model).values()]
        return sorted(found)

    def _text(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")


def installed() -> Path:
    """The folder of the SDK that is installed here.

    Raises:
        SystemExit: there is none.
    """
    spec = importlib.util.find_spec("PureCloudPlatformClientV2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the official SDK is not installed: pip install PureCloudPlatformClientV2")
    return Path(spec.submodule_search_locations[0])


def _note(text: str) -> str:
    """What a property's docstring says beside its own name."""
    text = " ".join(text.split()).split(" :return:")[0]
    return re.sub(r"^Gets the \S+ of this \S+ ?", "", text)


def _allowed(setter: ast.FunctionDef) -> Iterable[tuple[str, ...]]:
    for node in ast.walk(setter):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "allowed_values":
            yield tuple(value for value in ast.literal_eval(node.value) if value != _UNKNOWN)


def _endpoint(api: str, text: str) -> Endpoint:
    """What one method of an API class calls."""
    types = {name: kind for kind, name in _PARAMETER.findall(text)}
    method, path, answer = _CALL.search(text), _PATH.search(text), _ANSWER.search(text)
    assert method is not None, text[:200]
    assert path is not None, text[:200]
    query = tuple((key, types.get(name, "str")) for key, name in _QUERY.findall(text))
    return Endpoint(api, method[1], path[1], query, types.get("body"), answer[1] if answer else None)
