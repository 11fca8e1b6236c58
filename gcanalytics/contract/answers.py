"""What we read: a class for each model of an answer, generated from the official SDK.

``python tests/contract_generate.py`` writes this file. The classes say what the platform means to send. What
it does send may lack any key or be of another type, so readers look before they believe.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class StatisticalSummary(TypedDict, total=False):
    """The SDK's StatisticalSummary."""

    calculatedMetricValue: int
    count: int
    countNegative: int
    countPositive: int
    current: float
    denominator: float
    max: float
    min: float
    numerator: float
    p95: int
    p99: int
    ratio: float
    sum: float
    target: float


class AggregateMetricData(TypedDict, total=False):
    """The SDK's AggregateMetricData."""

    metric: str
    qualifier: str
    stats: StatisticalSummary


class AggregateViewData(TypedDict, total=False):
    """The SDK's AggregateViewData."""

    name: str
    stats: StatisticalSummary


class AnalyticsRoutingStatusRecord(TypedDict, total=False):
    """The SDK's AnalyticsRoutingStatusRecord."""

    endTime: str
    routingStatus: Literal["COMMUNICATING", "IDLE", "INTERACTING", "NOT_RESPONDING", "OFF_QUEUE"]
    startTime: str


class AnalyticsUserPresenceRecord(TypedDict, total=False):
    """The SDK's AnalyticsUserPresenceRecord."""

    endTime: str
    organizationPresenceId: str
    startTime: str
    systemPresence: str


class AnalyticsUserDetail(TypedDict, total=False):
    """The SDK's AnalyticsUserDetail."""

    primaryPresence: list[AnalyticsUserPresenceRecord]
    routingStatus: list[AnalyticsRoutingStatusRecord]
    userId: str


class AnalyticsUserDetailsQueryResponse(TypedDict, total=False):
    """The SDK's AnalyticsUserDetailsQueryResponse."""

    totalHits: int
    userDetails: list[AnalyticsUserDetail]


class AuthzDivision(TypedDict, total=False):
    """The SDK's AuthzDivision."""

    description: str
    homeDivision: bool
    id: str
    name: str


class ServiceLevel(TypedDict, total=False):
    """The SDK's ServiceLevel."""

    durationMs: int
    percentage: float


class CallbackMediaSettings(TypedDict, total=False):
    """The SDK's CallbackMediaSettings, EmailMediaSettings, MediaSettings, MessageMediaSettings."""

    serviceLevel: ServiceLevel


class Channel(TypedDict, total=False):
    """The SDK's Channel."""

    connectUri: str
    expires: str
    id: str


class ChannelTopic(TypedDict, total=False):
    """The SDK's ChannelTopic."""

    id: str
    missingPermissions: list[str]
    rejectionReason: str
    state: Literal["Permitted", "Rejected"]


class ChannelTopicEntityListing(TypedDict, total=False):
    """The SDK's ChannelTopicEntityListing."""

    entities: list[ChannelTopic]


class StatisticalResponse(TypedDict, total=False):
    """The SDK's StatisticalResponse."""

    interval: str
    metrics: list[AggregateMetricData]
    views: list[AggregateViewData]


class ConversationAggregateDataContainer(TypedDict, total=False):
    """The SDK's ConversationAggregateDataContainer, UserAggregateDataContainer."""

    data: list[StatisticalResponse]
    group: dict[str, str]


class ConversationAggregateQueryResponse(TypedDict, total=False):
    """The SDK's ConversationAggregateQueryResponse, UserAggregateQueryResponse."""

    results: list[ConversationAggregateDataContainer]


class Division(TypedDict, total=False):
    """The SDK's Division, StarrableDivision."""

    id: str
    name: str


class Language(TypedDict, total=False):
    """The SDK's Language, RoutingSkill."""

    dateModified: str
    id: str
    name: str
    state: Literal["active", "deleted", "inactive"]


class ObservationValue(TypedDict, total=False):
    """The SDK's ObservationValue."""

    addressFrom: str
    addressTo: str
    ani: str
    conversationId: str
    convertedFrom: str
    convertedTo: str
    direction: Literal["inbound", "outbound"]
    dnis: str
    observationDate: str
    participantName: str
    requestedLanguageId: str
    requestedRoutingSkillIds: list[str]
    requestedRoutings: list[str]
    routingPriority: int
    sessionId: str
    teamId: str
    usedRouting: str
    userId: str


class ObservationMetricData(TypedDict, total=False):
    """The SDK's ObservationMetricData."""

    metric: str
    observations: list[ObservationValue]
    qualifier: str
    stats: StatisticalSummary
    truncated: bool


class OrganizationPresenceDefinition(TypedDict, total=False):
    """The SDK's OrganizationPresenceDefinition."""

    deactivated: bool
    id: str
    languageLabels: dict[str, str]
    name: str
    systemPresence: str


class QueueMediaSettings(TypedDict, total=False):
    """The SDK's QueueMediaSettings."""

    call: CallbackMediaSettings
    callback: CallbackMediaSettings
    chat: CallbackMediaSettings
    email: CallbackMediaSettings
    message: CallbackMediaSettings


class Queue(TypedDict, total=False):
    """The SDK's Queue."""

    dateCreated: str
    dateModified: str
    description: str
    division: Division
    id: str
    joinedMemberCount: int
    mediaSettings: QueueMediaSettings
    memberCount: int
    name: str


class RoutingStatus(TypedDict, total=False):
    """The SDK's RoutingStatus."""

    startTime: str
    status: Literal["COMMUNICATING", "IDLE", "INTERACTING", "NOT_RESPONDING", "OFF_QUEUE"]


class User(TypedDict, total=False):
    """The SDK's User."""

    department: str
    division: Division
    email: str
    id: str
    name: str
    state: Literal["active", "deleted", "inactive"]
    title: str


class QueueMember(TypedDict, total=False):
    """The SDK's QueueMember."""

    id: str
    joined: bool
    name: str
    routingStatus: RoutingStatus
    user: User


class QueueObservationDataContainer(TypedDict, total=False):
    """The SDK's QueueObservationDataContainer, UserObservationDataContainer."""

    data: list[ObservationMetricData]
    group: dict[str, str]


class QueueObservationQueryResponse(TypedDict, total=False):
    """The SDK's QueueObservationQueryResponse."""

    results: list[QueueObservationDataContainer]
    systemToOrganizationMappings: dict[str, list[str]]


class UserObservationQueryResponse(TypedDict, total=False):
    """The SDK's UserObservationQueryResponse."""

    results: list[QueueObservationDataContainer]


class WrapupCode(TypedDict, total=False):
    """The SDK's WrapupCode."""

    dateCreated: str
    dateModified: str
    division: Division
    id: str
    name: str


EmailMediaSettings = CallbackMediaSettings
MediaSettings = CallbackMediaSettings
MessageMediaSettings = CallbackMediaSettings
RoutingSkill = Language
StarrableDivision = Division
UserAggregateDataContainer = ConversationAggregateDataContainer
UserAggregateQueryResponse = ConversationAggregateQueryResponse
UserObservationDataContainer = QueueObservationDataContainer
