"""The kinds of JSON objects in a conversation's record, and the structs they are decoded into."""

from __future__ import annotations

from typing import Any

import msgspec

from .schema import api_fields

MOST_FIELDS = 300
"""Fields of one kind of object; beyond them keys are taken for data, and kept as text."""
_ABSENT = msgspec.Raw(b"")
_LISTS = {"texts", "integers"}


class Node:
    """One kind of JSON object, and the struct that its objects are decoded into.

    The struct has only the fields that pages so far have shown: a session has ninety possible ones and
    carries twenty. ``learn`` and ``compile`` make it wider.

    Attributes:
        table: the table whose rows these objects are; ``flow`` stands for columns of ``sessions``.
        lists: key of a list of objects, and their node.
        single: key of one object, and its node.
        maps: keys of objects with free keys (``attributes``).
        leaves: all other keys seen.
        verbatim: those leaves that are kept as the text that they were, because they are nested.
        struct: fields are lists, single, maps and leaves, in this order.
    """

    def __init__(
        self,
        table: str,
        *,
        lists: dict[str, Node] | None = None,
        single: dict[str, Node] | None = None,
        maps: tuple[str, ...] = (),
        leaves: tuple[str, ...] = (),
    ) -> None:
        self.table = table
        self.lists = lists or {}
        self.single = single or {}
        self.maps = maps
        self.leaves = dict.fromkeys(leaves)
        self.verbatim: set[str] = set()
        self.struct: type[msgspec.Struct] = msgspec.Struct
        known = api_fields("sessions" if table == "flow" else table)
        self._lists_of_scalars = {column.name for column in known if column.kind in _LISTS}

    def compile(self) -> None:
        """Make the structs of this node and of all below it anew."""
        nested = {**self.lists, **self.single}
        for node in nested.values():
            node.compile()
        fields: list[tuple[str, Any, Any]] = []
        for i, node in enumerate(self.lists.values()):
            fields.append((f"list{i}", list[node.struct] | None, ()))  # type: ignore[name-defined]
        for i, node in enumerate(self.single.values()):
            fields.append((f"single{i}", node.struct | None, None))
        fields += [(f"map{i}", Any, None) for i in range(len(self.maps))]
        names = [
            "conversationId" if leaf == "conversationId" else f"leaf{i}" for i, leaf in enumerate(self.leaves)
        ]
        for name, leaf in zip(names, self.leaves, strict=True):
            fields.append((name, msgspec.Raw, _ABSENT) if leaf in self.verbatim else (name, Any, None))
        keys = [*nested, *self.maps, *self.leaves]
        rename = {field[0]: key for field, key in zip(fields, keys, strict=True)}
        self.struct = msgspec.defstruct(
            self.table, fields, rename=rename, forbid_unknown_fields=True, gc=False
        )

    def learn(self, found: Any) -> bool:
        """Take up the fields of one object and of all below it; true if any was new."""
        if not isinstance(found, dict):
            return False
        grown = False
        for key, value in found.items():
            if key in self.lists:
                node = self.lists[key]
                grown |= isinstance(value, list) and sum(node.learn(each) for each in value) > 0
            elif key in self.single:
                grown |= self.single[key].learn(value)
            elif key not in self.leaves and key not in self.maps:
                grown |= self.takes(key, value)
        return grown

    def takes(self, key: str, value: Any) -> bool:
        """Whether the struct has, or can get, a field for this key; it is taken up then."""
        if key in self.leaves:
            return True
        if len(self.leaves) >= MOST_FIELDS or not fits(key):
            return False
        self.leaves[key] = None
        if isinstance(value, dict | list) and key not in self._lists_of_scalars:
            self.verbatim.add(key)
        return True


def conversation_node() -> Node:
    """The node of a conversation, with nothing learned yet."""
    flow = Node("flow", lists={"outcomes": Node("flow_outcomes")})
    session = Node(
        "sessions",
        lists={
            "segments": Node("segments"),
            "metrics": Node("metrics"),
            "mediaEndpointStats": Node("media_endpoint_stats"),
        },
        single={"flow": flow},
    )
    participant = Node("participants", lists={"sessions": session}, maps=("attributes",))
    return Node(
        "conversations",
        lists={
            "participants": participant,
            "evaluations": Node("evaluations"),
            "surveys": Node("surveys"),
            "resolutions": Node("resolutions"),
        },
        leaves=("conversationId",),
    )


def fits(key: str) -> bool:
    """Whether a struct can have a field for this key; msgspec refuses quotes, backslashes and controls."""
    return not any(char in '"\\' or char < " " for char in key) and key.isprintable()
