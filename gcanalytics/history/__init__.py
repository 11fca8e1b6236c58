"""The past: conversation details over the query, in memory or to files, by id, and as raw pages.

Seam of ``api`` and ``frames``: asks, shows progress, and hands pages to the tables.
"""

from gcanalytics.history.pulls import Filters, conversation, conversation_details, conversation_pages
from gcanalytics.history.to_parquet import conversation_details_to_parquet

__all__ = [
    "Filters",
    "conversation",
    "conversation_details",
    "conversation_details_to_parquet",
    "conversation_pages",
]
