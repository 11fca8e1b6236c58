"""Names for the platform's ids, as the tables need them. It asks nobody: ``directory`` fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_TARGETS: Mapping[tuple[str, str], tuple[float, float]] = MappingProxyType({})


@dataclass(frozen=True)
class Names:
    """What ids are called, and the service level each queue aims at.

    Attributes:
        queues: queue id to name.
        users: user id to name.
        wrapup_codes: wrap-up code id to name; records also carry codes that no list has
            (``ININ-WRAP-UP-TIMEOUT``), which stay as they are.
        divisions: division id to name.
        skills: skill id to name.
        service_levels: (queue id, media type) to (share of offered, 0 to 1; seconds), from the queue's
            ``mediaSettings.<media>.serviceLevel``.
    """

    queues: Mapping[str, str] = field(default=_NOTHING)
    users: Mapping[str, str] = field(default=_NOTHING)
    wrapup_codes: Mapping[str, str] = field(default=_NOTHING)
    divisions: Mapping[str, str] = field(default=_NOTHING)
    skills: Mapping[str, str] = field(default=_NOTHING)
    service_levels: Mapping[tuple[str, str], tuple[float, float]] = field(default=_NO_TARGETS)

    @classmethod
    def empty(cls) -> Names:
        """No names at all: every id stands for itself."""
        return cls()
