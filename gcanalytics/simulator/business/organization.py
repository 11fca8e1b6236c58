"""The simulated organisation: divisions, queues, people, codes and deployments, read from a JSON file.

Ids are derived from the names, so that the same file always gives the same organisation. It knows nothing
of interactions and of the platform's API.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from gcanalytics.simulator.business.organization_file import AgentEntry, OrganizationFile, QueueEntry, check


class Named(msgspec.Struct, frozen=True):
    """Anything that has only an id and a name: a division, skill, language or wrap-up code."""

    id: str
    name: str


class Flow(msgspec.Struct, frozen=True):
    """A call flow; ``type`` is the platform's (INBOUNDCALL, INQUEUECALL, VOICEMAIL)."""

    id: str
    name: str
    type: str


class Presence(msgspec.Struct, frozen=True):
    """A presence definition: the organisation's own name for a system presence (UPPER CASE)."""

    id: str
    name: str
    system_presence: str


class Demand(msgspec.Struct, frozen=True):
    """How one medium of one queue is used: volume in interactions a week, durations in seconds (means)."""

    weekly: float
    talk_s: float
    after_work_s: float
    patience_s: float


class Queue(msgspec.Struct, frozen=True, dict=True):
    """A queue; ``service_levels`` maps a medium to (share that should be answered in time, milliseconds)."""

    id: str
    name: str
    description: str
    division_id: str
    service_levels: Mapping[str, tuple[float, int]]
    member_ids: tuple[str, ...]
    demand: Mapping[str, Demand]
    hourly: tuple[float, ...]
    weekdays: tuple[float, ...]
    number: str | None
    email: str | None
    languages: Mapping[str, float]
    skill_ids: tuple[str, ...]
    wrapup_code_ids: tuple[str, ...]
    overflow_id: str | None
    flow: Flow | None

    @property
    def media(self) -> tuple[str, ...]:
        """The media that are routed to this queue."""
        return tuple(self.service_levels)

    @functools.cached_property
    def language_ids(self) -> tuple[str, ...]:
        """The languages of those who come to it."""
        return tuple(self.languages)

    @functools.cached_property
    def language_bounds(self) -> tuple[float, ...]:
        """The shares of `language_ids` added up, each with those before it."""
        return tuple(itertools.accumulate(self.languages.values()))


class User(msgspec.Struct, frozen=True):
    """An employee; ``shift`` is hours after local midnight, beyond 24 on the next morning.

    Attributes:
        state: ``active`` or ``inactive``.
        guest_desk: takes only chats of real guests, around the clock.
        days_off: local weekdays without a shift, Monday is 0.
        care: factor on talk and after-call work; misses: share of alerts he lets ring out.
        desk: the media that he takes at the desk (``business.desk``); empty for the people of the floor.
        leftovers: begins his day at the desk with what the days before have left.
    """

    id: str
    name: str
    email: str
    title: str
    division_id: str
    queue_ids: tuple[str, ...]
    skill_ids: tuple[str, ...]
    language_ids: tuple[str, ...]
    state: str
    shift: tuple[float, float]
    days_off: frozenset[int]
    guest_desk: bool
    care: float
    misses: float
    desk: tuple[str, ...] = ()
    leftovers: bool = False

    @property
    def works(self) -> bool:
        """Whether he takes interactions at all."""
        return self.state == "active" and bool(self.queue_ids)


class Deployment(msgspec.Struct, frozen=True):
    """A web-chat deployment; every chat queue can be reached over it."""

    id: str
    name: str
    enabled: bool
    requires_auth: bool


