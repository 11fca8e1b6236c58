"""Names for the platform's ids, as the tables need them. It asks nobody: ``directory`` fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        presences: id of an organisation's own presence to its name.
        service_levels: (queue id, media type) to (share of offered, 0 to 1; seconds), from the queue's
            ``mediaSettings.<media>.serviceLevel``.
    """

    queues: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    wrapup_codes: Mapping[str, str] = field(default_factory=dict)
    divisions: Mapping[str, str] = field(default_factory=dict)
    skills: Mapping[str, str] = field(default_factory=dict)
    presences: Mapping[str, str] = field(default_factory=dict)
    service_levels: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> Names:
        """No names at all: every id stands for itself."""
        return cls()
