"""What happens in queues right now: an event-fed state, and the view of it in a notebook cell."""

from .open import open_view, stop_views
from .view import LiveView

__all__ = ["LiveView", "open_view", "stop_views"]
