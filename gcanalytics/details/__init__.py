"""What a pull of conversations gives: tables, a report, files."""

from gcanalytics.details.given_pages import pages_to_parquet
from gcanalytics.details.pull import TABLES, ConversationDetails
from gcanalytics.details.report import PullReport

__all__ = ["TABLES", "ConversationDetails", "PullReport", "pages_to_parquet"]
