"""What we send: a class for each model of a body, generated from the official SDK.

``python tests/contract_generate.py`` writes this file. Dimensions, metrics and long enums are ``str`` here;
their words are in ``api.vocabulary``.
"""

from __future__ import annotations

from typing import Literal, Required, TypedDict


class ChannelTopic(TypedDict, total=False):
    """The SDK's ChannelTopic."""

    id: Required[str]


class NumericRange(TypedDict, total=False):
    """The SDK's NumericRange."""

    gt: float
    gte: float
    lt: float
    lte: float


class ConversationAggregateQueryPredicate(TypedDict, total=False):
    """The SDK's ConversationAggregateQueryPredicate, QueueObservationQueryPredicate,
    UserAggregateQueryPredicate, UserDetailQueryPredicate, UserObservationQueryPredicate.
    """

    dimension: str
    operator: Literal["exists", "matches", "notExists"]
    range: NumericRange
    type: Literal["dimension", "metric", "property"]
    value: str


class ConversationAggregateQueryClause(TypedDict, total=False):
    """The SDK's ConversationAggregateQueryClause, QueueObservationQueryClause, UserAggregateQueryClause,
    UserDetailQueryClause, UserObservationQueryClause.
    """

    predicates: Required[list[ConversationAggregateQueryPredicate]]
    type: Required[Literal["and", "or"]]


class ConversationAggregateQueryFilter(TypedDict, total=False):
    """The SDK's ConversationAggregateQueryFilter, QueueObservationQueryFilter, UserAggregateQueryFilter,
    UserDetailQueryFilter, UserObservationQueryFilter.
    """

    clauses: list[ConversationAggregateQueryClause]
    predicates: list[ConversationAggregateQueryPredicate]
    type: Required[Literal["and", "or"]]


class ConversationAggregationQuery(TypedDict, total=False):
    """The SDK's ConversationAggregationQuery, UserAggregationQuery."""

    filter: ConversationAggregateQueryFilter
    granularity: str
    groupBy: list[str]
    interval: Required[str]
    metrics: Required[list[str]]
    timeZone: str


class ConversationDetailQueryPredicate(TypedDict, total=False):
    """The SDK's ConversationDetailQueryPredicate, EvaluationDetailQueryPredicate,
    SurveyDetailQueryPredicate.
    """

    dimension: str
    metric: str
    operator: Literal["exists", "matches", "notExists"]
    range: NumericRange
    type: Literal["dimension", "metric", "property"]
    value: str


class ConversationDetailQueryClause(TypedDict, total=False):
    """The SDK's ConversationDetailQueryClause, EvaluationDetailQueryClause, SurveyDetailQueryClause."""

    predicates: Required[list[ConversationDetailQueryPredicate]]
    type: Required[Literal["and", "or"]]


class ConversationDetailQueryFilter(TypedDict, total=False):
    """The SDK's ConversationDetailQueryFilter, EvaluationDetailQueryFilter, SurveyDetailQueryFilter."""

    clauses: list[ConversationDetailQueryClause]
    predicates: list[ConversationDetailQueryPredicate]
    type: Required[Literal["and", "or"]]


class PagingSpec(TypedDict, total=False):
    """The SDK's PagingSpec."""

    pageNumber: Required[int]
    pageSize: Required[int]


class ResolutionDetailQueryPredicate(TypedDict, total=False):
    """The SDK's ResolutionDetailQueryPredicate."""

    metric: str
    operator: Literal["exists", "matches", "notExists"]
    range: NumericRange
    type: Literal["dimension", "metric", "property"]
    value: str


class ResolutionDetailQueryClause(TypedDict, total=False):
    """The SDK's ResolutionDetailQueryClause."""

    predicates: Required[list[ResolutionDetailQueryPredicate]]
    type: Required[Literal["and", "or"]]


class ResolutionDetailQueryFilter(TypedDict, total=False):
    """The SDK's ResolutionDetailQueryFilter."""

    clauses: list[ResolutionDetailQueryClause]
    predicates: list[ResolutionDetailQueryPredicate]
    type: Required[Literal["and", "or"]]


class SegmentDetailQueryPredicate(TypedDict, total=False):
    """The SDK's SegmentDetailQueryPredicate."""

    dimension: str
    metric: str
    operator: Literal["exists", "matches", "notExists"]
    property: str
    propertyType: Literal["bool", "date", "integer", "real", "string", "uuid"]
    range: NumericRange
    type: Literal["dimension", "metric", "property"]
    value: str


class SegmentDetailQueryClause(TypedDict, total=False):
    """The SDK's SegmentDetailQueryClause."""

    predicates: Required[list[SegmentDetailQueryPredicate]]
    type: Required[Literal["and", "or"]]


class SegmentDetailQueryFilter(TypedDict, total=False):
    """The SDK's SegmentDetailQueryFilter."""

    clauses: list[SegmentDetailQueryClause]
    predicates: list[SegmentDetailQueryPredicate]
    type: Required[Literal["and", "or"]]


class ConversationQuery(TypedDict, total=False):
    """The SDK's ConversationQuery."""

    conversationFilters: list[ConversationDetailQueryFilter]
    evaluationFilters: list[ConversationDetailQueryFilter]
    interval: Required[str]
    order: Literal["asc", "desc", "unordered"]
    orderBy: Literal["conversationEnd", "conversationStart", "segmentEnd", "segmentStart"]
    paging: PagingSpec
    resolutionFilters: list[ResolutionDetailQueryFilter]
    segmentFilters: list[SegmentDetailQueryFilter]
    surveyFilters: list[ConversationDetailQueryFilter]


class QueueObservationQuery(TypedDict, total=False):
    """The SDK's QueueObservationQuery."""

    detailMetrics: list[str]
    filter: Required[ConversationAggregateQueryFilter]
    metrics: Required[list[str]]


class UserDetailsQuery(TypedDict, total=False):
    """The SDK's UserDetailsQuery."""

    interval: Required[str]
    order: Literal["asc", "desc", "unordered"]
    paging: PagingSpec
    userFilters: list[ConversationAggregateQueryFilter]


class UserObservationQuery(TypedDict, total=False):
    """The SDK's UserObservationQuery."""

    filter: Required[ConversationAggregateQueryFilter]
    metrics: list[str]


EvaluationDetailQueryClause = ConversationDetailQueryClause
EvaluationDetailQueryFilter = ConversationDetailQueryFilter
EvaluationDetailQueryPredicate = ConversationDetailQueryPredicate
QueueObservationQueryClause = ConversationAggregateQueryClause
QueueObservationQueryFilter = ConversationAggregateQueryFilter
QueueObservationQueryPredicate = ConversationAggregateQueryPredicate
SurveyDetailQueryClause = ConversationDetailQueryClause
SurveyDetailQueryFilter = ConversationDetailQueryFilter
SurveyDetailQueryPredicate = ConversationDetailQueryPredicate
UserAggregateQueryClause = ConversationAggregateQueryClause
UserAggregateQueryFilter = ConversationAggregateQueryFilter
UserAggregateQueryPredicate = ConversationAggregateQueryPredicate
UserAggregationQuery = ConversationAggregationQuery
UserDetailQueryClause = ConversationAggregateQueryClause
UserDetailQueryFilter = ConversationAggregateQueryFilter
UserDetailQueryPredicate = ConversationAggregateQueryPredicate
UserObservationQueryClause = ConversationAggregateQueryClause
UserObservationQueryFilter = ConversationAggregateQueryFilter
UserObservationQueryPredicate = ConversationAggregateQueryPredicate
