"""The topics of the notification service: their grammar, what each needs, and the answer to a subscription.

No channel is known here and nothing is sent; ``channels`` keeps who subscribed, ``topics`` makes the frames.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.rest.permissions import EVERYTHING, Need

TOPICS_PER_CHANNEL = 1000
"""More than this is a 400 (official documentation, quoted in the developer forum, topic 10312)."""

NAME_LIMIT = 200
"""A topic's name must be shorter (the streaming client combines topics up to this length)."""

INVALID: Final = "notification.invalid.topic"
UNAUTHORIZED: Final = "notification.unauthorized.topic"
DIVISIONED: Final = "notification.unauthorized.divisioned.topic"
TOO_MANY: Final = "notification.subscription.too.many.subscriptions"
REFUSALS: Final = {
    INVALID: (400, "The subscription topic is not valid."),
    UNAUTHORIZED: (403, "Not authorized for this topic."),
    DIVISIONED: (403, "No divisioned permissions for this topic."),
    TOO_MANY: (400, "Too many subscriptions"),
}
"""Status and text of a refused subscription by its code (the platform's OpenAPI). Which of them the id of
nobody gets is in no source; ours is the second."""


@dataclass(frozen=True)
class TopicKind:
    """One row of the table of topics.

    Attributes:
        pattern: the name with ``{id}`` in place of the queue or the user, as the platform lists it.
        subject: ``queue``, ``user`` or empty where the name holds no id of ours.
        permissions: what it needs. The platform documents them per topic; where no source gives them, the
            permission of the REST call that shows the same is taken.
        description: one sentence for the list of available topics.
    """

    pattern: str
    subject: str
    permissions: tuple[str, ...]
    description: str


_QUEUE = ("routing:queue:view",)
_OBSERVATION = ("analytics:queueObservation:view", "analytics:conversationAggregate:view")
"""Both stand beside this topic in announcement 7221 of the developer forum; setting ``topic_permissions``."""
_ACTIVITY = ("analytics:queueObservation:view",)
_AGGREGATES = ("analytics:userAggregate:view", "analytics:conversationAggregate:view")
_JOBS = ("analytics:conversationDetail:view",)
_TALKS = ("conversation:communication:view",)
_FLAT = {
    "calls": "Calls",
    "callbacks": "Callbacks",
    "chats": "Chats",
    "emails": "Emails",
    "messages": "Messages",
}

KINDS: tuple[TopicKind, ...] = (
    TopicKind("v2.routing.queues.{id}.conversations", "queue", _QUEUE, "Conversations of a queue."),
    *(
        TopicKind(f"v2.routing.queues.{{id}}.conversations.{word}", "queue", _QUEUE, f"{name} of a queue.")
        for word, name in _FLAT.items()
    ),
    TopicKind("v2.routing.queues.{id}.users", "queue", _QUEUE, "Members who join or leave a queue."),
    TopicKind("v2.analytics.queues.{id}.observations", "queue", _OBSERVATION, "Statistics of a queue."),
    TopicKind("v2.analytics.queues.{id}.activity", "queue", _ACTIVITY, "Counts of a queue by media type."),
    TopicKind("v2.analytics.users.{id}.aggregates", "user", _AGGREGATES, "Statistics of a user."),
    TopicKind(
        "v2.analytics.conversations.details.jobs.availability",
        "",
        _JOBS,
        "Up to when the data of asynchronous jobs is there.",
    ),
    TopicKind("v2.users.{id}.routingStatus", "user", (), "Routing status of a user."),
    TopicKind("v2.users.{id}.presence", "user", (), "Presence of a user."),
    TopicKind("v2.users.{id}.activity", "user", (), "Routing status, presence and active queues of a user."),
    TopicKind("v2.users.{id}.conversations", "user", _TALKS, "Conversations of a user."),
    *(
        TopicKind(f"v2.users.{{id}}.conversations.{word}", "user", _TALKS, f"{name} of a user.")
        for word, name in _FLAT.items()
    ),
    TopicKind("v2.system.socket_closing", "", (), "Sent by itself a minute before a socket is closed."),
    TopicKind("v2.system.no_longer_subscribed", "", (), "Sent by itself to a socket that another replaces."),
    TopicKind("v2.system.token_revoked", "", (), "Sent by itself where a token is revoked."),
)

_BY_PATTERN = {kind.pattern.lower(): kind for kind in KINDS}
_PLACES = sorted({kind.pattern.split(".").index("{id}") for kind in KINDS if kind.subject})


class Subjects(Protocol):
    """The ids that topics may name."""

    @property
    def queue_ids(self) -> Collection[str]:
        """Ids of all queues."""

    @property
    def user_ids(self) -> Collection[str]:
        """Ids of all users."""


