"""What tests with the official SDK share: its last answer as JSON, filters and queries made of its models."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

Walker = Callable[[object, str], Any]

DAY = "2026-11-17T00:00:00.000Z/2026-11-18T00:00:00.000Z"
TODAY = "2026-11-18T00:00:00.000Z/2026-11-19T00:00:00.000Z"


def raw(client: Any) -> Any:
    """The JSON of the SDK's last response, before the SDK made objects of it."""
    return json.loads(client.last_response.data)


def predicate(sdk: Any, kind: str, dimension: str, value: str) -> Any:
    """A filter with one predicate, of the model family of ``kind``."""
    one = getattr(sdk, f"{kind}Predicate")()
    one.type, one.dimension, one.operator, one.value = "dimension", dimension, "matches", value
    whole = getattr(sdk, f"{kind}Filter")()
    whole.type, whole.predicates = "or", [one]
    return whole


def details_query(sdk: Any, page: int, **fields: Any) -> Any:
    query = sdk.ConversationQuery()
    query.interval, query.order, query.order_by = DAY, "asc", "conversationStart"
    query.paging = {"pageSize": 100, "pageNumber": page}
    for name, value in fields.items():
        setattr(query, name, value)
    return query


def lost(sent: Any, kept: Any, where: str = "") -> list[str]:
    """Where what the SDK gives back differs from the JSON it was given; instants may be written otherwise."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        found = [f"{where}.{key} is gone" for key in sent if key not in kept]
        found += [f"{where}.{key} came from nowhere" for key in kept if key not in sent]
        both = [key for key in sent if key in kept]
        return found + [line for key in both for line in lost(sent[key], kept[key], f"{where}.{key}")]
    if isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        return [
            line for one, other in zip(sent, kept, strict=True) for line in lost(one, other, f"{where}[]")
        ]
    if sent == kept or (isinstance(sent, str) and isinstance(kept, str) and _instant(sent) == _instant(kept)):
        return []
    return [f"{where}: {sent!r:.80} became {kept!r:.80}"]


def _instant(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
