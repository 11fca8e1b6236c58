"""Where to connect and how: regions, credentials, proxy, certificates. It reads and connects to nothing."""

from gcanalytics.settings.credentials import Settings
from gcanalytics.settings.network import Network
from gcanalytics.settings.regions import REGIONS, hosts, is_loopback

__all__ = ["REGIONS", "Network", "Settings", "hosts", "is_loopback"]
