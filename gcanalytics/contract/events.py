"""What we read of events: a class for each model of a body, generated from the official SDK.

``python tests/contract_generate.py`` writes this file. As with answers, readers look before they believe. The
pictures of conversations are decoded by ``live.bodies``, which has classes of its own.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class QueueUserEventTopicUserReference(TypedDict, total=False):
    """The SDK's QueueUserEventTopicUserReference."""

    id: str


class QueueUserEventTopicQueueMember(TypedDict, total=False):
    """The SDK's QueueUserEventTopicQueueMember."""

    id: str
    joined: bool
    user: QueueUserEventTopicUserReference


class StatEventQueueTopicMetricStats(TypedDict, total=False):
    """The SDK's StatEventQueueTopicMetricStats."""

    metric: str
    stats: dict[str, float]


class StatEventQueueTopicIntervalMetrics(TypedDict, total=False):
    """The SDK's StatEventQueueTopicIntervalMetrics."""

    interval: str
    metrics: list[StatEventQueueTopicMetricStats]


class StatEventQueueTopicStatsNotification(TypedDict, total=False):
    """The SDK's StatEventQueueTopicStatsNotification."""

    data: list[StatEventQueueTopicIntervalMetrics]
    group: dict[str, str]


class UserRoutingStatusRoutingStatus(TypedDict, total=False):
    """The SDK's UserRoutingStatusRoutingStatus."""

    startTime: str
    status: Literal["COMMUNICATING", "IDLE", "INTERACTING", "NOT_RESPONDING", "OFF_QUEUE"]


class UserRoutingStatusUserRoutingStatus(TypedDict, total=False):
    """The SDK's UserRoutingStatusUserRoutingStatus."""

    routingStatus: UserRoutingStatusRoutingStatus
