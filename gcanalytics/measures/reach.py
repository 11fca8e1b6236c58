"""How long after the start of a conversation its numbers are still counted, of each medium by itself.

An e-mail lasts for days and a call for minutes: what is judged by the longest conversation of all media is
judged wrongly. No buckets here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

NO_TIME = pd.Timedelta(0)


@dataclass(frozen=True)
class Reach:
    """The longest time from the start of a conversation to a number of it.

    Attributes:
        by_medium: of each medium that the rows have.
        otherwise: of rows whose medium is not among them.
    """

    by_medium: Mapping[str, pd.Timedelta]
    otherwise: pd.Timedelta = NO_TIME

    @classmethod
    def of(cls, rows: pd.DataFrame, attrs: Any, begins: Sequence[str], ends: Sequence[str]) -> Reach:
        """What the frame of a pull tells, and the rows where they reach farther.

        Args:
            rows: the rows that may count.
            attrs: of their frame: ``late_s`` tells the seconds for each medium of the pull, ``longest_s``
                how long its longest conversation lasted, for media that ``late_s`` does not have.
            begins: columns whose earliest instant stands for the start of the conversation.
            ends: columns whose latest instant is that of the row's last number.
        """
        told = {str(medium): pd.Timedelta(seconds=value) for medium, value in _told(attrs).items()}
        longest = pd.Timedelta(seconds=float(attrs.get("longest_s") or 0))
        if rows.empty:
            return cls(told, longest)
        first = rows[list(begins)].min(axis=1).groupby(rows["conversationId"]).transform("min")
        seen = (rows[list(ends)].max(axis=1) - first).groupby(rows["mediaType"], dropna=False).max()
        found = {}
        otherwise = NO_TIME
        for medium, late in seen.items():
            own = NO_TIME if pd.isna(late) else pd.Timedelta(late)
            if pd.isna(medium):
                otherwise = max(own, longest)
            else:
                found[str(medium)] = max(own, told.get(str(medium), longest))
        return cls(found, otherwise)

    def __or__(self, other: Reach) -> Reach:
        """Of two frames together: each medium's longer one."""
        media = {*self.by_medium, *other.by_medium}
        both = {name: max(one.by_medium.get(name, NO_TIME) for one in (self, other)) for name in media}
        return Reach(both, max(self.otherwise, other.otherwise))

    @property
    def longest(self) -> pd.Timedelta:
        """The longest of all media that the rows have."""
        return max([self.otherwise, *self.by_medium.values()])

    def each(self, media: pd.Series) -> Any:
        """The time for each of these media, as a Series."""
        known = media.map(dict(self.by_medium))
        return known.astype("timedelta64[ms]").fillna(self.longest)


def _told(attrs: Any) -> Mapping[str, float]:
    found = attrs.get("late_s")
    return found if isinstance(found, Mapping) else {}
