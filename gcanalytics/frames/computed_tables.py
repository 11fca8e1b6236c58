"""The computed tables of one pull: legs, handlings, interactions, transfers; made when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from .handlings import handlings
from .interactions import interactions
from .legs import legs
from .offers import Offers
from .sessions import Sessions
from .tables import Tables
from .transfers import transfers


class ComputedTables:
    """Arrow tables by name, in the order that one needs the other."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @cached_property
    def _sessions(self) -> Sessions:
        return Sessions(self._tables.arrow)

    @cached_property
    def _offers(self) -> Offers:
        return Offers(self._sessions)

    @cached_property
    def legs(self) -> Any:
        """A row for each ACD offer."""
        return legs(self._tables, self._sessions, self._offers)

    @cached_property
    def handlings(self) -> Any:
        """A row for each session of an agent."""
        return handlings(self._tables, self._sessions, self._offers)

    @cached_property
    def transfers(self) -> Any:
        """A row for each transfer by an agent."""
        return transfers(self._tables, self._sessions, self._offers)

    @cached_property
    def interactions(self) -> Any:
        """A row for each conversation."""
        return interactions(self._tables, self._sessions, self.legs, self.handlings, self.transfers)
