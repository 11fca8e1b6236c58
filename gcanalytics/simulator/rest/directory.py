"""JSON of what changes rarely: queues, members, users, wrap-up codes, divisions, presences. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gcanalytics.simulator.business.organization import Named, Presence, Queue, User
from gcanalytics.simulator.business.timeline import AgentStatus
from gcanalytics.simulator.records.details import iso
from gcanalytics.simulator.rest.platform import Platform

CREATED = "2024-01-15T09:00:00.000Z"
"""When everything of the organization was made; the platform gives one on nearly every entity."""
_MEDIA_NAMES = {"voice": "call"}


class Directory:
    """JSON of the organization's entities.

    Args:
        platform: its organization, and its timeline for what agents do now.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.organization = platform.organization
        self._divisions = {division.id: division for division in self.organization.divisions}
        self._presences = {presence.id: presence for presence in self.organization.presences}
        self._skills = {skill.id: skill for skill in self.organization.skills}
        self._languages = {language.id: language for language in self.organization.languages}
        self.queues = sorted(self.organization.queues, key=lambda queue: queue.name.casefold())
        self.users = sorted(self.organization.users, key=lambda user: user.name.casefold())

    def status(self, user: User) -> AgentStatus:
        """What an agent does now; slow where today is not built yet."""
        return self._platform.timeline.agent(user.id, self._platform.clock.now_ms())

    def statuses(self, users: Iterable[User]) -> dict[str, AgentStatus]:
        """What several agents do now, by user id."""
        return {user.id: self.status(user) for user in users}

    def division(self, division_id: str) -> dict[str, Any]:
        """A division as other entities carry it."""
        division = self._divisions[division_id]
        uri = f"/api/v2/authorization/divisions/{division.id}"
        return {"id": division.id, "name": division.name, "selfUri": uri}

    def authorization_division(self, division: Named) -> dict[str, Any]:
        """A division of its own list."""
        home = division.id == self.organization.divisions[0].id
        return self.division(division.id) | {"description": "", "homeDivision": home, "objectCounts": {}}

    def joins(self, users: Iterable[User]) -> dict[str, bool]:
        """Which users are activated in their queues, by id; slow with ``queue_joins`` as ``shift``."""
        if self._platform.settings.queue_joins == "kept":
            return {user.id: True for user in users}
        return {user.id: logged_on(self.status(user)) for user in users}

    def queue(self, queue: Queue, joins: Mapping[str, bool]) -> dict[str, Any]:
        """A queue; ``mediaSettings`` has the service level of each medium that it takes."""
        return {
            "id": queue.id,
            "name": queue.name,
            "division": self.division(queue.division_id),
            "description": queue.description,
            "dateCreated": CREATED,
            "dateModified": CREATED,
            "memberCount": len(queue.member_ids),
            "userMemberCount": len(queue.member_ids),
            "joinedMemberCount": sum(joins[each] for each in queue.member_ids),
            "mediaSettings": {
                _MEDIA_NAMES.get(media, media): {
                    "enableAutoAnswer": False,
                    "alertingTimeoutSeconds": 8 if media == "voice" else 30,
                    "serviceLevel": {"percentage": percentage, "durationMs": duration_ms},
                }
                for media, (percentage, duration_ms) in queue.service_levels.items()
            },
            "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 60000},
            "skillEvaluationMethod": "ALL",
            "autoAnswerOnly": False,
            "enableTranscription": False,
            "enableAudioMonitoring": False,
            "enableManualAssignment": False,
            "selfUri": f"/api/v2/routing/queues/{queue.id}",
        }

    def jabber_id(self, user: User) -> str:
        """A user's address in the collaborators' chat."""
        return f"{user.id}@{self.organization.id}.orgspan.com"

    def names(self, ids: Iterable[str]) -> list[str]:
        """Names of skills and languages."""
        return [(self._skills.get(each) or self._languages[each]).name for each in ids]

    def user(
        self, user: User, expand: Sequence[str] = (), status: AgentStatus | None = None
    ) -> dict[str, Any]:
        """A user with the parts that were asked for; ``status`` is needed for routingStatus and presence."""
        body: dict[str, Any] = {
            "id": user.id,
            "name": user.name,
            "division": self.division(user.division_id),
            "chat": {"jabberId": self.jabber_id(user)},
            "email": user.email,
            "primaryContactInfo": [{"address": user.email, "mediaType": "EMAIL", "type": "PRIMARY"}],
            "addresses": [],
            "state": user.state,
            "title": user.title,
            "username": user.email,
            "version": 1,
            "acdAutoAnswer": False,
            "selfUri": f"/api/v2/users/{user.id}",
        }
        if status is not None and "routingStatus" in expand:
            body["routingStatus"] = self.routing_status(user, status)
        if status is not None and "presence" in expand:
            body["presence"] = self.presence(user, status)
        if "skills" in expand:
            body["skills"] = [
                self._proficiency(user, self._skills[each], "skills") for each in user.skill_ids
            ]
        if "languages" in expand:
            languages = [self._languages[each] for each in user.language_ids]
            body["languages"] = [self._proficiency(user, each, "languages") for each in languages]
        return body

    def _proficiency(self, user: User, ability: Named, kind: str) -> dict[str, Any]:
        uri = f"/api/v2/users/{user.id}/routing{kind}/{ability.id}"
        return {
            "id": ability.id,
            "name": ability.name,
            "proficiency": 5.0,
            "state": "active",
            "selfUri": uri,
        }

    def routing_status(self, user: User, status: AgentStatus) -> dict[str, Any]:
        """An agent's routing status and when it began."""
        return {"userId": user.id, "status": status.routing_status, "startTime": iso(status.since_ms)}

    def presence(self, user: User, status: AgentStatus) -> dict[str, Any]:
        """An agent's presence and when it began."""
        uri = f"/api/v2/presencedefinitions/{status.presence_id}"
        system = system_presence(status.system_presence)
        return {
            "source": "PURECLOUD",
            "primary": True,
            "presenceDefinition": {"id": status.presence_id, "systemPresence": system, "selfUri": uri},
            "message": "",
            "modifiedDate": iso(status.presence_since_ms),
            "selfUri": f"/api/v2/users/{user.id}/presences/PURECLOUD",
        }

    def member(
        self, queue: Queue, user: User, expand: Sequence[str], status: AgentStatus | None, *, joined: bool
    ) -> dict[str, Any]:
        """A member of a queue; the routing status stands on the member as well as on the user."""
        body: dict[str, Any] = {
            "id": user.id,
            "name": user.name,
            "user": self.user(user, expand, status),
            "ringNumber": 1,
            "joined": joined,
            "memberBy": "user",
            "selfUri": f"/api/v2/routing/queues/{queue.id}/members/{user.id}",
        }
        if status is not None and "routingStatus" in expand:
            body["routingStatus"] = self.routing_status(user, status)
        return body

    def named(self, path: str, **fixed: Any) -> Callable[[Named], dict[str, Any]]:
        """JSON of entities that have only an id and a name."""
        return lambda each: {"id": each.id, "name": each.name, **fixed, "selfUri": f"{path}/{each.id}"}

    def wrapup_code(self, code: Named) -> dict[str, Any]:
        """A wrap-up code, of the home division."""
        return {
            "id": code.id,
            "name": code.name,
            "division": self.division(self.organization.divisions[0].id),
            "dateCreated": CREATED,
            "selfUri": f"/api/v2/routing/wrapupcodes/{code.id}",
        }

    def presence_definition(self, presence: Presence) -> dict[str, Any]:
        """A presence definition of the organization."""
        return {
            "id": presence.id,
            "name": presence.name,
            "type": "System",
            "languageLabels": {"en_US": presence.name},
            "systemPresence": system_presence(presence.system_presence),
            "divisionId": "*",
            "deactivated": False,
            "selfUri": f"/api/v2/presence/definitions/{presence.id}",
        }


def logged_on(status: AgentStatus) -> bool:
    """Whether somebody is there at all; with ``queue_joins`` as ``shift`` he is activated in his queues."""
    return status.system_presence != "OFFLINE"


def system_presence(name: str) -> str:
    """REST's spelling of a system presence: ``ON_QUEUE`` is ``OnQueue`` (the contract's enum)."""
    return "".join(part.capitalize() for part in name.replace(" ", "_").split("_"))
