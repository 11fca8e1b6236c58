"""What a details record has beside the course of its conversation, in the API's shape."""

from gcanalytics.simulator.records.aftermath.writing import add_aftermath

__all__ = ["add_aftermath"]
