"""What tests with the official SDK share: its last answer as JSON, filters and queries made of its models."""

import json
from collections.abc import Callable
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
