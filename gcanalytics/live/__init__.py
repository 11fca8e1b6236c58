"""The queue as it is now: a pure reducer, a session that feeds it, a view that paints it."""
