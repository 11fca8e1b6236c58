"""Requests whose waits end with the live session that asks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gcanalytics.transport.rest import Rest


class Interruptible:
    """The transport, but every wait of its requests ends when the session stops."""

    def __init__(self, rest: Rest, stop: threading.Event) -> None:
        self._rest = rest
        self._stop = stop

    def request(self, method: str, path: str, **options: Any) -> Any:
        """As ``Rest.request``."""
        return self._rest.request(method, path, **{"stop": self._stop, **options})
