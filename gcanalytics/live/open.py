"""Opens live views and keeps one for each set of queues."""

from __future__ import annotations

import atexit
import contextlib
import inspect
import threading
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal, Protocol
from zoneinfo import ZoneInfo

from gcanalytics.api.vocabulary import listed
from gcanalytics.errors import QueryError, UnknownName, is_number

from .screen import Labels
from .session import Session
from .view import LiveView
from .waits import Limits

if TYPE_CHECKING:
    from gcanalytics.frames.names import Names
    from gcanalytics.settings import Network
    from gcanalytics.transport.rest import Rest

__all__ = ["open_view", "stop_views"]

_Key = tuple[str, frozenset[str]]
_open: dict[_Key, tuple[Rest, LiveView]] = {}
_lock = threading.Lock()


class Directory(Protocol):
    """What a view needs of the client's directory."""

    def queue_ids(self, wanted: list[str]) -> list[str]:
        """Ids of queues given by name or id."""

    def names(self) -> Names:
        """Names for ids."""


def open_view(
    rest: Rest,
    directory: Directory,
    network: Network,
    queues: str | Sequence[str],
    *,
    tz: str | tzinfo | None = None,
    show_remote: bool = False,
    warn_wait_s: float | None = None,
    alarm_wait_s: float | None = None,
    snapshot: Literal["full", "totals"] = "full",
    **session: Any,
) -> LiveView:
    """A live view that has begun to listen. A view of the same queues that is still open is stopped first.

    Needs the permissions ``routing:queue:view`` (the queues and their agents) and
    ``analytics:queueObservation:view`` (without it, what was going on before is unknown; the view says so).

    Args:
        rest: the transport.
        directory: turns names into ids and ids into names.
        network: for the socket.
        queues: one or more queues, by name or id.
        tz: zone of the times shown; None is UTC.
        show_remote: show customers' addresses whole. They are masked otherwise, also in frames and files, for
            they would stay in the saved notebook.
        warn_wait_s: a wait this long (seconds) is marked, in every queue and medium. By default it is what
            the queue itself aims at in the medium (``mediaSettings.<media>.serviceLevel.durationMs``); where
            that is not known a minute, for e-mails a day.
        alarm_wait_s: a wait this long (seconds) is marked as an alarm; by default three times the other.
        snapshot: ``totals`` leaves no single conversation in the notebook after Stop.
        **session: further options of the session.

    Raises:
        QueryError: no queue was named, the limits are in the wrong order, or there is no such option.
        UnknownName: there is no such queue.
    """
    wanted = listed("queue", queues)
    if not wanted:
        raise QueryError("Name at least one queue.")
    given = [limit for limit in (warn_wait_s, alarm_wait_s) if limit is not None]
    if not all(is_number(limit) and limit > 0 for limit in given) or given != sorted(given):
        raise QueryError(
            "warn_wait_s and alarm_wait_s must be above zero, and the first not above the other."
        )
    for name in session:
        if name not in inspect.signature(Session).parameters:
            raise QueryError(
                f"There is no option {name}= of a live view; there are show_remote, warn_wait_s, "
                "alarm_wait_s, snapshot."
            )
    if snapshot not in {"full", "totals"}:
        raise QueryError(f"snapshot= is 'full' or 'totals', not {snapshot!r}.")
    ids = list(dict.fromkeys(directory.queue_ids(wanted)))
    names = directory.names()
    for queue_id in ids:
        # No event ever comes for such an id, which looks like an idle queue.
        if names.queues and queue_id not in names.queues:
            raise UnknownName("queue", queue_id, names.queues.values())
    titles = {queue_id: names.queues.get(queue_id, queue_id) for queue_id in ids}
    zone = ZoneInfo(tz) if isinstance(tz, str) else tz or ZoneInfo("UTC")
    targets = {key: seconds for key, (_, seconds) in names.service_levels.items() if seconds > 0}
    labels = Labels(titles, names.users, zone, show_remote, Limits(targets, warn_wait_s, alarm_wait_s))
    key = (rest.base_url, frozenset(ids))
    with _lock:
        before = _open.pop(key, None)
    if before is not None:
        before[1].stop()
    view = LiveView(Session(rest, network, titles, **session), labels, snapshot=snapshot, on_stop=_forget)
    with _lock:
        _open[key] = rest, view
    return view.start()


def stop_views(rest: Rest | None = None) -> None:
    """Stop all open views, or those that were opened on one transport."""
    for own, view in list(_open.values()):
        if rest is None or rest is own:
            view.stop()


def _forget(view: LiveView) -> None:
    with _lock:
        for key in [key for key, (_, value) in _open.items() if value is view]:
            del _open[key]


@atexit.register
def _at_exit() -> None:
    with contextlib.suppress(Exception):
        stop_views()
