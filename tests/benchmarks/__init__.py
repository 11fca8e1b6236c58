"""Measurements, each in a process of its own; ``run.py`` prints the table."""
