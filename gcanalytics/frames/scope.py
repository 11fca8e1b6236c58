"""What a pull asked for, so that rows of other queues, users or media can be told apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The keyword filters of a query; ``None`` means that nothing was filtered.

    A query for a queue returns whole conversations, with the legs of other queues too. Rows that
    the filters themselves would not have matched carry ``in_scope=False``. Values are compared as the
    platform spells them.

    Attributes:
        queue_ids: queues asked for.
        user_ids: users asked for.
        media_types: media asked for (``voice``, ``chat`` ...).
        directions: directions asked for (``inbound``, ``outbound``).
    """

    queue_ids: frozenset[str] | None = None
    user_ids: frozenset[str] | None = None
    media_types: frozenset[str] | None = None
    directions: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        """True where no filter was set, so that every row is in scope."""
        return self == Scope()

    def covers(
        self,
        *,
        queue_id: str | None = None,
        user_id: str | None = None,
        media_type: str | None = None,
        direction: str | None = None,
    ) -> bool:
        """Whether one thing with these four values satisfies all filters at once."""
        pairs = (
            (self.queue_ids, queue_id),
            (self.user_ids, user_id),
            (self.media_types, media_type),
            (self.directions, direction),
        )
        return all(wanted is None or value in wanted for wanted, value in pairs)
