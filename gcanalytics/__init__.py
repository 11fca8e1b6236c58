"""gcanalytics: explore Genesys Cloud from a notebook.

Every public name is loaded on first use (PEP 562): importing this package loads neither pandas nor
matplotlib, ipywidgets or pyarrow.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers, which follow no lazy import
    from gcanalytics import charts as charts
    from gcanalytics import guestchat as guestchat
    from gcanalytics import measures as measures
    from gcanalytics.client import Client as Client
    from gcanalytics.client import connect as connect
    from gcanalytics.client import demo as demo
    from gcanalytics.details import ConversationDetails as ConversationDetails
    from gcanalytics.details import PullReport as PullReport
    from gcanalytics.details import pages_to_parquet as pages_to_parquet
    from gcanalytics.errors import ApiError as ApiError
    from gcanalytics.errors import AuthenticationError as AuthenticationError
    from gcanalytics.errors import ConfigurationError as ConfigurationError
    from gcanalytics.errors import ConnectionFailed as ConnectionFailed
    from gcanalytics.errors import DeliveryUnknown as DeliveryUnknown
    from gcanalytics.errors import GenesysError as GenesysError
    from gcanalytics.errors import IncompletePull as IncompletePull
    from gcanalytics.errors import NotInThisPull as NotInThisPull
    from gcanalytics.errors import PermissionDenied as PermissionDenied
    from gcanalytics.errors import QueryError as QueryError
    from gcanalytics.errors import RateLimited as RateLimited
    from gcanalytics.errors import UnknownName as UnknownName
    from gcanalytics.export import read_csv as read_csv
    from gcanalytics.export import read_parquet as read_parquet
    from gcanalytics.export import to_csv as to_csv
    from gcanalytics.export import to_parquet as to_parquet
    from gcanalytics.frames.aggregates import aggregates_wide as aggregates_wide
    from gcanalytics.guestchat import GuestChat as GuestChat
    from gcanalytics.live import LiveView as LiveView
    from gcanalytics.sample_week import sample as sample
    from gcanalytics.transport.response import ApiResponse as ApiResponse
    from gcanalytics.transport.retry import RetryPolicy as RetryPolicy

__version__ = "0.1.0"

# What the threads have to say goes where the caller sends it, never into a cell by itself.
logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "ApiError": "errors",
    "ApiResponse": "transport.response",
    "AuthenticationError": "errors",
    "Client": "client",
    "ConfigurationError": "errors",
    "ConnectionFailed": "errors",
    "ConversationDetails": "details",
    "DeliveryUnknown": "errors",
    "GenesysError": "errors",
    "GuestChat": "guestchat",
    "IncompletePull": "errors",
    "LiveView": "live",
    "NotInThisPull": "errors",
    "PermissionDenied": "errors",
    "PullReport": "details",
    "QueryError": "errors",
    "RateLimited": "errors",
    "RetryPolicy": "transport.retry",
    "UnknownName": "errors",
    "aggregates_wide": "frames.aggregates",
    "connect": "client",
    "demo": "client",
    "pages_to_parquet": "details",
    "read_csv": "export",
    "read_parquet": "export",
    "sample": "sample_week",
    "to_csv": "export",
    "to_parquet": "export",
}
_MODULES = frozenset({"charts", "guestchat", "measures"})

__all__ = sorted([*_HOMES, *_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
