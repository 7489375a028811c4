"""Measurements against recordings with known words."""
