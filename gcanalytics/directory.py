"""Who and what there is in the organisation: queues, users, codes as DataFrames, and names for ids and back.

Asks for each list once and keeps it. Knows nothing about conversations.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from gcanalytics.api import routing, vocabulary
from gcanalytics.errors import GenesysError, IncompletePull, PermissionDenied, QueryError, UnknownName
from gcanalytics.frames import schema
from gcanalytics.frames.names import Names

if TYPE_CHECKING:
    from gcanalytics.api.aggregates import Rest
    from gcanalytics.contract.answers import Queue

Entity = Any  # a Queue, User ...; which of their fields make columns is data below
Columns = dict[str, tuple[str, Callable[[Entity], object]]]

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
# A queue's mediaSettings call voice "call"; everywhere else it is "voice" (the SDK's QueueMediaSettings).
_MEDIA = {"call": "voice"}
_SL_MEDIA = ("voice", "chat", "message", "email", "callback")


def _read(path: Sequence[str], entity: Entity) -> Any:
    """A value below the entity; None where the way ends."""
    for key in path:
        entity = entity.get(key) if isinstance(entity, dict) else None
    return entity


def _at(*path: str) -> partial[Any]:
    return partial(_read, path)


def _own(*names: str, kind: str = "text") -> Columns:
    return {name: (kind, _at(name)) for name in names}


def _service_level_columns() -> Columns:
    def part(media: str, at: int) -> Callable[[Queue], object]:
        return lambda queue: _service_levels(queue).get(media, (None, None))[at]

    columns: Columns = {}
    for media in _SL_MEDIA:
        columns[f"{media}_sl_target"] = ("number", part(media, 0))
        columns[f"{media}_sl_target_s"] = ("number", part(media, 1))
    return columns


def _presence_name(entity: Entity) -> str | None:
    """The name of a presence, or its label: those of the system itself may have labels alone."""
    labels = entity.get("languageLabels")
    label = next(iter(labels.values()), None) if isinstance(labels, dict) else None
    name = entity.get("name") or label
    return name if isinstance(name, str) else None


_NAMED: Columns = _own("name", "id")
_DIVISION: Columns = {
    "division": ("text", _at("division", "name")),
    "divisionId": ("text", _at("division", "id")),
}
_DATES: Columns = _own("dateCreated", "dateModified", kind="instant")
_COLUMNS: dict[str, Columns] = {
    "queues": {
        **_NAMED,
        **_DIVISION,
        **_own("description"),
        **_own("memberCount", "joinedMemberCount", kind="integer"),
        **_service_level_columns(),
        **_DATES,
    },
    "users": {**_NAMED, **_own("email", "title", "department", "state"), **_DIVISION},
    "wrapup_codes": {**_NAMED, **_DIVISION, **_DATES},
    "skills": {**_NAMED, **_own("state"), **_own("dateModified", kind="instant")},
    "divisions": {**_NAMED, **_own("description"), **_own("homeDivision", kind="flag")},
    "presences": {
        "name": ("text", _presence_name),
        **_own("id", "systemPresence"),
        **_own("deactivated", kind="flag"),
    },
}

_NAMED_IN_TABLES = ("queues", "users", "wrapup_codes")


class Directory:
    """The lists of one organisation, each asked for once; thread-safe.

    Args:
        rest: the connection.
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._lists: dict[str, list[Entity]] = {}
        self._locks = {kind: threading.Lock() for kind in _COLUMNS}
        self._refused: dict[str, PermissionDenied] = {}
        self._short: dict[str, IncompletePull] = {}
        self._said: set[str] = set()

    def __repr__(self) -> str:
        """How long the lists are that were asked for."""
        known = [f"{len(found):,} {kind}" for kind, found in self._lists.items()]
        return f"<Directory: {', '.join(known) or 'no list asked for yet'}>"

    def queues(self, *, refresh: bool = False) -> pd.DataFrame:
        """The queues, a row each, by name.

        Columns: ``name``, ``id``, ``division``, ``divisionId``, ``description`` (text), ``memberCount``,
        ``joinedMemberCount`` (Int64), ``<media>_sl_target`` (Float64, the share to be answered in time,
        0 to 1), ``<media>_sl_target_s`` (Float64, seconds), ``dateCreated``, ``dateModified`` (UTC).

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Raises:
            GenesysError: the platform refused or did not answer; as all lists here.
        """
        return self._frame("queues", refresh)

    def users(self, *, refresh: bool = False) -> pd.DataFrame:
        """The users, active or not, a row each, by name.

        Columns, all text: ``name``, ``id``, ``email``, ``title``, ``department``, ``state`` (``active``,
        ``inactive``, ``deleted``), ``division``, ``divisionId``.

        Args:
            refresh: whether to ask again.
        """
        return self._frame("users", refresh)

    def wrapup_codes(self, *, refresh: bool = False) -> pd.DataFrame:
        """The wrap-up codes, a row each, by name.

        Columns: ``name``, ``id``, ``division``, ``divisionId`` (text), ``dateCreated``, ``dateModified``.
        Conversations also carry the system's own code ``ININ-WRAP-UP-TIMEOUT``, which is in no list.

        Args:
            refresh: whether to ask again.
        """
        return self._frame("wrapup_codes", refresh)

    def skills(self, *, refresh: bool = False) -> pd.DataFrame:
        """The ACD skills, a row each, by name: ``name``, ``id``, ``state`` (text), ``dateModified``.

        Args:
            refresh: whether to ask again.
        """
        return self._frame("skills", refresh)

    def divisions(self, *, refresh: bool = False) -> pd.DataFrame:
        """The divisions, a row each, by name.

        Columns: ``name``, ``id``, ``description`` (text), ``homeDivision`` (boolean).

        Args:
            refresh: whether to ask again.
        """
        return self._frame("divisions", refresh)

    def presences(self, *, refresh: bool = False) -> pd.DataFrame:
        """The organisation's own presences, a row each, by name.

        Columns: ``name``, ``id``, ``systemPresence`` (text: ``Available``, ``OnQueue``, ``Meal`` ..., the one
        it stands for), ``deactivated`` (boolean).

        Args:
            refresh: whether to ask again.
        """
        return self._frame("presences", refresh)

    def presence_names(self) -> dict[str, str]:
        """Id to name of the organisation's own presences.

        Empty where the OAuth client may not read them, with a warning that names the permission once.
        """
        found = {one["id"]: _presence_name(one) or one["id"] for one in self._readable("presences")}
        self._say_what_was_refused()
        return found

    def queue_ids(self, queues: str | Iterable[str]) -> list[str]:
        """Ids of queues, given names or ids, one or several; each once.

        Raises:
            UnknownName: no queue has that name; says which are nearest.
            QueryError: two queues have it, with their ids; or nothing is given.
        """
        return self._ids("queue", "queues", queues)

    def user_ids(self, users: str | Iterable[str]) -> list[str]:
        """Ids of users, given names, e-mail addresses or ids; see :meth:`queue_ids`."""
        return self._ids("user", "users", users)

    def wrapup_code_ids(self, codes: str | Iterable[str]) -> list[str]:
        """Ids of wrap-up codes, given names or ids; see :meth:`queue_ids`."""
        return self._ids("wrap-up code", "wrapup_codes", codes)

    def names(self) -> Names:
        """Names of queues, users and wrap-up codes, and the service levels that queues aim at.

        Skills and divisions, which no computed table needs, only where their lists were asked for before.
        A list that the OAuth client may not read leaves its ids as they are, with a warning that names
        the permission once. So does, for what is missing, a list that the platform gave in part.
        """
        lists = self._all()
        named = {
            kind: {one["id"]: str(one.get("name") or one["id"]) for one in lists[kind]} for kind in lists
        }
        targets = {
            (queue["id"], media): target
            for queue in lists["queues"]
            for media, target in _service_levels(queue).items()
        }
        return Names(**named, service_levels=targets)

    def _all(self) -> dict[str, list[Entity]]:
        """The lists known, and those that tables need; asked for together, in threads that Ctrl-C need not
        wait for.
        """
        lists: dict[str, list[Entity]] = {}
        failures: list[GenesysError] = []

        def read(kind: str) -> None:
            try:
                lists[kind] = self._readable(kind)
            except GenesysError as failure:
                failures.append(failure)

        unknown = [kind for kind in _NAMED_IN_TABLES if kind not in self._lists]
        threads = [threading.Thread(target=read, args=(kind,), daemon=True) for kind in unknown]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.25)  # Windows interrupts no wait without an end
        if failures:
            raise failures[0]
        self._say_what_was_refused()
        return {kind: lists[kind] if kind in lists else self._lists.get(kind, []) for kind in _COLUMNS}

    def _readable(self, kind: str) -> list[Entity]:
        try:
            return self._list(kind)
        except PermissionDenied as refusal:
            self._refused.setdefault(kind, refusal)
            return []

    def _say_what_was_refused(self) -> None:
        """One warning a list, in the caller's thread; so for the lists that the platform gave in part."""
        for short in [self._short.pop(kind) for kind in list(self._short)]:
            warnings.warn(f"A list of names is not whole: {short}", stacklevel=4)
        for kind, refusal in self._refused.items():
            if kind not in self._said:
                self._said.add(kind)
                warnings.warn(
                    f"The names of {kind} cannot be read, ids stand in their place: {refusal}", stacklevel=4
                )

    def _list(self, kind: str, *, refresh: bool = False) -> list[Entity]:
        with self._locks[kind]:
            if refresh or kind not in self._lists:
                try:
                    found: list[Entity] = getattr(routing, kind)(self._rest)
                except IncompletePull as short:
                    self._short[kind] = short
                    return _by_name(short.found)  # not kept: the next who needs it asks again
                self._lists[kind] = _by_name(found)
            return self._lists[kind]

    def _frame(self, kind: str, refresh: bool) -> pd.DataFrame:
        entities = self._list(kind, refresh=refresh)
        self._say_what_was_refused()
        return pd.DataFrame(
            {
                name: _series([read(one) for one in entities], value_kind)
                for name, (value_kind, read) in _COLUMNS[kind].items()
            }
        )

    def _ids(self, kind: str, listed: str, values: str | Iterable[str]) -> list[str]:
        wanted = vocabulary.listed(kind, values)
        if not wanted:
            raise QueryError(f"No {kind} is named; leave it out to mean all.")
        try:
            return list(dict.fromkeys(self._id(kind, listed, value) for value in wanted))
        finally:
            self._say_what_was_refused()

    def _id(self, kind: str, listed: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise QueryError(f"{value!r:.80} is neither a name nor an id of a {kind}.")
        name = value.strip()
        if _GUID.fullmatch(name):
            return name.lower()
        entities = self._list(listed)
        if any(one["id"] == name for one in entities):
            return name
        for key in ("name", "email") if kind == "user" else ("name",):
            for same in (str, str.casefold):
                found = [one["id"] for one in entities if same(str(one.get(key) or "")) == same(name)]
                if len(found) > 1:
                    raise QueryError(
                        f"{len(found)} {listed} are called {name!r}; name one by its id: {', '.join(found)}."
                    )
                if found:
                    return str(found[0])
        raise UnknownName(
            kind,
            name,
            (str(one.get("name") or "") for one in entities),
            hint=f"gc.{listed}() lists all that this OAuth client sees: {len(entities):,}.",
        )


def _service_levels(queue: Queue) -> dict[str, tuple[float, float]]:
    """Media type to (share to be answered in time, seconds), of the media that have a target."""
    found: dict[str, tuple[float, float]] = {}
    settings = queue.get("mediaSettings")
    for name, setting in settings.items() if isinstance(settings, dict) else ():
        share = _at("serviceLevel", "percentage")(setting)
        milliseconds = _at("serviceLevel", "durationMs")(setting)
        if isinstance(share, int | float) and isinstance(milliseconds, int | float):
            found[_MEDIA.get(str(name), str(name))] = (float(share), milliseconds / 1000)
    return found


def _series(values: Sequence[Any], kind: str) -> pd.Series[Any]:
    """A typed column; a value of another kind is missing rather than wrong."""
    dtype = schema.DTYPES[kind]
    if kind == "instant":
        texts = pd.Series([value if isinstance(value, str) else None for value in values], dtype=object)
        return pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce").astype(dtype)
    wanted: dict[str, Any] = {"text": str, "integer": int, "number": (int, float), "flag": bool}
    fits = [
        value if isinstance(value, wanted[kind]) and (kind == "flag" or not isinstance(value, bool)) else None
        for value in values
    ]
    return pd.Series(fits, dtype=dtype)


def _by_name(entities: list[Entity]) -> list[Entity]:
    return sorted(entities, key=lambda one: str(one.get("name") or "").casefold())
