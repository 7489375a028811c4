"""Transcript to text people want. Pure: no tables, no HTTP."""