@dataclass(frozen=True)
class OrganizationSubjects:
    """The ids of one organisation that topics may name."""

    queue_ids: frozenset[str]
    user_ids: frozenset[str]

    @classmethod
    def of(cls, organization: Organization) -> OrganizationSubjects:
        """Those of an organisation, in lower case."""
        return cls(
            frozenset(queue.id.lower() for queue in organization.queues),
            frozenset(user.id.lower() for user in organization.users),
        )


@dataclass(frozen=True)
class Rights:
    """What a channel may subscribe to.

    Attributes:
        permissions: of the client's roles.
        hidden: ids, in lower case, of the queues and users in divisions that the client does not see.
        every: whether a topic with several permissions needs all of them.
    """

    permissions: Collection[str] = EVERYTHING
    hidden: Collection[str] = ()
    every: bool = True


@dataclass(frozen=True)
class Topic:
    """One topic as somebody named it.

    Attributes:
        kind: its row of the table.
        key: the name in lower case, under which frames are published (topics match without case).
        name: as the subscriber spelled it; its frames carry this ``topicName``.
        subject_id: id of the queue or user, in lower case; empty for a system topic.
    """

    kind: TopicKind
    key: str
    name: str
    subject_id: str


@dataclass(frozen=True)
class Answer:
    """The platform's answer for one requested id.

    Attributes:
        id: as it was sent.
        topics: what it stands for; several for a combined one, none where it is rejected.
        reason: why it is rejected, or None.
        missing_permissions: what the token lacks.
        code: of `REFUSALS`, where it is rejected.
    """

    id: str
    topics: tuple[Topic, ...] = ()
    reason: str | None = None
    missing_permissions: tuple[str, ...] = ()
    code: str = UNAUTHORIZED

    @property
    def permitted(self) -> bool:
        """Whether the subscription holds."""
        return self.reason is None


def answers(ids: Iterable[str], subjects: Subjects, rights: Rights) -> list[Answer]:
    """One answer an id, in their order; an id that is sent twice is answered once."""
    once = {requested.lower(): requested for requested in ids}
    return [_answer(requested, subjects, rights) for requested in once.values()]


def _answer(requested: str, subjects: Subjects, rights: Rights) -> Answer:
    if len(requested) >= NAME_LIMIT:
        reason = f"The topic must be shorter than {NAME_LIMIT} characters."
        return Answer(requested, reason=reason, code=INVALID)
    topics = [_topic(name) for name in _parts(requested)]
    valid = [topic for topic in topics if topic is not None]
    if len(valid) < len(topics):
        return Answer(requested, reason=REFUSALS[INVALID][1], code=INVALID)
    known = [topic for topic in valid if _exists(topic, subjects)]
    if len(known) < len(valid):
        return Answer(requested, reason="The topic is not known.")
    missing = sorted({name for topic in known for name in _missing(topic, rights)})
    if missing:
        code = DIVISIONED if any(topic.subject_id in rights.hidden for topic in known) else UNAUTHORIZED
        return Answer(requested, (), "Permissions are missing.", tuple(missing), code)
    if any(topic.subject_id in rights.hidden for topic in known):
        # Only what needs no permission gets here.
        return Answer(requested, reason="The topic is not known.")
    return Answer(requested, topics=tuple(known))


def _missing(topic: Topic, rights: Rights) -> tuple[str, ...]:
    """The permissions that a topic lacks; in a division that the client does not see it holds none."""
    held = () if topic.subject_id in rights.hidden else rights.permissions
    return Need(topic.kind.permissions, rights.every).missing(held)


def _parts(requested: str) -> Sequence[str]:
    """The single names of a combined topic (``v2.users.<id>?presence&routingStatus``), else the name."""
    stem, question, tails = requested.partition("?")
    if not question:
        return [requested]
    return [f"{stem}.{tail}" for tail in tails.split("&")]


def _topic(name: str) -> Topic | None:
    """The topic of a name; None where no row of the table has its form."""
    key = name.lower()
    if key in _BY_PATTERN:
        kind = _BY_PATTERN[key]
        return None if kind.subject else Topic(kind, key, name, "")
    words = key.split(".")
    for place in _PLACES:
        found = _BY_PATTERN.get(".".join([*words[:place], "{id}", *words[place + 1 :]]))
        if found is not None and (word := words[place]) and "&" not in word:
            return Topic(found, key, name, word)
    return None


def _exists(topic: Topic, subjects: Subjects) -> bool:
    if topic.kind.subject == "queue":
        return topic.subject_id in subjects.queue_ids
    if topic.kind.subject == "user":
        return topic.subject_id in subjects.user_ids
    return True