class Organization(msgspec.Struct, frozen=True, dict=True):
    """A fictional company and its contact center. Collections keep the order of the file."""

    id: str
    name: str
    time_zone: str
    quiet_hour: int
    divisions: tuple[Named, ...]
    queues: tuple[Queue, ...]
    users: tuple[User, ...]
    wrapup_codes: tuple[Named, ...]
    skills: tuple[Named, ...]
    languages: tuple[Named, ...]
    flows: tuple[Flow, ...]
    presences: tuple[Presence, ...]
    deployments: tuple[Deployment, ...]
    customer_first_names: tuple[str, ...]
    customer_last_names: tuple[str, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> Organization:
        """The organisation of a JSON file.

        Args:
            path: a file of the form of ``data/organization.json``; None takes that file itself, from the
                checkout or from the installed package.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is no organisation; the text says what is wrong.
        """
        path = path or _demo_file()
        try:
            return _build(msgspec.json.decode(path.read_bytes(), type=OrganizationFile))
        except (msgspec.DecodeError, KeyError, StopIteration) as exc:
            raise ValueError(f"{path} is no organisation: {exc}") from exc

    @functools.cached_property
    def zone(self) -> ZoneInfo:
        """The local time zone."""
        return ZoneInfo(self.time_zone)

    @functools.cached_property
    def queues_by_id(self) -> dict[str, Queue]:
        """Every queue under its id."""
        return {queue.id: queue for queue in self.queues}

    @functools.cached_property
    def users_by_id(self) -> dict[str, User]:
        """Every user under his id."""
        return {user.id: user for user in self.users}

    @functools.cached_property
    def guest_desk(self) -> tuple[User, ...]:
        """The users who take only chats of real guests."""
        return tuple(user for user in self.users if user.guest_desk)

    def queue_named(self, name: str) -> Queue | None:
        """The queue of this name (without case), or None."""
        wanted = name.casefold()
        return next((queue for queue in self.queues if queue.name.casefold() == wanted), None)

    def presence(self, system_presence: str) -> Presence:
        """The first presence definition of a system presence (UPPER CASE)."""
        return self._first_presences[system_presence]

    @functools.cached_property
    def _first_presences(self) -> dict[str, Presence]:
        return {each.system_presence: each for each in reversed(self.presences)}


def _demo_file() -> Path:
    package = Path(__file__).resolve().parents[2]
    for folder in (package.parent / "data", package / "_data"):
        if (folder / "organization.json").exists():
            return folder / "organization.json"
    raise FileNotFoundError(f"organization.json is neither beside nor inside {package}")


class _Ids:
    """Ids from names: version 4 in form, the same for the same organisation and name."""

    def __init__(self, organization: str) -> None:
        self._organization = organization

    def __call__(self, kind: str, name: str) -> str:
        digest = hashlib.sha256(f"{self._organization}/{kind}/{name}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def all(self, kind: str, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(self(kind, name) for name in names)

    def named(self, kind: str, names: Iterable[str]) -> tuple[Named, ...]:
        return tuple(Named(self(kind, name), name) for name in names)


def _build(file: OrganizationFile) -> Organization:
    check(file)
    ids = _Ids(file.name)
    flows = tuple(Flow(ids("flow", each.name), each.name, each.type) for each in file.flows)
    return Organization(
        id=ids("organization", file.name),
        name=file.name,
        time_zone=file.time_zone,
        quiet_hour=file.quiet_hour,
        divisions=ids.named("division", file.divisions),
        queues=tuple(_queue(file, ids, each, flows) for each in file.queues),
        users=tuple(_user(file, ids, each) for each in file.agents),
        wrapup_codes=ids.named("wrapup", file.wrapup_codes),
        skills=ids.named("skill", file.skills),
        languages=ids.named("language", file.languages),
        flows=flows,
        presences=tuple(
            Presence(ids("presence", each.name), each.name, each.system_presence) for each in file.presences
        ),
        deployments=tuple(
            Deployment(ids("deployment", each.name), each.name, each.enabled, each.requires_auth)
            for each in file.deployments
        ),
        customer_first_names=tuple(file.customers.first_names),
        customer_last_names=tuple(file.customers.last_names),
    )


def _queue(file: OrganizationFile, ids: _Ids, entry: QueueEntry, flows: tuple[Flow, ...]) -> Queue:
    media = entry.media()
    profile = file.profiles[entry.profile]
    inbound = [flow for flow in flows if flow.type == "INBOUNDCALL"]
    return Queue(
        id=ids("queue", entry.name),
        name=entry.name,
        description=entry.description,
        division_id=ids("division", entry.division),
        service_levels={
            name: (medium.service_level.percentage, round(medium.service_level.duration_s * 1000))
            for name, medium in media.items()
        },
        member_ids=ids.all("user", (each.name for each in file.agents if entry.name in each.queues)),
        demand={
            name: Demand(medium.weekly, medium.talk_s, medium.after_work_s, medium.patience_s)
            for name, medium in media.items()
        },
        hourly=tuple(profile.hours),
        weekdays=tuple(profile.weekdays),
        number=entry.number,
        email=entry.email_address,
        languages={ids("language", name): share for name, share in entry.language_mix.items()},
        skill_ids=ids.all("skill", entry.skills),
        wrapup_code_ids=ids.all("wrapup", entry.wrapup_codes),
        overflow_id=ids("queue", entry.overflow) if entry.overflow else None,
        flow=next((flow for flow in inbound if flow.name == entry.flow), inbound[0] if inbound else None),
    )


def _user(file: OrganizationFile, ids: _Ids, entry: AgentEntry) -> User:
    return User(
        id=ids("user", entry.name),
        name=entry.name,
        email=entry.name.lower().replace(" ", ".") + "@" + file.name.lower().replace(" ", "-") + ".example",
        title=entry.title,
        division_id=ids("division", entry.division),
        queue_ids=ids.all("queue", entry.queues),
        skill_ids=ids.all("skill", entry.skills),
        language_ids=ids.all("language", entry.languages),
        state=entry.state,
        shift=file.shifts[entry.shift],
        days_off=frozenset(entry.days_off),
        guest_desk=entry.guest_desk,
        care=entry.care,
        misses=entry.misses,
        desk=tuple(entry.desk),
        leftovers=entry.leftovers,
    )
