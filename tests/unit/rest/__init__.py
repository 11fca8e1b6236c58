"""Requests over a fake exchange, and raw faults over a loopback server."""
