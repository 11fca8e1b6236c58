"""Lists as the platform gives them: the paging envelope, its limits and its name filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from gcanalytics.simulator import answers
from gcanalytics.simulator.rest.spoiling import REPEAT_PAGE

DEFAULT_PAGE_SIZE = 25
Item = TypeVar("Item")


def whole_number(request: web.Request, name: str, default: int, *, most: int | None = None) -> int:
    """A positive whole number of the query string.

    Raises:
        answers.Refusal: 400 ``invalid.query.param.value`` where it is none or above ``most``.
    """
    text = request.query.get(name)
    if text is None or text == "":
        return default
    allowable = f"1 to {most}" if most else "1 and above"
    if (
        not text.isascii()
        or not text.isdigit()
        or len(text) > 15
        or int(text) < 1
        or (most is not None and int(text) > most)
    ):
        raise answers.invalid_parameter(text, name, allowable)
    return int(text)


def several(request: web.Request, name: str) -> list[str]:
    """The values of a query parameter that may be repeated or hold a comma-separated list."""
    return [part for text in request.query.getall(name, []) for part in text.split(",") if part]


def choice(request: web.Request, name: str, default: str, allowed: Sequence[str]) -> str:
    """One of the allowed words, whatever its case; 400 ``invalid.query.param.value`` for any other."""
    text = request.query.get(name) or default
    for word in allowed:
        if word.lower() == text.lower():
            return word
    raise answers.invalid_parameter(text, name, ", ".join(allowed))


def name_filter(pattern: str | None) -> Callable[[str], bool]:
    """The test of a ``name`` parameter: leading and trailing asterisks are wild, case is none of it."""
    if not pattern:
        return lambda _: True
    wanted = pattern.strip("*").lower()
    if pattern.startswith("*") and pattern.endswith("*"):
        return lambda name: wanted in name.lower()
    if pattern.startswith("*"):
        return lambda name: name.lower().endswith(wanted)
    if pattern.endswith("*"):
        return lambda name: name.lower().startswith(wanted)
    return lambda name: name.lower() == wanted


def containing(wanted: Sequence[str]) -> Callable[[Iterable[str]], bool]:
    """The test of a parameter that is searched "contains-style": one text holds one of the values; no values
    let all through."""
    words = [word.lower() for word in wanted]
    return lambda texts: not words or any(word in text.lower() for text in texts for word in words)


def among(request: web.Request, name: str, value: Callable[[Any], str]) -> Callable[[Any], bool]:
    """The test of a parameter that lists values; without it all items pass.

    Args:
        request: whose query string.
        name: of the parameter.
        value: what of an item is looked for among them.
    """
    wanted = set(several(request, name))
    return lambda item: not wanted or value(item) in wanted


def kept(items: Iterable[Item], *tests: Callable[[Item], bool]) -> list[Item]:
    """The items that pass all tests, in their order."""
    return [item for item in items if all(test(item) for test in tests)]


def in_order(request: web.Request, items: Sequence[Item], default: str = "asc") -> list[Item]:
    """Items that are sorted upwards, in the direction that ``sortOrder`` asks for."""
    order = choice(request, "sortOrder", default, ("asc", "desc", "ascending", "descending"))
    return list(items if order.startswith("asc") else reversed(items))


def page_of(
    request: web.Request,
    items: Iterable[Any],
    entity: Callable[[Any], dict[str, Any]],
    *,
    max_size: int = 500,
    totals: bool = True,
) -> web.Response:
    """One page of a list in the platform's envelope; ``nextUri`` is absent on the last page.

    Args:
        request: its ``pageSize`` (default 25) and ``pageNumber``.
        items: everything the list holds, sorted.
        entity: JSON of one item; called for those of the page only.
        max_size: largest page.
        totals: whether the list's model has ``total``, ``pageCount`` and ``lastUri``.

    Raises:
        answers.Refusal: 400 for a page size or number that is none.
    """
    found = list(items)
    size = whole_number(request, "pageSize", DEFAULT_PAGE_SIZE, most=max_size)
    number = whole_number(request, "pageNumber", 1)
    if REPEAT_PAGE.get():
        number = max(1, number - 1)
    count = -(-len(found) // size)

    def uri(page: int) -> str:
        kept = [(k, v) for k, v in request.query.items() if k not in {"pageSize", "pageNumber"}]
        return f"{request.path}?{urlencode([('pageSize', size), ('pageNumber', page), *kept])}"

    body: dict[str, Any] = {
        "entities": [entity(item) for item in found[(number - 1) * size : number * size]],
        "pageSize": size,
        "pageNumber": number,
        "firstUri": uri(1),
        "selfUri": uri(number),
    }
    if totals:
        body |= {"total": len(found), "pageCount": count, "lastUri": uri(max(count, 1))}
    if number < count:
        body["nextUri"] = uri(number + 1)
    if number > 1:
        body["previousUri"] = uri(number - 1)
    return answers.json_response(body)
