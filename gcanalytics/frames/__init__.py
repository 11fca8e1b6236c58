"""Dicts in, Arrow tables and DataFrames out. No network."""
