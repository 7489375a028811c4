"""Writes texts from transcripts, such as summaries. Pure functions: no database, no HTTP."""
