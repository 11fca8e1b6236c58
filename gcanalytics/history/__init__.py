"""The past: conversation details over the query, by id, and as raw pages.

Seam of ``api`` and ``frames``: asks, shows progress, and hands pages to the tables.
"""

from gcanalytics.history.pulls import Filters, conversation, conversation_details, conversation_pages

__all__ = ["Filters", "conversation", "conversation_details", "conversation_pages"]
