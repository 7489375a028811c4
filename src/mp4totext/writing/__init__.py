"""Transcript to texts that people want. Pure functions: no tables, no HTTP."""
