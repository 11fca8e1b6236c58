"""A plugin of mypy: ``.get`` of a TypedDict with a key that it does not have is an error, as ``[...]`` is.

Readers of answers use ``.get``, for any key may be missing; mypy alone lets a misspelt one pass.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.errorcodes import TYPEDDICT_UNKNOWN_KEY
from mypy.nodes import StrExpr
from mypy.options import Options
from mypy.plugin import MethodContext, Plugin
from mypy.plugins.default import DefaultPlugin
from mypy.types import Type, TypedDictType, get_proper_type

Hook = Callable[[MethodContext], Type]


class Keys(Plugin):
    """See the module."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._default = DefaultPlugin(options)

    def get_method_hook(self, fullname: str) -> Hook | None:
        """The check, and behind it what mypy itself does."""
        usual = self._default.get_method_hook(fullname)
        if not fullname.endswith(".get"):
            return None

        def checked(context: MethodContext) -> Type:
            _check(context)
            return usual(context) if usual else context.default_return_type

        return checked


def _check(context: MethodContext) -> None:
    found = get_proper_type(context.type)
    key = context.args[0][0] if context.args and context.args[0] else None
    if isinstance(found, TypedDictType) and isinstance(key, StrExpr) and key.value not in found.items:
        name = found.fallback.type.name
        context.api.fail(f'TypedDict "{name}" has no key "{key.value}"', key, code=TYPEDDICT_UNKNOWN_KEY)


def plugin(version: str) -> type[Plugin]:
    """What mypy asks a plugin for."""
    return Keys
