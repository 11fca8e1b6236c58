"""How queues and agents did, from the platform's own aggregates; no conversation is pulled.

Seam of the aggregates endpoints and their frames; adds names for ids.
"""

from gcanalytics.performance.agents import AGENT_METRICS, agent_performance
from gcanalytics.performance.aggregates import conversation_aggregates
from gcanalytics.performance.queues import QUEUE_METRICS, queue_performance
from gcanalytics.performance.statuses import user_aggregates, user_status_history

__all__ = [
    "AGENT_METRICS",
    "QUEUE_METRICS",
    "agent_performance",
    "conversation_aggregates",
    "queue_performance",
    "user_aggregates",
    "user_status_history",
]
