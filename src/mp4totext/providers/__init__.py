"""Engines and vendors behind one Protocol per task."""
