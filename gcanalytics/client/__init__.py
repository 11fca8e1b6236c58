"""What a user holds: a client of one organisation, or of a simulated one. It only delegates."""

from gcanalytics.client.client import Client
from gcanalytics.client.connection import connect
from gcanalytics.client.embedded import demo

__all__ = ["Client", "connect", "demo"]
