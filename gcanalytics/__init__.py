"""gcanalytics: explore Genesys Cloud from a notebook.

Every public name is loaded on first use (PEP 562): importing this package loads neither pandas nor
matplotlib, ipywidgets or pyarrow.
"""

import logging
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# What the threads have to say goes where the caller sends it, never into a cell by itself.
logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "ApiResponse": "transport.response",
    "RetryPolicy": "transport.retry",
    "Client": "client",
    "ConversationDetails": "details",
    "GuestChat": "guestchat",
    "LiveView": "live",
    "PullReport": "details",
    "connect": "client",
    "demo": "client",
    "aggregates_wide": "frames.aggregates",
    "read_csv": "export",
    "read_parquet": "export",
    "sample": "sample_week",
    "to_csv": "export",
    "to_parquet": "export",
    "ApiError": "errors",
    "AuthenticationError": "errors",
    "ConfigurationError": "errors",
    "ConnectionFailed": "errors",
    "DeliveryUnknown": "errors",
    "GenesysError": "errors",
    "IncompletePull": "errors",
    "NotInThisPull": "errors",
    "PermissionDenied": "errors",
    "QueryError": "errors",
    "RateLimited": "errors",
    "UnknownName": "errors",
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
