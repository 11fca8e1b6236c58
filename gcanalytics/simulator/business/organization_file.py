"""The form of an organisation's JSON file, in which things name each other, and the check of those names."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Level(msgspec.Struct):
    """A service level: this share answered within so many seconds."""

    percentage: float
    duration_s: float


class Medium(msgspec.Struct):
    """One medium of a queue: weekly volume, means in seconds."""

    weekly: float
    service_level: Level
    talk_s: float
    after_work_s: float
    patience_s: float


class QueueEntry(msgspec.Struct):
    """A queue; ``overflow`` and ``flow`` are names."""

    name: str
    division: str
    profile: str
    wrapup_codes: list[str]
    language_mix: dict[str, float]
    description: str = ""
    number: str | None = None
    skills: list[str] = []
    email_address: str | None = None
    voice: Medium | None = None
    chat: Medium | None = None
    message: Medium | None = None
    email: Medium | None = None
    callback: Medium | None = None
    overflow: str | None = None
    flow: str | None = None

    def media(self) -> dict[str, Medium]:
        """Its media by name."""
        media = {
            "voice": self.voice,
            "chat": self.chat,
            "message": self.message,
            "email": self.email,
            "callback": self.callback,
        }
        return {name: medium for name, medium in media.items() if medium}


class AgentEntry(msgspec.Struct):
    """An employee; ``days_off`` counts from Monday, 0; ``desk`` is the media that he takes at the desk."""

    name: str
    title: str
    division: str
    shift: str
    days_off: list[int]
    queues: list[str]
    skills: list[str]
    languages: list[str]
    care: float = 1.0
    misses: float = 0.02
    guest_desk: bool = False
    state: str = "active"
    desk: list[str] = []
    leftovers: bool = False


class FlowEntry(msgspec.Struct):
    """A call flow."""

    name: str
    type: str


class PresenceEntry(msgspec.Struct):
    """A presence definition."""

    name: str
    system_presence: str


class DeploymentEntry(msgspec.Struct):
    """A web-chat deployment."""

    name: str
    enabled: bool
    requires_auth: bool


class Profile(msgspec.Struct):
    """Relative volume by local hour (24) and by weekday (7, Monday first)."""

    hours: list[float]
    weekdays: list[float]


class Customers(msgspec.Struct):
    """Names that customers are made of."""

    first_names: list[str]
    last_names: list[str]


class OrganizationFile(msgspec.Struct):
    """The whole file."""

    name: str
    time_zone: str
    quiet_hour: int
    divisions: list[str]
    skills: list[str]
    languages: list[str]
    wrapup_codes: list[str]
    flows: list[FlowEntry]
    presences: list[PresenceEntry]
    profiles: dict[str, Profile]
    shifts: dict[str, tuple[float, float]]
    queues: list[QueueEntry]
    agents: list[AgentEntry]
    deployments: list[DeploymentEntry]
    customers: Customers


_PRESENCES = ("AVAILABLE", "ON_QUEUE", "BREAK", "MEAL", "MEETING", "TRAINING", "OFFLINE")
"""Presences that the floor's people go through."""


def _checked(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise KeyError(f"no {kind} is named {', '.join(unknown)}")


def check(file: OrganizationFile) -> None:
    """Raise KeyError where an entry names something that the file does not have."""
    _checked("division", (each.division for each in file.queues), file.divisions)
    _checked("division", (each.division for each in file.agents), file.divisions)
    _checked("profile", (each.profile for each in file.queues), file.profiles)
    _checked("shift", (each.shift for each in file.agents), file.shifts)
    queues = [each.name for each in file.queues]
    _checked("queue", (name for each in file.agents for name in each.queues), queues)
    _checked("queue", (each.overflow for each in file.queues if each.overflow), queues)
    _checked("wrap-up code", (code for each in file.queues for code in each.wrapup_codes), file.wrapup_codes)
    _checked("skill", (name for each in file.queues for name in each.skills), file.skills)
    _checked("skill", (name for each in file.agents for name in each.skills), file.skills)
    _checked("language", (name for each in file.agents for name in each.languages), file.languages)
    _checked("language", (name for each in file.queues for name in each.language_mix), file.languages)
    _checked("system presence", _PRESENCES, (each.system_presence for each in file.presences))
    flows = {each.name for each in file.flows if each.type == "INBOUNDCALL"}
    _checked("INBOUNDCALL flow", (each.flow for each in file.queues if each.flow), flows)
    for each in file.queues:
        if each.voice and not flows:
            raise KeyError(f"{each.name} takes calls, and there is no INBOUNDCALL flow")
        if not each.language_mix:
            raise KeyError(f"{each.name} has no language_mix")
    _check_desk(file)
    voice = [each.name for each in file.queues if each.voice]
    _checked("queue with voice", (each.overflow for each in file.queues if each.overflow), voice)


DESK_MEDIA = ("message", "email", "callback")
"""What waits over night, and is the work of the desk."""


def _check_desk(file: OrganizationFile) -> None:
    """What a day leaves over must find somebody on a day to come."""
    for agent in file.agents:
        _checked("medium of the desk", agent.desk, DESK_MEDIA)
        begin = file.shifts[agent.shift][0]
        if agent.leftovers and not (len(agent.days_off) <= 2 and begin <= 10):
            raise KeyError(
                f"{agent.name} takes leftovers: two days off at most, and a shift from 10 or before"
            )
    for queue in file.queues:
        if queue.email and not queue.email_address:
            raise KeyError(f"{queue.name} takes e-mails and has no email_address")
        for medium in DESK_MEDIA:
            able = (each for each in file.agents if each.leftovers and medium in each.desk)
            if medium in queue.media() and not any(queue.name in each.queues for each in able):
                raise KeyError(f"{queue.name} takes {medium}, and nobody takes its leftovers")
