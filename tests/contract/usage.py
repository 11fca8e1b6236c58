"""What the product uses of the platform: endpoints, topics, and the fields of answers that it reads.

The generators and the drift command start from these tables. Names are the official SDK's.
"""

from __future__ import annotations

import re

from . import requests
from .sdk import Endpoint, Sdk

# The client or the simulator speaks these.
ENDPOINTS = (
    "delete_notifications_channel_subscriptions",
    "get_analytics_conversation_details",
    "get_analytics_conversations_details",
    "get_analytics_conversations_details_jobs_availability",
    "get_authorization_divisions",
    "get_conversation",
    "get_notifications_availabletopics",
    "get_notifications_channel_subscriptions",
    "get_notifications_channels",
    "get_organizations_me",
    "get_presence_definition",
    "get_presence_definitions",
    "get_routing_languages",
    "get_routing_queue",
    "get_routing_queue_members",
    "get_routing_queues",
    "get_routing_queues_divisionviews_all",
    "get_routing_skills",
    "get_routing_wrapupcodes",
    "get_user",
    "get_user_presence",
    "get_user_queues",
    "get_user_routingstatus",
    "get_users",
    "get_users_me",
    "get_users_presence_bulk",
    "head_notifications_channel",
    "post_analytics_conversations_activity_query",
    "post_analytics_conversations_aggregates_query",
    "post_analytics_conversations_details_query",
    "post_analytics_queues_observations_query",
    "post_analytics_routing_activity_query",
    "post_analytics_users_activity_query",
    "post_analytics_users_aggregates_query",
    "post_analytics_users_details_query",
    "post_analytics_users_observations_query",
    "post_notifications_channel_subscriptions",
    "post_notifications_channels",
    "put_notifications_channel_subscriptions",
)
# Of the contract too, and not built yet: jobs, which give what queries do not.
LATER = (
    "delete_analytics_conversations_details_job",
    "get_analytics_conversations_aggregates_job",
    "get_analytics_conversations_aggregates_job_results",
    "get_analytics_conversations_details_job",
    "get_analytics_conversations_details_job_results",
    "get_analytics_users_details_job",
    "get_analytics_users_details_job_results",
    "get_analytics_users_details_jobs_availability",
    "post_analytics_conversations_aggregates_jobs",
    "post_analytics_conversations_details_jobs",
    "post_analytics_users_details_jobs",
)
# Topic to the model of its events (notificationMappings.json of the SDK's documentation; the wheel lacks it).
TOPICS = {
    "v2.analytics.conversations.details.jobs.availability": (
        "ConversationDetailsDatalakeAvailabilityTopicDataAvailabilityChangeNotification"
    ),
    "v2.analytics.queues.{id}.activity": "V2QueueObservationObservationCountNotification",
    "v2.analytics.queues.{id}.observations": "StatEventQueueTopicStatsNotification",
    "v2.analytics.users.{id}.aggregates": "StatEventUserTopicStatsNotification",
    "v2.routing.queues.{id}.conversations": "QueueConversationEventTopicConversation",
    "v2.routing.queues.{id}.conversations.callbacks": (
        "QueueConversationCallbackEventTopicCallbackConversation"
    ),
    "v2.routing.queues.{id}.conversations.calls": "QueueConversationCallEventTopicCallConversation",
    "v2.routing.queues.{id}.conversations.chats": "QueueConversationChatEventTopicChatConversation",
    "v2.routing.queues.{id}.conversations.emails": "QueueConversationEmailEventTopicEmailConversation",
    "v2.routing.queues.{id}.conversations.messages": "QueueConversationMessageEventTopicMessageConversation",
    "v2.routing.queues.{id}.users": "QueueUserEventTopicQueueMember",
    "v2.users.{id}.activity": "AgentActivityChangedTopicAgentActivity",
    "v2.users.{id}.conversations": "ConversationEventTopicConversation",
    "v2.users.{id}.conversations.callbacks": "ConversationCallbackEventTopicCallbackConversation",
    "v2.users.{id}.conversations.calls": "ConversationCallEventTopicCallConversation",
    "v2.users.{id}.conversations.chats": "ConversationChatEventTopicChatConversation",
    "v2.users.{id}.conversations.emails": "ConversationEmailEventTopicEmailConversation",
    "v2.users.{id}.conversations.messages": "ConversationMessageEventTopicMessageConversation",
    "v2.users.{id}.presence": "PresenceEventUserPresence",
    "v2.users.{id}.routingStatus": "UserRoutingStatusUserRoutingStatus",
}
# Query parameters that the client sends or the simulator serves.
PARAMETERS = (
    "cannedResponseLibraryId", "deactivated", "divisionId", "expand", "hasPeer", "id", "ignoreErrors",
    "includechannels", "jabberId", "joined", "languages", "memberBy", "name", "pageNumber", "pageSize",
    "peerId", "presence", "profileSkills", "routingStatus", "skills", "sortBy", "sortOrder", "state",
)  # fmt: skip
# Models of bodies to the fields that the client sends; a model that they lead to is sent with all its fields.
SENDS: dict[str, tuple[str, ...]] = {
    "ChannelTopic": ("id",),
    "ConversationAggregationQuery": ("filter", "granularity", "groupBy", "interval", "metrics", "timeZone"),
    "ConversationQuery": (
        "conversationFilters", "evaluationFilters", "interval", "order", "orderBy", "paging",
        "resolutionFilters", "segmentFilters", "surveyFilters",
    ),
    "QueueObservationQuery": ("detailMetrics", "filter", "metrics"),
    "UserAggregationQuery": ("filter", "granularity", "groupBy", "interval", "metrics", "timeZone"),
    "UserDetailsQuery": ("interval", "order", "paging", "userFilters"),
    "UserObservationQuery": ("filter", "metrics"),
}  # fmt: skip
_LISTED = ("entities", "nextUri", "pageCount", "pageSize", "total")
_NAMED = ("id", "name")
_MEDIA_SETTINGS = ("serviceLevel",)
# Models of answers to the fields that the client reads; records of details are read whole.
READS: dict[str, tuple[str, ...]] = {
    "AggregateMetricData": ("metric", "qualifier", "stats"),
    "AggregateViewData": ("name", "stats"),
    "AnalyticsConversationQueryResponse": ("conversations", "totalHits"),
    "AnalyticsRoutingStatusRecord": ("endTime", "routingStatus", "startTime"),
    "AnalyticsUserDetail": ("primaryPresence", "routingStatus", "userId"),
    "AnalyticsUserDetailsQueryResponse": ("totalHits", "userDetails"),
    "AnalyticsUserPresenceRecord": ("endTime", "organizationPresenceId", "startTime", "systemPresence"),
    "AuthzDivision": ("description", "homeDivision", *_NAMED),
    "AuthzDivisionEntityListing": _LISTED,
    "CallbackMediaSettings": _MEDIA_SETTINGS,
    "Channel": ("connectUri", "expires", "id"),
    "ChannelTopic": ("id", "missingPermissions", "rejectionReason", "state"),
    "ChannelTopicEntityListing": ("entities",),
    "ConversationAggregateDataContainer": ("data", "group"),
    "ConversationAggregateQueryResponse": ("results",),
    "Division": _NAMED,
    "EmailMediaSettings": _MEDIA_SETTINGS,
    "Language": ("dateModified", "state", *_NAMED),
    "LanguageEntityListing": _LISTED,
    "MediaSettings": _MEDIA_SETTINGS,
    "MessageMediaSettings": _MEDIA_SETTINGS,
    "ObservationMetricData": ("metric", "observations", "qualifier", "stats", "truncated"),
    "ObservationValue": (
        "addressFrom", "addressTo", "ani", "conversationId", "convertedFrom", "convertedTo", "direction",
        "dnis", "observationDate", "participantName", "requestedLanguageId", "requestedRoutingSkillIds",
        "requestedRoutings", "routingPriority", "sessionId", "teamId", "usedRouting", "userId",
    ),
    "OrganizationPresenceDefinition": ("deactivated", "languageLabels", "systemPresence", *_NAMED),
    "OrganizationPresenceDefinitionEntityListing": ("entities",),
    "Queue": (
        "dateCreated", "dateModified", "description", "division", "joinedMemberCount", "mediaSettings",
        "memberCount", *_NAMED,
    ),
    "QueueEntityListing": _LISTED,
    "QueueMediaSettings": ("call", "callback", "chat", "email", "message"),
    "QueueMember": ("id", "joined", "name", "routingStatus", "user"),
    "QueueMemberEntityListing": ("entities", "nextUri", "pageSize"),
    "QueueObservationDataContainer": ("data", "group"),
    "QueueObservationQueryResponse": ("results", "systemToOrganizationMappings"),
    "RoutingSkill": ("dateModified", "state", *_NAMED),
    "RoutingStatus": ("startTime", "status"),
    "ServiceLevel": ("durationMs", "percentage"),
    "SkillEntityListing": _LISTED,
    "StarrableDivision": _NAMED,
    "StatisticalResponse": ("interval", "metrics", "views"),
    "StatisticalSummary": (
        "calculatedMetricValue", "count", "countNegative", "countPositive", "current", "denominator", "max",
        "min", "numerator", "p95", "p99", "ratio", "sum", "target",
    ),
    "UserAggregateDataContainer": ("data", "group"),
    "UserAggregateQueryResponse": ("results",),
    "User": ("department", "division", "email", "state", "title", *_NAMED),
    "UserEntityListing": _LISTED,
    "UserObservationDataContainer": ("data", "group"),
    "UserObservationQueryResponse": ("results",),
    "WrapupCode": ("dateCreated", "dateModified", "division", *_NAMED),
    "WrapupCodeEntityListing": _LISTED,
}  # fmt: skip
# Of these no class is made: pages of records have structs that grow, lists are read where they come in.
UNTYPED = (
    "AnalyticsConversationQueryResponse",
    *(model for model in READS if model.endswith("EntityListing") and model != "ChannelTopicEntityListing"),
)
_SESSION = ("connectedTime", "disconnectedTime", "id", "state")
_HELD = (*_SESSION, "afterCallWork", "held", "startHoldTime")
_UNHELD = (*_SESSION, "afterCallWork")
_PARKED = ("direction", *_HELD, "parkTime", "resumeTime")
# The picture of a conversation in its events, read by classes of its own (live.bodies).
PICTURES: dict[str, tuple[str, ...]] = {
    "QueueConversationEventTopicAfterCallWork": ("endTime", "startTime", "state"),
    "QueueConversationEventTopicCall": ("direction", *_HELD),
    "QueueConversationEventTopicCallback": ("direction", *_HELD),
    "QueueConversationEventTopicChat": _HELD,
    "QueueConversationEventTopicCobrowse": _UNHELD,
    "QueueConversationEventTopicConversation": ("id", "participants"),
    "QueueConversationEventTopicEmail": _PARKED,
    "QueueConversationEventTopicInternalMessage": _SESSION,
    "QueueConversationEventTopicMessage": _PARKED,
    "QueueConversationEventTopicParticipant": (
        "address", "callbacks", "calls", "chats", "cobrowsesessions", "connectedTime", "emails", "endAcwTime",
        "endTime", "id", "internalMessages", "messages", "name", "purpose", "queueId", "screenshares",
        "socialExpressions", "startAcwTime", "userId", "videos", "wrapup", "wrapupRequired",
    ),
    "QueueConversationEventTopicScreenShare": _UNHELD,
    "QueueConversationEventTopicSocialExpression": _HELD,
    "QueueConversationEventTopicVideo": _UNHELD,
}  # fmt: skip
# The other events that the client reads.
EVENTS: dict[str, tuple[str, ...]] = {
    "QueueUserEventTopicQueueMember": ("id", "joined", "user"),
    "QueueUserEventTopicUserReference": ("id",),
    "StatEventQueueTopicIntervalMetrics": ("interval", "metrics"),
    "StatEventQueueTopicMetricStats": ("metric", "stats"),
    "StatEventQueueTopicStatsNotification": ("data", "group"),
    "UserRoutingStatusRoutingStatus": ("startTime", "status"),
    "UserRoutingStatusUserRoutingStatus": ("routingStatus",),
}
ALL_READ = READS | PICTURES | EVENTS
# Beside the requests used with all their fields, and the fields of those.
_WHOLE = ("AnalyticsConversation", "AnalyticsConversationWithoutAttributes")
_TOPIC_MODEL = re.compile(r"^(V2[A-Z]\w*?|\w*?[a-z0-9])Topic[A-Z]|^V2[A-Z]\w*")


def neighbours(sdk: Sdk) -> dict[str, Endpoint]:
    """The endpoints of the SDK that lie beside ours: analytics, and the resources that we use."""
    known = [sdk.endpoints[name].path for name in (*ENDPOINTS, *LATER) if name in sdk.endpoints]
    resources = {_resource(path) for path in known}
    return {
        name: endpoint
        for name, endpoint in sorted(sdk.endpoints.items())
        if _resource(endpoint.path) in resources or endpoint.path.split("/")[3] == "analytics"
    }


def whole(sdk: Sdk) -> list[str]:
    """The models that are used with all their fields; one that the SDK lacks is left out."""
    return sdk.reached(*_WHOLE, *requests.REQUESTS)


def models(sdk: Sdk) -> list[str]:
    """The models that are sent or read; one that the SDK lacks is left out."""
    return sorted({*whole(sdk), *(model for model in ALL_READ if model in sdk.models)})


def topics(sdk: Sdk) -> list[str]:
    """The topics by the beginnings of their models' names: the wheel has no list of topics."""
    found = (_TOPIC_MODEL.match(name) for name in sdk.models)
    return sorted({match[1] or match[0] for match in found if match})


def _resource(path: str) -> str:
    return "/".join(path.split("/")[3:5])
